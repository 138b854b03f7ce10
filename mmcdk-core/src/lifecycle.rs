//! Terraform's `lifecycle` block.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::block::{Block, Item};
use crate::error::{Error, Result};
use crate::facts::Mode;
use crate::render::Expression;
use crate::resource::Handle;
use crate::value::{Anchor, Node, Reference};

/// Terraform's [`lifecycle`](https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle) block of
/// one resource; an empty one is not written.
///
/// Data sources have none of these arguments: placing one with any is an error. What is set by
/// [`Resource::set_at`](crate::Resource::set_at) or [`Local::set_on`](crate::Local::set_on) below `lifecycle` is merged
/// with it and wins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle(Block);

const CREATE_BEFORE_DESTROY: &str = "create_before_destroy";
const PREVENT_DESTROY: &str = "prevent_destroy";
const IGNORE_CHANGES: &str = "ignore_changes";
const REPLACE_TRIGGERED_BY: &str = "replace_triggered_by";

/// The arguments in the order in which they are written; others follow.
const ORDER: [&str; 4] = [CREATE_BEFORE_DESTROY, PREVENT_DESTROY, IGNORE_CHANGES, REPLACE_TRIGGERED_BY];

impl Lifecycle {
    /// A lifecycle that asks for nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A replacement is created before the old one is destroyed.
    #[must_use]
    pub fn create_before_destroy(self) -> Self {
        Self(self.0.set::<bool>(CREATE_BEFORE_DESTROY, true))
    }

    /// Plans that would destroy the resource fail.
    #[must_use]
    pub fn prevent_destroy(self) -> Self {
        Self(self.0.set::<bool>(PREVENT_DESTROY, true))
    }

    /// Later differences of these arguments are left alone. They are Terraform's names: `["ami", "tags[\"Owner\"]"]`.
    #[must_use]
    pub fn ignore_changes(mut self, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let arguments = arguments.into_iter().map(|argument| Node::Text(argument.into().into()));
        match self.0.get(IGNORE_CHANGES) {
            Some(Item::Value(Node::Text(_))) => {}
            _ => self.list(IGNORE_CHANGES).extend(arguments),
        }
        self
    }

    /// Later differences of any argument are left alone.
    #[must_use]
    pub fn ignore_all_changes(self) -> Self {
        Self(self.0.set::<String>(IGNORE_CHANGES, "all"))
    }

    /// The resource is replaced whenever the other one changes. Terraform accepts no data source here.
    #[must_use]
    pub fn replace_triggered_by(self, handle: &impl Handle) -> Self {
        self.triggered_by(handle.anchor(), "")
    }

    /// The resource is replaced whenever that attribute of the other one changes. Terraform accepts no data source here.
    #[must_use]
    pub fn replace_triggered_by_attribute(self, handle: &impl Handle, attribute: &'static str) -> Self {
        self.triggered_by(handle.anchor(), attribute)
    }

    fn triggered_by(mut self, anchor: &Anchor, attribute: &'static str) -> Self {
        let reference = Reference { anchor: anchor.clone(), attribute: attribute.into(), sensitive: false };
        self.list(REPLACE_TRIGGERED_BY).push(Node::Address(reference));
        self
    }

