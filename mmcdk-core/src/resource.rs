//! The traits that generated resource types implement.

use crate::block::{Block, BlockType, Blocks};
use crate::facts::TypeFacts;
use crate::lifecycle::Lifecycle;
use crate::provider::ProviderRef;
use crate::scope::Dependency;
use crate::value::{Anchor, Any, Node, Value};

/// A Terraform resource type or data source: an inert description that [`Scope::add`](crate::Scope::add) places.
///
/// Types are generated from a provider's schema. Required arguments are parameters of `new`, optional ones consuming
/// setters, and adding one returns a handle whose methods are references to its attributes.
pub trait Resource: Sized {
    /// What is known of the type.
    const FACTS: &'static TypeFacts;

    /// What adding it returns.
    type Handle: Handle;

    /// The arguments and meta-arguments set so far.
    fn body_mut(&mut self) -> &mut Body;

    /// The arguments and meta-arguments.
    fn into_body(mut self) -> Body {
        std::mem::take(self.body_mut())
    }

    /// Makes Terraform create this after another resource, or after everything in a construct.
    ///
    /// References already imply it; this is for what no reference says.
    #[must_use]
    fn depends_on(mut self, dependency: impl Into<Dependency>) -> Self {
        self.body_mut().meta().depends_on.push(dependency.into());
        self
    }

    /// Terraform's [`lifecycle`](https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle) block.
    #[must_use]
    fn lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        self.body_mut().meta().lifecycle = lifecycle;
        self
    }

    /// Takes over what exists already, by the id that Terraform imports it with, instead of creating it.
    ///
    /// It becomes an [`import` block](https://developer.hashicorp.com/terraform/language/block/import) (Terraform 1.5): the
    /// plan shows what is imported and what is changed to fit the description. Once applied it does nothing more, so it can
    /// stay or go.
    #[must_use]
    fn adopt(mut self, id: impl Into<Value<String>>) -> Self {
        self.body_mut().meta().adopt = Some(id.into().node);
        self
    }

    /// Uses another provider configuration than the stack's default. Names and tags follow that configuration too.
    #[must_use]
    fn provider(mut self, provider: &ProviderRef) -> Self {
        self.body_mut().meta().provider = Some(provider.clone());
        self
    }

    /// Escape hatch: sets any argument, by its path in Terraform's terms, after names and tags are in place.
    ///
    /// The path's parts are argument and block names, indices of repeated blocks, and keys, joined by dots:
    /// `root_block_device.0.encrypted`. Nothing is checked against the schema.
    ///
    /// Meta-arguments can be set too. `lifecycle.prevent_destroy` is merged with the resource's own [`Lifecycle`], addresses
    /// in `depends_on` are added to its dependencies, and `provider` replaces its provider in the output alone: names and
    /// tags follow [`Resource::provider`].
    #[must_use]
    fn set_at(mut self, path: impl Into<String>, value: impl Into<Value<Any>>) -> Self {
        self.body_mut().meta().overrides.push((path.into(), Some(value.into().node)));
        self
    }

    /// Escape hatch: removes any argument, by its path as in [`Resource::set_at`]. It is an error if it is not there.
    #[must_use]
    fn remove_at(mut self, path: impl Into<String>) -> Self {
        self.body_mut().meta().overrides.push((path.into(), None));
        self
    }
}

/// What placing a resource returns: references to its attributes.
pub trait Handle: Clone {
    /// The handle of what stands at the anchor.
    fn from_anchor(anchor: Anchor) -> Self;

    /// What its references point at.
    fn anchor(&self) -> &Anchor;
}

/// The arguments of a resource, and Terraform's meta-arguments. Generated types wrap one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    pub(crate) block: Block,
    meta: Option<Box<Meta>>,
}

/// Terraform's meta-arguments and the overrides of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Meta {
    pub(crate) depends_on: Vec<Dependency>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) provider: Option<ProviderRef>,
    pub(crate) overrides: Vec<(String, Option<Node>)>,
    /// The id by which Terraform imports it.
    pub(crate) adopt: Option<Node>,
}

impl Body {
    /// A body with nothing in it.
    pub const fn new() -> Self {
        Self { block: Block::new(), meta: None }
    }

    /// Sets an optional argument; no value removes it.
    #[must_use]
    pub fn set<T>(mut self, name: &'static str, value: impl Into<Value<T>>) -> Self {
        self.block = self.block.set(name, value);
        self
    }

    /// Sets a required argument. That there is a value is checked when the resource is placed.
    #[must_use]
    pub fn require<T>(mut self, name: &'static str, value: impl Into<Value<T>>) -> Self {
        self.block = self.block.require(name, value);
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
        self.block = self.block.blocks(name, blocks, min, max);
        self
    }

    pub(crate) fn meta(&mut self) -> &mut Meta {
        self.meta.get_or_insert_default()
    }

    pub(crate) fn into_parts(self) -> (Block, Meta) {
        (self.block, self.meta.map_or_else(Meta::default, |meta| *meta))
    }
}
