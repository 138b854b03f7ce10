//! What the documentation of constructs says is what they do: every "Creates" list, and every default.

mod common;

use std::collections::BTreeSet;

use common::{mikamirai, synthesize};
use mmcdk::core::{Mode, SynthesizedStack};
use mmcdk::prelude::*;

const VPC: &str = include_str!("../mmcdk-aws/src/network/vpc.rs");
const NAT: &str = include_str!("../mmcdk-aws/src/network/nat.rs");
const NAT_INSTANCE: &str = include_str!("../mmcdk-aws/src/network/nat_instance.rs");
const TIER: &str = include_str!("../mmcdk-aws/src/network/tier.rs");
const FLOW_LOGS: &str = include_str!("../mmcdk-aws/src/network/flow_logs.rs");
const TRAIL: &str = include_str!("../mmcdk-aws/src/trail.rs");
const STATE_STORE: &str = include_str!("../mmcdk-aws/src/bootstrap/state_store.rs");
const OIDC_PROVIDER: &str = include_str!("../mmcdk-aws/src/oidc/provider.rs");
const OIDC_ROLE: &str = include_str!("../mmcdk-aws/src/oidc/role.rs");

/// The documentation of a file, as one line of text.
fn documentation(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.trim_start().strip_prefix("///"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The types that the "Creates" sections of a file name.
fn creates(source: &str) -> BTreeSet<String> {
    let text = documentation(source);
    let (_, section) = text.split_once("# Creates ").expect("it has the section");
    let section = section.split(" # ").next().unwrap_or_default();
    let named = section.split('`').skip(1).step_by(2);
    named.filter(|name| name.starts_with("aws_") || *name == "terraform_data").map(str::to_owned).collect()
}

/// What is added to a stack.
type Program = Box<dyn FnOnce(&mut Stack<'_>) -> Result<()>>;

/// The types that are placed in any of the programs.
fn placed(programs: Vec<Program>) -> Result<BTreeSet<String>> {
    let mut types = BTreeSet::new();
    for program in programs {
        let synthesis = network(program)?;
        let managed = synthesis.stack("dev/network")?;
        types.extend(
            managed.all().filter(|found| found.mode() == Mode::Managed).map(|found| found.terraform_type().into()),
        );
    }
    Ok(types)
}

fn network(build: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<Synthesis> {
    synthesize(|app| build(&mut app.stack("network", mikamirai::environment("dev", Region::UsEast1))?))
}

fn program<C: Construct + 'static>(construct: C) -> Program {
    Box::new(move |stack| stack.add("it", construct).map(drop))
}

fn vpc() -> Vpc {
    Vpc::new("10.1.0.0/16").zones(["b", "c"])
}

fn role() -> OidcRole {
    let write = Statement::allow().actions(["s3:PutObject"]).resources(["arn:aws:s3:::a/*"]);
    let role = OidcRole::github(mikamirai::REPOSITORY).subjects([Subject::environment("dev")]);
    role.policy(PolicyDocument::new().statement(write))
}

#[test]
fn constructs_create_what_their_documentation_lists() -> Result<()> {
    let strategies =
        [NatStrategy::instance(InstanceType::T3Micro), NatStrategy::SingleGateway, NatStrategy::GatewayPerZone];
    let with_nat = strategies.into_iter().map(|nat| program(vpc().nat(nat))).collect();
    let of_vpc_and_nat: BTreeSet<String> = creates(VPC).union(&creates(NAT)).cloned().collect();
    let state = |lock| StateStore::new("mm-terraform-state", Region::UsEast1).lock(lock);
    for (construct, listed, programs) in [
        ("Vpc", creates(VPC), vec![program(vpc())]),
        ("Vpc with NatStrategy", of_vpc_and_nat, with_nat),
        ("FlowLogs", creates(FLOW_LOGS), vec![program(FlowLogs::of("vpc-0123456789abcdef0"))]),
        ("Trail", creates(TRAIL), vec![program(Trail::new()), program(Trail::new().log_group(LogRetention::Days30))]),
        (
            "StateStore",
            creates(STATE_STORE),
            vec![program(state(StateLock::S3)), program(state(StateLock::both("locks")))],
        ),
        ("OidcProvider", creates(OIDC_PROVIDER), vec![program(OidcProvider::github())]),
        ("OidcRole", creates(OIDC_ROLE), vec![program(role())]),
    ] {
        assert_eq!(listed, placed(programs)?, "{construct}");
    }
    // What is said to come with an option comes with nothing else.
    let plain = placed(vec![program(Trail::new()), program(state(StateLock::S3))])?;
    for optional in ["aws_cloudwatch_log_group", "aws_iam_role", "aws_dynamodb_table"] {
        assert!(!plain.contains(optional), "{optional}");
    }
    Ok(())
}

/// What a document says, and what it means: an argument of a resource, absent if there is no value.
type Default = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>);

#[track_caller]
fn check(stack: SynthesizedStack<'_>, defaults: &[Default]) -> Result<()> {
    for (source, sentence, address, argument, value) in defaults {
        assert!(documentation(source).contains(sentence), "no longer documented: {sentence:?}");
        let found = stack.at(address)?;
        let actual = found.argument(argument).ok().map(|value| value.to_string());
        assert_eq!(actual.as_deref(), *value, "{sentence:?}: {address}.{argument}");
    }
    Ok(())
}

#[test]
fn constructs_have_the_defaults_that_their_documentation_states() -> Result<()> {
    let synthesis = network(|stack| {
        let vpc = stack.add("core", vpc())?;
        stack.add("flow", FlowLogs::new(&vpc))?;
        stack.add("trail", Trail::new())?;
        stack.add("state", StateStore::new("mm-terraform-state", Region::UsEast1))?;
        stack.add("github", OidcProvider::github())?;
        stack.add("role", role()).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    const TIERS: &str = "The tiers `public` (0) and `private` (1)";
    const EKS: &str = "the tags by which EKS finds subnets for load balancers";
    const ENCRYPTED: &str = "aws_s3_bucket_server_side_encryption_configuration";
    const EXPIRE: &str = "records expire after 365 days, noncurrent versions 30 days after they were replaced or deleted, \
                          aborted uploads after 7";
    let algorithm = "rule.apply_server_side_encryption_by_default.sse_algorithm";
    check(
        stack,
        &[
            (VPC, TIERS, "aws_subnet.core_public_b", "cidr_block", Some(r#""10.1.1.0/24""#)),
            (VPC, TIERS, "aws_subnet.core_private_c", "cidr_block", Some(r#""10.1.12.0/24""#)),
            (VPC, "subnets with a prefix 8 longer", "aws_subnet.core_public_c", "cidr_block", Some(r#""10.1.2.0/24""#)),
            (
                TIER,
                "By default it is that of the VPC",
                "aws_subnet.core_public_c",
                "cidr_block",
                Some(r#""10.1.2.0/24""#),
            ),
            (VPC, "DNS support and hostnames", "aws_vpc.core", "enable_dns_support", Some("true")),
            (VPC, "DNS support and hostnames", "aws_vpc.core", "enable_dns_hostnames", Some("true")),
            (
                VPC,
                "DNS server answers in the VPC; by default it does",
                "aws_vpc.core",
                "enable_dns_support",
                Some("true"),
            ),
            (VPC, "public DNS names; by default they do", "aws_vpc.core", "enable_dns_hostnames", Some("true")),
            (TIER, "by default none gets one", "aws_subnet.core_public_b", "map_public_ip_on_launch", None),
            (FLOW_LOGS, "All traffic", "aws_flow_log.flow", "traffic_type", Some(r#""ALL""#)),
            (FLOW_LOGS, "gathered over 10 minutes", "aws_flow_log.flow", "max_aggregation_interval", Some("600")),
            (FLOW_LOGS, "in AWS's own format", "aws_flow_log.flow", "log_format", None),
            (FLOW_LOGS, "kept for 90 days", "aws_cloudwatch_log_group.flow", "retention_in_days", Some("90")),
            (TRAIL, "All regions", "aws_cloudtrail.trail", "is_multi_region_trail", Some("true")),
            (TRAIL, "management events alone", "aws_cloudtrail.trail", "event_selector", None),
            (TRAIL, EXPIRE, "aws_s3_bucket_lifecycle_configuration.trail", "rule.expiration.days", Some("365")),
            (
                TRAIL,
                EXPIRE,
                "aws_s3_bucket_lifecycle_configuration.trail",
                "rule.noncurrent_version_expiration.noncurrent_days",
                Some("30"),
            ),
            (
                TRAIL,
                EXPIRE,
                "aws_s3_bucket_lifecycle_configuration.trail",
                "rule.abort_incomplete_multipart_upload.days_after_initiation",
                Some("7"),
            ),
            (
                STATE_STORE,
                "old versions expire after 90 days",
                "aws_s3_bucket_lifecycle_configuration.state",
                "rule.noncurrent_version_expiration.noncurrent_days",
                Some("90"),
            ),
            (
                STATE_STORE,
                "encrypted by S3",
                "aws_s3_bucket_server_side_encryption_configuration.state",
                algorithm,
                Some(r#""AES256""#),
            ),
            (OIDC_PROVIDER, "It has no thumbprint", "aws_iam_openid_connect_provider.github", "thumbprint_list", None),
            (OIDC_ROLE, "sessions last an hour", "aws_iam_role.role", "max_session_duration", Some("3600")),
        ],
    )?;
    assert!(stack.at(&format!("{ENCRYPTED}.trail")).is_ok());
    assert!(documentation(VPC).contains("no NAT") && stack.resources::<ec2::Eip>().is_empty());
    assert!(documentation(VPC).contains(EKS));
    assert_eq!(stack.find::<ec2::Subnet>("core/public-b")?.tag("kubernetes.io/role/elb")?, "1");
    assert_eq!(stack.find::<ec2::Subnet>("core/private-b")?.tag("kubernetes.io/role/internal-elb")?, "1");
    assert!(
        documentation(STATE_STORE).contains("Locked by lock files") && stack.resources::<dynamodb::Table>().is_empty()
    );
    let trust = stack.find::<iam::Role>("role")?.text("assume_role_policy")?;
    assert!(documentation(OIDC_ROLE).contains("repositories made before 15 July 2026"));
    assert!(trust.contains(&format!("\"repo:{}:environment:dev\"", mikamirai::REPOSITORY)), "{trust}");
    assert!(documentation(OIDC_ROLE).contains("the provider is that of the role's account"));
    let provider = format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", mikamirai::ACCOUNT);
    assert!(trust.contains(&provider), "{trust}");

    let synthesis =
        network(|stack| stack.add("core", vpc().nat(NatStrategy::instance(InstanceType::T4gNano))).map(drop))?;
    let stack = synthesis.stack("dev/network")?;
    check(
        stack,
        &[
            (
                VPC,
                "By default it is that of the lowest letter",
                "aws_instance.core_nat_instance_b",
                "instance_type",
                Some(r#""t4g.nano""#),
            ),
            (
                NAT_INSTANCE,
                "an encrypted volume",
                "aws_instance.core_nat_instance_b",
                "root_block_device.encrypted",
                Some("true"),
            ),
            (NAT_INSTANCE, "no SSH", "aws_instance.core_nat_instance_b", "key_name", None),
            (
                NAT_INSTANCE,
                "the newest Amazon Linux 2023 for its architecture",
                "aws_instance.core_nat_instance_b",
                "ami",
                Some(r#""${data.aws_ssm_parameter.al2023_arm64.insecure_value}""#),
            ),
        ],
    )
}
