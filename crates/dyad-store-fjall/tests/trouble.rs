//! A folder in use, a full disk, damage: told clearly, and nothing good is changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use dyad_store::{Backend, StoreError, Table, Write};
use dyad_store_fjall::{FjallBackend, FjallOptions};

const LETTERS: Table = Table::new("letters");

fn put(key: u32, value: &[u8]) -> Write {
    Write::Put {
        table: LETTERS,
        key: key.to_be_bytes().to_vec(),
        value: value.to_vec(),
    }
}

fn open(folder: &Path) -> Result<FjallBackend, StoreError> {
    let options = FjallOptions {
        memtable_bytes: 64 * 1024,
        reserve_bytes: 0,
        ..FjallOptions::default()
    };
    FjallBackend::open(folder, options)
}

#[test]
fn a_folder_in_use_is_refused_by_name_and_free_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    store.write(&[put(1, b"x")]).unwrap();
    let refused = open(folder.path()).unwrap_err();
    let place = folder.path().display().to_string();
    assert_eq!(refused, StoreError::Locked { place });
    drop(store);
    let store = open(folder.path()).unwrap();
    assert!(store.get(LETTERS, &1_u32.to_be_bytes()).unwrap().is_some());
}

#[test]
fn below_its_reserve_it_takes_no_puts_and_still_reads() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    store.write(&[put(1, b"x")]).unwrap();
    assert!(store.free_bytes().unwrap().unwrap() > 0);
    drop(store);

    // Between the two limits, whatever the disk has.
    let available = fs4::available_space(folder.path()).unwrap();
    let options = FjallOptions {
        reserve_bytes: available.saturating_mul(2),
        ..FjallOptions::default()
    };
    let store = FjallBackend::open(folder.path(), options).unwrap();
    assert_eq!(store.free_bytes().unwrap(), Some(0));
    assert_eq!(store.write(&[put(2, b"x")]), Err(StoreError::Full));
    assert_eq!(store.get(LETTERS, &2_u32.to_be_bytes()).unwrap(), None);
    assert!(store.get(LETTERS, &1_u32.to_be_bytes()).unwrap().is_some());
    // Deletes are how room is made.
    let key = 1_u32.to_be_bytes().to_vec();
    let table = LETTERS;
    store.write(&[Write::Delete { table, key }]).unwrap();
}

#[test]
fn a_store_of_a_later_program_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let later = Write::Put {
        table: Table::new("meta"),
        key: b"version".to_vec(),
        value: 7_u32.to_be_bytes().to_vec(),
    };
    store.write(&[later]).unwrap();
    drop(store);
    let refused = open(folder.path()).unwrap_err();
    assert_eq!(refused, StoreError::NewerVersion { found: 7, known: 1 });
}

/// Reads everything; gives the first error, if any.
fn read_all(folder: &Path, count: u32) -> Result<(), StoreError> {
    let store = open(folder)?;
    let mut seen = 0;
    store.scan(LETTERS, &[], None, &mut |_, _| {
        seen += 1;
        ControlFlow::Continue(())
    })?;
    assert_eq!(seen, count, "entries are missing and nobody said so");
    Ok(())
}

fn flip_a_byte(file: &Path, position: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[position] ^= 0x55;
    fs::write(file, bytes).unwrap();
}

fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The value that is easy to find in a file, and is not compressed.
const VALUE: [u8; 3000] = [0xa7; 3000];

fn position_of_value(file: &Path) -> Option<usize> {
    let bytes = fs::read(file).unwrap();
    bytes.windows(64).position(|window| window == &VALUE[..64])
}

#[test]
fn a_flipped_byte_in_the_journal_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for number in 0..5 {
        store.write(&[put(number, &VALUE)]).unwrap();
    }
    drop(store);
    read_all(folder.path(), 5).unwrap();

    let journal = folder.path().join("0.jnl");
    let position = position_of_value(&journal).unwrap();
    flip_a_byte(&journal, position + 100);
    let found = read_all(folder.path(), 5).unwrap_err();
    assert!(matches!(found, StoreError::Damaged { .. }), "{found}");
}

#[test]
fn a_flipped_byte_in_a_table_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let count = 200;
    let store = open(folder.path()).unwrap();
    for number in 0..count {
        store.write(&[put(number, &VALUE)]).unwrap();
    }
    drop(store);
    // Opening waits for nothing, so the tables that closing left unfinished are made by the next one.
    read_all(folder.path(), count).unwrap();

    let mut files = Vec::new();
    files_in(&folder.path().join("keyspaces"), &mut files);
    let tables: Vec<_> = files
        .into_iter()
        .filter_map(|file| position_of_value(&file).map(|position| (file, position)))
        .collect();
    assert!(!tables.is_empty(), "nothing was written out yet");
    for (file, position) in tables {
        flip_a_byte(&file, position + 100);
    }
    let found = read_all(folder.path(), count).unwrap_err();
    assert!(matches!(found, StoreError::Damaged { .. }), "{found}");
}

#[test]
fn a_scan_sees_a_batch_whole_while_tables_are_written_out_and_merged() {
    const KEYS: u32 = 300;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let batch = |round: u32| -> Vec<Write> {
        let value = [round.to_be_bytes(); 50].concat();
        (0..KEYS).map(|key| put(key, &value)).collect()
    };
    store.write(&batch(0)).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..300 {
                store.write(&batch(round)).unwrap();
            }
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            let mut seen = Vec::new();
            store
                .scan(LETTERS, &[], None, &mut |_, value| {
                    seen.push(value.to_vec());
                    ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!(seen.len(), KEYS as usize);
            assert!(seen.iter().all(|value| *value == seen[0]), "half a batch");
        }
    });
}
