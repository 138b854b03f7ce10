//! The identity provider that GitHub Actions is to IAM.

use mmcdk_core::{Construct, Error, Resource, Result, Scope, Value};

use crate::overrides;
use crate::resources::iam;
use crate::site::Site;
use crate::values::{AccountId, Partition};

/// An OpenID Connect provider of IAM, by which an account believes the tokens of GitHub Actions.
///
/// An account has one for each URL, so a second one in the tree is an error.
///
/// # Creates
/// `aws_iam_openid_connect_provider`. It has no thumbprint: AWS checks GitHub's certificate by its own list of authorities.
///
/// # Cost
/// None.
///
/// # Example
/// ```
/// use mmcdk_aws::{OidcProvider, Shared, values::Region};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let mut bootstrap = app.stack("bootstrap", Shared::new(Region::UsEast1).account("111122223333"))?;
/// bootstrap.add("github", OidcProvider::github())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OidcProvider {
    host: String,
    adopt: bool,
}

/// The issuer of GitHub's tokens, without `https://`: so it stands in condition keys and in the provider's ARN.
pub(super) const GITHUB: &str = "token.actions.githubusercontent.com";

impl OidcProvider {
    /// GitHub Actions on github.com.
    pub fn github() -> Self {
        Self { host: GITHUB.to_owned(), adopt: false }
    }

    /// GitHub Actions of an Enterprise Server, by its host name: `github.example.com`.
    pub fn github_enterprise_server(host: impl Into<String>) -> Self {
        Self { host: format!("{}/_services/token", host.into()), adopt: false }
    }

    /// Takes over the provider that the account has already.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }
}

/// What adding an [`OidcProvider`] returns.
#[derive(Clone, Debug)]
pub struct OidcProviderOutputs {
    /// The provider.
    pub provider: iam::OpenidConnectProviderHandle,
    pub(super) host: String,
    pub(super) site: Site,
}

/// That an account has a provider for an issuer.
struct Held {
    account: Option<AccountId>,
    partition: Partition,
    host: String,
}

impl Construct for OidcProvider {
    type Output = OidcProviderOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<OidcProviderOutputs> {
        let Self { host, adopt } = self;
        if host.contains("://") || host.starts_with('/') {
            return Err(Error::new(format!("{host:?} is no host name")).remedy("write it without https://"));
        }
        overrides::reject::<iam::OpenidConnectProvider>(
            scope,
            &[
                ("url", "use OidcProvider::github_enterprise_server: the roles' conditions follow the issuer"),
                ("client_id_list", "leave it out: the roles' conditions want that audience"),
            ],
        )?;
        let site = Site::of(scope)?;
        let same = |held: &Held| {
            let account = held.account.is_none() || site.account.is_none() || held.account == site.account;
            held.host == host && held.partition == site.partition() && account
        };
        if let Some((other, _)) = scope.claims::<Held>().find(|(_, held)| same(held)) {
            let problem = format!("an account has one OIDC provider for {host}, and {other} is that already");
            return Err(Error::new(problem).remedy("use what adding that one returned, or give each stack its account"));
        }
        scope.claim(Held { account: site.account, partition: site.partition(), host: host.clone() });
        let mut provider = iam::OpenidConnectProvider::new([audience(site.partition())], format!("https://{host}"));
        if adopt {
            provider = provider.adopt(arn(&site, &host, scope)?);
        }
        Ok(OidcProviderOutputs { provider: scope.place(provider)?, host, site })
    }
}

/// Whom the tokens that `aws-actions/configure-aws-credentials` asks for are meant for.
pub(super) fn audience(partition: Partition) -> &'static str {
    match partition {
        Partition::AwsCn => "sts.amazonaws.com.cn",
        _ => "sts.amazonaws.com",
    }
}

/// The ARN that IAM gives to the account's provider for an issuer.
pub(super) fn arn(site: &Site, host: &str, scope: &mut Scope<'_>) -> Result<Value<String>> {
    let account = site.account_id(scope)?;
    Ok(crate::values::Arn::new(site.partition(), "iam").account(account).resource(format!("oidc-provider/{host}")))
}
