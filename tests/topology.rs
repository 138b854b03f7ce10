//! The topology of the reference system, resource by resource: what `dev` and `prod` synthesize.

mod common;

use std::collections::BTreeMap;

use common::{dev::dev, mikamirai, prod::prod, synthesize};
use mmcdk::core::{Found, SynthesizedStack};
use mmcdk::prelude::*;
use mmcdk::serde_json;

const MANDATORY: [&str; 12] = [
    "Backup",
    "Compliance",
    "CostCenter",
    "Criticality",
    "DataClassification",
    "Environment",
    "ManagedBy",
    "Owner",
    "Project",
    "Repository",
    "Service",
    "Team",
];

fn both() -> Result<Synthesis> {
    synthesize(|app| {
        dev(app)?;
        prod(app)
    })
}

fn counts(stack: SynthesizedStack<'_>) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for found in stack.all() {
        *counts.entry(found.terraform_type()).or_default() += 1;
    }
    counts
}

/// Path, CIDR, zone and name of each subnet.
fn subnets(stack: SynthesizedStack<'_>) -> Result<Vec<[String; 4]>> {
    let row = |found: Found<'_>| {
        let name = found.name().unwrap_or_default().to_owned();
        Ok([found.path().to_owned(), found.text("cidr_block")?, found.text("availability_zone")?, name])
    };
    stack.resources::<ec2::Subnet>().into_iter().map(row).collect()
}

/// The route table of a subnet, by its one association.
fn table_of<'a>(stack: SynthesizedStack<'a>, subnet: Found<'a>) -> Result<Found<'a>> {
    let of_subnet = |association: &Found<'a>| association.resolve("subnet_id").is_ok_and(|found| found == subnet);
    let associations: Vec<_> = stack.resources::<ec2::RouteTableAssociation>().into_iter().filter(of_subnet).collect();
    assert_eq!(associations.len(), 1, "{subnet:?}");
    associations[0].resolve("route_table_id")
}

/// The routes of a table.
fn routes_of<'a>(stack: SynthesizedStack<'a>, table: Found<'a>) -> Vec<Found<'a>> {
    let of_table = |route: &Found<'a>| route.resolve("route_table_id").is_ok_and(|found| found == table);
    stack.resources::<ec2::Route>().into_iter().filter(of_table).collect()
}

#[test]
fn dev_has_exactly_these_resources() -> Result<()> {
    let synthesis = both()?;
    let expected = BTreeMap::from([
        ("aws_cloudtrail", 1),
        ("aws_cloudwatch_log_group", 1),
        ("aws_default_security_group", 1),
        ("aws_eip", 1),
        ("aws_eip_association", 1),
        ("aws_flow_log", 1),
        ("aws_iam_role", 1),
        ("aws_iam_role_policy", 1),
        ("aws_instance", 1),
        ("aws_internet_gateway", 1),
        ("aws_network_interface", 1),
        ("aws_route", 2),
        ("aws_route_table", 2),
        ("aws_route_table_association", 4),
        ("aws_s3_bucket", 1),
        ("aws_s3_bucket_lifecycle_configuration", 1),
        ("aws_s3_bucket_ownership_controls", 1),
        ("aws_s3_bucket_policy", 1),
        ("aws_s3_bucket_public_access_block", 1),
        ("aws_s3_bucket_server_side_encryption_configuration", 1),
        ("aws_s3_bucket_versioning", 1),
        ("aws_security_group", 1),
        ("aws_ssm_parameter", 1),
        ("aws_subnet", 4),
        ("aws_vpc", 1),
        ("aws_vpc_security_group_egress_rule", 1),
        ("aws_vpc_security_group_ingress_rule", 1),
        ("terraform_data", 1),
    ]);
    assert_eq!(counts(synthesis.stack("dev/network")?), expected);
    Ok(())
}

