//! Edits that do not fit into a message: until the new text is at a service the contact has the one before, and whatever
//! is done meanwhile decides.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use common::{Person, Provider, SOON, eventually, meet};
use dyad_client::ErrorKind;
use dyad_client::view::{Direction, FileState, MessageView};

/// Two people with a provider each; Alex's gives out so many tokens for files a day.
async fn pair(tokens: u16) -> (Provider, Provider, Person, Person) {
    let provider = |tokens| {
        Provider::with(200, move |config| {
            for tier in config.issuer.as_mut().unwrap().tiers.values_mut() {
                tier.blob = tokens;
            }
        })
    };
    let (a, b) = (provider(tokens).await, provider(200).await);
    let alex = Person::at("Alex", &[&a]).await;
    let blair = Person::at("Blair", &[&b]).await;
    meet(&alex, &blair).await;
    (a, b, alex, blair)
}

fn heard(person: &Person) -> MessageView {
    let mut all = person.messages();
    all.retain(|message| message.direction == Direction::In);
    all.pop().unwrap()
}

async fn says(from: &Person, text: &str, to: &Person) -> u64 {
    let sent = from.client.send("Blair", text, SOON).await.unwrap();
    eventually("it arrives", || {
        let mut all = to.messages().into_iter();
        all.any(|message| message.text == text)
    })
    .await;
    sent.message.id
}

fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { 1 }
        })
        .sum()
}

fn long(word: &str) -> String {
    format!("{word} ").repeat(30_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_becomes_a_long_one_another_one_and_short_again() {
    let (a, _b, alex, blair) = pair(200).await;
    let _online = (alex.online(), blair.online());
    let id = says(&alex, "short", &blair).await;
    for text in [long("first"), long("second")] {
        let view = alex.client.edit(id, &text).unwrap();
        assert!(view.text == text && view.edited_at.is_some());
        eventually("all of the new text is there", || {
            heard(&blair).text == text
        })
        .await;
        let there = heard(&blair);
        assert!(there.edited_at.is_some() && there.kind == "text");
        eventually("what it replaced is withdrawn", || {
            files(&a.data().join("blobs")) == 1 && alex.client.message(id).unwrap().edit.is_none()
        })
        .await;
    }
    for person in [&alex, &blair] {
        assert_eq!(person.client.search("second", 10).unwrap().len(), 1);
        assert_eq!(person.client.search("first", 10).unwrap().len(), 0);
    }
    alex.client.edit(id, "short again").unwrap();
    eventually("it is short", || heard(&blair).text == "short again").await;
    eventually("nothing long is kept anywhere", || {
        [a.data(), alex.home().into(), blair.home().into()]
            .iter()
            .all(|home: &std::path::PathBuf| files(&home.join("blobs")) == 0)
    })
    .await;
    let refused = alex
        .client
        .edit(id, &"x".repeat((1 << 20) + 1))
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.code.as_ref()),
        (ErrorKind::Usage, "too-long")
    );
    assert_eq!(alex.client.message(id).unwrap().text, "short again");
}

#[tokio::test(flavor = "multi_thread")]
async fn until_it_is_at_a_service_the_contact_has_the_text_before() {
    // No file of Alex's gets anywhere.
    let (_a, _b, alex, blair) = pair(0).await;
    let alex_online = alex.online();
    let _blair = blair.online();
    let kept = says(&alex, "kept", &blair).await;
    let gone = says(&alex, "gone", &blair).await;
    let overtaken = says(&alex, "overtaken", &blair).await;
    for id in [kept, gone, overtaken] {
        let view = alex.client.edit(id, &long("new")).unwrap();
        assert_eq!(view.edit.unwrap().state, FileState::Uploading);
    }
    eventually("it says why it waits", || {
        let edit = alex.client.message(kept).unwrap().edit.unwrap();
        edit.why.is_some_and(|why| why.contains("tokens"))
    })
    .await;
    // What is done meanwhile goes at once.
    alex.client.delete(gone, true).unwrap();
    alex.client.edit(overtaken, "short and last").unwrap();
    eventually("both arrive", || {
        let all = blair.messages();
        all[1].deleted && all[2].text == "short and last"
    })
    .await;
    assert_eq!(blair.messages()[0].text, "kept");
    assert_eq!(blair.messages()[0].edited_at, None);
    // It is still so after a restart, and nothing is left of the other two.
    alex_online.end().await;
    let alex = alex.reopen().await;
    let view = alex.client.message(kept).unwrap();
    assert!(view.text == long("new") && view.edit.is_some());
    assert_eq!(files(&alex.home().join("blobs")), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_that_has_not_gone_is_rewritten_before_anybody_hears_of_it() {
    let (mut a, _b, alex, blair) = pair(200).await;
    a.stop().await;
    let none = std::time::Duration::ZERO;
    let (one, two) = (long("one"), long("two"));
    let first = alex.client.send("Blair", one.as_str(), none).await.unwrap();
    let second = alex.client.send("Blair", two.as_str(), none).await.unwrap();
    alex.client.edit(first.message.id, "brief").unwrap();
    let view = alex.client.edit(second.message.id, &long("three")).unwrap();
    assert!(
        view.edited_at.is_none(),
        "there is nothing that was changed for anybody"
    );
    assert_eq!(view.file.unwrap().state, FileState::Uploading);
    a.start().await;
    let _online = (alex.online(), blair.online());
    eventually("both arrive as they are now", || {
        let mut texts = blair.texts();
        texts.sort();
        texts == ["brief".to_owned(), long("three")]
    })
    .await;
    assert_eq!(files(&a.data().join("blobs")), 1);
}
