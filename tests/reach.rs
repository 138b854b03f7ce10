//! What derived roles reach: their policies, asked as IAM asks them.

mod common;
#[path = "common/iam.rs"]
mod iam_policies;

use std::collections::BTreeSet;

use common::{dev::dev, mikamirai, prod::prod, synthesize};
use iam_policies::{Decision, Request, decide, documents, list};
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

/// The kinds of EC2 that have ids in the place of names.
const KINDS: [&str; 15] = [
    "elastic-ip",
    "instance",
    "internet-gateway",
    "launch-template",
    "natgateway",
    "network-acl",
    "network-interface",
    "route-table",
    "security-group",
    "security-group-rule",
    "subnet",
    "volume",
    "vpc",
    "vpc-endpoint",
    "vpc-flow-log",
];

/// What a call creates, so that it can be of no environment yet.
const NEW: [(&str, &str); 3] = [
    ("ec2:AuthorizeSecurityGroupEgress", "security-group-rule"),
    ("ec2:AuthorizeSecurityGroupIngress", "security-group-rule"),
    ("ec2:RunInstances", "volume"),
];

/// Every action of EC2 that policies name, on every kind of resource, unless the call creates it.
fn requests(documents: &[Json]) -> Vec<(String, &'static str, Request)> {
    let statements = documents.iter().flat_map(|document| document["Statement"].as_array().expect("it is a list"));
    let actions: BTreeSet<String> = statements
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| list(&statement["Action"]))
        .filter(|action| action.starts_with("ec2:") && !action.starts_with("ec2:Describe"))
        .collect();
    assert!(actions.len() > 30);
    let all = actions.into_iter().flat_map(|action| KINDS.map(|kind| (action.clone(), kind)));
    all.filter(|(action, kind)| !NEW.contains(&(action, kind)))
        .map(|(action, kind)| (action.clone(), kind, Request::new(&action, &ec2(&format!("{kind}/x-1")))))
        .collect()
}

#[test]
fn no_role_reaches_the_other_environment() {
    for (own, other) in [("dev", "prod"), ("prod", "dev")] {
        let documents = deployer(own, &PermissionTable::standard());
        let text = mmcdk::serde_json::to_string(&documents).expect("it is JSON");
        for foreign in [format!("-{other}-"), format!("/{other}/"), format!("\"{other}\"")] {
            assert!(!text.contains(&foreign), "{own} has {foreign}");
        }
        assert!(text.contains(&format!("MM-{own}-use1-*")));

        let requests = requests(&documents);
        let reaches = |name: &str| {
            let interface = requests.iter().find(|(action, kind, _)| action == name && *kind == "network-interface");
            let request = interface.map(|(_, _, request)| request.clone().on("Environment", own));
            request.is_some_and(|request| decide(&documents, &request) == Decision::Allowed)
        };
        for action in ["AssociateAddress", "DisassociateAddress", "ModifyNetworkInterfaceAttribute", "RunInstances"] {
            assert!(own != "dev" || reaches(&format!("ec2:{action}")), "the NAT instance of dev: {action}");
        }
        for (action, kind, request) in requests {
            let request = request.on("Environment", other);
            assert_ne!(decide(&documents, &request), Decision::Allowed, "{own}: {action} on a {kind} of {other}");
            if action == "ec2:CreateTags" {
                let request = request.tags("Environment", own);
                assert_ne!(decide(&documents, &request), Decision::Allowed, "{own} tags a {kind} of {other}");
            }
        }
    }
}

#[test]
fn what_has_no_environment_is_reached_by_none() {
    // The environment's own addresses are taken off whatever has them, and its own subnets go back to the network ACL of AWS.
    let allowed = [
        ("ec2:DisassociateAddress", "network-interface"),
        ("ec2:DisassociateNatGatewayAddress", "network-interface"),
        ("ec2:RunInstances", "network-interface"),
        ("ec2:ReplaceNetworkAclAssociation", "network-acl"),
    ];
    for environment in ["dev", "prod"] {
        let documents = deployer(environment, &PermissionTable::standard());
        for (action, kind, request) in requests(&documents) {
            if allowed.contains(&(&action, kind)) {
                continue;
            }
            let request = request.on("Name", "eks-cluster-sg");
            assert_ne!(decide(&documents, &request), Decision::Allowed, "{environment}: {action} on a {kind}");
            if action == "ec2:CreateTags" && kind != "security-group-rule" {
                let claim = request.tags("Environment", environment);
                assert_ne!(decide(&documents, &claim), Decision::Allowed, "{environment} claims a {kind}");
            }
        }
    }
}

