//! Which API calls Terraform makes for each resource type, and on what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Local, Mode, Resource, Result, SynthesizedStack};
use serde_derive::Deserialize;

use super::altered::Altered;
use super::arguments::{given, may_be, may_contain};
use super::denials::Denied;
use super::grants::Conditions;
use super::keys::KeyUse;
use super::needs::Needs;
use super::{Access, Permissions, derive};
use crate::policy::{Condition, is_action};

/// The table from resource types to the IAM actions that Terraform needs for them.
///
/// [`PermissionTable::standard`] has every type that the constructs of this crate use, and common further ones. It is data,
/// `mmcdk-aws/permissions.json`, checked against what AWS publishes; types of your own are added in Rust or in JSON:
///
/// ```
/// use mmcdk_aws::{Needs, PermissionTable, resources::ec2};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let table = PermissionTable::standard()
///     .needs::<ec2::PlacementGroup>(
///         Needs::new()
///             .read(["ec2:DescribePlacementGroups"])
///             .create(["ec2:CreatePlacementGroup", "ec2:CreateTags"])
///             .delete(["ec2:DeletePlacementGroup"]),
///     )?
///     .service::<ec2::Fleet>("ec2")?;
/// # Ok(())
/// # }
/// ```
///
/// A table of your own holds for everything that a program does, also for its commands, if the organisation has it:
/// `Organisation::new("MM").with(table)`.
#[derive(Clone, Debug)]
pub struct PermissionTable {
    /// None while they are the standard ones, which are read when somebody asks for them.
    own: Option<Box<Rows>>,
    /// Whether actions are narrowed by the environment's tag.
    pub(super) by_tag: bool,
    pub(super) boundary: Option<String>,
    /// The ids of VPCs that exist.
    pub(super) vpcs: BTreeSet<String>,
}

/// What the file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) arns: BTreeMap<String, Kind>,
    pub(super) actions: BTreeMap<String, Action>,
    pub(super) types: BTreeMap<String, Calls>,
    pub(super) denied: Denied,
}

/// The file's form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default, rename = "source")]
    _source: String,
    #[serde(default)]
    arns: BTreeMap<String, Kind>,
    #[serde(default)]
    actions: BTreeMap<String, Action>,
    #[serde(default)]
    types: BTreeMap<String, Calls>,
    #[serde(default)]
    denied: Denied,
}

/// What an action can be allowed on: the form of its ARNs, and the resource types that have such.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) arn: String,
    pub(super) types: Vec<String>,
    /// The argument that stands for the name in ARNs, where that is not the physical name.
    pub(super) named_by: Option<String>,
    /// The argument by which other resources say which one they mean.
    pub(super) referred_by: Option<String>,
    /// What names have at their beginning that ARNs have already.
    #[serde(default)]
    pub(super) strip: String,
    /// What ends a name in ARNs that go on after it, such as that of a place in a bucket.
    pub(super) until: Option<String>,
    /// Whether names are in lower case, so that the convention's form of them is.
    #[serde(default)]
    pub(super) lower: bool,
    #[serde(default, rename = "note")]
    _note: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    /// Empty where it cannot be narrowed.
    pub(super) on: Vec<Target>,
    #[serde(default, rename = "note")]
    _note: String,
    #[serde(default, rename = "star")]
    _star: String,
    #[serde(default, rename = "tags")]
    _tags: String,
    #[serde(default, rename = "open")]
    _open: String,
    #[serde(default, rename = "dependents")]
    _dependents: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    /// The name of a [`Kind`].
    pub(super) arn: String,
    pub(super) tag: Option<TagUse>,
}

/// How the environment's tag narrows an action.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(super) enum TagUse {
    /// The request sets it.
    Request,
    /// The resource has it.
    Resource,
    /// The resource has none yet, and the request sets it.
    Unclaimed,
    /// The resource has none.
    Untagged,
    /// The resource has it, unless IAM is told none of its tags.
    Known,
}

