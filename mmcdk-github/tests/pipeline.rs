//! What the pipeline of an app does, in which order, and by which rights.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::read::{Read, importing, of, thing};
use common::{app, complete, dev, pipeline, prod};
use mmcdk_core::{App, Environment, Organisation, Result, S3Backend, Value};
use mmcdk_github::{Deployment, Minutes, Pipeline, Program};
use serde_json::Value as Json;

#[test]
fn nothing_may_do_more_than_it_must() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod()])?;
    assert_eq!(read.0["permissions"], serde_json::json!({}));
    for (id, job) in read.jobs() {
        let expected = match id {
            "check" => serde_json::json!({"contents": "read"}),
            "comment" => serde_json::json!({"pull-requests": "write"}),
            "preflight-dev" | "preflight-prod" => serde_json::json!({"actions": "read"}),
            "plan-dev" | "plan-prod" => serde_json::json!({"id-token": "write"}),
            _ => serde_json::json!({"id-token": "write", "contents": "read"}),
        };
        assert_eq!(job["permissions"], expected, "{id}");
        assert!(job["timeout-minutes"].as_u64().is_some_and(|minutes| minutes <= 60), "{id}");
    }
    let yaml = pipeline(&app(&["dev/network"])?).environment(dev()).workflow()?.to_yaml()?;
    assert!(!yaml.contains("secrets.") && !yaml.contains("AWS_ACCESS_KEY_ID") && !yaml.contains("aws-access-key"));
    Ok(())
}

#[test]
fn only_the_job_that_applies_is_in_the_environment_and_has_its_role() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod()])?;
    for (id, job) in read.jobs() {
        let (environment, role) = match id {
            "apply-dev" => (Json::from("dev"), "arn:aws:iam::111122223333:role/MM-apply"),
            "apply-prod" => (Json::from("prod"), "arn:aws:iam::444455556666:role/MM-apply"),
            "plan-dev" => (Json::Null, "arn:aws:iam::111122223333:role/MM-plan"),
            "plan-prod" | "propose-prod" => (Json::Null, "arn:aws:iam::444455556666:role/MM-plan"),
            _ => {
                assert!(!job.to_string().contains("role-to-assume"), "{id}");
                continue;
            }
        };
        assert_eq!(job["environment"], environment, "{id}");
        let what = if id.starts_with("apply") { "Assume the role that applies" } else { "Assume the role that plans" };
        let inputs = &read.step(id, what)["with"];
        assert_eq!(inputs["role-to-assume"], role, "{id}");
        assert_eq!(inputs["aws-region"], "us-east-1", "{id}");
        assert_eq!(inputs["allowed-account-ids"], role.split(':').nth(4).unwrap(), "{id}");
    }
    Ok(())
}

#[test]
fn pull_requests_plan_and_the_main_branch_applies() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod()])?;
    let no_fork =
        "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository";
    for id in ["plan-dev", "plan-prod"] {
        assert_eq!(read.job(id)["if"], no_fork);
        assert_eq!(read.needs(id), BTreeSet::from(["check"]));
    }
    let comment = &read.job("comment")["if"];
    assert_eq!(*comment, format!("!cancelled() && {no_fork} && needs.check.result == 'success'"));
    let expected = &read.step("comment", "Comment on the pull request")["env"];
    assert_eq!(expected["EXPECTED_1"], "dev ${{ needs.check.outputs.stacks-dev }}");
    assert_eq!(expected["EXPECTED_2"], "prod ${{ needs.check.outputs.stacks-prod }}");
    assert_eq!(read.job("check")["outputs"]["stacks-dev"], "${{ steps.pack.outputs.stacks-dev }}");
    assert_eq!(read.needs("comment"), BTreeSet::from(["check", "plan-dev", "plan-prod"]));
    for id in ["apply-dev", "preflight-prod", "propose-prod", "apply-prod"] {
        assert_eq!(read.job(id)["if"], "github.event_name == 'push' && github.ref == 'refs/heads/main'");
        assert!(read.all_before(id).contains("check"), "{id}");
    }
    Ok(())
}

