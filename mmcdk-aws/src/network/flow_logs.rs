//! Flow logs of a VPC.

use mmcdk_core::{Construct, Error, Local, Resource, Result, Scope, Value};

use super::outputs::VpcOutputs;
use crate::overrides::{self, REGION};
use crate::policy::{Condition, PolicyDocument, Principal, Statement};
use crate::resources::{ec2, iam, logs};
use crate::site::Site;
use crate::values::LogRetention;

/// Flow logs of a VPC, to CloudWatch Logs.
///
/// # Creates
/// `aws_flow_log`, `aws_cloudwatch_log_group`, and `aws_iam_role` with `aws_iam_role_policy`. The role can be used by the
/// flow logs of this account and region only, and cannot make log groups: a group that was deleted stays deleted.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
///
/// # Defaults
/// All traffic, gathered over 10 minutes, kept for 90 days, in AWS's own format. Log groups are encrypted by CloudWatch.
///
/// # Cost
/// CloudWatch bills the data it takes in (vended logs), so the traffic of the VPC decides.
///
/// # Replacement
/// Another kind of traffic, interval or format replaces the flow log: records of the time between the deletion of the old
/// one and the creation of the new one are lost. The log group and its records stay. Another VPC replaces the flow log too;
/// another retention changes the log group in place.
///
/// # Example
/// ```
/// use mmcdk_aws::{AggregationInterval, Environment, FlowLogs, Traffic, Vpc, values::{LogRetention, Region}};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let mut network = app.stack("network", Environment::new("dev", Region::UsEast1))?;
/// let vpc = network.add("core", Vpc::new("10.1.0.0/16").zones(["a"]))?;
/// let logs = FlowLogs::new(&vpc).traffic(Traffic::Reject).interval(AggregationInterval::OneMinute);
/// network.add("flow", logs.retention(LogRetention::Days14))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FlowLogs {
    vpc: Value<String>,
    purpose: Option<String>,
    traffic: Traffic,
    interval: AggregationInterval,
    format: Option<String>,
    retention: LogRetention,
}

/// Which traffic is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Traffic {
    /// What security groups and network ACLs let through, and what they do not.
    All,
    /// What they let through.
    Accept,
    /// What they do not.
    Reject,
}

/// Over which time the records of a flow are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AggregationInterval {
    /// 60 seconds: more records, sooner.
    OneMinute,
    /// 600 seconds.
    TenMinutes,
}

impl FlowLogs {
    /// Flow logs of that VPC.
    pub fn new(vpc: &VpcOutputs) -> Self {
        Self { purpose: vpc.purpose().map(str::to_owned), ..Self::of(vpc.id()) }
    }

    /// Flow logs of the VPC with that id.
    pub fn of(vpc_id: impl Into<Value<String>>) -> Self {
        Self {
            vpc: vpc_id.into(),
            purpose: None,
            traffic: Traffic::All,
            interval: AggregationInterval::TenMinutes,
            format: None,
            retention: LogRetention::Days90,
        }
    }

    /// Which traffic is logged.
    #[must_use]
    pub fn traffic(mut self, traffic: Traffic) -> Self {
        self.traffic = traffic;
        self
    }

    /// Over which time records are gathered.
    #[must_use]
    pub fn interval(mut self, interval: AggregationInterval) -> Self {
        self.interval = interval;
        self
    }

    /// The fields of a record, as AWS writes them: `${version} ${srcaddr} ${dstaddr}`.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>
    #[must_use]
    pub fn format(mut self, format: impl Into<String>) -> Self {
        self.format = Some(format.into());
        self
    }

    /// How long records are kept.
    #[must_use]
    pub fn retention(mut self, retention: LogRetention) -> Self {
        self.retention = retention;
        self
    }
}

/// What adding [`FlowLogs`] returns.
#[derive(Clone, Debug)]
pub struct FlowLogsOutputs {
    /// The flow log.
    pub flow_log: ec2::FlowLogHandle,
    /// The log group.
    pub log_group: logs::CloudwatchLogGroupHandle,
    /// The role by which records are delivered.
    pub role: iam::RoleHandle,
}

