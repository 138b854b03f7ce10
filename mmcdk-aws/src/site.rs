//! Where in AWS a part of the tree stands.

#[cfg(feature = "sts")]
use mmcdk_core::Value;
use mmcdk_core::{Error, Result, Scope};

#[cfg(feature = "sts")]
use crate::resources::sts;
#[cfg(feature = "sts")]
use crate::values::Arn;
use crate::values::{AccountId, Partition, Region};

/// The region and the account in which resources of a scope are made; constructs ask for it when they are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The region.
    pub region: Region,
    /// The account, where the program knows it.
    pub account: Option<AccountId>,
}

impl Site {
    /// The site of a scope.
    ///
    /// # Errors
    /// Where the stack stands in no environment of AWS.
    pub fn of(scope: &Scope<'_>) -> Result<Self> {
        scope.fact().copied().ok_or_else(|| {
            Error::new("the stack has no AWS region")
                .remedy("add it in an mmcdk_aws::Environment or mmcdk_aws::Shared")
                .at(scope.path())
        })
    }

    /// The partition of the region.
    pub fn partition(&self) -> Partition {
        self.region.partition()
    }

    /// The account: its number where the program knows it, else looked up by a data source that the stack shares.
    #[cfg(feature = "sts")]
    pub fn account_id(&self, scope: &mut Scope<'_>) -> Result<Value<String>> {
        match self.account {
            Some(account) => Ok(account.into()),
            None => Ok(scope.once("current", sts::data::CallerIdentity::new())?.account_id()),
        }
    }

    /// An ARN in this region and account, without its resource.
    #[cfg(feature = "sts")]
    pub fn arn(&self, service: &str, scope: &mut Scope<'_>) -> Result<Arn> {
        Ok(Arn::new(self.partition(), service).region(self.region).account(self.account_id(scope)?))
    }
}
