//! The jobs of the pipeline.

use super::Pipeline;
use super::check::{Checked, Stage};
use super::deployment::Gate;
use super::stacks::{BackendInfo, Batch};
use super::steps::{self, Lock, Role};
use crate::action::Action;
use crate::job::{Concurrency, Job, Minutes};
use crate::matrix::Matrix;
use crate::permissions::{Permission, Permissions};
use crate::step::Step;
use crate::text::{Expression, Text};
use crate::trigger::Trigger;
use crate::workflow::Workflow;

/// The workflow of a pipeline.
pub(super) fn workflow(pipeline: &Pipeline, checked: &Checked<'_>) -> Workflow {
    let jobs = Jobs { pipeline, checked };
    // Runs of the main branch have groups of their own, so that none cancels another one.
    let group = Expression::github("event.pull_request.number").or(Expression::github("run_id"));
    let mut workflow = Workflow::new(&pipeline.file)
        .name(named("Terraform", &pipeline.file))
        .on(Trigger::pull_request([&pipeline.branch]))
        .on(Trigger::push([&pipeline.branch]))
        .concurrency(Concurrency::newest(Text::from(format!("{}/", pipeline.file)).then(group)))
        .env("TF_IN_AUTOMATION", "true")
        .job("check", jobs.check());
    for stage in &checked.stages {
        if let Some(environment) = stage.plan_environment {
            workflow = workflow.job(plan_preflight_id(stage), jobs.plan_preflight(stage, environment));
        }
        for batch in &stage.plans {
            workflow = workflow.job(plan_id(stage, batch), jobs.plan(stage, batch));
        }
    }
    workflow = workflow.job("comment", jobs.comment());
    for stage in &checked.stages {
        workflow = workflow.job(preflight_id(stage), jobs.preflight(stage));
        for batch in &stage.applies {
            if stage.gate == Gate::Approved {
                workflow = workflow.job(propose_id(stage, batch), jobs.propose(stage, batch));
            }
            workflow = workflow.job(apply_id(stage, batch), jobs.apply(stage, batch));
        }
    }
    workflow
}

fn plan_id(stage: &Stage<'_>, batch: &Batch<'_>) -> String {
    format!("plan-{}{}", stage.environment, batch.suffix)
}

fn propose_id(stage: &Stage<'_>, batch: &Batch<'_>) -> String {
    format!("propose-{}{}", stage.environment, batch.suffix)
}

fn preflight_id(stage: &Stage<'_>) -> String {
    format!("preflight-{}", stage.environment)
}

/// No environment of an app has `_` in its name, so that this is no other's [`preflight_id`].
fn plan_preflight_id(stage: &Stage<'_>) -> String {
    format!("preflight_plan-{}", stage.environment)
}

/// The output of the first job with the ids of the environment's stacks.
fn stacks_output(stage: &Stage<'_>) -> String {
    format!("stacks-{}", stage.environment)
}

fn apply_id(stage: &Stage<'_>, batch: &Batch<'_>) -> String {
    format!("apply-{}{}", stage.environment, batch.suffix)
}

struct Jobs<'a> {
    pipeline: &'a Pipeline,
    checked: &'a Checked<'a>,
}