#[test]
fn an_automatic_environment_is_planned_guarded_applied_and_settled() -> Result<()> {
    let read = of(&["dev/network"], [dev()])?;
    let steps = read.steps("apply-dev");
    let expected = [
        "Initialize",
        "Validate",
        "Plan",
        "Guard",
        "Compare the plan with the role that applies it",
        "Say what the role lacks to plan",
        "Apply exactly this plan",
        "Make sure that nothing is left to do",
    ];
    assert_eq!(steps[steps.len() - 8..], expected);
    assert!(read.jobs().keys().all(|id| !id.starts_with("propose")));
    assert!(!read.all_before("apply-dev").contains("preflight-dev"), "it only warns");
    Ok(())
}

#[test]
fn an_approved_environment_applies_the_plan_that_was_proposed() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod()])?;
    assert_eq!(read.needs("propose-prod"), BTreeSet::from(["check", "apply-dev"]));
    assert_eq!(read.needs("apply-prod"), BTreeSet::from(["check", "preflight-prod", "propose-prod"]));
    let steps = read.steps("apply-prod");
    assert!(!steps.contains(&"Plan"), "{steps:?}");
    let place = |name: &str| steps.iter().position(|step| *step == name).unwrap();
    let order = [
        "Download the plan that was approved",
        "Verify its digest",
        "Assume the role that applies",
        "Initialize",
        "Guard",
        "Compare the plan with the role that applies it",
        "Apply exactly this plan",
        "Make sure that nothing is left to do",
    ];
    assert!(order.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{steps:?}");
    let uploaded = &read.step("propose-prod", "Upload the plan")["with"]["name"];
    assert_eq!(*uploaded, "approve.prod.${{ matrix.stack }}");
    assert_eq!(read.step("apply-prod", "Download the plan that was approved")["with"]["name"], *uploaded);
    assert_eq!(read.job("propose-prod")["outputs"]["network"], "${{ steps.plan.outputs.network }}");
    let digests = &read.step("apply-prod", "Verify its digest")["env"]["DIGESTS"];
    assert_eq!(*digests, "${{ toJSON(needs.propose-prod.outputs) }}");
    // The guard judges before anybody is asked.
    let steps = read.steps("propose-prod");
    assert!(steps.iter().position(|step| *step == "Guard") < steps.iter().position(|step| *step == "Show the plan"));
    Ok(())
}

#[test]
fn every_plan_is_compared_with_the_role_that_applies_it_unless_somebody_says_otherwise() -> Result<()> {
    const COMPARE: &str = "Compare the plan with the role that applies it";
    const EXPLAIN: &str = "Say what the role lacks to plan";
    let stacks = ["dev/network", "prod/network"];
    let read = of(&stacks, [dev(), prod()])?;
    let role = |id: &str, step: &str| read.step(id, step)["env"]["ROLE"].as_str().unwrap().to_owned();
    for id in ["plan-dev", "apply-dev", "plan-prod", "propose-prod", "apply-prod"] {
        let steps = read.steps(id);
        let place = |name: &str| steps.iter().position(|step| *step == name);
        assert!(place("Guard") < place(COMPARE), "{id}: {steps:?}");
        for later in ["Show the plan", "Apply exactly this plan"].into_iter().filter_map(place) {
            assert!(place(COMPARE) < Some(later), "{id}: {steps:?}");
        }
        assert!(role(id, COMPARE).ends_with("apply"), "{id}: whoever plans, it is applied by that role");
    }
    for (id, suffix) in [("plan-dev", "plan"), ("propose-prod", "plan"), ("apply-dev", "apply")] {
        assert!(role(id, EXPLAIN).ends_with(suffix), "{id}: it is about the role that planned");
        assert_eq!(read.step(id, EXPLAIN)["if"], "failure() && steps.plan.outcome == 'failure'");
    }
    assert!(!read.steps("apply-prod").contains(&EXPLAIN), "it does not plan");

    let read = of(&stacks, [dev().without_role_comparison(), prod()])?;
    assert!(
        read.steps("apply-dev").iter().chain(&read.steps("plan-dev")).all(|step| ![COMPARE, EXPLAIN].contains(step))
    );
    assert!(read.steps("apply-prod").contains(&COMPARE));
    Ok(())
}

