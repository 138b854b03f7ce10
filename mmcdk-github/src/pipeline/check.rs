//! What a pipeline must be like.

use std::collections::{BTreeSet, HashMap};

use mmcdk_core::{Result, nearest};

use super::Pipeline;
use super::deployment::{Deployment, Gate};
use super::guarded::GuardSettings;
use super::program::Program;
use super::stacks::{self, BackendInfo, Batch, StackInfo};
use crate::graph;
use crate::job::Minutes;
use crate::problems::Problems;

/// A pipeline of which everything that is required is there.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    pub(super) program: &'a Program,
    pub(super) terraform_version: &'a str,
    pub(super) stages: Vec<Stage<'a>>,
}

/// One environment of a checked pipeline.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) environment: &'a str,
    pub(super) gate: Gate,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) plan_role: &'a str,
    pub(super) apply_role: &'a str,
    /// Whom the tokens are for, if that is not whom the action asks for by itself.
    pub(super) audience: Option<&'a str>,
    pub(super) plan_environment: Option<&'a str>,
    pub(super) after: Vec<&'a str>,
    pub(super) guard: &'a GuardSettings,
    pub(super) apply_timeout: Minutes,
    pub(super) compares_role: bool,
    /// For plans of a pull request.
    pub(super) plans: Vec<Batch<'a>>,
    /// In the order in which they are applied.
    pub(super) applies: Vec<Batch<'a>>,
}

const PLACE: &str = "pipeline";

/// Checks a whole pipeline and reports everything at once.
pub(super) fn check(pipeline: &Pipeline) -> Result<Checked<'_>> {
    let mut problems = Problems::default();
    check_settings(&mut problems, pipeline);
    check_environments(&mut problems, pipeline);
    pipeline.deployments.iter().for_each(|deployment| deployment.check(&mut problems));
    if let Some(before) = check_order(&mut problems, &pipeline.deployments) {
        check_imports(&mut problems, pipeline, &before);
    }
    for stack in deployed(pipeline).filter(|stack| stack.backend == BackendInfo::Local) {
        problems.add(
            &stack.path,
            "its state is a file beside its configuration, which is gone when a job of CI ends",
            "give the stack an S3Backend",
        );
    }
    let mut stages = Vec::new();
    for deployment in &pipeline.deployments {
        let members: Vec<&StackInfo> =
            pipeline.stacks.iter().filter(|stack| stack.environment == deployment.environment).collect();
        match stacks::in_order(&members) {
            Ok(applies) => stages.extend(stage(deployment, stacks::at_once(&members), applies)),
            Err(circle) => problems.add(
                &format!("{PLACE}/{}", deployment.environment),
                format!("stacks import from each other in a circle: {}", circle.join(" → ")),
                "move what both need into a stack that both import from",
            ),
        }
    }
    problems.into_result()?;
    let required = pipeline.program.as_ref().zip(pipeline.terraform_version.as_deref());
    let (program, terraform_version) = required.expect("what is missing was reported");
    Ok(Checked { program, terraform_version, stages })
}

/// The environment as a stage, where nothing of it is missing.
fn stage<'a>(deployment: &'a Deployment, plans: Vec<Batch<'a>>, applies: Vec<Batch<'a>>) -> Option<Stage<'a>> {
    let Deployment {
        environment,
        gate,
        region,
        account,
        plan_role,
        apply_role,
        audience: _,
        plan_environment,
        after,
        guard,
        apply_timeout,
        compares_role,
    } = deployment;
    Some(Stage {
        environment,
        gate: *gate,
        region: region.as_deref()?,
        account: account.as_deref()?,
        plan_role: plan_role.as_deref()?,
        apply_role: apply_role.as_deref()?,
        audience: deployment.audience(),
        plan_environment: plan_environment.as_deref(),
        after: after.iter().map(String::as_str).collect(),
        guard,
        apply_timeout: *apply_timeout,
        compares_role: *compares_role,
        plans,
        applies,
    })
}

/// The stacks of the environments that the pipeline deploys.
fn deployed(pipeline: &Pipeline) -> impl Iterator<Item = &StackInfo> {
    let environments: BTreeSet<&str> =
        pipeline.deployments.iter().map(|deployment| deployment.environment.as_str()).collect();
    pipeline.stacks.iter().filter(move |stack| environments.contains(stack.environment.as_str()))
}

fn check_settings(problems: &mut Problems, pipeline: &Pipeline) {
    match &pipeline.program {
        None => problems.add(PLACE, "it has no program", "add .program(Program::bin(\"infra\")) or another one"),
        Some(program) => program.check(problems),
    }
    match &pipeline.terraform_version {
        None => {
            problems.add(PLACE, "it has no version of Terraform", "add .terraform_version(\"1.11.4\") or another one")
        }
        Some(version) if !is_exact(version) => problems.add(
            PLACE,
            format!("the version of Terraform {version:?} is not exact"),
            "write three numbers, such as 1.11.4, so that every run uses the same",
        ),
        Some(version) => {
            // One is enough: the stacks of an app have the same constraint.
            if let Some(stack) = deployed(pipeline).find(|stack| !stack.versions.allows(version)) {
                problems.add(
                    PLACE,
                    format!("Terraform {version} cannot apply {}, which requires {}", stack.path, stack.versions),
                    "choose a version that the stacks allow, or change .required_version at the organisation",
                );
            }
        }
    }
    let directory = &pipeline.directory;
    if !directory.split('/').all(is_word) {
        problems.add(
            PLACE,
            format!("the directory {directory:?} is no folder within the repository"),
            "write a relative path of letters, digits, -, _ and ., such as synth",
        );
    }
    if !pipeline.branch.split('/').all(is_word) {
        problems.add(PLACE, format!("the branch {:?} is none", pipeline.branch), "write its name, such as main");
    }
}

