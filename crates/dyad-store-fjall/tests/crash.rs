//! What a killed process leaves: everything it was told is written, nothing half.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::io::{BufRead, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dyad_store::{Backend, Table, Write};
use dyad_store_fjall::{FjallBackend, FjallOptions};

const FOLDER: &str = "DYAD_TEST_STORE_FOLDER";
const LEFT: Table = Table::new("left");
const RIGHT: Table = Table::new("right");

/// Numbers share a period; those before the last two are dropped.
const PER_PERIOD: u32 = 25;

/// Small, so that files are written and merged while the process is killed.
const OPTIONS: FjallOptions = FjallOptions {
    cache_bytes: 64 * 1024,
    memtable_bytes: 32 * 1024,
    journal_bytes: 64 * 1024 * 1024,
    reserve_bytes: 0,
};

fn period_of(number: u32) -> u32 {
    number / PER_PERIOD
}

fn put(table: Table, number: u32) -> Write {
    Write::Put {
        table,
        key: number.to_be_bytes().to_vec(),
        value: vec![number as u8; 2000],
    }
}

fn numbers(store: &FjallBackend, table: Table) -> Vec<u32> {
    let mut numbers = Vec::new();
    store
        .scan(table, &[], None, &mut |key, value| {
            let number = u32::from_be_bytes(key.try_into().unwrap());
            assert_eq!(value, vec![number as u8; 2000]);
            numbers.push(number);
            ControlFlow::Continue(())
        })
        .unwrap();
    numbers
}

/// As services do it: whatever is that old, since the last attempt may have been cut off.
fn drop_up_to(store: &FjallBackend, last: u32) {
    let periods = store.periods("days").unwrap();
    let old = periods.into_iter().filter(|period| *period <= last);
    let drops = old.map(|period| Write::DropPeriod {
        table: Table::in_period("days", period),
    });
    store.write(&drops.collect::<Vec<_>>()).unwrap();
}

/// The process that gets killed: this test binary, run again by the test below.
#[test]
#[ignore = "runs within another test"]
fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let store = FjallBackend::open(Path::new(&folder), OPTIONS).unwrap();
    let first = numbers(&store, LEFT).last().map_or(1, |last| last + 1);
    for number in first.. {
        let period = period_of(number);
        store
            .write(&[
                put(LEFT, number),
                put(RIGHT, number),
                put(Table::in_period("days", period), number),
            ])
            .unwrap();
        println!("\nwrote {number}");
        std::io::stdout().flush().unwrap();
        if number % PER_PERIOD == 0 && period >= 2 {
            drop_up_to(&store, period - 2);
            println!("\ndropped {}", period - 2);
        }
    }
}

/// Runs the writer and kills it after `lines` reports, or after `delay` where that is sooner. Gives the
/// last number and the last period that it reported as written and dropped.
fn run_and_kill(folder: &Path, lines: usize, delay: Option<Duration>) -> (u32, Option<u32>) {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "writes_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut written, mut dropped) = (0, None);
    let mut reports = 0;
    if let Some(delay) = delay {
        std::thread::sleep(delay);
        writer.kill().unwrap();
    }
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(number) = line.strip_prefix("wrote ") {
            written = number.parse().unwrap();
            reports += 1;
        } else if let Some(period) = line.strip_prefix("dropped ") {
            dropped = Some(period.parse().unwrap());
        }
        if delay.is_none() && reports == lines {
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    (written, dropped)
}

#[test]
fn a_killed_writer_loses_nothing_it_reported_and_leaves_no_batch_half() {
    let folder = tempfile::tempdir().unwrap();
    let (mut reported, mut gone) = (0, None);
    for round in 0..12_usize {
        let (written, dropped) = run_and_kill(folder.path(), 7 + round * 13, None);
        reported = reported.max(written);

        let store = FjallBackend::open(folder.path(), OPTIONS).unwrap();
        let left = numbers(&store, LEFT);
        let last = *left.last().unwrap();
        // More than reported may be there: the report can be what the kill cut off.
        assert!(last >= reported, "{reported} was reported, {last} is there");
        assert!(left.into_iter().eq(1..=last));
        assert_eq!(numbers(&store, RIGHT).len(), last as usize);
        gone = gone.max(dropped);
        let periods = store.periods("days").unwrap();
        assert!(periods.contains(&period_of(last)));
        assert!(periods.contains(&period_of(last).saturating_sub(1)));
        for period in periods {
            assert!(
                gone.is_none_or(|gone| period > gone),
                "{period} is there, {gone:?} and all before were reported as dropped"
            );
            let found = numbers(&store, Table::in_period("days", period));
            let whole = (1..=last).filter(|number| period_of(*number) == period);
            assert!(found.into_iter().eq(whole));
        }
        reported = last;
    }
}

#[test]
fn a_writer_killed_while_the_store_is_created_does_not_stand_in_the_way() {
    for milliseconds in 0..30 {
        let folder = tempfile::tempdir().unwrap();
        let delay = Duration::from_millis(milliseconds);
        let (reported, _) = run_and_kill(folder.path(), 0, Some(delay));
        let store = FjallBackend::open(folder.path(), OPTIONS).unwrap();
        let last = numbers(&store, LEFT).last().copied().unwrap_or(0);
        assert!(last >= reported);
        assert_eq!(numbers(&store, RIGHT).len(), last as usize);
    }
}

#[test]
fn a_creation_cut_short_at_any_step_begins_anew() {
    for made in ["lock", "keyspaces", "0.jnl", "version"] {
        let folder = tempfile::tempdir().unwrap();
        for name in ["lock", "keyspaces", "0.jnl", "version"] {
            if name == "keyspaces" {
                std::fs::create_dir(folder.path().join(name)).unwrap();
            } else {
                std::fs::File::create(folder.path().join(name)).unwrap();
            }
            if name == made {
                break;
            }
        }
        let store = FjallBackend::open(folder.path(), OPTIONS).unwrap();
        store.write(&[put(LEFT, 1)]).unwrap();
        drop(store);
        let store = FjallBackend::open(folder.path(), OPTIONS).unwrap();
        assert_eq!(numbers(&store, LEFT), [1], "cut short after {made}");
    }
}
