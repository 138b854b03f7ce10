//! The steps of the pipeline's jobs.

use super::check::{Checked, Stage};
use crate::action::Action;
use crate::step::Step;
use crate::text::{Expression, Text};

/// How long GitHub lets a job wait for an approval, and so what the job needs must be kept.
const DAYS_OF_AN_APPROVAL: &str = "30";

/// How long the texts of plans of a pull request are kept.
const DAYS_OF_A_REPORT: &str = "14";

/// How a plan or an apply holds the lock of the state.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lock {
    /// Not at all, since the role that reads may not write the lock.
    None,
    /// It waits for the lock.
    Wait,
}

impl Lock {
    fn flag(self) -> &'static str {
        match self {
            Self::None => "-lock=false",
            Self::Wait => "-lock-timeout=5m",
        }
    }
}

/// Checks out the repository without leaving the token behind.
pub(super) fn check_out() -> Step {
    Step::uses("Check out", Action::checkout().with("persist-credentials", "false"))
}

/// Packs the synthesized stacks and the program, so that no later job needs Rust or the repository. The id of the step is
/// `pack`, and for each environment its output `stacks-<environment>` has the ids of the stacks.
pub(super) fn pack_and_upload(program: &str, directory: &str, environments: &str) -> [Step; 2] {
    let script = include_str!("scripts/pack.sh")
        .replace("@GUARD@", include_str!("scripts/guard.sh").trim_end())
        .replace("@COMPARE_ROLE@", include_str!("scripts/compare_role.sh").trim_end());
    let pack = Step::run("Pack the stacks and the program", script)
        .id("pack")
        .env("DIRECTORY", directory)
        .env("ENVIRONMENTS", environments)
        .env("PROGRAM", program);
    let upload = upload("app", "app.tar.gz", DAYS_OF_AN_APPROVAL).with("if-no-files-found", "error");
    [pack, Step::uses("Upload them", upload)]
}

/// Gets the stacks, the program, Terraform and the credentials of a role, and initializes the stack. A runner of one's own
/// may keep its workspace, so what an earlier run left there goes first.
pub(super) fn prepare(checked: &Checked<'_>, stage: &Stage<'_>, role: Role, before: Vec<Step>) -> Vec<Step> {
    let (arn, what) = match role {
        Role::Plan => (stage.plan_role, "plan"),
        Role::Apply => (stage.apply_role, "apply"),
    };
    let session = Text::from(format!("terraform-{what}-")).then(Expression::github("run_id"));
    let credentials = Action::configure_aws_credentials()
        .with("role-to-assume", arn)
        .with("role-session-name", session)
        .with("aws-region", stage.region)
        .with("allowed-account-ids", stage.account);
    let credentials = match stage.audience {
        Some(audience) => credentials.with("audience", audience),
        None => credentials,
    };
    let credentials = match role {
        Role::Plan => credentials,
        // An hour where nothing is said, after which an apply that goes on could not even give back its lock.
        Role::Apply => credentials.with("role-duration-seconds", (stage.apply_timeout.0 * 60).to_string()),
    };
    let terraform = Action::setup_terraform()
        .with("terraform_version", checked.terraform_version)
        .with("terraform_wrapper", "false");
    let mut steps = vec![
        Step::run("Remove what an earlier run left", "rm -rf app app.tar.gz"),
        Step::uses("Download the stacks and the program", Action::download_artifact().with("name", "app")),
        Step::run("Unpack them", include_str!("scripts/unpack.sh")),
    ];
    steps.extend(before);
    steps.extend([
        Step::uses("Set up Terraform", terraform),
        Step::uses(format!("Assume the role that {}", if what == "plan" { "plans" } else { "applies" }), credentials),
        in_stack(stage, Step::run("Initialize", include_str!("scripts/initialize.sh"))),
        in_stack(stage, Step::run("Validate", include_str!("scripts/validate.sh"))),
    ]);
    steps
}

/// Which of an environment's roles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    Plan,
    Apply,
}

/// Stops a run of a commit that is not the newest one, so that nothing older is applied over it.
pub(super) fn newest(branch: &str) -> Step {
    Step::run("Make sure that no newer commit is there", include_str!("scripts/newest.sh"))
        .env("BRANCH", branch)
        .env("GH_TOKEN", Expression::github("token"))
}

/// Plans the stack; the id of the step is `plan`, and its output is the digest, under the stack's id.
pub(super) fn plan(stage: &Stage<'_>, lock: Lock) -> Step {
    in_stack(stage, Step::run("Plan", include_str!("scripts/plan.sh"))).id("plan").env("LOCK", lock.flag())
}

