//! How one environment is deployed.

use std::fmt;
use std::ops::RangeInclusive;

use super::guarded::{GuardSettings, Setting};
use crate::job::Minutes;
use crate::problems::Problems;

/// How one environment is deployed: by which roles, after which other environments, and whether somebody approves.
///
/// The roles are assumed by OIDC, and their trust policies must match the subject that GitHub gives to each job:
///
/// | role | job | subject |
/// |---|---|---|
/// | [`plan_role`](Self::plan_role) | plans of a pull request | `repo:OWNER/REPOSITORY:pull_request` |
/// | [`plan_role`](Self::plan_role) | the plan to approve, on the main branch | `repo:OWNER/REPOSITORY:ref:refs/heads/main` |
/// | [`apply_role`](Self::apply_role) | applying | `repo:OWNER/REPOSITORY:environment:<environment>` |
///
/// With a [`plan_environment`](Self::plan_environment) the role that plans is assumed by jobs of that environment instead.
///
/// `main` is the [branch](crate::Pipeline::branch) of the pipeline. Where the repository has immutable subjects,
/// `OWNER@ID/REPOSITORY@ID` stands for `OWNER/REPOSITORY`.
///
/// Whoever can open a pull request from a branch of the repository can use the role that plans; it should only read. Nobody
/// can use the role that applies outside of GitHub's environment of the same name. Restrict that environment's deployment
/// branches to the main branch: else a pull request that changes the workflow could deploy to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub(super) environment: String,
    pub(super) gate: Gate,
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) plan_role: Option<String>,
    pub(super) apply_role: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) plan_environment: Option<String>,
    pub(super) after: Vec<String>,
    pub(super) guard: GuardSettings,
    pub(super) apply_timeout: Minutes,
    pub(super) compares_role: bool,
}

/// What stands between a merge and applying it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Gate {
    Automatic,
    Approved,
}

/// How many minutes applying may take: AWS gives credentials for 15 or more, and up to 720
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>), and GitHub stops a job on its
/// own runners after 360.
const APPLY_TIMEOUTS: RangeInclusive<u32> = 15..=360;

impl Deployment {
    /// An environment to which every merge is applied. The run warns where every branch can deploy to GitHub's environment
    /// of the same name.
    pub fn automatic(environment: impl Into<String>) -> Self {
        Self::new(environment.into(), Gate::Automatic)
    }

    /// An environment to which a merge is applied when a required reviewer of GitHub's environment of the same name has
    /// approved the plan. Nothing is applied where that environment has no required reviewers, or where every branch can
    /// deploy to it.
    pub fn approved(environment: impl Into<String>) -> Self {
        Self::new(environment.into(), Gate::Approved)
    }

    fn new(environment: String, gate: Gate) -> Self {
        Self {
            environment,
            gate,
            region: None,
            account: None,
            plan_role: None,
            apply_role: None,
            audience: None,
            plan_environment: None,
            after: Vec::new(),
            guard: GuardSettings::default(),
            apply_timeout: Minutes(60),
            compares_role: true,
        }
    }

    /// The region in which the credentials are asked for; required.
    #[must_use]
    pub fn region(mut self, region: impl fmt::Display) -> Self {
        self.region = Some(region.to_string());
        self
    }

