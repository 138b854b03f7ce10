//! Which resource needs which action.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mmcdk_core::serde_json::{self, Value as Json};

use super::grants::{ACCOUNT, Grants};
use super::pack;
use crate::policy::{PolicyDocument, covers};

/// An action that is allowed, on what, under which conditions, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The action: `ec2:CreateVpc`.
    pub action: String,
    /// What it is allowed on.
    pub on: Vec<AllowedOn>,
    /// What it is denied on nevertheless, such as everything without a boundary.
    pub denied: Vec<AllowedOn>,
    /// What needs it.
    pub reasons: Vec<Reason>,
}

/// What an action is allowed on, or denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct AllowedOn {
    /// The ARN; `*` where IAM cannot narrow it.
    pub resource: String,
    /// The conditions that must all hold: `aws:ResourceTag/Environment StringEquals dev`.
    pub conditions: Vec<String>,
}

/// A reason for an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Reason {
    /// The stack: `dev/network`.
    pub stack: String,
    /// What needs the action: the address of a resource, or a state.
    pub subject: String,
    /// When: `read`, `create`, `update`, `delete`; for a state also `lock`.
    pub when: &'static str,
    /// Whether it is for what the stack contained before, which is [kept](super::Permissions::keep).
    pub earlier: bool,
}

impl Explained {
    /// The ARNs that it is allowed on.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.on.iter().map(|on| on.resource.as_str())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let earlier = if self.earlier { ", as it was" } else { "" };
        write!(f, "{} {} of {}{earlier}", self.when, self.subject, self.stack)
    }
}

impl fmt::Display for AllowedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.resource)?;
        match self.conditions.as_slice() {
            [] => Ok(()),
            conditions => write!(f, " if {}", conditions.join(" and ")),
        }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        for on in &self.on {
            write!(f, "\n  on {on}")?;
        }
        for denied in &self.denied {
            write!(f, "\n  but never on {denied}")?;
        }
        for reason in &self.reasons {
            write!(f, "\n  to {reason}")?;
        }
        Ok(())
    }
}

/// The rows for grants, with what a document denies of them.
pub(super) fn rows(grants: &Grants, denying: Option<PolicyDocument>) -> Vec<Explained> {
    let denials = denying.map(|document| denials(&document)).unwrap_or_default();
    let mut rows: BTreeMap<&str, (BTreeSet<AllowedOn>, BTreeSet<&Reason>)> = BTreeMap::new();
    for (grant, because) in &grants.0 {
        let (on, reasons) = rows.entry(&grant.action).or_default();
        let conditions = shown_conditions(&pack::conditions(grant, because));
        on.insert(AllowedOn { resource: grant.resource.replace(ACCOUNT, "*"), conditions });
        reasons.extend(&because.reasons);
    }
    let owned = |(action, (on, reasons)): (&str, (BTreeSet<AllowedOn>, BTreeSet<&Reason>))| Explained {
        action: action.to_owned(),
        on: on.into_iter().collect(),
        denied: denials.iter().filter(|(form, _)| denies(form, action)).map(|(_, on)| on.clone()).collect(),
        reasons: reasons.into_iter().cloned().collect(),
    };
    rows.into_iter().map(owned).collect()
}

/// Conditions as they are shown: `aws:ResourceTag/Environment StringEquals dev or prod`.
pub(super) fn shown_conditions(conditions: &pack::Conditions) -> Vec<String> {
    let shown = |((operator, key), values): (&(String, String), &BTreeSet<String>)| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        format!("{key} {operator} {}", values.join(" or "))
    };
    conditions.iter().map(shown).collect()
}

/// Whether a denial of that form says something of an action: what is denied of every action is about tags.
fn denies(form: &str, action: &str) -> bool {
    covers(form, action) && (form != "*" || action.to_lowercase().contains("tag"))
}

/// What a document denies: forms of actions, each with what it is denied on.
fn denials(document: &PolicyDocument) -> Vec<(String, AllowedOn)> {
    let text = document.to_value().ok().and_then(|value| value.literal_json()).unwrap_or_default();
    let document: Json = serde_json::from_str(&text).unwrap_or_default();
    let mut denials = Vec::new();
    for statement in document["Statement"].as_array().into_iter().flatten() {
        let mut conditions = pack::Conditions::new();
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                conditions.insert((operator.clone(), key.clone()), texts_of(values).collect());
            }
        }
        let conditions = shown_conditions(&conditions);
        for resource in texts_of(&statement["Resource"]) {
            let on = AllowedOn { resource, conditions: conditions.clone() };
            denials.extend(texts_of(&statement["Action"]).map(|action| (action, on.clone())));
        }
    }
    denials
}

/// A text, or those of a list.
fn texts_of(json: &Json) -> impl Iterator<Item = String> {
    let list = json.as_array().into_iter().flatten();
    list.chain([json]).filter_map(Json::as_str).map(str::to_owned)
}
