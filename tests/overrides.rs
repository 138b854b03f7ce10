//! Overrides of what a construct computes from: it follows them, or rejects them by name.

mod common;

use common::{mikamirai, refused, synthesize};
use mmcdk::core::Found;
use mmcdk::prelude::*;

/// A network with everything, and the bootstrap, whose parts have an override in their context.
fn overridden(what: &str, local: Local) -> Result<Synthesis> {
    synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        let mut network = app.stack("network", &dev)?;
        let vpc = Vpc::new("10.1.0.0/16").zones(["a", "b"]);
        let mut scope = network.with(local);
        match what {
            "instance" => scope.add("core", vpc.nat(NatStrategy::instance(InstanceType::T3Micro))).map(drop),
            "gateway" => scope.add("core", vpc.nat(NatStrategy::SingleGateway)).map(drop),
            "vpc" => scope.add("core", vpc).map(drop),
            "flow" => scope.add("flow", FlowLogs::of("vpc-0123456789abcdef0")).map(drop),
            "trail" => scope.add("trail", Trail::new()).map(drop),
            "unique" => scope.add("trail", Trail::new().unique_bucket_name()).map(drop),
            "state" => scope.add("state", mikamirai::state()).map(drop),
            "provider" => scope.add("github", OidcProvider::github()).map(drop),
            "role" => {
                let read = Statement::allow().actions(["s3:GetObject"]).resources(["arn:aws:s3:::a/*"]);
                let role = OidcRole::github(mikamirai::REPOSITORY).subjects([Subject::environment("dev")]);
                scope.add("role", role.policy(PolicyDocument::new().statement(read))).map(drop)
            }
            other => panic!("there is no {other}"),
        }
    })
}

#[test]
fn overrides_that_a_construct_cannot_follow_are_refused_by_name() {
    fn on<R: Resource>(what: &'static str, arguments: &[&'static str], instead: &'static str) {
        for argument in arguments {
            let result = overridden(what, Local::new().set_on::<R>(*argument, "x"));
            refused(
                result,
                &["dev/network/", &format!("set_on sets {argument} of {}", R::FACTS.terraform_type), instead],
            );
        }
    }
    on::<ec2::Vpc>("vpc", &["cidr_block", "ipv4_netmask_length", "ipv4_ipam_pool_id"], "Vpc::new");
    on::<ec2::Vpc>("vpc", &["enable_dns_support"], "Vpc::dns_support");
    on::<ec2::Vpc>("vpc", &["enable_dns_hostnames"], "Vpc::dns_hostnames");
    on::<ec2::Vpc>("vpc", &["region"], "provider");
    on::<ec2::Subnet>("vpc", &["cidr_block", "availability_zone", "availability_zone_id", "vpc_id"], "Tier::cidr");
    on::<ec2::NatGateway>("gateway", &["allocation_id", "subnet_id", "connectivity_type"], "NatStrategy");
    on::<ec2::Instance>("instance", &["ami"], "NatInstance::ami");
    on::<ec2::Instance>("instance", &["instance_type"], "NatInstance::new");
    let of_interface = ["subnet_id", "vpc_security_group_ids", "source_dest_check", "associate_public_ip_address"];
    on::<ec2::Instance>("instance", &of_interface, "ec2::NetworkInterface");
    on::<ec2::Instance>("instance", &["primary_network_interface.network_interface_id"], "ec2::NetworkInterface");
    on::<ec2::NetworkInterface>("instance", &["source_dest_check"], "forwards");
    on::<ec2::NetworkInterface>("instance", &["subnet_id"], "Vpc::nat_zone");
    on::<ec2::EipAssociation>("instance", &["allocation_id", "network_interface_id"], "NatStrategy");
    on::<ec2::SecurityGroup>("instance", &["name"], "name_prefix");
    on::<ec2::FlowLog>("flow", &["log_destination", "log_destination_type", "iam_role_arn"], "ec2::FlowLog");
    on::<ec2::FlowLog>("flow", &["log_format"], "FlowLogs::format");
    on::<ec2::FlowLog>("flow", &["region"], "provider");
    on::<cloudtrail::Cloudtrail>("trail", &["s3_bucket_name"], "Trail::bucket_name");
    on::<cloudtrail::Cloudtrail>("trail", &["is_organization_trail"], "Trail::organization");
    on::<cloudtrail::Cloudtrail>("trail", &["cloud_watch_logs_group_arn"], "Trail::log_group");
    on::<cloudtrail::Cloudtrail>("trail", &["region"], "provider");
    on::<s3::Bucket>("unique", &["bucket"], "Trail::bucket_name");
    on::<s3::Bucket>("state", &["bucket"], "StateStore::new");
    on::<s3::BucketServerSideEncryptionConfiguration>("state", &["rule.bucket_key_enabled"], "StateStore::kms_key");
    on::<dynamodb::Table>("state", &["name"], "StateLock");
    on::<dynamodb::Table>("state", &["hash_key", "attribute"], "backend");
    on::<dynamodb::Table>("state", &["server_side_encryption.kms_key_arn"], "StateStore::kms_key");
    on::<iam::OpenidConnectProvider>("provider", &["url"], "github_enterprise_server");
    on::<iam::OpenidConnectProvider>("provider", &["client_id_list"], "audience");
    on::<iam::Role>("role", &["assume_role_policy"], "OidcRole::subjects");
}

