//! What is denied, whatever else is allowed.

use std::collections::BTreeSet;

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
    pub(super) fn document(&self, boundary: Option<&str>, tag: &OwnTag) -> Option<PolicyDocument> {
        let of_boundary = boundary.into_iter().flat_map(|arn| self.of_boundary(arn));
        let of_tag = match tag {
            OwnTag::Of { key, values } => Some(self.of_tag(key, values)),
            OwnTag::Unset | OwnTag::Any => None,
        };
        let mut statements = of_boundary.chain(of_tag.into_iter().flatten()).peekable();
        statements.peek().is_some().then(|| PolicyDocument::new().statements(statements))
    }

    /// Denies identities without the boundary of that ARN, and changing it.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    fn of_boundary(&self, arn: &str) -> [Statement; 3] {
        [
            deny("OnlyWithinTheBoundary", &self.outside_boundary, "*").condition(Condition::new(
                Operator::ArnNotEquals,
                "iam:PermissionsBoundary",
                [arn],
            )),
            deny("NeverWithoutIt", &self.without_boundary, "*"),
            deny("NeverAnotherOne", &self.on_boundary, arn),
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
            deny("OnlyTheOwnTag", &everything, "*")
                .condition(other)
                .condition(Condition::null(requested.as_str(), false)),
            deny("NeverWithoutTheTag", &everything, "*").condition(named).condition(Condition::null(requested, true)),
            deny("NeverEveryTag", &self.unnamed_tags, "*").condition(Condition::null("aws:TagKeys", true)),
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
    /// What either may give it. Permissions with different tags do not protect each other's.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unset, tag) | (tag, Self::Unset) => tag,
            (Self::Of { key, values }, Self::Of { key: other_key, values: more }) if key == other_key => {
                Self::Of { key, values: values.into_iter().chain(more).collect() }
            }
            _ => Self::Any,
        }
    }
}

fn deny(id: &str, actions: &BTreeSet<String>, resource: &str) -> Statement {
    Statement::deny().sid(id).actions(actions.iter().cloned()).resources([resource])
}
