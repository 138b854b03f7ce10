//! Reach into another environment, in every place and form that a plan has. Each case is the shape that Terraform writes
//! for a resource, a data source or a configuration, and stands beside its counterpart of the environment itself.

mod common;

use common::graft::{Graft, guard_of, noop};
use mmcdk_terraform::ViolationKind::*;
use mmcdk_terraform::{Guard, OtherEnvironment, ViolationKind};
use serde_json::{Value as Json, json};

/// Dev, which knows nothing of prod.
fn alone() -> Guard {
    guard_of("dev", false)
}

/// Dev, whose program describes prod too.
fn knowing() -> Guard {
    guard_of("dev", true)
}

fn created(kind: &str, after: Json) -> Graft {
    let mut change = noop("x.x", kind, after);
    change["change"]["actions"] = json!(["create"]);
    change["change"]["before"] = Json::Null;
    Graft::on("empty").also(change)
}

const TAG: &str = "Environment = \"prod\"";

fn text(value: &Json) -> String {
    value.to_string()
}

/// Every `@` of a case stands for an environment: prod's is found, and dev's is not.
#[track_caller]
fn check_both(guard: &Guard, kind: &str, case: &Json, found: &[(ViolationKind, &str)]) {
    let of = |environment: &str| -> Json { serde_json::from_str(&text(case).replace('@', environment)).unwrap() };
    created(kind, of("dev")).check(guard, &[]);
    let expected: Vec<_> = found.iter().map(|(kind, what)| ("x.x", *kind, *what)).collect();
    created(kind, of("prod")).check(guard, &expected);
}

#[test]
fn a_selector_of_another_environments_tag_is_found_in_every_shape() {
    let policy = |condition: Json| {
        let statement = json!({"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": condition});
        json!({"role": "MM-dev-use1-role-x", "policy": text(&json!({"Statement": [statement]}))})
    };
    let query =
        json!({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "Environment", "Values": ["@"]}]});
    for (kind, case) in [
        (
            "aws_ssm_association",
            json!({"name": "AWS-RunPatchBaseline", "targets": [{"key": "tag:Environment", "values": ["@"]}]}),
        ),
        ("aws_ssm_maintenance_window_target", json!({"targets": [{"key": "tag:Environment", "values": ["dev", "@"]}]})),
        ("aws_dlm_lifecycle_policy", json!({"policy_details": [{"target_tags": {"Environment": "@"}}]})),
        ("aws_iam_role_policy", policy(json!({"StringEquals": {"ec2:ResourceTag/Environment": "@"}}))),
        ("aws_iam_role_policy", policy(json!({"StringLike": {"aws:resourcetag/environment": ["dev", "@"]}}))),
        ("aws_iam_role_policy", policy(json!({"StringEquals": {"s3:ExistingObjectTag/Environment": "@"}}))),
        ("aws_s3_bucket_policy", policy(json!({"StringEquals": {"aws:PrincipalTag/Environment": "@"}}))),
        ("aws_resourcegroups_group", json!({"resource_query": [{"query": text(&query)}]})),
        (
            "aws_backup_selection",
            json!({"selection_tag": [{"type": "STRINGEQUALS", "key": "Environment", "value": "@"}]}),
        ),
        (
            "aws_backup_selection",
            json!({"condition": [{"string_equals": [{"key": "aws:ResourceTag/Environment", "value": "@"}]}]}),
        ),
        (
            "aws_codedeploy_deployment_group",
            json!({"ec2_tag_set": [{"ec2_tag_filter": [{"key": "Environment", "type": "KEY_AND_VALUE", "value": "@"}]}]}),
        ),
        ("aws_fis_experiment_template", json!({"target": [{"resource_tag": [{"key": "Environment", "value": "@"}]}]})),
        ("aws_config_config_rule", json!({"scope": [{"tag_key": "Environment", "tag_value": "@"}]})),
        ("aws_rbin_rule", json!({"resource_tags": [{"resource_tag_key": "Environment", "resource_tag_value": "@"}]})),
        ("aws_fms_policy", json!({"resource_tags": {"Environment": "@"}})),
        ("aws_lakeformation_permissions", json!({"lf_tag": [{"key": "Environment", "values": ["@"]}]})),
        (
            "aws_autoscalingplans_scaling_plan",
            json!({"application_source": [{"tag_filter": [{"key": "Environment", "values": ["@"]}]}]}),
        ),
        ("aws_budgets_budget", json!({"cost_filter": [{"name": "TagKeyValue", "values": ["user:Environment$@"]}]})),
        (
            "aws_ce_anomaly_monitor",
            json!({"monitor_specification": text(&json!({"Tags": {"Key": "Environment", "Values": ["@"]}}))}),
        ),
        ("aws_resourceexplorer2_view", json!({"filters": [{"filter_string": "tag:Environment=@"}]})),
        (
            "aws_ssm_document",
            json!({"content": "mainSteps:\n- inputs:\n    Filters:\n    - Name: tag:Environment\n      Values:\n      - @\n"}),
        ),
        ("aws_cloudwatch_event_target", json!({"run_command_targets": [{"key": "tag:Environment", "values": ["@"]}]})),
    ] {
        check_both(&alone(), kind, &case, &[(ForeignTag, TAG)]);
    }
}