#[test]
fn every_guard_is_told_every_setting_of_its_environment() -> Result<()> {
    let prod = prod()
        .allow_destroy("aws_s3_bucket.a")
        .allow_destroy("*.core_*")
        .tag("Stage")
        .readable_tag("shared")
        .foreign_account("999900001111")
        .foreign_name("MM-hub-use1-bus-*")
        .foreign_cidr("10.0.0.0/16")
        .refuse_destroy();
    let read = of(&["dev/network", "prod/network"], [dev(), prod])?;
    let settings = "--allow-destroy=aws_s3_bucket.a\n--allow-destroy=*.core_*\n--tag=Stage\n--readable-tag=shared\n\
                    --foreign-account=999900001111\n--foreign-name=MM-hub-use1-bus-*\n--foreign-cidr=10.0.0.0/16\n\
                    --refuse-destroy";
    for (id, expected) in [
        ("plan-dev", Json::Null),
        ("apply-dev", Json::Null),
        ("plan-prod", settings.into()),
        ("propose-prod", settings.into()),
        ("apply-prod", settings.into()),
    ] {
        assert_eq!(read.step(id, "Guard")["env"]["SETTINGS"], expected, "{id}");
    }
    Ok(())
}

#[test]
fn no_plan_is_made_in_an_environment_without_reviewers() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev().plan_environment("plan"), prod().plan_environment("plan")])?;
    let own_pull_request = read.job("plan-dev")["if"].as_str().unwrap();
    let merge = read.job("propose-prod")["if"].as_str().unwrap();
    for (preflight, when) in [
        ("preflight_plan-dev", own_pull_request.to_owned()),
        ("preflight_plan-prod", format!("{own_pull_request} || {merge}")),
    ] {
        assert_eq!(read.job(preflight)["if"], when);
        assert_eq!(read.job(preflight)["permissions"], serde_json::json!({"actions": "read"}));
        let env = &read.step(preflight, "Read the environment's protection rules")["env"];
        assert_eq!((&env["ENVIRONMENT"], &env["REVIEWERS"]), (&"plan".into(), &"required".into()));
    }
    for (id, preflight) in [
        ("plan-dev", "preflight_plan-dev"),
        ("plan-prod", "preflight_plan-prod"),
        ("propose-prod", "preflight_plan-prod"),
    ] {
        assert_eq!(read.job(id)["environment"], "plan");
        assert!(read.needs(id).contains(preflight), "{id}");
    }
    Ok(())
}

#[test]
fn only_the_newest_commit_is_planned_to_apply_and_applied() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod()])?;
    for id in ["apply-dev", "propose-prod", "apply-prod"] {
        assert_eq!(read.steps(id)[0], "Make sure that no newer commit is there", "{id}");
        assert_eq!(read.step(id, "Make sure that no newer commit is there")["env"]["BRANCH"], "main");
    }
    Ok(())
}

#[test]
fn what_an_earlier_run_left_is_removed_before_anything_is_downloaded() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod()])?;
    for id in ["plan-dev", "apply-dev", "propose-prod", "apply-prod", "comment"] {
        let steps = read.steps(id);
        let place = |name: &str| steps.iter().position(|step| step.starts_with(name));
        assert!(place("Remove what an earlier run left").is_some(), "{id}");
        assert!(place("Remove what an earlier run left") < place("Download"), "{id}");
    }
    Ok(())
}

