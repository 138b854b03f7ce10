//! A CloudTrail trail with its bucket.

use mmcdk_core::{Construct, Error, List, Local, Resource, Result, Scope, Value};

use crate::closed_bucket;
use crate::overrides::{self, REGION};
use crate::policy::{Condition, PolicyDocument, Principal, Statement};
use crate::resources::{cloudtrail, iam, logs, s3};
use crate::site::Site;
use crate::values::{Days, LogRetention};

/// A trail of all regions, with an encrypted bucket of its own.
///
/// # Creates
/// `aws_cloudtrail`, validated and multi-region; `aws_s3_bucket` with versioning (`aws_s3_bucket_versioning`), encryption
/// (`aws_s3_bucket_server_side_encryption_configuration`), public access blocked (`aws_s3_bucket_public_access_block`), one
/// owner (`aws_s3_bucket_ownership_controls`), a lifecycle (`aws_s3_bucket_lifecycle_configuration`), and a policy
/// (`aws_s3_bucket_policy`) that lets only this trail write and denies requests without TLS.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>
/// With [`Trail::log_group`] also `aws_cloudwatch_log_group`, and `aws_iam_role` with `aws_iam_role_policy`.
///
/// # Names
/// The trail's purpose is `core`, the bucket's `cloudtrail`. A second trail in an environment needs a qualifier in its context:
/// `network.with(Local::new().qualifier("audit")).add("audit", Trail::new())`.
///
/// # Defaults
/// All regions; management events alone, reading and writing; records expire after 365 days, noncurrent versions 30 days after
/// they were replaced or deleted, aborted uploads after 7.
///
/// # Cost
/// An account's first copy of management events is free; each further trail costs $2.00 per 100,000 events. Two environments
/// in one account with a trail each pay for the second. Data events cost $0.10 per 100,000.
///
/// # Replacement
/// Another name of the trail or the bucket replaces it. Terraform cannot delete a bucket that holds records, unless
/// `Local::set_on::<s3::Bucket>("force_destroy", true)` in the context says so.
///
/// # Example
/// ```
/// use mmcdk_aws::{DataEvents, Environment, Trail, values::{Days, Region}};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
/// let mut network = app.stack("network", &dev)?;
/// let trail = Trail::new().expire_after(Days(90)).unique_bucket_name();
/// network.add("trail", trail.data_events(DataEvents::s3_objects(["arn:aws:s3:::orders/"])))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Trail {
    name: Option<String>,
    bucket_name: Option<String>,
    unique_bucket_name: bool,
    key_prefix: Option<String>,
    kms_key: Option<Value<String>>,
    single_region: bool,
    organization: Option<String>,
    data_events: Vec<DataEvents>,
    log_group: Option<LogRetention>,
    expire_after: Days,
    noncurrent_expire_after: Days,
}

/// Events of what is done with data, which a trail records besides management events.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>
#[derive(Clone, Debug)]
pub struct DataEvents {
    resource_type: &'static str,
    arns: Value<List<String>>,
}

impl DataEvents {
    /// Requests for objects whose ARNs begin so: `arn:aws:s3:::bucket/` is a whole bucket, `arn:aws:s3` all of them.
    pub fn s3_objects(arns: impl IntoIterator<Item = impl Into<Value<String>>>) -> Self {
        Self { resource_type: "AWS::S3::Object", arns: Value::list(arns) }
    }

    /// Invocations of functions, by their ARNs; `arn:aws:lambda` is all of them.
    pub fn lambda_functions(arns: impl IntoIterator<Item = impl Into<Value<String>>>) -> Self {
        Self { resource_type: "AWS::Lambda::Function", arns: Value::list(arns) }
    }

    /// Requests for items of tables, by the ARNs of the tables; `arn:aws:dynamodb` is all of them.
    pub fn dynamodb_tables(arns: impl IntoIterator<Item = impl Into<Value<String>>>) -> Self {
        Self { resource_type: "AWS::DynamoDB::Table", arns: Value::list(arns) }
    }
}

impl Default for Trail {
    fn default() -> Self {
        Self::new()
    }
}

impl Trail {
    /// A trail with everything by default.
    pub fn new() -> Self {
        Self {
            name: None,
            bucket_name: None,
            unique_bucket_name: false,
            key_prefix: None,
            kms_key: None,
            single_region: false,
            organization: None,
            data_events: Vec::new(),
            log_group: None,
            expire_after: Days(365),
            noncurrent_expire_after: Days(30),
        }
    }

    /// The trail's name, instead of the conventional one.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The bucket's name, instead of the conventional one.
    #[must_use]
    pub fn bucket_name(mut self, name: impl Into<String>) -> Self {
        self.bucket_name = Some(name.into());
        self
    }

    /// Appends the account id to the bucket's name, since bucket names are shared by everybody. It needs an environment
    /// with an account.
    #[must_use]
    pub fn unique_bucket_name(mut self) -> Self {
        self.unique_bucket_name = true;
        self
    }

