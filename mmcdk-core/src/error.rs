//! The one error type: where it is, what is wrong, what would do.

use std::fmt;
use std::panic::Location;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong in a description, in synthesis or in writing.
///
/// It prints the construct path, the problem with the offending value, and the remedy:
/// `dev/network/core: 10.0.0.5/16 has host bits; write 10.0.0.0/16`.
///
/// Building stops at the first error; [`App::synth`](crate::App::synth) gathers everything it finds into one
/// error, which prints a line for each and lists them with [`Error::all`].
pub struct Error(Box<Inner>);

struct Inner {
    path: Option<String>,
    /// Whether the path is a line of the program, to which a construct is preferred.
    line: bool,
    problem: String,
    remedy: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    further: Vec<Error>,
}

impl Error {
    /// An error of the given problem: one sentence part that shows the offending value, without a full stop.
    ///
    /// The construct path is added by [`Scope::add`](crate::Scope::add) when the error passes through it.
    pub fn new(problem: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            path: None,
            line: false,
            problem: problem.into(),
            remedy: None,
            source: None,
            further: Vec::new(),
        }))
    }

    /// What would do instead.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// The error that caused this one.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says where the error is, unless it already knows.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        if self.0.path.is_none() || self.0.line {
            self.0.path = Some(path.into());
            self.0.line = false;
        }
        self
    }

    /// Says at which line of the program the error is, until it passes through a construct.
    #[must_use]
    pub fn at_line(mut self, line: &Location<'_>) -> Self {
        if self.0.path.is_none() {
            self.0.path = Some(format!("{}:{}", line.file(), line.line()));
            self.0.line = true;
        }
        self
    }

    /// The path of the construct, or of the file, that is wrong; or else a line of the program.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What is wrong.
    pub fn problem(&self) -> &str {
        &self.0.problem
    }

    /// What would do instead, if there is something to say.
    pub fn suggestion(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// This error and those found together with it.
    pub fn all(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(self).chain(&self.0.further)
    }

    /// The same problem and remedy, for another place.
    pub(crate) fn repeated(&self) -> Self {
        let repeated = Self::new(self.problem());
        match self.suggestion() {
            Some(remedy) => repeated.remedy(remedy),
            None => repeated,
        }
    }

    /// The same problem and remedy, said of a part of a whole: of an argument, a statement.
    #[must_use]
    pub fn within(&self, part: &str) -> Self {
        let mut within = self.repeated();
        within.0.problem = format!("{part}: {}", self.problem());
        within
    }

    /// All of `errors` as one, or `Ok` where there is none: for checks that report everything at once.
    pub fn gather(errors: Vec<Error>) -> Result<()> {
        let mut errors = errors.into_iter();
        match errors.next() {
            None => Ok(()),
            Some(mut first) => {
                first.0.further.extend(errors);
                Err(first)
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.all().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            if let Some(path) = error.path() {
                write!(f, "{path}: ")?;
            }
            f.write_str(error.problem())?;
            if let Some(remedy) = error.suggestion() {
                write!(f, "; {remedy}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            write!(f, "\n  because: {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_what_and_what_would_do() {
        let error = Error::new("10.0.0.5/16 has host bits").remedy("write 10.0.0.0/16");
        let error = error.at("dev/network/core").at("dev/network");
        assert_eq!(error.to_string(), "dev/network/core: 10.0.0.5/16 has host bits; write 10.0.0.0/16");
    }

    #[test]
    fn a_line_of_the_program_gives_way_to_a_construct() {
        let line = Location::caller();
        let error = || Error::new("x");
        let shown = format!("{}:{}: x", file!(), line.line());
        assert_eq!(error().at_line(line).to_string(), shown);
        assert_eq!(error().at_line(line).at("dev").at("else").at_line(line).to_string(), "dev: x");
        assert_eq!(error().at("dev").at_line(line).to_string(), "dev: x");
    }

    #[test]
    fn gathered_errors_print_a_line_each() {
        let error = Error::gather(vec![Error::new("a"), Error::new("b").at("x")]).unwrap_err();
        assert_eq!(error.to_string(), "a\nx: b");
        assert_eq!(error.all().count(), 2);
        assert!(Error::gather(Vec::new()).is_ok());
    }
}
