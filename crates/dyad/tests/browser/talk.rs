//! From the first start to a conversation.

use crate::stage::{Browser, PASSPHRASE, Person, browser_here, in_touch};

async fn set_up(person: &mut Person, name: &str) -> Browser {
    let browser = Browser::open().await;
    person.kill();
    browser.go(&person.start()).await;
    browser.fill("[name=name]", name).await;
    browser.fill("[name=passphrase]", PASSPHRASE).await;
    browser.fill("[name=again]", PASSPHRASE).await;
    browser.click("main form button.primary").await;
    browser.find("#list").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_starts_and_finds_an_empty_list_that_says_what_to_do() {
    if !browser_here() {
        return;
    }
    let mut alex = Person::new();
    let browser = Browser::open().await;
    alex.kill();
    browser.go(&alex.start()).await;
    browser.fill("[name=passphrase]", "short").await;
    browser.fill("[name=again]", PASSPHRASE).await;
    // The browser itself holds the form back, so the rest of the way is taken without its help.
    browser
        .script("document.querySelector('main form').noValidate = true")
        .await;
    browser.click("main form button.primary").await;
    browser.find("#problem").await;
    browser.close().await;

    let browser = set_up(&mut alex, "Alex").await;
    browser.reads("Nobody here yet").await;
    browser.find("#list a[href='/invite']").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_talk_and_see_it_at_once() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let (one, two) = (Browser::open().await, Browser::open().await);
    one.go(&alex.launch()).await;
    two.go(&blair.launch()).await;
    one.click("#list a.row-link").await;
    two.click("#list a.row-link").await;
    one.find("#text").await;
    two.find("#text").await;

    one.write("Hello Blair").await;
    two.reads("Hello Blair").await;
    two.write("Hello Alex").await;
    one.reads("Hello Alex").await;
    // Read on the other side without a reload: no receipt says so, but it is on their device.
    one.until("document.querySelector('.entry.ours .state.confirmed, .entry.ours .state.read')")
        .await;

    // Reload in the middle of writing: the draft is there.
    let field = one.find("#text").await;
    field.send_keys("half a").await.unwrap();
    one.until("true").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    one.driver.refresh().await.unwrap();
    one.until("document.getElementById('text')?.value === 'half a'")
        .await;
    one.reads("Hello Alex").await;
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_app_is_down_is_kept_in_the_field() {
    if !browser_here() {
        return;
    }
    let (mut alex, _blair) = in_touch();
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;
    let field = browser.find("#text").await;
    alex.kill();
    field.send_keys("are you there?\n").await.unwrap();
    browser
        .until("!document.getElementById('problem').hidden")
        .await;
    browser
        .until("document.getElementById('text').value === 'are you there?'")
        .await;
    alex.start();
    // The page finds the app again by itself, with the session it had.
    browser
        .until("!document.body.classList.contains('away')")
        .await;
    browser.find("#text").await.send_keys("\n").await.unwrap();
    browser.until("[...document.querySelectorAll('.entry.ours')].some(e => e.innerText.includes('are you there?'))").await;
    browser.close().await;
}
