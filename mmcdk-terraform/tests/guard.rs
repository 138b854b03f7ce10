//! The guard against the plans of real Terraform: clean ones pass, and one foreign thing is one violation.

mod common;

use common::graft::{Graft, backend_of, guard_of, noop, told};
use common::{json, plan};
use mmcdk_terraform::ViolationKind::*;
use mmcdk_terraform::{BackendConfig, Guard, OtherEnvironment, Plan, StateAddress};
use serde_json::{Value as Json, json};

#[test]
fn clean_plans_pass_with_their_own_guard() {
    for knows in [false, true] {
        for (name, environment) in [
            ("dev-create", "dev"),
            ("dev-applied", "dev"),
            ("dev-targeted", "dev"),
            ("prod-create", "prod"),
            ("empty", "dev"),
            ("empty", "prod"),
        ] {
            let violations = guard_of(environment, knows).check(&plan(name), Some(&backend_of(environment)));
            assert!(violations.is_empty(), "{name}:\n{}", told(&violations));
        }
    }
}

#[test]
fn plans_fail_with_each_others_guard() {
    for (name, environment) in [("dev-create", "prod"), ("dev-applied", "prod"), ("prod-create", "dev")] {
        // The environments know nothing of each other, as in programs of their own.
        let violations = guard_of(environment, false).check(&plan(name), Some(&backend_of(environment)));
        for kind in [ForeignTag, ForeignName, ForeignAccount, ForeignRange] {
            assert!(
                violations.iter().any(|violation| violation.kind == kind),
                "{name}: no {kind:?}\n{}",
                told(&violations)
            );
        }
        for address in
            ["aws_vpc.core", "aws_subnet.core_private_a", "aws_s3_bucket.trail", "aws_iam_role.flow", "provider.aws"]
        {
            assert!(violations.iter().any(|violation| violation.address == address), "{name}: nothing of {address}");
        }
    }
}

/// As in the reference system, where one account holds both.
#[test]
fn environments_of_one_account_are_told_apart() {
    let dev = guard_of("dev", false).trusted_accounts([OTHER]);
    for name in ["prod-create", "dev-on-prod-state"] {
        let violations = dev.check(&plan(name), Some(&backend_of("dev")));
        // What is no longer in the program is no evidence, so a range in the state alone does not tell.
        let ranges = (name == "prod-create").then_some(ForeignRange);
        for kind in [ForeignTag, ForeignName].into_iter().chain(ranges) {
            assert!(violations.iter().any(|violation| violation.kind == kind), "{name}: no {kind:?}");
        }
        assert!(violations.iter().all(|violation| violation.kind != ForeignAccount), "{}", told(&violations));
    }
}

/// Planned with dev's program, but in a folder that was initialised with prod's state.
#[test]
fn the_state_of_another_environment_shows_in_what_was() {
    let violations = |knows| guard_of("dev", knows).check(&plan("dev-on-prod-state"), Some(&backend_of("dev")));
    let known = violations(true);
    for kind in [ForeignTag, ForeignRange, ForeignAccount] {
        let found = known.iter().any(|violation| violation.address == "aws_vpc.core" && violation.kind == kind);
        assert!(found, "no {kind:?}:\n{}", told(&known));
    }
    let violations = violations(false);
    for (address, kind) in [
        ("aws_vpc.core", ForeignTag),
        ("aws_s3_bucket.trail", ForeignName),
        // Types without tags, where a filter of tags sees nothing.
        ("aws_s3_bucket_policy.trail", ForeignName),
        ("aws_iam_role_policy.flow", ForeignName),
        // Of prod alone, so that dev's program would destroy it.
        ("aws_nat_gateway.core_nat_a", ForeignTag),
    ] {
        let found = violations.iter().any(|violation| violation.address == address && violation.kind == kind);
        assert!(found, "no {kind:?} of {address}:\n{}", told(&violations));
    }
}

const TAG: &str = "Environment = \"prod\"";
const PROVIDER: &str = "/configuration/provider_config/aws/expressions";
const OTHER: &str = "444455556666";

fn dev() -> Guard {
    guard_of("dev", false)
}

fn created() -> Graft {
    Graft::on("dev-create")
}

fn applied() -> Graft {
    Graft::on("dev-applied")
}