impl Jobs<'_> {
    fn job(&self, timeout: Minutes, name: impl Into<Text>) -> Job {
        Job::new(self.pipeline.runner.clone(), timeout).name(named(name, &self.pipeline.file))
    }

    /// Formatted, tested, built, synthesized, and as committed.
    fn check(&self) -> Job {
        let directory = self.pipeline.directory.as_str();
        let program = self.checked.program.path();
        let in_directory = |step: Step| step.env("DIRECTORY", directory);
        let mut job = self
            .job(Minutes(30), "Check")
            .permissions(Permissions::none().read(Permission::Contents, "to check out"))
            // What is for debuggers costs time, and nobody debugs here.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .step(
                Step::run("Say why forks get no plans", include_str!("scripts/fork.sh"))
                    .when(Expression::github("event_name").equals("pull_request").and(is_fork())),
            )
            .step(steps::check_out())
            .step(Step::run("Check the format", "cargo fmt --all --check"))
            .step(Step::run("Test", "cargo test --locked"))
            .step(Step::run("Build the program", self.checked.program.build()))
            .step(in_directory(
                Step::run("Synthesize", include_str!("scripts/synthesize.sh")).env("PROGRAM", program.as_str()),
            ));
        if self.pipeline.committed {
            let compare = Step::run("Compare the stacks with what is committed", include_str!("scripts/compare.sh"));
            job = job.step(in_directory(compare));
        }
        let compare =
            Step::run("Compare this workflow with what is committed", include_str!("scripts/compare_workflow.sh"));
        // Thousands of ids would make the file too large for GitHub, so those who need them get them from this job.
        let environments: Vec<&str> = self.checked.stages.iter().map(|stage| stage.environment).collect();
        let job = self.checked.stages.iter().map(stacks_output).fold(job, |job, output| {
            let stacks = Expression::step_output("pack", &output);
            job.output(output, stacks)
        });
        job.step(in_directory(compare).env("WORKFLOW", format!("{}.yaml", self.pipeline.file)))
            .steps(steps::pack_and_upload(&program, directory, &environments.join(" ")))
    }

    /// A job that plans. It is not in the environment that it plans, which would make the subject of its token that of the
    /// role that applies.
    fn planning(&self, stage: &Stage<'_>, batch: &Batch<'_>, what: &str) -> Job {
        let job = self.of_stacks(stage, batch, Minutes(30), what).needs(["check"]);
        match stage.plan_environment {
            Some(environment) => job.needs([plan_preflight_id(stage)]).environment(environment),
            None => job,
        }
    }

    /// The plans of a pull request, by the role that reads.
    fn plan(&self, stage: &Stage<'_>, batch: &Batch<'_>) -> Job {
        self.planning(stage, batch, "Plan")
            .when(is_own_pull_request())
            .permissions(role_permissions())
            .steps(steps::prepare(self.checked, stage, Role::Plan, Vec::new()))
            .step(steps::plan(stage, Lock::None))
            .step(steps::guard(stage))
            .steps(steps::compare_role(stage))
            .steps(steps::explain_failed_plan(stage, Role::Plan))
            .step(steps::upload_report(stage))
    }

    /// One comment with all plans.
    fn comment(&self) -> Job {
        let plans: Vec<String> = self
            .checked
            .stages
            .iter()
            .flat_map(|stage| stage.plans.iter().map(|batch| plan_id(stage, batch)))
            .collect();
        let download =
            Action::download_artifact().with("pattern", "plan.*").with("path", "plans").with("merge-multiple", "true");
        let comment = Step::run("Comment on the pull request", include_str!("scripts/comment.sh"))
            .env("COMMIT", Expression::github("event.pull_request.head.sha"))
            .env("GH_TOKEN", Expression::github("token"))
            .env("NUMBER", Expression::github("event.pull_request.number"))
            .env("RESULTS", Expression::new("join(needs.*.result, ' ')"))
            .env("WORKFLOW", self.pipeline.file.as_str());
        let comment = self.checked.stages.iter().enumerate().fold(comment, |comment, (index, stage)| {
            let stacks = Expression::job_output("check", &stacks_output(stage));
            let expected = Text::from(format!("{} ", stage.environment)).then(stacks);
            comment.env(&format!("EXPECTED_{}", index + 1), expected)
        });
        let checked = Expression::job_result("check").equals("success");
        self.job(Minutes(10), "Comment")
            .needs(["check".to_owned()].into_iter().chain(plans))
            .when(Expression::not_cancelled().and(is_own_pull_request()).and(checked))
            .permissions(Permissions::none().write(Permission::PullRequests, "to comment on the pull request"))
            .step(Step::run("Remove what an earlier run left", "rm -rf plans"))
            .step(Step::uses("Download the plans", download))
            .step(comment)
    }

    /// Makes sure that only the main branch can deploy and, where it is so, that somebody has to approve. Nothing waits for
    /// that of an automatic environment, since it only warns.
    fn preflight(&self, stage: &Stage<'_>) -> Job {
        let (name, reviewers, branches) = match stage.gate {
            Gate::Automatic => ("See who can deploy to", "any", "advised"),
            Gate::Approved => ("Make sure that somebody approves", "required", "required"),
        };
        let name = format!("{name} {}", stage.environment);
        self.rules(name, stage.environment, reviewers, branches).when(self.is_merge())
    }

    /// Makes sure that somebody approves the jobs which plan. GitHub makes an environment that it does not know at its first
    /// use, without any rule, and the role of this one can write.
    fn plan_preflight(&self, stage: &Stage<'_>, environment: &str) -> Job {
        let when = match stage.gate {
            Gate::Automatic => is_own_pull_request(),
            Gate::Approved => is_own_pull_request().or(self.is_merge()),
        };
        let name = format!("Make sure that somebody approves plans of {}", stage.environment);
        self.rules(name, environment, "required", "any").when(when)
    }

    fn rules(&self, name: String, environment: &str, reviewers: &str, branches: &str) -> Job {
        self.job(Minutes(5), name)
            .needs(["check"])
            .permissions(Permissions::none().read(Permission::Actions, "to read the environment's protection rules"))
            .step(
                Step::run("Read the environment's protection rules", include_str!("scripts/preflight.sh"))
                    .env("BRANCH", self.pipeline.branch.as_str())
                    .env("BRANCHES", branches)
                    .env("ENVIRONMENT", environment)
                    .env("GH_TOKEN", Expression::github("token"))
                    .env("REVIEWERS", reviewers),
            )
    }

    /// The plan that is shown to those who approve, by the role that reads.
    fn propose(&self, stage: &Stage<'_>, batch: &Batch<'_>) -> Job {
        let digests = batch.stacks.iter().map(|stack| stack.id.as_str());
        let job = self
            .planning(stage, batch, "Propose")
            .needs(self.before(stage, batch))
            .when(self.is_merge())
            .permissions(merge_permissions())
            .step(steps::newest(&self.pipeline.branch));
        digests
            .fold(job, |job, stack| job.output(stack, Expression::step_output("plan", stack)))
            .steps(steps::prepare(self.checked, stage, Role::Plan, Vec::new()))
            .step(steps::plan(stage, Lock::None))
            .step(steps::guard(stage))
            .steps(steps::compare_role(stage))
            .steps(steps::explain_failed_plan(stage, Role::Plan))
            .steps(steps::propose(stage))
    }

    /// Applying, by the role that writes and in GitHub's environment.
    fn apply(&self, stage: &Stage<'_>, batch: &Batch<'_>) -> Job {
        let mut needs = vec!["check".to_owned()];
        let mut failed = None;
        let plan = match stage.gate {
            Gate::Automatic => {
                failed = steps::explain_failed_plan(stage, Role::Apply);
                needs.extend(self.before(stage, batch));
                let mut plan = steps::prepare(self.checked, stage, Role::Apply, Vec::new());
                plan.push(steps::plan(stage, Lock::Wait));
                plan
            }
            Gate::Approved => {
                let propose = propose_id(stage, batch);
                let digests = Expression::new(format!("toJSON(needs.{propose}.outputs)"));
                needs.extend([preflight_id(stage), propose]);
                let taken = steps::take_approved(stage, digests);
                let mut plan = steps::prepare(self.checked, stage, Role::Apply, taken);
                plan.push(steps::show(stage));
                plan
            }
        };
        self.of_stacks(stage, batch, stage.apply_timeout, "Apply")
            .needs(needs)
            .when(self.is_merge())
            .permissions(merge_permissions())
            .environment(stage.environment)
            .concurrency(Concurrency::queued(self.group(stage)))
            // A run that waited, for its turn or for an approval, may come after one of a newer commit.
            .step(steps::newest(&self.pipeline.branch))
            .steps(plan)
            .step(steps::guard(stage))
            .steps(steps::compare_role(stage))
            .steps(failed)
            .steps(steps::apply_and_settle(stage))
    }

    /// A job that runs once for each stack of the batch.
    fn of_stacks(&self, stage: &Stage<'_>, batch: &Batch<'_>, timeout: Minutes, what: &str) -> Job {
        let name = Text::from(format!("{what} {}/", stage.environment)).then(Expression::matrix("stack"));
        let job = self
            .job(timeout, name)
            .matrix(matrix(batch))
            .env("ENVIRONMENT", stage.environment)
            .env("STACK", Expression::matrix("stack"));
        match batch.backend() {
            Some(BackendInfo::Partial(file)) => job.env("BACKEND", file),
            Some(BackendInfo::Local | BackendInfo::Whole) => job,
            None => job.env("BACKEND", Expression::matrix("backend")),
        }
    }

    /// What is applied just before the batch: the level below it, or the last of the environments that come before.
    fn before(&self, stage: &Stage<'_>, batch: &Batch<'_>) -> Vec<String> {
        let of_level = |stage: &Stage<'_>, level: usize| -> Vec<String> {
            stage.applies.iter().filter(|batch| batch.level == level).map(|batch| apply_id(stage, batch)).collect()
        };
        if let Some(below) = batch.level.checked_sub(1) {
            return of_level(stage, below);
        }
        let earlier = self.checked.stages.iter().filter(|other| stage.after.contains(&other.environment));
        earlier.flat_map(|other| of_level(other, other.applies.last().map_or(0, |batch| batch.level))).collect()
    }

    /// The group of jobs that may not overlap: those that apply in the environment, if each level has one stack, and else
    /// those of one stack, since GitHub cancels all but one of the jobs that wait for the same group. A run holds it for a
    /// job at a time, so that another run may come between two levels; that is one of a newer commit, or it stops.
    ///
    /// Groups are known by their names in the whole repository. No part of this one has a slash.
    fn group(&self, stage: &Stage<'_>) -> Text {
        let group = Text::from(format!("{}/{}", self.pipeline.file, stage.environment));
        match stage.applies.iter().all(|batch| batch.stacks.len() == 1) {
            true => group,
            false => group.then("/").then(Expression::matrix("stack")),
        }
    }

    fn is_merge(&self) -> Expression {
        let branch = format!("refs/heads/{}", self.pipeline.branch);
        Expression::github("event_name").equals("push").and(Expression::github("ref").equals(branch.as_str()))
    }
}

