//! The program that describes the app.

use crate::problems::Problems;

/// How CI builds and runs the program that describes the app: an example or a binary of the repository's Cargo package.
///
/// It is built with `cargo build --locked --release`, since the guard of a large plan takes ten times as long without.
/// `<program> --out <directory>` synthesizes, and
/// `<program> guard plan.json --env <environment> --stack <stack>` refuses a plan by the exit code 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    kind: Kind,
    name: String,
    package: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Example,
    Binary,
}

impl Program {
    /// The example of that name: `cargo run --example <name>`.
    pub fn example(name: impl Into<String>) -> Self {
        Self { kind: Kind::Example, name: name.into(), package: None }
    }

    /// The binary of that name: `cargo run --bin <name>`.
    pub fn bin(name: impl Into<String>) -> Self {
        Self { kind: Kind::Binary, name: name.into(), package: None }
    }

    /// The package that it belongs to, in a workspace where the name alone does not say it.
    #[must_use]
    pub fn package(mut self, name: impl Into<String>) -> Self {
        self.package = Some(name.into());
        self
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for name in [&self.name].into_iter().chain(&self.package) {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
            if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
                problems.add("pipeline", format!("the program {name:?} cannot be one"), "write its name in Cargo.toml");
            }
        }
    }

    /// The command that builds it. Its names were checked, so that none needs quotes.
    pub(super) fn build(&self) -> String {
        let package = self.package.as_ref().map(|name| format!(" --package {name}")).unwrap_or_default();
        let flag = match self.kind {
            Kind::Example => "--example",
            Kind::Binary => "--bin",
        };
        format!("cargo build --locked --release{package} {flag} {}", self.name)
    }

    /// Where the built program is.
    pub(super) fn path(&self) -> String {
        match self.kind {
            Kind::Example => format!("target/release/examples/{}", self.name),
            Kind::Binary => format!("target/release/{}", self.name),
        }
    }
}
