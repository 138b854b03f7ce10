//! Checks which arguments are said to change in place: each must be in the schema.

use crate::overlay::Overlay;
use crate::schema::{BlockSchema, ProviderSchema};

/// Reports types and arguments that the schema does not have.
pub(crate) fn check(overlay: &Overlay, provider: &ProviderSchema, problems: &mut Vec<String>) {
    for (name, in_place) in &overlay.in_place {
        let Some(schema) = provider.resource_schemas.get(name) else {
            problems.push(format!("overlay, in_place: the schema has no resource {name}; remove the entry"));
            continue;
        };
        let missing = in_place.arguments.iter().filter(|path| !schema.block.has_path(path));
        problems.extend(missing.map(|path| format!("overlay, in_place: {name} has no argument {path}; remove it")));
    }
}

impl BlockSchema {
    /// Whether there is an argument or a nested block at a dotted path.
    fn has_path(&self, path: &str) -> bool {
        match path.split_once('.') {
            Some((block, rest)) => self.block_types.get(block).is_some_and(|nested| nested.block.has_path(rest)),
            None => self.attributes.contains_key(path) || self.block_types.contains_key(path),
        }
    }
}
