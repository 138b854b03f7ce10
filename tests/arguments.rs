//! What arguments need besides their type: their own calls, and KMS keys.

mod common;
#[path = "common/iam.rs"]
mod iam_policies;

use std::collections::BTreeSet;

use common::mikamirai;
use iam_policies::{Decision, Request, decide, documents};
use mmcdk::prelude::*;
use mmcdk::serde_json::{Value as Json, json};

/// Stacks of dev, in us-east-1.
fn dev(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<App> {
    let mut app = App::new(Organisation::new("MM"));
    let dev = Environment::new("dev", Region::UsEast1).account(mikamirai::ACCOUNT);
    describe(&mut app.stack("app", dev)?)?;
    Ok(app)
}

/// A resource with arguments as JSON.
fn resource(terraform_type: &str, arguments: &Json) -> RawResource {
    let arguments = arguments.as_object().expect("arguments have names");
    let raw = RawResource::new(terraform_type);
    arguments.iter().fold(raw, |raw, (name, value)| raw.set(name, value.clone()))
}

/// The actions that applying a resource takes, with what they are allowed on.
fn allowed(terraform_type: &str, arguments: &Json) -> Result<BTreeSet<(String, String)>> {
    let app = dev(|stack| stack.add("it", resource(terraform_type, arguments)).map(drop))?;
    let rows = Permissions::apply(app.stacks())?.explain().into_iter();
    Ok(rows.flat_map(|row| row.on.into_iter().map(move |on| (row.action.clone(), on.resource))).collect())
}

/// A flow log that goes to a bucket.
fn flow_to(destination: &str) -> Json {
    json!({"log_destination_type": "s3", "log_destination": destination})
}

#[test]
fn an_argument_allows_the_calls_that_it_causes() -> Result<()> {
    let account = mikamirai::ACCOUNT;
    let role = format!("arn:aws:iam::{account}:role/x");
    let bucket = json!("code");
    for (terraform_type, arguments, expected) in [
        ("aws_iam_role", json!({"inline_policy": [{"name": "a"}]}), &["iam:PutRolePolicy"][..]),
        ("aws_iam_role", json!({"managed_policy_arns": ["arn:aws:iam::aws:policy/x"]}), &["iam:AttachRolePolicy"]),
        (
            "aws_s3_bucket",
            json!({"object_lock_enabled": true}),
            &["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"],
        ),
        ("aws_s3_bucket", json!({"acl": "private"}), &["s3:PutBucketAcl"]),
        (
            "aws_s3_bucket",
            json!({"website": {"index_document": "x"}}),
            &["s3:DeleteBucketWebsite", "s3:PutBucketWebsite"],
        ),
        (
            "aws_s3_bucket",
            json!({"replication_configuration": {"role": role}}),
            &["iam:PassRole", "s3:PutReplicationConfiguration"],
        ),
        (
            "aws_db_instance",
            json!({"manage_master_user_password": true}),
            &["secretsmanager:CreateSecret", "secretsmanager:RotateSecret", "secretsmanager:TagResource"],
        ),
        ("aws_db_instance", json!({"snapshot_identifier": "s"}), &["rds:RestoreDBInstanceFromDBSnapshot"]),
        (
            "aws_db_instance",
            json!({"s3_import": {"ingestion_role": role}}),
            &["iam:PassRole", "rds:RestoreDBInstanceFromS3"],
        ),
        ("aws_vpc_endpoint", json!({"private_dns_enabled": true}), &["route53:AssociateVPCWithHostedZone"]),
        ("aws_vpc_endpoint", json!({"auto_accept": true}), &["ec2:AcceptVpcEndpointConnections"]),
        ("aws_sns_topic", json!({"lambda_failure_feedback_role_arn": role}), &["iam:PassRole"]),
        ("aws_sns_topic", json!({"firehose_success_feedback_role_arn": role}), &["iam:PassRole"]),
        ("aws_lambda_function", json!({"s3_bucket": bucket}), &["s3:GetObject"]),
        (
            "aws_lambda_function",
            json!({"s3_bucket": bucket, "s3_object_version": "1"}),
            &["s3:GetObject", "s3:GetObjectVersion"],
        ),
        (
            "aws_lambda_function",
            json!({"image_uri": "x"}),
            &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"],
        ),
        (
            "aws_lambda_function",
            json!({"layers": ["arn:aws:lambda:us-east-1:1:layer:x:1"]}),
            &["lambda:GetLayerVersion"],
        ),
        (
            "aws_dynamodb_table",
            json!({"replica": [{"region_name": "us-west-2"}]}),
            &[
                "dynamodb:BatchWriteItem",
                "dynamodb:CreateTableReplica",
                "dynamodb:DeleteItem",
                "dynamodb:DeleteTableReplica",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
                "iam:CreateServiceLinkedRole",
            ],
        ),
        (
            "aws_secretsmanager_secret",
            json!({"replica": [{"region": "us-west-2"}]}),
            &["secretsmanager:RemoveRegionsFromReplication", "secretsmanager:ReplicateSecretToRegions"],
        ),
        ("aws_instance", json!({"get_password_data": true}), &["ec2:GetPasswordData"]),
        (
            "aws_cloudtrail",
            json!({"is_organization_trail": true}),
            &[
                "iam:CreateServiceLinkedRole",
                "iam:GetRole",
                "organizations:DescribeOrganization",
                "organizations:ListAWSServiceAccessForOrganization",
            ],
        ),
        ("aws_kms_key", json!({"multi_region": true}), &["iam:CreateServiceLinkedRole"]),
        ("aws_ssm_parameter", json!({"data_type": "aws:ec2:image"}), &["ec2:DescribeImages"]),
        ("aws_ssm_parameter", json!({"data_type": "text"}), &[]),
        ("aws_eks_cluster", json!({"compute_config": {"node_role_arn": role}}), &["iam:PassRole"]),
        (
            "aws_flow_log",
            json!({"log_format": "${ecs-cluster-arn}"}),
            &[
                "ecs:ListClusters",
                "ecs:ListContainerInstances",
                "ecs:ListServices",
                "ecs:ListTaskDefinitions",
                "ecs:ListTasks",
            ],
        ),
        ("aws_flow_log", json!({"log_format": "${vpc-id}"}), &[]),
        ("aws_s3_bucket", json!({"object_lock_enabled": false, "website": []}), &[]),
    ] {
        let without: BTreeSet<_> = allowed(terraform_type, &json!({}))?.into_iter().map(|(action, _)| action).collect();
        let with: BTreeSet<_> = allowed(terraform_type, &arguments)?.into_iter().map(|(action, _)| action).collect();
        let more: Vec<_> = with.difference(&without).map(String::as_str).collect();
        assert_eq!(more, expected, "{terraform_type} {arguments}");
        assert!(without.is_subset(&with), "{terraform_type} {arguments}");
    }
    let replica = allowed("aws_dynamodb_table", &json!({"name": "t", "replica": [{"region_name": "us-west-2"}]}))?;
    assert!(replica.contains(&("dynamodb:CreateTableReplica".into(), format!("arn:aws:dynamodb:*:{account}:table/t"))));
    let code = allowed("aws_lambda_function", &json!({"s3_bucket": "code"}))?;
    assert!(code.contains(&("s3:GetObject".into(), "arn:aws:s3:::code/*".into())));
    // What stands behind the name in an ARN is not the resource's own.
    for (terraform_type, arguments, action, expected) in [
        ("aws_flow_log", flow_to("arn:aws:s3:::central/dev/"), "s3:PutBucketPolicy", "arn:aws:s3:::central"),
        ("aws_flow_log", flow_to("arn:aws:s3:::central"), "s3:GetBucketPolicy", "arn:aws:s3:::central"),
        (
            "aws_dynamodb_table",
            json!({"restore_source_table_arn": "arn:aws:dynamodb:us-west-2:1:table/t/stream/s"}),
            "dynamodb:RestoreTableToPointInTime",
            "arn:aws:dynamodb:us-west-2:1:table/t",
        ),
        ("aws_flow_log", json!({"iam_role_arn": format!("{role}/y")}), "iam:PassRole", &format!("{role}/y")),
    ] {
        let found = allowed(terraform_type, &arguments)?;
        assert!(found.contains(&(action.into(), expected.into())), "{terraform_type} {arguments}: {found:#?}");
    }
    let secret = allowed("aws_db_instance", &json!({"manage_master_user_password": true}))?;
    let managed = format!("arn:aws:secretsmanager:us-east-1:{account}:secret:rds!*");
    assert!(secret.contains(&("secretsmanager:CreateSecret".into(), managed)));
    Ok(())
}

/// Places what it needs in a stack, and returns what names a key there.
type NamesKey = Box<dyn Fn(&mut Stack<'_>) -> Result<Value<String>>>;

/// A key in the account and a region.
fn key(region: &str, id: &str) -> String {
    format!("arn:aws:kms:{region}:{}:key/{id}", mikamirai::ACCOUNT)
}

#[test]
fn a_service_uses_the_key_that_an_argument_names() -> Result<()> {
    let arn = key("us-east-1", "k");
    let use_by = |path: &str| path.rsplit('.').fold(json!(arn), |value, name| json!({name: value}));
    for (terraform_type, path, service, actions) in [
        ("aws_db_instance", "kms_key_id", "rds", &["CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey"][..]),
        ("aws_db_instance", "performance_insights_kms_key_id", "rds", &["CreateGrant", "DescribeKey"]),
        ("aws_db_instance", "master_user_secret_kms_key_id", "secretsmanager", &["CreateGrant", "GenerateDataKey"]),
        (
            "aws_dynamodb_table",
            "server_side_encryption.kms_key_arn",
            "dynamodb",
            &["CreateGrant", "Decrypt", "Encrypt"],
        ),
        ("aws_dynamodb_table", "replica.kms_key_arn", "dynamodb", &["CreateGrant", "ReEncryptFrom", "ReEncryptTo"]),
        (
            "aws_ecr_repository",
            "encryption_configuration.kms_key",
            "ecr",
            &["CreateGrant", "DescribeKey", "RetireGrant"],
        ),
        ("aws_instance", "root_block_device.kms_key_id", "ec2", &["CreateGrant", "GenerateDataKeyWithoutPlaintext"]),
        ("aws_instance", "ebs_block_device.kms_key_id", "ec2", &["CreateGrant", "ReEncryptFrom"]),
        ("aws_lambda_function", "kms_key_arn", "lambda", &["CreateGrant", "Decrypt", "Encrypt"]),
        ("aws_lambda_function", "source_kms_key_arn", "lambda", &["Decrypt", "GenerateDataKey"]),
        ("aws_secretsmanager_secret", "kms_key_id", "secretsmanager", &["Decrypt", "GenerateDataKey"]),
        ("aws_secretsmanager_secret", "replica.kms_key_id", "secretsmanager", &["Decrypt", "Encrypt"]),
        ("aws_ssm_parameter", "key_id", "ssm", &["Decrypt", "Encrypt", "GenerateDataKey"]),
    ] {
        let app = dev(|stack| stack.add("it", resource(terraform_type, &use_by(path))).map(drop))?;
        let apply = documents(&Permissions::apply(app.stacks())?)?;
        for action in actions {
            let asked = Request::new(&format!("kms:{action}"), &arn).with("kms:GrantIsForAWSResource", "true");
            let through =
                |service: &str| asked.clone().with("kms:ViaService", &format!("{service}.us-east-1.amazonaws.com"));
            let what = format!("{terraform_type}.{path}: {action}");
            assert_eq!(decide(&apply, &through(service)), Decision::Allowed, "{what}");
            assert_eq!(decide(&apply, &through("sqs")), Decision::NotAllowed, "{what} through another service");
            assert_eq!(decide(&apply, &asked), Decision::NotAllowed, "{what} directly");
        }
        let grant =
            Request::new("kms:CreateGrant", &arn).with("kms:ViaService", &format!("{service}.us-east-1.amazonaws.com"));
        assert_eq!(decide(&apply, &grant), Decision::NotAllowed, "{terraform_type}: a grant for anybody");
    }
    for (terraform_type, path) in [
        ("aws_cloudwatch_log_group", "kms_key_id"),
        ("aws_sns_topic", "kms_master_key_id"),
        ("aws_sqs_queue", "kms_master_key_id"),
        ("aws_cloudtrail", "kms_key_id"),
    ] {
        let kms = |(action, _): &(String, String)| action.starts_with("kms:");
        assert!(!allowed(terraform_type, &use_by(path))?.iter().any(kms), "{terraform_type} uses its key by itself");
    }
    Ok(())
}

#[test]
fn a_key_is_known_by_its_arn_its_alias_or_its_tag() -> Result<()> {
    let own = |stack: &mut Stack<'_>| {
        stack.add("key", RawResource::new("aws_kms_key").set("tags", json!({"Environment": "dev"})))
    };
    let alias = "alias/app";
    let alias_arn = format!("arn:aws:kms:us-east-1:{}:alias/app", mikamirai::ACCOUNT);
    type Conditions = &'static [(&'static str, &'static str)];
    let cases: [(&str, NamesKey, &str, Conditions); 8] = [
        ("an ARN", Box::new(|_| Ok(key("us-east-1", "k").into())), "k", &[]),
        ("an id", Box::new(|_| Ok("k".into())), "k", &[]),
        ("an alias", Box::new(move |_| Ok(alias.into())), "any", &[("kms:ResourceAliases", "alias/app")]),
        (
            "the ARN of an alias",
            Box::new(move |_| Ok(alias_arn.clone().into())),
            "any",
            &[("kms:ResourceAliases", "alias/app")],
        ),
        (
            "a key of the stack",
            Box::new(move |stack| Ok(own(stack)?.attribute("arn"))),
            "any",
            &[("aws:ResourceTag/Environment", "dev")],
        ),
        (
            "an alias of the stack",
            Box::new(move |stack| {
                let key = own(stack)?.attribute::<String>("id");
                let alias = RawResource::new("aws_kms_alias").set("name", "alias/own").set("target_key_id", key);
                Ok(stack.add("alias", alias)?.attribute("target_key_arn"))
            }),
            "any",
            &[("aws:ResourceTag/Environment", "dev")],
        ),
        (
            "a key that is looked up",
            Box::new(|stack| {
                let found = RawResource::data("aws_kms_key").set("key_id", "alias/app");
                Ok(stack.add("found", found)?.attribute("arn"))
            }),
            "any",
            &[("kms:ResourceAliases", "alias/app")],
        ),
        ("what only Terraform knows", Box::new(|_| Ok(Value::raw("var.key"))), "any", &[]),
    ];
    let json = r#"{"types": {"data.aws_kms_key": {"read": ["kms:DescribeKey"]}}}"#;
    let table = PermissionTable::standard().with_json(json)?;
    for (what, name, id, context) in cases {
        let app = dev(|stack| {
            let key = name(stack)?;
            stack.add("table", RawResource::new("aws_ssm_parameter").set("key_id", key)).map(drop)
        })?;
        let apply = documents(&table.apply(app.stacks())?)?;
        let request = |region: &str, id: &str| {
            Request::new("kms:Encrypt", &key(region, id)).with("kms:ViaService", &format!("ssm.{region}.amazonaws.com"))
        };
        let asked = context.iter().fold(request("us-east-1", id), |request, (key, value)| request.with(key, value));
        assert_eq!(decide(&apply, &asked), Decision::Allowed, "{what}");
        if !context.is_empty() {
            assert_eq!(decide(&apply, &request("us-east-1", id)), Decision::NotAllowed, "any key for {what}");
        }
        if id != "any" {
            assert_eq!(decide(&apply, &request("us-east-1", "other")), Decision::NotAllowed, "another key for {what}");
        }
        assert_eq!(decide(&apply, &request("us-west-2", id)), Decision::NotAllowed, "a key elsewhere for {what}");
    }

    // KMS names services with the domain of the partition, and sees them in the key's region.
    let mut app = App::new(Organisation::new("MM"));
    let china = Environment::new("dev", Region::CnNorth1).account(mikamirai::ACCOUNT);
    app.stack("app", china)?.add("it", RawResource::new("aws_ssm_parameter").set("key_id", "k"))?;
    let apply = documents(&Permissions::apply(app.stacks())?)?;
    let arn = format!("arn:aws-cn:kms:cn-north-1:{}:key/k", mikamirai::ACCOUNT);
    let request = Request::new("kms:Encrypt", &arn).with("kms:ViaService", "ssm.cn-north-1.amazonaws.com.cn");
    assert_eq!(decide(&apply, &request), Decision::Allowed);
    let replica = json!({"replica": {"kms_key_id": key("us-west-2", "k")}});
    let app = dev(|stack| stack.add("it", resource("aws_secretsmanager_secret", &replica)).map(drop))?;
    let apply = documents(&Permissions::apply(app.stacks())?)?;
    let request = Request::new("kms:Encrypt", &key("us-west-2", "k"));
    assert_eq!(
        decide(&apply, &request.with("kms:ViaService", "secretsmanager.us-west-2.amazonaws.com")),
        Decision::Allowed
    );
    Ok(())
}
