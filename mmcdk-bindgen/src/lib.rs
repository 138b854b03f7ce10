//! A Terraform provider's schema in, typed Rust resources for mmcdk out. It works for any provider.
//!
//! [`Generator`] reads three things: the [`Schema`] that `terraform providers schema -json` prints, an [`Overlay`] with
//! what a schema cannot know (physical names, tags, corrections), and [`Settings`]. It returns the text of files and
//! touches no disk. The same inputs give the same bytes, whatever the order of the schema's keys.
//!
//! A schema's type becomes a struct with its required arguments in `new`, consuming setters for the optional ones, and
//! a handle with a method for each attribute. Nested blocks become structs whose names end in `Block`, arguments of
//! object type structs whose names end in `Object`. What would hide a method of a trait gets a trailing `_`, and two
//! things with one name are an error that the overlay resolves.

mod arguments;
mod clashes;
mod emit;
mod error;
mod facts;
mod in_place;
mod losses;
mod names;
mod overlay;
mod parts;
mod plan;
mod schema;
mod services;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use crate::error::Error;
pub use crate::overlay::Overlay;
pub use crate::schema::Schema;
pub use crate::services::Services;

/// What the generator is told besides the schema and the overlay.
#[derive(Debug)]
pub struct Settings {
    /// The provider's key in the schema: `registry.terraform.io/hashicorp/aws`.
    pub provider: String,
    /// What the names of its types begin with: `aws_`.
    pub prefix: String,
    /// The provider's local name: `aws`.
    pub name: String,
    /// Where Terraform finds it: `hashicorp/aws`.
    pub source: String,
    /// The versions whose schema this is: `~> 6.47`.
    pub constraint: String,
    /// The version of the schema, for the header of the files: `6.47.0`.
    pub version: String,
    /// The command that generates, for the header of the files: `cargo xtask codegen`.
    pub command: String,
    /// The module of each type; without it all are in one module of the provider's local name.
    pub services: Option<Services>,
}

/// Turns a schema into Rust.
#[derive(Debug)]
pub struct Generator<'a> {
    schema: &'a Schema,
    overlay: &'a Overlay,
    settings: Settings,
}

/// The generated files, by their paths relative to where they shall stand.
#[derive(Debug)]
pub struct Generated {
    /// `mod.rs`, `facts.rs` and a file for each module.
    pub sources: BTreeMap<PathBuf, String>,
    /// A test file for each module that makes each type once. It calls `crate::check` and finds the module in
    /// `crate::resources`.
    pub tests: BTreeMap<PathBuf, String>,
    /// The modules, sorted.
    pub modules: Vec<ModuleSummary>,
}

/// What is in a generated module.
#[derive(Debug)]
pub struct ModuleSummary {
    /// The module, which is also its cargo feature: `ec2`.
    pub name: String,
    /// Its name for readers: `EC2 (Elastic Compute Cloud)`.
    pub title: String,
    /// How many resource types it has.
    pub resources: usize,
    /// How many data sources it has.
    pub data_sources: usize,
}

impl<'a> Generator<'a> {
    /// A generator for one provider of a schema.
    pub fn new(schema: &'a Schema, overlay: &'a Overlay, settings: Settings) -> Self {
        Self { schema, overlay, settings }
    }

    /// Generates everything.
    ///
    /// # Errors
    ///
    /// Where the schema does not have the provider, a type has no module, two things would have one Rust name, or an
    /// entry of the overlay matches nothing.
    pub fn generate(&self) -> Result<Generated, Error> {
        let plan = plan::plan(self.schema, self.overlay, &self.settings)?;
        let modules = plan.modules.iter().map(|module| ModuleSummary {
            name: module.name.clone(),
            title: module.title.clone(),
            resources: module.resources.len(),
            data_sources: module.data.len(),
        });
        Ok(Generated {
            sources: emit::sources(&plan, self.overlay, &self.settings),
            tests: emit::tests(&plan, self.overlay, &self.settings),
            modules: modules.collect(),
        })
    }
}
