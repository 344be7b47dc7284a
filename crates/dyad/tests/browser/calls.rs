//! Two people call one another: their browsers talk, with cameras and microphones that Chromium makes up.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Browser, Person, Wishes, browser_here, in_touch};

/// Lets a test look at the connections that a page makes.
const WATCH: &str =
    "window.connections = []; window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) { super(...given); window.connections.push(this); } };";

/// Bytes that have come in, of sound and of pictures.
const RECEIVED: &str = "const done = arguments[arguments.length - 1];
    (async () => {
      const sum = { audio: 0, video: 0 };
      for (const connection of window.connections) {
        for (const report of (await connection.getStats()).values()) {
          if (report.type === 'inbound-rtp') sum[report.kind] += report.bytesReceived;
        }
      }
      done(sum);
    })();";

pub async fn browser_of(person: &Person) -> Browser {
    let browser = Browser::with(&Wishes {
        calls: true,
        ..Wishes::default()
    })
    .await;
    browser.go(&person.launch()).await;
    browser.find("#list").await;
    browser
}

/// A further window, in which connections can be looked at.
pub async fn window(browser: &Browser, url: &str) {
    let tab = browser.driver.new_tab().await.unwrap();
    browser.driver.switch_to_window(tab).await.unwrap();
    let script = json!({ "source": WATCH });
    browser
        .command("Page.addScriptToEvaluateOnNewDocument", script)
        .await;
    browser.go(url).await;
}

/// Takes the call that rings, with a picture: as the button does, but in a window that can be looked into.
pub async fn take(browser: &Browser, person: &Person) {
    browser.find("#ringing button[value=video]").await;
    let ringing = browser
        .script("return document.querySelector('#ringing form').action")
        .await;
    window(browser, &person.url("/me")).await;
    let press = format!(
        "const f = document.createElement('form'); f.method = 'post'; f.action = {ringing};
         f.innerHTML = '<input name=take value=video>'; document.body.append(f); f.submit();"
    );
    browser.script(&press).await;
}

async fn switch(browser: &Browser, number: usize) {
    let all = browser.driver.windows().await.unwrap();
    browser
        .driver
        .switch_to_window(all[number].clone())
        .await
        .unwrap();
}

/// Where a link leads.
pub async fn link(browser: &Browser, css: &str) -> String {
    let href = browser.find(css).await.prop("href").await.unwrap();
    href.unwrap()
}

pub async fn received(browser: &Browser) -> (u64, u64) {
    let sum = browser
        .driver
        .execute_async(RECEIVED, vec![])
        .await
        .unwrap();
    let of = |kind: &str| sum.json()[kind].as_u64().unwrap_or(0);
    (of("audio"), of("video"))
}

/// Both sound and pictures go on coming.
pub async fn flows(browser: &Browser) {
    let (sound, pictures) = received(browser).await;
    for _ in 0..100 {
        let now = received(browser).await;
        if now.0 > sound && now.1 > pictures {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!(
        "nothing comes any more: {sound} {pictures} {:?}",
        browser.text().await
    );
}

pub fn calls(person: &Person) -> Vec<Value> {
    person.ok(&["call", "list"])["calls"]
        .as_array()
        .unwrap()
        .clone()
}

pub async fn becomes(person: &Person, state: &str) {
    for _ in 0..300 {
        if calls(person)
            .first()
            .is_some_and(|call| call["state"] == state)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not {state}: {:?}", calls(person));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_see_and_hear_one_another_until_one_hangs_up() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let (one, two) = (browser_of(&alex).await, browser_of(&blair).await);
    one.click("#list a.row-link").await;
    let call = link(&one, "#call-video").await;
    window(&one, &call).await;
    one.reads("calling").await;

    // It rings in every window of Blair's, and says so there and here.
    let other = two.driver.new_tab().await.unwrap();
    two.driver.switch_to_window(other).await.unwrap();
    two.go(&blair.url("/")).await;
    two.reads("is calling with video").await;
    two.until("document.title.includes('Alex is calling')")
        .await;
    one.reads("ringing there").await;
    take(&two, &blair).await;

    for browser in [&one, &two] {
        browser.reads("Connected").await;
        browser
            .until("document.getElementById('remote').videoWidth > 0")
            .await;
        browser
            .until("getComputedStyle(document.getElementById('remote')).opacity === '1'")
            .await;
        browser
            .script("window.before = document.getElementById('remote').currentTime")
            .await;
        browser
            .until("document.getElementById('remote').currentTime > window.before")
            .await;
        flows(browser).await;
    }
    // Taken in one window, it rings in no other.
    switch(&two, 1).await;
    two.until("document.getElementById('ringing').hidden").await;
    two.until("!document.title.includes('calling')").await;
    switch(&two, 2).await;

    // Without a picture it goes on, and with one again.
    two.click("#camera").await;
    two.until("document.getElementById('local').hidden").await;
    two.click("#camera").await;
    two.until("!document.getElementById('local').hidden").await;
    flows(&one).await;

    // Loading the page again ends the call; it shows what has become of it.
    two.driver.refresh().await.unwrap();
    two.reads("lasted").await;
    one.reads("lasted").await;
    one.until("connections.every((one) => one.connectionState === 'closed')")
        .await;
    for person in [&alex, &blair] {
        becomes(person, "ended").await;
        let all = calls(person);
        assert_eq!(all.len(), 1, "{all:?}");
        // One entry, and nothing of what the browsers said.
        let shown = person.ok(&["inbox", "--peek"])["messages"].clone();
        assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
        assert_eq!(shown[0]["call"]["state"], "ended");
    }
    switch(&one, 0).await;
    one.reads(", lasted").await;
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_declined_and_another_is_missed() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let (one, two) = (browser_of(&alex).await, browser_of(&blair).await);
    one.click("#list a.row-link").await;
    let call = link(&one, "#call-audio").await;
    window(&one, &call).await;
    two.reads("is calling").await;
    two.click("#ringing button.danger").await;
    one.reads("they declined").await;
    becomes(&blair, "declined").await;

    // Called again, and given up.
    one.click("#after a[href*='/call/new']").await;
    two.reads("is calling").await;
    one.click("#end").await;
    one.reads("no answer").await;
    two.until("document.getElementById('ringing').hidden").await;
    becomes(&blair, "missed").await;
    two.until("document.querySelector('#list .preview')?.innerText.includes('Missed call')")
        .await;
    two.click("#list a.row-link").await;
    two.until("document.querySelectorAll('.call-line').length === 2")
        .await;
    two.find(".call-line.missed").await;
    assert_eq!(calls(&alex).len(), 2);
    one.close().await;
    two.close().await;
}
