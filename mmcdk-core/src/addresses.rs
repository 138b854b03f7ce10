//! The addresses of a stack, and what raw text may refer to.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};

use crate::facts::provider_of;
use crate::nearest::nearest;
use crate::scan;
use crate::state::{RawBlock, StackState};

/// The provider that is part of Terraform: `terraform_data`, `terraform_remote_state`.
const BUILT_IN: &str = "terraform";

impl StackState {
    /// Whether an address is that of a resource or data source of a provider that the stack requires.
    ///
    /// `aws.west` is not: it is the configuration of a provider. A data source may have the name of its provider, such as
    /// `data.http.page`.
    pub(crate) fn has_provider_of(&self, address: &str) -> bool {
        let terraform_type = match address.split_once('.') {
            Some(("data" | "ephemeral", rest)) => rest.split('.').next(),
            Some((kind, _)) => Some(kind).filter(|kind| kind.contains('_')),
            None => None,
        };
        terraform_type
            .map(provider_of)
            .is_some_and(|provider| provider == BUILT_IN || self.required_providers.contains_key(provider))
    }
}

/// The addresses of one stack.
pub(crate) struct Addresses<'a> {
    stack: &'a StackState,
    /// Made when the first raw text asks for them.
    known: Option<HashSet<String>>,
    /// What would do in place of an address that is not there; one typo may be in thousands of resources.
    remedies: HashMap<String, String>,
}

impl<'a> Addresses<'a> {
    pub(crate) fn new(stack: &'a StackState) -> Self {
        Self { stack, known: None, remedies: HashMap::new() }
    }

    /// Whether the stack certainly does not have what is at the address. Other addresses may be names that an iterator
    /// binds, or of providers that only a file of the user's own requires.
    pub(crate) fn lacks(&mut self, address: &str) -> bool {
        self.is_certain(address) && !self.stack.declared.contains(address) && !self.known().contains(address)
    }

    fn is_certain(&self, address: &str) -> bool {
        match address.split_once('.') {
            Some(("var" | "local", _)) => true,
            _ => self.stack.has_provider_of(address),
        }
    }

    /// What would do instead of an address that is not there.
    pub(crate) fn remedy(&mut self, address: &str) -> String {
        /// Each suggestion looks at all addresses, so a program with thousands of typos gets this many.
        const SUGGESTIONS: usize = 10;
        if let Some(remedy) = self.remedies.get(address) {
            return remedy.clone();
        }
        let suggested = self.remedies.len() < SUGGESTIONS;
        let near = match suggested {
            true => nearest(address, self.known().iter().map(String::as_str)),
            false => "write an address that it has".to_owned(),
        };
        let remedy = format!("{near}; if a file of your own declares it, call scope.declare({address:?})");
        self.remedies.insert(address.to_owned(), remedy.clone());
        remedy
    }

    fn known(&mut self) -> &HashSet<String> {
        let stack = self.stack;
        self.known.get_or_insert_with(|| known_addresses(stack))
    }
}

fn known_addresses(stack: &StackState) -> HashSet<String> {
    let mut known: HashSet<String> = stack.placed.keys().map(|address| address.to_string()).collect();
    known.extend(stack.imports.values().map(|import| import.anchor.address().to_owned()));
    for RawBlock { kind, body, .. } in &stack.raw_blocks {
        match kind.as_str() {
            "variable" => known.extend(members(body).map(|(name, _)| format!("var.{name}"))),
            "locals" => known.extend(members(body).map(|(name, _)| format!("local.{name}"))),
            "resource" => known.extend(labels(body, "")),
            "data" => known.extend(labels(body, "data.")),
            "ephemeral" => known.extend(labels(body, "ephemeral.")),
            _ => {}
        }
    }
    known
}

/// The members of a body; Terraform takes an array of bodies for one.
fn members(body: &Json) -> Box<dyn Iterator<Item = (&str, &Json)> + '_> {
    match body {
        Json::Object(members) => Box::new(members.iter().map(|(name, member)| (name.as_str(), member))),
        Json::Array(bodies) => Box::new(bodies.iter().flat_map(members)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Box::new(std::iter::empty()),
    }
}

/// The addresses of blocks with two labels.
fn labels<'a>(body: &'a Json, prefix: &'a str) -> impl Iterator<Item = String> + 'a {
    members(body)
        .flat_map(move |(kind, blocks)| members(blocks).map(move |(label, _)| format!("{prefix}{kind}.{label}")))
}

/// What a raw block consists of.
pub(crate) enum RawPart<'a> {
    Text(&'a str),
    /// An address in a template of the text.
    Address(&'a str),
}

/// Shows the texts of a raw block to `see`, and the addresses in their templates, but for those that the block itself binds:
/// the iterators of its `dynamic` blocks, and the data sources of a `check` block.
pub(crate) fn in_raw_block(block: &RawBlock, see: &mut impl FnMut(RawPart<'_>)) {
    let mut bound = Bound::default();
    if block.kind == "check" {
        let checks = members(&block.body).flat_map(|(_, check)| members(check));
        let scoped = checks.filter(|(name, _)| *name == "data").flat_map(|(_, data)| labels(data, "data."));
        bound.addresses.extend(scoped);
    }
    bound.scan(&block.body, see);
}

/// What a block binds for its content.
#[derive(Default)]
struct Bound {
    addresses: HashSet<String>,
    iterators: Vec<String>,
}

impl Bound {
    fn scan(&mut self, json: &Json, see: &mut impl FnMut(RawPart<'_>)) {
        match json {
            Json::String(text) => {
                see(RawPart::Text(text));
                let addresses = scan::template_addresses(text).filter(|address| !self.binds(address));
                addresses.for_each(|address| see(RawPart::Address(address)));
            }
            Json::Array(elements) => elements.iter().for_each(|element| self.scan(element, see)),
            Json::Object(object) => self.scan_object(object, see),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn binds(&self, address: &str) -> bool {
        let first = address.split('.').next().unwrap_or(address);
        self.iterators.iter().any(|iterator| iterator == first) || self.addresses.contains(address)
    }

    fn scan_object(&mut self, object: &Map<String, Json>, see: &mut impl FnMut(RawPart<'_>)) {
        for (name, member) in object {
            match name.as_str() {
                "dynamic" => members(member).for_each(|(label, block)| self.scan_dynamic(label, block, see)),
                _ => self.scan(member, see),
            }
        }
    }

    /// The content of a dynamic block sees its iterator, which is named after the block unless it says otherwise.
    fn scan_dynamic(&mut self, label: &str, block: &Json, see: &mut impl FnMut(RawPart<'_>)) {
        let named = members(block).filter(|(name, _)| *name == "iterator").find_map(|(_, name)| name.as_str());
        let outer = self.iterators.len();
        self.iterators.push(named.unwrap_or(label).to_owned());
        self.scan(block, see);
        self.iterators.truncate(outer);
    }
}
