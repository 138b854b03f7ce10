//! One step of a job.

use crate::action::Action;
use crate::text::{Expression, Text};
use crate::yaml::{Entries, Yaml};

/// One step of a job: a script or an action.
///
/// A script is run by bash. It is a plain text without expressions: what GitHub would put into it could be a command, so
/// values reach a script through [`env`](Self::env) only.
///
/// ```
/// use mmcdk_github::{Expression, Step};
///
/// Step::run("Greet", "echo \"Hello $NAME\"\n").env("NAME", Expression::github("actor"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub(crate) name: Text,
    pub(crate) id: Option<String>,
    pub(crate) when: Option<Expression>,
    pub(crate) work: Work,
    pub(crate) env: Vec<(String, Text)>,
    pub(crate) working_directory: Option<Text>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Work {
    Script(String),
    Action(Action),
}

impl Step {
    /// A step that runs a script.
    pub fn run(name: impl Into<Text>, script: impl Into<String>) -> Self {
        Self::new(name.into(), Work::Script(script.into()))
    }

    /// A step that uses an action.
    pub fn uses(name: impl Into<Text>, action: impl Into<Action>) -> Self {
        Self::new(name.into(), Work::Action(action.into()))
    }

    fn new(name: Text, work: Work) -> Self {
        Self { name, id: None, when: None, work, env: Vec::new(), working_directory: None }
    }

    /// The id by which later steps and the job's outputs name the step.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only where that holds. Where nothing is said, only if nothing before it failed.
    #[must_use]
    pub fn when(mut self, condition: Expression) -> Self {
        self.when = Some(condition);
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<Text>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// The folder in which a script runs; the workspace where nothing is said.
    #[must_use]
    pub fn working_directory(mut self, directory: impl Into<Text>) -> Self {
        self.working_directory = Some(directory.into());
        self
    }

    /// The step as YAML; it was checked before.
    pub(crate) fn yaml(&self) -> Yaml {
        let Self { name, id, when, work, env, working_directory } = self;
        let mut entries = vec![("name".into(), Yaml::Text(name.to_string()))];
        entries.extend(id.clone().map(|id| ("id".into(), Yaml::Text(id))));
        entries.extend(when.as_ref().map(|when| ("if".into(), Yaml::Text(when.to_string()))));
        if let Work::Action(action) = work {
            if let Ok(reference) = action.reference() {
                let uses = reference.uses.to_owned();
                entries.push((
                    "uses".into(),
                    match reference.version {
                        Some(version) => Yaml::Commented(uses, version.to_owned()),
                        None => Yaml::Text(uses),
                    },
                ));
            }
            push_texts(&mut entries, "with", action.inputs());
        }
        push_texts(&mut entries, "env", env);
        entries.extend(
            working_directory.as_ref().map(|folder| ("working-directory".into(), Yaml::Text(folder.to_string()))),
        );
        if let Work::Script(script) = work {
            // A line end at the end makes a block of a script of one line, too.
            entries.push(("run".into(), Yaml::Text(format!("{}\n", script.trim_end_matches('\n')))));
        }
        Yaml::Map(entries)
    }
}

/// Adds texts under a key, unless there are none.
pub(crate) fn push_texts(entries: &mut Entries, key: &str, texts: &[(String, Text)]) {
    if !texts.is_empty() {
        // GitHub makes texts of these again.
        let value = |text: String| match text.as_str() {
            "true" => Yaml::Bool(true),
            "false" => Yaml::Bool(false),
            _ => Yaml::Text(text),
        };
        let texts = texts.iter().map(|(name, text)| (name.clone(), value(text.to_string())));
        entries.push((key.to_owned(), Yaml::Map(texts.collect())));
    }
}
