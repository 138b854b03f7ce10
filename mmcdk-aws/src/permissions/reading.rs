//! What it takes to see what a role may do.

use std::collections::BTreeMap;

use super::Permissions;
use super::explain::Reason;
use super::grants::ACCOUNT;
use crate::site::Site;

/// A role whose policies are read, to be compared with what a plan takes.
pub(crate) struct RoleToRead<'a> {
    pub(crate) name: &'a str,
    /// The ARNs of its managed policies that are not named after it, and of its boundary.
    pub(crate) policies: Vec<&'a str>,
}

impl RoleToRead<'_> {
    /// What that takes, in the account where the role is; a stack of that path grants it.
    pub(crate) fn permissions(&self, site: &Site, stack: &str) -> Permissions {
        let account = site.account.map_or_else(|| ACCOUNT.into(), |account| account.to_string());
        let arn = |resource: String| format!("arn:{}:iam::{account}:{resource}", site.partition());
        let reason = Reason {
            stack: stack.to_owned(),
            subject: format!("the policies of {}", self.name),
            when: "read",
            earlier: false,
        };
        let mut permissions = Permissions::default();
        let mut allow = |action: &str, resource: String| {
            permissions.grants.add(action, resource, None, &BTreeMap::new(), &reason);
        };
        let of_role = ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"];
        for action in of_role {
            allow(&format!("iam:{action}"), arn(format!("role/{}", self.name)));
        }
        let named_after_it = arn(format!("policy/{}-*", self.name));
        for policy in self.policies.iter().copied().chain([named_after_it.as_str()]) {
            for action in ["GetPolicy", "GetPolicyVersion"] {
                allow(&format!("iam:{action}"), policy.to_owned());
            }
        }
        permissions
    }
}