#[test]
fn prod_has_exactly_these_resources() -> Result<()> {
    let synthesis = both()?;
    let expected = BTreeMap::from([
        ("aws_cloudtrail", 1),
        ("aws_cloudwatch_log_group", 1),
        ("aws_default_security_group", 1),
        ("aws_eip", 2),
        ("aws_flow_log", 1),
        ("aws_iam_role", 1),
        ("aws_iam_role_policy", 1),
        ("aws_internet_gateway", 1),
        ("aws_nat_gateway", 2),
        ("aws_route", 3),
        ("aws_route_table", 3),
        ("aws_route_table_association", 4),
        ("aws_s3_bucket", 1),
        ("aws_s3_bucket_lifecycle_configuration", 1),
        ("aws_s3_bucket_ownership_controls", 1),
        ("aws_s3_bucket_policy", 1),
        ("aws_s3_bucket_public_access_block", 1),
        ("aws_s3_bucket_server_side_encryption_configuration", 1),
        ("aws_s3_bucket_versioning", 1),
        ("aws_subnet", 4),
        ("aws_vpc", 1),
    ]);
    assert_eq!(counts(synthesis.stack("prod/network")?), expected);
    Ok(())
}

#[test]
fn subnets_have_their_addresses_zones_and_names() -> Result<()> {
    let synthesis = both()?;
    for (environment, second) in [("dev", 1), ("prod", 2)] {
        let stack = synthesis.stack(&format!("{environment}/network"))?;
        let vpc = stack.find::<ec2::Vpc>("core")?;
        assert_eq!(vpc.text("cidr_block")?, format!("10.{second}.0.0/16"));
        assert_eq!(vpc.argument("enable_dns_hostnames")?, true);
        assert_eq!(vpc.argument("enable_dns_support")?, true);
        let row = |tier: &str, third: u32, letter: char| {
            [
                format!("core/{tier}-{letter}"),
                format!("10.{second}.{third}.0/24"),
                format!("us-east-1{letter}"),
                format!("MM-{environment}-use1-use1{letter}-subnet-{tier}"),
            ]
        };
        let expected = [row("public", 0, 'a'), row("public", 1, 'b'), row("private", 10, 'a'), row("private", 11, 'b')];
        assert_eq!(subnets(stack)?, expected);
        for subnet in stack.resources::<ec2::Subnet>() {
            assert_eq!(subnet.resolve("vpc_id")?.address(), "aws_vpc.core");
        }
    }
    Ok(())
}

#[test]
fn every_name_follows_the_convention() -> Result<()> {
    let synthesis = both()?;
    let names = |path: &str| -> Result<Vec<String>> {
        let mut names: Vec<String> =
            synthesis.stack(path)?.all().filter_map(|found| found.name()).map(str::to_owned).collect();
        names.sort();
        Ok(names)
    };
    let common = |environment: &str| -> Vec<String> {
        [
            "cloudtrail-core",
            "flowlog-core",
            "igw-core",
            "logs-flow",
            "policy-flow",
            "role-flow",
            "rt-public",
            "sg-default",
            "use1a-subnet-private",
            "use1a-subnet-public",
            "use1b-subnet-private",
            "use1b-subnet-public",
            "vpc-core",
        ]
        .iter()
        .map(|name| format!("MM-{environment}-use1-{name}"))
        .chain([format!("mm-{environment}-use1-s3-cloudtrail")])
        .collect()
    };
    let with = |environment: &str, more: &[&str]| {
        let mut all = common(environment);
        all.extend(more.iter().map(|name| format!("MM-{environment}-use1-{name}")));
        all.sort();
        all
    };
    let dev = ["egress-nat", "ingress-nat", "rt-private", "use1a-eip-nat", "use1a-eni-nat", "use1a-nat-core"];
    assert_eq!(names("dev/network")?, with("dev", &dev));
    let prod =
        ["use1a-eip-nat", "use1a-nat-core", "use1a-rt-private", "use1b-eip-nat", "use1b-nat-core", "use1b-rt-private"];
    assert_eq!(names("prod/network")?, with("prod", &prod));
    Ok(())
}

