//! The tags of a resource: those of its place under its own, in every place where its type carries them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::block::{Block, Item, NestedBlocks};
use crate::check::check_keys;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::facts::{TagFacts, TagPlace, TagRule};
use crate::mandatory::{self, Carried};
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
    let filler = Filler { rule: tags.rule, place, name };
    tags.places.iter().try_for_each(|tag_place| filler.fill(block, tag_place))
}

/// What fills the places of one resource.
struct Filler<'a> {
    rule: &'static TagRule,
    /// The tags of the resource's place in the tree.
    place: Arc<TagSet>,
    /// The tag that holds the name, with what it holds.
    name: Option<(&'static str, &'a TagText)>,
}

impl Filler<'_> {
    fn fill(&self, block: &mut Block, tag_place: &'static TagPlace) -> Result<()> {
        match tag_place {
            TagPlace::Argument(argument) => self.fill_argument(block, argument),
            TagPlace::IfGiven(argument) => match block.get(argument) {
                Some(_) => self.fill_argument(block, argument),
                None => Ok(()),
            },
            TagPlace::Nested { block: nested, argument, create, unless } => {
                if block.get(unless).is_some() || (!create && block.get(nested).is_none()) {
                    return Ok(());
                }
                let nested = blocks_of(block, nested)?;
                if nested.blocks.is_empty() {
                    nested.blocks.push(Block::new());
                }
                nested.blocks.iter_mut().try_for_each(|one| self.fill_argument(one, argument))
            }
            TagPlace::Each { block: nested, flag } => self.fill_each(blocks_of(block, nested)?, flag),
            TagPlace::Specifications { block: nested, kinds } => {
                self.fill_specifications(blocks_of(block, nested)?, kinds)
            }
        }
    }

    /// Fills a map argument.
    fn fill_argument(&self, block: &mut Block, argument: &'static str) -> Result<()> {
        let given = match block.remove(argument) {
            Some(Item::Value(node)) => Some(node),
            Some(Item::Blocks(_)) => {
                return Err(Error::new(format!("{argument} is given as a block")).remedy("give it as a map"));
            }
            Some(Item::Tags(_)) | None => None,
        };
        block.put(Cow::Borrowed(argument), Item::Tags(self.map(given)?));
        Ok(())
    }

    /// Adds a block for each tag that has none.
    fn fill_each(&self, nested: &mut NestedBlocks, flag: &'static str) -> Result<()> {
        for given in &nested.blocks {
            if let (Some(key), Some(value)) = (given.node("key").and_then(Node::literal), given.node("value"))
                && let Some(error) = self.rule.breach(&(key.into(), value.clone().into()))
            {
                return Err(error);
            }
        }
        for (key, text) in self.map(None)?.literals() {
            if nested.blocks.iter().any(|one| one.node("key").and_then(Node::literal) == Some(key)) {
                continue;
            }
            let mut one = Block::new();
            one.put("key".into(), Item::Value(Node::Text(Cow::Owned(key.as_ref().to_owned()))));
            one.put("value".into(), Item::Value(text.to_node()));
            one.put(Cow::Borrowed(flag), Item::Value(Node::Bool(true)));
            nested.blocks.push(one);
        }
        self.rule.too_many(nested.blocks.len()).map_or(Ok(()), Err)
    }

    /// Adds the blocks of those kinds that have none, and fills the tags of all.
    fn fill_specifications(&self, nested: &mut NestedBlocks, kinds: &'static [&'static str]) -> Result<()> {
        for kind in kinds {
            if !nested.blocks.iter().any(|one| one.node("resource_type").and_then(Node::literal) == Some(kind)) {
                let mut one = Block::new();
                one.put("resource_type".into(), Item::Value(Node::Text(Cow::Borrowed(*kind))));
                nested.blocks.push(one);
            }
        }
        nested.blocks.iter_mut().try_for_each(|one| self.fill_argument(one, "tags"))
    }

    /// The tags of a place that holds a map, of which some may be given there.
    fn map(&self, given: Option<Node>) -> Result<Arc<TagMap>> {
        given.iter().try_for_each(check_maps)?;
        let map = TagMap::new(Arc::clone(&self.place), given, self.name.map(|(key, text)| (key, text.clone())));
        match map.breach(self.rule) {
            Some(error) => Err(error),
            None => Ok(Arc::new(map)),
        }
    }
}

/// Notes the mandatory tags that are missing; synthesis reports them all at once.
pub(crate) fn check_mandatory(app: &mut AppState, stack: usize, tags: &TagFacts, context: &Context, placed: &Placed) {
    if app.organisation.mandatory_tags.is_empty() {
        return;
    }
    let only = context.only_tags(&placed.terraform_type);
    let wanted = |key: &str| only.is_none_or(|keys| keys.iter().any(|kept| kept == key));
    let place = context.tags_for(&placed.terraform_type);
    let mut carried: Vec<Carried<'_>> = Vec::new();
    match tags.places.iter().find(|place| matches!(place, TagPlace::Argument(_) | TagPlace::Each { .. })) {
        Some(root) => root.each_tag(&placed.block, &mut |key, value| carried.push((key, value.literal()))),
        None => carried.extend(place.tags.iter().map(|(key, text)| (key.as_ref(), text.literal()))),
    }
    let keys = app.organisation.mandatory_tags.iter().map(String::as_str).filter(|key| wanted(key));
    let faults = mandatory::faults(placed.anchor.address(), &carried, keys);
    let path = app.stacks[stack].full_path(&placed.path);
    app.problems.extend(faults.into_iter().map(|fault| fault.at(&path)));
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
