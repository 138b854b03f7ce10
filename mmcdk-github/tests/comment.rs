//! The comment on a pull request, with a stand-in for GitHub's `gh`.

#![cfg(unix)]

mod common;

use std::fs;

use common::runner::Runner;

/// A `gh` that knows the comment `KNOWN` and keeps what it is given.
const GH: &str = r#"
printf '%s\n' "$*" >> "$RUNNER_TEMP/calls"
case "$*" in
  *--paginate*) printf '%s' "$KNOWN" ;;
  *) last=${*: -1}; cat "${last#body=@}" > "$RUNNER_TEMP/posted" ;;
esac
"#;

fn comment(runner: &Runner, known: &str, results: &str) -> String {
    expecting(runner, known, results, ["dev", "prod"])
}

/// The comment where the plans of these environments and stacks are expected, such as `dev network dns`.
fn expecting(runner: &Runner, known: &str, results: &str, expected: [&str; 2]) -> String {
    runner.command("gh", GH);
    let lists = [("EXPECTED_1", expected[0]), ("EXPECTED_2", expected[1])];
    let variables = [("KNOWN", known), ("RESULTS", results), ("NUMBER", "5"), ("COMMIT", "abc"), lists[0], lists[1]];
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
    assert!(posted.contains("Stacks with changes: 2. Without: 1. Not planned: 0."), "{posted}");
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
    assert!(posted.contains("**Not every plan was made, or one may not be applied.**"), "{posted}");
    assert!(posted.contains("<b>dev/dns</b>: the plan failed</summary>\n\n~~~~~~text\nError: no zone\n"), "{posted}");
    assert!(posted.contains("<b>dev/network</b>: refused by the guard. Plan: 0 to add"), "{posted}");
    assert!(posted.contains("~~~~~~text\naws_vpc.core would be destroyed\n"), "{posted}");
    // A plan that the role cannot carry, and one that failed for that reason.
    fs::remove_file(runner.path("work/plans/dev.network/guard.txt")).unwrap();
    let lacking = "lacking: ec2:CreateNatGateway is not allowed\n";
    for report in ["dev.network", "dev.dns"] {
        runner.write(&format!("work/plans/{report}/role.txt"), lacking);
    }
    let posted = comment(&runner, "", "success failure");
    let expected = format!(
        "<b>dev/network</b>: the role lacks permissions. Plan: 0 to add, 0 to change, 3 to destroy.</summary>\n\n~~~~~~text\n{lacking}"
    );
    assert!(posted.contains(&expected), "{posted}");
    let expected =
        format!("<b>dev/dns</b>: the role lacks permissions. the plan failed</summary>\n\n~~~~~~text\n{lacking}");
    assert!(posted.contains(&expected), "{posted}");
    for report in ["dev.network", "dev.dns"] {
        runner.write(&format!("work/plans/{report}/granted"), "");
    }
    assert!(!comment(&runner, "", "success failure").contains("lacks permissions"));
    // A file that nothing came into is no plan.
    planned(&runner, "dev.network", "");
    let posted = comment(&runner, "", "success failure");
    assert!(posted.contains("<b>dev/network</b>: the plan failed</summary>"), "{posted}");
    assert!(!posted.contains("only outputs change"), "{posted}");
    // What failed before it was planned is named, although the matrix of the other environment was not even started.
    let posted = expecting(&runner, "", "success skipped", ["dev network dns eks", "prod network"]);
    assert!(posted.contains("<b>dev/eks</b>: no plan, since its job failed before</summary>"), "{posted}");
    assert!(posted.contains("<b>prod/network</b>: no plan") && posted.contains("Not planned: 2."), "{posted}");
    assert!(posted.contains("**Not every plan was made"), "{posted}");
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
