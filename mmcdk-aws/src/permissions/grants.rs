//! What is allowed: actions on ARNs under conditions, each with the reasons for it.

use std::collections::{BTreeMap, BTreeSet};

use super::explain::Reason;
use super::table::TagUse;

/// The place of an account in an ARN that the program does not know.
pub(super) const ACCOUNT: &str = "{account}";

/// The values of conditions, by operator and key.
pub(super) type Conditions = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Everything that is allowed. Sorted, so that the order of resources has no meaning.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants(pub(super) BTreeMap<Grant, Because>);

/// An action on resources of one ARN. What differs only in the values of its conditions is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    pub(super) action: String,
    /// An ARN, or `*`.
    pub(super) resource: String,
    pub(super) tag: Option<TagCondition>,
    /// Operators and keys.
    pub(super) condition_keys: Vec<(String, String)>,
}

/// That the environment's tag has a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TagCondition {
    pub(super) on: TagUse,
    pub(super) key: String,
    pub(super) value: String,
}

/// The values of a grant's conditions, in the order of their keys, and why it is needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Because {
    pub(super) values: Vec<BTreeSet<String>>,
    pub(super) reasons: BTreeSet<Reason>,
}

impl Grants {
    pub(super) fn add(
        &mut self,
        action: &str,
        resource: String,
        tag: Option<TagCondition>,
        conditions: &Conditions,
        reason: &Reason,
    ) {
        let flat = || {
            conditions.iter().flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)))
        };
        let condition_keys = flat().map(|(operator, key, _)| (operator.clone(), key.clone())).collect();
        let grant = Grant { action: action.to_owned(), resource, tag, condition_keys };
        let because = self.0.entry(grant).or_default();
        because.join(flat().map(|(_, _, values)| values.iter().cloned().collect()).collect(), [reason.clone()]);
    }

    pub(super) fn join(&mut self, other: Self) {
        for (grant, Because { values, reasons }) in other.0 {
            self.0.entry(grant).or_default().join(values, reasons);
        }
    }
}

impl Because {
    fn join(&mut self, values: Vec<BTreeSet<String>>, reasons: impl IntoIterator<Item = Reason>) {
        self.values.resize_with(values.len(), BTreeSet::new);
        for (known, more) in self.values.iter_mut().zip(values) {
            known.extend(more);
        }
        self.reasons.extend(reasons);
    }
}
