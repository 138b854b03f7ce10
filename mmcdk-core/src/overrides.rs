//! The escape hatch: setting and removing any argument by its path.

use std::borrow::Cow;

use crate::block::{Block, Item, NestedBlocks};
use crate::depth;
use crate::error::{Error, Result};
use crate::resource::Meta;
use crate::scope::{Dependency, On};
use crate::value::Node;

/// The meta-arguments that are merged with what methods set, in place of standing in the block.
pub(crate) const MERGED: [&str; 2] = ["lifecycle", "depends_on"];

/// Sets the argument at a path such as `root_block_device.0.encrypted`, or removes it where there is no value.
pub(crate) fn apply(block: &mut Block, meta: &mut Meta, path: &str, value: Option<Node>) -> Result<()> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match (MERGED.iter().find(|merged| **merged == first), value) {
        (None, value) => at_path(block, path, value),
        (Some(argument), None) if rest.is_empty() => meta.clear(argument),
        (Some(argument), Some(node)) if rest.is_empty() => meta.merge(argument, Item::Value(node)),
        (Some(&"lifecycle"), value) => {
            let rest = rest.strip_prefix("0.").unwrap_or(rest);
            at_path(meta.lifecycle.block_mut(), rest, value).map_err(|error| error.within(first))
        }
        (Some(argument), _) => Err(Error::new(format!("{path:?} cannot be set alone"))
            .remedy(format!("set {argument} as a whole, to a list of addresses"))),
    }
}

impl Meta {
    /// Adds what was given as an argument of that name to what methods set.
    pub(crate) fn merge(&mut self, argument: &str, given: Item) -> Result<()> {
        match (argument, given) {
            ("depends_on", Item::Value(Node::List(elements))) => {
                let dependencies: Result<Vec<_>> = elements.into_iter().map(dependency).collect();
                self.depends_on.extend(dependencies?);
                Ok(())
            }
            ("depends_on", _) => Err(not_addresses()),
            (_, given) => self.lifecycle.overlay(given),
        }
    }

    fn clear(&mut self, argument: &str) -> Result<()> {
        let empty = match argument {
            "depends_on" => std::mem::take(&mut self.depends_on).is_empty(),
            _ => std::mem::take(&mut self.lifecycle).is_empty(),
        };
        match empty {
            false => Ok(()),
            true => Err(missing(argument, "it is not set")),
        }
    }
}

fn dependency(element: Node) -> Result<Dependency> {
    match element {
        Node::Text(address) => Ok(Dependency(On::Address(address.into()))),
        Node::Reference(reference) => Ok(Dependency(On::Resource(reference.anchor))),
        _ => Err(not_addresses()),
    }
}

fn not_addresses() -> Error {
    Error::new("depends_on is not a list of addresses")
        .remedy("write it as [\"aws_vpc.core\"], or use .depends_on(&vpc)")
}

fn at_path(block: &mut Block, path: &str, value: Option<Node>) -> Result<()> {
    let parts: Vec<&str> = path.split('.').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(missing(path, "it has an empty part"));
    }
    depth::check_path(parts.len())?;
    let removing = value.is_none();
    match in_block(block, &parts, value) {
        Ok(()) => Ok(()),
        Err(why) if removing => Err(missing(path, &why)),
        Err(why) => Err(Error::new(format!("{path:?} cannot be set: {why}")).remedy("set what is above it as a whole")),
    }
}

fn missing(path: &str, why: &str) -> Error {
    Error::new(format!("there is nothing at {path:?} to override: {why}"))
        .remedy("write argument names, indices of repeated blocks and map keys, joined by dots")
}

fn in_block(block: &mut Block, parts: &[&str], value: Option<Node>) -> Result<(), String> {
    let (first, rest) = parts.split_first().ok_or("the path ends at a block")?;
    if rest.is_empty() {
        return match value {
            Some(node) => {
                block.put(Cow::Owned((*first).to_owned()), Item::Value(node));
                Ok(())
            }
            None => block.remove(first).map(|_| ()).ok_or(format!("no {first:?}")),
        };
    }
    if value.is_some() && block.get(first).is_none() {
        // A path into what is not there yet: `a.b` makes the block a, `a.0.b` its first one.
        let max = if rest[0] == "0" { 0 } else { 1 };
        let nested = NestedBlocks { blocks: vec![Block::new()], min: 0, max };
        block.put(Cow::Owned((*first).to_owned()), Item::Blocks(nested));
    }
    match block.get_mut(first).ok_or(format!("no {first:?}"))? {
        Item::Value(node) => in_node(node, rest, value),
        Item::Tags(tags) => {
            let mut node = tags.to_node();
            in_node(&mut node, rest, value)?;
            block.put(Cow::Owned((*first).to_owned()), Item::Value(node));
            Ok(())
        }
        Item::Blocks(nested) => in_blocks(nested, rest, value),
    }
}

