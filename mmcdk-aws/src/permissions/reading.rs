//! What it takes to see what a role may do.

use std::collections::BTreeMap;

use mmcdk_core::Value;

use super::Permissions;
use super::explain::Reason;
use super::grants::ACCOUNT;
use crate::policy::{PolicyDocument, Statement};
use crate::site::Site;
use crate::values::AccountId;

/// A role whose policies another role reads, to compare them with what a plan takes.
///
/// The outputs of an [`OidcRole`](crate::OidcRole) tell everything: `role.into()`. A role that the program only knows by its
/// name has the policies that an `OidcRole` makes; its boundary and its other managed policies must be named.
///
/// ```
/// use mmcdk_aws::RoleToRead;
///
/// RoleToRead::named("deploy").policy("arn:aws:iam::111122223333:policy/boundary");
/// ```
#[derive(Clone, Debug)]
pub struct RoleToRead {
    /// With the path before it, as it stands in ARNs.
    name: String,
    /// What the names of its own policies begin with, after their path.
    own_policies: String,
    policies: Vec<Value<String>>,
    account: Option<AccountId>,
}

impl RoleToRead {
    /// The role of that name in the account of the role that reads, with its path: `deploy`, or `team/deploy`.
    pub fn named(name: impl Into<String>) -> Self {
        let name: String = name.into();
        let own_policies = format!("{}-", name.rsplit('/').next().unwrap_or(&name));
        Self { name, own_policies, policies: Vec::new(), account: None }
    }

    /// Adds a managed policy that the role has besides those that an `OidcRole` makes, or its boundary, by its ARN.
    #[must_use]
    pub fn policy(mut self, arn: impl Into<Value<String>>) -> Self {
        self.policies.push(arn.into());
        self
    }

    /// Adds policies of the role.
    pub(crate) fn policies(mut self, arns: impl IntoIterator<Item = Value<String>>) -> Self {
        self.policies.extend(arns);
        self
    }

    /// Says which path its own policies have.
    pub(crate) fn policies_in(mut self, path: &str) -> Self {
        self.own_policies = format!("{path}{}", self.own_policies);
        self
    }

    pub(crate) fn in_account(mut self, account: Option<AccountId>) -> Self {
        self.account = account;
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is in another account than that one.
    pub(crate) fn is_elsewhere(&self, account: Option<AccountId>) -> bool {
        self.account.zip(account).is_some_and(|(own, other)| own != other)
    }

    /// What that takes, in the account where the role is; a stack of that path grants it. Policies whose ARNs only Terraform
    /// knows are [another document](Self::unknown_policies).
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
        let of_role = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
        for action in of_role {
            allow(action, arn(format!("role/{}", self.name)));
        }
        let own = arn(format!("policy/{}*", self.own_policies));
        for policy in self.policies.iter().filter_map(Value::literal).chain([own.as_str()]) {
            for action in READ_POLICY {
                allow(action, policy.to_owned());
            }
        }
        permissions
    }

    /// The permissions to read the policies of roles whose ARNs only Terraform knows; none if there are no such policies.
    pub(crate) fn unknown_policies<'a>(roles: impl IntoIterator<Item = &'a Self>) -> Option<PolicyDocument> {
        let mut arns: Vec<Value<String>> = Vec::new();
        for arn in roles.into_iter().flat_map(|role| &role.policies).filter(|arn| arn.literal().is_none()) {
            if !arns.contains(arn) {
                arns.push(arn.clone());
            }
        }
        let statement = || Statement::allow().actions(READ_POLICY).resources(arns.iter().cloned());
        (!arns.is_empty()).then(|| PolicyDocument::new().statement(statement()))
    }
}

impl From<&str> for RoleToRead {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

impl From<String> for RoleToRead {
    fn from(name: String) -> Self {
        Self::named(name)
    }
}

/// The actions that read a managed policy.
const READ_POLICY: [&str; 2] = ["iam:GetPolicy", "iam:GetPolicyVersion"];
