//! A workflow as its readers see it, and apps whose stacks import from each other.

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::{App, Environment, Organisation, RawResource, Result, S3Backend, Synthesis, Value};
use mmcdk_github::{Deployment, Pipeline};
use serde_json::Value as Json;

use super::{app, pipeline};

/// A workflow as its readers see it.
pub struct Read(pub Json);

impl Read {
    pub fn new(pipeline: &Pipeline) -> Result<Self> {
        let yaml = pipeline.workflow()?.to_yaml()?;
        Ok(Self(serde_saphyr::from_str(&yaml).expect("it is YAML")))
    }

    pub fn jobs(&self) -> BTreeMap<&str, &Json> {
        self.0["jobs"].as_object().unwrap().iter().map(|(id, job)| (id.as_str(), job)).collect()
    }

    #[track_caller]
    pub fn job(&self, id: &str) -> &Json {
        self.jobs().get(id).unwrap_or_else(|| panic!("there is no {id} in {:?}", self.jobs().keys()))
    }

    /// The stacks that a job runs for.
    pub fn stacks(&self, id: &str) -> Vec<&str> {
        let matrix = &self.job(id)["strategy"]["matrix"];
        match matrix["stack"].as_array() {
            Some(stacks) => stacks.iter().map(|stack| stack.as_str().unwrap()).collect(),
            None => matrix["include"].as_array().unwrap().iter().map(|row| row["stack"].as_str().unwrap()).collect(),
        }
    }

    pub fn needs(&self, id: &str) -> BTreeSet<&str> {
        self.job(id)["needs"].as_array().into_iter().flatten().map(|job| job.as_str().unwrap()).collect()
    }

    /// Every job that must have succeeded before this one.
    pub fn all_before<'a>(&'a self, id: &'a str) -> BTreeSet<&'a str> {
        let mut all = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            open.extend(self.needs(id).into_iter().filter(|needed| all.insert(*needed)));
        }
        all
    }

    /// The names of a job's steps.
    pub fn steps(&self, id: &str) -> Vec<&str> {
        self.job(id)["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect()
    }

    #[track_caller]
    pub fn step(&self, id: &str, name: &str) -> &Json {
        let steps = self.job(id)["steps"].as_array().unwrap();
        steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("{id} has no step {name:?}"))
    }
}

pub fn of(paths: &[&str], deployments: impl IntoIterator<Item = Deployment>) -> Result<Read> {
    let synthesis = app(paths)?;
    Read::new(&deployments.into_iter().fold(pipeline(&synthesis), Pipeline::environment))
}

pub fn thing() -> RawResource {
    RawResource::new("terraform_data")
}

/// An app with stacks that import from others: `("dev/eks", &["dev/network"])`.
pub fn importing(stacks: &[(&str, &[&str])]) -> Result<Synthesis> {
    let mut app = App::new(Organisation::new("MM"));
    for (path, imports) in stacks {
        let (environment, id) = path.split_once('/').unwrap();
        let values: Vec<Value<String>> = imports
            .iter()
            .map(|import| Ok(app.reopen(import)?.add(&format!("for-{environment}-{id}"), thing())?.attribute("id")))
            .collect::<Result<_>>()?;
        let mut stack = app.stack(id, Environment::new(environment))?;
        stack.backend(S3Backend::new("mm-state", "us-east-1"));
        for (index, value) in values.iter().enumerate() {
            stack.import(&format!("for_{environment}_{id}_{index}"), value)?;
        }
    }
    app.synth()
}
