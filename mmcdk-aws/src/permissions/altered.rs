//! Which arguments an update changes.

use std::collections::BTreeSet;

use mmcdk_core::serde_json::Value as Json;

use super::recorded::said;

/// The arguments that an update changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Altered {
    /// Those that get another value, or one that only Terraform will know.
    pub(super) set: BTreeSet<String>,
    /// Those that say nothing afterwards.
    pub(super) removed: BTreeSet<String>,
}

impl Altered {
    /// What a change of a plan alters. To leave out what a state has as empty alters nothing.
    pub(super) fn by(change: &Json) -> Self {
        let (before, after) = (said(&change["before"]), said(&change["after"]));
        let unknown = change["after_unknown"].as_object().into_iter().flatten();
        let unknown = unknown.filter(|(_, value)| has_true(value)).map(|(name, _)| name);
        let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(*value)).map(|(name, _)| name);
        let set: BTreeSet<String> = changed.chain(unknown).cloned().collect();
        let is_gone = |name: &&String| !after.contains_key(*name) && !set.contains(*name);
        let removed = before.keys().filter(is_gone).cloned().collect();
        Self { set, removed }
    }
}

/// Whether anything in it is `true`, as a plan marks what only Terraform will know.
fn has_true(value: &Json) -> bool {
    match value {
        Json::Bool(value) => *value,
        Json::Array(elements) => elements.iter().any(has_true),
        Json::Object(members) => members.values().any(has_true),
        _ => false,
    }
}
