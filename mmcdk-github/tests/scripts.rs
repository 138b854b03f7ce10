//! The scripts of the pipeline, with a stand-in for Terraform.

#![cfg(unix)]

mod common;

use std::fs;
use std::process::Command;

use common::runner::Runner;
use common::{dev, prod};

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
  show) case "$*" in *-json*) echo '{}'; exit "${UNSHOWN:-0}" ;; *) printf '%s\n' "$PLAN" ;; esac ;;
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
  + DB_PASS     = "hunter2"
  + "CLIENT_SECRET_VALUE" = "hunter2"
  ~ AUTH_TOKENS = "hunter2" -> "hunter3"
  + API_KEY_PROD = "hunter2" # forces replacement
  + SecretKey   = <<-EOT
        hunter2 = {
        hunter3
    EOT
  + script      = "export X_PASSWORD='hunter two'; run --url=a?token=hunter2&b=c"
  + json        = "{\"password\":\"hunter\u00262\",\"port\":\"5432\"}"
  + webhook     = "https://hooks.slack.com/services/T000/B000/hunter2"
  + header      = "Authorization: Bearer hunter2hunter2"
  + environment = [
      + {
          + name  = "DB_PASSWORD"
          + type  = "PLAINTEXT"
          + value = "hunter2"
        },
      + {
          + name  = "LOG_LEVEL"
          + value = "debug"
        },
      + {
          + name      = "API_TOKEN"
          + valueFrom = "arn:aws:ssm:us-east-1:111122223333:parameter/x"
        },
      + {
          + value = "kept"
        },
      + {
          + key   = "CERT_PASSPHRASE"
          + value = <<-EOT
                hunter2
            EOT
        },
    ]
  + manage_master_user_password = true
  + auth_token  = (known after apply)
  + secrets     = [
      + "kept",
  + bypass_policy_lockout = "kept"
  + Action      = "secretsmanager:GetSecretValue"
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
  + DB_PASS     = ***
  + "CLIENT_SECRET_VALUE" = ***
  ~ AUTH_TOKENS = ***
  + API_KEY_PROD = ***
  + SecretKey   = <<-EOT
        ***
        ***
    EOT
  + script      = "export X_PASSWORD=***'; run --url=a?token=***&b=c"
  + json        = "{\"password\":\"***\",\"port\":\"5432\"}"
  + webhook     = "https://hooks.slack.com/***"
  + header      = "Authorization: Bearer ***"
  + environment = [
      + {
          + name  = "DB_PASSWORD"
          + type  = "PLAINTEXT"
          + value = ***
        },
      + {
          + name  = "LOG_LEVEL"
          + value = "debug"
        },
      + {
          + name      = "API_TOKEN"
          + valueFrom = "arn:aws:ssm:us-east-1:111122223333:parameter/x"
        },
      + {
          + value = "kept"
        },
      + {
          + key   = "CERT_PASSPHRASE"
          + value = <<-EOT
                ***
            EOT
        },
    ]
  + manage_master_user_password = true
  + auth_token  = (known after apply)
  + secrets     = [
      + "kept",
  + bypass_policy_lockout = "kept"
  + Action      = "secretsmanager:GetSecretValue"
Plan: 1 to add, 0 to change, 0 to destroy.
"#;
    runner.command("terraform", TERRAFORM);
    let log = runner.run("plan-dev", "Plan", DEV, &[("PLAN", plan.trim_end())]).succeeded();
    assert_eq!(log, "planning with ***\n");
    assert_eq!(runner.read("temp/report/dev.network/plan.txt"), masked);
}

#[test]
fn what_others_print_is_masked_too() {
    let runner = Runner::unpacked();
    runner.command("terraform", "echo 'Error: AKIAABCDEFGHIJKLMNOP'; exit \"${STATUS:-0}\"");
    runner.executable("work/app/program", "echo 'refused: AKIAABCDEFGHIJKLMNOP' >&2; exit \"${STATUS:-0}\"");
    for (step, expected) in [("Initialize", "Error: ***"), ("Validate", "Error: ***"), ("Guard", "refused: ***")] {
        let text = runner.run("plan-dev", step, DEV, &[]).succeeded();
        assert!(text.ends_with(&format!("{expected}\n")), "{text}");
        runner.run("plan-dev", step, DEV, &[("STATUS", "1")]).failed(expected);
    }
}

#[test]
fn the_stacks_of_each_environment_are_told() {
    let runner = Runner::new();
    // Those of the program, and not what else is in the folder.
    for file in ["dev/dns/a", "dev/gone/a", "dev/network/a", "dev/README.md", "prod/network/a", "bootstrap/a"] {
        runner.write(&format!("work/synth/{file}"), "{}");
    }
    let report = "bootstrap: 2 resources and 0 outputs in synth/bootstrap (files: 1 new)
dev/dns: 1 resource and 0 outputs in synth/dev/dns (files: 1 new)
dev/network: 34 resources and 3 outputs in synth/dev/network (files: 7 unchanged)
prod/network: 0 resources and 0 outputs in synth/prod/network (files: 1 new)
warning: synth/dev/gone is of a stack that this program does not describe
dev/network: a warning";
    runner.executable(
        "work/target/release/examples/pipeline",
        &format!("cat <<'END'\n{report}\nEND\nexit \"${{FAILS:-0}}\""),
    );
    let shown = runner.run("check", "Synthesize", "work", &[]).succeeded();
    assert_eq!(shown, format!("{report}\n"));
    runner.run("check", "Pack the stacks and the program", "work", &[]).succeeded();
    assert_eq!(runner.read("temp/output"), "stacks-dev=dns network\nstacks-prod=network\n");
    // A program that fails is not hidden by what keeps its report.
    runner.run("check", "Synthesize", "work", &[("FAILS", "1")]).failed("dev/network");
}

#[test]
fn a_plan_is_made_shown_and_summed() {
    let runner = Runner::unpacked();
    runner.command("terraform", TERRAFORM);
    runner.run("plan-dev", "Plan", DEV, &[("PLAN", "one")]).succeeded();
    // printf one | sha256sum
    let digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    assert!(runner.read("temp/output").ends_with(&format!("\nnetwork={digest}\n")));
    assert_eq!(runner.read("temp/report/dev.network/plan.sha256"), format!("{digest}\n"));
    assert!(runner.read("temp/calls").starts_with("plan -input=false -lock=false -no-color -out=plan.tfplan\n"));
    // What the role that applies plans is locked.
    runner.run("apply-dev", "Plan", DEV, &[("PLAN", "one")]).succeeded();
    assert!(runner.read("temp/calls").contains("plan -input=false -lock-timeout=5m -no-color"));
    // A plan that cannot be read is none.
    fs::remove_file(runner.path("temp/report/dev.network/plan.txt")).unwrap();
    runner.run("plan-dev", "Plan", DEV, &[("PLAN", "one"), ("UNSHOWN", "1")]).failed("");
    assert!(!runner.path("temp/report/dev.network/plan.txt").exists());
    // A plan that fails fails the step, although its output goes through other commands.
    runner.run("plan-dev", "Plan", DEV, &[("PLAN", "one"), ("STATUS", "1")]).failed("planning with ***");
}

#[test]
fn providers_are_those_of_the_lock_file() {
    let runner = Runner::unpacked();
    runner.command("terraform", TERRAFORM);
    let initialize = |backend: &str| runner.run("plan-dev", "Initialize", DEV, &[("BACKEND", backend)]).succeeded();
    assert!(
        initialize("dev.s3.tfbackend").contains("::notice::the providers of dev/network are not pinned; run terraform")
    );
    assert_eq!(runner.read("temp/calls"), "init -input=false -no-color -backend-config=dev.s3.tfbackend\n");
    runner.write(&format!("{DEV}/.terraform.lock.hcl"), "locked");
    assert!(!initialize("").contains("::notice::"));
    assert!(runner.read("temp/calls").ends_with("init -input=false -no-color -lockfile=readonly\n"));
}

#[test]
fn the_guard_of_the_program_decides() {
    let runner = Runner::unpacked();
    let credentials = [("AWS_SECRET_ACCESS_KEY", "secret"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")];
    runner.run("plan-dev", "Guard", DEV, &credentials).succeeded();
    assert_eq!(runner.read("temp/guard"), "guard plan.json --env dev --stack network\n");
    assert!(runner.path("temp/report/dev.network/guarded").exists());
    // Settings come one argument in each line, and none is split or expanded.
    let settings = "--allow-destroy=aws_s3_bucket.a[\"b  $c\"]\n--allow-destroy=*.core_*\n--refuse-destroy";
    runner.run("plan-dev", "Guard", DEV, &[("SETTINGS", settings)]).succeeded();
    let expected =
        "--stack network --allow-destroy=aws_s3_bucket.a[\"b  $c\"] --allow-destroy=*.core_* --refuse-destroy\n";
    assert!(runner.read("temp/guard").ends_with(expected), "{}", runner.read("temp/guard"));
    let runner = Runner::unpacked();
    runner.run("apply-prod", "Guard", PROD, &[("REFUSED", "1")]).failed("");
    assert!(!runner.path("temp/report/prod.network/guarded").exists());
}

/// An AWS CLI that knows one role, with a boundary, two managed policies and one within the role.
const AWS: &str = r#"
printf '%s\n' "$*" >> "$RUNNER_TEMP/asked"
case "$*" in
  *"$DENIED"*) echo "An error occurred (AccessDenied)" >&2; exit 254 ;;
  "iam get-role --role-name MM-apply "*) echo "${BOUNDARY:-None}" ;;
  "iam list-attached-role-policies --role-name MM-apply "*) printf 'arn:one\tarn:two\n' ;;
  "iam list-role-policies --role-name MM-apply "*) echo inline ;;
  "iam get-policy --policy-arn arn:"*) echo v7 ;;
  "iam get-policy-version --policy-arn arn:"*" --version-id v7 --query {Boundary: "*) echo '{"Boundary": {}}' ;;
  "iam get-policy-version --policy-arn arn:"*" --version-id v7 --query {Policy: "*) printf '{"Policy": {"of": "%s"}}\n' "$4" ;;
  "iam get-role-policy --role-name MM-apply --policy-name inline "*) echo '{"Policy": {"of": "inline"}}' ;;
  *) echo "unknown: $*" >&2; exit 2 ;;
