//! What GitHub would refuse, and what it would accept and should not.

use std::collections::HashMap;

use mmcdk_core::{Result, nearest};

use crate::graph;
use crate::job::Job;
use crate::problems::Problems;
use crate::step::{Step, Work};
use crate::text::{Expression, Text};
use crate::workflow::Workflow;

/// How long GitHub lets a job on its own runners go on.
const LONGEST: u32 = 360;

/// Checks a whole workflow and reports everything at once.
pub(crate) fn check(workflow: &Workflow) -> Result<()> {
    let Workflow { id, name, triggers, concurrency, env, jobs } = workflow;
    let mut problems = Problems::default();
    let file = workflow.file();
    if !is_file_name(id) {
        problems.add(&file, format!("{id:?} cannot name a file"), "write letters, digits, - and _");
    }
    if triggers.is_empty() {
        problems.add(&file, "nothing starts it", "add a trigger, such as Trigger::push([\"main\"])");
    }
    for (index, trigger) in triggers.iter().enumerate() {
        let place = format!("{file}/on/{}", trigger.event());
        if triggers[..index].iter().any(|known| known.event() == trigger.event()) {
            problems.add(&place, "the event is there twice", "put its branches or times into one trigger");
        }
        if let Some((problem, remedy)) = trigger.problem() {
            problems.add(&place, problem, remedy);
        }
    }
    let texts = name.iter().chain(concurrency.iter().map(|concurrency| &concurrency.group));
    texts.for_each(|text| problems.note(&file, text.check()));
    check_env(&mut problems, &file, env);
    if jobs.is_empty() {
        problems.add(&file, "there is no job", "add one");
    }
    for (index, (id, job)) in jobs.iter().enumerate() {
        let place = format!("{file}/jobs/{id}");
        if !is_id(id) {
            problems.add(&place, format!("{id:?} cannot be the id of a job"), ID_REMEDY);
        }
        if jobs[..index].iter().any(|(known, _)| known == id) {
            problems.add(&place, format!("there are two jobs {id:?}"), "choose another id");
        }
        check_job(&mut problems, &place, job);
    }
    check_needs(&mut problems, &file, jobs);
    problems.into_result()
}

fn check_needs(problems: &mut Problems, file: &str, jobs: &[(String, Job)]) {
    let known: HashMap<&str, usize> = jobs.iter().enumerate().map(|(index, (id, _))| (id.as_str(), index)).collect();
    let mut dependencies = vec![Vec::new(); jobs.len()];
    for (index, (id, job)) in jobs.iter().enumerate() {
        for (at, needed) in job.needs.iter().enumerate() {
            let place = format!("{file}/jobs/{id}");
            if job.needs[..at].contains(needed) {
                problems.add(&place, format!("it needs {needed:?} twice"), "name it once");
            }
            match known.get(needed.as_str()) {
                Some(&needed) => dependencies[index].push(needed),
                None => {
                    let remedy = nearest(needed, jobs.iter().map(|(id, _)| id.as_str()));
                    problems.add(&place, format!("it needs {needed:?}, and there is no such job"), remedy);
                }
            }
        }
    }
    if let Err(circle) = graph::levels(&dependencies) {
        let ids: Vec<&str> = circle.iter().map(|&job| jobs[job].0.as_str()).collect();
        let problem = format!("jobs need each other in a circle: {}", ids.join(" → "));
        problems.add(&format!("{file}/jobs/{}", ids[0]), problem, "leave one of them out of the other's needs");
    }
}

