//! What is wrong with a plan.

use std::collections::HashSet;
use std::fmt;

/// One thing in a plan that is not of the environment.
///
/// It prints where, what, and below that what would do. Secret values are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The address of the resource, `output.<name>`, `provider.<key>`, `backend` or `plan`.
    pub address: String,
    /// Of which kind it is.
    pub kind: ViolationKind,
    /// Where in the resource: `tags.Environment`. Empty where it is the whole of it.
    pub attribute: String,
    /// What was found.
    pub found: String,
    /// What is right.
    pub expected: String,
    /// What would do.
    pub remedy: String,
}

/// In what way a plan is not of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ViolationKind {
    /// Planning stopped at an error.
    Errored,
    /// The tag of another environment.
    ForeignTag,
    /// No tag of the environment where there could be one, or one that is known only after applying.
    MissingTag,
    /// The name of something of another environment.
    ForeignName,
    /// Another account.
    ForeignAccount,
    /// Another region.
    ForeignRegion,
    /// Addresses outside the environment's ranges.
    ForeignRange,
    /// Planned against another state.
    ForeignState,
    /// Nothing tells against which state it was planned.
    UnknownState,
    /// Reads the outputs of a state of another environment.
    ForeignRead,
    /// Destroys what may not be destroyed.
    Destroy,
    /// Creates a network in addresses that another one still has.
    Overlap,
    /// Has a value that cannot be read, so that it cannot be judged.
    Unreadable,
    /// Does what is not known, so that nobody can judge it.
    UnknownAction,
}

impl Violation {
    pub(super) fn new(address: &str, kind: ViolationKind, attribute: &str, found: impl Into<String>) -> Self {
        let (expected, remedy) = Default::default();
        Self { address: address.into(), kind, attribute: attribute.into(), found: found.into(), expected, remedy }
    }

    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.address)?;
        if !self.attribute.is_empty() {
            write!(f, "{}: ", self.attribute)?;
        }
        write!(f, "{}: {}; expected {}\n  {}", self.kind, self.found, self.expected, self.remedy)
    }
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Errored => "part of a plan",
            Self::ForeignTag => "tag of another environment",
            Self::MissingTag => "missing tag",
            Self::ForeignName => "name of another environment",
            Self::ForeignAccount => "another account",
            Self::ForeignRegion => "another region",
            Self::ForeignRange => "addresses outside the environment",
            Self::ForeignState => "another state",
            Self::UnknownState => "unknown state",
            Self::ForeignRead => "reads a state of another environment",
            Self::Destroy => "destroys",
            Self::Overlap => "overlapping addresses",
            Self::Unreadable => "cannot be judged",
            Self::UnknownAction => "unknown action",
        })
    }
}

/// The violations found so far. The same thing is in many attributes of a resource, before and after: it is told once.
#[derive(Default)]
pub(super) struct Found {
    violations: Vec<Violation>,
    told: HashSet<(String, ViolationKind, String)>,
    told_of_all: HashSet<(String, ViolationKind, String)>,
}

impl Found {
    pub(super) fn add(&mut self, violation: Violation) {
        let Violation { address, kind, found, .. } = &violation;
        let found = found.to_ascii_lowercase();
        if self.told.insert((address.clone(), *kind, found.clone())) {
            self.told_of_all.insert((without_keys(address), *kind, found));
            self.violations.push(violation);
        }
    }

    /// Adds what is written out in the configuration, unless it was found in a resource that is made of it.
    pub(super) fn add_configured(&mut self, violation: Violation) {
        let Violation { address, kind, found, .. } = &violation;
        if !self.told_of_all.contains(&(without_keys(address), *kind, found.to_ascii_lowercase())) {
            self.add(violation);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

/// An address in the configuration: without the keys of `count` and `for_each`.
pub(super) fn without_keys(address: &str) -> String {
    let (mut text, mut quoted, mut escaped, mut depth) = (String::new(), false, false, 0_usize);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(character),
            _ => {}
        }
    }
    text
}
