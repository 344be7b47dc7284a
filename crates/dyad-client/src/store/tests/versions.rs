//! Stores that older and newer releases have written, and histories that grew long.

use rusqlite::Connection;

use super::*;

/// A file as version 1 made it, with something in every table that version 2 touches.
fn of_version_1(home: &Path) {
    drop(create(home));
    let paths = open::paths(home);
    for path in [&paths.database, &open::wal(&paths.database)] {
        let _ = std::fs::remove_file(path);
    }
    let key = unlock::open(home, &passphrase("correct horse")).unwrap();
    let old = open::connect(&paths.database, &key).unwrap();
    old.execute_batch(&format!(
        "BEGIN; {} PRAGMA user_version = 1;
         INSERT INTO settings VALUES ('profile',
           '{{\"presentation\":{{\"name\":\"Alex\",\"pronouns\":\"they\"}},\"read_receipts\":true,\"traffic\":\"prompt\"}}'),
           ('clock-offset', '0');
         INSERT INTO relationships VALUES (x'07070707070707070707070707070707', 'Blair', 'blair', x'01', 1, NULL, 'B', NULL, NULL, 0, 5, NULL);
         INSERT INTO messages (relationship, direction, stream, seq, sent, received, kind, text, state, state_since)
           VALUES (x'07070707070707070707070707070707', 0, x'0101010101010101', 1, 1800000000, 1800000000, 'text', 'an old letter', 7, 1800000000);
         INSERT INTO messages (relationship, direction, sent, kind, text, state, state_since)
           VALUES (x'07070707070707070707070707070707', 1, 1800000001, 'text', 'an answer', 6, 1800000001);
         INSERT INTO invitations VALUES (x'08', x'01', 'Casey', 1, 1, 2, 3, 0, 1, x'09', x'0a', 'dyad.example', 1);
         INSERT INTO outbox (id, receiver, receiver_key, address, class, expires, created, payload)
           VALUES (x'0b', 'dyad.example', x'0c', x'0d', 1, 2, 3, 1);
         COMMIT;",
        schema::FIRST
    ))
    .unwrap();
}

