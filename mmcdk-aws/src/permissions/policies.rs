//! The policies that stacks contain, to be shown and to be linted.

use std::fmt;

use mmcdk_core::serde_json::{self, Value as Json};
use mmcdk_core::{Found, SynthesizedStack};

use super::grants::ACCOUNT;
use super::table::PermissionTable;
use crate::site::Site;

/// A policy document of a stack, as AWS will get it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StackPolicy<'a> {
    /// The resource that has it.
    pub found: Found<'a>,
    /// The argument that holds it, with its place if it is in a block: `inline_policy.0.policy`.
    pub argument: String,
    /// What it is a policy of.
    pub kind: PolicyKind,
    /// The document. ARNs of what stands in the stack are as its names make them; for other references stands `*`.
    pub document: Json,
}

/// What a policy is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyKind {
    /// Of an identity: what it may do.
    Identity,
    /// Of a role: who may assume it.
    Trust,
    /// Of a resource such as a bucket: who may do what with it.
    Resource,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "identity",
            Self::Trust => "trust",
            Self::Resource => "resource",
        })
    }
}

/// Every policy document of a stack, in the order of its resources, for linters such as IAM Access Analyzer and parliament.
pub fn policies<'a>(stack: &SynthesizedStack<'a>) -> Vec<StackPolicy<'a>> {
    let table = PermissionTable::of(stack);
    let mut policies = Vec::new();
    for found in stack.all() {
        for (argument, mut document) in documents(&found) {
            resolve(&mut document, stack, table);
            let kind = match (argument.as_str(), found.terraform_type()) {
                ("assume_role_policy", _) => PolicyKind::Trust,
                (_, terraform_type) if terraform_type.starts_with("aws_iam_") => PolicyKind::Identity,
                _ => PolicyKind::Resource,
            };
            policies.push(StackPolicy { found, argument, kind, document });
        }
    }
    policies
}

/// The policy documents of a resource, with their places: those of arguments, and of arguments of nested blocks.
fn documents(found: &Found<'_>) -> Vec<(String, Json)> {
    let body = found.body();
    let mut documents = Vec::new();
    for (argument, value) in body.as_object().into_iter().flatten() {
        match found.document(argument) {
            Ok(document) if document.get("Statement").is_some() => documents.push((argument.clone(), document)),
            _ => nested(value, argument, &mut documents),
        }
    }
    documents
}

fn nested(value: &Json, place: &str, documents: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(members) => {
            members.iter().for_each(|(name, member)| nested(member, &format!("{place}.{name}"), documents));
        }
        Json::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, one)| nested(one, &format!("{place}.{index}"), documents));
        }
        // A whole argument that is a text was looked at already.
        Json::String(text) if place.contains('.') => {
            let document = serde_json::from_str::<Json>(&text.replace("$${", "${")).unwrap_or_default();
            documents.extend(document.get("Statement").is_some().then(|| (place.to_owned(), document)));
        }
        _ => {}
    }
}

/// Puts what is known in the place of references.
fn resolve(json: &mut Json, stack: &SynthesizedStack<'_>, table: &PermissionTable) {
    match json {
        Json::String(text) => *text = resolved(text, stack, table),
        Json::Array(elements) => elements.iter_mut().for_each(|element| resolve(element, stack, table)),
        Json::Object(members) => members.values_mut().for_each(|member| resolve(member, stack, table)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn resolved(text: &str, stack: &SynthesizedStack<'_>, table: &PermissionTable) -> String {
    let mut known = String::new();
    let mut rest = text;
    while let Some((before, (expression, behind))) =
        rest.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        known.push_str(before);
        match expression.strip_suffix(".arn").and_then(|address| arn(&stack.at(address).ok()?, table)) {
            Some(arn) => known.push_str(&arn),
            // A variable of IAM, such as ${aws:username}, is no reference.
            None if expression.contains(':') => known.extend(["${", expression, "}"]),
            None => known.push('*'),
        }
        rest = behind;
    }
    known + rest
}

fn arn(found: &Found<'_>, table: &PermissionTable) -> Option<String> {
    let kind = table.rows().arns.values().find(|kind| kind.is_of(found))?;
    Some(kind.arn_of(&found.fact::<Site>()?, &kind.exact_name_of(found)).replace(ACCOUNT, "*"))
}
