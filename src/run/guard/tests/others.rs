//! What an environment may refer to outside of itself, by its program or by the command line.

use mmcdk_aws::resources::ec2;

use super::*;

/// A change that creates something.
fn create(kind: &str, values: Json) -> Json {
    json!({
        "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
        "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
    })
}

fn remote_state(key: &str, outputs: Json) -> Json {
    let config = json!({"bucket": "mm-terraform-state", "key": key, "region": "us-east-1"});
    json!({
        "address": "data.terraform_remote_state.x", "mode": "data", "type": "terraform_remote_state",
        "values": {"backend": "s3", "config": config, "outputs": outputs},
    })
}

/// A hub with a transit gateway and an event bus, and dev, which imports what it needs of them.
fn hub_and_dev(app: &mut App) -> Result<()> {
    let state = || S3Backend::new("mm-terraform-state", Region::UsEast1);
    let environment = |name: &str| {
        let account = if name == "hub" { "999900001111" } else { "111122223333" };
        Environment::new(name, Region::UsEast1).account(account).tags([("Environment", name)])
    };
    let mut network = app.stack("network", environment("hub"))?;
    network.backend(state());
    let gateway = network.add("gateway", ec2::TransitGateway::new())?;
    let bus =
        network.add("bus", RawResource::new("aws_cloudwatch_event_bus").set("name", "MM-hub-use1-bus-central"))?;
    app.stack("data", environment("hub"))?.backend(state());
    let mut network = app.stack("network", environment("dev"))?;
    network.backend(state());
    let gateway = network.import("gateway", &gateway.id())?;
    network.import::<String>("bus", &bus.attribute("arn"))?;
    let attachment = RawResource::new("aws_ec2_transit_gateway_vpc_attachment").set("transit_gateway_id", gateway);
    network.add("attachment", attachment).map(drop)
}

#[test]
fn what_a_program_imports_from_an_earlier_environment_passes_the_guard() {
    let bus = "arn:aws:events:us-east-1:999900001111:event-bus/MM-hub-use1-bus-central";
    let guard = |key: &str, change: &Json| {
        let outputs = json!({"gateway": "tgw-0a1b", "bus": bus});
        let planned = Planned::new("empty", |plan| {
            plan["resource_changes"] = json!([change]);
            plan["prior_state"] = json!({"values": {"root_module": {"resources": [remote_state(key, outputs)]}}});
        });
        run(hub_and_dev, &[&planned.state("dev/network/terraform.tfstate").plan(), "--env", "dev"])
    };
    let attachment = create(
        "aws_ec2_transit_gateway_vpc_attachment",
        json!({"transit_gateway_id": "tgw-0a1b", "tags_all": {"Environment": "dev"}}),
    );
    let target = |arn: &str| create("aws_cloudwatch_event_target", json!({"arn": arn}));
    let network = "hub/network/terraform.tfstate";
    check(&guard(network, &attachment), 0, &["nothing of another environment"]);
    check(&guard(network, &target(bus)), 0, &[]);
    let other = bus.replace("central", "other");
    check(&guard(network, &target(&other)), 1, &["MM-hub-use1-bus-other", "the account of \"hub\""]);
    let parts = ["reads a state of another environment: s3://mm-terraform-state/hub/data/", "import from the stack"];
    check(&guard("hub/data/terraform.tfstate", &attachment), 1, &parts);
}

/// An environment of the management account, which has budgets of member accounts.
fn management(app: &mut App) -> Result<()> {
    let management = Environment::new("management", Region::UsEast1)
        .account("111122223333")
        .governs(["444455556666"])
        .tags([("Environment", "management")]);
    app.stack("costs", management)?.add("address", ec2::Eip::new())?;
    let member = Environment::new("prod", Region::UsEast1).account("444455556666").tags([("Environment", "prod")]);
    app.stack("network", member)?.add("address", ec2::Eip::new()).map(drop)
}

#[test]
fn an_environment_may_name_the_accounts_that_it_governs() {
    let budget = |account: &str| {
        let filter = json!([{"name": "LinkedAccount", "values": [account]}]);
        let change =
            create("aws_budgets_budget", json!({"cost_filter": filter, "tags_all": {"Environment": "management"}}));
        Planned::new("empty", |plan| plan["resource_changes"] = json!([change]))
    };
    check(&run(management, &[&budget("444455556666").plan(), "--env", "management"]), 0, &[]);
    // Nobody governs the account that governs.
    let change = create("aws_s3_bucket_policy", json!({"policy": "{\"AWS\":\"arn:aws:iam::111122223333:root\"}"}));
    let planned = Planned::new("empty", |plan| plan["resource_changes"] = json!([change]));
    check(&run(management, &[&planned.plan(), "--env", "prod"]), 1, &["another account: 111122223333"]);
}

