//! How deep values and blocks may be nested, so that code may recurse over them.

use serde_json::Value as Json;

use crate::block::{Block, Item};
use crate::error::{Error, Result};
use crate::value::{Node, Value};

/// The deepest nesting that is accepted. Readers of JSON, `serde_json` among them, often stop at 128 levels.
const MAX: u16 = 100;

/// How many levels a document in a document counts for: each doubles the backslashes of the one before.
const DOCUMENT: u16 = 12;

/// How deep something is nested.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Depth(u16);

impl PartialEq for Depth {
    /// What is compared is what is nested, not how it came about.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Depth {
    /// Nothing is nested.
    pub(crate) const FLAT: Self = Self(0);

    /// The depth of what holds this.
    pub(crate) fn below(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The depth of a document that is written as text.
    pub(crate) fn below_document(self) -> Self {
        Self(self.0.saturating_add(DOCUMENT))
    }

    /// The depth of two things side by side.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// Notes the depth of a value beside others, and returns its node.
    pub(crate) fn take<T>(&mut self, value: Value<T>) -> Node {
        *self = self.or(value.depth);
        value.node
    }

    /// The depth of a node, found by looking at all of it.
    pub(crate) fn of(node: &Node) -> Self {
        match node {
            Node::List(nodes) | Node::Concat(nodes) | Node::Merge(nodes) => deepest(nodes.iter().map(Self::of)).below(),
            Node::Map(entries) => deepest(entries.iter().map(|(_, node)| Self::of(node))).below(),
            Node::Json(document) => Self::of(document).below_document(),
            Node::Step(inner, _) | Node::One(inner) => Self::of(inner).below(),
            Node::Null
            | Node::Bool(_)
            | Node::Number(_)
            | Node::Text(_)
            | Node::Reference(_)
            | Node::Address(_)
            | Node::Raw(_)
            | Node::Invalid(_) => Self::FLAT,
        }
    }

    fn of_item(item: &Item) -> Self {
        match item {
            Item::Value(node) => Self::of(node),
            // They stand in a map, which may be merged with others.
            Item::Tags(tags) => deepest(tags.nodes().map(|(_, node)| Self::of(node))).below().below(),
            Item::Blocks(nested) => {
                let items = nested.blocks.iter().flat_map(Block::entries);
                deepest(items.map(|(_, item)| Self::of_item(item))).below()
            }
        }
    }

    pub(crate) fn check(self) -> Result<()> {
        match self.0 > MAX {
            false => Ok(()),
            true => Err(too_deep()),
        }
    }
}

/// Checks what stands in a block after tags and overrides, which were checked only by themselves.
pub(crate) fn check_block(block: &Block) -> Result<()> {
    deepest(block.entries().iter().map(|(_, item)| Depth::of_item(item))).check()
}

/// Checks a path such as `a.b.c`, each part of which may add a level.
pub(crate) fn check_path(parts: usize) -> Result<()> {
    match parts > usize::from(MAX) {
        false => Ok(()),
        true => Err(too_deep()),
    }
}

/// The document, if it is not nested too deep. What is too deep is also taken apart, because dropping it recurses.
pub(crate) fn checked(document: Json) -> Result<Json> {
    let mut level = vec![&document];
    for _ in 0..=MAX {
        level = level.into_iter().flat_map(parts).collect();
        if level.is_empty() {
            return Ok(document);
        }
    }
    take_apart(document);
    Err(too_deep())
}

fn deepest(depths: impl Iterator<Item = Depth>) -> Depth {
    depths.fold(Depth::FLAT, Depth::or)
}

fn too_deep() -> Error {
    Error::new(format!("it is nested more than {MAX} levels deep"))
        .remedy("flatten it; each document within the text of a document counts for 12 levels")
}

fn parts(json: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match json {
        Json::Array(elements) => Box::new(elements.iter()),
        Json::Object(members) => Box::new(members.values()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Box::new(std::iter::empty()),
    }
}

fn take_apart(document: Json) {
    let mut rest = vec![document];
    while let Some(json) = rest.pop() {
        match json {
            Json::Array(elements) => rest.extend(elements),
            Json::Object(members) => rest.extend(members.into_iter().map(|(_, member)| member)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
}
