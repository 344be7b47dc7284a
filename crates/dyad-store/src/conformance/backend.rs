//! What a back end must hold by itself.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::backend::{MAX_KEY_LEN, MAX_VALUE_LEN};
use crate::version::FORMAT_VERSION;
use crate::{Backend, StoreError, Table, Write, check_version};

const LETTERS: Table = Table::new("letters");
const MARCH: Table = Table::in_period("days", 3);
const APRIL: Table = Table::in_period("days", 4);

fn put(table: Table, key: &[u8], value: &[u8]) -> Write {
    Write::Put {
        table,
        key: key.to_vec(),
        value: value.to_vec(),
    }
}

fn delete(table: Table, key: &[u8]) -> Write {
    Write::Delete {
        table,
        key: key.to_vec(),
    }
}

fn keys(backend: &dyn Backend, table: Table, from: &[u8], to: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    backend
        .scan(table, from, to, &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
    keys
}

/// Put, replace, delete, delete again; an absent key is absent, an empty value is a value.
pub fn a_key_reads_as_it_was_last_written(backend: &dyn Backend) {
    assert_eq!(backend.get(LETTERS, b"a").unwrap(), None);
    backend.write(&[put(LETTERS, b"a", b"1")]).unwrap();
    assert_eq!(backend.get(LETTERS, b"a").unwrap(), Some(b"1".to_vec()));
    backend.write(&[put(LETTERS, b"a", b"")]).unwrap();
    assert_eq!(backend.get(LETTERS, b"a").unwrap(), Some(Vec::new()));
    backend.write(&[delete(LETTERS, b"a")]).unwrap();
    backend.write(&[delete(LETTERS, b"a")]).unwrap();
    assert_eq!(backend.get(LETTERS, b"a").unwrap(), None);
    assert_eq!(backend.get(LETTERS, b"b").unwrap(), None);
}

/// Order is that of unsigned bytes, a prefix first, whatever the order of writing.
pub fn keys_come_back_in_ascending_order_of_their_bytes(backend: &dyn Backend) {
    let ordered: [&[u8]; 7] = [
        &[0],
        &[0, 0],
        &[0, 1],
        &[1],
        &[0x7f],
        &[0x80],
        &[0xff, 0xff],
    ];
    for index in [4, 0, 6, 2, 5, 1, 3] {
        backend
            .write(&[put(LETTERS, ordered[index], b"x")])
            .unwrap();
    }
    assert_eq!(keys(backend, LETTERS, &[], None), ordered);
}

/// `from` is within, `to` is not; empty and reversed ranges visit nothing; a break is obeyed.
pub fn a_scan_keeps_its_bounds_and_stops_when_told(backend: &dyn Backend) {
    let batch: Vec<Write> = (b'a'..=b'f')
        .map(|key| put(LETTERS, &[key], &[key]))
        .collect();
    backend.write(&batch).unwrap();
    assert_eq!(keys(backend, LETTERS, b"b", Some(b"e")), [b"b", b"c", b"d"]);
    assert_eq!(keys(backend, LETTERS, b"bb", Some(b"dd")), [b"c", b"d"]);
    assert_eq!(keys(backend, LETTERS, b"e", None), [b"e", b"f"]);
    assert!(keys(backend, LETTERS, b"c", Some(b"c")).is_empty());
    assert!(keys(backend, LETTERS, b"d", Some(b"b")).is_empty());
    assert!(keys(backend, LETTERS, b"g", None).is_empty());

    let mut visited = 0;
    backend
        .scan(LETTERS, &[], None, &mut |_, _| {
            visited += 1;
            if visited == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(visited, 2);
}

/// Names that begin alike, a table and its periods, and two dozen tables are all apart.
pub fn tables_and_periods_do_not_mix(backend: &dyn Backend) {
    const NAMES: [&str; 4] = ["days", "days_", "days_3", "d"];
    let mut tables: Vec<Table> = NAMES.iter().copied().map(Table::new).collect();
    for name in NAMES {
        tables.extend([0, 3, 33, 333, u32::MAX].map(|period| Table::in_period(name, period)));
    }
    for table in &tables {
        backend
            .write(&[put(*table, b"me", table.to_string().as_bytes())])
            .unwrap();
    }
    for table in &tables {
        let value = backend.get(*table, b"me").unwrap().unwrap();
        assert_eq!(value, table.to_string().into_bytes());
        assert_eq!(keys(backend, *table, &[], None).len(), 1);
    }
    for name in NAMES {
        assert_eq!(backend.periods(name).unwrap(), [0, 3, 33, 333, u32::MAX]);
    }
    assert!(backend.periods("day").unwrap().is_empty());
}

/// A batch is applied in order, over several tables.
pub fn later_writes_of_a_batch_win(backend: &dyn Backend) {
    backend
        .write(&[
            put(LETTERS, b"a", b"1"),
            put(MARCH, b"a", b"2"),
            put(LETTERS, b"a", b"3"),
            put(LETTERS, b"b", b"4"),
            delete(LETTERS, b"b"),
            delete(LETTERS, b"c"),
            put(LETTERS, b"c", b"5"),
        ])
        .unwrap();
    assert_eq!(backend.get(LETTERS, b"a").unwrap(), Some(b"3".to_vec()));
    assert_eq!(backend.get(MARCH, b"a").unwrap(), Some(b"2".to_vec()));
    assert_eq!(keys(backend, LETTERS, &[], None), [b"a", b"c"]);
}

/// A batch with one write that breaks a limit is refused whole, whichever it is.
pub fn a_refused_batch_leaves_nothing(backend: &dyn Backend) {
    let long_key = vec![7; MAX_KEY_LEN + 1];
    let bad = [
        put(LETTERS, b"", b"x"),
        delete(LETTERS, b""),
        put(LETTERS, &long_key, b"x"),
        put(Table::new("No such name"), b"a", b"x"),
        Write::DropPeriod { table: LETTERS },
    ];
    for bad in bad {
        let refused = backend.write(&[
            put(LETTERS, b"a", b"x"),
            put(MARCH, b"a", b"x"),
            bad.clone(),
        ]);
        assert!(matches!(refused, Err(StoreError::Misuse { .. })), "{bad:?}");
        assert_eq!(backend.get(LETTERS, b"a").unwrap(), None, "{bad:?}");
        assert_eq!(backend.get(MARCH, b"a").unwrap(), None, "{bad:?}");
    }
}

/// The longest key and the longest value are kept; one byte more is refused.
pub fn keys_and_values_up_to_the_limits_are_kept(backend: &dyn Backend) {
    let key = vec![0xff; MAX_KEY_LEN];
    let value: Vec<u8> = (0..=250).cycle().take(MAX_VALUE_LEN).collect();
    backend.write(&[put(LETTERS, &key, &value)]).unwrap();
    assert!(backend.get(LETTERS, &key).unwrap().unwrap() == value);

    let mut longer = value;
    longer.push(0);
    let refused = backend.write(&[put(LETTERS, b"a", &longer)]);
    assert!(matches!(refused, Err(StoreError::Misuse { .. })));
}

/// Dropping touches one period, may come in a batch with other writes, and twice.
pub fn a_dropped_period_is_gone_and_can_begin_anew(backend: &dyn Backend) {
    backend
        .write(&[put(MARCH, b"a", b"1"), put(APRIL, b"a", b"2")])
        .unwrap();
    assert_eq!(backend.periods("days").unwrap(), [3, 4]);
    backend
        .write(&[Write::DropPeriod { table: MARCH }, put(APRIL, b"b", b"3")])
        .unwrap();
    backend
        .write(&[Write::DropPeriod { table: MARCH }])
        .unwrap();
    assert_eq!(backend.periods("days").unwrap(), [4]);
    assert_eq!(backend.get(MARCH, b"a").unwrap(), None);
    assert!(keys(backend, MARCH, &[], None).is_empty());
    assert_eq!(keys(backend, APRIL, &[], None), [b"a", b"b"]);

    backend.write(&[put(MARCH, b"b", b"4")]).unwrap();
    assert_eq!(keys(backend, MARCH, &[], None), [b"b"]);
    assert_eq!(backend.periods("days").unwrap(), [3, 4]);
}

/// One thread moves eight keys from number to number in one batch; scans beside it see them agree.
pub fn a_scan_beside_writes_sees_whole_batches(backend: Arc<dyn Backend>) {
    let round =
        |number: u8| -> Vec<Write> { (0..8).map(|key| put(LETTERS, &[key], &[number])).collect() };
    backend.write(&round(0)).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 1..=50 {
                backend.write(&round(number)).unwrap();
            }
        });
        while !writer.is_finished() {
            let mut seen = Vec::new();
            backend
                .scan(LETTERS, &[], None, &mut |_, value| {
                    seen.extend_from_slice(value);
                    ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!(seen, vec![seen[0]; 8]);
        }
    });
}

/// Each batch whose write returned is there after a crash, twice over, and writing goes on.
pub fn what_was_written_is_found_after_a_crash(
    mut backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    for round in 0..3_u8 {
        for number in 0..20 {
            backend
                .write(&[
                    put(LETTERS, &[round, number], &[number; 3000]),
                    put(Table::in_period("days", u32::from(round)), &[number], b"x"),
                    delete(LETTERS, &[round, number.wrapping_sub(1)]),
                ])
                .unwrap();
        }
        backend = reopen(backend);
        for earlier in 0..=round {
            assert_eq!(
                keys(&*backend, LETTERS, &[earlier], Some(&[earlier + 1])),
                [[earlier, 19]]
            );
            let table = Table::in_period("days", u32::from(earlier));
            assert_eq!(keys(&*backend, table, &[], None).len(), 20);
        }
        let value = backend.get(LETTERS, &[round, 19]).unwrap();
        assert_eq!(value, Some(vec![19; 3000]));
    }
    assert_eq!(backend.periods("days").unwrap(), [0, 1, 2]);
}

/// A drop that returned holds, and so does what was written to the period afterwards.
pub fn a_dropped_period_stays_gone_after_a_crash(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    backend
        .write(&[put(MARCH, b"old", b"1"), put(APRIL, b"old", b"2")])
        .unwrap();
    backend
        .write(&[Write::DropPeriod { table: MARCH }])
        .unwrap();
    backend
        .write(&[Write::DropPeriod { table: APRIL }])
        .unwrap();
    backend.write(&[put(APRIL, b"new", b"3")]).unwrap();

    let backend = reopen(reopen(backend));
    assert_eq!(backend.periods("days").unwrap(), [4]);
    assert_eq!(backend.get(MARCH, b"old").unwrap(), None);
    assert_eq!(keys(&*backend, APRIL, &[], None), [b"new"]);
}

/// A store of this version opens again; one of a later version is refused with both numbers.
pub fn the_format_version_is_checked(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    check_version(&*backend).unwrap();
    let backend = reopen(backend);
    check_version(&*backend).unwrap();

    let later = FORMAT_VERSION + 1;
    let meta = Table::new("meta");
    backend
        .write(&[put(meta, b"version", &later.to_be_bytes())])
        .unwrap();
    assert_eq!(
        check_version(&*backend),
        Err(StoreError::NewerVersion {
            found: later,
            known: FORMAT_VERSION
        })
    );
    backend.write(&[put(meta, b"version", b"?")]).unwrap();
    assert!(matches!(
        check_version(&*backend),
        Err(StoreError::Damaged { .. })
    ));
}