#[test]
fn a_foreign_tag_is_one_violation() {
    created().set("aws_vpc.core", "/tags/Environment", "prod").check(&dev(), &[("aws_vpc.core", ForeignTag, TAG)]);
    applied()
        .set("aws_instance.core_nat_instance_a", "/root_block_device/0/tags/Environment", "prod")
        .check(&dev(), &[("aws_instance.core_nat_instance_a", ForeignTag, TAG)]);
    let block = json!({"key": "Environment", "value": "prod", "propagate_at_launch": true});
    let group = json!({"name": "MM-dev-use1-asg-x", "tag": [block]});
    created()
        .also(noop("aws_autoscaling_group.x", "aws_autoscaling_group", group))
        .check(&dev(), &[("aws_autoscaling_group.x", ForeignTag, TAG)]);
    // It has no map of tags.
    let group = |after: Json, unknown: Json| {
        let mut group = noop("aws_autoscaling_group.x", "aws_autoscaling_group", after);
        group["change"]["after_unknown"] = unknown;
        created().also(group)
    };
    let missing = |what| [("aws_autoscaling_group.x", MissingTag, what)];
    let block = |key: &str, value: Json| json!({"name": "MM-dev-use1-asg-x", "tag": [{"key": key, "value": value}]});
    group(block("Environment", json!("dev")), json!({})).check(&dev(), &[]);
    group(block("Name", json!("x")), json!({"tag": [{}]})).check(&dev(), &missing("there is none"));
    group(json!({"name": "MM-dev-use1-asg-x"}), json!({})).check(&dev(), &missing("there is none"));
    group(json!({"name": "MM-dev-use1-asg-x"}), json!({})).check(&dev().untagged(), &[]);
    let other = json!({"tag": [{"value": true}]});
    group(block("Name", Json::Null), other.clone()).check(&dev(), &missing("there is none"));
    let late = missing("it is known only after applying");
    group(block("Environment", Json::Null), other).check(&dev(), &late);
    group(json!({"name": "MM-dev-use1-asg-x"}), json!({"tag": true})).check(&dev(), &late);

    let untagged = noop("aws_eip.x", "aws_eip", json!({"tags": null, "tags_all": {}}));
    created().also(untagged.clone()).check(&dev(), &[("aws_eip.x", MissingTag, "there is none")]);
    created().also(untagged).check(&dev().untagged(), &[]);
    let unknown = json!({"tags": {"Environment": true}, "tags_all": true});
    let late = json!({
        "address": "aws_eip.x", "mode": "managed", "type": "aws_eip", "name": "x",
        "change": {"actions": ["create"], "after": {"tags": {}}, "after_unknown": unknown},
    });
    created().also(late).check(&dev(), &[("aws_eip.x", MissingTag, "it is known only after applying")]);
    let untaggable = noop("aws_route.x", "aws_route", json!({"destination_cidr_block": "0.0.0.0/0"}));
    created().also(untaggable).check(&dev(), &[]);
}

#[test]
fn a_foreign_name_is_one_violation_where_a_filter_of_tags_sees_nothing() {
    created()
        .put("aws_s3_bucket_policy.trail", "after", "bucket", "mm-prod-use1-s3-cloudtrail")
        .check(&dev(), &[("aws_s3_bucket_policy.trail", ForeignName, "mm-prod-use1-s3-cloudtrail")]);
    applied()
        .replace("aws_iam_role_policy.flow", "MM-dev-use1-role-flow", "MM-prod-use1-role-flow")
        .check(&dev(), &[("aws_iam_role_policy.flow", ForeignName, "MM-prod-use1-role-flow")]);
    applied()
        .replace(
            "aws_s3_bucket_policy.trail",
            "arn:aws:s3:::mm-dev-use1-s3-cloudtrail/*",
            "arn:aws:s3:::mm-prod-use1-s3-data/*",
        )
        .check(&dev(), &[("aws_s3_bucket_policy.trail", ForeignName, "mm-prod-use1-s3-data")]);
    created()
        .also(noop("aws_route.x", "aws_route", json!({"nat_gateway_id": "MM-prod-use1-use1a-nat-core"})))
        .check(&dev(), &[("aws_route.x", ForeignName, "MM-prod-use1-use1a-nat-core")]);
    let shared = || noop("aws_iam_role_policy.x", "aws_iam_role_policy", json!({"role": "MM-ci-use1-role-deploy"}));
    created().also(shared()).check(&dev(), &[("aws_iam_role_policy.x", ForeignName, "MM-ci-use1-role-deploy")]);
    created().also(shared()).check(&dev().known_names(["MM-ci-use1-role-deploy"]), &[]);
    let imported = json!({
        "address": "aws_s3_bucket_policy.x", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "x",
        "change": {"actions": ["no-op"], "before": null, "after": null, "importing": {"id": "mm-prod-use1-s3-x"}},
    });
    created().also(imported).check(&dev(), &[("aws_s3_bucket_policy.x", ForeignName, "mm-prod-use1-s3-x")]);
}

