//! The pipeline that plans and applies an app's stacks.

mod check;
mod deployment;
mod guarded;
mod jobs;
mod program;
mod stacks;
mod steps;

use mmcdk_core::{Result, SynthesizedStack};

use crate::job::Runner;
use crate::workflow::Workflow;

pub use deployment::Deployment;
pub use program::Program;

use stacks::StackInfo;

/// The name of the workflow's file unless another one is given.
const FILE: &str = "terraform";

/// The workflow that plans an app's stacks on pull requests and applies them on the main branch, by Terraform and with
/// short-lived credentials only.
///
/// On a **pull request**: the program is formatted, tested and built, and what it synthesizes must be what is committed.
/// Every stack is planned by the role that reads, the program's guard judges each plan, and one comment shows them all.
/// A plan can only know what is applied: that of a stack which imports what is not there yet fails. Pull requests of forks
/// get no plans, since their runs get no OIDC token.
///
/// On the **main branch**, after the same checks, environment after environment:
///
/// - an [automatic](Deployment::automatic) one is planned, guarded and applied;
/// - for an [approved](Deployment::approved) one the role that reads makes a plan and shows it in the run's summary with the
///   digest of its file; a job without rights makes sure that GitHub's environment has required reviewers and does not let
///   in every branch; and when one has approved, exactly that file is applied. Terraform refuses it where the state has changed since.
///
/// After each apply a second plan must find nothing left to do.
///
/// Before anything is applied, what a plan takes is compared with what the role that applies it grants: with the policies that
/// it has in AWS, which may be older than the program. Where it lacks something, the job fails and says what, and which line
/// to add to the program that makes the roles. Pull requests show it too. Both roles read the policies of the role that
/// applies by the AWS CLI ([`Deployment::without_role_comparison`] leaves it out); policies of the organization and of
/// resources are not compared, and neither are types that the permission table does not have.
///
/// Stacks are applied before those that import from them; those that do not depend on each other are applied at once.
/// Where an approved environment has stacks that depend on each other, each level of them is planned after the one before
/// was applied and is approved on its own, because only then its plan is the truth. Shared stacks, which belong to no
/// environment, are not part of the pipeline.
///
/// The program writes the workflow itself, by [`App::file`](mmcdk_core::App::file), and the first job refuses a committed
/// one that differs. The subjects of the OIDC tokens are told at [`Deployment`].
///
/// # Several runs
/// Two runs never apply one stack at the same time. Where each level of an environment has one stack, all jobs that apply
/// there are in the group `<file>/<environment>`, and runs take turns, job by job. Else each stack has a group of its own,
/// `<file>/<environment>/<stack>`, so that two runs may apply different stacks of the environment at once. In a group one
/// job goes and one waits; a third one cancels the one that waits.
///
/// Several pipelines of one repository need [files](Self::file) of their own: groups, jobs and comments then bear the name of
/// the file. An environment that two of them deploy is one environment of GitHub, with one set of reviewers.
///
/// No run applies an older commit over a newer one. Before each plan to apply, and before an approved plan is applied, the
/// run's commit must be the newest one of the branch: a run that was overtaken stops, and that of the newer commit applies
/// what both change. A commit that GitHub starts no run for (`[skip ci]`) holds back what came before it until another one
/// follows.
///
/// A job that waits for an approval holds its group: no other run applies there until somebody approves or rejects it or
/// cancels its run, or 30 days have passed. Reject what is not wanted any more.
///
/// # After a failure
/// What was applied before something failed stays, and is in the state; what comes after it in the order is not begun. Remove
/// the cause and run the workflow of the *newest* commit again by "Re-run all jobs", which plans anew what is left. "Re-run
/// failed jobs" would take the approved plan again, and Terraform refuses one of which a part was applied. A job that was
/// killed may leave the lock of the state behind: `terraform force-unlock` removes it.
///
/// # Providers
/// A stack takes the providers of its lock file, where its folder has one: run
/// `terraform providers lock -platform=linux_amd64` there, and commit the `.terraform.lock.hcl` that it writes. Anything
/// that the file does not know is refused. Without the file, each run takes the newest versions that the stack allows, and
/// says so.
///
/// # Secrets
/// What looks like a secret is replaced in everything that is shown: logs, summaries, comments and texts of plans. That is
/// a second line of defence; values that Terraform knows as sensitive it hides itself.
///
/// A saved plan has all values in the clear. That of an approved environment is an artifact of its run, kept for the 30 days
/// that an approval may take: whoever can read the repository can read it. Plans of pull requests are kept as texts only.
///
/// # Example
/// ```
/// use mmcdk_core::{App, Environment, Organisation, S3Backend};
/// use mmcdk_github::{Deployment, Pipeline, Program};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// for environment in ["dev", "prod"] {
///     app.stack("network", Environment::new(environment))?.backend(S3Backend::new("mm-state", "us-east-1"));
/// }
///
/// let role = |account: &str, name: &str| format!("arn:aws:iam::{account}:role/{name}");
/// let pipeline = Pipeline::terraform(app.stacks())
///     .program(Program::bin("infra"))
///     .directory("synth")
///     .terraform_version("1.11.4")
///     .environment(
///         Deployment::automatic("dev")
///             .region("us-east-1")
///             .account("111122223333")
///             .plan_role(role("111122223333", "MM-plan"))
///             .apply_role(role("111122223333", "MM-apply")),
///     )
///     .environment(
///         Deployment::approved("prod")
///             .region("us-east-1")
///             .account("444455556666")
///             .plan_role(role("444455556666", "MM-plan"))
///             .apply_role(role("444455556666", "MM-apply"))
///             .after("dev"),
///     );
/// let workflow = pipeline.workflow()?;
/// // The program writes it below its directory, and CI compares that with what is committed in .github/workflows.
/// app.file(&workflow.path(), workflow.to_yaml()?)?;
/// assert!(workflow.to_yaml()?.contains("environment: prod\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    stacks: Vec<StackInfo>,
    file: String,
    branch: String,
    runner: Runner,
    program: Option<Program>,
    directory: String,
    committed: bool,
    terraform_version: Option<String>,
    deployments: Vec<Deployment>,
    without: Vec<String>,
}

