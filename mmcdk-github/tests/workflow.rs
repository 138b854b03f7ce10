//! What a workflow refuses, and what it looks like.

use mmcdk_github::{
    Action, Concurrency, Expression, Job, Matrix, Minutes, Permission, Permissions, Step, Text, Trigger, Workflow,
};

fn job() -> Job {
    Job::new("ubuntu-24.04", Minutes(10))
}

fn step() -> Step {
    Step::run("Greet", "echo hello")
}

fn workflow(jobs: impl IntoIterator<Item = (&'static str, Job)>) -> Workflow {
    let workflow = Workflow::new("test").on(Trigger::push(["main"]));
    jobs.into_iter().fold(workflow, |workflow, (id, job)| workflow.job(id, job))
}

fn of_steps(steps: impl IntoIterator<Item = Step>) -> Workflow {
    workflow([("a", job().steps(steps))])
}

#[track_caller]
fn refused(workflow: Workflow, expected: &[&str]) {
    let error = match workflow.to_yaml() {
        Ok(yaml) => panic!("it is accepted:\n{yaml}"),
        Err(error) => error.to_string(),
    };
    for expected in expected {
        assert!(error.contains(expected), "{expected:?} is not in:\n{error}");
    }
}

#[test]
fn an_error_says_where_what_and_what_would_do() {
    let unpinned = of_steps([step(), step(), Step::uses("Check out", "actions/checkout@v7")]);
    assert_eq!(
        unpinned.to_yaml().unwrap_err().to_string(),
        "test.yaml/jobs/a/step 3: the action \"actions/checkout@v7\" is not pinned by the full SHA of a commit; write \
         actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let wrong = job().needs(["c"]).step(Step::uses("Check out", "actions/checkout"));
    refused(
        workflow([("a", wrong), ("b", Job::new("", Minutes(0)))]),
        &[
            "test.yaml/jobs/a/step 1: ",
            "\ntest.yaml/jobs/b: the timeout is 0 minutes; choose 1 to 360",
            "\ntest.yaml/jobs/b: it has no runner",
            "\ntest.yaml/jobs/b: it has no steps",
            "\ntest.yaml/jobs/a: it needs \"c\", and there is no such job; did you mean \"a\"?",
        ],
    );
}

#[test]
fn no_expression_gets_into_a_script() {
    for context in [
        "github.event.pull_request.title",
        "github.head_ref",
        "github.event.issue.body",
        "github.event.head_commit.message",
        "matrix.stack",
        "secrets.TOKEN",
    ] {
        let script = format!("set -e\necho \"${{{{ {context} }}}}\"\n");
        refused(
            of_steps([step(), Step::run("Greet", script)]),
            &[
                &format!("test.yaml/jobs/a/step 2: the script has \"${{{{ {context} }}}}\""),
                "; pass it through env: and use \"$NAME\"",
            ],
        );
    }
    refused(of_steps([Step::run("Greet", "echo ${{ github.actor")]), &["the script has \"${{ github.actor\""]);
    let script = Text::from("console.log(").then(Expression::github("event.issue.title")).then(")");
    let action = Action::from("actions/github-script@0123456789abcdef0123456789abcdef01234567 # v9.0.0");
    refused(of_steps([Step::uses("Log", action.with("script", script))]), &["the script in \"script\" has", "env:"]);
}

#[test]
fn what_strangers_write_gets_into_nothing_that_is_run() {
    let title = || Expression::github("event.issue.title");
    let action = || Action::from("octo/run@0123456789abcdef0123456789abcdef01234567 # v1.0.0");
    for input in ["Script", "inlineScript", "args", "pre-command", "RUN", "postCMD", "shell_code"] {
        refused(of_steps([Step::uses("Run", action().with(input, title()))]), &[&format!("{input:?} has")]);
    }
    for input in ["title", "ref", "target-branch", "description", "prune", "runner"] {
        assert!(of_steps([Step::uses("Run", action().with(input, title()))]).to_yaml().is_ok(), "{input}");
    }
    assert!(of_steps([Step::uses("Run", action().with("args", Expression::github("sha")))]).to_yaml().is_ok());
    for name in ["BASH_ENV", "ENV"] {
        let expected = format!("the variable {name:?} has \"github.head_ref\", which whoever opens");
        refused(of_steps([step().env(name, Expression::github("head_ref"))]), &[&expected]);
        assert!(of_steps([step().env(name, Expression::runner("temp"))]).to_yaml().is_ok());
    }
    refused(of_steps([Step::uses("Run", action().with("a", "1").with("A", "2"))]), &["the input \"A\" is there twice"]);
}

#[test]
fn a_runner_may_have_several_labels() {
    let on = |job: Job| workflow([("a", job.step(step()))]);
    let yaml = on(Job::new(["self-hosted", "linux"], Minutes(1))).to_yaml().unwrap();
    assert!(yaml.contains("    runs-on: [self-hosted, linux]\n"), "{yaml}");
    let yaml = on(Job::new(Expression::github("repository"), Minutes(1))).to_yaml().unwrap();
    assert!(yaml.contains("    runs-on: ${{ github.repository }}\n"), "{yaml}");
    for runner in [Vec::new(), vec!["linux", " "]] {
        refused(on(Job::new(runner, Minutes(1))), &["test.yaml/jobs/a: it has no runner"]);
    }
    refused(on(Job::new(["linux", "${{ x }}"], Minutes(1))), &["test.yaml/jobs/a: the literal"]);
}

#[test]
fn an_expression_reaches_a_script_through_its_environment() {
    let greet = Step::run("Greet", "echo \"$TITLE\"").env("TITLE", Expression::github("event.pull_request.title"));
    let yaml = of_steps([greet]).to_yaml().unwrap();
    assert!(yaml.contains("          TITLE: ${{ github.event.pull_request.title }}\n        run: |\n"), "{yaml}");
}

#[test]
fn no_literal_is_evaluated() {
    let title = "${{ github.event.pull_request.title }}";
    let remedy = "make it an Expression";
    refused(of_steps([step().env("TITLE", title)]), &["test.yaml/jobs/a/step 1: the literal", remedy]);
    refused(of_steps([Step::run(title, "true")]), &["step 1: the literal", remedy]);
    refused(of_steps([Step::uses("a", Action::checkout().with("ref", title))]), &["step 1: the literal", remedy]);
    refused(of_steps([step().working_directory(title)]), &["step 1: the literal", remedy]);
    for changed in [
        job().name(title),
        job().env("A", title),
        job().output("a", title),
        job().environment(title),
        job().concurrency(Concurrency::queued(title)),
        job().matrix(Matrix::new().axis("a", [title])),
        Job::new(title, Minutes(1)),
    ] {
        refused(workflow([("a", changed.step(step()))]), &["test.yaml/jobs/a: the literal", remedy]);
    }
    refused(of_steps([step()]).name(title), &["test.yaml: the literal", remedy]);
    refused(of_steps([step()]).env("A", title), &["test.yaml: the literal", remedy]);
    refused(of_steps([step()]).concurrency(Concurrency::newest(title)), &["test.yaml: the literal", remedy]);
}

#[test]
fn expressions_read_what_is_there() {
    let reads = |expression: Expression| step().env("A", expression);
    refused(of_steps([reads(Expression::matrix("os"))]), &["reads matrix.os, which is no key", "there are none"]);
    refused(
        of_steps([step().id("one"), reads(Expression::step_output("ome", "a"))]),
        &["step 2: the expression \"steps.ome.outputs.a\" reads steps.ome", "did you mean \"one\"?"],
    );
    // A step knows those before it only, a job's output all of them.
    refused(of_steps([reads(Expression::step_output("one", "a")), step().id("one")]), &["step 1", "reads steps.one"]);
    let late = job().output("a", Expression::step_output("one", "a")).step(step().id("one"));
    assert!(workflow([("a", late)]).to_yaml().is_ok());
    let other = job().step(reads(Expression::job_output("a", "x")));
    refused(workflow([("a", job().step(step())), ("b", other)]), &["jobs/b/step 1", "which the job does not need"]);
    refused(of_steps([step().when(Expression::new("github.ref == 'main"))]), &["a literal without an end"]);
    refused(of_steps([step().when(Expression::new("${{ true }}"))]), &["has ${{ }} of its own"]);
}

#[test]
fn jobs_are_needed_without_a_circle() {
    let needs = |ids: &[&str]| job().step(step()).needs(ids.iter().copied());
    refused(
        workflow([("a", needs(&["c"])), ("b", needs(&["a"])), ("c", needs(&["b"])), ("d", needs(&["a"]))]),
        &["jobs need each other in a circle: a → c → b → a"],
    );
    refused(workflow([("a", needs(&["a"]))]), &["in a circle: a → a"]);
    refused(workflow([("a", needs(&[])), ("b", needs(&["a", "a"]))]), &["jobs/b: it needs \"a\" twice"]);
    refused(workflow([("test", needs(&[])), ("b", needs(&["tset"]))]), &["did you mean \"test\"?"]);
}

#[test]
fn a_matrix_has_1_to_256_runs() {
    let matrix = |matrix: Matrix| workflow([("a", job().matrix(matrix).step(step()))]);
    let numbers = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    assert!(matrix(Matrix::new().axis("a", numbers(16)).axis("b", numbers(16))).to_yaml().is_ok());
    refused(
        matrix(Matrix::new().axis("a", numbers(16)).axis("b", numbers(16)).row([("a", "x")])),
        &["the matrix has 257 runs; GitHub makes 256 runs of a job; share them out among several jobs"],
    );
    refused(matrix(Matrix::new().axis("a", numbers(257))), &["257 runs"]);
    refused(matrix(Matrix::new()), &["the matrix has no runs"]);
    refused(matrix(Matrix::new().axis("a", numbers(1)).at_once(0)), &["0 runs go at once"]);
    refused(matrix(Matrix::new().axis("a", numbers(1)).axis("a", numbers(1))), &["\"a\" is there twice"]);
    refused(matrix(Matrix::new().row([("a", "x"), ("a", "y")])), &["a row has \"a\" twice"]);
    refused(matrix(Matrix::new().axis("a b", numbers(1))), &["\"a b\" cannot be a key"]);
}

#[test]
fn names_are_what_github_takes() {
    for id in ["", "1st", "a b", "a.b", "${{a}}"] {
        refused(workflow([]).job(id, job().step(step())), &[&format!("{id:?} cannot be the id of a job")]);
        refused(of_steps([step().id(id)]), &[&format!("{id:?} cannot be the id of a step")]);
        refused(workflow([("a", job().output(id, "x").step(step()))]), &[&format!("{id:?} cannot name an output")]);
    }
    refused(workflow([("a", job().step(step())), ("a", job().step(step()))]), &["there are two jobs \"a\""]);
    refused(of_steps([step().id("a"), step().id("a")]), &["there are two steps \"a\""]);
    for name in ["A B", "1A", "A-B", ""] {
        refused(of_steps([step().env(name, "x")]), &[&format!("{name:?} cannot name a variable")]);
    }
    refused(of_steps([step().env("GITHUB_TOKEN", "x")]), &["\"GITHUB_TOKEN\" is GitHub's own"]);
    refused(of_steps([step().env("A", "x").env("A", "y")]), &["\"A\" is there twice"]);
    for environment in ["", " prod", "a\nb", &"x".repeat(256)] {
        let job = job().environment(environment).step(step());
        refused(workflow([("a", job)]), &[&format!("the environment {environment:?} cannot be one")]);
    }
    refused(Workflow::new("../x").on(Trigger::Dispatch).job("a", job().step(step())), &["\"../x\" cannot name a file"]);
    refused(of_steps([Step::run(" ", "true")]), &["it has no name"]);
    refused(of_steps([Step::run("a", "\n")]), &["the script is empty"]);
    let twice = Action::checkout().with("ref", "a").with("ref", "b");
    refused(of_steps([Step::uses("a", twice)]), &["the input \"ref\" is there twice"]);
    refused(of_steps([Step::uses("a", Action::checkout()).working_directory("x")]), &["no working directory"]);
}

#[test]
fn a_workflow_has_triggers_and_jobs() {
    refused(Workflow::new("test"), &["nothing starts it", "there is no job"]);
    let on = |triggers: &[Trigger]| {
        let workflow = Workflow::new("test").job("a", job().step(step()));
        triggers.iter().cloned().fold(workflow, Workflow::on)
    };
    refused(on(&[Trigger::push(["a"]), Trigger::push(["b"])]), &["test.yaml/on/push: the event is there twice"]);
    refused(on(&[Trigger::Push(Vec::new())]), &["push names no branch"]);
    refused(on(&[Trigger::schedule(["37 4 * *"])]), &["\"37 4 * *\" does not have five fields"]);
    refused(on(&[Trigger::pull_request([" "])]), &["the branch \" \" is none"]);
    let all = [
        Trigger::PullRequest(Vec::new()),
        Trigger::push(["main"]),
        Trigger::schedule(["37 4 * * 1"]),
        Trigger::Dispatch,
    ];
    let yaml = on(&all).to_yaml().unwrap();
    let expected = "on:\n  pull_request: {}\n  push:\n    branches: [main]\n  schedule:\n    - cron: 37 4 * * 1\n  \
                    workflow_dispatch: {}\n";
    assert!(yaml.contains(expected), "{yaml}");
}

#[test]
fn permissions_are_granted_once_and_for_a_reason() {
    let with = |permissions: Permissions| workflow([("a", job().permissions(permissions).step(step()))]);
    let read = |why| Permissions::none().read(Permission::Contents, why);
    refused(with(read("to see").write(Permission::Contents, "to write")), &["contents is granted twice"]);
    refused(with(Permissions::none().read(Permission::IdToken, "to see")), &["an id-token cannot be read; use write"]);
    refused(with(read(" ")), &["the permission contents has the reason \" \""]);
    refused(with(read("to\nsee")), &["has the reason"]);
    let yaml = with(read("to check out")).to_yaml().unwrap();
    assert!(yaml.contains("\npermissions: {}\n"), "{yaml}");
    assert!(yaml.contains("    permissions:\n      contents: read # to check out\n"), "{yaml}");
    let yaml = of_steps([step()]).to_yaml().unwrap();
    assert!(yaml.contains("    timeout-minutes: 10\n    permissions: {}\n"), "{yaml}");
}

#[test]
fn keys_come_in_the_order_that_people_know() {
    let test = job()
        .name("Test")
        .needs(["build"])
        .when(Expression::github("ref").equals("refs/heads/main"))
        .permissions(Permissions::none().read(Permission::Contents, "to check out"))
        .environment("dev")
        .concurrency(Concurrency::queued("deploy"))
        .matrix(Matrix::new().axis("os", ["a", "b"]).row([("os", "c")]).at_once(2).fail_fast())
        .output("digest", Expression::step_output("sum", "digest"))
        .env("A", "1")
        .step(Step::uses("Check out", Action::checkout().with("persist-credentials", "false")))
        .step(
            Step::run("Sum", "sha256sum x\n\n")
                .id("sum")
                .when(Expression::not_cancelled())
                .env("OS", Expression::matrix("os"))
                .working_directory("out"),
        );
    let workflow = workflow([("build", job().step(step())), ("test", test)])
        .name("Test it")
        .concurrency(Concurrency::newest(Text::from("test-").then(Expression::github("ref"))))
        .env("RUST_BACKTRACE", "1");
    let expected = r#"# Generated by mmcdk; edit the program instead.

name: Test it

on:
  push:
    branches: [main]

permissions: {}

concurrency:
  group: test-${{ github.ref }}
  cancel-in-progress: true

env:
  RUST_BACKTRACE: "1"

defaults:
  run:
    shell: bash

jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions: {}
    steps:
      - name: Greet
        run: |
          echo hello

  test:
    name: Test
    needs: [build]
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # to check out
    environment: dev
    concurrency:
      group: deploy
      cancel-in-progress: false
    strategy:
      fail-fast: true
      max-parallel: 2
      matrix:
        os: [a, b]
        include:
          - os: c
    outputs:
      digest: ${{ steps.sum.outputs.digest }}
    env:
      A: "1"
    steps:
      - name: Check out
        uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - name: Sum
        id: sum
        if: "!cancelled()"
        env:
          OS: ${{ matrix.os }}
        working-directory: out
        run: |
          sha256sum x
"#;
    assert_eq!(workflow.to_yaml().unwrap(), expected);
}

#[test]
fn what_is_too_large_for_github_is_refused() {
    let large = of_steps([Step::run("Print", "echo hello\n".repeat(40_000))]);
    refused(large, &["test.yaml: the file has", "bytes; GitHub takes 500000; share the jobs out"]);
    let long = Expression::new(format!("contains('{}', github.ref)", "x".repeat(21_000)));
    refused(of_steps([step().when(long)]), &["test.yaml/jobs/a/step 1: an expression has 21024 characters"]);
}
