//! The jq program, run by jq.

mod common;

use std::process::Command;

use common::path;
use mmcdk_terraform::jq_filter;
use serde_json::json;

fn jq(environment: &str, plan: &str) -> (Option<i32>, Vec<String>) {
    let output = Command::new("jq")
        .args(["-n", "-e", "-r", &jq_filter("Environment", environment)])
        .arg(path(plan))
        .output()
        .expect("jq is there: apt-get install jq");
    (output.status.code(), String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
#[ignore = "needs jq"]
fn jq_lists_what_is_tagged_otherwise() {
    for plan in ["dev-create", "dev-applied", "dev-changes", "dev-destroy", "empty"] {
        assert_eq!(jq("dev", plan), (Some(0), vec!["true".to_owned()]), "{plan}");
    }
    for (environment, plan) in [("prod", "dev-create"), ("dev", "prod-create"), ("dev", "dev-on-prod-state")] {
        let (code, lines) = jq(environment, plan);
        assert_eq!((code, lines.last().map(String::as_str)), (Some(1), Some("false")), "{plan}");
        assert!(lines.iter().any(|line| line == "aws_vpc.core"), "{plan}: {lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("aws_s3_bucket_policy")), "jq cannot see what has no tags");
    }
    assert_eq!(jq("dev", "errored").0, Some(5));
}

#[test]
#[ignore = "needs jq"]
fn jq_sees_the_tags_of_groups_of_instances() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (tag, code) in [
        (json!([{"key": "Environment", "value": "dev"}, {"key": "Name", "value": "x"}]), 0),
        (json!([{"key": "Environment", "value": "prod"}]), 1),
        (json!([{"key": "Name", "value": "x"}]), 1),
        (json!(null), 1),
    ] {
        let change = json!({"actions": ["create"], "before": null, "after": {"tag": tag}});
        let group = json!({"address": "x", "mode": "managed", "type": "aws_autoscaling_group", "change": change});
        std::fs::write(file.path(), json!({"format_version": "1.2", "resource_changes": [group]}).to_string()).unwrap();
        let filter = jq_filter("Environment", "dev");
        let output = Command::new("jq").args(["-n", "-e", "-r", &filter]).arg(file.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{tag}: {output:?}");
    }
}

#[test]
#[ignore = "needs jq"]
fn jq_refuses_what_is_not_one_plan_alone() {
    let plan = std::fs::read_to_string(path("dev-create")).unwrap();
    let foreign = std::fs::read_to_string(path("prod-create")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let run = |options: &[&str], input: &str| {
        std::fs::write(file.path(), input).unwrap();
        let output = Command::new("jq")
            .args(options)
            .args(["-e", "-r", &jq_filter("Environment", "dev")])
            .arg(file.path())
            .output()
            .expect("jq is there: apt-get install jq");
        output.status.code()
    };
    assert_eq!(run(&["-n"], &plan), Some(0));
    let several = format!("{foreign}\n{plan}");
    for input in [
        "",
        " \n",
        &several,
        &format!("{plan}\n{plan}"),
        &format!("{plan} x"),
        "null",
        "[]",
        r#"{"format_version": "1.2"}"#,
    ] {
        assert!(run(&["-n"], input).is_some_and(|code| code > 1), "{:.20}", input);
    }
    // Who leaves -n out is told so, instead of having only the rest of the input read.
    assert!([&plan, &several].into_iter().all(|input| run(&[], input) == Some(5)));
}
