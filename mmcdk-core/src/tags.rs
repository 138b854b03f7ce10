//! Tags: gathered down the tree, nearest wins, rendered on each resource.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::ser::{Serialize, Serializer};

use crate::error::Error;
use crate::facts::TagRule;
use crate::render::Expression;
use crate::template::escape_template;
use crate::value::{Node, Value};

/// Tags in the order in which they were given; of a key given twice the later value counts.
///
/// An organisation's own struct converts into it by destructuring, so that the compiler finds what is missing:
///
/// ```
/// use mmcdk_core::Tags;
///
/// struct Standard {
///     owner: &'static str,
///     project: &'static str,
/// }
///
/// impl From<Standard> for Tags {
///     fn from(Standard { owner, project }: Standard) -> Self {
///         Tags::from([("Owner", owner), ("Project", project)])
///     }
/// }
///
/// assert_eq!(Tags::from(Standard { owner: "platform", project: "network" }).keys().count(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags(Vec<Tag>);

pub(crate) type Tag = (Arc<str>, TagText);

/// A tag's value: literals are shared by all the resources that carry them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TagText {
    Literal(Arc<str>),
    Expression(Node),
}

impl Tags {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tag, or gives it another value.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value<String>>) {
        self.put(key.into().into(), value.into().node.into());
    }

    pub(crate) fn put(&mut self, key: Arc<str>, text: TagText) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = text,
            None => self.0.push((key, text)),
        }
    }

    pub(crate) fn sorted(self) -> TagSet {
        TagSet::sorted(self.0)
    }

    /// The keys, in the order in which they were given.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_ref())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes tags out.
    pub(crate) fn remove(&mut self, keys: &[String]) {
        self.0.retain(|(key, _)| !keys.iter().any(|out| **out == **key));
    }

    /// Adds all of these tags, whose values win.
    pub fn extend(&mut self, tags: Tags) {
        tags.0.into_iter().for_each(|(key, text)| self.put(key, text));
    }
}

impl<K: Into<String>, V: Into<Value<String>>, const N: usize> From<[(K, V); N]> for Tags {
    fn from(tags: [(K, V); N]) -> Self {
        tags.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value<String>>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(tags: I) -> Self {
        let mut all = Self::new();
        tags.into_iter().for_each(|(key, value)| all.insert(key, value));
        all
    }
}

impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.0.iter().map(|(key, text)| Shown(key, text).to_string()).collect();
        f.write_str(&shown.join(", "))
    }
}

impl From<Node> for TagText {
    fn from(node: Node) -> Self {
        match node {
            Node::Text(text) => Self::Literal(text.as_ref().into()),
            node => Self::Expression(node),
        }
    }
}

impl TagText {
    /// The text of a literal.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Expression(_) => None,
        }
    }

    pub(crate) fn to_node(&self) -> Node {
        match self {
            Self::Literal(text) => Node::Text(Cow::Owned(text.as_ref().to_owned())),
            Self::Expression(node) => node.clone(),
        }
    }
}

impl Serialize for TagText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(text) => serializer.serialize_str(&escape_template(text)),
            Self::Expression(node) => node.serialize(serializer),
        }
    }
}

/// The tags of a place in the tree, sorted by key and shared by everything there.
#[derive(Debug, Default)]
pub(crate) struct TagSet {
    pub(crate) tags: Vec<Tag>,
    /// The first breach of a cloud's limits, found once for all resources that share the set.
    breach: OnceLock<(&'static TagRule, Option<Error>)>,
}

impl PartialEq for TagSet {
    fn eq(&self, other: &Self) -> bool {
        self.tags == other.tags
    }
}

impl TagSet {
    pub(crate) fn sorted(mut tags: Vec<Tag>) -> Self {
        tags.sort_by(|(left, _), (right, _)| left.cmp(right));
        Self { tags, breach: OnceLock::new() }
    }

    /// These tags with others laid over them and some taken out.
    pub(crate) fn with(&self, over: &Tags, without: &[String]) -> Self {
        let mut all = Tags(self.tags.clone());
        all.remove(without);
        all.extend(over.clone());
        Self::sorted(all.0)
    }