esac
"#;

const COMPARE: &str = "Compare the plan with the role that applies it";

#[test]
fn a_plan_is_compared_with_the_policies_that_the_role_has() {
    let runner = Runner::unpacked();
    runner.command("aws", AWS);
    let with = |more: &[(&'static str, &'static str)]| {
        let secrets = [("AWS_SECRET_ACCESS_KEY", "secret"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")];
        [&secrets[..], &[("DENIED", "nothing")], more].concat()
    };
    for (job, folder) in [("plan-dev", DEV), ("apply-prod", PROD)] {
        runner.run(job, COMPARE, folder, &with(&[("BOUNDARY", "arn:within")])).succeeded();
    }
    let asked = runner.read("temp/guard");
    let role = runner.path("temp/role.json");
    let expected = |environment: &str| {
        format!("permissions plan.json --role {} --env {environment} --stack network\n", role.display())
    };
    assert_eq!(asked, expected("dev") + &expected("prod"), "without credentials");
    let policies = "{\"Boundary\": {}}\n{\"Policy\": {\"of\": \"arn:one\"}}\n{\"Policy\": {\"of\": \"arn:two\"}}\n\
                    {\"Policy\": {\"of\": \"inline\"}}\n";
    assert_eq!(runner.read("temp/role.json"), policies);
    assert!(runner.path("temp/report/prod.network/granted").exists());
    runner.run("plan-dev", COMPARE, DEV, &with(&[])).succeeded();
    assert!(!runner.read("temp/role.json").contains("Boundary"), "it has none");

    // What the role lacks stops the job, and so does a role that cannot be read.
    for denied in ["get-role ", "list-attached", "list-role", "get-policy ", "get-policy-version", "get-role-policy"] {
        let runner = Runner::unpacked();
        runner.command("aws", AWS);
        let outcome = runner.run("apply-prod", COMPARE, PROD, &with(&[("DENIED", denied)]));
        outcome.failed("::error::the policies of arn:aws:iam::");
        assert!(!runner.path("temp/guard").exists() && !runner.path("temp/report/prod.network/granted").exists());
    }
    let runner = Runner::unpacked();
    runner.command("aws", AWS);
    runner.run("apply-prod", COMPARE, PROD, &with(&[("REFUSED", "1")])).failed("compared with the policies of arn:");
    assert!(!runner.path("temp/report/prod.network/granted").exists());
}

#[test]
fn after_a_plan_that_failed_the_state_tells_what_the_role_lacks() {
    let runner = Runner::unpacked();
    runner.command("aws", AWS.replace("--role-name MM-apply", "--role-name MM-plan").as_str());
    runner.command("terraform", TERRAFORM);
    let explain = "Say what the role lacks to plan";
    runner.run("plan-dev", explain, DEV, &[("DENIED", "nothing"), ("REFUSED", "1")]).failed("compared with");
    assert_eq!(runner.read("temp/calls"), "show -json\n");
    let state = runner.path("temp/state.json").display().to_string();
    assert!(runner.read("temp/guard").starts_with(&format!("permissions {state} --reading --role ")));
    assert!(runner.path("temp/report/dev.network/role.txt").exists());
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
    let read = |job: &str, rules: &str, status: &str| {
        let variables = [("RULES", rules), ("STATUS", status)];
        runner.run(job, "Read the environment's protection rules", "work", &variables)
    };
    let preflight = |rules: &str, status: &str| read("preflight-prod", rules, status);
    assert!(!preflight("branch_policy required_reviewers", "0").succeeded().contains("::"));
    preflight("required_reviewers", "0").failed("::error::every branch can deploy to the environment prod");
    preflight("wait_timer branch_policy", "0").failed("nobody has to approve what goes to the environment prod");
    preflight("", "0").failed("nobody has to approve");
    preflight("required_reviewers", "1").failed("the environment prod cannot be read; create it");
    assert!(runner.read("temp/calls").starts_with("api repos/octo/infra/environments/prod --jq"));
    // What needs no approval is only warned about.
    let warned = |rules: &str, status: &str| read("preflight-dev", rules, status).succeeded();
    assert!(!warned("branch_policy", "0").contains("::"));
    assert!(warned("required_reviewers", "0").contains("::warning::every branch can deploy to the environment dev"));
    assert!(warned("", "1").contains("::warning::the environment dev cannot be read; create it"));
    // The ref of a pull request is no branch.
    let runner = Runner::of(dev().plan_environment("plan"), prod());
    runner.command("gh", "printf '%s\\n' \"$RULES\"; exit \"${STATUS:-0}\"");
    let preflight = |rules: &str, status: &str| {
        let variables = [("RULES", rules), ("STATUS", status)];
        runner.run("preflight_plan-dev", "Read the environment's protection rules", "work", &variables)
    };
    assert!(!preflight("required_reviewers", "0").succeeded().contains("::"));
    preflight("branch_policy", "0").failed("::error::nobody has to approve what goes to the environment plan");
    preflight("required_reviewers", "1").failed("::error::the environment plan cannot be read; create it");
}

#[test]
fn a_run_that_was_overtaken_stops() {
    let runner = Runner::new();
    runner.command("gh", "echo \"$*\" >> \"$RUNNER_TEMP/calls\"; echo abc; exit \"${STATUS:-0}\"");
    let newest = |sha: &str, status: &str| {
        let variables = [("GITHUB_SHA", sha), ("STATUS", status)];
        runner.run("apply-prod", "Make sure that no newer commit is there", "work", &variables)
    };
    newest("abc", "0").succeeded();
    assert_eq!(runner.read("temp/calls"), "api repos/octo/infra/commits/heads/main --jq .sha\n");
    newest("abd", "0").failed("::error::a newer commit is on main; its run applies");
    newest("abc", "1").failed("");
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
    fs::remove_file(runner.path("work/synth/.github/workflows/terraform.yaml")).unwrap();
    workflow().failed("the program does not write it: app.file(&workflow.path(), workflow.to_yaml()?)");
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
    assert!(runner.path("temp/approve/plan.txt").exists());
}
