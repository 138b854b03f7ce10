//! The checks of synthesis: what can only be known once everything is placed.

use std::collections::HashMap;

use crate::addresses::{self, Addresses, RawPart};
use crate::block::Part;
use crate::error::Error;
use crate::imports;
use crate::lifecycle::Lifecycle;
use crate::literal::{self, Literals};
use crate::scope::On;
use crate::state::{AppState, Placed, StackState};
use crate::unicode::is_nfc;
use crate::value::{Anchor, Node, Reference};

/// What the checks found.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<Error>,
    pub(crate) warnings: Vec<Error>,
}

/// Adds everything that is wrong to `findings`.
pub(crate) fn check(app: &AppState, findings: &mut Findings) {
    check_states(app, &mut findings.errors);
    imports::check(app, &mut findings.errors);
    for stack in &app.stacks {
        let (addresses, literals) = (Addresses::new(stack), Literals::new(stack));
        let mut check = StackCheck { stack, addresses, literals, findings, edges: Vec::new(), forward: false };
        check.resources();
        check.providers();
        check.outputs();
        check.raw_blocks();
        check.cycles();
    }
}

/// Two stacks with one state would destroy each other's resources.
fn check_states(app: &AppState, errors: &mut Vec<Error>) {
    let mut states = HashMap::new();
    for stack in &app.stacks {
        if let Err(error) = stack.backend.check(&stack.path, &app.organisation.versions()) {
            errors.push(error.at(&stack.path));
        }
        let Some(state) = stack.backend.state_of(&stack.path) else { continue };
        let shown = format!("{}/{}", state.0, state.1);
        if let Some(other) = states.insert(state, &stack.path) {
            errors.push(
                Error::new(format!("its state {shown} is that of {other}"))
                    .remedy("give one of them another key")
                    .at(&stack.path),
            );
        }
    }
}

struct StackCheck<'a> {
    stack: &'a StackState,
    addresses: Addresses<'a>,
    literals: Literals<'a>,
    findings: &'a mut Findings,
    /// For each resource those it needs.
    edges: Vec<Vec<usize>>,
    /// Whether something needs what was placed after it; without that there is no cycle.
    forward: bool,
}

/// Where something stands, made when there is something to say of it.
struct At<'a> {
    path: &'a dyn Fn() -> String,
    argument: &'a dyn Fn() -> String,
}

impl At<'_> {
    fn put(&self, error: Error) -> Error {
        error.at((self.path)())
    }
}

impl<'a> StackCheck<'a> {
    fn resources(&mut self) {
        let stack = self.stack;
        for (index, placed) in stack.placed.values().enumerate() {
            let path = || stack.full_path(&placed.path);
            let mut needs = Vec::new();
            for (name, item) in placed.block.entries() {
                let argument = || format!("{}.{name}", placed.terraform_type);
                item.visit(&mut |part| self.part(part, &At { path: &path, argument: &argument }, &mut needs));
            }
            let at = At { path: &path, argument: &|| "the id to adopt".into() };
            if let Some(id) = &placed.adopt {
                id.visit(&mut |node| self.part(Part::Node(node), &at, &mut needs));
            }
            self.lifecycle(&placed.lifecycle, &path, &mut needs);
            self.dependencies(index, placed, &at, &mut needs);
            self.forward |= needs.iter().any(|need| *need >= index);
            self.edges.push(needs);
        }
    }

    fn lifecycle(&mut self, lifecycle: &Lifecycle, path: &dyn Fn() -> String, needs: &mut Vec<usize>) {
        for (name, item) in lifecycle.block().entries() {
            let argument = || format!("lifecycle.{name}");
            item.visit(&mut |part| match part {
                Part::Node(Node::Text(_)) if Lifecycle::has_names_in(name) => {}
                part => self.part(part, &At { path, argument: &argument }, needs),
            });
        }
    }

    fn dependencies(&mut self, index: usize, placed: &Placed, at: &At<'_>, needs: &mut Vec<usize>) {
        let stack = self.stack;
        for dependency in &placed.depends_on {
            match &dependency.0 {
                On::Resource(anchor) => self.anchor(anchor, at, needs),
                On::Construct { path, .. } if path.is_empty() || stack.constructs.contains_key(path) => {
                    needs.extend(members(stack, path).filter(|member| *member != index));
                }
                On::Construct { path, .. } => self.findings.errors.push(at.put(undone(path))),
                On::Address(address) => self.raw_address(address, at, needs),
            }
        }
    }

    /// Checks a part of what was described, and notes what it needs. Each text is looked at once, here.
    fn part(&mut self, part: Part<'_>, at: &At<'_>, needs: &mut Vec<usize>) {
        let Self { literals, findings, .. } = self;
        let mut report = |finding: literal::Finding| match finding {
            literal::Finding::Error(error) => findings.errors.push(at.put(error.within(&(at.argument)()))),
            literal::Finding::Warning(warning) => findings.warnings.push(at.put(warning.within(&(at.argument)()))),
        };
        match part {
            Part::Tags(tags) => literals.tags(tags, &mut report),
            Part::Node(Node::Reference(Reference { anchor, .. }) | Node::Address(Reference { anchor, .. })) => {
                self.anchor(anchor, at, needs);
            }
            Part::Node(Node::Raw(raw)) => {
                self.normal_form(raw.text.as_str(), at);
                raw.text.addresses().for_each(|address| self.raw_address(address, at, needs));
            }
            Part::Node(node) => literals.node(node, &mut report),
        }
    }

