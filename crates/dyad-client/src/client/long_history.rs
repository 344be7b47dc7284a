//! A history as after years of talking. The long one is made only when asked for, for it takes minutes:
//! `cargo test -p dyad-client --lib long_history -- --ignored --nocapture`. It stays in the folder that
//! `DYAD_LONG_HOME` names, if that is set, for the example `first_paint` of `dyad-web`.

use std::time::{Duration, Instant};

use dyad_net::{DirectDialer, DirectSettings};
use dyad_protocol::body::Payload;
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::time::Timestamp;

use super::Client;
use crate::options::ClientOptions;
use crate::store::relationships::Columns;
use crate::store::{KdfCost, Unlock, history, relationships};
use crate::view::{ContactStatus, InboxQuery, MessageView};

const PAGE: u32 = 50;
const WITH: RelationshipId = RelationshipId::new([7; 16]);
const BEGAN: Timestamp = Timestamp::from_secs(1_700_000_000);

async fn client(home: &std::path::Path, messages: u64) -> Client {
    let options = ClientOptions {
        kdf: KdfCost::MINIMAL,
        ..ClientOptions::new(std::sync::Arc::new(DirectDialer::new(
            DirectSettings::default(),
        )))
    };
    let key = Unlock::Passphrase("a passphrase".to_owned().into());
    let client = Client::create(home, key, options).await.unwrap();
    client.driver.store.write(|tx| fill(tx, messages)).unwrap();
    client
}

fn fill(tx: &rusqlite::Connection, messages: u64) -> crate::error::Result<()> {
    let columns = Columns {
        status: ContactStatus::Active,
        deadline: None,
        name: None,
        pronouns: None,
        verified_at: None,
        repairs: 0,
    };
    relationships::insert(tx, &WITH, "Blair", b"state", &columns, None, BEGAN)?;
    for number in 0..messages {
        let at = BEGAN.plus(number * 300);
        let needle = if number % 1_000 == 77 { " needle" } else { "" };
        let payload = Payload::text(format!("Message number {number} of a long talk{needle}"));
        if number % 2 == 0 {
            history::insert_outgoing(tx, &WITH, &payload, at)?;
        } else {
            let stream = StreamId::new([1; 8]);
            let id = MessageId {
                stream,
                seq: number,
            };
            history::insert_incoming(tx, &WITH, &id, at, &payload, at)?;
        }
    }
    Ok(())
}

fn page(client: &Client, before: Option<u64>, since: Option<u64>) -> Vec<MessageView> {
    let query = InboxQuery {
        nick: Some("Blair".to_owned()),
        before,
        since,
        limit: PAGE,
    };
    client.inbox(&query).unwrap()
}

/// How long it takes. Said, not asserted: a machine may be busy.
#[allow(clippy::print_stdout, reason = "for whoever measures")]
fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = work();
    let took: Duration = begun.elapsed();
    println!("{what}: {took:?}");
    result
}

#[tokio::test]
async fn a_long_history_is_walked_searched_and_counted() {
    let home = tempfile::tempdir().unwrap();
    walk(home.path(), 5_000).await;
}

#[tokio::test]
#[ignore = "takes minutes; CONTRIBUTING has the command"]
async fn a_hundred_thousand_messages_are_walked_searched_and_counted() {
    let kept = std::env::var_os("DYAD_LONG_HOME");
    let home = tempfile::tempdir().unwrap();
    let home = kept.map_or(home.path().to_owned(), Into::into);
    walk(&home, 100_000).await;
}

async fn walk(home: &std::path::Path, messages: u64) {
    let client = client(home, messages).await;
    let newest = measured("newest page", || page(&client, None, None));
    let last = newest[49].id;
    assert!(
        newest[49]
            .text
            .contains(&format!("number {} ", messages - 1))
    );
    let middle = last - messages / 2;
    let older = measured("page before one", || page(&client, Some(middle), None));
    assert_eq!((older.len(), older[49].id), (PAGE as usize, middle - 1));
    let newer = measured("page after one", || page(&client, None, Some(middle)));
    assert_eq!((newer.len(), newer[0].id), (PAGE as usize, middle + 1));

    let mut walked = 0;
    let mut before = None;
    measured("all of it, page by page", || {
        loop {
            let found = page(&client, before, None);
            let Some(first) = found.first() else { break };
            assert!(found.is_sorted_by_key(|message| message.id));
            before = Some(first.id);
            walked += found.len() as u64;
        }
    });
    assert_eq!(walked, messages);

    let contacts = measured("list of contacts", || client.contacts().unwrap());
    assert_eq!(contacts[0].unread, messages / 2);
    let found = measured("search, few", || client.search("needl", 1_000).unwrap());
    assert_eq!(found.len() as u64, messages / 1_000);
    let found = measured("search, all", || client.search("mess long", 51).unwrap());
    assert_eq!((found.len(), found[0].id), (51, last));
}