    /// What the keys of records begin with, before `AWSLogs/`: at most 200 characters, without a slash at either end.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = Some(prefix.into());
        self
    }

    /// Encrypts records with the KMS key of that ARN. The key's policy must let CloudTrail encrypt.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html>
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<Value<String>>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }

    /// Records the events of the trail's own region and of global services, not those of other regions.
    #[must_use]
    pub fn single_region(mut self) -> Self {
        self.single_region = true;
        self
    }

    /// Records the events of all accounts of the organization with that id, such as `o-exampleorgid`. The stack must
    /// be in the management account: a trail of a delegated administrator belongs to the management account, so its bucket
    /// policy would need that account.
    #[must_use]
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// Records data events too. Each call adds to those that are there.
    #[must_use]
    pub fn data_events(mut self, events: DataEvents) -> Self {
        self.data_events.push(events);
        self
    }

    /// Sends events to a log group of its own too, which keeps them that long.
    #[must_use]
    pub fn log_group(mut self, retention: LogRetention) -> Self {
        self.log_group = Some(retention);
        self
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

    fn check(&self, scope: &Scope<'_>) -> Result<()> {
        for (what, days) in [("records", self.expire_after), ("noncurrent versions", self.noncurrent_expire_after)] {
            if days.0 == 0 {
                return Err(Error::new(format!("{what} expire after 0 days")).remedy("S3 takes 1 day or more"));
            }
        }
        if self.unique_bucket_name && self.bucket_name.is_some() {
            return Err(Error::new("the bucket has both a name and a unique one")
                .remedy("choose bucket_name or unique_bucket_name"));
        }
        if let Some(prefix) = &self.key_prefix {
            check_prefix(prefix)?;
        }
        if let Some(id) = &self.organization {
            check_organization(id)?;
        }
        overrides::reject::<cloudtrail::Cloudtrail>(
            scope,
            &[
                ("s3_bucket_name", "use Trail::bucket_name: the trail writes to a bucket of its own"),
                ("is_organization_trail", "use Trail::organization: the bucket's policy follows it"),
                ("cloud_watch_logs_group_arn", "use Trail::log_group, or place cloudtrail::Cloudtrail yourself"),
                ("cloud_watch_logs_role_arn", "use Trail::log_group, or place cloudtrail::Cloudtrail yourself"),
                REGION,
            ],
        )?;
        match self.unique_bucket_name || self.bucket_name.is_some() {
            true => overrides::reject::<s3::Bucket>(
                scope,
                &[("bucket", "use Trail::bucket_name"), ("bucket_prefix", "use Trail::bucket_name")],
            ),
            false => Ok(()),
        }
    }
}

/// What adding a [`Trail`] returns.
#[derive(Clone, Debug)]
pub struct TrailOutputs {
    /// The trail.
    pub trail: cloudtrail::CloudtrailHandle,
    /// Its bucket.
    pub bucket: s3::BucketHandle,
    /// Its log group, if it has one.
    pub log_group: Option<logs::CloudwatchLogGroupHandle>,
}

impl Construct for Trail {
    type Output = TrailOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<TrailOutputs> {
        self.check(scope)?;
        let Self {
            name,
            bucket_name,
            unique_bucket_name,
            key_prefix,
            kms_key,
            single_region,
            organization,
            data_events,
            log_group,
            expire_after,
            noncurrent_expire_after,
        } = self;
        let bucket = bucket(scope, bucket_name, unique_bucket_name)?;
        let trail = cloudtrail::Cloudtrail::new(bucket.id())
            .name(name)
            .s3_key_prefix(key_prefix)
            .kms_key_id(kms_key)
            .is_multi_region_trail(!single_region)
            .is_organization_trail(organization.is_some().then_some(true))
            .include_global_service_events(true)
            .enable_log_file_validation(true)
            .event_selector(selectors(data_events));
        let writer = Writer::of(&trail, organization, scope)?;
        let policy = closed_bucket::close(scope, &bucket, None, writer.statements(&bucket))?;
        closed_bucket::expire(scope, &bucket, Some(expire_after), noncurrent_expire_after)?;
        let mut trail = trail.depends_on(&policy);
        let mut group = None;
        if let Some(retention) = log_group {
            let (placed, role, allowed) = deliver_to_logs(scope, retention)?;
            let streams = placed.arn() + ":*";
            trail =
                trail.cloud_watch_logs_group_arn(streams).cloud_watch_logs_role_arn(role.arn()).depends_on(&allowed);
            group = Some(placed);
        }
        let trail = scope.with(named()).place(trail)?;
        Ok(TrailOutputs { trail, bucket, log_group: group })
    }
}

fn named() -> Local {
    Local::new().purpose("core")
}

