//! IAM policy documents as values.

use mmcdk_core::{Any, List, Object, Value};

/// An IAM policy document. It stays data until it is rendered by `jsonencode`, so references in it are kept.
///
/// ```
/// use mmcdk_aws::{PolicyDocument, Principal, Statement};
/// use mmcdk_core::Value;
///
/// let trust = PolicyDocument::new().statement(
///     Statement::allow().principal(Principal::service("ec2.amazonaws.com")).actions(["sts:AssumeRole"]),
/// );
/// let text: Value<String> = trust.into();
/// assert_eq!(
///     text.literal_json(),
///     r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
/// );
/// # trait LiteralJson { fn literal_json(&self) -> String; }
/// # impl LiteralJson for Value<String> {
/// #     fn literal_json(&self) -> String { self.to_json().as_str().unwrap().to_owned() }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct PolicyDocument {
    statements: Vec<Statement>,
}

impl PolicyDocument {
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
}

/// A statement of a policy: an effect on actions, resources and principals under conditions.
#[derive(Clone, Debug)]
pub struct Statement {
    effect: &'static str,
    sid: Option<String>,
    principals: Vec<Principal>,
    actions: Vec<String>,
    resources: Vec<Value<String>>,
    conditions: Vec<Condition>,
}

/// Who a statement is about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Principal {
    /// A service of AWS: `cloudtrail.amazonaws.com`.
    Service(Value<String>),
    /// An account, role or user, by its ARN.
    Aws(Value<String>),
    /// An identity provider, by its ARN.
    Federated(Value<String>),
    /// Everybody. Only in a statement that denies, or that conditions narrow.
    Everybody,
}

impl Principal {
    /// A service of AWS: `cloudtrail.amazonaws.com`.
    pub fn service(name: impl Into<Value<String>>) -> Self {
        Self::Service(name.into())
    }
}

/// A condition of a statement: an operator, a key, and the values of which one must fit.
///
/// All conditions of a statement must hold. IAM has no way to say that of two with the same operator and key, so such a
/// pair is an error when the document is placed: give one condition both values if either will do.
#[derive(Clone, Debug)]
pub struct Condition {
    operator: String,
    key: String,
    values: Vec<Value<String>>,
}

impl Condition {
    /// Any operator: `Condition::new("StringLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/a", "arn:aws:iam::*:role/b"])`.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
    pub fn new(
        operator: impl Into<String>,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Value<String>>>,
    ) -> Self {
        Self { operator: operator.into(), key: key.into(), values: values.into_iter().map(Into::into).collect() }
    }

    /// The key's value is exactly this one.
    pub fn string_equals(key: impl Into<String>, value: impl Into<Value<String>>) -> Self {
        Self::new("StringEquals", key, [value])
    }

    /// The key's value is an ARN of this form, with `*` and `?`.
    pub fn arn_like(key: impl Into<String>, value: impl Into<Value<String>>) -> Self {
        Self::new("ArnLike", key, [value])
    }

    /// The key's value is this boolean.
    pub fn bool(key: impl Into<String>, value: bool) -> Self {
        Self::new("Bool", key, [if value { "true" } else { "false" }])
    }
}

impl Statement {
    /// A statement that allows.
    pub fn allow() -> Self {
        Self::of("Allow")
    }

    /// A statement that denies, whatever others allow.
    pub fn deny() -> Self {
        Self::of("Deny")
    }

    fn of(effect: &'static str) -> Self {
        let (principals, actions, resources, conditions) = Default::default();
        Self { effect, sid: None, principals, actions, resources, conditions }
    }

    /// The statement's id.
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

    fn into_value(self) -> Value<Any> {
        let Self { effect, sid, principals, actions, resources, conditions } = self;
        let mut members: Vec<(&str, Value<Any>)> = Vec::new();
        if let Some(sid) = sid {
            members.push(("Sid", sid.into()));
        }
        members.push(("Effect", effect.into()));
        if !principals.is_empty() {
            members.push(("Principal", principal_value(principals)));
        }
        members.push(("Action", one_or_list(actions.into_iter().map(Value::text).collect())));
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
        let statements: Value<List<Any>> = Value::list(document.statements.into_iter().map(Statement::into_value));
        Value::json(Value::<Object>::object([("Version", "2012-10-17".into()), ("Statement", statements.any())]))
    }
}

fn principal_value(principals: Vec<Principal>) -> Value<Any> {
    let mut kinds: Vec<(&str, Vec<Value<String>>)> = Vec::new();
    for principal in principals {
        let (kind, value) = match principal {
            Principal::Service(name) => ("Service", name),
            Principal::Aws(arn) => ("AWS", arn),
            Principal::Federated(arn) => ("Federated", arn),
            Principal::Everybody => return "*".into(),
        };
        group(&mut kinds, kind).push(value);
    }
    Value::<Object>::object(kinds.into_iter().map(|(kind, values)| (kind, one_or_list(values)))).any()
}

/// By operator, then by key. A key that comes twice is left so, and placing refuses it.
fn condition_value(conditions: Vec<Condition>) -> Value<Any> {
    let mut operators = Vec::new();
    for Condition { operator, key, values } in conditions {
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
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: Statement, json: &str) {
        assert_eq!(Value::json(statement.into_value()).to_json(), json);
    }

    #[test]
    fn principals_stand_by_their_kind() {
        let all = [
            Principal::service("a.amazonaws.com"),
            Principal::Aws("arn:aws:iam::111122223333:root".into()),
            Principal::Federated("arn:aws:iam::111122223333:oidc-provider/x".into()),
            Principal::service("b.amazonaws.com"),
        ];
        check(
            all.into_iter().fold(Statement::allow().actions(["sts:AssumeRole"]), Statement::principal),
            concat!(
                r#"{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","b.amazonaws.com"],"#,
                r#""AWS":"arn:aws:iam::111122223333:root","Federated":"arn:aws:iam::111122223333:oidc-provider/x"},"#,
                r#""Action":"sts:AssumeRole"}"#,
            ),
        );
        let everybody = Statement::deny().sid("S").principal(Principal::Everybody).actions(["s3:*"]).resources(["*"]);
        check(everybody, r#"{"Sid":"S","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#);
    }

    #[test]
    fn conditions_stand_by_operator_and_key() {
        check(
            Statement::allow()
                .actions(["s3:GetObject", "s3:PutObject"])
                .condition(Condition::string_equals("a", "1"))
                .condition(Condition::bool("b", true))
                .condition(Condition::new("StringEquals", "c", ["2", "3"]))
                .condition(Condition::arn_like("d", "arn:*")),
            concat!(
                r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Condition":{"StringEquals":{"a":"1","#,
                r#""c":["2","3"]},"Bool":{"b":"true"},"ArnLike":{"d":"arn:*"}}}"#,
            ),
        );
    }
}
