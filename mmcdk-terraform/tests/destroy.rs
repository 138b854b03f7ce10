//! What is destroyed, and what is created in its place.

mod common;

use common::graft::{Graft, noop};
use mmcdk_terraform::ViolationKind::*;
use mmcdk_terraform::{Guard, ViolationKind};
use serde_json::{Value as Json, json};

fn guard() -> Guard {
    Guard::new("dev")
        .untagged()
        .stateful([("aws_s3_bucket", "its objects are lost")])
        .foundation([("aws_vpc", "everything with an address stands in it"), ("aws_subnet", "interfaces stand in it")])
        .known_types(["aws_route", "aws_s3_bucket", "aws_vpc", "aws_subnet"])
}

fn change(address: &str, kind: &str, actions: Json) -> Json {
    let mut change = noop(address, kind, json!({"id": "x"}));
    let creates = actions.as_array().unwrap().contains(&json!("create"));
    if !creates && actions != json!(["forget"]) && actions != json!(["no-op"]) {
        change["change"]["after"] = Json::Null;
    }
    if actions == json!(["create"]) {
        change["change"]["before"] = Json::Null;
    }
    change["change"]["actions"] = actions;
    change
}

#[test]
fn what_holds_an_environment_together_goes_only_if_it_is_named() {
    let delete = || json!(["delete"]);
    let replace = || json!(["delete", "create"]);
    let moved = |mut change: Json| {
        change["previous_address"] = json!("aws_vpc.core");
        change
    };
    let deposed = |mut change: Json| {
        change["deposed"] = json!("ab12cd34");
        change
    };
    let vpc = |actions| change("aws_vpc.main", "aws_vpc", actions);
    for (change, destroyed) in [
        (vpc(delete()), Some("aws_vpc.main")),
        (vpc(replace()), Some("aws_vpc.main")),
        (vpc(json!(["create", "delete"])), Some("aws_vpc.main")),
        (deposed(vpc(delete())), Some("aws_vpc.main (deposed ab12cd34)")),
        (moved(vpc(replace())), Some("aws_vpc.main")),
        // It stays as it is.
        (moved(vpc(json!(["no-op"]))), None),
        (vpc(json!(["forget"])), None),
        (vpc(json!(["create", "forget"])), None),
        (vpc(json!(["create"])), None),
        // What holds nothing may go, and what nobody knows may not.
        (change("aws_route.main", "aws_route", delete()), None),
        (change("aws_novelty.main", "aws_novelty", delete()), Some("aws_novelty.main")),
        (change("random_password.main", "random_password", replace()), Some("random_password.main")),
        (change("aws_s3_bucket.main", "aws_s3_bucket", delete()), Some("aws_s3_bucket.main")),
    ] {
        let found = |guard: &Guard| {
            let graft = Graft::on("empty").also(change.clone());
            let plan = mmcdk_terraform::Plan::from_json(graft.plan.to_string().as_bytes()).unwrap();
            guard.check(&plan, None)
        };
        let violations = found(&guard());
        let addresses: Vec<_> = violations.iter().map(|violation| violation.address.as_str()).collect();
        assert_eq!(addresses, destroyed.into_iter().collect::<Vec<_>>(), "{change}");
        assert!(violations.iter().all(|violation| violation.kind == Destroy), "{violations:?}");
        let address = change["address"].as_str().unwrap();
        assert!(found(&guard().allow_destroy(address)).is_empty(), "{change}");
        assert_eq!(found(&guard().allow_destroy("aws_vpc.other")).len(), violations.len());
        // Many can be named at once, but nothing that holds data or may hold it.
        let by_pattern = found(&guard().allow_destroy_matching("*.main*".parse().unwrap()));
        let is_named = ["aws_vpc", "aws_subnet", "aws_route"].contains(&change["type"].as_str().unwrap());
        assert_eq!(by_pattern.is_empty(), is_named, "{change}");
    }
    let moved = Graft::on("empty").also(moved(vpc(replace())));
    moved.check(&guard().allow_destroy("aws_vpc.core"), &[]);
}

#[test]
fn a_violation_tells_why_something_stays_and_how_it_may_go() {
    let told = |kind: &str| {
        let graft = Graft::on("empty").also(change("x.core", kind, json!(["delete"])));
        let plan = mmcdk_terraform::Plan::from_json(graft.plan.to_string().as_bytes()).unwrap();
        common::graft::told(&guard().check(&plan, None))
    };
    assert_eq!(
        told("aws_vpc"),
        "x.core: destroys: it is destroyed; expected that aws_vpc stays: everything with an address stands in it\n  \
         if it may go, allow it by its address: --allow-destroy x.core; if it only has another address in the program \
         now, add a moved block: raw_block(\"moved\", …)\n"
    );
    assert!(told("aws_s3_bucket").contains("aws_s3_bucket stays: its objects are lost"));
    assert!(told("google_x").contains("google_x stays, since mmcdk does not know what it holds"));
}

/// A construct that is renamed is destroyed and created: each of its parts must be named, or all by one pattern.
#[test]
fn a_renamed_network_is_rejected() {
    let subnets = ["core_public_a", "core_public_b", "core_private_a", "core_private_b"];
    let mut graft = Graft::on("empty").also(change("aws_vpc.core", "aws_vpc", json!(["delete"])));
    graft = graft.also(change("aws_vpc.main", "aws_vpc", json!(["create"])));
    for subnet in subnets {
        graft = graft.also(change(&format!("aws_subnet.{subnet}"), "aws_subnet", json!(["delete"])));
    }
    let again = || Graft { plan: graft.plan.clone(), backend: None };
    let plan = mmcdk_terraform::Plan::from_json(graft.plan.to_string().as_bytes()).unwrap();
    assert_eq!(guard().check(&plan, None).len(), 5);
    let allowed = guard().allow_destroy("aws_vpc.core").allow_destroy_matching("aws_subnet.core_*".parse().unwrap());
    again().check(&allowed, &[]);
    again().check(&guard().allow_destroy_matching("*.core*".parse().unwrap()), &[]);
}

