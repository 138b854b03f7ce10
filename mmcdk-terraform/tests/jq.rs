//! The jq program, run by jq.

mod common;

use std::process::Command;

use common::path;
use mmcdk_terraform::jq_filter;

fn jq(environment: &str, plan: &str) -> (Option<i32>, Vec<String>) {
    let output = Command::new("jq")
        .args(["-e", "-r", &jq_filter("Environment", environment)])
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
