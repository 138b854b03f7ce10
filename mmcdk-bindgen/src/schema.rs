//! The output of `terraform providers schema -json`. Maps are sorted, so the order of the file cannot matter.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;

/// The schemas of some providers.
#[derive(Debug, Deserialize)]
pub struct Schema {
    #[serde(default)]
    pub(crate) provider_schemas: BTreeMap<String, ProviderSchema>,
}

impl Schema {
    /// Reads what Terraform wrote.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON or not a provider schema.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| {
            Error::new(format!(
                "the provider schema cannot be read: {error}; it should be the output of `terraform providers schema -json`"
            ))
        })
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ProviderSchema {
    #[serde(default)]
    pub(crate) resource_schemas: BTreeMap<String, TypeSchema>,
    #[serde(default)]
    pub(crate) data_source_schemas: BTreeMap<String, TypeSchema>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TypeSchema {
    pub(crate) block: BlockSchema,
}

/// The attributes and nested blocks of a resource or of a nested block.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockSchema {
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, AttributeSchema>,
    #[serde(default)]
    pub(crate) block_types: BTreeMap<String, NestedSchema>,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) deprecated: bool,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AttributeSchema {
    #[serde(rename = "type")]
    pub(crate) plain: Option<Type>,
    pub(crate) nested_type: Option<NestedType>,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) computed: bool,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) write_only: bool,
    #[serde(default)]
    pub(crate) deprecated: bool,
}

/// A nested block and how many there may be.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NestedSchema {
    pub(crate) block: BlockSchema,
    pub(crate) nesting_mode: Nesting,
    #[serde(default)]
    pub(crate) min_items: u32,
    #[serde(default)]
    pub(crate) max_items: u32,
}

/// The type of an attribute whose members have attributes of their own (protocol 6).
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NestedType {
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, AttributeSchema>,
    pub(crate) nesting_mode: Nesting,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Nesting {
    Single,
    Group,
    List,
    Set,
    Map,
}

/// Terraform's type of an attribute: `"string"`, `["set", "string"]`, `["object", {…}]`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "serde_json::Value")]
pub(crate) enum Type {
    String,
    Bool,
    Number,
    Dynamic,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<String, Type>),
    Tuple,
}

impl TryFrom<serde_json::Value> for Type {
    type Error = String;

    fn try_from(json: serde_json::Value) -> Result<Self, String> {
        use serde_json::Value as Json;
        let of = |json: &Json| Self::try_from(json.clone()).map(Box::new);
        let parts = match &json {
            Json::String(name) => return Self::primitive(name),
            Json::Array(parts) => parts.as_slice(),
            _ => &[],
        };
        match (parts.first().and_then(Json::as_str), parts.get(1)) {
            (Some("list"), Some(element)) => of(element).map(Self::List),
            (Some("set"), Some(element)) => of(element).map(Self::Set),
            (Some("map"), Some(element)) => of(element).map(Self::Map),
            (Some("tuple"), _) => Ok(Self::Tuple),
            (Some("object"), Some(Json::Object(members))) => {
                let members = members.iter().map(|(name, json)| Ok((name.clone(), Self::try_from(json.clone())?)));
                members.collect::<Result<_, String>>().map(Self::Object)
            }
            _ => Err(format!("{json} is not a type of Terraform")),
        }
    }
}

impl Type {
    fn primitive(name: &str) -> Result<Self, String> {
        match name {
            "string" => Ok(Self::String),
            "bool" => Ok(Self::Bool),
            "number" => Ok(Self::Number),
            "dynamic" => Ok(Self::Dynamic),
            _ => Err(format!("\"{name}\" is not a type of Terraform")),
        }
    }
}

impl AttributeSchema {
    /// Whether a configuration may give it.
    pub(crate) fn settable(&self) -> bool {
        self.required || self.optional
    }
}

impl BlockSchema {
    /// Whether a configuration may give it: a block with nothing in it is a switch, one with only computed content is not.
    pub(crate) fn settable(&self) -> bool {
        let empty = self.attributes.is_empty() && self.block_types.is_empty();
        empty
            || self.attributes.values().any(AttributeSchema::settable)
            || self.block_types.values().any(|nested| nested.block.settable())
    }

    /// Whether Terraform keeps a part of it out of its output.
    pub(crate) fn sensitive(&self) -> bool {
        self.attributes.values().any(AttributeSchema::any_sensitive)
            || self.block_types.values().any(|nested| nested.block.sensitive())
    }
}

impl AttributeSchema {
    /// Whether it or a part of it is sensitive.
    pub(crate) fn any_sensitive(&self) -> bool {
        let nested = self.nested_type.as_ref();
        self.sensitive || nested.is_some_and(|nested| nested.attributes.values().any(Self::any_sensitive))
    }
}
