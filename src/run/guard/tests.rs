//! The command line against the plans of real Terraform, by programs of one environment and of several.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use mmcdk_aws::resources::{ec2, iam, logs, s3};
use mmcdk_aws::values::{AccountId, Days, InstanceType, LogRetention, Region};
use mmcdk_aws::{AwsProvider, Environment, FlowLogs, NatStrategy, Shared, Trail, Vpc};
use mmcdk_core::serde_json::{self, Value as Json, json};
use mmcdk_core::{App, Local, Organisation, RawResource, Resource, Result, S3Backend};

use super::{Variables, judge_by};
use crate::run::{Outcome, command, execute};

mod others;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("mmcdk-terraform/tests/plans").join(format!("{name}.json"))
}

fn environment(name: &str) -> Environment {
    let account = if name == "prod" { "444455556666" } else { "111122223333" };
    Environment::new(name, Region::UsEast1).account(account).tags([("Environment", name)])
}

fn network(app: &mut App, environment: &Environment, cidr: &str, nat: NatStrategy, remote: bool) -> Result<()> {
    let mut network = app.stack("network", environment)?;
    if remote {
        network.backend(S3Backend::new("mm-terraform-state", Region::UsEast1));
    }
    let vpc = network.add("core", Vpc::new(cidr).zones(["a", "b"]).nat(nat))?;
    network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days14))?;
    network.add("trail", Trail::new().expire_after(Days(90))).map(drop)
}

/// A program of dev alone, as the examples are.
fn dev(app: &mut App) -> Result<()> {
    network(app, &environment("dev"), "10.1.0.0/16", NatStrategy::instance(InstanceType::T3Micro), false)
}

/// Dev and prod in one program with their state in S3, and what they share.
fn both(app: &mut App) -> Result<()> {
    let everywhere = Shared::new(Region::UsEast1).account("999900001111").tags([("Environment", "shared")]);
    let mut shared = app.stack("bootstrap", everywhere)?;
    shared.backend(S3Backend::new("mm-terraform-state", Region::UsEast1));
    shared.add("deploy", iam::Role::new("{}").name("MM-ci-use1-role-deploy"))?;
    shared.add("table", RawResource::new("aws_dynamodb_table").set("name", "MM-ci-use1-table-lock"))?;
    network(app, &environment("dev"), "10.1.0.0/16", NatStrategy::instance(InstanceType::T3Micro), true)?;
    network(app, &environment("prod"), "10.2.0.0/16", NatStrategy::GatewayPerZone, true)?;
    let mut data = app.stack("data", environment("prod"))?;
    data.backend(S3Backend::new("mm-terraform-state", Region::UsEast1));
    Ok(())
}

#[track_caller]
fn run(describe: fn(&mut App) -> Result<()>, arguments: &[&str]) -> Outcome {
    let arguments = command().try_get_matches_from(["app", "guard"].iter().chain(arguments)).unwrap();
    execute(&arguments, Organisation::new("MM").mandatory_tags(["Environment"]), describe)
}

/// A folder as it is after `terraform init` and `terraform plan`: the plan, changed, and the initialised backend.
struct Planned {
    folder: PathBuf,
}

