//! What is known of another environment.

use std::collections::BTreeSet;

use crate::backend::StateLocation;

use super::glob::Glob;

/// What is known of another environment, for [`Guard::other_environment`](crate::Guard::other_environment).
#[derive(Clone, Debug)]
pub struct OtherEnvironment {
    pub(super) name: String,
    pub(super) account: Option<String>,
    pub(super) names: Vec<Glob>,
    pub(super) known_names: BTreeSet<String>,
    pub(super) states: Vec<StateLocation>,
}

impl OtherEnvironment {
    /// The environment of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), account: None, names: Vec::new(), known_names: BTreeSet::new(), states: Vec::new() }
    }

    /// Its account. It may be named nowhere in the plan, unless it is the guarded environment's too.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Globs of its names: `MM-prod-use1-*`.
    #[must_use]
    pub fn names(mut self, globs: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.names.extend(globs.into_iter().map(|glob| Glob::new(glob.as_ref())));
        self
    }

    /// Its names. Those of one word, without `-`, `_` or `.`, are left out: such a word may stand anywhere.
    #[must_use]
    pub fn known_names(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let names = names.into_iter().map(|name| name.as_ref().to_ascii_lowercase());
        self.known_names.extend(names.filter(|name| name.contains(['-', '_', '.'])));
        self
    }

    /// Its states, which may not be read.
    #[must_use]
    pub fn states(mut self, states: impl IntoIterator<Item = StateLocation>) -> Self {
        self.states.extend(states);
        self
    }
}
