//! Lives through many seeds and prints what became of them: the full run of the simulation.

use std::io::{self, Write};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use dyad_testkit::simulation::{Outcome, Troubles, live};

const USAGE: &str = "usage: simulate [--seeds N] [--from S]";

fn main() -> ExitCode {
    let (count, from) = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => return end(&format!("{why}\n{USAGE}"), 2),
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(io::stderr)
        .without_time()
        .init();
    let mut sum = Sum::default();
    for seed in from..from.saturating_add(count) {
        sum.add(seed);
    }
    match writeln!(io::stdout(), "{}", sum.text()) {
        Ok(()) if sum.failed.is_empty() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(u64, u64), String> {
    let (mut count, mut from) = (100, 0);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("{name} needs a number"))?;
        let number = u64::from_str(&value).map_err(|_| format!("{value} is no number"))?;
        match name.as_str() {
            "--seeds" => count = number,
            "--from" => from = number,
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok((count, from))
}

fn end(text: &str, code: u8) -> ExitCode {
    // Nobody is left to be told if even this cannot be written.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(code)
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
    fn add(&mut self, seed: u64) {
        self.seeds += 1;
        let outcome = live(seed).unwrap_or_else(|error| Outcome {
            seed,
            violations: vec![error.to_string()],
            ..Outcome::default()
        });
        if !outcome.violations.is_empty() {
            self.failed.push(seed);
            let _ = end(&format!("seed {seed} failed:"), 1);
            for violation in &outcome.violations {
                let _ = end(&format!("  {violation}"), 1);
            }
            let _ = end(
                &format!(
                    "  DYAD_SIM_SEED={seed} cargo test -p dyad-testkit --test simulation replay -- --nocapture"
                ),
                1,
            );
        }
        self.messages += outcome.messages;
        self.lost += outcome.lost;
        self.doubled += outcome.doubled;
        self.crashes += outcome.crashes;
        self.repairs += outcome.repairs;
        self.troubles += outcome.troubles;
        self.lasted += outcome.lasted;
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
