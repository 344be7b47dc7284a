//! Measuring one operation: many short samples, their median and 99th percentile.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// What was measured, per operation.
pub struct Figure {
    /// Half of the samples were faster.
    pub median: Duration,
    /// One of a hundred was slower.
    pub p99: Duration,
    /// How many samples were taken.
    pub samples: usize,
}

/// Runs `operation` for about `budget` and measures samples of at least 200 µs each.
pub fn measure<T>(budget: Duration, mut operation: impl FnMut() -> T) -> Figure {
    let begin = Instant::now();
    black_box(operation());
    let once = begin.elapsed().max(Duration::from_nanos(50));
    let per_sample =
        (Duration::from_micros(200).as_nanos() / once.as_nanos()).clamp(1, 10_000) as u32;
    let mut samples = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < budget || samples.len() < 11 {
        let start = Instant::now();
        for _ in 0..per_sample {
            black_box(operation());
        }
        samples.push(start.elapsed() / per_sample);
    }
    samples.sort_unstable();
    Figure {
        median: samples[samples.len() / 2],
        p99: samples[(samples.len() - 1) * 99 / 100],
        samples: samples.len(),
    }
}

/// Prints one line: name, median, 99th percentile, operations a second at the median.
pub fn report(name: &str, figure: &Figure) {
    let micros = |duration: Duration| duration.as_nanos() as f64 / 1_000.0;
    let median = micros(figure.median);
    println!(
        "{name:<34} {median:>10.2} us  p99 {:>10.2} us  {:>10.0} /s/core  ({} samples)",
        micros(figure.p99),
        1e6 / median,
        figure.samples,
    );
}
