//! The scripts of the pipeline, run by bash as GitHub runs them, with stand-ins for Terraform and GitHub's `gh`.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{app, dev, pipeline, prod};
use serde_json::Value as Json;
use tempfile::TempDir;

/// A workspace of one job.
struct Runner {
    root: TempDir,
    workflow: Json,
}

struct Outcome {
    success: bool,
    text: String,
}

impl Runner {
    fn new() -> Self {
        let synthesis = app(&["dev/network", "prod/network"]).unwrap();
        let yaml = pipeline(&synthesis).environment(dev()).environment(prod()).workflow().unwrap().to_yaml().unwrap();
        let runner = Self { root: TempDir::new().unwrap(), workflow: serde_saphyr::from_str(&yaml).unwrap() };
        for folder in ["bin", "temp", "work"] {
            fs::create_dir(runner.root.path().join(folder)).unwrap();
        }
        runner
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Puts a script where the shell finds it as a command.
    fn command(&self, name: &str, script: &str) {
        self.executable(&format!("bin/{name}"), script);
    }

    fn executable(&self, path: &str, script: &str) {
        self.write(path, &format!("#!/usr/bin/env bash\n{script}\n"));
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the script of a step in the workspace, as if its matrix had that stack.
    fn run(&self, job: &str, step: &str, folder: &str, variables: &[(&str, &str)]) -> Outcome {
        let job = &self.workflow["jobs"][job];
        let steps = job["steps"].as_array().expect("there is such a job");
        let step = steps.iter().find(|known| known["name"] == step).expect("there is such a step");
        self.write("script.sh", step["run"].as_str().expect("the step has a script"));
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.path("script.sh"));
        command.current_dir(self.path(folder)).env("PATH", path);
        command.env("RUNNER_TEMP", self.path("temp")).env("GITHUB_WORKSPACE", self.path("work"));
        command.env("GITHUB_OUTPUT", self.path("temp/output")).env("GITHUB_STEP_SUMMARY", self.path("temp/summary"));
        command.env("GITHUB_REPOSITORY", "octo/infra").env("GITHUB_RUN_ID", "7");
        command.env("GITHUB_SERVER_URL", "https://github.example");
        for variables in [&job["env"], &step["env"]] {
            for (name, value) in variables.as_object().into_iter().flatten() {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), |text| text.replace("${{ matrix.stack }}", "network"));
                command.env(name, value);
            }
        }
        let output = command.envs(variables.iter().copied()).output().expect("bash is there");
        let text = [output.stdout, output.stderr].concat();
        Outcome { success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
    }

    /// Packs an app and unpacks it as later jobs do.
    fn unpacked() -> Self {
        let runner = Self::new();
        runner.write("work/synth/dev/network/main.tf.json", "{}");
        runner.write("work/synth/prod/network/main.tf.json", "{}");
        runner.executable(
            "work/target/debug/examples/pipeline",
            "echo \"$@\" >> \"$RUNNER_TEMP/guard\"; exit \"${REFUSED:-0}\"",
        );
        runner.run("check", "Pack the stacks and the program", "work", &[]).succeeded();
        fs::remove_dir_all(runner.path("temp/app")).unwrap();
        runner.run("plan-dev", "Unpack them", "work", &[]).succeeded();
        runner
    }
}

impl Outcome {
    #[track_caller]
    fn succeeded(self) -> String {
        assert!(self.success, "{}", self.text);
        self.text
    }

    #[track_caller]
    fn failed(self, expected: &str) {
        assert!(!self.success, "{}", self.text);
        assert!(self.text.contains(expected), "{}", self.text);
    }
}

const DEV: &str = "work/app/stacks/dev/network";
const PROD: &str = "work/app/stacks/prod/network";

/// A Terraform that plans `PLAN`, shows it and remembers how it was called.
const TERRAFORM: &str = r#"
printf '%s\n' "$*" >> "$RUNNER_TEMP/calls"
case "$1" in
  plan)
    echo "planning with AKIAABCDEFGHIJKLMNOP"
    case "$*" in *-out=*) printf '%s' "$PLAN" > plan.tfplan ;; esac
    exit "${STATUS:-0}"
    ;;
  show) case "$*" in *-json*) echo '{}' ;; *) printf '%s\n' "$PLAN" ;; esac ;;
  apply) cat plan.tfplan > applied ;;
esac
"#;

