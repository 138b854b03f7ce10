//! The application runner: describe, synthesize, write, report.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, Command, value_parser};
use mmcdk_core::{App, Organisation, Result, Synthesis, Written};

/// Runs a program of stacks: describes them, synthesizes them, and writes them below the folder of `--out`, by default
/// `synth`. A short report goes to standard output, errors to standard error.
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
    let out: &PathBuf = arguments.get_one("out").expect("it has a default");
    match synthesize(organisation, describe).and_then(|synthesis| Ok((synthesis.write_to(out)?, synthesis))) {
        Ok((written, synthesis)) => {
            // Whoever reads the report may have left; what it tells is done.
            let _ = write!(io::stdout(), "{}", report(&synthesis, &written, out));
            // The process ends here: to give its memory back piece by piece would only take time.
            std::mem::forget(synthesis);
            ExitCode::SUCCESS
        }
        Err(error) => {
            for error in error.all() {
                eprintln!("error: {}", line(error));
            }
            ExitCode::FAILURE
        }
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

/// One error without those that were found with it.
fn line(error: &mmcdk_core::Error) -> String {
    let path = error.path().map(|path| format!("{path}: ")).unwrap_or_default();
    let remedy = error.suggestion().map(|remedy| format!("\n  {remedy}")).unwrap_or_default();
    format!("{path}{}{remedy}", error.problem())
}

/// A line for each stack, then what deserves attention.
fn report(synthesis: &Synthesis, written: &Written, out: &Path) -> String {
    let mut text = String::new();
    let counts = [
        ("new", by_folder(&written.created)),
        ("changed", by_folder(&written.updated)),
        ("unchanged", by_folder(&written.unchanged)),
        ("removed", by_folder(&written.removed)),
    ];
    for stack in synthesis.stacks() {
        let files: Vec<String> = counts
            .iter()
            .filter_map(|(what, counts)| Some(format!("{} {what}", counts.get(Path::new(stack.path()))?)))
            .collect();
        let (resources, outputs) = (stack.all().count(), stack.outputs().count());
        let folder = out.join(stack.path());
        text += &format!(
            "{}: {} and {} in {} ({})\n",
            stack.path(),
            plural(resources, "resource"),
            plural(outputs, "output"),
            folder.display(),
            plural_list(&files),
        );
    }
    for warning in synthesis.warnings() {
        text += &format!("warning: {}\n", line(warning));
    }
    for (paths, what) in [
        (&written.overwritten, "was edited by hand; the edits are gone"),
        (&written.kept, "is no longer wanted, but was edited by hand: delete it yourself"),
        (
            &written.gone,
            "is of a stack that this program does not describe: if it is gone for good, destroy what is there, then delete the folder",
        ),
    ] {
        for path in paths {
            text += &format!("warning: {} {what}\n", out.join(path).display());
        }
    }
    text
}

/// How many of the files each folder has.
fn by_folder(files: &[PathBuf]) -> HashMap<&Path, usize> {
    let mut counts = HashMap::new();
    for folder in files.iter().filter_map(|file| file.parent()) {
        *counts.entry(folder).or_default() += 1;
    }
    counts
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn plural_list(files: &[String]) -> String {
    match files {
        [] => "no files".into(),
        files => format!("files: {}", files.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }
}
