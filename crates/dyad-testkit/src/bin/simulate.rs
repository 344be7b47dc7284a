//! Lives through many seeds and prints what became of them: the full run of the simulation.
//!
//! Each seed has a process of its own, so that it gives the same whatever was run before it.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::{Command, ExitCode, Stdio};
use std::str::FromStr;
use std::thread::{self, available_parallelism};
use std::time::Duration;

use dyad_testkit::simulation::{Outcome, Troubles, live};
use parking_lot::Mutex;

const USAGE: &str = "usage: simulate [--seeds N] [--from S]\n       simulate --only S";

/// What is wanted.
enum Wish {
    Many { count: u64, from: u64 },
    One(u64),
}

fn main() -> ExitCode {
    let done = match wish(std::env::args().skip(1)) {
        Ok(Wish::Many { count, from }) => many(count, from),
        Ok(Wish::One(seed)) => one(seed),
        Err(why) => {
            // Nobody is left to be told if even this cannot be written.
            let _ = writeln!(io::stderr(), "{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn wish(mut given: impl Iterator<Item = String>) -> Result<Wish, String> {
    let (mut count, mut from) = (100, 0);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("{name} needs a number"))?;
        let number = u64::from_str(&value).map_err(|_| format!("{value} is no number"))?;
        match name.as_str() {
            "--seeds" => count = number,
            "--from" => from = number,
            "--only" => return Ok(Wish::One(number)),
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok(Wish::Many { count, from })
}

/// Lives through one seed and says what became of it in one line of JSON.
fn one(seed: u64) -> io::Result<bool> {
    tracing_subscriber::fmt()
        .with_env_filter(log_filter())
        .with_writer(io::stderr)
        .without_time()
        .init();
    let outcome = live(seed).unwrap_or_else(|error| Outcome {
        seed,
        violations: vec![error.to_string()],
        ..Outcome::default()
    });
    writeln!(io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(outcome.violations.is_empty())
}

/// Lives through many seeds, as many at once as there are processors.
fn many(count: u64, from: u64) -> io::Result<bool> {
    let at_once = available_parallelism().map_or(1, NonZeroUsize::get);
    let seeds = Mutex::new(from..from.saturating_add(count));
    let sum = Mutex::new(Sum::default());
    // Some seeds take twenty times as long as others: whoever is done takes the next.
    let work = || -> io::Result<()> {
        loop {
            let Some(seed) = seeds.lock().next() else {
                return Ok(());
            };
            let outcome = outcome_of(seed)?;
            sum.lock().add(&outcome)?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a panic")))
        })
    })?;
    let mut sum = sum.into_inner();
    sum.failed.sort_unstable();
    writeln!(io::stdout(), "{}", sum.text())?;
    Ok(sum.failed.is_empty())
}

fn outcome_of(seed: u64) -> io::Result<Outcome> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--only", &seed.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    Ok(
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| Outcome {
            seed,
            violations: vec![format!("its process ended with {}", output.status)],
            ..Outcome::default()
        }),
    )
}

/// What became of all seeds.
#[derive(Default)]
struct Sum {
    seeds: u64,
    failed: Vec<u64>,
    messages: u64,
    lost: u64,
    doubled: u64,
    crashes: u64,
    repairs: u64,
    troubles: Troubles,
    lasted: Duration,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) -> io::Result<()> {
        self.seeds += 1;
        if !outcome.violations.is_empty() {
            self.failed.push(outcome.seed);
            writeln!(
                io::stdout(),
                "seed {} failed:\n  {}\n  DYAD_SIM_SEED={} cargo test -p dyad-testkit --test simulation replay -- --nocapture",
                outcome.seed,
                outcome.violations.join("\n  "),
                outcome.seed,
            )?;
        }
        self.messages += outcome.messages;
        self.lost += outcome.lost;
        self.doubled += outcome.doubled;
        self.crashes += outcome.crashes;
        self.repairs += outcome.repairs;
        self.troubles += outcome.troubles;
        self.lasted += outcome.lasted;
        Ok(())
    }

    fn text(&self) -> String {
        let troubles = &self.troubles;
        format!(
            "{} seeds, {} virtual hours, {} messages: {} lost, {} doubled; {} seeds failed {:?}\n\
             {} crashes ({} between two writes, {} of everything), {} outages of hours, {} partitions, {} delayed links, \
             {} lossy links, {} wrong clocks, {} full disks; {} sessions mended themselves",
            self.seeds,
            self.lasted.as_secs() / 3_600,
            self.messages,
            self.lost,
            self.doubled,
            self.failed.len(),
            self.failed,
            self.crashes,
            troubles.power_cuts,
            troubles.blackouts,
            troubles.outages,
            troubles.partitions,
            troubles.delays,
            troubles.losses,
            troubles.clocks,
            troubles.full_disks,
            self.repairs,
        )
    }
}

/// What `RUST_LOG` asks for; nothing by default, since most of what goes wrong is meant to.
fn log_filter() -> tracing_subscriber::EnvFilter {
    tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"))
}
