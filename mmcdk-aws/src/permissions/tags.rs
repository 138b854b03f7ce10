//! What stacks make of the environment's tag.

use std::collections::BTreeSet;

use mmcdk_core::{Found, SynthesizedStack};

use super::arguments;
use super::denials::OwnTag;
use super::table::PermissionTable;

/// The values that the environment's tag has in a stack: one in an environment, any in a shared stack.
pub(super) fn tag_values(key: Option<&str>, stack: &SynthesizedStack<'_>) -> BTreeSet<String> {
    let Some(key) = key else { return BTreeSet::new() };
    match stack.environment_tag() {
        Some((_, value)) => [value.to_owned()].into(),
        None => stack.all().filter_map(|found| tag_value(&found, key)).collect(),
    }
}

/// The key of the environment's tag, if IAM narrows by it.
pub(super) fn tag_key<'a>(table: &PermissionTable, stack: &SynthesizedStack<'a>) -> Option<&'a str> {
    stack.environment_tag_key().filter(|_| table.by_tag)
}

/// What a stack makes of the environment's tag.
pub(super) fn own_tag(table: &PermissionTable, stack: &SynthesizedStack<'_>) -> OwnTag {
    let Some(key) = tag_key(table, stack) else { return OwnTag::Any };
    let values = tag_values(Some(key), stack);
    let unknown = stack.all().filter_map(|found| found.tag(key).ok()).any(|value| arguments::is_expression(&value));
    match (values.is_empty(), unknown) {
        // A stack that gives nothing the tag needs no value of it.
        (true, false) => OwnTag::Unset,
        (_, true) => OwnTag::Any,
        (false, false) => OwnTag::Of { key: key.to_owned(), values },
    }
}

/// The value of a resource's tag, where the program knows it.
pub(super) fn tag_value(found: &Found<'_>, key: &str) -> Option<String> {
    found.tag(key).ok().and_then(arguments::literal)
}