#[test]
fn a_selector_is_no_alarm_if_it_selects_nothing_of_another_environment() {
    let policy = |condition: Json| json!({"policy": text(&json!({"Statement": [{"Condition": condition}]}))});
    let known = || {
        let others = ["dev2", "developer", "prod", "product", "preprod", "us"].map(OtherEnvironment::new);
        others.into_iter().fold(alone(), Guard::other_environment)
    };
    for (kind, case) in [
        ("aws_iam_role_policy", policy(json!({"Null": {"aws:ResourceTag/Environment": "false"}}))),
        (
            "aws_iam_role_policy",
            policy(json!({"StringEquals": {"aws:ResourceTag/Environment": "${aws:PrincipalTag/Environment}"}})),
        ),
        (
            "aws_iam_role_policy",
            policy(json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Environment", "Owner"]}})),
        ),
        ("aws_iam_role_policy", policy(json!({"StringEquals": {"aws:ResourceTag/EnvironmentType": "prod"}}))),
        (
            "aws_lambda_function",
            json!({"environment": [{"variables": {"Environment": "Production-like", "STAGE": "x"}}],
            "tags_all": {"Environment": "dev"}}),
        ),
        (
            "aws_ecs_task_definition",
            json!({"container_definitions": text(&json!([{"environment": [{"name": "Environment", "value": "test"}]}])),
            "tags_all": {"Environment": "dev"}}),
        ),
        ("aws_instance", json!({"user_data": "export Environment=us-east-1\n", "tags_all": {"Environment": "dev"}})),
        ("aws_s3_object", json!({"content": "the product of developers in prod, us and preprod"})),
    ] {
        created(kind, case.clone()).check(&alone(), &[]);
        created(kind, case).check(&known(), &[]);
    }
    // What looks alike is another one, and what is shared may be selected where that is said.
    let association = |value: &str| {
        created("aws_ssm_association", json!({"targets": [{"key": "tag:Environment", "values": [value]}]}))
    };
    for foreign in ["dev2", "developer", "prod", "product", "preprod", "us", "dev*", "*"] {
        let found = format!("Environment = {foreign:?}");
        association(foreign).check(&known(), &[("x.x", ForeignTag, &found)]);
    }
    association("dev").check(&known(), &[]);
    association("shared").check(&known().readable_tag_values(["shared"]), &[]);
    association("shared").check(&known(), &[("x.x", ForeignTag, "Environment = \"shared\"")]);
}

#[test]
fn a_name_or_an_account_of_another_environment_is_found_in_every_encoding() {
    let script = "#!/bin/sh\naws s3 cp s3://mm-prod-use1-s3-data/x .\n";
    let name = "mm-prod-use1-s3-data";
    let base64 = |text: &str| {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let bits =
                chunk.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
            for place in 0..4 {
                let letter = letters[(bits >> (18 - 6 * place) & 63) as usize];
                out.push(if place <= chunk.len() { letter.into() } else { '=' });
            }
        }
        out
    };
    let once = base64(script);
    let lines: Vec<String> = once.as_bytes().chunks(40).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let cloud_config = format!("#cloud-config\nwrite_files:\n- encoding: b64\n  content: {once}\n  path: /x\n");
    let escaped = r#"{"Resource":"arn:aws:s3:::mm\u002dprod\u002duse1\u002ds3\u002ddata"}"#;
    for (kind, argument, value) in [
        ("aws_instance", "user_data", script.to_owned()),
        ("aws_instance", "user_data_base64", once.clone()),
        ("aws_launch_template", "user_data", once.clone()),
        ("aws_launch_template", "user_data", lines.join("\n")),
        ("aws_launch_template", "user_data", base64(&cloud_config)),
        ("aws_batch_job_definition", "container_properties", json!({"command": ["sh", "-c", script]}).to_string()),
        ("aws_lambda_invocation", "input", json!({"body": json!({"bucket": name}).to_string()}).to_string()),
        ("aws_iam_role_policy", "policy", escaped.to_owned()),
        ("aws_apigatewayv2_integration", "integration_uri", "https://x/%6d%6d-prod-use1-s3-data%2Fx".to_owned()),
    ] {
        let mut after = json!({"tags_all": {"Environment": "dev"}});
        after[argument] = value.into();
        created(kind, after).check(&alone(), &[("x.x", ForeignName, name)]);
    }
    // gzip | base64, as cloud-init packs user data: aws s3 ls s3://mm-prod-use1-data
    let zipped = "H4sIAAAAAAAC/0ssL1YoNlbIAZFW+vq5uboFRfkpuqXFqYa6KYkliVwAGCL7PCEAAAA=";
    let template = json!({"user_data": zipped, "tags_all": {"Environment": "dev"}});
    created("aws_launch_template", template).check(&alone(), &[("x.x", ForeignName, "mm-prod-use1-data")]);
    let account = base64(r#"{"Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Version": 444455556666}"#);
    let after = json!({"content_base64": account});
    created("aws_s3_object", after).check(&knowing(), &[("x.x", ForeignAccount, "444455556666")]);
}

#[test]
fn a_prefix_or_a_pattern_of_another_environments_names_is_found() {
    let policy = |resource: &str| json!({"policy": text(&json!({"Statement": [{"Resource": resource}]}))});
    for (kind, case, found) in [
        ("aws_iam_role_policy", policy("arn:aws:s3:::mm-@-*"), "mm-prod-*"),
        ("aws_iam_role_policy", policy("arn:aws:s3:::mm-@-*/*"), "mm-prod-*"),
        ("aws_iam_role_policy", policy("arn:aws:s3:::MM-@-use1-*"), "MM-prod-use1-*"),
        ("aws_iam_role_policy", policy("arn:aws:iam::111122223333:role/mm-@*"), "mm-prod*"),
        ("aws_sns_topic", json!({"name_prefix": "mm-@-", "tags_all": {"Environment": "dev"}}), "mm-prod-"),
    ] {
        check_both(&alone(), kind, &case, &[(ForeignName, found)]);
    }
    for resource in
        ["*", "arn:aws:s3:::mm-*", "arn:aws:s3:::*", "arn:aws:s3:::mm-product-x", "arn:aws:s3:::mm-terraform-state"]
    {
        created("aws_iam_role_policy", policy(resource)).check(&alone(), &[]);
    }
}

#[test]
fn addresses_of_another_environment_are_found_in_every_argument() {
    for (kind, after, found) in [
        ("aws_vpc_security_group_ingress_rule", json!({"cidr_ipv4": "10.2.0.0/16"}), "10.2.0.0/16"),
        ("aws_security_group_rule", json!({"cidr_blocks": ["10.1.0.0/16", "10.2.3.0/24"]}), "10.2.3.0/24"),
        ("aws_route", json!({"destination_cidr_block": "10.2.0.0/16"}), "10.2.0.0/16"),
        ("aws_route53_record", json!({"records": ["10.2.3.4"]}), "10.2.3.4"),
        ("aws_s3_object", json!({"content": "host=10.2.3.4:5432"}), "10.2.3.4:5432"),
        (
            "aws_iam_role_policy",
            json!({"policy": text(&json!({"Condition": {"IpAddress": {"aws:VpcSourceIp": "10.2.0.0/16"}}}))}),
            "10.2.0.0/16",
        ),
    ] {
        created(kind, after.clone()).check(&knowing(), &[("x.x", ForeignRange, found)]);
        created(kind, after.clone()).check(&alone(), &[]);
        created(kind, after.clone()).check(&knowing().trusted_cidrs(["10.2.0.0/16"]).unwrap(), &[]);
        // A plan that takes such a thing away must pass.
        let mut gone = noop("x.x", kind, after);
        gone["change"]["actions"] = json!(["delete"]);
        gone["change"]["after"] = Json::Null;
        Graft::on("empty").also(gone).check(&knowing(), &[]);
    }
    for own in ["10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "10.20.0.0/16", "10.2.0.0", "version 10.2.1"] {
        let expected: &[_] = if own == "10.2.0.0" { &[("x.x", ForeignRange, own)] } else { &[] };
        created("aws_route", json!({"destination_cidr_block": own})).check(&knowing(), expected);
    }
}

#[test]
fn what_stands_in_the_configuration_or_in_variables_alone_is_found() {
    let constant = |value: Json| json!({"constant_value": value});
    let configured = |root: Json| {
        let mut graft = Graft::on("empty");
        graft.plan["configuration"] = json!({"root_module": root});
        graft
    };
    let command = json!([{"type": "local-exec", "expressions": {
        "command": constant(json!("aws s3 rm --recursive s3://mm-prod-use1-s3-data")),
        "environment": constant(json!({"ACCOUNT": "444455556666"})),
    }}]);
    let resource = |more: Json| {
        let mut resource = json!({"address": "terraform_data.x", "mode": "managed", "type": "terraform_data", "name": "x",
            "provider_config_key": "terraform", "schema_version": 0});
        resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"resources": [resource]})
    };
    let provisioned = resource(json!({"provisioners": command}));
    let name = "mm-prod-use1-s3-data";
    let found = |address| [(address, ForeignName, name), (address, ForeignAccount, "444455556666")];
    configured(provisioned.clone()).check(&knowing(), &found("terraform_data.x"));
    let calls = json!({"module_calls": {"a": {"source": "./a", "module": {"module_calls": {"b": {"source": "./b", "module": provisioned}}}}}});
    configured(calls).check(&knowing(), &found("module.a.module.b.terraform_data.x"));

    let key = json!([{"key": constant(json!("tag:Environment")), "values": constant(json!(["prod"]))}]);
    for (root, address, kind, found) in [
        (resource(json!({"expressions": {"targets": key}})), "terraform_data.x", ForeignTag, TAG),
        (
            resource(json!({"expressions": {"tags": constant(json!({"Environment": "prod"}))}})),
            "terraform_data.x",
            ForeignTag,
            TAG,
        ),
        (resource(json!({"for_each_expression": constant(json!({"a": name}))})), "terraform_data.x", ForeignName, name),
        (
            json!({"module_calls": {"a": {"source": "./a", "expressions": {"bucket": constant(json!(name))}}}}),
            "module.a",
            ForeignName,
            name,
        ),
        (
            json!({"module_calls": {"a": {"source": "s3::https://s3.amazonaws.com/mm-prod-use1-s3-data/a.zip"}}}),
            "module.a",
            ForeignName,
            name,
        ),
        (json!({"variables": {"bucket": {"default": name}}}), "var.bucket", ForeignName, name),
        (json!({"outputs": {"bucket": {"expression": constant(json!(name))}}}), "output.bucket", ForeignName, name),
    ] {
        configured(root).check(&alone(), &[(address, kind, found)]);
    }
    configured(resource(json!({"expressions": {"bucket": {"references": ["aws_s3_bucket.mm-prod-use1-x.id"]}}})))
        .check(&alone(), &[]);

    let mut variables = Graft::on("empty");
    variables.plan["variables"] = json!({"plain": {"value": {"a": [name]}}, "secret": {"value": name}});
    variables.plan["configuration"] =
        json!({"root_module": {"variables": {"secret": {"sensitive": true, "default": name}}}});
    variables.check(&alone(), &[("var.plain", ForeignName, name), ("var.secret", ForeignName, "(sensitive value)")]);
}

