//! The application runner: describe, synthesize, then write and report, or judge a plan.

mod compare;
mod guard;
mod inputs;
mod permissions;
mod report;
mod source;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};
use mmcdk_core::{App, Error, Organisation, Result, Synthesis};

/// Runs a program of stacks by its command line: describes them, synthesizes them, and writes them below the folder of
/// `--out`, by default `synth`. A short report goes to standard output, errors to standard error.
///
/// Several programs can write to one folder: each one's manifests have its name, that of its executable. A second run at
/// the same time waits up to 10 seconds for the first one to end.
///
/// With `guard PLAN --env ENVIRONMENT` it writes nothing and judges a plan instead: whether everything in it is of that
/// environment, as the program describes it. The exit code is 0 if so, 1 if not, and 2 where there is nothing to judge.
///
/// `explain` explains which resource requires which permission to be applied, `policies` prints the IAM policies of all
/// stacks for linters, and `permissions` compares what a plan requires with what a role grants.
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
    ExitCode::from(run_by(command().try_get_matches(), organisation, describe, &mut io::stdout(), &mut io::stderr()))
}

fn run_by(
    arguments: Result<ArgMatches, clap::Error>,
    organisation: Organisation,
    describe: impl FnOnce(&mut App) -> Result<()>,
    out: &mut impl Write,
    err: &mut impl Write,
) -> u8 {
    match arguments {
        Ok(arguments) => {
            // If a judgment cannot be told, nothing was judged.
            let judges = matches!(arguments.subcommand_name(), Some(guard::NAME | compare::NAME));
            let untold = if judges { guard::NOTHING_TO_JUDGE } else { 1 };
            execute(&arguments, organisation, describe).tell(untold, out, err)
        }
        Err(error) => Outcome::of_command_line(&error).tell(1, out, err),
    }
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

    /// A help text, or what is wrong with the command line.
    fn of_command_line(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        match error.use_stderr() {
            true => Self { code: error.exit_code().try_into().unwrap_or(2), err: text, ..Self::default() },
            false => Self::good(text),
        }
    }

    /// Writes both texts and returns the exit code: `untold` instead of 0 if the text on standard output is not whole.
    fn tell(self, untold: u8, out: &mut impl Write, err: &mut impl Write) -> u8 {
        let told = out.write_all(self.out.as_bytes()).and_then(|()| out.flush());
        // Errors have no other place to go.
        let _ = err.write_all(self.err.as_bytes()).and_then(|()| err.flush());
        match told {
            Ok(()) => self.code,
            // The reader has all it wants, as in `explain | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.code,
            Err(error) => {
                let _ = writeln!(err, "error: standard output cannot be written: {error}");
                match self.code {
                    0 => untold,
                    code => code,
                }
            }
        }
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
        _ => match synthesis.write_as(&program_name(), out) {
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

    fn network(app: &mut App) -> Result<()> {
        let dev = mmcdk_aws::Environment::new("dev", mmcdk_aws::values::Region::UsEast1)
            .account("111122223333")
            .tags([("Environment", "dev")]);
        let mut network = app.stack("network", &dev)?;
        let vpc = network.add("core", mmcdk_aws::Vpc::new("10.1.0.0/16").zones(["a"]))?;
        network.add("flow", mmcdk_aws::FlowLogs::new(&vpc)).map(drop)
    }

    fn run_to(arguments: &[&str], out: &mut impl Write, err: &mut impl Write) -> u8 {
        let arguments = command().try_get_matches_from(["app"].iter().chain(arguments));
        run_by(arguments, Organisation::new("MM"), network, out, err)
    }

    #[test]
    fn the_report_names_each_stack_as_the_pipeline_reads_it() {
        let folder = std::env::temp_dir().join(format!("mmcdk-report-{}", std::process::id()));
        let mut out = Vec::new();
        assert_eq!(run_to(&["--out", folder.to_str().expect("it is text")], &mut out, &mut io::sink()), 0);
        let out = String::from_utf8(out).expect("it is text");
        let numbers = out.strip_prefix("dev/network: ").and_then(|rest| rest.split_once(" resources ")).expect(&out).0;
        assert!(numbers.parse::<u32>().is_ok(), "{out}");
        let _ = std::fs::remove_dir_all(folder);
    }

    /// A reader that takes nothing, for the given reason.
    struct Refuses(io::ErrorKind);

    impl Write for Refuses {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn whatever_cannot_be_told_is_not_a_success() {
        let folder = std::env::temp_dir().join(format!("mmcdk-untold-{}", std::process::id()));
        let folder = folder.to_str().expect("it is text");
        for (arguments, code) in [
            (&["--out", folder][..], 1),
            (&["explain"], 1),
            (&["policies"], 1),
            (&["guard", "--env", "dev", "--jq"], 2),
            (&["--help"], 1),
            (&["guard", "--help"], 1),
        ] {
            let mut err = Vec::new();
            assert_eq!(run_to(arguments, &mut Refuses(io::ErrorKind::StorageFull), &mut err), code, "{arguments:?}");
            let err = String::from_utf8(err).expect("it is text");
            assert!(err.contains("error: standard output cannot be written: "), "{err}");
            // A reader that stops has read enough.
            let left = &mut Refuses(io::ErrorKind::BrokenPipe);
            assert_eq!(run_to(arguments, left, &mut io::sink()), 0, "{arguments:?}");
            if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
                let mut buffered = io::BufWriter::new(full);
                assert_eq!(run_to(arguments, &mut buffered, &mut io::sink()), code, "{arguments:?}");
                drop(buffered.into_parts());
            }
        }
        for (arguments, code) in
            [(&["--unknown"][..], 2), (&["explain", "s3:No"], 1), (&["guard", "--env", "x", "--jq"], 2)]
        {
            assert_eq!(run_to(arguments, &mut Vec::new(), &mut io::sink()), code, "{arguments:?}");
            let full = &mut Refuses(io::ErrorKind::StorageFull);
            assert_eq!(run_to(arguments, full, &mut io::sink()), code, "{arguments:?}");
        }
        let _ = std::fs::remove_dir_all(folder);
    }
}
