//! Plans of the reference environments, made by Terraform 1.11 from what the examples write, without a cloud. What this
//! crate does not read is left out of them.

#[allow(dead_code, reason = "only tests of the guard change plans")]
pub mod graft;

use std::path::PathBuf;

use mmcdk_terraform::Plan;
use serde_json::Value as Json;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plans").join(format!("{name}.json"))
}

#[allow(dead_code, reason = "not every test changes plans")]
pub fn json(name: &str) -> Json {
    serde_json::from_slice(&std::fs::read(path(name)).expect("there is such a plan")).expect("plans are JSON")
}

#[allow(dead_code, reason = "not every test reads plans as they are")]
pub fn plan(name: &str) -> Plan {
    Plan::read(path(name)).expect("plans are read")
}
