//! What a plan does to one resource.

use std::borrow::Cow;
use std::fmt;

use serde_derive::Deserialize;
use serde_json::Value as Json;

use super::parse;
use super::text::JsonText;

/// What a plan does to one resource, or reads of one data source.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct ResourceChange {
    /// The address: `module.a.aws_vpc.core[0]`.
    pub address: String,
    /// The address in the state, where a `moved` block gives it another.
    pub previous_address: Option<String>,
    /// The address of its module; none in the root module.
    pub module_address: Option<String>,
    /// Whether it is a resource or a data source.
    #[serde(default)]
    pub mode: ResourceMode,
    /// The Terraform type: `aws_vpc`.
    #[serde(rename = "type", default)]
    pub terraform_type: String,
    /// The label: `core`.
    #[serde(default)]
    pub name: String,
    /// The key of `count` or `for_each`.
    pub index: Option<Index>,
    /// The address of its provider.
    #[serde(default)]
    pub provider_name: String,
    /// The key of an object that an interrupted replacement has left behind; none for the current one.
    pub deposed: Option<String>,
    /// What happens to it.
    pub change: Change,
    /// Why Terraform chose the action, in its words: `delete_because_no_resource_config`.
    pub action_reason: Option<String>,
}

impl ResourceChange {
    /// The address for messages, which tells what an interrupted replacement has left behind from the current object.
    pub(crate) fn shown_address(&self) -> Cow<'_, str> {
        match &self.deposed {
            Some(key) => format!("{} (deposed {key})", self.address).into(),
            None => self.address.as_str().into(),
        }
    }

    /// Whether it gets another address.
    pub fn is_moved(&self) -> bool {
        self.previous_address.as_ref().is_some_and(|previous| *previous != self.address)
    }
}

/// A change that cannot be planned yet.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct DeferredChange {
    /// Why, in Terraform's words: `provider_config_unknown`.
    #[serde(default)]
    pub reason: String,
    /// What is known of it.
    pub resource_change: ResourceChange,
}

/// An action that is invoked: what Terraform 1.14 does besides changing resources, such as to invoke a function.
///
/// Values may be secret, so `Debug` shows the address alone.
#[derive(Deserialize)]
#[non_exhaustive]
pub struct ActionInvocation {
    /// The address: `action.aws_lambda_invoke.migrate`.
    #[serde(default)]
    pub address: String,
    /// The type: `aws_lambda_invoke`.
    #[serde(rename = "type", default)]
    pub action_type: String,
    /// The label: `migrate`.
    #[serde(default)]
    pub name: String,
    /// The address of its provider.
    #[serde(default)]
    pub provider_name: String,
    /// Its arguments, without what is known only when it is invoked.
    #[serde(default)]
    pub config_values: JsonText,
    /// `true` where an argument is secret, in the shape of `config_values`.
    #[serde(default)]
    pub config_sensitive: JsonText,
}

impl fmt::Debug for ActionInvocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionInvocation").field("address", &self.address).finish_non_exhaustive()
    }
}

/// An invocation that cannot be planned yet.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct DeferredActionInvocation {
    /// Why, in Terraform's words: `provider_config_unknown`.
    #[serde(default)]
    pub reason: String,
    /// What is known of it.
    pub action_invocation: ActionInvocation,
}

/// A value before and after, and what makes the one of the other.
///
/// Values may be secret, so `Debug` shows the action alone.
#[derive(Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// What happens.
    #[serde(rename = "actions")]
    pub action: Action,
    /// The value in the state; `null` where there is none.
    #[serde(default)]
    pub before: JsonText,
    /// The value wanted, without what is known only afterwards; `null` where there is none.
    #[serde(default)]
    pub after: JsonText,
    /// `true` where a value is known only afterwards, in the shape of `after`.
    #[serde(default)]
    pub after_unknown: JsonText,
    /// `true` where a value of `before` is secret, in its shape.
    #[serde(default)]
    pub before_sensitive: JsonText,
    /// `true` where a value of `after` is secret, in its shape.
    #[serde(default)]
    pub after_sensitive: JsonText,
    /// The paths of what makes a replacement necessary: `[["cidr_block"]]`.
    #[serde(default, deserialize_with = "parse::or_default")]
    pub replace_paths: Vec<Json>,
    /// Where it comes from, if it is imported.
    pub importing: Option<Importing>,
}

impl Change {
    /// Whether something that exists is destroyed: by the action, or because nothing is to be where something was.
    pub fn destroys(&self) -> bool {
        self.action.destroys() || self.action != Action::Forget && !self.before.is_null() && self.after.is_null()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("action", &self.action).finish_non_exhaustive()
    }
}

