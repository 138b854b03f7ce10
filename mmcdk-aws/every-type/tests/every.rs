//! Makes every generated resource type and data source once, with nothing but its required arguments.

#![allow(deprecated)]

#[rustfmt::skip]
mod services;

use std::collections::BTreeSet;

use mmcdk_core::{App, Error, Home, Mode, Organisation, Resource, Stack, SynthesizedStack, TagPlace, TypeFacts};
use mmcdk_every_type::resources;

/// The stack to which the types of one service are added.
struct Stacked<'a> {
    stack: Stack<'a>,
    expected: Vec<Expected>,
}

/// What must be in the synthesized stack.
struct Expected {
    facts: &'static TypeFacts,
    id: String,
    required: &'static [&'static str],
}

impl Stacked<'_> {
    /// Adds a resource that was made with exactly these arguments.
    ///
    /// Only this function is compiled for each type, so it does no more than it must.
    fn add<R: Resource>(&mut self, resource: R, required: &'static [&'static str]) {
        let id = self.expect(R::FACTS, required);
        let added = self.stack.add(&id, resource).err();
        report(R::FACTS, added);
    }

    fn expect(&mut self, facts: &'static TypeFacts, required: &'static [&'static str]) -> String {
        let id = format!("t-{}", self.expected.len());
        self.expected.push(Expected { facts, id: id.clone(), required });
        id
    }
}

fn report(facts: &TypeFacts, error: Option<Error>) {
    if let Some(error) = error {
        panic!("{}: {error}", facts.terraform_type);
    }
}

/// Synthesizes what the function adds, and looks at each resource.
fn check(add: fn(&mut Stacked<'_>)) {
    let mut app = App::new(Organisation::new("T"));
    let stack = app.stack("every", Home::shared()).expect("a stack");
    let mut stacked = Stacked { stack, expected: Vec::new() };
    add(&mut stacked);
    let expected = stacked.expected;
    let synthesis = app.synth().unwrap_or_else(|error| panic!("{error}"));
    let stack = synthesis.stack("every").expect("the stack");
    assert_eq!(stack.all().count(), expected.len());
    expected.iter().for_each(|expected| expected.check(&stack));
}

impl Expected {
    /// The resource has its address, the arguments it was made with, and what the convention adds; nothing else.
    fn check(&self, stack: &SynthesizedStack<'_>) {
        let body = stack.at(&self.address()).unwrap_or_else(|error| panic!("{error}")).body();
        let given: BTreeSet<&str> = body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let missing: Vec<&&str> = self.required.iter().filter(|name| !given.contains(**name)).collect();
        assert!(missing.is_empty(), "{}: {missing:?} is missing in {body}", self.facts.terraform_type);
        let convention = self.facts.name.iter().map(|name| name.argument).chain(tagged(self.facts));
        let expected: BTreeSet<&str> = self.required.iter().copied().chain(convention).collect();
        let more: Vec<&&str> = given.difference(&expected).collect();
        assert!(more.is_empty(), "{}: {more:?} is too much in {body}", self.facts.terraform_type);
    }

    fn address(&self) -> String {
        let data = if self.facts.mode == Mode::Data { "data." } else { "" };
        format!("{data}{}.{}", self.facts.terraform_type, self.id.replace('-', "_"))
    }
}

/// The arguments and blocks in which the convention puts tags.
fn tagged(facts: &TypeFacts) -> impl Iterator<Item = &'static str> {
    let places = facts.tags.iter().flat_map(|tags| tags.places);
    places.map(|place| match place {
        TagPlace::Argument(name) | TagPlace::IfGiven(name) => *name,
        TagPlace::Nested { block, .. } | TagPlace::Each { block, .. } | TagPlace::Specifications { block, .. } => {
            *block
        }
    })
}
