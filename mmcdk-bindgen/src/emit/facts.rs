//! `facts.rs`, and the facts of each type.

use std::collections::BTreeMap;

use super::{Core, header};
use crate::Settings;
use crate::facts::NameFacts;
use crate::names;
use crate::overlay::{Form, InPlace, Overlay, OwnTagLimits, Place, RealmOverlay, Rule, TagLimits, Text};
use crate::plan::{Plan, TypePlan};

/// The provider, and the rules of tags, names and texts.
pub(super) fn file(plan: &Plan, overlay: &Overlay, settings: &Settings) -> String {
    let Settings { name, source, constraint, .. } = settings;
    let mut imports = vec!["ProviderFacts"];
    let tagged: Vec<&TypePlan> = plan.modules.iter().flat_map(|module| &module.resources).collect();
    let tagged = tagged.into_iter().filter(|plan| !plan.facts.tags.is_empty());
    let tagged: BTreeMap<&str, &TypePlan> = tagged.map(|plan| (plan.terraform.as_str(), plan)).collect();
    let rows: String =
        tagged.iter().map(|(name, plan)| format!("        ({name:?}, &{}),\n", tag_constant(plan))).collect();
    let mut items = format!(
        "
/// The provider that has these types.
pub static PROVIDER: ProviderFacts = ProviderFacts {{
    name: {name:?},
    source: {source:?},
    version: {constraint:?},
    tagged: &[
{rows}    ],
}};
"
    );
    if let Some(limits) = &overlay.tags {
        imports.extend(["TagRule", "TagFacts", "TagPlace"]);
        items.push_str(&tag_rule(limits));
        overlay.tag_rules.iter().for_each(|(name, own)| items.push_str(&own_tag_rule(name, own, limits)));
        let facts: BTreeMap<String, &TypePlan> = tagged.values().map(|plan| (tag_constant(plan), *plan)).collect();
        facts.iter().for_each(|(constant, plan)| items.push_str(&tag_facts(constant, plan, limits)));
    }
    if !overlay.rules.is_empty() {
        imports.push("NameRule");
    }
    if !overlay.texts.is_empty() {
        imports.extend(["Measure", "TextRule"]);
    }
    overlay.rules.iter().for_each(|(name, rule)| items.push_str(&name_rule(name, rule)));
    overlay.texts.iter().for_each(|(name, text)| items.push_str(&text_rule(name, text)));
    overlay.realms.iter().for_each(|(name, places)| items.push_str(&realm(name, places)));
    items.push_str(&reasons("STATEFUL_TYPES", "The types that hold data", "what is lost", &overlay.stateful));
    let foundation = "The types that hold an environment together";
    items.push_str(&reasons("FOUNDATION_TYPES", foundation, "what depends on it", &overlay.foundation));
    items.push_str(&changed_in_place(&overlay.in_place));
    imports.sort_unstable();
    let doc = format!(
        "//! What {source} and its cloud require of names, tags and texts, and what must not be destroyed unnoticed."
    );
    format!("{}\n{doc}\n\nuse mmcdk_core::{{{}}};\n{items}", header(settings), imports.join(", "))
}

fn tag_rule(limits: &TagLimits) -> String {
    let TagLimits { name_key: _, max_tags, max_key, max_value, specials, reserved, source } = limits;
    format!(
        "
/// The limits of tags; see <{source}>.
pub static TAGS: TagRule = TagRule {{
    max_tags: {max_tags},
    few: false,
    max_key: {max_key},
    max_value: {max_value},
    min_value: 0,
    specials: {specials:?},
    key_specials: {specials:?},
    ascii: false,
    ascii_keys: false,
    ignores_case: false,
    reserved: {reserved:?},
}};
"
    )
}

fn own_tag_rule(name: &str, own: &OwnTagLimits, limits: &TagLimits) -> String {
    let OwnTagLimits { max_tags, max_key, max_value, key_specials, .. } = own;
    let OwnTagLimits { types: _, min_value, ascii, ascii_keys, ignores_case, source, .. } = own;
    format!(
        "
/// The limits of tags of types with their own: {name}; see <{source}>.
pub static {constant}: TagRule = TagRule {{
    max_tags: {},
    few: {},
    max_key: {},
    max_value: {},
    min_value: {min_value},
    specials: {:?},
    key_specials: {:?},
    ascii: {ascii},
    ascii_keys: {ascii_keys},
    ignores_case: {ignores_case},
    reserved: {:?},
}};
",
        max_tags.unwrap_or(limits.max_tags),
        max_tags.is_some_and(|own| own < limits.max_tags),
        max_key.unwrap_or(limits.max_key),
        max_value.unwrap_or(limits.max_value),
        limits.specials,
        key_specials.as_ref().unwrap_or(&limits.specials),
        limits.reserved,
        constant = names::constant(&format!("tags_{name}")),
    )
}

