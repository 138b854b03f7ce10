//! The tags that stand in a resource, in every place where its type carries them.

use std::borrow::Cow;

use crate::block::{Block, Item};
use crate::facts::TagPlace;
use crate::tags::TagText;
use crate::value::Node;

/// The value of a tag as it stands in a resource.
#[derive(Clone, Copy)]
pub(crate) enum TagValue<'a> {
    Filled(&'a TagText),
    /// Given by an override or a nested block.
    Given(&'a Node),
}

impl<'a> TagValue<'a> {
    pub(crate) fn literal(self) -> Option<&'a str> {
        match self {
            Self::Filled(text) => text.literal(),
            Self::Given(node) => node.literal(),
        }
    }

    pub(crate) fn to_text(self) -> TagText {
        match self {
            Self::Filled(text) => text.clone(),
            Self::Given(node) => node.clone().into(),
        }
    }
}

impl TagPlace {
    /// Shows every tag in this place of a resource to `see`, if its key is known. A later tag of the same key wins.
    pub(crate) fn each_tag<'a>(&self, resource: &'a Block, see: &mut dyn FnMut(&'a str, TagValue<'a>)) {
        let mut in_nested = |name: &str, argument: &str| {
            nested(resource, name).into_iter().for_each(|one| one.each_tag(argument, see));
        };
        match self {
            TagPlace::Argument(argument) | TagPlace::IfGiven(argument) => One::Block(resource).each_tag(argument, see),
            TagPlace::Nested { block, argument, .. } => in_nested(block, argument),
            TagPlace::Specifications { block, .. } => in_nested(block, "tags"),
            TagPlace::Each { block, .. } => {
                for one in nested(resource, block) {
                    if let (Some(key), Some(value)) = (one.node("key").and_then(Node::literal), one.node("value")) {
                        see(key, TagValue::Given(value));
                    }
                }
            }
        }
    }
}

/// A nested block, or the map that an override put in its place.
#[derive(Clone, Copy)]
enum One<'a> {
    Block(&'a Block),
    Map(&'a [(Cow<'static, str>, Node)]),
}

impl<'a> One<'a> {
    fn node(self, name: &str) -> Option<&'a Node> {
        match self {
            Self::Block(block) => block.node(name),
            Self::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, node)| node),
        }
    }

    /// Shows the tags in a map argument to `see`.
    fn each_tag(self, argument: &str, see: &mut dyn FnMut(&'a str, TagValue<'a>)) {
        if let Self::Block(block) = self
            && let Some(Item::Tags(tags)) = block.get(argument)
        {
            return tags.literals().for_each(|(key, text)| see(key, TagValue::Filled(text)));
        }
        self.node(argument).into_iter().for_each(|tags| in_node(tags, see));
    }
}

/// The nested blocks of that name, also if an override gave them as a map or a list of maps.
fn nested<'a>(resource: &'a Block, name: &str) -> Vec<One<'a>> {
    let map = |node: &'a Node| match node {
        Node::Map(entries) => Some(One::Map(entries)),
        _ => None,
    };
    match resource.get(name) {
        Some(Item::Blocks(nested)) => nested.blocks.iter().map(One::Block).collect(),
        Some(Item::Value(Node::List(elements))) => elements.iter().filter_map(map).collect(),
        Some(Item::Value(node)) => map(node).into_iter().collect(),
        Some(Item::Tags(_)) | None => Vec::new(),
    }
}

fn in_node<'a>(tags: &'a Node, see: &mut dyn FnMut(&'a str, TagValue<'a>)) {
    match tags {
        Node::Map(entries) => entries.iter().for_each(|(key, node)| see(key, TagValue::Given(node))),
        Node::Merge(maps) => maps.iter().for_each(|map| in_node(map, see)),
        _ => {}
    }
}
