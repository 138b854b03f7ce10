//! The application runner: describe, synthesize, then write and report, or judge a plan.

mod compare;
mod guard;
mod inputs;
mod permissions;
mod report;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};
use mmcdk_core::{App, Error, Organisation, Result, Synthesis};

/// Runs a program of stacks by its command line: describes them, synthesizes them, and writes them below the folder of
/// `--out`, by default `synth`. A short report goes to standard output, errors to standard error.
///
/// With `guard PLAN --env ENVIRONMENT` it writes nothing and judges a plan instead: whether everything in it is of that
/// environment, as the program describes it. The exit code is 0 if so, 1 if not, and 2 where there is nothing to judge.
///
/// `explain` tells which resource needs which permission of whoever applies, `policies` prints the IAM policies of all
/// stacks for linters, and `permissions` compares what a plan takes with what a role grants.
///
/// The program may name input files by [`App::input`](mmcdk_core::App::input), relative to the folder that it runs in.
///
/// ```no_run
/// use mmcdk::prelude::*;
///
/// fn main() -> ExitCode {
///     mmcdk::run(Organisation::new("MM"), dev)
/// }
///
/// fn dev(app: &mut App) -> Result<()> {
///     let dev = Environment::new("dev", Region::UsEast1);
///     let mut network = app.stack("network", &dev)?;
///     network.add("core", Vpc::new("10.1.0.0/16").zones(["a", "b"]))?;
///     Ok(())
/// }
/// ```
pub fn run(organisation: Organisation, describe: impl FnOnce(&mut App) -> Result<()>) -> ExitCode {
    let Outcome { code, out, err } = execute(&command().get_matches(), organisation, describe);
    // Whoever reads it may have left; what it tells is done.
    let _ = write!(io::stdout(), "{out}");
    let _ = write!(io::stderr(), "{err}");
    ExitCode::from(code)
}

/// What a run ends with.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    code: u8,
    out: String,
    err: String,
}

impl Outcome {
    fn good(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    fn failed(code: u8, error: &Error) -> Self {
        let err = error.all().map(|error| format!("error: {}\n", report::line(error))).collect();
        Self { code, err, ..Self::default() }
    }
}

fn execute(
    arguments: &ArgMatches,
    organisation: Organisation,
    describe: impl FnOnce(&mut App) -> Result<()>,
) -> Outcome {
    let out: &PathBuf = arguments.get_one("out").expect("it has a default");
    let asked = arguments.subcommand();
    let synthesis = match synthesize(organisation, describe) {
        Ok(synthesis) => synthesis,
        // A program that is wrong says nothing of the plan.
        Err(error) if asked.is_some_and(|(name, _)| matches!(name, guard::NAME | compare::NAME)) => {
            return Outcome::failed(guard::NOTHING_TO_JUDGE, &error);
        }
        Err(error) => return Outcome::failed(1, &error),
    };
    let outcome = match asked {
        Some((guard::NAME, arguments)) => guard::judge(&synthesis, out, arguments),
        Some((compare::NAME, arguments)) => compare::compare(&synthesis, arguments),
        Some((permissions::EXPLAIN, arguments)) => permissions::explain(&synthesis, arguments),
        Some((permissions::POLICIES, _)) => permissions::policies(&synthesis),
        _ => match synthesis.write_to(out) {
            Ok(written) => Outcome::good(report::written(&synthesis, &written, out)),
            Err(error) => Outcome::failed(1, &error),
        },
    };
    // The process ends here: to give its memory back piece by piece would only take time.
    std::mem::forget(synthesis);
    outcome
}

fn command() -> Command {
    let out = Arg::new("out")
        .long("out")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .default_value("synth")
        .global(true)
        .help("The folder to write to: DIR/<environment>/<stack>/*.tf.json");
    Command::new("mmcdk")
        .bin_name(program_name())
        .about("Synthesizes this program's stacks to Terraform JSON.")
        .after_help("Then, in a stack's folder: terraform init && terraform apply")
        .arg(out)
        .subcommand(guard::command())
        .subcommand(compare::command())
        .subcommand(permissions::explain_command())
        .subcommand(permissions::policies_command())
        .disable_help_subcommand(true)
}

fn program_name() -> String {
    let name =
        std::env::args_os().next().and_then(|path| Some(Path::new(&path).file_stem()?.to_string_lossy().into_owned()));
    name.unwrap_or_else(|| "mmcdk".into())
}

fn synthesize(organisation: Organisation, describe: impl FnOnce(&mut App) -> Result<()>) -> Result<Synthesis> {
    let mut app = App::new(organisation).reading(inputs::read);
    describe(&mut app)?;
    app.synth()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }
}
