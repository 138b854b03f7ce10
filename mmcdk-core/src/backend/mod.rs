//! Where Terraform keeps the state of a stack.

mod check;
mod regions;

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use crate::error::Result;
use crate::version::VersionConstraint;

/// Where Terraform keeps the state of a stack, and where other stacks read its outputs.
///
/// All values are literal: Terraform allows no expressions in a backend.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// A file beside the stack's configuration, `terraform.tfstate`.
    Local,
    /// An object in an S3 bucket.
    S3(S3Backend),
}

/// Where an S3 backend keeps the state of one stack, and how it locks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLocation {
    /// The bucket.
    pub bucket: String,
    /// The object in it.
    pub key: String,
    /// The bucket's region.
    pub region: String,
    /// Whether a lock file beside the object locks it.
    pub lock_file: bool,
    /// The DynamoDB table that locks it.
    pub lock_table: Option<String>,
    /// The KMS key that encrypts it, where it is not the bucket's default.
    pub kms_key: Option<String>,
    /// Whether the settings are in a file of their own, so that `terraform init` must be given that.
    pub partial: bool,
}

/// Terraform's [`s3` backend](https://developer.hashicorp.com/terraform/language/backend/s3): always encrypted, locked by
/// a lock file (Terraform 1.10, OpenTofu 1.10) unless a DynamoDB table is named.
#[derive(Clone, Debug, PartialEq)]
pub struct S3Backend {
    bucket: String,
    region: String,
    key: Option<String>,
    lock_file: bool,
    lock_table: Option<String>,
    kms_key: Option<String>,
    profile: Option<String>,
    skip_region_validation: bool,
    partial: bool,
    guests: Option<Guests>,
}

/// The accounts besides its own that may use a bucket of states, each with a prefix of keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Guests {
    pub(crate) keeping: Vec<(String, String)>,
    pub(crate) reading: Vec<(String, String)>,
}

impl From<S3Backend> for Backend {
    fn from(backend: S3Backend) -> Self {
        Self::S3(backend)
    }
}

