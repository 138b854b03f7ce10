//! Actions that steps use, and their pins.

use std::sync::OnceLock;

use mmcdk_core::{Error, Result};
use serde_json::Value as Json;

use crate::text::Text;

/// An action that a step uses, with its inputs.
///
/// An action of another repository is pinned by the full SHA of a commit, with the version as a comment: a tag can be
/// moved to other code, a commit cannot. Anything else is refused when the workflow is written.
///
/// The actions that this crate has pins for are functions here. Another one is written as it stands in a workflow:
///
/// ```
/// use mmcdk_github::{Action, Step};
///
/// Step::uses("Check out", Action::checkout().with("persist-credentials", "false"));
/// Step::uses("Greet", "octo/greet@0123456789abcdef0123456789abcdef01234567 # v1.2.3");
/// Step::uses("Build", "./.github/actions/build");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    reference: String,
    inputs: Vec<(String, Text)>,
}

/// An action's reference after it was checked.
#[derive(Debug, PartialEq)]
pub(crate) struct Reference<'a> {
    pub(crate) uses: &'a str,
    pub(crate) version: Option<&'a str>,
}

struct Pin {
    action: String,
    version: String,
    sha: String,
}

impl From<&str> for Action {
    fn from(reference: &str) -> Self {
        Self { reference: reference.to_owned(), inputs: Vec::new() }
    }
}

impl From<String> for Action {
    fn from(reference: String) -> Self {
        Self { reference, inputs: Vec::new() }
    }
}

impl Action {
    /// `actions/checkout`: the repository's files.
    pub fn checkout() -> Self {
        Self::pinned("actions/checkout")
    }

    /// `actions/upload-artifact`: files that later jobs and people can download.
    pub fn upload_artifact() -> Self {
        Self::pinned("actions/upload-artifact")
    }

    /// `actions/download-artifact`: the files that an earlier job uploaded.
    pub fn download_artifact() -> Self {
        Self::pinned("actions/download-artifact")
    }

    /// `hashicorp/setup-terraform`: the Terraform program.
    pub fn setup_terraform() -> Self {
        Self::pinned("hashicorp/setup-terraform")
    }

    /// `aws-actions/configure-aws-credentials`: short-lived credentials of a role, by OIDC.
    pub fn configure_aws_credentials() -> Self {
        Self::pinned("aws-actions/configure-aws-credentials")
    }

    fn pinned(action: &str) -> Self {
        let pin = pins().iter().find(|pin| pin.action == action).expect("every action named here has a pin");
        format!("{action}@{} # {}", pin.sha, pin.version).into()
    }

    /// An input of the action.
    #[must_use]
    pub fn with(mut self, input: &str, value: impl Into<Text>) -> Self {
        self.inputs.push((input.to_owned(), value.into()));
        self
    }

    pub(crate) fn inputs(&self) -> &[(String, Text)] {
        &self.inputs
    }

    /// What stands behind `uses:`, and the version for the comment.
    pub(crate) fn reference(&self) -> Result<Reference<'_>> {
        let (uses, version) = match self.reference.split_once('#') {
            Some((uses, version)) => (uses.trim(), Some(version.trim())),
            None => (self.reference.trim(), None),
        };
        if let Some(path) = uses.strip_prefix("./") {
            // An action of the same repository comes from the commit that the workflow comes from.
            return match version.is_none() && !path.is_empty() && !path.contains(char::is_whitespace) {
                true => Ok(Reference { uses, version }),
                false => Err(self.unfit("is no path of this repository", "write ./ and the folder of the action")),
            };
        }
        let Some((name, commit)) = uses.split_once('@') else {
            return Err(self.unfit("is not pinned", &remedy(uses)));
        };
        let named = name.split('/').filter(|part| !part.is_empty() && part.chars().all(is_name)).count();
        if named < 2 || named != name.split('/').count() {
            return Err(self.unfit("names no action", "write owner/repository@commit # version"));
        }
        if commit.len() != 40 || !commit.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f')) {
            return Err(self.unfit("is not pinned by the full SHA of a commit", &remedy(name)));
        }
        match version.filter(|version| !version.is_empty() && !version.contains(char::is_whitespace)) {
            Some(_) => Ok(Reference { uses, version }),
            None => Err(self.unfit("does not say which version the commit is", &remedy(name))),
        }
    }

    fn unfit(&self, why: &str, remedy: &str) -> Error {
        Error::new(format!("the action {:?} {why}", self.reference)).remedy(remedy)
    }
}

fn remedy(name: &str) -> String {
    match pins().iter().find(|pin| pin.action == name) {
        Some(pin) => format!("write {name}@{} # {}", pin.sha, pin.version),
        None => {
            format!("write {name}@ and the 40 hexadecimal digits of the commit, and the version behind it: # v1.2.3")
        }
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// What `pins.json` says, which also names the public files where each SHA was looked up.
fn pins() -> &'static [Pin] {
    static PINS: OnceLock<Vec<Pin>> = OnceLock::new();
    PINS.get_or_init(|| {
        let pins: Vec<Json> = serde_json::from_str(include_str!("../pins.json")).expect("a test reads pins.json");
        let text = |pin: &Json, member: &str| pin[member].as_str().unwrap_or_default().to_owned();
        pins.iter()
            .map(|pin| Pin { action: text(pin, "action"), version: text(pin, "version"), sha: text(pin, "sha") })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn refused(reference: &str, expected: &str) {
        let error = Action::from(reference).reference().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn an_action_is_pinned_by_a_commit_and_says_its_version() {
        let pinned = format!("octo/tools/greet@{SHA} # v1.2.3");
        let action = Action::from(pinned.as_str());
        let reference = action.reference().unwrap();
        assert_eq!(reference.uses, format!("octo/tools/greet@{SHA}"));
        assert_eq!(reference.version, Some("v1.2.3"));
        assert!(Action::from("./.github/actions/build").reference().is_ok());

        refused("actions/checkout", "is not pinned; write actions/checkout@3d3c42e5");
        refused("actions/checkout@v7", "full SHA of a commit; write actions/checkout@3d3c42e5");
        refused("octo/greet@main # v1", "write octo/greet@ and the 40 hexadecimal digits");
        refused(&format!("octo/greet@{}", &SHA[1..]), "full SHA of a commit");
        refused(&format!("octo/greet@{}", SHA.to_uppercase()), "full SHA of a commit");
        refused(&format!("octo/greet@{SHA}"), "does not say which version");
        refused(&format!("octo/greet@{SHA} # see below"), "does not say which version");
        refused(&format!("greet@{SHA} # v1"), "names no action");
        refused(&format!("octo//greet@{SHA} # v1"), "names no action");
        refused("docker://alpine:3", "is not pinned");
        refused("./", "is no path");
    }

    #[test]
    fn every_pin_is_one_and_says_where_it_was_looked_up() {
        let pins: Json = serde_json::from_str(include_str!("../pins.json")).unwrap();
        for pin in pins.as_array().unwrap() {
            let name = pin["action"].as_str().unwrap();
            assert!(Action::pinned(name).reference().is_ok(), "{name}");
            assert!(pin["source"].as_array().unwrap().len() >= 2, "{name}");
        }
        let own = [
            Action::checkout(),
            Action::upload_artifact(),
            Action::download_artifact(),
            Action::setup_terraform(),
            Action::configure_aws_credentials(),
        ];
        assert_eq!(own.len(), pins.as_array().unwrap().len());
    }
}
