//! What a plan takes, of the role that makes or applies it.

use std::collections::BTreeMap;

use mmcdk_core::{Found, Result, SynthesizedStack};

use super::derive::Deriving;
use super::names::NameUse;
use super::recorded::{self, Contents, Planned};
use super::role::Boundaries;
use super::table::PermissionTable;
use super::unknown::{Unknown, UnknownType};
use super::{Access, Comparison, DeployedRole, Permissions, Refusal, arguments, derive, state};

/// What a plan or a state takes of a role.
#[derive(Clone, Debug)]
pub struct Needed {
    stack: String,
    permissions: Permissions,
    unknown: Vec<UnknownType>,
    /// What the program grants by what it describes now.
    described: DeployedRole,
}

impl Needed {
    /// What it takes to apply a plan of a stack, and to read everything in it again; by the table of the stack's context.
    /// `plan` is what `terraform show -json plan.out` prints.
    ///
    /// # Errors
    /// Returns an error if the text is neither a plan nor a state.
    pub fn to_apply(stack: &SynthesizedStack<'_>, plan: &str) -> Result<Self> {
        Self::of(stack, plan, Access::Apply)
    }

    /// What it takes to plan a stack: to read what is in its state, and what a plan would add. `text` is what
    /// `terraform show -json` prints of either.
    ///
    /// # Errors
    /// Returns an error if the text is neither a plan nor a state.
    pub fn to_plan(stack: &SynthesizedStack<'_>, text: &str) -> Result<Self> {
        Self::of(stack, text, Access::Plan)
    }

    fn of(stack: &SynthesizedStack<'_>, text: &str, access: Access) -> Result<Self> {
        let table = PermissionTable::of(stack);
        let contents = recorded::read(text, &recorded::arguments(stack))?;
        let planned = match contents {
            Contents::Plan(planned) => planned,
            Contents::State(resources) | Contents::Synthesis(resources) => recorded::read_all(resources),
        };
        let mut permissions = Permissions::default();
        let mut unknown = Unknown::default();
        let Planned { before, after, uncertain, to_before, to_after, altered } = planned;
        let exact = Deriving {
            table,
            access,
            names: NameUse::Exact,
            changes: None,
            altered: Some(&altered),
            uncertain: None,
            earlier: false,
        };
        for (resources, changes) in [(before, to_before), (after, to_after)] {
            let recorded = stack.recorded(resources);
            let deriving = Deriving { changes: Some(&changes), uncertain: Some(&uncertain), ..exact };
            for stack in recorded.stacks() {
                deriving.resources(stack, &mut permissions.grants, &mut unknown)?;
                permissions.boundaries.extend(boundaries(&stack));
            }
        }
        exact.provider(*stack, &mut permissions.grants);
        state::allow(&mut permissions.grants, access, stack)?;
        let (described, _) = derive::known(Some(table), access, [*stack])?;
        let described = described.as_role()?;
        Ok(Self { stack: stack.path().to_owned(), permissions, unknown: unknown.types(), described })
    }

    /// Everything that it takes.
    pub fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// The types that the table does not have, of which nothing is compared.
    pub fn unknown(&self) -> &[UnknownType] {
        &self.unknown
    }

    /// What of it a role does not grant.
    pub fn compare(&self, role: &DeployedRole) -> Comparison {
        self.permissions.compare(role)
    }

    /// What the roles that the program describes would need to grant it: a line to add to the program where its stacks no
    /// longer have what the plan changes; none where deriving the roles again is enough.
    pub fn line_to_add(&self) -> Option<String> {
        let Self { stack, permissions, described, .. } = self;
        let lacking = permissions.compare(described).lacking;
        let file = stack.replace('/', "-");
        // What is denied stays denied, whatever is kept.
        lacking
            .iter()
            .any(|one| one.why == Refusal::NotAllowed)
            .then(|| format!(".keep({stack:?}, &bootstrap.input(\"earlier/{file}.json\")?)?"))
    }
}

/// The boundaries that the roles of a stack have, by the addresses of the roles and of what is about them.
fn boundaries(stack: &SynthesizedStack<'_>) -> Boundaries {
    let mut by_name: BTreeMap<String, Option<String>> = BTreeMap::new();
    let own = |found: &Found<'_>| found.text("permissions_boundary").ok();
    let known = |boundary: &Option<String>| boundary.as_ref().is_none_or(|arn| !arguments::is_expression(arn));
    let key = |found: &Found<'_>| (stack.path().to_owned(), found.address().to_owned());
    let roles = stack.all().filter(|found| matches!(found.terraform_type(), "aws_iam_role" | "aws_iam_user"));
    let mut boundaries: Boundaries = BTreeMap::new();
    for role in roles.filter(|role| known(&own(role))) {
        by_name.extend(role.text("name").ok().map(|name| (name, own(&role))));
        boundaries.insert(key(&role), own(&role));
    }
    for about in stack.all().filter(|found| found.has("role")) {
        let boundary = match about.resolve("role") {
            Ok(role) => boundaries.get(&key(&role)).cloned(),
            Err(_) => about.text("role").ok().and_then(|name| by_name.get(&name).cloned()),
        };
        boundaries.extend(boundary.map(|boundary| (key(&about), boundary)));
    }
    boundaries
}
