//! What a policy that is already text says of a request, as IAM evaluates it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Result};

use super::form::{covers, overlaps};

/// A policy document that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadPolicy(Vec<ReadStatement>);

#[derive(Clone, Debug)]
struct ReadStatement {
    sid: Option<String>,
    allows: bool,
    actions: Listed,
    resources: Listed,
    /// Operator, key, and values.
    conditions: Vec<(String, String, Vec<String>)>,
}

/// What stands in a statement's list: these, or all but these.
#[derive(Clone, Debug)]
enum Listed {
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// What is asked for. `*` and `?` in the resource stand for whatever they match: each of it must be allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) facts: &'a Facts,
}

/// What is known of the condition keys of a request; keys in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    known: BTreeMap<String, Fact>,
    /// Whether the resource is in the making, so that it has no tags yet.
    in_the_making: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Fact {
    /// The request has one of these, and each must be allowed. They may be forms with `*` and `?`.
    Values(BTreeSet<String>),
    /// The request does not have the key.
    Absent,
    /// The request has the key.
    Present,
}

/// What policies say of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// It depends on these condition keys, of which nothing is known.
    Depends(BTreeSet<String>),
    /// Nothing allows it.
    Missing,
    /// A statement denies it: its Sid, if it has one.
    Denied(Option<String>),
}

/// How a statement must fit what is asked for, which stands for several requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// Each of them fits: so it must be for a statement that allows.
    Each,
    /// One of them fits: a statement that denies it denies a part of what is asked for.
    Any,
}

impl Fit {
    /// What must not be so of a form for it to be so of its opposite.
    fn opposite(self) -> Self {
        match self {
            Self::Each => Self::Any,
            Self::Any => Self::Each,
        }
    }
}

/// Whether something holds, as far as is known.
#[derive(Clone, Debug, PartialEq)]
enum Holds {
    Yes,
    No,
    Depends(BTreeSet<String>),
}

impl ReadPolicy {
    /// The policy in a document.
    pub(crate) fn from_json(document: &Json) -> Result<Self> {
        let statements = match &document["Statement"] {
            Json::Array(statements) => statements.iter().map(ReadStatement::from_json).collect(),
            Json::Object(_) => ReadStatement::from_json(&document["Statement"]).map(|statement| vec![statement]),
            _ => Err(Error::new("the policy has no statements").remedy("give it as IAM shows it")),
        };
        statements.map(Self)
    }

    /// The statements about an action.
    fn about<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a ReadStatement> {
        // A form of actions, such as ec2:*, is asked for where it is not known which of them are called. So only a statement
        // that denies them all denies it.
        self.0.iter().filter(move |statement| statement.actions.has(&action.to_lowercase(), Fit::Each))
    }
}

/// What several policies of one kind say together.
pub(crate) fn judge(policies: &[ReadPolicy], request: &Request<'_>) -> Verdict {
    let mut verdict = Verdict::Missing;
    for statement in policies.iter().flat_map(|policy| policy.about(request.action)) {
        let fit = if statement.allows { Fit::Each } else { Fit::Any };
        if !statement.resources.has(request.resource, fit) {
            continue;
        }
        match (statement.allows, holds(&statement.conditions, request.facts, fit)) {
            (false, Holds::Yes) => return Verdict::Denied(statement.sid.clone()),
            (true, Holds::Yes) => verdict = Verdict::Allowed,
            (true, Holds::Depends(keys)) if verdict == Verdict::Missing => verdict = Verdict::Depends(keys),
            // Whether an unknown key denies is not told: it would be a warning of nearly everything.
            _ => {}
        }
    }
    verdict
}