/// S3 keys of a trail: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html>.
fn check_prefix(prefix: &str) -> Result<()> {
    let fits = (1..=200).contains(&prefix.len()) && !prefix.starts_with('/') && !prefix.ends_with('/');
    match fits && !prefix.contains(['*', '?', '$']) {
        true => Ok(()),
        false => Err(Error::new(format!("{prefix:?} is not a prefix of a trail's keys")).remedy(
            "write 1 to 200 characters without wildcards and without a slash at either end, such as audit/trail",
        )),
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
fn check_organization(id: &str) -> Result<()> {
    let rest = id.strip_prefix("o-").unwrap_or_default();
    let fits = (10..=32).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    match fits {
        true => Ok(()),
        false => Err(Error::new(format!("{id:?} is not the id of an organization"))
            .remedy("write o- and 10 to 32 lower-case letters or digits")),
    }
}

fn bucket(scope: &mut Scope<'_>, name: Option<String>, unique: bool) -> Result<s3::BucketHandle> {
    let mut named = scope.with(Local::new().purpose("cloudtrail"));
    let mut bucket = s3::Bucket::new().bucket(name);
    if unique {
        let Some(account) = Site::of(&named)?.account else {
            return Err(Error::new("a unique bucket name needs the account").remedy("give the environment an account"));
        };
        bucket = bucket.bucket(format!("{}-{account}", named.name_of::<s3::Bucket>()?));
    }
    named.place(bucket)
}

/// One selector of all data events, since a trail has at most five; none leaves management events alone.
fn selectors(events: Vec<DataEvents>) -> Option<cloudtrail::CloudtrailEventSelectorBlock> {
    let resources: Vec<_> = events
        .into_iter()
        .map(|DataEvents { resource_type, arns }| cloudtrail::CloudtrailDataResourceBlock::new(resource_type, arns))
        .collect();
    (!resources.is_empty()).then(|| {
        cloudtrail::CloudtrailEventSelectorBlock::new()
            .read_write_type("All")
            .include_management_events(true)
            .data_resource(resources)
    })
}

/// The trail as the bucket's policy knows it.
struct Writer {
    arn: Value<String>,
    /// What keys begin with, up to `AWSLogs/`.
    prefix: Value<String>,
    /// Whose records it writes: the account's, and those of the organization's members.
    owners: Vec<Value<String>>,
}

impl Writer {
    /// The policy needs the trail's ARN, and the trail the policy, so the ARN is made of what the trail will be.
    fn of(trail: &cloudtrail::Cloudtrail, organization: Option<String>, scope: &mut Scope<'_>) -> Result<Self> {
        let site = Site::of(scope)?;
        let mut scope = scope.with(named());
        let preview = scope.preview(trail.clone())?;
        let name: Value<String> = preview.argument("name").unwrap_or_else(Value::none);
        let prefix: Option<Value<String>> = preview.argument("s3_key_prefix");
        let mut owners = vec![site.account_id(&mut scope)?];
        owners.extend(organization.map(Value::text));
        Ok(Self {
            arn: site.arn("cloudtrail", &mut scope)?.resource(Value::text("trail/") + name),
            prefix: prefix.map_or_else(|| Value::text("/"), |prefix| Value::text("/") + prefix + "/"),
            owners,
        })
    }

    /// Lets the trail alone write its records.
    fn statements(self, bucket: &s3::BucketHandle) -> [Statement; 2] {
        let Self { arn, prefix, owners } = self;
        let of_this_trail = |statement: Statement| {
            statement
                .principal(Principal::service("cloudtrail.amazonaws.com"))
                .condition(Condition::string_equals("aws:SourceArn", &arn))
        };
        let below = |owner: Value<String>| bucket.arn() + prefix.clone() + "AWSLogs/" + owner + "/*";
        let check =
            Statement::allow().sid("AWSCloudTrailAclCheck").actions(["s3:GetBucketAcl"]).resources([bucket.arn()]);
        let write = Statement::allow()
            .sid("AWSCloudTrailWrite")
            .actions(["s3:PutObject"])
            .resources(owners.into_iter().map(below))
            .condition(Condition::string_equals("s3:x-amz-acl", "bucket-owner-full-control"));
        [of_this_trail(check), of_this_trail(write)]
    }
}

/// A log group, and a role by which CloudTrail writes to it. CloudTrail supports neither `aws:SourceArn` nor
/// `aws:SourceAccount` here:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html>.
fn deliver_to_logs(
    scope: &mut Scope<'_>,
    retention: LogRetention,
) -> Result<(logs::CloudwatchLogGroupHandle, iam::RoleHandle, iam::RolePolicyHandle)> {
    let group = scope.place(logs::CloudwatchLogGroup::new().retention_in_days(retention))?;
    let trust = PolicyDocument::new().statement(
        Statement::allow().principal(Principal::service("cloudtrail.amazonaws.com")).actions(["sts:AssumeRole"]),
    );
    let permissions = PolicyDocument::new().statement(
        Statement::allow()
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .resources([group.arn() + ":log-stream:*"]),
    );
    let role = scope.place(iam::Role::new(trust).description("Delivers the events of a trail to CloudWatch Logs"))?;
    let policy = scope.place(iam::RolePolicy::new(permissions, role.id()))?;
    Ok((group, role, policy))
}
