//! Where physical names are unique: two resources clash if their names are equal in one realm.
//!
//! The core knows no cloud. A type says which places its names are unique in ([`Unique::places`]), the crate of the
//! cloud puts the values of those places into the context ([`Local::place`]), and the rest comes from the arguments that
//! name a resource's parent ([`Unique::within`]).
//!
//! [`Local::place`]: crate::Local::place

use std::collections::HashMap;
use std::sync::Arc;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::facts::{Mode, NameArgument, Unique};
use crate::render::Expression;
use crate::state::{AppState, Placed, StackState};
use crate::value::{Node, Reference};

/// A place of the cloud at some point of the tree, such as its account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Known(Arc<str>),
    /// The program does not say which. Within one environment the same text stands for the same place.
    Unknown {
        environment: Option<Arc<str>>,
        stands_for: Arc<str>,
    },
}

/// A name that a resource holds in a realm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Claim {
    pool: &'static str,
    /// In lower case if the service ignores case.
    name: String,
    places: Vec<Place>,
    within: Vec<Parent>,
}

/// Who holds a name.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) path: Box<str>,
    /// As written.
    name: Box<str>,
    unique: &'static Unique,
    what: &'static str,
}

/// The value of an argument that names the parent of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Parent {
    /// A literal, or the literal name of the resource that is referred to.
    Text(String),
    /// Something of a stack: a resource without a literal name, or an expression.
    Of(usize, String),
}

/// Claims the physical name of a resource, or says who holds it.
pub(crate) fn claim(app: &mut AppState, stack: usize, context: &Context, placed: &Placed) -> Result<()> {
    let Some(facts) = placed.facts else { return Ok(()) };
    let (Some(name), Some(NameArgument { rule, unique: Some(unique), .. })) = (&placed.name, &facts.name) else {
        return Ok(());
    };
    let claim = Claim {
        pool: unique.pool,
        name: folded(unique, name),
        places: unique.places.iter().map(|kind| place(app, stack, context, placed, kind)).collect(),
        within: unique
            .within
            .iter()
            .map(|(argument, default)| parent(app, stack, placed, unique, argument, default))
            .collect(),
    };
    if let Some(holder) = app.names.get(&claim) {
        let case = if *holder.name == **name { "" } else { ", apart from upper and lower case" };
        return Err(Error::new(format!("the {} name {name:?} is that of {}{case}", rule.what, holder.path))
            .remedy("give one of them another name, or a purpose or qualifier in its context"));
    }
    let path = app.stacks[stack].full_path(&placed.path).into();
    app.names.insert(claim, Holder { path, name: name.clone(), unique, what: rule.what });
    Ok(())
}

/// A warning of a resource that is created before the old one is destroyed, while both would have the same name.
pub(crate) fn name_in_the_way(placed: &Placed) -> Option<Error> {
    let NameArgument { argument, rule, unless, unique, .. } = placed.facts?.name.as_ref()?;
    let created_first = placed.lifecycle.block().node("create_before_destroy") == Some(&Node::Bool(true));
    let name = placed.name.as_ref().filter(|_| created_first && unique.is_some())?;
    let problem = format!(
        "a replacement of {} cannot be created before the old one is destroyed: both have the {} name {name:?}",
        placed.anchor.address(),
        rule.what
    );
    let instead = match unless.first() {
        Some(prefix) => format!("set {prefix} instead of {argument}, or leave create_before_destroy out"),
        None => "leave create_before_destroy out".to_owned(),
    };
    Some(Error::new(problem).remedy(instead))
}

