//! The command line against the plans of real Terraform.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use mmcdk_aws::values::{Days, InstanceType, LogRetention, Region};
use mmcdk_aws::{Environment, FlowLogs, NatStrategy, PermissionTable, Permissions, Trail, Vpc};
use mmcdk_core::serde_json::{self, Value as Json, json};
use mmcdk_core::{App, Organisation, Result};

use super::NAME;
use crate::run::{Outcome, command, execute};

fn network(app: &mut App, nat: NatStrategy) -> Result<()> {
    let dev = Environment::new("dev", Region::UsEast1).account("111122223333").tags([("Environment", "dev")]);
    let mut network = app.stack("network", &dev)?;
    let vpc = network.add("core", Vpc::new("10.1.0.0/16").zones(["a", "b"]).nat(nat))?;
    network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days14))?;
    network.add("trail", Trail::new().expire_after(Days(90))).map(drop)
}

fn with_instance(app: &mut App) -> Result<()> {
    network(app, NatStrategy::instance(InstanceType::T3Micro))
}

fn with_gateway(app: &mut App) -> Result<()> {
    network(app, NatStrategy::SingleGateway)
}

fn without_nat(app: &mut App) -> Result<()> {
    network(app, NatStrategy::None)
}

type Program = fn(&mut App) -> Result<()>;

/// The policies of a role that was derived from programs, as the pipeline reads them.
fn role(programs: &[Program], plan: bool) -> String {
    let mut all: Option<Permissions> = None;
    for program in programs {
        let mut app = App::new(Organisation::new("MM"));
        program(&mut app).unwrap();
        let derived = if plan { Permissions::plan(app.stacks()) } else { Permissions::apply(app.stacks()) };
        let derived = derived.unwrap();
        all = Some(match all {
            Some(known) => known.and(derived),
            None => derived,
        });
    }
    let documents = all.expect("there is a program").documents().unwrap();
    let texts = documents.iter().map(|document| document.to_value().unwrap().literal_json().unwrap());
    texts.map(|text| format!("{{\"Policy\": {text}}}\n")).collect()
}

/// A plan of real Terraform, changed.
fn plan(name: &str, change: impl FnOnce(&mut Json)) -> String {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("mmcdk-terraform/tests/plans").join(format!("{name}.json"));
    let mut plan: Json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    // The program that was planned did not set this argument of its instance yet.
    for changed in plan["resource_changes"].as_array_mut().unwrap() {
        if changed["type"] == "aws_instance" && changed["change"]["after"].is_object() {
            changed["change"]["after"]["volume_tags"] = json!({});
        }
    }
    change(&mut plan);
    plan.to_string()
}

#[track_caller]
fn compare(program: Program, plan: &str, role: &str, more: &[&str]) -> Outcome {
    compare_in(Organisation::new("MM"), program, plan, role, more)
}

fn compare_in(organisation: Organisation, program: Program, plan: &str, role: &str, more: &[&str]) -> Outcome {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("mmcdk-compare-{}-{number}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let (plan, role) = (file("plan.json", plan), file("role.json", role));
    let arguments = ["app", NAME, &plan, "--env", "dev", "--role", &role];
    let arguments = command().try_get_matches_from(arguments.iter().chain(more)).unwrap();
    let outcome = execute(&arguments, organisation, program);
    fs::remove_dir_all(folder).unwrap();
    outcome
}

#[test]
fn a_role_that_was_derived_from_what_is_planned_grants_it() {
    let role = role(&[with_instance], false);
    for name in ["dev-create", "dev-applied", "dev-destroy", "dev-targeted"] {
        let outcome = compare(with_instance, &plan(name, |_| {}), &role, &[]);
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.err);
        assert!(outcome.out.starts_with("dev/network: the role grants what the plan takes\n"), "{}", outcome.out);
    }
}