#[test]
fn credentials_last_as_long_as_applying_may_take() -> Result<()> {
    let read = of(&["dev/network", "prod/network"], [dev(), prod().apply_timeout(Minutes(90))])?;
    for (id, minutes) in [("apply-dev", 60), ("apply-prod", 90)] {
        assert_eq!(read.job(id)["timeout-minutes"], minutes);
        let inputs = &read.step(id, "Assume the role that applies")["with"];
        assert_eq!(inputs["role-duration-seconds"], (minutes * 60).to_string());
    }
    assert_eq!(read.step("plan-prod", "Assume the role that plans")["with"]["role-duration-seconds"], Json::Null);
    Ok(())
}

#[test]
fn shared_stacks_are_not_part_of_it() -> Result<()> {
    let read = of(&["bootstrap", "dev/network"], [dev()])?;
    assert_eq!(read.stacks("plan-dev"), ["network"]);
    assert!(!read.0.to_string().contains("bootstrap"));
    Ok(())
}

#[test]
fn a_backend_is_named_where_its_settings_are_in_a_file() -> Result<()> {
    let partial = of(&["dev/network"], [dev()])?;
    assert_eq!(partial.job("plan-dev")["strategy"]["matrix"], serde_json::json!({"stack": ["network"]}));
    assert_eq!(partial.job("plan-dev")["env"]["BACKEND"], "dev.s3.tfbackend");

    let synthesis = importing(&[("dev/network", &[])])?;
    let whole = Read::new(&pipeline(&synthesis).environment(dev()))?;
    assert_eq!(whole.job("plan-dev")["env"]["BACKEND"], Json::Null);

    let mut app = App::new(Organisation::new("MM"));
    let backend = || S3Backend::new("mm-state", "us-east-1");
    app.stack("dns", Environment::new("dev"))?.backend(backend());
    app.stack("network", Environment::new("dev"))?.backend(backend().partial());
    let synthesis = app.synth()?;
    let mixed = Read::new(&pipeline(&synthesis).environment(dev()))?;
    let rows = serde_json::json!([{"stack": "dns"}, {"stack": "network", "backend": "dev.s3.tfbackend"}]);
    assert_eq!(mixed.job("plan-dev")["strategy"]["matrix"]["include"], rows);
    assert_eq!(mixed.job("plan-dev")["env"]["BACKEND"], "${{ matrix.backend }}");
    Ok(())
}

#[test]
fn stacks_are_applied_after_what_they_import() -> Result<()> {
    let synthesis = importing(&[
        ("dev/network", &[]),
        ("dev/dns", &[]),
        ("dev/eks", &["dev/network"]),
        ("dev/apps", &["dev/eks", "dev/dns"]),
        ("prod/network", &[]),
        ("prod/eks", &["prod/network", "dev/dns"]),
    ])?;
    let read = Read::new(&pipeline(&synthesis).environment(dev()).environment(prod()))?;
    assert_eq!(read.stacks("plan-dev"), ["network", "dns", "eks", "apps"]);
    assert_eq!(read.stacks("apply-dev_level1"), ["network", "dns"]);
    assert_eq!(read.stacks("apply-dev_level2"), ["eks"]);
    assert_eq!(read.stacks("apply-dev_level3"), ["apps"]);
    assert_eq!(read.needs("apply-dev_level2"), BTreeSet::from(["check", "apply-dev_level1"]));
    assert_eq!(read.needs("propose-prod_level1"), BTreeSet::from(["check", "apply-dev_level3"]));
    // What is approved for the second level was planned after the first one was applied.
    assert_eq!(read.needs("propose-prod_level2"), BTreeSet::from(["check", "apply-prod_level1"]));
    assert_eq!(read.needs("apply-prod_level2"), BTreeSet::from(["check", "preflight-prod", "propose-prod_level2"]));
    Ok(())
}