#[test]
fn every_subnet_has_one_association_with_its_own_tier() -> Result<()> {
    let synthesis = both()?;
    let tables = |path: &str| -> Result<Vec<(String, String)>> {
        let stack = synthesis.stack(path)?;
        let subnets = stack.resources::<ec2::Subnet>();
        subnets
            .into_iter()
            .map(|subnet| Ok((subnet.path().to_owned(), table_of(stack, subnet)?.address().to_owned())))
            .collect()
    };
    let expected = |rows: [(&str, &str); 4]| rows.map(|(subnet, table)| (subnet.to_owned(), table.to_owned())).to_vec();
    assert_eq!(
        tables("dev/network")?,
        expected([
            ("core/public-a", "aws_route_table.core_public"),
            ("core/public-b", "aws_route_table.core_public"),
            ("core/private-a", "aws_route_table.core_private"),
            ("core/private-b", "aws_route_table.core_private"),
        ])
    );
    assert_eq!(
        tables("prod/network")?,
        expected([
            ("core/public-a", "aws_route_table.core_public"),
            ("core/public-b", "aws_route_table.core_public"),
            ("core/private-a", "aws_route_table.core_private_a"),
            ("core/private-b", "aws_route_table.core_private_b"),
        ])
    );
    Ok(())
}

