//! Which resource needs which action.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::grants::{ACCOUNT, Grants};

/// An action that is allowed, on what, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The action: `ec2:CreateVpc`.
    pub action: String,
    /// The ARNs that it is allowed on; `*` where IAM cannot narrow it.
    pub resources: Vec<String>,
    /// What needs it.
    pub reasons: Vec<Reason>,
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
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}", self.when, self.subject, self.stack)
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        for resource in &self.resources {
            write!(f, "\n  on {resource}")?;
        }
        for reason in &self.reasons {
            write!(f, "\n  to {reason}")?;
        }
        Ok(())
    }
}

pub(super) fn rows(grants: &Grants) -> Vec<Explained> {
    let mut rows: BTreeMap<&str, (BTreeSet<String>, BTreeSet<&Reason>)> = BTreeMap::new();
    for (grant, because) in &grants.0 {
        let (resources, reasons) = rows.entry(&grant.action).or_default();
        resources.insert(grant.resource.replace(ACCOUNT, "*"));
        reasons.extend(&because.reasons);
    }
    let owned = |(action, (resources, reasons)): (&str, (BTreeSet<String>, BTreeSet<&Reason>))| Explained {
        action: action.to_owned(),
        resources: resources.into_iter().collect(),
        reasons: reasons.into_iter().cloned().collect(),
    };
    rows.into_iter().map(owned).collect()
}
