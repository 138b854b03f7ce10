//! Apps of empty stacks, pipelines for them, and what is read of their workflows.

#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod read;
#[cfg(unix)]
pub mod runner;

use mmcdk_core::{App, Environment, Home, Organisation, Result, S3Backend, Synthesis};
use mmcdk_github::{Deployment, Pipeline, Program};

/// An app whose stacks have these paths and keep their states in S3: `dev/network`, or `bootstrap` for a shared one.
pub fn app(paths: &[&str]) -> Result<Synthesis> {
    let mut app = App::new(Organisation::new("MM"));
    for path in paths {
        let mut stack = match path.split_once('/') {
            Some((environment, id)) => app.stack(id, Environment::new(environment))?,
            None => app.stack(path, Home::shared())?,
        };
        stack.backend(S3Backend::new("mm-state", "us-east-1").partial());
    }
    app.synth()
}

pub fn complete(deployment: Deployment, account: &str) -> Deployment {
    deployment
        .region("us-east-1")
        .account(account)
        .plan_role(format!("arn:aws:iam::{account}:role/MM-plan"))
        .apply_role(format!("arn:aws:iam::{account}:role/MM-apply"))
}

pub fn dev() -> Deployment {
    complete(Deployment::automatic("dev"), "111122223333")
}

pub fn prod() -> Deployment {
    complete(Deployment::approved("prod"), "444455556666").after("dev")
}

/// A pipeline to which only the deployments must be added.
pub fn pipeline(synthesis: &Synthesis) -> Pipeline {
    Pipeline::terraform(synthesis.stacks()).program(Program::example("pipeline")).terraform_version("1.11.4")
}
