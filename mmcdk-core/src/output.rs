//! Outputs of a stack.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::value::{Node, Number, Value};

/// An output of a stack: a value, perhaps with a description.
///
/// It is marked sensitive by itself where a part of the value is.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub(crate) value: Node,
    pub(crate) description: Option<String>,
    pub(crate) sensitive: bool,
}

impl Output {
    /// An output of that value: a text, a number, or any [`Value`].
    pub fn new(value: impl Into<Self>) -> Self {
        value.into()
    }

    /// What the output is, for its readers.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Keeps the value out of Terraform's output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}

impl<T> From<Value<T>> for Output {
    fn from(value: Value<T>) -> Self {
        Self { sensitive: value.is_sensitive(), value: value.node, description: None }
    }
}

impl<T> From<&Value<T>> for Output {
    fn from(value: &Value<T>) -> Self {
        value.clone().into()
    }
}

impl From<&str> for Output {
    fn from(text: &str) -> Self {
        Value::<String>::from(text).into()
    }
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Value::<String>::from(text).into()
    }
}

impl From<bool> for Output {
    fn from(value: bool) -> Self {
        Value::<bool>::from(value).into()
    }
}

impl From<i32> for Output {
    fn from(value: i32) -> Self {
        Value::<Number>::from(value).into()
    }
}

impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &self.value)?;
        if let Some(description) = &self.description {
            // Terraform takes descriptions literally, so they are not escaped.
            map.serialize_entry("description", description)?;
        }
        if self.sensitive {
            map.serialize_entry("sensitive", &true)?;
        }
        map.end()
    }
}
