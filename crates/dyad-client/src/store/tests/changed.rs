//! What contacts do to messages comes to the same in every order, and is bounded.

use super::super::changes::{self, Act};
use super::super::edits;
use super::*;
use crate::view::Direction;
use dyad_protocol::attachment::FileKey;
use dyad_protocol::content::Link;
use dyad_protocol::id::BlobLocator;

fn id(seq: u64) -> MessageId {
    MessageId {
        stream: StreamId::new([1; 8]),
        seq,
    }
}

fn edit(order: u64, text: &str) -> Act {
    Act::Edit {
        order,
        text: text.into(),
        link: None,
        at: NOW,
    }
}

/// One that does not fit into a message.
fn long_edit(order: u64, beginning: &str) -> Act {
    Act::Edit {
        order,
        text: beginning.into(),
        link: Some(Link {
            host: "dyad.example".parse().unwrap(),
            locator: BlobLocator::new([order as u8; 16]),
            key: FileKey::new([2; 32]),
            size: 5_000,
            sha256: [3; 32],
            ends: NOW,
        }),
        at: NOW,
    }
}

fn reaction(order: u64, sign: Option<&str>) -> Act {
    Act::Reaction {
        by: Direction::In,
        order,
        sign: sign.map(str::to_owned),
    }
}

/// As the driver does it.
fn done(store: &Store, seq: u64, act: &Act) {
    store
        .write(
            |tx| match changes::find(tx, &ID, Direction::In, &id(seq))? {
                Some(found) => changes::apply(tx, found.id, act, NOW).map(drop),
                None => changes::wait(tx, &ID, &id(seq), act, NOW),
            },
        )
        .unwrap();
}

fn count(store: &Store, table: &str) -> u64 {
    store
        .read(|c| {
            Ok(
                c.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                    row.get(0)
                })?,
            )
        })
        .unwrap()
}

/// All orders of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let shorter = orders(n - 1);
    shorter
        .iter()
        .flat_map(|order| {
            (0..n).map(|at| {
                let mut order = order.clone();
                order.insert(at, n - 1);
                order
            })
        })
        .collect()
}

fn in_memory() -> Store {
    let memory = MemoryDatabase::new().unwrap();
    let store = Store::open(
        Path::new("/nowhere"),
        &passphrase("x"),
        &Database::Memory(memory),
    )
    .unwrap();
    contact(&store, "Blair", ID);
    store
}

#[test]
fn edits_and_reactions_come_to_the_same_in_every_order() {
    let acts = [
        edit(5, "second"),
        edit(9, "third"),
        reaction(3, Some("👍")),
        reaction(4, None),
    ];
    let store = in_memory();
    for (seq, order) in (1..).zip(orders(acts.len() + 1)) {
        for step in &order {
            match acts.get(*step) {
                Some(act) => done(&store, seq, act),
                None => drop(incoming(&store, seq, "first")),
            }
        }
        let message = &store
            .read(|c| history::list(c, None, Page::Newest, 1))
            .unwrap()[0];
        assert_eq!(
            (
                message.text.as_str(),
                message.edited_at,
                message.reactions.len()
            ),
            ("third", Some(NOW), 0),
            "{order:?}"
        );
        assert_eq!(count(&store, "early"), 0);
    }
}

#[test]
fn of_long_and_short_edits_the_last_counts_in_every_order() {
    for (last_is_long, acts) in [
        (
            true,
            [
                edit(5, "second"),
                long_edit(7, "third"),
                long_edit(9, "fourth"),
            ],
        ),
        (
            false,
            [
                long_edit(5, "second"),
                long_edit(7, "third"),
                edit(9, "fourth"),
            ],
        ),
    ] {
        let store = in_memory();
        for (seq, order) in (1..).zip(orders(acts.len() + 1)) {
            for step in &order {
                match acts.get(*step) {
                    Some(act) => done(&store, seq, act),
                    None => drop(incoming(&store, seq, "first")),
                }
            }
            let message = &store
                .read(|c| history::list(c, None, Page::Newest, 1))
                .unwrap()[0];
            assert_eq!(
                (message.text.as_str(), message.kind.as_str()),
                ("fourth", "text")
            );
            let link = store.read(|c| edits::unfetched(c, message.id)).unwrap();
            let wanted = last_is_long.then(|| BlobLocator::new([9; 16]));
            assert_eq!(link.map(|link| link.locator), wanted, "{order:?}");
        }
    }
}