/// `1.11.4`.
fn is_exact(version: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    let number = |part: &&str| {
        let digits = !part.is_empty() && part.chars().all(|digit| digit.is_ascii_digit());
        digits && (*part == "0" || !part.starts_with('0'))
    };
    parts.len() == 3 && parts.iter().all(number)
}

/// A part of a path that neither leaves its folder nor needs quotes.
fn is_word(part: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    !part.is_empty() && !part.starts_with(['.', '-']) && part.chars().all(fits)
}

fn check_environments(problems: &mut Problems, pipeline: &Pipeline) {
    let of_app: BTreeSet<&str> = pipeline.stacks.iter().map(|stack| stack.environment.as_str()).collect();
    let deployed: Vec<&str> = pipeline.deployments.iter().map(|deployment| deployment.environment.as_str()).collect();
    if deployed.is_empty() {
        problems.add(
            PLACE,
            "no environment is deployed",
            "add .environment(Deployment::automatic(\"dev\")) or another one",
        );
    }
    for (index, environment) in deployed.iter().enumerate() {
        let place = format!("{PLACE}/{environment}");
        if !of_app.contains(environment) {
            let remedy = nearest(environment, of_app.iter().copied());
            problems.add(&place, format!("the app has no stack in the environment {environment:?}"), remedy);
        }
        if deployed[..index].contains(environment) {
            problems.add(&place, format!("the environment {environment:?} is deployed twice"), "deploy it once");
        }
    }
    for Deployment { environment, plan_environment, .. } in &pipeline.deployments {
        // GitHub ignores the case of an environment's name.
        let Some(plan) = plan_environment else { continue };
        if let Some(applied) = deployed.iter().find(|applied| applied.eq_ignore_ascii_case(plan)) {
            problems.add(
                &format!("{PLACE}/{environment}"),
                format!(
                    "plans would run in the environment of {applied}, whose jobs may assume the role that applies there"
                ),
                "name another plan_environment, such as plan",
            );
        }
    }
    for environment in &pipeline.without {
        let environment = environment.as_str();
        if !of_app.contains(environment) {
            let remedy = nearest(environment, of_app.iter().copied());
            problems.add(PLACE, format!("it is without {environment:?}, which the app does not have"), remedy);
        }
        if deployed.contains(&environment) {
            problems.add(PLACE, format!("it is without {environment:?}, and deploys it"), "take one of the two away");
        }
    }
    for environment in of_app {
        if !deployed.contains(&environment) && !pipeline.without.iter().any(|without| without == environment) {
            problems.add(
                PLACE,
                format!("nothing deploys the environment {environment:?} of the app"),
                format!("add .environment for it, or .without({environment:?})"),
            );
        }
    }
}

/// For each deployed environment those that are applied before it, where that is not a circle.
fn check_order<'a>(
    problems: &mut Problems,
    deployments: &'a [Deployment],
) -> Option<HashMap<&'a str, BTreeSet<&'a str>>> {
    let known: HashMap<&str, usize> =
        deployments.iter().enumerate().map(|(index, deployment)| (deployment.environment.as_str(), index)).collect();
    let mut dependencies = vec![Vec::new(); deployments.len()];
    for (index, deployment) in deployments.iter().enumerate() {
        for after in &deployment.after {
            match known.get(after.as_str()) {
                Some(&after) => dependencies[index].push(after),
                None => problems.add(
                    &format!("{PLACE}/{}", deployment.environment),
                    format!("it comes after {after:?}, which the pipeline does not deploy"),
                    nearest(after, known.keys().copied().collect::<BTreeSet<_>>()),
                ),
            }
        }
    }
    let levels = match graph::levels(&dependencies) {
        Ok(levels) => levels,
        Err(circle) => {
            let names: Vec<&str> = circle.iter().map(|&index| deployments[index].environment.as_str()).collect();
            let problem = format!("environments come after each other in a circle: {}", names.join(" → "));
            problems.add(PLACE, problem, "leave one .after away");
            return None;
        }
    };
    let mut order: Vec<usize> = (0..deployments.len()).collect();
    order.sort_by_key(|&index| levels[index]);
    let mut before: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for index in order {
        let mut all = BTreeSet::new();
        for &after in &dependencies[index] {
            let name = deployments[after].environment.as_str();
            all.insert(name);
            all.extend(before.get(name).into_iter().flatten().copied());
        }
        before.insert(&deployments[index].environment, all);
    }
    Some(before)
}

fn check_imports(problems: &mut Problems, pipeline: &Pipeline, before: &HashMap<&str, BTreeSet<&str>>) {
    let homes: HashMap<&str, &str> =
        pipeline.stacks.iter().map(|stack| (stack.path.as_str(), stack.environment.as_str())).collect();
    for stack in deployed(pipeline) {
        let environment = stack.environment.as_str();
        for import in &stack.imports {
            // A shared stack, and one that the pipeline leaves alone, is applied by somebody else.
            let Some(&other) = homes.get(import.as_str()).filter(|home| before.contains_key(**home)) else { continue };
            if other != environment && !before[environment].contains(other) {
                problems.add(
                    &stack.path,
                    format!("it imports from {import}, and {other} is not applied before {environment}"),
                    format!("add .after({other:?}) to the deployment of {environment}"),
                );
            }
        }
    }
}
