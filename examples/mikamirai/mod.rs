//! The organisation MikaMirAI: its names, its mandatory tags and its accounts, in one place.

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
    Organisation::new("MM").mandatory_tags(tags("any").keys())
}

/// An environment in its own account.
pub fn environment(name: &str, region: Region) -> Environment {
    // Yours go here: with credentials of another account Terraform refuses to plan.
    let account = if name == "prod" { "444455556666" } else { "111122223333" };
    Environment::new(name, region).account(account).tags(tags(name))
}

fn tags(environment: &str) -> Tags {
    MandatoryTags {
        project: "mikamirai",
        environment,
        owner: "platform@mikamirai.example",
        team: "platform",
        cost_center: "infrastructure",
        service: "network",
        repository: "mikamirai/infrastructure",
        managed_by: "terraform",
        data_classification: "internal",
        criticality: if environment == "prod" { "high" } else { "low" },
        backup: "none",
        compliance: "none",
    }
    .into()
}