fn check_job(problems: &mut Problems, place: &str, job: &Job) {
    let Job { name, needs, when, runner, timeout, permissions, environment, concurrency, matrix, outputs, env, steps } =
        job;
    if !(1..=LONGEST).contains(&timeout.0) {
        let problem = format!("the timeout is {} minutes", timeout.0);
        problems.add(place, problem, format!("choose 1 to {LONGEST}"));
    }
    for (problem, remedy) in permissions.problems() {
        problems.add(place, problem, remedy);
    }
    if let Some(matrix) = matrix {
        for (problem, remedy) in matrix.problems() {
            problems.add(place, problem, remedy);
        }
        for key in matrix.keys().filter(|key| !is_id(key)) {
            problems.add(place, format!("{key:?} cannot be a key of a matrix"), ID_REMEDY);
        }
    }
    if let Some(environment) = environment {
        check_environment(problems, place, environment);
    }
    for (output, _) in outputs.iter().filter(|(output, _)| !is_id(output)) {
        problems.add(place, format!("{output:?} cannot name an output"), ID_REMEDY);
    }
    if runner.labels.is_empty() || runner.labels.iter().any(|label| label.to_string().trim().is_empty()) {
        problems.add(place, "it has no runner", "name one, such as ubuntu-24.04");
    }
    if steps.is_empty() {
        problems.add(place, "it has no steps", "add one");
    }
    check_env(problems, place, env);

    let texts =
        name.iter().chain(&runner.labels).chain(environment).chain(concurrency.iter().map(|group| &group.group));
    let texts =
        texts.chain(matrix.iter().flat_map(|matrix| matrix.texts())).chain(outputs.iter().map(|(_, text)| text));
    let texts: Vec<&Text> = texts.chain(env.iter().map(|(_, text)| text)).collect();
    // The variables of `env` were checked above.
    texts[..texts.len() - env.len()].iter().for_each(|text| problems.note(place, text.check()));
    when.iter().for_each(|when| problems.note(place, when.check()));

    let all_ids: Vec<&str> = steps.iter().filter_map(|step| step.id.as_deref()).collect();
    let keys: Vec<&str> = matrix.iter().flat_map(|matrix| matrix.keys()).collect();
    let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
    let reads = Reads { needs: &needs, steps: &all_ids, keys: &keys };
    for expression in texts.iter().flat_map(|text| text.expressions()).chain(when) {
        reads.check(problems, place, expression);
    }
    for (index, step) in steps.iter().enumerate() {
        let earlier: Vec<&str> = steps[..index].iter().filter_map(|step| step.id.as_deref()).collect();
        let reads = Reads { needs: &needs, steps: &earlier, keys: &keys };
        check_step(problems, &format!("{place}/step {}", index + 1), step, &reads);
    }
}

fn check_step(problems: &mut Problems, place: &str, step: &Step, reads: &Reads<'_>) {
    let Step { name, id, when, work, env, working_directory } = step;
    if let Some(id) = id {
        if !is_id(id) {
            problems.add(place, format!("{id:?} cannot be the id of a step"), ID_REMEDY);
        }
        if reads.steps.contains(&id.as_str()) {
            problems.add(place, format!("there are two steps {id:?}"), "choose another id");
        }
    }
    if name.to_string().trim().is_empty() {
        problems.add(place, "it has no name", "say in a few words what it does");
    }
    let mut texts: Vec<&Text> = vec![name];
    texts.extend(working_directory);
    match work {
        Work::Script(script) => check_script(problems, place, script),
        Work::Action(action) => {
            problems.note(place, action.reference().map(drop));
            if working_directory.is_some() {
                problems.add(place, "an action has no working directory", "leave it out, or give the action a path");
            }
            for (index, (input, text)) in action.inputs().iter().enumerate() {
                // GitHub takes `Script` for `script`.
                if action.inputs()[..index].iter().any(|(known, _)| known.eq_ignore_ascii_case(input)) {
                    problems.add(place, format!("the input {input:?} is there twice"), "give it one value");
                }
                // `actions/github-script` and others run what they get there.
                if matches!(input.to_ascii_lowercase().as_str(), "script" | "run" | "command")
                    && text.expressions().next().is_some()
                {
                    problems.add(
                        place,
                        format!("the script in {input:?} has the expression {:?}", text.to_string()),
                        SCRIPT_REMEDY,
                    );
                } else if is_script_like(input) {
                    check_trusted(problems, place, &format!("the input {input:?}"), text);
                }
                texts.push(text);
            }
        }
    }
    check_env(problems, place, env);
    texts.iter().for_each(|text| problems.note(place, text.check()));
    when.iter().for_each(|when| problems.note(place, when.check()));
    let expressions = texts.into_iter().chain(env.iter().map(|(_, text)| text)).flat_map(Text::expressions);
    expressions.chain(when).for_each(|expression| reads.check(problems, place, expression));
}

const SCRIPT_REMEDY: &str = "pass it through env: and use \"$NAME\"";

