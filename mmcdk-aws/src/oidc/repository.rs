//! Repositories of GitHub.

use std::fmt;
use std::str::FromStr;

use crate::values::ParseError;

/// A repository of GitHub by its owner and name: `mikamirai/infrastructure`.
///
/// The case must be GitHub's own, for IAM compares subjects by case.
///
/// ```
/// use mmcdk_aws::Repository;
///
/// let repository: Repository = "mikamirai/infrastructure".parse()?;
/// assert_eq!(repository.owner(), "mikamirai");
/// assert!("mikamirai/*".parse::<Repository>().is_err());
/// # Ok::<(), mmcdk_aws::values::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// The user or organisation that owns it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for Repository {
    type Err = ParseError;

    /// # Errors
    /// Where the text is not `owner/name`, has a wildcard, or characters that GitHub does not take.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refused = |problem: &str, remedy: &str| Err(ParseError::new("repository", text, problem, remedy));
        if text.contains(['*', '?']) {
            return refused(
                "is a pattern: every repository that fits would get in, also one that is made later",
                "name one repository, and make a role for each",
            );
        }
        let plain = text.trim_start_matches("https://").trim_start_matches("github.com/").trim_end_matches(".git");
        if plain != text {
            return refused("is an address, not a repository", &format!("write {plain}"));
        }
        let Some((owner, name)) = text.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            return refused("is not owner/name", "write it as mikamirai/infrastructure");
        };
        let hyphened = owner.starts_with('-') || owner.ends_with('-') || owner.contains("--");
        // Names of managed users end in an underscore and the enterprise's short code.
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if owner.is_empty() || owner.len() > 39 || hyphened || !owner.chars().all(known) {
            return refused(
                "has an owner that GitHub does not take",
                "owners have up to 39 letters, digits and single hyphens",
            );
        }
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > 100 || matches!(name, "." | "..") || !name.chars().all(known) {
            return refused(
                "has a name that GitHub does not take",
                "names have up to 100 letters, digits, hyphens, underscores and dots",
            );
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_and_name_are_read() {
        for text in ["mikamirai/infrastructure", "a/b.c_d-e", "octo-org/.github", "jane_acme/x"] {
            assert_eq!(text.parse::<Repository>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_would_do() {
        for (text, part) in [
            ("mikamirai/*", "is a pattern"),
            ("*/infrastructure", "is a pattern"),
            ("*", "is a pattern"),
            ("mikamirai", "is not owner/name"),
            ("a/b/c", "is not owner/name"),
            ("https://github.com/a/b.git", "write a/b"),
            ("-a/b", "owner"),
            ("a--b/c", "owner"),
            ("mika mirai/x", "owner"),
            ("/x", "owner"),
            ("a/", "a name that GitHub does not take"),
            ("a/b c", "a name that GitHub does not take"),
            ("a/..", "a name that GitHub does not take"),
        ] {
            let message = text.parse::<Repository>().unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        assert!(format!("{}/x", "a".repeat(40)).parse::<Repository>().is_err());
    }
}
