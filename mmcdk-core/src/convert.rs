//! From plain Rust values to expressions.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;

use crate::value::{Any, List, Map, Node, Number, Object, Set, Value, entry_nodes, nodes};

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

integers!(i32, i64, u8, u16, u32, u64);

impl From<f64> for Value<Number> {
    /// A whole number is written without a fraction. Terraform has no infinity and no NaN: those are no value.
    fn from(value: f64) -> Self {
        // Beyond 2^53 not every integer is a float, and the shortest float text is the honest one.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() <= EXACT {
            return (value as i64).into();
        }
        serde_json::Number::from_f64(value).map_or_else(Self::none, |number| Self::of(Node::Number(number)))
    }
}

macro_rules! sequences {
    ($($sequence:ident),*) => {$(
        impl<T, U: Into<Value<T>>> From<Vec<U>> for Value<$sequence<T>> {
            fn from(elements: Vec<U>) -> Self {
                Self::of(nodes(elements))
            }
        }

        impl<T, U: Into<Value<T>>, const N: usize> From<[U; N]> for Value<$sequence<T>> {
            fn from(elements: [U; N]) -> Self {
                Self::of(nodes(elements))
            }
        }

        impl<T, U: Clone + Into<Value<T>>> From<&[U]> for Value<$sequence<T>> {
            fn from(elements: &[U]) -> Self {
                Self::of(nodes(elements.iter().cloned()))
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
        Self::of(entry_nodes(entries))
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>> From<Vec<(K, U)>> for Value<Map<T>> {
    fn from(entries: Vec<(K, U)>) -> Self {
        Self::of(entry_nodes(entries))
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>> From<BTreeMap<K, U>> for Value<Map<T>> {
    fn from(entries: BTreeMap<K, U>) -> Self {
        Self::of(entry_nodes(entries))
    }
}

impl<T, K: Into<String>, U: Into<Value<T>>> From<IndexMap<K, U>> for Value<Map<T>> {
    fn from(entries: IndexMap<K, U>) -> Self {
        Self::of(entry_nodes(entries))
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

impl From<f64> for Value<Any> {
    fn from(value: f64) -> Self {
        Value::<Number>::from(value).any()
    }
}

impl From<bool> for Value<Any> {
    fn from(value: bool) -> Self {
        Value::<bool>::from(value).any()
    }
}

impl From<serde_json::Value> for Value<Any> {
    /// A JSON document as literals: `${` in its strings is text.
    fn from(document: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        Self::of(match document {
            Json::Null => Node::Null,
            Json::Bool(value) => Node::Bool(value),
            Json::Number(number) => Node::Number(number),
            Json::String(text) => Node::Text(text.into()),
            Json::Array(elements) => Node::List(elements.into_iter().map(|json| Self::from(json).node).collect()),
            Json::Object(entries) => {
                Node::Map(entries.into_iter().map(|(key, json)| (key.into(), Self::from(json).node)).collect())
            }
        })
    }
}