/// Whether the name of an input says that it is run, or is part of what is run: `args`, `inlineScript`, `pre-command`.
fn is_script_like(input: &str) -> bool {
    let mut words = vec![String::new()];
    for letter in input.chars() {
        let ends = !letter.is_ascii_alphanumeric() || letter.is_ascii_uppercase();
        // An abbreviation such as CMD is one word.
        let in_capitals = words.last().is_some_and(|word| word.ends_with(|last: char| last.is_ascii_uppercase()));
        if ends && !(letter.is_ascii_uppercase() && in_capitals) {
            words.push(String::new());
        }
        words.last_mut().expect("there is one").extend(letter.is_ascii_alphanumeric().then_some(letter));
    }
    words.iter().map(|word| word.to_ascii_lowercase()).any(|word| {
        let word = word.strip_suffix('s').unwrap_or(&word);
        word.ends_with("script")
            || matches!(word, "run" | "command" | "cmd" | "arg" | "argument" | "shell" | "code" | "eval" | "entrypoint")
    })
}

/// What strangers write must not come into anything that is run.
fn check_trusted(problems: &mut Problems, place: &str, what: &str, text: &Text) {
    for expression in text.expressions().filter(|expression| expression.reads_what_strangers_write()) {
        let problem = format!("{what} has {:?}, which whoever opens a pull request can write", expression.to_string());
        problems.add(place, problem, SCRIPT_REMEDY);
    }
}

fn check_script(problems: &mut Problems, place: &str, script: &str) {
    if script.trim().is_empty() {
        problems.add(place, "the script is empty", "write a command");
    }
    if let Some(start) = script.find("${{") {
        let end = script[start..].find("}}").map_or(script.len(), |end| start + end + 2);
        let found = &script[start..end];
        let problem = format!("the script has {found:?}, which becomes part of the command whatever it contains");
        problems.add(place, problem, SCRIPT_REMEDY);
    }
}

fn check_env(problems: &mut Problems, place: &str, env: &[(String, Text)]) {
    for (index, (name, text)) in env.iter().enumerate() {
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if !begins || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            problems.add(place, format!("{name:?} cannot name a variable"), "write letters, digits and _");
        }
        if name.starts_with("GITHUB_") || name.starts_with("RUNNER_") {
            problems.add(place, format!("the variable {name:?} is GitHub's own"), "choose another name");
        }
        if env[..index].iter().any(|(known, _)| known == name) {
            problems.add(place, format!("the variable {name:?} is there twice"), "give it one value");
        }
        // Shells run the file that these name before anything else.
        if matches!(name.as_str(), "BASH_ENV" | "ENV") {
            check_trusted(problems, place, &format!("the variable {name:?}"), text);
        }
        problems.note(place, text.check());
    }
}

fn check_environment(problems: &mut Problems, place: &str, environment: &Text) {
    let name = environment.to_string();
    if name.trim() != name || name.is_empty() || name.chars().count() > 255 || name.contains(char::is_control) {
        problems.add(
            place,
            format!("the environment {name:?} cannot be one"),
            "write 1 to 255 characters without space at the ends",
        );
    }
}

/// What an expression can read where it stands.
struct Reads<'a> {
    needs: &'a [&'a str],
    steps: &'a [&'a str],
    keys: &'a [&'a str],
}

impl Reads<'_> {
    fn check(&self, problems: &mut Problems, place: &str, expression: &Expression) {
        let contexts = [
            ("needs", self.needs, "which the job does not need"),
            ("steps", self.steps, "and no earlier step of the job has that id"),
            ("matrix", self.keys, "which is no key of the job's matrix"),
        ];
        for (context, known, why) in contexts {
            for member in expression.members(context).into_iter().filter(|member| !known.contains(member)) {
                let problem = format!("the expression {:?} reads {context}.{member}, {why}", expression.to_string());
                problems.add(place, problem, nearest(member, known.iter().copied()));
            }
        }
    }
}

const ID_REMEDY: &str = "write letters, digits, - and _, beginning with a letter or _";

/// Whether GitHub takes it as the id of a job, step, output or key.
fn is_id(id: &str) -> bool {
    let begins = id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins
        && id.len() <= 100
        && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')
}

fn is_file_name(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')
}
