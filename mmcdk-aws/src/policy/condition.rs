//! Conditions of statements: operators by type, and how they treat several values and none.

use std::fmt;

use mmcdk_core::{Error, Result, Value};

/// A condition of a statement: an operator, a key, and the values of which one must fit.
///
/// All conditions of a statement must hold. IAM has no way to say that of two with the same operator and key, so such a
/// pair is an error when the document is placed: give one condition both values if either will do.
///
/// ```
/// use mmcdk_aws::{Condition, Operator};
///
/// let of_this_account = Condition::string_equals("aws:SourceAccount", "111122223333");
/// let from_the_office = Condition::new(Operator::IpAddress, "aws:SourceIp", ["203.0.113.0/24", "198.51.100.0/24"]);
/// let tagged_if_at_all = Condition::string_equals("aws:RequestTag/Environment", "dev").if_exists();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    operator: Operator,
    quantifier: Option<Quantifier>,
    if_exists: bool,
    key: String,
    values: Vec<Value<String>>,
}

/// How a key is compared with the values of a condition.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are IAM's own")]
pub enum Operator {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
}

impl Operator {
    const ALL: [Self; 27] = [
        Self::StringEquals,
        Self::StringNotEquals,
        Self::StringEqualsIgnoreCase,
        Self::StringNotEqualsIgnoreCase,
        Self::StringLike,
        Self::StringNotLike,
        Self::NumericEquals,
        Self::NumericNotEquals,
        Self::NumericLessThan,
        Self::NumericLessThanEquals,
        Self::NumericGreaterThan,
        Self::NumericGreaterThanEquals,
        Self::DateEquals,
        Self::DateNotEquals,
        Self::DateLessThan,
        Self::DateLessThanEquals,
        Self::DateGreaterThan,
        Self::DateGreaterThanEquals,
        Self::Bool,
        Self::BinaryEquals,
        Self::IpAddress,
        Self::NotIpAddress,
        Self::ArnEquals,
        Self::ArnNotEquals,
        Self::ArnLike,
        Self::ArnNotLike,
        Self::Null,
    ];
}

/// How a condition treats a key that has several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    ForAllValues,
    ForAnyValue,
}

impl fmt::Display for Operator {
    /// IAM's name of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Condition {
    /// Any operator: `Condition::new(Operator::StringLike, "aws:PrincipalArn", ["arn:aws:iam::*:role/a"])`.
    pub fn new(
        operator: Operator,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Value<String>>>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self { operator, quantifier: None, if_exists: false, key: key.into(), values }
    }

