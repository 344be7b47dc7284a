//! What happens on an ordinary day: several tabs, searching, a service that is down, notifications, another language.

use std::time::Duration;

use thirtyfour::WindowHandle;

use crate::stage::{Browser, Wishes, browser_here, in_touch};

/// Opens the same address in another tab, and stays there.
async fn tab(browser: &Browser, url: &str) -> WindowHandle {
    let tab = browser.driver.new_tab().await.unwrap();
    browser.driver.switch_to_window(tab.clone()).await.unwrap();
    browser.go(url).await;
    tab
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_show_the_same_and_do_not_get_in_each_others_way() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;
    browser.find("#text").await;
    let first = browser.driver.window().await.unwrap();
    let address = browser.address().await;
    let second = tab(&browser, &address).await;
    browser.write("from the second tab").await;
    browser
        .driver
        .switch_to_window(first.clone())
        .await
        .unwrap();
    browser.reads("from the second tab").await;
    browser.write("from the first").await;
    blair.ok(&["send", "Alex", "to both"]);
    for handle in [&second, &first] {
        browser
            .driver
            .switch_to_window((*handle).clone())
            .await
            .unwrap();
        browser
            .until("['from the second tab', 'from the first', 'to both'].every(text => [...document.querySelectorAll('.entry .text')].filter(e => e.textContent === text).length === 1)")
            .await;
    }
    // The tab that listened for both is closed; the other goes on by itself.
    browser.driver.close_window().await.unwrap();
    browser.driver.switch_to_window(second).await.unwrap();
    blair.ok(&["send", "Alex", "to the one that is left"]);
    browser.reads("to the one that is left").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_page_is_only_just_opening_is_shown() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.find("#list a.row-link").await;
    // A page that takes long until it hears: what happens meanwhile is told to nobody.
    let late = "window.EventSource = new Proxy(EventSource, { construct(Real, [url]) {
        const ear = new EventTarget(); ear.close = () => {};
        setTimeout(() => { const real = new Real(url);
            for (const kind of ['open', 'message', 'error']) real.addEventListener(kind, (e) => ear.dispatchEvent(new e.constructor(e.type, e))); }, 8000);
        return ear; } });";
    browser
        .command(
            "Page.addScriptToEvaluateOnNewDocument",
            serde_json::json!({ "source": late }),
        )
        .await;
    browser.click("#list a.row-link").await;
    browser.find("#text").await;
    blair.ok(&["send", "Alex", "in the first seconds", "--wait"]);
    browser.reads("in the first seconds").await;
    let shown = "[...document.querySelectorAll('.entry .text')].some(e => e.textContent === 'in the first seconds')";
    browser.until(shown).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_found_by_how_its_words_begin() {
    if !browser_here() {
        return;
    }
    let (alex, _blair) = in_touch();
    for text in [
        "The harbour at noon",
        "Harbours are loud",
        "Nothing of that",
    ] {
        alex.ok(&["send", "Blair", text]);
    }
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.find("#list").await;
    browser.keys("/").await;
    browser
        .until("document.activeElement.id === 'search'")
        .await;
    browser.keys("harb\n").await;
    browser
        .until("document.querySelectorAll('.hit mark').length === 2")
        .await;
    browser.click(".hits li:last-child a.hit").await;
    browser
        .until("location.hash.startsWith('#m-') && document.querySelector(location.hash)")
        .await;
    browser.go(&alex.url("/search?q=zebra")).await;
    browser.reads("zebra").await;
    browser.until("!document.querySelector('.hit')").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_service_is_down_the_page_says_where_a_message_is_and_it_arrives_later() {
    if !browser_here() {
        return;
    }
    let (alex, mut blair) = in_touch();
    blair.kill();
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;
    browser.write("for later").await;
    browser
        .until("[...document.querySelectorAll('.entry.ours')].some(e => e.innerText.includes('for later') && !e.querySelector('[data-state=confirmed]'))")
        .await;
    // The message's own page says where it is, in a sentence.
    let number = browser
        .script("return [...document.querySelectorAll('.entry.ours')].at(-1).id.slice(2)")
        .await;
    let there = browser.address().await;
    let conversation = there.split(['?', '#']).next().unwrap().to_owned();
    browser
        .go(&format!("{conversation}/m/{}", number.as_str().unwrap()))
        .await;
    browser.reads("is to bring it to").await;
    browser.go(&there).await;
    blair.start();
    blair.ok(&["inbox"]);
    browser
        .until("[...document.querySelectorAll('.entry.ours')].some(e => e.innerText.includes('for later') && e.querySelector('[data-state=confirmed]'))")
        .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_say_nothing_of_what_was_written_unless_that_is_wanted() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.find("#list").await;
    // The browser's own window for it cannot be answered here; what it would show is noted instead.
    let note = "window.noted = []; window.Notification = class { static permission = 'granted'; constructor(title, options) { window.noted.push(title + ' ' + (options?.body ?? '')); } close() {} addEventListener() {} }; Object.defineProperty(document, 'hidden', { value: true }); Object.defineProperty(document, 'visibilityState', { value: 'hidden' }); document.hasFocus = () => false;";
    for (mode, shown) in [("without_content", false), ("with_content", true)] {
        alex.ok(&[
            "settings",
            "--notifications",
            mode.replace('_', "-").as_str(),
        ]);
        browser.go(&alex.url("/")).await;
        browser.find("#list").await;
        browser.script(note).await;
        blair.ok(&["send", "Alex", &format!("the word is {mode}")]);
        browser.until("window.noted.length > 0").await;
        let noted = browser.script("return window.noted.join('|')").await;
        let noted = noted.as_str().unwrap();
        assert_eq!(noted.contains("the word is"), shown, "{noted}");
        browser.until("/^\\(\\d+\\)/.test(document.title)").await;
    }
    alex.ok(&["settings", "--notifications", "off"]);
    browser.go(&alex.url("/")).await;
    browser.find("#list").await;
    browser.script(note).await;
    blair.ok(&["send", "Alex", "in silence"]);
    browser
        .until("document.querySelector('#list').innerText.includes('in silence')")
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(browser.script("return window.noted.length").await, 0);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_the_browsers_language() {
    if !browser_here() {
        return;
    }
    let (alex, _blair) = in_touch();
    let browser = Browser::with(&Wishes {
        language: Some("de-DE,de"),
        ..Wishes::default()
    })
    .await;
    browser.go(&alex.launch()).await;
    browser.find("#list").await;
    browser
        .until("document.documentElement.lang === 'de'")
        .await;
    browser.go(&alex.url("/me/settings")).await;
    browser.reads("Sprache").await;
    browser.close().await;
}
