//! The KMS keys that arguments name, and what services do with them on behalf of the caller.

use mmcdk_core::{Error, Found, Result, SynthesizedStack};
use serde_derive::Deserialize;

use super::arguments::{is_expression, referent};
use super::grants::{ACCOUNT, Conditions};
use super::table::Kind;
use crate::site::Site;
use crate::values::{Partition, Region};

/// The key that an argument names, and the actions on it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct KeyUse {
    pub(super) argument: String,
    /// The service that KMS sees, such as `rds`; none if KMS sees none.
    pub(super) via: Option<String>,
    /// What reading needs.
    pub(super) read: Vec<String>,
    /// What creating, changing and deleting need.
    pub(super) write: Vec<String>,
    #[serde(rename = "note")]
    _note: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A key as an argument names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its ARN, with `*` if the id is not known.
    pub(super) arn: String,
    /// The alias that it must have.
    alias: Option<String>,
    /// Whether it is in the same stack, and so has the environment's tag.
    pub(super) own: bool,
    region: Option<Region>,
}

impl Key {
    /// The key that a text names: by ARN or id, by an alias, by a reference to a key, an alias or a data source of them.
    /// Any key, if that is not known.
    pub(super) fn named(text: &str, site: &Site, stack: &SynthesizedStack<'_>, kind: &Kind) -> Self {
        if let Some(found) = referent(text).and_then(|address| stack.at(address).ok()) {
            return Self::of_found(&found, &found.fact::<Site>().unwrap_or(*site), kind);
        }
        match is_expression(text) {
            true => Self::of_id("*", site),
            false => Self::literal(text, site),
        }
    }

    fn of_found(found: &Found<'_>, site: &Site, kind: &Kind) -> Self {
        let text = |argument: &str| found.text(argument).ok();
        let target = text("target_key_id").and_then(|target| found.stack().at(referent(&target)?).ok());
        if kind.is_of(found) || target.is_some_and(|target| kind.is_of(&target)) {
            return Self { own: true, ..Self::of_id("*", site) };
        }
        let named_by = match found.terraform_type() {
            "aws_kms_alias" => "name",
            "aws_kms_key" => "key_id",
            _ => return Self::of_id("*", site),
        };
        match text(named_by).filter(|name| !is_expression(name)) {
            Some(name) => Self::literal(&name, site),
            None => Self::of_id("*", site),
        }
    }

    /// The key that a bucket of that region is encrypted with, by its ARN, id or alias.
    ///
    /// # Errors
    /// If its ARN is of another region: S3 takes keys of the bucket's region only,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>.
    pub(crate) fn of_bucket(text: &str, site: &Site) -> Result<Self> {
        let key = Self::literal(text, site);
        match key.region == Some(site.region) {
            true => Ok(key),
            false => Err(Error::new(format!("the bucket is in {}, and its KMS key is {text:?}", site.region))
                .remedy("name a key of the bucket's region; S3 encrypts with no other")),
        }
    }

    /// Whether an alias names it.
    pub(crate) fn is_alias(&self) -> bool {
        self.alias.is_some()
    }

    /// The key of an ARN, an id or an alias, which is in that site's region unless its ARN says otherwise.
    pub(super) fn literal(text: &str, site: &Site) -> Self {
        let Some((prefix, resource)) = text.rsplit_once(':').filter(|_| text.starts_with("arn:")) else {
            return match text.starts_with("alias/") {
                true => Self { alias: Some(text.to_owned()), ..Self::of_id("*", site) },
                false => Self::of_id(text, site),
            };
        };
        let region = prefix.split(':').nth(3).and_then(|region| region.parse::<Region>().ok());
        match resource.starts_with("alias/") {
            true => Self { arn: format!("{prefix}:key/*"), alias: Some(resource.to_owned()), own: false, region },
            false => Self { arn: text.to_owned(), alias: None, own: false, region },
        }
    }

    fn of_id(id: &str, site: &Site) -> Self {
        let account = site.account.map_or_else(|| ACCOUNT.into(), |account| account.to_string());
        let arn = format!("arn:{}:kms:{}:{account}:key/{id}", site.partition(), site.region.name());
        Self { arn, alias: None, own: false, region: Some(site.region) }
    }

    /// What must hold for an action on it that a service takes.
    pub(super) fn conditions(&self, action: &str, via: Option<&str>, site: &Site) -> Conditions {
        let mut conditions = Conditions::new();
        let mut require = |operator: &str, key: &str, value: String| {
            conditions.entry(operator.to_owned()).or_default().insert(key.to_owned(), vec![value]);
        };
        if let Some(service) = via {
            let region = self.region.unwrap_or(site.region);
            require("StringEquals", "kms:ViaService", endpoint(service, region, site.partition()));
        }
        if let Some(alias) = &self.alias {
            require("ForAnyValue:StringEquals", "kms:ResourceAliases", alias.clone());
        }
        if action == "kms:CreateGrant" {
            require("Bool", "kms:GrantIsForAWSResource", "true".to_owned());
        }
        conditions
    }
}

/// How KMS names a service: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>
fn endpoint(service: &str, region: Region, partition: Partition) -> String {
    format!("{service}.{}.{}", region.name(), partition.dns_suffix())
}
