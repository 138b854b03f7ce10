//! What AWS publishes about names, texts and tags: broken rules are refused before Terraform runs.

mod common;

use common::{mikamirai, refused, synthesize};
use mmcdk::prelude::*;
use mmcdk::serde_json::json;
use mmcdk_aws::resources::{ec2, events, iam, kms, logs, route53, s3, sns, sqs, wafv2};

/// Places something in a stack of dev, under the twelve mandatory tags.
fn dev(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<Synthesis> {
    synthesize(|app| describe(&mut app.stack("network", mikamirai::environment("dev", Region::UsEast1))?))
}

fn place<C: Construct>(construct: C) -> Result<()> {
    dev(|stack| stack.add("core", construct).map(drop)).map(drop)
}

/// The name of the one resource, as it is written.
fn name<R: Resource>(resource: R, argument: &str) -> Result<String> {
    let synthesis = dev(|stack| stack.add("core", resource).map(drop))?;
    synthesis.stack("dev/network")?.find::<R>("core")?.text(argument)
}

#[test]
fn names_have_the_ending_that_other_arguments_demand() -> Result<()> {
    let zone = || s3::DirectoryBucket::new().location(s3::DirectoryBucketLocationBlock::new("use1-az4"));
    let partner = "aws.partner/example.com/orders";
    assert_eq!(name(sqs::Queue::new().fifo_queue(true), "name")?, "MM-dev-use1-queue-core.fifo");
    assert_eq!(name(sqs::Queue::new().fifo_queue(false), "name")?, "MM-dev-use1-queue-core");
    assert_eq!(name(sns::Topic::new().fifo_topic(true), "name")?, "MM-dev-use1-topic-core.fifo");
    assert_eq!(name(zone(), "bucket")?, "mm-dev-use1-s3-core--use1-az4--x-s3");
    assert_eq!(name(events::CloudwatchEventBus::new().event_source_name(partner), "name")?, partner);
    place(sqs::Queue::new().fifo_queue(true).name("orders.fifo"))?;
    for (result, parts) in [
        (place(sqs::Queue::new().fifo_queue(true).name("orders")), &["\"orders\" does not end with \".fifo\""][..]),
        (place(sqs::Queue::new().name("orders.fifo")), &["ends with \".fifo\"", "set fifo_queue to true"]),
        (place(sqs::Queue::new().name("orders.v2")), &["SQS queue name \"orders.v2\" has the character '.'"]),
        (
            place(sqs::Queue::new().fifo_queue(true).name(format!("{}.fifo", "a".repeat(76)))),
            &["has 81 characters", "at most 80"],
        ),
        (place(sns::Topic::new().fifo_topic(true).name("orders")), &["SNS topic", "does not end with \".fifo\""]),
        (
            place(zone().bucket("mm-orders")),
            &["S3 directory bucket", "\"--use1-az4--x-s3\", which location.name requires"],
        ),
        (
            place(events::CloudwatchEventBus::new().event_source_name(partner).name("orders")),
            &["is not \"aws.partner/example.com/orders\", which event_source_name is"],
        ),
    ] {
        refused(result, &[&["dev/network/core"], parts].concat());
    }
    Ok(())
}

#[test]
fn prefixes_of_names_leave_room_for_what_the_provider_appends() -> Result<()> {
    let long = |length: usize| "a".repeat(length);
    place(iam::Role::new("{}").name_prefix(long(38)))?;
    for (result, parts) in [
        (place(iam::Role::new("{}").name_prefix(long(39))), &["name_prefix of the IAM role", "write at most 38"][..]),
        (place(s3::Bucket::new().bucket_prefix(long(38))), &["bucket_prefix of the S3 bucket", "write at most 37"]),
        (place(sqs::Queue::new().fifo_queue(true).name_prefix(long(50))), &["write at most 49"]),
        (place(ec2::SecurityGroup::new().name_prefix("sg-x")), &["begins with \"sg-\", which is reserved"]),
        (
            place(kms::Alias::new("key").name_prefix(format!("alias/{}", long(225)))),
            &["has 231 characters", "at most 230"],
        ),
        (place(kms::Alias::new("key").name_prefix("data-")), &["does not begin with \"alias/\""]),
    ] {
        refused(result, &[&["dev/network/core"], parts].concat());
    }
    Ok(())
}

#[test]
fn texts_follow_what_their_service_publishes() -> Result<()> {
    let dash = "a \u{2014} b";
    let group = || ec2::SecurityGroup::new();
    let script = |length: usize| "x".repeat(length);
    let instance = || ec2::Instance::new().ami("ami-1").instance_type("t3.micro");
    let document = |sid: &str| {
        let statement =
            Statement::allow().sid("Read").actions(["s3:GetObject"]).resources([format!("arn:aws:s3:::{sid}/*")]);
        PolicyDocument::new().statement(statement)
    };
    place(instance().user_data(script(16384)))?;
    place(iam::RolePolicy::new(document("caf\u{e9}"), "role"))?;
    for (result, parts) in [
        (
            place(kms::Alias::new("key").name("data")),
            &["KMS alias \"data\" does not begin", "write \"alias/data\""][..],
        ),
        (place(kms::Alias::new("key").name("alias/aws/s3")), &["begins with \"alias/aws/\", which is reserved"]),
        (place(group().description("caf\u{e9}")), &["security group description", "'\u{e9}'"]),
        (place(group().description("a".repeat(256))), &["has 256 characters", "at most 255"]),
        (
            place(group().ingress([ec2::SecurityGroupIngressObject::new().description("a|b")])),
            &["ingress.description", "'|'"],
        ),
        (
            place(ec2::VpcSecurityGroupIngressRule::new("tcp", "sg-1").description("a|b")),
            &["description of a security group rule", "'|'"],
        ),
        (place(instance().user_data(script(16385))), &["user data", "has 16385 bytes", "at most 16384"]),
        (place(instance().user_data_base64(script(21848))), &["has 16386 bytes when it is decoded"]),
        (place(ec2::LaunchTemplate::new().user_data(script(21848))), &["has 16386 bytes when it is decoded"]),
        (place(iam::Role::new(format!("{{\"a\":\"{dash}\"}}"))), &["assume_role_policy", "'\u{2014}'"]),
        (place(iam::Role::new("{}").description(dash)), &["IAM description", "'\u{2014}'"]),
        (place(iam::RolePolicy::new(document(dash), "role")), &["policy", "IAM policy document", "'\u{2014}'"]),
        (place(iam::Policy::new(document(dash))), &["policy", "IAM policy document", "'\u{2014}'"]),
        (place(iam::Role::new("{}").path("service")), &["IAM path \"service\" does not begin with \"/\""]),
        (place(iam::OpenidConnectProvider::new(["a"], "example.com")), &["does not begin with \"https://\""]),
    ] {
        refused(result, &[&["dev/network/core"], parts].concat());
    }
    Ok(())
}

#[test]
fn waf_logs_go_to_what_is_named_for_them() -> Result<()> {
    let logging = |name: &str| {
        dev(|stack| {
            let group = stack.add("logs", logs::CloudwatchLogGroup::new().name(name))?;
            let acl = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/1";
            stack.add("waf", wafv2::WebAclLoggingConfiguration::new([group.arn()], acl)).map(drop)
        })
        .map(drop)
    };
    logging("aws-waf-logs-orders")?;
    refused(
        logging("orders"),
        &["dev/network/waf", "log_destination_configs", "\"orders\"", "\"aws-waf-logs-orders\""],
    );
    Ok(())
}

#[test]
fn types_with_few_tags_carry_those_that_are_chosen() -> Result<()> {
    let object = || s3::Object::new("bucket", "key");
    refused(place(object()), &["dev/network/core", "13 tags", "may have 10", "only_tags_on"]);
    refused(place(route53::Zone::new("example.com")), &["may have 10", "only_tags_on"]);
    let organisation = mikamirai::organisation()
        .only_tags_on::<s3::Object>(["Environment", "Owner"])
        .only_tags_on::<route53::Zone>(["Environment", "Owner", "Name"]);
    let mut app = App::new(organisation);
    let mut stack = app.stack("network", mikamirai::environment("dev", Region::UsEast1))?;
    stack.add("object", object())?;
    stack.add("zone", route53::Zone::new("example.com"))?;
    stack.add("group", logs::CloudwatchLogGroup::new())?;
    let synthesis = app.synth()?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<s3::Object>("object")?.tag_keys(), ["Environment", "Owner"]);
    assert_eq!(stack.find::<route53::Zone>("zone")?.tag_keys(), ["Environment", "Name", "Owner"]);
    assert_eq!(stack.find::<logs::CloudwatchLogGroup>("group")?.tag_keys().len(), 13);
    Ok(())
}