#[test]
fn overrides_that_a_construct_follows_reach_what_it_computes() -> Result<()> {
    let trail = |local: Local| -> Result<String> {
        let synthesis = overridden("trail", local)?;
        let stack = synthesis.stack("dev/network")?;
        let policy = stack.find::<s3::BucketPolicy>("trail")?.text("policy")?;
        let name = stack.find::<cloudtrail::Cloudtrail>("trail")?.text("name")?;
        assert!(policy.contains(&format!(":trail/{name}\"")), "{policy}");
        Ok(policy)
    };
    trail(Local::new())?;
    trail(Local::new().set_on::<cloudtrail::Cloudtrail>("name", "management-events"))?;
    let policy = trail(Local::new().set_on::<cloudtrail::Cloudtrail>("s3_key_prefix", "audit"))?;
    assert!(policy.contains(&format!("/audit/AWSLogs/{}/*", mikamirai::ACCOUNT)), "{policy}");
    let policy = trail(Local::new().set_on::<s3::Bucket>("bucket", "mine"))?;
    assert!(policy.contains("aws_s3_bucket.trail.arn"), "{policy}");

    // What replaces the instance replaces its interface, and nothing else does.
    let causes = |local: Local| -> Result<String> {
        let synthesis = overridden("instance", local)?;
        let stack = synthesis.stack("dev/network")?;
        Ok(stack.at("terraform_data.core_nat_instance_a")?.argument("input")?.to_string())
    };
    let usual = causes(Local::new())?;
    for argument in ["user_data", "key_name", "placement_group", "root_block_device.kms_key_id"] {
        let other = causes(Local::new().set_on::<ec2::Instance>(argument, "other"))?;
        assert_ne!(other, usual, "{argument}");
    }
    for argument in
        ["monitoring", "iam_instance_profile", "root_block_device.volume_size", "metadata_options.http_tokens"]
    {
        assert_eq!(causes(Local::new().set_on::<ec2::Instance>(argument, "other"))?, usual, "{argument}");
    }

    // Policies are named after the role.
    let synthesis = overridden("role", Local::new().set_on::<iam::Role>("name", "deployer"))?;
    let policies = synthesis.stack("dev/network")?.resources::<iam::Policy>();
    assert_eq!(policies.iter().filter_map(Found::name).collect::<Vec<_>>(), ["deployer-1"]);
    let expression = Local::new().set_on::<iam::Role>("name", Value::<Any>::raw("terraform.workspace"));
    refused(overridden("role", expression), &["dev/network/role: ", "set_on sets name of aws_iam_role", "text"]);
    Ok(())
}

