//! Roles while a stack changes: what they keep, and what they lack for a plan.

use mmcdk_core::serde_json::{Map, Value as Json, json};
use mmcdk_core::{App, Local, Mode, Organisation, RawResource, SynthesizedStack};

use super::*;
use crate::resources::{dynamodb, ec2, s3};
use crate::values::{InstanceType, Region};
use crate::{Environment, FlowLogs, NatStrategy, Trail, Vpc};

const PATH: &str = "dev/network";

/// What a user changes: types or names come and go, or nothing does.
const CHANGES: [(&str, &str); 14] = [
    ("instance", "gateway"),
    ("gateway", "instance"),
    ("none", "instance"),
    ("instance", "none"),
    ("gateway", "per-zone"),
    ("flow", "none"),
    ("none", "flow"),
    ("trail", "none"),
    ("other-names", "none"),
    ("table", "none"),
    ("none", "table"),
    ("instance", "instance"),
    ("flow", "flow"),
    ("trail", "trail"),
];

fn network(variant: &str) -> Result<App> {
    let mut app = App::new(Organisation::new("MM"));
    let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Environment", "dev")]);
    let mut network = app.stack("network", &dev)?;
    network.backend(mmcdk_core::S3Backend::new("state", "us-east-1"));
    let nat = match variant {
        "instance" => NatStrategy::instance(InstanceType::T3Micro),
        "gateway" => NatStrategy::SingleGateway,
        "per-zone" => NatStrategy::GatewayPerZone,
        _ => NatStrategy::None,
    };
    let vpc = network.add("core", Vpc::new("10.1.0.0/16").zones(["a", "b"]).nat(nat))?;
    match variant {
        "flow" => drop(network.add("flow", FlowLogs::new(&vpc))?),
        "trail" => drop(network.add("trail", Trail::new())?),
        "other-names" => drop(network.add("bucket", s3::Bucket::new().bucket("given-by-somebody"))?),
        "table" => drop(network.add("table", dynamodb::Table::new().name("orders").hash_key("id"))?),
        _ => {}
    }
    Ok(app)
}

fn stack(app: &App) -> SynthesizedStack<'_> {
    app.stacks().next().expect("there is a stack")
}

/// The files of a stack, as `cat *.tf.json` prints them.
fn synthesis(stack: &SynthesizedStack<'_>) -> String {
    let files = stack.files().into_iter().filter(|file| file.name.ends_with(".tf.json"));
    files.map(|file| String::from_utf8(file.bytes).expect("it is text")).collect()
}

/// A state that has a stack, as `terraform show -json` prints it: everything is known, and what is not set is empty.
fn state(stack: &SynthesizedStack<'_>) -> Json {
    let resources: Vec<Json> = stack.all().map(|found| resource(&found, "values", values(&found))).collect();
    json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}})
}

/// The plan that changes one into the other.
fn plan(from: &SynthesizedStack<'_>, to: &SynthesizedStack<'_>) -> Json {
    let mut changes = Vec::new();
    for found in from.all().filter(|found| found.mode() == Mode::Managed) {
        let before = values(&found);
        let action = match to.at(found.address()) {
            Ok(other) if other.body() == found.body() => "no-op",
            Ok(_) => "update",
            Err(_) => "delete",
        };
        let after = to.at(found.address()).map_or(Json::Null, |other| values(&other));
        changes.push(resource(&found, "change", json!({"actions": [action], "before": before, "after": after})));
    }
    let mut configured = Vec::new();
    for found in to.all() {
        let (mut after, mut unknown, mut expressions) = (Map::new(), Map::new(), Map::new());
        for (name, value) in found.body().as_object().into_iter().flatten() {
            match value.as_str().and_then(|text| text.strip_prefix("${")?.strip_suffix('}')) {
                Some(reference) => {
                    let resource = reference.rsplit_once('.').map_or(reference, |(resource, _)| resource);
                    unknown.insert(name.clone(), true.into());
                    expressions.insert(name.clone(), json!({"references": [reference, resource]}));
                }
                None => {
                    after.insert(name.clone(), value.clone());
                    expressions.insert(name.clone(), json!({"constant_value": value}));
                }
            }
        }
        configured.push(json!({"address": found.address(), "expressions": expressions}));
        if from.at(found.address()).is_err() && found.mode() == Mode::Managed {
            let change = json!({"actions": ["create"], "before": null, "after": after, "after_unknown": unknown});
            changes.push(resource(&found, "change", change));
        }
    }
    json!({
        "format_version": "1.2",
        "resource_changes": changes,
        "prior_state": state(from),
        "configuration": {"root_module": {"resources": configured}},
    })
}

