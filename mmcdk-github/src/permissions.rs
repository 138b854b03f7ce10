//! What a job's token may do.

use crate::yaml::Yaml;

/// What the token of a job may do, each with the reason for it; nothing else.
///
/// The reasons are written as comments, so that whoever reads the workflow can judge them.
///
/// ```
/// use mmcdk_github::{Permission, Permissions};
///
/// Permissions::none().read(Permission::Contents, "to check out").write(Permission::IdToken, "to assume the role");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Permissions {
    granted: Vec<(Permission, Access, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    Read,
    Write,
}

/// Something that a token may do in its repository.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Permission {
    /// Workflow runs, artifacts, environments.
    Actions,
    /// Attestations of artifacts.
    Attestations,
    /// Check runs.
    Checks,
    /// The repository's files, commits and releases.
    Contents,
    /// Deployments.
    Deployments,
    /// OIDC tokens, which can only be written: `write` means that the job may ask for one.
    IdToken,
    /// Issues and their comments.
    Issues,
    /// Packages.
    Packages,
    /// GitHub Pages.
    Pages,
    /// Pull requests and their comments.
    PullRequests,
    /// Code scanning alerts.
    SecurityEvents,
    /// Statuses of commits.
    Statuses,
}

impl Permissions {
    /// No permission at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Permission to read, and why: "to check out".
    #[must_use]
    pub fn read(mut self, permission: Permission, why: &str) -> Self {
        self.granted.push((permission, Access::Read, why.to_owned()));
        self
    }

    /// Permission to read and write, and why: "to comment on the pull request".
    #[must_use]
    pub fn write(mut self, permission: Permission, why: &str) -> Self {
        self.granted.push((permission, Access::Write, why.to_owned()));
        self
    }

    /// What is wrong, and what would do.
    pub(crate) fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (index, (permission, access, why)) in self.granted.iter().enumerate() {
            let name = permission.name();
            if self.granted[..index].iter().any(|(known, ..)| known == permission) {
                problems.push((format!("the permission {name} is granted twice"), "grant it once".into()));
            }
            if *permission == Permission::IdToken && *access == Access::Read {
                problems
                    .push(("an id-token cannot be read".into(), "use write, which lets the job ask for one".into()));
            }
            if why.trim().is_empty() || why.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
                problems.push((
                    format!("the permission {name} has the reason {why:?}"),
                    "say in one line what the job does with it".into(),
                ));
            }
        }
        problems
    }

    pub(crate) fn yaml(&self) -> Yaml {
        let granted = self.granted.iter().map(|(permission, access, why)| {
            let access = match access {
                Access::Read => "read",
                Access::Write => "write",
            };
            (permission.name().to_owned(), Yaml::Commented(access.into(), why.clone()))
        });
        Yaml::Map(granted.collect())
    }
}

impl Permission {
    fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Attestations => "attestations",
            Self::Checks => "checks",
            Self::Contents => "contents",
            Self::Deployments => "deployments",
            Self::IdToken => "id-token",
            Self::Issues => "issues",
            Self::Packages => "packages",
            Self::Pages => "pages",
            Self::PullRequests => "pull-requests",
            Self::SecurityEvents => "security-events",
            Self::Statuses => "statuses",
        }
    }
}
