//! What will be generated: modules, types, their arguments and attributes, with every Rust name decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::Settings;
use crate::arguments::{Argument, Attribute};
use crate::clashes;
use crate::error::Error;
use crate::facts::Facts;
use crate::names::{self, Names};
use crate::overlay::{Overlay, TypeOverlay};
use crate::parts::Part;
use crate::schema::{BlockSchema, ProviderSchema, Schema, TypeSchema};

/// Everything that is generated for a provider.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) modules: Vec<Module>,
}

/// A module of the generated code.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) resources: Vec<TypePlan>,
    pub(crate) data: Vec<TypePlan>,
}

/// A resource type or data source.
#[derive(Debug)]
pub(crate) struct TypePlan {
    pub(crate) terraform: String,
    pub(crate) managed: bool,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) facts: Facts,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) parts: Vec<Part>,
}

/// A type of the schema and what is said of it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) terraform: &'a str,
    pub(crate) managed: bool,
    pub(crate) block: &'a BlockSchema,
    pub(crate) overlay: &'a TypeOverlay,
}

impl Subject<'_> {
    /// For messages: `resource aws_vpc`.
    pub(crate) fn place(&self) -> String {
        let kind = if self.managed { "resource" } else { "data source" };
        format!("{kind} {}", self.terraform)
    }
}

/// Decides everything, or reports all problems at once.
pub(crate) fn plan(schema: &Schema, overlay: &Overlay, settings: &Settings) -> Result<Plan, Error> {
    let provider = schema.provider_schemas.get(&settings.provider).ok_or_else(|| {
        let known: Vec<&str> = schema.provider_schemas.keys().map(String::as_str).collect();
        Error::new(format!("the schema has no provider {}; it has: {}", settings.provider, known.join(", ")))
    })?;
    let mut problems = Vec::new();
    check_overlay(overlay, provider, &mut problems);
    crate::losses::check(overlay, provider, &mut problems);
    crate::in_place::check(overlay, provider, &mut problems);
    let mut modules = BTreeMap::new();
    for (managed, types, overlays) in [
        (true, &provider.resource_schemas, &overlay.resources),
        (false, &provider.data_source_schemas, &overlay.data_sources),
    ] {
        add_types(&mut modules, (managed, types, overlays), (overlay, settings), &mut problems);
    }
    let mut modules: Vec<Module> = modules.into_values().collect();
    clashes::resolve(&mut modules, (provider, overlay, settings), &mut problems);
    modules.iter().for_each(|module| check_names(module, &mut problems));
    Error::check(problems).map(|()| Plan { modules })
}

type TypeSet<'a> = (bool, &'a BTreeMap<String, TypeSchema>, &'a BTreeMap<String, TypeOverlay>);

fn add_types(
    modules: &mut BTreeMap<String, Module>,
    (managed, types, overlays): TypeSet<'_>,
    (overlay, settings): (&Overlay, &Settings),
    problems: &mut Vec<String>,
) {
    let nothing = TypeOverlay::default();
    for (terraform, schema) in types {
        let subject =
            Subject { terraform, managed, block: &schema.block, overlay: overlays.get(terraform).unwrap_or(&nothing) };
        let Some((name, title)) = module_of(subject, settings, problems) else { continue };
        let Some(plan) = plan_type(subject, &name, overlay, settings, problems) else { continue };
        let module = modules.entry(name.clone()).or_insert_with(|| Module {
            name,
            title,
            resources: Vec::new(),
            data: Vec::new(),
        });
        if managed { module.resources.push(plan) } else { module.data.push(plan) }
    }
}

/// The module of a type and the module's title.
fn module_of(subject: Subject<'_>, settings: &Settings, problems: &mut Vec<String>) -> Option<(String, String)> {
    let Some(services) = &settings.services else {
        return Some((settings.name.clone(), settings.source.clone()));
    };
    let map = if subject.managed { &services.resources } else { &services.data_sources };
    let found = map.get(subject.terraform).and_then(|name| Some((name, services.services.get(name)?)));
    match found {
        Some((name, _)) if !names::is_method_name(name) || matches!(name.as_str(), "facts" | "all" | "default") => {
            problems.push(format!("service {name}: this cannot be the name of a module and a feature"));
            None
        }
        Some((name, service)) => Some((name.clone(), service.name.clone())),
        None => {
            problems.push(format!("{}: no service has it; add it to the list of services", subject.place()));
            None
        }
    }
}

pub(crate) fn plan_type(
    subject: Subject<'_>,
    module: &str,
    overlay: &Overlay,
    settings: &Settings,
    problems: &mut Vec<String>,
) -> Option<TypePlan> {
    let rust = rust_name(subject, module, settings, problems)?;
    let facts = Facts::of(subject, overlay, settings, problems);
    let parts = crate::parts::Naming::of(subject, &rust, problems);
    let name = facts.name.as_ref().map(|name| name.argument.as_str());
    Some(TypePlan {
        terraform: subject.terraform.to_owned(),
        managed: subject.managed,
        description: subject.block.description.clone(),
        deprecated: subject.block.deprecated,
        arguments: crate::arguments::of_root(subject, &parts, name, problems),
        attributes: crate::arguments::attributes(subject, problems),
        parts: parts.into_parts(subject, problems),
        rust,
        facts,
    })
}

