//! What the checks look at: every value of a plan, with the address it is of.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::plan::{Action, Importing, JsonText, Plan, ResourceChange, ResourceMode};

use super::inspect;
use super::states;

/// One value of a plan.
pub(super) struct Subject<'a> {
    pub(super) address: &'a str,
    /// Empty for outputs, variables and providers.
    pub(super) terraform_type: &'a str,
    pub(super) role: Role<'a>,
    pub(super) value: &'a Json,
    /// What in it is secret.
    pub(super) marks: &'a Json,
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
    /// The id or the identity by which a resource is imported.
    Import,
    /// A data source.
    Data,
    /// An output.
    Output,
    /// A variable.
    Variable,
    /// What an action is invoked with.
    Invocation,
    /// What is written out in the configuration of a data source, or of something else.
    Configured { data: bool },
    /// The configuration of a provider.
    Provider { aws: bool, aliased: bool },
}

/// What [`visit`] comes upon.
pub(super) enum Visit<'a> {
    Subject(Subject<'a>),
    /// A value at that address cannot be read.
    Unreadable(&'a str),
}

/// Every value of the plan but what is written out in the configuration, in its order.
///
/// What is only forgotten is none of them: so things of another environment leave a state without being touched.
pub(super) fn visit(plan: &Plan, see: &mut dyn FnMut(Visit<'_>)) {
    for (key, provider) in &plan.providers {
        see(Visit::Subject(Subject {
            address: &format!("provider.{key}"),
            terraform_type: "",
            role: Role::Provider { aws: provider.is_aws(), aliased: provider.alias.is_some() },
            value: &Json::Object(provider.constants.clone()),
            marks: &Json::Null,
        }));
    }
    let deferred = plan.deferred_changes.iter().map(|deferred| &deferred.resource_change);
    plan.resource_changes.iter().chain(deferred).for_each(|change| visit_change(change, see));
    // With -target the plan leaves out changes, but not what the state holds. Data sources have no change at all once
    // they are read.
    let changed: HashSet<_> = plan
        .resource_changes
        .iter()
        .map(|change| (change.previous_address.as_ref().unwrap_or(&change.address), &change.deposed))
        .collect();
    for resource in &plan.prior_resources {
        if !changed.contains(&(&resource.address, &resource.deposed)) {
            let role = if resource.mode == ResourceMode::Data { Role::Data } else { Role::Before(&Json::Null) };
            let of = (resource.address.as_str(), resource.terraform_type.as_str());
            visit_value(of, role, &resource.values, &resource.sensitive_values, see);
        }
    }
    let deferred = plan.deferred_action_invocations.iter().map(|deferred| &deferred.action_invocation);
    for invocation in plan.action_invocations.iter().chain(deferred) {
        let of = (invocation.address.as_str(), invocation.action_type.as_str());
        visit_value(of, Role::Invocation, &invocation.config_values, &invocation.config_sensitive, see);
    }
    for (name, change) in &plan.output_changes {
        let address = format!("output.{name}");
        visit_value((&address, ""), Role::Output, &change.before, &change.before_sensitive, see);
        visit_value((&address, ""), Role::Output, &change.after, &change.after_sensitive, see);
    }
    for (name, variable) in &plan.variables {
        let address = format!("var.{name}");
        match variable.value.value() {
            Ok(value) => see(Visit::Subject(Subject {
                address: &address,
                terraform_type: "",
                role: Role::Variable,
                value: &value,
                marks: &Json::Bool(plan.configuration.secret_variables.contains(name)),
            })),
            Err(_) => see(Visit::Unreadable(&address)),
        }
    }
}

fn visit_change(change: &ResourceChange, see: &mut dyn FnMut(Visit<'_>)) {
    let what = &change.change;
    if what.action == Action::Forget {
        return;
    }
    let address = &*change.shown_address();
    let of = (address, change.terraform_type.as_str());
    let role = |role| if change.mode == ResourceMode::Data { Role::Data } else { role };
    if let Some(importing) = &what.importing {
        visit_import(of, importing, see);
    }
    let same = what.before.is_written_as(&what.after);
    let parsed = [&what.after, &what.after_unknown, &what.before_sensitive, &what.after_sensitive].map(JsonText::value);
    let [Ok(after), Ok(unknown), Ok(before_marks), Ok(after_marks)] = parsed else {
        return see(Visit::Unreadable(address));
    };
    let terraform_type = of.1;
    // What stays as it is is judged as what is to be, which is the stricter of both.
    if !what.before.is_null() && !same {
        let Ok(before) = what.before.value() else { return see(Visit::Unreadable(address)) };
        let role = role(Role::Before(&after));
        see(Visit::Subject(Subject { address, terraform_type, role, value: &before, marks: &before_marks }));
    }
    if !after.is_null() {
        let marks = if same && what.after_sensitive.marks_nothing() { &before_marks } else { &after_marks };
        let role = role(Role::After(&unknown));
        see(Visit::Subject(Subject { address, terraform_type, role, value: &after, marks }));
    }
}

fn visit_import((address, terraform_type): (&str, &str), importing: &Importing, see: &mut dyn FnMut(Visit<'_>)) {
    let id = importing.id.as_deref().map(Json::from);
    let Ok(identity) = importing.identity.value() else { return see(Visit::Unreadable(address)) };
    for value in id.iter().chain([&identity]).filter(|value| !value.is_null()) {
        see(Visit::Subject(Subject { address, terraform_type, role: Role::Import, value, marks: &Json::Null }));
    }
}

fn visit_value(
    (address, terraform_type): (&str, &str),
    role: Role<'_>,
    value: &JsonText,
    marks: &JsonText,
    see: &mut dyn FnMut(Visit<'_>),
) {
    match (value.value(), marks.value()) {
        (Ok(value), Ok(marks)) => {
            see(Visit::Subject(Subject { address, terraform_type, role, value: &value, marks: &marks }));
        }
        _ => see(Visit::Unreadable(address)),
    }
}

impl<'a> Subject<'a> {
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
        let data = matches!(self.role, Role::Data | Role::Configured { data: true });
        data && self.terraform_type == states::REMOTE_STATE
    }

    /// The text of an argument or attribute.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// A part of the text of an argument, or of all of it, or what stands for a secret one.
    pub(super) fn shown(&self, name: &str, part: &str) -> String {
        let secret = inspect::is_secret(Some(self.marks)) || inspect::is_secret_below(Some(self.marks), name);
        if secret { inspect::SECRET.into() } else { part.to_owned() }
    }

    /// How the whole of it is called in messages.
    pub(super) fn root(&self) -> &'static str {
        match (self.role, self.value) {
            (Role::Import, Json::String(_)) => "importing.id",
            (Role::Import, _) => "importing.identity",
            (Role::Configured { .. }, _) => "configuration",
            _ => "",
        }
    }
}
