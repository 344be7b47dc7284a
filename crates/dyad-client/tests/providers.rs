//! Adding, using and losing providers, with real services.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;

use common::{Person, Provider, WrongClock};
use dyad_client::ErrorKind;
use dyad_client::view::ProviderView;
use dyad_protocol::token::TokenClass;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn only(person: &Person) -> ProviderView {
    let mut all = person.client.provider_list().unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn usable(provider: &ProviderView, class: TokenClass) -> u64 {
    provider
        .tokens
        .iter()
        .find(|stock| stock.class == class)
        .unwrap()
        .usable
}

#[tokio::test]
async fn adding_a_provider_gives_an_account_tokens_and_a_mailbox() {
    let provider = Provider::begin(8).await;
    let alex = Person::new("Alex").await;
    let added = alex
        .client
        .provider_add(&provider.url(), None)
        .await
        .unwrap();
    assert!(added.enrolled && added.issuer && added.sender && added.receiver);
    assert!(added.health.ok, "{}", added.health.text);
    assert_eq!(usable(&added, TokenClass::Message), 8);
    assert_eq!(
        usable(&added, TokenClass::Mailbox),
        1,
        "one paid for the mailbox"
    );
    assert_eq!(added.mailboxes.len(), 1);
    assert!(added.mailboxes[0].current);

    let again = alex.client.provider_add(&provider.host(), None).await;
    assert_eq!(again.unwrap_err().code, "already-added");
    let alex = alex.reopen().await;
    alex.sync().await;
    let after = only(&alex);
    assert_eq!(
        (usable(&after, TokenClass::Message), after.mailboxes.len()),
        (8, 1),
        "nothing is fetched twice"
    );
    let status = alex.client.status().unwrap();
    assert!(status.stuck.is_empty(), "{:?}", status.stuck);
    assert_eq!(status.clock.correction, 0);
}

#[tokio::test]
async fn without_a_code_a_closed_provider_leaves_no_trace() {
    let provider = Provider::with(8, |config| {
        config.issuer.as_mut().unwrap().open_registration = false
    })
    .await;
    let alex = Person::new("Alex").await;
    let error = alex
        .client
        .provider_add(&provider.url(), None)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Usage, "code-needed")
    );
    let error = alex
        .client
        .provider_add(&provider.url(), Some("no such code"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Usage, "code-refused")
    );
    assert!(alex.client.provider_list().unwrap().is_empty());
}

#[tokio::test]
async fn a_host_that_is_no_provider_is_told_apart_from_one_that_is_away() {
    let alex = Person::new("Alex").await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let error = alex
        .client
        .provider_add(&format!("http://{address}"), None)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Unavailable, "unreachable")
    );

    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = other.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
                .await;
        }
    });
    let error = alex
        .client
        .provider_add(&format!("http://{address}"), None)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Unavailable, "nonsense")
    );
    assert!(alex.client.provider_list().unwrap().is_empty());
}

#[tokio::test]
async fn a_provider_with_another_key_is_refused_until_the_old_one_is_back() {
    let mut provider = Provider::begin(8).await;
    let alex = Person::at("Alex", &[&provider]).await;
    let before = only(&alex);

    provider.stop().await;
    let old = provider.lose_seed();
    let seed = provider.config.provider.seed_file();
    // The receiver's own keys stay: only the host's identity is another.
    provider.start().await;
    force_look(&alex).await;
    let changed = only(&alex);
    assert!(
        changed.key_changed && !changed.health.ok,
        "{}",
        changed.health.text
    );
    assert_eq!(changed.key, before.key);
    assert_eq!(
        usable(&changed, TokenClass::Message),
        8,
        "what was there is kept"
    );
    let status = alex.client.status().unwrap();
    assert!(
        status
            .notices
            .iter()
            .any(|notice| notice.kind == "provider-key-changed")
    );
    assert!(!status.stuck.is_empty());

    provider.stop().await;
    std::fs::copy(&old, &seed).unwrap();
    provider.start().await;
    force_look(&alex).await;
    assert!(!only(&alex).key_changed);
    assert!(only(&alex).health.ok, "{}", only(&alex).health.text);
}

#[tokio::test]
async fn a_key_that_follows_the_known_one_is_taken() {
    let mut provider = Provider::begin(8).await;
    let alex = Person::at("Alex", &[&provider]).await;
    let before = only(&alex).key;
    provider.stop().await;
    let old = provider.lose_seed();
    provider.config.provider.previous_seed_files = vec![old];
    provider.start().await;
    force_look(&alex).await;
    let after = only(&alex);
    assert!(!after.key_changed, "{}", after.health.text);
    assert_ne!(after.key, before);
}

/// Makes the app look at its providers' documents, as it does every hour.
async fn force_look(person: &Person) {
    person.client.refresh_providers().await.unwrap();
}

#[tokio::test]
async fn a_clock_wrong_by_years_is_noticed_and_corrected() {
    let provider = Provider::begin(8).await;
    for years in [-20_i64, 7] {
        let seconds = years * 366 * 86_400;
        let alex = Person::with_clock("Alex", Arc::new(WrongClock(seconds))).await;
        alex.client
            .provider_add(&provider.url(), None)
            .await
            .unwrap();
        alex.sync().await;
        alex.sync().await;
        let status = alex.client.status().unwrap();
        assert!(
            (status.clock.correction + seconds).abs() < 60,
            "{:?}",
            status.clock
        );
        assert!(status.clock.problem.is_some());
        assert_eq!(usable(&status.providers[0], TokenClass::Message), 8);
        assert_eq!(status.providers[0].mailboxes.len(), 1);
    }
}

#[tokio::test]
async fn a_removed_provider_is_fetched_from_until_its_addresses_have_expired_unless_forced() {
    let (one, two) = (Provider::begin(8).await, Provider::begin(8).await);
    let alex = Person::at("Alex", &[&one, &two]).await;
    let removed = alex
        .client
        .provider_remove(&one.host(), false)
        .await
        .unwrap();
    assert!(removed.fetched_until.is_some());
    let all = alex.client.provider_list().unwrap();
    assert!(
        all.iter()
            .any(|p| p.removed.is_some() && !p.mailboxes[0].current)
    );
    alex.sync().await;
    assert_eq!(alex.client.provider_list().unwrap().len(), 2);

    let removed = alex
        .client
        .provider_remove(&two.host(), true)
        .await
        .unwrap();
    assert_eq!(removed.fetched_until, None);
    assert_eq!(alex.client.provider_list().unwrap().len(), 1);
    assert_eq!(
        alex.client.status().unwrap().queues.errands,
        0,
        "its mailbox is closed"
    );
    assert_eq!(
        alex.client
            .provider_remove("nowhere.example", false)
            .await
            .unwrap_err()
            .kind,
        ErrorKind::Usage
    );
    let back = alex.client.provider_add(&one.url(), None).await.unwrap();
    assert!(back.removed.is_none() && back.enrolled);
}
