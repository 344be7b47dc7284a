//! Files and long texts between two people, with real services: they arrive whole or not at all, whatever is cut, lost or
//! changed on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Online, Person, Provider, SOON, eventually, meet};
use dyad_client::ErrorKind;
use dyad_client::view::{
    ClientEvent, Direction, FileRequest, FileState, FileView, MessageState, MessageView, SendView,
    SettingsView,
};

/// Two people with a provider each, who can write to each other.
struct Pair {
    a: Provider,
    b: Provider,
    alex: Person,
    blair: Person,
}

impl Pair {
    async fn new() -> Self {
        Self::with_blobs(200).await
    }

    async fn with_blobs(tokens: u16) -> Self {
        let provider = || {
            Provider::with(200, |config| {
                for tier in config.issuer.as_mut().unwrap().tiers.values_mut() {
                    tier.blob = tokens;
                }
            })
        };
        let (a, b) = (provider().await, provider().await);
        let alex = Person::at("Alex", &[&a]).await;
        let blair = Person::at("Blair", &[&b]).await;
        meet(&alex, &blair).await;
        Self { a, b, alex, blair }
    }

    fn online(&self) -> (Online, Online) {
        (self.alex.online(), self.blair.online())
    }

    async fn send(&self, name: &str, bytes: Vec<u8>) -> SendView {
        let request = FileRequest {
            name: name.to_owned(),
            ..FileRequest::default()
        };
        self.alex
            .client
            .send_file("Blair", request, Cursor::new(bytes), SOON)
            .await
            .unwrap()
    }

    /// The last message that Blair has, once there are so many.
    async fn heard(&self, count: usize) -> MessageView {
        eventually("it arrives", || incoming(&self.blair).len() >= count).await;
        incoming(&self.blair).pop().unwrap()
    }

    async fn fetched(&self, id: u64) -> Vec<u8> {
        let message = self.blair.client.fetch_wait(id, 3 * SOON).await.unwrap();
        assert_eq!(file(&message).state, FileState::Here, "{message:#?}");
        let mut bytes = Vec::new();
        self.blair
            .client
            .open_file(id)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        bytes
    }
}

fn incoming(person: &Person) -> Vec<MessageView> {
    let mut all = person.messages();
    all.retain(|message| message.direction == Direction::In);
    all
}

