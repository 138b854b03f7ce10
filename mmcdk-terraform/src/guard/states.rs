//! States: the one that was planned against, and those that are read.

use serde_json::{Map, Value as Json};

use crate::backend::{BackendConfig, StateAddress};

use super::Guard;
use super::subject::{Role, Subject};
use super::violation::{Found, Violation, ViolationKind};

impl Guard {
    /// The initialised backend against the expected one.
    pub(super) fn check_state(&self, backend: Option<&BackendConfig>, found: &mut Found) {
        let Some(expected) = &self.state else { return };
        let violation = |kind, attribute: &str, what: String, remedy: &str| {
            Violation::new("backend", kind, attribute, what).expected(format!("the state {expected}")).remedy(remedy)
        };
        const INIT: &str = "initialise the folder for this environment (terraform init -reconfigure), select its \
            workspace, then plan again";
        let Some(backend) = backend else {
            // Without a backend block nothing is initialised, and the state is a file beside the configuration.
            if let StateAddress::S3 { .. } = expected {
                found.add(violation(
                    ViolationKind::UnknownState,
                    "",
                    "no initialised backend was found".into(),
                    "give the file .terraform/terraform.tfstate of the folder that was planned in",
                ));
            }
            return;
        };
        let (attribute, what) = match (backend.address(), expected) {
            (Some(address), expected) if address == *expected => return,
            (Some(StateAddress::S3 { bucket, key }), StateAddress::S3 { bucket: expected, .. })
                if bucket == *expected =>
            {
                ("key", key)
            }
            (Some(address), _) => ("", address.to_string()),
            (None, _) => ("", format!("a backend of type {:?}", backend.kind())),
        };
        found.add(violation(ViolationKind::ForeignState, attribute, what, INIT));
    }

    /// What a `terraform_remote_state` reads.
    pub(super) fn check_remote_state(&self, subject: &Subject<'_>, found: &mut Found) {
        if !subject.is_remote_state() || subject.role != Role::Data {
            return;
        }
        let backend = subject.text("backend").unwrap_or_default();
        let address = address_of(subject.value);
        let of = address.as_ref().and_then(|address| self.other(|other| other.states.contains(address)));
        let readable = match (&self.readable_states, &address) {
            (_, Some(address)) if self.imported_states.contains(address) => true,
            _ if of.is_some() => false,
            (None, _) => true,
            (Some(readable), Some(address)) => readable.contains(address),
            (Some(_), None) => false,
        };
        if readable {
            return;
        }
        let what = address.map_or(format!("a state in {backend:?} that is not known"), |address| address.to_string());
        let readable: Vec<String> =
            self.readable_states.iter().flatten().chain(&self.imported_states).map(ToString::to_string).collect();
        found.add(
            Violation::new(subject.address, ViolationKind::ForeignRead, "config", what)
                .expected(match readable.as_slice() {
                    [] => format!("no state of another environment than {:?}", self.environment),
                    readable => format!("one of {}", readable.join(", ")),
                })
                .remedy(match of {
                    Some(other) => {
                        format!("import from the stack of {other:?} in the program, if it is applied earlier")
                    }
                    None => "read the stack of this environment, or one that all environments share".into(),
                }),
        );
    }

    /// Whether a subject is a state of another environment that the program imports from, so that neither where it is
    /// nor what it says is foreign.
    pub(super) fn is_imported(&self, subject: &Subject<'_>) -> bool {
        let imported = |address: &StateAddress| self.imported_states.contains(address);
        subject.is_remote_state() && address_of(subject.value).as_ref().is_some_and(imported)
    }
}

/// The data source that reads the outputs of another state.
pub(super) const REMOTE_STATE: &str = "terraform_remote_state";

/// Where the state is that a `terraform_remote_state` with those values reads.
pub(super) fn address_of(values: &Json) -> Option<StateAddress> {
    let none = Map::new();
    let text = |name: &str| values.get(name).and_then(Json::as_str);
    let config = values.get("config").and_then(Json::as_object).unwrap_or(&none);
    StateAddress::of(text("backend")?, config, text("workspace"))
}
