//! `facts.rs`, and the facts of each type.

use std::collections::BTreeMap;

use super::{Core, header};
use crate::Settings;
use crate::names;
use crate::overlay::{Overlay, Place, RealmOverlay, Rule, TagLimits};
use crate::plan::TypePlan;

/// The provider, the tag rule and the name rules.
pub(super) fn file(overlay: &Overlay, settings: &Settings) -> String {
    let Settings { name, source, constraint, .. } = settings;
    let mut imports = vec!["ProviderFacts"];
    let mut items = format!(
        "
/// The provider that has these types.
pub static PROVIDER: ProviderFacts = ProviderFacts {{
    name: {name:?},
    source: {source:?},
    version: {constraint:?},
}};
"
    );
    if let Some(limits) = &overlay.tags {
        imports.push("TagRule");
        items.push_str(&tag_rule(limits));
    }
    if !overlay.rules.is_empty() {
        imports.push("NameRule");
    }
    overlay.rules.iter().for_each(|(name, rule)| items.push_str(&name_rule(name, rule)));
    overlay.realms.iter().for_each(|(name, places)| items.push_str(&realm(name, places)));
    items.push_str(&reasons("STATEFUL_TYPES", "The types that hold data", "what is lost", &overlay.stateful));
    let foundation = "The types that hold an environment together";
    items.push_str(&reasons("FOUNDATION_TYPES", foundation, "what depends on it", &overlay.foundation));
    imports.sort_unstable();
    let doc =
        format!("//! What {source} and its cloud require of names and tags, and what must not be destroyed unnoticed.");
    format!("{}\n{doc}\n\nuse mmcdk_core::{{{}}};\n{items}", header(settings), imports.join(", "))
}

fn tag_rule(limits: &TagLimits) -> String {
    let TagLimits { name_key: _, max_tags, max_key, max_value, specials, reserved, source } = limits;
    format!(
        "
/// The limits of tags; see <{source}>.
pub static TAGS: TagRule = TagRule {{
    max_tags: {max_tags},
    max_key: {max_key},
    max_value: {max_value},
    specials: {specials:?},
    reserved: {reserved:?},
}};
"
    )
}

fn name_rule(name: &str, rule: &Rule) -> String {
    let Rule { what, min, max, chars, lower, edges, not_prefixes, not_suffixes, not_within, not_ip, source } = rule;
    format!(
        "
/// What a name must look like: {what}; see <{source}>.
pub static {constant}: NameRule = NameRule {{
    what: {what:?},
    min: {min},
    max: {max},
    chars: {chars:?},
    lower: {lower},
    edges: {edges:?},
    not_prefixes: &{not_prefixes:?},
    not_suffixes: &{not_suffixes:?},
    not_within: &{not_within:?},
    not_ip: {not_ip},
}};
",
        constant = rule_constant(name),
    )
}

/// A sorted table of types and reasons.
fn reasons(constant: &str, what: &str, reason: &str, types: &BTreeMap<String, String>) -> String {
    if types.is_empty() {
        return String::new();
    }
    let rows: String = types.iter().map(|(name, reason)| format!("    ({name:?}, {reason:?}),\n")).collect();
    format!(
        "
/// {what}, each with {reason} when it is destroyed, sorted by type.
pub static {constant}: &[(&str, &str)] = &[
{rows}];
"
    )
}

fn realm(name: &str, places: &[String]) -> String {
    format!("\n/// The places of the realm `{name}`.\npub static {}: &[&str] = &{places:?};\n", realm_constant(name))
}

fn realm_constant(name: &str) -> String {
    names::constant(&format!("realm_{name}"))
}

fn rule_constant(name: &str) -> String {
    names::constant(&format!("rule_{name}"))
}

/// The value of a type's `FACTS`.
pub(super) fn of_type(plan: &TypePlan, overlay: &Overlay, core: &Core) -> String {
    let mode = if plan.managed { "Managed" } else { "Data" };
    format!(
        "&{facts} {{
        terraform_type: {terraform:?}, mode: {mode_type}::{mode}, provider: &facts::PROVIDER, segment: {segment:?},
        name: {name},
        tags: {tags},
    }}",
        facts = core.name("TypeFacts"),
        terraform = plan.terraform,
        mode_type = core.name("Mode"),
        segment = plan.facts.segment,
        name = name(plan, core),
        tags = tags(plan, overlay, core),
    )
}

fn name(plan: &TypePlan, core: &Core) -> String {
    let Some(name) = &plan.facts.name else { return "None".to_owned() };
    let argument = core.name("NameArgument");
    let rule = rule_constant(&name.rule);
    let unique = unique(plan, &name.realm, core);
    format!(
        "Some({argument} {{ argument: {:?}, rule: &facts::{rule}, unless: &{:?}, unique: {unique} }})",
        name.argument, name.unless
    )
}

fn unique(plan: &TypePlan, realm: &RealmOverlay, core: &Core) -> String {
    let RealmOverlay { of, pool, within, ignores_case, source: _ } = realm;
    if of == "none" {
        return "None".to_owned();
    }
    let pool = pool.as_ref().unwrap_or(&plan.terraform);
    let within: Vec<(&String, &String)> = within.iter().collect();
    format!(
        "Some({unique} {{ pool: {pool:?}, places: facts::{places}, within: &{within:?}, ignores_case: {ignores_case} }})",
        unique = core.name("Unique"),
        places = realm_constant(of),
    )
}

fn tags(plan: &TypePlan, overlay: &Overlay, core: &Core) -> String {
    let (Some(limits), false) = (&overlay.tags, plan.facts.tags.is_empty()) else { return "None".to_owned() };
    let places: Vec<String> = plan.facts.tags.iter().map(|place| tag_place(place, core)).collect();
    let facts = core.name("TagFacts");
    format!("Some({facts} {{ places: &[{}], name_key: {:?}, rule: &facts::TAGS }})", places.join(", "), limits.name_key)
}

fn tag_place(place: &Place, core: &Core) -> String {
    let case = match place {
        Place::Argument(argument) => format!("Argument({argument:?})"),
        Place::IfGiven(argument) => format!("IfGiven({argument:?})"),
        Place::Nested { block, argument, create, unless } => {
            format!("Nested {{ block: {block:?}, argument: {argument:?}, create: {create}, unless: {unless:?} }}")
        }
        Place::Each { block, flag } => format!("Each {{ block: {block:?}, flag: {flag:?} }}"),
        Place::Specifications { block, kinds } => format!("Specifications {{ block: {block:?}, kinds: &{kinds:?} }}"),
    };
    format!("{}::{case}", core.name("TagPlace"))
}