/// Made by Terraform 1.11 from variables, provisioners, a module, an import, a `for_each` and the state of a hub.
#[test]
fn a_plan_of_terraform_with_everything_in_its_configuration_is_judged() {
    let hub = mmcdk_terraform::StateAddress::local("hub/terraform.tfstate");
    let hub_is =
        || OtherEnvironment::new("hub").accounts(["999900001111"]).names(["MM-hub-use1-*"]).states([hub.clone()]);
    let guard = || Guard::new("dev").names(["MM-dev-use1-*"]).convention(["MM-*-use1-*"]).other_environment(hub_is());
    let plan = common::plan("configured");
    let found = |guard: Guard| -> Vec<String> {
        let violations = guard.check(&plan, None);
        violations.iter().map(|violation| format!("{} {}", violation.address, violation.found)).collect()
    };
    let own = [
        "terraform_data.y[\"a\"] mm-prod-use1-x",
        "terraform_data.y[\"a\"] (sensitive value)",
        "terraform_data.z mm-prod-use1-imported",
        "module.m.terraform_data.inner mm-prod-use1-module",
        "module.m.terraform_data.inner Environment = \"prod\"",
        "output.o mm-prod-use1-output",
        "var.bucket mm-prod-use1-s3-data",
        "var.password (sensitive value)",
        "terraform_data.x mm-prod-use1-s3-data",
        "terraform_data.y mm-prod-use1-s3-gone",
        "module.m.terraform_data.inner mm-prod-use1-inner",
        "module.m mm-prod-use1-module",
    ];
    let mut imported = found(guard().imported_states([hub.clone()]));
    imported.sort();
    let mut expected = own.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(imported, expected);
    let mut foreign = found(guard());
    foreign.retain(|found| !own.contains(&found.as_str()));
    let bus = ["MM-hub-use1-bus-central", "999900001111"].map(|what| format!("terraform_data.x {what}"));
    assert!(bus.iter().all(|found| foreign.contains(found)), "{foreign:?}");
    assert!(foreign.contains(&"data.terraform_remote_state.hub hub/terraform.tfstate".to_owned()), "{foreign:?}");
}