#[test]
fn private_subnets_leave_through_nat_and_never_through_the_internet_gateway() -> Result<()> {
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        for subnet in stack.resources::<ec2::Subnet>() {
            let routes = routes_of(stack, table_of(stack, subnet)?);
            assert_eq!(routes.len(), 1, "{subnet:?}");
            assert_eq!(routes[0].text("destination_cidr_block")?, "0.0.0.0/0");
            let public = subnet.path().starts_with("core/public");
            assert_eq!(routes[0].has("gateway_id"), public, "{subnet:?}");
            match (public, stack.environment()) {
                (true, _) => assert_eq!(routes[0].resolve("gateway_id")?.address(), "aws_internet_gateway.core"),
                (false, Some("dev")) => {
                    let interface = routes[0].resolve("network_interface_id")?;
                    assert_eq!(interface.address(), "aws_network_interface.core_nat_instance_a");
                }
                (false, _) => {
                    let gateway = routes[0].resolve("nat_gateway_id")?;
                    let zone = gateway.resolve("subnet_id")?.text("availability_zone")?;
                    assert_eq!(zone, subnet.text("availability_zone")?);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn what_a_construct_promises_is_written_out() -> Result<()> {
    // Arguments that the provider leaves alone if they are left out. Two more are left out because others may add to them:
    // the routes of tables, which a user adds as resources, and the rules of the NAT's group, which are resources.
    let promises: [(&str, &str, &[&str]); 9] = [
        ("aws_default_security_group.core_default", "ingress", &["[]"]),
        ("aws_default_security_group.core_default", "egress", &["[]"]),
        ("aws_vpc.core", "enable_dns_hostnames", &["true"]),
        ("aws_vpc.core", "enable_dns_support", &["true"]),
        ("aws_subnet.core_public_a", "cidr_block", &["\"10.1.0.0/24\"", "\"10.2.0.0/24\""]),
        ("aws_subnet.core_public_a", "availability_zone", &["\"us-east-1a\""]),
        ("aws_flow_log.flow", "log_destination", &["\"${aws_cloudwatch_log_group.flow.arn}\""]),
        ("aws_cloudwatch_log_group.flow", "retention_in_days", &["14", "90"]),
        ("aws_internet_gateway.core", "vpc_id", &["\"${aws_vpc.core.id}\""]),
    ];
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        for (address, argument, values) in promises {
            let value = stack.at(address)?.argument(argument)?.to_string();
            assert!(values.contains(&value.as_str()), "{address}.{argument} is {value}");
        }
    }
    let instance = synthesis.stack("dev/network")?.find::<ec2::Instance>("core/nat-instance-a")?;
    for (argument, value) in [
        ("root_block_device.encrypted", "true"),
        ("metadata_options.http_tokens", "\"required\""),
        ("metadata_options.http_endpoint", "\"enabled\""),
    ] {
        assert_eq!(instance.argument(argument)?.to_string(), value, "{argument}");
    }
    Ok(())
}

#[test]
fn nat_stands_in_public_subnets_after_what_makes_them_public() -> Result<()> {
    let synthesis = both()?;
    let ready = |letter: char| {
        [
            "aws_internet_gateway.core".to_owned(),
            "aws_route.core_public".to_owned(),
            "aws_route_table.core_public".to_owned(),
            format!("aws_route_table_association.core_public_{letter}"),
            format!("aws_subnet.core_public_{letter}"),
        ]
    };
    let dev = synthesis.stack("dev/network")?;
    let instance = dev.find::<ec2::Instance>("core/nat-instance-a")?;
    let interface = dev.find::<ec2::NetworkInterface>("core/nat-instance-a")?;
    assert_eq!(interface.resolve("subnet_id")?.path(), "core/public-a");
    assert_eq!(instance.depends_on(), ready('a'));
    let prod = synthesis.stack("prod/network")?;
    for stack in [dev, prod] {
        for address in stack.resources::<ec2::Eip>() {
            assert_eq!(address.depends_on(), ["aws_internet_gateway.core"]);
        }
    }
    for letter in ['a', 'b'] {
        let gateway = prod.find::<ec2::NatGateway>(&format!("core/nat-{letter}"))?;
        assert_eq!(gateway.resolve("subnet_id")?.path(), format!("core/public-{letter}"));
        assert_eq!(gateway.resolve("allocation_id")?.path(), format!("core/nat-{letter}"));
        assert_eq!(gateway.depends_on(), ready(letter));
    }
    Ok(())
}

#[test]
fn the_nat_instance_forwards_and_is_closed() -> Result<()> {
    let synthesis = synthesize(dev)?;
    let stack = synthesis.stack("dev/network")?;
    let instance = stack.find::<ec2::Instance>("core/nat-instance-a")?;
    for (argument, expected) in [
        ("instance_type", "\"t3.micro\""),
        ("ami", "\"${data.aws_ssm_parameter.al2023_x86_64.insecure_value}\""),
        ("user_data_replace_on_change", "true"),
        ("metadata_options.http_tokens", "\"required\""),
        ("root_block_device.encrypted", "true"),
        ("root_block_device.volume_type", "\"gp3\""),
    ] {
        assert_eq!(instance.argument(argument)?.to_string(), expected, "{argument}");
    }
    // The provider rejects these beside an interface of its own.
    for argument in
        ["key_name", "source_dest_check", "associate_public_ip_address", "subnet_id", "vpc_security_group_ids"]
    {
        assert!(!instance.has(argument), "{argument}");
    }
    assert_eq!(
        instance.lifecycle().to_string(),
        r#"{"create_before_destroy":true,"ignore_changes":["source_dest_check","ami"]}"#
    );
    let interface = stack.find::<ec2::NetworkInterface>("core/nat-instance-a")?;
    let attached = instance.argument("primary_network_interface.network_interface_id")?;
    assert_eq!(attached, "${aws_network_interface.core_nat_instance_a.id}");
    assert_eq!(interface.argument("source_dest_check")?, false);
    assert_eq!(interface.argument("security_groups")?.to_string(), "[\"${aws_security_group.core_nat.id}\"]");
    assert_eq!(interface.name(), Some("MM-dev-use1-use1a-eni-nat"));

    let ingress = stack.resources::<ec2::VpcSecurityGroupIngressRule>();
    assert_eq!(ingress.len(), 1);
    assert_eq!(ingress[0].text("cidr_ipv4")?, "${aws_vpc.core.cidr_block}");
    let egress = stack.resources::<ec2::VpcSecurityGroupEgressRule>();
    assert_eq!(egress.len(), 1);
    assert_eq!(egress[0].text("cidr_ipv4")?, "0.0.0.0/0");
    for rule in [ingress[0], egress[0]] {
        assert_eq!(rule.text("ip_protocol")?, "-1");
        assert_eq!(rule.resolve("security_group_id")?.path(), "core/nat");
    }
    let script = instance.text("user_data")?;
    for line in
        ["net.ipv4.ip_forward = 1", "-A POSTROUTING -o $${interface} -j MASQUERADE", "systemctl enable iptables"]
    {
        assert!(script.lines().any(|known| known == line), "{line} is missing in {script}");
    }
    let association = &stack.resources::<ec2::EipAssociation>()[0];
    assert_eq!(association.resolve("network_interface_id")?, interface);
    assert_eq!(association.resolve("allocation_id")?.name(), Some("MM-dev-use1-use1a-eip-nat"));
    Ok(())
}

#[test]
fn what_private_routes_depend_on_is_created_first() -> Result<()> {
    const CREATED_FIRST: [&str; 11] = [
        "aws_eip",
        "aws_eip_association",
        "aws_instance",
        "aws_nat_gateway",
        "aws_network_interface",
        "aws_route",
        "aws_route_table",
        "aws_security_group",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_route_table_association",
    ];
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        for found in stack.all() {
            // Private associations move; only public ones are replaced with what stands in their subnet.
            let moves = found.terraform_type() == "aws_route_table_association" && found.path().contains("private");
            let first = CREATED_FIRST.contains(&found.terraform_type()) && !moves;
            assert_eq!(found.lifecycle()["create_before_destroy"] == true, first, "{found:?}");
        }
        for association in stack.resources::<ec2::RouteTableAssociation>() {
            let table = association.resolve("route_table_id")?;
            let routes = routes_of(stack, table);
            let private = association.path().contains("private");
            assert_eq!(association.depends_on().contains(&routes[0].address()), private, "{association:?}");
        }
        for address in stack.resources::<ec2::Eip>() {
            let with_subnet = address.lifecycle()["replace_triggered_by"].is_array();
            assert_eq!(
                with_subnet,
                stack.environment() == Some("prod"),
                "a gateway in another subnet needs another one"
            );
        }
    }
    let dev = synthesis.stack("dev/network")?;
    let interface = dev.find::<ec2::NetworkInterface>("core/nat-instance-a")?;
    assert_eq!(interface.lifecycle()["replace_triggered_by"][0], "terraform_data.core_nat_instance_a");
    let association = dev.find::<ec2::EipAssociation>("core/nat-instance-a")?;
    assert_eq!(association.depends_on(), ["aws_instance.core_nat_instance_a"]);
    let route = dev.find::<ec2::Route>("core/private")?;
    assert_eq!(route.depends_on(), ["aws_eip_association.core_nat_instance_a"]);
    Ok(())
}

#[test]
fn every_interface_that_is_a_route_target_forwards() -> Result<()> {
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        for route in stack.resources::<ec2::Route>().into_iter().filter(|route| route.has("network_interface_id")) {
            assert_eq!(route.resolve("network_interface_id")?.argument("source_dest_check")?, false);
        }
    }
    Ok(())
}

#[test]
fn nothing_taggable_lacks_a_mandatory_tag_or_its_name() -> Result<()> {
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        for found in stack.all().filter(|found| found.has("tags")) {
            let keys = found.tag_keys();
            for key in MANDATORY.iter().chain(&["Name"]) {
                assert!(keys.iter().any(|known| known == key), "{key} is missing in {found:?}");
            }
            // The rest of a name with a prefix is Terraform's.
            match found.has("name_prefix") {
                true => assert_eq!(format!("{}-", found.tag("Name")?), found.text("name_prefix")?),
                false => assert_eq!(found.tag("Name")?, found.name().expect("its name is known")),
            }
        }
        let taggable = stack.all().filter(|found| found.has("tags")).count();
        let expected = if stack.environment() == Some("dev") { 20 } else { 19 };
        assert_eq!(taggable, expected, "{stack:?}");
    }
    let synthesis = synthesize(dev)?;
    let instance = synthesis.stack("dev/network")?.find::<ec2::Instance>("core/nat-instance-a")?;
    assert_eq!(instance.argument("volume_tags")?, instance.argument("tags")?);
    Ok(())
}

