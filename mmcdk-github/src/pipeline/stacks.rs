//! The stacks of an app, and the order in which they are applied.

use std::collections::HashMap;

use mmcdk_core::{SynthesizedStack, VersionConstraint};
use serde_json::Value as Json;

use crate::graph;
use crate::matrix;

/// What the pipeline needs to know of a stack of an environment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StackInfo {
    /// `dev/network`.
    pub(super) path: String,
    /// `dev`.
    pub(super) environment: String,
    /// `network`.
    pub(super) id: String,
    /// The paths of the stacks that must be applied before it.
    pub(super) imports: Vec<String>,
    pub(super) backend: BackendInfo,
    /// The versions of Terraform that may apply it.
    pub(super) versions: VersionConstraint,
}

/// What `terraform init` needs to find the state.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BackendInfo {
    /// Nothing, since the state is a file beside the configuration.
    Local,
    /// Nothing, since the configuration says all.
    Whole,
    /// That file.
    Partial(String),
}

/// Stacks that one job plans or applies: none depends on another one, and there are no more than a matrix may have.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    /// What is added to the ids of its jobs, so that they differ: empty where there is but one batch. It begins with `_`,
    /// which the name of an environment cannot have.
    pub(super) suffix: String,
    /// The place of its level in the order.
    pub(super) level: usize,
    pub(super) stacks: Vec<&'a StackInfo>,
}

impl StackInfo {
    /// Of a shared stack, which belongs to no environment, nothing.
    pub(super) fn new(stack: SynthesizedStack<'_>) -> Option<Self> {
        let environment = stack.environment()?;
        let id = stack.path().strip_prefix(environment)?.strip_prefix('/')?;
        Some(Self {
            path: stack.path().to_owned(),
            environment: environment.to_owned(),
            id: id.to_owned(),
            imports: stack.imports().map(str::to_owned).collect(),
            backend: BackendInfo::new(stack),
            versions: stack.terraform_versions(),
        })
    }
}

impl BackendInfo {
    fn new(stack: SynthesizedStack<'_>) -> Self {
        let files = stack.files();
        if let Some(file) = files.iter().find(|file| file.name.ends_with(".tfbackend")) {
            return Self::Partial(file.name.clone());
        }
        let settings = files.iter().find(|file| file.name == "terraform.tf.json");
        let settings: Json = settings.and_then(|file| serde_json::from_slice(&file.bytes).ok()).unwrap_or_default();
        match settings["terraform"]["backend"].is_object() {
            true => Self::Whole,
            false => Self::Local,
        }
    }
}

impl<'a> Batch<'a> {
    /// The backend of its stacks, where all have the same.
    pub(super) fn backend(&self) -> Option<&'a BackendInfo> {
        let first = &self.stacks.first()?.backend;
        self.stacks.iter().all(|stack| stack.backend == *first).then_some(first)
    }
}

/// The stacks of one environment in the order in which they are applied.
///
/// # Errors
/// The paths of a circle, beginning and ending with the same one.
pub(super) fn in_order<'a>(stacks: &[&'a StackInfo]) -> Result<Vec<Batch<'a>>, Vec<&'a str>> {
    let known: HashMap<&str, usize> =
        stacks.iter().enumerate().map(|(index, stack)| (stack.path.as_str(), index)).collect();
    let within =
        |stack: &StackInfo| stack.imports.iter().filter_map(|path| known.get(path.as_str()).copied()).collect();
    let dependencies: Vec<Vec<usize>> = stacks.iter().map(|stack| within(stack)).collect();
    let levels = graph::levels(&dependencies)
        .map_err(|circle| circle.into_iter().map(|stack| stacks[stack].path.as_str()).collect::<Vec<_>>())?;
    let mut members: Vec<Vec<&StackInfo>> = Vec::new();
    for (stack, level) in stacks.iter().zip(levels) {
        if members.len() <= level {
            members.resize(level + 1, Vec::new());
        }
        members[level].push(stack);
    }
    Ok(batches(&members))
}

/// The stacks of one environment without an order, for plans of a pull request.
pub(super) fn at_once<'a>(stacks: &[&'a StackInfo]) -> Vec<Batch<'a>> {
    batches(&[stacks.to_vec()])
}

fn batches<'a>(levels: &[Vec<&'a StackInfo>]) -> Vec<Batch<'a>> {
    let mut batches = Vec::new();
    for (level, members) in levels.iter().enumerate() {
        for (part, stacks) in members.chunks(matrix::MOST).enumerate() {
            let mut suffix = String::new();
            if levels.len() > 1 {
                suffix += &format!("_level{}", level + 1);
            }
            if members.len() > matrix::MOST {
                suffix += &format!("_part{}", part + 1);
            }
            batches.push(Batch { suffix, level, stacks: stacks.to_vec() });
        }
    }
    batches
}
