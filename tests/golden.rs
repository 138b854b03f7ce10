//! The examples' output, byte for byte, as real Terraform directories under `tests/golden/`.
//!
//! After a change that is meant: `UPDATE_GOLDEN=1 cargo test --test golden`, then read the difference.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{
    any_resource::cluster, bootstrap, bootstrap_one_role, custom_construct::storage, dev::dev, pipeline, prod::prod,
    synthesize,
};
use mmcdk::prelude::*;

const UPDATE: &str = "UPDATE_GOLDEN=1 cargo test --test golden";

#[track_caller]
fn check(example: &str, describe: impl FnOnce(&mut App) -> Result<()>) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(example);
    let synthesis = synthesize(describe)?;
    assert!(synthesis.warnings().is_empty(), "{example} should print no warning: {:?}", synthesis.warnings());
    let mut expected = BTreeMap::new();
    for (stack, files) in synthesis.render() {
        for file in files {
            expected.insert(Path::new(stack).join(file.name), String::from_utf8(file.bytes).expect("it is text"));
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&folder);
        for (path, text) in &expected {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("it is below the folder")).expect("the folder can be made");
            fs::write(path, text).expect("the file can be written");
        }
    }
    let found = read(&folder, Path::new(""));
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&found),
        names(&expected),
        "other files than in tests/golden/{example}; if that is meant: {UPDATE}"
    );
    for (path, text) in &expected {
        let golden = &found[path];
        if let Some((number, (old, new))) =
            golden.lines().zip(text.lines()).enumerate().find(|(_, (old, new))| old != new)
        {
            panic!(
                "{example}/{} differs in line {}:\n- {old}\n+ {new}\nif that is meant: {UPDATE}",
                path.display(),
                number + 1
            );
        }
        assert_eq!(golden, text, "{example}/{} is longer or shorter; if that is meant: {UPDATE}", path.display());
    }
    Ok(())
}

/// Every file below a folder.
fn read(folder: &Path, below: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder.join(below)).into_iter().flatten().flatten() {
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            files.extend(read(folder, &path));
        } else {
            files.insert(path, fs::read_to_string(entry.path()).expect("it is text"));
        }
    }
    files
}

#[test]
fn dev_is_as_committed() -> Result<()> {
    check("dev", dev)
}

#[test]
fn prod_is_as_committed() -> Result<()> {
    check("prod", prod)
}

#[test]
fn bootstrap_is_as_committed() -> Result<()> {
    check("bootstrap", bootstrap::bootstrap)
}

#[test]
fn bootstrap_with_one_role_is_as_committed() -> Result<()> {
    check("bootstrap_one_role", bootstrap_one_role::bootstrap)
}

#[test]
fn pipeline_is_as_committed() -> Result<()> {
    check("pipeline", pipeline::pipeline)
}

#[test]
fn custom_construct_is_as_committed() -> Result<()> {
    check("custom_construct", storage)
}

#[test]
fn any_resource_is_as_committed() -> Result<()> {
    check("any_resource", cluster)
}