#[test]
fn subnets_carry_the_role_tags_of_eks() -> Result<()> {
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        for subnet in stack.resources::<ec2::Subnet>() {
            let (own, other) = match subnet.path().starts_with("core/public") {
                true => ("kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"),
                false => ("kubernetes.io/role/internal-elb", "kubernetes.io/role/elb"),
            };
            assert_eq!(subnet.tag(own)?, "1");
            assert!(subnet.tag(other).is_err());
        }
        for table in stack.resources::<ec2::RouteTable>() {
            assert!(!table.tag_keys().iter().any(|key| key.starts_with("kubernetes.io")), "{table:?}");
        }
    }
    Ok(())
}

#[test]
fn nothing_of_one_environment_is_named_after_the_other() -> Result<()> {
    let synthesis = both()?;
    for (stack, own, other) in [("dev/network", "dev", "prod"), ("prod/network", "prod", "dev")] {
        let stack = synthesis.stack(stack)?;
        for found in stack.all().filter(|found| found.has("tags")) {
            assert_eq!(found.tag("Environment")?, own);
        }
        for file in stack.files() {
            let text = String::from_utf8(file.bytes).expect("it is text");
            let foreign = |word: &str| text.contains(&format!("MM-{word}-")) || text.contains(&format!("mm-{word}-"));
            assert!(foreign(own) || file.name != "core.tf.json");
            assert!(!foreign(other), "{}", file.name);
        }
    }
    Ok(())
}

