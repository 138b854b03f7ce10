//! From plain Rust values to expressions.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;

use crate::depth;
use crate::error::Error;
use crate::value::{Any, List, Map, Node, Number, Object, Set, Value, mapping, sequence};

impl<T> From<&Value<T>> for Value<T> {
    fn from(value: &Value<T>) -> Self {
        value.clone()
    }
}

impl<T, U: Into<Value<T>>> From<Option<U>> for Value<T> {
    fn from(value: Option<U>) -> Self {
        value.map_or_else(Value::none, Into::into)
    }
}

impl From<&str> for Value<String> {
    fn from(text: &str) -> Self {
        Self::of(Node::Text(Cow::Owned(text.to_owned())))
    }
}

impl From<String> for Value<String> {
    fn from(text: String) -> Self {
        Self::of(Node::Text(Cow::Owned(text)))
    }
}

impl From<&String> for Value<String> {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Cow<'static, str>> for Value<String> {
    fn from(text: Cow<'static, str>) -> Self {
        Self::of(Node::Text(text))
    }
}

impl From<bool> for Value<bool> {
    fn from(value: bool) -> Self {
        Self::of(Node::Bool(value))
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value<Number> {
            fn from(value: $integer) -> Self {
                Self::of(Node::Number(value.into()))
            }
        }

        impl From<$integer> for Value<Any> {
            fn from(value: $integer) -> Self {
                Value::<Number>::from(value).any()
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl From<$float> for Value<Number> {
            /// A whole number is written without a fraction. Infinity and NaN are invalid, because neither Terraform nor
            /// JSON has them: placing them is an error.
            fn from(value: $float) -> Self {
                float(value.into(), || value.to_string())
            }
        }

        impl From<$float> for Value<Any> {
            fn from(value: $float) -> Self {
                Value::<Number>::from(value).any()
            }
        }
    )*};
}

floats!(f32, f64);

/// A number, whose shortest text is `text`.
fn float(value: f64, text: impl Fn() -> String) -> Value<Number> {
    // Beyond 2^53 not every integer is a float, and the shortest float text is the honest one.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return (value as i64).into();
    }
    // The shortest text of an f32 is not that of the same number as an f64: 0.1 and 0.10000000149011612.
    let number = text().parse().ok().and_then(serde_json::Number::from_f64);
    number.map_or_else(
        || {
            Value::invalid(
                Error::new(format!("{value} is not a number that Terraform has")).remedy("give a finite number"),
            )
        },
        |number| Value::of(Node::Number(number)),
    )
}

macro_rules! sequences {
    ($($sequence:ident),*) => {$(
        impl<T, U: Into<Value<T>>> From<Vec<U>> for Value<$sequence<T>> {
            fn from(elements: Vec<U>) -> Self {
                sequence(elements)
            }
        }

        impl<T, U: Into<Value<T>>, const N: usize> From<[U; N]> for Value<$sequence<T>> {
            fn from(elements: [U; N]) -> Self {
                sequence(elements)
            }
        }

        impl<T, U: Clone + Into<Value<T>>> From<&[U]> for Value<$sequence<T>> {
            fn from(elements: &[U]) -> Self {
                sequence(elements.iter().cloned())
            }
        }
    )*};
}

sequences!(List, Set);

impl<T> From<Value<Set<T>>> for Value<List<T>> {
    fn from(set: Value<Set<T>>) -> Self {
        set.cast()
    }
}

impl<T> From<Value<List<T>>> for Value<Set<T>> {
    fn from(list: Value<List<T>>) -> Self {
        list.cast()
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>, const N: usize> From<[(K, U); N]> for Value<Map<T>> {
    fn from(entries: [(K, U); N]) -> Self {
        mapping(entries)
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>> From<Vec<(K, U)>> for Value<Map<T>> {
    fn from(entries: Vec<(K, U)>) -> Self {
        mapping(entries)
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>> From<BTreeMap<K, U>> for Value<Map<T>> {
    fn from(entries: BTreeMap<K, U>) -> Self {
        mapping(entries)
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>> From<IndexMap<K, U>> for Value<Map<T>> {
    fn from(entries: IndexMap<K, U>) -> Self {
        mapping(entries)
    }
}

impl<T, U: Into<Value<T>>> From<HashMap<String, U>> for Value<Map<T>> {
    /// The order of a hash map is not the program's, so the entries are sorted.
    fn from(entries: HashMap<String, U>) -> Self {
        entries.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

macro_rules! parts_of_documents {
    ($($scalar:ty),*) => {$(
        impl From<Value<$scalar>> for Value<Any> {
            fn from(value: Value<$scalar>) -> Self {
                value.any()
            }
        }

        impl From<&Value<$scalar>> for Value<Any> {
            fn from(value: &Value<$scalar>) -> Self {
                value.clone().any()
            }
        }
    )*};
}

parts_of_documents!(String, bool, Number, Object);

impl<T> From<Value<List<T>>> for Value<Any> {
    fn from(value: Value<List<T>>) -> Self {
        value.any()
    }
}

impl<T> From<Value<Set<T>>> for Value<Any> {
    fn from(value: Value<Set<T>>) -> Self {
        value.any()
    }
}

impl<T> From<Value<Map<T>>> for Value<Any> {
    fn from(value: Value<Map<T>>) -> Self {
        value.any()
    }
}

impl From<&str> for Value<Any> {
    fn from(text: &str) -> Self {
        Value::<String>::from(text).any()
    }
}

impl From<String> for Value<Any> {
    fn from(text: String) -> Self {
        Value::<String>::from(text).any()
    }
}

impl From<bool> for Value<Any> {
    fn from(value: bool) -> Self {
        Value::<bool>::from(value).any()
    }
}

impl From<serde_json::Value> for Value<Any> {
    /// A JSON document as literals: `${` in its strings is text.
    ///
    /// `serde_json` itself turns NaN and infinity into `null`, so `json!({"threshold": f64::NAN})` cannot be told from a
    /// `null` that is meant. Put floats that come from a computation into a [`Value`] instead.
    fn from(document: serde_json::Value) -> Self {
        depth::checked(document).map_or_else(Self::invalid, part_of_document)
    }
}

fn part_of_document(json: serde_json::Value) -> Value<Any> {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::none(),
        Json::Bool(value) => value.into(),
        Json::Number(number) => Value::of(Node::Number(number)),
        Json::String(text) => text.into(),
        Json::Array(elements) => sequence::<Any, Any>(elements.into_iter().map(part_of_document)),
        Json::Object(entries) => {
            mapping::<Any, _, Any>(entries.into_iter().map(|(key, json)| (key, part_of_document(json))))
        }
    }
}
