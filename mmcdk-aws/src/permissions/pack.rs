//! From what is allowed to policies that are small enough.

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::{Error, Result, Value};

use super::grants::{ACCOUNT, Because, Grant, Grants, TagCondition};
use super::table::TagUse;
use crate::policy::{Condition, PolicyDocument, Statement};

/// Values by operator and key.
pub(super) type Conditions = BTreeMap<(String, String), BTreeSet<String>>;

/// Actions with everything that they are allowed on. They go into one policy together: an action that needs several kinds of
/// resources is understood, by linters as by readers, only where all of them stand.
#[derive(Clone, Debug)]
struct Unit {
    actions: BTreeSet<String>,
    on: BTreeMap<Conditions, BTreeSet<String>>,
}

/// As few policies as it takes, in a stable order.
pub(super) fn documents(grants: &Grants, account: &Value<String>) -> Result<Vec<PolicyDocument>> {
    let mut parts = Vec::new();
    units(grants).into_iter().try_for_each(|unit| split(unit, &mut parts))?;
    let mut policies: Vec<Vec<Unit>> = Vec::new();
    for part in parts {
        let mut fitting = None;
        for (index, policy) in policies.iter().enumerate() {
            if size(policy.iter().chain([&part]))? <= PolicyDocument::MANAGED_LIMIT {
                fitting = Some(index);
                break;
            }
        }
        match fitting {
            Some(index) => policies[index].push(part),
            None => policies.push(vec![part]),
        }
    }
    Ok(policies.iter().map(|policy| document(policy, account)).collect())
}

/// Actions that are allowed on the same under the same conditions, sorted by those, so that similar ones meet in a policy.
fn units(grants: &Grants) -> Vec<Unit> {
    // What differs in the values of conditions alone is one: of two environments either will do, in a role for both.
    let mut joined: BTreeMap<(&str, &str, Vec<_>), Conditions> = BTreeMap::new();
    for (grant, because) in &grants.0 {
        let conditions = conditions(grant, because);
        let keys = conditions.keys().cloned().collect();
        let known = joined.entry((&grant.action, &grant.resource, keys)).or_default();
        conditions.into_iter().for_each(|(key, values)| known.entry(key).or_default().extend(values));
    }
    let mut by_action: BTreeMap<&str, BTreeMap<Conditions, BTreeSet<String>>> = BTreeMap::new();
    for ((action, resource, _), conditions) in joined {
        by_action.entry(action).or_default().entry(conditions).or_default().insert(resource.to_owned());
    }
    let mut by_what: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (action, mut on) in by_action {
        // What is allowed on everything need not be allowed on some of it.
        on.values_mut().filter(|resources| resources.contains("*")).for_each(|all| *all = ["*".to_owned()].into());
        by_what.entry(on).or_default().insert(action.to_owned());
    }
    by_what.into_iter().map(|(on, actions)| Unit { actions, on }).collect()
}

pub(super) fn conditions(grant: &Grant, because: &Because) -> Conditions {
    let literal = grant.condition_keys.iter().cloned().zip(because.values.iter().cloned());
    let mut conditions: Conditions = literal.collect();
    if let Some(TagCondition { on, key, value }) = &grant.tag {
        let equals = |prefix: &str| ("StringEquals".to_owned(), format!("aws:{prefix}/{key}"));
        let untagged = || (("Null".to_owned(), format!("aws:ResourceTag/{key}")), ["true".to_owned()].into());
        match on {
            TagUse::Request => drop(conditions.insert(equals("RequestTag"), [value.clone()].into())),
            TagUse::Resource => drop(conditions.insert(equals("ResourceTag"), [value.clone()].into())),
            TagUse::Unclaimed => {
                conditions.insert(equals("RequestTag"), [value.clone()].into());
                conditions.extend([untagged()]);
            }
            TagUse::Untagged => conditions.extend([untagged()]),
            TagUse::Known => {
                let key = ("StringEqualsIfExists".to_owned(), format!("aws:ResourceTag/{key}"));
                conditions.insert(key, [value.clone()].into());
            }
        }
    }
    conditions
}

