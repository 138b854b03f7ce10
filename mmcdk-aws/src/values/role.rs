//! ARNs of roles.

use std::str::FromStr;

use super::{AccountId, ParseError, Partition};
use crate::resources::facts::RULE_IAM_ROLE;

/// What the ARN of a role says: `arn:aws:iam::111122223333:role/path/name`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoleArn {
    pub(crate) partition: Partition,
    pub(crate) account: AccountId,
}

impl RoleArn {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next();
        let ("arn", partition, "iam", "", account, role) = (part()?, part()?, part()?, part()?, part()?, part()?)
        else {
            return None;
        };
        let path = role.strip_prefix("role/")?;
        let name = path.rsplit('/').next()?;
        let plain = path.chars().all(|letter| letter.is_ascii_graphic());
        (plain && RULE_IAM_ROLE.check(name).is_ok())
            .then_some(Self { partition: partition.parse().ok()?, account: account.parse().ok()? })
    }
}

impl FromStr for RoleArn {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::read(text).ok_or_else(|| {
            let name = if RULE_IAM_ROLE.check(text).is_ok() { text } else { "deploy" };
            let remedy = format!("write the whole ARN, such as arn:aws:iam::111122223333:role/{name}");
            ParseError::new("role", text, "is not the ARN of a role", remedy)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_partition_and_account() {
        for (text, partition) in [
            ("arn:aws:iam::111122223333:role/deploy", Partition::Aws),
            ("arn:aws-cn:iam::111122223333:role/team/ci/deploy", Partition::AwsCn),
            ("arn:aws-us-gov:iam::111122223333:role/a+=,.@-_", Partition::AwsUsGov),
        ] {
            let expected = RoleArn { partition, account: AccountId::new("111122223333") };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_rejected_with_an_example() {
        for (text, example) in [
            ("deploy", "role/deploy"),
            ("", "role/deploy"),
            ("MM-ci", "role/MM-ci"),
            ("arn:aws:iam::111122223333:role/", "role/deploy"),
            ("arn:aws:iam::111122223333:user/deploy", "role/deploy"),
            ("arn:aws:iam::11112222333:role/deploy", "role/deploy"),
            ("arn:aws:iam:us-east-1:111122223333:role/deploy", "role/deploy"),
            ("arn:aws:sts::111122223333:assumed-role/deploy/me", "role/deploy"),
            ("arn:amazon:iam::111122223333:role/deploy", "role/deploy"),
            ("arn:aws:iam::111122223333:role/de ploy", "role/deploy"),
            ("arn:aws:iam::111122223333:role/deploy ", "role/deploy"),
        ] {
            let error = text.parse::<RoleArn>().unwrap_err().to_string();
            assert!(error.contains("is not the ARN of a role") && error.ends_with(example), "{error}");
        }
    }
}
