//! What derived roles reach: their policies, asked as IAM asks them.

mod common;
#[path = "common/iam.rs"]
mod iam_policies;

use common::{dev::dev, mikamirai, prod::prod, synthesize};
use iam_policies::{Decision, Request, decide, documents};
use mmcdk::prelude::*;
use mmcdk::serde_json::Value as Json;

fn networks() -> Synthesis {
    synthesize(|app| {
        dev(app)?;
        prod(app)
    })
    .expect("the examples are right")
}

/// The policies by which an environment's network is applied.
fn deployer(environment: &str, table: &PermissionTable) -> Vec<Json> {
    let networks = networks();
    let stacks = networks.stacks().filter(|stack| stack.environment() == Some(environment));
    documents(&table.apply(stacks).expect("every type is known")).expect("they fit")
}

/// An ARN of EC2 in the account and region of the networks.
fn ec2(resource: &str) -> String {
    format!("arn:aws:ec2:us-east-1:{}:{resource}", mikamirai::ACCOUNT)
}

fn iam(resource: &str) -> String {
    format!("arn:aws:iam::{}:{resource}", mikamirai::ACCOUNT)
}

#[test]
fn identities_are_changed_within_the_boundary_alone() {
    use Decision::{Allowed, Denied};

    let boundary = mikamirai::boundary();
    let bound = deployer("dev", &PermissionTable::standard().boundary(boundary.as_str()));
    let unbound = deployer("dev", &PermissionTable::standard());
    let role = iam("role/MM-dev-use1-role-flow");
    // What the networks' roles take is allowed on roles with the boundary, and on no others.
    for action in [
        "CreateRole",
        "DeleteRole",
        "DeleteRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
    ] {
        let request = Request::new(&format!("iam:{action}"), &role);
        let within = request.clone().with("iam:PermissionsBoundary", &boundary);
        let within_another = request.clone().with("iam:PermissionsBoundary", &iam("policy/another"));
        assert_eq!(decide(&bound, &within), Allowed, "{action}");
        assert_eq!(decide(&bound, &within_another), Denied, "{action} within another boundary");
        assert_eq!(decide(&bound, &request), Denied, "{action} without a boundary");
        assert_eq!(decide(&unbound, &request), Allowed, "{action} if no boundary is asked for");
    }
    // The rest is denied to whoever may do more besides.
    let everything: Json = mmcdk::serde_json::json!({
        "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]
    });
    let bound: Vec<Json> = bound.into_iter().chain([everything.clone()]).collect();
    let user = iam("user/somebody");
    for (action, on) in [
        ("AttachRolePolicy", &role),
        ("AttachUserPolicy", &user),
        ("CreateUser", &user),
        ("DeleteUserPolicy", &user),
        ("DetachRolePolicy", &role),
        ("DetachUserPolicy", &user),
        ("PutUserPermissionsBoundary", &user),
        ("PutUserPolicy", &user),
    ] {
        let request = Request::new(&format!("iam:{action}"), on);
        assert_eq!(decide(&bound, &request), Denied, "{action} without a boundary");
        assert_eq!(decide(&bound, &request.with("iam:PermissionsBoundary", &boundary)), Allowed, "{action}");
    }
    for (action, on) in [("DeleteRolePermissionsBoundary", &role), ("DeleteUserPermissionsBoundary", &user)] {
        let request = Request::new(&format!("iam:{action}"), on).with("iam:PermissionsBoundary", &boundary);
        assert_eq!(decide(&bound, &request), Denied, "{action}");
    }
    for action in ["CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"] {
        let action = format!("iam:{action}");
        assert_eq!(decide(&bound, &Request::new(&action, &boundary)), Denied, "{action} of the boundary");
        assert_eq!(decide(&bound, &Request::new(&action, &iam("policy/other"))), Allowed, "{action} of another policy");
    }
}

#[test]
fn the_environments_tag_keeps_its_value() {
    use Decision::{Allowed, Denied};

    let dev = deployer("dev", &PermissionTable::standard());
    let vpc = ec2("vpc/vpc-1");
    let cases = [
        ("ec2:CreateTags", vpc.clone()),
        ("iam:TagRole", iam("role/MM-dev-use1-role-flow")),
        ("logs:TagResource", format!("arn:aws:logs:us-east-1:{}:log-group:MM-dev-use1-logs-flow", mikamirai::ACCOUNT)),
        ("cloudtrail:AddTags", format!("arn:aws:cloudtrail:us-east-1:{}:trail/MM-dev-use1-trail", mikamirai::ACCOUNT)),
        ("s3:TagResource", "arn:aws:s3:::mm-dev-use1-s3-cloudtrail".to_owned()),
    ];
    for (action, on) in &cases {
        let request = Request::new(action, on).on("Environment", "dev");
        assert_eq!(decide(&dev, &request.clone().tags("Team", "x")), Allowed, "{action} of another tag");
        assert_eq!(decide(&dev, &request.clone().tags("Environment", "dev")), Allowed, "{action} as it is");
        for (key, value) in [("Environment", "prod"), ("environment", "prod"), ("Environment", "")] {
            assert_eq!(decide(&dev, &request.clone().tags(key, value)), Denied, "{action} {key}={value}");
        }
    }
    for (action, on) in cases.map(|(action, on)| {
        (action.replace("CreateTags", "DeleteTags").replace("Add", "Remove").replace(":Tag", ":Untag"), on)
    }) {
        let request = Request::new(&action, &on).on("Environment", "dev");
        assert_eq!(decide(&dev, &request.clone().untags("Team")), Allowed, "{action} of another tag");
        for key in ["Environment", "ENVIRONMENT"] {
            assert_eq!(decide(&dev, &request.clone().untags("Team").untags(key)), Denied, "{action} of {key}");
        }
    }
    let every_tag = Request::new("ec2:DeleteTags", &vpc).on("Environment", "dev");
    assert_eq!(decide(&dev, &every_tag), Denied, "a request without keys removes every tag");
    // Creating with another environment's tag.
    let create = Request::new("iam:CreateRole", &iam("role/MM-dev-use1-role-x"));
    assert_eq!(decide(&dev, &create.clone().tags("Environment", "dev")), Allowed);
    assert_eq!(decide(&dev, &create.tags("Environment", "prod")), Denied);
}