#[test]
fn what_is_deleted_stays_deleted_in_every_order() {
    let acts = [
        Act::Delete,
        long_edit(5, "zanzibar"),
        reaction(3, Some("👍")),
    ];
    let store = in_memory();
    for (seq, order) in (1..).zip(orders(acts.len() + 1)) {
        for step in &order {
            match acts.get(*step) {
                Some(act) => done(&store, seq, act),
                None => drop(incoming(&store, seq, "timbuktu")),
            }
        }
        // It comes once more, and is changed once more.
        incoming(&store, seq, "timbuktu");
        done(&store, seq, &edit(77, "zanzibar"));
        assert_eq!(count(&store, "messages"), seq);
        let message = &store
            .read(|c| history::list(c, None, Page::Newest, 1))
            .unwrap()[0];
        assert!(message.deleted && message.text.is_empty() && message.reactions.is_empty());
        assert_eq!(message.state, MessageState::Read, "{order:?}");
        for word in ["zanzibar", "timbuktu"] {
            assert!(
                store
                    .read(|c| history::search(c, word, 9))
                    .unwrap()
                    .is_empty()
            );
            assert!(!is_in_index(&store, word), "{word} {order:?}");
        }
    }
}

/// Whether a word stands anywhere in the index's own tables.
fn is_in_index(store: &Store, word: &str) -> bool {
    let blocks: Vec<Vec<u8>> = store
        .read(|c| {
            let mut statement = c.prepare("SELECT block FROM messages_text_data")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .unwrap();
    let word = word.as_bytes();
    // The first letters may be shared with the word before; the rest stands there in full.
    blocks
        .iter()
        .any(|block| block.windows(word.len() - 2).any(|part| part == &word[2..]))
}

#[test]
fn an_edit_changes_what_is_found() {
    let store = in_memory();
    incoming(&store, 1, "timbuktu");
    assert!(is_in_index(&store, "timbuktu"));
    done(&store, 1, &edit(5, "zanzibar"));
    let found = |word| store.read(|c| history::search(c, word, 9)).unwrap().len();
    assert_eq!((found("timbuktu"), found("zanz")), (0, 1));
    assert!(!is_in_index(&store, "timbuktu"));
}

#[test]
fn ten_thousand_references_to_nothing_are_bounded() {
    let store = in_memory();
    store
        .write(|tx| {
            for seq in 1..=10_000 {
                changes::wait(tx, &ID, &id(seq), &edit(1, "x"), NOW.plus(seq))?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(count(&store, "early"), 256);
    // The newest are kept, and those of others are not touched.
    incoming(&store, 10_000, "first");
    incoming(&store, 1, "first");
    assert_eq!(
        store
            .read(|c| history::list(c, None, Page::Newest, 9))
            .unwrap()
            .iter()
            .map(|m| m.text.as_str())
            .collect::<Vec<_>>(),
        ["x", "first"]
    );
}

#[test]
fn what_has_vanished_is_nowhere_and_does_not_come_back() {
    let store = in_memory();
    let payload = Payload {
        timer: Some(60),
        ..Payload::text("timbuktu")
    };
    let insert = || {
        store
            .write(|tx| history::insert_incoming(tx, &ID, &id(1), NOW, &payload, NOW))
            .unwrap()
    };
    let local = insert().unwrap();
    let expiry = || store.read(changes::next_expiry).unwrap();
    assert_eq!(expiry(), None, "its time runs from when it is read");
    store
        .write(|tx| history::mark_read(tx, &[local], NOW))
        .unwrap();
    assert_eq!(expiry(), Some(NOW.plus(60)));
    let vanish = |at| store.write(|tx| changes::vanish(tx, at)).unwrap().len();
    assert_eq!((vanish(NOW.plus(59)), vanish(NOW.plus(60))), (0, 1));
    assert!(!is_in_index(&store, "timbuktu"));
    assert_eq!((insert(), count(&store, "messages")), (None, 0));
    done(&store, 1, &edit(5, "timbuktu"));
    assert_eq!(count(&store, "early"), 0);
    // Longer than any service keeps a message, nothing of it is remembered.
    store
        .write(|tx| {
            tx.execute("UPDATE messages SET expires_at = 1", [])?;
            changes::vanish(tx, NOW.plus(101 * 86_400))
        })
        .unwrap();
}
