//! Whole lives from seeds. The full run is `cargo run -p dyad-testkit --release --bin simulate -- --seeds N`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dyad_testkit::simulation::{Outcome, live};

/// Seeds of the ordinary run; each takes some seconds.
const SEEDS: u64 = 8;

fn lives_well(seed: u64) -> Outcome {
    let outcome =
        live(seed).unwrap_or_else(|error| panic!("seed {seed}: {error}. {}", replay_of(seed)));
    assert!(
        outcome.violations.is_empty(),
        "seed {seed}:\n  {}\n{}",
        outcome.violations.join("\n  "),
        replay_of(seed)
    );
    outcome
}

fn replay_of(seed: u64) -> String {
    format!(
        "Again: DYAD_SIM_SEED={seed} cargo test -p dyad-testkit --test simulation replay -- --nocapture"
    )
}

#[test]
fn everything_that_apps_took_arrives_once_whatever_breaks() {
    for seed in 0..SEEDS {
        lives_well(seed);
    }
}

#[test]
fn replay() {
    let Ok(seed) = std::env::var("DYAD_SIM_SEED") else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .without_time()
        .init();
    println!("{:#?}", lives_well(seed.parse().unwrap()));
}