/// The calls for a type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Calls {
    pub(super) read: Vec<Call>,
    pub(super) create: Vec<Call>,
    pub(super) update: Vec<Call>,
    pub(super) delete: Vec<Call>,
    pub(super) keys: Vec<KeyUse>,
    #[serde(rename = "note")]
    pub(super) _note: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Call {
    pub(super) action: String,
    /// Where it differs from what the action's own entry says.
    pub(super) on: Option<Vec<Target>>,
    /// The argument that says which resource is meant; without it there is no call.
    pub(super) argument: Option<String>,
    /// The argument without which there is no call.
    pub(super) only_with: Option<String>,
    /// The value that this argument must have.
    pub(super) is: Option<String>,
    /// What is in its text.
    pub(super) contains: Option<String>,
    /// The argument that prevents the call if it is set.
    pub(super) unless: Option<String>,
    /// The arguments of which a change causes the call; any change does if there are none.
    pub(super) changes: Vec<String>,
    /// The argument that a change must give a value to cause the call.
    pub(super) sets: Option<String>,
    /// The argument that a change must take away to cause the call.
    pub(super) removes: Option<String>,
    /// What must hold besides, by operator and key.
    pub(super) conditions: Conditions,
    pub(super) within: Option<Within>,
}

/// That a condition key has the ARN of what an argument names, or of what the program knows to exist, if an id is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Within {
    pub(super) key: String,
    pub(super) argument: Option<String>,
    /// The name of a [`Kind`].
    pub(super) arn: String,
    /// Whether nothing is allowed as long as no id is known.
    #[serde(default)]
    pub(super) required: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Action(String),
    Call(Box<Detailed>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detailed {
    action: String,
    on: Option<Vec<Target>>,
    argument: Option<String>,
    #[serde(rename = "if")]
    only_with: Option<String>,
    is: Option<String>,
    contains: Option<String>,
    unless: Option<String>,
    #[serde(default)]
    changes: Vec<String>,
    sets: Option<String>,
    removes: Option<String>,
    #[serde(default)]
    conditions: Conditions,
    within: Option<Within>,
    #[serde(default, rename = "note")]
    _note: String,
    #[serde(default, rename = "open")]
    _open: String,
}

impl From<Written> for Call {
    fn from(written: Written) -> Self {
        match written {
            Written::Action(action) => Self::of(action),
            Written::Call(written) => {
                let Detailed { action, on, argument, only_with, is, contains, unless, changes, sets, removes, .. } =
                    *written;
                let Detailed { conditions, within, .. } = *written;
                Self {
                    action,
                    on,
                    argument,
                    only_with,
                    is,
                    contains,
                    unless,
                    changes,
                    sets,
                    removes,
                    conditions,
                    within,
                }
            }
        }
    }
}

impl Call {
    /// A call of that action, on what the action's own entry says.
    pub(super) fn of(action: String) -> Self {
        Self { action, ..Self::default() }
    }

    /// Whether Terraform makes the call for a resource with these arguments.
    pub(super) fn is_made_for(&self, body: &Json) -> bool {
        self.only_with.iter().chain(&self.argument).all(|argument| given(body, argument))
            && self.unless.iter().all(|argument| !given(body, argument))
            && self.only_with.iter().zip(&self.is).all(|(argument, value)| may_be(body, argument, value))
            && self.only_with.iter().zip(&self.contains).all(|(argument, part)| may_contain(body, argument, part))
    }

    /// Whether an update that changes those arguments makes the call.
    pub(super) fn is_caused_by(&self, altered: &Altered) -> bool {
        let Altered { set, removed } = altered;
        let changed = |argument: &String| set.contains(argument) || removed.contains(argument);
        (self.changes.is_empty() || self.changes.iter().any(changed))
            && self.sets.iter().all(|argument| set.contains(argument))
            && self.removes.iter().all(|argument| removed.contains(argument))
    }
}

impl PermissionTable {
    /// The table that comes with this crate. It is read when something is derived from it, so that a program that only
    /// synthesizes does not wait for it.
    pub fn standard() -> Self {
        Self { own: None, by_tag: true, boundary: None, vpcs: BTreeSet::new() }
    }

    /// The table that a stack's context has, by [`Organisation::with`](mmcdk_core::Organisation::with) or nearer; else the
    /// standard one.
    pub(super) fn of<'a>(stack: &SynthesizedStack<'a>) -> &'a Self {
        static STANDARD: OnceLock<PermissionTable> = OnceLock::new();
        stack.fact().unwrap_or_else(|| STANDARD.get_or_init(Self::standard))
    }

    pub(super) fn rows(&self) -> &Rows {
        self.own.as_deref().unwrap_or_else(|| Rows::standard())
    }

    fn rows_mut(&mut self) -> &mut Rows {
        self.own.get_or_insert_with(|| Box::new(Rows::standard().clone()))
    }

    /// Adds entries in the form of `permissions.json`; those of the same name replace what was there.
    ///
    /// # Errors
    /// Where the text is not in that form, or refers to a kind of ARN that the table does not have.
    pub fn with_json(mut self, text: &str) -> Result<Self> {
        self.rows_mut().read(text)?;
        Ok(self)
    }

    /// The actions for a type that the table does not have, or for which it shall have others. Actions that the table knows
    /// are narrowed as it says, others are allowed on every resource.
    ///
    /// # Errors
    /// Where an action is none.
    pub fn needs<R: Resource>(mut self, needs: Needs) -> Result<Self> {
        self.rows_mut().types.insert(key(R::FACTS.mode, R::FACTS.terraform_type), needs.into());
        self.rows().check()?;
        Ok(self)
    }

    /// Allows every action of a service for a type, by the service's prefix in IAM: `elasticloadbalancing`. For planning it
    /// is what the service describes, lists and gets, but for services that give their data so, such as secrets.
    ///
    /// # Errors
    /// Where the prefix is none.
    pub fn service<R: Resource>(self, prefix: &str) -> Result<Self> {
        let of = |name: &str| format!("{prefix}:{name}");
        // What these get is not what something is like, but what is in it.
        let gives_data = ["dynamodb", "kinesis", "s3", "secretsmanager", "sqs", "ssm"].contains(&prefix);
        let verbs: &[&str] = if gives_data { &["Describe*", "List*"] } else { &["Describe*", "Get*", "List*"] };
        self.needs::<R>(Needs::new().read(verbs.iter().map(|verb| of(verb))).create([of("*")]))
    }

    /// Does not narrow actions by the environment's tag.
    ///
    /// By default, actions that IAM can narrow by tags are allowed only on resources with the
    /// [tag of the environment](mmcdk_core::Organisation::environment_tag). In a shared stack, they are allowed on resources with
    /// the values that the tag has in the stack; if nothing in it has the tag, they are not narrowed. A role that applies is
    /// denied every request that gives the tag another value or removes it, unless only Terraform knows one of the values or a
    /// stack of the role is not narrowed; the role then warns if other stacks have the tag.
    #[must_use]
    pub fn without_tags(mut self) -> Self {
        self.by_tag = false;
        self
    }

    /// Denies making, changing and deleting roles and users and their policies, unless they have the permissions boundary of
    /// that ARN, and denies taking it away or changing it.
    ///
    /// If stacks of one role have tables with different boundaries, what the role makes has any of them.
    ///
    /// Whoever may make roles and write their policies can make one that may do everything. Where stacks have roles, a boundary
    /// is what keeps their deployer to what it says; the roles get it by
    /// `Local::new().set_on::<iam::Role>("permissions_boundary", arn)` in the context of their stacks.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    #[must_use]
    pub fn boundary(mut self, arn: impl Into<String>) -> Self {
        self.boundary = Some(arn.into());
        self
    }

    /// The VPCs of the stacks, by their ids, once they exist.
    ///
    /// AWS creates the default security group of a VPC without tags, so a role that applies may tag such a group as its own.
    /// Before a VPC exists, IAM cannot tell its group from others without an environment's tag and a name; with its id it can.
    ///
    /// An instance is launched with an interface without tags. So an address of an instance (`aws_eip` or `aws_eip_association`
    /// by `instance`) can only be associated in a VPC whose id is known; a role without one warns. An address of an
    /// `aws_network_interface` of one's own needs no id.
    #[must_use]
    pub fn vpcs(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.vpcs.extend(ids.into_iter().map(Into::into));
        self
    }

    /// What planning those stacks takes: reading what is there, and their states.
    ///
    /// # Errors
    /// Where a stack has resources of a type that the table does not have; all such types are named.
    pub fn plan<'a>(&self, stacks: impl IntoIterator<Item = SynthesizedStack<'a>>) -> Result<Permissions> {
        derive::permissions(Some(self), Access::Plan, stacks)
    }

    /// What applying those stacks takes, and destroying them.
    ///
    /// # Errors
    /// Where a stack has resources of a type that the table does not have; all such types are named.
    pub fn apply<'a>(&self, stacks: impl IntoIterator<Item = SynthesizedStack<'a>>) -> Result<Permissions> {
        derive::permissions(Some(self), Access::Apply, stacks)
    }

    /// What the action is allowed on.
    pub(super) fn targets<'a>(&'a self, call: &'a Call) -> &'a [Target] {
        match &call.on {
            Some(on) => on,
            None => self.rows().actions.get(&call.action).map_or(&[], |action| &action.on),
        }
    }
}

