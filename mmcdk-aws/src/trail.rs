//! A CloudTrail trail with its bucket.

use mmcdk_core::{Construct, Error, Local, Resource, Result, Scope, Value};

use crate::closed_bucket;
use crate::policy::{Condition, Principal, Statement};
use crate::resources::{cloudtrail, s3};
use crate::site::Site;
use crate::values::Days;

/// A trail of all regions, with an encrypted bucket of its own.
///
/// # Creates
/// `aws_cloudtrail`, validated and multi-region; `aws_s3_bucket` with versioning, SSE-S3 encryption, public access blocked,
/// bucket-owner-enforced ownership, a lifecycle configuration, and a policy that lets only this trail write and nobody
/// come without TLS. <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>
///
/// # Names
/// The trail's purpose is `core`, the bucket's `cloudtrail`. A second trail in an environment needs a qualifier in its context:
/// `network.with(Local::new().qualifier("audit")).add("audit", Trail::new())`.
///
/// # Defaults
/// Records expire after 365 days, noncurrent versions 30 days after they were replaced or deleted, aborted uploads after 7.
///
/// # Cost
/// An account's first copy of management events is free; each further trail costs $2.00 per 100,000 events. Two environments
/// in one account with a trail each pay for the second.
///
/// # Replacement
/// Another name of the trail or the bucket replaces it. Terraform cannot delete a bucket that holds records, unless
/// `Local::set_on::<s3::Bucket>("force_destroy", true)` in the context says so.
///
/// # Example
/// ```
/// use mmcdk_aws::{Environment, Trail, values::{Days, Region}};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
/// let mut network = app.stack("network", &dev)?;
/// network.add("trail", Trail::new().expire_after(Days(90)).unique_bucket_name())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Trail {
    expire_after: Days,
    noncurrent_expire_after: Days,
    unique_bucket_name: bool,
}

impl Default for Trail {
    fn default() -> Self {
        Self::new()
    }
}

impl Trail {
    /// A trail with everything by default.
    pub fn new() -> Self {
        Self { expire_after: Days(365), noncurrent_expire_after: Days(30), unique_bucket_name: false }
    }

    /// When records expire, at least one day.
    #[must_use]
    pub fn expire_after(mut self, days: Days) -> Self {
        self.expire_after = days;
        self
    }

    /// When versions that were replaced or deleted are gone for good, at least one day.
    #[must_use]
    pub fn noncurrent_expire_after(mut self, days: Days) -> Self {
        self.noncurrent_expire_after = days;
        self
    }

    /// Appends the account id to the bucket's name, since bucket names are shared by everybody. It needs an environment
    /// with an account.
    #[must_use]
    pub fn unique_bucket_name(mut self) -> Self {
        self.unique_bucket_name = true;
        self
    }
}

/// What adding a [`Trail`] returns.
#[derive(Clone, Debug)]
pub struct TrailOutputs {
    /// The trail.
    pub trail: cloudtrail::CloudtrailHandle,
    /// Its bucket.
    pub bucket: s3::BucketHandle,
}

impl Construct for Trail {
    type Output = TrailOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<TrailOutputs> {
        let Self { expire_after, noncurrent_expire_after, unique_bucket_name } = self;
        for (what, days) in [("records", expire_after), ("noncurrent versions", noncurrent_expire_after)] {
            if days.0 == 0 {
                return Err(Error::new(format!("{what} expire after 0 days")).remedy("S3 takes 1 day or more"));
            }
        }
        let mut named = scope.with(Local::new().purpose("core"));
        // The policy of the bucket needs the trail's ARN, and the trail the policy. A name that is known breaks the circle.
        let name = named.name_of::<cloudtrail::Cloudtrail>()?;
        let trail_arn = Site::of(&named)?.arn("cloudtrail", &mut named)?.resource(format!("trail/{name}"));

        let bucket = bucket(scope, unique_bucket_name)?;
        let account = Site::of(scope)?.account_id(scope)?;
        let policy = closed_bucket::close(scope, &bucket, None, for_the_trail(&bucket, account, trail_arn))?;
        closed_bucket::expire(scope, &bucket, Some(expire_after), noncurrent_expire_after)?;
        let trail = cloudtrail::Cloudtrail::new(bucket.id())
            .is_multi_region_trail(true)
            .include_global_service_events(true)
            .enable_log_file_validation(true)
            .depends_on(&policy);
        let trail = scope.with(Local::new().purpose("core")).place(trail)?;
        Ok(TrailOutputs { trail, bucket })
    }
}

fn bucket(scope: &mut Scope<'_>, unique: bool) -> Result<s3::BucketHandle> {
    let mut named = scope.with(Local::new().purpose("cloudtrail"));
    let mut bucket = s3::Bucket::new();
    if unique {
        let Some(account) = Site::of(&named)?.account else {
            return Err(Error::new("a unique bucket name needs the account").remedy("give the environment an account"));
        };
        bucket = bucket.bucket(format!("{}-{account}", named.name_of::<s3::Bucket>()?));
    }
    named.place(bucket)
}

/// Lets the trail alone write its records.
fn for_the_trail(bucket: &s3::BucketHandle, account: Value<String>, trail_arn: Value<String>) -> [Statement; 2] {
    let of_this_trail = |statement: Statement| {
        statement
            .principal(Principal::service("cloudtrail.amazonaws.com"))
            .condition(Condition::string_equals("aws:SourceArn", &trail_arn))
    };
    let check = Statement::allow().sid("AWSCloudTrailAclCheck").actions(["s3:GetBucketAcl"]).resources([bucket.arn()]);
    let write = Statement::allow()
        .sid("AWSCloudTrailWrite")
        .actions(["s3:PutObject"])
        .resources([bucket.arn() + "/AWSLogs/" + account + "/*"])
        .condition(Condition::string_equals("s3:x-amz-acl", "bucket-owner-full-control"));
    [of_this_trail(check), of_this_trail(write)]
}
