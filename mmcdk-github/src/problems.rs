//! Everything that is wrong, at once.

use mmcdk_core::{Error, Result};

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    errors: Vec<Error>,
}

impl Problems {
    pub(crate) fn add(&mut self, place: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.errors.push(Error::new(problem).remedy(remedy).at(place));
    }

    /// Keeps the error of a check that failed.
    pub(crate) fn note(&mut self, place: &str, checked: Result<()>) {
        self.errors.extend(checked.err().map(|error| error.at(place)));
    }

    /// One error of everything, or `Ok` where there is nothing.
    pub(crate) fn into_result(self) -> Result<()> {
        Error::gather(self.errors)
    }
}
