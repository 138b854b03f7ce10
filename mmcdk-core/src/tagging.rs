//! The tags of a resource: those of its place under its own, in every place where its type carries them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::block::{Block, Item};
use crate::check::check_keys;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::facts::{TagFacts, TagPlace};
use crate::nearest::nearest;
use crate::state::{AppState, Placed};
use crate::tag_map::TagMap;
use crate::tags::{TagSet, TagText};
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
        if let Some(Node::Map(entries)) = &given {
            check_keys(entries, &|| "tags".into())?;
        }
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
                let nested = block.nested_or_insert(nested, 0, 0);
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
                let nested = block.nested_or_insert(nested, 0, 0);
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
                let nested = block.nested_or_insert(nested, 0, 0);
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
    let has = |key: &str| match placed.tags_argument {
        Some(argument) => match placed.block.get(argument) {
            Some(Item::Tags(tags)) => tags.contains(key),
            Some(Item::Value(Node::Map(entries))) => entries.iter().any(|(known, _)| known == key),
            _ => false,
        },
        None => match each_block(tags).and_then(|block| placed.block.get(block)) {
            Some(Item::Blocks(each)) => each.blocks.iter().any(|one| is_key(one, key)),
            _ => context.tags_for(&placed.terraform_type).contains(key),
        },
    };
    let mandatory = app.organisation.mandatory_tags.iter().map(String::as_str);
    let missing: Vec<&str> = mandatory.filter(|key| wanted(key) && !has(key)).collect();
    if !missing.is_empty() {
        let (noun, them) = if missing.len() == 1 { ("tag", "it") } else { ("tags", "them") };
        let problem = format!("{} lacks the mandatory {noun} {}", placed.anchor.address(), missing.join(", "));
        let path = app.stacks[stack].full_path(&placed.path);
        let remedy = format!("set {them} on the organisation, the environment, the stack or this resource");
        app.problems.push(Error::new(problem).remedy(remedy).at(path));
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

fn is_key(tag: &Block, key: &str) -> bool {
    matches!(tag.node("key"), Some(Node::Text(known)) if known == key)
}