impl Rows {
    fn standard() -> &'static Self {
        static STANDARD: OnceLock<Rows> = OnceLock::new();
        STANDARD.get_or_init(|| {
            let mut rows = Self::default();
            rows.read(include_str!("../../permissions.json")).expect("the table of this crate is well-formed");
            rows
        })
    }

    /// Adds what a text in the file's form says; rows of the same name replace what was there.
    fn read(&mut self, text: &str) -> Result<()> {
        let document: Document = mmcdk_core::serde_json::from_str(text).map_err(|error| {
            Error::new(format!("the permission table cannot be read: {error}"))
                .remedy("write it in the form of mmcdk-aws/permissions.json")
        })?;
        let Document { _source: _, arns, actions, types, denied } = document;
        self.arns.extend(arns);
        self.actions.extend(actions);
        self.types.extend(types);
        self.denied.extend(denied);
        self.check()
    }

    fn check(&self) -> Result<()> {
        let key_actions = self.types.iter().flat_map(|(name, calls)| {
            let of_key = |key: &KeyUse| key.read.iter().chain(&key.write).cloned().collect::<Vec<_>>();
            calls.keys.iter().flat_map(of_key).map(move |action| (name, action))
        });
        for (name, action) in key_actions {
            check_action(name, &action)?;
        }
        let calls = self.types.iter().flat_map(|(name, calls)| {
            let Calls { read, create, update, delete, keys: _, _note: _ } = calls;
            [read, create, update, delete].into_iter().flatten().map(move |call| (name, call))
        });
        let mut targets: BTreeSet<&str> = BTreeSet::new();
        for (name, call) in calls {
            check_action(name, &call.action)?;
            let unknown = |operator: &&String| Condition::written(operator, "aws:x", [""; 0]).is_none();
            if let Some(operator) = call.conditions.keys().find(unknown) {
                return Err(Error::new(format!("{operator:?} of {name} is no condition operator of IAM"))
                    .remedy("write it as StringEquals or ForAnyValue:StringLike"));
            }
            for (operator, keys) in &call.conditions {
                for (key, values) in keys {
                    Condition::written(operator, key, values)
                        .map_or(Ok(()), |condition| condition.check())
                        .map_err(|error| error.within(&format!("{} of {name}", call.action)))?;
                }
            }
            targets.extend(call.on.iter().flatten().map(|target| target.arn.as_str()));
            targets.extend(call.within.iter().map(|within| within.arn.as_str()));
        }
        targets.extend(self.actions.values().flat_map(|action| &action.on).map(|target| target.arn.as_str()));
        match targets.into_iter().find(|target| !self.arns.contains_key(*target)) {
            Some(target) => Err(Error::new(format!("the permission table has no ARN {target:?}"))
                .remedy("add it under \"arns\", such as {\"arn\": \"arn:{partition}:s3:::{name}\", \"types\": []}")),
            None => Ok(()),
        }
    }
}

impl From<PermissionTable> for Local {
    /// A context in which this table holds: that of an organisation, an environment's stack, a part of the tree.
    fn from(table: PermissionTable) -> Self {
        Self::new().fact(table)
    }
}

fn check_action(terraform_type: &str, action: &str) -> Result<()> {
    match is_action(action) {
        true => Ok(()),
        false => Err(Error::new(format!("{action:?} of {terraform_type} is no action"))
            .remedy("write it as s3:GetObject or s3:Get*")),
    }
}

/// The name of a type in the table.
pub(super) fn key(mode: Mode, terraform_type: &str) -> String {
    match mode {
        Mode::Managed => terraform_type.to_owned(),
        Mode::Data => format!("data.{terraform_type}"),
    }
}
