//! The application runner: describe, synthesize, then write and report, or judge a plan.

mod guard;
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
    let arguments = command().get_matches();
    let synthesis = synthesize(organisation, describe);
    match arguments.subcommand() {
        Some((guard::NAME, arguments)) => match synthesis.and_then(|synthesis| guard::judge(&synthesis, arguments)) {
            Ok(judgement) => tell(&judgement),
            Err(error) => fail(&error, ExitCode::from(2)),
        },
        _ => match synthesis.and_then(|synthesis| write(&synthesis, &arguments).map(|report| (report, synthesis))) {
            Ok((report, synthesis)) => {
                // Whoever reads the report may have left; what it tells is done.
                let _ = write!(io::stdout(), "{report}");
                // The process ends here: to give its memory back piece by piece would only take time.
                std::mem::forget(synthesis);
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error, ExitCode::FAILURE),
        },
    }
}

fn command() -> Command {
    let out = Arg::new("out")
        .long("out")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .default_value("synth")
        .help("The folder to write to: DIR/<environment>/<stack>/*.tf.json");
    Command::new("mmcdk")
        .bin_name(program_name())
        .about("Synthesizes this program's stacks to Terraform JSON.")
        .after_help("Then, in a stack's folder: terraform init && terraform apply")
        .arg(out)
        .subcommand(guard::command())
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
}

fn program_name() -> String {
    let name =
        std::env::args_os().next().and_then(|path| Some(Path::new(&path).file_stem()?.to_string_lossy().into_owned()));
    name.unwrap_or_else(|| "mmcdk".into())
}

fn synthesize(organisation: Organisation, describe: impl FnOnce(&mut App) -> Result<()>) -> Result<Synthesis> {
    let mut app = App::new(organisation);
    describe(&mut app)?;
    app.synth()
}

/// Writes the stacks, and yields the report.
fn write(synthesis: &Synthesis, arguments: &ArgMatches) -> Result<String> {
    let out: &PathBuf = arguments.get_one("out").expect("it has a default");
    Ok(report::written(synthesis, &synthesis.write_to(out)?, out))
}

fn tell(judgement: &guard::Judgement) -> ExitCode {
    let guard::Judgement { good, text } = judgement;
    match good {
        true => {
            let _ = write!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        false => {
            let _ = write!(io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

fn fail(error: &Error, code: ExitCode) -> ExitCode {
    for error in error.all() {
        eprintln!("error: {}", report::line(error));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }
}
