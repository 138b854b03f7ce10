//! What the options of the constructs change.

mod common;

use common::{mikamirai, refused, synthesize};
use mmcdk::prelude::*;

fn network(build: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<Synthesis> {
    synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        build(&mut app.stack("network", &dev)?)
    })
}

fn vpc() -> Vpc {
    Vpc::new("10.1.0.0/16").zones(["a", "b", "c"])
}

#[test]
fn without_nat_private_subnets_have_no_default_route() -> Result<()> {
    let synthesis = network(|stack| stack.add("core", vpc()).map(drop))?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.resources::<ec2::Route>().len(), 1);
    assert_eq!(stack.resources::<ec2::RouteTable>().len(), 2);
    assert!(stack.resources::<ec2::Eip>().is_empty());
    Ok(())
}

#[test]
fn a_single_gateway_serves_all_zones() -> Result<()> {
    let synthesis = network(|stack| stack.add("core", vpc().nat(NatStrategy::SingleGateway)).map(drop))?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.resources::<ec2::NatGateway>().len(), 1);
    assert_eq!(stack.resources::<ec2::RouteTable>().len(), 2);
    let route = stack.find::<ec2::Route>("core/private")?;
    assert_eq!(route.resolve("nat_gateway_id")?.path(), "core/nat-a");
    Ok(())
}

#[test]
fn further_tiers_have_their_own_tables_and_tags() -> Result<()> {
    let tiers = [
        Tier::isolated("data", 2).tag("Purpose", "databases").prefix_length(26),
        Tier::new("app", 3, Access::Private),
        Tier::private(),
        Tier::public().public_addresses(),
    ];
    let synthesis = network(|stack| stack.add("core", vpc().tiers(tiers).nat(NatStrategy::GatewayPerZone)).map(drop))?;
    let stack = synthesis.stack("dev/network")?;
    // Two private tiers with a table in each of three zones, the public and the isolated one with one each.
    assert_eq!(stack.resources::<ec2::RouteTable>().len(), 8);
    assert_eq!(stack.find::<ec2::Subnet>("core/data-c")?.text("cidr_block")?, "10.1.5.128/26");
    assert_eq!(stack.find::<ec2::Subnet>("core/app-c")?.text("cidr_block")?, "10.1.32.0/24");
    let data = stack.find::<ec2::Subnet>("core/data-a")?;
    assert_eq!(data.tag("Purpose")?, "databases");
    assert!(!data.tag_keys().iter().any(|key| key.starts_with("kubernetes.io")));
    assert_eq!(stack.find::<ec2::Subnet>("core/public-a")?.argument("map_public_ip_on_launch")?, true);
    assert!(stack.at("aws_route.core_data").is_err());
    let app = stack.find::<ec2::Route>("core/app-b")?;
    assert_eq!(app.resolve("nat_gateway_id")?.path(), "core/nat-b");
    Ok(())
}

#[test]
fn adding_a_zone_or_a_tier_moves_nothing() -> Result<()> {
    let bodies = |vpc: Vpc| -> Result<Vec<(String, String)>> {
        let synthesis = network(|stack| stack.add("core", vpc).map(drop))?;
        let stack = synthesis.stack("dev/network")?;
        Ok(stack.all().map(|found| (found.address().to_owned(), found.body().to_string())).collect())
    };
    let instance = NatStrategy::instance(InstanceType::T3Micro);
    for nat in [NatStrategy::None, instance, NatStrategy::SingleGateway, NatStrategy::GatewayPerZone] {
        for zones in [&["a"][..], &["c", "a"], &["b", "c"]] {
            // A NAT for all zones stands in one of them, which must be said before one with a lower letter comes.
            let nat_zone = zones.iter().min().unwrap();
            let vpc = |zones: &[&str]| Vpc::new("10.1.0.0/16").zones(zones).nat(nat.clone()).nat_zone(nat_zone);
            let before = bodies(vpc(zones))?;
            assert_eq!(before, bodies(Vpc::new("10.1.0.0/16").zones(zones).nat(nat.clone()))?);
            let tiers = [Tier::isolated("data", 2), Tier::private(), Tier::public()];
            let after = bodies(vpc(&["b", "c", "a"]).tiers(tiers))?;
            for resource in before {
                assert!(after.contains(&resource), "{resource:?} has moved");
            }
        }
    }
    Ok(())
}

#[test]
fn the_order_of_zones_and_tiers_changes_nothing() -> Result<()> {
    let files = |zones: [&str; 3], tiers: [Tier; 2]| -> Result<String> {
        let vpc = Vpc::new("10.1.0.0/16").zones(zones).tiers(tiers).nat(NatStrategy::GatewayPerZone);
        let synthesis = network(|stack| {
            let vpc = stack.add("core", vpc)?;
            stack.output("subnets", vpc.private_subnet_ids())
        })?;
        Ok(format!("{:?}", synthesis.render()))
    };
    let one = files(["a", "b", "c"], [Tier::public(), Tier::private()])?;
    assert_eq!(one, files(["c", "a", "b"], [Tier::private(), Tier::public()])?);
    Ok(())
}

