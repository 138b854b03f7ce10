//! `explain` and `policies`: what deploying takes, and what the stacks allow.

use clap::{Arg, ArgAction, ArgMatches, Command};
use mmcdk_aws::{Permissions, StackPolicy, UnknownType};
use mmcdk_core::serde_json::json;
use mmcdk_core::{Error, Result, Synthesis, SynthesizedStack, nearest};

use super::Outcome;

pub(super) const EXPLAIN: &str = "explain";
pub(super) const POLICIES: &str = "policies";

pub(super) fn explain_command() -> Command {
    Command::new(EXPLAIN)
        .about("Explains which resource requires which permission to be applied, and under which conditions.")
        .after_help(
            "It goes by the permission table that the organisation or a stack has, else by the standard one. Types that the \
             table does not have are listed on standard error.",
        )
        .arg(Arg::new("action").value_name("ACTION").help("Only actions that begin so: iam:, ec2:Create"))
        .arg(
            Arg::new("plan").long("plan").action(ArgAction::SetTrue).help("What planning takes, which is only to read"),
        )
        .arg(Arg::new("stack").long("stack").value_name("STACK").help("Only of that stack: dev/network"))
}

pub(super) fn policies_command() -> Command {
    Command::new(POLICIES).about("Prints the IAM policies of all stacks, a line of JSON for each, for linters.")
}

pub(super) fn explain(synthesis: &Synthesis, arguments: &ArgMatches) -> Outcome {
    try_explain(synthesis, arguments).unwrap_or_else(|error| Outcome::failed(1, &error))
}

fn try_explain(synthesis: &Synthesis, arguments: &ArgMatches) -> Result<Outcome> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let stacks: Vec<SynthesizedStack<'_>> = match text("stack") {
        Some(path) => vec![synthesis.stack(path)?],
        None => synthesis.stacks().collect(),
    };
    let (permissions, unknown) = match arguments.get_flag("plan") {
        true => Permissions::known_of_plan(stacks)?,
        false => Permissions::known_of_apply(stacks)?,
    };
    let rows = permissions.explain();
    let wanted = text("action").unwrap_or_default().to_lowercase();
    let found: Vec<String> = rows
        .iter()
        .filter(|row| row.action.to_lowercase().starts_with(&wanted))
        .map(|row| format!("{row}\n"))
        .collect();
    let err: String = unknown.iter().map(|unknown| format!("{}\n", not_known(unknown))).collect();
    if found.is_empty() && !wanted.is_empty() {
        let none = Error::new(format!("nothing that is known needs an action that begins with {wanted:?}"))
            .remedy(nearest(&wanted, rows.iter().map(|row| row.action.as_str())));
        let Outcome { code, out, err: none } = Outcome::failed(1, &none);
        return Ok(Outcome { code, out, err: err + &none });
    }
    Ok(Outcome { out: found.concat(), err, ..Outcome::default() })
}

/// What is said of a type that the table does not have.
fn not_known(unknown: &UnknownType) -> String {
    let UnknownType { name, resources, .. } = unknown;
    format!("unknown type: {name} is not in the permission table\n  for {}", resources.join("\n  for "))
}

pub(super) fn policies(synthesis: &Synthesis) -> Outcome {
    let line = |StackPolicy { found, kind, document, .. }: StackPolicy<'_>| {
        let place = format!("{}: {}", found.stack().path(), found.address());
        format!("{}\n", json!({"where": place, "kind": kind.to_string(), "document": document}))
    };
    Outcome::good(synthesis.stacks().flat_map(|stack| mmcdk_aws::policies(&stack)).map(line).collect())
}

#[cfg(test)]
mod tests {
    use mmcdk_aws::{Environment, FlowLogs, PermissionTable, Vpc, values::Region};
    use mmcdk_core::{App, Organisation, RawResource};

    use super::*;
    use crate::run::{command, execute};

    fn network(app: &mut App) -> Result<()> {
        let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
        let mut network = app.stack("network", &dev)?;
        let vpc = network.add("core", Vpc::new("10.1.0.0/16").zones(["a"]))?;
        network.add("flow", FlowLogs::new(&vpc)).map(drop)
    }

    fn run(arguments: &[&str]) -> Outcome {
        let arguments = command().get_matches_from(["app"].iter().chain(arguments));
        execute(&arguments, Organisation::new("MM"), network)
    }

    #[test]
    fn an_action_is_explained_by_what_needs_it() {
        let outcome = run(&[EXPLAIN, "iam:createrole"]);
        let expected = "iam:CreateRole\n  on arn:aws:iam::111122223333:role/MM-dev-use1-*\n  \
                        to create aws_iam_role.flow of dev/network\n";
        assert_eq!(outcome, Outcome::good(expected.into()));
        let all = run(&[EXPLAIN]).out;
        assert!(all.contains("ec2:CreateVpc\n") && all.contains("ec2:DescribeVpcs\n"));
        let plan = run(&[EXPLAIN, "--plan", "--stack", "dev/network"]).out;
        assert!(!plan.contains("ec2:CreateVpc\n") && plan.contains("ec2:DescribeVpcs\n"));
    }

