//! From what is allowed to policies that are small enough.

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::{Error, Result, Value};

use super::grants::{ACCOUNT, Because, Grant, Grants, TagCondition};
use super::table::TagUse;
use crate::policy::{Condition, PolicyDocument, Statement};

/// Actions that are allowed on the same resources under the same conditions.
#[derive(Clone, Debug)]
struct Group {
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Conditions,
}

type Conditions = BTreeMap<(String, String), BTreeSet<String>>;

/// As few policies as it takes, in a stable order.
pub(super) fn documents(grants: &Grants, account: &Value<String>) -> Result<Vec<PolicyDocument>> {
    let mut groups = Vec::new();
    for group in group(grants) {
        split(group, PolicyDocument::MANAGED_LIMIT, &mut groups)?;
    }
    let mut documents = Vec::new();
    let (mut document, mut size) = (PolicyDocument::new(), empty());
    for group in groups {
        let more = group.size() + ",".len();
        if size + more > PolicyDocument::MANAGED_LIMIT {
            documents.push(std::mem::take(&mut document));
            size = empty();
        }
        size += more;
        document = document.statement(group.statement(account));
    }
    documents.push(document);
    // Without grants there is nothing to allow, and IAM takes no policy of that.
    documents.retain(|document| *document != PolicyDocument::new());
    Ok(documents)
}

/// Statements, sorted: first actions that share a condition are put together by their resources, then those of the same
/// resources.
fn group(grants: &Grants) -> Vec<Group> {
    // What differs in the values of conditions alone is one: of two environments either will do, in a role for both.
    let mut by_keys: BTreeMap<(&str, &str, Vec<_>), Conditions> = BTreeMap::new();
    for (grant, because) in &grants.0 {
        let conditions = conditions(grant, because);
        let keys = conditions.keys().cloned().collect();
        let joined = by_keys.entry((&grant.action, &grant.resource, keys)).or_default();
        conditions.into_iter().for_each(|(key, values)| joined.entry(key).or_default().extend(values));
    }
    let mut by_action: BTreeMap<(&str, Conditions), BTreeSet<&str>> = BTreeMap::new();
    for ((action, resource, _), conditions) in by_keys {
        by_action.entry((action, conditions)).or_default().insert(resource);
    }
    let mut by_resources: BTreeMap<(Conditions, BTreeSet<&str>), Vec<String>> = BTreeMap::new();
    for ((action, conditions), resources) in by_action {
        // What is allowed on everything need not be allowed on some of it.
        let resources = if resources.contains("*") { ["*"].into() } else { resources };
        by_resources.entry((conditions, resources)).or_default().push(action.to_owned());
    }
    let group = |((conditions, resources), actions): ((_, BTreeSet<&str>), _)| Group {
        actions,
        resources: resources.into_iter().map(str::to_owned).collect(),
        conditions,
    };
    by_resources.into_iter().map(group).collect()
}

fn conditions(grant: &Grant, because: &Because) -> Conditions {
    let literal = grant.condition_keys.iter().cloned().zip(because.values.iter().cloned());
    let mut conditions: Conditions = literal.collect();
    if let Some(TagCondition { on, key, value }) = &grant.tag {
        let equals = |prefix: &str| ("StringEquals".to_owned(), format!("aws:{prefix}/{key}"));
        match on {
            TagUse::Request => drop(conditions.insert(equals("RequestTag"), [value.clone()].into())),
            TagUse::Resource => drop(conditions.insert(equals("ResourceTag"), [value.clone()].into())),
            TagUse::Unclaimed => {
                conditions.insert(equals("RequestTag"), [value.clone()].into());
                conditions.insert(("Null".to_owned(), format!("aws:ResourceTag/{key}")), ["true".to_owned()].into());
            }
        }
    }
    conditions
}

/// Cuts a group into halves until each part fits into a policy of its own.
fn split(group: Group, limit: usize, parts: &mut Vec<Group>) -> Result<()> {
    if group.size() + empty() <= limit {
        parts.push(group);
        return Ok(());
    }
    match halves(&group) {
        Some(halves) => halves.into_iter().try_for_each(|half| split(half, limit, parts)),
        None => Err(Error::new(format!(
            "allowing {} on {} takes more than the {limit} characters of a policy",
            group.actions.join(", "),
            group.resources.join(", ")
        ))
        .remedy("write fewer values into its conditions in the permission table")),
    }
}

/// Two groups that together allow the same: each with half of the actions, of the resources, or of a condition's values.
fn halves(group: &Group) -> Option<[Group; 2]> {
    fn cut(all: &[String]) -> Option<(&[String], &[String])> {
        (all.len() > 1).then(|| all.split_at(all.len() / 2))
    }
    if let Some((some, others)) = cut(&group.actions) {
        return Some([some, others].map(|actions| Group { actions: actions.to_vec(), ..group.clone() }));
    }
    if let Some((some, others)) = cut(&group.resources) {
        return Some([some, others].map(|resources| Group { resources: resources.to_vec(), ..group.clone() }));
    }
    // Any of the values will do, unless the operator says that none or all must fit.
    let either = |operator: &str| !operator.contains("Not") && !operator.starts_with("ForAllValues");
    let (key, values) = group.conditions.iter().find(|((operator, _), values)| either(operator) && values.len() > 1)?;
    let values: Vec<String> = values.iter().cloned().collect();
    let (some, others) = values.split_at(values.len() / 2);
    Some([some, others].map(|values| {
        let mut half = group.clone();
        half.conditions.insert(key.clone(), values.iter().cloned().collect());
        half
    }))
}

/// The characters of a document around its statements.
fn empty() -> usize {
    r#"{"Version":"2012-10-17","Statement":[]}"#.len()
}

impl Group {
    fn size(&self) -> usize {
        let document = PolicyDocument::new().statement(self.statement(&"000000000000".into()));
        document.size().map_or(0, |size| size - empty())
    }

    fn statement(&self, account: &Value<String>) -> Statement {
        let resources = self.resources.iter().map(|arn| match arn.split_once(ACCOUNT) {
            Some((before, behind)) => Value::text(before.to_owned()) + account + behind,
            None => arn.as_str().into(),
        });
        let statement = Statement::allow().actions(&self.actions).resources(resources);
        self.conditions.iter().fold(statement, |statement, ((operator, key), values)| {
            let condition = Condition::written(operator, key, values);
            statement.condition(condition.expect("the table has operators of IAM alone"))
        })
    }
}