/// The type's name without the prefixes that its path says already.
fn rust_name(subject: Subject<'_>, module: &str, settings: &Settings, problems: &mut Vec<String>) -> Option<String> {
    let Some(rest) = subject.terraform.strip_prefix(&settings.prefix) else {
        problems.push(format!("{}: its name does not begin with {}", subject.place(), settings.prefix));
        return None;
    };
    let own = rest.strip_prefix(module).and_then(|own| own.strip_prefix('_')).filter(|own| !own.is_empty());
    let short = || names::camel(own.unwrap_or(rest));
    // Names such as `String` are taken; with the provider's prefix they are free.
    let free = |short: String| if names::is_type_name(&short) { short } else { names::camel(subject.terraform) };
    let name = subject.overlay.rust.clone().unwrap_or_else(|| free(short()));
    if names::is_type_name(&name) {
        return Some(name);
    }
    problems
        .push(format!("{}: `{name}` cannot name a Rust type; give it another name in the overlay", subject.place()));
    None
}

/// Refuses what the overlay says of things that are not there.
fn check_overlay(overlay: &Overlay, provider: &ProviderSchema, problems: &mut Vec<String>) {
    let resources = overlay.resources.keys().filter(|name| !provider.resource_schemas.contains_key(*name));
    problems.extend(resources.map(|name| format!("overlay, resources: the schema has no {name}; remove the entry")));
    let data = overlay.data_sources.keys().filter(|name| !provider.data_source_schemas.contains_key(*name));
    problems.extend(data.map(|name| format!("overlay, data_sources: the schema has no {name}; remove the entry")));
    let types = overlay.resources.values().chain(overlay.data_sources.values());
    let used: BTreeSet<&str> = types.filter_map(|of| Some(of.name.as_ref()?.rule.as_str())).collect();
    let unused = overlay.rules.keys().filter(|rule| !used.contains(rule.as_str()));
    problems.extend(unused.map(|rule| format!("overlay, rules: no type uses {rule}; remove it")));
    let names = || overlay.resources.values().chain(overlay.data_sources.values()).filter_map(|of| of.name.as_ref());
    let used: BTreeSet<&str> = names().map(|name| name.realm.of.as_str()).collect();
    let unused = overlay.realms.keys().filter(|realm| !used.contains(realm.as_str()));
    problems.extend(unused.map(|realm| format!("overlay, realms: no type uses {realm}; remove it")));
    let types = overlay.resources.values().chain(overlay.data_sources.values());
    let used: BTreeSet<&str> = types.flat_map(|of| of.checks.values()).map(String::as_str).collect();
    let unused = overlay.texts.keys().filter(|text| !used.contains(text.as_str()));
    problems.extend(unused.map(|text| format!("overlay, texts: no type uses {text}; remove it")));
    for (rule, types) in overlay.tag_rules.iter().map(|(rule, limits)| (rule, &limits.types)) {
        let unknown = types.iter().filter(|name| !provider.resource_schemas.contains_key(*name));
        problems.extend(unknown.map(|name| format!("overlay, tag_rules, {rule}: the schema has no {name}; remove it")));
    }
    if overlay.appended.as_ref().is_some_and(|appended| appended.source.is_empty()) {
        problems.push("overlay, appended: it has no source".to_owned());
    }
    let pools = names().filter_map(|name| name.realm.pool.as_ref());
    let unknown = pools.filter(|pool| !provider.resource_schemas.contains_key(*pool));
    problems
        .extend(unknown.map(|pool| format!("overlay: the schema has no {pool}, whose name should stand for a pool")));
}

/// Refuses two types of one name in a module.
fn check_names(module: &Module, problems: &mut Vec<String>) {
    for (types, place) in [(&module.resources, module.name.clone()), (&module.data, format!("{}::data", module.name))] {
        let mut names = Names::new(&place);
        let shared: BTreeSet<&str> = types
            .iter()
            .flat_map(|plan| &plan.parts)
            .filter(|part| part.shared)
            .map(|part| part.rust.as_str())
            .collect();
        let shared = shared.into_iter().map(|name| (name.to_owned(), "the block `timeouts`".to_owned()));
        for (name, what) in types.iter().flat_map(TypePlan::names).chain(shared) {
            names.take(&name, &what, "give one a Rust name in the overlay", problems);
        }
    }
}

impl TypePlan {
    /// Every Rust type that it makes for itself, and what each is.
    pub(crate) fn names(&self) -> Vec<(String, String)> {
        let mut names = vec![
            (self.rust.clone(), self.terraform.clone()),
            (format!("{}Handle", self.rust), format!("the handle of {}", self.terraform)),
        ];
        if self.required().count() > crate::arguments::MOST_PARAMETERS {
            names.push((format!("{}Required", self.rust), format!("the required arguments of {}", self.terraform)));
        }
        for part in self.parts.iter().filter(|part| !part.shared) {
            names.push((part.rust.clone(), part.what.clone()));
            if part.required().count() > crate::arguments::MOST_PARAMETERS {
                names.push((format!("{}Required", part.rust), format!("the required arguments of {}", part.what)));
            }
        }
        names
    }

    /// The arguments that `new` takes.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.required)
    }
}
