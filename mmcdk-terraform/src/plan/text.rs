//! Values that stay text until somebody looks at them.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use mmcdk_core::{Error, Result};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// How deep a value may be nested. Terraform writes about ten levels, and the parser stops at 128.
const DEEPEST: usize = 100;

/// A value of a plan as JSON text, which is parsed each time it is asked for.
///
/// A plan can have tens of thousands of resources, and as trees their values take ten times the memory of the text.
/// Values may be secret, so `Debug` does not show them.
#[derive(Clone, Default)]
pub struct JsonText(Text);

#[derive(Clone, Default)]
enum Text {
    #[default]
    Null,
    Owned(Box<str>),
    /// A part of the file that all values are read from.
    Part {
        file: Arc<String>,
        start: usize,
        length: usize,
    },
}

thread_local! {
    /// The file that is being read on this thread. Serde hands nothing of one's own to the places where values are read.
    static FILE: RefCell<Option<Arc<String>>> = const { RefCell::new(None) };
}

/// Reads from a file whose values are kept as parts of it, so that the file is in memory once.
pub(super) fn read_parts_of<T>(file: &Arc<String>, read: impl FnOnce(&str) -> T) -> T {
    let before = FILE.with(|current| current.replace(Some(Arc::clone(file))));
    let result = read(file);
    FILE.with(|current| current.replace(before));
    result
}

impl JsonText {
    /// The value.
    ///
    /// # Errors
    /// Returns an error if a text or a number in it has no counterpart in Rust, such as half of a surrogate pair.
    pub fn value(&self) -> Result<Json> {
        // The message of serde may quote the value.
        serde_json::from_str(self.text()).map_err(|_| Error::new("a value of the plan cannot be read"))
    }

    /// Whether it is `null`, or not there at all.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Text::Null)
    }

    /// Whether both are written in the same way.
    pub(crate) fn is_written_as(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// Whether nothing is marked in it, if it is a tree of marks.
    pub(crate) fn marks_nothing(&self) -> bool {
        matches!(self.text(), "null" | "false" | "{}" | "[]")
    }

    fn text(&self) -> &str {
        match &self.0 {
            Text::Null => "null",
            Text::Owned(text) => text,
            Text::Part { file, start, length } => &file[*start..start + length],
        }
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonText").finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Some(raw) = Option::<&RawValue>::deserialize(from)? else { return Ok(Self::default()) };
        match is_too_deep(raw.get()) {
            true => Err(de::Error::custom(TOO_DEEP)),
            false => Ok(Self(part(raw.get()).unwrap_or_else(|| Text::Owned(raw.get().into())))),
        }
    }
}

/// The text as a part of the file that is being read, if it is one.
fn part(text: &str) -> Option<Text> {
    FILE.with_borrow(|file| {
        let file = file.as_ref()?;
        let start = text.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
        let is_part = start.checked_add(text.len()).is_some_and(|end| end <= file.len());
        is_part.then(|| Text::Part { file: Arc::clone(file), start, length: text.len() })
    })
}

/// Stands in the message of the error for what is nested too deeply.
pub(super) const TOO_DEEP: &str = "recursion limit exceeded";

/// The text is JSON, so that brackets outside of strings are in pairs.
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth -= 1,
            _ => {}
        }
        depth > DEEPEST
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_when_it_is_asked_for() {
        let read = |text: &str| serde_json::from_str::<JsonText>(text);
        assert_eq!(read(r#"{"a": [1, "x"]}"#).unwrap().value().unwrap(), serde_json::json!({"a": [1, "x"]}));
        assert!(read("null").unwrap().is_null() && JsonText::default().value().unwrap().is_null());
        assert!(read(r#""\ud800""#).unwrap().value().is_err());
        let file = Arc::new(r#"{"a": {"b": 1}, "c": null}"#.to_owned());
        let parts: std::collections::BTreeMap<String, JsonText> =
            read_parts_of(&file, |text| serde_json::from_str(text)).unwrap();
        assert!(matches!(&parts["a"].0, Text::Part { start: 6, length: 8, .. }) && parts["c"].is_null());
        assert_eq!(parts["a"].value().unwrap(), serde_json::json!({"b": 1}));
        let hidden = read(r#"{"password": "hunter2"}"#).unwrap();
        assert!(!format!("{hidden:?}").contains("hunter2"));
    }

    #[test]
    fn brackets_in_texts_are_not_nesting() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(&nested(DEEPEST)) && is_too_deep(&nested(DEEPEST + 1)));
        assert!(!is_too_deep(&format!(r#"["\"{}", "{}\\"]"#, "[".repeat(500), "{".repeat(500))));
    }
}