/// Cuts a unit into halves until each part fits into a policy.
fn split(unit: Unit, parts: &mut Vec<Unit>) -> Result<()> {
    let limit = PolicyDocument::MANAGED_LIMIT;
    if size([&unit])? <= limit {
        parts.push(unit);
        return Ok(());
    }
    match halves(&unit) {
        Some(halves) => halves.into_iter().try_for_each(|half| split(half, parts)),
        None => {
            let actions: Vec<&str> = unit.actions.iter().map(String::as_str).collect();
            let on: Vec<&str> = unit.on.values().flatten().map(String::as_str).collect();
            let (actions, on) = (actions.join(", "), on.join(", "));
            Err(Error::new(format!("allowing {actions} on {on} takes more than the {limit} characters of a policy"))
                .remedy("write fewer values into its conditions in the permission table"))
        }
    }
}

/// Two units that together allow the same: each with half of the actions, or of what they are allowed on.
fn halves(unit: &Unit) -> Option<[Unit; 2]> {
    if let Some(halves) = cut(&unit.actions) {
        return Some(halves.map(|actions| Unit { actions, ..unit.clone() }));
    }
    let with = |on| Unit { on, ..unit.clone() };
    let mut entries = unit.on.clone();
    if entries.len() > 1 {
        let middle = entries.keys().nth(entries.len() / 2).cloned()?;
        let second = entries.split_off(&middle);
        return Some([entries, second].map(with));
    }
    let (conditions, resources) = entries.first_key_value()?;
    if let Some(halves) = cut(resources) {
        return Some(halves.map(|resources| with([(conditions.clone(), resources)].into())));
    }
    // Any of the values will do, unless the operator says that none or all must fit.
    let either = |operator: &str| !operator.contains("Not") && !operator.starts_with("ForAllValues");
    let found = conditions.iter().filter(|((operator, _), _)| either(operator));
    let (key, halves) = found.filter_map(|(key, values)| Some((key, cut(values)?))).next()?;
    Some(halves.map(|values| {
        let mut conditions = conditions.clone();
        conditions.insert(key.clone(), values);
        with([(conditions, resources.clone())].into())
    }))
}

fn cut(all: &BTreeSet<String>) -> Option<[BTreeSet<String>; 2]> {
    let middle = all.iter().nth(all.len() / 2).filter(|_| all.len() > 1)?;
    let mut first = all.clone();
    let second = first.split_off(middle);
    Some([first, second])
}

/// The characters of a policy for the units, for an account of known length; an error where a user's table makes it one that
/// IAM would refuse.
fn size<'a>(units: impl IntoIterator<Item = &'a Unit>) -> Result<usize> {
    let text = document(units, &"000000000000".into()).to_value()?.literal_json();
    Ok(text.map_or(0, |text| text.chars().count()))
}

/// A policy that allows what the units do, where actions of the same resources share a statement.
fn document<'a>(units: impl IntoIterator<Item = &'a Unit>, account: &Value<String>) -> PolicyDocument {
    let mut statements: BTreeMap<(&Conditions, &BTreeSet<String>), BTreeSet<&str>> = BTreeMap::new();
    for unit in units {
        for on in &unit.on {
            statements.entry(on).or_default().extend(unit.actions.iter().map(String::as_str));
        }
    }
    let statement = |((conditions, resources), actions): ((&Conditions, &BTreeSet<String>), BTreeSet<&str>)| {
        let resources = resources.iter().map(|arn| match arn.split_once(ACCOUNT) {
            Some((before, behind)) => Value::text(before.to_owned()) + account + behind,
            None => arn.as_str().into(),
        });
        let statement = Statement::allow().actions(actions).resources(resources);
        conditions.iter().fold(statement, |statement, ((operator, key), values)| {
            let condition = Condition::written(operator, key, values);
            statement.condition(condition.expect("the table has operators of IAM alone"))
        })
    };
    PolicyDocument::new().statements(statements.into_iter().map(statement))
}
