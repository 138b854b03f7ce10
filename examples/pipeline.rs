//! Phase 2: `cargo run --example pipeline` writes synth/.github/workflows/terraform.yaml beside both environments' stacks.
//!
//! Pull requests are planned, guarded and commented; a merge is applied to dev and, when somebody has approved the plan, to
//! prod. GitHub Actions gets in by the roles of `bootstrap`, without static credentials.

#![allow(
    dead_code,
    clippy::duplicate_mod,
    reason = "the networks are programs of their own, each with the organisation"
)]

#[path = "dev.rs"]
mod dev;
mod mikamirai;
#[path = "prod.rs"]
mod prod;

use mmcdk::prelude::*;

fn main() -> ExitCode {
    mmcdk::run(mikamirai::organisation(), pipeline)
}

/// Both environments, and how they are deployed.
pub fn pipeline(app: &mut App) -> Result<()> {
    dev::dev(app)?;
    prod::prod(app)?;

    let workflow = Pipeline::terraform(app.stacks())
        .program(Program::example("pipeline"))
        .terraform_version("1.11.4")
        .environment(by_its_roles("dev", Deployment::automatic("dev")))
        .environment(by_its_roles("prod", Deployment::approved("prod")).after("dev"))
        .workflow()?;
    app.file(&workflow.path(), workflow.to_yaml()?)
}

/// Plans by the role that reads, and applies by the environment's own.
fn by_its_roles(environment: &str, deployment: Deployment) -> Deployment {
    let arn = |purpose: &str| format!("arn:aws:iam::{}:role/{}", mikamirai::ACCOUNT, mikamirai::role(purpose));
    deployment.region(Region::UsEast1).account(mikamirai::ACCOUNT).plan_role(arn("plan")).apply_role(arn(environment))
}
