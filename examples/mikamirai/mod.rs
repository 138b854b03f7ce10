//! The organisation MikaMirAI: its names, its mandatory tags and its accounts, in one place.

#![allow(dead_code, reason = "each program uses what it needs of it")]

use mmcdk::prelude::*;

/// The tags that every resource carries. A key is added here and nowhere else: the compiler then asks for it below.
struct MandatoryTags<'a> {
    project: &'a str,
    environment: &'a str,
    owner: &'a str,
    team: &'a str,
    cost_center: &'a str,
    service: &'a str,
    repository: &'a str,
    managed_by: &'a str,
    data_classification: &'a str,
    criticality: &'a str,
    backup: &'a str,
    compliance: &'a str,
}

impl From<MandatoryTags<'_>> for Tags {
    fn from(tags: MandatoryTags<'_>) -> Self {
        let MandatoryTags {
            project,
            environment,
            owner,
            team,
            cost_center,
            service,
            repository,
            managed_by,
            data_classification,
            criticality,
            backup,
            compliance,
        } = tags;
        Tags::from([
            ("Project", project),
            ("Environment", environment),
            ("Owner", owner),
            ("Team", team),
            ("CostCenter", cost_center),
            ("Service", service),
            ("Repository", repository),
            ("ManagedBy", managed_by),
            ("DataClassification", data_classification),
            ("Criticality", criticality),
            ("Backup", backup),
            ("Compliance", compliance),
        ])
    }
}

/// Names are `MM-{environment}-{region}-{zone}-{resource}-{purpose}`; a resource without the mandatory tags is an error.
pub fn organisation() -> Organisation {
    // A deployer that writes role policies could escalate its own privileges; the boundary limits every role it creates.
    let permissions = PermissionTable::standard().boundary(boundary());
    Organisation::new("MM").mandatory_tags(tags("any").keys()).with(permissions)
}

/// Yours goes here: with credentials of another account Terraform refuses to plan.
pub const ACCOUNT: &str = "111122223333";

/// Where the program lives.
pub const REPOSITORY: &str = "mikamirai/infrastructure";

/// An environment in the organisation's account.
pub fn environment(name: &str, region: Region) -> Environment {
    Environment::new(name, region).account(ACCOUNT).tags(tags(name))
}

/// What all environments share.
pub fn shared() -> Shared {
    Shared::new(Region::UsEast1).account(ACCOUNT).tags(tags("shared"))
}

/// The name of a role that GitHub Actions assumes: `plan`, or an environment to apply.
pub fn role(purpose: &str) -> String {
    format!("MM-github-{purpose}-role")
}

/// The policy beyond which no role goes that deployments make.
pub const BOUNDARY: &str = "MM-deployed-roles";

/// What that policy allows: to write logs. Whoever deploys roles that do more adds that here.
pub fn within() -> PolicyDocument {
    let groups = format!("arn:aws:logs:*:{ACCOUNT}:log-group:MM-*");
    PolicyDocument::new()
        .statement(
            Statement::allow()
                .actions(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"])
                .resources([groups.clone(), groups + ":*"]),
        )
        .statement(Statement::allow().actions(["logs:DescribeLogGroups"]).resources(["*"]))
}

/// The ARN of that policy.
pub fn boundary() -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{BOUNDARY}")
}

/// What is common to all stacks that are deployed by GitHub Actions.
pub fn deployed() -> Local {
    Local::new().set_on::<iam::Role>("permissions_boundary", boundary())
}

/// Where remote states are, and how they are locked.
pub fn state() -> StateStore {
    StateStore::new("mm-terraform-state", Region::UsEast1).lock(StateLock::dynamo_db("MM-terraform-lock"))
}

fn tags(environment: &str) -> Tags {
    MandatoryTags {
        project: "mikamirai",
        environment,
        owner: "platform@mikamirai.example",
        team: "platform",
        cost_center: "infrastructure",
        service: "network",
        repository: REPOSITORY,
        managed_by: "terraform",
        data_classification: "internal",
        criticality: if environment == "prod" { "high" } else { "low" },
        backup: "none",
        compliance: "none",
    }
    .into()
}
