//! What is known of another environment.

use std::collections::BTreeSet;

use ipnet::IpNet;
use mmcdk_core::Result;

use crate::backend::StateAddress;

use super::glob::Glob;
use super::ranges;

/// What is known of another environment, for [`Guard::other_environment`](crate::Guard::other_environment).
#[derive(Clone, Debug)]
pub struct OtherEnvironment {
    pub(super) name: String,
    pub(super) tag_values: Vec<String>,
    pub(super) accounts: Vec<String>,
    pub(super) regions: Vec<String>,
    pub(super) names: Vec<Glob>,
    pub(super) known_names: BTreeSet<String>,
    pub(super) cidrs: Vec<IpNet>,
    pub(super) states: Vec<StateAddress>,
}

impl OtherEnvironment {
    /// The environment of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tag_values: Vec::new(),
            accounts: Vec::new(),
            regions: Vec::new(),
            names: Vec::new(),
            known_names: BTreeSet::new(),
            cidrs: Vec::new(),
            states: Vec::new(),
        }
    }

    /// The values of the tag that names it, where they are not its name.
    #[must_use]
    pub fn tag_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tag_values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Its accounts. They may be named nowhere in the plan, unless they are the guarded environment's too.
    #[must_use]
    pub fn accounts(mut self, accounts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.accounts.extend(accounts.into_iter().map(Into::into));
        self
    }

    /// Its regions. What was in one of them before is its own, unless the guarded environment is there too.
    #[must_use]
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions.extend(regions.into_iter().map(Into::into));
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

    /// The address ranges of its networks.
    ///
    /// # Errors
    /// For what is no address range such as `10.2.0.0/16`.
    pub fn cidrs(mut self, cidrs: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self> {
        self.cidrs.extend(ranges::parse(cidrs)?);
        Ok(self)
    }

    /// Its states, which may not be read.
    #[must_use]
    pub fn states(mut self, states: impl IntoIterator<Item = StateAddress>) -> Self {
        self.states.extend(states);
        self
    }
}