impl Drop for Planned {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Planned {
    fn new(plan: &str, change: impl FnOnce(&mut Json)) -> Self {
        let mut json: Json = serde_json::from_slice(&fs::read(fixture(plan)).unwrap()).unwrap();
        change(&mut json);
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("mmcdk-guard-{}-{number}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("plan.json"), json.to_string()).unwrap();
        Self { folder }
    }

    fn state(self, key: &str) -> Self {
        let backend = json!({"type": "s3", "config": {"bucket": "mm-terraform-state", "key": key}});
        fs::create_dir(self.folder.join(".terraform")).unwrap();
        let file = json!({"version": 3, "backend": backend}).to_string();
        fs::write(self.folder.join(".terraform/terraform.tfstate"), file).unwrap();
        self
    }

    fn plan(&self) -> String {
        self.folder.join("plan.json").to_str().unwrap().to_owned()
    }
}

#[track_caller]
fn check(outcome: &Outcome, code: u8, parts: &[&str]) {
    let Outcome { code: found, out, err } = outcome;
    assert_eq!(*found, code, "{out}{err}");
    assert_eq!(out.is_empty(), code != 0, "the report goes to standard output, and refusals to standard error: {out}");
    for part in parts {
        assert!(out.contains(part) || err.contains(part), "{part:?} is missing in:\n{out}{err}");
    }
}

#[test]
fn a_program_lets_its_own_plans_pass_and_no_others() {
    let plan = |name: &str| fixture(name).to_str().unwrap().to_owned();
    check(&run(dev, &[&plan("dev-create"), "--env", "dev"]), 0, &["dev/network: 33 to add", "nothing of another"]);
    check(&run(dev, &[&plan("dev-applied"), "--env", "dev", "--stack", "network"]), 0, &["0 to add"]);
    check(&run(dev, &[&plan("dev-applied"), "--env", "dev", "--stack", "dev/network"]), 0, &["0 to add"]);
    let parts = &[
        "refused: aws_vpc.core: tags.Environment: tag of another environment: Environment = \"prod\"",
        "refused: aws_vpc.core: cidr_block: addresses outside the environment: 10.2.0.0/16; \
         expected addresses of \"dev\": 10.1.0.0/16\n",
        "refused: provider.aws: allowed_account_ids[0]: another account: 444455556666",
        "MM-prod-use1-role-flow; expected a name of \"dev\" such as MM-dev-use1-*\n",
        "33 to add, 0 to change, 0 to destroy, but it may not be applied, for ",
    ];
    check(&run(dev, &[&plan("prod-create"), "--env", "dev"]), 1, parts);
    check(
        &run(dev, &[&plan("dev-on-prod-state"), "--env", "dev"]),
        1,
        &["aws_s3_bucket_policy.trail: bucket: name of"],
    );
}

#[test]
fn names_of_other_environments_are_foreign_in_whatever_region() {
    let guard = |describe: fn(&mut App) -> Result<()>, bucket: &str| {
        let values = json!({"policy": format!("{{\"Resource\":\"arn:aws:s3:::{bucket}/*\"}}")});
        let change = json!({
            "address": "aws_s3_bucket_policy.x", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "x",
            "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
        });
        let planned = Planned::new("empty", |plan| plan["resource_changes"] = json!([change]));
        run(describe, &[&planned.state("dev/network/terraform.tfstate").plan(), "--env", "dev"])
    };
    let local = |app: &mut App| {
        let mut network = app.stack("network", environment("dev"))?;
        network.backend(S3Backend::new("mm-terraform-state", Region::UsEast1));
        network.add("eip", ec2::Eip::new()).map(drop)
    };
    for foreign in ["mm-prod-euw1-s3-data", "mm-qa-apne1-s3-data", "mm-prod-use1-s3-data"] {
        check(&guard(local, foreign), 1, &[&format!("{foreign}; expected a name of \"dev\" such as MM-dev-use1-*\n")]);
    }
    check(&guard(both, "mm-prod-euw1-s3-data"), 1, &["it is of \"prod\""]);
    // Its own, such as what is left of a former region, and what no environment is in.
    for own in ["mm-dev-use1-s3-data", "mm-dev-euw1-s3-data", "mm-terraform-state", "mm-data-of-all-teams"] {
        check(&guard(local, own), 0, &[]);
        check(&guard(both, own), 0, &[]);
    }
    check(&guard(both, "MM-ci-use1-role-deploy"), 0, &[]);
    let shared = |app: &mut App| {
        let west = Shared::new(Region::EuWest1).tags([("Environment", "shared")]);
        app.stack("logs", west)?.add("logs", s3::Bucket::new().bucket("mm-ci-euw1-s3-logs"))?;
        let mut network = app.stack("network", environment("dev"))?;
        network.backend(S3Backend::new("mm-terraform-state", Region::UsEast1));
        network.add("eip", ec2::Eip::new()).map(drop)
    };
    check(&guard(shared, "mm-ci-euw1-s3-logs"), 0, &[]);
}

#[test]
fn what_is_no_longer_in_the_program_may_go_unless_it_is_of_another_environment() {
    let guard = |kind: &str, before: Json| {
        let change = json!({
            "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": {"actions": ["delete"], "before": before, "after": null, "after_unknown": {}},
        });
        let planned = Planned::new("empty", |plan| plan["resource_changes"] = json!([change]));
        let allowed = format!("{kind}.x");
        let planned = planned.state("dev/network/terraform.tfstate");
        run(both, &[&planned.plan(), "--env", "dev", "--allow-destroy", &allowed])
    };
    let block = |cidr: &str| guard("aws_vpc_ipv4_cidr_block_association", json!({"cidr_block": cidr}));
    check(&block("100.64.0.0/16"), 0, &[]);
    check(&block("10.2.0.0/16"), 1, &["the addresses are of \"prod\"", "for 1 reason\n"]);
    let arn = |region: &str, account: &str| format!("arn:aws:sns:{region}:{account}:MM-dev-euw1-topic-x");
    check(&guard("aws_sns_topic", json!({"arn": arn("eu-west-1", "111122223333"), "region": "eu-west-1"})), 0, &[]);
    let foreign = guard("aws_sns_topic", json!({"arn": arn("us-east-1", "444455556666")}));
    check(&foreign, 1, &["the account of \"prod\"", "for 1 reason\n"]);
    check(&guard("aws_eip", json!({"tags": {"Environment": "development"}})), 0, &[]);
    check(
        &guard("aws_eip", json!({"tags": {"Environment": "prod"}})),
        1,
        &["Environment = \"prod\"", "for 1 reason\n"],
    );
}

#[test]
fn an_account_of_a_vendor_may_be_referred_to_by_permission() {
    let values = json!({"topic_arn": "arn:aws:sns:us-east-1:777788889999:news"});
    let change = json!({
        "address": "aws_sns_topic_subscription.x", "mode": "managed", "type": "aws_sns_topic_subscription", "name": "x",
        "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
    });
    let planned = Planned::new("empty", |plan| plan["resource_changes"] = json!([change]));
    let plan = planned.plan();
    check(&run(dev, &[&plan, "--env", "dev"]), 1, &["topic_arn: another account: 777788889999", "trust it"]);
    check(&run(dev, &[&plan, "--env", "dev", "--foreign-account", "777788889999"]), 0, &[]);
    let wrong = ["app", "guard", &plan, "--env", "dev", "--foreign-account", "7777"];
    assert_eq!(command().try_get_matches_from(wrong).unwrap_err().exit_code(), 2);
}

#[test]
fn what_holds_data_needs_permission() {
    let plan = fixture("dev-changes");
    let guard = |more: &[&str]| run(dev, &[&[plan.to_str().unwrap(), "--env", "dev"], more].concat());
    let refused = ["refused: aws_s3_bucket.trail: destroys: it is destroyed and created again (replace by request)"];
    check(&guard(&[]), 1, &refused);
    let bucket = ["--allow-destroy", "aws_s3_bucket.trail"];
    check(
        &guard(&bucket),
        1,
        &["aws_eip.core_nat_instance_a: destroys", "the addresses are released", "for 2 reasons\n"],
    );
    let both = [&bucket[..], &["--allow-destroy", "aws_cloudwatch_log_group.flow"]].concat();
    check(&guard(&both), 1, &["aws_eip.core_nat_instance_a: destroys", "for 1 reason\n"]);
    // A pattern names what holds no data.
    let all = ["--allow-destroy", "*.core_*", "--allow-destroy", "*.flow*", "--allow-destroy", "*.trail*"];
    check(
        &guard(&all),
        1,
        &["aws_s3_bucket.trail: destroys", "aws_cloudwatch_log_group.flow: destroys", "for 2 reasons\n"],
    );
    let both = [&both[..], &["--allow-destroy", "aws_eip.core_nat_*"]].concat();
    check(&guard(&both), 0, &["(2 replaced)"]);
    for wrong in ["*", "aws_eip.*", "core", "aws_*.core"] {
        let wrong = ["app", "guard", "plan.json", "--env", "dev", "--allow-destroy", wrong];
        assert_eq!(command().try_get_matches_from(wrong).unwrap_err().exit_code(), 2);
    }
    check(&guard(&[&both[..], &["--refuse-destroy"]].concat()), 1, &["aws_iam_role.flow: destroys"]);
}

#[test]
fn the_state_is_that_of_the_stack() {
    let clean = || Planned::new("dev-create", |_| {});
    let guard =
        |planned: &Planned, more: &[&str]| run(both, &[&[planned.plan().as_str(), "--env", "dev"], more].concat());
    check(&guard(&clean().state("dev/network/terraform.tfstate"), &[]), 0, &["dev/network: "]);
    let parts = ["backend: key: another state: prod/network/terraform.tfstate", "s3://mm-terraform-state/dev/network/"];
    check(&guard(&clean().state("prod/network/terraform.tfstate"), &[]), 1, &parts);
    let parts = ["backend: unknown state", "try --backend synth/dev/network/.terraform/terraform.tfstate"];
    check(&guard(&clean(), &[]), 1, &parts);
    let (here, there) = (clean(), clean().state("dev/network/terraform.tfstate"));
    let file = there.folder.join(".terraform/terraform.tfstate");
    check(&guard(&here, &["--backend", file.to_str().unwrap()]), 0, &[]);
    check(&guard(&here, &["--backend", "no/such/file"]), 2, &["error: no/such/file: ", "terraform init writes"]);
    // A program that keeps the state in a file is not planned against S3.
    check(&run(dev, &[&there.plan(), "--env", "dev"]), 1, &["backend: another state: s3://mm-terraform-state/dev/"]);
}

#[test]
fn the_state_is_that_of_the_variables_of_terraform() {
    let guard = |describe: fn(&mut App) -> Result<()>, planned: &Planned, variables: &Variables| {
        let arguments = ["app", "guard", &planned.plan(), "--env", "dev"].map(str::to_owned);
        let arguments = command().try_get_matches_from(arguments).unwrap();
        let (_, arguments) = arguments.subcommand().unwrap();
        let mut app = App::new(Organisation::new("MM").mandatory_tags(["Environment"]));
        describe(&mut app).unwrap();
        judge_by(variables, &app.synth().unwrap(), Path::new("synth"), arguments)
    };
    let workspace = |name: &str| Variables { workspace: Some(name.into()), ..Variables::default() };
    let data = |folder: PathBuf| Variables { data_folder: Some(folder), ..Variables::default() };
    let clean = || Planned::new("dev-create", |_| {});
    let initialised = || clean().state("dev/network/terraform.tfstate");
    check(&guard(both, &initialised(), &Variables::default()), 0, &[]);
    check(&guard(both, &initialised(), &workspace("default")), 0, &[]);
    let parts = ["backend: key: another state: env:/prod/dev/network/terraform.tfstate"];
    check(&guard(both, &initialised(), &workspace("prod")), 1, &parts);
    let selected = initialised();
    fs::write(selected.folder.join(".terraform/environment"), "prod").unwrap();
    check(&guard(both, &selected, &Variables::default()), 1, &parts);
    check(&guard(both, &selected, &workspace("default")), 0, &[]);

    // What is beside the plan by default is not what was planned with.
    let (moved, prod) = (initialised(), clean().state("prod/network/terraform.tfstate"));
    let parts = ["backend: key: another state: prod/network/terraform.tfstate"];
    check(&guard(both, &moved, &data(prod.folder.join(".terraform"))), 1, &parts);
    fs::rename(moved.folder.join(".terraform"), moved.folder.join("data")).unwrap();
    check(&guard(both, &moved, &data("data".into())), 0, &[]);
    check(&guard(both, &moved, &Variables::default()), 1, &["backend: unknown state"]);
    check(&guard(both, &moved, &workspace("default")), 1, &["backend: unknown state"]);

    // The workspace of a state in a file.
    let parts = ["backend: another state: terraform.tfstate.d/prod/terraform.tfstate"];
    check(&guard(dev, &clean(), &workspace("default")), 0, &[]);
    check(&guard(dev, &clean(), &workspace("prod")), 1, &parts);
    let selected = clean();
    fs::create_dir(selected.folder.join(".terraform")).unwrap();
    fs::write(selected.folder.join(".terraform/environment"), "prod").unwrap();
    check(&guard(dev, &selected, &Variables::default()), 1, &parts);
}

#[test]
fn the_other_environments_of_a_program_are_known() {
    let policy = |role: &str, account: &str| {
        let values = json!({"role": role, "policy": format!("{{\"AWS\":\"arn:aws:iam::{account}:root\"}}")});
        json!({
            "address": "aws_iam_role_policy.x", "mode": "managed", "type": "aws_iam_role_policy", "name": "x",
            "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
        })
    };
    let remote = |key: &str| {
        let config = json!({"bucket": "mm-terraform-state", "key": key, "region": "us-east-1"});
        json!({
            "address": "data.terraform_remote_state.x", "mode": "data", "type": "terraform_remote_state",
            "values": {"backend": "s3", "config": config, "outputs": {"roles": ["MM-prod-use1-role-x"]}},
        })
    };
    let guard = |change: &Json, read: &Json| {
        let planned = Planned::new("dev-create", |plan| {
            plan["resource_changes"].as_array_mut().unwrap().push(change.clone());
            plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap().push(read.clone());
        });
        run(both, &[&planned.state("dev/network/terraform.tfstate").plan(), "--env", "dev"])
    };
    let bootstrap = remote("bootstrap/terraform.tfstate");
    // What all share may be named and read, in its account too.
    check(&guard(&policy("MM-ci-use1-role-deploy", "999900001111"), &bootstrap), 0, &[]);
    check(&guard(&policy("MM-ci-use1-table-lock", "999900001111"), &bootstrap), 0, &[]);
    check(&guard(&policy("MM-dev-use1-role-x", "123123123123"), &bootstrap), 0, &[]);
    let parts = ["another account: 444455556666", "the account of \"prod\"", "for 1 reason\n"];
    check(&guard(&policy("MM-dev-use1-role-x", "444455556666"), &bootstrap), 1, &parts);
    let parts = ["role: name of another environment: MM-prod-use1-role-flow", "it is of \"prod\"", "for 1 reason\n"];
    check(&guard(&policy("MM-prod-use1-role-flow", "111122223333"), &bootstrap), 1, &parts);
    let parts = ["role: name of another environment: MM-prod-use1-role-new", "it is of \"prod\"", "for 1 reason\n"];
    check(&guard(&policy("MM-prod-use1-role-new", "111122223333"), &bootstrap), 1, &parts);
    let zone = |tag: &str| {
        let values = json!({"tags": {"Environment": tag}});
        json!({"address": "data.aws_route53_zone.x", "mode": "data", "type": "aws_route53_zone", "values": values})
    };
    check(&guard(&policy("MM-dev-use1-role-x", "111122223333"), &zone("shared")), 0, &[]);
    check(&guard(&policy("MM-dev-use1-role-x", "111122223333"), &zone("prod")), 1, &["data.aws_route53_zone.x: tags"]);
    let parts = ["reads a state of another environment: s3://mm-terraform-state/prod/data/", "for 1 reason\n"];
    check(&guard(&policy("MM-dev-use1-role-x", "111122223333"), &remote("prod/data/terraform.tfstate")), 1, &parts);
}

/// A program of an environment with further providers, ranges that only AWS knows, and a state of another program.
fn elsewhere(app: &mut App) -> Result<()> {
    let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tag_value("Development");
    let mut hub = app.stack("hub", &dev)?;
    let west = hub.provider("west", AwsProvider::new(Region::UsWest2))?;
    let logs = hub.provider("logs", AwsProvider::new(Region::UsEast1).account("999900001111".parse::<AccountId>()?))?;
    hub.add("west", logs::CloudwatchLogGroup::new().provider(&west))?;
    hub.add("logs", logs::CloudwatchLogGroup::new().provider(&logs))?;
    hub.add("pool", ec2::Vpc::new().ipv4_netmask_length(16))?;
    let state = json!({"bucket": "acme-state", "key": "dns/terraform.tfstate"});
    let state = RawResource::data("terraform_remote_state").set("backend", "s3").set("config", state);
    hub.add("dns", state)?;
    let prod = Environment::new("prod", Region::UsEast1).tag_value("Production");
    app.stack("hub", prod)?.add("core", Vpc::new("10.2.0.0/16").zones(["a"])).map(drop)
}

#[test]
fn what_a_program_says_of_itself_is_of_the_environment() {
    let change = |kind: &str, values: Json| {
        json!({
            "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
        })
    };
    let group = |region: &str, account: &str| {
        let arn = format!("arn:aws:logs:{region}:{account}:log-group:x");
        change("aws_cloudwatch_log_group", json!({"arn": arn, "tags_all": {"Environment": "Development"}}))
    };
    let read = |key: &str| {
        json!({
            "address": "data.terraform_remote_state.x", "mode": "data", "type": "terraform_remote_state",
            "values": {"backend": "s3", "config": {"bucket": "acme-state", "key": key}},
        })
    };
    let guard = |change: Json, read: Json| {
        let planned = Planned::new("empty", |plan| {
            plan["resource_changes"] = json!([change]);
            plan["prior_state"] = json!({"values": {"root_module": {"resources": [read]}}});
        });
        run(elsewhere, &[&planned.plan(), "--env", "dev"])
    };
    let dns = || read("dns/terraform.tfstate");
    check(&guard(group("us-east-1", "111122223333"), dns()), 0, &[]);
    check(&guard(group("us-west-2", "999900001111"), dns()), 0, &[]);
    check(&guard(group("eu-west-1", "111122223333"), dns()), 1, &["a region of \"dev\": us-east-1, us-west-2\n"]);
    check(&guard(group("us-east-1", "123123123123"), dns()), 1, &["another account: 123123123123", "for 1 reason\n"]);
    check(&guard(change("aws_vpc", json!({"cidr_block": "10.77.0.0/16"})), dns()), 0, &[]);
    let foreign = guard(change("aws_vpc", json!({"cidr_block": "10.2.0.0/16"})), dns());
    check(&foreign, 1, &["expected addresses of \"dev\"\n", "the addresses are of \"prod\"", "for 1 reason\n"]);
    let tag = |value: &str| change("aws_eip", json!({"tags_all": {"Environment": value}}));
    check(&guard(tag("dev"), dns()), 1, &["expected Environment = \"Development\"\n"]);
    let name = |name: &str| change("aws_iam_role_policy", json!({"role": name}));
    check(&guard(name("MM-dev-usw2-role-x"), dns()), 0, &[]);
    for foreign in ["MM-prod-use1-role-x", "MM-qa-use1-role-x", "MM-prod-usw2-role-x"] {
        check(&guard(name(foreign), dns()), 1, &[&format!("{foreign}; expected a name of \"dev\" such as")]);
    }
    let foreign = guard(group("us-east-1", "111122223333"), read("other/terraform.tfstate"));
    check(&foreign, 1, &["s3://acme-state/other/terraform.tfstate; expected one of", "for 1 reason\n"]);
}

#[test]
fn where_there_is_nothing_to_judge_the_way_out_is_told() {
    let plan = fixture("dev-create");
    let plan = plan.to_str().unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (arguments, parts) in [
        (&["no/such/plan.json", "--env", "dev"][..], &["error: no/such/plan.json: ", "terraform show -json"][..]),
        (&[manifest, "--env", "dev"], &["this is no JSON", "terraform show -json plan.out > plan.json"]),
        (&[env!("CARGO_MANIFEST_DIR"), "--env", "dev"], &["cannot be read"]),
        (&[plan, "--env", "dv"], &["no environment \"dv\"", "did you mean \"dev\"?"]),
        (&[plan, "--env", "prod"], &["\"prod\" has several stacks", "--stack: prod/network, prod/data"]),
        (&[plan, "--env", "prod", "--stack", "netwrk"], &["prod/netwrk", "did you mean \"prod/network\"?"]),
        (&[plan, "--env", "dev", "--tag", "Env"], &["nothing of \"dev\" has a tag \"Env\""]),
    ] {
        check(&run(both, arguments), 2, parts);
    }
    let wrong = |app: &mut App| app.stack("network", environment("dev"))?.add("core", Vpc::new("ten")).map(drop);
    check(&run(wrong, &[plan, "--env", "dev"]), 2, &["dev/network/core: "]);
    for arguments in
        [&["app", "guard", "plan.json"][..], &["app", "guard", "--env", "dev"], &["app", "guard", "--novel"]]
    {
        assert_eq!(command().try_get_matches_from(arguments).unwrap_err().exit_code(), 2);
    }
}

#[test]
fn the_program_for_jq_has_the_programs_own_tag() {
    let stage = |app: &mut App| {
        let dev = Environment::new("dev", Region::UsEast1).tag_value("Development").tags([("Stage", "dev")]);
        network(app, &dev, "10.1.0.0/16", NatStrategy::None, false)
    };
    check(&run(stage, &["--env", "dev", "--jq"]), 0, &[".[\"Environment\"]", "!= \"Development\""]);
    check(&run(stage, &["--env", "dev", "--jq", "--tag", "Stage"]), 0, &[".[\"Stage\"]", "!= \"dev\""]);
}

#[test]
fn a_mistake_of_the_program_is_no_evidence_of_what_the_environment_is() {
    let mistaken = |app: &mut App| {
        let mut network = app.stack("network", environment("dev"))?;
        network.add("eip", ec2::Eip::new())?;
        network.add("data", s3::Bucket::new().bucket("mm-prod-use1-s3-data")).map(drop)
    };
    let planned = |kind: &str, values: Json| {
        let change = json!({
            "address": format!("{kind}.data"), "mode": "managed", "type": kind, "name": "data",
            "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
        });
        let planned = Planned::new("empty", |plan| plan["resource_changes"] = json!([change]));
        run(mistaken, &[&planned.plan(), "--env", "dev"])
    };
    check(&planned("aws_eip", json!({"tags": {"Environment": "dev"}})), 0, &[]);
    let tagged = planned("aws_eip", json!({"tags": {"Environment": "prod"}}));
    check(&tagged, 1, &["Environment = \"prod\"; expected Environment = \"dev\"\n", "for 1 reason\n"]);
    let named = planned("aws_s3_bucket_policy", json!({"bucket": "mm-prod-use1-s3-data"}));
    check(&named, 1, &["name of another environment: mm-prod-use1-s3-data", "for 1 reason\n"]);
    check(&run(mistaken, &["--env", "dev", "--jq"]), 0, &["!= \"dev\""]);

    let undecided = |app: &mut App| {
        let dev = Environment::new("dev", Region::UsEast1).tags([("Stage", "Development")]);
        let mut network = app.stack("network", dev)?;
        network.add("eip", ec2::Eip::new())?;
        network.with(Local::new().tag("Stage", "Live")).add("other", ec2::Eip::new()).map(drop)
    };
    let parts = ["no single value of the tag \"Stage\": \"Development\", \"Live\"", "with \"dev\""];
    check(&run(undecided, &["--env", "dev", "--jq", "--tag", "Stage"]), 2, &parts);
}

#[test]
fn a_program_without_a_tag_of_the_environment_says_that_tags_are_not_checked() {
    let untagged = |app: &mut App| {
        let dev = Environment::new("dev", Region::UsEast1);
        network(app, &dev, "10.1.0.0/16", NatStrategy::None, false)
    };
    let guard = |arguments: &[&str]| {
        let arguments =
            command().try_get_matches_from([&["app", "guard", "--env", "dev"], arguments].concat()).unwrap();
        execute(&arguments, Organisation::new("MM").without_environment_tag(), untagged)
    };
    let plan = fixture("dev-create");
    check(&guard(&[plan.to_str().unwrap()]), 0, &["note: this program declares no tag that names \"dev\""]);
    check(&guard(&["--jq"]), 2, &["declare one by Organisation::environment_tag"]);
}
