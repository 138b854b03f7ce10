//! The deployer's permissions, computed from what stacks contain.

mod altered;
mod arguments;
mod denials;
mod derive;
mod earlier;
mod explain;
mod grants;
mod keys;
mod names;
mod needed;
mod needs;
mod pack;
mod policies;
#[cfg(feature = "constructs")]
mod reading;
mod recorded;
mod role;
mod state;
mod table;
mod tags;
mod unknown;

use std::collections::BTreeSet;

use mmcdk_core::{Error, Result, SynthesizedStack, Value};

use crate::policy::{PolicyDocument, reads};

pub(crate) use keys::Key;

pub use explain::{AllowedOn, Explained, Reason};
pub use needed::Needed;
pub use needs::Needs;
pub use policies::{PolicyKind, StackPolicy, policies};
#[cfg(feature = "constructs")]
pub use reading::RoleToRead;
pub use role::{Comparison, DeployedRole, Lacking, Refusal};
pub use table::PermissionTable;
pub use unknown::UnknownType;

use denials::{Denied, OwnTag};
use earlier::Origin;
use grants::Grants;
use role::Boundaries;

/// What a role must be allowed so that Terraform can plan or apply stacks: the API calls for their resource types, on ARNs
/// narrowed by the naming convention and by the environment's tag where IAM can, and their states with their locks.
///
/// It is computed, so a type that is new in a stack is in the policy with the next synthesis.
///
/// # Errors
/// [`Permissions::plan`] and [`Permissions::apply`] refuse stacks with resource types that the table does not have;
/// [`PermissionTable`] tells how to add one.
///
/// # Example
/// ```
/// use mmcdk_aws::{Environment, FlowLogs, Permissions, Vpc, values::Region};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Environment", "dev")]);
/// let mut network = app.stack("network", &dev)?;
/// let vpc = network.add("core", Vpc::new("10.1.0.0/16").zones(["a", "b"]))?;
/// network.add("flow", FlowLogs::new(&vpc))?;
///
/// let apply = Permissions::apply(app.stacks())?;
/// let create_role = apply.explain().into_iter().find(|row| row.action == "iam:CreateRole").expect("it is needed");
/// assert_eq!(create_role.on[0].to_string(), "arn:aws:iam::111122223333:role/MM-dev-use1-*");
/// assert_eq!(create_role.reasons[0].to_string(), "create aws_iam_role.flow of dev/network");
/// assert!(apply.documents()?.iter().all(|policy| policy.size().is_some_and(|size| size <= 6_144)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    grants: Grants,
    /// The policies of which one is the boundary of each role that is made.
    boundaries_to_set: BTreeSet<String>,
    /// What each stack makes of the environment's tag, by its path.
    own_tags: Vec<(String, OwnTag)>,
    denied: Denied,
    /// What they were derived from.
    origins: Vec<Origin>,
    /// The boundaries of the roles that they are about, where those are known.
    boundaries: Boundaries,
    /// What deserves attention before a role gets them, each with a remedy.
    notes: Vec<(String, String)>,
}

/// What is done with stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everything is read and nothing changed.
    Plan,
    Apply,
}

impl Permissions {
    /// What planning those stacks takes, by the table of each stack's context, or the standard one: reading what is there, and their states, without locking
    /// them (`terraform plan -lock=false`).
    pub fn plan<'a>(stacks: impl IntoIterator<Item = SynthesizedStack<'a>>) -> Result<Self> {
        derive::permissions(None, Access::Plan, stacks)
    }

    /// What applying those stacks takes, by the table of each stack's context, or the standard one, and destroying them.
    pub fn apply<'a>(stacks: impl IntoIterator<Item = SynthesizedStack<'a>>) -> Result<Self> {
        derive::permissions(None, Access::Apply, stacks)
    }

    /// What is known of planning those stacks, and the types that the table does not have.
    pub fn known_of_plan<'a>(
        stacks: impl IntoIterator<Item = SynthesizedStack<'a>>,
    ) -> Result<(Self, Vec<UnknownType>)> {
        derive::known(None, Access::Plan, stacks).map(|(known, unknown)| (known, unknown.types()))
    }

    /// What is known of applying those stacks, and the types that the table does not have.
    pub fn known_of_apply<'a>(
        stacks: impl IntoIterator<Item = SynthesizedStack<'a>>,
    ) -> Result<(Self, Vec<UnknownType>)> {
        derive::known(None, Access::Apply, stacks).map(|(known, unknown)| (known, unknown.types()))
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.grants.join(other.grants);
        self.boundaries_to_set.extend(other.boundaries_to_set);
        self.own_tags.extend(other.own_tags);
        self.denied.extend(other.denied);
        self.origins.extend(other.origins);
        self.boundaries.extend(other.boundaries);
        self.notes.extend(other.notes);
        self
    }

    /// What deserves attention before a role gets them, such as that a [kept](Self::keep) text adds nothing any more.
    pub(crate) fn notes(&self) -> impl Iterator<Item = Error> {
        let notes = self.notes.iter().map(|(problem, remedy)| Error::new(problem.as_str()).remedy(remedy.as_str()));
        notes.chain(denials::unprotected(&self.own_tags).filter(|_| self.can_write()))
    }

    /// Whether any of their actions does more than to read, by its name.
    pub fn can_write(&self) -> bool {
        self.grants.0.keys().any(|grant| !reads(&grant.action))
    }

    /// Whether who has them could give himself everything, by a role whose policies he writes.
    pub(crate) fn raises_itself(&self) -> bool {
        let writes_roles = ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:*", "*"];
        self.boundaries_to_set.is_empty()
            && self.grants.0.keys().any(|grant| writes_roles.contains(&grant.action.as_str()))
    }

    /// Which resources need which action, sorted by action.
    pub fn explain(&self) -> Vec<Explained> {
        explain::rows(&self.grants, self.denying())
    }

    /// The policy that denies what would get around the environment's tag or a boundary.
    fn denying(&self) -> Option<PolicyDocument> {
        let own_tag = OwnTag::of_all(&self.own_tags);
        self.denied.document(&self.boundaries_to_set, &own_tag).filter(|_| self.can_write())
    }

    /// The policies that allow it, each small enough for a managed policy, and one that denies what would get around the
    /// environment's tag or a boundary. Where the program does not know the account, they say any.
    ///
    /// # Errors
    /// Where a single permission is too large for a policy.
    pub fn documents(&self) -> Result<Vec<PolicyDocument>> {
        self.documents_in(&"*".into())
    }

    /// The same, where accounts that the program does not know are this one.
    pub(crate) fn documents_in(&self, account: &Value<String>) -> Result<Vec<PolicyDocument>> {
        let mut documents = pack::documents(&self.grants, account)?;
        documents.extend(self.denying());
        Ok(documents)
    }
}

#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod tests;
