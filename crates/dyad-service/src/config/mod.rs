//! What the configurations of all services have in common.
//!
//! One TOML file, then the environment on top ([`overlay`]), then every key checked against what is
//! known ([`parse`]). What is wrong is collected in a [`Report`], which says where, what, and what to
//! do; nothing is started before it is empty of errors.

mod listen;
mod overlay;
mod report;
mod suggest;
mod value;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

pub use self::listen::{ListenConfig, TlsFiles};
pub use self::overlay::overlay;
pub use self::report::{Finding, Report, Severity};

use self::value::ConfigError;

/// Reads a configuration: file text, environment on top, all keys known.
///
/// `None` if the report has errors that leave no configuration to go on with.
pub fn read<T: DeserializeOwned>(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    report: &mut Report,
) -> Option<T> {
    let mut table: Table = match text.parse() {
        Ok(table) => table,
        Err(e) => {
            report.error(
                place(text, &e),
                e.message().to_owned(),
                "Mend the TOML syntax there.",
            );
            return None;
        }
    };
    overlay(&mut table, environment, report);
    parse(table, report)
}

/// Parses a configuration in which every key must be known. All unknown keys are reported, not only
/// the first.
pub fn parse<T: DeserializeOwned>(mut table: Table, report: &mut Report) -> Option<T> {
    let mut complete = true;
    loop {
        match value::parse(Value::Table(table.clone())) {
            Ok(config) => return complete.then_some(config),
            Err(e) => {
                let unknown = e.unknown_key();
                report.push(e.into());
                complete = false;
                // Go on without that key, to find what else is wrong.
                if !unknown.is_some_and(|path| remove(&mut table, &path)) {
                    return None;
                }
            }
        }
    }
}

fn remove(table: &mut Table, path: &[String]) -> bool {
    let Some((last, way)) = path.split_last() else {
        return false;
    };
    let mut here = table;
    for step in way {
        match here.get_mut(step) {
            Some(Value::Table(inner)) => here = inner,
            _ => return false,
        }
    }
    here.remove(last).is_some()
}

/// Line and column of a syntax error.
fn place(text: &str, error: &toml::de::Error) -> String {
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return "the file".to_owned();
    };
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(1, |last| last.chars().count() + 1);
    format!("line {line}, column {column}")
}

impl From<ConfigError> for Finding {
    fn from(error: ConfigError) -> Self {
        let at = error.path();
        let at = if at.is_empty() {
            "the file".to_owned()
        } else {
            at
        };
        Self {
            severity: Severity::Error,
            at,
            what: error.what,
            todo: error.todo,
        }
    }
}

#[cfg(test)]
mod tests;