#[test]
fn what_looks_like_a_secret_is_masked() {
    let runner = Runner::unpacked();
    let plan = r#"  + access_key  = "AKIAABCDEFGHIJKLMNOP"
  + password    = "hunter2"
  ~ api_key     = "old" -> "new"
  + user_data   = "token ghp_abcdefghijklmnopqrstuvwxyz0123456789"
  + url         = "postgres://admin:hunter2@db.example/app"
  + jwt         = "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl"
  + pem         = "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n"
  + key         = <<-EOT
        -----BEGIN PRIVATE KEY-----
        hunter2hunter2
        -----END PRIVATE KEY-----
    EOT
  + secret_arn  = "arn:aws:secretsmanager:us-east-1:111122223333:secret:x"
  + http_tokens = "required"
  + name        = "MM-dev-use1-vpc-core"
Plan: 1 to add, 0 to change, 0 to destroy.
"#;
    let masked = r#"  + access_key  = "***"
  + password    = ***
  ~ api_key     = ***
  + user_data   = "token ***"
  + url         = "postgres://admin:***@db.example/app"
  + jwt         = "***"
  + pem         = "***\n"
  + key         = <<-EOT
        ***
        ***
        ***
    EOT
  + secret_arn  = "arn:aws:secretsmanager:us-east-1:111122223333:secret:x"
  + http_tokens = "required"
  + name        = "MM-dev-use1-vpc-core"
Plan: 1 to add, 0 to change, 0 to destroy.
"#;
    runner.command("terraform", TERRAFORM);
    let log = runner.run("plan-dev", "Plan", DEV, &[("PLAN", plan.trim_end())]).succeeded();
    assert_eq!(log, "planning with ***\n");
    assert_eq!(runner.read("temp/report/dev.network/plan.txt"), masked);
}

#[test]
fn a_plan_is_made_shown_and_summed() {
    let runner = Runner::unpacked();
    runner.command("terraform", TERRAFORM);
    runner.run("plan-dev", "Plan", DEV, &[("PLAN", "one")]).succeeded();
    // printf one | sha256sum
    let digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    assert_eq!(runner.read("temp/output"), format!("network={digest}\n"));
    assert_eq!(runner.read("temp/report/dev.network/plan.sha256"), format!("{digest}\n"));
    assert!(runner.read("temp/calls").starts_with("plan -input=false -lock=false -no-color -out=plan.tfplan\n"));
    // What the role that applies plans is locked.
    runner.run("apply-dev", "Plan", DEV, &[("PLAN", "one")]).succeeded();
    assert!(runner.read("temp/calls").contains("plan -input=false -lock-timeout=5m -no-color"));
    // A plan that fails fails the step, although its output goes through other commands.
    runner.run("plan-dev", "Plan", DEV, &[("PLAN", "one"), ("STATUS", "1")]).failed("planning with ***");
}

#[test]
fn the_guard_of_the_program_decides() {
    let runner = Runner::unpacked();
    runner.run("plan-dev", "Guard", DEV, &[]).succeeded();
    assert_eq!(runner.read("temp/guard"), "guard plan.json --env dev --stack network\n");
    assert!(runner.path("temp/report/dev.network/guarded").exists());
    let runner = Runner::unpacked();
    runner.run("apply-prod", "Guard", PROD, &[("REFUSED", "1")]).failed("");
    assert!(!runner.path("temp/report/prod.network/guarded").exists());
}

#[test]
fn exactly_the_plan_that_was_approved_is_applied() {
    let runner = Runner::unpacked();
    runner.command("terraform", TERRAFORM);
    runner.write(&format!("{PROD}/.terraform.lock.hcl"), "locked");
    runner.run("propose-prod", "Plan", PROD, &[("PLAN", "two")]).succeeded();
    runner.run("propose-prod", "Show the plan", PROD, &[]).succeeded();
    // printf two | sha256sum
    let digest = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
    let summary = runner.read("temp/summary");
    assert!(summary.contains(digest) && summary.contains("~~~~~~text\ntwo\n~~~~~~"), "{summary}");

    // Another machine: nothing is left but what was uploaded.
    for file in ["plan.tfplan", ".terraform.lock.hcl", "plan.json"] {
        fs::remove_file(runner.path(PROD).join(file)).unwrap();
    }
    let digests =
        |digest: &str| format!("{{\n  \"network-b\": \"{}\",\n  \"network\": \"{digest}\"\n}}", "0".repeat(64));
    let verify = |digests: &str| runner.run("apply-prod", "Verify its digest", PROD, &[("DIGESTS", digests)]);
    verify(&digests(digest)).succeeded();
    assert_eq!(runner.read(&format!("{PROD}/.terraform.lock.hcl")), "locked");
    runner.run("apply-prod", "Apply exactly this plan", PROD, &[]).succeeded();
    assert_eq!(runner.read(&format!("{PROD}/applied")), "two");
    assert!(runner.read("temp/calls").ends_with("apply -input=false -lock-timeout=5m -no-color plan.tfplan\n"));

    verify(&digests(&"0".repeat(64))).failed("the one that was approved has 0000");
    verify(&digests("")).failed("the one that was approved has none");
    verify("{}").failed("the one that was approved has none");
    runner.write("temp/approve/plan.tfplan", "three");
    verify(&digests(digest)).failed(&format!("the one that was approved has {digest}"));
}