/// What is imported.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Importing {
    /// The id by which the provider finds it; none where it is known only afterwards or an identity stands for it.
    pub id: Option<String>,
    /// The attributes by which the provider finds it instead of an id; `null` if there are none.
    #[serde(default)]
    pub identity: JsonText,
    /// Whether the id or the identity is known only afterwards.
    #[serde(default)]
    pub unknown: bool,
}

/// What a plan does to a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<String>")]
#[non_exhaustive]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// A data source is read, when applying.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed and created.
    Replace {
        /// Whether the new one is there before the old one goes.
        create_before_destroy: bool,
    },
    /// It is left out of the state, and not destroyed.
    Forget,
    /// An action of a newer version, in its words.
    Other(Vec<String>),
}

impl Action {
    /// Whether something that exists is destroyed.
    pub fn destroys(&self) -> bool {
        match self {
            Self::Delete | Self::Replace { .. } => true,
            Self::Other(words) => words.iter().any(|word| word == "delete"),
            Self::NoOp | Self::Create | Self::Read | Self::Update | Self::Forget => false,
        }
    }

    /// Whether it is known what it does: also of those with no variant of their own, which create one thing and forget
    /// another.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Other(words) => {
                let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
                words.sort_unstable();
                words == ["create", "forget"]
            }
            _ => true,
        }
    }
}

impl From<Vec<String>> for Action {
    fn from(words: Vec<String>) -> Self {
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        match known.as_slice() {
            ["no-op"] => Self::NoOp,
            ["create"] => Self::Create,
            ["read"] => Self::Read,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["delete", "create"] => Self::Replace { create_before_destroy: false },
            ["create", "delete"] => Self::Replace { create_before_destroy: true },
            ["forget"] => Self::Forget,
            _ => Self::Other(words),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace { .. } => "replace",
            Self::Forget => "forget",
            Self::Other(words) => return f.write_str(&words.join(", ")),
        })
    }
}

/// Whether something is managed or only read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum ResourceMode {
    /// A resource.
    #[default]
    Managed,
    /// A data source.
    Data,
    /// A mode of a newer version, in its words.
    Other(String),
}

impl From<String> for ResourceMode {
    fn from(word: String) -> Self {
        match word.as_str() {
            "managed" => Self::Managed,
            "data" => Self::Data,
            _ => Self::Other(word),
        }
    }
}

/// The key of one resource among those that `count` or `for_each` makes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Index {
    /// Of `count`.
    Count(u64),
    /// Of `for_each`.
    Key(String),
    /// Of a newer version.
    Other(Json),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_actions_and_unknown_ones_stay() {
        let replace = |create_before_destroy| Action::Replace { create_before_destroy };
        let other = |words: &[&str]| Action::Other(words.iter().map(|word| word.to_string()).collect());
        for (json, action, destroys) in [
            (r#"["no-op"]"#, Action::NoOp, false),
            (r#"["create"]"#, Action::Create, false),
            (r#"["read"]"#, Action::Read, false),
            (r#"["update"]"#, Action::Update, false),
            (r#"["delete"]"#, Action::Delete, true),
            (r#"["delete","create"]"#, replace(false), true),
            (r#"["create","delete"]"#, replace(true), true),
            (r#"["forget"]"#, Action::Forget, false),
            (r#"["create","forget"]"#, other(&["create", "forget"]), false),
            (r#"["archive","delete"]"#, other(&["archive", "delete"]), true),
            ("[]", other(&[]), false),
        ] {
            let read: Action = serde_json::from_str(json).unwrap();
            let known = !matches!(json, r#"["archive","delete"]"# | "[]");
            assert_eq!((read.is_known(), read.destroys(), read), (known, destroys, action), "{json}");
        }
    }

    #[test]
    fn keys_are_numbers_or_texts() {
        for (json, index) in [
            ("3", Index::Count(3)),
            (r#""a""#, Index::Key("a".into())),
            (r#"{"x":1}"#, Index::Other(serde_json::json!({"x": 1}))),
        ] {
            assert_eq!(serde_json::from_str::<Index>(json).unwrap(), index);
        }
    }

    #[test]
    fn debug_shows_no_values() {
        let change: Change =
            serde_json::from_str(r#"{"actions": ["create"], "after": {"password": "hunter2"}}"#).unwrap();
        assert_eq!(format!("{change:?}"), "Change { action: Create, .. }");
    }
}
