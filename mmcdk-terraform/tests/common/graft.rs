//! Guards of the reference environments, and plans with one foreign thing grafted on.

use mmcdk_terraform::{BackendConfig, Guard, OtherEnvironment, Plan, StateAddress, Violation, ViolationKind};
use serde_json::{Value as Json, json};

use super::json;

/// Types that hold what cannot be made again.
const STATEFUL: [(&str, &str); 2] =
    [("aws_s3_bucket", "its objects are gone with it"), ("aws_cloudwatch_log_group", "its events are gone with it")];

/// What the program of an environment says; of the other one only where `knows`.
pub fn guard_of(environment: &str, knows: bool) -> Guard {
    let facts = |environment: &str| match environment {
        "prod" => ("444455556666", "10.2.0.0/16", "MM-prod-use1-*"),
        _ => ("111122223333", "10.1.0.0/16", "MM-dev-use1-*"),
    };
    let state =
        |environment: &str| StateAddress::s3("mm-terraform-state", format!("{environment}/network/terraform.tfstate"));
    let (account, cidr, names) = facts(environment);
    let guard = Guard::new(environment)
        .account(account)
        .regions(["us-east-1"])
        .cidrs([cidr])
        .unwrap()
        .names([names])
        .convention(["MM-*-use1-*"])
        .state(state(environment))
        .readable_states([state(environment)])
        .stateful(STATEFUL);
    if !knows {
        return guard;
    }
    let other = if environment == "prod" { "dev" } else { "prod" };
    let (account, cidr, names) = facts(other);
    let other = OtherEnvironment::new(other).accounts([account]).names([names]).states([state(other)]);
    guard.other_environment(other.cidrs([cidr]).unwrap())
}

pub fn backend_of(environment: &str) -> BackendConfig {
    let config = json!({"bucket": "mm-terraform-state", "key": format!("{environment}/network/terraform.tfstate")});
    let file = json!({"version": 3, "backend": {"type": "s3", "config": config}});
    BackendConfig::from_json(file.to_string().as_bytes()).unwrap()
}

pub fn told(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("{violation}\n")).collect()
}

/// A plan of dev with one thing changed.
pub struct Graft {
    pub plan: Json,
    pub backend: Option<BackendConfig>,
}

impl Graft {
    pub fn on(name: &str) -> Self {
        Self { plan: json(name), backend: Some(backend_of("dev")) }
    }

    pub fn change(&mut self, address: &str) -> &mut Json {
        let changes = self.plan["resource_changes"].as_array_mut().unwrap();
        changes.iter_mut().find(|change| change["address"] == address).expect("there is such a change")
    }

    pub fn set(mut self, address: &str, attribute: &str, value: impl Into<Json>) -> Self {
        let change = &mut self.change(address)["change"];
        let value = value.into();
        for when in ["before", "after"] {
            if change[when].is_object() {
                *change[when].pointer_mut(attribute).unwrap_or_else(|| panic!("{address} has no {attribute}")) =
                    value.clone();
            }
        }
        self
    }

    pub fn put(mut self, address: &str, when: &str, attribute: &str, value: impl Into<Json>) -> Self {
        self.change(address)["change"][when][attribute] = value.into();
        self
    }

    pub fn replace(mut self, address: &str, from: &str, to: &str) -> Self {
        let change = self.change(address);
        let text = change.to_string();
        assert!(text.contains(from), "{address} has no {from}");
        *change = serde_json::from_str(&text.replace(from, to)).unwrap();
        self
    }

    pub fn also(mut self, change: Json) -> Self {
        push(&mut self.plan["resource_changes"], change);
        self
    }

    pub fn top(mut self, pointer: &str, value: Json) -> Self {
        *self.plan.pointer_mut(pointer).unwrap_or_else(|| panic!("the plan has no {pointer}")) = value;
        self
    }

    pub fn reads(mut self, config: Json) -> Self {
        let read = json!({
            "address": "data.terraform_remote_state.network",
            "mode": "data",
            "type": "terraform_remote_state",
            "name": "network",
            "values": {"backend": "s3", "config": config, "outputs": {}},
        });
        push(&mut self.plan["prior_state"]["values"]["root_module"]["resources"], read);
        self
    }

    pub fn data(mut self, kind: &str, values: Json) -> Self {
        let address = format!("data.{kind}.x");
        let read = json!({"address": address, "mode": "data", "type": kind, "name": "x", "values": values});
        push(&mut self.plan["prior_state"]["values"]["root_module"]["resources"], read);
        self
    }

    pub fn backend(mut self, backend: Option<BackendConfig>) -> Self {
        self.backend = backend;
        self
    }

    #[track_caller]
    pub fn check(self, guard: &Guard, expected: &[(&str, ViolationKind, &str)]) {
        let plan = Plan::from_json(self.plan.to_string().as_bytes()).unwrap();
        let violations = guard.check(&plan, self.backend.as_ref());
        let found: Vec<_> = violations
            .iter()
            .map(|violation| (violation.address.as_str(), violation.kind, violation.found.as_str()))
            .collect();
        assert_eq!(found, expected, "\n{}", told(&violations));
        for violation in &violations {
            assert!(!violation.expected.is_empty() && !violation.remedy.is_empty(), "{violation}");
        }
    }
}

/// Adds an element to a list, also to one that is not there yet.
fn push(list: &mut Json, element: Json) {
    match list {
        Json::Array(elements) => elements.push(element),
        _ => *list = json!([element]),
    }
}

pub fn noop(address: &str, kind: &str, values: Json) -> Json {
    json!({
        "address": address, "mode": "managed", "type": kind, "name": "x",
        "change": {"actions": ["no-op"], "before": values, "after": values, "after_unknown": {}},
    })
}
