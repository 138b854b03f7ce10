//! Reads what the command line names: a file, or standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use mmcdk_core::{Error, Result};

/// How a user gets a plan as JSON.
pub(super) const SHOW_PLAN: &str = "write it with: terraform show -json plan.out > plan.json";

/// The bytes of the file at a path, or of standard input if the path is `-`.
///
/// `what` says what they should be, and `remedy` how a user gets it.
pub(super) fn bytes(path: &Path, what: &str, remedy: &str) -> Result<Vec<u8>> {
    let bytes = match is_standard_input(path) {
        true => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => fs::read(path),
    };
    bytes.map_err(|error| Error::new(format!("{what} cannot be read: {error}")).remedy(remedy).at(name(path)))
}

/// The same as text.
pub(super) fn text(path: &Path, what: &str, remedy: &str) -> Result<String> {
    String::from_utf8(bytes(path, what, remedy)?)
        .map_err(|_| Error::new(format!("{what} is not text in UTF-8")).remedy(remedy).at(name(path)))
}

/// How messages name a path.
pub(super) fn name(path: &Path) -> String {
    if is_standard_input(path) { "standard input".into() } else { path.display().to_string() }
}

pub(super) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_with_how_to_get_it() {
        let program = std::env::current_exe().unwrap();
        for (path, problem) in [
            (Path::new("no/such/plan.json"), "the plan cannot be read: "),
            (Path::new(env!("CARGO_MANIFEST_DIR")), "the plan cannot be read: "),
            (&program, "the plan is not text in UTF-8"),
        ] {
            let error = text(path, "the plan", SHOW_PLAN).unwrap_err();
            assert!(error.problem().starts_with(problem), "{error}");
            assert_eq!((error.path(), error.suggestion()), (path.to_str(), Some(SHOW_PLAN)), "{error}");
        }
        assert_eq!(name(Path::new("-")), "standard input");
    }
}
