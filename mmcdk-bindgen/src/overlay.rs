//! What the schema cannot know: which argument is a name, which names are allowed, and where tags stand.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;

/// Curated facts and corrections. Each entry must match something of the schema, or generation fails.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// How the cloud limits tags; without it no type is tagged.
    pub(crate) tags: Option<TagLimits>,
    /// Limits of types that have others than the cloud in general, by their own name.
    #[serde(default)]
    pub(crate) tag_rules: BTreeMap<String, OwnTagLimits>,
    /// How many characters the provider appends to a prefix to make a name.
    pub(crate) appended: Option<Appended>,
    /// What the texts of arguments must look like, by the rule's own name.
    #[serde(default)]
    pub(crate) texts: BTreeMap<String, Text>,
    /// What names must look like, by the rule's own name.
    #[serde(default)]
    pub(crate) rules: BTreeMap<String, Rule>,
    /// Where names are unique, by the realm's own name: the places that must be the same for two names to clash.
    #[serde(default)]
    pub(crate) realms: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, TypeOverlay>,
    #[serde(default)]
    pub(crate) data_sources: BTreeMap<String, TypeOverlay>,
    /// Which types may hold data or hold an environment together, and so must be in one of the next three lists.
    #[serde(default)]
    pub(crate) candidates: Candidates,
    /// The types that hold data, each with what is lost when it is destroyed.
    #[serde(default)]
    pub(crate) stateful: BTreeMap<String, String>,
    /// The types that hold an environment together, each with what depends on it.
    #[serde(default)]
    pub(crate) foundation: BTreeMap<String, String>,
    /// The candidates that are neither, each with the reason.
    #[serde(default)]
    pub(crate) disposable: BTreeMap<String, String>,
    /// The arguments that the provider changes in place, of types whose other arguments replace the resource.
    #[serde(default)]
    pub(crate) in_place: BTreeMap<String, InPlace>,
}

/// The arguments of a type that can change without replacing the resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InPlace {
    /// Names of arguments and nested blocks, with dots: `root_block_device.volume_size`.
    pub(crate) arguments: Vec<String>,
    /// Where this can be read.
    #[serde(rename = "source")]
    pub(crate) _source: String,
}

/// The words by which a type is a candidate for the lists of what must not be destroyed unnoticed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidates {
    /// What the name of a type ends in: `cluster`, `snapshot`.
    pub(crate) endings: Vec<String>,
    /// What the name of an argument or nested block contains: `deletion_protect`.
    pub(crate) arguments: Vec<String>,
}

/// The tag rule of the cloud.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagLimits {
    /// The tag that holds a resource's name, if the cloud has such a custom.
    pub(crate) name_key: Option<String>,
    pub(crate) max_tags: usize,
    pub(crate) max_key: usize,
    pub(crate) max_value: usize,
    pub(crate) specials: String,
    pub(crate) reserved: String,
    /// Where this is documented.
    pub(crate) source: String,
}

/// The limits of tags of some types: what differs from the cloud's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnTagLimits {
    /// The types that have them.
    pub(crate) types: Vec<String>,
    pub(crate) max_tags: Option<usize>,
    pub(crate) max_key: Option<usize>,
    pub(crate) max_value: Option<usize>,
    #[serde(default)]
    pub(crate) min_value: usize,
    pub(crate) key_specials: Option<String>,
    #[serde(default)]
    pub(crate) ascii: bool,
    #[serde(default)]
    pub(crate) ascii_keys: bool,
    #[serde(default)]
    pub(crate) ignores_case: bool,
    /// Where this is documented.
    pub(crate) source: String,
}

/// The characters that a provider appends to a prefix to make a name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Appended {
    pub(crate) characters: usize,
    /// Where this is documented.
    pub(crate) source: String,
}

/// What the text of an argument must look like; the fields are those of `TextRule`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    pub(crate) what: String,
    #[serde(default)]
    pub(crate) min: usize,
    #[serde(default)]
    pub(crate) max: usize,
    #[serde(default)]
    pub(crate) measure: Unit,
    #[serde(default)]
    pub(crate) chars: String,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) not_prefixes: Vec<String>,
    #[serde(default)]
    pub(crate) target: String,
    /// Where this is documented.
    pub(crate) source: String,
}

/// What a length is counted in; the cases are those of `Measure`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    #[default]
    Characters,
    Bytes,
    DecodedBytes,
}

/// What a physical name must look like; the fields are those of `NameRule`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) what: String,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) chars: String,
    #[serde(default)]
    pub(crate) lower: bool,
    #[serde(default)]
    pub(crate) edges: String,
    #[serde(default)]
    pub(crate) not_prefixes: Vec<String>,
    #[serde(default)]
    pub(crate) not_suffixes: Vec<String>,
    #[serde(default)]
    pub(crate) not_within: Vec<String>,
    #[serde(default)]
    pub(crate) not_ip: bool,
    /// Where this is documented.
    pub(crate) source: String,
}

/// What is said of one type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeOverlay {
    /// The Rust name, where the rule makes an ambiguous or bad one.
    pub(crate) rust: Option<String>,
    /// What stands for the type in names.
    pub(crate) segment: Option<String>,
    pub(crate) name: Option<NameOverlay>,
    /// The places of tags, where a map argument `tags` is not all.
    pub(crate) tags: Option<Vec<Place>>,
    /// The rules of the texts of arguments, by their dotted paths.
    #[serde(default)]
    pub(crate) checks: BTreeMap<String, String>,
    /// Rust names of arguments, by their dotted paths.
    #[serde(default)]
    pub(crate) arguments: BTreeMap<String, String>,
    /// Rust names of nested blocks and objects, by their dotted paths.
    #[serde(default)]
    pub(crate) blocks: BTreeMap<String, String>,
}

/// The argument that is a type's physical name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameOverlay {
    pub(crate) argument: String,
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    #[serde(default)]
    pub(crate) forms: Vec<Form>,
    pub(crate) realm: RealmOverlay,
}

/// An ending of a name that depends on another argument; the fields are those of `NameForm`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    pub(crate) argument: String,
    pub(crate) value: Option<String>,
    pub(crate) suffix: String,
    #[serde(default)]
    pub(crate) whole: bool,
    /// Where this is documented.
    pub(crate) source: String,
}

/// Where the names of a type are unique; the fields are those of `Unique`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RealmOverlay {
    /// One of the realms, or `none` if two may have the same name.
    pub(crate) of: String,
    /// The type whose name stands for the pool; by default the type itself.
    pub(crate) pool: Option<String>,
    /// The arguments that name the parent, each with the parent that stands for none.
    #[serde(default)]
    pub(crate) within: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) ignores_case: bool,
    /// Where this is documented.
    pub(crate) source: String,
}

/// A place of tags; the cases are those of `TagPlace`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Place {
    Argument(String),
    IfGiven(String),
    Nested { block: String, argument: String, create: bool, unless: String },
    Each { block: String, flag: String },
    Specifications { block: String, kinds: Vec<String> },
}

impl Overlay {
    /// Reads an overlay file.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON or says something that an overlay cannot say.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::new(format!("the overlay cannot be read: {error}")))
    }
}
