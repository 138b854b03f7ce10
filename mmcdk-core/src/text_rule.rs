//! What the texts of arguments must look like.

use crate::block::{Block, Item};
use crate::error::{Error, Result};
use crate::facts::{Measure, TextRule, TypeFacts};
use crate::name::{in_class, shown_class};
use crate::realm;
use crate::state::StackState;
use crate::value::Node;

/// Checks every argument of a resource for which its type has a rule.
pub(crate) fn check(facts: &TypeFacts, block: &Block, stack: &StackState) -> Result<()> {
    for (path, rule) in facts.checks {
        let mut result = Ok(());
        block.each_at(path, &mut |node| {
            if result.is_ok() {
                result = rule.check_node(node, stack).map_err(|error| error.within(path));
            }
        });
        result?;
    }
    Ok(())
}

impl TextRule {
    fn check_node(&self, node: &Node, stack: &StackState) -> Result<()> {
        if !self.target.is_empty() {
            return self.check_target(node, stack);
        }
        match node {
            Node::Text(text) => self.check(text),
            Node::Concat(parts) => self.check_parts(parts),
            Node::Json(document) => self.check_document(document),
            Node::List(elements) => elements.iter().try_for_each(|element| self.check_node(element, stack)),
            _ => Ok(()),
        }
    }

    /// Checks a text; the error shows what is wrong with it and the limit.
    pub fn check(&self, text: &str) -> Result<()> {
        if !self.prefix.is_empty() && !text.starts_with(self.prefix) {
            return self.refused(
                text,
                format!("does not begin with {:?}", self.prefix),
                format!("write {:?}", self.prefix.to_owned() + text),
            );
        }
        self.check_not_reserved(text)?;
        self.check_characters(text)?;
        let length = self.length(text);
        if length < self.min {
            return self.refused(
                text,
                format!("has {length} {}", self.unit()),
                format!("at least {} are required", self.min),
            );
        }
        self.check_length(text, length, "")
    }

    /// Checks a text of which some parts are known only to Terraform.
    fn check_parts(&self, parts: &[Node]) -> Result<()> {
        let literals = || {
            parts.iter().filter_map(|part| match part {
                Node::Text(text) => Some(text.as_ref()),
                _ => None,
            })
        };
        literals().try_for_each(|text| self.check_characters(text))?;
        if let Some(Node::Text(first)) = parts.first() {
            self.check_start(first)?;
        }
        match self.measure {
            // What has no known end cannot be decoded.
            Measure::DecodedBytes => Ok(()),
            _ => {
                let known: String = literals().collect();
                self.check_length(&known, self.length(&known), "at least ")
            }
        }
    }

    /// Checks the known start of a text, which may end within the prefix.
    fn check_start(&self, start: &str) -> Result<()> {
        if !start.starts_with(self.prefix) && !self.prefix.starts_with(start) {
            return self.refused(
                start,
                format!("does not begin with {:?}", self.prefix),
                format!("begin with {:?}", self.prefix),
            );
        }
        self.check_not_reserved(start)
    }

    fn check_not_reserved(&self, text: &str) -> Result<()> {
        match self.not_prefixes.iter().find(|prefix| text.starts_with(**prefix)) {
            Some(prefix) => self.refused(
                text,
                format!("begins with {prefix:?}, which is reserved"),
                "begin with something else".into(),
            ),
            None => Ok(()),
        }
    }

    /// Checks the texts of a document. What JSON escapes is not a character of its text.
    fn check_document(&self, document: &Node) -> Result<()> {
        let mut result = Ok(());
        each_text(document, &mut |text| {
            if result.is_ok() {
                let plain: String = text.chars().filter(|character| !character.is_control()).collect();
                result = self.check_characters(&plain);
            }
        });
        result?;
        match document.is_literal() {
            true => {
                let text = document.to_document();
                self.check_length(&text, self.length(&text), "")
            }
            false => Ok(()),
        }
    }

    fn check_characters(&self, text: &str) -> Result<()> {
        let wrong = |character: &char| !self.chars.is_empty() && !in_class(self.chars, *character);
        match text.chars().find(wrong) {
            Some(wrong) => self.refused(
                text,
                format!("has the character {wrong:?}"),
                format!("allowed are {}", shown_class(self.chars)),
            ),
            None => Ok(()),
        }
    }

