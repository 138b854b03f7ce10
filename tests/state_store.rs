//! The state store as a construct and as a backend: what it rejects, and what its bodies say.

#![allow(missing_docs)]

mod common;

use common::refused;
use mmcdk::prelude::*;
use mmcdk::serde_json::json;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn store() -> StateStore {
    StateStore::new("mm-terraform-state", Region::UsEast1)
}

/// The store in a bootstrap of its own account.
fn placed(store: StateStore) -> Result<Synthesis> {
    let mut app = App::new(Organisation::new("MM"));
    app.stack("bootstrap", Shared::new(Region::UsEast1).account("111122223333"))?.add("it", store)?;
    app.synth()
}

/// A stack whose state is there.
fn kept(backend: S3Backend, versions: &str) -> Result<Synthesis> {
    let mut app = App::new(Organisation::new("MM").required_version(versions));
    app.stack("network", Environment::new("dev", Region::UsEast1))?.backend(backend);
    app.synth()
}

#[test]
fn a_store_with_a_key_encrypts_its_bucket_and_its_table_by_it() -> Result<()> {
    let synthesis = placed(store().kms_key(KEY).lock(StateLock::both("MM-terraform-lock")))?;
    let bootstrap = synthesis.stack("bootstrap")?;
    let encryption = bootstrap.find::<s3::BucketServerSideEncryptionConfiguration>("it")?;
    assert_eq!(
        encryption.argument("rule")?,
        json!({
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY},
            "bucket_key_enabled": true,
        })
    );
    let table = bootstrap.find::<dynamodb::Table>("it")?;
    assert_eq!(table.argument("server_side_encryption")?, json!({"enabled": true, "kms_key_arn": KEY}));

    let synthesis = placed(store())?;
    let encryption = synthesis.stack("bootstrap")?.find::<s3::BucketServerSideEncryptionConfiguration>("it")?;
    assert_eq!(
        encryption.argument("rule")?,
        json!({"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}})
    );
    Ok(())
}

#[test]
fn a_store_that_cannot_be_is_rejected_as_a_backend_too() {
    for (store, part) in [
        (StateStore::new("Bad Bucket!", Region::UsEast1), "\"Bad Bucket!\" has the character 'B'"),
        (store().lock(StateLock::dynamo_db("my table")), "the lock table name \"my table\""),
        (store().kms_key("1234abcd"), "\"1234abcd\" is not a KMS key"),
    ] {
        refused(kept(store.backend(), ">= 1.10.0"), &["dev/network: ", part]);
    }
}

#[test]
fn every_region_can_hold_states() -> Result<()> {
    for region in Region::all() {
        for versions in [">= 1.10.0", ">= 1.14.0"] {
            let synthesis = kept(StateStore::new("mm-terraform-state", region).backend(), versions)?;
            let files = synthesis.stack("dev/network")?.files();
            let settings = files.iter().find(|file| file.name == "dev.s3.tfbackend").expect("it has its settings");
            let settings = String::from_utf8_lossy(&settings.bytes).into_owned();
            let newer = matches!(
                region,
                Region::ApEast2
                    | Region::ApSoutheast6
                    | Region::ApSoutheast7
                    | Region::MxCentral1
                    | Region::EuscDeEast1
            );
            let skips = settings.contains("skip_region_validation = true\n");
            assert_eq!(skips, newer && versions == ">= 1.10.0", "{region} with {versions}: {settings}");
        }
    }
    const NEW: Region = Region::declare("sa-west-1", "saw1", Partition::Aws);
    let synthesis = kept(StateStore::new("mm-terraform-state", NEW).backend(), ">= 1.14.0")?;
    let files = synthesis.stack("dev/network")?.files();
    assert!(files.iter().any(|file| String::from_utf8_lossy(&file.bytes).contains("skip_region_validation = true\n")));
    refused(
        kept(S3Backend::new("mm-terraform-state", NEW), ">= 1.14.0"),
        &["dev/network: ", "does not know the region \"sa-west-1\"", ".skip_region_validation()"],
    );
    refused(
        kept(S3Backend::new("mm-terraform-state", "eu-centrl-1"), ">= 1.14.0"),
        &["dev/network: ", "does not know the region \"eu-centrl-1\"", "did you mean \"eu-central-1\""],
    );
    Ok(())
}

#[test]
fn guests_have_prefixes_of_their_own() -> Result<()> {
    const ONE: &str = "444455556666";
    const TWO: &str = "777788889999";
    for (first, second) in [("prod/", "prod/"), ("prod/", "prod/eu/"), ("prod/eu/", "prod/")] {
        for guest in [ONE, TWO] {
            let problem = placed(store().guest(ONE, first).guest(guest, second));
            refused(problem, &["bootstrap/it: ", first, second, "one prefix of its own"]);
        }
    }
    for prefix in ["prod", "/", "", "prod//", "/prod/", "prod/../", "./", "pr*d/", "p?/"] {
        refused(placed(store().guest(ONE, prefix)), &["bootstrap/it: ", &format!("{prefix:?} is no prefix")]);
    }
    placed(store().guest(ONE, "prod/").guest(TWO, "prod-eu/").guest(ONE, "staging/eu/")).map(drop)
}

#[test]
fn a_malformed_version_constraint_is_rejected() {
    refused(
        kept(store().backend(), "latest"),
        &["organisation: required_version: \"latest\" is not a version constraint", ">= 1.10.0"],
    );
}