    /// Notes that something needs what stands at the anchor, which must still be there.
    fn anchor(&mut self, anchor: &Anchor, at: &At<'_>, needs: &mut Vec<usize>) {
        if self.stack.at(anchor).is_some() {
            needs.push(anchor.0.index as usize);
        } else if !self.is_import(anchor) {
            self.findings.errors.push(at.put(undone(anchor.address())));
        }
    }

    fn is_import(&self, anchor: &Anchor) -> bool {
        anchor.0.index == u32::MAX && self.stack.imports.values().any(|import| import.anchor == *anchor)
    }

    /// Checks that an address in raw text exists, and notes that it is needed.
    fn raw_address(&mut self, address: &str, at: &At<'_>, needs: &mut Vec<usize>) {
        needs.extend(self.stack.placed.get_index_of(address));
        if self.addresses.lacks(address) {
            let error = Error::new(format!("raw text refers to {address}, which the stack does not have"));
            self.findings.errors.push(at.put(error.remedy(self.addresses.remedy(address))));
        }
    }

    /// Warns of a text that is not a literal, but that Terraform normalizes too.
    fn normal_form(&mut self, text: &str, at: &At<'_>) {
        if !is_nfc(text) {
            self.findings.warnings.push(at.put(literal::not_nfc(text).within(&(at.argument)())));
        }
    }

    fn providers(&mut self) {
        let stack = self.stack;
        for (alias, provider) in &stack.providers {
            let path = || match alias {
                Some(alias) => format!("{}: provider {}.{alias}", stack.path, provider.facts.name),
                None => format!("{}: provider {}", stack.path, provider.facts.name),
            };
            for (name, item) in provider.block.entries() {
                let argument = || name.to_string();
                item.visit(&mut |part| self.part(part, &At { path: &path, argument: &argument }, &mut Vec::new()));
            }
        }
    }

    fn outputs(&mut self) {
        let stack = self.stack;
        for (name, output) in &stack.outputs {
            let path = || format!("{}: output {name}", stack.path);
            let at = At { path: &path, argument: &|| "its value".into() };
            output.value.visit(&mut |node| self.part(Part::Node(node), &at, &mut Vec::new()));
            if let Some(description) = &output.description {
                self.normal_form(description, &At { path: &path, argument: &|| "its description".into() });
            }
        }
    }

    fn raw_blocks(&mut self) {
        let stack = self.stack;
        for block in &stack.raw_blocks {
            // Literal to Terraform, or about addresses that need not exist.
            let literal = matches!(block.kind.as_str(), "variable" | "moved" | "removed" | "import" | "terraform");
            if literal || !block.checked {
                continue;
            }
            let at = At { path: &|| stack.full_path(&block.path), argument: &|| block.kind.clone() };
            addresses::in_raw_block(block, &mut |part| match part {
                RawPart::Text(text) => self.normal_form(text, &at),
                RawPart::Address(address) => self.raw_address(address, &at, &mut Vec::new()),
            });
        }
    }

    fn cycles(&mut self) {
        if !self.forward {
            return;
        }
        if let Some(cycle) = find_cycle(&self.edges) {
            let address = |index: usize| self.stack.placed[index].anchor.address();
            let shown: Vec<&str> = cycle.iter().chain(cycle.first()).map(|index| address(*index)).collect();
            self.findings.errors.push(
                Error::new(format!("resources need each other in a circle: {}", shown.join(" → ")))
                    .remedy("break it: compute a name or an ARN instead of reading it, or take out a depends_on")
                    .at(&self.stack.path),
            );
        }
    }
}

fn undone(what: &str) -> Error {
    Error::new(format!("it refers to {what}, whose construct failed and was undone"))
        .remedy("do not keep handles of a construct whose error is swallowed")
}

/// What was placed in a construct, as positions in the stack.
pub(crate) fn members<'a>(stack: &'a StackState, path: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (first, last) = match path {
        "" => (0, stack.placed.len()),
        path => stack.constructs.get(path).copied().unwrap_or_default(),
    };
    (first..last).filter(move |index| {
        let rest = stack.placed[*index].path.strip_prefix(path);
        rest.is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'))
    })
}

/// The members of a circle, in order, if there is one.
fn find_cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        // A stack of its own: a chain of resources may be longer than the thread's.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if marks[start] == Mark::New {
            marks[start] = Mark::Open;
            path.push((start, 0));
        }
        while let Some((node, next)) = path.last_mut() {
            let Some(target) = edges[*node].get(*next).copied() else {
                marks[*node] = Mark::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match marks[target] {
                Mark::Done => {}
                Mark::New => {
                    marks[target] = Mark::Open;
                    path.push((target, 0));
                }
                Mark::Open => {
                    let nodes = path.iter().map(|(node, _)| *node);
                    return Some(nodes.skip_while(|node| *node != target).collect());
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_chains_are_not() {
        assert_eq!(find_cycle(&[vec![], vec![0], vec![1, 0]]), None);
        assert_eq!(find_cycle(&[vec![0]]), Some(vec![0]));
        assert_eq!(find_cycle(&[vec![1], vec![2], vec![1]]), Some(vec![1, 2]));
        let chain: Vec<Vec<usize>> = (0..200_000).map(|index| vec![index + 1]).chain([vec![]]).collect();
        assert_eq!(find_cycle(&chain), None);
    }
}
