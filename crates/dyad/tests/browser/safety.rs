//! Who may look, and what strangers' words may do.

use crate::stage::{Browser, PASSPHRASE, Person, browser_here, in_touch};

#[tokio::test(flavor = "multi_thread")]
async fn without_the_launch_address_nobody_gets_in_and_it_works_once() {
    if !browser_here() {
        return;
    }
    let alex = Person::called("Alex");
    let stranger = Browser::open().await;
    stranger.go(&alex.url("/")).await;
    stranger.reads("This page is closed").await;
    let launch = alex.launch();
    let owner = Browser::open().await;
    owner.go(&launch).await;
    owner.find("#list").await;
    stranger.go(&launch).await;
    stranger.reads("This page is closed").await;
    // The session is not for scripts to read, and does not go to other sites.
    assert_eq!(owner.script("return document.cookie").await, "");
    owner.close().await;
    stranger.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_page_wants_the_passphrase_and_says_when_it_is_wrong() {
    if !browser_here() {
        return;
    }
    let alex = Person::called("Alex");
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.find("#list").await;
    alex.ok(&["lock"]);
    browser.find("[name=passphrase]").await;
    browser.fill("[name=passphrase]", "wrong").await;
    browser.click("main form button.primary").await;
    browser.find("#problem").await;
    browser.fill("[name=passphrase]", PASSPHRASE).await;
    browser.click("main form button.primary").await;
    browser.find("#list").await;
    browser.close().await;
}

/// Script, SVG, writing directions, nothing to see, much to see.
fn hostile() -> Vec<String> {
    vec![
        "<script>window.hit = 1</script>".into(),
        "<svg onload='window.hit = 1'></svg><img src=x onerror='window.hit = 1'>".into(),
        "\"><b id=hit>'`</b>".into(),
        "\u{202e}gpj.exe\u{202c} \u{2066}x".into(),
        "a\u{200b}\u{200d}\u{feff}b".into(),
        "שלום עולם (RTL)".into(),
        "👩‍👩‍👧‍👦 🏳️‍🌈 👋🏿 e\u{301}\u{301}\u{301}\u{301}".into(),
        "javascript:window.hit=1 https://dyad.example/\"onclick=\"window.hit=1".into(),
        "W".repeat(1_000),
        "{{7*7}} ${7*7} %s".into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contacts_write_is_only_ever_text() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    alex.ok(&["me", "--name", "<img src=x onerror='window.hit = 1'>"]);
    for text in hostile() {
        alex.ok(&["send", "Blair", &text]);
    }
    let browser = Browser::open().await;
    browser.go(&blair.launch()).await;
    browser.click("#list a.row-link").await;
    browser
        .until(&format!(
            "document.querySelectorAll('.entry.theirs').length >= {}",
            hostile().len()
        ))
        .await;
    let shown = browser
        .script(
            "return [...document.querySelectorAll('.entry.theirs .text')].map(e => e.textContent)",
        )
        .await;
    let shown: Vec<String> = serde_json::from_value(shown).unwrap();
    for text in hostile() {
        assert!(shown.contains(&text), "{text:?} in {shown:?}");
    }
    assert_eq!(
        browser.script("return window.hit ?? null").await,
        serde_json::Value::Null
    );
    assert_eq!(
        browser
            .script("return document.getElementById('hit')")
            .await,
        serde_json::Value::Null
    );
    // Their own name stands where it can be compared with ours for them.
    browser.click(".talk-who").await;
    browser.reads("<img src=x onerror='window.hit = 1'>").await;
    assert_eq!(
        browser.script("return window.hit ?? null").await,
        serde_json::Value::Null
    );
    browser.driver.back().await.unwrap();
    browser
        .until("document.querySelector('.entry.theirs')")
        .await;
    // Nothing is wider than the window, however long a word is.
    browser
        .until("document.documentElement.scrollWidth <= innerWidth")
        .await;
    browser.close().await;
}