#[test]
fn a_pinned_image_is_not_ignored_and_arm_has_its_own() -> Result<()> {
    let instance = |nat: NatInstance| network(|stack| stack.add("core", vpc().nat(nat)).map(drop));
    let pinned = instance(NatInstance::new(InstanceType::T4gNano).ami("ami-0123456789abcdef0"))?;
    let found = pinned.stack("dev/network")?.find::<ec2::Instance>("core/nat-instance-a")?;
    assert_eq!(found.text("ami")?, "ami-0123456789abcdef0");
    assert_eq!(found.lifecycle().to_string(), r#"{"ignore_changes":["source_dest_check"]}"#);
    let newest = instance(NatInstance::new(InstanceType::T4gNano))?;
    let parameter = newest.stack("dev/network")?.resources::<ssm::data::Parameter>()[0];
    assert!(parameter.text("name")?.ends_with("-arm64"), "{parameter:?}");
    Ok(())
}

#[test]
fn a_qualifier_gives_a_second_vpc_names_of_its_own() -> Result<()> {
    let nat = || NatStrategy::instance(InstanceType::T3Micro);
    let two = |local: Local| {
        network(|stack| {
            stack.add("core", vpc().nat(nat()))?;
            stack.with(local).add("data", Vpc::new("10.8.0.0/16").zones(["a"]).nat(nat())).map(drop)
        })
    };
    // Names of security groups are unique in their VPC.
    two(Local::new())?;
    let synthesis = two(Local::new().qualifier("data"))?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<ec2::Vpc>("data")?.name(), Some("MM-dev-use1-vpc-data"));
    assert_eq!(stack.find::<ec2::SecurityGroup>("data/nat")?.name(), Some("MM-dev-use1-sg-data-nat"));
    assert_eq!(stack.find::<ec2::RouteTable>("data/private")?.name(), Some("MM-dev-use1-rt-data-private"));
    // What both need is there once.
    assert_eq!(stack.resources::<ssm::data::Parameter>().len(), 1);
    Ok(())
}

#[test]
fn another_region_has_its_own_names_zones_and_look_ups() -> Result<()> {
    let synthesis = network(|stack| {
        let west = stack.provider("west", AwsProvider::new(Region::UsWest2))?;
        let vpc = stack
            .with(&west)
            .add("west", Vpc::new("10.7.0.0/16").zones(["d"]).nat(NatStrategy::instance(InstanceType::T3Micro)))?;
        stack.with(&west).add("west-flow", FlowLogs::new(&vpc)).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    let subnet = stack.find::<ec2::Subnet>("west/public-d")?;
    assert_eq!(subnet.name(), Some("MM-dev-usw2-usw2d-subnet-public"));
    assert_eq!(subnet.text("availability_zone")?, "us-west-2d");
    assert_eq!(stack.at("data.aws_ssm_parameter.al2023_x86_64_west")?.path(), "al2023-x86-64-west");
    // The account of the other provider is not said, so it is looked up through it.
    assert!(stack.at("data.aws_caller_identity.current_west").is_ok());
    for file in stack.files().iter().filter(|file| file.name.starts_with("west") || file.name == "shared.tf.json") {
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(text.contains("\"provider\": \"aws.west\""), "{text}");
    }
    Ok(())
}

#[test]
fn a_stack_of_an_environment_can_be_in_another_region() -> Result<()> {
    let synthesis = synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        app.stack("network", &dev)?;
        let mut edge = app.stack("edge", dev.in_region(Region::EuWest1))?;
        edge.add("core", Vpc::new("10.6.0.0/16").zones(["a"])).map(drop)
    })?;
    assert_eq!(synthesis.stack("dev/edge")?.find::<ec2::Vpc>("core")?.name(), Some("MM-dev-euw1-vpc-core"));
    Ok(())
}

#[test]
fn without_an_account_it_is_looked_up_once() -> Result<()> {
    let mut app = App::new(Organisation::new("MM"));
    let mut network = app.stack("network", Environment::new("dev", Region::UsEast1))?;
    let vpc = network.add("core", vpc())?;
    network.add("flow", FlowLogs::new(&vpc))?;
    network.add("trail", Trail::new())?;
    let synthesis = app.synth()?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.resources::<sts::data::CallerIdentity>().len(), 1);
    let policy = stack.find::<s3::BucketPolicy>("trail")?.text("policy")?;
    assert!(policy.contains("data.aws_caller_identity.current.account_id"), "{policy}");
    Ok(())
}