impl Pipeline {
    /// A pipeline of these stacks, those of [`Synthesis::stacks`](mmcdk_core::Synthesis::stacks).
    pub fn terraform<'a>(stacks: impl IntoIterator<Item = SynthesizedStack<'a>>) -> Self {
        Self {
            stacks: stacks.into_iter().filter_map(StackInfo::new).collect(),
            file: FILE.into(),
            branch: "main".into(),
            runner: "ubuntu-24.04".into(),
            program: None,
            directory: "synth".into(),
            committed: true,
            terraform_version: None,
            deployments: Vec::new(),
            without: Vec::new(),
        }
    }

    /// The program that describes the app; required.
    #[must_use]
    pub fn program(mut self, program: Program) -> Self {
        self.program = Some(program);
        self
    }

    /// The folder of the repository that the stacks' folders are in; `synth` where nothing is said.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<String>) -> Self {
        self.directory = directory.into();
        self
    }

    /// The repository does not commit the stacks' folders: CI synthesizes them and compares nothing but the workflow.
    #[must_use]
    pub fn uncommitted(mut self) -> Self {
        self.committed = false;
        self
    }

    /// The version of Terraform, such as `1.11.4`; required. It must be one that the stacks allow.
    #[must_use]
    pub fn terraform_version(mut self, version: impl Into<String>) -> Self {
        self.terraform_version = Some(version.into());
        self
    }

    /// One more environment that is deployed.
    #[must_use]
    pub fn environment(mut self, deployment: Deployment) -> Self {
        self.deployments.push(deployment);
        self
    }

    /// An environment of the app that the pipeline leaves alone.
    #[must_use]
    pub fn without(mut self, environment: impl Into<String>) -> Self {
        self.without.push(environment.into());
        self
    }

    /// The branch whose state is applied; `main` where nothing is said.
    #[must_use]
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = branch.into();
        self
    }

    /// The runner of all jobs, a Linux with Rust's `rustup`, GitHub's `gh` and the AWS CLI; `ubuntu-24.04` by default.
    #[must_use]
    pub fn runner(mut self, labels: impl Into<Runner>) -> Self {
        self.runner = labels.into();
        self
    }

    /// The name of the workflow's file without `.yaml`; `terraform` by default. The names of another workflow and of its jobs
    /// end in that of the file: `Check (deploy)`.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.file = name.into();
        self
    }

    /// The workflow, which the program writes by `app.file(&workflow.path(), workflow.to_yaml()?)`.
    ///
    /// # Errors
    /// Everything that is wrong at once:
    ///
    /// - an environment that the app does not have, or one of the app's that is neither deployed nor left out;
    /// - a role, region, account, program or version that is missing or malformed;
    /// - environments that come after each other in a circle;
    /// - a stack that imports from one in an environment that is not applied before;
    /// - a version of Terraform that a stack does not allow;
    /// - a stack whose state is a file, which CI would forget.
    pub fn workflow(&self) -> Result<Workflow> {
        let checked = check::check(self)?;
        Ok(jobs::workflow(self, &checked))
    }
}
