//! Who a statement is about.

use mmcdk_core::{Object, Value};

use super::{group, one_or_list};
use crate::values::{AccountId, Arn, Partition};

/// Who a statement is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Principal {
    /// A service of AWS: `cloudtrail.amazonaws.com`.
    Service(Value<String>),
    /// An account, role or user, by its ARN.
    Aws(Value<String>),
    /// An identity provider, by its ARN.
    Federated(Value<String>),
    /// Everybody. Only in a statement that denies, or that conditions narrow.
    Everybody,
}

impl Principal {
    /// A service of AWS: `cloudtrail.amazonaws.com`.
    pub fn service(name: impl Into<Value<String>>) -> Self {
        Self::Service(name.into())
    }

    /// Everybody in an account whom the account itself lets.
    pub fn account(partition: Partition, account: AccountId) -> Self {
        Self::Aws(Arn::new(partition, "iam").account(account).resource("root"))
    }
}

impl Principal {
    pub(super) fn is_everybody(&self) -> bool {
        match self {
            Self::Everybody => true,
            Self::Aws(who) | Self::Federated(who) | Self::Service(who) => who.literal() == Some("*"),
        }
    }
}

pub(super) fn value(principals: Vec<Principal>) -> Value<mmcdk_core::Any> {
    let mut kinds: Vec<(&str, Vec<Value<String>>)> = Vec::new();
    for principal in principals {
        let (kind, value) = match principal {
            Principal::Service(name) => ("Service", name),
            Principal::Aws(arn) => ("AWS", arn),
            Principal::Federated(arn) => ("Federated", arn),
            Principal::Everybody => return "*".into(),
        };
        group(&mut kinds, kind).push(value);
    }
    Value::<Object>::object(kinds.into_iter().map(|(kind, values)| (kind, one_or_list(values)))).any()
}