    /// The condition that IAM writes with that operator, quantifier and suffix included; none where it has no such.
    pub(crate) fn written(
        operator: &str,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Value<String>>>,
    ) -> Option<Self> {
        let (quantifier, rest) = match operator.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Quantifier::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, operator),
        };
        let plain = rest.strip_suffix("IfExists");
        let operator = Operator::ALL.into_iter().find(|known| known.to_string() == plain.unwrap_or(rest))?;
        Some(Self { quantifier, if_exists: plain.is_some(), ..Self::new(operator, key, values) })
    }

    /// The key's value is exactly this one.
    pub fn string_equals(key: impl Into<String>, value: impl Into<Value<String>>) -> Self {
        Self::new(Operator::StringEquals, key, [value])
    }

    /// The key's value has this form, with `*` and `?`.
    pub fn string_like(key: impl Into<String>, value: impl Into<Value<String>>) -> Self {
        Self::new(Operator::StringLike, key, [value])
    }

    /// The key's value is an ARN of this form, with `*` and `?`.
    pub fn arn_like(key: impl Into<String>, value: impl Into<Value<String>>) -> Self {
        Self::new(Operator::ArnLike, key, [value])
    }

    /// The key's value is this boolean.
    pub fn bool(key: impl Into<String>, value: bool) -> Self {
        Self::new(Operator::Bool, key, [value.to_string()])
    }

    /// The key is absent from the request, or, with `false`, present.
    pub fn null(key: impl Into<String>, absent: bool) -> Self {
        Self::new(Operator::Null, key, [absent.to_string()])
    }

    /// Holds too where the request does not have the key.
    #[must_use]
    pub fn if_exists(mut self) -> Self {
        self.if_exists = true;
        self
    }

    /// Holds where one of the key's several values fits, and not where it has none.
    #[must_use]
    pub fn for_any_value(mut self) -> Self {
        self.quantifier = Some(Quantifier::ForAnyValue);
        self
    }

    /// Holds where all of the key's several values fit, and also where it has none. For that reason a statement that
    /// allows must have `Condition::null(key, false)` beside it.
    #[must_use]
    pub fn for_all_values(mut self) -> Self {
        self.quantifier = Some(Quantifier::ForAllValues);
        self
    }

    /// The key that it is about.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The operator as IAM writes it, with its quantifier and suffix: `ForAnyValue:StringLikeIfExists`.
    pub(crate) fn operator(&self) -> String {
        let quantifier = match self.quantifier {
            Some(Quantifier::ForAllValues) => "ForAllValues:",
            Some(Quantifier::ForAnyValue) => "ForAnyValue:",
            None => "",
        };
        format!("{quantifier}{}{}", self.operator, if self.if_exists { "IfExists" } else { "" })
    }

    pub(crate) fn into_parts(self) -> (String, String, Vec<Value<String>>) {
        (self.operator(), self.key, self.values)
    }

    /// Whether it holds for a request that does not have the key, although nothing says so.
    pub(crate) fn passes_without_the_key(&self) -> bool {
        self.quantifier == Some(Quantifier::ForAllValues)
    }

    /// Whether it says who calls, or from where, so that it narrows a statement about everybody.
    pub(super) fn narrows_the_caller(&self) -> bool {
        const CALLERS: [&str; 6] =
            ["aws:principal", "aws:source", "aws:vpcsourceip", "aws:userid", "kms:calleraccount", "s3:dataaccesspoint"];
        let key = self.key.to_ascii_lowercase();
        let positive = !self.operator.to_string().contains("Not") && self.operator != Operator::Null;
        let open =
            self.if_exists || self.passes_without_the_key() || self.values.iter().any(|it| it.literal() == Some("*"));
        positive && !open && CALLERS.iter().any(|caller| key.starts_with(caller))
    }

    fn demands(&self, key: &str) -> bool {
        let present = self.values.iter().all(|value| value.literal() == Some("false"));
        self.operator == Operator::Null && self.key.eq_ignore_ascii_case(key) && present
    }

    /// Checks it by itself.
    pub(crate) fn check(&self) -> Result<()> {
        let operator = self.operator();
        if self.key.is_empty() || !self.key.contains(':') {
            return Err(Error::new(format!("the condition key {:?} has no prefix", self.key))
                .remedy("write it with its prefix, such as aws:SourceAccount"));
        }
        if self.values.is_empty() {
            return Err(Error::new(format!("the condition {operator} on {} has no values", self.key))
                .remedy("give it the values that fit"));
        }
        if self.operator == Operator::Null && (self.if_exists || self.quantifier.is_some()) {
            return Err(Error::new(format!("{operator} is no operator: Null asks whether the key exists"))
                .remedy("use Condition::null alone"));
        }
        let wrong = |fits: fn(&str) -> bool| self.values.iter().filter_map(Value::literal).find(|value| !fits(value));
        let (wrong, remedy) = match self.operator {
            Operator::Bool | Operator::Null => (wrong(|value| matches!(value, "true" | "false")), "true or false"),
            Operator::IpAddress | Operator::NotIpAddress => {
                (wrong(is_range), "an address or a range, such as 10.0.0.0/8")
            }
            Operator::NumericEquals
            | Operator::NumericNotEquals
            | Operator::NumericLessThan
            | Operator::NumericLessThanEquals
            | Operator::NumericGreaterThan
            | Operator::NumericGreaterThanEquals => {
                (wrong(|value| value.parse().is_ok_and(f64::is_finite)), "a number")
            }
            Operator::ArnEquals | Operator::ArnNotEquals | Operator::ArnLike | Operator::ArnNotLike => {
                (wrong(is_arn), "an ARN, such as arn:aws:iam::111122223333:role/deploy")
            }
            _ => (None, ""),
        };
        match wrong {
            Some(value) => Err(Error::new(format!("{value:?} is no value for {operator} on {}", self.key))
                .remedy(format!("write {remedy}"))),
            None => Ok(()),
        }
    }
}

/// Checks the conditions of a statement that allows together.
pub(super) fn check_allowing(conditions: &[Condition]) -> Result<()> {
    let open = conditions.iter().find(|condition| {
        condition.passes_without_the_key() && !conditions.iter().any(|other| other.demands(&condition.key))
    });
    match open {
        Some(condition) => Err(Error::new(format!(
            "{} on {} allows requests that lack the key altogether",
            condition.operator(),
            condition.key
        ))
        .remedy("use for_any_value(), or add Condition::null(key, false)")),
        None => Ok(()),
    }
}

fn is_range(value: &str) -> bool {
    value.parse::<ipnet::IpNet>().is_ok() || value.parse::<std::net::IpAddr>().is_ok()
}

fn is_arn(value: &str) -> bool {
    value == "*" || (value.split(':').count() >= 6 && (value.starts_with("arn:") || value.starts_with('*')))
}