/// A warning for each pair of names that clash if places that the program does not know are the same.
pub(crate) fn possible_clashes(app: &AppState) -> Vec<Error> {
    let mut by_name: HashMap<_, Vec<(&Claim, &Holder)>> = HashMap::new();
    let mut warnings = Vec::new();
    for (claim, holder) in &app.names {
        let others = by_name.entry((claim.pool, claim.name.as_str(), claim.within.as_slice())).or_default();
        let unsettled = others.iter().find_map(|(other, first)| Some((claim.unsettled(other, holder.unique)?, first)));
        if let Some((places, first)) = unsettled {
            let problem = format!(
                "its {} name {:?} is also that of {}, and they clash if both are in one {places}",
                holder.what, holder.name, first.path
            );
            let remedy = format!("say which {places} each environment is in, or give one of them another name");
            warnings.push(Error::new(problem).remedy(remedy).at(&*holder.path));
        }
        others.push((claim, holder));
    }
    warnings
}

impl Claim {
    /// The kinds of places that would have to be the same for the two to clash; none if they cannot.
    fn unsettled(&self, other: &Claim, unique: &Unique) -> Option<String> {
        let mut kinds = Vec::new();
        for ((one, another), kind) in self.places.iter().zip(&other.places).zip(unique.places) {
            match (one, another) {
                (Place::Known(one), Place::Known(another)) if one != another => return None,
                (one, another) if one != another => kinds.push(*kind),
                _ => {}
            }
        }
        Some(kinds.join(" and "))
    }
}

fn folded(unique: &Unique, text: &str) -> String {
    if unique.ignores_case { text.to_lowercase() } else { text.to_owned() }
}

/// A place of a resource. An argument with the name of the place, such as `region`, wins over the context.
fn place(app: &AppState, stack: usize, context: &Context, placed: &Placed, kind: &str) -> Place {
    let unknown = |stands_for: Arc<str>| {
        let environment = app.stacks[stack].environment.as_deref().map(Arc::from);
        Place::Unknown { environment, stands_for }
    };
    match (placed.block.node(kind), context.place(kind)) {
        (Some(Node::Text(given)), _) => Place::Known(given.as_ref().into()),
        (Some(given), _) => unknown(Expression(given).to_string().into()),
        (None, Some((value, true))) => Place::Known(value),
        (None, Some((stands_for, false))) => unknown(stands_for),
        (None, None) => unknown("".into()),
    }
}

fn parent(app: &AppState, stack: usize, placed: &Placed, unique: &Unique, argument: &str, default: &str) -> Parent {
    match placed.block.node(argument) {
        None => Parent::Text(default.to_owned()),
        Some(node) => parent_of(app, stack, unique, node),
    }
}

fn parent_of(app: &AppState, stack: usize, unique: &Unique, node: &Node) -> Parent {
    match node {
        Node::Text(text) => Parent::Text(folded(unique, text)),
        Node::Reference(reference) => referred(app, stack, unique, reference),
        node => Parent::Of(stack, Expression(node).to_string()),
    }
}

/// What a reference points at, also in the stack that it is imported from: whichever attribute of a resource it names, the
/// parent is that resource.
fn referred(app: &AppState, stack: usize, unique: &Unique, reference: &Reference) -> Parent {
    let Reference { anchor, attribute, .. } = reference;
    let here = &app.stacks[stack];
    if let Some(placed) = here.at(anchor) {
        return match physical_name(here, reference) {
            Some(name) => Parent::Text(folded(unique, name)),
            None if placed.mode == Mode::Managed => Parent::Of(stack, anchor.address().to_owned()),
            None => Parent::Of(stack, format!("{}.{attribute}", anchor.address())),
        };
    }
    let import = here.imports.values().find(|import| import.anchor == *anchor);
    let output = import.and_then(|import| {
        let output = app.stacks[import.stack].outputs.get(attribute.strip_prefix("outputs.")?)?;
        Some((import.stack, &output.value))
    });
    match output {
        Some((producer, value)) => parent_of(app, producer, unique, value),
        None => Parent::Of(stack, format!("{}.{attribute}", anchor.address())),
    }
}

/// The physical name of what a reference points at in its own stack, if it is a literal. A tag is not one.
pub(crate) fn physical_name<'a>(stack: &'a StackState, reference: &Reference) -> Option<&'a str> {
    let placed = stack.at(&reference.anchor)?;
    placed.facts?.name.as_ref()?;
    placed.name.as_deref()
}
