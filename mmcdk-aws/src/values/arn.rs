//! Amazon Resource Names.

use mmcdk_core::Value;

use super::Partition;

/// An ARN in the making: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
///
/// Region and account are left empty unless given, as for S3 buckets. Each part may be a literal, also `*`, or a
/// reference. See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
///
/// ```
/// use mmcdk_aws::values::{AccountId, Arn, Partition, Region};
///
/// let trail = Arn::new(Partition::Aws, "cloudtrail")
///     .region(Region::UsEast1)
///     .account(AccountId::new("111122223333"))
///     .resource("trail/core");
/// assert_eq!(trail.literal(), Some("arn:aws:cloudtrail:us-east-1:111122223333:trail/core"));
///
/// let bucket = Arn::new(Partition::AwsCn, "s3").resource("logs");
/// assert_eq!(bucket.literal(), Some("arn:aws-cn:s3:::logs"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an ARN is finished by `resource`"]
pub struct Arn {
    partition: Partition,
    service: Value<String>,
    region: Value<String>,
    account: Value<String>,
}

impl Arn {
    /// An ARN of that service, by the name that ARNs have for it: `cloudtrail`, `s3`.
    pub fn new(partition: Partition, service: impl Into<Value<String>>) -> Self {
        Self { partition, service: service.into(), region: Value::none(), account: Value::none() }
    }

    /// The region of the resource.
    pub fn region(mut self, region: impl Into<Value<String>>) -> Self {
        self.region = region.into();
        self
    }

    /// The account of the resource.
    pub fn account(mut self, account: impl Into<Value<String>>) -> Self {
        self.account = account.into();
        self
    }

    /// The ARN of that resource: `trail/core`, `bucket/key`.
    #[must_use]
    pub fn resource(self, resource: impl Into<Value<String>>) -> Value<String> {
        let Self { partition, service, region, account } = self;
        let part = |value: Value<String>| if value.is_none() { "".into() } else { value };
        Value::from("arn:") + partition + ":" + service + ":" + part(region) + ":" + part(account) + ":" + resource
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{AccountId, Region};

    #[test]
    fn literals_make_a_literal() {
        let check = |arn: Value<String>, expected: &str| assert_eq!(arn.literal(), Some(expected));
        let account = AccountId::new("000011112222");
        let trail = Arn::new(Partition::AwsUsGov, "cloudtrail").region(Region::UsGovWest1).account(account);
        check(trail.clone().resource("trail/core"), "arn:aws-us-gov:cloudtrail:us-gov-west-1:000011112222:trail/core");
        check(trail.region("*").resource("trail/*"), "arn:aws-us-gov:cloudtrail:*:000011112222:trail/*");
        check(Arn::new(Partition::Aws, "iam").account(account).resource("root"), "arn:aws:iam::000011112222:root");
        check(Arn::new(Partition::AwsEusc, "s3").region(None::<Region>).resource("logs/*"), "arn:aws-eusc:s3:::logs/*");
    }

    #[test]
    fn references_stay_references() {
        let caller = Value::<String>::raw("data.aws_caller_identity.me.account_id");
        let arn = Arn::new(Partition::Aws, "ec2").region(Region::UsEast1).account(caller).resource("vpc-flow-log/*");
        let expected = "arn:aws:ec2:us-east-1:${data.aws_caller_identity.me.account_id}:vpc-flow-log/*";
        assert_eq!(arn.to_json(), expected);
    }
}
