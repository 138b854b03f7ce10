//! Phase 2: the pipeline of the reference system fits its bootstrap.

#[path = "../../tests/common/mod.rs"]
mod common;

use common::{bootstrap, bootstrap_one_role, dev::dev, mikamirai, pipeline, prod::prod, refused, synthesize};
use mmcdk::prelude::*;
use mmcdk::serde_json::{Value as Json, json};

fn read(yaml: &str) -> Json {
    serde_saphyr::from_str(yaml).expect("it is YAML")
}

/// The pipeline of the example, read back.
fn workflow() -> Result<Json> {
    let synthesis = synthesize(pipeline::pipeline)?;
    let rendered = synthesis.render();
    let (_, files) = rendered.iter().find(|(folder, _)| *folder == ".github/workflows").expect("there is a workflow");
    let [file] = files.as_slice() else { panic!("there is one file") };
    assert_eq!(file.name, "terraform.yaml");
    Ok(read(&String::from_utf8_lossy(&file.bytes)))
}

fn jobs(workflow: &Json) -> impl Iterator<Item = (&str, &Json)> {
    workflow["jobs"].as_object().expect("there are jobs").iter().map(|(id, job)| (id.as_str(), job))
}

fn steps(job: &Json) -> impl Iterator<Item = &Json> {
    job["steps"].as_array().expect("there are steps").iter()
}

/// The roles that jobs assume, with the subject that GitHub gives to those jobs.
fn assumed(workflow: &Json) -> Vec<(String, String)> {
    let mut assumed = Vec::new();
    for (id, job) in jobs(workflow) {
        for step in steps(job).filter(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("credentials@"))) {
            let role = step["with"]["role-to-assume"].as_str().expect("it assumes a role").to_owned();
            let when = job["if"].as_str().expect("it says when it runs");
            let subject = match (&job["environment"], when) {
                (Json::String(environment), _) => format!("environment:{environment}"),
                (_, when) if when.contains("== 'pull_request'") => "pull_request".into(),
                (_, when) if when.contains("== 'push' && github.ref == 'refs/heads/main'") => {
                    "ref:refs/heads/main".into()
                }
                (_, when) => panic!("{id} runs when {when}"),
            };
            assumed.push((role, format!("repo:{}:{subject}", mikamirai::REPOSITORY)));
        }
    }
    assert!(!assumed.is_empty());
    assumed
}

/// Whether the bootstrap's role of that ARN lets that subject in.
fn lets_in(bootstrap: &Synthesis, role: &str, subject: &str) -> Result<bool> {
    let name = role.strip_prefix(&format!("arn:aws:iam::{}:role/", mikamirai::ACCOUNT)).expect("it is in the account");
    let role = bootstrap.stack("bootstrap")?.named::<iam::Role>(name)?;
    let trust = role.document("assume_role_policy")?;
    let claims = &trust["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"];
    Ok(match claims {
        Json::Array(claims) => claims.contains(&json!(subject)),
        claim => *claim == json!(subject),
    })
}

#[test]
fn every_job_is_let_in_by_the_role_that_it_assumes() -> Result<()> {
    let bootstrap = synthesize(bootstrap::bootstrap)?;
    for (role, subject) in assumed(&workflow()?) {
        assert!(lets_in(&bootstrap, &role, &subject)?, "{subject} is not let in by {role}");
    }
    Ok(())
}

#[test]
fn every_partition_requires_the_audience_that_the_jobs_ask_for() -> Result<()> {
    const ISO: Region = Region::declare("us-iso-east-1", "usie1", Partition::AwsIso);
    for region in [Region::UsEast1, Region::CnNorth1, Region::UsGovWest1, Region::EuscDeEast1, ISO] {
        let mut app = App::new(Organisation::new("MM"));
        let state = StateStore::new("mm-terraform-state", region);
        app.stack("network", Environment::new("dev", region).account(mikamirai::ACCOUNT))?.backend(state.backend());
        let role = |name: &str| format!("arn:{}:iam::{}:role/{name}", region.partition(), mikamirai::ACCOUNT);
        let deployment = Deployment::automatic("dev").region(region).account(mikamirai::ACCOUNT);
        let workflow = Pipeline::terraform(app.stacks())
            .program(Program::example("pipeline"))
            .terraform_version("1.11.4")
            .environment(deployment.plan_role(role("plan")).apply_role(role("apply")))
            .workflow()?;
        let workflow = read(&workflow.to_yaml()?);
        let mut bootstrap = app.stack("bootstrap", Shared::new(region).account(mikamirai::ACCOUNT))?;
        let github = bootstrap.add("github", OidcProvider::github())?;
        let trusting =
            OidcRole::github(mikamirai::REPOSITORY).provider(&github).subjects([Subject::environment("dev")]);
        bootstrap.add("apply", trusting)?;
        let synthesis = app.synth()?;
        let bootstrap = synthesis.stack("bootstrap")?;
        let trust = bootstrap.find::<iam::Role>("apply")?.document("assume_role_policy")?;
        let required = &trust["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:aud"];
        let believed = bootstrap.find::<iam::OpenidConnectProvider>("github")?.argument("client_id_list")?;
        assert_eq!(believed, json!([required]), "{region}");
        for (id, job) in jobs(&workflow) {
            for step in steps(job).filter(|step| step["with"]["role-to-assume"].is_string()) {
                let asked = step["with"].get("audience").cloned().unwrap_or(json!("sts.amazonaws.com"));
                assert_eq!(asked, *required, "{id} in {region}");
            }
        }
    }
    Ok(())
}

