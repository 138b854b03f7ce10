//! The order of the checks.

use crate::backend::BackendConfig;
use crate::plan::{Plan, ResourceMode, WrittenOut};

use super::Guard;
use super::imported::Imported;
use super::inspect::Inspector;
use super::names::Names;
use super::subject::{self, Role, Subject, Visit};
use super::violation::{Found, Violation, ViolationKind, without_keys};

impl Guard {
    /// Everything in the plan that is not of this environment, in the order of the plan; nothing if the plan may be
    /// applied.
    ///
    /// `backend` is the initialised backend of the folder that was planned in, which the plan does not tell. Without
    /// it, an expected state in S3 is a violation too: a guard that skips what it cannot see is none.
    pub fn check(&self, plan: &Plan, backend: Option<&BackendConfig>) -> Vec<Violation> {
        let mut found = Found::default();
        if plan.errored {
            found.add(
                Violation::new("plan", ViolationKind::Errored, "", "planning stopped at an error")
                    .expected("a whole plan")
                    .remedy("a part of a plan cannot be judged: mend what terraform plan reports, then plan again"),
            );
        }
        self.check_state(backend, &mut found);
        let (names, imported) = (Names::of(self), Imported::of(self, plan));
        subject::visit(plan, &mut |visit| match visit {
            Visit::Subject(subject) => self.inspect(&subject, &names, &imported, &mut found),
            Visit::Unreadable(address) => found.add(unreadable(address)),
        });
        self.check_configuration(plan, &names, &imported, &mut found);
        self.check_actions(plan, &mut found);
        self.check_imports(plan, &mut found);
        for change in &plan.resource_changes {
            self.check_destroy(change, &mut found);
        }
        self.check_overlaps(plan, &mut found);
        found.into_violations()
    }

    fn inspect(&self, subject: &Subject<'_>, names: &Names<'_>, imported: &Imported, found: &mut Found) {
        if self.is_imported(subject) {
            return;
        }
        // What all environments share tells of all of them in its outputs. Which states may be read is checked.
        let without = (subject.is_remote_state() && self.readable_states.is_some()).then_some("outputs");
        Inspector { guard: self, names, imported, subject, found }.inspect(without);
    }

    /// What is written out in the configuration, and only there: provisioners, defaults, and arguments that are ignored.
    fn check_configuration(&self, plan: &Plan, names: &Names<'_>, imported: &Imported, found: &mut Found) {
        for part in &plan.configuration.parts {
            let Ok(WrittenOut { address, mode, terraform_type, value }) = part.written_out() else {
                found.add(unreadable("configuration"));
                continue;
            };
            let role = Role::Configured { data: mode == ResourceMode::Data };
            let subject =
                |marks| Subject { address: &address, terraform_type: &terraform_type, role, value: &value, marks };
            let mut here = Found::default();
            self.inspect(&subject(&serde_json::Value::Null), names, imported, &mut here);
            if here.is_empty() {
                continue;
            }
            // The configuration does not tell what is secret; a resource that is made of it does.
            let resource = plan.resource_changes.iter().find(|change| without_keys(&change.address) == address);
            let marks = resource.and_then(|resource| resource.change.after_sensitive.value().ok()).unwrap_or_default();
            let mut here = Found::default();
            self.inspect(&subject(&marks), names, imported, &mut here);
            here.into_violations().into_iter().for_each(|violation| found.add_configured(violation));
        }
    }
}

fn unreadable(address: &str) -> Violation {
    Violation::new(address, ViolationKind::Unreadable, "", "a value of it cannot be read")
        .expected("JSON as Terraform writes it")
        .remedy("write the plan again: terraform show -json plan.out > plan.json")
}