impl S3Backend {
    /// State in that bucket, which is in that region, under the stack's path: `dev/network/terraform.tfstate`.
    ///
    /// Synthesis rejects settings that Terraform or AWS would reject.
    pub fn new(bucket: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            region: region.into(),
            key: None,
            lock_file: true,
            lock_table: None,
            kms_key: None,
            profile: None,
            skip_region_validation: false,
            partial: false,
            guests: None,
        }
    }

    /// Another key for the state's object.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Locks by a DynamoDB table instead of a lock file. Terraform 1.11 deprecates it.
    #[must_use]
    pub fn lock_table(mut self, table: impl Into<String>) -> Self {
        self.lock_table = Some(table.into());
        self.lock_file = false;
        self
    }

    /// Locks by both a DynamoDB table and a lock file, for moving from the one to the other.
    #[must_use]
    pub fn lock_table_and_file(mut self, table: impl Into<String>) -> Self {
        self = self.lock_table(table);
        self.lock_file = true;
        self
    }

    /// Encrypts with that KMS key instead of the bucket's default.
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }

    /// The profile of the credentials file that reaches the bucket.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Accepts a region that Terraform does not know, and tells Terraform so.
    ///
    /// It is for a region that AWS added after this version of the library. For one that only some of the versions which
    /// [`Organisation::required_version`](crate::Organisation::required_version) allows do not know, the setting is written
    /// without it.
    #[must_use]
    pub fn skip_region_validation(mut self) -> Self {
        self.skip_region_validation = true;
        self
    }

    /// Writes the settings to a file of their own, `<environment>.s3.tfbackend`, and leaves the backend block empty:
    /// `terraform init` then needs `-backend-config=<file>`, so that no environment is initialised by accident.
    #[must_use]
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// The accounts besides the bucket's own that may keep states in it, each with the prefix of their keys.
    ///
    /// Unless guests or [readers](Self::readers) are given, nothing is known of who has access.
    ///
    /// # Errors
    /// Synthesis rejects a stack whose [account](crate::Home::account) needs a state that the bucket does not let it have.
    #[must_use]
    pub fn guests(mut self, guests: impl IntoIterator<Item = (String, String)>) -> Self {
        self.guests.get_or_insert_default().keeping.extend(guests);
        self
    }

    /// The accounts that may read states in the bucket, as [imports](crate::Stack::import) do, each with the prefix of their
    /// keys.
    #[must_use]
    pub fn readers(mut self, readers: impl IntoIterator<Item = (String, String)>) -> Self {
        self.guests.get_or_insert_default().reading.extend(readers);
        self
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The guests, unless a profile may bring the credentials of another account.
    pub(crate) fn known_guests(&self) -> Option<&Guests> {
        self.guests.as_ref().filter(|_| self.profile.is_none())
    }

    fn key_or(&self, stack: &str) -> String {
        self.key.clone().unwrap_or_else(|| format!("{stack}/terraform.tfstate"))
    }

    fn at(&self, stack: &str) -> StateLocation {
        StateLocation {
            bucket: self.bucket.clone(),
            key: self.key_or(stack),
            region: self.region.clone(),
            lock_file: self.lock_file,
            lock_table: self.lock_table.clone(),
            kms_key: self.kms_key.clone(),
            partial: self.partial,
        }
    }

    /// The settings that find the object.
    fn location(&self, stack: &str, versions: &VersionConstraint) -> Map<String, Json> {
        let mut settings = Map::new();
        settings.insert("bucket".into(), self.bucket.clone().into());
        settings.insert("key".into(), self.key_or(stack).into());
        settings.insert("region".into(), self.region.clone().into());
        if let Some(profile) = &self.profile {
            settings.insert("profile".into(), profile.clone().into());
        }
        if self.skip_region_validation || regions::is_newer_than(&self.region, versions) {
            settings.insert("skip_region_validation".into(), true.into());
        }
        settings
    }

    fn settings(&self, stack: &str, versions: &VersionConstraint) -> Map<String, Json> {
        let mut settings = self.location(stack, versions);
        settings.insert("encrypt".into(), true.into());
        if self.lock_file {
            settings.insert("use_lockfile".into(), true.into());
        }
        if let Some(table) = &self.lock_table {
            settings.insert("dynamodb_table".into(), table.clone().into());
        }
        if let Some(key) = &self.kms_key {
            settings.insert("kms_key_id".into(), key.clone().into());
        }
        settings
    }
}

/// The name of the backend-config file of an environment's stack, or of a shared one.
pub(crate) fn config_file_name(environment: Option<&str>) -> String {
    format!("{}.s3.tfbackend", environment.unwrap_or("shared"))
}

impl Backend {
    /// The `backend` block of the stack at that path; none means Terraform's default.
    pub(crate) fn block(&self, stack: &str, versions: &VersionConstraint) -> Option<Json> {
        match self {
            Self::Local => None,
            Self::S3(backend) if backend.partial => Some(json!({"s3": {}})),
            Self::S3(backend) => Some(json!({"s3": backend.settings(stack, versions)})),
        }
    }

    /// The name and the text of the backend-config file, where there is one.
    pub(crate) fn config_file(
        &self,
        stack: &str,
        environment: Option<&str>,
        versions: &VersionConstraint,
    ) -> Option<(String, String)> {
        let Self::S3(backend) = self else { return None };
        if !backend.partial {
            return None;
        }
        let mut text = String::from("# Generated by mmcdk; edit the program instead.\n");
        let settings = backend.settings(stack, versions);
        let width = settings.keys().map(String::len).max().unwrap_or_default();
        for (name, value) in &settings {
            let value = match value {
                Json::String(literal) => crate::value::Node::Text(literal.clone().into()).to_expression(),
                value => value.to_string(),
            };
            writeln!(text, "{name:width$} = {value}").expect("a string takes everything");
        }
        Some((config_file_name(environment), text))
    }