/// Each thing that one central account offers is foreign until it is named on the command line.
#[test]
fn every_setting_of_the_guard_can_be_said_on_the_command_line() {
    let bus = "arn:aws:events:us-east-1:111122223333:event-bus/MM-hub-use1-bus-central";
    let image = |tag: &str| json!({"address": "data.aws_ami.x", "mode": "data", "type": "aws_ami", "values": {"tags": {"Environment": tag}}});
    let vpc = create("aws_vpc", json!({"cidr_block": "10.1.0.0/16", "tags_all": {"Stage": "dev"}}));
    let stage = |app: &mut App| {
        let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Stage", "dev")]);
        let mut network = app.stack("network", &dev)?;
        network.add("core", Vpc::new("10.1.0.0/16").zones(["a"])).map(drop)?;
        let prod = Environment::new("prod", Region::UsEast1).tags([("Stage", "prod")]);
        app.stack("network", prod)?.add("core", Vpc::new("10.2.0.0/16").zones(["a"])).map(drop)
    };
    for (change, read, settings) in [
        (
            create("aws_sqs_queue_policy", json!({"queue_url": "https://sqs.us-east-1.amazonaws.com/777788889999/x"})),
            None,
            &["--foreign-account", "777788889999"][..],
        ),
        (create("aws_cloudwatch_event_target", json!({"arn": bus})), None, &["--foreign-name", "MM-hub-use1-bus-*"]),
        (
            create("aws_route", json!({"destination_cidr_block": "10.2.0.0/16"})),
            None,
            &["--foreign-cidr", "10.2.0.0/16"],
        ),
        (
            create("aws_eip", json!({"tags_all": {"Environment": "dev"}})),
            Some(image("shared")),
            &["--readable-tag", "shared"],
        ),
        (vpc, None, &["--tag", "Stage"]),
        (
            json!({"address": "aws_eip.x", "mode": "managed", "type": "aws_eip",
            "change": {"actions": ["delete"], "before": {"tags": {"Environment": "dev"}}, "after": null}}),
            None,
            &["--allow-destroy", "aws_eip.x*"],
        ),
    ] {
        let planned = Planned::new("empty", |plan| {
            plan["resource_changes"] = json!([change]);
            let read: Vec<Json> = read.clone().into_iter().collect();
            plan["prior_state"] = json!({"values": {"root_module": {"resources": read}}});
        });
        let plan = planned.plan();
        let guard = |more: &[&str]| run(stage, &[&[&plan, "--env", "dev"], more].concat());
        check(&guard(&[]), 1, &["for 1 reason\n"]);
        check(&guard(settings), 0, &[]);
    }
    for wrong in [
        ["--foreign-account", "7777"],
        ["--foreign-cidr", "10.2.0.0"],
        ["--allow-destroy", "*"],
        ["--foreign-name", "*"],
    ] {
        let planned = Planned::new("empty", |_| {});
        let arguments = ["app", "guard", &planned.plan(), "--env", "dev"].map(str::to_owned);
        let arguments = arguments.into_iter().chain(wrong.map(str::to_owned));
        let code = command().try_get_matches_from(arguments).map_or_else(
            |error| error.exit_code(),
            |arguments| i32::from(execute(&arguments, Organisation::new("MM"), stage).code),
        );
        assert_eq!(code, 2, "{wrong:?}");
    }
}

/// A type of which nothing is known, of this provider or of another one, goes only if it is named.
#[test]
fn a_type_that_is_not_known_is_destroyed_only_by_permission() {
    let gone = |kind: &str| {
        json!({"address": format!("{kind}.x"), "mode": "managed", "type": kind,
            "change": {"actions": ["delete"], "before": {}, "after": null}})
    };
    for (kind, known) in [
        ("aws_route", true),
        ("aws_lambda_permission", true),
        ("terraform_data", true),
        ("aws_novelty", false),
        ("random_password", false),
        ("aws_vpc", false),
        ("aws_s3_bucket", false),
    ] {
        let planned = Planned::new("empty", |plan| plan["resource_changes"] = json!([gone(kind)]));
        let plan = planned.plan();
        let outcome = run(dev, &[&plan, "--env", "dev"]);
        assert_eq!(outcome.code == 0, known, "{kind}: {}", outcome.err);
        check(&run(dev, &[&plan, "--env", "dev", "--allow-destroy", &format!("{kind}.x")]), 0, &[]);
    }
}
