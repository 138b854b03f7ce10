//! Reads what a stack contained from the text of a synthesis, a state or a plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mmcdk_core::serde_json::{self, Map, Value as Json};
use mmcdk_core::{Error, Mode, Recorded, Result, SynthesizedStack, Texts};

use super::altered::Altered;
use super::derive::Changes;
use super::earlier::Arguments;

/// What a text tells of a stack.
#[derive(Clone, Debug)]
pub(super) enum Contents {
    /// The resources of Terraform JSON, with the arguments that a program set.
    Synthesis(Vec<Recorded>),
    /// Those of a state, with everything that is known of them.
    State(Vec<Recorded>),
    Plan(Planned),
}

/// What a plan tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    /// What is there.
    pub(super) before: Vec<Recorded>,
    /// What shall be there, with the arguments that the configuration sets.
    pub(super) after: Vec<Recorded>,
    /// The addresses of that which is there of which it is not known which arguments are set.
    pub(super) uncertain: BTreeSet<String>,
    /// What is done with that which is there: it is read, changed, deleted.
    pub(super) to_before: Changes,
    /// What is done with that which shall be there: it is created, and then read and changed.
    pub(super) to_after: Changes,
    /// Which arguments change, by the addresses of what is updated.
    pub(super) altered: BTreeMap<String, Altered>,
}

/// The source of such a text.
const SOURCES: &str =
    "give it the *.tf.json files of a stack, or what terraform show -json prints of its state or a plan";

/// Reads a text: one JSON document, or several one after the other. Where a plan does not tell which arguments are set, those
/// are that a program sets.
pub(super) fn read(text: &str, program: &Arguments) -> Result<Contents> {
    let text = text.trim_start_matches('\u{FEFF}');
    let documents: Vec<Json> =
        serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().map_err(|error| {
            Error::new(format!(
                "the text of what was there is not JSON (line {}, column {})",
                error.line(),
                error.column()
            ))
            .remedy(SOURCES)
        })?;
    let has = |name: &str| documents.iter().any(|document| document.get(name).is_some());
    if has("lineage") || has("serial") {
        return Err(Error::new("this is the file of a state, in a form that Terraform keeps to itself")
            .remedy("write it with: terraform show -json > state.json"));
    }
    if let [document] = documents.as_slice()
        && document["format_version"].is_string()
    {
        return match ["planned_values", "resource_changes", "configuration"].iter().any(|name| has(name)) {
            true => Ok(Contents::Plan(planned(document, program))),
            false => Ok(Contents::State(values(&document["values"]))),
        };
    }
    let configuration = |document: &Json| {
        document.as_object().is_some_and(|members| members.keys().all(|name| BLOCKS.contains(&name.as_str())))
    };
    match !documents.is_empty() && documents.iter().all(configuration) {
        true => Ok(Contents::Synthesis(documents.iter().flat_map(configured).collect())),
        false => Err(Error::new("the text of what was there is JSON of something else").remedy(SOURCES)),
    }
}

/// What stands at the top of Terraform JSON.
const BLOCKS: [&str; 15] = [
    "//",
    "action",
    "check",
    "data",
    "ephemeral",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
];

/// The arguments of a stack's resources, by their addresses, without their values.
pub(super) fn arguments(stack: &SynthesizedStack<'_>) -> Arguments {
    stack.all().map(|found| (found.address().to_owned(), shape(&found.body()))).collect()
}

fn shape(value: &Json) -> Json {
    match value {
        Json::Object(members) => members.iter().map(|(name, member)| (name.clone(), shape(member))).collect(),
        Json::Array(elements) if elements.iter().any(Json::is_object) => elements.iter().map(shape).collect(),
        _ => Json::Null,
    }
}

impl Contents {
    /// Whether it tells of the arguments that a program set, and of no others.
    pub(super) fn is_synthesis(&self) -> bool {
        matches!(self, Self::Synthesis(_))
    }

    /// Every resource that there is or shall be, in groups that were there together. Of what a program still has, the
    /// arguments that it sets, since a state has all others too.
    pub(super) fn everything(&self, known: &Arguments) -> Vec<Vec<Recorded>> {
        let set = |resources: &[Recorded]| resources.iter().cloned().map(|one| restricted(one, known)).collect();
        match self {
            Self::Synthesis(resources) => vec![resources.clone()],
            Self::State(resources) => vec![set(resources)],
            Self::Plan(Planned { before, after, .. }) => vec![set(before), after.clone()],
        }
    }
}

/// What says which one a resource is, and what holds for it, whoever set it.
const IDENTITY: [&str; 11] = [
    "arn",
    "bucket",
    "function_name",
    "id",
    "identifier",
    "name",
    "path",
    "permissions_boundary",
    "region",
    "tags",
    "tags_all",
];

fn restricted(mut one: Recorded, known: &Arguments) -> Recorded {
    if let Some(shape) = known.get(&one.address).and_then(Json::as_object) {
        one.arguments = Set::By(shape).arguments(&Json::Object(one.arguments));
    }
    one
}