    /// The elements of an argument.
    fn list(&mut self, name: &'static str) -> &mut Vec<Node> {
        if !matches!(self.0.get(name), Some(Item::Value(Node::List(_)))) {
            self.0.put(name.into(), Item::Value(Node::List(Vec::new())));
        }
        match self.0.get_mut(name) {
            Some(Item::Value(Node::List(elements))) => elements,
            _ => unreachable!("it is a list now"),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.entries().is_empty()
    }

    pub(crate) fn block(&self) -> &Block {
        &self.0
    }

    /// Whether the texts under that name are names and addresses, and not literals.
    pub(crate) fn has_names_in(argument: &str) -> bool {
        matches!(argument, IGNORE_CHANGES | REPLACE_TRIGGERED_BY)
    }

    pub(crate) fn block_mut(&mut self) -> &mut Block {
        &mut self.0
    }

    /// Lays what was given as an argument named `lifecycle` over this.
    pub(crate) fn overlay(&mut self, given: Item) -> Result<()> {
        match given {
            Item::Blocks(mut nested) if nested.blocks.len() == 1 => {
                let block = nested.blocks.remove(0);
                block.into_entries().for_each(|(name, item)| self.0.put(name, item));
            }
            Item::Value(Node::Map(entries)) => {
                entries.into_iter().for_each(|(name, node)| self.put_or_remove(name, node));
            }
            _ => {
                return Err(Error::new("lifecycle is set to something that is not an object")
                    .remedy("set its arguments by name, such as lifecycle.prevent_destroy"));
            }
        }
        Ok(())
    }

    fn put_or_remove(&mut self, name: Cow<'static, str>, node: Node) {
        match node {
            Node::Null => drop(self.0.remove(&name)),
            node => self.0.put(name, Item::Value(node)),
        }
    }

    /// Checks what Terraform accepts: <https://developer.hashicorp.com/terraform/language/block/data#lifecycle> and
    /// <https://developer.hashicorp.com/terraform/language/block/resource#lifecycle>.
    pub(crate) fn check(&self, mode: Mode) -> Result<()> {
        if mode == Mode::Data
            && let Some(argument) = ORDER.iter().find(|argument| self.0.get(argument).is_some())
        {
            return Err(Error::new(format!("lifecycle.{argument} is set on a data source")).remedy(
                "take it out; a data source is only read, and only preconditions and postconditions apply to it",
            ));
        }
        let mut error = None;
        if let Some(triggers) = self.0.node(REPLACE_TRIGGERED_BY) {
            triggers.visit(&mut |node| match node {
                Node::Address(Reference { anchor, .. }) | Node::Reference(Reference { anchor, .. })
                    if anchor.address().starts_with("data.") =>
                {
                    error.get_or_insert_with(|| triggered_by_data(anchor.address()));
                }
                Node::Text(address) if address.starts_with("data.") => {
                    error.get_or_insert_with(|| triggered_by_data(address));
                }
                _ => {}
            });
        }
        error.map_or_else(|| self.0.get(IGNORE_CHANGES).map_or(Ok(()), check_ignored), Err)
    }
}

/// Checks that changes of arguments are ignored by their names, or those of all.
fn check_ignored(item: &Item) -> Result<()> {
    let shown = match item {
        Item::Value(Node::List(arguments)) => {
            let named = |argument: &&Node| argument.literal().is_some_and(is_traversal);
            return match arguments.iter().find(|argument| !named(argument)) {
                Some(other) => Err(Error::new(format!(
                    "lifecycle.ignore_changes has {}, which is not the name of an argument",
                    Expression(other)
                ))
                .remedy("write it as Terraform does: ami, tags[\"Owner\"], ebs_block_device[0].volume_size")),
                None => Ok(()),
            };
        }
        Item::Value(Node::Text(all)) if all == "all" => return Ok(()),
        Item::Value(node) => Expression(node).to_string(),
        Item::Tags(_) | Item::Blocks(_) => "a block".to_owned(),
    };
    let list = match item {
        Item::Value(Node::Text(argument)) if is_traversal(argument) => format!(", such as [{argument:?}]"),
        _ => String::new(),
    };
    Err(Error::new(format!("lifecycle.ignore_changes is {shown}"))
        .remedy(format!("set it to a list of arguments{list}, or to \"all\"")))
}

fn triggered_by_data(address: &str) -> Error {
    Error::new(format!("lifecycle.replace_triggered_by has {address}, which is a data source")).remedy(
        "name a resource; to replace on a value that is read, keep it in a terraform_data resource and name that one",
    )
}

/// Whether a text is an argument and steps into it: `tags["Owner"]`, `disk[0].size`.
fn is_traversal(text: &str) -> bool {
    let identifier = |part: &str| {
        let letters = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        part.starts_with(|first: char| first.is_alphabetic() || first == '_') && part.chars().all(letters)
    };
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() {
        if let Some(index) = rest.strip_prefix('[').filter(|_| !first) {
            let end = match index.strip_prefix('"') {
                Some(key) => key.find("\"]").map(|at| at + 2),
                None => index.find(']').filter(|at| *at > 0 && index[..*at].bytes().all(|byte| byte.is_ascii_digit())),
            };
            let Some(end) = end else { return false };
            rest = &index[end + 1..];
        } else {
            let part = if first { rest } else { rest.strip_prefix('.').unwrap_or_default() };
            let end = part.find(['.', '[']).unwrap_or(part.len());
            if !identifier(&part[..end]) {
                return false;
            }
            rest = &part[end..];
        }
        first = false;
    }
    !first
}

impl Serialize for Lifecycle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for name in ORDER {
            if let Some(item) = self.0.get(name) {
                map.serialize_entry(name, item)?;
            }
        }
        for (name, item) in self.0.entries().iter().filter(|(name, _)| !ORDER.contains(&name.as_ref())) {
            map.serialize_entry(name, item)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::is_traversal;

    #[test]
    fn arguments_to_ignore_are_told_from_other_text() {
        for text in ["ami", "tags[\"Owner\"]", "tags[\"a.b]c\"]", "disk[0].size", "a.b.c", "größe", "tags.Owner"] {
            assert!(is_traversal(text), "{text}");
        }
        for text in ["", "a b", "a.", ".a", "a[", "a[]", "a[x]", "[0]", "tags[\"a\"", "*", "${a}", "0"] {
            assert!(!is_traversal(text), "{text}");
        }
    }
}