/// A run for each stack of the batch, with the settings of its backend where not all have the same.
fn matrix(batch: &Batch<'_>) -> Matrix {
    let ids = batch.stacks.iter().map(|stack| stack.id.as_str());
    if batch.backend().is_some() {
        return Matrix::new().axis("stack", ids);
    }
    batch.stacks.iter().fold(Matrix::new(), |matrix, stack| {
        let mut row = vec![("stack", stack.id.as_str())];
        if let BackendInfo::Partial(file) = &stack.backend {
            row.push(("backend", file));
        }
        matrix.row(row)
    })
}

/// The name of something that another workflow of the repository can have too: unless the pipeline is in the usual file, the
/// name says in which. Required checks are known by the names of jobs alone, which must differ between workflows
/// (<https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-status-checks-before-merging>).
fn named(name: impl Into<Text>, file: &str) -> Text {
    match file {
        super::FILE => name.into(),
        file => name.into().then(format!(" ({file})")),
    }
}

/// What a job may do that assumes a role.
fn role_permissions() -> Permissions {
    Permissions::none().write(Permission::IdToken, "to assume the role by OIDC")
}

/// The same on the main branch, where it also looks for newer commits.
fn merge_permissions() -> Permissions {
    role_permissions().read(Permission::Contents, "to see whether the branch has a newer commit")
}

fn is_fork() -> Expression {
    head_repository().differs_from(Expression::github("repository"))
}

/// A pull request that does not come from a fork.
fn is_own_pull_request() -> Expression {
    Expression::github("event_name").equals("pull_request").and(is_no_fork())
}

fn is_no_fork() -> Expression {
    head_repository().equals(Expression::github("repository"))
}

/// The repository of the branch that a pull request wants to merge.
fn head_repository() -> Expression {
    Expression::github("event.pull_request.head.repo.full_name")
}