impl ReadStatement {
    fn from_json(statement: &Json) -> Result<Self> {
        let allows = match statement["Effect"].as_str() {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(Error::new("a statement has no effect").remedy("give the policy as IAM shows it")),
        };
        let listed = |name: &str| match (&statement[name], &statement[format!("Not{name}")]) {
            (Json::Null, Json::Null) => Listed::These(Vec::new()),
            (Json::Null, all_but) => Listed::AllBut(texts(all_but)),
            (these, _) => Listed::These(texts(these)),
        };
        let mut conditions = Vec::new();
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                conditions.push((operator.clone(), key.to_lowercase(), texts(values)));
            }
        }
        let sid = statement["Sid"].as_str().filter(|sid| !sid.is_empty()).map(str::to_owned);
        Ok(Self { sid, allows, actions: listed("Action").to_lowercase(), resources: listed("Resource"), conditions })
    }
}

impl Listed {
    fn has(&self, asked: &str, fit: Fit) -> bool {
        match self {
            Self::These(forms) => one_of(forms, asked, fit),
            Self::AllBut(forms) => !one_of(forms, asked, fit.opposite()),
        }
    }

    /// The same, in lower case.
    fn to_lowercase(&self) -> Self {
        let lower = |forms: &[String]| forms.iter().map(|form| form.to_lowercase()).collect();
        match self {
            Self::These(forms) => Self::These(lower(forms)),
            Self::AllBut(forms) => Self::AllBut(lower(forms)),
        }
    }
}

/// Whether what a form asks for is of one of these forms.
fn one_of(forms: &[String], asked: &str, fit: Fit) -> bool {
    forms.iter().any(|form| match fit {
        Fit::Each => covers(form, asked),
        Fit::Any => overlaps(form, asked),
    })
}

impl Facts {
    /// What conditions that must hold for a request say of it.
    pub(crate) fn of<'a>(conditions: impl IntoIterator<Item = (&'a str, &'a str, &'a BTreeSet<String>)>) -> Self {
        let mut facts = Self::default();
        for (operator, key, values) in conditions {
            let operator = operator.rsplit(':').next().unwrap_or_default();
            let fact = match operator {
                "Null" if values.contains("true") => Fact::Absent,
                "Null" => Fact::Present,
                operator if operator.contains("Not") => continue,
                _ => Fact::Values(values.clone()),
            };
            facts.known.entry(key.to_lowercase()).or_insert(fact);
        }
        facts
    }

    /// Says which value a key has; none where the request does not have it.
    pub(crate) fn set(&mut self, key: &str, value: Option<String>) {
        let fact = value.map_or(Fact::Absent, |value| Fact::Values([value].into()));
        self.known.insert(key.to_lowercase(), fact);
    }

    /// What EC2 says of a request to tag: tags that are set while a resource is created come with the action that creates it.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html>
    pub(crate) fn tagging_in_ec2(&mut self) {
        self.in_the_making = self.known.contains_key(CREATE_ACTION);
        self.known.entry(CREATE_ACTION.to_owned()).or_insert(Fact::Absent);
    }

    fn get(&self, key: &str) -> Option<&Fact> {
        let no_tags_yet = self.in_the_making && key.starts_with("aws:resourcetag/");
        if no_tags_yet { Some(&Fact::Absent) } else { self.known.get(key) }
    }
}

const CREATE_ACTION: &str = "ec2:createaction";

fn holds(conditions: &[(String, String, Vec<String>)], facts: &Facts, fit: Fit) -> Holds {
    let mut unknown = BTreeSet::new();
    for (operator, key, values) in conditions {
        match fits(operator, facts.get(key), values, fit) {
            Some(true) => {}
            Some(false) => return Holds::No,
            None => drop(unknown.insert(key.clone())),
        }
    }
    if unknown.is_empty() { Holds::Yes } else { Holds::Depends(unknown) }
}

