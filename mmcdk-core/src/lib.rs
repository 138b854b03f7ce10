//! The construct tree, names, tags and typed expressions of mmcdk, and their synthesis to Terraform JSON.
//!
//! This crate knows no cloud. A program makes an [`App`] for its [`Organisation`], adds stacks to it, and constructs to
//! those; [`App::synth`] checks everything at once, and [`Synthesis::write_to`] and [`Synthesis::write_as`] are the only
//! functions that touch the disk.
//!
//! Resource types are generated from a provider's schema by `mmcdk-bindgen`; those of AWS are in `mmcdk-aws`.

mod addresses;
mod app;
mod backend;
mod beside;
mod block;
mod check;
mod context;
mod convert;
mod debug;
mod depth;
mod environment_tag;
mod error;
mod facts;
mod files;
mod id;
mod imports;
mod inputs;
mod json;
mod lifecycle;
mod literal;
mod mandatory;
mod name;
mod name_form;
mod name_tag;
mod nearest;
mod object;
mod organisation;
mod output;
mod overrides;
mod parallel;
mod place;
mod preview;
mod provider;
mod raw;
mod realm;
mod recorded;
mod render;
mod resource;
mod scan;
mod scope;
mod state;
mod synth;
mod synthesis;
mod tag_map;
mod tag_walk;
mod tagging;
mod tags;
mod template;
mod text_rule;
mod unicode;
mod value;
mod version;
mod write;

pub use app::{App, Stack};
pub use backend::{Backend, S3Backend, StateLocation};
pub use block::{Block, BlockType, Blocks};
pub use context::Local;
pub use error::{Error, Result};
pub use facts::{
    Measure, Mode, NameArgument, NameForm, NameRule, ProviderFacts, TagFacts, TagPlace, TagRule, TextRule, TypeFacts,
    Unique,
};
pub use files::File;
pub use lifecycle::Lifecycle;
pub use nearest::nearest;
pub use object::{ObjectBody, ObjectType};
pub use organisation::{Environment, Home, IntoHome, Organisation};
pub use output::Output;
pub use preview::Preview;
pub use provider::{Provider, ProviderRef};
pub use raw::{RawHandle, RawResource};
pub use recorded::{Recorded, Texts};
pub use resource::{Body, Handle, Resource};
pub use scope::{Construct, Dependency, Scope};
/// The crate whose values raw blocks and finders speak in.
pub use serde_json;
pub use synthesis::{Found, Synthesis, SynthesizedStack};
pub use tags::Tags;
pub use value::{Anchor, Any, List, Map, Number, Object, Set, Value};
pub use version::VersionConstraint;
pub use write::Written;
