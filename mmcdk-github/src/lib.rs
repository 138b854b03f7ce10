//! GitHub Actions workflows as typed values, and the pipeline that plans and applies an app's stacks.
//!
//! A [`Workflow`] is an inert description; [`Workflow::to_yaml`] checks it and writes it. What is dangerous in workflows is
//! refused there or cannot be said at all: actions are pinned by commits, tokens may do nothing but what a job says,
//! expressions do not get into scripts, every job has a timeout.
//!
//! [`Pipeline`] builds the workflow that plans stacks on pull requests and applies them on the main branch.

mod action;
mod check;
mod graph;
mod job;
mod matrix;
mod permissions;
mod pipeline;
mod problems;
mod step;
mod text;
mod trigger;
mod workflow;
mod yaml;

pub use action::Action;
pub use job::{Concurrency, Job, Minutes, Runner};
pub use matrix::Matrix;
pub use permissions::{Permission, Permissions};
pub use pipeline::{Deployment, Pipeline, Program};
pub use step::Step;
pub use text::{Expression, Text};
pub use trigger::Trigger;
pub use workflow::Workflow;
