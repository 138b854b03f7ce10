//! The project's own commands: `cargo xtask codegen` writes the resource types of `mmcdk-aws`.

mod codegen;
mod digests;
mod features;
mod files;
mod inputs;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generates mmcdk-aws/src/resources, the tests of every type, and the lists of features.
    Codegen(Codegen),
}

#[derive(Debug, Args)]
struct Codegen {
    /// The output of `terraform providers schema -json`, also as .xz; by default $MMCDK_SCHEMA, or else the newest
    /// aws-*.schema.json[.xz] in schema/ or ../shared/schema/ beside the repository.
    #[arg(long)]
    schema: Option<PathBuf>,
    /// The service of each type; by default aws-services.json beside the schema.
    #[arg(long)]
    services: Option<PathBuf>,
    /// Writes nothing, and fails where a file is not what would be written.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let Command::Codegen(options) = Arguments::parse().command;
    match codegen::run(&options) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
