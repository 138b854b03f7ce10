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

    pub(super) fn check_destroy(&self, change: &ResourceChange, found: &mut Found) {
        let protected = self.refuse_destroy || self.stateful.contains(&change.terraform_type);
        let previous = change.previous_address.as_deref();
        let allowed = |address: &str| self.allow_destroy.contains(address);
        // A data source is only read.
        let destroys = change.change.destroys() && change.mode != ResourceMode::Data;
        if !protected || !destroys || allowed(&change.address) || previous.is_some_and(allowed) {
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
        let expected = match self.stateful.contains(&change.terraform_type) {
            true => format!("that {} stays, with what it holds", change.terraform_type),
            false => "that nothing is destroyed".into(),
        };
        let address = match &change.deposed {
            Some(key) => format!("{} (deposed {key})", change.address),
            None => change.address.clone(),
        };
        found.add(
            Violation::new(&address, ViolationKind::Destroy, "", what)
                .expected(expected)
                .remedy(format!("if it may go with all it holds, allow it by its address: {}", change.address)),
        );
    }
}

/// A path such as `["root_block_device",0,"encrypted"]` as `root_block_device.0.encrypted`.
fn path(steps: &serde_json::Value) -> String {
    let steps = steps.as_array().into_iter().flatten();
    let texts: Vec<String> = steps.map(|step| step.as_str().map_or(step.to_string(), str::to_owned)).collect();
    texts.join(".")
}