#[test]
fn applies_of_one_stack_never_overlap_and_none_is_cancelled() -> Result<()> {
    let group = |read: &Read, id: &str| read.job(id)["concurrency"].clone();
    let alone = of(&["dev/network"], [dev()])?;
    let expected = serde_json::json!({"group": "terraform/dev", "cancel-in-progress": false});
    assert_eq!(group(&alone, "apply-dev"), expected);
    // GitHub cancels all but one of the jobs that wait for one group.
    let several = of(&["dev/network", "dev/dns"], [dev()])?;
    let expected = serde_json::json!({"group": "terraform/dev/${{ matrix.stack }}", "cancel-in-progress": false});
    assert_eq!(group(&several, "apply-dev"), expected);
    Ok(())
}

#[test]
fn two_pipelines_of_a_repository_share_nothing() -> Result<()> {
    // Each name has a part of another one, which a hyphen between the parts would hide.
    let files = ["terraform", "deploy", "deploy-dev", "terraform-dev"];
    let stacks = ["dev/network", "dev-a/network", "dev-a/dns", "a/dev"];
    let synthesis = app(&stacks)?;
    let mut known = BTreeMap::new();
    for file in files {
        let deployments = ["dev", "dev-a", "a"].map(|name| complete(Deployment::approved(name), "111122223333"));
        let read = Read::new(&deployments.into_iter().fold(pipeline(&synthesis).file(file), Pipeline::environment))?;
        let mut names = BTreeSet::from([format!("workflow {}", read.0["name"].as_str().unwrap())]);
        names.insert(format!("group {}", read.0["concurrency"]["group"].as_str().unwrap()));
        for (id, job) in read.jobs() {
            names.insert(format!("job {}", job["name"].as_str().unwrap()));
            let group = job["concurrency"]["group"].as_str().into_iter();
            names.extend(group.flat_map(|group| {
                read.stacks(id)
                    .into_iter()
                    .map(move |stack| format!("group {}", group.replace("${{ matrix.stack }}", stack)))
            }));
        }
        names.insert(format!("comment {}", read.step("comment", "Comment on the pull request")["env"]["WORKFLOW"]));
        assert_eq!(names.iter().filter(|name| name.starts_with("group ")).count(), 1 + stacks.len(), "{names:?}");
        for name in names {
            if let Some(other) = known.insert(name.clone(), file) {
                panic!("{file} and {other} share the {name}");
            }
        }
    }
    Ok(())
}

#[test]
fn three_thousand_stacks_are_shared_out() -> Result<()> {
    // A thousand networks, what stands on each of them, and a thousand without either.
    let mut app = App::new(Organisation::new("MM"));
    for number in 0..1000 {
        let dev = Environment::new("dev");
        let mut network = app.stack(&format!("network-{number}"), &dev)?;
        network.backend(S3Backend::new("mm-state", "us-east-1").partial());
        let thing: Value<String> = network.add("thing", thing())?.attribute("id");
        let mut cluster = app.stack(&format!("cluster-{number}"), &dev)?;
        cluster.backend(S3Backend::new("mm-state", "us-east-1").partial());
        cluster.import("thing", &thing)?;
        let mut lone = app.stack(&format!("lone-{number}"), &dev)?;
        lone.backend(S3Backend::new("mm-state", "us-east-1").partial());
    }
    let synthesis = app.synth()?;
    let approved = complete(Deployment::approved("dev"), "111122223333");
    let read = Read::new(&pipeline(&synthesis).environment(approved))?;

    for kind in ["plan-dev", "propose-dev", "apply-dev"] {
        let ids: Vec<&str> = read.jobs().into_keys().filter(|id| id.starts_with(kind)).collect();
        assert!(ids.iter().all(|id| read.stacks(id).len() <= 256), "{kind}");
        let stacks: Vec<&str> = ids.iter().flat_map(|id| read.stacks(id)).collect();
        assert_eq!(stacks.len(), 3000, "{kind}");
        assert_eq!(stacks.iter().collect::<BTreeSet<_>>().len(), 3000, "{kind}");
    }
    assert_eq!(read.jobs().keys().filter(|id| id.starts_with("plan-dev")).count(), 12);

    let mut place = BTreeMap::new();
    for id in read.jobs().into_keys().filter(|id| id.starts_with("apply-dev")) {
        place.extend(read.stacks(id).into_iter().map(|stack| (stack, id)));
    }
    for number in 0..1000 {
        let network = place[format!("network-{number}").as_str()];
        let cluster = place[format!("cluster-{number}").as_str()];
        assert!(read.all_before(cluster).contains(network), "{cluster} does not wait for {network}");
    }
    // The digest of each plan is an output of the job that makes it.
    for id in read.jobs().into_keys().filter(|id| id.starts_with("propose-dev")) {
        assert_eq!(read.job(id)["outputs"].as_object().unwrap().len(), read.stacks(id).len());
    }
    Ok(())
}

