//! `guard`: whether a plan is of the environment that it is said to be of.

mod expected;
mod settings;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use mmcdk_core::{Error, Result, Synthesis, SynthesizedStack, nearest};
use mmcdk_terraform::{BackendConfig, Plan, ViolationKind, jq_filter};

use super::{Outcome, report, source};

pub(super) use settings::command;

pub(super) const NAME: &str = "guard";

/// What `terraform init` has initialised, below the folder that was planned in.
const INITIALISED: &str = ".terraform/terraform.tfstate";

/// What Terraform takes from the variables of the process, by which it was planned too.
///
/// <https://developer.hashicorp.com/terraform/cli/config/environment-variables>
#[derive(Clone, Debug, Default)]
struct Variables {
    /// `TF_WORKSPACE`: the workspace, instead of the selected one.
    workspace: Option<String>,
    /// `TF_DATA_DIR`: what stands for `.terraform`.
    data_folder: Option<PathBuf>,
}

impl Variables {
    fn of_process() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            workspace: variable("TF_WORKSPACE").map(|name| name.to_string_lossy().into_owned()),
            data_folder: variable("TF_DATA_DIR").map(PathBuf::from),
        }
    }
}

/// The exit code where no plan is judged.
pub(super) const NOTHING_TO_JUDGE: u8 = 2;

/// Judges the plan that the arguments name by what the program describes, whose stacks are below the folder `out`.
pub(super) fn judge(synthesis: &Synthesis, out: &Path, arguments: &ArgMatches) -> Outcome {
    judge_by(&Variables::of_process(), synthesis, out, arguments)
}

fn judge_by(variables: &Variables, synthesis: &Synthesis, out: &Path, arguments: &ArgMatches) -> Outcome {
    try_judge(variables, synthesis, out, arguments).unwrap_or_else(|error| Outcome::failed(NOTHING_TO_JUDGE, &error))
}

fn try_judge(variables: &Variables, synthesis: &Synthesis, out: &Path, arguments: &ArgMatches) -> Result<Outcome> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let environment = text("env").expect("it is required");
    let stacks = stacks_of(synthesis, environment)?;
    let tag = expected::Tag::of(synthesis, environment, text("tag"))?;
    if arguments.get_flag("jq") {
        let tag = tag.ok_or_else(|| expected::no_tag(environment))?;
        return Ok(Outcome::good(jq_filter(&tag.key, &tag.value)));
    }
    let stack = stack_of(synthesis, environment, &stacks, text("stack"))?;
    let path: &PathBuf = arguments.get_one("plan").expect("it is required");
    let (plan, backend) = read(path, arguments.get_one::<PathBuf>("backend").map(PathBuf::as_path), variables)?;

    let guard = expected::guard(synthesis, environment, &stacks, stack, tag.as_ref())?;
    let guard = settings::apply(guard, arguments)?;
    let violations = guard.check(&plan, backend.as_ref());
    let what = format!("{}: {}", stack.path(), plan.summary());
    let note = match tag {
        Some(_) => String::new(),
        None => format!("note: {}\n", report::line(&expected::no_tag(environment))),
    };
    if violations.is_empty() {
        return Ok(Outcome::good(format!("{what}, and nothing of another environment\n{note}")));
    }
    let mut err: String = violations.iter().map(|violation| format!("refused: {violation}\n")).collect();
    if violations.iter().any(|violation| violation.kind == ViolationKind::UnknownState) {
        err += &format!("  try --backend {}\n", out.join(stack.path()).join(INITIALISED).display());
    }
    let reasons = report::plural(violations.len(), "reason");
    err += &format!("{what}, but it may not be applied, for {reasons}\n{note}");
    Ok(Outcome { code: 1, err, ..Outcome::default() })
}

pub(super) fn stacks_of<'a>(synthesis: &'a Synthesis, environment: &str) -> Result<Vec<SynthesizedStack<'a>>> {
    let stacks: Vec<_> = synthesis.stacks().filter(|stack| stack.environment() == Some(environment)).collect();
    if !stacks.is_empty() {
        return Ok(stacks);
    }
    let known: Vec<&str> = synthesis.stacks().filter_map(|stack| stack.environment()).collect();
    let remedy = match known.as_slice() {
        [] => "it describes shared stacks alone, which are of no environment".into(),
        known => nearest(environment, known.iter().copied()),
    };
    Err(Error::new(format!("this program describes no environment {environment:?}")).remedy(remedy))
}

/// The stack that was planned: the one that is named, or the only one.
pub(super) fn stack_of<'a>(
    synthesis: &'a Synthesis,
    environment: &str,
    stacks: &[SynthesizedStack<'a>],
    name: Option<&str>,
) -> Result<SynthesizedStack<'a>> {
    match (name, stacks) {
        (Some(name), _) => {
            let name = name.strip_prefix(&format!("{environment}/")).unwrap_or(name);
            synthesis.stack(&format!("{environment}/{name}"))
        }
        (None, [stack]) => Ok(*stack),
        (None, stacks) => {
            let paths: Vec<&str> = stacks.iter().map(SynthesizedStack::path).collect();
            Err(Error::new(format!("{environment:?} has several stacks"))
                .remedy(format!("say which was planned by --stack: {}", paths.join(", "))))
        }
    }
}

/// The plan, and the initialised backend where there is one: in the file that is named, or beside the plan.
fn read(path: &Path, backend: Option<&Path>, variables: &Variables) -> Result<(Plan, Option<BackendConfig>)> {
    let plan = Plan::from_json(source::bytes(path, "the plan", source::SHOW_PLAN)?);
    let plan = plan.map_err(|error| error.at(source::name(path)))?;
    let folder = match source::is_standard_input(path) {
        true => Path::new(""),
        false => path.parent().unwrap_or(Path::new("")),
    };
    let beside = match &variables.data_folder {
        Some(data) => folder.join(data).join("terraform.tfstate"),
        None => folder.join(INITIALISED),
    };
    let backend = match backend {
        Some(file) => Some(BackendConfig::read(file)?),
        None if beside.exists() => Some(BackendConfig::read(&beside)?),
        None => None,
    };
    // Of a workspace without a backend, whose state is in a file too, nothing but the name is kept.
    let selected = || fs::read_to_string(beside.with_file_name("environment")).ok();
    let backend = match (backend, variables.workspace.clone()) {
        (Some(backend), Some(workspace)) => Some(backend.workspace(workspace)),
        (Some(backend), None) => Some(backend),
        (None, workspace) => {
            let other = workspace.or_else(selected).filter(|name| !matches!(name.trim(), "" | "default"));
            other.map(|workspace| BackendConfig::local().workspace(workspace.trim()))
        }
    };
    Ok((plan, backend))
}

#[cfg(test)]
mod tests;
