//! The accounts that an environment governs.

use std::collections::BTreeSet;
use std::fmt;

use mmcdk_core::SynthesizedStack;

use crate::values::AccountId;

/// The accounts outside an environment that its resources may name, as [`Environment::governs`] declares them.
///
/// It is a fact of the environment's stacks.
///
/// [`Environment::governs`]: crate::Environment::governs
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GovernedAccounts(BTreeSet<AccountId>);

impl GovernedAccounts {
    /// The accounts that the environment of a stack governs, sorted.
    pub fn of(stack: &SynthesizedStack<'_>) -> impl Iterator<Item = AccountId> {
        stack.fact::<Self>().into_iter().flat_map(|Self(accounts)| accounts.iter().copied())
    }
}

impl FromIterator<AccountId> for GovernedAccounts {
    fn from_iter<I: IntoIterator<Item = AccountId>>(accounts: I) -> Self {
        Self(accounts.into_iter().collect())
    }
}

impl fmt::Debug for GovernedAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(AccountId::as_str)).finish()
    }
}
