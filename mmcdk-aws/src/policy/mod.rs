//! IAM policy documents as values.

mod condition;
mod evaluate;
mod form;
mod principal;

use mmcdk_core::{Any, Error, List, Object, Result, Value};

pub use condition::{Condition, Operator};
pub(crate) use evaluate::{Facts, ReadPolicy, Request, Verdict, judge};
pub(crate) use form::covers;
pub use principal::Principal;

/// An IAM policy document. It stays data until it is rendered by `jsonencode`, so references in it are kept.
///
/// # Errors
/// What IAM would refuse, and what would open more than it says, is an error where the document is placed: a document
/// without statements; a statement without actions, or with neither resources nor principals; an action that is none;
/// everybody allowed without a condition on who that is; a resource that is no ARN; everything allowed but some actions ([`Statement::not_actions`]);
/// `ForAllValues` in a statement that allows, unless the key must exist; values that do not fit their operator.
///
/// # Example
/// ```
/// use mmcdk_aws::{PolicyDocument, Principal, Statement};
///
/// let trust = PolicyDocument::new().statement(
///     Statement::allow().principal(Principal::service("ec2.amazonaws.com")).actions(["sts:AssumeRole"]),
/// );
/// let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
/// assert_eq!(trust.size(), Some(text.len()));
/// assert_eq!(trust.to_value()?.literal_json(), Some(text.to_owned()));
/// # Ok::<(), mmcdk_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyDocument {
    statements: Vec<Statement>,
}

/// A statement of a policy: an effect on actions, resources and principals under conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    effect: Effect,
    sid: Option<String>,
    principals: Vec<Principal>,
    actions: Vec<String>,
    not_actions: Vec<String>,
    resources: Vec<Value<String>>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

impl PolicyDocument {
    /// The most characters of a managed policy, white space not counted.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    pub const MANAGED_LIMIT: usize = 6_144;

    /// The most characters of a role's trust policy, unless the account's quota was raised.
    pub const TRUST_LIMIT: usize = 2_048;

    /// A document without statements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement.
    #[must_use]
    pub fn statement(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Adds statements.
    #[must_use]
    pub fn statements(mut self, statements: impl IntoIterator<Item = Statement>) -> Self {
        self.statements.extend(statements);
        self
    }

    /// How many characters it has as IAM counts them, without white space; none where a reference in it has a length that
    /// only Terraform knows, or the document is refused.
    pub fn size(&self) -> Option<usize> {
        self.to_value().ok()?.literal_json().map(|text| text.chars().count())
    }

    /// The document as the text that arguments take.
    ///
    /// # Errors
    /// Where it is refused. The conversion by `into()` reports the same error when the value is placed.
    pub fn to_value(&self) -> Result<Value<String>> {
        self.check()?;
        let statements = self.statements.iter().cloned().map(Statement::into_value);
        let statements: Value<List<Any>> = Value::list(statements);
        Ok(Value::json(Value::<Object>::object([("Version", "2012-10-17".into()), ("Statement", statements.any())])))
    }

    /// Whether all that it allows is to read, by the names of the actions.
    pub(crate) fn only_reads(&self) -> bool {
        let allowing = self.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        allowing.flat_map(|statement| &statement.actions).all(|action| reads(action))
    }

    fn check(&self) -> Result<()> {
        if self.statements.is_empty() {
            return Err(Error::new("the policy document has no statements").remedy("add one"));
        }
        let mut sids: Vec<&str> = self.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
        sids.sort_unstable();
        if let Some(pair) = sids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::new(format!("two statements have the id {:?}", pair[0])).remedy("rename one of them"));
        }
        self.statements.iter().enumerate().try_for_each(|(index, statement)| {
            statement.check().map_err(|error| {
                let which = statement.sid.clone().unwrap_or_else(|| format!("number {}", index + 1));
                error.within(&format!("the statement {which}"))
            })
        })
    }
}

impl Statement {
    /// A statement that allows.
    pub fn allow() -> Self {
        Self::of(Effect::Allow)
    }

    /// A statement that denies, whatever others allow.
    pub fn deny() -> Self {
        Self::of(Effect::Deny)
    }

    fn of(effect: Effect) -> Self {
        let (principals, actions, not_actions, resources, conditions) = Default::default();
        Self { effect, sid: None, principals, actions, not_actions, resources, conditions }
    }