#[test]
fn nothing_may_be_left_after_an_apply() {
    let runner = Runner::unpacked();
    runner.command("terraform", TERRAFORM);
    let settle = |status: &str| {
        runner.run("apply-dev", "Make sure that nothing is left to do", DEV, &[("STATUS", status), ("PLAN", "")])
    };
    assert!(settle("0").succeeded().contains("nothing is left to do"));
    settle("2").failed("dev/network still has changes right after it was applied");
    settle("1").failed("planning");
}

#[test]
fn an_environment_without_reviewers_is_refused() {
    let runner = Runner::new();
    runner.command("gh", "echo \"$*\" >> \"$RUNNER_TEMP/calls\"; printf '%s\\n' \"$RULES\"; exit \"${STATUS:-0}\"");
    let preflight = |rules: &str, status: &str| {
        let variables = [("RULES", rules), ("STATUS", status)];
        runner.run("preflight-prod", "Read the environment's protection rules", "work", &variables)
    };
    assert!(!preflight("branch_policy required_reviewers", "0").succeeded().contains("::"));
    assert!(preflight("required_reviewers", "0").succeeded().contains("::warning::every branch can deploy"));
    preflight("wait_timer branch_policy", "0").failed("nobody has to approve what goes to the environment prod");
    preflight("", "0").failed("nobody has to approve");
    preflight("required_reviewers", "1").failed("the environment prod cannot be read; create it");
    assert!(runner.read("temp/calls").starts_with("api repos/octo/infra/environments/prod --jq"));
}

#[test]
fn what_is_not_as_committed_is_refused() {
    let runner = Runner::new();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
        let mut command = Command::new("git");
        command.args(identity).args(arguments).current_dir(runner.path("work"));
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    let compare = || runner.run("check", "Compare the stacks with what is committed", "work", &[]);
    let workflow = || runner.run("check", "Compare this workflow with what is committed", "work", &[]);
    git(&["init"]);
    for file in
        ["synth/dev/network/main.tf.json", "synth/.github/workflows/terraform.yaml", ".github/workflows/terraform.yaml"]
    {
        runner.write(&format!("work/{file}"), "one\n");
    }
    git(&["add", "."]);
    git(&["commit", "--message", "one"]);
    compare().succeeded();
    workflow().succeeded();
    runner.write("work/synth/dev/network/main.tf.json", "two\n");
    compare().failed("synth is not what the program makes");
    git(&["checkout", "."]);
    runner.write("work/synth/dev/dns/main.tf.json", "new\n");
    compare().failed("?? synth/dev/dns/");
    fs::remove_dir_all(runner.path("work/synth/dev/dns")).unwrap();
    runner.write("work/.gitignore", "*.tfvars\n");
    runner.write("work/synth/dev/network/x.tfvars", "ignored\n");
    compare().failed("!! synth/dev/network/x.tfvars");
    runner.write("work/.gitignore", "/synth\n");
    git(&["rm", "-r", "--cached", "--quiet", "synth"]);
    compare().failed("synth is ignored by git");
    runner.write("work/synth/.github/workflows/terraform.yaml", "two\n");
    workflow().failed(".github/workflows/terraform.yaml is not what the program makes; copy synth/.github/workflows");
}

/// A `gh` that knows the comment `KNOWN` and keeps what it is given.
const GH: &str = r#"
printf '%s\n' "$*" >> "$RUNNER_TEMP/calls"
case "$*" in
  *--paginate*) printf '%s' "$KNOWN" ;;
  *) last=${*: -1}; cat "${last#body=@}" > "$RUNNER_TEMP/posted" ;;
esac
"#;

fn comment(runner: &Runner, known: &str, results: &str) -> String {
    runner.command("gh", GH);
    let variables = [("KNOWN", known), ("RESULTS", results), ("NUMBER", "5"), ("COMMIT", "abc")];
    runner.run("comment", "Comment on the pull request", "work", &variables).succeeded();
    runner.read("temp/posted")
}

fn planned(runner: &Runner, name: &str, plan: &str) {
    runner.write(&format!("work/plans/{name}/plan.txt"), plan);
    runner.write(&format!("work/plans/{name}/guard.txt"), "the plan is fine\n");
    runner.write(&format!("work/plans/{name}/guarded"), "");
}