fn file(message: &MessageView) -> &FileView {
    message.file.as_ref().unwrap()
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all_files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_whole_and_are_saved_under_a_clean_name() {
    let pair = Pair::new().await;
    let _online = pair.online();
    let small = b"what was said".to_vec();
    let sent = pair.send("../no\u{202e}tes.txt", small.clone()).await;
    assert_ne!(sent.message.state, MessageState::Waiting, "{sent:#?}");
    let heard = pair.heard(1).await;
    assert_eq!(
        (
            heard.kind.as_str(),
            file(&heard).name.as_str(),
            file(&heard).size
        ),
        ("file", "notes.txt", 13)
    );
    assert_eq!(file(&heard).state, FileState::Offered);
    assert_eq!(
        pair.blair.client.open_file(heard.id).unwrap_err().code,
        "not-here"
    );
    assert_eq!(pair.fetched(heard.id).await, small);

    let folder = tempfile::tempdir().unwrap();
    let saved = pair
        .blair
        .client
        .save_file(heard.id, folder.path())
        .await
        .unwrap();
    assert_eq!(saved, folder.path().join("notes.txt"));
    assert_eq!(std::fs::read(&saved).unwrap(), small);
    let again = pair.blair.client.save_file(heard.id, &saved).await;
    assert_eq!(again.unwrap_err().code, "file-exists");
    assert_eq!(all_files(folder.path()), [saved]);

    // Nothing at all, and something of several chunks, read from the middle.
    pair.send("empty", Vec::new()).await;
    let empty = pair.heard(2).await;
    assert!(pair.fetched(empty.id).await.is_empty());
    let larger = noise(400_000);
    pair.send("larger.bin", larger.clone()).await;
    let heard = pair.heard(3).await;
    assert_eq!(pair.fetched(heard.id).await, larger);
    let mut reader = pair.blair.client.open_file(heard.id).unwrap();
    reader.seek(SeekFrom::Start(131_000)).unwrap();
    let mut part = [0; 300];
    reader.read_exact(&mut part).unwrap();
    assert_eq!(part, larger[131_000..131_300]);

    // Removed here, it can be had again.
    let removed = pair.blair.client.remove_file(heard.id).unwrap();
    assert_eq!(file(&removed).state, FileState::Offered);
    assert_eq!(pair.fetched(heard.id).await, larger);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_readable_lies_on_any_disk() {
    let pair = Pair::new().await;
    let _online = pair.online();
    let secret = b"nobody else may read this sentence".repeat(5_000);
    pair.send("secret-name.txt", secret.clone()).await;
    let heard = pair.heard(1).await;
    assert_eq!(pair.fetched(heard.id).await, secret);
    let mut looked_at = 0;
    for folder in [
        pair.alex.home().to_owned(),
        pair.blair.home().to_owned(),
        pair.a.data().join("blobs"),
        pair.b.data().join("blobs"),
    ] {
        for path in all_files(&folder) {
            let bytes = std::fs::read(&path).unwrap();
            looked_at += bytes.len();
            for word in ["may read this", "secret-name"] {
                let found = String::from_utf8_lossy(&bytes).contains(word);
                assert!(!found, "{}", path.display());
            }
        }
    }
    assert!(looked_at > 3 * secret.len(), "{looked_at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_arrives_without_what_its_camera_noted() {
    use img_parts::ImageEXIF;
    const PLACE: &[u8] = b"52.5200 N 13.4050 E";
    let pair = Pair::new().await;
    let _online = pair.online();
    let mut png = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(300, 200)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let mut noted = img_parts::png::Png::from_bytes(png.into_inner().into()).unwrap();
    noted.set_exif(Some(
        [&b"MM\0\x2a\0\0\0\x08\0\0"[..], PLACE].concat().into(),
    ));
    let noted = noted.encoder().bytes().to_vec();
    let holds = |bytes: &[u8]| bytes.windows(PLACE.len()).any(|part| part == PLACE);
    assert!(holds(&noted));

    // Whatever its name says.
    pair.send("holiday.txt", noted.clone()).await;
    let heard = pair.heard(1).await;
    assert_eq!(file(&heard).dimensions, Some((300, 200)));
    assert_eq!(file(&heard).media_type.as_deref(), Some("image/png"));
    assert!(file(&heard).preview.is_some());
    let bytes = pair.fetched(heard.id).await;
    assert!(!holds(&bytes) && image::load_from_memory(&bytes).is_ok());

    let keep = FileRequest {
        name: "holiday.png".into(),
        keep_metadata: true,
        ..FileRequest::default()
    };
    let client = &pair.alex.client;
    client
        .send_file("Blair", keep, Cursor::new(noted.clone()), SOON)
        .await
        .unwrap();
    let heard = pair.heard(2).await;
    assert_eq!(pair.fetched(heard.id).await, noted);

    let broken = noted[..60].to_vec();
    let request = FileRequest {
        name: "broken.png".into(),
        ..FileRequest::default()
    };
    let refused = client
        .send_file("Blair", request, Cursor::new(broken), SOON)
        .await
        .unwrap_err();
    assert_eq!(refused.code, "picture-not-cleaned");
    assert_eq!(pair.alex.messages().len(), 2);
    assert_eq!(all_files(&pair.alex.home().join("blobs")).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_is_a_text_in_every_respect() {
    let pair = Pair::new().await;
    let _online = pair.online();
    let long = format!("{} the needle {}", "hay ".repeat(5_000), "ж".repeat(60_000));
    let sent = pair.alex.client.send("Blair", &long, SOON).await.unwrap();
    assert_eq!(
        (sent.message.kind.as_str(), sent.message.text == long),
        ("text", true)
    );
    eventually("it is fetched by itself", || {
        incoming(&pair.blair)
            .last()
            .is_some_and(|message| message.text == long)
    })
    .await;
    let heard = pair.heard(1).await;
    assert_eq!(heard.kind, "text");
    for person in [&pair.alex, &pair.blair] {
        assert_eq!(person.client.search("needle", 10).unwrap().len(), 1);
    }
    pair.alex.client.edit(sent.message.id, "short now").unwrap();
    eventually("the edit arrives", || {
        incoming(&pair.blair).pop().unwrap().text == "short now"
    })
    .await;
    eventually("what was long is gone", || {
        [&pair.alex, &pair.blair]
            .iter()
            .all(|person| all_files(&person.home().join("blobs")).is_empty())
    })
    .await;
    let longest = "x".repeat((1 << 20) + 1);
    let refused = pair.alex.client.send("Blair", &longest, SOON).await;
    assert_eq!(refused.unwrap_err().code, "too-long");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_go_beside_a_file_or_after_it() {
    let pair = Pair::new().await;
    let _online = pair.online();
    for words in ["look", &"many words ".repeat(90)] {
        let request = FileRequest {
            name: "a.bin".into(),
            text: words.to_owned(),
            ..FileRequest::default()
        };
        pair.alex
            .client
            .send_file("Blair", request, Cursor::new(vec![1; 10]), SOON)
            .await
            .unwrap();
    }
    pair.heard(3).await;
    let all = incoming(&pair.blair);
    assert!(all.iter().any(|m| m.kind == "file" && m.text == "look"));
    assert!(all.iter().any(|m| m.kind == "file" && m.text.is_empty()));
    assert!(
        all.iter()
            .any(|m| m.kind == "text" && m.text.starts_with("many words"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_on_after_every_interruption() {
    let mut pair = Pair::new().await;
    let large = noise(40_000_000);
    let request = FileRequest {
        name: "large.bin".into(),
        ..FileRequest::default()
    };
    // Nobody is there to take it yet.
    pair.a.stop().await;
    let sent = pair
        .alex
        .client
        .send_file("Blair", request, Cursor::new(large.clone()), Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(sent.message.state, MessageState::Waiting);
    assert!(sent.note.is_some());
    pair.a.start().await;
    let mut broken_off = 0;
    loop {
        let mut events = pair.alex.client.follow();
        let online = pair.alex.online();
        // So many steps, and the app is closed in the middle of the next.
        for _ in 0..3 {
            if matches!(
                tokio::time::timeout(Duration::from_secs(2), events.next()).await,
                Err(_) | Ok(None)
            ) {
                break;
            }
        }
        drop(online);
        let state = pair.alex.messages()[0].state;
        if state != MessageState::Waiting {
            break;
        }
        broken_off += 1;
        assert!(broken_off < 200);
        pair.alex = reopened(pair.alex).await;
    }
    assert!(broken_off > 1, "{broken_off}");
    let _online = pair.alex.online();
    for _ in 0..50 {
        pair.blair.sync().await;
        if !incoming(&pair.blair).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let heard = incoming(&pair.blair).pop().unwrap();
    pair.blair.client.fetch(heard.id).unwrap();
    let mut broken_off = 0;
    while file(&pair.blair.client.message(heard.id).unwrap()).state != FileState::Here {
        let mut events = pair.blair.client.follow();
        let online = pair.blair.online();
        for _ in 0..3 {
            match tokio::time::timeout(Duration::from_secs(15), events.next()).await {
                Ok(Some(ClientEvent::Progress { done, size, .. })) => assert!(done <= size),
                Ok(Some(_)) => {}
                Err(_) | Ok(None) => break,
            }
        }
        drop(online);
        broken_off += 1;
        assert!(broken_off < 200);
        pair.blair = reopened(pair.blair).await;
    }
    assert!(broken_off > 1, "{broken_off}");
    assert_eq!(pair.fetched(heard.id).await, large);
}

/// Closed and opened again, once nothing of before runs any more.
async fn reopened(person: Person) -> Person {
    tokio::time::sleep(Duration::from_millis(200)).await;
    person.reopen().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_was_changed_is_never_shown() {
    let pair = Pair::new().await;
    let _online = pair.online();
    pair.send("true.txt", noise(200_000)).await;
    let heard = pair.heard(1).await;
    let parts: Vec<_> = all_files(&pair.a.data().join("blobs"));
    assert!(!parts.is_empty());
    for path in parts {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let message = pair.blair.client.fetch_wait(heard.id, SOON).await.unwrap();
    assert_eq!(file(&message).state, FileState::Changed, "{message:#?}");
    assert!(pair.blair.client.open_file(heard.id).is_err());
    let folder = tempfile::tempdir().unwrap();
    let saved = pair.blair.client.save_file(heard.id, folder.path()).await;
    assert_eq!(saved.unwrap_err().kind, ErrorKind::Usage);
    assert!(all_files(folder.path()).is_empty());
    assert!(all_files(&pair.blair.home().join("blobs")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_for_both_is_gone_at_the_service_too() {
    let pair = Pair::new().await;
    let alex = pair.alex.online();
    let sent = pair.send("a.txt", vec![7; 1000]).await;
    for _ in 0..50 {
        pair.blair.sync().await;
        if !incoming(&pair.blair).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let heard = incoming(&pair.blair).pop().unwrap();
    pair.alex.client.delete(sent.message.id, true).unwrap();
    eventually("the service deletes it", || {
        all_files(&pair.a.data().join("blobs")).is_empty()
    })
    .await;
    eventually("it is gone here", || {
        all_files(&pair.alex.home().join("blobs")).is_empty()
    })
    .await;
    // Blair has not heard of it yet.
    let late = pair.blair.client.fetch_wait(heard.id, SOON).await.unwrap();
    assert_eq!(file(&late).state, FileState::Expired, "{late:#?}");
    let blair = pair.blair.online();
    eventually("Blair hears of it", || {
        incoming(&pair.blair).pop().unwrap().deleted
    })
    .await;
    assert!(incoming(&pair.blair).pop().unwrap().file.is_none());
    drop((alex, blair));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_cancelled_without_a_trace() {
    let mut pair = Pair::new().await;
    pair.a.stop().await;
    let request = FileRequest {
        name: "no.txt".into(),
        ..FileRequest::default()
    };
    let sent = pair
        .alex
        .client
        .send_file("Blair", request, Cursor::new(vec![1; 10]), Duration::ZERO)
        .await
        .unwrap();
    let why = pair.alex.client.why(sent.message.id).unwrap();
    assert!(why.text.contains("brought to a service"), "{why:?}");
    let id = sent.message.id;
    assert_eq!(pair.alex.client.cancel_file(id).unwrap(), None);
    assert!(pair.alex.messages().is_empty());
    pair.a.start().await;
    pair.alex.sync().await;
    assert!(all_files(&pair.alex.home().join("blobs")).is_empty());
    assert_eq!(
        pair.alex.client.cancel_file(id).unwrap_err().kind,
        ErrorKind::Usage
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tokens_a_file_waits_and_says_why() {
    let pair = Pair::with_blobs(1).await;
    pair.alex.sync().await;
    let stock = pair.alex.client.provider_list().unwrap()[0].tokens.clone();
    assert_eq!(stock.len(), 3, "{stock:?}");
    for name in ["one", "two", "three"] {
        let request = FileRequest {
            name: name.into(),
            ..FileRequest::default()
        };
        let wait = Duration::from_secs(3);
        let sent = pair
            .alex
            .client
            .send_file("Blair", request, Cursor::new(vec![1; 10]), wait)
            .await
            .unwrap();
        if let Some(note) = sent.note {
            assert!(note.contains("tokens"), "{note}");
            assert_eq!(sent.message.state, MessageState::Waiting);
            // Texts go on.
            let text = pair.alex.client.send("Blair", "hello", SOON).await.unwrap();
            assert_eq!(text.note, None);
            return;
        }
    }
    panic!("three files went for the tokens of two days");
}

#[tokio::test(flavor = "multi_thread")]
async fn small_files_of_verified_contacts_come_by_themselves() {
    let pair = Pair::new().await;
    let _online = pair.online();
    pair.blair.client.mark_verified("Alex").unwrap();
    pair.send("small", vec![1; 1000]).await;
    let small = pair.heard(1).await;
    eventually("it comes by itself", || {
        file(&pair.blair.client.message(small.id).unwrap()).state == FileState::Here
    })
    .await;
    let settings = SettingsView {
        fetch_up_to: 500,
        ..SettingsView::default()
    };
    pair.blair.client.set_settings(settings).unwrap();
    pair.send("larger", vec![1; 1000]).await;
    let larger = pair.heard(2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let message = pair.blair.client.message(larger.id).unwrap();
    assert_eq!(file(&message).state, FileState::Offered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_vanishes_with_its_message() {
    let pair = Pair::new().await;
    let _online = pair.online();
    pair.alex.client.set_timer("Blair", Some(3)).unwrap();
    pair.send("brief.txt", vec![1; 1000]).await;
    let heard = pair.heard(2).await;
    assert_eq!(pair.fetched(heard.id).await, vec![1; 1000]);
    pair.blair.client.mark_read(&[heard.id]).unwrap();
    eventually("nothing is left", || {
        [&pair.alex, &pair.blair]
            .iter()
            .all(|person| all_files(&person.home().join("blobs")).is_empty())
    })
    .await;
}

/// Sends a file from one to the other, and fetches it there.
async fn across(from: &Person, to: &Person, nick: &str, name: &str, bytes: &[u8]) {
    let request = FileRequest {
        name: name.to_owned(),
        ..FileRequest::default()
    };
    let source = Cursor::new(bytes.to_vec());
    let sent = from.client.send_file(nick, request, source, SOON).await;
    assert_ne!(sent.unwrap().message.state, MessageState::Waiting);
    let there = || {
        let mut all = incoming(to).into_iter();
        all.find(|message| message.file.as_ref().is_some_and(|file| file.name == name))
    };
    eventually("it arrives", || there().is_some()).await;
    let id = there().unwrap().id;
    let message = to.client.fetch_wait(id, 3 * SOON).await.unwrap();
    assert_eq!(file(&message).state, FileState::Here, "{message:#?}");
    let mut found = Vec::new();
    let mut reader = to.client.open_file(id).unwrap();
    reader.read_to_end(&mut found).unwrap();
    assert!(found == bytes, "other bytes arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways_over_a_provider_whose_receiver_is_another_host_than_its_sender() {
    let [issuer, sender, receiver] = Provider::spread(200).await;
    let whole = Provider::begin(200).await;
    let alex = Person::at("Alex", &[&whole]).await;

    // Without the host that issues, the others are of no use, and say so.
    let blair = Person::at("Blair", &[&receiver, &sender]).await;
    for provider in blair.client.provider_list().unwrap() {
        assert!(!provider.health.ok, "{provider:?}");
        assert!(
            provider
                .health
                .text
                .contains("No provider in use issues tokens")
        );
    }
    let added = blair
        .client
        .provider_add(&issuer.url(), None)
        .await
        .unwrap();
    assert!(added.health.ok);
    for _ in 0..2 {
        blair.sync().await;
    }
    let all = blair.client.provider_list().unwrap();
    assert!(all.iter().all(|provider| provider.health.ok), "{all:#?}");

    meet(&alex, &blair).await;
    let _online = (alex.online(), blair.online());
    across(&alex, &blair, "Blair", "to-blair.bin", &noise(300_000)).await;
    across(&blair, &alex, "Alex", "to-alex.bin", &noise(300_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_only_sends_beside_one_that_only_receives_is_enough_for_files() {
    let sends = Provider::with(200, |config| config.receiver = None).await;
    let receives = Provider::with(200, |config| config.sender = None).await;
    let whole = Provider::begin(200).await;
    let alex = Person::at("Alex", &[&whole]).await;
    let blair = Person::at("Blair", &[&sends, &receives]).await;
    let all = blair.client.provider_list().unwrap();
    assert!(all.iter().all(|provider| provider.health.ok), "{all:#?}");
    meet(&alex, &blair).await;
    let _online = (alex.online(), blair.online());
    across(&alex, &blair, "Blair", "to-blair.bin", &noise(300_000)).await;
    across(&blair, &alex, "Alex", "to-alex.bin", &noise(300_000)).await;
}
