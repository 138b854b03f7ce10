use mmcdk_core::{App, Home, Local, Organisation, RawResource, Resource, S3Backend, Stack, Value};

use super::*;
use crate::policy::{Principal, Statement};
use crate::resources::{dynamodb, ec2, iam, logs, s3, ssm, sts};
use crate::values::Region;
use crate::{AwsProvider, Environment, FlowLogs, NatStrategy, Shared, Trail, Vpc};

fn dev() -> Environment {
    Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Environment", "dev")])
}

fn app() -> App {
    App::new(Organisation::new("MM"))
}

/// An app with one stack of dev.
fn stack(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<App> {
    let mut app = app();
    describe(&mut app.stack("network", dev())?)?;
    Ok(app)
}

fn network(stack: &mut Stack<'_>) -> Result<()> {
    let vpc = stack.add("core", Vpc::new("10.1.0.0/16").zones(["a", "b"]).nat(NatStrategy::GatewayPerZone))?;
    stack.add("flow", FlowLogs::new(&vpc))?;
    stack.add("trail", Trail::new())?;
    Ok(())
}

/// The resources that an action is allowed on, with the conditions that they are allowed under, as JSON.
fn allowed(permissions: &Permissions, action: &str) -> Vec<String> {
    let mut found = Vec::new();
    for document in permissions.documents().unwrap() {
        let text = document.to_value().unwrap().literal_json().expect("there are no references");
        let json: mmcdk_core::serde_json::Value = mmcdk_core::serde_json::from_str(&text).unwrap();
        for statement in json["Statement"].as_array().unwrap() {
            let list = |name: &str| match &statement[name] {
                mmcdk_core::serde_json::Value::Array(all) => {
                    all.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
                }
                one => vec![one.as_str().unwrap().to_owned()],
            };
            if list("Action").iter().any(|known| known == action) {
                let condition = &statement["Condition"];
                let condition = if condition.is_null() { String::new() } else { format!(" if {condition}") };
                found.extend(list("Resource").into_iter().map(|resource| resource + &condition));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn names_of_the_convention_narrow_to_the_environment_and_others_to_themselves() -> Result<()> {
    let app = stack(|stack| {
        stack.add("a", s3::Bucket::new())?;
        stack.add("b", s3::Bucket::new().bucket("given"))?;
        stack.add("versioned", s3::BucketPolicy::new("given", "{}")).map(drop)
    })?;
    let apply = Permissions::apply(app.stacks())?;
    assert_eq!(allowed(&apply, "s3:CreateBucket"), ["arn:aws:s3:::given", "arn:aws:s3:::mm-dev-use1-*"]);
    assert_eq!(allowed(&apply, "s3:PutBucketPolicy"), ["arn:aws:s3:::given"], "it says whose it is");
    // A policy on a bucket that stands elsewhere, by its name and by an expression.
    let elsewhere = |bucket: Value<String>| {
        let app = stack(|stack| stack.add("policy", s3::BucketPolicy::new(bucket, "{}")).map(drop))?;
        Ok::<_, mmcdk_core::Error>(allowed(&Permissions::apply(app.stacks())?, "s3:PutBucketPolicy"))
    };
    assert_eq!(elsewhere("x".into())?, ["arn:aws:s3:::x"]);
    assert_eq!(elsewhere(Value::raw("var.bucket"))?, ["arn:aws:s3:::mm-dev-use1-*"]);
    let app = stack(|stack| stack.add("a", s3::Bucket::new().bucket_prefix("build-").force_destroy(true)).map(drop))?;
    assert_eq!(allowed(&Permissions::apply(app.stacks())?, "s3:CreateBucket"), ["arn:aws:s3:::build-*"]);
    assert_eq!(allowed(&Permissions::apply(app.stacks())?, "s3:DeleteObject"), ["arn:aws:s3:::build-*/*"]);
    // A name that begins as paths do.
    let app = stack(|stack| stack.add("a", logs::CloudwatchLogGroup::new().name("/aws/lambda/x")).map(drop))?;
    let group = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/x";
    assert_eq!(allowed(&Permissions::apply(app.stacks())?, "logs:CreateLogGroup")[0], group);
    // A name that only Terraform knows, and a path.
    let trust = || {
        let ec2 = Principal::service("ec2.amazonaws.com");
        PolicyDocument::new().statement(Statement::allow().principal(ec2).actions(["sts:AssumeRole"]))
    };
    let app = stack(|stack| {
        stack.add("a", iam::Role::new(trust()).name_prefix("x"))?;
        stack.add("b", iam::Role::new(trust()).name("named").path("/team/")).map(drop)
    })?;
    let roles = ["arn:aws:iam::111122223333:role/team/named", "arn:aws:iam::111122223333:role/x*"];
    assert_eq!(allowed(&Permissions::apply(app.stacks())?, "iam:CreateRole"), roles);
    Ok(())
}

#[test]
fn the_environments_tag_narrows_what_has_no_name() -> Result<()> {
    let app = stack(network)?;
    let apply = Permissions::apply(app.stacks())?;
    assert_eq!(
        allowed(&apply, "ec2:CreateSubnet"),
        [
            r#"arn:aws:ec2:us-east-1:111122223333:subnet/* if {"StringEquals":{"aws:RequestTag/Environment":"dev"}}"#,
            r#"arn:aws:ec2:us-east-1:111122223333:vpc/* if {"StringEquals":{"aws:ResourceTag/Environment":"dev"}}"#,
        ]
    );
    assert_eq!(
        allowed(&apply, "ec2:DeleteVpc"),
        [r#"arn:aws:ec2:us-east-1:111122223333:vpc/* if {"StringEquals":{"aws:ResourceTag/Environment":"dev"}}"#]
    );
    let mut team = App::new(Organisation::new("MM").environment_tag("Team"));
    network(&mut team.stack("network", Environment::new("dev", Region::UsEast1).tag_value("Platform"))?)?;
    assert_eq!(
        allowed(&Permissions::apply(team.stacks())?, "ec2:DeleteVpc"),
        [r#"arn:aws:ec2:us-east-1:*:vpc/* if {"StringEquals":{"aws:ResourceTag/Team":"Platform"}}"#]
    );
    let without = PermissionTable::standard().without_tags().apply(app.stacks())?;
    assert_eq!(allowed(&without, "ec2:DeleteVpc"), ["arn:aws:ec2:us-east-1:111122223333:vpc/*"]);
    let untagged = |organisation: Organisation| -> Result<Vec<String>> {
        let mut app = App::new(organisation);
        network(&mut app.stack("network", Shared::new(Region::UsEast1).account("111122223333"))?)?;
        Ok(allowed(&Permissions::apply(app.stacks())?, "ec2:DeleteVpc"))
    };
    let anything = ["arn:aws:ec2:us-east-1:111122223333:vpc/*"];
    assert_eq!(untagged(Organisation::new("MM"))?, anything, "nothing of the shared stack has the tag");
    assert_eq!(untagged(Organisation::new("MM").without_environment_tag())?, anything);
    let mut mixed = App::new(Organisation::new("MM").tags([("Environment", "dev")]));
    let mut all = mixed.stack("network", Shared::new(Region::UsEast1).account("111122223333"))?;
    network(&mut all)?;
    all.add("other", ec2::Eip::new().tags([("Environment", "shared")]))?;
    let mixed = Permissions::apply(mixed.stacks())?;
    assert_eq!(
        allowed(&mixed, "ec2:DeleteVpc"),
        [concat!(
            "arn:aws:ec2:us-east-1:111122223333:vpc/* if ",
            r#"{"StringEquals":{"aws:ResourceTag/Environment":["dev","shared"]}}"#,
        )]
    );
    let bare = stack(|stack| {
        network(stack)?;
        stack.with(Local::new().without_tag("Environment")).add("bare", RawResource::new("aws_eip")).map(drop)
    })?;
    let bare = allowed(&Permissions::apply(bare.stacks())?, "ec2:AllocateAddress");
    assert!(bare.contains(&"arn:aws:ec2:us-east-1:111122223333:elastic-ip/*".to_owned()), "it sets no tag: {bare:?}");
    Ok(())
}

#[test]
fn regions_and_accounts_are_those_of_the_resource() -> Result<()> {
    let app = stack(|stack| {
        let provider = AwsProvider::new(Region::CnNorth1).account("999988887777".parse()?);
        let away = stack.provider("away", provider)?;
        stack.add("here", ec2::Eip::new())?;
        stack.add("west", ec2::Eip::new().region("us-west-2"))?;
        stack.add("away", ec2::Eip::new().provider(&away)).map(drop)
    })?;
    let release = PermissionTable::standard().without_tags().apply(app.stacks())?;
    assert_eq!(
        allowed(&release, "ec2:ReleaseAddress"),
        [
            "arn:aws-cn:ec2:cn-north-1:999988887777:elastic-ip/*",
            "arn:aws:ec2:us-east-1:111122223333:elastic-ip/*",
            "arn:aws:ec2:us-west-2:111122223333:elastic-ip/*",
        ]
    );
    Ok(())
}

#[test]
fn an_unknown_account_is_any_or_that_of_the_role() -> Result<()> {
    let mut app = app();
    app.stack("data", Environment::new("dev", Region::UsEast1))?.add("table", dynamodb::Table::new())?;
    let apply = Permissions::apply(app.stacks())?;
    assert_eq!(allowed(&apply, "dynamodb:CreateTable"), ["arn:aws:dynamodb:us-east-1:*:table/MM-dev-use1-*"]);
    let account = Value::raw("data.aws_caller_identity.current.account_id");
    let documents = apply.documents_in(&account)?;
    let text = documents[0].to_value()?.to_json().to_string();
    assert!(
        text.contains("arn:aws:dynamodb:us-east-1:${data.aws_caller_identity.current.account_id}:table/"),
        "{text}"
    );
    Ok(())
}

#[test]
fn a_plan_only_reads() -> Result<()> {
    let mut app = stack(network)?;
    app.reopen("dev/network")?.backend(
        S3Backend::new("state", "us-east-1").lock_table("lock").kms_key("arn:aws:kms:us-east-1:111122223333:key/k"),
    );
    let plan = Permissions::plan(app.stacks())?;
    let reads = |action: &str| {
        let name = action.split_once(':').expect("it is an action").1;
        ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb)) || action == "kms:Decrypt"
    };
    let rows = plan.explain();
    let writing: Vec<_> = rows.iter().filter(|row| !reads(&row.action)).collect();
    assert!(writing.is_empty() && !plan.can_write(), "{writing:?}");

    let apply = Permissions::apply(app.stacks())?;
    assert!(apply.can_write() && plan.clone().and(apply.clone()).can_write());
    let applied: Vec<_> = apply.explain().into_iter().map(|row| row.action).collect();
    assert!(rows.iter().all(|row| applied.contains(&row.action)), "what is planned can be read when it is applied");
    Ok(())
}

#[test]
fn a_state_is_allowed_by_exactly_its_key() -> Result<()> {
    let with = |backend: S3Backend| {
        let mut app = app();
        app.stack("network", dev())?.backend(backend);
        Ok::<_, mmcdk_core::Error>((Permissions::plan(app.stacks())?, Permissions::apply(app.stacks())?))
    };
    let state = "arn:aws:s3:::state/dev/network/terraform.tfstate";
    let (plan, apply) = with(S3Backend::new("state", "us-east-1"))?;
    assert_eq!(allowed(&plan, "s3:GetObject"), [state]);
    assert_eq!(allowed(&plan, "s3:ListBucket"), ["arn:aws:s3:::state"]);
    assert!(allowed(&plan, "s3:PutObject").is_empty());
    assert_eq!(allowed(&apply, "s3:PutObject"), [state.to_owned(), format!("{state}.tflock")]);
    assert_eq!(allowed(&apply, "s3:DeleteObject"), [format!("{state}.tflock")]);
    assert!(allowed(&apply, "dynamodb:PutItem").is_empty());

    let (plan, apply) = with(S3Backend::new("state", "eu-west-1").lock_table("lock"))?;
    let item = concat!(
        r#"arn:aws:dynamodb:eu-west-1:111122223333:table/lock if {"ForAnyValue:StringEquals":{"dynamodb:LeadingKeys":"#,
        r#"["state/dev/network/terraform.tfstate","state/dev/network/terraform.tfstate-md5"]}}"#,
    );
    assert_eq!(allowed(&plan, "dynamodb:GetItem"), [item]);
    assert!(allowed(&plan, "dynamodb:PutItem").is_empty());
    assert_eq!(allowed(&apply, "dynamodb:PutItem"), [item]);
    assert_eq!(allowed(&apply, "dynamodb:DeleteItem"), [item]);
    assert!(allowed(&apply, "s3:DeleteObject").is_empty());

    let key = "arn:aws:kms:us-east-1:111122223333:key/k";
    let (plan, apply) = with(S3Backend::new("state", "us-east-1").lock_table_and_file("lock").kms_key(key))?;
    let by_s3 = format!(r#"{key} if {{"StringEquals":{{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}}"#);
    assert_eq!(allowed(&plan, "kms:Decrypt"), std::slice::from_ref(&by_s3));
    assert!(allowed(&plan, "kms:GenerateDataKey").is_empty());
    assert_eq!(allowed(&apply, "kms:GenerateDataKey"), [by_s3]);
    assert_eq!(allowed(&apply, "dynamodb:PutItem").len() + allowed(&apply, "s3:DeleteObject").len(), 2);
    Ok(())
}

#[test]
fn the_key_of_a_state_is_that_of_its_bucket_however_it_is_named() -> Result<()> {
    let in_region = |region: &str, key: &str| {
        let mut app = app();
        app.stack("network", dev())?.backend(S3Backend::new("state", region).kms_key(key));
        Ok::<_, mmcdk_core::Error>(allowed(&Permissions::apply(app.stacks())?, "kms:GenerateDataKey"))
    };
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let arn = |region: &str, resource: &str| format!("arn:aws:kms:{region}:111122223333:{resource}");
    let by_s3 = r#""StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}"#;
    let key = format!("{} if {{{by_s3}}}", arn("eu-west-1", &format!("key/{id}")));
    let any = arn("eu-west-1", "key/*");
    let alias = format!(r#"{any} if {{"ForAnyValue:StringEquals":{{"kms:ResourceAliases":"alias/state"}},{by_s3}}}"#);
    for (text, expected) in [
        (id.to_owned(), &key),
        (arn("eu-west-1", &format!("key/{id}")), &key),
        ("alias/state".to_owned(), &alias),
        (arn("eu-west-1", "alias/state"), &alias),
    ] {
        assert_eq!(in_region("eu-west-1", &text)?, std::slice::from_ref(expected), "{text}");
    }
    for resource in ["alias/state", &format!("key/{id}")] {
        let message = in_region("eu-west-1", &arn("us-east-1", resource)).unwrap_err().to_string();
        for part in ["dev/network: ", "the bucket is in eu-west-1", resource, "a key of the bucket's region"] {
            assert!(message.contains(part), "{message}");
        }
    }
    Ok(())
}

#[test]
fn the_state_of_an_imported_stack_is_read() -> Result<()> {
    let mut app = app();
    let mut network = app.stack("network", dev())?;
    network.backend(S3Backend::new("state", "us-east-1"));
    let eip = network.add("eip", ec2::Eip::new())?;
    let mut eks = app.stack("eks", dev())?;
    eks.backend(S3Backend::new("state", "us-east-1"));
    let ip = eks.import("ip", &eip.public_ip())?;
    eks.output("ip", ip)?;
    let apply = Permissions::apply(app.stacks().filter(|stack| stack.path() == "dev/eks"))?;
    let keys = ["eks", "network"].map(|stack| format!("arn:aws:s3:::state/dev/{stack}/terraform.tfstate"));
    let lock = format!("{}.tflock", keys[0]);
    assert_eq!(allowed(&apply, "s3:GetObject"), [keys[0].clone(), lock.clone(), keys[1].clone()]);
    assert_eq!(allowed(&apply, "s3:PutObject"), [keys[0].clone(), lock]);
    Ok(())
}

#[test]
fn a_role_is_passed_only_where_an_argument_says_one() -> Result<()> {
    let app = stack(network)?;
    let apply = Permissions::apply(app.stacks())?;
    assert_eq!(
        allowed(&apply, "iam:PassRole"),
        [concat!(
            "arn:aws:iam::111122223333:role/MM-dev-use1-* if ",
            r#"{"StringEquals":{"iam:PassedToService":"vpc-flow-logs.amazonaws.com"}}"#,
        )],
        "the trail has no role"
    );
    let with = |role: Value<String>| {
        let app = stack(|stack| stack.add("log", ec2::FlowLog::new().vpc_id("vpc-1").iam_role_arn(role)).map(drop))?;
        Ok::<_, mmcdk_core::Error>(allowed(&Permissions::apply(app.stacks())?, "iam:PassRole"))
    };
    let of = |role: &str| {
        format!("{role} if {}", r#"{"StringEquals":{"iam:PassedToService":"vpc-flow-logs.amazonaws.com"}}"#)
    };
    assert_eq!(with("arn:aws:iam::111122223333:role/x".into())?, [of("arn:aws:iam::111122223333:role/x")]);
    assert_eq!(with(Value::raw("var.role"))?, [of("arn:aws:iam::111122223333:role/MM-dev-use1-*")]);
    assert!(with(Value::none())?.is_empty());

    let app = stack(|stack| stack.add("ami", ssm::data::Parameter::new("/aws/service/x")).map(drop))?;
    let plan = Permissions::plan(app.stacks())?;
    assert!(allowed(&plan, "ssm:GetParameter").contains(&"arn:aws:ssm:us-east-1::parameter/aws/service/x".to_owned()));
    Ok(())
}

#[test]
fn types_without_an_entry_are_named_and_can_be_added() -> Result<()> {
    let app = stack(|stack| {
        stack.add("group", ec2::PlacementGroup::new("g", "cluster"))?;
        stack.add("fast", ec2::EbsEncryptionByDefault::new())?;
        stack.add("me", sts::data::CallerIdentity::new()).map(drop)
    })?;
    let message = Permissions::plan(app.stacks()).unwrap_err().to_string();
    for part in [
        "dev/network: the permission table does not have aws_ebs_encryption_by_default",
        "dev/network: the permission table does not have aws_placement_group (aws_placement_group.group)",
        "PermissionTable::needs or ::service",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let table = PermissionTable::standard()
        .needs::<ec2::PlacementGroup>(
            Needs::new().read(["ec2:DescribePlacementGroups"]).create(["ec2:CreatePlacementGroup"]),
        )?
        .service::<ec2::EbsEncryptionByDefault>("ec2")?;
    assert_eq!(allowed(&table.plan(app.stacks())?, "ec2:DescribePlacementGroups"), ["*"]);
    assert!(allowed(&table.plan(app.stacks())?, "ec2:CreatePlacementGroup").is_empty());
    assert_eq!(allowed(&table.apply(app.stacks())?, "ec2:CreatePlacementGroup"), ["*"]);
    assert_eq!(allowed(&table.plan(app.stacks())?, "ec2:Describe*"), ["*"]);
    assert_eq!(allowed(&table.apply(app.stacks())?, "ec2:*"), ["*"]);
    Ok(())
}

#[test]
fn a_table_in_json_is_checked() {
    let refused = |json: &str, part: &str| {
        let message = PermissionTable::standard().with_json(json).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    refused("{", "cannot be read");
    refused(r#"{"type": {}}"#, "unknown field");
    refused(r#"{"types": {"aws_x": {"read": ["nothing"]}}}"#, "\"nothing\" of aws_x is no action");
    refused(r#"{"actions": {"x:Y": {"on": [{"arn": "x:y"}]}}}"#, "no ARN \"x:y\"");
    refused(
        r#"{"types": {"aws_x": {"read": [{"action": "x:Y", "conditions": {"Equals": {"a:b": ["c"]}}}]}}}"#,
        "\"Equals\" of aws_x is no condition operator",
    );
    refused(
        r#"{"types": {"aws_x": {"read": [{"action": "x:Y", "conditions": {"Bool": {"a:b": ["yes"]}}}]}}}"#,
        "x:Y of aws_x: \"yes\" is no value for Bool on a:b",
    );
    let needs = Needs::new().read(["Describe"]);
    assert!(PermissionTable::standard().needs::<ec2::Fleet>(needs).unwrap_err().to_string().contains("\"Describe\""));
    let own = r#"{
        "arns": {"x:y": {"arn": "arn:{partition}:x:{region}:{account}:y/{name}", "types": ["aws_placement_group"]}},
        "actions": {"x:Make": {"on": [{"arn": "x:y", "tag": "request"}]}},
        "types": {"aws_placement_group": {"create": ["x:Make"]}}
    }"#;
    let app = stack(|stack| stack.add("group", ec2::PlacementGroup::new("g", "cluster")).map(drop)).unwrap();
    let apply = PermissionTable::standard().with_json(own).unwrap().apply(app.stacks()).unwrap();
    assert_eq!(
        allowed(&apply, "x:Make"),
        [
            r#"arn:aws:x:us-east-1:111122223333:y/MM-dev-use1-* if {"StringEquals":{"aws:RequestTag/Environment":"dev"}}"#
        ]
    );
}

#[test]
fn a_boundary_binds_the_roles_that_are_made() -> Result<()> {
    let app = stack(network)?;
    let boundary = "arn:aws:iam::111122223333:policy/boundary";
    let apply = PermissionTable::standard().boundary(boundary).apply(app.stacks())?;
    let documents = apply.documents()?;
    let denied = documents.last().and_then(|document| document.to_value().ok()?.literal_json()).expect("it denies");
    for part in [
        r#""Effect":"Deny""#,
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        r#""Condition":{"ArnNotEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/boundary"}}"#,
        r#""Resource":"arn:aws:iam::111122223333:policy/boundary""#,
    ] {
        assert!(denied.contains(part), "{part} is missing in {denied}");
    }
    assert!(!apply.raises_itself() && Permissions::apply(app.stacks())?.raises_itself());
    let plan = PermissionTable::standard().boundary(boundary).plan(app.stacks())?;
    assert_eq!(plan.documents()?.len(), Permissions::plan(app.stacks())?.documents()?.len(), "who reads makes nothing");
    Ok(())
}

/// Stacks of different tables or contexts, whose permissions one role gets.
fn joined(stacks: &[(&str, Local)]) -> Result<Permissions> {
    let mut app = app();
    for (name, local) in stacks {
        app.stack(name, (&dev(), local.clone()))?.add("eip", ec2::Eip::new())?;
    }
    Permissions::apply(app.stacks())
}

#[test]
fn every_boundary_of_the_stacks_is_one_that_roles_may_have() -> Result<()> {
    let arn = |name: &str| format!("arn:aws:iam::111122223333:policy/{name}");
    let within = |name: &str| Local::from(PermissionTable::standard().boundary(arn(name)));
    let (a, b) = (joined(&[("a", within("a"))])?, joined(&[("b", within("b"))])?);
    for both in [joined(&[("a", within("a")), ("b", within("b"))])?, a.clone().and(b.clone()), b.and(a)] {
        let documents = both.documents()?;
        let denied = documents.last().and_then(|last| last.to_value().ok()?.literal_json()).expect("it denies");
        let arns = format!("[\"{}\",\"{}\"]", arn("a"), arn("b"));
        for part in
            [format!(r#"{{"ArnNotEquals":{{"iam:PermissionsBoundary":{arns}}}}}"#), format!(r#""Resource":{arns}"#)]
        {
            assert!(denied.contains(&part), "{part} is missing in {denied}");
        }
    }
    Ok(())
}

#[test]
fn a_stack_that_opens_the_tag_of_others_is_named() -> Result<()> {
    let tagged = || Local::new();
    let untagged = || Local::from(PermissionTable::standard().without_tags());
    let notes = |permissions: &Permissions| permissions.notes().map(|note| note.to_string()).collect::<Vec<_>>();
    let denies = |permissions: &Permissions| {
        let texts = permissions.documents().unwrap().into_iter().filter_map(|one| one.to_value().ok()?.literal_json());
        texts.into_iter().any(|text| text.contains("OnlyTheOwnTag"))
    };
    for (what, stacks, opened) in [
        ("all have it", vec![("a", tagged()), ("b", tagged())], None),
        ("none has it", vec![("a", untagged()), ("b", untagged())], None),
        ("the last has none", vec![("a", tagged()), ("b", untagged())], Some(("dev/a", "dev/b"))),
        ("the first has none", vec![("a", untagged()), ("b", tagged())], Some(("dev/b", "dev/a"))),
    ] {
        let whole = joined(&stacks)?;
        let parts = stacks.iter().map(|stack| joined(std::slice::from_ref(stack)));
        let parts = parts.collect::<Result<Vec<_>>>()?.into_iter().reduce(Permissions::and).expect("there are two");
        for permissions in [whole, parts] {
            let notes = notes(&permissions);
            assert_eq!(notes.len(), usize::from(opened.is_some()), "{what}: {notes:?}");
            assert!(opened.is_none() || !denies(&permissions), "{what}");
            if let Some((tagged, opens)) = opened {
                let expected = format!("may change the environment's tag of {tagged}, because {opens} has");
                assert!(notes[0].contains(&expected), "{what}: {notes:?}");
            }
        }
    }
    // A value that only Terraform knows, and another key.
    let mut app = app();
    network(&mut app.stack("network", dev())?)?;
    let mut shared = app.stack("shared", Shared::new(Region::UsEast1).account("111122223333"))?;
    shared.add("eip", ec2::Eip::new().tags([("Environment", Value::<String>::raw("var.team"))]))?;
    assert!(notes(&Permissions::apply(app.stacks())?)[0].contains("of dev/network, because shared has"));
    assert!(notes(&Permissions::plan(app.stacks())?).is_empty(), "what reads changes no tag");
    Ok(())
}

#[test]
fn a_role_warns_of_an_address_that_it_cannot_associate() -> Result<()> {
    let app = stack(|stack| {
        stack.add("bound", RawResource::new("aws_eip").set("instance", "i-1"))?;
        stack.add("free", RawResource::new("aws_eip").set("network_interface", "eni-1")).map(drop)
    })?;
    let notes = |permissions: Permissions| permissions.notes().map(|note| note.to_string()).collect::<Vec<_>>();
    let found = notes(Permissions::apply(app.stacks())?);
    let expected = "the role may not associate aws_eip.bound of dev/network with an instance";
    assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    assert!(notes(PermissionTable::standard().vpcs(["vpc-1"]).apply(app.stacks())?).is_empty());
    assert!(notes(Permissions::plan(app.stacks())?).is_empty());
    Ok(())
}

#[test]
fn what_is_adopted_can_be_read_and_tagged_before_it_has_the_tag() -> Result<()> {
    let with = |adopted: bool| {
        let vpc = ec2::Vpc::new().cidr_block("10.0.0.0/16");
        let app = stack(|stack| stack.add("core", if adopted { vpc.adopt("vpc-1") } else { vpc }).map(drop))?;
        Ok::<_, mmcdk_core::Error>((Permissions::plan(app.stacks())?, Permissions::apply(app.stacks())?))
    };
    let unclaimed = r#"vpc/vpc-1 if {"Null":{"aws:ResourceTag/Environment":"true"}"#;
    let claims = |apply: &Permissions| allowed(apply, "ec2:CreateTags").iter().any(|on| on.contains(unclaimed));
    let (plan, apply) = with(true)?;
    assert_eq!(allowed(&plan, "ec2:DescribeVpcAttribute"), ["arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1"]);
    assert!(claims(&apply));
    let (plan, apply) = with(false)?;
    assert!(allowed(&plan, "ec2:DescribeVpcAttribute")[0].contains("aws:ResourceTag/Environment"));
    assert!(!claims(&apply));
    Ok(())
}

#[test]
fn whether_they_write_is_told_by_the_actions() -> Result<()> {
    let app = stack(|stack| stack.add("group", ec2::PlacementGroup::new("g", "cluster")).map(drop))?;
    for (read, writes) in
        [("ec2:DescribePlacementGroups", false), ("*", true), ("iam:CreateUser", true), ("ec2:*", true)]
    {
        let table = PermissionTable::standard().needs::<ec2::PlacementGroup>(Needs::new().read([read]))?;
        assert_eq!(table.plan(app.stacks())?.can_write(), writes, "{read}");
    }
    let secrets = PermissionTable::standard().service::<ec2::PlacementGroup>("secretsmanager")?.plan(app.stacks())?;
    assert!(allowed(&secrets, "secretsmanager:Get*").is_empty(), "pull requests must not read secrets");
    Ok(())
}

#[test]
fn tagging_while_creating_is_allowed_by_what_creates() -> Result<()> {
    let app = stack(|stack| {
        stack.add("group", ec2::PlacementGroup::new("g", "cluster").tags([("Environment", "dev")])).map(drop)
    })?;
    let needs = Needs::new().create(["ec2:CreatePlacementGroup", "ec2:CreateTags"]);
    let apply = PermissionTable::standard().needs::<ec2::PlacementGroup>(needs)?.apply(app.stacks())?;
    assert_eq!(
        allowed(&apply, "ec2:CreateTags"),
        [concat!(
            "arn:aws:ec2:us-east-1:111122223333:*/* if {\"StringEquals\":{\"aws:RequestTag/Environment\":\"dev\",",
            "\"ec2:CreateAction\":\"CreatePlacementGroup\"}}",
        )]
    );
    Ok(())
}

#[test]
fn what_stands_nowhere_in_aws_is_refused() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", Home::of(mmcdk_core::Environment::new("dev")))?;
    stack.require_provider("aws", "hashicorp/aws", "~> 6.0")?;
    stack.add("core", RawResource::new("aws_vpc"))?;
    let message = Permissions::plan(app.stacks()).unwrap_err().to_string();
    assert!(message.contains("dev/network: aws_vpc.core stands in no region of AWS"), "{message}");
    Ok(())
}

#[test]
fn policies_are_split_where_they_are_too_large() -> Result<()> {
    let mut app = app();
    for number in 0..60 {
        let mut stack = app.stack(&format!("storage-{number}"), dev())?;
        stack.backend(S3Backend::new("a-bucket-for-the-states-of-very-many-stacks", "us-east-1").lock_table("lock"));
        for bucket in 0..10 {
            stack.add(&format!("b{bucket}"), s3::Bucket::new().bucket(format!("given-{number}-{bucket}")))?;
        }
    }
    let apply = Permissions::apply(app.stacks())?;
    let documents = apply.documents()?;
    assert!(documents.len() > 2);
    for document in &documents {
        let size = document.size().expect("there are no references");
        assert!(size <= PolicyDocument::MANAGED_LIMIT, "{size}");
    }
    assert_eq!(allowed(&apply, "s3:CreateBucket").len(), 600, "nothing is lost");
    let items: usize = allowed(&apply, "dynamodb:PutItem").iter().map(|item| item.matches("tfstate-md5").count()).sum();
    assert_eq!(items, 60, "of conditions neither");
    Ok(())
}

#[test]
fn what_cannot_be_split_is_refused() -> Result<()> {
    let app = stack(|stack| stack.add("group", ec2::PlacementGroup::new("g", "cluster")).map(drop))?;
    let values: Vec<String> = (0..1_000).map(|number| format!("\"value-{number}\"")).collect();
    let with = |operator: &str| {
        let values = values.join(",");
        let call = format!(r#"{{"action": "x:Make", "conditions": {{"{operator}": {{"a:b": [{values}]}}}}}}"#);
        let json = format!(r#"{{"types": {{"aws_placement_group": {{"create": [{call}]}}}}}}"#);
        PermissionTable::standard().with_json(&json)?.apply(app.stacks())?.documents()
    };
    assert!(with("StringEquals")?.len() > 1);
    let message = with("StringNotEquals").unwrap_err().to_string();
    assert!(message.contains("allowing x:Make on * takes more than the 6144 characters"), "{message}");
    Ok(())
}

#[test]
fn a_table_whose_policies_iam_would_refuse_is_refused_with_the_reason() -> Result<()> {
    let json = r#"{"types": {"aws_eip": {"read": [{"action": "x:Y", "conditions": {"ForAllValues:StringEquals": {"a:b": ["c"]}}}]}}}"#;
    let app = stack(|stack| stack.add("eip", ec2::Eip::new()).map(drop))?;
    let message = PermissionTable::standard().with_json(json)?.plan(app.stacks())?.documents().unwrap_err().to_string();
    assert!(message.contains("ForAllValues:StringEquals on a:b allows requests that lack the key"), "{message}");
    Ok(())
}

#[test]
fn the_order_of_resources_and_stacks_has_no_meaning() -> Result<()> {
    let mut app = app();
    let mut one = app.stack("one", dev())?;
    one.add("a", s3::Bucket::new())?;
    one.add("b", ec2::Eip::new())?;
    let mut two = app.stack("two", dev())?;
    let other = Local::new().purpose("other");
    two.add("b", ec2::Eip::new())?;
    two.with(other).add("a", s3::Bucket::new())?;
    let forth = Permissions::apply(app.stacks())?;
    let back = Permissions::apply(app.stacks().collect::<Vec<_>>().into_iter().rev())?;
    assert_eq!(forth.documents()?, back.documents()?);
    assert_eq!(forth.explain(), back.explain());
    Ok(())
}

#[test]
fn nothing_needs_nothing() -> Result<()> {
    assert!(Permissions::apply([])?.documents()?.is_empty());
    assert!(Permissions::apply([])?.explain().is_empty());
    Ok(())
}