#[test]
fn a_foreign_account_is_one_violation() {
    applied().set("aws_vpc.core", "/owner_id", OTHER).check(&dev(), &[("aws_vpc.core", ForeignAccount, OTHER)]);
    applied()
        .set("aws_iam_role.flow", "/arn", "arn:aws:iam::444455556666:role/MM-dev-use1-role-flow")
        .check(&dev(), &[("aws_iam_role.flow", ForeignAccount, OTHER)]);
    created()
        .top(&format!("{PROVIDER}/allowed_account_ids"), json!({"constant_value": [OTHER]}))
        .check(&dev(), &[("provider.aws", ForeignAccount, OTHER)]);
    let caller = json!({
        "address": "data.aws_caller_identity.current", "mode": "data", "type": "aws_caller_identity", "name": "current",
        "values": {"account_id": OTHER, "arn": "arn:aws:iam::444455556666:user/a", "id": OTHER},
    });
    created()
        .top("/prior_state/values/root_module/resources", json!([caller]))
        .check(&dev(), &[("data.aws_caller_identity.current", ForeignAccount, OTHER)]);
    // A policy may name a vendor's account, but not that of another environment of ours.
    let trust = || {
        noop(
            "aws_iam_role_policy.x",
            "aws_iam_role_policy",
            json!({"policy": "{\"AWS\":\"arn:aws:iam::444455556666:root\"}"}),
        )
    };
    created().also(trust()).check(&dev(), &[]);
    created().also(trust()).check(&guard_of("dev", true), &[("aws_iam_role_policy.x", ForeignAccount, OTHER)]);
    created().also(trust()).check(&guard_of("dev", true).trusted_accounts([OTHER]), &[]);
    let managed =
        json!({"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "id": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    created()
        .also(noop("aws_iam_role_policy_attachment.x", "aws_iam_role_policy_attachment", managed))
        .check(&dev(), &[]);
}

#[test]
fn the_account_of_a_target_is_that_of_what_has_no_tags() {
    let of = |kind: &str, values: Json| created().also(noop("x.x", kind, values));
    for (kind, values) in [
        ("aws_lambda_permission", json!({"function_name": "arn:aws:lambda:us-east-1:444455556666:function:x"})),
        ("aws_lambda_permission", json!({"function_name": "444455556666:function:x"})),
        ("aws_sqs_queue_policy", json!({"queue_url": "https://sqs.us-east-1.amazonaws.com/444455556666/x"})),
        ("aws_sns_topic_subscription", json!({"topic_arn": "arn:aws:sns:us-east-1:444455556666:x"})),
        ("aws_wafv2_web_acl_association", json!({"resource_arn": "arn:aws:x:us-east-1:444455556666:loadbalancer/x"})),
    ] {
        of(kind, values.clone()).check(&dev(), &[("x.x", ForeignAccount, OTHER)]);
        of(kind, values.clone()).check(&dev().trusted_accounts([OTHER]), &[]);
        let mut tagged = values;
        tagged["tags_all"] = json!({"Environment": "dev"});
        of(kind, tagged).check(&dev(), &[]);
    }
    for (kind, values) in [
        ("aws_lambda_permission", json!({"function_name": "x", "source_arn": "arn:aws:s3:us-east-1:444455556666:x"})),
        ("aws_iam_role_policy_attachment", json!({"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})),
        ("aws_securityhub_product_subscription", json!({"product_arn": "arn:aws:x:us-east-1:444455556666:product/x"})),
        ("aws_s3_bucket_policy", json!({"policy": "{\"AWS\":\"arn:aws:iam::127311923021:root\"}"})),
        ("aws_guardduty_member", json!({"detector_arn": "arn:aws:guardduty:us-east-1:444455556666:detector/x"})),
    ] {
        of(kind, values).check(&dev(), &[]);
    }
    let mut graft = applied();
    let config = json!({"topic_arn": "arn:aws:sns:us-east-1:444455556666:x"});
    graft.plan["action_invocations"] = json!([{"address": "action.x.x", "type": "x", "config_values": config}]);
    graft.check(&dev(), &[("action.x.x", ForeignAccount, OTHER)]);
}

#[test]
fn a_foreign_region_is_one_violation() {
    created()
        .put("aws_vpc.core", "after", "region", "eu-west-1")
        .check(&dev(), &[("aws_vpc.core", ForeignRegion, "eu-west-1")]);
    created()
        .set("aws_subnet.core_private_a", "/availability_zone", "us-east-2a")
        .check(&dev(), &[("aws_subnet.core_private_a", ForeignRegion, "us-east-2a")]);
    applied()
        .replace("aws_vpc.core", "arn:aws:ec2:us-east-1:", "arn:aws:ec2:eu-west-1:")
        .check(&dev(), &[("aws_vpc.core", ForeignRegion, "eu-west-1")]);
    created()
        .top(&format!("{PROVIDER}/region"), json!({"constant_value": "eu-west-1"}))
        .check(&dev(), &[("provider.aws", ForeignRegion, "eu-west-1")]);
    let certificate = |kind: &str| {
        noop("x.x", kind, json!({"arn": "arn:aws:acm:us-east-1:111122223333:certificate/x", "region": "us-east-1"}))
    };
    let euw1 = Guard::new("dev").regions(["eu-west-1"]);
    for (kind, expected) in
        [("aws_acm_certificate", &[][..]), ("aws_sqs_queue", &[("x.x", ForeignRegion, "us-east-1")])]
    {
        let mut graft = Graft::on("empty");
        graft.plan["resource_changes"] = json!([certificate(kind)]);
        graft.check(&euw1, expected);
    }

    let imported = json!({
        "address": "aws_sqs_queue.x", "mode": "managed", "type": "aws_sqs_queue", "name": "x",
        "change": {"actions": ["no-op"], "importing": {"id": "arn:aws:sqs:eu-west-1:444455556666:x"}},
    });
    created()
        .also(imported)
        .check(&dev(), &[("aws_sqs_queue.x", ForeignAccount, OTHER), ("aws_sqs_queue.x", ForeignRegion, "eu-west-1")]);
}

#[test]
fn only_what_is_served_worldwide_may_be_in_its_region() {
    let firewall = |scope: &str| format!("arn:aws:wafv2:us-east-1:111122223333:{scope}/webacl/x/1");
    let cloudfront = [
        ("aws_route53_record", json!({})),
        ("aws_route53_zone", json!({})),
        ("aws_route53domains_registered_domain", json!({})),
        ("aws_wafv2_web_acl", json!({"scope": "CLOUDFRONT"})),
        ("aws_wafv2_web_acl_logging_configuration", json!({"resource_arn": firewall("global")})),
    ];
    let regional = [
        ("aws_route53_resolver_endpoint", json!({})),
        ("aws_route53profiles_profile", json!({})),
        ("aws_wafv2_web_acl", json!({"scope": "REGIONAL"})),
        ("aws_wafv2_web_acl_logging_configuration", json!({"resource_arn": firewall("regional")})),
        ("aws_wafv2_web_acl_association", json!({})),
    ];
    let euw1 = Guard::new("dev").regions(["eu-west-1"]);
    let foreign = [("x.x", ForeignRegion, "us-east-1")];
    let all = cloudfront.map(|one| (one, &[][..])).into_iter().chain(regional.map(|one| (one, &foreign[..])));
    for ((kind, mut values), expected) in all {
        values["region"] = json!("us-east-1");
        let mut graft = Graft::on("empty");
        graft.plan["resource_changes"] = json!([noop("x.x", kind, values)]);
        graft.check(&euw1, expected);
    }
}

#[test]
fn a_foreign_range_is_one_violation() {
    created()
        .set("aws_subnet.core_private_a", "/cidr_block", "10.2.10.0/24")
        .check(&dev(), &[("aws_subnet.core_private_a", ForeignRange, "10.2.10.0/24")]);
    created()
        .set("aws_vpc.core", "/cidr_block", "10.0.0.0/8")
        .check(&dev(), &[("aws_vpc.core", ForeignRange, "10.0.0.0/8")]);

    let prod = OtherEnvironment::new("prod").cidrs(["10.2.0.0/16"]).unwrap();
    let unknown = || Guard::new("dev").other_environment(prod.clone());
    created().check(&unknown(), &[]);
    created()
        .set("aws_subnet.core_private_a", "/cidr_block", "10.2.10.0/24")
        .check(&unknown(), &[("aws_subnet.core_private_a", ForeignRange, "10.2.10.0/24")]);
}

#[test]
fn a_foreign_state_is_one_violation() {
    let prods = "prod/network/terraform.tfstate";
    created().backend(Some(backend_of("prod"))).check(&dev(), &[("backend", ForeignState, prods)]);
    created()
        .backend(Some(backend_of("dev").workspace("prod")))
        .check(&dev(), &[("backend", ForeignState, "env:/prod/dev/network/terraform.tfstate")]);
    created().backend(None).check(&dev(), &[("backend", UnknownState, "no initialised backend was found")]);
    let local = BackendConfig::from_json(br#"{"backend": {"type": "local", "config": {"path": null}}}"#).unwrap();
    created().backend(Some(local)).check(&dev(), &[("backend", ForeignState, "terraform.tfstate")]);
    let remote = BackendConfig::from_json(br#"{"backend": {"type": "remote", "config": {}}}"#).unwrap();
    created().backend(Some(remote)).check(&dev(), &[("backend", ForeignState, "a backend of type \"remote\"")]);
    let read = |bucket: &str, key: &str| created().reads(json!({"bucket": bucket, "key": key, "region": "us-east-1"}));
    read("mm-terraform-state", "dev/network/terraform.tfstate").check(&dev(), &[]);
    let mut bootstrap = read("mm-terraform-state", "dev/network/terraform.tfstate");
    let resources = bootstrap.plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap();
    resources.last_mut().unwrap()["values"]["outputs"] = json!({"roles": ["MM-prod-use1-role-deploy"]});
    bootstrap.check(&guard_of("dev", true), &[]);
    let foreign = |what| [("data.terraform_remote_state.network", ForeignRead, what)];
    read("mm-terraform-state", prods).check(&dev(), &foreign("s3://mm-terraform-state/prod/network/terraform.tfstate"));
    read("other", "dev/network/terraform.tfstate").check(&dev(), &foreign("s3://other/dev/network/terraform.tfstate"));
}

#[test]
fn what_is_there_already_counts_unless_it_is_forgotten() {
    let prod = json("dev-on-prod-state");
    let prod =
        prod["resource_changes"].as_array().unwrap().iter().find(|change| change["address"] == "aws_eip.core_nat_a");
    let mut kept = noop("aws_eip.legacy", "aws_eip", prod.expect("prod has it")["change"]["before"].clone());
    kept["change"]["before"]["arn"] = Json::Null;
    kept["change"]["after"]["arn"] = Json::Null;
    applied().also(kept).check(
        &dev(),
        &[("aws_eip.legacy", ForeignTag, TAG), ("aws_eip.legacy", ForeignName, "MM-prod-use1-use1a-eip-nat")],
    );

    // It may be forgotten: so it leaves the state without being touched.
    let mut forgotten = noop("aws_eip.legacy", "aws_eip", json!({"tags": {"Environment": "prod"}}));
    forgotten["change"]["actions"] = json!(["forget"]);
    applied().also(forgotten).check(&dev(), &[]);

    // A part of a plan.
    created().top("/errored", json!(true)).check(&dev(), &[("plan", Errored, "planning stopped at an error")]);
}

/// A program no longer says what it once made, and must be able to take that down.
#[test]
fn what_was_is_refused_only_where_something_speaks_for_another_environment() {
    let gone = |kind: &str, before: Json| {
        let mut change = noop(&format!("{kind}.x"), kind, before);
        change["change"]["actions"] = json!(["delete"]);
        change["change"]["after"] = Json::Null;
        change
    };
    let prod = || OtherEnvironment::new("prod").tag_values(["Live"]).regions(["eu-central-1", "us-east-1"]);
    let knowing = || dev().other_environment(prod().cidrs(["10.2.0.0/16"]).unwrap());

    let block = |cidr: &str| gone("aws_vpc_ipv4_cidr_block_association", json!({"cidr_block": cidr}));
    applied().also(block("100.64.0.0/16")).check(&knowing(), &[]);
    let foreign = ("aws_vpc_ipv4_cidr_block_association.x", ForeignRange, "10.2.0.0/16");
    applied().also(block("10.2.0.0/16")).check(&knowing(), &[foreign]);

    let queue = |region: &str, account: &str| {
        gone("aws_sqs_queue", json!({"arn": format!("arn:aws:sqs:{region}:{account}:x"), "region": region}))
    };
    applied().also(queue("eu-west-1", "999900001111")).check(&knowing(), &[]);
    let foreign = ("aws_sqs_queue.x", ForeignRegion, "eu-central-1");
    applied().also(queue("eu-central-1", "111122223333")).check(&knowing(), &[foreign]);
    let known = || guard_of("dev", true);
    applied().also(queue("us-east-1", OTHER)).check(&known(), &[("aws_sqs_queue.x", ForeignAccount, OTHER)]);

    let tagged = |value: &str, name: &str, after: Option<&str>| {
        let tags =
            |value: &str| json!({"tags": {"Environment": value, "Name": name}, "tags_all": {"Environment": value}});
        match after {
            None => gone("aws_eip", tags(value)),
            Some(after) => {
                let mut change = noop("aws_eip.x", "aws_eip", tags(after));
                change["change"]["actions"] = json!(["update"]);
                change["change"]["before"] = tags(value);
                change
            }
        }
    };
    let own = "MM-dev-use1-eip-x";
    let foreign = |tag| [("aws_eip.x", ForeignTag, tag)];
    let development = "Environment = \"development\"";
    for guard in [dev(), knowing()] {
        applied().also(tagged("development", own, Some("dev"))).check(&guard, &[]);
        applied().also(tagged("development", own, Some("development"))).check(&guard, &foreign(development));
    }
    applied().also(tagged("development", own, None)).check(&knowing(), &[]);
    applied().also(tagged("development", own, None)).check(&dev(), &foreign(development));
    applied().also(tagged("development", "nat", Some("dev"))).check(&dev(), &foreign(development));
    applied().also(tagged("prod", own, Some("dev"))).check(&knowing(), &foreign(TAG));
    applied().also(tagged("Live", own, Some("dev"))).check(&knowing(), &foreign("Environment = \"Live\""));
}

#[test]
fn what_is_meant_to_be_elsewhere_passes() {
    let dev = || guard_of("dev", true);
    let created = || Graft::on("dev-create");
    let other = "444455556666";
    let member = json!({"account_id": other, "arn": "arn:aws:guardduty:us-east-1:111122223333:detector/x"});
    created()
        .also(noop("aws_guardduty_member.x", "aws_guardduty_member", member.clone()))
        .check(&guard_of("dev", false), &[]);
    created()
        .also(noop("aws_x.x", "aws_x", member))
        .check(&guard_of("dev", false), &[("aws_x.x", ForeignAccount, other)]);

    let image = json!({"owner_id": "137112412989", "tags": {"Environment": "shared"}});
    created().data("aws_ami", image.clone()).check(&dev().readable_tag_values(["shared"]), &[]);
    let tag = "Environment = \"shared\"";
    created().data("aws_ami", image.clone()).check(&dev(), &[("data.aws_ami.x", ForeignTag, tag)]);
    created()
        .also(noop("aws_eip.x", "aws_eip", json!({"tags": image["tags"]})))
        .check(&dev().readable_tag_values(["shared"]), &[("aws_eip.x", ForeignTag, tag)]);

    let provider = |alias: Json, region: &str| {
        let mut graft = Graft::on("empty");
        let constants = json!({"region": {"constant_value": region}});
        let provider =
            json!({"full_name": "registry.terraform.io/hashicorp/aws", "alias": alias, "expressions": constants});
        graft.plan["configuration"] = json!({"provider_config": {"aws": provider}});
        graft
    };
    let euw1 = Guard::new("dev").regions(["eu-west-1"]);
    provider(json!("global"), "us-east-1").check(&euw1, &[]);
    provider(json!("global"), "us-east-2").check(&euw1, &[("provider.aws", ForeignRegion, "us-east-2")]);
    provider(Json::Null, "us-east-1").check(&euw1, &[("provider.aws", ForeignRegion, "us-east-1")]);
}

#[test]
fn what_is_known_of_another_environment_is_found_everywhere() {
    let created = || Graft::on("dev-create");
    let dev = || guard_of("dev", true);
    let mut deferred = created();
    let change = noop("aws_eip.later", "aws_eip", json!({"tags": {"Environment": "prod"}}));
    deferred.plan["deferred_changes"] = json!([{"reason": "provider_config_unknown", "resource_change": change}]);
    deferred.check(&dev(), &[("aws_eip.later", ForeignTag, "Environment = \"prod\"")]);

    let mut output = created();
    output.plan["output_changes"]["role"] = json!({"actions": ["create"], "after": "MM-prod-use1-role-x"});
    output.check(&dev(), &[("output.role", ForeignName, "MM-prod-use1-role-x")]);

    let role = json!([{"role_arn": {"constant_value": "arn:aws:iam::999900001111:role/deploy"}}]);
    let mut assumed = created();
    assumed.plan["configuration"]["provider_config"]["aws"]["expressions"]["assume_role"] = role;
    assumed.check(&guard_of("dev", false), &[("provider.aws", ForeignAccount, "999900001111")]);

    // A state may not be read although somebody let it be.
    let prod = StateAddress::s3("mm-terraform-state", "prod/network/terraform.tfstate");
    created().reads(json!({"bucket": "mm-terraform-state", "key": "prod/network/terraform.tfstate"})).check(
        &dev().readable_states([prod.clone()]),
        &[("data.terraform_remote_state.network", ForeignRead, &prod.to_string())],
    );
}

#[test]
fn what_is_moved_is_one_resource() {
    let bucket = json!({"bucket": "MM-prod-use1-s3-x"});
    let mut moved = Graft::on("dev-applied");
    let mut change = noop("aws_s3_bucket.new", "aws_s3_bucket", bucket.clone());
    change["previous_address"] = json!("aws_s3_bucket.old");
    change["change"]["actions"] = json!(["delete", "create"]);
    let old = json!({"address": "aws_s3_bucket.old", "mode": "managed", "type": "aws_s3_bucket", "values": bucket});
    moved.plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap().push(old);
    moved.also(change).check(
        &guard_of("dev", true).allow_destroy("aws_s3_bucket.old"),
        &[("aws_s3_bucket.new", ForeignName, "MM-prod-use1-s3-x")],
    );
}

#[test]
fn what_holds_data_is_destroyed_only_by_permission() {
    let plan = plan("dev-changes");
    let backend = backend_of("dev");
    let check = |guard: Guard, expected: &[&str]| {
        let violations = guard.check(&plan, Some(&backend));
        assert!(violations.iter().all(|violation| violation.kind == Destroy), "{}", told(&violations));
        assert_eq!(violations.iter().map(|violation| violation.address.as_str()).collect::<Vec<_>>(), expected);
    };
    let dev = || guard_of("dev", true);
    check(dev(), &["aws_cloudwatch_log_group.flow", "aws_s3_bucket.trail"]);
    check(dev().allow_destroy("aws_s3_bucket.trail"), &["aws_cloudwatch_log_group.flow"]);
    check(dev().allow_destroy("aws_s3_bucket.trail").allow_destroy("aws_cloudwatch_log_group.flow"), &[]);
    check(
        dev().refuse_destroy().allow_destroy("aws_s3_bucket.trail"),
        &[
            "aws_cloudwatch_log_group.flow",
            "aws_eip.core_nat_instance_a",
            "aws_iam_role.flow",
            "aws_iam_role_policy.flow",
        ],
    );
    let destroyed = guard_of("dev", true).check(&common::plan("dev-destroy"), Some(&backend));
    assert_eq!(destroyed.len(), 2, "{}", told(&destroyed));
}

#[test]
fn what_is_not_known_is_refused() {
    let doing = |actions: Json| {
        let mut change = noop("aws_eip.x", "aws_eip", json!({"tags_all": {"Environment": "dev"}}));
        change["change"]["actions"] = actions;
        applied().also(change)
    };
    doing(json!(["archive"])).check(&dev(), &[("aws_eip.x", UnknownAction, "archive")]);
    doing(json!([])).check(&dev(), &[("aws_eip.x", UnknownAction, "there is none")]);
    doing(json!(["create", "forget"])).check(&dev(), &[]);
    let mut output = created();
    output.plan["output_changes"]["x"] = json!({"actions": ["publish"]});
    output.check(&dev(), &[("output.x", UnknownAction, "publish")]);

    // Nothing is to be where something was, whatever the action is called.
    let mut change = noop("aws_s3_bucket.x", "aws_s3_bucket", json!({"bucket": "mm-dev-use1-s3-x"}));
    change["change"]["actions"] = json!(["update"]);
    change["change"]["after"] = Json::Null;
    applied().also(change.clone()).check(&dev(), &[("aws_s3_bucket.x", Destroy, "it is destroyed")]);
    change["change"]["actions"] = json!(["forget"]);
    applied().also(change).check(&dev(), &[]);
}

#[test]
fn what_is_invoked_is_judged() {
    let invoking = |config: Json| {
        let action = json!({"address": "action.aws_lambda_invoke.x", "type": "aws_lambda_invoke", "name": "x",
            "config_values": config, "lifecycle_action_trigger": {"action_trigger_event": "AfterCreate"}});
        let mut graft = applied();
        graft.plan["action_invocations"] = json!([action]);
        graft
    };
    let function = |region: &str, account: &str, name: &str| {
        invoking(json!({"function_name": format!("arn:aws:lambda:{region}:{account}:function:{name}")}))
    };
    let own = "MM-dev-use1-fn-x";
    let foreign = |kind, what| [("action.aws_lambda_invoke.x", kind, what)];
    function("us-east-1", "111122223333", own).check(&dev(), &[]);
    function("eu-west-1", "111122223333", own).check(&dev(), &foreign(ForeignRegion, "eu-west-1"));
    let name = "MM-prod-use1-fn-x";
    function("us-east-1", "111122223333", name).check(&dev(), &foreign(ForeignName, name));
    function("us-east-1", OTHER, own).check(&guard_of("dev", true), &foreign(ForeignAccount, OTHER));
    invoking(json!({"region": "eu-west-1"})).check(&dev(), &foreign(ForeignRegion, "eu-west-1"));
    let plan = Plan::from_json(function("us-east-1", OTHER, own).plan.to_string().as_bytes()).unwrap();
    assert!(!plan.is_empty() && plan.summary().to_string().ends_with("to destroy, 1 to invoke"), "{}", plan.summary());

    let mut deferred = applied();
    let action = json!({"address": "action.x.y", "type": "x", "config_values": {"name": name}});
    deferred.plan["deferred_action_invocations"] = json!([{"reason": "unknown", "action_invocation": action}]);
    deferred.check(&dev(), &[("action.x.y", ForeignName, name)]);
}

#[test]
fn what_a_targeted_plan_leaves_out_is_checked_in_the_state() {
    let mut targeted = Graft::on("dev-targeted");
    let resources = targeted.plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap();
    let bucket = resources.iter_mut().find(|resource| resource["address"] == "aws_s3_bucket.trail").unwrap();
    bucket["values"]["tags"]["Environment"] = "prod".into();
    targeted.check(&guard_of("dev", false), &[("aws_s3_bucket.trail", ForeignTag, "Environment = \"prod\"")]);
}

#[test]
fn secrets_are_not_told() {
    let graft = Graft::on("dev-changes").replace("aws_ssm_parameter.secret", "hunter2-mm", "MM-prod-use1-hunter2");
    let guard =
        guard_of("dev", true).allow_destroy("aws_s3_bucket.trail").allow_destroy("aws_cloudwatch_log_group.flow");
    let plan = Plan::from_json(graft.plan.to_string().as_bytes()).unwrap();
    let violations = guard.check(&plan, graft.backend.as_ref());
    assert!(!told(&violations).contains("hunter2") && !format!("{plan:?}").contains("hunter2"));
    graft.check(&guard, &[("aws_ssm_parameter.secret", ForeignName, "(sensitive value)")]);

    let secret = "(sensitive value)";
    for (address, attribute, value, found) in [
        ("aws_vpc.core", "tags", json!({"Environment": "hunter2"}), ForeignTag),
        ("aws_vpc.core", "cidr_block", json!("172.16.0.0/16"), ForeignRange),
        ("aws_vpc.core", "region", json!("eu-west-1"), ForeignRegion),
        ("aws_vpc.core", "owner_id", json!("777788889999"), ForeignAccount),
    ] {
        let graft = Graft::on("dev-create").put(address, "after", attribute, value).put(
            address,
            "after_sensitive",
            attribute,
            true,
        );
        let shown = if found == ForeignTag { format!("Environment = {secret:?}") } else { secret.into() };
        graft.check(&guard_of("dev", false), &[(address, found, &shown)]);
    }
}

#[test]
fn stacks_read_each_others_local_states() {
    let guard = |readable: &str| Guard::new("staging").untagged().readable_states([StateAddress::local(readable)]);
    let plan = plan("staging-eks");
    assert!(guard("staging/network/terraform.tfstate").check(&plan, None).is_empty());
    let violations = guard("prod/network/terraform.tfstate").check(&plan, None);
    assert_eq!(violations[0].kind, ForeignRead, "{}", told(&violations));
    assert_eq!(violations[0].found, "staging/network/terraform.tfstate");
}

/// Every value of a plan is replaced by others that do not belong there: reading may fail, nothing may panic.
#[test]
fn nonsense_does_not_panic() {
    fn pointers(value: &Json, here: String, all: &mut Vec<String>) {
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    pointers(member, format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), all);
                }
            }
            Json::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    pointers(element, format!("{here}/{index}"), all);
                }
            }
            _ => {}
        }
        all.push(here);
    }
    let guard = guard_of("dev", true);
    for name in ["staging-eks", "errored"] {
        let plan = json(name);
        let mut all = Vec::new();
        pointers(&plan, String::new(), &mut all);
        for pointer in all {
            for nonsense in
                [Json::Null, json!(true), json!(-1.5), json!("ä*${{"), json!([[]]), json!({"": {"": [null]}})]
            {
                let mut plan = plan.clone();
                *plan.pointer_mut(&pointer).unwrap() = nonsense;
                if let Ok(plan) = Plan::from_json(plan.to_string().as_bytes()) {
                    let _ = (told(&guard.check(&plan, None)), plan.summary());
                }
            }
        }
    }
}