/// One thing is told once, and what is secret in a resource is secret in its configuration.
#[test]
fn a_resource_and_its_configuration_are_told_once_and_without_secrets() {
    let name = "MM-prod-use1-hunter2";
    let mut change =
        noop("module.m.aws_ssm_parameter.x[\"a\"]", "aws_ssm_parameter", json!({"value": name, "tier": name}));
    change["change"]["after_sensitive"] = json!({"value": true});
    let mut graft = Graft::on("empty").also(change);
    let resource = json!({
        "address": "aws_ssm_parameter.x", "mode": "managed", "type": "aws_ssm_parameter", "name": "x",
        "expressions": {"value": {"constant_value": name}, "tier": {"constant_value": name}},
    });
    graft.plan["configuration"] =
        json!({"root_module": {"module_calls": {"m": {"module": {"resources": [resource]}}}}});
    let address = "module.m.aws_ssm_parameter.x[\"a\"]";
    graft.check(&alone(), &[(address, ForeignName, name), (address, ForeignName, "(sensitive value)")]);

    let mut change = noop(
        "aws_ssm_parameter.x",
        "aws_ssm_parameter",
        json!({"value": json!({"MM-prod-use1-hunter2": 1}).to_string()}),
    );
    change["change"]["after_sensitive"] = json!({"value": true});
    let graft = Graft::on("empty").also(change);
    let plan = mmcdk_terraform::Plan::from_json(graft.plan.to_string().as_bytes()).unwrap();
    let told = common::graft::told(&alone().check(&plan, graft.backend.as_ref()));
    assert!(
        told.contains("value: name of another environment: (sensitive value)") && !told.contains("hunter2"),
        "{told}"
    );
}

