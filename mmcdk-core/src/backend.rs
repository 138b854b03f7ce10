//! Where Terraform keeps the state of a stack.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use crate::error::{Error, Result};

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
    partial: bool,
    guests: Option<Vec<(String, String)>>,
}

impl From<S3Backend> for Backend {
    fn from(backend: S3Backend) -> Self {
        Self::S3(backend)
    }
}

impl S3Backend {
    /// State in that bucket, which is in that region, under the stack's path: `dev/network/terraform.tfstate`.
    pub fn new(bucket: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            region: region.into(),
            key: None,
            lock_file: true,
            lock_table: None,
            kms_key: None,
            profile: None,
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

    /// Writes the settings to a file of their own, `<environment>.s3.tfbackend`, and leaves the backend block empty:
    /// `terraform init` then needs `-backend-config=<file>`, so that no environment is initialised by accident.
    #[must_use]
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// The accounts that the bucket lets in besides its own, each with the prefix of the keys that it may use.
    ///
    /// Unless they are given, nothing is known of who has access.
    ///
    /// # Errors
    /// Synthesis rejects a stack whose [account](crate::Home::account) needs a state that the bucket does not let it have.
    #[must_use]
    pub fn guests(mut self, guests: impl IntoIterator<Item = (String, String)>) -> Self {
        self.guests.get_or_insert_default().extend(guests);
        self
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The guests, unless a profile may bring the credentials of another account.
    pub(crate) fn known_guests(&self) -> Option<&[(String, String)]> {
        self.guests.as_deref().filter(|_| self.profile.is_none())
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
    fn location(&self, stack: &str) -> Map<String, Json> {
        let mut settings = Map::new();
        settings.insert("bucket".into(), self.bucket.clone().into());
        settings.insert("key".into(), self.key_or(stack).into());
        settings.insert("region".into(), self.region.clone().into());
        if let Some(profile) = &self.profile {
            settings.insert("profile".into(), profile.clone().into());
        }
        settings
    }

    fn settings(&self, stack: &str) -> Map<String, Json> {
        let mut settings = self.location(stack);
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
    pub(crate) fn block(&self, stack: &str) -> Option<Json> {
        match self {
            Self::Local => None,
            Self::S3(backend) if backend.partial => Some(json!({"s3": {}})),
            Self::S3(backend) => Some(json!({"s3": backend.settings(stack)})),
        }
    }

    /// The name and the text of the backend-config file, where there is one.
    pub(crate) fn config_file(&self, stack: &str, environment: Option<&str>) -> Option<(String, String)> {
        let Self::S3(backend) = self else { return None };
        if !backend.partial {
            return None;
        }
        let mut text = String::from("# Generated by mmcdk; edit the program instead.\n");
        let settings = backend.settings(stack);
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
    pub(crate) fn remote_state(&self, stack: &str, reader: &str) -> Json {
        match self {
            Self::Local => {
                let up = "../".repeat(reader.split('/').count());
                json!({"backend": "local", "config": {"path": format!("{up}{stack}/terraform.tfstate")}})
            }
            Self::S3(backend) => json!({"backend": "s3", "config": backend.location(stack)}),
        }
    }

    /// What Terraform would refuse.
    pub(crate) fn check(&self, stack: &str) -> Result<()> {
        let Self::S3(backend) = self else { return Ok(()) };
        for (what, value) in [("bucket", &backend.bucket), ("region", &backend.region)] {
            if value.is_empty() {
                return Err(Error::new(format!("the s3 backend has no {what}")).remedy("name it"));
            }
        }
        let key = backend.key_or(stack);
        if key.is_empty() || key.starts_with('/') || key.ends_with('/') || key.contains("//") {
            return Err(Error::new(format!("the s3 backend has the key {key:?}"))
                .remedy("write a path without slashes at its ends, such as dev/network/terraform.tfstate"));
        }
        Ok(())
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

    #[test]
    fn the_key_is_the_stacks_path() {
        let backend = Backend::from(S3Backend::new("b", "us-east-1"));
        let block = backend.block("dev/network").unwrap();
        assert_eq!(block["s3"]["key"], "dev/network/terraform.tfstate");
        assert_eq!(block["s3"]["use_lockfile"], true);
        assert!(backend.config_file("dev/network", Some("dev")).is_none());
    }

    #[test]
    fn what_terraform_would_refuse_is_refused() {
        let with_key = |key: &str| Backend::from(S3Backend::new("b", "us-east-1").key(key)).check("dev/network");
        for key in ["", "/a", "a/", "a//b"] {
            assert!(with_key(key).unwrap_err().to_string().contains(&format!("{key:?}")));
        }
        assert!(with_key("a/b.tfstate").is_ok());
        assert!(Backend::from(S3Backend::new("", "us-east-1")).check("x").is_err());
        assert!(Backend::from(S3Backend::new("b", "")).check("x").is_err());
    }

    #[test]
    fn a_partial_backend_has_its_settings_in_a_file() {
        let backend = Backend::from(S3Backend::new("b", "us-east-1").lock_table("t").partial());
        assert_eq!(backend.block("dev/network"), Some(json!({"s3": {}})));
        let (name, text) = backend.config_file("dev/network", Some("dev")).unwrap();
        assert_eq!(name, "dev.s3.tfbackend");
        assert!(text.contains("key            = \"dev/network/terraform.tfstate\"\n"), "{text}");
        assert!(text.contains("dynamodb_table = \"t\"\n") && !text.contains("use_lockfile"), "{text}");
    }

    #[test]
    fn a_local_state_is_found_from_the_readers_folder() {
        let state = Backend::Local.remote_state("dev/network", "dev/eks");
        assert_eq!(state["config"]["path"], "../../dev/network/terraform.tfstate");
        assert_eq!(Backend::Local.remote_state("bootstrap", "dns")["config"]["path"], "../bootstrap/terraform.tfstate");
    }
}
