//! The environment on top of the file: `DYAD_SENDER__LISTEN` sets `sender.listen`.

use toml::{Table, Value};

use super::report::Report;

/// What the names of our variables begin with.
const PREFIX: &str = "DYAD_";

/// Between the steps of a path. A variable without it is none of the configuration's (`DYAD_HOME`,
/// `DYAD_LOG`, `DYAD_PASSPHRASE`).
const STEP: &str = "__";

/// Puts every variable of the form `DYAD_SECTION__KEY` over the table. Values are read as TOML where
/// that gives a number, a truth value, a list or a table, and as they are otherwise; a string that
/// looks like a number is written in quotes.
pub fn overlay(
    table: &mut Table,
    environment: impl IntoIterator<Item = (String, String)>,
    report: &mut Report,
) {
    let mut ours: Vec<(String, String)> = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with(PREFIX) && name.contains(STEP))
        .collect();
    // In one order, whatever the operating system's.
    ours.sort();
    for (name, text) in ours {
        let path = name[PREFIX.len()..].to_lowercase();
        let steps: Vec<&str> = path.split(STEP).collect();
        if steps.iter().any(|step| step.is_empty()) {
            report.error(
                name,
                "is not the name of a key.",
                "Write DYAD_SECTION__KEY.",
            );
        } else if !set(table, &steps, value(&text)) {
            let todo = "Remove the variable, or the key in the file.";
            report.error(name, "leads into a key that is not a section.", todo);
        }
    }
}

fn set(table: &mut Table, steps: &[&str], value: Value) -> bool {
    match steps {
        [] => false,
        [last] => {
            table.insert((*last).to_owned(), value);
            true
        }
        [first, rest @ ..] => {
            let inner = table
                .entry((*first).to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            match inner {
                Value::Table(inner) => set(inner, rest, value),
                _ => false,
            }
        }
    }
}

fn value(text: &str) -> Value {
    let parsed = format!("v = {text}")
        .parse::<Table>()
        .ok()
        .filter(|table| table.len() == 1);
    match parsed.and_then(|mut table| table.remove("v")) {
        Some(Value::Datetime(_)) | None => Value::String(text.to_owned()),
        Some(value) => value,
    }
}