/// The policies by which a stack of dev is applied.
fn deployer_of(table: &PermissionTable, describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<Vec<Json>> {
    let mut app = App::new(Organisation::new("MM"));
    let dev = Environment::new("dev", Region::UsEast1).account(mikamirai::ACCOUNT);
    describe(&mut app.stack("network", dev)?)?;
    documents(&table.apply(app.stacks())?)
}

#[test]
fn only_what_cannot_be_tagged_as_it_is_created_is_claimed() -> Result<()> {
    let standard = PermissionTable::standard;
    let claim = |kind: &str| Request::new("ec2:CreateTags", &ec2(&format!("{kind}/x-1"))).tags("Environment", "dev");
    let in_vpc = |id: &str| claim("security-group").with("ec2:Vpc", &ec2(&format!("vpc/{id}")));
    let check = |documents: &[Json], request: &Request, allowed: bool| {
        assert_eq!(decide(documents, request) == Decision::Allowed, allowed, "{request:?}");
    };

    let network = deployer("dev", &standard());
    check(&network, &in_vpc("vpc-1"), true);
    check(&network, &claim("security-group-rule"), true);
    for kind in ["elastic-ip", "instance", "network-interface", "subnet", "volume", "vpc"] {
        check(&network, &claim(kind), false);
    }
    check(&network, &in_vpc("vpc-1").on("Name", "eks-cluster-sg"), false);
    check(&network, &in_vpc("vpc-1").on("Environment", "prod"), false);
    let known = deployer("dev", &standard().vpcs(["vpc-1"]));
    check(&known, &in_vpc("vpc-1"), true);
    check(&known, &in_vpc("vpc-2"), false);

    let adopted = deployer_of(&standard(), |stack| {
        let vpc = stack.add("core", ec2::Vpc::new().cidr_block("10.0.0.0/16").adopt("vpc-1"))?;
        stack.add("group", ec2::DefaultSecurityGroup::new().vpc_id(vpc.id())).map(drop)
    })?;
    let vpc = |id: &str| Request::new("ec2:CreateTags", &ec2(&format!("vpc/{id}"))).tags("Environment", "dev");
    check(&adopted, &vpc("vpc-1"), true);
    check(&adopted, &vpc("vpc-2"), false);
    // What has no tag yet can be tagged and nothing else.
    for action in ["DeleteTags", "DeleteVpc", "ModifyVpcAttribute"] {
        let request = Request::new(&format!("ec2:{action}"), &ec2("vpc/vpc-1")).tags("Environment", "dev");
        check(&adopted, &request, false);
        check(&adopted, &request.on("Environment", "dev"), true);
    }
    check(&adopted, &in_vpc("vpc-1"), true);
    check(&adopted, &in_vpc("vpc-2"), false);
    check(&adopted, &claim("subnet"), false);

    // The provider tags block devices after it created them, and volumes while it does.
    let device = || ec2::InstanceRootBlockDeviceBlock::new().encrypted(true);
    let instance = || ec2::Instance::new().ami("ami-0123456789abcdef0").instance_type("t3.micro");
    let later = deployer_of(&standard(), |stack| stack.add("x", instance().root_block_device(device())).map(drop))?;
    let at_once = deployer_of(&standard(), |stack| {
        stack.add("x", instance().root_block_device(device()).volume_tags([("Owner", "me")])).map(drop)
    })?;
    check(&later, &claim("volume"), true);
    check(&later, &claim("volume").on("Name", "somebody's"), false);
    check(&at_once, &claim("volume"), false);

    let key = deployer_of(&standard(), |stack| {
        let tags = mmcdk::serde_json::json!({"Environment": "dev"});
        stack.add("key", RawResource::new("aws_kms_key").set("tags", tags)).map(drop)
    })?;
    let arn = format!("arn:aws:kms:us-east-1:{}:key/1", mikamirai::ACCOUNT);
    let request = Request::new("kms:TagResource", &arn).tags("Environment", "dev");
    check(&key, &request, true);
    check(&key, &request.with("kms:ResourceAliases", "alias/somebody"), false);
    Ok(())
}

#[test]
fn an_address_goes_to_no_interface_of_somebody_else() -> Result<()> {
    let association = |table: &PermissionTable, by: &str, adopted: bool| {
        deployer_of(table, |stack| {
            if adopted {
                stack.add("core", ec2::Vpc::new().cidr_block("10.0.0.0/16").adopt("vpc-1"))?;
            }
            let raw = |kind: &str, argument: &str| RawResource::new(kind).set(argument, "i-0123456789abcdef0");
            let tags = mmcdk::serde_json::json!({"Environment": "dev"});
            match by {
                "aws_eip" => stack.add("it", raw("aws_eip", "instance").set("tags", tags)).map(drop),
                _ => {
                    stack.add("eip", RawResource::new("aws_eip").set("tags", tags))?;
                    stack.add("it", raw("aws_eip_association", "instance_id")).map(drop)
                }
            }
        })
    };
    let on = |resource: &str| Request::new("ec2:AssociateAddress", &ec2(resource));
    let interface = on("network-interface/eni-1");
    let within = |id: &str| interface.clone().with("ec2:Vpc", &ec2(&format!("vpc/{id}")));
    for by in ["aws_eip", "aws_eip_association"] {
        for (what, table, adopted, known) in [
            ("no VPC is known", PermissionTable::standard(), false, false),
            ("the VPC is known", PermissionTable::standard().vpcs(["vpc-1"]), false, true),
            ("the VPC is adopted", PermissionTable::standard(), true, true),
        ] {
            let documents = association(&table, by, adopted)?;
            let check = |request: &Request, allowed: bool| {
                let decision = decide(&documents, request);
                assert_eq!(decision == Decision::Allowed, allowed, "{by}, {what}: {request:?}");
            };
            check(&interface, false);
            check(&within("vpc-2"), false);
            check(&within("vpc-1"), known);
            check(&within("vpc-1").on("Environment", "prod"), false);
            for own in ["network-interface/eni-1", "elastic-ip/eipalloc-1", "instance/i-1"] {
                check(&on(own).on("Environment", "dev"), true);
                check(&on(own).on("Environment", "prod"), false);
            }
        }
    }
    Ok(())
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
