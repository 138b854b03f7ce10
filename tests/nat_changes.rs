//! The order in which Terraform changes a NAT: by the real Terraform, with its built-in `terraform_data` standing for every
//! resource of AWS.
//!
//! `cargo test --test nat_changes -- --ignored`; `.ci/run` does that if it finds Terraform.

#![allow(missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use common::{mikamirai, synthesize};
use mmcdk::prelude::*;
use mmcdk::serde_json::{Map as JsonMap, Value as Json, from_slice, from_str, json};

/// The arguments that replace a resource, by the provider's source (`ForceNew`, `RequiresReplace`).
const REPLACED_BY: &[(&str, &[&str])] = &[
    ("aws_default_security_group", &["vpc_id"]),
    ("aws_eip", &["domain"]),
    ("aws_eip_association", &["allocation_id", "network_interface_id", "allow_reassociation"]),
    ("aws_instance", &["ami", "user_data", "primary_network_interface"]),
    ("aws_internet_gateway", &[]),
    ("aws_nat_gateway", &["allocation_id", "subnet_id"]),
    ("aws_network_interface", &["subnet_id"]),
    ("aws_route", &["route_table_id", "destination_cidr_block"]),
    ("aws_route_table", &["vpc_id"]),
    ("aws_route_table_association", &["subnet_id"]),
    ("aws_security_group", &["name", "name_prefix", "description", "vpc_id"]),
    ("aws_subnet", &["vpc_id", "cidr_block", "availability_zone"]),
    ("aws_vpc", &["cidr_block"]),
    ("aws_vpc_security_group_egress_rule", &["security_group_id"]),
    ("aws_vpc_security_group_ingress_rule", &["security_group_id"]),
];

/// A network and its changes.
#[derive(Clone)]
struct Network {
    cidr: &'static str,
    public: u32,
    nat: NatStrategy,
    nat_zone: &'static str,
    local: Local,
}

impl Network {
    fn new(nat: NatStrategy) -> Self {
        Self { cidr: "10.1.0.0/16", public: 0, nat, nat_zone: "a", local: Local::new() }
    }

    fn file(&self) -> Result<Json> {
        let synthesis = synthesize(|app| {
            let mut network = app.stack("network", mikamirai::environment("dev", Region::UsEast1))?;
            let vpc = Vpc::new(self.cidr)
                .zones(["a", "b"])
                .tiers([Tier::new("public", self.public, Access::Public), Tier::private()])
                .nat(self.nat.clone())
                .nat_zone(self.nat_zone);
            network.with(self.local.clone()).add("core", vpc).map(drop)
        })?;
        let files = synthesis.stack("dev/network")?.files();
        let file = files.iter().find(|file| file.name == "core.tf.json").expect("the VPC has a file");
        Ok(without_aws(&from_slice(&file.bytes).expect("it is JSON")))
    }
}

/// The same resources as `terraform_data`, with the same references, dependencies and lifecycles.
fn without_aws(file: &Json) -> Json {
    let mut addresses: Vec<(String, String)> = Vec::new();
    let types = file["resource"].as_object().expect("there are resources");
    for (kind, labels) in types {
        for label in labels.as_object().expect("they have labels").keys() {
            addresses.push((format!("{kind}.{label}"), label_of(kind, label)));
        }
    }
    // Of two addresses of which one begins with the other, the longer one is replaced first.
    addresses.sort_by_key(|(address, _)| std::cmp::Reverse(address.len()));
    let mut made = JsonMap::new();
    for (kind, labels) in types {
        for (label, body) in labels.as_object().expect("they have labels") {
            made.insert(label_of(kind, label), stand_in(kind, body, &addresses));
        }
    }
    json!({"resource": {"terraform_data": made}})
}

fn label_of(kind: &str, label: &str) -> String {
    format!("{kind}__{label}")
}

