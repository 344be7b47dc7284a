//! What a check of a configuration found.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but perhaps not as intended.
    Warning,
    /// It does not work.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where: a key such as `sender.listen`, a place in the file, an environment variable.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub todo: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            at,
            what,
            todo,
        } = self;
        let severity = match severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {at}: {what}")?;
        if todo.is_empty() {
            Ok(())
        } else {
            write!(f, " {todo}")
        }
    }
}

/// All that is wrong, in the order in which it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Nothing wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what does not work.
    pub fn error(
        &mut self,
        at: impl Into<String>,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.push(Finding {
            severity: Severity::Error,
            at: at.into(),
            what: what.into(),
            todo: todo.into(),
        });
    }

    /// Adds what is perhaps not intended.
    pub fn warning(
        &mut self,
        at: impl Into<String>,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.push(Finding {
            severity: Severity::Warning,
            at: at.into(),
            what: what.into(),
            todo: todo.into(),
        });
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Whether there is an error, so that nothing may be started.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings
            .iter()
            .try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