#[test]
fn with_one_role_plans_run_in_an_environment_of_their_own() -> Result<()> {
    let role = format!("arn:aws:iam::{}:role/MM-github-actions-role", mikamirai::ACCOUNT);
    let deploy = |deployment: Deployment| {
        deployment.region(Region::UsEast1).account(mikamirai::ACCOUNT).plan_role(&role).apply_role(&role)
    };
    let mut app = App::new(mikamirai::organisation());
    dev(&mut app)?;
    prod(&mut app)?;
    let pipeline = |plan: fn(Deployment) -> Deployment| {
        Pipeline::terraform(app.stacks())
            .program(Program::example("pipeline"))
            .terraform_version("1.11.4")
            .environment(plan(deploy(Deployment::automatic("dev"))))
            .environment(plan(deploy(Deployment::approved("prod")).after("dev")))
            .workflow()
            .and_then(|workflow| workflow.to_yaml())
    };
    refused(
        pipeline(|deployment| deployment),
        &["pipeline/dev: ", "every pull request could apply", "plan_environment"],
    );
    let workflow = read(&pipeline(|deployment| deployment.plan_environment("plan"))?);
    let bootstrap = synthesize(bootstrap_one_role::bootstrap)?;
    for (role, subject) in assumed(&workflow) {
        assert!(lets_in(&bootstrap, &role, &subject)?, "{subject} is not let in by {role}");
    }
    Ok(())
}

#[test]
fn there_are_no_static_credentials_and_no_more_permissions_than_needed() -> Result<()> {
    let workflow = workflow()?;
    assert!(!workflow.to_string().contains("secrets."));
    assert_eq!(workflow["permissions"], json!({}));
    for (id, job) in jobs(&workflow) {
        assert!(job["timeout-minutes"].as_u64().is_some_and(|minutes| minutes <= 60), "{id} may run for long");
        let assumes = steps(job).any(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("credentials@")));
        let permissions = job["permissions"].as_object().expect("it says what it may do");
        assert_eq!(permissions.contains_key("id-token"), assumes, "{id}");
        let writes: Vec<&String> =
            permissions.iter().filter(|(_, level)| **level == json!("write")).map(|(name, _)| name).collect();
        assert!(writes.iter().all(|name| matches!(name.as_str(), "id-token" | "pull-requests")), "{id}: {writes:?}");
        for uses in steps(job).filter_map(|step| step["uses"].as_str()) {
            let (_, sha) = uses.split_once('@').expect("it is pinned");
            assert!(sha.len() == 40 && sha.chars().all(|letter| letter.is_ascii_hexdigit()), "{uses}");
        }
    }
    Ok(())
}

#[test]
fn dev_is_applied_before_prod_and_prod_behind_its_reviewers() -> Result<()> {
    let workflow = workflow()?;
    let job = |id: &str| &workflow["jobs"][id];
    let needs = |id: &str| -> Vec<String> {
        job(id)["needs"]
            .as_array()
            .expect("it needs others")
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(needs("apply-dev"), ["check"]);
    assert_eq!(needs("propose-prod"), ["check", "apply-dev"]);
    assert_eq!(needs("apply-prod"), ["check", "preflight-prod", "propose-prod"]);
    for (id, environment) in [("apply-dev", "dev"), ("apply-prod", "prod")] {
        assert_eq!(job(id)["environment"], json!(environment));
        assert_eq!(job(id)["concurrency"]["group"], json!(format!("terraform/{environment}")));
        assert_eq!(job(id)["concurrency"]["cancel-in-progress"], json!(false));
        let names: Vec<&str> = steps(job(id)).filter_map(|step| step["name"].as_str()).collect();
        let position = |name: &str| names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{name}"));
        assert!(position("Guard") < position("Apply exactly this plan"));
        assert!(position("Apply exactly this plan") < position("Make sure that nothing is left to do"));
    }
    for id in ["plan-dev", "plan-prod", "propose-prod"] {
        assert_eq!(job(id)["environment"], Json::Null, "an environment would change the subject");
        let plan = steps(job(id)).find(|step| step["id"] == json!("plan")).expect("it plans");
        assert_eq!(plan["env"]["LOCK"], json!("-lock=false"), "the role that plans cannot lock");
    }
    Ok(())
}