fn resource(found: &mmcdk_core::Found<'_>, key: &str, content: Json) -> Json {
    let mode = if found.mode() == Mode::Data { "data" } else { "managed" };
    json!({"address": found.address(), "mode": mode, "type": found.terraform_type(), key: content})
}

/// What a state knows of a resource: texts for references, and more than a program sets.
fn values(found: &mmcdk_core::Found<'_>) -> Json {
    let mut values = found.body();
    let members = values.as_object_mut().expect("it has arguments");
    for value in members.values_mut() {
        if value.as_str().is_some_and(|text| text.contains("${")) {
            *value = "x-0123456789".into();
        }
    }
    // Some texts of references matter: they name what a call is made on.
    for argument in ["role", "iam_role_arn", "bucket", "cloud_watch_logs_role_arn"] {
        let Ok(name) = found.resolve(argument).map(|other| other.name().expect("it has a name")) else { continue };
        let arn = format!("arn:aws:iam::111122223333:role/{name}");
        members.insert(argument.into(), if argument.ends_with("_arn") { arn.into() } else { name.into() });
    }
    if let Ok(tags) = found.argument("tags") {
        members.insert("tags_all".into(), tags);
    }
    for (name, nothing) in
        [("timeouts", Json::Null), ("force_destroy", false.into()), ("iam_instance_profile", "".into())]
    {
        members.entry(name).or_insert(nothing);
    }
    values
}

#[test]
fn a_role_keeps_what_its_stack_contained_whichever_text_tells_of_it() -> Result<()> {
    for (from, to) in CHANGES {
        let (before, after) = (network(from)?, network(to)?);
        let (old, new) = (Permissions::apply(before.stacks())?, Permissions::apply(after.stacks())?);
        let texts = [
            ("the files", synthesis(&stack(&before))),
            ("the state", state(&stack(&before)).to_string()),
            ("the plan", plan(&stack(&before), &stack(&after)).to_string()),
        ];
        for (what, text) in texts {
            let kept = new.clone().keep(PATH, &text)?;
            let mut lacking = old.compare(&kept.as_role()?).lacking;
            lacking.retain(|one| one.reasons.iter().any(|reason| ["read", "delete"].contains(&reason.when)));
            assert!(lacking.is_empty(), "{from} to {to}, by {what}: {lacking:#?}");
            let same = new.grants.0.keys().eq(kept.grants.0.keys());
            assert_eq!(
                kept.notes().count(),
                usize::from(same),
                "{from} to {to}, by {what}: it says if it adds nothing"
            );
            assert!(from != to || same, "{from}, by {what}: {:#?}", added(&new, &kept));
        }
        let (old, new) = (Permissions::plan(before.stacks())?, Permissions::plan(after.stacks())?);
        let kept = new.keep(PATH, &state(&stack(&before)).to_string())?;
        assert!(old.compare(&kept.as_role()?).lacking.is_empty() && !kept.can_write(), "{from} to {to}, to plan");
    }
    Ok(())
}

/// The actions that are only among the later ones, or on more.
fn added(new: &Permissions, kept: &Permissions) -> Vec<Lacking> {
    kept.compare(&new.as_role().expect("it fits")).lacking
}

#[test]
fn a_role_is_compared_with_a_plan_before_anything_goes() -> Result<()> {
    for (from, to) in CHANGES {
        let (before, after) = (network(from)?, network(to)?);
        let (old, new) = (Permissions::apply(before.stacks())?, Permissions::apply(after.stacks())?);
        let text = plan(&stack(&before), &stack(&after)).to_string();
        let needed = Needed::to_apply(&stack(&after), &text)?;
        assert!(needed.unknown().is_empty());
        let kept = new.clone().keep(PATH, &synthesis(&stack(&before)))?;
        let lacking = needed.compare(&kept.as_role()?).lacking;
        assert!(lacking.is_empty(), "{from} to {to} by both: {lacking:#?}");

        // Either role lacks something exactly if the other one has something more.
        let by_old = needed.compare(&old.as_role()?).lacking;
        let by_new = needed.compare(&new.as_role()?).lacking;
        assert_eq!(by_old.is_empty(), added(&old, &new).is_empty(), "{from} to {to} by the old role: {by_old:#?}");
        let expected = added(&new, &old).is_empty();
        assert_eq!(by_new.is_empty(), expected, "{from} to {to} by the new role: {by_new:#?}");
        assert_eq!(needed.line_to_add().is_none(), by_new.is_empty(), "{from} to {to}");
    }
    Ok(())
}

