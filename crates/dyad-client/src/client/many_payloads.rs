//! Ten thousand payloads of an app among the messages of a person: listed page by page, and found again.

use dyad_protocol::body::Payload;
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::time::Timestamp;

use super::Client;
use crate::options::ClientOptions;
use crate::store::relationships::Columns;
use crate::store::{KdfCost, Unlock, history, relationships};
use crate::view::{AppPass, ContactStatus, FeedChange};

const WITH: RelationshipId = RelationshipId::new([7; 16]);
const KIND: &str = "vnd.example.todo";
const AT: Timestamp = Timestamp::from_secs(1_700_000_000);
const COUNT: u64 = 10_000;

fn fill(tx: &rusqlite::Connection) -> crate::error::Result<()> {
    let columns = Columns {
        status: ContactStatus::Active,
        deadline: None,
        name: None,
        pronouns: None,
        verified_at: None,
        repairs: 0,
    };
    relationships::insert(tx, &WITH, "Blair", b"state", &columns, None, AT)?;
    for seq in 1..=2 * COUNT {
        let payload = if seq % 2 == 0 {
            Payload {
                kind: KIND.to_owned(),
                ..Payload::text(seq.to_string())
            }
        } else {
            Payload::text("between them")
        };
        let id = MessageId {
            stream: StreamId::new([1; 8]),
            seq,
        };
        history::insert_incoming(tx, &WITH, &id, AT, &payload, AT)?;
    }
    Ok(())
}

#[tokio::test]
async fn ten_thousand_payloads_are_listed_page_by_page() {
    let home = tempfile::tempdir().unwrap();
    let dialer = dyad_net::DirectDialer::new(dyad_net::DirectSettings::default());
    let options = ClientOptions {
        kdf: KdfCost::MINIMAL,
        ..ClientOptions::new(std::sync::Arc::new(dialer))
    };
    let key = Unlock::Passphrase("a passphrase".to_owned().into());
    let client = Client::create(home.path(), key, options).await.unwrap();
    client.driver.store.write(|tx| fill(tx)).unwrap();
    let app = AppPass {
        id: 1,
        name: "To-do".to_owned(),
        types: vec![KIND.to_owned()],
        messages: false,
        contacts: Some(vec![WITH]),
        secret: [0; 32],
    };
    let numbers: Vec<String> = (1..=COUNT).map(|n| (2 * n).to_string()).collect();
    let text = |content: Option<Vec<u8>>| String::from_utf8(content.unwrap()).unwrap();

    let (mut listed, mut after) = (Vec::new(), 0);
    loop {
        let (page, more) = client.payloads(&app, Some(&WITH), after, 100).unwrap();
        assert!(page.len() <= 100);
        after = page.last().unwrap().place;
        listed.extend(page.into_iter().map(|payload| text(payload.content)));
        if !more {
            break;
        }
    }
    assert!(listed == numbers, "{} payloads", listed.len());

    // The same as a stream of changes, from the very beginning.
    let (mut told, mut next) = (Vec::new(), 0);
    loop {
        let page = client.feed(&app, next).unwrap();
        next = page.next;
        told.extend(page.changes.into_iter().map(|(_, change)| match change {
            FeedChange::Payload(payload) => text(payload.content),
            other => panic!("{other:?}"),
        }));
        if !page.more {
            break;
        }
    }
    assert!(told == numbers, "{} payloads", told.len());
    assert_eq!(next, client.feed_count().unwrap());
    // Beyond the end there is nothing, and nothing breaks.
    assert!(
        client
            .payloads(&app, None, u64::MAX, 0)
            .unwrap()
            .0
            .is_empty()
    );
    assert!(client.feed(&app, u64::MAX).unwrap().changes.is_empty());
}
