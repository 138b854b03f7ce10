//! States: the one that was planned against, and those that are read.

use serde_json::{Map, Value as Json};

use crate::backend::{BackendConfig, StateAddress};

use super::Guard;
use super::subject::Subject;
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
        if !subject.is_remote_state() {
            return;
        }
        let none = Map::new();
        let config = subject.value.get("config").and_then(Json::as_object).unwrap_or(&none);
        let text = |name: &str| subject.text(name).map(|text| text.text);
        let backend = text("backend").unwrap_or_default();
        let address = StateAddress::of(backend, config, text("workspace"));
        let of = address.as_ref().and_then(|address| self.other(|other| other.states.contains(address)));
        let readable = match (&self.readable_states, &address) {
            _ if of.is_some() => false,
            (None, _) => true,
            (Some(readable), Some(address)) => readable.contains(address),
            (Some(_), None) => false,
        };
        if readable {
            return;
        }
        let what = address.map_or(format!("a state in {backend:?} that is not known"), |address| address.to_string());
        found.add(
            Violation::new(&subject.address, ViolationKind::ForeignRead, "config", what)
                .expected(match self.readable_states.as_deref() {
                    None | Some([]) => format!("no state of another environment than {:?}", self.environment),
                    Some(readable) => {
                        let readable: Vec<String> = readable.iter().map(ToString::to_string).collect();
                        format!("one of {}", readable.join(", "))
                    }
                })
                .remedy("read the stack of this environment, or one that all environments share"),
        );
    }
}
