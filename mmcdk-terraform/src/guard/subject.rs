//! What the checks look at: every value of a plan, with the address it is of.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value as Json;

use crate::plan::{Action, Plan, ResourceChange, ResourceMode};

/// One value of a plan.
pub(super) struct Subject<'a> {
    pub(super) address: String,
    /// Empty for outputs and providers.
    pub(super) terraform_type: &'a str,
    pub(super) role: Role<'a>,
    pub(super) value: Cow<'a, Json>,
    /// Where the value is secret.
    pub(super) sensitive: &'a Json,
}

/// What a value is in a plan.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role<'a> {
    /// A resource as it is.
    Before,
    /// A resource as it is to be, with what is known only afterwards.
    After(&'a Json),
    /// The id by which a resource is imported.
    Import,
    /// A data source.
    Data,
    /// An output.
    Output,
    /// The configuration of a provider.
    Provider { aws: bool, aliased: bool },
}

/// A text in a value.
pub(super) struct Leaf<'a> {
    /// The path to it: `tags.Environment`.
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) sensitive: bool,
}

impl Leaf<'_> {
    /// The text, or what stands for a secret one.
    pub(super) fn shown<'a>(&self, text: &'a str) -> &'a str {
        if self.sensitive { "(sensitive value)" } else { text }
    }
}

impl<'a> Subject<'a> {
    /// Every value of the plan, in its order.
    pub(super) fn all(plan: &'a Plan) -> Vec<Self> {
        let mut subjects = Vec::new();
        for (key, provider) in &plan.providers {
            subjects.push(Self {
                address: format!("provider.{key}"),
                terraform_type: "",
                role: Role::Provider { aws: provider.is_aws(), aliased: provider.alias.is_some() },
                value: Cow::Owned(Json::Object(provider.constants.clone())),
                sensitive: &Json::Null,
            });
        }
        let deferred = plan.deferred_changes.iter().map(|deferred| &deferred.resource_change);
        for change in plan.resource_changes.iter().chain(deferred) {
            subjects.extend(Self::of_change(change));
        }
        // With -target the plan leaves out changes, but not what the state holds. Data sources have no change at all
        // once they are read.
        let changed: HashSet<_> = plan
            .resource_changes
            .iter()
            .map(|change| (change.previous_address.as_ref().unwrap_or(&change.address), &change.deposed))
            .collect();
        for resource in &plan.prior_resources {
            if !changed.contains(&(&resource.address, &resource.deposed)) {
                subjects.push(Self {
                    address: resource.address.clone(),
                    terraform_type: &resource.terraform_type,
                    role: if resource.mode == ResourceMode::Data { Role::Data } else { Role::Before },
                    value: Cow::Borrowed(&resource.values),
                    sensitive: &resource.sensitive_values,
                });
            }
        }
        for (name, change) in &plan.output_changes {
            for (value, sensitive) in
                [(&change.before, &change.before_sensitive), (&change.after, &change.after_sensitive)]
            {
                subjects.push(Self {
                    address: format!("output.{name}"),
                    terraform_type: "",
                    role: Role::Output,
                    value: Cow::Borrowed(value),
                    sensitive,
                });
            }
        }
        subjects
    }

    fn of_change(change: &'a ResourceChange) -> Vec<Self> {
        let subject = |role, value, sensitive| Self {
            address: match &change.deposed {
                Some(key) => format!("{} (deposed {key})", change.address),
                None => change.address.clone(),
            },
            terraform_type: &change.terraform_type,
            role: if change.mode == ResourceMode::Data { Role::Data } else { role },
            value,
            sensitive,
        };
        let what = &change.change;
        let mut subjects = Vec::new();
        if let Some(id) = what.importing.as_ref().and_then(|importing| importing.id.as_deref()) {
            subjects.push(subject(Role::Import, Cow::Owned(Json::from(id)), &Json::Null));
        }
        if !what.before.is_null() {
            subjects.push(subject(Role::Before, Cow::Borrowed(&what.before), &what.before_sensitive));
        }
        // Nothing is to be where something is only forgotten, and nothing new where nothing happens; but what is there
        // must be tagged.
        if !what.after.is_null() && what.action != Action::Forget {
            subjects.push(subject(Role::After(&what.after_unknown), Cow::Borrowed(&what.after), &what.after_sensitive));
        }
        subjects
    }

    /// Calls `see` with every text, and with every key of a map.
    pub(super) fn leaves(&self, see: &mut dyn FnMut(Leaf<'_>)) {
        let start = if self.role == Role::Import { "importing.id" } else { "" };
        walk(&self.value, Some(self.sensitive), &mut start.to_owned(), see);
    }

    /// The text of an argument or attribute.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }
}

fn walk(value: &Json, marks: Option<&Json>, path: &mut String, see: &mut dyn FnMut(Leaf<'_>)) {
    let secret = matches!(marks, Some(Json::Bool(true)));
    let below = |step: &dyn Fn(&Json) -> Option<&Json>| if secret { marks } else { marks.and_then(step) };
    let length = path.len();
    match value {
        Json::String(text) => see(Leaf { path, text, sensitive: secret }),
        Json::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                walk(element, below(&|marks| marks.get(index)), path, see);
                path.truncate(length);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                // A key of a map may be a name too: kubernetes.io/cluster/MM-dev-use1-eks-main.
                see(Leaf { path, text: name, sensitive: false });
                walk(member, below(&|marks| marks.get(name)), path, see);
                path.truncate(length);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_text_is_seen_with_its_path_and_whether_it_is_secret() {
        let (value, sensitive) =
            (json!({"a": ["x", {"b": "y"}], "c": {"d": "z", "e": 1}}), json!({"a": [false, {"b": true}], "c": true}));
        let subject = Subject {
            address: "a".into(),
            terraform_type: "t",
            role: Role::Before,
            value: Cow::Owned(value),
            sensitive: &sensitive,
        };
        let mut seen = Vec::new();
        subject.leaves(&mut |leaf| {
            seen.push(format!("{}={}{}", leaf.path, leaf.text, if leaf.sensitive { "!" } else { "" }))
        });
        assert_eq!(seen, ["a=a", "a[0]=x", "a[1].b=b", "a[1].b=y!", "c=c", "c.d=d", "c.d=z!", "c.e=e"]);
    }
}
