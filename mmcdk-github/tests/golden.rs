//! The pipeline of an app with one network in dev and in prod, byte for byte.
//!
//! After a change that is meant: `UPDATE_GOLDEN=1 cargo test -p mmcdk-github --test golden`, then read the difference.

mod common;

use std::fs;
use std::path::Path;

use common::{app, dev, pipeline, prod};
use mmcdk_core::Result;

const UPDATE: &str = "UPDATE_GOLDEN=1 cargo test -p mmcdk-github --test golden";

#[test]
fn the_pipeline_is_as_committed() -> Result<()> {
    let synthesis = app(&["bootstrap", "dev/network", "prod/network"])?;
    let workflow = pipeline(&synthesis).environment(dev()).environment(prod()).workflow()?;
    let made = workflow.to_yaml()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(workflow.file());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &made).expect("the file can be written");
    }
    let golden = fs::read_to_string(&path).expect("the golden file is there");
    if let Some((number, (old, new))) = golden.lines().zip(made.lines()).enumerate().find(|(_, (old, new))| old != new)
    {
        panic!("{} differs in line {}:\n- {old}\n+ {new}\nif that is meant: {UPDATE}", workflow.file(), number + 1);
    }
    assert_eq!(golden, made, "{} is longer or shorter; if that is meant: {UPDATE}", workflow.file());
    Ok(())
}
