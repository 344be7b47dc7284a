//! Where answers and errors go: results to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use tokio::time::{Instant, interval, sleep};

use super::show::{self, Paint, Screen, Wishes, safe};
use dyad_app::AppError;
use dyad_app::Response;

/// Silence before a waiting person is told what is waited for.
const PATIENCE: Duration = Duration::from_millis(700);
/// How often the seconds are counted up.
const TICK: Duration = Duration::from_secs(1);

/// How a command's answers are printed.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    json: bool,
    screen: Screen,
    wishes: Wishes,
}

impl Output {
    pub(crate) fn new(json: bool, wishes: Wishes) -> Self {
        Self {
            json,
            screen: Screen::stdout(),
            wishes,
        }
    }

    /// Whether scripts read it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// What is known about the terminal.
    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Prints one answer.
    pub(crate) fn response(&self, response: &Response) {
        if *response == Response::Ended {
            return;
        }
        if self.json {
            self.json(response);
        } else {
            // The clock goes on while somebody follows.
            let screen = Screen::stdout();
            self.lines(&show::response(&screen, response, self.wishes));
        }
    }

    /// Prints one value as a line of JSON.
    pub(crate) fn json(&self, value: &impl serde::Serialize) {
        // What is printed are maps with string keys, which always serialise.
        if let Ok(line) = serde_json::to_string(value) {
            print(&line);
        }
    }

    /// Prints lines.
    pub(crate) fn lines(&self, lines: &[String]) {
        if !lines.is_empty() {
            print(&lines.join("\n"));
        }
    }

    /// Tells a person at a terminal something beside the result.
    pub(crate) fn hint(&self, text: &str) {
        if !self.json && self.screen.terminal && io::stderr().is_terminal() {
            eprintln!("{}", self.screen.paint(text, Paint::Dim));
        }
    }

    /// Prints an error to standard error; with `--json`, one line and nothing else.
    pub(crate) fn error(&self, error: &AppError) {
        report(self.json, error);
    }

    /// Waits for `work`, and tells a person at a terminal what is waited for.
    pub(crate) async fn waiting<T>(&self, what: Option<&str>, work: impl Future<Output = T>) -> T {
        let Some(what) = what.filter(|_| !self.json && io::stderr().is_terminal()) else {
            return work.await;
        };
        tokio::pin!(work);
        let began = Instant::now();
        tokio::select! {
            done = &mut work => return done,
            () = sleep(PATIENCE) => {}
        }
        let mut ticks = interval(TICK);
        loop {
            tokio::select! {
                done = &mut work => {
                    eprint!("\r\x1b[K");
                    return done;
                }
                _ = ticks.tick() => eprint!("\r\x1b[K{what} ... {} s", began.elapsed().as_secs()),
            }
        }
    }
}

/// Prints an error to standard error, for a person or as one line of JSON.
pub(crate) fn report(json: bool, error: &AppError) {
    if json {
        eprintln!("{}", error.to_json());
        return;
    }
    eprintln!("dyad: {}", safe::block(&error.message).join("\n      "));
    if let Some(detail) = &error.detail {
        eprintln!("      ({})", safe::line(detail));
    }
}

fn print(text: &str) {
    // A reader that has gone away (`dyad inbox | head`) wants no more, which is no error of ours.
    let mut out = io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