#[test]
fn every_way_to_import_is_judged() {
    let import = |importing: Json| {
        let mut change = noop("x.x", "aws_s3_bucket_policy", Json::Null);
        change["change"]["importing"] = importing;
        Graft::on("empty").also(change)
    };
    let name = "mm-prod-use1-s3-data";
    import(json!({"id": "mm-dev-use1-s3-data"})).check(&alone(), &[]);
    import(json!({"id": name})).check(&alone(), &[("x.x", ForeignName, name)]);
    import(json!({"identity": {"bucket": name}})).check(&alone(), &[("x.x", ForeignName, name)]);
    import(json!({"identity": {"account_id": "444455556666"}}))
        .check(&alone(), &[("x.x", ForeignAccount, "444455556666")]);
    import(json!({"identity": {"region": "eu-west-1"}})).check(&alone(), &[("x.x", ForeignRegion, "eu-west-1")]);
    import(json!({"identity": {"arn": "arn:aws:sqs:us-east-1:444455556666:x"}}))
        .check(&alone(), &[("x.x", ForeignAccount, "444455556666")]);
    import(json!({"id": "sg-1_ingress_tcp_80_80_10.2.0.0/16"}))
        .check(&knowing(), &[("x.x", ForeignRange, "10.2.0.0/16")]);
    let unknown = import(json!({"unknown": true}));
    unknown.check(&alone(), &[("x.x", Unreadable, "it is known only after applying")]);
}

