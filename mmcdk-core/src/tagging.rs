//! The tags of a resource: those of its place under its own, in every place where its type carries them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::block::{Block, Item, NestedBlocks};
use crate::check::check_keys;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::facts::{TagFacts, TagPlace};
use crate::mandatory::{self, Carried};
use crate::nearest::nearest;
use crate::state::{AppState, Placed};
use crate::tag_map::TagMap;
use crate::tags::{Tag, TagSet, TagText};
use crate::value::Node;

/// Fills every place where the type carries tags.
pub(crate) fn fill(
    block: &mut Block,
    tags: &'static TagFacts,
    context: &Context,
    terraform_type: &str,
    name: Option<&TagText>,
) -> Result<()> {
    let only = context.only_tags(terraform_type);
    let place = context.tags_for(terraform_type);
    if let Some(keys) = only {
        let own = root(tags).and_then(|argument| block.node(argument));
        check_choice(tags, keys, &place, own, terraform_type, context)?;
    }
    let name_key = tags.name_key.filter(|key| only.is_none_or(|keys| keys.iter().any(|kept| kept == key)));
    let name = name_key.zip(name);
    let map = |given: Option<Item>| -> Result<Arc<TagMap>> {
        let given = match given {
            Some(Item::Value(node)) => Some(node),
            _ => None,
        };
        given.iter().try_for_each(check_maps)?;
        let map = TagMap::new(Arc::clone(&place), given, name.map(|(key, text)| (key, text.clone())));
        match map.breach(tags.rule) {
            Some(error) => Err(error),
            None => Ok(Arc::new(map)),
        }
    };
    for tag_place in tags.places {
        match tag_place {
            TagPlace::Argument(argument) => {
                let given = block.remove(argument);
                block.put(Cow::Borrowed(argument), Item::Tags(map(given)?));
            }
            TagPlace::IfGiven(argument) => {
                if let Some(given) = block.remove(argument) {
                    block.put(Cow::Borrowed(argument), Item::Tags(map(Some(given))?));
                }
            }
            TagPlace::Nested { block: nested, argument, create, unless } => {
                if block.get(unless).is_some() || (!create && block.get(nested).is_none()) {
                    continue;
                }
                let nested = blocks_of(block, nested)?;
                if nested.blocks.is_empty() {
                    nested.blocks.push(Block::new());
                }
                for one in &mut nested.blocks {
                    let given = one.remove(argument);
                    one.put(Cow::Borrowed(argument), Item::Tags(map(given)?));
                }
            }
            TagPlace::Each { block: nested, flag } => {
                let map = map(None)?;
                let nested = blocks_of(block, nested)?;
                for given in &nested.blocks {
                    if let (Some(Node::Text(key)), Some(value)) = (given.node("key"), given.node("value"))
                        && let Some(error) = tags.rule.breach(&(key.as_ref().into(), value.clone().into()))
                    {
                        return Err(error);
                    }
                }
                for (key, text) in map.literals() {
                    if nested.blocks.iter().any(|one| is_key(one, key)) {
                        continue;
                    }
                    let mut one = Block::new();
                    one.put("key".into(), Item::Value(Node::Text(Cow::Owned(key.as_ref().to_owned()))));
                    one.put("value".into(), Item::Value(text.to_node()));
                    one.put(Cow::Borrowed(flag), Item::Value(Node::Bool(true)));
                    nested.blocks.push(one);
                }
                if let Some(error) = tags.rule.too_many(nested.blocks.len()) {
                    return Err(error);
                }
            }
            TagPlace::Specifications { block: nested, kinds } => {
                let nested = blocks_of(block, nested)?;
                for kind in *kinds {
                    let kind = Node::Text(Cow::Borrowed(*kind));
                    if !nested.blocks.iter().any(|one| one.node("resource_type") == Some(&kind)) {
                        let mut one = Block::new();
                        one.put("resource_type".into(), Item::Value(kind));
                        nested.blocks.push(one);
                    }
                }
                for one in &mut nested.blocks {
                    let given = one.remove("tags");
                    one.put("tags".into(), Item::Tags(map(given)?));
                }
            }
        }
    }
    Ok(())
}

