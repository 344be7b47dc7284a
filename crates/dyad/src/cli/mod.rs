//! The command line: what can be typed, and who does it.

mod check;
mod code;
mod config;
mod failure;
mod operator;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use self::failure::Failure;
use crate::app::{self, AppCommand};
use crate::exit;

/// Messages between people, carried by services that cannot tell who writes to whom.
#[derive(Debug, Parser)]
#[command(name = "dyad", version, after_help = exit::HELP, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GlobalArgs {
    /// Where your data lives [default: $XDG_DATA_HOME/dyad]
    #[arg(long, global = true, env = "DYAD_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print one JSON object for each result, and errors as one JSON object on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    #[command(flatten)]
    App(AppCommand),
    /// Run a provider until stopped
    Serve(config::ConfigArgs),
    /// Say what is wrong with a provider's configuration and machine, before anything starts
    Check(config::ConfigArgs),
    /// Help with configuration files
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Make, list and revoke enrolment codes of a provider that runs on this machine
    #[command(subcommand)]
    Code(code::CodeCommand),
    /// Print completions for a shell
    Completions {
        /// Which
        shell: Shell,
    },
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    let done = match &cli.command {
        Command::App(command) => return app::run(&cli.global, command),
        Command::Serve(args) => serve::run(args, cli.global.json),
        Command::Check(args) => check::run(args, cli.global.json),
        Command::Config(command) => config::run(command),
        Command::Code(command) => code::run(command, cli.global.json),
        Command::Completions { shell } => completions(*shell),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(cli.global.json),
    }
}

fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dyad", &mut script);
    operator::line(String::from_utf8_lossy(&script).trim_end());
    Ok(0)
}

/// Help and version are no errors; what is one is told in the form that was asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|arg| arg == "--json");
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked || !json {
        // Nobody reads any more: nothing to be done about it.
        let _ = error.print();
        return ExitCode::from(if asked { 0 } else { exit::USAGE });
    }
    Failure::usage("usage", error.render().to_string().trim()).report(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}