/// Whether a condition holds; none where it is not known.
fn fits(operator: &str, fact: Option<&Fact>, values: &[String], fit: Fit) -> Option<bool> {
    let (quantifier, operator) = operator.split_once(':').unwrap_or(("", operator));
    let plain = operator.strip_suffix("IfExists");
    let (operator, if_exists) = (plain.unwrap_or(operator), plain.is_some());
    if operator == "Null" {
        let absent = values.iter().any(|value| value == "true");
        return fact.map(|fact| (*fact == Fact::Absent) == absent);
    }
    let negative = operator.contains("Not");
    let asked = match fact? {
        Fact::Absent => return Some(if_exists || negative || quantifier == "ForAllValues"),
        Fact::Present => return None,
        Fact::Values(asked) => asked,
    };
    if values.iter().any(|value| value.contains("${")) {
        return None;
    }
    let of_one = |asked: &str, fit: Fit| -> Option<bool> {
        let any = |fits: fn(&str, &str) -> bool| values.iter().any(|value| fits(value, asked));
        let within = |value: &str, asked: &str| covers(asked, value);
        Some(match (operator.replace("Not", "").as_str(), fit) {
            ("StringEquals" | "BinaryEquals", Fit::Each) => any(|value, asked| value == asked),
            ("StringEquals" | "BinaryEquals", Fit::Any) => any(within),
            ("StringEqualsIgnoreCase" | "Bool", Fit::Each) => any(str::eq_ignore_ascii_case),
            ("StringEqualsIgnoreCase" | "Bool", Fit::Any) => {
                any(|value, asked| covers(&asked.to_lowercase(), &value.to_lowercase()))
            }
            ("StringLike" | "ArnLike" | "ArnEquals", Fit::Each) => any(covers),
            ("StringLike" | "ArnLike" | "ArnEquals", Fit::Any) => any(overlaps),
            _ => return None,
        })
    };
    let mut each = asked.iter().map(|asked| match negative {
        true => of_one(asked, fit.opposite()).map(|fits| !fits),
        false => of_one(asked, fit),
    });
    match fit {
        Fit::Each => each.try_fold(true, |all, one| Some(all && one?)),
        Fit::Any => each.try_fold(false, |any, one| Some(any || one?)),
    }
}