fn in_blocks(nested: &mut NestedBlocks, parts: &[&str], value: Option<Node>) -> Result<(), String> {
    let count = nested.blocks.len();
    let Ok(index) = parts[0].parse::<usize>() else {
        return match nested.blocks.as_mut_slice() {
            [only] => in_block(only, parts, value),
            _ => Err(format!("there are {count} blocks, so an index must follow")),
        };
    };
    match (nested.blocks.get_mut(index), parts.len(), &value) {
        (Some(_), 1, None) => {
            nested.blocks.remove(index);
            Ok(())
        }
        (Some(_), 1, Some(_)) => Err("a block is not a value".into()),
        (Some(block), _, _) => in_block(block, &parts[1..], value),
        (None, _, _) => Err(format!("there are {count} blocks, counted from 0")),
    }
}

fn in_node(node: &mut Node, parts: &[&str], value: Option<Node>) -> Result<(), String> {
    let Some((first, rest)) = parts.split_first() else {
        *node = value.ok_or("the path ends at a value")?;
        return Ok(());
    };
    match node {
        Node::Map(entries) => {
            // A key may have dots in it, and then it is the rest of the path.
            let whole = parts.join(".");
            let found = entries.iter().position(|(key, _)| *key == whole);
            let (index, rest) = match found {
                Some(index) => (Some(index), &[][..]),
                None => (entries.iter().position(|(key, _)| key == first), rest),
            };
            match (index, value) {
                (Some(index), None) if rest.is_empty() => {
                    entries.remove(index);
                    Ok(())
                }
                (Some(index), value) => in_node(&mut entries[index].1, rest, value),
                (None, Some(value)) => {
                    entries.push((Cow::Owned(whole), value));
                    Ok(())
                }
                (None, None) => Err(format!("no {first:?}")),
            }
        }
        Node::List(elements) => {
            let count = elements.len();
            let index: usize = first.parse().map_err(|_| format!("{first:?} is no index"))?;
            match (index < count, value) {
                (true, None) if rest.is_empty() => {
                    elements.remove(index);
                    Ok(())
                }
                (true, value) => in_node(&mut elements[index], rest, value),
                (false, _) => Err(format!("there are {count} elements, counted from 0")),
            }
        }
        _ => Err(format!("{first:?} is below something that has no parts here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Any, Map, Value};

    fn block() -> Block {
        let device = Block::new().set::<bool>("encrypted", true);
        Block::new().set::<String>("name", "a").set::<Map<String>>("tags", [("a", "1"), ("b.c", "2")]).blocks::<Block>(
            "device",
            vec![device.clone(), device],
            0,
            0,
        )
    }

    fn set(path: &str, value: impl Into<Value<Any>>) -> Result<String> {
        let mut block = block();
        apply(&mut block, &mut Meta::default(), path, Some(value.into().node))?;
        Ok(serde_json::to_string(&block).unwrap())
    }

    fn remove(path: &str) -> Result<String> {
        let mut block = block();
        apply(&mut block, &mut Meta::default(), path, None)?;
        Ok(serde_json::to_string(&block).unwrap())
    }

    #[test]
    fn anything_can_be_set() {
        for (path, part) in [
            ("name", r#""name":"x""#),
            ("new", r#""new":"x""#),
            ("tags.a", r#"{"a":"x","b.c":"2"}"#),
            ("tags.b.c", r#"{"a":"1","b.c":"x"}"#),
            ("tags.d.e", r#""d.e":"x""#),
            ("device.1.kms", r#"[{"encrypted":true},{"encrypted":true,"kms":"x"}]"#),
            ("options.0.a", r#""options":{"a":"x"}"#),
            ("options.a", r#""options":{"a":"x"}"#),
        ] {
            let json = set(path, "x").unwrap();
            assert!(json.contains(part), "{path}: {json}");
        }
    }

    #[test]
    fn anything_can_be_removed() {
        for (path, part) in [("name", "name"), ("tags.b.c", "b.c"), ("tags", "tags"), ("device.0", "},{")] {
            let json = remove(path).unwrap();
            assert!(!json.contains(part), "{path}: {json}");
        }
    }

    #[test]
    fn a_path_to_nothing_is_an_error() {
        for path in ["", "a..b", "missing", "name.x", "tags.z", "device.2", "device.encrypted", "device.x.y"] {
            assert!(remove(path).is_err(), "{path}");
        }
        for path in ["device.2.x", "device.encrypted", "device.0", "name.x"] {
            assert!(set(path, "x").is_err(), "{path}");
        }
    }
}
