//! What an app holds: everything that was placed, in the order in which it was placed.
//!
//! All collections only grow, so that a construct that fails is undone by cutting them back to a mark.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::backend::Backend;
use crate::environment_tag::EnvironmentTag;
use crate::error::Error;
use crate::facts::{Mode, ProviderFacts, TypeFacts};
use crate::inputs::Inputs;
use crate::name::Pattern;
use crate::organisation::{Environment, Organisation};
use crate::output::Output;
use crate::provider::Provider;
use crate::resource::Body;
use crate::scope::Dependency;
use crate::value::{Anchor, Node};
use crate::{block::Block, context::Context, lifecycle::Lifecycle, provider::ProviderRef, realm};

/// The state of an app.
#[derive(Debug)]
pub(crate) struct AppState {
    /// Distinguishes the apps of a process; it never reaches the output.
    pub(crate) id: u64,
    pub(crate) organisation: Organisation,
    pub(crate) pattern: Result<Pattern, Error>,
    pub(crate) environments: IndexMap<String, Environment>,
    pub(crate) stacks: Vec<StackState>,
    /// The paths of the stacks.
    pub(crate) paths: HashSet<String>,
    /// Every physical name with its realm, and who holds it.
    pub(crate) names: IndexMap<realm::Claim, realm::Holder>,
    pub(crate) claims: Vec<Claim>,
    /// Files beside the stacks, by their paths below the output folder.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) warnings: Vec<Error>,
    /// What only synthesis reports.
    pub(crate) problems: Vec<Error>,
    pub(crate) inputs: Inputs,
}

/// Something a construct holds in the whole app, such as a range of addresses.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) kind: TypeId,
    pub(crate) path: Box<str>,
    pub(crate) value: Box<dyn Any + Send + Sync>,
}

/// The state of a stack.
#[derive(Debug)]
pub(crate) struct StackState {
    /// `dev/network`, or `bootstrap` where it is shared.
    pub(crate) path: String,
    pub(crate) environment: Option<String>,
    pub(crate) environment_tag: Option<EnvironmentTag>,
    /// Whose credentials Terraform uses, if that is known.
    pub(crate) account: Option<String>,
    pub(crate) context: Arc<Context>,
    pub(crate) backend: Backend,
    /// By local name.
    pub(crate) required_providers: IndexMap<String, RequiredProvider>,
    /// The default configuration of each provider and the ones with an alias.
    pub(crate) providers: Vec<(Option<String>, Provider)>,
    /// By address.
    pub(crate) placed: IndexMap<Box<str>, Placed>,
    /// Every construct, by its path within the stack, with the range of what was placed in it.
    pub(crate) constructs: IndexMap<Box<str>, (usize, usize)>,
    /// The files that constructs are written to, by the id of the top-level construct.
    pub(crate) files: IndexSet<Box<str>>,
    pub(crate) raw_blocks: Vec<RawBlock>,
    /// The addresses that files of the user's own declare.
    pub(crate) declared: IndexSet<Box<str>>,
    pub(crate) once: IndexMap<(Mode, &'static str, String), Once>,
    pub(crate) outputs: IndexMap<String, Output>,
    /// The stacks whose outputs this one reads, by the name of their `terraform_remote_state`.
    pub(crate) imports: IndexMap<String, Import>,
}

#[derive(Clone, Debug)]
pub(crate) struct RequiredProvider {
    pub(crate) source: String,
    pub(crate) version: String,
    /// What is known of it, if a crate with its types requires it.
    pub(crate) facts: Option<&'static ProviderFacts>,
}

impl From<&'static ProviderFacts> for RequiredProvider {
    fn from(facts: &'static ProviderFacts) -> Self {
        Self { source: facts.source.into(), version: facts.version.into(), facts: Some(facts) }
    }
}

impl PartialEq for RequiredProvider {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.version == other.version
    }
}

/// A resource or data source in its place.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) mode: Mode,
    pub(crate) terraform_type: Cow<'static, str>,
    /// What is known of its type; nothing of a raw one.
    pub(crate) facts: Option<&'static TypeFacts>,
    /// The part of the address behind the type.
    pub(crate) label: Box<str>,
    /// The path within the stack.
    pub(crate) path: Box<str>,
    pub(crate) file: usize,
    pub(crate) anchor: Anchor,
    pub(crate) block: Block,
    pub(crate) name: Option<Box<str>>,
    pub(crate) depends_on: Vec<Dependency>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) provider: Option<ProviderRef>,
    /// The id by which Terraform imports it, where it exists already.
    pub(crate) adopt: Option<Box<Node>>,
    /// The name of the argument that holds tags at the root.
    pub(crate) tags_argument: Option<&'static str>,
}

/// Top-level Terraform JSON written as it stands.
#[derive(Debug)]
pub(crate) struct RawBlock {
    pub(crate) path: Box<str>,
    pub(crate) file: usize,
    pub(crate) kind: String,
    pub(crate) body: serde_json::Value,
    /// Whether the addresses in it must exist.
    pub(crate) checked: bool,
}

/// A resource that constructs share.
#[derive(Debug)]
pub(crate) struct Once {
    pub(crate) body: Body,
    pub(crate) anchor: Anchor,
}

/// The outputs of another stack.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) stack: usize,
    pub(crate) anchor: Anchor,
}

/// How far the state had grown.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    stack: usize,
    names: usize,
    claims: usize,
    warnings: usize,
    problems: usize,
    placed: usize,
    constructs: usize,
    files: usize,
    raw_blocks: usize,
    declared: usize,
    once: usize,
    required_providers: usize,
}

impl AppState {
    pub(crate) fn mark(&self, stack: usize) -> Mark {
        let here = &self.stacks[stack];
        Mark {
            stack,
            names: self.names.len(),
            claims: self.claims.len(),
            warnings: self.warnings.len(),
            problems: self.problems.len(),
            placed: here.placed.len(),
            constructs: here.constructs.len(),
            files: here.files.len(),
            raw_blocks: here.raw_blocks.len(),
            declared: here.declared.len(),
            once: here.once.len(),
            required_providers: here.required_providers.len(),
        }
    }

    /// Forgets what was placed since.
    pub(crate) fn cut_back(&mut self, mark: Mark) {
        self.names.truncate(mark.names);
        self.claims.truncate(mark.claims);
        self.warnings.truncate(mark.warnings);
        self.problems.truncate(mark.problems);
        let here = &mut self.stacks[mark.stack];
        here.placed.truncate(mark.placed);
        here.constructs.truncate(mark.constructs);
        here.files.truncate(mark.files);
        here.raw_blocks.truncate(mark.raw_blocks);
        here.declared.truncate(mark.declared);
        here.once.truncate(mark.once);
        here.required_providers.truncate(mark.required_providers);
    }
}

impl StackState {
    pub(crate) fn full_path(&self, path: &str) -> String {
        match path.is_empty() {
            true => self.path.clone(),
            false => format!("{}/{path}", self.path),
        }
    }

    /// What stands at an anchor of this stack; `None` for a remote state, and for what was undone.
    pub(crate) fn at(&self, anchor: &Anchor) -> Option<&Placed> {
        let (_, placed) = self.placed.get_index(anchor.0.index as usize)?;
        (placed.anchor == *anchor).then_some(placed)
    }
}
