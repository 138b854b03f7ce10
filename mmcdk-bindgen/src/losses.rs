//! Checks the lists of types that must not be destroyed unnoticed: every candidate is in exactly one of them.

use std::collections::BTreeMap;

use crate::overlay::{Candidates, Overlay};
use crate::schema::{BlockSchema, NestedType, ProviderSchema};

/// Reports entries that match no type, types that are listed twice, candidates that nobody judged, and exclusions of
/// types that are not candidates.
pub(crate) fn check(overlay: &Overlay, provider: &ProviderSchema, problems: &mut Vec<String>) {
    let Overlay { candidates, stateful, foundation, disposable, .. } = overlay;
    let lists = [("stateful", stateful), ("foundation", foundation), ("disposable", disposable)];
    for (list, (name, reason)) in lists.iter().flat_map(|(list, types)| types.iter().map(move |entry| (list, entry))) {
        if !provider.resource_schemas.contains_key(name) {
            problems.push(format!("overlay, {list}: the schema has no resource {name}; remove the entry"));
        }
        if reason.trim().is_empty() {
            problems.push(format!("overlay, {list}: {name} has no reason; give one"));
        }
        if let Some(other) = first_with(&lists, name).filter(|other| other != list) {
            problems.push(format!("overlay: {name} is in {other} and in {list}; remove it from one of them"));
        }
    }
    for (name, schema) in &provider.resource_schemas {
        match (candidates.signs(name, &schema.block), first_with(&lists, name)) {
            (Some(sign), None) => problems.push(format!(
                "overlay: {name} may hold data, since {sign}; add it to stateful, foundation or disposable with a reason"
            )),
            (None, Some("disposable")) => {
                problems.push(format!("overlay, disposable: {name} is not a candidate; remove the entry"));
            }
            _ => {}
        }
    }
}

/// The first of the lists that has the type.
fn first_with<'a>(lists: &[(&'a str, &BTreeMap<String, String>)], name: &str) -> Option<&'a str> {
    lists.iter().find(|(_, types)| types.contains_key(name)).map(|(list, _)| *list)
}

impl Candidates {
    /// Why a type is a candidate, if it is one.
    fn signs(&self, name: &str, block: &BlockSchema) -> Option<String> {
        let ending = self
            .endings
            .iter()
            .find(|ending| name.strip_suffix(ending.as_str()).is_some_and(|rest| rest.ends_with('_')));
        if let Some(ending) = ending {
            return Some(format!("its name ends in {ending}"));
        }
        self.argument(block).map(|argument| format!("it has the argument {argument}"))
    }

    /// The first argument or nested block, at any depth, that contains one of the words.
    fn argument<'a>(&self, block: &'a BlockSchema) -> Option<&'a str> {
        let settable = block.attributes.iter().filter(|(_, attribute)| attribute.settable());
        settable
            .filter_map(|(name, attribute)| self.named(name).or_else(|| self.member(attribute.nested_type.as_ref()?)))
            .next()
            .or_else(|| {
                block
                    .block_types
                    .iter()
                    .find_map(|(name, nested)| self.named(name).or_else(|| self.argument(&nested.block)))
            })
    }

    fn member<'a>(&self, nested: &'a NestedType) -> Option<&'a str> {
        let settable = nested.attributes.iter().filter(|(_, attribute)| attribute.settable());
        settable
            .filter_map(|(name, attribute)| self.named(name).or_else(|| self.member(attribute.nested_type.as_ref()?)))
            .next()
    }

    fn named<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.arguments.iter().any(|word| name.contains(word.as_str())).then_some(name)
    }
}