#[test]
fn china_has_its_own_partition() -> Result<()> {
    let synthesis = synthesize(|app| {
        let china = mikamirai::environment("china", Region::CnNorth1);
        let mut stack = app.stack("network", &china)?;
        stack.add("trail", Trail::new()).map(drop)
    })?;
    let policy = synthesis.stack("china/network")?.find::<s3::BucketPolicy>("trail")?.text("policy")?;
    assert!(policy.contains("arn:aws-cn:cloudtrail:cn-north-1:"), "{policy}");
    Ok(())
}

#[test]
fn outputs_of_a_vpc_are_what_they_say() -> Result<()> {
    let synthesis = network(|stack| {
        let tiers = [Tier::public(), Tier::private(), Tier::isolated("data", 2)];
        let vpc = stack.add("core", vpc().tiers(tiers).nat(NatStrategy::GatewayPerZone))?;
        stack.output("data", vpc.subnet_ids("data")?)?;
        stack.output("public", vpc.public_subnet_ids())?;
        stack.output("addresses", vpc.nat_addresses())?;
        refused(vpc.subnet_ids("dtaa"), &["\"dtaa\"", "\"public\", \"private\", \"data\""]);
        refused(vpc.route_tables("dtaa").map(drop), &["\"dtaa\""]);
        let tables = |tier: &str| -> Result<Vec<String>> {
            Ok(vpc.route_tables(tier)?.into_iter().map(|table| table.anchor().address().to_owned()).collect())
        };
        assert_eq!(tables("public")?, ["aws_route_table.core_public"]);
        assert_eq!(tables("private")?, ["a", "b", "c"].map(|zone| format!("aws_route_table.core_private_{zone}")));
        assert_eq!(vpc.subnets().iter().filter(|subnet| subnet.access() == Access::Isolated).count(), 3);
        // Everything of a VPC can be waited for.
        stack.add("after", ec2::Eip::new().depends_on(&vpc)).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    let expected = |name: &str, attribute: &str| {
        ["a", "b", "c"].map(|zone| format!("\"${{{name}_{zone}.{attribute}}}\"")).join(",")
    };
    assert_eq!(stack.output("data")?.to_string(), format!("[{}]", expected("aws_subnet.core_data", "id")));
    assert_eq!(stack.output("public")?.to_string(), format!("[{}]", expected("aws_subnet.core_public", "id")));
    assert_eq!(stack.output("addresses")?.to_string(), format!("[{}]", expected("aws_eip.core_nat", "public_ip")));
    let after = stack.find::<ec2::Eip>("after")?.depends_on();
    assert!(after.contains(&"aws_vpc.core") && after.contains(&"aws_subnet.core_data_c"), "{after:?}");
    Ok(())
}

#[test]
fn a_nat_stands_in_the_zone_that_is_asked_for() -> Result<()> {
    let nat = |zone: &str| {
        let zone = zone.to_owned();
        network(move |stack| stack.add("core", vpc().nat(NatStrategy::SingleGateway).nat_zone(zone)).map(drop))
    };
    let gateway = nat("b")?.stack("dev/network")?.resources::<ec2::NatGateway>()[0].path().to_owned();
    assert_eq!(gateway, "core/nat-b");
    refused(nat("d"), &["dev/network/core: ", "us-east-1d", "us-east-1a, us-east-1b, us-east-1c"]);
    Ok(())
}

#[test]
fn what_is_odd_is_told_without_being_refused() -> Result<()> {
    let warnings = |vpc: Vpc| -> Result<Vec<String>> {
        Ok(network(|stack| stack.add("core", vpc).map(drop))?.warnings().iter().map(ToString::to_string).collect())
    };
    assert!(warnings(vpc())?.is_empty());
    let zone = warnings(Vpc::new("10.1.0.0/16").zones(["h"]))?;
    assert!(zone.len() == 1 && zone[0].starts_with("dev/network/core: ") && zone[0].contains("us-east-1h"), "{zone:?}");
    let range = warnings(Vpc::new("8.8.0.0/16").zones(["a"]))?;
    assert!(range.len() == 1 && range[0].contains("8.8.0.0/16"), "{range:?}");
    Ok(())
}

#[test]
fn providers_know_their_account_and_the_way_in() -> Result<()> {
    let provider = |home: &dyn Fn(&mut App) -> Result<()>| -> Result<mmcdk::serde_json::Value> {
        let mut app = App::new(Organisation::new("MM"));
        home(&mut app)?;
        let synthesis = app.synth()?;
        let files = synthesis.stacks().next().expect("there is one").files();
        let file = files.iter().find(|file| file.name == "terraform.tf.json").expect("every stack has one");
        let json: mmcdk::serde_json::Value = mmcdk::serde_json::from_slice(&file.bytes).expect("it is JSON");
        Ok(json["provider"]["aws"].clone())
    };
    const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
    let expected = mmcdk::serde_json::json!({
        "region": "us-east-1", "allowed_account_ids": ["111122223333"], "profile": "p", "assume_role": {"role_arn": ROLE},
    });
    let environment = provider(&|app| {
        let dev = Environment::new("dev", Region::UsEast1).account("111122223333").profile("p").assume_role(ROLE);
        app.stack("a", &dev).map(drop)
    })?;
    assert_eq!(environment, mmcdk::serde_json::json!([expected]));
    let shared = provider(&|app| {
        let shared = Shared::new(Region::UsEast1).account("111122223333").profile("p").assume_role(ROLE);
        app.stack("a", &shared).map(drop)
    })?;
    assert_eq!(shared, environment);
    let aliased = provider(&|app| {
        let mut stack = app.stack("a", Environment::new("dev", Region::UsWest2))?;
        let account = AccountId::new("111122223333");
        stack
            .provider("east", AwsProvider::new(Region::UsEast1).account(account).profile("p").assume_role(ROLE))
            .map(drop)
    })?;
    let mut further = expected;
    further["alias"] = "east".into();
    assert_eq!(aliased[1], further);
    Ok(())
}

#[test]
fn tags_of_environments_and_shared_stacks_add_up() -> Result<()> {
    let mut app = App::new(Organisation::new("MM").tags([("Owner", "platform")]));
    let dev =
        Environment::new("dev", Region::UsEast1).tags([("Environment", "dev"), ("Team", "a")]).tags([("Team", "b")]);
    app.stack("network", &dev)?.add("eip", ec2::Eip::new())?;
    let shared = Shared::new(Region::UsEast1).tags([("Scope", "all")]).tags([("Team", "c")]);
    app.stack("dns", &shared)?.add("eip", ec2::Eip::new())?;
    let synthesis = app.synth()?;
    let tags = |stack: &str| -> Result<String> {
        Ok(synthesis.stack(stack)?.find::<ec2::Eip>("eip")?.argument("tags")?.to_string())
    };
    assert_eq!(
        tags("dev/network")?,
        r#"{"Environment":"dev","Name":"MM-dev-use1-eip-eip","Owner":"platform","Team":"b"}"#
    );
    assert_eq!(tags("dns")?, r#"{"Name":"MM-use1-eip-eip","Owner":"platform","Scope":"all","Team":"c"}"#);
    Ok(())
}

#[test]
fn conditions_that_iam_would_or_are_refused() {
    let twice = network(|stack| {
        let trust = PolicyDocument::new().statement(
            Statement::allow()
                .principal(Principal::service("ec2.amazonaws.com"))
                .actions(["sts:AssumeRole"])
                .condition(Condition::string_equals("aws:SourceAccount", "111122223333"))
                .condition(Condition::string_equals("aws:SourceAccount", "444455556666")),
        );
        stack.add("role", iam::Role::new(trust)).map(drop)
    });
    refused(
        twice,
        &["dev/network/role: ", "assume_role_policy", "two conditions StringEquals on aws:SourceAccount", "either"],
    );
    let nothing = network(|stack| stack.add("role", iam::Role::new(PolicyDocument::new())).map(drop));
    refused(nothing, &["dev/network/role: ", "aws_iam_role.assume_role_policy: ", "no statements"]);
}

#[test]
fn the_bucket_of_a_trail_can_be_unique() -> Result<()> {
    let synthesis = network(|stack| stack.add("trail", Trail::new().unique_bucket_name()).map(drop))?;
    let bucket = synthesis.stack("dev/network")?.find::<s3::Bucket>("trail")?;
    assert_eq!(bucket.text("bucket")?, "mm-dev-use1-s3-cloudtrail-111122223333");
    assert_eq!(bucket.tag("Name")?, "mm-dev-use1-s3-cloudtrail-111122223333");
    Ok(())
}

#[test]
fn flow_logs_take_a_format_as_aws_writes_it() -> Result<()> {
    let synthesis = network(|stack| {
        let vpc = stack.add("core", vpc())?;
        refused(stack.add("wrong", FlowLogs::new(&vpc).format("srcaddr")), &["dev/network/wrong: ", "\"srcaddr\""]);
        let logs = FlowLogs::new(&vpc).format("${srcaddr} ${dstaddr}").traffic(Traffic::Reject);
        stack.add("flow", logs.interval(AggregationInterval::OneMinute)).map(drop)
    })?;
    let found = synthesis.stack("dev/network")?.find::<ec2::FlowLog>("flow")?;
    assert_eq!(found.text("log_format")?, "$${srcaddr} $${dstaddr}");
    assert_eq!(found.argument("max_aggregation_interval")?, 60);
    Ok(())
}