#[test]
fn one_comment_shows_every_plan_and_is_updated() {
    let runner = Runner::new();
    planned(&runner, "dev.network", "  + aws_vpc.core\n~~~~~~\nPlan: 34 to add, 0 to change, 0 to destroy.\n");
    planned(&runner, "prod.network", "No changes. Your infrastructure matches the configuration.\n");
    planned(&runner, "dev.outputs", "Changes to Outputs:\n  + a = 1\n");
    let posted = comment(&runner, "", "success success success");
    assert!(posted.starts_with("<!-- mmcdk: terraform -->\n"), "{posted}");
    assert!(posted.contains("Of commit abc, in [this run](https://github.example/octo/infra/actions/runs/7)."));
    assert!(posted.contains("Stacks with changes: 2. Without: 1."), "{posted}");
    assert!(posted.contains("<b>dev/network</b>: Plan: 34 to add, 0 to change, 0 to destroy.</summary>"), "{posted}");
    // The plan cannot end the block that it stands in.
    assert!(posted.contains("  + aws_vpc.core\n------\n"), "{posted}");
    assert!(posted.contains("<b>dev/outputs</b>: only outputs change"), "{posted}");
    assert!(!posted.contains("prod/network") && !posted.contains("Not every plan"), "{posted}");
    assert!(runner.read("temp/calls").contains("--method POST repos/octo/infra/issues/5/comments"));

    comment(&runner, "11\n12\n", "success");
    assert!(runner.read("temp/calls").contains("--method PATCH repos/octo/infra/issues/comments/11 -F"));
}

#[test]
fn a_comment_says_what_failed_and_what_was_refused() {
    let runner = Runner::new();
    runner.write("work/plans/dev.dns/plan.log", "Error: no zone\n");
    planned(&runner, "dev.network", "Plan: 0 to add, 0 to change, 3 to destroy.\n");
    runner.write("work/plans/dev.network/guard.txt", "aws_vpc.core would be destroyed\n");
    fs::remove_file(runner.path("work/plans/dev.network/guarded")).unwrap();
    let posted = comment(&runner, "", "success failure success");
    assert!(posted.contains("**Not every plan was made, or the guard refused one.**"), "{posted}");
    assert!(posted.contains("<b>dev/dns</b>: the plan failed</summary>\n\n~~~~~~text\nError: no zone\n"), "{posted}");
    assert!(posted.contains("<b>dev/network</b>: refused by the guard. Plan: 0 to add"), "{posted}");
    assert!(posted.contains("~~~~~~text\naws_vpc.core would be destroyed\n"), "{posted}");
    // Nothing was planned at all.
    let runner = Runner::new();
    let posted = comment(&runner, "", "success failure");
    assert!(posted.contains("Stacks with changes: 0. Without: 0.") && posted.contains("Not every plan"), "{posted}");
}

#[test]
fn a_comment_fits_whatever_the_plans_are() {
    let line = "  + tags = { Owner = \"\u{1f409}\" }\n";
    for (stacks, lines, expected) in [
        (1, 10, "<b>dev/a-stack-with-a-name-of-its-own-0</b>: Plan: 1 to add."),
        (
            2,
            5_000,
            "Cut to fit; all of it is in [the run](https://github.example/octo/infra/actions/runs/7), artifact plan.dev.a-stack-with-a-name-of-its-own-0.",
        ),
        (60, 500, "<b>dev/a-stack-with-a-name-of-its-own-59</b>: Plan: 1 to add."),
        (300, 5, "- **dev/a-stack-with-a-name-of-its-own-299**: Plan: 1 to add."),
        (1_500, 1, "more stacks; see the run."),
    ] {
        let runner = Runner::new();
        for stack in 0..stacks {
            planned(
                &runner,
                &format!("dev.a-stack-with-a-name-of-its-own-{stack}"),
                &format!("{}Plan: 1 to add.\n", line.repeat(lines)),
            );
        }
        let posted = comment(&runner, "", "success");
        assert!(posted.len() <= 65_536, "{stacks} stacks make {} bytes", posted.len());
        assert!(posted.contains(expected), "{stacks} stacks:\n{}", &posted[posted.len() - 500..]);
        assert_eq!(posted.matches("~~~~~~text").count() * 2, posted.matches("~~~~~~").count());
        // No character is cut in two.
        assert!(!posted.contains('\u{fffd}'));
    }
}

#[test]
fn a_summary_fits_whatever_the_plan_is() {
    let runner = Runner::unpacked();
    runner.command("terraform", TERRAFORM);
    runner.write(&format!("{PROD}/plan.tfplan"), "one");
    runner.write("temp/report/prod.network/plan.sha256", "abc\n");
    runner.write("temp/report/prod.network/plan.txt", &"  + a line of a plan\n".repeat(60_000));
    runner.run("propose-prod", "Show the plan", PROD, &[]).succeeded();
    let summary = runner.read("temp/summary");
    assert!(summary.len() < 1024 * 1024, "{}", summary.len());
    assert!(summary.contains("all of it is in this run's artifact approve.prod.network."), "{}", &summary[..200]);
    assert!(Path::new(&runner.path("temp/approve/plan.txt")).exists());
}