fn stand_in(kind: &str, body: &Json, addresses: &[(String, String)]) -> Json {
    let replaced_by = match kind {
        "terraform_data" => &[],
        _ => REPLACED_BY.iter().find(|(known, _)| *known == kind).unwrap_or_else(|| panic!("{kind} is not known")).1,
    };
    let mut resource = JsonMap::new();
    let (mut input, mut triggers) = (JsonMap::new(), JsonMap::new());
    for (argument, value) in body.as_object().expect("it is a body") {
        let value = referring(value, addresses);
        let ignored = body["lifecycle"]["ignore_changes"].as_array();
        match argument.as_str() {
            "depends_on" | "lifecycle" => drop(resource.insert(argument.clone(), value)),
            _ if ignored.is_some_and(|ignored| ignored.contains(&argument.as_str().into())) => {}
            _ if replaced_by.contains(&argument.as_str()) => drop(triggers.insert(argument.clone(), value)),
            _ => drop(input.insert(argument.clone(), value)),
        }
    }
    if let Some(lifecycle) = resource.get_mut("lifecycle").and_then(Json::as_object_mut) {
        lifecycle.remove("ignore_changes");
    }
    resource.insert("input".into(), input.into());
    resource.insert("triggers_replace".into(), triggers.into());
    // To create takes a while, so what nothing puts after it comes before it.
    resource.insert("provisioner".into(), json!({"local-exec": {"command": "sleep 0.2"}}));
    resource.into()
}

/// The value with references to the stand-ins, whose `id` is new when they are replaced.
fn referring(value: &Json, addresses: &[(String, String)]) -> Json {
    match value {
        Json::String(text) if text.starts_with("${data.") => "looked up".into(),
        Json::String(text) => {
            let mut text = text.clone();
            for (address, label) in addresses {
                let mut found = String::new();
                let mut rest = text.as_str();
                while let Some((before, behind)) = rest.split_once(address.as_str()) {
                    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    found.push_str(before);
                    if behind.starts_with(name) || before.ends_with(name) {
                        found.push_str(address);
                        rest = behind;
                        continue;
                    }
                    found.push_str("terraform_data.");
                    found.push_str(label);
                    rest = behind.strip_prefix('.').map_or(behind, |attribute| attribute.trim_start_matches(name));
                    if rest.len() < behind.len() {
                        found.push_str(".id");
                    }
                }
                text = found + rest;
            }
            text.into()
        }
        Json::Array(elements) => elements.iter().map(|element| referring(element, addresses)).collect(),
        Json::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), referring(value, addresses)))
            .collect::<JsonMap<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// A step of an apply.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    kind: String,
    label: String,
    action: String,
    start: usize,
    end: usize,
}

impl Step {
    fn name(&self) -> String {
        label_of(&self.kind, &self.label)
    }
}