/// Lets the program's guard judge the plan.
pub(super) fn guard(stage: &Stage<'_>) -> Step {
    let guard = in_stack(stage, Step::run("Guard", GUARD));
    match stage.guard.lines() {
        lines if lines.is_empty() => guard,
        lines => guard.env("SETTINGS", lines),
    }
}

/// Scripts in the package, beside the program that they run.
const GUARD: &str = "\"$GITHUB_WORKSPACE/app/guard\"";
const COMPARE_ROLE: &str = "\"$GITHUB_WORKSPACE/app/compare-role\"";

/// Compares what the plan takes with what the role that applies it grants in AWS, where the pipeline does.
pub(super) fn compare_role(stage: &Stage<'_>) -> Option<Step> {
    let compare = Step::run("Compare the plan with the role that applies it", COMPARE_ROLE);
    let compare = compare.env("ROLE", stage.apply_role).env("TAKES", "applying");
    stage.compares_role.then(|| in_stack(stage, compare))
}

/// Says what a role lacks to read what is in the state, after its plan failed, where the pipeline compares.
pub(super) fn explain_failed_plan(stage: &Stage<'_>, role: Role) -> Option<Step> {
    let arn = match role {
        Role::Plan => stage.plan_role,
        Role::Apply => stage.apply_role,
    };
    let explain = Step::run("Say what the role lacks to plan", COMPARE_ROLE)
        .env("ROLE", arn)
        .env("TAKES", "planning")
        .when(Expression::new("failure() && steps.plan.outcome == 'failure'"));
    stage.compares_role.then(|| in_stack(stage, explain))
}

/// Uploads the texts of a plan, also of one that failed or was refused.
pub(super) fn upload_report(stage: &Stage<'_>) -> Step {
    let name = artifact("plan", stage);
    let path = Text::from(Expression::runner("temp")).then("/report");
    let upload = upload(name, path, DAYS_OF_A_REPORT).with("if-no-files-found", "ignore");
    Step::uses("Upload the plan as text", upload).when(Expression::not_cancelled())
}

/// Shows a plan to those who approve it, and uploads the file.
pub(super) fn propose(stage: &Stage<'_>) -> [Step; 2] {
    let show = in_stack(stage, Step::run("Show the plan", include_str!("scripts/propose.sh")));
    let upload = upload(artifact("approve", stage), approved_folder(), DAYS_OF_AN_APPROVAL);
    [
        show.env("ARTIFACT", artifact("approve", stage)),
        Step::uses("Upload the plan", upload.with("if-no-files-found", "error").with("include-hidden-files", "true")),
    ]
}

/// Downloads the plan that was approved and refuses any other one.
pub(super) fn take_approved(stage: &Stage<'_>, digests: Expression) -> Vec<Step> {
    let download = Action::download_artifact().with("name", artifact("approve", stage)).with("path", approved_folder());
    let verify = Step::run("Verify its digest", include_str!("scripts/verify.sh"));
    vec![Step::uses("Download the plan that was approved", download), in_stack(stage, verify).env("DIGESTS", digests)]
}

/// Reads a plan that another job made.
pub(super) fn show(stage: &Stage<'_>) -> Step {
    in_stack(stage, Step::run("Read the plan", include_str!("scripts/show.sh")))
}

/// Applies the file of the plan, and makes sure that nothing is left to do.
pub(super) fn apply_and_settle(stage: &Stage<'_>) -> [Step; 2] {
    let apply = Step::run("Apply exactly this plan", include_str!("scripts/apply.sh"));
    let settled = Step::run("Make sure that nothing is left to do", include_str!("scripts/settled.sh"));
    [apply, settled].map(|step| in_stack(stage, step).env("LOCK", Lock::Wait.flag()))
}

/// The step in the folder of the matrix's stack.
fn in_stack(stage: &Stage<'_>, step: Step) -> Step {
    let folder = Text::from(format!("app/stacks/{}/", stage.environment)).then(Expression::matrix("stack"));
    step.working_directory(folder)
}

/// The name of an artifact of the matrix's stack. Ids have no dot, so that no two are alike.
fn artifact(kind: &str, stage: &Stage<'_>) -> Text {
    Text::from(format!("{kind}.{}.", stage.environment)).then(Expression::matrix("stack"))
}

fn approved_folder() -> Text {
    Text::from(Expression::runner("temp")).then("/approve")
}

/// An upload that replaces what an earlier attempt of the same run left.
fn upload(name: impl Into<Text>, path: impl Into<Text>, days: &str) -> Action {
    Action::upload_artifact()
        .with("name", name)
        .with("path", path)
        .with("retention-days", days)
        .with("overwrite", "true")
}
