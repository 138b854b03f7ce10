//! Phase 0, applied once by hand: `cargo run --example bootstrap` writes synth/bootstrap/*.tf.json.
//!
//! It makes what everything else needs: the bucket and the lock of remote states, and the roles by which GitHub Actions gets
//! in without static credentials. Pull requests may plan; only jobs of an environment may apply, and only to that one.

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

/// State, identity and permissions.
pub fn bootstrap(app: &mut App) -> Result<()> {
    // What the roles may do is computed from the networks, which are described here and written by their own programs.
    let mut networks = App::new(mikamirai::organisation());
    dev::dev(&mut networks)?;
    prod::prod(&mut networks)?;
    let networks = networks.synth()?;

    let mut bootstrap = app.stack("bootstrap", mikamirai::shared())?;
    // Once it is applied, its own state can move into the bucket: add this line, synthesize again, and run
    // `terraform init -migrate-state -backend-config=shared.s3.tfbackend` in synth/bootstrap.
    // bootstrap.backend(mikamirai::state().backend());
    bootstrap.add("state", mikamirai::state())?;
    let github = bootstrap.add("github", OidcProvider::github())?;
    bootstrap.add("boundary", iam::Policy::new(mikamirai::within()).name(mikamirai::BOUNDARY))?;
    let role = || OidcRole::github(mikamirai::REPOSITORY).provider(&github);

    let mut applying = Vec::new();
    for environment in ["dev", "prod"] {
        let stacks = networks.stacks().filter(|stack| stack.environment() == Some(environment));
        // While resource types of dev come and go, both roles must keep what its state still has:
        // Permissions::apply(stacks)?.keep("dev/network", &bootstrap.input("earlier/dev-network.json")?)?
        let apply = role()
            .name(mikamirai::role(environment))
            .subjects([Subject::environment(environment)])
            .permissions(Permissions::apply(stacks)?);
        applying.push(bootstrap.add(&format!("apply-{environment}"), apply)?);
    }
    let plan = role()
        .name(mikamirai::role("plan"))
        .subjects([Subject::pull_request(), Subject::branch("main")])
        // It compares each plan with what the role that applies it grants.
        .reads_policies_of(&applying)
        .permissions(Permissions::plan(networks.stacks())?);
    bootstrap.add("plan", plan)?;
    Ok(())
}