#[test]
fn the_tags_of_roles_and_users_ignore_case() -> Result<()> {
    let tags = [("owner", "me")];
    refused(place(iam::Role::new("{}").tags(tags)), &["dev/network/core", "\"Owner\" and \"owner\" have one key"]);
    refused(place(iam::User::new().tags(tags)), &["\"Owner\" and \"owner\" have one key"]);
    place(iam::Policy::new("{}").tags(tags))?;
    place(logs::CloudwatchLogGroup::new().tags(tags))
}

#[test]
fn raw_resources_of_types_that_aws_tags_carry_the_mandatory_tags() -> Result<()> {
    let synthesis = dev(|stack| {
        stack.add("queue", RawResource::new("aws_sqs_queue"))?;
        stack.add("policy", RawResource::new("aws_sqs_queue_policy")).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.at("aws_sqs_queue.queue")?.tag_keys().len(), 12);
    assert_eq!(stack.at("aws_sqs_queue_policy.policy")?.tag_keys().len(), 0);
    let untagged = synthesize(|app| {
        let dev = Environment::new("dev", Region::UsEast1);
        app.stack("network", &dev)?.add("queue", RawResource::new("aws_sqs_queue")).map(drop)
    });
    refused(untagged, &["dev/network/queue", "aws_sqs_queue.queue lacks the mandatory tags Project, Owner"]);
    Ok(())
}

#[test]
fn a_choice_of_tags_never_leaves_out_the_environments() -> Result<()> {
    let synthesis = synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        let mut stack = app.stack("network", &dev)?;
        stack
            .with(Local::new().only_tags_on::<s3::Object>(["Owner"]))
            .add("object", s3::Object::new("bucket", "key"))
            .map(drop)
    })?;
    let keys = synthesis.stack("dev/network")?.find::<s3::Object>("object")?.tag_keys();
    assert_eq!(keys, ["Environment", "Owner"]);
    Ok(())
}

#[test]
fn raw_resources_contradict_the_tag_of_their_environment_nowhere() {
    let tags = || json!({"Environment": "prod"});
    for (terraform_type, argument, value) in [
        ("aws_sqs_queue", "tags", tags()),
        ("aws_instance", "volume_tags", tags()),
        ("aws_instance", "ebs_block_device", json!([{"device_name": "/dev/sdf", "tags": tags()}])),
        ("aws_launch_template", "tag_specifications", json!([{"resource_type": "volume", "tags": tags()}])),
        ("aws_autoscaling_group", "tag", json!([{"key": "Environment", "value": "prod", "propagate_at_launch": true}])),
    ] {
        refused(
            place(RawResource::new(terraform_type).set(argument, value)),
            &["dev/network/core", "\"Environment\" = \"prod\" contradicts the environment's \"dev\""],
        );
    }
}
