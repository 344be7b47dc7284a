//! Configuration files: where one is, what is in it, what one looks like.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use dyad_provider::{EXAMPLE, ProviderConfig};
use dyad_service::config::Report;

use super::failure::Failure;
use super::operator;

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub(super) struct ConfigArgs {
    /// The provider's configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// `dyad config ...`.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print a configuration with comments, to be filled in
    Example,
}

pub(super) fn run(command: &ConfigCommand) -> Result<u8, Failure> {
    match command {
        ConfigCommand::Example => operator::line(EXAMPLE.trim_end()),
    }
    Ok(0)
}

impl ConfigArgs {
    /// Reads the file with the environment on top. What is wrong inside goes into `report`; `None` if
    /// nothing can be made of it.
    pub(super) fn read(&self, report: &mut Report) -> Result<Option<ProviderConfig>, Failure> {
        let text = fs::read_to_string(&self.config).map_err(|e| {
            let path = self.config.display();
            let message = format!(
                "{path} cannot be read: {e}. `dyad config example` prints one to begin with."
            );
            Failure::config("config-unreadable", message)
        })?;
        // A variable that is not text cannot be one of ours.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Ok(ProviderConfig::read(&text, environment, report))
    }

    /// The same, for commands that cannot go on with a mistake in it.
    pub(super) fn read_sound(&self) -> Result<ProviderConfig, Failure> {
        let mut report = Report::new();
        match self.read(&mut report)? {
            Some(config) if !report.has_errors() => Ok(config),
            _ => Err(Failure::config(
                "config-wrong",
                report.to_string().trim_end(),
            )),
        }
    }
}