/// Notes the mandatory tags that are missing; synthesis reports them all at once.
pub(crate) fn check_mandatory(app: &mut AppState, stack: usize, tags: &TagFacts, context: &Context, placed: &Placed) {
    if app.organisation.mandatory_tags.is_empty() {
        return;
    }
    let only = context.only_tags(&placed.terraform_type);
    let wanted = |key: &str| only.is_none_or(|keys| keys.iter().any(|kept| kept == key));
    let place = context.tags_for(&placed.terraform_type);
    let carried: Vec<Carried<'_>> = match placed.tags_argument {
        Some(argument) => match placed.block.get(argument) {
            Some(Item::Tags(tags)) => tags.literals().map(carried).collect(),
            Some(Item::Value(Node::Map(entries))) => {
                entries.iter().map(|(key, node)| (key.as_ref(), literal(node))).collect()
            }
            _ => Vec::new(),
        },
        None => match each_block(tags).and_then(|block| placed.block.get(block)) {
            Some(Item::Blocks(each)) => each.blocks.iter().filter_map(carried_block).collect(),
            _ => place.tags.iter().map(carried).collect(),
        },
    };
    let keys = app.organisation.mandatory_tags.iter().map(String::as_str).filter(|key| wanted(key));
    let faults = mandatory::faults(placed.anchor.address(), &carried, keys);
    let path = app.stacks[stack].full_path(&placed.path);
    app.problems.extend(faults.into_iter().map(|fault| fault.at(&path)));
}

/// A tag, for the check of mandatory ones.
fn carried((key, text): &Tag) -> Carried<'_> {
    match text {
        TagText::Literal(text) => (key, Some(text)),
        TagText::Expression(_) => (key, None),
    }
}

/// The same of a nested block that stands for a tag.
fn carried_block(tag: &Block) -> Option<Carried<'_>> {
    Some((literal(tag.node("key")?)?, tag.node("value").and_then(literal)))
}

/// The text of a literal.
fn literal(node: &Node) -> Option<&str> {
    match node {
        Node::Text(text) => Some(text),
        _ => None,
    }
}

/// Checks that no map among these tags has a key twice.
fn check_maps(tags: &Node) -> Result<()> {
    match tags {
        Node::Map(entries) => check_keys(entries, &|| "tags".into()),
        Node::Merge(maps) => maps.iter().try_for_each(check_maps),
        _ => Ok(()),
    }
}

/// The map argument at the root that holds a type's tags.
pub(crate) fn root(tags: &'static TagFacts) -> Option<&'static str> {
    tags.places.iter().find_map(|place| match place {
        TagPlace::Argument(argument) => Some(*argument),
        _ => None,
    })
}

/// The nested block at the root that stands once for each tag of a type.
fn each_block(tags: &TagFacts) -> Option<&'static str> {
    tags.places.iter().find_map(|place| match place {
        TagPlace::Each { block, .. } => Some(*block),
        _ => None,
    })
}

/// Checks that a program may choose the tags of a type, and that it chose tags that are there.
fn check_choice(
    tags: &TagFacts,
    keys: &[String],
    chosen: &TagSet,
    own: Option<&Node>,
    terraform_type: &str,
    context: &Context,
) -> Result<()> {
    if !tags.rule.few {
        return Err(Error::new(format!("the tags of {terraform_type} cannot be chosen by only_tags_on"))
            .remedy(format!("it may have {}, as other types may; without_tag_on leaves one out", tags.rule.max_tags)));
    }
    let given = |key: &str| match own {
        None | Some(Node::Null) => false,
        Some(Node::Map(entries)) => entries.iter().any(|(known, _)| known == key),
        Some(_) => true,
    };
    let set = |key: &str| chosen.contains(key) || tags.name_key == Some(key) || given(key);
    let missing = keys.iter().find(|key| !set(key));
    missing.map_or(Ok(()), |key| {
        let known = context.tags.tags.iter().map(|(known, _)| known.as_ref());
        Err(Error::new(format!("only_tags_on names the tag {key:?} for {terraform_type}, and nothing sets it here"))
            .remedy(nearest(key, known)))
    })
}

/// The nested blocks that carry tags, none at first. A raw resource may have a map or a list of maps in their place.
fn blocks_of<'a>(block: &'a mut Block, name: &'static str) -> Result<&'a mut NestedBlocks> {
    match block.value_to_blocks(name) {
        true => Ok(block.nested_or_insert(name, 0, 0)),
        false => Err(Error::new(format!("{name} is an expression, so the tags in it cannot be filled in"))
            .remedy("give it as blocks, or as a map or a list of maps")),
    }
}

fn is_key(tag: &Block, key: &str) -> bool {
    matches!(tag.node("key"), Some(Node::Text(known)) if known == key)
}
