//! What starts a workflow.

use crate::yaml::Yaml;

/// What starts a workflow.
///
/// There is no `pull_request_target` and no `workflow_run`: they run with the rights of the repository on what somebody
/// else wrote.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Trigger {
    /// A pull request into one of these branches; into any where there is none.
    PullRequest(Vec<String>),
    /// A push to one of these branches.
    Push(Vec<String>),
    /// Times, in the words of cron and in UTC: `37 4 * * 1`.
    Schedule(Vec<String>),
    /// Somebody who starts it by hand.
    Dispatch,
}

impl Trigger {
    /// Every pull request into one of these branches.
    pub fn pull_request<B: Into<String>>(branches: impl IntoIterator<Item = B>) -> Self {
        Self::PullRequest(branches.into_iter().map(Into::into).collect())
    }

    /// Every push to one of these branches.
    pub fn push<B: Into<String>>(branches: impl IntoIterator<Item = B>) -> Self {
        Self::Push(branches.into_iter().map(Into::into).collect())
    }

    /// The times that these lines of cron say, in UTC.
    pub fn schedule<C: Into<String>>(times: impl IntoIterator<Item = C>) -> Self {
        Self::Schedule(times.into_iter().map(Into::into).collect())
    }

    pub(crate) fn event(&self) -> &'static str {
        match self {
            Self::PullRequest(_) => "pull_request",
            Self::Push(_) => "push",
            Self::Schedule(_) => "schedule",
            Self::Dispatch => "workflow_dispatch",
        }
    }

    /// What is wrong, and what would do.
    pub(crate) fn problem(&self) -> Option<(String, String)> {
        match self {
            Self::Push(branches) if branches.is_empty() => {
                Some(("push names no branch".into(), "name the branches, or every push of anybody starts it".into()))
            }
            Self::Schedule(times) if times.is_empty() => {
                Some(("schedule has no time".into(), "write one, such as 37 4 * * 1".into()))
            }
            Self::Schedule(times) => {
                let wrong = times.iter().find(|time| time.split_whitespace().count() != 5)?;
                Some((
                    format!("the time {wrong:?} does not have five fields"),
                    "write minute, hour, day, month and weekday, such as 37 4 * * 1".into(),
                ))
            }
            Self::PullRequest(branches) | Self::Push(branches) => {
                let wrong = branches.iter().find(|branch| branch.trim().is_empty() || branch.contains("${{"))?;
                Some((format!("the branch {wrong:?} is none"), "name a branch, such as main".into()))
            }
            Self::Dispatch => None,
        }
    }

    pub(crate) fn yaml(&self) -> Yaml {
        match self {
            Self::PullRequest(branches) | Self::Push(branches) => match branches.is_empty() {
                true => Yaml::Map(Vec::new()),
                false => Yaml::Map(vec![("branches".into(), Yaml::Line(branches.clone()))]),
            },
            Self::Schedule(times) => {
                let cron = |time: &String| Yaml::Map(vec![("cron".into(), Yaml::Text(time.clone()))]);
                Yaml::List(times.iter().map(cron).collect())
            }
            Self::Dispatch => Yaml::Map(Vec::new()),
        }
    }
}
