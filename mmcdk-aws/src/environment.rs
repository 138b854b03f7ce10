//! Where stacks stand: environments, and what all of them share.

use std::fmt::Display;

use mmcdk_core::{Error, Home, IntoHome, Local, Result, Tags};

use crate::governed::GovernedAccounts;
use crate::provider::AwsProvider;
use crate::values::{AccountId, ParseError, Region};

/// An environment: a name, a region, an account and tags, equal for all stacks that stand in it.
///
/// The account becomes the provider's `allowed_account_ids`: with credentials of another account Terraform refuses to
/// plan. Without an account there is no such guard, and account ids in policies are looked up when planning.
///
/// ```
/// use mmcdk_aws::{Environment, values::Region};
///
/// let dev = Environment::new("dev", Region::UsEast1)
///     .account("111122223333")
///     .assume_role("arn:aws:iam::111122223333:role/deploy")
///     .tags([("Owner", "platform")]);
/// ```
#[derive(Clone, Debug)]
pub struct Environment {
    name: String,
    region: Region,
    access: Access,
    tag_value: Option<String>,
    governs: Vec<String>,
    tags: Tags,
}

impl Environment {
    /// An environment of that name, lower kebab-case, in that region.
    pub fn new(name: impl Into<String>, region: Region) -> Self {
        Self {
            name: name.into(),
            region,
            access: Access::default(),
            tag_value: None,
            governs: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// The account, twelve digits. It is checked when the first stack is added.
    #[must_use]
    pub fn account(mut self, account: impl Display) -> Self {
        self.access.account = Some(account.to_string());
        self
    }

    /// The profile of the credentials file that Terraform uses.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.access.profile = Some(profile.into());
        self
    }

    /// The role that Terraform assumes, by its ARN. Its account must be the environment's.
    #[must_use]
    pub fn assume_role(mut self, arn: impl Into<String>) -> Self {
        self.access.role = Some(arn.into());
        self
    }

    /// The value of the [environment's tag](mmcdk_core::Organisation::environment_tag); the environment's name by default.
    ///
    /// Everything in the environment carries the tag: `Environment = production` instead of `Environment = prod`. The guard
    /// and the permissions of roles use the same value.
    #[must_use]
    pub fn tag_value(mut self, value: impl Into<String>) -> Self {
        self.tag_value = Some(value.into());
        self
    }

    /// The accounts outside the environment that its resources may name, twelve digits each: the members of an organization
    /// whose budgets and policies a management account holds.
    ///
    /// A plan in which anything else of the environment names another account is rejected by the guard.
    #[must_use]
    pub fn governs(mut self, accounts: impl IntoIterator<Item = impl Display>) -> Self {
        self.governs.extend(accounts.into_iter().map(|account| account.to_string()));
        self
    }

    /// Adds tags on everything in the environment, besides the environment's own.
    ///
    /// # Errors
    /// The first stack rejects a tag that contradicts the environment's. A resource rejects a `Name`, which is its own.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<Tags>) -> Self {
        self.tags.extend(tags.into());
        self
    }

    /// This environment for a stack in another region of the same partition.
    pub fn in_region(&self, region: Region) -> InRegion {
        InRegion { environment: self.clone(), region }
    }

    fn home(&self, region: Region) -> Result<Home> {
        self.check_partition(region).map_err(|error| error.at(&self.name))?;
        let provider = self.access.provider(region).map_err(|error| error.at(&self.name))?;
        let governed = self.governs.iter().map(|account| account.parse()).collect::<Result<_, ParseError>>();
        let governed: GovernedAccounts = governed.map_err(|error| Error::from(error).at(&self.name))?;
        let fact = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "none".into());
        let Access { account, profile, role } = &self.access;
        let environment = mmcdk_core::Environment::new(&self.name)
            .tag_value(self.tag_value.as_ref().unwrap_or(&self.name))
            .fact("region", self.region.name())
            .fact("account", fact(account))
            .fact("profile", fact(profile))
            .fact("role", fact(role))
            .fact("governed accounts", format!("{governed:?}"))
            .local(Local::new().tags(self.tags.clone()).fact(governed));
        Ok(self.access.home(Home::of(environment), provider))
    }

    /// An account is in one partition, and so is an environment.
    fn check_partition(&self, region: Region) -> Result<()> {
        let (own, other) = (self.region.partition(), region.partition());
        if own == other {
            return Ok(());
        }
        Err(Error::new(format!("{} is in the partition {other}, the environment in {own}", region.name()))
            .remedy(format!("make an environment of its own for {other}, where its account is another one")))
    }
}

/// The account and the credentials, as written.
#[derive(Clone, Debug, Default)]
struct Access {
    account: Option<String>,
    profile: Option<String>,
    role: Option<String>,
}

impl Access {
    fn provider(&self, region: Region) -> Result<AwsProvider> {
        let mut provider = AwsProvider::new(region);
        if let Some(account) = &self.account {
            provider = provider.account(account.parse::<AccountId>()?);
        }
        if let Some(profile) = &self.profile {
            provider = provider.profile(profile);
        }
        if let Some(role) = &self.role {
            provider = provider.assume_role(role);
        }
        provider.check()?;
        Ok(provider)
    }

    fn home(&self, home: Home, provider: AwsProvider) -> Home {
        let home = home.provider(provider.into());
        match (&self.account, &self.profile, &self.role) {
            // A backend uses neither the provider's profile nor its role, so its credentials may be of another account.
            (Some(account), None, None) => home.account(account),
            _ => home,
        }
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
    access: Access,
    tags: Tags,
}

impl Shared {
    /// Shared stacks in that region.
    pub fn new(region: Region) -> Self {
        Self { region, access: Access::default(), tags: Tags::new() }
    }

    /// The account, twelve digits. It is checked when the stack is added.
    #[must_use]
    pub fn account(mut self, account: impl Display) -> Self {
        self.access.account = Some(account.to_string());
        self
    }

    /// The profile of the credentials file that Terraform uses.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.access.profile = Some(profile.into());
        self
    }

    /// The role that Terraform assumes, by its ARN. Its account must be the same.
    #[must_use]
    pub fn assume_role(mut self, arn: impl Into<String>) -> Self {
        self.access.role = Some(arn.into());
        self
    }

    /// Adds tags on everything in the stack.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<Tags>) -> Self {
        self.tags.extend(tags.into());
        self
    }
}

impl IntoHome for &Shared {
    fn into_home(self) -> Result<Home> {
        let provider = self.access.provider(self.region).map_err(|error| error.at("shared"))?;
        let home = self.access.home(Home::shared(), provider);
        Ok(home.with(Local::new().tags(self.tags.clone())))
    }
}

impl IntoHome for Shared {
    fn into_home(self) -> Result<Home> {
        (&self).into_home()
    }
}

#[cfg(test)]
mod tests;