#[test]
fn no_two_artifacts_and_jobs_are_named_alike() -> Result<()> {
    // With a hyphen between them, dev-a and b would be the same as dev and a-b.
    let stacks = ["dev/a-b", "dev/c", "dev-a/b", "dev-1/x", "dev-level1/x"];
    let deployments =
        ["dev", "dev-a", "dev-1", "dev-level1"].map(|name| complete(Deployment::approved(name), "111122223333"));
    let read = of(&stacks, deployments)?;
    let mut names = BTreeSet::new();
    for id in read.jobs().into_keys().filter(|id| id.starts_with("plan-")) {
        let name = read.step(id, "Upload the plan as text")["with"]["name"].as_str().unwrap();
        for stack in read.stacks(id) {
            assert!(names.insert(name.replace("${{ matrix.stack }}", stack)), "{id}");
        }
    }
    assert_eq!(names.len(), stacks.len());
    Ok(())
}

#[test]
fn the_program_is_built_once_and_what_it_makes_is_compared() -> Result<()> {
    let synthesis = app(&["dev/network"])?;
    let of = |pipeline: Pipeline| Read::new(&pipeline.environment(dev()));
    let read = of(pipeline(&synthesis))?;
    assert_eq!(read.step("check", "Build the program")["run"], "cargo build --locked --release --example pipeline\n");
    assert_eq!(read.step("check", "Synthesize")["env"]["PROGRAM"], "target/release/examples/pipeline");
    assert!(read.steps("check").contains(&"Compare the stacks with what is committed"));
    for (id, job) in read.jobs().into_iter().filter(|(id, _)| *id != "check") {
        assert!(!job.to_string().contains("cargo ") && !job.to_string().contains("actions/checkout"), "{id}");
    }

    let other = pipeline(&synthesis)
        .program(Program::bin("infra").package("tools"))
        .directory("infra/out")
        .file("deploy")
        .branch("trunk")
        .runner("ubuntu-24.04-arm")
        .uncommitted();
    let read = of(other)?;
    assert_eq!(
        read.step("check", "Build the program")["run"],
        "cargo build --locked --release --package tools --bin infra\n"
    );
    assert_eq!(read.step("check", "Synthesize")["env"]["PROGRAM"], "target/release/infra");
    assert_eq!(read.step("check", "Synthesize")["env"]["DIRECTORY"], "infra/out");
    assert!(!read.steps("check").contains(&"Compare the stacks with what is committed"));
    assert_eq!(read.step("check", "Compare this workflow with what is committed")["env"]["WORKFLOW"], "deploy.yaml");
    assert_eq!(read.0["on"]["push"]["branches"][0], "trunk");
    assert!(read.job("apply-dev")["if"].as_str().unwrap().ends_with("== 'refs/heads/trunk'"));
    assert!(read.jobs().values().all(|job| job["runs-on"] == "ubuntu-24.04-arm"));
    Ok(())
}

#[test]
fn the_same_app_makes_the_same_bytes() -> Result<()> {
    let make = || -> Result<String> {
        let synthesis = app(&["dev/network", "dev/dns", "prod/network"])?;
        pipeline(&synthesis).environment(dev()).environment(prod()).workflow()?.to_yaml()
    };
    assert_eq!(make()?, make()?);
    Ok(())
}
