//! The subjects of GitHub's tokens: which jobs get in.

use std::fmt;

use super::repository::Repository;
use crate::values::ParseError;

/// Which of a repository's jobs get in, as GitHub writes it into the subject of their tokens.
///
/// A job has one subject: one that names an `environment:` has that of the environment, whatever started it; else a job of a
/// pull request has that of pull requests, and every other one that of its branch or tag.
/// <https://docs.github.com/en/actions/reference/security/oidc>
///
/// Branches and tags may be patterns, with `*` for any text and `?` for one character.
///
/// ```
/// use mmcdk_aws::Subject;
///
/// let plan = [Subject::pull_request(), Subject::branch("main")];
/// let apply = [Subject::environment("prod")];
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject(Kind);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Branch(String),
    Tag(String),
    PullRequest,
    Environment(String),
    Any,
}

impl Subject {
    /// Jobs on a branch, by its name without `refs/heads/`: `main`, `release/*`.
    pub fn branch(name: impl Into<String>) -> Self {
        Self(Kind::Branch(name.into()))
    }

    /// Jobs on a tag, by its name without `refs/tags/`: `v*`.
    pub fn tag(name: impl Into<String>) -> Self {
        Self(Kind::Tag(name.into()))
    }

    /// Jobs of pull requests without an environment. Whoever can open one decides what they run, so it is an error on a role
    /// that can write.
    pub fn pull_request() -> Self {
        Self(Kind::PullRequest)
    }

    /// Jobs with that `environment:`. A branch need not be said besides: the environment's own rules name the branches that
    /// may deploy to it.
    pub fn environment(name: impl Into<String>) -> Self {
        Self(Kind::Environment(name.into()))
    }

    /// Every job of the repository, pull requests among them.
    pub fn any() -> Self {
        Self(Kind::Any)
    }

    /// Whether pull requests get in by it.
    pub(super) fn admits_pull_requests(&self) -> bool {
        matches!(self.0, Kind::PullRequest | Kind::Any)
    }

    /// Whether it admits any branch or tag that somebody pushes.
    pub(super) fn admits_any_ref(&self) -> bool {
        matches!(&self.0, Kind::Branch(name) | Kind::Tag(name) if name.chars().all(|c| matches!(c, '*' | '?' | '/')))
    }

    /// Whether it is a pattern.
    pub(super) fn is_pattern(&self) -> bool {
        match &self.0 {
            Kind::Branch(name) | Kind::Tag(name) => name.contains(['*', '?']),
            Kind::Any => true,
            Kind::PullRequest | Kind::Environment(_) => false,
        }
    }

    pub(super) fn check(&self) -> Result<(), ParseError> {
        if let Kind::Branch(name) | Kind::Tag(name) | Kind::Environment(name) = &self.0
            && name.contains("${")
        {
            let (problem, remedy) = ("has ${, which begins a variable to IAM", "choose another name");
            return Err(ParseError::new("subject", name, problem, remedy));
        }
        match &self.0 {
            Kind::Branch(name) => check_ref("branch", name),
            Kind::Tag(name) => check_ref("tag", name),
            Kind::Environment(name) => check_environment(name),
            Kind::PullRequest | Kind::Any => Ok(()),
        }
    }

    /// The subject's text, for a repository in the form before 15 July 2026, or with the ids that GitHub never gives to
    /// another owner or repository.
    pub(super) fn claim(&self, repository: &Repository, ids: Option<(u64, u64)>) -> String {
        let slug = match ids {
            Some((owner, id)) => format!("{}@{owner}/{}@{id}", repository.owner(), repository.name()),
            None => repository.to_string(),
        };
        format!("repo:{slug}:{self}")
    }
}

impl fmt::Display for Subject {
    /// What stands behind the repository. A `:` in a value is GitHub's separator, so it writes it as `%3A`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Branch(name) => write!(f, "ref:refs/heads/{name}"),
            Kind::Tag(name) => write!(f, "ref:refs/tags/{name}"),
            Kind::PullRequest => f.write_str("pull_request"),
            Kind::Environment(name) => write!(f, "environment:{}", name.replace(':', "%3A")),
            Kind::Any => f.write_str("*"),
        }
    }
}