    /// The account that the credentials must be of; required.
    #[must_use]
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.account = Some(id.into());
        self
    }

    /// The ARN of the role that plans, which should only read; required.
    #[must_use]
    pub fn plan_role(mut self, arn: impl Into<String>) -> Self {
        self.plan_role = Some(arn.into());
        self
    }

    /// The ARN of the role that applies; required, and another one than the role that plans.
    #[must_use]
    pub fn apply_role(mut self, arn: impl Into<String>) -> Self {
        self.apply_role = Some(arn.into());
        self
    }

    /// The audience of the tokens, if the trust policies of the roles do not require the usual one.
    ///
    /// It defaults to that of the roles' partition, which `OidcRole` of `mmcdk-aws` requires: `sts.amazonaws.com.cn` in China,
    /// `sts.amazonaws.com` elsewhere.
    #[must_use]
    pub fn token_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The environment of GitHub in which plans run, by default none.
    ///
    /// It is for those who have one role for everything: that role can write, so pull requests may not assume it as such, and
    /// the required reviewers of this environment approve every plan. Without them no plan is made: a job that can do nothing
    /// else reads the environment's rules before.
    ///
    /// Give it required reviewers *before* the role trusts it: GitHub makes an environment that it does not know at its first
    /// use, without any rule, and a pull request that changes the workflow leaves out what reads the rules. Deployment
    /// branches are no protection here: the ref of a pull request is `refs/pull/N/merge`, whatever branch it comes from.
    #[must_use]
    pub fn plan_environment(mut self, environment: impl Into<String>) -> Self {
        self.plan_environment = Some(environment.into());
        self
    }

    /// Only after that environment was applied.
    #[must_use]
    pub fn after(mut self, environment: impl Into<String>) -> Self {
        self.after.push(environment.into());
        self
    }

    /// The address of something that may be destroyed or replaced, such as `aws_s3_bucket.trail`. By default none.
    ///
    /// The guard rejects every plan that destroys what holds data, what holds the environment together, or what mmcdk does
    /// not know, so that no such change is applied by accident. If it is meant, name what goes, merge, and remove the
    /// address afterwards. A pattern such as `aws_subnet.core_*` or `*.core_*` names many at once, but nothing that holds
    /// data, and no type that mmcdk does not know.
    #[must_use]
    pub fn allow_destroy(self, address: impl Into<String>) -> Self {
        self.guarded(Setting::AllowDestroy, address)
    }

    /// Rejects every plan that destroys or replaces anything else, whatever it is.
    #[must_use]
    pub fn refuse_destroy(mut self) -> Self {
        self.guard.refuse_destroy();
        self
    }

    /// The key of the tag that names the environment. By default the one that the organisation declares.
    #[must_use]
    pub fn tag(self, key: impl Into<String>) -> Self {
        self.guarded(Setting::Tag, key)
    }

    /// A further value of the environment's tag that data sources may have and policies may select, such as that of shared
    /// images. What the program's shared stacks are tagged with needs none.
    #[must_use]
    pub fn readable_tag(self, value: impl Into<String>) -> Self {
        self.guarded(Setting::ReadableTag, value)
    }

    /// An account that may be referred to, such as a vendor's or that of central logs.
    #[must_use]
    pub fn foreign_account(self, id: impl Into<String>) -> Self {
        self.guarded(Setting::ForeignAccount, id)
    }

    /// A name that may be referred to, with `*` for what differs, such as that of a central event bus.
    #[must_use]
    pub fn foreign_name(self, glob: impl Into<String>) -> Self {
        self.guarded(Setting::ForeignName, glob)
    }

    /// Addresses that may be referred to, such as those of a peered network: `10.0.0.0/16`.
    #[must_use]
    pub fn foreign_cidr(self, range: impl Into<String>) -> Self {
        self.guarded(Setting::ForeignCidr, range)
    }

    /// How long applying a stack may take, from 15 minutes to 6 hours; 60 minutes where nothing is said.
    ///
    /// The credentials of the role that applies last as long. Beyond an hour its session must allow that: `OidcRole::session`
    /// of `mmcdk-aws`, or the role's `max_session_duration`.
    #[must_use]
    pub fn apply_timeout(mut self, timeout: Minutes) -> Self {
        self.apply_timeout = timeout;
        self
    }

    /// Applies plans without comparing what they take with what the role that applies grants.
    ///
    /// It is for roles whose policies the jobs may not read, or that are given what they need in another way. A change that
    /// the role does not carry then stops half-way, when AWS denies a request.
    #[must_use]
    pub fn without_role_comparison(mut self) -> Self {
        self.compares_role = false;
        self
    }

    /// The audience that the tokens must have, if it is not the one that the action asks for by itself.
    pub(super) fn audience(&self) -> Option<&str> {
        let partition = self.apply_role.as_deref().and_then(RoleArn::parse).map(|role| role.partition);
        let usual = if partition == Some("aws-cn") { AUDIENCE_OF_CHINA } else { AUDIENCE };
        Some(self.audience.as_deref().unwrap_or(usual)).filter(|audience| *audience != AUDIENCE)
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let Self {
            environment,
            gate: _,
            region,
            account,
            plan_role,
            apply_role,
            audience,
            plan_environment,
            after: _,
            guard,
            apply_timeout,
            compares_role: _,
        } = self;
        let place = format!("pipeline/{environment}");
        match region {
            None => problems.add(&place, "it has no region", "add .region(\"us-east-1\") or another one"),
            Some(region) if !is_region(region) => {
                problems.add(&place, format!("{region:?} is not a region"), "write one such as us-east-1");
            }
            Some(_) => {}
        }
        match account {
            None => problems.add(&place, "it has no account", "add .account with the 12 digits of the account"),
            Some(account) if !is_account(account) => {
                problems.add(&place, format!("the account {account:?} is none"), "write its 12 digits");
            }
            Some(_) => {}
        }
        for (role, setter) in [(plan_role, "plan_role"), (apply_role, "apply_role")] {
            match role.as_ref().map(|arn| (arn, RoleArn::parse(arn))) {
                None => {
                    let remedy = format!("add .{setter} with the ARN of a role that GitHub may assume by OIDC");
                    problems.add(&place, format!("it has no {setter}"), remedy);
                }
                Some((arn, None)) => problems.add(
                    &place,
                    format!("the {setter} {arn:?} is not the ARN of a role"),
                    "write one such as arn:aws:iam::111122223333:role/deploy",
                ),
                Some((arn, Some(role))) => {
                    if let Some(account) = account.as_ref().filter(|account| *account != role.account) {
                        problems.add(
                            &place,
                            format!("the {setter} {arn:?} is of the account {}", role.account),
                            format!("name a role of {account}, or correct the account"),
                        );
                    }
                    if let Some(region) = region.as_ref().filter(|region| partition_of(region) != role.partition) {
                        problems.add(
                            &place,
                            format!(
                                "the {setter} {arn:?} cannot be assumed in {region}, which is in the partition {}",
                                partition_of(region)
                            ),
                            "name a role of that partition, or correct the region",
                        );
                    }
                }
            }
        }
        if let Some(audience) = audience.as_ref().filter(|audience| !is_audience(audience)) {
            problems.add(
                &place,
                format!("{audience:?} cannot be the audience of a token"),
                "write what the role's trust policy requires, such as sts.amazonaws.com",
            );
        }
        if plan_role.is_some() && plan_role == apply_role && plan_environment.is_none() {
            problems.add(
                &place,
                "one role plans and applies, so that every pull request could apply",
                "name two roles, of which the plan_role can only read, or let plans run in a plan_environment",
            );
        }
        if !APPLY_TIMEOUTS.contains(&apply_timeout.0) {
            problems.add(
                &place,
                format!("applying may take {} minutes", apply_timeout.0),
                format!("choose {} to {}", APPLY_TIMEOUTS.start(), APPLY_TIMEOUTS.end()),
            );
        }
        guard.check(&place, problems);
    }

    fn guarded(mut self, setting: Setting, value: impl Into<String>) -> Self {
        self.guard.add(setting, value);
        self
    }
}

pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.chars().all(|digit| digit.is_ascii_digit())
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn is_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let (Some((last, words)), true) = (parts.split_last(), parts.len() >= 3) else { return false };
    let word = |word: &&str| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase());
    words.iter().all(word) && !last.is_empty() && last.chars().all(|digit| digit.is_ascii_digit())
}

/// Whom `aws-actions/configure-aws-credentials` asks tokens for, if nothing else is said.
/// <https://github.com/aws-actions/configure-aws-credentials#oidc-audience>
const AUDIENCE: &str = "sts.amazonaws.com";

/// The audience of tokens for roles in China.
const AUDIENCE_OF_CHINA: &str = "sts.amazonaws.com.cn";

fn is_audience(audience: &str) -> bool {
    (1..=255).contains(&audience.len()) && audience.chars().all(|letter| letter.is_ascii_graphic())
}

/// How the names of regions outside the partition `aws` begin.
/// <https://github.com/hashicorp/aws-sdk-go-base/blob/v2.0.0-beta.72/endpoints/endpoints_gen.go>
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
];

fn partition_of(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
}

/// What the ARN of a role says: `arn:aws:iam::111122223333:role/path/name`.
struct RoleArn<'a> {
    partition: &'a str,
    account: &'a str,
}

impl<'a> RoleArn<'a> {
    fn parse(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts[..] else { return None };
        let name = resource.strip_prefix("role/")?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_/-".contains(letter);
        let known = partition == "aws" || partition.starts_with("aws-");
        let whole = known && is_account(account) && !name.is_empty() && !name.ends_with('/') && name.chars().all(fits);
        whole.then_some(Self { partition, account })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dev() -> Deployment {
        Deployment::automatic("dev")
            .region("us-east-1")
            .account("111122223333")
            .plan_role("arn:aws:iam::111122223333:role/ci/plan")
            .apply_role("arn:aws:iam::111122223333:role/apply")
    }

    #[track_caller]
    fn check(deployment: Deployment, expected: &[&str]) {
        let mut problems = Problems::default();
        deployment.check(&mut problems);
        let found = problems.into_result().map_or_else(|error| error.to_string(), |()| String::new());
        assert_eq!(found.is_empty(), expected.is_empty(), "{found}");
        for expected in expected {
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        check(dev(), &[]);
        check(dev().region("mx-central-1"), &[]);
        check(
            Deployment::approved("dev"),
            &["pipeline/dev: it has no region", "no account", "no plan_role", "no apply_role"],
        );
        for region in ["us-east", "us-east-1a", "US-EAST-1", "", "us--1"] {
            check(dev().region(region), &[&format!("{region:?} is not a region")]);
        }
        check(dev().account("1111-2222-3333"), &["\"1111-2222-3333\" is none; write its 12 digits"]);
        check(dev().account("999999999999"), &["is of the account 111122223333; name a role of 999999999999"]);
        for role in [
            "plan",
            "arn:aws:iam::1:role/plan",
            "arn:aws:iam::111122223333:user/plan",
            "arn:aws:iam::111122223333:role/",
        ] {
            check(dev().plan_role(role), &[&format!("the plan_role {role:?} is not the ARN of a role")]);
        }
        check(dev().allow_destroy("bucket"), &["\"bucket\" is no address that may be destroyed"]);
        check(dev().foreign_account("1111"), &["\"1111\" is not an account; write its 12 digits"]);
        check(dev().tag("Stage").tag("Env"), &["two tags name the environment"]);
        check(dev().apply_timeout(Minutes(15)).apply_timeout(Minutes(360)), &[]);
        for minutes in [0, 14, 361] {
            let expected = format!("applying may take {minutes} minutes; choose 15 to 360");
            check(dev().apply_timeout(Minutes(minutes)), &[&expected]);
        }
        for audience in ["", "a b", "a\nb"] {
            check(dev().token_audience(audience), &[&format!("{audience:?} cannot be the audience")]);
        }
        let one = dev().plan_role("arn:aws:iam::111122223333:role/apply");
        check(one.clone(), &["every pull request could apply"]);
        check(one.plan_environment("plan"), &[]);
    }
    #[test]
    fn roles_are_assumed_in_their_own_partition_and_by_its_audience() {
        let regions = [
            ("us-east-1", "aws", None),
            ("cn-north-1", "aws-cn", Some("sts.amazonaws.com.cn")),
            ("us-gov-west-1", "aws-us-gov", None),
            ("eusc-de-east-1", "aws-eusc", None),
            ("us-iso-east-1", "aws-iso", None),
            ("us-isob-east-1", "aws-iso-b", None),
            ("eu-isoe-west-1", "aws-iso-e", None),
            ("us-isof-south-1", "aws-iso-f", None),
        ];
        for (region, own, audience) in regions {
            for (_, partition, _) in regions {
                let role = |name: &str| format!("arn:{partition}:iam::111122223333:role/{name}");
                let deployment = dev().region(region).plan_role(role("plan")).apply_role(role("apply"));
                if partition == own {
                    check(deployment.clone(), &[]);
                    assert_eq!(deployment.audience(), audience, "{region}");
                    assert_eq!(deployment.token_audience("mine").audience(), Some("mine"));
                } else {
                    let expected = format!("cannot be assumed in {region}, which is in the partition {own}");
                    check(deployment, &[&format!("the plan_role {:?} {expected}", role("plan")), &expected]);
                }
            }
        }
        let china = |name: &str| format!("arn:aws-cn:iam::111122223333:role/{name}");
        let deployment = dev().region("cn-north-1").plan_role(china("plan")).apply_role(china("apply"));
        assert_eq!(deployment.token_audience("sts.amazonaws.com").audience(), None);
    }
}