#[test]
fn a_store_of_the_first_version_is_brought_up_to_date_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    of_version_1(home.path());
    for _ in 0..2 {
        let store = open(home.path(), "correct horse").unwrap();
        let (version, clock, traffic): (u32, Option<i64>, Option<TrafficClass>) = store
            .read(|c| {
                Ok((
                    c.pragma_query_value(None, "user_version", |row| row.get(0))?,
                    settings::get(c, settings::CLOCK_OFFSET)?,
                    settings::get(c, settings::TRAFFIC)?,
                ))
            })
            .unwrap();
        assert_eq!(
            (version, clock, traffic),
            (schema::SCHEMA_VERSION, Some(0), Some(TrafficClass::Prompt))
        );
        let profiles = store.read(profiles::all).unwrap();
        assert_eq!(profiles.len(), 1);
        let profile = &profiles[0];
        assert_eq!(
            (
                profile.id,
                profile.name.as_str(),
                profile.pronouns.as_deref()
            ),
            (1, "Alex", Some("they"))
        );
        assert!(profile.default && profile.read_receipts);
        assert_eq!(profile.picture, None);
        // Whoever was known before is told of the first picture.
        let told = store
            .write(|tx| {
                tx.execute("INSERT INTO profile_pictures VALUES (1, x'01', x'02')", [])?;
                let due = portraits::due(tx)?;
                tx.execute("DELETE FROM profile_pictures", [])?;
                Ok((due, portraits::due(tx)?, portraits::of_contact(tx, &ID)?))
            })
            .unwrap();
        assert_eq!(told, (vec![ID], Vec::new(), None));

        let contact = store
            .read(|c| relationships::by_nick(c, "blair"))
            .unwrap()
            .unwrap();
        assert_eq!((contact.id, contact.profile, contact.timer), (ID, 1, None));
        let messages = store
            .read(|c| history::list(c, Some(&ID), Page::Newest, 10))
            .unwrap();
        let texts: Vec<_> = messages
            .iter()
            .map(|m| (m.text.as_str(), m.deleted))
            .collect();
        assert_eq!(texts, [("an old letter", false), ("an answer", false)]);
        assert_eq!(
            store
                .read(|c| history::search(c, "lett", 10))
                .unwrap()
                .len(),
            1
        );
        let summary = store.read(|c| history::summary(c, &ID)).unwrap();
        assert_eq!((summary.unread, summary.failed), (1, 1));
        let invited: u64 = store
            .read(|c| Ok(c.query_row("SELECT profile FROM invitations", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(invited, 1);
        let waiting: u64 = store
            .read(|c| Ok(c.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(waiting, 1);
    }
}

#[test]
fn an_update_that_fails_half_way_leaves_the_old_store() {
    let home = tempfile::tempdir().unwrap();
    of_version_1(home.path());
    let paths = open::paths(home.path());
    let key = unlock::open(home.path(), &passphrase("correct horse")).unwrap();
    let in_the_way = "CREATE TABLE gone (x)";
    open::connect(&paths.database, &key)
        .unwrap()
        .execute_batch(in_the_way)
        .unwrap();
    assert!(open(home.path(), "correct horse").is_err());
    let old = open::connect(&paths.database, &key).unwrap();
    let version: u32 = old
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1);
    old.execute_batch("DROP TABLE gone").unwrap();
    drop(old);
    open(home.path(), "correct horse").unwrap();
}

/// How SQLite means to answer.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let lines = statement
        .query_map(rusqlite::params![ID.as_bytes(), 10, 50], |row| {
            row.get::<_, String>(3)
        })
        .unwrap();
    lines
        .map(|line| line.unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_page_of_a_long_history_is_found_along_an_index() {
    const MESSAGES: u64 = 100_000;
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    let other = RelationshipId::new([8; 16]);
    contact(&store, "Blair", ID);
    contact(&store, "Casey", other);
    store
        .write(|tx| {
            tx.execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
                 INSERT INTO messages (relationship, direction, stream, seq, sent, received, kind, text, state, state_since,
                   reply_direction, reply_stream, reply_seq)
                 SELECT iif(i % 10 = 0, ?2, ?1), 0, x'0101010101010101', i, i, i, 'text', 'number ' || i, 4, i, 0, x'0101010101010101', i - 1
                 FROM n",
                rusqlite::params![ID.as_bytes(), other.as_bytes(), MESSAGES],
            )?;
            tx.execute_batch("ANALYZE")?;
            Ok(())
        })
        .unwrap();

    let (mut before, mut seen) = (None, Vec::new());
    while seen.len() < 500 {
        let page = before.map_or(Page::Newest, Page::Before);
        let found = store
            .read(|c| history::list(c, Some(&ID), page, 50))
            .unwrap();
        assert_eq!(found.len(), 50);
        assert!(found.is_sorted_by_key(|m| m.id));
        before = Some(found[0].id);
        seen.splice(0..0, found.iter().map(|m| m.id));
    }
    let expected: Vec<u64> = (1..=MESSAGES).filter(|id| id % 10 != 0).collect();
    assert_eq!(seen, expected[expected.len() - 500..]);
    let oldest = store
        .read(|c| history::list(c, Some(&ID), Page::Before(5), 50))
        .unwrap();
    assert_eq!(
        oldest.iter().map(|m| m.id).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert_eq!(oldest[3].reply_to.as_ref().unwrap().text, "number 3");

    let connection = store.connection.lock();
    for of_one in [true, false] {
        for page in [Page::Newest, Page::Before(10), Page::After(10)] {
            let plan = plan(&connection, &history::list_sql(of_one, page));
            assert!(
                !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
                "{of_one} {page:?}\n{plan}"
            );
            let way = if of_one {
                "SEARCH m USING INDEX messages_relationship"
            } else {
                "SEARCH m USING INTEGER PRIMARY KEY"
            };
            assert!(plan.contains(way), "{plan}");
            assert!(
                plan.contains("SEARCH q USING INDEX messages_identity"),
                "{plan}"
            );
        }
    }
}