/// A hub creates what others use. Its state may be read because the program imports from it, and only that one; what it
/// says may be referred to, and nothing else of it.
#[test]
fn what_was_imported_from_an_earlier_environment_is_not_foreign() {
    let state = |key: &str| mmcdk_terraform::StateAddress::s3("mm-terraform-state", key);
    let hub = || {
        let hub = OtherEnvironment::new("hub").accounts(["999900001111"]).names(["MM-hub-use1-*"]);
        hub.cidrs(["10.0.0.0/16"])
            .unwrap()
            .states([state("hub/network/terraform.tfstate"), state("hub/data/terraform.tfstate")])
    };
    let dev = || alone().other_environment(hub()).readable_states([state("dev/network/terraform.tfstate")]);
    let importing = || dev().imported_states([state("hub/network/terraform.tfstate")]);
    let bus = "arn:aws:events:us-east-1:999900001111:event-bus/MM-hub-use1-bus-central";
    let outputs =
        json!({"transit_gateway_id": "tgw-0a1b", "bus": bus, "cidr": "10.0.0.0/16", "prod": "mm-prod-use1-s3-data"});
    let read = |key: &str| {
        let mut graft = Graft::on("empty")
            .reads(json!({"bucket": "mm-terraform-state", "key": key, "region": "us-east-1",
            "assume_role": {"role_arn": "arn:aws:iam::999900001111:role/MM-hub-use1-role-state"}}));
        let resources = graft.plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap();
        resources.last_mut().unwrap()["values"]["outputs"] = outputs.clone();
        graft
    };
    let attachment = || {
        noop(
            "aws_ec2_transit_gateway_vpc_attachment.x",
            "aws_ec2_transit_gateway_vpc_attachment",
            json!({"transit_gateway_id": "tgw-0a1b", "tags_all": {"Environment": "dev"}}),
        )
    };
    let target = |arn: &str| noop("aws_cloudwatch_event_target.x", "aws_cloudwatch_event_target", json!({"arn": arn}));
    let policy = |resource: &str| {
        noop(
            "aws_iam_role_policy.x",
            "aws_iam_role_policy",
            json!({"policy": json!({"Resource": resource}).to_string()}),
        )
    };
    let route = |cidr: &str| noop("aws_route.x", "aws_route", json!({"destination_cidr_block": cidr}));
    let network = "hub/network/terraform.tfstate";
    for change in [attachment(), target(bus), policy(bus), policy(&format!("{bus}/*")), route("10.0.0.0/16")] {
        read(network).also(change).check(&importing(), &[]);
    }
    let other = "MM-hub-use1-bus-other";
    let account = ("aws_cloudwatch_event_target.x", ForeignAccount, "999900001111");
    read(network)
        .also(target(&format!("arn:aws:events:us-east-1:999900001111:event-bus/{other}")))
        .check(&importing(), &[("aws_cloudwatch_event_target.x", ForeignName, other), account]);
    read(network).also(route("10.0.1.0/24")).check(&importing(), &[("aws_route.x", ForeignRange, "10.0.1.0/24")]);

    let data = "hub/data/terraform.tfstate";
    let foreign = format!("s3://mm-terraform-state/{data}");
    let address = "data.terraform_remote_state.network";
    let role = [(address, ForeignName, "MM-hub-use1-role-state"), (address, ForeignAccount, "999900001111")];
    read(data).check(&importing(), &[role[0], role[1], (address, ForeignRead, &foreign)]);
    read(network).check(
        &dev(),
        &[role[0], role[1], (address, ForeignRead, "s3://mm-terraform-state/hub/network/terraform.tfstate")],
    );
    // The same things without an import, where somebody trusts them one by one.
    let trusting = dev()
        .trusted_accounts(["999900001111"])
        .trusted_names(["MM-hub-use1-bus-*"])
        .trusted_cidrs(["10.0.0.0/16"])
        .unwrap();
    for change in [target(bus), policy(bus), route("10.0.0.0/16")] {
        Graft::on("empty").also(change).check(&trusting, &[]);
    }
}