#[test]
fn what_the_role_lacks_is_refused_with_what_to_do() {
    // The role is older than the program: deriving it again is enough.
    let create = plan("dev-create", |_| {});
    let outcome = compare(with_instance, &create, &role(&[without_nat], false), &[]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    for part in [
        "lacking: ec2:RunInstances is not allowed\n",
        "\n  to create aws_instance.",
        "The role is older than this program",
    ] {
        assert!(outcome.err.contains(part), "{}", outcome.err);
    }
    assert!(!outcome.err.contains(".keep("), "{}", outcome.err);

    // The program no longer has what the plan deletes: the new role must keep it.
    let destroy = plan("dev-destroy", |_| {});
    let outcome = compare(with_gateway, &destroy, &role(&[with_gateway], false), &[]);
    assert_eq!(outcome.code, 1);
    let line = ".keep(\"dev/network\", &bootstrap.input(\"earlier/dev-network.json\")?)?\n";
    for part in ["lacking: ec2:TerminateInstances is not allowed\n", "earlier/dev-network.json", line] {
        assert!(outcome.err.contains(part), "{}", outcome.err);
    }
    assert_eq!(compare(with_gateway, &destroy, &role(&[with_gateway, with_instance], false), &[]).code, 0);
}

#[test]
fn whoever_plans_needs_to_read_alone() {
    let plan = plan("dev-applied", |_| {});
    let reading = role(&[with_instance], true);
    assert_eq!(compare(with_instance, &plan, &reading, &["--reading"]).code, 0);
    let outcome = compare(with_gateway, &plan, &role(&[with_gateway], true), &["--reading"]);
    assert!(outcome.err.contains("lacking: ec2:DescribeInstances is not allowed\n  on *\n"), "{}", outcome.err);
    assert!(!outcome.err.contains("TerminateInstances") && outcome.err.contains(".keep("), "{}", outcome.err);
    assert_eq!(compare(with_instance, &plan, &reading, &[]).code, 0, "nothing changes");
}

#[test]
fn roles_that_are_made_must_have_the_boundary() {
    let boundary = "arn:aws:iam::111122223333:policy/within";
    let organisation = || Organisation::new("MM").with(PermissionTable::standard().boundary(boundary));
    let mut app = App::new(organisation());
    with_instance(&mut app).unwrap();
    let documents = Permissions::apply(app.stacks()).unwrap().documents().unwrap();
    let texts = documents.iter().map(|document| document.to_value().unwrap().literal_json().unwrap());
    let role: String = texts.map(|text| format!("{{\"Policy\": {text}}}\n")).collect();
    let with = |value: Json| {
        plan("dev-create", |plan| {
            let role = "aws_iam_role.flow";
            let changes = plan["resource_changes"].as_array_mut().unwrap();
            let change = changes.iter_mut().find(|change| change["address"] == role).unwrap();
            change["change"]["after"]["permissions_boundary"] = value;
        })
    };
    assert_eq!(compare_in(organisation(), with_instance, &with(boundary.into()), &role, &[]).code, 0);
    for other in [Json::Null, "arn:aws:iam::111122223333:policy/other".into()] {
        let outcome = compare_in(organisation(), with_instance, &with(other), &role, &[]);
        assert!(outcome.err.contains("lacking: iam:CreateRole is denied by the statement "), "{}", outcome.err);
        assert!(!outcome.err.contains(".keep("), "{}", outcome.err);
    }
}

#[test]
fn where_nothing_can_be_compared_that_is_said() {
    let create = plan("dev-create", |_| {});
    let granted = role(&[with_instance], false);
    for (plan, role, more, expected) in [
        ("{", granted.as_str(), vec![], "not JSON"),
        (&create, "", vec![], "the role has no policies"),
        (&create, &granted, vec!["--stack", "netwrk"], "did you mean \"dev/network\"?"),
    ] {
        let outcome = compare(with_instance, plan, role, &more);
        assert_eq!(outcome.code, 2, "{expected}");
        assert!(outcome.err.contains(expected), "{}", outcome.err);
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (plan, role, parts) in [
        ("no/plan.json", manifest, ["error: no/plan.json: the plan cannot be read: ", "terraform show -json"]),
        (
            manifest,
            "no/role.json",
            ["error: no/role.json: the policies of the role cannot be read: ", "get-role-policy"],
        ),
    ] {
        let arguments = ["app", NAME, plan, "--env", "dev", "--role", role];
        let arguments = command().try_get_matches_from(arguments).unwrap();
        let outcome = execute(&arguments, Organisation::new("MM"), with_instance);
        assert_eq!(outcome.code, 2);
        assert!(parts.iter().all(|part| outcome.err.contains(part)), "{}", outcome.err);
    }
    // What the table does not have is said, and what is certain is judged.
    let odd = plan("dev-create", |plan| {
        plan["resource_changes"].as_array_mut().unwrap().push(json!({
            "address": "aws_unheard_of.a", "mode": "managed", "type": "aws_unheard_of",
            "change": {"actions": ["create"], "before": null, "after": {}},
        }));
    });
    let outcome = compare(with_instance, &odd, &granted, &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.contains("does not have aws_unheard_of, so nothing is known of dev/network: aws_unheard_of.a"));
}
