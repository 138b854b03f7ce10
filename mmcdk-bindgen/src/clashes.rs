//! Nested blocks and objects whose names meet those of another type: `BigqueryDataset` with its block `access.dataset`
//! and `BigqueryDatasetAccess` with its block `dataset`.

use std::collections::BTreeMap;

use crate::Settings;
use crate::names;
use crate::overlay::Overlay;
use crate::parts::{Part, PartKind};
use crate::plan::{Module, Subject, TypePlan, plan_type};
use crate::schema::ProviderSchema;

/// Gives a part another name if its name is that of something of another type. Of two parts the one whose type has the
/// longer Terraform name is renamed, since that is usually the younger type: names in use stay as they are.
pub(crate) fn resolve(
    modules: &mut [Module],
    (provider, overlay, settings): (&ProviderSchema, &Overlay, &Settings),
    problems: &mut Vec<String>,
) {
    for Module { name: module, resources, data, .. } in modules {
        for types in [resources, data] {
            for (index, renames) in renames(types) {
                let old = &types[index];
                let (schemas, overlays) = match old.managed {
                    true => (&provider.resource_schemas, &overlay.resources),
                    false => (&provider.data_source_schemas, &overlay.data_sources),
                };
                let mut with_names = overlays.get(&old.terraform).cloned().unwrap_or_default();
                with_names.blocks.extend(renames);
                let terraform = old.terraform.clone();
                let subject = Subject {
                    terraform: &terraform,
                    managed: old.managed,
                    block: &schemas[&terraform].block,
                    overlay: &with_names,
                };
                // What is wrong with the type was reported when it was planned first.
                if let Some(plan) = plan_type(subject, module, overlay, settings, &mut Vec::new()) {
                    types[index] = plan;
                } else {
                    problems.push(format!("{terraform}: its blocks cannot be renamed; name them in the overlay"));
                }
            }
        }
    }
}

/// For the types that must give way, by their positions: new names by the paths of parts.
fn renames(types: &[TypePlan]) -> BTreeMap<usize, BTreeMap<String, String>> {
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, plan) in types.iter().enumerate() {
        plan.names().into_iter().for_each(|(name, _)| owners.entry(name).or_default().push(index));
    }
    let mut renames: BTreeMap<usize, BTreeMap<String, String>> = BTreeMap::new();
    for (name, owners) in owners.into_iter().filter(|(_, owners)| owners.len() > 1) {
        let part = |index: usize| types[index].parts.iter().find(|part| !part.shared && part.rust == name);
        let mut with_part: Vec<usize> = owners.iter().copied().filter(|index| part(*index).is_some()).collect();
        with_part.sort_by_key(|index| (types[*index].terraform.len(), &types[*index].terraform));
        // If all are parts, the first keeps the name.
        let kept = if with_part.len() == owners.len() { 1 } else { 0 };
        for index in with_part.into_iter().skip(kept) {
            if let Some(part) = part(index) {
                renames.entry(index).or_default().insert(part.path.clone(), own_name(&types[index].rust, part));
            }
        }
    }
    renames
}

/// A name that begins with the path, so that no type's own names are like it.
fn own_name(rust: &str, part: &Part) -> String {
    let suffix = if part.kind == PartKind::Block { "Block" } else { "Object" };
    format!("{}Of{rust}{suffix}", names::camel(&part.path.replace('.', "_")))
}
