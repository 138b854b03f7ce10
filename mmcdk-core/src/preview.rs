//! What a resource would be at a place, before it is placed.

use crate::block::{Block, Item};
use crate::depth::Depth;
use crate::value::{Any, Value};

/// The arguments that a resource would have, with its name, its tags and the overrides of the context.
///
/// [`Scope::preview`](crate::Scope::preview) makes one. A construct that computes something from an argument reads it here,
/// so that it computes from what is placed and not from what it asked for.
#[derive(Clone, Debug)]
pub struct Preview {
    pub(crate) block: Block,
    pub(crate) name: Option<String>,
}

impl Preview {
    /// The physical name, if it is a literal.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The value of an argument; none if it is not set or is a nested block.
    pub fn argument<T>(&self, argument: &str) -> Option<Value<T>> {
        match self.block.get(argument)? {
            Item::Value(node) => Some(Value::nested(node.clone(), Depth::of(node))),
            Item::Tags(_) | Item::Blocks(_) => None,
        }
    }

    /// The arguments and nested blocks that are set, in order.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.block.entries().iter().map(|(name, _)| name.as_ref())
    }

    /// An argument or a nested block as it stands in Terraform JSON.
    pub fn json(&self, argument: &str) -> serde_json::Value {
        let value: Option<Value<Any>> = self.argument(argument);
        match value {
            Some(value) => value.to_json(),
            None => serde_json::to_value(&self.block).map_or(serde_json::Value::Null, |mut all| all[argument].take()),
        }
    }
}