fn texts(json: &Json) -> Vec<String> {
    let text = |json: &Json| match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match json {
        Json::Array(elements) => elements.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

#[cfg(test)]
mod tests {
    use mmcdk_core::serde_json::json;

    use super::*;

    #[test]
    fn what_a_form_asks_for_is_allowed_as_a_whole_and_denied_in_part() {
        let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let deny =
            |condition: Json| json!([all, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}]);
        let denied_on = |name: &str, resource: &str| json!([all, {"Effect": "Deny", "Action": "*", name: resource}]);
        let tag = |operator: &str, value: &str| json!({operator: {"aws:RequestTag/Environment": value}});
        for (statements, expected) in [
            // The request may have either of two values, and each must be allowed.
            (deny(tag("StringEquals", "dev")), Verdict::Denied(None)),
            (deny(tag("StringEquals", "other")), Verdict::Allowed),
            (deny(tag("StringLike", "d*")), Verdict::Denied(None)),
            (deny(tag("StringNotEquals", "dev")), Verdict::Denied(None)),
            (deny(json!({"StringNotEquals": {"aws:RequestTag/Environment": ["dev", "test"]}})), Verdict::Allowed),
            (json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": tag("StringEquals", "dev")}]), {
                Verdict::Missing
            }),
            (
                json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": tag("StringNotEquals", "dev")}]),
                { Verdict::Missing },
            ),
            // So must each resource of the form.
            (
                json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:ec2:*:*:subnet/subnet-1"}]),
                Verdict::Missing,
            ),
            (json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:ec2:*:*:vpc/vpc-1"}]), Verdict::Allowed),
            (denied_on("Resource", "arn:aws:ec2:*:*:subnet/subnet-1"), Verdict::Denied(None)),
            (denied_on("Resource", "arn:aws:ec2:*:*:vpc/vpc-1"), Verdict::Allowed),
            (denied_on("NotResource", "arn:aws:ec2:*:*:subnet/subnet-1"), Verdict::Denied(None)),
            (denied_on("NotResource", "arn:aws:ec2:*:*:subnet/*"), Verdict::Allowed),
        ] {
            let policy = ReadPolicy::from_json(&json!({"Statement": statements})).unwrap();
            let tags: BTreeSet<String> = ["dev".to_owned(), "test".to_owned()].into();
            let facts = Facts::of([("StringEquals", "aws:RequestTag/Environment", &tags)]);
            let resource = "arn:aws:ec2:us-east-1:111122223333:subnet/*";
            let request = Request { action: "ec2:CreateSubnet", resource, facts: &facts };
            assert_eq!(judge(&[policy], &request), expected, "{statements}");
        }
    }

    #[test]
    fn statements_decide_as_iam_does() {
        let allow =
            |condition: Json| json!({"Effect": "Allow", "Action": "ec2:Run*", "Resource": "*", "Condition": condition});
        let key = |operator: &str, value: Json| json!({operator: {"aws:ResourceTag/Environment": value}});
        let plain = json!({"Effect": "Allow", "Action": ["ec2:Run*"], "Resource": ["arn:aws:ec2:*:*:subnet/*"]});
        let depends = || Verdict::Depends(["aws:sourceip".to_owned()].into());
        for (statements, expected) in [
            (json!([plain]), Verdict::Allowed),
            (plain.clone(), Verdict::Allowed),
            (json!([{"Effect": "Allow", "Action": "EC2:runinstances", "Resource": "*"}]), Verdict::Allowed),
            (json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]), Verdict::Allowed),
            (json!([{"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}]), Verdict::Missing),
            (json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:ec2:*:*:subnet/*"}]), Verdict::Missing),
            (json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}]), Verdict::Allowed),
            (
                json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:subnet/subnet-1"}]),
                Verdict::Missing,
            ),
            (json!([allow(key("StringEquals", json!("dev")))]), Verdict::Allowed),
            (json!([allow(key("StringEquals", json!(["prod", "dev"])))]), Verdict::Allowed),
            (json!([allow(key("StringEquals", json!("prod")))]), Verdict::Missing),
            (json!([allow(key("StringEquals", json!("Dev")))]), Verdict::Missing),
            (json!([allow(key("StringEqualsIgnoreCase", json!("Dev")))]), Verdict::Allowed),
            (json!([allow(key("StringLike", json!("d*")))]), Verdict::Allowed),
            (json!([allow(key("StringNotEquals", json!("prod")))]), Verdict::Allowed),
            (json!([allow(key("StringNotLike", json!("d*")))]), Verdict::Missing),
            (json!([allow(key("Null", json!("false")))]), Verdict::Allowed),
            (json!([allow(key("Null", json!(true)))]), Verdict::Missing),
            (json!([allow(json!({"StringEquals": {"iam:PermissionsBoundary": "x"}}))]), Verdict::Missing),
            (json!([allow(json!({"StringEqualsIfExists": {"iam:PermissionsBoundary": "x"}}))]), Verdict::Allowed),
            (json!([allow(json!({"ForAllValues:StringEquals": {"iam:PermissionsBoundary": "x"}}))]), Verdict::Allowed),
            (json!([allow(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))]), depends()),
            (json!([allow(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})), plain]), Verdict::Allowed),
            (
                json!([plain, {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*", "Sid": "No"}]),
                Verdict::Denied(Some("No".into())),
            ),
            (
                json!([plain, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": key("StringNotEquals", json!("dev"))}]),
                Verdict::Allowed,
            ),
            (
                json!([plain, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotEquals": {"iam:PermissionsBoundary": "x"}}}]),
                Verdict::Denied(None),
            ),
        ] {
            let policy = ReadPolicy::from_json(&json!({"Statement": statements})).unwrap();
            let tag: BTreeSet<String> = ["dev".to_owned()].into();
            let mut facts = Facts::of([("StringEquals", "aws:ResourceTag/Environment", &tag)]);
            facts.set("iam:PermissionsBoundary", None);
            let resource = "arn:aws:ec2:us-east-1:111122223333:subnet/*";
            let request = Request { action: "ec2:RunInstances", resource, facts: &facts };
            assert_eq!(judge(&[policy], &request), expected, "{statements}");
        }
    }
}
