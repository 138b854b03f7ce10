//! The tag that says to which environment a resource belongs: set on everything, and contradicted by nothing.

use std::borrow::Cow;

use crate::block::{Block, Item};
use crate::context::Local;
use crate::error::{Error, Result};
use crate::facts::{TagPlace, TypeFacts};
use crate::provider::Provider;
use crate::tags::{Shown, TagText, Tags};
use crate::value::Node;

/// The environment's tag in one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvironmentTag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl EnvironmentTag {
    /// The key unless the organisation declares another one.
    pub(crate) const KEY: &'static str = "Environment";

    /// The tag as context, for everything in the environment.
    pub(crate) fn local(&self) -> Local {
        Local::new().tag(&self.key, self.value.clone())
    }

    /// Checks tags of a context.
    pub(crate) fn check_tags(&self, tags: &Tags) -> Result<()> {
        tags.iter().try_for_each(|(key, text)| self.check(key, text))
    }

    /// Checks what a provider gives to everything that uses it.
    pub(crate) fn check_provider(&self, provider: &Provider) -> Result<()> {
        self.check_tags(provider.local.given_tags())?;
        provider.default_tags().try_for_each(|(key, node)| self.check(key, &node.clone().into()))
    }

    /// Checks every place of a resource that holds tags, after overrides.
    pub(crate) fn check_block(&self, facts: Option<&TypeFacts>, block: &Block) -> Result<()> {
        let Some(facts) = facts else { return self.check_item(block.get("tags")) };
        facts.tags.iter().flat_map(|tags| tags.places).try_for_each(|place| match place {
            TagPlace::Argument(argument) | TagPlace::IfGiven(argument) => self.check_item(block.get(argument)),
            TagPlace::Nested { block: nested, argument, .. } => self.check_nested(block, nested, argument),
            TagPlace::Specifications { block: nested, .. } => self.check_nested(block, nested, "tags"),
            TagPlace::Each { block: nested, .. } => {
                nested_blocks(block, nested).iter().try_for_each(|one| match (one.node("key"), one.node("value")) {
                    (Some(Node::Text(key)), Some(value)) => self.check(key, &value.clone().into()),
                    _ => Ok(()),
                })
            }
        })
    }

    fn check_nested(&self, block: &Block, nested: &str, argument: &str) -> Result<()> {
        nested_blocks(block, nested).iter().try_for_each(|one| self.check_item(one.get(argument)))
    }

    fn check_item(&self, item: Option<&Item>) -> Result<()> {
        match item {
            Some(Item::Tags(tags)) => tags.literals().try_for_each(|(key, text)| self.check(key, text)),
            Some(Item::Value(node)) => self.check_node(node),
            Some(Item::Blocks(_)) | None => Ok(()),
        }
    }

    /// Checks tags that an override set as a whole.
    fn check_node(&self, node: &Node) -> Result<()> {
        match node {
            Node::Map(entries) => {
                entries.iter().try_for_each(|(key, node): &(Cow<'_, str>, Node)| self.check(key, &node.clone().into()))
            }
            Node::Merge(maps) => maps.iter().try_for_each(|map| self.check_node(map)),
            _ => Ok(()),
        }
    }

    fn check(&self, key: &str, text: &TagText) -> Result<()> {
        let Self { key: known, value } = self;
        if !key.eq_ignore_ascii_case(known) {
            return Ok(());
        }
        let shown = Shown(key, text);
        // Conditions of policies may ignore the case of a key, and would then match either of two such tags.
        if key != known {
            return Err(Error::new(format!(
                "the tag {shown} has the key of the environment's tag {known:?} in another case"
            ))
            .remedy(format!(
                "leave it out, since the environment sets {known:?}, or declare the key by environment_tag({key:?}) on \
                     the organisation"
            )));
        }
        match text {
            TagText::Literal(same) if **same == *value.as_str() => Ok(()),
            TagText::Literal(other) => Err(Error::new(format!("the tag {shown} contradicts the environment's {value:?}"))
                .remedy(format!(
                    "leave it out, since the environment sets it, or declare the value by tag_value({:?}) on the environment",
                    &**other
                ))),
            TagText::Expression(_) => {
                Err(Error::new(format!("the tag {shown} may contradict the environment's {value:?}"))
                    .remedy("leave it out, since the environment sets it"))
            }
        }
    }
}

fn nested_blocks<'a>(block: &'a Block, name: &str) -> &'a [Block] {
    match block.get(name) {
        Some(Item::Blocks(nested)) => &nested.blocks,
        _ => &[],
    }
}
