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
    /// A resource as it is, with what it is to be: `null` where it goes or nothing is planned.
    ///
    /// It is judged by what speaks for another environment alone, not by what the program no longer has: else what is
    /// taken out of the program could never be destroyed.
    Before(&'a Json),
    /// A resource as it is to be, with what is known only afterwards.
    After(&'a Json),
    /// The id by which a resource is imported.
    Import,
    /// A data source.
    Data,
    /// An output.
    Output,
    /// What an action is invoked with.
    Invocation,
    /// The configuration of a provider.
    Provider { aws: bool, aliased: bool },
}

/// A value in a subject.
pub(super) struct Node<'a> {
    /// The path to it: `root_block_device[0]`.
    pub(super) path: &'a str,
    pub(super) value: &'a Json,
    /// What in it is secret.
    marks: Option<&'a Json>,
}

/// A text in a subject.
pub(super) struct Text<'a> {
    /// The path to it: `tags.Environment`.
    pub(super) path: Cow<'a, str>,
    pub(super) text: &'a str,
    secret: bool,
}

impl<'a> Subject<'a> {
    /// Every value of the plan, in its order.
    ///
    /// What is only forgotten is none of them: so things of another environment leave a state without being touched.
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
                    role: if resource.mode == ResourceMode::Data { Role::Data } else { Role::Before(&Json::Null) },
                    value: Cow::Borrowed(&resource.values),
                    sensitive: &resource.sensitive_values,
                });
            }
        }
        let deferred = plan.deferred_action_invocations.iter().map(|deferred| &deferred.action_invocation);
        for invocation in plan.action_invocations.iter().chain(deferred) {
            subjects.push(Self {
                address: invocation.address.clone(),
                terraform_type: &invocation.action_type,
                role: Role::Invocation,
                value: Cow::Borrowed(&invocation.config_values),
                sensitive: &invocation.config_sensitive,
            });
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
        if what.action == Action::Forget {
            return Vec::new();
        }
        let mut subjects = Vec::new();
        if let Some(id) = what.importing.as_ref().and_then(|importing| importing.id.as_deref()) {
            subjects.push(subject(Role::Import, Cow::Owned(Json::from(id)), &Json::Null));
        }
        if !what.before.is_null() {
            subjects.push(subject(Role::Before(&what.after), Cow::Borrowed(&what.before), &what.before_sensitive));
        }
        if !what.after.is_null() {
            subjects.push(subject(Role::After(&what.after_unknown), Cow::Borrowed(&what.after), &what.after_sensitive));
        }
        subjects
    }

    /// Whether it can be tagged, as far as it tells.
    pub(super) fn is_taggable(&self) -> bool {
        let unknown = if let Role::After(unknown) = self.role { Some(unknown) } else { None };
        // Instead of a map of tags it has a block for each.
        self.terraform_type == "aws_autoscaling_group"
            || self.value.get("tags_all").is_some()
            || unknown.is_some_and(|unknown| unknown.get("tags_all").is_some())
    }

    /// Whether it is the state of another stack.
    pub(super) fn is_remote_state(&self) -> bool {
        self.role == Role::Data && self.terraform_type == "terraform_remote_state"
    }

    /// The same without one of its arguments or attributes.
    pub(super) fn without(mut self, name: &str) -> Self {
        if let Json::Object(members) = self.value.to_mut() {
            members.remove(name);
        }
        self
    }

    /// Calls `see` with every value in it, from the whole to its parts.
    pub(super) fn nodes(&self, see: &mut dyn FnMut(Node<'_>)) {
        let Node { path, value, marks } = self.whole();
        walk(value, marks, &mut path.to_owned(), see);
    }

    /// Calls `see` with every text, and with every key of a map.
    pub(super) fn leaves(&self, see: &mut dyn FnMut(Text<'_>)) {
        self.nodes(&mut |node| match node.value {
            Json::String(text) => see(Text { path: node.path.into(), text, secret: is_secret(node.marks) }),
            // A key of a map may be a name too: kubernetes.io/cluster/MM-dev-use1-eks-main.
            Json::Object(members) => {
                for name in members.keys() {
                    see(Text { path: node.path_of(&[name]).into(), text: name, secret: false });
                }
            }
            _ => {}
        });
    }

    /// The text of an argument or attribute.
    pub(super) fn text(&self, name: &str) -> Option<Text<'_>> {
        self.whole().text(&[name])
    }

    /// All of it as one value.
    pub(super) fn whole(&self) -> Node<'_> {
        let path = if self.role == Role::Import { "importing.id" } else { "" };
        Node { path, value: &self.value, marks: Some(self.sensitive) }
    }
}

impl<'a> Node<'a> {
    /// The text at those steps below.
    pub(super) fn text(&self, steps: &[&str]) -> Option<Text<'a>> {
        let (mut value, mut marks) = (self.value, self.marks);
        for step in steps {
            marks = below(marks, &|marks| marks.get(step));
            value = value.get(step)?;
        }
        let text = value.as_str()?;
        Some(Text { path: self.path_of(steps).into(), text, secret: is_secret(marks) })
    }

    /// The texts of a list.
    pub(super) fn texts(&self, name: &str) -> Vec<Text<'a>> {
        let marks = below(self.marks, &|marks| marks.get(name));
        let elements = self.value.get(name).and_then(Json::as_array).into_iter().flatten().enumerate();
        let texts = elements.filter_map(|(index, element)| {
            let secret = is_secret(below(marks, &|marks| marks.get(index)));
            let path = format!("{}[{index}]", self.path_of(&[name]));
            Some(Text { path: path.into(), text: element.as_str()?, secret })
        });
        texts.collect()
    }

    fn path_of(&self, steps: &[&str]) -> String {
        let mut path = self.path.to_owned();
        steps.iter().for_each(|step| push(&mut path, step));
        path
    }
}

impl<'a> Text<'a> {
    /// A part of the text, or what stands for a secret one.
    pub(super) fn shown(&self, part: &'a str) -> &'a str {
        if self.secret { "(sensitive value)" } else { part }
    }
}

fn walk(value: &Json, marks: Option<&Json>, path: &mut String, see: &mut dyn FnMut(Node<'_>)) {
    see(Node { path, value, marks });
    let length = path.len();
    match value {
        Json::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                walk(element, below(marks, &|marks| marks.get(index)), path, see);
                path.truncate(length);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                push(path, name);
                walk(member, below(marks, &|marks| marks.get(name)), path, see);
                path.truncate(length);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The marks of what is one step below: where all of it is secret, so is every part.
fn below<'a>(marks: Option<&'a Json>, step: &dyn Fn(&'a Json) -> Option<&'a Json>) -> Option<&'a Json> {
    if is_secret(marks) { marks } else { marks.and_then(step) }
}

fn is_secret(marks: Option<&Json>) -> bool {
    matches!(marks, Some(Json::Bool(true)))
}

fn push(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
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
            role: Role::Before(&Json::Null),
            value: Cow::Owned(value),
            sensitive: &sensitive,
        };
        let mut seen = Vec::new();
        subject.leaves(&mut |leaf| {
            seen.push(format!("{}={}{}", leaf.path, leaf.text, if leaf.secret { "!" } else { "" }))
        });
        assert_eq!(seen, ["a=a", "c=c", "a[0]=x", "a[1].b=b", "a[1].b=y!", "c.d=d", "c.e=e", "c.d=z!"]);
    }
}