impl Construct for FlowLogs {
    type Output = FlowLogsOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<FlowLogsOutputs> {
        let Self { vpc, purpose, traffic, interval, format, retention } = self;
        let format = format.map(checked_format).transpose()?;
        check_overrides(scope)?;
        let log_group = scope.place(logs::CloudwatchLogGroup::new().retention_in_days(retention))?;
        let (role, policy) = delivery_role(scope, &log_group)?;
        let flow_log = ec2::FlowLog::new()
            .vpc_id(vpc)
            .traffic_type(match traffic {
                Traffic::All => "ALL",
                Traffic::Accept => "ACCEPT",
                Traffic::Reject => "REJECT",
            })
            .max_aggregation_interval(match interval {
                AggregationInterval::OneMinute => 60,
                AggregationInterval::TenMinutes => 600,
            })
            .log_destination_type("cloud-watch-logs")
            .log_destination(log_group.arn())
            .log_format(format)
            .iam_role_arn(role.arn())
            // Else the first records could come before the role may deliver them.
            .depends_on(&policy);
        // Named after what it watches.
        let local = purpose.map_or_else(Local::new, |purpose| Local::new().purpose(purpose));
        let flow_log = scope.with(local).place(flow_log)?;
        Ok(FlowLogsOutputs { flow_log, log_group, role })
    }
}

/// Rejects overrides of what the role and its policy are computed from, and of what `FlowLogs` has an option for that is
/// checked.
fn check_overrides(scope: &Scope<'_>) -> Result<()> {
    const OWN: &str = "place ec2::FlowLog yourself: this one has a log group and a role of its own";
    overrides::reject::<ec2::FlowLog>(
        scope,
        &[
            ("deliver_cross_account_role", OWN),
            ("iam_role_arn", OWN),
            ("log_destination", OWN),
            ("log_destination_type", OWN),
            ("log_format", "use FlowLogs::format"),
            ("vpc_id", "use FlowLogs::of"),
            REGION,
        ],
    )
}

/// A format is fields of the form `${name}`, separated by spaces.
fn checked_format(format: String) -> Result<String> {
    let is_field = |part: &str| {
        let name = part.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
    };
    match format.split(' ').find(|part| !is_field(part)) {
        None => Ok(format),
        Some(part) => Err(Error::new(format!("the flow log format has {part:?}, which is no field"))
            .remedy("write fields such as ${srcaddr}, separated by single spaces")),
    }
}

/// A role that only the flow logs of this account and region can use, and only for this log group.
fn delivery_role(
    scope: &mut Scope<'_>,
    log_group: &logs::CloudwatchLogGroupHandle,
) -> Result<(iam::RoleHandle, iam::RolePolicyHandle)> {
    let site = Site::of(scope)?;
    let flow_logs = site.arn("ec2", scope)?.resource("vpc-flow-log/*");
    let trust = PolicyDocument::new().statement(
        Statement::allow()
            .principal(Principal::service("vpc-flow-logs.amazonaws.com"))
            .actions(["sts:AssumeRole"])
            .condition(Condition::string_equals("aws:SourceAccount", site.account_id(scope)?))
            .condition(Condition::arn_like("aws:SourceArn", flow_logs)),
    );
    let permissions = PolicyDocument::new()
        .statement(
            Statement::allow()
                .actions(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"])
                .resources([log_group.arn(), log_group.arn() + ":*"]),
        )
        // It lists groups, so it cannot be narrowed to one.
        .statement(Statement::allow().actions(["logs:DescribeLogGroups"]).resources(["*"]));
    let role = scope.place(iam::Role::new(trust).description("Delivers VPC flow logs to CloudWatch Logs"))?;
    let policy = scope.place(iam::RolePolicy::new(permissions, role.id()))?;
    Ok((role, policy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_checked() {
        assert!(checked_format("${version} ${az-id}".into()).is_ok());
        for format in ["", "version", "${version}  ${az-id}", "${Version}", "$version", "${}"] {
            assert!(checked_format(format.into()).is_err(), "{format}");
        }
    }
}
