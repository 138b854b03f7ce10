//! Remote states with the real Terraform and an S3 and DynamoDB of this machine.
//!
//! `MMCDK_AWS_ENDPOINT=http://127.0.0.1:PORT cargo test --test state -- --ignored`, where a server such as moto's listens;
//! `.ci/run` does that.

#![allow(missing_docs)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::mikamirai;
use mmcdk::core::Home;
use mmcdk::prelude::*;

/// A stack that needs no provider to be downloaded, and its state.
struct World {
    folder: PathBuf,
    endpoint: String,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    fn new(name: &str) -> Self {
        let endpoint =
            std::env::var("MMCDK_AWS_ENDPOINT").expect("MMCDK_AWS_ENDPOINT names a server of S3 and DynamoDB");
        let folder = std::env::temp_dir().join(format!("mmcdk-state-{name}-{}", std::process::id()));
        Self { folder, endpoint }
    }

    /// Sends a request to the server, which takes any signature.
    fn send(&self, method: &str, path: &str, service: &str, target: &str, body: &str) -> String {
        let host = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the server listens");
        let credential = format!("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{service}/aws4_request");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: {target}\r\n\
             Authorization: {credential}, SignedHeaders=host, Signature=b\r\n\r\n{body}",
            body.len()
        )
        .expect("it takes a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn bucket_and_table(&self, bucket: &str, table: &str) {
        assert!(self.send("PUT", &format!("/{bucket}"), "s3", "", "").starts_with("HTTP/1.1 200"));
        let body = format!(
            r#"{{"TableName":"{table}","BillingMode":"PAY_PER_REQUEST","KeySchema":[{{"AttributeName":"LockID","KeyType":"HASH"}}],"AttributeDefinitions":[{{"AttributeName":"LockID","AttributeType":"S"}}]}}"#
        );
        let answer = self.send("POST", "/", "dynamodb", "DynamoDB_20120810.CreateTable", &body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn write(&self, describe: impl FnOnce(&mut App) -> Result<()>) -> Result<()> {
        let mut app = App::new(mikamirai::organisation());
        describe(&mut app)?;
        app.synth()?.write_to(&self.folder).map(drop)
    }

    fn terraform(&self, stack: &str, arguments: &[&str]) -> Output {
        Command::new("terraform")
            .args(arguments)
            .current_dir(self.folder.join(stack))
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "a")
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_CLI_CONFIG_FILE")
            .output()
            .expect("terraform runs")
    }

    #[track_caller]
    fn succeeds(&self, stack: &str, arguments: &[&str]) {
        let output = self.terraform(stack, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    }

    #[track_caller]
    fn fails(&self, stack: &str, arguments: &[&str], part: &str) {
        let output = self.terraform(stack, arguments);
        assert!(!output.status.success() && text(&output).contains(part), "{arguments:?}: {}", text(&output));
    }
}

fn text(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // Terraform breaks its lines behind a bar.
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A server of this machine has no host name for each bucket.
const PATH_STYLE: &str = "-backend-config=use_path_style=true";

fn stack(app: &mut App, id: &str, home: Home, backend: Option<S3Backend>) -> Result<()> {
    let mut stack = app.stack(id, home)?;
    stack.add("it", RawResource::new("terraform_data").set("input", "kept"))?;
    if let Some(backend) = backend {
        stack.backend(backend);
    }
    Ok(())
}

fn dev() -> Home {
    Home::of(mmcdk::core::Environment::new("dev"))
}

#[test]
#[ignore = "needs terraform, and an S3 and DynamoDB at MMCDK_AWS_ENDPOINT"]
fn the_bootstraps_own_state_moves_into_its_bucket_by_one_command() -> Result<()> {
    for (name, lock) in
        [("one", StateLock::S3), ("two", StateLock::dynamo_db("lock-two")), ("three", StateLock::both("lock-three"))]
    {
        let world = World::new(name);
        let bucket = format!("mm-terraform-state-{name}");
        let store = StateStore::new(&bucket, Region::UsEast1).lock(lock);
        world.bucket_and_table(&bucket, &format!("lock-{name}"));
        let state = world.folder.join("bootstrap/terraform.tfstate");

        world.write(|app| stack(app, "bootstrap", Home::shared(), None))?;
        world.succeeds("bootstrap", &["init", "-input=false"]);
        world.succeeds("bootstrap", &["apply", "-auto-approve", "-input=false"]);
        assert!(kept(&state), "the state is beside the stack");

        world.write(|app| stack(app, "bootstrap", Home::shared(), Some(store.backend())))?;
        let settings = "-backend-config=shared.s3.tfbackend";
        world.succeeds("bootstrap", &["init", "-input=false", "-migrate-state", "-force-copy", settings, PATH_STYLE]);
        assert!(!kept(&state), "the state has left");
        let object = world.send("GET", &format!("/{bucket}/bootstrap/terraform.tfstate"), "s3", "", "");
        assert!(object.contains("\"kept\""), "{object}");
        world.succeeds("bootstrap", &["plan", "-detailed-exitcode", "-input=false"]);
    }
    Ok(())
}

fn kept(state: &Path) -> bool {
    std::fs::read_to_string(state).is_ok_and(|text| text.contains("\"kept\""))
}

#[test]
#[ignore = "needs terraform, and an S3 and DynamoDB at MMCDK_AWS_ENDPOINT"]
fn an_environment_is_initialised_by_its_own_settings_only() -> Result<()> {
    let world = World::new("own");
    let store = StateStore::new("mm-terraform-state-own", Region::UsEast1);
    world.bucket_and_table("mm-terraform-state-own", "lock-own");
    world.write(|app| stack(app, "network", dev(), Some(store.backend())))?;
    world.fails("dev/network", &["init", "-input=false"], "bucket");
    world.fails("dev/network", &["init", "-input=false", "-backend-config=prod.s3.tfbackend"], "prod.s3.tfbackend");
    world.succeeds("dev/network", &["init", "-input=false", "-backend-config=dev.s3.tfbackend", PATH_STYLE]);
    world.succeeds("dev/network", &["apply", "-auto-approve", "-input=false"]);

    // Another run holds the lock.
    let lock = "/mm-terraform-state-own/dev/network/terraform.tfstate.tflock";
    let info = r#"{"ID":"1","Operation":"OperationTypeApply","Who":"somebody","Version":"1.11.4","Created":"2026-01-01T00:00:00Z"}"#;
    assert!(world.send("PUT", lock, "s3", "", info).starts_with("HTTP/1.1 200"));
    world.fails("dev/network", &["plan", "-input=false"], "Error acquiring the state lock");
    world.succeeds("dev/network", &["plan", "-input=false", "-lock=false"]);
    Ok(())
}