/// The resources of a file of Terraform JSON.
fn configured(document: &Json) -> Vec<Recorded> {
    let mut resources = Vec::new();
    for (kind, mode, prefix) in [("resource", Mode::Managed, ""), ("data", Mode::Data, "data.")] {
        for (terraform_type, labels) in document[kind].as_object().into_iter().flatten() {
            for (label, body) in labels.as_object().into_iter().flatten() {
                // Several bodies are one, written in parts.
                let body = if let Json::Array(bodies) = body { bodies.first().unwrap_or(&Json::Null) } else { body };
                let arguments = body.as_object().cloned().unwrap_or_default();
                resources.push(Recorded {
                    address: format!("{prefix}{terraform_type}.{label}"),
                    mode,
                    terraform_type: terraform_type.clone(),
                    tags_argument: tags_argument(&arguments),
                    arguments,
                    texts: Texts::Templates,
                    expressions: BTreeMap::new(),
                });
            }
        }
    }
    resources
}

/// The resources of a state's values, of all modules.
fn values(values: &Json) -> Vec<Recorded> {
    let mut resources = Vec::new();
    let mut modules = vec![&values["root_module"]];
    while let Some(module) = modules.pop() {
        resources.extend(list(&module["resources"]).filter_map(of_state));
        modules.extend(list(&module["child_modules"]));
    }
    resources
}

fn of_state(resource: &Json) -> Option<Recorded> {
    let address = text(&resource["address"])?;
    let address = match text(&resource["deposed_key"]) {
        Some(key) => format!("{address} (deposed {key})"),
        None => address,
    };
    let arguments = said(&resource["values"]);
    Some(valued(address, resource, text(&resource["type"])?, arguments))
}

/// A resource of a state or a plan, with the values of its arguments.
fn valued(address: String, resource: &Json, terraform_type: String, arguments: Map<String, Json>) -> Recorded {
    Recorded {
        address,
        mode: mode(resource),
        terraform_type,
        tags_argument: tags_argument(&arguments),
        arguments,
        texts: Texts::Values,
        expressions: BTreeMap::new(),
    }
}

/// The argument that has all tags: in a state, `tags_all` also has the provider's default tags.
fn tags_argument(arguments: &Map<String, Json>) -> &'static str {
    if arguments.get("tags_all").is_some_and(Json::is_object) { "tags_all" } else { "tags" }
}

/// The arguments that say something: a state has all others too, as `null`, `false`, or empty.
pub(super) fn said(values: &Json) -> Map<String, Json> {
    let mut arguments = present(values);
    arguments.retain(|_, value| says(value));
    arguments
}

fn says(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(elements) => !elements.is_empty(),
        Json::Object(members) => !members.is_empty(),
        Json::Bool(true) | Json::Number(_) => true,
    }
}

/// The arguments that are there, with only what says something in nested blocks.
fn present(values: &Json) -> Map<String, Json> {
    let block = |block: &Json| if block.is_object() { Json::Object(said(block)) } else { block.clone() };
    let argument = |value: &Json| match value {
        Json::Array(blocks) => blocks.iter().map(block).collect(),
        other => other.clone(),
    };
    let members = values.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| (name.clone(), argument(value))).collect()
}

fn planned(plan: &Json, program: &Arguments) -> Planned {
    let configuration = expressions(&plan["configuration"]["root_module"]);
    let set = |address: &str| {
        let known = configuration.get(address).copied().or_else(|| program.get(address)?.as_object());
        known.map_or(Set::Unknown, Set::By)
    };
    let mut planned = Planned::default();
    let mut moved: BTreeSet<String> = BTreeSet::new();
    for change in list(&plan["resource_changes"]) {
        let (Some(address), Some(terraform_type)) = (text(&change["address"]), text(&change["type"])) else { continue };
        moved.extend(text(&change["previous_address"]).filter(|previous| *previous != address));
        let address = match text(&change["deposed"]) {
            Some(key) => format!("{address} (deposed {key})"),
            None => address,
        };
        let one = |arguments| valued(address.clone(), change, terraform_type.clone(), arguments);
        let (before, after) = phases(&change["change"]);
        if after.contains("update") {
            planned.altered.insert(address.clone(), Altered::by(&change["change"]));
        }
        if change["change"]["before"].is_object() {
            planned.before.push(one(set(&address).arguments(&change["change"]["before"])));
            planned.to_before.insert(address.clone(), before);
            planned.uncertain.extend(matches!(set(&address), Set::Unknown).then(|| address.clone()));
        }
        if change["change"]["after"].is_object() {
            let set = set(&address);
            let arguments = set.arguments(&change["change"]["after"]);
            let expressions = unknown(&change["change"], &set);
            planned.after.push(Recorded { expressions, ..one(arguments) });
            planned.to_after.insert(address, after);
        }
    }
    // Data sources that were read, and what no change is told of.
    let there: BTreeSet<String> = planned.before.iter().map(|one| one.address.clone()).collect();
    for one in values(&plan["prior_state"]["values"]) {
        if !there.contains(&one.address) && !moved.contains(&one.address) {
            planned.to_before.insert(one.address.clone(), ["read"].into());
            planned.uncertain.insert(one.address.clone());
            planned.before.push(one);
        }
    }
    planned
}