    /// Those of these tags whose keys are named, and the one that is always kept.
    pub(crate) fn only(&self, keys: &[String], always: Option<&str>) -> Self {
        let named = |key: &str| always == Some(key) || keys.iter().any(|kept| kept == key);
        Self::sorted(self.tags.iter().filter(|(key, _)| named(key)).cloned().collect())
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&TagText> {
        let index = self.tags.binary_search_by(|(known, _)| known.as_ref().cmp(key)).ok()?;
        Some(&self.tags[index].1)
    }

    pub(crate) fn breach(&self, rule: &'static TagRule) -> Option<Error> {
        let first = || self.tags.iter().find_map(|tag| rule.breach(tag));
        let (of, found) = self.breach.get_or_init(|| (rule, first()));
        // Two clouds in one stack have limits of their own.
        if std::ptr::eq(*of, rule) { found.as_ref().map(Error::repeated) } else { first() }
    }
}

impl TagRule {
    pub(crate) fn too_many(&self, count: usize) -> Option<Error> {
        (count > self.max_tags).then(|| match self.few {
            true => Error::new(format!("{count} tags, a resource of this type may have {}", self.max_tags))
                .remedy("choose which tags the type carries: only_tags_on of the organisation or of a scope's Local"),
            false => Error::new(format!("{count} tags, a resource may have {}", self.max_tags))
                .remedy("take some out, or exclude them here"),
        })
    }

    /// The first two keys that are one where case is ignored.
    pub(crate) fn same_key<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Option<Error> {
        if !self.ignores_case {
            return None;
        }
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for key in keys {
            if let Some(other) = seen.insert(key.to_lowercase(), key).filter(|other| *other != key) {
                let problem = format!("the tags {other:?} and {key:?} have one key, since this type ignores case");
                return Some(Error::new(problem).remedy("keep one of them"));
            }
        }
        None
    }

    pub(crate) fn breach(&self, (key, text): &Tag) -> Option<Error> {
        let length = key.chars().count();
        let allowed = |character: char, ascii: bool, specials: &str| {
            let plain = if ascii { character.is_ascii_alphanumeric() } else { character.is_alphanumeric() };
            plain || specials.contains(character)
        };
        let shown = Shown(key, text);
        if length == 0 || length > self.max_key {
            return Some(
                Error::new(format!("the key of tag {shown} has {length} characters"))
                    .remedy(format!("1 to {} are allowed", self.max_key)),
            );
        }
        if key.get(..self.reserved.len()).is_some_and(|start| start.eq_ignore_ascii_case(self.reserved)) {
            return Some(
                Error::new(format!("the key of tag {shown} begins with {:?}, which is reserved", self.reserved))
                    .remedy("choose another key"),
            );
        }
        if let Some(wrong) = key.chars().find(|character| !allowed(*character, self.ascii_keys, self.key_specials)) {
            return Some(refused(&shown, "key", wrong, self.ascii_keys, self.key_specials));
        }
        let TagText::Literal(value) = text else { return None };
        let length = value.chars().count();
        if length > self.max_value {
            return Some(
                Error::new(format!("the value of tag {shown} has {length} characters"))
                    .remedy(format!("at most {} are allowed", self.max_value)),
            );
        }
        if length < self.min_value {
            return Some(
                Error::new(format!("the value of tag {shown} has {length} characters"))
                    .remedy(format!("this type requires at least {}", self.min_value)),
            );
        }
        let wrong = value.chars().find(|character| !allowed(*character, self.ascii, self.specials));
        wrong.map(|wrong| refused(&shown, "value", wrong, self.ascii, self.specials))
    }
}

/// Whether two keys differ in nothing but upper and lower case.
pub(crate) fn is_same_key(one: &str, other: &str) -> bool {
    one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}

fn refused(shown: &Shown<'_>, what: &str, wrong: char, ascii: bool, specials: &str) -> Error {
    let letters = if ascii { "the letters a to z" } else { "letters" };
    Error::new(format!("the {what} of tag {shown} has the character {wrong:?}")).remedy(match specials {
        "" => format!("{letters} and digits are allowed"),
        specials => format!("{letters}, digits and {specials:?} are allowed"),
    })
}

/// A tag for messages: `"Owner" = "platform"`.
pub(crate) struct Shown<'a>(pub(crate) &'a str, pub(crate) &'a TagText);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            TagText::Literal(value) => write!(f, "{:?} = {:?}", self.0, value),
            TagText::Expression(node) => write!(f, "{:?} = {}", self.0, Expression(node)),
        }
    }
}
