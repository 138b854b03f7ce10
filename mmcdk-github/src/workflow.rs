//! A whole workflow.

use mmcdk_core::{Error, Result};

use crate::check;
use crate::job::{Concurrency, Job};
use crate::step::push_texts;
use crate::text::Text;
use crate::trigger::Trigger;
use crate::yaml::{self, Entries, Yaml};

/// How many bytes the file of a workflow may have (<https://docs.github.com/en/actions/reference/limits>).
const LARGEST: usize = 500_000;

/// A whole workflow: what starts it, and its jobs.
///
/// Its token may do nothing (`permissions: {}`); each job says what its own may do. Scripts are run by bash, which stops at
/// the first command that fails, also within a pipe.
///
/// ```
/// use mmcdk_github::{Action, Job, Minutes, Permission, Permissions, Step, Trigger, Workflow};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let test = Job::new("ubuntu-24.04", Minutes(10))
///     .permissions(Permissions::none().read(Permission::Contents, "to check out"))
///     .step(Step::uses("Check out", Action::checkout().with("persist-credentials", "false")))
///     .step(Step::run("Test", "cargo test --locked"));
/// let workflow = Workflow::new("test").name("Test").on(Trigger::push(["main"])).job("test", test);
///
/// assert_eq!(workflow.file(), "test.yaml");
/// assert!(workflow.to_yaml()?.contains("uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    pub(crate) id: String,
    pub(crate) name: Option<Text>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) concurrency: Option<Concurrency>,
    pub(crate) env: Vec<(String, Text)>,
    pub(crate) jobs: Vec<(String, Job)>,
}

impl Workflow {
    /// The workflow of the file `<id>.yaml`.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None, triggers: Vec::new(), concurrency: None, env: Vec::new(), jobs: Vec::new() }
    }

    /// The name that people see; the id where nothing is said.
    #[must_use]
    pub fn name(mut self, name: impl Into<Text>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What starts it, besides what else does.
    #[must_use]
    pub fn on(mut self, trigger: Trigger) -> Self {
        self.triggers.push(trigger);
        self
    }

    /// The group of runs of which only one goes at a time.
    #[must_use]
    pub fn concurrency(mut self, concurrency: Concurrency) -> Self {
        self.concurrency = Some(concurrency);
        self
    }

    /// A variable of the environment of all its steps.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<Text>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// One more job, under an id that other jobs need it by.
    #[must_use]
    pub fn job(mut self, id: impl Into<String>, job: Job) -> Self {
        self.jobs.push((id.into(), job));
        self
    }

    /// Where GitHub looks for it in a repository: `.github/workflows/test.yaml`.
    pub fn path(&self) -> String {
        format!(".github/workflows/{}", self.file())
    }

    /// The name of its file, which belongs into `.github/workflows`.
    pub fn file(&self) -> String {
        format!("{}.yaml", self.id)
    }

    /// The workflow as the text of its file.
    ///
    /// # Errors
    /// Everything that is wrong at once, each with its place, such as `test.yaml/jobs/test/step 2`:
    ///
    /// - an action that is not pinned by the full SHA of a commit, or does not say its version;
    /// - an expression in a script, or in a literal;
    /// - a job that is needed and not there, jobs that need each other in a circle;
    /// - ids, names and times that GitHub would refuse; more than 256 runs of a job;
    /// - an expression that reads what the job does not have;
    /// - a file of more than 500,000 bytes, which GitHub would not start.
    pub fn to_yaml(&self) -> Result<String> {
        check::check(self)?;
        let Self { id, name, triggers, concurrency, env, jobs } = self;
        let name = name.as_ref().map_or_else(|| id.clone(), Text::to_string);
        let triggers = triggers.iter().map(|trigger| (trigger.event().to_owned(), trigger.yaml()));
        let shell = Yaml::Map(vec![("shell".into(), Yaml::Text("bash".into()))]);

        let mut entries: Entries = vec![
            ("name".into(), Yaml::Text(name)),
            ("on".into(), Yaml::Map(triggers.collect())),
            ("permissions".into(), Yaml::Map(Vec::new())),
        ];
        entries.extend(concurrency.as_ref().map(|concurrency| ("concurrency".into(), concurrency.yaml())));
        push_texts(&mut entries, "env", env);
        entries.push(("defaults".into(), Yaml::Map(vec![("run".into(), shell)])));
        let jobs = jobs.iter().map(|(id, job)| (id.clone(), job.yaml()));
        entries.push(("jobs".into(), Yaml::Spaced(jobs.collect())));
        let text = yaml::render(&Yaml::Spaced(entries))?;
        match text.len() > LARGEST {
            true => Err(Error::new(format!("the file has {} bytes", text.len()))
                .remedy(format!("GitHub takes {LARGEST}; share the jobs out among several workflows"))
                .at(self.file())),
            false => Ok(text),
        }
    }
}