#[test]
fn what_lacks_is_told_with_its_resource_and_reason() -> Result<()> {
    let (before, after) = (network("instance")?, network("gateway")?);
    let old = Permissions::apply(before.stacks())?;
    let needed = Needed::to_apply(&stack(&after), &plan(&stack(&before), &stack(&after)).to_string())?;
    let comparison = needed.compare(&old.as_role()?);
    let create = comparison.lacking.iter().find(|one| one.action == "ec2:CreateNatGateway");
    let shown = create.expect("the old role cannot make a gateway").to_string();
    for part in [
        "ec2:CreateNatGateway is not allowed\n  on arn:aws:ec2:us-east-1:111122223333:",
        ":natgateway/* if aws:RequestTag/Environment StringEquals dev\n",
        "\n  to create aws_nat_gateway.core",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    let line = needed.line_to_add().expect("the state has an instance, which the program does not have");
    assert_eq!(line, ".keep(\"dev/network\", &bootstrap.input(\"earlier/dev-network.json\")?)?");
    Ok(())
}

/// A stack of dev with what a function adds.
fn with(describe: impl FnOnce(&mut mmcdk_core::Stack<'_>) -> Result<()>) -> Result<App> {
    let mut app = App::new(Organisation::new("MM"));
    let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Environment", "dev")]);
    describe(&mut app.stack("network", &dev)?)?;
    Ok(app)
}

#[test]
fn boundaries_denials_and_wildcards_of_the_deployed_role_count() -> Result<()> {
    let app = with(|stack| stack.add("a", ec2::Eip::new()).map(drop))?;
    let stack = stack(&app);
    let nothing = with(|_| Ok(()))?;
    let text = plan(&nothing.stacks().next().expect("there is one"), &stack).to_string();
    let needed = Needed::to_apply(&stack, &text)?;
    let all = json!({"Policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}});
    let deny =
        json!({"Policy": {"Statement": [{"Sid": "Frozen", "Effect": "Deny", "Action": "*:Create*", "Resource": "*"}]}});
    let deny_ec2 = json!({"Policy": {"Statement": [{"Sid": "Frozen", "Effect": "Deny", "Action": "ec2:Allocate*", "Resource": "*"}]}});
    let reads =
        json!({"Boundary": {"Statement": {"Effect": "Allow", "Action": ["*:Describe*", "*:List*"], "Resource": "*"}}});
    let by_address = json!({"Policy": {"Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }}});
    for (texts, expected) in [
        (vec![&all], None),
        (vec![&all, &deny, &deny_ec2], Some(Refusal::Denied(Some("Frozen".into())))),
        (vec![&all, &reads], Some(Refusal::BeyondBoundary)),
        (vec![&by_address], None),
    ] {
        let text: String = texts.iter().map(|text| format!("{text}\n")).collect();
        let comparison = needed.compare(&DeployedRole::from_json(&text)?);
        let why: Vec<_> = comparison.lacking.iter().map(|one| one.why.clone()).collect();
        assert_eq!(why.first(), expected.as_ref(), "{text}");
        assert_eq!(comparison.depends.is_empty(), !text.contains("SourceIp"), "{text}");
    }
    // As the AWS CLI prints them.
    let statement = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    for text in [
        json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": statement}),
        json!({"PolicyVersion": {"Document": statement, "VersionId": "v1"}}),
    ] {
        assert!(needed.compare(&DeployedRole::from_json(&text.to_string())?).lacking.is_empty(), "{text}");
    }
    for (text, expected) in [("", "no policies"), ("{", "not JSON"), (r#"{"Policy": {}}"#, "no statements")] {
        let error = DeployedRole::from_json(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    Ok(())
}

const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/within";

/// What a role that is derived from what shall be there lacks for the change, where roles must have a boundary.
fn lacking_within_the_boundary(terraform_type: &str, before: &Json, after: &Json) -> Result<Vec<String>> {
    let app = |arguments: &Json| {
        let mut app = App::new(Organisation::new("MM").with(PermissionTable::standard().boundary(BOUNDARY)));
        let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
        let raw = arguments.as_object().into_iter().flatten();
        let raw = raw.fold(RawResource::new(terraform_type), |raw, (name, value)| raw.set(name, value.clone()));
        app.stack("network", &dev)?.add("it", raw)?;
        Ok::<_, Error>(app)
    };
    let (before, after) = (app(before)?, app(after)?);
    let text = plan(&stack(&before), &stack(&after)).to_string();
    let role = Permissions::apply(after.stacks())?.as_role()?;
    let lacking = Needed::to_apply(&stack(&after), &text)?.compare(&role).lacking;
    Ok(lacking.iter().map(|one| format!("{} is {}", one.action, one.why)).collect())
}

#[test]
fn a_change_takes_only_the_calls_that_it_causes() -> Result<()> {
    let tags = |team: &str| json!({"Environment": "dev", "Team": team});
    let types = PermissionTable::standard().rows().types.clone();
    for terraform_type in types.keys().filter(|name| name.starts_with("aws_")) {
        for boundary in [Json::Null, BOUNDARY.into()] {
            let of = |team: &str| json!({"name": "x", "tags": tags(team), "permissions_boundary": boundary});
            let lacking = lacking_within_the_boundary(terraform_type, &of("a"), &of("b"))?;
            assert!(lacking.is_empty(), "new tags of {terraform_type} within {boundary}: {lacking:?}");
        }
    }
    let role = |boundary: Json, description: &str| json!({"name": "x", "permissions_boundary": boundary, "description": description});
    let denied = |action: &str, sid: &str| vec![format!("iam:{action} is denied by the statement {sid}")];
    let outside = "OnlyWithinTheBoundary";
    for (what, before, after, expected) in [
        ("takes a boundary away", (BOUNDARY.into(), "a"), (Json::Null, "a"), {
            denied("DeleteRolePermissionsBoundary", "NeverWithoutIt")
        }),
        ("gives a boundary", (Json::Null, "a"), (BOUNDARY.into(), "a"), vec![]),
        ("gives another boundary", (BOUNDARY.into(), "a"), ("arn:aws:iam::111122223333:policy/other".into(), "a"), {
            denied("PutRolePermissionsBoundary", outside)
        }),
        ("changes what is within", (BOUNDARY.into(), "a"), (BOUNDARY.into(), "b"), vec![]),
        ("changes what is not within", (Json::Null, "a"), (Json::Null, "b"), denied("UpdateRoleDescription", outside)),
    ] {
        let (before, after) = (role(before.0, before.1), role(after.0, after.1));
        assert_eq!(lacking_within_the_boundary("aws_iam_role", &before, &after)?, expected, "{what}");
    }
    Ok(())
}

#[test]
fn a_text_that_tells_nothing_of_a_stack_is_refused() -> Result<()> {
    let app = network("none")?;
    let apply = || Permissions::apply(app.stacks());
    let unknown = r#"{"resource": {"aws_fis_experiment_template": {"a": {}, "b": {}}}}"#;
    for (stack, text, expected) in [
        ("dev/netwrk", "{}", "did you mean \"dev/network\"?"),
        (PATH, "", "JSON of something else"),
        (PATH, "[1]", "JSON of something else"),
        (PATH, "{", "not JSON"),
        (PATH, r#"{"version": 4, "serial": 3, "lineage": "x"}"#, "terraform show -json > state.json"),
        (PATH, r#"{"Statement": []}"#, "JSON of something else"),
        (PATH, unknown, "does not have aws_fis_experiment_template (aws_fis_experiment_template.a and 1 more)"),
    ] {
        let error = apply()?.keep(stack, text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert!(apply()?.keep(PATH, r#"{"format_version": "1.0"}"#).is_ok(), "a state may be empty");
    Ok(())
}

#[test]
fn what_is_known_is_explained_and_the_rest_is_listed() -> Result<()> {
    let mut app = network("none")?;
    let raw = |kind: &str| RawResource::new(kind).set("name", "x");
    app.reopen(PATH)?.add("unknown", raw("aws_unheard_of"))?;
    let prod = Environment::new("prod", Region::UsEast1).account("111122223333");
    let mut other = app.stack("other", &prod)?;
    other.add("a", raw("aws_unheard_of"))?;
    other.add("b", raw("aws_new"))?;

    let (known, unknown) = Permissions::known_of_apply(app.stacks())?;
    assert!(known.explain().iter().any(|row| row.action == "ec2:CreateVpc"));
    let listed: Vec<_> = unknown.iter().map(|one| (one.name.as_str(), one.resources.join(", "))).collect();
    let expected = [
        ("aws_new", "prod/other: aws_new.b".to_owned()),
        ("aws_unheard_of", "dev/network: aws_unheard_of.unknown, prod/other: aws_unheard_of.a".to_owned()),
    ];
    assert_eq!(listed, expected);
    for error in [Permissions::apply(app.stacks()), Permissions::plan(app.stacks())].map(Result::unwrap_err) {
        let paths: Vec<_> = error.all().map(|error| error.path().map(str::to_owned)).collect();
        assert_eq!(paths, [Some("prod/other".to_owned()), Some("dev/network".to_owned())], "each with its own stack");
        assert!(error.to_string().contains("::with_json if it has no Rust type"), "{error}");
    }

    // The program's own table holds for everything, by the organisation or by a stack.
    let table =
        r#"{"types": {"aws_unheard_of": {"read": ["ec2:DescribeVpcs"]}, "aws_new": {"read": ["ec2:DescribeVpcs"]}}}"#;
    let table = PermissionTable::standard().with_json(table)?;
    let mut app = App::new(Organisation::new("MM").with(table.clone()));
    app.stack("network", &prod)?.add("a", raw("aws_new"))?;
    assert!(Permissions::known_of_plan(app.stacks())?.1.is_empty());
    let mut app = App::new(Organisation::new("MM"));
    app.stack("network", (&prod, Local::from(table)))?.add("a", raw("aws_new"))?;
    assert!(Permissions::plan(app.stacks()).is_ok());
    Ok(())
}

#[test]
fn explanations_show_the_conditions_and_what_is_denied() -> Result<()> {
    let app = network("flow")?;
    let table = PermissionTable::standard().boundary("arn:aws:iam::111122223333:policy/within");
    let rows = table.apply(app.stacks())?.explain();
    let row = |action: &str| rows.iter().find(|row| row.action == action).expect("it is needed").to_string();
    assert!(
        row("ec2:DeleteVpc").contains(":vpc/* if aws:ResourceTag/Environment StringEquals dev\n"),
        "{}",
        row("ec2:DeleteVpc")
    );
    let create = row("iam:CreateRole");
    let denied = "but never on * if iam:PermissionsBoundary ArnNotEquals arn:aws:iam::111122223333:policy/within\n";
    assert!(create.contains(denied), "{create}");
    assert!(!row("ec2:DeleteVpc").contains("never"), "only what is denied");
    Ok(())
}

#[test]
fn texts_are_templates_in_a_synthesis_alone() -> Result<()> {
    let app = network("none")?;
    let stack = stack(&app);
    let text = "${aws_vpc.other.id}";
    let values = json!({"bucket": "b", "acl": text, "tags": {}, "tags_all": {"Owner": "x"}});
    let one = json!({"address": "aws_s3_bucket.a", "mode": "managed", "type": "aws_s3_bucket"});
    let with = |more: Json| {
        let mut one = one.clone();
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let state =
        json!({"format_version": "1.0", "values": {"root_module": {"resources": [with(json!({"values": values}))]}}});
    let change = json!({"actions": ["update"], "before": values, "after": values, "after_unknown": {"policy": true}});
    let expressions = json!({"acl": {}, "policy": {"references": ["aws_vpc.core.arn", "aws_vpc.core"]}});
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": [with(json!({"change": change}))],
        "configuration": {"root_module": {"resources": [with(json!({"expressions": expressions}))]}},
    });
    let synthesis = json!({"resource": {"aws_s3_bucket": {"a": {"acl": text, "tags": {"Owner": "x"}}}}});
    for (what, document, acl, policy) in [
        ("the files", synthesis, text, None),
        ("the state", state, "$${aws_vpc.other.id}", None),
        ("the plan", plan, "$${aws_vpc.other.id}", Some("${aws_vpc.core.arn}")),
    ] {
        let resources = match recorded::read(&document.to_string(), &Default::default())? {
            recorded::Contents::Plan(planned) => planned.after,
            recorded::Contents::State(resources) | recorded::Contents::Synthesis(resources) => resources,
        };
        let earlier = stack.recorded(resources);
        let bucket = earlier.stack(PATH)?.at("aws_s3_bucket.a")?;
        assert_eq!(bucket.text("acl")?, acl, "{what}");
        assert_eq!(bucket.text("policy").ok().as_deref(), policy, "{what}");
        assert_eq!(bucket.tag("Owner")?, "x", "{what}");
    }
    Ok(())
}
