#![doc = include_str!("../README.md")]

mod run;

pub mod prelude;

pub use mmcdk_aws as aws;
pub use mmcdk_core as core;
pub use mmcdk_core::serde_json;
pub use mmcdk_core::{App, Error, Organisation, Result};
pub use mmcdk_github as github;
pub use mmcdk_terraform as terraform;

pub use run::run;