/// The names that Git takes for branches and tags (<https://git-scm.com/docs/git-check-ref-format>), where `*` and `?` are
/// IAM's, since no name can have them.
fn check_ref(what: &'static str, name: &str) -> Result<(), ParseError> {
    let refused = |problem: &str, remedy: &str| Err(ParseError::new(what, name, problem, remedy));
    if let Some(short) = name.strip_prefix("refs/").and_then(|name| name.split_once('/')).map(|(_, short)| short) {
        return refused("is a whole ref, and GitHub's token would have it twice", &format!("write {short}"));
    }
    let forbidden = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '[' | '\\');
    if let Some(character) = name.chars().find(|character| forbidden(*character)) {
        return refused(
            &format!("has the character {character:?}, which no {what} of Git has"),
            "patterns have * and ? only",
        );
    }
    let part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    if name.split('/').any(part) || name.ends_with('.') || name.contains("..") || name.contains("@{") || name == "@" {
        return refused(
            &format!("is no {what} that Git takes, so nothing would match"),
            "write it as main or release/*",
        );
    }
    Ok(())
}

fn check_environment(name: &str) -> Result<(), ParseError> {
    let refused = |problem: &str, remedy: &str| Err(ParseError::new("GitHub environment", name, problem, remedy));
    if name.contains(['*', '?']) {
        return refused("is a pattern: anybody who can make an environment could get in", "name each environment");
    }
    if name.is_empty() || name.trim() != name || name.chars().count() > 255 || name.contains(char::is_control) {
        return refused("is no name of an environment", "names have 1 to 255 characters and no spaces around them");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_as_github_writes_them() {
        let repository: Repository = "octo-org/octo-repo".parse().unwrap();
        for (subject, legacy, immutable) in [
            (
                Subject::branch("main"),
                "repo:octo-org/octo-repo:ref:refs/heads/main",
                "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main",
            ),
            (
                Subject::tag("v*"),
                "repo:octo-org/octo-repo:ref:refs/tags/v*",
                "repo:octo-org@123456/octo-repo@456789:ref:refs/tags/v*",
            ),
            (
                Subject::pull_request(),
                "repo:octo-org/octo-repo:pull_request",
                "repo:octo-org@123456/octo-repo@456789:pull_request",
            ),
            (
                Subject::environment("prod:eu"),
                "repo:octo-org/octo-repo:environment:prod%3Aeu",
                "repo:octo-org@123456/octo-repo@456789:environment:prod%3Aeu",
            ),
            (Subject::any(), "repo:octo-org/octo-repo:*", "repo:octo-org@123456/octo-repo@456789:*"),
        ] {
            assert!(subject.check().is_ok(), "{subject}");
            assert_eq!(subject.claim(&repository, None), legacy);
            assert_eq!(subject.claim(&repository, Some((123_456, 456_789))), immutable);
        }
    }

    #[test]
    fn what_github_would_not_match_is_refused() {
        for (subject, part) in [
            (Subject::branch("refs/heads/main"), "write main"),
            (Subject::tag("refs/tags/v*"), "write v*"),
            (Subject::branch("feature x"), "' '"),
            (Subject::branch("a:b"), "':'"),
            (Subject::branch("release/[0-9]"), "'['"),
            (Subject::branch(""), "no branch that Git takes"),
            (Subject::branch("a//b"), "no branch that Git takes"),
            (Subject::branch("a..b"), "no branch that Git takes"),
            (Subject::branch("/main"), "no branch that Git takes"),
            (Subject::tag("v1.lock"), "no tag that Git takes"),
            (Subject::environment("prod-${x}"), "a variable to IAM"),
            (Subject::environment("prod*"), "is a pattern"),
            (Subject::environment(""), "no name of an environment"),
            (Subject::environment(" prod"), "no name of an environment"),
        ] {
            let message = subject.check().unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
