//! The examples as functions, so that tests look at exactly what `cargo run --example …` writes.

#![allow(dead_code, unused_imports, missing_docs, clippy::duplicate_mod)]

#[path = "../../examples/any_resource.rs"]
pub mod any_resource;
#[path = "../../examples/bootstrap.rs"]
pub mod bootstrap;
#[path = "../../examples/bootstrap_one_role.rs"]
pub mod bootstrap_one_role;
#[path = "../../examples/custom_construct.rs"]
pub mod custom_construct;
#[path = "../../examples/dev.rs"]
pub mod dev;
#[path = "../../examples/mikamirai/mod.rs"]
pub mod mikamirai;
#[path = "../../examples/pipeline.rs"]
pub mod pipeline;
#[path = "../../examples/prod.rs"]
pub mod prod;

use mmcdk::prelude::*;

/// Synthesizes what a function of an example describes.
pub fn synthesize(describe: impl FnOnce(&mut App) -> Result<()>) -> Result<Synthesis> {
    let mut app = App::new(mikamirai::organisation());
    describe(&mut app)?;
    app.synth()
}

/// Asserts that a result is an error whose text has all these parts.
#[track_caller]
pub fn refused<T>(result: Result<T>, parts: &[&str]) {
    let message = match result {
        Ok(_) => panic!("it should be refused: {parts:?}"),
        Err(error) => error.to_string(),
    };
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}
