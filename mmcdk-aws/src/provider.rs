//! Configurations of the AWS provider.

use mmcdk_core::{Block, Error, Local, Provider, Result, Set, Value};

use crate::resources::facts::PROVIDER;
use crate::site::Site;
use crate::values::{AccountId, Region, RoleArn};

/// A configuration of the AWS provider: a region, perhaps an account and how to get into it.
///
/// A stack has one from its environment. A further one, for another region or account, is added under an alias:
///
/// ```
/// use mmcdk_aws::{AwsProvider, Environment, resources::ec2, values::Region};
/// use mmcdk_core::{App, Organisation, Resource, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let mut stack = app.stack("network", Environment::new("dev", Region::UsEast1))?;
/// let west = stack.provider("west", AwsProvider::new(Region::UsWest2))?;
/// stack.add("eip", ec2::Eip::new().provider(&west))?; // MM-dev-usw2-eip-eip
/// stack.with(&west).add("other", ec2::Eip::new())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AwsProvider {
    region: Region,
    account: Option<AccountId>,
    profile: Option<String>,
    role: Option<Value<String>>,
}

impl AwsProvider {
    /// A configuration for that region.
    pub fn new(region: Region) -> Self {
        Self { region, account: None, profile: None, role: None }
    }

    /// The only account in which it may act: `allowed_account_ids`. Without an account, a profile and a role, names are
    /// checked as if it acted in the account of its environment.
    #[must_use]
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// The profile of the credentials file. An empty name is an error of the stack.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// The role to assume, by its ARN.
    ///
    /// # Errors
    /// The stack rejects a text that is not the ARN of a role, and a role of another partition than the region's or of
    /// another account than the one in which the provider may act.
    #[must_use]
    pub fn assume_role(mut self, arn: impl Into<Value<String>>) -> Self {
        self.role = Some(arn.into());
        self
    }
}

impl AwsProvider {
    /// Checks what can be told from literals.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_profile()?;
        self.check_role()
    }

    fn check_profile(&self) -> Result<()> {
        match self.profile.as_deref().map(str::trim) {
            Some("") => Err(Error::new("the profile has an empty name").remedy("name a profile, or leave it out")),
            _ => Ok(()),
        }
    }

    fn check_role(&self) -> Result<()> {
        let Some(text) = self.role.as_ref().and_then(Value::literal) else { return Ok(()) };
        let role: RoleArn = text.parse()?;
        let partition = self.region.partition();
        if role.partition != partition {
            let problem = format!("the role {text} is in the partition {}, not in {}", role.partition, partition);
            return Err(Error::new(problem)
                .remedy(format!("name a role of the partition of {}, or another region", self.region.name())));
        }
        match self.account {
            Some(account) if account != role.account => {
                Err(Error::new(format!("the role {text} acts in the account {}, not in {account}", role.account))
                    .remedy(format!("name a role of {account}, or correct the account")))
            }
            _ => Ok(()),
        }
    }
}

impl From<AwsProvider> for Provider {
    fn from(provider: AwsProvider) -> Self {
        let (checked_profile, checked_role) = (provider.check_profile(), provider.check_role());
        let places = provider.places();
        let AwsProvider { region, account, profile, role } = provider;
        let profile = match checked_profile {
            Ok(()) => profile.into(),
            Err(error) => Value::invalid(error),
        };
        let role = match checked_role {
            Ok(()) => role,
            Err(error) => Some(Value::invalid(error)),
        };
        let assume_role = role.map(|arn| Block::new().set::<String>("role_arn", arn));
        Provider::new(&PROVIDER)
            .set::<String>("region", region)
            .set::<Set<String>>("allowed_account_ids", account.map(|account| Value::set([account])))
            .set::<String>("profile", profile)
            .blocks::<Block>("assume_role", assume_role)
            .local(places.region(region.code()).fact(Site { region, account }))
    }
}

impl AwsProvider {
    /// The places in which names are unique. An account that is not given is that of the role, if its ARN says so. Without
    /// any credentials of its own, the configuration has those of its environment, and so its account.
    fn places(&self) -> Local {
        let Self { region, account, profile, role } = self;
        let places = Local::new().place("partition", region.partition().as_str()).place("region", region.name());
        let of_role = || role.as_ref()?.literal()?.split(':').nth(4)?.parse::<AccountId>().ok();
        match (account.or_else(of_role), profile, role) {
            (Some(account), ..) => places.place("account", account.to_string()),
            (None, None, None) => places,
            (None, profile, role) => places.unknown_place("account", format!("{profile:?} {role:?}")),
        }
    }
}
