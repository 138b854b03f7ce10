//! The ordered, untyped body that generated types fill through their setters.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::depth::Depth;
use crate::tag_map::TagMap;
use crate::value::{Node, Value};

/// The arguments and nested blocks of a resource, in the order in which they were set.
///
/// Generated types wrap one; it is not meant to be used directly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    entries: Vec<(Cow<'static, str>, Item)>,
    depth: Depth,
}

/// What stands under a name in a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Value(Node),
    Tags(Arc<TagMap>),
    Blocks(NestedBlocks),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NestedBlocks {
    pub(crate) blocks: Vec<Block>,
    pub(crate) min: u32,
    /// 0 where there is no limit.
    pub(crate) max: u32,
}

/// One nested block, some, or none: what a setter of nested blocks takes. Each call adds to those that are there.
pub struct Blocks<B>(Vec<B>);

impl<B> From<B> for Blocks<B> {
    fn from(block: B) -> Self {
        Self(vec![block])
    }
}

impl<B> From<Option<B>> for Blocks<B> {
    fn from(block: Option<B>) -> Self {
        Self(block.into_iter().collect())
    }
}

impl<B> From<Vec<B>> for Blocks<B> {
    fn from(blocks: Vec<B>) -> Self {
        Self(blocks)
    }
}

impl<B, const N: usize> From<[B; N]> for Blocks<B> {
    fn from(blocks: [B; N]) -> Self {
        Self(blocks.into())
    }
}

/// A type of nested blocks. Generated ones implement it.
pub trait BlockType {
    /// Its arguments and the blocks nested in it.
    fn into_block(self) -> Block;
}

impl BlockType for Block {
    fn into_block(self) -> Block {
        self
    }
}

