//! What is destroyed and may not be, and what is done that nobody knows.

use crate::plan::{Action, Plan, ResourceChange, ResourceMode};

use super::Guard;
use super::violation::{Found, Violation, ViolationKind};

impl Guard {
    pub(super) fn check_actions(&self, plan: &Plan, found: &mut Found) {
        let deferred = plan.deferred_changes.iter().map(|deferred| &deferred.resource_change);
        let resources = plan.resource_changes.iter().chain(deferred);
        let resources = resources.map(|change| (change.address.clone(), &change.change.action));
        let outputs = plan.output_changes.iter().map(|(name, change)| (format!("output.{name}"), &change.action));
        for (address, action) in resources.chain(outputs).filter(|(_, action)| !action.is_known()) {
            let words = match action.to_string() {
                words if words.is_empty() => "there is none".into(),
                words => words,
            };
            found.add(
                Violation::new(&address, ViolationKind::UnknownAction, "", words)
                    .expected("an action such as create, update or delete")
                    .remedy("plan with a version of Terraform that this version of mmcdk knows, or use a newer mmcdk"),
            );
        }
    }

    /// What is imported by an id that is known only afterwards: whose that is cannot be judged.
    pub(super) fn check_imports(&self, plan: &Plan, found: &mut Found) {
        let imports = |change: &&ResourceChange| change.change.importing.as_ref().is_some_and(|import| import.unknown);
        for change in plan.resource_changes.iter().filter(imports) {
            found.add(
                Violation::new(
                    &change.shown_address(),
                    ViolationKind::Unreadable,
                    "importing",
                    "it is known only after applying",
                )
                .expected("an id that is written out")
                .remedy("import it by a literal id, or after what the id comes from was applied"),
            );
        }
    }

    /// Something that is destroyed, replaced or left over from a replacement. What is forgotten stays as it is.
    pub(super) fn check_destroy(&self, change: &ResourceChange, found: &mut Found) {
        let Some(protected) = self.protects(&change.terraform_type) else { return };
        // A data source is only read.
        if !change.change.destroys() || change.mode == ResourceMode::Data || self.may_go(change, &protected) {
            return;
        }
        let mut what = match change.change.action {
            Action::Replace { .. } => "it is destroyed and created again".to_owned(),
            _ => "it is destroyed".to_owned(),
        };
        if let Some(reason) = &change.action_reason {
            what += &format!(" ({})", reason.replace('_', " "));
        }
        if !change.change.replace_paths.is_empty() {
            let paths: Vec<String> = change.change.replace_paths.iter().map(path).collect();
            what += &format!(", because of {}", paths.join(", "));
        }
        let (terraform_type, address) = (&change.terraform_type, &change.address);
        let (expected, remedy) = match protected {
            Protected::Data(reason) => (
                format!("that {terraform_type} stays: {reason}"),
                format!("if it may go with all it holds, allow it by its address: --allow-destroy {address}"),
            ),
            Protected::Foundation(reason) => (
                format!("that {terraform_type} stays: {reason}"),
                format!(
                    "if it may go, allow it by its address: --allow-destroy {address}; if it only has another address \
                     in the program now, add a moved block: raw_block(\"moved\", …)"
                ),
            ),
            Protected::Unknown => (
                format!("that {terraform_type} stays, since mmcdk does not know what it holds"),
                format!("if it may go, allow it by its address: --allow-destroy {address}"),
            ),
            Protected::Anything => (
                "that nothing is destroyed".into(),
                format!("if it may go, allow it by its address: --allow-destroy {address}"),
            ),
        };
        found.add(
            Violation::new(&change.shown_address(), ViolationKind::Destroy, "", what).expected(expected).remedy(remedy),
        );
    }

    fn protects(&self, terraform_type: &str) -> Option<Protected<'_>> {
        let unknown = || self.known_types.as_ref().is_some_and(|known| !known.contains(terraform_type));
        let data = self.stateful.get(terraform_type).map(|reason| Protected::Data(reason));
        data.or_else(|| self.foundation.get(terraform_type).map(|reason| Protected::Foundation(reason)))
            .or_else(|| unknown().then_some(Protected::Unknown))
            .or_else(|| self.refuse_destroy.then_some(Protected::Anything))
    }

    /// Whether somebody allowed it, by its address here or the one it has in the state.
    fn may_go(&self, change: &ResourceChange, protected: &Protected<'_>) -> bool {
        let mut addresses = [Some(change.address.as_str()), change.previous_address.as_deref()].into_iter().flatten();
        addresses.any(|address| {
            let by_pattern = || self.allow_destroy_matching.iter().any(|pattern| pattern.names(address));
            // What holds data, or may hold it, is named one by one.
            let by_address_alone = matches!(protected, Protected::Data(_) | Protected::Unknown);
            self.allow_destroy.contains(address) || !by_address_alone && by_pattern()
        })
    }
}

/// Why something may not be destroyed.
enum Protected<'g> {
    /// It holds data.
    Data(&'g str),
    /// It holds the environment together.
    Foundation(&'g str),
    /// Nobody knows.
    Unknown,
    /// Nothing may be destroyed.
    Anything,
}

/// A path such as `["root_block_device",0,"encrypted"]` as `root_block_device.0.encrypted`.
fn path(steps: &serde_json::Value) -> String {
    let steps = steps.as_array().into_iter().flatten();
    let texts: Vec<String> = steps.map(|step| step.as_str().map_or(step.to_string(), str::to_owned)).collect();
    texts.join(".")
}
