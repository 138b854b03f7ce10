//! What Terraform or AWS would reject of an `s3` backend.

use super::{S3Backend, regions};
use crate::error::{Error, Result};
use crate::facts::NameRule;
use crate::version::{Version, VersionConstraint};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>. The reserved ends are those of buckets
/// alone: an alias of an access point is a bucket to Terraform.
static BUCKET: NameRule = NameRule {
    what: "state bucket",
    min: 3,
    max: 63,
    chars: "a-z0-9.-",
    lower: true,
    edges: "a-z0-9",
    not_prefixes: &["xn--"],
    not_suffixes: &[],
    not_within: &[".."],
    not_ip: true,
};

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
static TABLE: NameRule = NameRule {
    what: "lock table",
    min: 3,
    max: 255,
    chars: "a-zA-Z0-9_.-",
    lower: false,
    edges: "",
    not_prefixes: &[],
    not_suffixes: &[],
    not_within: &[],
    not_ip: false,
};

/// The longest key of an object, in bytes: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
const LONGEST_KEY: usize = 1024;

/// The first version whose backend knows lock files, of Terraform and of OpenTofu.
const LOCK_FILES: &str = "1.10.0";

pub(super) fn check(backend: &S3Backend, stack: &str, versions: &VersionConstraint) -> Result<()> {
    let S3Backend {
        bucket,
        region,
        key: _,
        lock_file,
        lock_table,
        kms_key,
        profile,
        skip_region_validation,
        partial: _,
        guests: _,
    } = backend;
    for (what, value) in [("bucket", bucket), ("region", region)] {
        if value.is_empty() {
            return Err(Error::new(format!("the s3 backend has no {what}")).remedy("name it"));
        }
    }
    BUCKET.check(bucket)?;
    match skip_region_validation {
        false => regions::check(region)?,
        true => check_region(region)?,
    }
    check_key(&backend.key_or(stack))?;
    lock_table.iter().try_for_each(|table| TABLE.check(table))?;
    kms_key.iter().try_for_each(|key| check_kms_key(key))?;
    profile.iter().try_for_each(|profile| check_profile(profile))?;
    check_lock_file(*lock_file, versions)
}

/// A region that nobody knows has at least the form of one.
fn check_region(region: &str) -> Result<()> {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    match region.contains('-') && region.split('-').all(word) {
        true => Ok(()),
        false => {
            Err(Error::new(format!("{region:?} does not look like a region")).remedy("write one such as us-east-1"))
        }
    }
}

/// Terraform rejects slashes at the ends and double ones: `validateStringS3Path` in
/// <https://github.com/hashicorp/terraform/blob/v1.11.4/internal/backend/remote-state/s3/validate.go>.
fn check_key(key: &str) -> Result<()> {
    let reject = |problem: String, remedy: &str| Err(Error::new(problem).remedy(remedy));
    if key.is_empty() || key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return reject(
            format!("the s3 backend has the key {key:?}"),
            "write a path without empty parts, . and .., such as dev/network/terraform.tfstate",
        );
    }
    if let Some(letter) = key.chars().find(|letter| letter.is_control()) {
        return reject(format!("the key {key:?} of the s3 backend has the character {letter:?}"), "leave it out");
    }
    if key.trim() != key {
        return reject(format!("the key {key:?} of the s3 backend has a space at an end"), "leave it out");
    }
    match key.len() > LONGEST_KEY {
        true => reject(format!("the key of the s3 backend has {} bytes", key.len()), "write at most 1024"),
        false => Ok(()),
    }
}

/// `validateKMSKey` in <https://github.com/hashicorp/terraform/blob/v1.11.4/internal/backend/remote-state/s3/validate.go>.
fn check_kms_key(key: &str) -> Result<()> {
    let resource = match key.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, "kms", region, account, resource] if ![partition, region, account].contains(&"") => resource,
        [id] if is_key_id(id) || is_alias(id) => return Ok(()),
        _ => "",
    };
    match resource.strip_prefix("key/").is_some_and(is_key_id) || is_alias(resource) {
        true => Ok(()),
        false => Err(Error::new(format!("{key:?} is not a KMS key that Terraform accepts for the s3 backend"))
            .remedy("write its ARN, arn:aws:kms:us-east-1:111122223333:key/ and the key's id")),
    }
}

/// A UUID, or the id of a key of several regions: `mrk-` and 32 hexadecimal digits.
fn is_key_id(id: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f'))
    };
    let parts: Vec<&str> = id.split('-').collect();
    match parts[..] {
        ["mrk", digits] => hex(digits, 32),
        [a, b, c, d, e] => hex(a, 8) && hex(b, 4) && hex(c, 4) && hex(d, 4) && hex(e, 12),
        _ => false,
    }
}

fn is_alias(alias: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/_-".contains(letter);
    alias.strip_prefix("alias/").is_some_and(|name| !name.is_empty() && name.chars().all(fits))
}