#[test]
fn the_account_guards_the_provider() -> Result<()> {
    let synthesis = both()?;
    let account = mikamirai::ACCOUNT;
    for path in ["dev/network", "prod/network"] {
        let files = synthesis.stack(path)?.files();
        let file = files.iter().find(|file| file.name == "terraform.tf.json").expect("every stack has one");
        let json: serde_json::Value = serde_json::from_slice(&file.bytes).expect("it is JSON");
        assert_eq!(json["provider"]["aws"][0]["allowed_account_ids"][0], account);
        assert_eq!(json["provider"]["aws"][0]["region"], "us-east-1");
        assert_eq!(json["terraform"]["required_providers"]["aws"]["source"], "hashicorp/aws");
    }
    Ok(())
}

#[test]
fn flow_logs_go_to_a_group_that_is_kept() -> Result<()> {
    let synthesis = both()?;
    for (path, environment, days) in [("dev/network", "dev", 14), ("prod/network", "prod", 90)] {
        let stack = synthesis.stack(path)?;
        let flow_log = stack.find::<ec2::FlowLog>("flow")?;
        assert_eq!(flow_log.text("traffic_type")?, "ALL");
        assert_eq!(flow_log.argument("max_aggregation_interval")?, 600);
        assert_eq!(flow_log.resolve("vpc_id")?.address(), "aws_vpc.core");
        let group = flow_log.resolve("log_destination")?;
        assert_eq!(group.text("name")?, format!("MM-{environment}-use1-logs-flow"));
        assert_eq!(group.argument("retention_in_days")?, days);

        let role = flow_log.resolve("iam_role_arn")?;
        let account = mikamirai::ACCOUNT;
        let trust = format!(
            concat!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","#,
                r#""Principal":{{"Service":"vpc-flow-logs.amazonaws.com"}},"Action":"sts:AssumeRole","Condition":{{"#,
                r#""StringEquals":{{"aws:SourceAccount":"{account}"}},"#,
                r#""ArnLike":{{"aws:SourceArn":"arn:aws:ec2:us-east-1:{account}:vpc-flow-log/*"}}}}}}]}}"#,
            ),
            account = account
        );
        assert_eq!(role.text("assume_role_policy")?, trust);
        let policy = stack.find::<iam::RolePolicy>("flow")?;
        assert_eq!(policy.resolve("role")?, role);
        let permissions = concat!(
            r#"${jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", "Action" = "#,
            r#"["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], "#,
            r#""Resource" = [aws_cloudwatch_log_group.flow.arn, "${aws_cloudwatch_log_group.flow.arn}:*"]}, "#,
            r#"{"Effect" = "Allow", "Action" = "logs:DescribeLogGroups", "Resource" = "*"}]})}"#,
        );
        assert_eq!(policy.text("policy")?, permissions);
        assert_eq!(flow_log.depends_on(), ["aws_iam_role_policy.flow"]);
    }
    Ok(())
}

