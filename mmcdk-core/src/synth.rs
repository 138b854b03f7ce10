//! The checks of synthesis: what can only be known once everything is placed.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use crate::error::Error;
use crate::nearest::nearest;
use crate::scan;
use crate::scope::On;
use crate::state::{AppState, Placed, RawBlock, StackState};
use crate::value::{Anchor, Node};

/// Adds everything that is wrong to `errors`.
pub(crate) fn check(app: &AppState, errors: &mut Vec<Error>) {
    check_states(app, errors);
    for stack in &app.stacks {
        let mut check =
            StackCheck { stack, known: None, remedies: HashMap::new(), errors, edges: Vec::new(), forward: false };
        check.references();
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
    /// Every address of the stack, made when the first raw text asks for it.
    known: Option<HashSet<String>>,
    /// What would do instead of an address that it does not have; one typo may be in thousands of tags.
    remedies: HashMap<String, String>,
    errors: &'a mut Vec<Error>,
    /// For each resource those it needs.
    edges: Vec<Vec<usize>>,
    /// Whether something needs what was placed after it; without that there is no cycle.
    forward: bool,
}

impl<'a> StackCheck<'a> {
    fn references(&mut self) {
        let stack = self.stack;
        for (index, placed) in stack.placed.values().enumerate() {
            let mut needs = Vec::new();
            let mut raw = Vec::new();
            placed.block.visit(&mut |node| match node {
                Node::Reference(reference) => self.need(placed, &reference.anchor, &mut needs),
                Node::Raw(text) => raw.extend(scan::addresses(&text.text)),
                _ => {}
            });
            placed.lifecycle.anchors().for_each(|anchor| self.need(placed, anchor, &mut needs));
            for dependency in &placed.depends_on {
                match &dependency.0 {
                    On::Resource(anchor) => self.need(placed, anchor, &mut needs),
                    On::Construct { path, .. } if path.is_empty() || stack.constructs.contains_key(path) => {
                        needs.extend(members(stack, path).filter(|member| *member != index));
                    }
                    On::Construct { path, .. } => self.errors.push(undone(path).at(stack.full_path(&placed.path))),
                }
            }
            for address in raw {
                self.check_address(&address, || stack.full_path(&placed.path));
                needs.extend(stack.placed.get_index_of(address.as_str()));
            }
            self.forward |= needs.iter().any(|need| *need >= index);
            self.edges.push(needs);
        }
    }

    /// Notes that something needs what stands at the anchor, which must still be there.
    fn need(&mut self, placed: &Placed, anchor: &Anchor, needs: &mut Vec<usize>) {
        if self.stack.at(anchor).is_some() {
            needs.push(anchor.0.index as usize);
        } else if !self.is_import(anchor) {
            self.errors.push(undone(anchor.address()).at(self.stack.full_path(&placed.path)));
        }
    }

    fn is_import(&self, anchor: &Anchor) -> bool {
        anchor.0.index == u32::MAX && self.stack.imports.values().any(|import| import.anchor == *anchor)
    }

    fn providers(&mut self) {
        let stack = self.stack;
        for (alias, provider) in &stack.providers {
            let at = || match alias {
                Some(alias) => format!("{}: provider {}.{alias}", stack.path, provider.facts.name),
                None => format!("{}: provider {}", stack.path, provider.facts.name),
            };
            provider.block.visit(&mut |node| self.check_node(node, at));
        }
    }

    fn outputs(&mut self) {
        let stack = self.stack;
        for (name, output) in &stack.outputs {
            let at = || format!("{}: output {name}", stack.path);
            output.value.visit(&mut |node| self.check_node(node, at));
        }
    }

    /// Checks that what an expression refers to is there.
    fn check_node(&mut self, node: &Node, at: impl Fn() -> String + Copy) {
        match node {
            Node::Reference(reference)
                if self.stack.at(&reference.anchor).is_none() && !self.is_import(&reference.anchor) =>
            {
                self.errors.push(undone(reference.anchor.address()).at(at()));
            }
            Node::Raw(text) => {
                scan::addresses(&text.text).iter().for_each(|address| self.check_address(address, at));
            }
            _ => {}
        }
    }

    fn raw_blocks(&mut self) {
        let stack = self.stack;
        for block in &stack.raw_blocks {
            // Literal to Terraform, or about addresses that need not exist.
            if matches!(block.kind.as_str(), "variable" | "moved" | "removed" | "import") {
                continue;
            }
            let mut addresses = Vec::new();
            strings(&block.body, &mut |text| addresses.extend(scan::template_addresses(text)));
            for address in addresses {
                self.check_address(&address, || stack.full_path(&block.path));
            }
        }
    }

    /// Checks that an address in raw text exists.
    fn check_address(&mut self, address: &str, at: impl Fn() -> String) {
        let stack = self.stack;
        let known = self.known.get_or_insert_with(|| known_addresses(stack));
        if !known.contains(address) {
            let remedy = self
                .remedies
                .entry(address.to_owned())
                .or_insert_with(|| nearest(address, known.iter().map(String::as_str)));
            self.errors.push(
                Error::new(format!("raw text refers to {address}, which the stack does not have"))
                    .remedy(remedy.as_str())
                    .at(at()),
            );
        }
    }

    fn cycles(&mut self) {
        if !self.forward {
            return;
        }
        if let Some(cycle) = find_cycle(&self.edges) {
            let address = |index: usize| self.stack.placed[index].anchor.address();
            let shown: Vec<&str> = cycle.iter().chain(cycle.first()).map(|index| address(*index)).collect();
            self.errors.push(
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

fn known_addresses(stack: &StackState) -> HashSet<String> {
    let mut known: HashSet<String> = stack.placed.keys().map(|address| address.to_string()).collect();
    known.extend(stack.imports.values().map(|import| import.anchor.address().to_owned()));
    for RawBlock { kind, body, .. } in &stack.raw_blocks {
        let Json::Object(members) = body else { continue };
        let prefix = match kind.as_str() {
            "variable" => "var.",
            "locals" => "local.",
            "data" => "data.",
            "ephemeral" => "ephemeral.",
            _ => "",
        };
        for (name, body) in members {
            known.insert(format!("{prefix}{name}"));
            if let ("resource" | "data" | "ephemeral", Json::Object(labels)) = (kind.as_str(), body) {
                known.extend(labels.keys().map(|label| format!("{prefix}{name}.{label}")));
            }
        }
    }
    known
}

fn strings(json: &Json, see: &mut impl FnMut(&str)) {
    match json {
        Json::String(text) => see(text),
        Json::Array(elements) => elements.iter().for_each(|element| strings(element, see)),
        Json::Object(members) => members.values().for_each(|member| strings(member, see)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
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