/// The name of the static with the facts of a type's tags.
fn tag_constant(plan: &TypePlan) -> String {
    match (plan.facts.tags.as_slice(), &plan.facts.tag_rule) {
        ([Place::Argument(argument)], None) if argument == "tags" => "TAGGED".to_owned(),
        ([Place::Argument(argument)], Some(rule)) if argument == "tags" => names::constant(&format!("tagged_{rule}")),
        _ => names::constant(&format!("tagged_as_{}", plan.terraform)),
    }
}

fn tag_facts(constant: &str, plan: &TypePlan, limits: &TagLimits) -> String {
    let places: Vec<String> = plan.facts.tags.iter().map(tag_place).collect();
    let rule = plan.facts.tag_rule.as_ref().map_or("TAGS".to_owned(), |rule| names::constant(&format!("tags_{rule}")));
    format!(
        "
/// How types such as `{}` carry tags.
pub static {constant}: TagFacts = TagFacts {{
    places: &[{}],
    name_key: {:?},
    rule: &{rule},
}};
",
        plan.terraform,
        places.join(", "),
        limits.name_key,
    )
}

fn text_rule(name: &str, text: &Text) -> String {
    let Text { what, min, max, measure, chars, prefix, not_prefixes, target, source } = text;
    format!(
        "
/// What a text must look like: {what}; see <{source}>.
pub static {constant}: TextRule = TextRule {{
    what: {what:?},
    min: {min},
    max: {max},
    measure: Measure::{measure:?},
    chars: {chars:?},
    prefix: {prefix:?},
    not_prefixes: &{not_prefixes:?},
    target: {target:?},
}};
",
        constant = text_constant(name),
    )
}

fn text_constant(name: &str) -> String {
    names::constant(&format!("text_{name}"))
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

fn changed_in_place(types: &BTreeMap<String, InPlace>) -> String {
    if types.is_empty() {
        return String::new();
    }
    let rows: String =
        types.iter().map(|(name, in_place)| format!("    ({name:?}, &{:?}),\n", in_place.arguments)).collect();
    format!(
        "
/// The arguments that change in place, of types whose other arguments replace a resource, sorted by type.
pub static CHANGED_IN_PLACE: &[(&str, &[&str])] = &[
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
pub(super) fn of_type(plan: &TypePlan, core: &Core) -> String {
    let mode = if plan.managed { "Managed" } else { "Data" };
    format!(
        "&{facts} {{
        terraform_type: {terraform:?}, mode: {mode_type}::{mode}, provider: &facts::PROVIDER, segment: {segment:?},
        name: {name},
        tags: {tags}, checks: &[{checks}],
    }}",
        facts = core.name("TypeFacts"),
        terraform = plan.terraform,
        mode_type = core.name("Mode"),
        segment = plan.facts.segment,
        name = name(plan, core),
        tags = tags(plan),
        checks = checks(plan),
    )
}

fn checks(plan: &TypePlan) -> String {
    let checks = plan.facts.checks.iter().map(|(path, rule)| format!("({path:?}, &facts::{})", text_constant(rule)));
    checks.collect::<Vec<_>>().join(", ")
}

fn name(plan: &TypePlan, core: &Core) -> String {
    let Some(name) = &plan.facts.name else { return "None".to_owned() };
    let NameFacts { argument, rule, unless, prefixes, forms, realm } = name;
    let forms: Vec<String> = forms.iter().map(|form| name_form(form, core)).collect();
    format!(
        "Some({name} {{ argument: {argument:?}, rule: &facts::{rule}, unless: &{unless:?}, prefixes: &{prefixes:?}, forms: &[{forms}], unique: {unique} }})",
        name = core.name("NameArgument"),
        rule = rule_constant(rule),
        forms = forms.join(", "),
        unique = unique(plan, realm, core),
    )
}

fn name_form(form: &Form, core: &Core) -> String {
    let Form { argument, value, suffix, whole, source: _ } = form;
    let name = core.name("NameForm");
    format!("{name} {{ argument: {argument:?}, value: {value:?}, suffix: {suffix:?}, whole: {whole} }}")
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

fn tags(plan: &TypePlan) -> String {
    match plan.facts.tags.is_empty() {
        true => "None".to_owned(),
        false => format!("Some(&facts::{})", tag_constant(plan)),
    }
}

fn tag_place(place: &Place) -> String {
    let case = match place {
        Place::Argument(argument) => format!("Argument({argument:?})"),
        Place::IfGiven(argument) => format!("IfGiven({argument:?})"),
        Place::Nested { block, argument, create, unless } => {
            format!("Nested {{ block: {block:?}, argument: {argument:?}, create: {create}, unless: {unless:?} }}")
        }
        Place::Each { block, flag } => format!("Each {{ block: {block:?}, flag: {flag:?} }}"),
        Place::Specifications { block, kinds } => format!("Specifications {{ block: {block:?}, kinds: &{kinds:?} }}"),
    };
    format!("TagPlace::{case}")
}
