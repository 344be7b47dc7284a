//! What is stored once, found, and told apart.

use super::*;

#[test]
fn a_message_appears_once_however_often_it_comes() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    assert!(incoming(&store, 1, "hello").is_some());
    assert!(incoming(&store, 1, "hello").is_none());
    assert_eq!(
        store
            .read(|c| history::list(c, None, Page::Newest, 10))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_fetched_message_is_stored_once_with_its_position() {
    let memory = MemoryDatabase::new().unwrap();
    let store = Store::open(Path::new(""), &Unlock::Keyring, &Database::Memory(memory)).unwrap();
    let root = RootAddress::new([3; 16]);
    store
        .write(|tx| {
            tx.execute(
                "INSERT INTO mailboxes (receiver, address_key, access_key, root, created, ends, minting, minting_until)
                 VALUES ('a.example', zeroblob(32), zeroblob(32), ?1, 0, 0, '', 0)",
                [root.as_bytes()],
            )?;
            Ok(())
        })
        .unwrap();
    let entry = |root, position| Entry {
        root,
        position: Position(position),
        address: AddressId::new([0; 16]),
        sealed: SealedMessage::from_slice(&[0; SEALED_LEN]).unwrap(),
    };
    let stored = |entry: &Entry| store.write(|tx| inbox::store(tx, entry, NOW)).unwrap();
    assert!(stored(&entry(root, 5)));
    assert!(!stored(&entry(root, 5)));
    assert!(!stored(&entry(root, 4)));
    assert!(!stored(&entry(RootAddress::new([9; 16]), 1)));
    let fetched = store.read(inbox::next).unwrap().unwrap();
    store.write(|tx| inbox::remove(tx, &fetched)).unwrap();
    assert!(
        !stored(&entry(root, 5)),
        "removed, but its position is remembered"
    );
    assert!(stored(&entry(root, 6)));
}

#[test]
fn searching_finds_words_by_their_beginning_without_accents_or_case() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    incoming(&store, 1, "Das Café öffnet um neun");
    incoming(&store, 2, "see you at nine");
    let found = |words: &str| {
        let found = store.read(|c| history::search(c, words, 10)).unwrap();
        found
            .into_iter()
            .map(|message| message.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("caf OFF"), ["Das Café öffnet um neun"]);
    assert_eq!(found("n"), ["see you at nine", "Das Café öffnet um neun"]);
    assert!(found("café nine").is_empty());
    assert!(found("").is_empty());
    for odd in ["\"", "NEAR(", "a OR", "* -", "col:x"] {
        found(odd);
    }
}

#[test]
fn messages_that_wait_for_one_receiver_do_not_hold_up_others() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    let waits = |number: u16, receiver: &str, payload| outbox::Waiting {
        id: [number.to_be_bytes(); 8].concat().try_into().unwrap(),
        relationship: Some(ID),
        receiver: ServiceRecord {
            host: receiver.parse().unwrap(),
            key_hash: ServiceKeyHash::new([1; 32]),
        },
        address: RecipientAddress::from_slice(&[1; RecipientAddress::LEN]).unwrap(),
        sealed: SealedMessage::from_slice(&[1; SEALED_LEN]).unwrap(),
        class: TrafficClass::Prompt,
        expires: NOW.plus(86_400),
        created: NOW.plus(number.into()),
        payload,
        message: None,
        last_error: None,
    };
    store
        .write(|tx| {
            for number in 0..300 {
                outbox::insert(tx, &waits(number, "away.example", true))?;
            }
            outbox::insert(tx, &waits(300, "here.example", true))?;
            outbox::insert(tx, &waits(301, "here.example", false))
        })
        .unwrap();
    let receivers = |limit, skip: &str| -> Vec<String> {
        let items = store.read(|c| outbox::waiting(c, limit, |host| host.to_string() != skip));
        items
            .unwrap()
            .into_iter()
            .map(|item| item.receiver.host.to_string())
            .collect()
    };
    assert_eq!(receivers(256, "").len(), 32 + 2, "so many of one receiver");
    assert_eq!(receivers(2, ""), ["away.example", "here.example"]);
    assert_eq!(receivers(256, "away.example"), ["here.example"; 2]);
}

#[test]
fn two_contacts_of_one_name_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Alex", ID);
    let next = store.read(|c| relationships::free_nick(c, "alex")).unwrap();
    assert_eq!(next, "alex 2");
    contact(&store, &next, RelationshipId::new([8; 16]));
    assert_eq!(
        store.read(|c| relationships::free_nick(c, "ALEX")).unwrap(),
        "ALEX 3"
    );
}