    /// The statement's id, of letters and digits.
    #[must_use]
    pub fn sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Adds a principal.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Adds actions: `s3:PutObject`.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.actions.extend(actions.into_iter().map(Into::into));
        self
    }

    /// Adds actions that are left out: the statement denies everything but them. In a statement that allows it is an error,
    /// for it would allow whatever AWS adds later.
    #[must_use]
    pub fn not_actions(mut self, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.not_actions.extend(actions.into_iter().map(Into::into));
        self
    }

    /// Adds resources, by their ARNs.
    #[must_use]
    pub fn resources(mut self, resources: impl IntoIterator<Item = impl Into<Value<String>>>) -> Self {
        self.resources.extend(resources.into_iter().map(Into::into));
        self
    }

    /// Adds a condition; all of them must hold.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    fn check(&self) -> Result<()> {
        let Self { effect, sid, principals, actions, not_actions, resources, conditions } = self;
        if let Some(sid) = sid.as_ref().filter(|sid| !sid.chars().all(|character| character.is_ascii_alphanumeric())) {
            return Err(Error::new(format!("its id {sid:?} has other characters than letters and digits"))
                .remedy("leave them out"));
        }
        match (actions.is_empty(), not_actions.is_empty()) {
            (true, true) => return Err(Error::new("it has no actions").remedy("add those that it is about")),
            (false, false) => return Err(Error::new("it has both actions and actions left out").remedy("split it")),
            _ => {}
        }
        if let Some(action) = actions.iter().chain(not_actions).find(|action| !is_action(action)) {
            return Err(Error::new(format!("{action:?} is no action")).remedy("write it as s3:GetObject or s3:Get*"));
        }
        if principals.is_empty() && resources.is_empty() {
            return Err(Error::new("it has neither resources nor principals").remedy(
                "add resources in a policy of an identity, principals in one of a resource or in a trust policy",
            ));
        }
        let is_arn = |text: &&str| text.starts_with("arn:") || text.starts_with('*');
        if let Some(resource) = resources.iter().filter_map(Value::literal).find(|text| !is_arn(text)) {
            return Err(Error::new(format!("{resource:?} is no resource"))
                .remedy("write its ARN, such as arn:aws:s3:::bucket/*, or *"));
        }
        conditions.iter().try_for_each(Condition::check)?;
        let pair = conditions.iter().enumerate().find(|(index, one)| {
            let same =
                |other: &&Condition| other.operator() == one.operator() && other.key().eq_ignore_ascii_case(one.key());
            conditions[..*index].iter().any(|other| same(&other))
        });
        if let Some((_, condition)) = pair {
            return Err(Error::new(format!("it has two conditions {} on {}", condition.operator(), condition.key()))
                .remedy("IAM would take either: give one condition both values if that is meant"));
        }
        if *effect == Effect::Deny {
            return Ok(());
        }
        if !not_actions.is_empty() {
            return Err(Error::new("it allows everything but some actions, also what AWS adds later")
                .remedy("list the actions that are allowed, or deny those that are not"));
        }
        if principals.iter().any(Principal::is_everybody) && !conditions.iter().any(Condition::narrows_the_caller) {
            return Err(Error::new("it allows everybody")
                .remedy("name the principals, or say who they are by a condition such as aws:PrincipalOrgID"));
        }
        condition::check_allowing(conditions)
    }

    fn into_value(self) -> Value<Any> {
        let Self { effect, sid, principals, actions, not_actions, resources, conditions } = self;
        let mut members: Vec<(&str, Value<Any>)> = Vec::new();
        if let Some(sid) = sid {
            members.push(("Sid", sid.into()));
        }
        members.push(("Effect", if effect == Effect::Allow { "Allow" } else { "Deny" }.into()));
        if !principals.is_empty() {
            members.push(("Principal", principal::value(principals)));
        }
        for (name, actions) in [("Action", actions), ("NotAction", not_actions)] {
            if !actions.is_empty() {
                members.push((name, one_or_list(actions.into_iter().map(Value::text).collect())));
            }
        }
        if !resources.is_empty() {
            members.push(("Resource", one_or_list(resources)));
        }
        if !conditions.is_empty() {
            members.push(("Condition", condition_value(conditions)));
        }
        Value::<Object>::object(members).any()
    }
}

impl From<PolicyDocument> for Value<String> {
    fn from(document: PolicyDocument) -> Self {
        document.to_value().unwrap_or_else(Value::invalid)
    }
}

/// Whether an action, or a form of actions, only reads, by its name.
pub(crate) fn reads(action: &str) -> bool {
    let name = action.split_once(':').map_or("", |(_, name)| name);
    ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb)) || action == "kms:Decrypt"
}

/// Whether a text is an action, or a form of actions.
pub(crate) fn is_action(text: &str) -> bool {
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || more.contains(character))
    };
    text == "*" || text.split_once(':').is_some_and(|(service, name)| plain(service, "-") && plain(name, "*?"))
}

/// By operator, then by key.
fn condition_value(conditions: Vec<Condition>) -> Value<Any> {
    let mut operators = Vec::new();
    for condition in conditions {
        let (operator, key, values) = condition.into_parts();
        group(&mut operators, operator).push((key, one_or_list(values)));
    }
    let operators = operators.into_iter().map(|(operator, keys)| (operator, Value::<Object>::object(keys).any()));
    Value::<Object>::object(operators).any()
}

/// The members of a group, which is added where it is new.
fn group<K: PartialEq, V>(groups: &mut Vec<(K, Vec<V>)>, key: K) -> &mut Vec<V> {
    let index = groups.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        groups.push((key, Vec::new()));
        groups.len() - 1
    });
    &mut groups[index].1
}

/// IAM takes one value bare, and shows it so.
fn one_or_list(mut values: Vec<Value<String>>) -> Value<Any> {
    match values.len() {
        1 => values.remove(0).any(),
        _ => Value::<List<String>>::list(values).any(),
    }
}

#[cfg(test)]
mod tests;
