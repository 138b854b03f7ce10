//! Provider configurations.

use std::sync::Arc;

use crate::block::{Block, BlockType, Blocks, Item};
use crate::context::Local;
use crate::facts::ProviderFacts;
use crate::value::{Node, Value};

/// A configuration of a provider: the stack's default one, or a further one under an alias.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(crate) facts: &'static ProviderFacts,
    pub(crate) block: Block,
    pub(crate) local: Local,
}

impl Provider {
    /// A configuration without arguments.
    pub fn new(facts: &'static ProviderFacts) -> Self {
        Self { facts, block: Block::new(), local: Local::new() }
    }

    /// Sets an argument of the provider.
    #[must_use]
    pub fn set<T>(mut self, name: &'static str, value: impl Into<Value<T>>) -> Self {
        self.block = self.block.set(name, value);
        self
    }

    /// Adds nested blocks of the provider.
    #[must_use]
    pub fn blocks<B: BlockType>(mut self, name: &'static str, blocks: impl Into<Blocks<B>>) -> Self {
        self.block = self.block.blocks(name, blocks, 0, 0);
        self
    }

    /// The context of what uses it, such as the region's part of names.
    #[must_use]
    pub fn local(mut self, local: Local) -> Self {
        self.local = self.local.over(local);
        self
    }
}

/// The block in which a configuration gives tags to everything, and its map of them, by the custom of providers.
const DEFAULT_TAGS: (&str, &str) = ("default_tags", "tags");

impl Provider {
    /// The tags that the provider itself adds to everything, so far as they are known.
    pub(crate) fn default_tags(&self) -> impl Iterator<Item = (&str, &Node)> {
        let (block, argument) = DEFAULT_TAGS;
        let blocks = match self.block.get(block) {
            Some(Item::Blocks(nested)) => nested.blocks.as_slice(),
            _ => &[],
        };
        let entries = blocks.iter().flat_map(move |block| match block.node(argument) {
            Some(Node::Map(entries)) => entries.as_slice(),
            _ => &[],
        });
        entries.map(|(key, node)| (key.as_ref(), node))
    }
}

/// A further provider configuration of a stack, for resources and parts of the tree that shall use it.
#[derive(Clone, Debug)]
pub struct ProviderRef(Arc<ProviderTarget>);

#[derive(Debug)]
struct ProviderTarget {
    app: u64,
    stack: u32,
    address: String,
    local: Local,
}

impl PartialEq for ProviderRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl ProviderRef {
    pub(crate) fn new(app: u64, stack: u32, address: String, local: Local) -> Self {
        Self(Arc::new(ProviderTarget { app, stack, address, local }))
    }

    /// Terraform's name for it: `aws.us-west-2`.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    pub(crate) fn local(&self) -> &Local {
        &self.0.local
    }

    pub(crate) fn is_of(&self, app: u64, stack: u32) -> bool {
        self.0.app == app && self.0.stack == stack
    }

    /// The alias alone: `us-west-2`.
    pub(crate) fn alias(&self) -> &str {
        self.0.address.split_once('.').map_or("", |(_, alias)| alias)
    }

    /// The local name of the provider: `aws`.
    pub(crate) fn provider(&self) -> &str {
        self.0.address.split('.').next().unwrap_or_default()
    }
}
