//! Full disks and sudden death.

use super::*;

#[test]
fn a_full_disk_stops_a_step_whole_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    incoming(&store, 1, "before");
    let pages: u32 = store
        .connection
        .lock()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    store
        .connection
        .lock()
        .pragma_update(None, "max_page_count", pages + 2)
        .unwrap();
    let large = "x".repeat(100_000);
    let message = MessageId {
        stream: StreamId::new([1; 8]),
        seq: 2,
    };
    let error = store
        .write(|tx| {
            relationships::rename(tx, &ID, "Halfway")?;
            history::insert_incoming(tx, &ID, &message, NOW, &Payload::text(large.clone()), NOW)
        })
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::TryLater, DISK_FULL)
    );
    assert!(
        store
            .read(|c| relationships::by_nick(c, "Blair"))
            .unwrap()
            .is_some()
    );
    store
        .connection
        .lock()
        .pragma_update(None, "max_page_count", 1_000_000)
        .unwrap();
    assert!(incoming(&store, 2, &large).is_some());
    assert_eq!(
        store
            .read(|c| history::list(c, None, Page::Newest, 10))
            .unwrap()
            .len(),
        2
    );
}

/// In the child process: writes messages until it is killed, saying each number after it is stored.
#[test]
#[ignore = "the other half of the next test"]
fn child_that_writes_until_killed() {
    let home = PathBuf::from(std::env::var_os("DYAD_TEST_HOME").unwrap());
    let store = open(&home, "correct horse").unwrap();
    let first = store
        .read(|c| history::list(c, None, Page::Newest, 1))
        .unwrap()
        .last()
        .map_or(1, |m| m.id + 1);
    for seq in first.. {
        incoming(&store, seq, &format!("message {seq}")).unwrap();
        eprintln!("stored {seq}");
    }
}

#[test]
fn what_was_stored_survives_kill_9_and_the_lock_does_not() {
    use std::io::{BufRead, BufReader};
    let home = tempfile::tempdir().unwrap();
    contact(&create(home.path()), "Blair", ID);
    let mut said = 0;
    for round in 0..5_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "store::tests::death::child_that_writes_until_killed",
            ])
            .env("DYAD_TEST_HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let numbers = lines.map_while(std::result::Result::ok);
        for number in numbers.filter_map(|line| {
            line.strip_prefix("stored ")
                .and_then(|n| n.parse::<u64>().ok())
        }) {
            said = number;
            if said >= (round + 1) * 10 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(home.path(), "correct horse").unwrap();
        let kept = store
            .read(|c| history::list(c, None, Page::Newest, 10_000))
            .unwrap();
        assert!(
            kept.len() as u64 >= said,
            "{} kept, {said} reported",
            kept.len()
        );
        let whole = |(index, message): (usize, &crate::view::MessageView)| {
            message.text == format!("message {}", index + 1)
                && message.state == MessageState::Received
        };
        assert!(kept.iter().enumerate().all(whole));
    }
    assert!(said >= 50);
}
