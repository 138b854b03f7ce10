//! Phase 0 with a single role: `cargo run --example bootstrap_one_role` writes synth/bootstrap/*.tf.json.
//!
//! One role plans and applies everything. It is less to set up than `bootstrap`, and it separates less: a job of dev could
//! change prod. Since it can write, pull requests cannot assume it; their plans run in a GitHub environment of their own,
//! `plan`, that lets in whom you trust.

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
    mmcdk::run(mikamirai::organisation(), bootstrap)
}

/// State, identity, and one role for both environments.
pub fn bootstrap(app: &mut App) -> Result<()> {
    let mut networks = App::new(mikamirai::organisation());
    dev::dev(&mut networks)?;
    prod::prod(&mut networks)?;
    let networks = networks.synth()?;

    let mut bootstrap = app.stack("bootstrap", mikamirai::shared())?;
    bootstrap.add("state", mikamirai::state())?;
    let github = bootstrap.add("github", OidcProvider::github())?;
    bootstrap.add("boundary", iam::Policy::new(mikamirai::within()).name(mikamirai::BOUNDARY))?;
    let actions = OidcRole::github(mikamirai::REPOSITORY)
        .name("MM-github-actions-role")
        .provider(&github)
        .subjects(["plan", "dev", "prod"].map(Subject::environment))
        .permissions(Permissions::apply(networks.stacks())?);
    bootstrap.add("actions", actions)?;
    Ok(())
}