#[test]
fn addresses_that_are_still_taken_are_rejected_with_a_migration() {
    let guard = || Guard::new("dev").untagged();
    let block = |name: &str, kind: &str, actions: Json, before: Option<(&str, &str)>, after: Option<(&str, &str)>| {
        let value =
            |of: Option<(&str, &str)>| of.map_or(Json::Null, |(vpc, cidr)| json!({"vpc_id": vpc, "cidr_block": cidr}));
        json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
            "change": {"actions": actions, "before": value(before), "after": value(after), "after_unknown": {}}})
    };
    let subnet = |name: &str, actions: Json, before, after| block(name, "aws_subnet", actions, before, after);
    let (create, delete, stay) = (json!(["create"]), json!(["delete"]), json!(["no-op"]));
    let (replace, first) = (json!(["delete", "create"]), json!(["create", "delete"]));
    let of = |cidr: &'static str| Some(("vpc-1", cidr));
    let check = |changes: &[Json], expected: &[(&str, ViolationKind, &str)]| {
        let graft = changes.iter().cloned().fold(Graft::on("empty"), Graft::also);
        graft.check(&guard(), expected);
    };
    let goes = |range: &str, held: &str, of: &str| {
        format!("{range} overlaps {held} of aws_subnet.{of}, which this plan destroys in no certain order")
    };

    // A smaller prefix: the new range of b lies in the old one of a.
    let found = goes("10.1.0.64/26", "10.1.0.0/24", "a");
    check(
        &[
            subnet("a", replace.clone(), of("10.1.0.0/24"), of("10.1.0.0/26")),
            subnet("b", replace.clone(), of("10.1.1.0/24"), of("10.1.0.64/26")),
        ],
        &[("aws_subnet.b", Overlap, &found)],
    );
    // A wider one.
    let found = goes("10.1.0.0/23", "10.1.1.0/24", "b");
    check(
        &[
            subnet("a", replace.clone(), of("10.1.0.0/24"), of("10.1.0.0/23")),
            subnet("b", replace.clone(), of("10.1.1.0/24"), of("10.1.2.0/23")),
        ],
        &[("aws_subnet.a", Overlap, &found)],
    );
    // Another address in the program, or a deposed object.
    let found = goes("10.1.0.0/24", "10.1.0.0/24", "a");
    check(
        &[subnet("a", delete.clone(), of("10.1.0.0/24"), None), subnet("c", create.clone(), None, of("10.1.0.0/24"))],
        &[("aws_subnet.c", Overlap, &found)],
    );
    let mut deposed = subnet("a", delete.clone(), of("10.1.0.0/24"), None);
    deposed["deposed"] = json!("ab12");
    let found =
        "10.1.0.0/24 overlaps 10.1.0.0/24 of aws_subnet.a (deposed ab12), which this plan destroys in no certain order";
    check(&[deposed, subnet("a", create.clone(), None, of("10.1.0.0/24"))], &[("aws_subnet.a", Overlap, found)]);
    // Itself, if the new one is created first.
    let found = "10.1.0.0/25 while 10.1.0.0/24 is still there";
    check(&[subnet("a", first.clone(), of("10.1.0.0/24"), of("10.1.0.0/25"))], &[("aws_subnet.a", Overlap, found)]);
    check(&[subnet("a", replace.clone(), of("10.1.0.0/24"), of("10.1.0.0/25"))], &[]);
    // One that stays.
    let found = "10.1.0.0/25 overlaps 10.1.0.0/24 of aws_subnet.a, which stays";
    check(
        &[
            subnet("a", stay.clone(), of("10.1.0.0/24"), of("10.1.0.0/24")),
            subnet("c", create.clone(), None, of("10.1.0.0/25")),
        ],
        &[("aws_subnet.c", Overlap, found)],
    );
    let association =
        |name, actions, before, after| block(name, "aws_vpc_ipv4_cidr_block_association", actions, before, after);
    let found = "10.2.0.0/17 overlaps 10.2.0.0/16 of aws_vpc_ipv4_cidr_block_association.a, which this plan destroys in no certain order";
    check(
        &[
            association("a", delete.clone(), of("10.2.0.0/16"), None),
            association("c", create.clone(), None, of("10.2.0.0/17")),
        ],
        &[("aws_vpc_ipv4_cidr_block_association.c", Overlap, found)],
    );
    // Beside each other, in another VPC, or in one that is new.
    check(
        &[subnet("a", delete.clone(), of("10.1.0.0/24"), None), subnet("c", create.clone(), None, of("10.1.1.0/24"))],
        &[],
    );
    check(
        &[
            subnet("a", delete, of("10.1.0.0/24"), None),
            subnet("c", create, None, Some(("vpc-2", "10.1.0.0/24"))),
            subnet("d", json!(["create"]), None, None),
        ],
        &[],
    );

    let changes = [
        subnet("a", replace.clone(), of("10.1.0.0/24"), of("10.1.0.0/26")),
        subnet("b", replace, of("10.1.1.0/24"), of("10.1.0.64/26")),
    ];
    let graft = changes.into_iter().fold(Graft::on("empty"), Graft::also);
    let plan = mmcdk_terraform::Plan::from_json(graft.plan.to_string().as_bytes()).unwrap();
    assert!(common::graft::told(&guard().check(&plan, None)).contains("migrate in two steps"));
}
