//! `dyad check`: everything that is wrong, before anything starts.

use dyad_protocol::time::{Clock, SystemClock};
use dyad_provider::check::try_bucket;
use dyad_provider::{ProviderConfig, check};
use dyad_service::config::{Finding, Report, Severity};
use serde::Serialize;

use super::config::ConfigArgs;
use super::failure::Failure;
use super::operator;
use crate::exit;

pub(super) fn run(args: &ConfigArgs, json: bool) -> Result<u8, Failure> {
    let (config, mut report) = examine(args)?;
    if let Some(config) = config.filter(|_| !report.has_errors()) {
        for finding in bucket(&config)?.findings() {
            report.push(finding.clone());
        }
    }
    let summary = Summary::of(&report);
    if json {
        operator::json(&summary);
    } else {
        for finding in report.findings() {
            operator::line(&finding.to_string());
        }
        operator::line(&summary.sentence());
    }
    Ok(if report.has_errors() { exit::CONFIG } else { 0 })
}

/// Reads a configuration and finds everything that is wrong with it.
pub(super) fn examine(args: &ConfigArgs) -> Result<(Option<ProviderConfig>, Report), Failure> {
    let mut report = Report::new();
    let config = args.read(&mut report)?;
    if let Some(config) = &config {
        for finding in check(config, SystemClock.now()).findings() {
            report.push(finding.clone());
        }
    }
    Ok((config, report))
}

/// What only another machine can tell.
fn bucket(config: &ProviderConfig) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::other("no-runtime", format!("threads cannot be started: {e}")))?;
    Ok(runtime.block_on(try_bucket(config)))
}

#[derive(Serialize)]
struct Summary<'a> {
    errors: usize,
    warnings: usize,
    findings: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    severity: &'static str,
    at: &'a str,
    what: &'a str,
    todo: &'a str,
}

impl<'a> Summary<'a> {
    fn of(report: &'a Report) -> Self {
        let count = |severity| {
            let findings = report.findings().iter();
            findings.filter(|f| f.severity == severity).count()
        };
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            findings: report.findings().iter().map(Line::of).collect(),
        }
    }

    fn sentence(&self) -> String {
        match (self.errors, self.warnings) {
            (0, 0) => "Nothing is wrong.".to_owned(),
            (0, warnings) => format!("It would start, with {}.", count(warnings, "warning")),
            (errors, _) => format!("It would not start: {}.", count(errors, "error")),
        }
    }
}

impl<'a> Line<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            at: &finding.at,
            what: &finding.what,
            todo: &finding.todo,
        }
    }
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
