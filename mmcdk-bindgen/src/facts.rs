//! The static facts of a type: its segment in names, its physical name, its tags.

use crate::Settings;
use crate::overlay::{NameOverlay, Overlay, Place, RealmOverlay};
use crate::plan::Subject;
use crate::schema::{BlockSchema, Type};

/// What will stand in a type's `TypeFacts`.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) segment: String,
    pub(crate) name: Option<NameFacts>,
    pub(crate) tags: Vec<Place>,
}

/// A type's physical name.
#[derive(Debug)]
pub(crate) struct NameFacts {
    pub(crate) argument: String,
    pub(crate) rule: String,
    pub(crate) unless: Vec<String>,
    pub(crate) realm: RealmOverlay,
}

impl Facts {
    pub(crate) fn of(subject: Subject<'_>, overlay: &Overlay, settings: &Settings, problems: &mut Vec<String>) -> Self {
        let name = subject.overlay.name.as_ref().map(|name| name_facts(subject, name, overlay, problems));
        let tags = tag_places(subject, overlay, problems);
        let short = subject.terraform.strip_prefix(&settings.prefix).unwrap_or(subject.terraform);
        let segment = subject.overlay.segment.clone().unwrap_or_else(|| short.replace('_', "-"));
        let mut refuse = |what: &str| problems.push(format!("overlay, {}: {what}", subject.place()));
        if subject.overlay.segment.is_some() && name.is_none() && tags.is_empty() {
            refuse("nothing uses the segment: the type has neither a name nor tags");
        }
        if !segment.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            refuse("a segment has only lower-case letters, digits and `-`");
        }
        Self { segment, name, tags }
    }
}

fn name_facts(subject: Subject<'_>, name: &NameOverlay, overlay: &Overlay, problems: &mut Vec<String>) -> NameFacts {
    let mut refuse = |what: String| problems.push(format!("overlay, {}: {what}", subject.place()));
    let is_text =
        subject.block.attributes.get(&name.argument).is_some_and(|a| a.settable() && a.plain == Some(Type::String));
    if !is_text {
        refuse(format!("there is no string argument {} that could be its name", name.argument));
    }
    for argument in name.unless.iter().filter(|argument| !has_argument(subject.block, argument)) {
        refuse(format!("there is no argument {argument} that could stand in the place of the name"));
    }
    match overlay.rules.get(&name.rule) {
        Some(rule) if rule.min == 0 || rule.min > rule.max || rule.chars.is_empty() => {
            refuse(format!("the rule {} allows no name", name.rule));
        }
        Some(_) => {}
        None => refuse(format!("there is no rule {}", name.rule)),
    }
    check_realm(subject, &name.realm, overlay, problems);
    NameFacts {
        argument: name.argument.clone(),
        rule: name.rule.clone(),
        unless: name.unless.clone(),
        realm: name.realm.clone(),
    }
}

fn check_realm(subject: Subject<'_>, realm: &RealmOverlay, overlay: &Overlay, problems: &mut Vec<String>) {
    let RealmOverlay { of, pool, within, ignores_case, source } = realm;
    let mut refuse = |what: String| problems.push(format!("overlay, {}: {what}", subject.place()));
    if of != "none" && !overlay.realms.contains_key(of) {
        refuse(format!("there is no realm {of}"));
    }
    if of == "none" && (pool.is_some() || !within.is_empty() || *ignores_case) {
        refuse("names without a realm clash nowhere; remove the rest".to_owned());
    }
    if source.is_empty() {
        refuse("its realm has no source".to_owned());
    }
    for argument in within.keys().filter(|argument| !has_argument(subject.block, argument)) {
        refuse(format!("there is no argument {argument} that could name its parent"));
    }
}

/// The places of tags: what the overlay says, or else the map argument `tags` where there is one.
fn tag_places(subject: Subject<'_>, overlay: &Overlay, problems: &mut Vec<String>) -> Vec<Place> {
    let plain = subject.managed && overlay.tags.is_some() && has_map(subject.block, "tags");
    let Some(places) = &subject.overlay.tags else {
        return if plain { vec![Place::Argument("tags".to_owned())] } else { Vec::new() };
    };
    if overlay.tags.is_none() {
        problems.push(format!("overlay, {}: there are no `tags` with the cloud's limits", subject.place()));
    }
    for place in places.iter().filter(|place| !place.is_in(subject.block)) {
        problems.push(format!("overlay, {}: the schema has no such place of tags: {place:?}", subject.place()));
    }
    places.clone()
}

impl Place {
    fn is_in(&self, root: &BlockSchema) -> bool {
        let block = |name: &str| root.block_types.get(name).map(|nested| &nested.block);
        match self {
            Self::Argument(argument) | Self::IfGiven(argument) => has_map(root, argument),
            Self::Nested { block: name, argument, unless, .. } => {
                block(name).is_some_and(|block| has_map(block, argument)) && has_argument(root, unless)
            }
            Self::Each { block: name, flag } => {
                block(name).is_some_and(|block| ["key", "value", flag].iter().all(|name| has_argument(block, name)))
            }
            Self::Specifications { block: name, .. } => {
                block(name).is_some_and(|block| has_argument(block, "resource_type") && has_map(block, "tags"))
            }
        }
    }
}

fn has_argument(block: &BlockSchema, name: &str) -> bool {
    block.attributes.get(name).is_some_and(|attribute| attribute.settable())
}

/// Whether there is an optional map of strings of that name.
fn has_map(block: &BlockSchema, name: &str) -> bool {
    block.attributes.get(name).is_some_and(|attribute| {
        attribute.optional && matches!(&attribute.plain, Some(Type::Map(element)) if **element == Type::String)
    })
}