impl Block {
    /// A block with nothing in it.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), depth: Depth::FLAT }
    }

    /// Sets an optional argument; no value removes it.
    #[must_use]
    pub fn set<T>(mut self, name: &'static str, value: impl Into<Value<T>>) -> Self {
        self.put_or_remove(name.into(), value.into());
        self
    }

    /// Sets a required argument. That there is a value is checked when the resource is placed.
    #[must_use]
    pub fn require<T>(mut self, name: &'static str, value: impl Into<Value<T>>) -> Self {
        let node = self.part(value.into());
        self.put(name.into(), Item::Value(node));
        self
    }

    /// Adds nested blocks; there must be `min` to `max` of them when the resource is placed (`max` 0: no limit).
    #[must_use]
    pub fn blocks<B: BlockType>(
        mut self,
        name: &'static str,
        blocks: impl Into<Blocks<B>>,
        min: u32,
        max: u32,
    ) -> Self {
        let Blocks(blocks) = blocks.into();
        let blocks: Vec<Block> = blocks.into_iter().map(BlockType::into_block).collect();
        let depth = blocks.iter().fold(Depth::FLAT, |depth, block| depth.or(block.depth.below()));
        if let Err(error) = depth.check() {
            self.put(name.into(), Item::Value(Value::<()>::invalid(error).node));
            return self;
        }
        self.depth = self.depth.or(depth);
        if !blocks.is_empty() || min > 0 {
            self.nested_or_insert(name, min, max).blocks.extend(blocks);
        }
        self
    }

    pub(crate) fn put_or_remove<T>(&mut self, name: Cow<'static, str>, value: Value<T>) {
        match self.part(value) {
            Node::Null => drop(self.remove(&name)),
            node => self.put(name, Item::Value(node)),
        }
    }

    /// The node of a value that becomes part of this block.
    fn part<T>(&mut self, value: Value<T>) -> Node {
        self.depth = self.depth.or(value.depth.below());
        value.node
    }

    /// The nested blocks of that name, none at first.
    pub(crate) fn nested_or_insert(&mut self, name: &'static str, min: u32, max: u32) -> &mut NestedBlocks {
        let none = Item::Blocks(NestedBlocks { blocks: Vec::new(), min, max });
        let index = match self.position(name) {
            Some(index) if matches!(self.entries[index].1, Item::Blocks(_)) => index,
            // What was set last counts, as it does for arguments.
            Some(index) => {
                self.entries[index].1 = none;
                index
            }
            None => {
                self.entries.push((name.into(), none));
                self.entries.len() - 1
            }
        };
        match &mut self.entries[index].1 {
            Item::Blocks(nested) => nested,
            Item::Value(_) | Item::Tags(_) => unreachable!("it holds blocks now"),
        }
    }

    /// Makes nested blocks of a value in their place, which is a map or a list of maps, as raw resources may have it. Whether
    /// what is there now, if anything, is blocks.
    pub(crate) fn value_to_blocks(&mut self, name: &'static str) -> bool {
        let maps = match self.node(name) {
            None => return true,
            Some(Node::Map(entries)) => vec![entries.clone()],
            Some(Node::List(elements)) => {
                let maps = elements.iter().map(|element| match element {
                    Node::Map(entries) => Some(entries.clone()),
                    _ => None,
                });
                match maps.collect::<Option<Vec<_>>>() {
                    Some(maps) => maps,
                    None => return false,
                }
            }
            Some(_) => return false,
        };
        let of_map = |entries: Vec<(Cow<'static, str>, Node)>| {
            let mut block = Block::new();
            entries.into_iter().for_each(|(name, node)| block.put(name, Item::Value(node)));
            block
        };
        let blocks = maps.into_iter().map(of_map).collect();
        self.nested_or_insert(name, 0, 0).blocks = blocks;
        true
    }

    pub(crate) fn put(&mut self, name: Cow<'static, str>, item: Item) {
        match self.position(&name) {
            Some(index) => self.entries[index].1 = item,
            None => self.entries.push((name, item)),
        }
    }

    /// Sets an argument that shall stand first.
    pub(crate) fn put_first(&mut self, name: &'static str, node: Node) {
        self.entries.insert(0, (name.into(), Item::Value(node)));
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Item> {
        self.position(name).map(|index| self.entries.remove(index).1)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Item> {
        self.position(name).map(|index| &self.entries[index].1)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Item> {
        self.position(name).map(|index| &mut self.entries[index].1)
    }

    /// The expression under that name.
    pub(crate) fn node(&self, name: &str) -> Option<&Node> {
        match self.get(name) {
            Some(Item::Value(node)) => Some(node),
            _ => None,
        }
    }

    /// The expression at a dotted path, in the first of nested blocks.
    pub(crate) fn first_at(&self, path: &str) -> Option<&Node> {
        match path.split_once('.') {
            None => self.node(path),
            Some((block, rest)) => match self.get(block)? {
                Item::Blocks(nested) => nested.blocks.first()?.first_at(rest),
                _ => None,
            },
        }
    }

    pub(crate) fn entries(&self) -> &[(Cow<'static, str>, Item)] {
        &self.entries
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'static, str>, Item)> {
        self.entries.into_iter()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|(entry, _)| entry == name)
    }

    /// Writes its entries into a JSON object that has been begun.
    pub(crate) fn write_entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for (name, item) in &self.entries {
            map.serialize_entry(name.as_ref(), item)?;
        }
        Ok(())
    }
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        self.write_entries(&mut map)?;
        map.end()
    }
}

/// What an item consists of.
pub(crate) enum Part<'a> {
    Node(&'a Node),
    /// Tags, whose literals are not expressions. Their expressions follow as nodes.
    Tags(&'a TagMap),
}

impl Item {
    /// Shows everything in it to `see`.
    pub(crate) fn visit<'a>(&'a self, see: &mut impl FnMut(Part<'a>)) {
        match self {
            Item::Value(node) => node.visit(&mut |node| see(Part::Node(node))),
            Item::Tags(tags) => {
                see(Part::Tags(tags));
                tags.visit(&mut |node| see(Part::Node(node)));
            }
            Item::Blocks(nested) => {
                // A type of its own keeps the compiler from making a closure of closures for each level.
                let see: &mut dyn FnMut(Part<'a>) = see;
                let items = nested.blocks.iter().flat_map(|block| &block.entries);
                items.for_each(|(_, item)| item.visit_dyn(see));
            }
        }
    }

    fn visit_dyn<'a>(&'a self, mut see: &mut dyn FnMut(Part<'a>)) {
        self.visit(&mut see);
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Item::Value(node) => node.serialize(serializer),
            Item::Tags(tags) => tags.serialize(serializer),
            // One block reads best as an object, and Terraform takes it for a list of one.
            Item::Blocks(NestedBlocks { blocks, .. }) => match blocks.as_slice() {
                [block] => block.serialize(serializer),
                blocks => blocks.serialize(serializer),
            },
        }
    }
}