/// The name stands between brackets in a line of its own: `[profile dev]`.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
fn check_profile(profile: &str) -> Result<()> {
    let fits = |letter: char| !letter.is_control() && !letter.is_whitespace() && !"[]#;".contains(letter);
    match !profile.is_empty() && profile.chars().all(fits) {
        true => Ok(()),
        false => Err(Error::new(format!("the s3 backend has the profile {profile:?}"))
            .remedy("write the name of a profile in ~/.aws/config, without spaces and brackets")),
    }
}

fn check_lock_file(lock_file: bool, versions: &VersionConstraint) -> Result<()> {
    let first = Version::parse(LOCK_FILES).expect("it is a version");
    match lock_file && !versions.starts_at(&first) {
        true => Err(Error::new(format!("{versions} allows versions of Terraform without lock files for states"))
            .remedy("write .required_version(\">= 1.10.0\") at the organisation, or lock by a table alone")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn backend() -> S3Backend {
        S3Backend::new("mm-state", "us-east-1")
    }

    fn problem(backend: S3Backend) -> Option<String> {
        check(&backend, "dev/network", &">= 1.10.0".parse().unwrap()).err().map(|error| {
            assert!(error.suggestion().is_some(), "{error}");
            error.to_string()
        })
    }

    #[test]
    fn every_setting_that_terraform_or_aws_would_reject_is_rejected() {
        let long = "k".repeat(1025);
        let wrong = [
            (S3Backend::new("", "us-east-1"), "has no bucket"),
            (S3Backend::new("b1b", ""), "has no region"),
            (S3Backend::new("Bad Bucket!", "us-east-1"), "\"Bad Bucket!\" has the character 'B'"),
            (S3Backend::new("ab", "us-east-1"), "at least 3"),
            (S3Backend::new("10.0.0.1", "us-east-1"), "IP address"),
            (S3Backend::new("a..b", "us-east-1"), "contains \"..\""),
            (
                S3Backend::new("mm-state", "eu-centrl-1"),
                "did you mean \"eu-central-1\", or add .skip_region_validation()",
            ),
            (S3Backend::new("mm-state", "us-east-1a"), "does not know the region \"us-east-1a\""),
            (S3Backend::new("mm-state", "US East").skip_region_validation(), "does not look like a region"),
            (backend().key(""), "has the key \"\""),
            (backend().key("/a"), "has the key \"/a\""),
            (backend().key("a/"), "has the key \"a/\""),
            (backend().key("a//b"), "has the key \"a//b\""),
            (backend().key("a/../b"), "has the key \"a/../b\""),
            (backend().key("a\nb"), "the character '\\n'"),
            (backend().key("a "), "a space at an end"),
            (backend().key(&long), "1025 bytes"),
            (backend().lock_table("ab"), "at least 3"),
            (backend().lock_table("my table"), "has the character ' '"),
            (
                backend().lock_table_and_file("arn:aws:dynamodb:us-east-1:111122223333:table/lock"),
                "has the character ':'",
            ),
            (backend().kms_key(""), "is not a KMS key"),
            (backend().kms_key("key/x"), "is not a KMS key"),
            (backend().kms_key("arn:aws:kms:us-east-1:111122223333:key/k"), "is not a KMS key"),
            (backend().kms_key(format!("arn:aws:s3:us-east-1:111122223333:key/{KEY}")), "is not a KMS key"),
            (backend().kms_key("alias/"), "is not a KMS key"),
            (backend().profile(""), "has the profile \"\""),
            (backend().profile("a]b"), "has the profile \"a]b\""),
            (backend().profile("a b"), "has the profile \"a b\""),
        ];
        for (backend, expected) in wrong {
            let shown = format!("{backend:?}");
            let problem = problem(backend).unwrap_or_else(|| panic!("{shown} is accepted"));
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn what_terraform_and_aws_accept_is_accepted() {
        for backend in [
            backend(),
            S3Backend::new("access-s3alias", "eusc-de-east-1"),
            S3Backend::new("mm.state", "xx-new-1").skip_region_validation(),
            backend().key("a/b.tfstate"),
            backend().lock_table("MM-terraform.lock_1"),
            backend().kms_key(KEY),
            backend().kms_key("alias/aws/s3"),
            backend().kms_key(format!("arn:aws-cn:kms:cn-north-1:111122223333:key/{KEY}")),
            backend().kms_key(format!("arn:aws:kms:us-east-1:111122223333:key/mrk-{}", "a".repeat(32))),
            backend().profile("dev-admin.1"),
        ] {
            assert_eq!(problem(backend.clone()), None, "{backend:?}");
        }
    }

    #[test]
    fn a_lock_file_needs_a_version_that_knows_it() {
        let check = |backend: &S3Backend, versions: &str| check(backend, "dev/network", &versions.parse().unwrap());
        for versions in [">= 1.5", "< 2", "~> 1.9.0"] {
            let error = check(&backend(), versions).unwrap_err().to_string();
            assert!(error.contains("without lock files"), "{error}");
            assert!(check(&backend().lock_table("lock"), versions).is_ok());
        }
        assert!(check(&backend(), "~> 1.10").is_ok());
    }
}
