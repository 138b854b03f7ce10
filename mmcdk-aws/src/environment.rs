//! Where stacks stand: environments, and what all of them share.

use std::fmt::Display;

use mmcdk_core::{Home, IntoHome, Result, Tags};

use crate::provider::AwsProvider;
use crate::values::{AccountId, Region};

/// An environment: a name, a region, an account and tags, equal for all stacks that stand in it.
///
/// The account becomes the provider's `allowed_account_ids`: with credentials of another account Terraform refuses to
/// plan. Without an account there is no such guard, and account ids in policies are looked up when planning.
///
/// ```
/// use mmcdk_aws::{Environment, values::Region};
///
/// let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Environment", "dev")]);
/// ```
#[derive(Clone, Debug)]
pub struct Environment {
    name: String,
    region: Region,
    account: Option<String>,
    tags: Tags,
}

impl Environment {
    /// An environment of that name, lower kebab-case, in that region.
    pub fn new(name: impl Into<String>, region: Region) -> Self {
        Self { name: name.into(), region, account: None, tags: Tags::new() }
    }

    /// The account, twelve digits. It is checked when the first stack is added.
    #[must_use]
    pub fn account(mut self, account: impl Display) -> Self {
        self.account = Some(account.to_string());
        self
    }

    /// Tags on everything in the environment.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<Tags>) -> Self {
        self.tags = tags.into();
        self
    }

    /// This environment for a stack in another region.
    pub fn in_region(&self, region: Region) -> InRegion {
        InRegion { environment: self.clone(), region }
    }

    fn home(&self, region: Region) -> Result<Home> {
        let account = parse_account(self.account.as_deref()).map_err(|error| error.at(&self.name))?;
        let local = mmcdk_core::Local::new().tags(self.tags.clone());
        let environment = mmcdk_core::Environment::new(&self.name)
            .fact("region", self.region.name())
            .fact("account", self.account.clone().unwrap_or_else(|| "none".into()))
            .local(local);
        Ok(Home::of(environment).provider(AwsProvider::of(region, account).into()))
    }
}

impl IntoHome for &Environment {
    fn into_home(self) -> Result<Home> {
        self.home(self.region)
    }
}

impl IntoHome for Environment {
    fn into_home(self) -> Result<Home> {
        self.home(self.region)
    }
}

/// An environment, for a stack in another region than its own.
#[derive(Clone, Debug)]
pub struct InRegion {
    environment: Environment,
    region: Region,
}

impl IntoHome for InRegion {
    fn into_home(self) -> Result<Home> {
        self.environment.home(self.region)
    }
}

/// Where stacks stand that all environments share, such as DNS or a bootstrap: their paths and names have no environment.
#[derive(Clone, Debug)]
pub struct Shared {
    region: Region,
    account: Option<String>,
    tags: Tags,
}

impl Shared {
    /// Shared stacks in that region.
    pub fn new(region: Region) -> Self {
        Self { region, account: None, tags: Tags::new() }
    }

    /// The account, twelve digits. It is checked when the stack is added.
    #[must_use]
    pub fn account(mut self, account: impl Display) -> Self {
        self.account = Some(account.to_string());
        self
    }

    /// Tags on everything in the stack.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<Tags>) -> Self {
        self.tags = tags.into();
        self
    }
}

impl IntoHome for &Shared {
    fn into_home(self) -> Result<Home> {
        let account = parse_account(self.account.as_deref())?;
        let local = mmcdk_core::Local::new().tags(self.tags.clone());
        Ok(Home::shared().provider(AwsProvider::of(self.region, account).into()).with(local))
    }
}

impl IntoHome for Shared {
    fn into_home(self) -> Result<Home> {
        (&self).into_home()
    }
}

fn parse_account(account: Option<&str>) -> Result<Option<AccountId>> {
    Ok(account.map(str::parse).transpose()?)
}
