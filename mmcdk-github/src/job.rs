//! One job of a workflow.

use crate::matrix::Matrix;
use crate::permissions::Permissions;
use crate::step::{Step, push_texts};
use crate::text::{Expression, Text};
use crate::yaml::{Entries, Yaml};

/// A number of minutes.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Minutes(pub u32);

/// Jobs or runs of which only one goes at a time.
///
/// One more may wait. A third one makes GitHub cancel the one that waits, so runs of one matrix must not share a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrency {
    pub(crate) group: Text,
    pub(crate) cancel: bool,
}

/// The machine that a job runs on: one that has all of these labels.
///
/// ```
/// use mmcdk_github::{Job, Minutes};
///
/// Job::new("ubuntu-24.04", Minutes(10));
/// Job::new(["self-hosted", "linux", "x64"], Minutes(10));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Runner {
    pub(crate) labels: Vec<Text>,
}

/// One job of a workflow: steps on a machine of its own, with no more permissions than it says.
///
/// ```
/// use mmcdk_github::{Action, Job, Minutes, Permission, Permissions, Step};
///
/// Job::new("ubuntu-24.04", Minutes(10))
///     .permissions(Permissions::none().read(Permission::Contents, "to check out"))
///     .step(Step::uses("Check out", Action::checkout().with("persist-credentials", "false")))
///     .step(Step::run("Test", "cargo test --locked"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub(crate) name: Option<Text>,
    pub(crate) needs: Vec<String>,
    pub(crate) when: Option<Expression>,
    pub(crate) runner: Runner,
    pub(crate) timeout: Minutes,
    pub(crate) permissions: Permissions,
    pub(crate) environment: Option<Text>,
    pub(crate) concurrency: Option<Concurrency>,
    pub(crate) matrix: Option<Matrix>,
    pub(crate) outputs: Vec<(String, Text)>,
    pub(crate) env: Vec<(String, Text)>,
    pub(crate) steps: Vec<Step>,
}

impl Concurrency {
    /// A group in which what goes on is never cancelled.
    pub fn queued(group: impl Into<Text>) -> Self {
        Self { group: group.into(), cancel: false }
    }

    /// A group in which something new cancels what goes on.
    pub fn newest(group: impl Into<Text>) -> Self {
        Self { group: group.into(), cancel: true }
    }

    pub(crate) fn yaml(&self) -> Yaml {
        Yaml::Map(vec![
            ("group".into(), Yaml::Text(self.group.to_string())),
            ("cancel-in-progress".into(), Yaml::Bool(self.cancel)),
        ])
    }
}

impl Runner {
    fn yaml(&self) -> Yaml {
        match self.labels.as_slice() {
            [label] => Yaml::Text(label.to_string()),
            labels => Yaml::Line(labels.iter().map(Text::to_string).collect()),
        }
    }
}

impl From<&str> for Runner {
    fn from(label: &str) -> Self {
        Text::from(label).into()
    }
}

impl From<String> for Runner {
    fn from(label: String) -> Self {
        Text::from(label).into()
    }
}

impl From<Text> for Runner {
    fn from(label: Text) -> Self {
        Self { labels: vec![label] }
    }
}

impl From<Expression> for Runner {
    fn from(label: Expression) -> Self {
        Text::from(label).into()
    }
}

impl<T: Into<Text>, const N: usize> From<[T; N]> for Runner {
    fn from(labels: [T; N]) -> Self {
        Self { labels: labels.into_iter().map(Into::into).collect() }
    }
}

impl<T: Into<Text>> From<Vec<T>> for Runner {
    fn from(labels: Vec<T>) -> Self {
        Self { labels: labels.into_iter().map(Into::into).collect() }
    }
}

impl Job {
    /// A job on that runner, such as `ubuntu-24.04`, that is stopped after that time.
    pub fn new(runner: impl Into<Runner>, timeout: Minutes) -> Self {
        Self {
            name: None,
            needs: Vec::new(),
            when: None,
            runner: runner.into(),
            timeout,
            permissions: Permissions::none(),
            environment: None,
            concurrency: None,
            matrix: None,
            outputs: Vec::new(),
            env: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The name that people see; the id where nothing is said.
    #[must_use]
    pub fn name(mut self, name: impl Into<Text>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The ids of the jobs that must have succeeded before this one starts.
    #[must_use]
    pub fn needs<N: Into<String>>(mut self, jobs: impl IntoIterator<Item = N>) -> Self {
        self.needs.extend(jobs.into_iter().map(Into::into));
        self
    }

    /// Only where that holds.
    #[must_use]
    pub fn when(mut self, condition: Expression) -> Self {
        self.when = Some(condition);
        self
    }

    /// What its token may do; nothing where nothing is said.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = permissions;
        self
    }

    /// The deployment environment: its protection rules hold the job back, its secrets are readable, and the subject of an
    /// OIDC token becomes `repo:OWNER/REPOSITORY:environment:NAME`, whatever started the workflow.
    #[must_use]
    pub fn environment(mut self, name: impl Into<Text>) -> Self {
        self.environment = Some(name.into());
        self
    }

    /// The group of jobs of which only one goes at a time.
    #[must_use]
    pub fn concurrency(mut self, concurrency: Concurrency) -> Self {
        self.concurrency = Some(concurrency);
        self
    }

    /// Several runs of the job.
    #[must_use]
    pub fn matrix(mut self, matrix: Matrix) -> Self {
        self.matrix = Some(matrix);
        self
    }

    /// A value for the jobs that need this one.
    #[must_use]
    pub fn output(mut self, name: impl Into<String>, value: impl Into<Text>) -> Self {
        self.outputs.push((name.into(), value.into()));
        self
    }

    /// A variable of the environment of all its steps.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<Text>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// One more step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// More steps.
    #[must_use]
    pub fn steps(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// The job as YAML; it was checked before.
    pub(crate) fn yaml(&self) -> Yaml {
        let Self {
            name,
            needs,
            when,
            runner,
            timeout,
            permissions,
            environment,
            concurrency,
            matrix,
            outputs,
            env,
            steps,
        } = self;
        let text = |text: &Text| Yaml::Text(text.to_string());
        let mut entries: Entries = Vec::new();
        entries.extend(name.as_ref().map(|name| ("name".into(), text(name))));
        if !needs.is_empty() {
            entries.push(("needs".into(), Yaml::Line(needs.clone())));
        }
        entries.extend(when.as_ref().map(|when| ("if".into(), Yaml::Text(when.to_string()))));
        entries.push(("runs-on".into(), runner.yaml()));
        entries.push(("timeout-minutes".into(), Yaml::Number(timeout.0)));
        entries.push(("permissions".into(), permissions.yaml()));
        entries.extend(environment.as_ref().map(|environment| ("environment".into(), text(environment))));
        entries.extend(concurrency.as_ref().map(|concurrency| ("concurrency".into(), concurrency.yaml())));
        entries.extend(matrix.as_ref().map(|matrix| ("strategy".into(), matrix.yaml())));
        push_texts(&mut entries, "outputs", outputs);
        push_texts(&mut entries, "env", env);
        entries.push(("steps".into(), Yaml::List(steps.iter().map(Step::yaml).collect())));
        Yaml::Map(entries)
    }
}
