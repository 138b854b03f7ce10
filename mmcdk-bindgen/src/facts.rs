//! The static facts of a type: its segment in names, its physical name, its tags.

use crate::Settings;
use crate::overlay::{Form, NameOverlay, Overlay, Place, RealmOverlay};
use crate::plan::Subject;
use crate::schema::{BlockSchema, Type};

/// What will stand in a type's `TypeFacts`.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) segment: String,
    pub(crate) name: Option<NameFacts>,
    pub(crate) tags: Vec<Place>,
    /// The limits of its tags, if it has its own.
    pub(crate) tag_rule: Option<String>,
    /// The rules of the texts of arguments, by their paths.
    pub(crate) checks: Vec<(String, String)>,
}

/// A type's physical name.
#[derive(Debug)]
pub(crate) struct NameFacts {
    pub(crate) argument: String,
    pub(crate) rule: String,
    pub(crate) unless: Vec<String>,
    /// The arguments to which the provider appends characters, and how many.
    pub(crate) prefixes: Vec<(String, usize)>,
    pub(crate) forms: Vec<Form>,
    pub(crate) realm: RealmOverlay,
}

impl Facts {
    pub(crate) fn of(subject: Subject<'_>, overlay: &Overlay, settings: &Settings, problems: &mut Vec<String>) -> Self {
        let name = subject.overlay.name.as_ref().map(|name| name_facts(subject, name, overlay, problems));
        let tags = tag_places(subject, overlay, problems);
        let tag_rule = tag_rule(subject, &tags, overlay, problems);
        let checks = checks(subject, overlay, problems);
        let short = subject.terraform.strip_prefix(&settings.prefix).unwrap_or(subject.terraform);
        let segment = subject.overlay.segment.clone().unwrap_or_else(|| short.replace('_', "-"));
        let mut refuse = |what: &str| problems.push(format!("overlay, {}: {what}", subject.place()));
        if subject.overlay.segment.is_some() && name.is_none() && tags.is_empty() {
            refuse("nothing uses the segment: the type has neither a name nor tags");
        }
        if !segment.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            refuse("a segment has only lower-case letters, digits and `-`");
        }
        Self { segment, name, tags, tag_rule, checks }
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
    for form in &name.forms {
        if !has_text_at(subject.block, &form.argument) {
            refuse(format!("there is no argument {} on which the form of the name could depend", form.argument));
        }
        if form.suffix.is_empty() || form.source.is_empty() {
            refuse(format!("the form that depends on {} has no suffix or no source", form.argument));
        }
    }
    let appended = overlay.appended.as_ref().map(|appended| appended.characters);
    let prefixes = name.unless.iter().filter(|argument| argument.ends_with("_prefix"));
    let prefixes = prefixes.filter_map(|argument| Some((argument.clone(), appended?))).collect();
    check_realm(subject, &name.realm, overlay, problems);
    NameFacts {
        argument: name.argument.clone(),
        rule: name.rule.clone(),
        unless: name.unless.clone(),
        prefixes,
        forms: name.forms.clone(),
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

/// The limits of its tags that the overlay gives to the type.
fn tag_rule(subject: Subject<'_>, tags: &[Place], overlay: &Overlay, problems: &mut Vec<String>) -> Option<String> {
    let has = |types: &[String]| subject.managed && types.iter().any(|known| known == subject.terraform);
    let mut rules = overlay.tag_rules.iter().filter(|(_, rule)| has(&rule.types)).map(|(name, _)| name);
    let rule = rules.next()?;
    if let Some(other) = rules.next() {
        problems.push(format!("overlay, tag_rules: {} is in {rule} and in {other}", subject.terraform));
    }
    if tags.is_empty() {
        problems.push(format!("overlay, tag_rules, {rule}: {} carries no tags", subject.terraform));
    }
    Some(rule.clone())
}

/// The rules of the texts of arguments.
fn checks(subject: Subject<'_>, overlay: &Overlay, problems: &mut Vec<String>) -> Vec<(String, String)> {
    for (path, rule) in &subject.overlay.checks {
        let mut refuse = |what: String| problems.push(format!("overlay, {}: {what}", subject.place()));
        if !has_text_at(subject.block, path) {
            refuse(format!("there is no argument {path} that could be checked"));
        }
        if !overlay.texts.contains_key(rule) {
            refuse(format!("there is no text rule {rule}"));
        }
    }
    subject.overlay.checks.iter().map(|(path, rule)| (path.clone(), rule.clone())).collect()
}

/// Whether there is an argument at a dotted path, in nested blocks and objects.
fn has_text_at(block: &BlockSchema, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('.') else { return has_argument(block, path) };
    if let Some(nested) = block.block_types.get(first) {
        return has_text_at(&nested.block, rest);
    }
    block.attributes.get(first).is_some_and(|attribute| match (&attribute.plain, &attribute.nested_type) {
        (Some(kind), _) => has_member(kind, rest),
        (None, Some(nested)) => !rest.contains('.') && nested.attributes.contains_key(rest),
        (None, None) => false,
    })
}

fn has_member(kind: &Type, path: &str) -> bool {
    match kind {
        Type::List(element) | Type::Set(element) => has_member(element, path),
        Type::Object(members) => match path.split_once('.') {
            Some((first, rest)) => members.get(first).is_some_and(|member| has_member(member, rest)),
            None => members.contains_key(path),
        },
        _ => false,
    }
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
