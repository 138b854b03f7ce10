//! What a role keeps of what a stack contained before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Result, Synthesis, SynthesizedStack, nearest};

use super::derive::Deriving;
use super::grants::{Grant, Grants};
use super::names::NameUse;
use super::pack;
use super::recorded::{self, Contents};
use super::role::covers;
use super::table::PermissionTable;
use super::unknown::Unknown;
use super::{Access, Permissions};

/// A stack that permissions were derived from, without its contents.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    stack: Arc<Synthesis>,
    table: Arc<PermissionTable>,
    access: Access,
    /// The arguments of its resources, by their addresses.
    arguments: Arc<Arguments>,
}

/// The arguments that a program sets, without their values, by the addresses of resources.
pub(super) type Arguments = BTreeMap<String, Json>;

impl Origin {
    pub(super) fn new(stack: &SynthesizedStack<'_>, table: Arc<PermissionTable>, access: Access) -> Self {
        let arguments = Arc::new(recorded::arguments(stack));
        Self { stack: Arc::new(stack.recorded([])), table, access, arguments }
    }

    fn stack(&self) -> SynthesizedStack<'_> {
        self.stack.stacks().next().expect("it was made of one stack")
    }
}

impl Permissions {
    /// These, and what it takes to read and delete what a stack contained before, so that a role can carry a change of resource
    /// types: what goes is deleted by the role that makes what comes. What the stack still has may also be changed by the names
    /// and tags that it had.
    ///
    /// `earlier` is what tells of it: the files of an earlier synthesis (`cat synth/dev/network/*.tf.json`), or what
    /// `terraform show -json` prints of the state or of a plan. [`App::input`](mmcdk_core::App::input) reads a file or a folder
    /// that the program names. Where it adds nothing any more, the role that gets these permissions warns.
    ///
    /// # Errors
    /// Where these were not derived from a stack of that path, the text is none of those, or tells of types that the table
    /// does not have.
    ///
    /// # Example
    /// ```
    /// use mmcdk_aws::{Environment, Permissions, resources::ec2, values::Region};
    /// use mmcdk_core::{App, Organisation, Result};
    ///
    /// # fn main() -> Result<()> {
    /// let mut app = App::new(Organisation::new("MM"));
    /// let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
    /// app.stack("network", &dev)?.add("nat", ec2::Eip::new())?;
    /// let earlier = r#"{"resource": {"aws_vpc": {"core": {"cidr_block": "10.1.0.0/16"}}}}"#;
    ///
    /// let apply = Permissions::apply(app.stacks())?.keep("dev/network", earlier)?;
    /// assert!(apply.explain().iter().any(|row| row.action == "ec2:DeleteVpc"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep(mut self, stack: &str, earlier: &str) -> Result<Self> {
        let origins: Vec<Origin> =
            self.origins.iter().filter(|origin| origin.stack().path() == stack).cloned().collect();
        if origins.is_empty() {
            let known = self.origins.iter().map(|origin| origin.stack().path());
            return Err(Error::new(format!("the permissions are not for the stack {stack:?}, so it keeps nothing"))
                .remedy(nearest(stack, known)));
        }
        let contents = recorded::read(earlier, &origins[0].arguments).map_err(|error| error.at(stack))?;
        let mut added = 0;
        for origin in &origins {
            let kept = origin.kept(&contents)?;
            added += self.grants.join_new(kept);
        }
        if added == 0 {
            let problem = format!("what is kept of {stack} adds nothing any more");
            self.notes.push((problem, format!("leave out .keep({stack:?}, …)")));
        }
        Ok(self)
    }
}

impl Origin {
    fn kept(&self, contents: &Contents) -> Result<Grants> {
        let mut grants = Grants::default();
        let mut unknown = Unknown::default();
        let Self { stack: _, table, access, arguments } = self;
        for resources in contents.everything(arguments) {
            let changes = recorded::kept(&resources, arguments);
            // A state tells of all arguments, also of those that nobody set.
            let is_set = |address: &String| contents.is_synthesis() || arguments.contains_key(address);
            let uncertain: BTreeSet<String> = changes.keys().filter(|address| !is_set(address)).cloned().collect();
            let deriving = Deriving {
                table,
                access: *access,
                names: NameUse::Forms,
                changes: Some(&changes),
                altered: None,
                uncertain: Some(&uncertain),
                earlier: true,
            };
            let earlier = self.stack().recorded(resources);
            for stack in earlier.stacks() {
                deriving.resources(stack, &mut grants, &mut unknown)?;
            }
        }
        unknown.check()?;
        Ok(grants)
    }
}

impl Grants {
    /// Adds what is not allowed yet, and says how much that was.
    fn join_new(&mut self, other: Self) -> usize {
        let mut by_action: BTreeMap<String, Vec<(Grant, pack::Conditions)>> = BTreeMap::new();
        for (grant, because) in &self.0 {
            let known = (grant.clone(), pack::conditions(grant, because));
            by_action.entry(grant.action.clone()).or_default().push(known);
        }
        let mut new = other.0;
        new.retain(|grant, because| {
            let conditions = pack::conditions(grant, because);
            let known = by_action.get(&grant.action).into_iter().flatten();
            !known
                .into_iter()
                .any(|(known, under)| covers(&known.resource, &grant.resource) && within(under, &conditions))
        });
        let count = new.len();
        self.join(Self(new));
        count
    }
}

/// Whether whatever fits `conditions` fits `known` too, of which each must be among them.
fn within(known: &pack::Conditions, conditions: &pack::Conditions) -> bool {
    known.iter().all(|(key, values)| {
        let either = !key.0.contains("Not") && !key.0.starts_with("ForAllValues");
        conditions.get(key).is_some_and(|asked| asked == values || either && asked.is_subset(values))
    })
}
