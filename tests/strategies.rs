//! What the options of the constructs change.

mod common;

use std::collections::BTreeMap;

use common::{mikamirai, refused, synthesize};
use mmcdk::core::{Found, SynthesizedStack};
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
    assert_eq!(
        found.lifecycle().to_string(),
        r#"{"create_before_destroy":true,"ignore_changes":["source_dest_check"]}"#
    );
    let newest = instance(NatInstance::new(InstanceType::T4gNano))?;
    let parameter = newest.stack("dev/network")?.resources::<ssm::data::Parameter>()[0];
    assert!(parameter.text("name")?.ends_with("-arm64"), "{parameter:?}");
    Ok(())
}

/// The names of everything that a VPC places, by path.
fn names(stack: SynthesizedStack<'_>, vpc: &str) -> BTreeMap<String, String> {
    let of_vpc = |found: &Found<'_>| found.path() == vpc || found.path().starts_with(&format!("{vpc}/"));
    let tagged = stack.all().filter(|found| of_vpc(found) && found.has("tags"));
    tagged.map(|found| (found.address().to_owned(), found.tag("Name").expect("it has a name"))).collect()
}

#[test]
fn the_names_of_a_vpc_depend_on_itself_alone_and_differ_from_those_of_another() -> Result<()> {
    let strategies = [
        NatStrategy::None,
        NatStrategy::instance(InstanceType::T3Micro),
        NatStrategy::SingleGateway,
        NatStrategy::GatewayPerZone,
    ];
    for nat in strategies {
        let vpcs = |ids: &[&str]| {
            network(|stack| {
                for (index, id) in ids.iter().enumerate() {
                    stack.add(id, Vpc::new(format!("10.{index}.0.0/16")).zones(["a"]).nat(nat.clone()))?;
                }
                Ok(())
            })
        };
        let both = vpcs(&["data", "core"])?;
        let stack = both.stack("dev/network")?;
        let (core, data) = (names(stack, "core"), names(stack, "data"));
        assert_eq!(core, names(vpcs(&["core"])?.stack("dev/network")?, "core"));
        assert_eq!(data, names(vpcs(&["data"])?.stack("dev/network")?, "data"));
        let shared: Vec<_> = core.values().filter(|name| data.values().any(|other| other == *name)).collect();
        assert!(shared.is_empty(), "{shared:?}");
        assert_eq!(core["aws_subnet.core_public_a"], "MM-dev-use1-use1a-subnet-public");
        assert_eq!(data["aws_vpc.data"], "MM-dev-use1-vpc-data");
        assert_eq!(data["aws_subnet.data_public_a"], "MM-dev-use1-use1a-subnet-data-public");
        assert_eq!(data["aws_default_security_group.data_default"], "MM-dev-use1-sg-data-default");
    }
    Ok(())
}

#[test]
fn a_vpc_can_be_told_apart_by_a_qualifier_or_a_purpose() -> Result<()> {
    let two = |local: Local, id: &'static str| {
        synthesize(|app| {
            let dev = mikamirai::environment("dev", Region::UsEast1);
            app.stack("network", &dev)?.add("core", vpc())?;
            app.stack("other", &dev)?.with(local).add(id, Vpc::new("10.8.0.0/16").zones(["a"])).map(drop)
        })
    };
    let taken = ["dev/other/core: ", "dev/network/core", "MM-dev-use1-rt-*", "qualifier"];
    refused(two(Local::new(), "core"), &taken);
    for (local, id, vpc, subnet) in [
        (Local::new().qualifier("data"), "core", "vpc-data", "subnet-data-public"),
        (Local::new().qualifier("blue"), "data", "vpc-blue", "subnet-blue-public"),
        (Local::new().purpose("blue"), "core", "vpc-blue", "subnet-blue-public"),
        (Local::new().purpose("blue").qualifier("data"), "core", "vpc-data-blue", "subnet-data-public"),
    ] {
        let synthesis = two(local, id)?;
        let stack = synthesis.stack("dev/other")?;
        assert_eq!(stack.find::<ec2::Vpc>(id)?.name(), Some(&*format!("MM-dev-use1-{vpc}")));
        let found = stack.find::<ec2::Subnet>(&format!("{id}/public-a"))?;
        assert_eq!(found.name(), Some(&*format!("MM-dev-use1-use1a-{subnet}")));
    }
    Ok(())
}

#[test]
fn a_tier_that_has_the_id_of_another_part_is_refused_as_a_tier() {
    let tiers = |names: [&'static str; 2]| {
        let tiers = [Tier::new(names[0], 0, Access::Public), Tier::new(names[1], 1, Access::Private)];
        network(move |stack| stack.add("core", Vpc::new("10.1.0.0/16").zones(["b"]).tiers(tiers)).map(drop))
    };
    for names in [["private-a", "private"], ["private", "private-a"]] {
        // Also in a zone that the VPC does not have yet.
        refused(tiers(names), &["dev/network/core: ", "\"private-a\"", "the tier \"private\"", "zone a"]);
    }
    for name in ["nat", "default", "nat-b", "nat-instance", "nat-instance-b"] {
        refused(tiers(["public", name]), &["dev/network/core: ", "a tier cannot be called", &format!("{name:?}")]);
    }
    for name in ["a", "private-ab", "private-1", "nat-gateway", "default-a"] {
        assert!(tiers(["public", name]).is_ok(), "{name}");
    }
}

#[test]
fn a_nat_stands_in_the_public_tier_of_the_lowest_number_in_whatever_order() -> Result<()> {
    let [low, high, private] =
        [Tier::new("edge", 3, Access::Public), Tier::new("public", 7, Access::Public), Tier::private()];
    let orders = [[&low, &high, &private], [&high, &low, &private], [&private, &high, &low]];
    for nat in [NatStrategy::instance(InstanceType::T3Micro), NatStrategy::SingleGateway, NatStrategy::GatewayPerZone] {
        let files = |order: [&Tier; 3]| {
            let tiers = order.map(Clone::clone);
            network(|stack| stack.add("core", vpc().tiers(tiers).nat(nat.clone())).map(drop))
        };
        let first = files(orders[0])?;
        for order in orders {
            assert_eq!(files(order)?.render(), first.render());
        }
        let stack = first.stack("dev/network")?;
        let stands_in = |found: Found<'_>| found.resolve("subnet_id").map(|subnet| subnet.path().to_owned());
        let gateways = stack.resources::<ec2::NatGateway>();
        let places: Vec<String> = gateways
            .into_iter()
            .chain(stack.resources::<ec2::NetworkInterface>())
            .map(stands_in)
            .collect::<Result<_>>()?;
        assert!(!places.is_empty() && places.iter().all(|path| path.starts_with("core/edge-")), "{places:?}");
    }
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
    assert_eq!(subnet.name(), Some("MM-dev-usw2-usw2d-subnet-west-public"));
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
        refused(vpc.subnet_ids("dtaa"), &["dev/network/core: ", "\"dtaa\"", "\"public\", \"private\", \"data\""]);
        refused(vpc.route_tables("dtaa").map(drop), &["dev/network/core: ", "\"dtaa\""]);
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