/// A folder with a state.
struct World(PathBuf);

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl World {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("mmcdk-nat-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder can be made");
        Self(folder)
    }

    fn terraform(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("terraform");
        command.args(arguments).current_dir(&self.0).env("CHECKPOINT_DISABLE", "1");
        command.output().expect("terraform runs")
    }

    /// Applies a network and returns what Terraform did, in order.
    fn apply(&self, file: &Json) -> Vec<Step> {
        fs::write(self.0.join("core.tf.json"), file.to_string()).expect("the file can be written");
        if !self.0.join(".terraform").exists() {
            let init = self.terraform(&["init", "-input=false"]);
            assert!(init.status.success(), "{init:?}");
            fs::create_dir_all(self.0.join(".terraform")).expect("the folder can be made");
        }
        let apply = self.terraform(&["apply", "-auto-approve", "-input=false", "-json"]);
        let text = String::from_utf8_lossy(&apply.stdout);
        let errors: Vec<&str> = text.lines().filter(|line| line.contains(r#""@level":"error""#)).collect();
        assert!(apply.status.success(), "{errors:?}");
        steps(&text)
    }
}

fn steps(log: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (time, line) in log.lines().enumerate() {
        let event: Json = from_str(line).expect("it is JSON");
        let hook = &event["hook"];
        let Some((kind, label)) = hook["resource"]["resource_name"].as_str().and_then(|name| name.split_once("__"))
        else {
            continue;
        };
        let action = hook["action"].as_str().unwrap_or_default();
        match event["type"].as_str() {
            Some("apply_start") => steps.push(Step {
                kind: kind.into(),
                label: label.into(),
                action: action.into(),
                start: time,
                end: usize::MAX,
            }),
            Some("apply_complete") => {
                let open = |step: &&mut Step| step.label == label && step.kind == kind && step.action == action;
                let step = steps.iter_mut().filter(open).find(|step| step.end == usize::MAX);
                step.expect("it has begun").end = time;
            }
            _ => {}
        }
    }
    steps
}

/// What each resource refers to, by its label.
fn graph(file: &Json) -> BTreeMap<String, BTreeSet<String>> {
    let resources = file["resource"]["terraform_data"].as_object().expect("there are resources");
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let references = |body: &Json| {
        let text = body.to_string();
        let behind = text.split("terraform_data.").skip(1);
        behind.map(|rest| rest.split(|c| !name(c)).next().unwrap_or_default().to_owned()).collect()
    };
    resources.iter().map(|(label, body)| (label.clone(), references(body))).collect()
}

/// What a way out needs though nothing on it refers to it: kinds of resources, and kinds that refer to those.
const BEHIND: [(&str, &str); 3] = [
    ("aws_network_interface__", "aws_eip_association__"),
    ("aws_network_interface__", "aws_instance__"),
    ("aws_security_group__", "aws_vpc_security_group_"),
];

/// Everything by which the private subnet of a zone leaves: its route with what that depends on, and the rules of groups;
/// none if it has no way out.
fn way_out(graph: &BTreeMap<String, BTreeSet<String>>, zone: char) -> Option<BTreeSet<String>> {
    let association = &graph[&format!("aws_route_table_association__core_private_{zone}")];
    let table = association.iter().find(|label| label.starts_with("aws_route_table__"))?;
    let of = |kind: &str, target: &String| {
        let found = graph.iter().filter(|(label, refers)| label.starts_with(kind) && refers.contains(target));
        found.map(|(label, _)| label.clone()).collect::<Vec<_>>()
    };
    let mut open = of("aws_route__", table);
    let mut found = BTreeSet::new();
    while let Some(label) = open.pop() {
        if found.insert(label.clone()) {
            open.extend(graph[&label].iter().cloned());
            for (kind, referring) in BEHIND {
                if label.starts_with(kind) {
                    open.extend(of(referring, &label));
                }
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Checks, for each private subnet, that the way it leaves by is whole at any time: the new one is there before the subnet
/// moves to it, and the old one until it has.
fn check_order(change: &str, before: &Json, after: &Json, steps: &[Step]) {
    let (before, after) = (graph(before), graph(after));
    for zone in ['a', 'b'] {
        let (Some(old), Some(new)) = (way_out(&before, zone), way_out(&after, zone)) else { continue };
        let association = format!("aws_route_table_association__core_private_{zone}");
        let kinds = ["aws_route__core_private", "aws_network_interface__"];
        let updated = |step: &&Step| step.action == "update";
        let of_association = steps.iter().filter(updated).find(|step| step.name() == association);
        let of_way = |kind: &&str| {
            steps.iter().filter(updated).find(|step| new.contains(&step.name()) && step.name().starts_with(kind))
        };
        let Some(switch) = of_association.or_else(|| kinds.iter().find_map(of_way)) else {
            // With the VPC, subnets and all that is in them are replaced.
            assert!(count(steps, "aws_vpc", "create") > 0, "{change}: zone {zone} does not move: {steps:?}");
            continue;
        };
        for step in steps {
            match step.action.as_str() {
                "create" if new.contains(&step.name()) => {
                    assert!(step.end < switch.start, "{change}: {step:?} comes after {switch:?}");
                }
                "delete" if old.contains(&step.name()) => {
                    assert!(step.start > switch.end, "{change}: {step:?} comes before {switch:?}");
                }
                _ => {}
            }
        }
    }
}

fn count(steps: &[Step], kind: &str, action: &str) -> usize {
    steps.iter().filter(|step| step.kind == kind && step.action == action).count()
}

/// Checks that nothing is asked of AWS that it refuses while the old and the new stand side by side.
fn check_limits(change: &str, steps: &[Step]) {
    let created = |kind: &str| count(steps, kind, "create");
    assert_eq!(created("aws_instance"), created("aws_network_interface"), "{change}: an interface in use is attached");
    let gateways = created("aws_nat_gateway");
    assert!(created("aws_eip") >= gateways, "{change}: a gateway gets an address in use");
    if created("aws_vpc") > 0 {
        assert_eq!(created("aws_internet_gateway"), 1, "{change}: the internet gateway is moved");
    }
}

#[track_caller]
fn check(name: &str, networks: &[(&str, Network)]) -> Result<()> {
    let world = World::new(name);
    let mut before: Option<Json> = None;
    for (change, network) in networks {
        let after = network.file()?;
        let steps = world.apply(&after);
        assert!(!steps.is_empty(), "{change} changes nothing");
        if let Some(before) = before {
            check_order(change, &before, &after, &steps);
            check_limits(change, &steps);
        }
        before = Some(after);
    }
    Ok(())
}

fn instance() -> NatStrategy {
    NatStrategy::instance(InstanceType::T3Micro)
}

#[test]
#[ignore = "needs Terraform"]
fn every_switch_of_the_strategy_creates_first_and_deletes_last() -> Result<()> {
    let network = |nat: &NatStrategy| Network::new(nat.clone());
    let [none, instance, single, each] =
        [NatStrategy::None, instance(), NatStrategy::SingleGateway, NatStrategy::GatewayPerZone];
    check(
        "switches",
        &[
            ("none", network(&none)),
            ("none to instance", network(&instance)),
            ("instance to single", network(&single)),
            ("single to instance", network(&instance)),
            ("instance to each", network(&each)),
            ("each to instance", network(&instance)),
            ("instance to none", network(&none)),
            ("none to single", network(&single)),
            ("single to each", network(&each)),
            ("each to single", network(&single)),
            ("single to none", network(&none)),
            ("none to each", network(&each)),
            ("each to none", network(&none)),
        ],
    )
}

#[test]
#[ignore = "needs Terraform"]
fn every_change_of_an_instance_creates_first_and_deletes_last() -> Result<()> {
    let base = Network::new(instance());
    let arm = Network { nat: NatStrategy::instance(InstanceType::T4gNano), ..base.clone() };
    let pinned = |ami: &str| Network { nat: NatInstance::new(InstanceType::T3Micro).ami(ami).into(), ..base.clone() };
    let overridden =
        |path: &str, value: &str| Network { local: Local::new().set_on::<ec2::Instance>(path, value), ..base.clone() };
    check(
        "instance",
        &[
            ("base", base.clone()),
            ("another zone", Network { nat_zone: "b", ..base.clone() }),
            ("back", base.clone()),
            ("another architecture", arm),
            ("a pinned image", pinned("ami-0123456789abcdef0")),
            ("another image", pinned("ami-0123456789abcdef1")),
            ("the newest image", base.clone()),
            ("user data", overridden("user_data", "#!/bin/bash\n")),
            ("the library's user data", base.clone()),
            ("a key", overridden("key_name", "admin")),
            (
                "the group",
                Network { local: Local::new().set_on::<ec2::SecurityGroup>("description", "another"), ..base.clone() },
            ),
            ("the public subnets", Network { public: 5, ..base.clone() }),
            ("the VPC", Network { cidr: "10.9.0.0/16", ..base }),
        ],
    )
}

#[test]
#[ignore = "needs Terraform"]
fn several_changes_at_once_make_no_cycle() -> Result<()> {
    let [none, instance, single, each] =
        [NatStrategy::None, instance(), NatStrategy::SingleGateway, NatStrategy::GatewayPerZone].map(Network::new);
    let apart = |network: &Network| Network { public: 5, cidr: "10.9.0.0/16", ..network.clone() };
    let subnets = |network: &Network| Network { public: 5, nat_zone: "b", ..network.clone() };
    check(
        "at-once",
        &[
            ("each", each.clone()),
            ("each to none with other subnets", subnets(&none)),
            ("none to each with other subnets", each.clone()),
            ("each to single with other subnets", subnets(&single)),
            ("single to instance with other subnets", instance.clone()),
            ("instance to single in another VPC", apart(&single)),
            ("single to each in another VPC", each),
            ("each to instance in another VPC", apart(&instance)),
            ("instance to none in another VPC", none),
        ],
    )
}

#[test]
#[ignore = "needs Terraform"]
fn every_change_of_gateways_creates_first_and_deletes_last() -> Result<()> {
    let single = Network::new(NatStrategy::SingleGateway);
    let each = Network::new(NatStrategy::GatewayPerZone);
    check(
        "gateways",
        &[
            ("base", single.clone()),
            ("another zone", Network { nat_zone: "b", ..single.clone() }),
            ("the public subnets", Network { public: 5, ..single.clone() }),
            ("the VPC", Network { cidr: "10.9.0.0/16", ..single }),
            ("a gateway in each zone", each.clone()),
            ("the public subnets of each", Network { public: 5, ..each.clone() }),
            ("the VPC of each", Network { cidr: "10.9.0.0/16", ..each }),
        ],
    )
}