    fn check_length(&self, text: &str, length: usize, at_least: &str) -> Result<()> {
        if self.max == 0 || length <= self.max {
            return Ok(());
        }
        let remedy = format!("at most {} are allowed", self.max);
        self.refused(text, format!("has {at_least}{length} {}", self.unit()), remedy)
    }

    /// Checks the name of what the value refers to, as far as it is known.
    fn check_target(&self, node: &Node, stack: &StackState) -> Result<()> {
        let name = match node {
            Node::List(elements) => return elements.iter().try_for_each(|element| self.check_node(element, stack)),
            Node::Text(text) if self.names_target(text) => return Ok(()),
            Node::Text(text) => text.to_string(),
            // The literal start of an ARN does not end within the name.
            Node::Concat(parts) => {
                return parts.iter().try_for_each(|part| match part {
                    Node::Reference(_) => self.check_target(part, stack),
                    _ => Ok(()),
                });
            }
            Node::Reference(reference) => match realm::physical_name(stack, reference) {
                Some(name) => name.to_owned(),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        match name.starts_with(self.target) {
            true => Ok(()),
            false => Err(Error::new(format!(
                "the {} is named {name:?}, which does not begin with {:?}",
                self.what, self.target
            ))
            .remedy(format!("name it {:?} or the like", format!("{}{name}", self.target)))),
        }
    }

    /// Whether a name, or the name in an ARN, begins as it must.
    fn names_target(&self, text: &str) -> bool {
        text.match_indices(self.target).any(|(at, _)| at == 0 || text[..at].ends_with([':', '/']))
    }

    fn length(&self, text: &str) -> usize {
        match self.measure {
            Measure::Characters => text.chars().count(),
            Measure::Bytes => text.len(),
            Measure::DecodedBytes => decoded_length(text),
        }
    }

    fn unit(&self) -> &'static str {
        match self.measure {
            Measure::Characters => "characters",
            Measure::Bytes => "bytes",
            Measure::DecodedBytes => "bytes when it is decoded",
        }
    }

    fn refused(&self, text: &str, why: String, remedy: String) -> Result<()> {
        Err(Error::new(format!("the {} {} {why}", self.what, excerpt(text))).remedy(remedy))
    }
}

/// How many bytes a Base64 text stands for.
fn decoded_length(text: &str) -> usize {
    let digits = text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'));
    digits.count() * 3 / 4
}

/// A text as messages show it: its beginning, if it is long.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Shows every literal text of a document to `see`, keys included.
fn each_text<'a>(document: &'a Node, see: &mut dyn FnMut(&'a str)) {
    match document {
        Node::Text(text) => see(text),
        Node::Map(entries) => entries.iter().for_each(|(key, value)| {
            see(key);
            each_text(value, see);
        }),
        Node::List(nodes) | Node::Concat(nodes) | Node::Merge(nodes) => {
            nodes.iter().for_each(|node| each_text(node, see));
        }
        Node::Json(inner) => each_text(inner, see),
        _ => {}
    }
}

impl Block {
    /// Shows every expression at a dotted path to `see`, in all blocks and objects on the way.
    fn each_at<'a>(&'a self, path: &str, see: &mut dyn FnMut(&'a Node)) {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        match self.get(first) {
            Some(Item::Value(node)) => each_in(node, rest, see),
            Some(Item::Blocks(nested)) if !rest.is_empty() => {
                nested.blocks.iter().for_each(|block| block.each_at(rest, see));
            }
            _ => {}
        }
    }
}

fn each_in<'a>(node: &'a Node, path: &str, see: &mut dyn FnMut(&'a Node)) {
    if path.is_empty() {
        return see(node);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match node {
        Node::Map(entries) => {
            entries.iter().filter(|(key, _)| key == first).for_each(|(_, value)| each_in(value, rest, see));
        }
        Node::List(elements) => elements.iter().for_each(|element| each_in(element, path, see)),
        _ => {}
    }
}