#[test]
fn the_trail_writes_to_a_closed_bucket() -> Result<()> {
    let synthesis = both()?;
    for (path, environment, days) in [("dev/network", "dev", 90), ("prod/network", "prod", 365)] {
        let account = mikamirai::ACCOUNT;
        let stack = synthesis.stack(path)?;
        let trail = stack.find::<cloudtrail::Cloudtrail>("trail")?;
        assert_eq!(trail.argument("is_multi_region_trail")?, true);
        assert_eq!(trail.argument("enable_log_file_validation")?, true);
        assert_eq!(trail.resolve("s3_bucket_name")?.name(), Some(&*format!("mm-{environment}-use1-s3-cloudtrail")));
        assert_eq!(trail.depends_on(), ["aws_s3_bucket_policy.trail"]);

        let policy = stack.find::<s3::BucketPolicy>("trail")?;
        assert_eq!(policy.depends_on(), ["aws_s3_bucket_public_access_block.trail"]);
        let arn = format!("arn:aws:cloudtrail:us-east-1:{account}:trail/MM-{environment}-use1-cloudtrail-core");
        let expected = [
            r#"${jsonencode({"Version" = "2012-10-17", "Statement" = ["#,
            r#"{"Sid" = "DenyInsecureTransport", "Effect" = "Deny", "Principal" = "*", "Action" = "s3:*", "#,
            r#""Resource" = [aws_s3_bucket.trail.arn, "${aws_s3_bucket.trail.arn}/*"], "#,
            r#""Condition" = {"Bool" = {"aws:SecureTransport" = "false"}}}, "#,
            r#"{"Sid" = "AWSCloudTrailAclCheck", "Effect" = "Allow", "#,
            r#""Principal" = {"Service" = "cloudtrail.amazonaws.com"}, "Action" = "s3:GetBucketAcl", "#,
            r#""Resource" = aws_s3_bucket.trail.arn, "Condition" = {"StringEquals" = {"aws:SourceArn" = "ARN"}}}, "#,
            r#"{"Sid" = "AWSCloudTrailWrite", "Effect" = "Allow", "#,
            r#""Principal" = {"Service" = "cloudtrail.amazonaws.com"}, "Action" = "s3:PutObject", "#,
            r#""Resource" = "${aws_s3_bucket.trail.arn}/AWSLogs/ACCOUNT/*", "Condition" = {"StringEquals" = "#,
            r#"{"s3:x-amz-acl" = "bucket-owner-full-control", "aws:SourceArn" = "ARN"}}}]})}"#,
        ];
        assert_eq!(policy.text("policy")?, expected.concat().replace("ARN", &arn).replace("ACCOUNT", account));
        assert_eq!(trail.argument("include_global_service_events")?, true);

        let block = stack.find::<s3::BucketPublicAccessBlock>("trail")?;
        for argument in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"] {
            assert_eq!(block.argument(argument)?, true);
        }
        let encryption = stack.find::<s3::BucketServerSideEncryptionConfiguration>("trail")?;
        assert_eq!(encryption.text("rule.apply_server_side_encryption_by_default.sse_algorithm")?, "AES256");
        assert_eq!(stack.find::<s3::BucketVersioning>("trail")?.text("versioning_configuration.status")?, "Enabled");
        let ownership = stack.find::<s3::BucketOwnershipControls>("trail")?;
        assert_eq!(ownership.text("rule.object_ownership")?, "BucketOwnerEnforced");
        let expiry = stack.find::<s3::BucketLifecycleConfiguration>("trail")?;
        assert_eq!(expiry.argument("rule.expiration.days")?, days);
        assert_eq!(expiry.argument("rule.noncurrent_version_expiration.noncurrent_days")?, 30);
        assert_eq!(expiry.argument("rule.abort_incomplete_multipart_upload.days_after_initiation")?, 7);
    }
    Ok(())
}

#[test]
fn the_default_security_group_has_no_rules() -> Result<()> {
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        let group = stack.find::<ec2::DefaultSecurityGroup>("core/default")?;
        assert_eq!(group.resolve("vpc_id")?.address(), "aws_vpc.core");
        for rules in ["ingress", "egress"] {
            assert_eq!(group.argument(rules)?.to_string(), "[]", "{group:?}");
        }
    }
    Ok(())
}

#[test]
fn outputs_are_there_for_other_stacks() -> Result<()> {
    let synthesis = both()?;
    for stack in synthesis.stacks() {
        assert_eq!(stack.output("vpc_id")?, "${aws_vpc.core.id}");
        let public = stack.output("public_subnet_ids")?;
        assert_eq!(public.to_string(), r#"["${aws_subnet.core_public_a.id}","${aws_subnet.core_public_b.id}"]"#);
        let private = stack.output("private_subnet_ids")?;
        assert_eq!(private.to_string(), r#"["${aws_subnet.core_private_a.id}","${aws_subnet.core_private_b.id}"]"#);
    }
    Ok(())
}
