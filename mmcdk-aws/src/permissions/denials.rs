//! What is denied, whatever else is allowed.

use std::collections::BTreeSet;

use mmcdk_core::Error;
use serde_derive::Deserialize;

use crate::policy::{Condition, Operator, PolicyDocument, Statement};

/// The actions by which a deployer could get around a boundary, or around the environment's tag.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Denied {
    /// Allowed only on identities that have the boundary.
    outside_boundary: BTreeSet<String>,
    /// They take a boundary away.
    without_boundary: BTreeSet<String>,
    /// They change the boundary's own policy.
    on_boundary: BTreeSet<String>,
    /// They remove every tag if a request names none.
    unnamed_tags: BTreeSet<String>,
    #[serde(rename = "note")]
    _note: String,
}

impl Denied {
    /// Adds the actions of another table.
    pub(super) fn extend(&mut self, other: Self) {
        let Self { outside_boundary, without_boundary, on_boundary, unnamed_tags, _note: _ } = other;
        self.outside_boundary.extend(outside_boundary);
        self.without_boundary.extend(without_boundary);
        self.on_boundary.extend(on_boundary);
        self.unnamed_tags.extend(unnamed_tags);
    }

    /// The policy that denies them; none if there is neither a boundary nor a tag to protect.
    pub(super) fn document(&self, boundaries: &BTreeSet<String>, tag: &OwnTag) -> Option<PolicyDocument> {
        let of_boundary = (!boundaries.is_empty()).then(|| self.of_boundaries(boundaries)).into_iter().flatten();
        let of_tag = match tag {
            OwnTag::Of { key, values } => Some(self.of_tag(key, values)),
            OwnTag::Unset | OwnTag::Any => None,
        };
        let mut statements = of_boundary.chain(of_tag.into_iter().flatten()).peekable();
        statements.peek().is_some().then(|| PolicyDocument::new().statements(statements))
    }

    /// Denies identities without one of those boundaries, by their ARNs, and changing the boundaries.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    fn of_boundaries(&self, arns: &BTreeSet<String>) -> [Statement; 3] {
        let none_of_them = Condition::new(Operator::ArnNotEquals, "iam:PermissionsBoundary", arns.iter().cloned());
        [
            deny("OnlyWithinTheBoundary", &self.outside_boundary, ["*"]).condition(none_of_them),
            deny("NeverWithoutIt", &self.without_boundary, ["*"]),
            deny("NeverAnotherOne", &self.on_boundary, arns.iter().map(String::as_str)),
        ]
    }

    /// Denies other values of the environment's tag, in whichever request tags are set, and removing that tag. The key of
    /// a condition ignores case, so another spelling of the tag's key is the same tag here.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html>
    fn of_tag(&self, key: &str, values: &BTreeSet<String>) -> [Statement; 3] {
        let everything = ["*".to_owned()].into();
        let requested = format!("aws:RequestTag/{key}");
        let other = Condition::new(Operator::StringNotEquals, requested.as_str(), values.iter().cloned());
        let named = Condition::new(Operator::StringEqualsIgnoreCase, "aws:TagKeys", [key]).for_any_value();
        [
            deny("OnlyTheOwnTag", &everything, ["*"])
                .condition(other)
                .condition(Condition::null(requested.as_str(), false)),
            deny("NeverWithoutTheTag", &everything, ["*"]).condition(named).condition(Condition::null(requested, true)),
            deny("NeverEveryTag", &self.unnamed_tags, ["*"]).condition(Condition::null("aws:TagKeys", true)),
        ]
    }
}

/// The values that the environment's tag may be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum OwnTag {
    /// Nothing is applied.
    #[default]
    Unset,
    /// Those that stacks give it.
    Of { key: String, values: BTreeSet<String> },
    /// Any, because no stack has the tag, or only Terraform knows its value.
    Any,
}

impl OwnTag {
    /// What any of several stacks may give it.
    pub(super) fn of_all(tags: &[(String, Self)]) -> Self {
        tags.iter().map(|(_, tag)| tag.clone()).fold(Self::Unset, Self::or)
    }

    /// What either may give it. Permissions with different tags do not protect each other's.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unset, tag) | (tag, Self::Unset) => tag,
            (Self::Of { key, values }, Self::Of { key: other_key, values: more }) if key == other_key => {
                Self::Of { key, values: values.into_iter().chain(more).collect() }
            }
            _ => Self::Any,
        }
    }
}

/// That some stacks of a role leave the environment's tag of its others unprotected; nothing if no stack has one, or all do.
pub(super) fn unprotected(tags: &[(String, OwnTag)]) -> impl Iterator<Item = Error> {
    let with: Vec<_> = tags.iter().filter(|(_, tag)| matches!(tag, OwnTag::Of { .. })).collect();
    let opens = |tag: &OwnTag| with.first().is_some_and(|(_, first)| first.clone().or(tag.clone()) == OwnTag::Any);
    let because: BTreeSet<&str> = tags.iter().filter(|(_, tag)| opens(tag)).map(|(stack, _)| stack.as_str()).collect();
    let others: BTreeSet<&str> =
        with.iter().map(|(stack, _)| stack.as_str()).filter(|path| !because.contains(path)).collect();
    let listed = |paths: &BTreeSet<&str>| paths.iter().copied().collect::<Vec<_>>().join(", ");
    let note = (!because.is_empty()).then(|| {
        let (because, others) = (listed(&because), listed(&others));
        Error::new(format!(
            "the role may change the environment's tag of {others}, because {because} has another tag key, none, or a value \
             that only Terraform knows"
        ))
        .remedy("give these stacks roles of their own, or the tag with literal values")
    });
    note.into_iter()
}

fn deny<'a>(id: &str, actions: &BTreeSet<String>, resources: impl IntoIterator<Item = &'a str>) -> Statement {
    Statement::deny().sid(id).actions(actions.iter().cloned()).resources(resources)
}