    #[test]
    fn explaining_lists_what_the_table_does_not_have_and_goes_by_the_programs_own() {
        fn unheard_of(app: &mut App) -> Result<()> {
            network(app)?;
            let raw = || RawResource::new("aws_unheard_of").set("name", "x");
            app.reopen("dev/network")?.add("odd", raw())?;
            let prod = Environment::new("prod", Region::UsEast1);
            app.stack("other", &prod)?.add("odd", raw()).map(drop)
        }
        let run = |organisation: Organisation, arguments: &[&str]| {
            let arguments = command().get_matches_from(["app", EXPLAIN].iter().chain(arguments));
            execute(&arguments, organisation, unheard_of)
        };
        let listed = "unknown type: aws_unheard_of is not in the permission table\n  \
                      for dev/network: aws_unheard_of.odd\n  for prod/other: aws_unheard_of.odd\n";
        let outcome = run(Organisation::new("MM"), &[]);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, listed));
        assert!(outcome.out.contains("ec2:CreateVpc\n  on ") && outcome.out.contains("ec2:DescribeVpcs\n"));
        let outcome = run(Organisation::new("MM"), &["fis:"]);
        assert_eq!(outcome.code, 1);
        assert!(
            outcome.err.starts_with(listed) && outcome.err.contains("nothing that is known needs"),
            "{}",
            outcome.err
        );

        let table = r#"{"types": {"aws_unheard_of": {"create": ["fis:CreateExperimentTemplate"]}}}"#;
        let own = Organisation::new("MM").with(PermissionTable::standard().with_json(table).expect("it is one"));
        let outcome = run(own, &["fis:"]);
        let expected = "fis:CreateExperimentTemplate\n  on *\n  to create aws_unheard_of.odd of dev/network\n  \
                        to create aws_unheard_of.odd of prod/other\n";
        assert_eq!(outcome, Outcome::good(expected.into()));
    }

    #[test]
    fn what_is_not_there_is_an_error_with_the_nearest() {
        let outcome = run(&[EXPLAIN, "iam:CreateRoll"]);
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
        assert!(
            outcome.err.contains("\"iam:createroll\"") && outcome.err.contains("iam:CreateRole"),
            "{}",
            outcome.err
        );
        assert!(run(&[EXPLAIN, "--stack", "dev/netwrk"]).err.contains("did you mean \"dev/network\"?"));
    }

    #[test]
    fn policies_within_blocks_are_shown_too_by_the_programs_own_table() {
        fn roles(app: &mut App) -> Result<()> {
            let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
            let mut stack = app.stack("roles", &dev)?;
            let policy = r#"{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "${aws_odd.x.arn}"}}"#;
            let odd = RawResource::new("aws_odd").set("name", "x").set("policy", policy);
            stack.add("x", odd)?;
            let block = mmcdk_core::Block::new().set::<String>("name", "inline").set::<String>("policy", policy);
            let role = RawResource::new("aws_iam_role").set("name", "r").block("inline_policy", block);
            stack.add("role", role).map(drop)
        }
        let kind = r#"{"arns": {"odd": {"arn": "arn:{partition}:odd:::{name}", "types": ["aws_odd"]}}}"#;
        let own = Organisation::new("MM").with(PermissionTable::standard().with_json(kind).expect("it is one"));
        let arguments = command().get_matches_from(["app", POLICIES]);
        let outcome = execute(&arguments, own, roles);
        let lines: Vec<_> = outcome.out.lines().collect();
        assert_eq!(lines.len(), 2, "{}", outcome.out);
        assert!(lines[1].contains("aws_iam_role.role") && lines[1].contains("identity"), "{}", outcome.out);
        assert!(lines.iter().all(|line| line.contains("\"Resource\":\"arn:aws:odd:::x\"")), "{}", outcome.out);
    }

    #[test]
    fn policies_are_lines_of_json() {
        let outcome = run(&[POLICIES]);
        let lines: Vec<mmcdk_core::serde_json::Value> =
            outcome.out.lines().map(|line| mmcdk_core::serde_json::from_str(line).expect("it is JSON")).collect();
        let shown: Vec<_> = lines.iter().map(|line| (line["where"].as_str(), line["kind"].as_str())).collect();
        assert_eq!(
            shown,
            [
                (Some("dev/network: aws_iam_role.flow"), Some("trust")),
                (Some("dev/network: aws_iam_role_policy.flow"), Some("identity")),
            ]
        );
        assert!(lines.iter().all(|line| line["document"]["Statement"].is_array()));
    }
}
