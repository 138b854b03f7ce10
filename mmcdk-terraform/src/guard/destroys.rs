//! What is destroyed and may not be.

use crate::plan::{Action, ResourceChange};

use super::Guard;
use super::violation::{Found, Violation, ViolationKind};

impl Guard {
    pub(super) fn check_destroy(&self, change: &ResourceChange, found: &mut Found) {
        let protected = self.refuse_destroy || self.stateful.contains(&change.terraform_type);
        let previous = change.previous_address.as_deref();
        let allowed = |address: &str| self.allow_destroy.contains(address);
        if !protected || !change.change.action.destroys() || allowed(&change.address) || previous.is_some_and(allowed) {
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
