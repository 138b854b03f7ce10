//! `permissions`: whether a role grants what a plan requires.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use mmcdk_aws::{Comparison, DeployedRole, Needed};
use mmcdk_core::{Result, Synthesis};

use super::guard::{NOTHING_TO_JUDGE, stack_of, stacks_of};
use super::{Outcome, report, source};

pub(super) const NAME: &str = "permissions";

/// How a user gets the policies of a role.
const SHOW_POLICIES: &str = "write each as aws iam get-policy-version and get-role-policy print it, as --help says";

pub(super) fn command() -> Command {
    let file = |name: &'static str| Arg::new(name).value_parser(value_parser!(PathBuf));
    Command::new(NAME)
        .about("Compares what a plan requires with what a role grants, before anything is applied.")
        .after_help(
            "In a stack's folder: terraform plan -out plan.out && terraform show -json plan.out > plan.json\n\
             The role's policies are those that it has in AWS: JSON objects one after the other, as aws iam \
             get-policy-version and get-role-policy print them or as {\"Policy\": …}, and {\"Boundary\": …} for its boundary.\n\
             Exit code: 0 the role grants everything that is known, 1 it does not, 2 there is nothing to compare.",
        )
        .arg(file("plan").value_name("PLAN").required(true).help("The plan as JSON, or with --reading a state; - for standard input"))
        .arg(Arg::new("env").long("env").value_name("ENVIRONMENT").required(true).help("The environment of the plan"))
        .arg(
            Arg::new("stack")
                .long("stack")
                .value_name("STACK")
                .help("The stack that was planned, if the environment has several"),
        )
        .arg(file("role").long("role").value_name("FILE").required(true).help("The policies of the role"))
        .arg(
            Arg::new("reading")
                .long("reading")
                .action(ArgAction::SetTrue)
                .help("Compare only what planning requires: reading"),
        )
}

pub(super) fn compare(synthesis: &Synthesis, arguments: &ArgMatches) -> Outcome {
    try_compare(synthesis, arguments).unwrap_or_else(|error| Outcome::failed(NOTHING_TO_JUDGE, &error))
}

fn try_compare(synthesis: &Synthesis, arguments: &ArgMatches) -> Result<Outcome> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let file = |name: &str| arguments.get_one::<PathBuf>(name).map(PathBuf::as_path).expect("it is required");
    let environment = text("env").expect("it is required");
    let stacks = stacks_of(synthesis, environment)?;
    let stack = stack_of(synthesis, environment, &stacks, text("stack"))?;
    let plan = source::text(file("plan"), "the plan", source::SHOW_PLAN)?;
    let role = source::text(file("role"), "the policies of the role", SHOW_POLICIES)?;
    let (needed, what) = match arguments.get_flag("reading") {
        true => (Needed::to_plan(&stack, &plan), "planning"),
        false => (Needed::to_apply(&stack, &plan), "the plan"),
    };
    let needed = needed.map_err(|error| error.at(source::name(file("plan"))))?;
    let role = DeployedRole::from_json(&role).map_err(|error| error.at(source::name(file("role"))))?;
    Ok(outcome(stack.path(), what, &needed, &needed.compare(&role)))
}

fn outcome(stack: &str, what: &str, needed: &Needed, comparison: &Comparison) -> Outcome {
    let notes = notes(needed, comparison);
    let Comparison { lacking, .. } = comparison;
    if lacking.is_empty() {
        return Outcome::good(format!("{stack}: the role grants what {what} takes\n{notes}"));
    }
    let mut err: String = lacking.iter().map(|one| format!("lacking: {one}\n")).collect();
    let permissions = report::plural(lacking.len(), "permission");
    err += &format!("{stack}: the role lacks {permissions} that {what} takes, so nothing may be applied\n");
    err += &match needed.line_to_add() {
        Some(line) => format!(
            "  This program no longer describes all of what is there. Write down what that is, in the stack's folder, \
             and keep it private:\n    \
             terraform show -json > {file}.json\n  \
             Move the file to earlier/{file}.json beside the program that makes the roles, add this to what the role is \
             permitted, and apply that program first:\n    {line}\n",
            file = stack.replace('/', "-"),
        ),
        None => "  The role is older than this program: apply the program that makes the roles first.\n".into(),
    };
    Outcome { code: 1, err: err + &notes, ..Outcome::default() }
}

fn notes(needed: &Needed, comparison: &Comparison) -> String {
    let mut notes = String::new();
    for unknown in needed.unknown() {
        let resources = unknown.resources.join(", ");
        notes +=
            &format!("note: the permission table does not have {}, so nothing is known of {resources}\n", unknown.name);
    }
    if !comparison.depends.is_empty() {
        let keys: Vec<&str> = comparison.depends.iter().map(String::as_str).collect();
        notes += &format!("note: some of it depends on {}, of which nothing is known\n", keys.join(", "));
    }
    notes
}

#[cfg(test)]
mod tests;
