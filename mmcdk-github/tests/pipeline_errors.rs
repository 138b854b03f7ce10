//! What a pipeline refuses.

mod common;

use common::read::importing;
use common::{app, complete, dev, pipeline, prod};
use mmcdk_core::{App, Environment, Organisation, Result};
use mmcdk_github::{Deployment, Pipeline, Program};

#[track_caller]
fn refused(pipeline: Pipeline, expected: &[&str]) {
    let error = match pipeline.workflow().and_then(|workflow| workflow.to_yaml()) {
        Ok(yaml) => panic!("it is accepted:\n{yaml}"),
        Err(error) => error.to_string(),
    };
    for expected in expected {
        assert!(error.contains(expected), "{expected:?} is not in:\n{error}");
    }
}

#[test]
fn a_state_that_ci_would_forget_is_refused() -> Result<()> {
    let mut app = App::new(Organisation::new("MM"));
    app.stack("network", Environment::new("dev"))?;
    let synthesis = app.synth()?;
    refused(
        pipeline(&synthesis).environment(dev()),
        &["dev/network: its state is a file beside its configuration", "; give the stack an S3Backend"],
    );
    Ok(())
}

#[test]
fn environments_of_the_app_and_of_the_pipeline_are_the_same() -> Result<()> {
    let synthesis = app(&["dev/network", "prod/network", "sandbox/network"])?;
    let both = || pipeline(&synthesis).environment(dev()).environment(prod());
    assert!(both().without("sandbox").workflow().is_ok());
    refused(
        both(),
        &[
            "pipeline: nothing deploys the environment \"sandbox\" of the app; add .environment for it, or .without(\"sandbox\")",
        ],
    );
    refused(
        both().without("sandbox").environment(complete(Deployment::automatic("prd"), "111122223333")),
        &["pipeline/prd: the app has no stack in the environment \"prd\"; did you mean \"prod\"?"],
    );
    refused(
        both().without("sandbx"),
        &["it is without \"sandbx\", which the app does not have; did you mean \"sandbox\"?"],
    );
    refused(both().without("sandbox").without("dev"), &["it is without \"dev\", and deploys it"]);
    refused(both().without("sandbox").environment(dev()), &["the environment \"dev\" is deployed twice"]);
    refused(pipeline(&synthesis), &["no environment is deployed"]);
    Ok(())
}

#[test]
fn plans_run_in_no_environment_that_is_applied() -> Result<()> {
    let synthesis = app(&["dev/network", "prod/network"])?;
    let planned_in =
        |environment: &str| pipeline(&synthesis).environment(dev().plan_environment(environment)).environment(prod());
    for (environment, applied) in [("dev", "dev"), ("DEV", "dev"), ("prod", "prod"), ("Prod", "prod")] {
        let expected = format!("pipeline/dev: plans would run in the environment of {applied}, ");
        refused(planned_in(environment), &[&expected, "; name another plan_environment"]);
    }
    assert!(planned_in("plan").workflow().is_ok());
    Ok(())
}

#[test]
fn environments_come_one_after_the_other() -> Result<()> {
    let synthesis = app(&["dev/network", "prod/network"])?;
    refused(
        pipeline(&synthesis).environment(dev().after("prod")).environment(prod()),
        &["environments come after each other in a circle: dev → prod → dev; leave one .after away"],
    );
    refused(
        pipeline(&synthesis).environment(dev()).environment(prod().after("staging")),
        &["pipeline/prod: it comes after \"staging\", which the pipeline does not deploy"],
    );
    Ok(())
}

#[test]
fn what_a_stack_imports_is_applied_before_it() -> Result<()> {
    let synthesis = importing(&[("shared/dns", &[]), ("dev/network", &["shared/dns"])])?;
    let shared = || complete(Deployment::automatic("shared"), "111122223333");
    refused(
        pipeline(&synthesis).environment(shared()).environment(dev()),
        &[
            "dev/network: it imports from shared/dns, and shared is not applied before dev; add .after(\"shared\") to the \
             deployment of dev",
        ],
    );
    refused(
        pipeline(&synthesis).environment(shared().after("dev")).environment(dev()),
        &["shared is not applied before dev"],
    );
    assert!(pipeline(&synthesis).environment(shared()).environment(dev().after("shared")).workflow().is_ok());
    // One that is left out is applied by somebody else.
    assert!(pipeline(&synthesis).without("shared").environment(dev()).workflow().is_ok());

    let synthesis = importing(&[("a/x", &[]), ("b/x", &[]), ("c/x", &["a/x"])])?;
    let [a, b, c] = ["a", "b", "c"].map(|name| complete(Deployment::automatic(name), "111122223333"));
    let through = pipeline(&synthesis).environment(c.after("b")).environment(b.after("a")).environment(a);
    assert!(through.workflow().is_ok());
    Ok(())
}

#[test]
fn settings_are_required_and_well_formed() -> Result<()> {
    let synthesis = app(&["dev/network"])?;
    let with = || pipeline(&synthesis).environment(dev());
    refused(
        Pipeline::terraform(synthesis.stacks()).environment(Deployment::automatic("dev")),
        &["it has no program", "no version of Terraform", "it has no region", "it has no apply_role"],
    );
    for version in ["0.12.31", "1.9.8"] {
        let expected =
            format!("Terraform {version} cannot apply dev/network, which requires >= 1.10.0; choose a version");
        refused(with().terraform_version(version), &[&expected]);
    }
    for version in ["1.11", "1.011.4", "~> 1.11", "1.11.x", "v1.11.4", "latest", ""] {
        refused(with().terraform_version(version), &[&format!("the version of Terraform {version:?} is not exact")]);
    }
    for directory in ["", ".", "/synth", "../synth", "synth/", "a b", "-x", "$(id)"] {
        refused(with().directory(directory), &[&format!("the directory {directory:?} is no folder")]);
    }
    for name in ["", "a b", "-x", "a;b"] {
        refused(with().program(Program::bin(name)), &[&format!("the program {name:?} cannot be one")]);
        refused(with().program(Program::bin("x").package(name)), &[&format!("the program {name:?} cannot be one")]);
    }
    refused(with().branch("main' || true"), &["the branch \"main' || true\" is none"]);
    refused(with().file("a/b"), &["\"a/b\" cannot name a file"]);
    Ok(())
}
