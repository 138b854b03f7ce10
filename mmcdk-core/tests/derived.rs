//! What is asked of stacks before and after synthesis: views, facts, globs, documents; adopted resources.

mod common;

use common::{Bucket, CLOUD, Link, Lookup, Net, app, refused, synthesize};
use mmcdk_core::{
    Any, Error, Home, List, Local, Mode, Object, Provider, RawResource, Resource, Result, S3Backend, Value,
};
use serde_json::json;

#[test]
fn an_invalid_value_is_refused_where_it_is_placed() {
    let invalid = || Value::invalid(Error::new("the policy has no statements").remedy("add one"));
    refused(
        synthesize(|stack| stack.add("core", Link::new(invalid())).map(drop)),
        &["dev/network/core: cloud_link.target: the policy has no statements; add one"],
    );
    let nested = Value::text("a") + invalid();
    refused(
        synthesize(|stack| stack.add("core", Net::new().set::<List<String>>("x", vec![nested])).map(drop)),
        &["dev/network/core: cloud_net.x: the policy has no statements"],
    );
    refused(
        synthesize(|stack| stack.output("x", invalid())),
        &["dev/network: output x: ", "the policy has no statements"],
    );
}

#[test]
fn what_exists_is_adopted_by_an_import_block() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let net = stack.add("core", Net::new().adopt("net-1"))?;
        stack.add("bucket", Bucket::default().bucket("mine").adopt(Value::text("of-") + net.id()))?;
        stack.add("raw", RawResource::new("terraform_data")).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<Net>("core")?.adopted(), Some(json!("net-1")));
    let files = stack.files();
    let file = |name: &str| {
        let file = files.iter().find(|file| file.name == name).expect("the file is there");
        serde_json::from_slice::<serde_json::Value>(&file.bytes).expect("it is JSON")
    };
    assert_eq!(file("core.tf.json")["import"], json!([{"to": "cloud_net.core", "id": "net-1"}]));
    assert_eq!(
        file("bucket.tf.json")["import"],
        json!([{"to": "cloud_bucket.bucket", "id": "of-${cloud_net.core.id}"}])
    );
    assert_eq!(file("raw.tf.json")["import"], json!(null));
    Ok(())
}

#[test]
fn only_what_terraform_manages_is_adopted() {
    let lookup = Lookup::default().adopt("x");
    refused(synthesize(|stack| stack.add("a", lookup).map(drop)), &["dev/network/a: ", "data source", "adopted"]);
    let empty = Net::new().adopt("");
    refused(synthesize(|stack| stack.add("a", empty).map(drop)), &["dev/network/a: ", "empty id"]);
}

#[test]
fn stacks_can_be_looked_at_before_synthesis() -> Result<()> {
    #[derive(Clone, Debug, PartialEq)]
    struct Place(&'static str);
    let at = |place| Provider::new(&CLOUD).local(Local::new().region(place).fact(Place(place)));

    let mut app = app();
    let mut stack = app.stack("network", dev_at(at("use1")))?;
    let west = stack.provider("west", at("usw2"))?;
    stack.add("core", Net::new())?;
    stack.add("away", Net::new().provider(&west))?;
    stack.add("bucket", Bucket::default())?;
    stack.add("given", Bucket::default().bucket("my-bucket"))?;
    stack.backend(S3Backend::new("state", "us-east-1").lock_table("lock").partial());
    app.stack("dns", Home::shared().provider(at("use1")))?.add("zone", Net::new())?;

    let stacks: Vec<_> = app.stacks().collect();
    let [network, dns] = stacks.as_slice() else { panic!("there are two stacks") };
    assert_eq!(network.fact::<Place>(), Some(&Place("use1")));
    assert_eq!(network.name_glob(), "MM-dev-use1-*");
    assert_eq!(network.name_glob_of_any_environment(), "MM-*-use1-*");
    assert_eq!(dns.name_glob(), "MM-use1-*");
    let state = network.state().expect("it is in a bucket");
    assert_eq!((state.bucket.as_str(), state.key.as_str()), ("state", "dev/network/terraform.tfstate"));
    assert!(!state.lock_file && state.lock_table.as_deref() == Some("lock") && state.partial);
    assert_eq!(dns.state(), None);

    let found = |path: &str| network.all().find(|found| found.path() == path).expect("it is there");
    assert_eq!(found("core").fact::<Place>(), Some(Place("use1")));
    assert_eq!(found("away").fact::<Place>(), Some(Place("usw2")));
    assert_eq!(found("core").mode(), Mode::Managed);
    for (path, glob) in [
        ("core", Some("MM-dev-use1-*")),
        ("away", Some("MM-dev-usw2-*")),
        ("bucket", Some("mm-dev-use1-*")),
        ("given", None),
    ] {
        assert_eq!(found(path).name_glob().as_deref(), glob, "{path}");
    }
    Ok(())
}

fn dev_at(provider: Provider) -> Home {
    Home::of(mmcdk_core::Environment::new("dev")).provider(provider)
}

#[test]
fn documents_are_read_back() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let net = stack.add("core", Net::new())?;
        let entries = [("a", Value::<Any>::from("${x}")), ("b", (Value::text("n/") + net.id()).any())];
        let document = Value::<Object>::object(entries);
        stack.add("with", Link::new(Value::json(document)))?;
        stack.add("literal", Link::new(Value::json(Value::<Object>::object([("a", Value::<Any>::from(1))]))))?;
        stack.add("text", Link::new("no json")).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    let document = |path: &str| stack.find::<Link>(path)?.document("target");
    assert_eq!(document("with")?, json!({"a": "${x}", "b": "n/${cloud_net.core.id}"}));
    assert_eq!(document("literal")?, json!({"a": 1}));
    refused(document("text"), &["dev/network/text: ", "cloud_link.text.target is no JSON"]);
    refused(stack.find::<Link>("text")?.document("targt"), &["no argument \"targt\"", "target"]);
    Ok(())
}
