//! Runs the scripts of a pipeline by bash, as GitHub does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use mmcdk_github::Deployment;
use serde_json::Value as Json;
use tempfile::TempDir;

use super::{app, dev, pipeline, prod};

/// A workspace of one job.
pub struct Runner {
    root: TempDir,
    workflow: Json,
}

pub struct Outcome {
    pub success: bool,
    pub text: String,
}

impl Runner {
    pub fn new() -> Self {
        Self::of(dev(), prod())
    }

    /// With these deployments of `dev/network` and `prod/network`.
    pub fn of(dev: Deployment, prod: Deployment) -> Self {
        let synthesis = app(&["dev/network", "prod/network"]).unwrap();
        let yaml = pipeline(&synthesis).environment(dev).environment(prod).workflow().unwrap().to_yaml().unwrap();
        let runner = Self { root: TempDir::new().unwrap(), workflow: serde_saphyr::from_str(&yaml).unwrap() };
        for folder in ["bin", "temp", "work"] {
            fs::create_dir(runner.root.path().join(folder)).unwrap();
        }
        runner
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Puts a script where the shell finds it as a command.
    pub fn command(&self, name: &str, script: &str) {
        self.executable(&format!("bin/{name}"), script);
    }

    pub fn executable(&self, path: &str, script: &str) {
        self.write(path, &format!("#!/usr/bin/env bash\n{script}\n"));
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the script of a step in the workspace, as if its matrix had that stack.
    pub fn run(&self, job: &str, step: &str, folder: &str, variables: &[(&str, &str)]) -> Outcome {
        let job = &self.workflow["jobs"][job];
        let steps = job["steps"].as_array().expect("there is such a job");
        let step = steps.iter().find(|known| known["name"] == step).expect("there is such a step");
        self.write("script.sh", step["run"].as_str().expect("the step has a script"));
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.path("script.sh"));
        command.current_dir(self.path(folder)).env("PATH", path);
        command.env("RUNNER_TEMP", self.path("temp")).env("GITHUB_WORKSPACE", self.path("work"));
        command.env("GITHUB_OUTPUT", self.path("temp/output")).env("GITHUB_STEP_SUMMARY", self.path("temp/summary"));
        command.env("GITHUB_REPOSITORY", "octo/infra").env("GITHUB_RUN_ID", "7");
        command.env("GITHUB_SERVER_URL", "https://github.example");
        for variables in [&job["env"], &step["env"]] {
            for (name, value) in variables.as_object().into_iter().flatten() {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), |text| text.replace("${{ matrix.stack }}", "network"));
                command.env(name, value);
            }
        }
        let output = command.envs(variables.iter().copied()).output().expect("bash is there");
        let text = [output.stdout, output.stderr].concat();
        Outcome { success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
    }

    /// Packs an app and unpacks it as later jobs do.
    pub fn unpacked() -> Self {
        let runner = Self::new();
        runner.write("work/synth/dev/network/main.tf.json", "{}");
        runner.write("work/synth/prod/network/main.tf.json", "{}");
        runner.executable(
            "work/target/release/examples/pipeline",
            "echo \"$@${AWS_SECRET_ACCESS_KEY:-}${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}\" >> \"$RUNNER_TEMP/guard\"; exit \"${REFUSED:-0}\"",
        );
        runner.run("check", "Synthesize", "work", &[]).succeeded();
        fs::remove_file(runner.path("temp/guard")).unwrap();
        runner.run("check", "Pack the stacks and the program", "work", &[]).succeeded();
        fs::remove_dir_all(runner.path("temp/app")).unwrap();
        runner.run("plan-dev", "Unpack them", "work", &[]).succeeded();
        runner
    }
}

impl Outcome {
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(self.success, "{}", self.text);
        self.text
    }

    #[track_caller]
    pub fn failed(self, expected: &str) {
        assert!(!self.success, "{}", self.text);
        assert!(self.text.contains(expected), "{}", self.text);
    }
}