/// The arguments that are set, as opposed to those that a state has besides.
enum Set<'a> {
    /// Those of a configuration or of a program, by their names.
    By(&'a Map<String, Json>),
    Unknown,
}

impl Set<'_> {
    /// Those of some values. One that is set may well be empty.
    fn arguments(&self, values: &Json) -> Map<String, Json> {
        match self {
            Self::By(known) => {
                let set = present(values).into_iter().filter(|(name, _)| self.has(name));
                set.map(|(name, value)| {
                    (name.clone(), known.get(&name).map_or(value.clone(), |shape| within(&value, shape)))
                })
                .collect()
            }
            Self::Unknown => said(values),
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::By(known) => known.contains_key(name) || IDENTITY.contains(&name),
            Self::Unknown => true,
        }
    }
}

/// A value with those arguments of its blocks that a configuration or a program sets.
fn within(value: &Json, set: &Json) -> Json {
    let is_expression = |set: &Json| set.get("constant_value").is_some() || set.get("references").is_some();
    let known: Vec<&Map<String, Json>> = match set {
        Json::Array(blocks) => blocks.iter().filter_map(Json::as_object).collect(),
        Json::Object(block) if !block.is_empty() && !is_expression(set) => vec![block],
        _ => Vec::new(),
    };
    let Json::Array(blocks) = value else { return value.clone() };
    if known.is_empty() {
        return value.clone();
    }
    let argument = |(name, value): (&String, &Json)| {
        let set = known.iter().find_map(|block| block.get(name))?;
        Some((name.clone(), within(value, set)))
    };
    blocks
        .iter()
        .map(|block| match block.as_object() {
            Some(members) => members.iter().filter_map(argument).collect(),
            None => block.clone(),
        })
        .collect()
}

/// What a change does with what is there, and with what shall be.
fn phases(change: &Json) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let words: Vec<&str> = list(&change["actions"]).filter_map(Json::as_str).collect();
    let imported = change["importing"].is_object();
    let (mut before, mut after) = (BTreeSet::from(["read"]), BTreeSet::from(["read"]));
    for word in &words {
        match *word {
            "create" => drop(after.insert("create")),
            "update" => {
                before.insert("update");
                after.insert("update");
            }
            "delete" => drop(before.insert("delete")),
            "no-op" | "read" => {}
            "forget" => before.clear(),
            // What a newer Terraform does may be anything.
            _ => {
                before.extend(["update", "delete"]);
                after.extend(["create", "update"]);
            }
        }
    }
    if imported && words.contains(&"update") {
        after.insert("update");
    }
    (before, after)
}

/// The arguments that are set and whose values only Terraform will know, each with the reference that it is, if it is one.
fn unknown(change: &Json, set: &Set<'_>) -> BTreeMap<String, String> {
    let Set::By(configured) = set else { return BTreeMap::new() };
    let unknown = change["after_unknown"].as_object().into_iter().flatten();
    let names = unknown.filter(|(name, unknown)| **unknown == Json::Bool(true) && set.has(name)).map(|(name, _)| name);
    let expression = |name: &String| match configured.get(name).and_then(referred) {
        Some(reference) => Some((name.clone(), reference)),
        // An identity that only Terraform will know does not tell one resource from another.
        None => (!IDENTITY.contains(&name.as_str())).then(|| (name.clone(), "unknown".into())),
    };
    names.filter_map(expression).collect()
}

/// The attribute that an expression refers to, if it is a reference to one.
fn referred(expression: &Json) -> Option<String> {
    let references: Vec<&str> = list(&expression["references"]).filter_map(Json::as_str).collect();
    match references.as_slice() {
        // Terraform tells of the attribute, and then of its resource.
        [attribute, resource] if attribute.starts_with(&format!("{resource}.")) => Some((*attribute).to_owned()),
        _ => None,
    }
}

/// The arguments that the root module sets, by the addresses of resources.
fn expressions(module: &Json) -> HashMap<&str, &Map<String, Json>> {
    let resources = list(&module["resources"]);
    resources.filter_map(|one| Some((one["address"].as_str()?, one["expressions"].as_object()?))).collect()
}

fn list(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn mode(resource: &Json) -> Mode {
    if resource["mode"] == "data" { Mode::Data } else { Mode::Managed }
}

/// What is done with the resources of a state that is only read.
pub(super) fn read_all(resources: Vec<Recorded>) -> Planned {
    let to_before = resources.iter().map(|one| (one.address.clone(), ["read"].into())).collect();
    let uncertain = resources.iter().map(|one| one.address.clone()).collect();
    Planned { before: resources, to_before, uncertain, ..Planned::default() }
}

/// What is done with what a role keeps: it is read, changed as long as the program has it, and deleted.
pub(super) fn kept(resources: &[Recorded], program: &Arguments) -> Changes {
    let phases = |address: &str| match program.contains_key(address) {
        true => BTreeSet::from(["read", "update", "delete"]),
        false => BTreeSet::from(["read", "delete"]),
    };
    resources.iter().map(|one| (one.address.clone(), phases(&one.address))).collect()
}
