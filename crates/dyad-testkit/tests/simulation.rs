//! Whole lives from seeds. The full run is `cargo run -p dyad-testkit --release --bin simulate -- --seeds N`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::process::{Command, Output};

use dyad_testkit::simulation::Outcome;

/// Seeds of the ordinary run; each takes some seconds.
const SEEDS: u64 = 8;

/// Each seed has a process of its own, so that it gives the same whatever was run before it.
fn simulate(arguments: &[&str]) -> Output {
    let mut simulate = Command::new(env!("CARGO_BIN_EXE_simulate"));
    simulate.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn everything_that_apps_took_arrives_once_whatever_breaks() {
    let output = simulate(&["--seeds", &SEEDS.to_string()]);
    println!("{}", text(&output.stdout));
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[test]
fn a_seed_lives_the_same_life_again() {
    let live = || -> Outcome {
        let output = simulate(&["--only", "1"]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(live(), live());
}

/// Lives through the seed in `DYAD_SIM_SEED`, with the log that `RUST_LOG` asks for. Without a seed there is
/// nothing to do.
#[test]
fn replay() {
    let Ok(seed) = std::env::var("DYAD_SIM_SEED") else {
        return;
    };
    let output = simulate(&["--only", &seed]);
    eprint!("{}", text(&output.stderr));
    let outcome: Outcome = serde_json::from_slice(&output.stdout).unwrap();
    println!("{outcome:#?}");
    assert!(output.status.success());
}