    /// The `terraform_remote_state` arguments by which the stack `reader` reads the state of `stack`.
    pub(crate) fn remote_state(&self, stack: &str, reader: &str, versions: &VersionConstraint) -> Json {
        match self {
            Self::Local => {
                let up = "../".repeat(reader.split('/').count());
                json!({"backend": "local", "config": {"path": format!("{up}{stack}/terraform.tfstate")}})
            }
            Self::S3(backend) => json!({"backend": "s3", "config": backend.location(stack, versions)}),
        }
    }

    /// Rejects what Terraform or AWS would reject.
    pub(crate) fn check(&self, stack: &str, versions: &VersionConstraint) -> Result<()> {
        match self {
            Self::Local => Ok(()),
            Self::S3(backend) => check::check(backend, stack, versions),
        }
    }

    /// Where the state of the stack is; none where it is a local file.
    pub(crate) fn location(&self, stack: &str) -> Option<StateLocation> {
        match self {
            Self::Local => None,
            Self::S3(backend) => Some(backend.at(stack)),
        }
    }

    /// What two stacks may not share.
    pub(crate) fn state_of(&self, stack: &str) -> Option<(&str, String)> {
        match self {
            Self::Local => None,
            Self::S3(backend) => Some((&backend.bucket, backend.key_or(stack))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions() -> VersionConstraint {
        ">= 1.10.0".parse().unwrap()
    }

    #[test]
    fn the_key_is_the_stacks_path() {
        let backend = Backend::from(S3Backend::new("b", "us-east-1"));
        let block = backend.block("dev/network", &versions()).unwrap();
        assert_eq!(block["s3"]["key"], "dev/network/terraform.tfstate");
        assert_eq!(block["s3"]["use_lockfile"], true);
        assert!(backend.config_file("dev/network", Some("dev"), &versions()).is_none());
    }

    #[test]
    fn a_region_that_some_versions_do_not_know_is_not_validated() {
        let skips = |backend: S3Backend, versions: &str| {
            let (backend, versions) = (Backend::from(backend), versions.parse().unwrap());
            let block = backend.block("dev/network", &versions).unwrap()["s3"]["skip_region_validation"] == true;
            let read = backend.remote_state("dev/network", "dev/eks", &versions);
            assert_eq!(read["config"]["skip_region_validation"] == true, block);
            let Backend::S3(settings) = backend else { unreachable!() };
            let (_, file) = Backend::from(settings.partial()).config_file("dev/network", None, &versions).unwrap();
            assert_eq!(file.contains("skip_region_validation = true\n"), block, "{file}");
            block
        };
        assert!(!skips(S3Backend::new("b", "us-east-1"), "1.11.4"));
        for region in ["ap-east-2", "ap-southeast-6", "eusc-de-east-1"] {
            assert!(skips(S3Backend::new("b", region), "1.11.4"), "{region}");
            assert!(!skips(S3Backend::new("b", region), ">= 1.14.0"), "{region}");
        }
        assert!(skips(S3Backend::new("b", "xx-new-1").skip_region_validation(), ">= 1.14.0"));
    }

    #[test]
    fn a_partial_backend_has_its_settings_in_a_file() {
        let backend = Backend::from(S3Backend::new("b", "us-east-1").lock_table("t").partial());
        assert_eq!(backend.block("dev/network", &versions()), Some(json!({"s3": {}})));
        let (name, text) = backend.config_file("dev/network", Some("dev"), &versions()).unwrap();
        assert_eq!(name, "dev.s3.tfbackend");
        assert!(text.contains("key            = \"dev/network/terraform.tfstate\"\n"), "{text}");
        assert!(text.contains("dynamodb_table = \"t\"\n") && !text.contains("use_lockfile"), "{text}");
    }

    #[test]
    fn a_local_state_is_found_from_the_readers_folder() {
        let state = Backend::Local.remote_state("dev/network", "dev/eks", &versions());
        assert_eq!(state["config"]["path"], "../../dev/network/terraform.tfstate");
        assert_eq!(
            Backend::Local.remote_state("bootstrap", "dns", &versions())["config"]["path"],
            "../bootstrap/terraform.tfstate"
        );
    }
}
