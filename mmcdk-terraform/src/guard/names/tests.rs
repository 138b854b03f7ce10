use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::OtherEnvironment;

#[track_caller]
fn check(guard: &Guard, text: &str, expected: &[&str]) {
    assert_eq!(foreign(guard, text), expected, "{text}");
}

fn foreign<'t>(guard: &Guard, text: &'t str) -> Vec<&'t str> {
    let mut found = Vec::new();
    Names::of(guard).find(text, &mut |range, verdict| {
        if let Verdict::Foreign(_) = verdict {
            found.push(&text[range]);
        }
    });
    found
}

#[test]
fn names_are_found_in_every_text() {
    let guard =
        Guard::new("dev").names(["MM-dev-use1-*"]).convention(["MM-*-use1-*"]).known_names(["MM-ci-use1-role-deploy"]);
    for (text, expected) in [
        ("MM-dev-use1-vpc-core", &[][..]),
        ("MM-prod-use1-vpc-core", &["MM-prod-use1-vpc-core"]),
        ("mm-prod-use1-s3-cloudtrail", &["mm-prod-use1-s3-cloudtrail"]),
        ("arn:aws:s3:::mm-prod-use1-s3-cloudtrail/AWSLogs/*", &["mm-prod-use1-s3-cloudtrail"]),
        ("arn:aws:iam::111122223333:role/path/MM-prod-use1-role-flow", &["MM-prod-use1-role-flow"]),
        (r#"{"Resource":["arn:aws:s3:::mm-dev-use1-a","arn:aws:s3:::mm-prod-use1-b"]}"#, &["mm-prod-use1-b"]),
        ("mm-prod-use1-s3-a.s3.amazonaws.com", &["mm-prod-use1-s3-a"]),
        ("MM-prod-use1-role-a:MM-prod-use1-policy-b", &["MM-prod-use1-role-a", "MM-prod-use1-policy-b"]),
        ("kubernetes.io/cluster/MM-prod-use1-eks-main", &["MM-prod-use1-eks-main"]),
        ("logs-of-MM-prod-use1-vpc-core", &["MM-prod-use1-vpc-core"]),
        ("/aws/vpc/MM-dev-use1-logs-flow", &[]),
        ("arn:aws:iam::1:role/MM-ci-use1-role-deploy", &[]),
        ("MM-use1-role-shared", &[]),
        ("xMM-prod-use1-vpc-core", &[]),
        ("MM-prod-euw1-vpc-core", &["MM-prod-euw1-vpc-core"]),
        ("MM-qa7-euw1-vpc-core", &[]),
        ("größe-MM-prod-use1-ä", &["MM-prod-use1-ä"]),
        ("", &[]),
    ] {
        check(&guard, text, expected);
    }
}

#[test]
fn names_of_known_environments_are_found_although_the_convention_does_not_tell() {
    let guard = Guard::new("dev")
        .names(["*-dev"])
        .convention(["*-*"])
        .other_environment(OtherEnvironment::new("prod").names(["*-prod"]).known_names(["acme.data", "data"]));
    for (text, expected) in [
        ("vpc-core-dev", &[][..]),
        ("vpc-core-prod", &["vpc-core-prod"]),
        ("some-other-name", &[]),
        ("acme.data", &[]),
        ("data", &[]),
    ] {
        check(&guard, text, expected);
    }
}

#[test]
fn a_name_of_another_environment_stays_foreign_although_the_program_has_it() {
    let known = ["mm-prod-use1-s3-data", "MM-live-use1-s3-x", "MM-ci-use1-role-x", "MM-terraform-lock", "acme-data"];
    let guard = Guard::new("dev").names(["MM-dev-use1-*"]).convention(["MM-*-use1-*"]).known_names(known);
    check(&guard, "mm-prod-use1-s3-data", &["mm-prod-use1-s3-data"]);
    for name in ["MM-ci-use1-role-x", "MM-terraform-lock", "MM-live-use1-s3-x", "acme-data"] {
        check(&guard, name, &[]);
    }
    let live = OtherEnvironment::new("prod").tag_values(["Live"]).known_names(["acme-data"]);
    let guard = guard.other_environment(live);
    for name in ["mm-prod-use1-s3-data", "MM-live-use1-s3-x", "acme-data"] {
        check(&guard, name, &[name]);
    }
    let development = Guard::new("dev").convention(["MM-*-use1-*"]).known_names(["MM-development-use1-s3-x"]);
    check(&development, "MM-development-use1-s3-x", &[]);
    // An environment that is itself called so.
    let test = Guard::new("x").tag_values(["test"]).convention(["MM-*-use1-*"]).known_names(["MM-test-use1-a"]);
    check(&test, "MM-test-use1-a", &[]);
}

#[test]
fn of_two_environments_the_one_that_says_more_is_meant() {
    let eu = OtherEnvironment::new("dev-eu").names(["MM-dev-eu-*"]).known_names(["acme-data"]);
    let guard = Guard::new("dev").names(["MM-dev-*"]).known_names(["MM-dev-eu-own"]).other_environment(eu);
    check(&guard, "MM-dev-vpc-core", &[]);
    check(&guard, "MM-dev-eu-vpc-core", &["MM-dev-eu-vpc-core"]);
    check(&guard, "MM-dev-eu-own", &["MM-dev-eu-own"]);
    check(&guard, "arn:aws:s3:::acme-data/x", &["acme-data"]);
    check(&guard, "acme-data-2", &[]);
}

/// Prefixes and patterns reach as far as whole names. What only looks alike stays apart.
#[test]
fn prefixes_and_patterns_of_other_environments_are_found_and_lookalikes_are_not() {
    let alone = || Guard::new("dev").names(["MM-dev-use1-*"]).convention(["MM-*-use1-*", "MM-*-euw1-*"]);
    let known = |own: &str, others: &[&str]| {
        let guard = Guard::new(own).names([format!("MM-{own}-use1-*")]).convention(["MM-*-use1-*"]);
        let other = |name: &&str| OtherEnvironment::new(*name).names([format!("MM-{name}-use1-*")]);
        others.iter().map(other).fold(guard, Guard::other_environment)
    };
    let all = ["dev2", "developer", "prod", "product", "preprod", "us"];
    for (guard, text, expected) in [
        (alone(), "arn:aws:s3:::mm-prod-*", &["mm-prod-*"][..]),
        (alone(), "arn:aws:s3:::mm-prod-*/*", &["mm-prod-*"]),
        (alone(), "arn:aws:s3:::MM-prod-use1-*", &["MM-prod-use1-*"]),
        (alone(), "mm-prod-", &["mm-prod-"]),
        (alone(), "mm-prod", &["mm-prod"]),
        (alone(), "mm-prod-data", &["mm-prod-data"]),
        (alone(), "mm-pro*", &["mm-pro*"]),
        (alone(), "mm-pr?d-*", &["mm-pr?d-*"]),
        (alone(), "mm-qa7-use1-*", &["mm-qa7-use1-*"]),
        (alone(), "mm-product-data", &[]),
        (alone(), "mm-dev-*", &[]),
        (alone(), "mm-de*", &[]),
        (alone(), "mm-dev*", &[]),
        (alone(), "mm-d?v-*", &[]),
        // Of no environment, or of any.
        (alone(), "mm-*", &[]),
        (alone(), "mm-*-use1-role-*", &[]),
        (alone(), "*", &[]),
        (alone(), "arn:aws:s3:::*", &[]),
        (alone(), "mm-terraform-state/*", &[]),
        (alone(), "mm-pq*", &[]),
        (known("dev", &all), "mm-dev-*", &[]),
        (known("dev", &all), "mm-dev2-*", &["mm-dev2-*"]),
        (known("dev", &all), "mm-developer-*", &["mm-developer-*"]),
        // What is certainly of others too, although it may be the own one.
        (known("dev", &all), "mm-dev*", &["mm-dev*"]),
        (known("prod", &["dev", "product", "preprod"]), "mm-prod-*", &[]),
        (known("prod", &["dev", "product", "preprod"]), "mm-prod-use1-s3-data", &[]),
        (known("prod", &["dev", "product", "preprod"]), "mm-product-x mm-preprod-x", &["mm-product-x", "mm-preprod-x"]),
        (known("product", &["prod"]), "mm-product-x", &[]),
        (known("product", &["prod"]), "mm-prod-x", &["mm-prod-x"]),
        (known("dev", &["us"]), "arn:aws:ec2:us-east-1:111122223333:vpc/*", &[]),
        (known("dev", &["us"]), "us-east-1 mm-use1-x mm-us", &["mm-us"]),
        (known("dev", &["us"]), "mm-us-use1-vpc", &["mm-us-use1-vpc"]),
        (known("us", &["dev"]), "mm-us-use1-vpc mm-us-*", &[]),
        // The same where names begin with the environment.
        (bare("dev", "us"), "arn:aws:ec2:us-*:*:vpc/*", &[]),
        (bare("dev", "us"), "arn:aws:s3:::us-*", &["us-*"]),
        (bare("dev", "us"), "us-east-1", &[]),
        (bare("dev", "prod"), "arn:aws:s3:::prod-*", &["prod-*"]),
        (bare("dev", "prod"), "arn:aws:s3:::product-*", &[]),
        (bare("dev", "prod"), "arn:aws:s3:::dev-*", &[]),
    ] {
        check(&guard, text, expected);
    }
}

fn bare(own: &str, other: &str) -> Guard {
    let other = OtherEnvironment::new(other).names([format!("{other}-use1-*")]);
    Guard::new(own).names([format!("{own}-use1-*")]).convention(["*-use1-*"]).other_environment(other)
}

#[test]
fn a_name_that_is_trusted_is_nobodys() {
    let hub = OtherEnvironment::new("hub").names(["MM-hub-*"]).known_names(["MM-hub-use1-bus-central"]);
    let guard = Guard::new("dev").names(["MM-dev-*"]).convention(["MM-*-use1-*"]).other_environment(hub);
    let trusting = guard.clone().trusted_names(["MM-hub-use1-bus-*"]);
    check(&guard, "event-bus/MM-hub-use1-bus-central", &["MM-hub-use1-bus-central"]);
    check(&trusting, "event-bus/MM-hub-use1-bus-central", &[]);
    check(&trusting, "MM-hub-use1-queue-x", &["MM-hub-use1-queue-x"]);
}

proptest! {
    /// What is found does not depend on how the text is searched: here every place is tried by itself.
    #[test]
    fn every_name_is_found_in_every_run_of_punctuation(
        text in "(mm|MM|dev|prod|us|use1|x|-|-|-|_|\\.|/|ä|\\*){0,24}"
    ) {
        let guard = Guard::new("dev")
            .names(["MM-dev-use1-*"])
            .convention(["MM-*-use1-*"])
            .other_environment(OtherEnvironment::new("us").names(["MM-us-use1-*", "MM-us-*-x"]));
        let names = Names::of(&guard);
        let mut expected = Vec::new();
        let is_part = |character: char| character.is_alphanumeric() || names.punctuation.contains(character);
        for token in text.split(|character| !is_part(character)) {
            let mut before = None;
            for (at, character) in token.char_indices() {
                let begins = !before.is_some_and(char::is_alphanumeric);
                before = Some(character);
                let mut token_here = names.token(token, 0);
                let candidates = || names.index.beginnings(&token.as_bytes()[at..]);
                if begins && candidates().next().is_some() {
                    match names.judge(&mut token_here, at, &candidates, token) {
                        Some(Verdict::Foreign(_)) => expected.push(&token[at..]),
                        Some(_) => {}
                        None => continue,
                    }
                    break;
                }
            }
        }
        prop_assert_eq!(foreign(&guard, &text), expected);
    }
}

thread_local! {
    static WORK: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that are looked at, and candidates that are compared.
pub(super) fn count(work: usize) {
    WORK.with(|counted| counted.set(counted.get() + work));
}

/// Twice the text is twice the work, which is counted, so that the machine does not matter.
#[test]
fn runs_of_dashes_and_of_beginnings_take_linear_time() {
    let guard = Guard::new("dev")
        .names(["MM-dev-use1-*"])
        .convention(["MM-*-use1-*"])
        .known_names(["mm-mm-mm-x"])
        .other_environment(OtherEnvironment::new("prod").names(["MM-prod-use1-*", "MM-mm-*-zz"]));
    let names = Names::of(&guard);
    for unit in ["-", "a-", "mm-", "mm-dev-", "mm-mm-use1", "--mm-*-", "mm-?", "mm-prod-use1-", "mm-\u{e4}"] {
        let work = |times: usize| {
            WORK.with(|counted| counted.set(0));
            names.find(&unit.repeat(times), &mut |_, _| {});
            WORK.with(Cell::get)
        };
        let (once, twice) = (work(4_096), work(8_192));
        assert!(twice <= 2 * once + 1_000, "{unit}: {once} for one, {twice} for two");
    }
}
