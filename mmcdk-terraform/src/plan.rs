//! What `terraform show -json plan.out` says, as types.

mod change;
mod configuration;
mod parse;
mod state;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::Path;

use mmcdk_core::{Error, Result};

pub use change::{
    Action, ActionInvocation, Change, DeferredActionInvocation, DeferredChange, Importing, Index, ResourceChange,
    ResourceMode,
};
pub use configuration::{ProviderConfig, Variable};
pub use state::StateResource;
pub use text::JsonText;

pub(crate) use configuration::{Configuration, WrittenOut};

/// A plan of Terraform or OpenTofu, as `terraform show -json plan.out` writes it.
///
/// What newer versions add is ignored, and actions and reasons that are not known are kept as text.
///
/// # Example
///
/// ```
/// use mmcdk_terraform::{Action, Plan};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let plan = Plan::from_json(br#"{
///     "format_version": "1.2",
///     "resource_changes": [{
///         "address": "aws_eip.a",
///         "type": "aws_eip",
///         "change": {"actions": ["delete", "create"]}
///     }]
/// }"#)?;
/// assert_eq!(plan.resource_changes[0].change.action, Action::Replace { create_before_destroy: false });
/// assert_eq!(plan.summary().to_string(), "1 to add, 0 to change, 1 to destroy (1 replaced)");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Plan {
    /// The version of the JSON, such as `1.2`.
    pub format_version: String,
    /// The version of Terraform or OpenTofu that planned.
    pub terraform_version: Option<String>,
    /// Whether planning stopped at an error, so that the plan is only a part.
    pub errored: bool,
    /// Whether there is something to apply; none where the version does not say.
    pub applyable: Option<bool>,
    /// Whether nothing is left to plan afterwards; none where the version does not say.
    pub complete: Option<bool>,
    /// What happens to each resource, also where nothing does.
    pub resource_changes: Vec<ResourceChange>,
    /// What was changed outside of Terraform since the last apply.
    pub resource_drift: Vec<ResourceChange>,
    /// What cannot be planned yet.
    pub deferred_changes: Vec<DeferredChange>,
    /// The actions that are invoked.
    pub action_invocations: Vec<ActionInvocation>,
    /// The actions whose invocation cannot be planned yet.
    pub deferred_action_invocations: Vec<DeferredActionInvocation>,
    /// What happens to each output.
    pub output_changes: BTreeMap<String, Change>,
    /// Everything in the state that was planned against, and the data sources that were read, of all modules.
    pub prior_resources: Vec<StateResource>,
    /// The configured providers, by the key that the plan gives them: `aws`, `aws.east`.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// The variables of the root module.
    pub variables: BTreeMap<String, Variable>,
    /// What is written out in the configuration, and appears nowhere else: provisioners above all.
    pub(crate) configuration: Configuration,
}

impl Plan {
    /// The plan in those bytes.
    ///
    /// # Errors
    /// Where they are no plan as JSON, with what they seem to be instead, or of a format that is not known.
    pub fn from_json(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        parse::plan(bytes.into())
    }

    /// The plan that a reader yields, such as standard input.
    ///
    /// # Errors
    /// Where reading fails, and those of [`Plan::from_json`].
    pub fn from_reader(mut reader: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|error| Error::new("the plan cannot be read").caused_by(error))?;
        parse::plan(bytes)
    }

    /// The plan in the file at that path.
    ///
    /// # Errors
    /// Where the file cannot be read, and those of [`Plan::from_json`]; the error names the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| {
            Error::new(format!("the plan cannot be read: {error}")).remedy(parse::SHOW).at(path.display().to_string())
        })?;
        parse::plan(bytes).map_err(|error| error.at(path.display().to_string()))
    }

    /// The changes with that action.
    pub fn changes(&self, action: &Action) -> impl Iterator<Item = &ResourceChange> {
        self.resource_changes.iter().filter(move |change| change.change.action == *action)
    }

    /// The change of the resource at that address.
    pub fn change(&self, address: &str) -> Option<&ResourceChange> {
        self.resource_changes.iter().find(|change| change.address == address && change.deposed.is_none())
    }

    /// How many resources are added, changed and destroyed, and actions invoked.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { invoke: self.action_invocations.len(), ..Summary::default() };
        for change in self.resource_changes.iter().filter(|change| change.mode != ResourceMode::Data) {
            match change.change.action {
                Action::Create => summary.add += 1,
                Action::Update => summary.change += 1,
                Action::Delete => summary.destroy += 1,
                Action::Replace { .. } => {
                    summary.add += 1;
                    summary.destroy += 1;
                    summary.replace += 1;
                }
                Action::Forget => summary.forget += 1,
                Action::Other(_) => summary.other += 1,
                Action::NoOp | Action::Read => {}
            }
            summary.import += usize::from(change.change.importing.is_some());
            summary.moved += usize::from(change.is_moved());
        }
        summary
    }

    /// Whether applying would change nothing: no resource, no address, no output; and invoke nothing.
    pub fn is_empty(&self) -> bool {
        self.summary() == Summary::default()
            && self.deferred_changes.is_empty()
            && self.deferred_action_invocations.is_empty()
            && self.output_changes.values().all(|change| change.action == Action::NoOp)
    }
}

/// How many resources a plan adds, changes and destroys. A replaced one is added and destroyed.
///
/// It prints as Terraform does: `3 to add, 1 to change, 0 to destroy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Created, also in place of another.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Destroyed, also to be replaced.
    pub destroy: usize,
    /// Destroyed and created.
    pub replace: usize,
    /// Taken into the state.
    pub import: usize,
    /// Left out of the state, and not destroyed.
    pub forget: usize,
    /// Given another address.
    pub moved: usize,
    /// Actions invoked.
    pub invoke: usize,
    /// With an action that is not known.
    pub other: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.import > 0 {
            write!(f, "{} to import, ", self.import)?;
        }
        write!(f, "{} to add, {} to change, {} to destroy", self.add, self.change, self.destroy)?;
        if self.replace > 0 {
            write!(f, " ({} replaced)", self.replace)?;
        }
        for (count, what) in [
            (self.moved, "to move"),
            (self.forget, "to forget"),
            (self.invoke, "to invoke"),
            (self.other, "of an unknown action"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