#[test]
fn a_trail_has_the_options_that_people_override() -> Result<()> {
    let synthesis = synthesize(|app| {
        let mut network = app.stack("network", mikamirai::environment("dev", Region::UsEast1))?;
        let trail = Trail::new()
            .name("management-events")
            .bucket_name("mm-audit-logs")
            .key_prefix("audit/trail")
            .kms_key("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
            .single_region()
            .organization("o-abcdef0123")
            .data_events(DataEvents::s3_objects(["arn:aws:s3:::orders/"]))
            .data_events(DataEvents::lambda_functions(["arn:aws:lambda"]))
            .log_group(LogRetention::Days30);
        network.add("trail", trail).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    let trail = stack.find::<cloudtrail::Cloudtrail>("trail")?;
    for (argument, expected) in [
        ("name", r#""management-events""#),
        ("s3_key_prefix", r#""audit/trail""#),
        ("kms_key_id", r#""arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab""#),
        ("is_multi_region_trail", "false"),
        ("is_organization_trail", "true"),
        ("include_global_service_events", "true"),
        ("event_selector.read_write_type", r#""All""#),
        ("event_selector.include_management_events", "true"),
        ("event_selector.data_resource.0", r#"{"type":"AWS::S3::Object","values":["arn:aws:s3:::orders/"]}"#),
        ("event_selector.data_resource.1", r#"{"type":"AWS::Lambda::Function","values":["arn:aws:lambda"]}"#),
        ("cloud_watch_logs_group_arn", r#""${aws_cloudwatch_log_group.trail.arn}:*""#),
        ("cloud_watch_logs_role_arn", r#""${aws_iam_role.trail.arn}""#),
    ] {
        assert_eq!(trail.argument(argument)?.to_string(), expected, "{argument}");
    }
    assert_eq!(trail.depends_on(), ["aws_iam_role_policy.trail", "aws_s3_bucket_policy.trail"]);
    assert_eq!(stack.find::<s3::Bucket>("trail")?.text("bucket")?, "mm-audit-logs");
    let policy = stack.find::<s3::BucketPolicy>("trail")?.text("policy")?;
    for part in [
        "arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events",
        "${aws_s3_bucket.trail.arn}/audit/trail/AWSLogs/111122223333/*",
        "${aws_s3_bucket.trail.arn}/audit/trail/AWSLogs/o-abcdef0123/*",
    ] {
        assert!(policy.contains(part), "{part} is missing in {policy}");
    }
    let role = stack.find::<iam::Role>("trail")?.text("assume_role_policy")?;
    assert!(role.contains("cloudtrail.amazonaws.com"), "{role}");
    let allowed = stack.find::<iam::RolePolicy>("trail")?.text("policy")?;
    assert!(allowed.contains("${aws_cloudwatch_log_group.trail.arn}:log-stream:*"), "{allowed}");
    assert_eq!(stack.find::<logs::CloudwatchLogGroup>("trail")?.argument("retention_in_days")?, 30);
    Ok(())
}

#[test]
fn wrong_options_of_a_trail_are_refused() {
    let add = |trail: Trail| {
        synthesize(|app| {
            let mut network = app.stack("network", mikamirai::environment("dev", Region::UsEast1))?;
            network.add("trail", trail).map(drop)
        })
    };
    for (trail, part) in [
        (Trail::new().name("a"), "\"a\""),
        (Trail::new().name("two words"), "\"two words\""),
        (Trail::new().bucket_name("Bad Bucket!"), "\"Bad Bucket!\""),
        (Trail::new().bucket_name("mine").unique_bucket_name(), "unique_bucket_name"),
        (Trail::new().key_prefix("/audit"), "\"/audit\""),
        (Trail::new().key_prefix("audit/"), "\"audit/\""),
        (Trail::new().key_prefix(""), "\"\""),
        (Trail::new().key_prefix("a*"), "\"a*\""),
        (Trail::new().key_prefix("a".repeat(201)), "200"),
        (Trail::new().organization("abcdef0123"), "\"abcdef0123\""),
        (Trail::new().organization("o-short"), "\"o-short\""),
        (Trail::new().expire_after(Days(0)), "0 days"),
    ] {
        refused(add(trail), &["dev/network/trail", part]);
    }
}
