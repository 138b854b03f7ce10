//! Decides requests as IAM does, for the operators that the policies of this project have.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

#![allow(dead_code, reason = "each file of tests asks what it needs")]

use std::collections::BTreeMap;

use mmcdk::prelude::*;
use mmcdk::serde_json::{self, Value as Json};

/// A request: an action on a resource, and what IAM knows of it by condition keys.
#[derive(Clone, Debug)]
pub struct Request {
    action: String,
    resource: String,
    context: BTreeMap<String, Vec<String>>,
}

impl Request {
    pub fn new(action: &str, resource: &str) -> Self {
        Self { action: action.into(), resource: resource.into(), context: BTreeMap::new() }
    }

    /// What a condition key has.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.context.entry(key.to_lowercase()).or_default().push(value.into());
        self
    }

    /// A tag of the resource.
    pub fn on(self, key: &str, value: &str) -> Self {
        self.with(&format!("aws:ResourceTag/{key}"), value)
    }

    /// A tag that the request sets.
    pub fn tags(self, key: &str, value: &str) -> Self {
        self.with(&format!("aws:RequestTag/{key}"), value).with("aws:TagKeys", key)
    }

    /// The key of a tag that the request removes.
    pub fn untags(self, key: &str) -> Self {
        self.with("aws:TagKeys", key)
    }
}

/// What IAM answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// Nothing allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

/// The documents of permissions as JSON.
pub fn documents(permissions: &Permissions) -> Result<Vec<Json>> {
    let read = |document: PolicyDocument| {
        let text = document.to_value()?.literal_json().expect("the policies have no references");
        Ok(serde_json::from_str(&text).expect("a policy is JSON"))
    };
    permissions.documents()?.into_iter().map(read).collect()
}

/// The answer of identity policies.
pub fn decide(documents: &[Json], request: &Request) -> Decision {
    let statements = || documents.iter().flat_map(|document| document["Statement"].as_array().expect("it is a list"));
    let effects: Vec<&str> =
        statements().filter(|one| applies(one, request)).filter_map(|one| one["Effect"].as_str()).collect();
    match (effects.contains(&"Deny"), effects.contains(&"Allow")) {
        (true, _) => Decision::Denied,
        (false, true) => Decision::Allowed,
        (false, false) => Decision::NotAllowed,
    }
}

fn applies(statement: &Json, request: &Request) -> bool {
    let action = request.action.to_lowercase();
    list(&statement["Action"]).iter().any(|glob| fits(&glob.to_lowercase(), &action))
        && list(&statement["Resource"]).iter().any(|glob| fits(glob, &request.resource))
        && statement["Condition"].as_object().into_iter().flatten().all(|(operator, keys)| {
            let keys = keys.as_object().expect("an operator has keys");
            keys.iter().all(|(key, values)| holds(operator, request.context.get(&key.to_lowercase()), &list(values)))
        })
}

fn holds(operator: &str, present: Option<&Vec<String>>, values: &[String]) -> bool {
    let (any, operator) = match operator.strip_prefix("ForAnyValue:") {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    let (if_exists, operator) = match operator.strip_suffix("IfExists") {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    if operator == "Null" {
        return values == [present.is_none().to_string()];
    }
    let negated = operator.contains("Not");
    let Some(present) = present else { return if_exists || (negated && !any) };
    let equal = |given: &String| {
        values.iter().any(|value| match operator.replace("Not", "").as_str() {
            "StringEquals" | "Bool" => value == given,
            "StringEqualsIgnoreCase" => value.eq_ignore_ascii_case(given),
            "StringLike" | "ArnEquals" | "ArnLike" => fits(value, given),
            other => panic!("the tests do not know the operator {other}"),
        })
    };
    present.iter().any(|given| equal(given) != negated)
}

/// The texts of an element that is one text or a list.
pub fn list(json: &Json) -> Vec<String> {
    match json {
        Json::Array(all) => all.iter().flat_map(list).collect(),
        Json::String(one) => vec![one.clone()],
        other => panic!("{other} is neither text nor a list"),
    }
}

/// Whether a text fits a pattern with `*` and `?`.
fn fits(glob: &str, text: &str) -> bool {
    match (glob.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), first) => {
            fits(&glob[1..], text) || first.is_some_and(|first| fits(glob, &text[first.len_utf8()..]))
        }
        (Some(one), Some(first)) if one == '?' || one == first => {
            fits(&glob[one.len_utf8()..], &text[first.len_utf8()..])
        }
        _ => false,
    }
}
