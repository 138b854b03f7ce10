//! The checks of placing: that what is required is there, and that references are at home.

use std::borrow::Cow;

use crate::block::{Block, Item};
use crate::error::{Error, Result};
use crate::scope::{Dependency, On};
use crate::value::{Anchor, Node};

/// Checks what is placed in one stack of one app.
pub(crate) struct Checker {
    pub(crate) app: u64,
    pub(crate) stack: u32,
}

impl Checker {
    pub(crate) fn check_block(&self, block: &Block, within: &str) -> Result<()> {
        for (name, item) in block.entries() {
            match item {
                Item::Value(Node::Null) => {
                    return Err(
                        Error::new(format!("{within}.{name} is required and has no value")).remedy("give it one")
                    );
                }
                Item::Value(node) => self.check_node(node, &|| format!("{within}.{name}"))?,
                Item::Tags(tags) => {
                    tags.nodes().try_for_each(|(key, node)| match (key, node) {
                        (Some(key), Node::Null) => Err(Error::new(format!("the tag {key:?} has no value"))
                            .remedy("give it one, or leave the tag out")),
                        _ => self.check_node(node, &|| format!("{within}.{name}")),
                    })?
                }
                Item::Blocks(nested) => {
                    let count = nested.blocks.len();
                    if count < nested.min as usize || (nested.max > 0 && count > nested.max as usize) {
                        let remedy = match (nested.min, nested.max) {
                            (min, 0) => format!("at least {min} must be given"),
                            (min, max) if min == max => format!("exactly {min} must be given"),
                            (min, max) => format!("{min} to {max} may be given"),
                        };
                        return Err(Error::new(format!("{within}.{name} has {count} blocks")).remedy(remedy));
                    }
                    for one in &nested.blocks {
                        self.check_block(one, &format!("{within}.{name}"))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Checks an expression; `what` says what it stands for.
    pub(crate) fn check_node(&self, node: &Node, what: &dyn Fn() -> String) -> Result<()> {
        match node {
            Node::Map(entries) => {
                check_keys(entries, what)?;
                entries.iter().try_for_each(|(_, value)| self.check_node(value, what))
            }
            Node::Concat(parts) if parts.contains(&Node::Null) => {
                Err(Error::new(format!("{} joins a text and no value", what())).remedy("give the part a value"))
            }
            Node::List(nodes) | Node::Concat(nodes) | Node::Merge(nodes) => {
                nodes.iter().try_for_each(|node| self.check_node(node, what))
            }
            Node::Json(inner) | Node::Step(inner, _) | Node::One(inner) => self.check_node(inner, what),
            Node::Reference(reference) | Node::Address(reference) => self.check_anchor(&reference.anchor),
            Node::Invalid(why) => Err(why.0.within(&what())),
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Raw(_) => Ok(()),
        }
    }

    /// Checks that a reference is at home here.
    pub(crate) fn check_anchor(&self, anchor: &Anchor) -> Result<()> {
        self.check_origin(anchor.0.app, anchor.0.stack, anchor.address())
    }

    pub(crate) fn check_dependency(&self, dependency: &Dependency) -> Result<()> {
        match &dependency.0 {
            On::Resource(anchor) => self.check_anchor(anchor),
            On::Construct { app, stack, path } => self.check_origin(*app, *stack, path),
            // Synthesis looks whether it is there.
            On::Address(_) => Ok(()),
        }
    }

    fn check_origin(&self, app: u64, stack: u32, what: &str) -> Result<()> {
        if app != self.app {
            return Err(Error::new(format!("{what} belongs to another app"))
                .remedy("use what this app's stacks returned; apps share nothing but their states"));
        }
        if stack != self.stack {
            return Err(Error::new(format!("{what} belongs to another stack"))
                .remedy("import the value first: let value = stack.import(\"name\", &value)?"));
        }
        Ok(())
    }
}

pub(crate) fn check_keys(entries: &[(Cow<'static, str>, Node)], what: &dyn Fn() -> String) -> Result<()> {
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(Error::new(format!("{} has the key {:?} twice", what(), pair[0])).remedy("take one of them out"))
        }
        None => Ok(()),
    }
}
