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
    // With services of somebody else's, if that is wanted.
    browser.click("details > summary").await;
    browser.click("[name=provider]").await;
    browser.fill("[name=passphrase]", PASSPHRASE).await;
    browser.fill("[name=again]", PASSPHRASE).await;
    browser.click("main form button.primary").await;
    browser.find("main form[action='/me/providers']").await;
    browser.reads("In order.").await;
    let none = "return document.querySelector('p.problem') === null";
    assert_eq!(browser.script(none).await, true, "they are there already");
    browser.close().await;

    let mut alex = Person::new();
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
    one.until("document.querySelector('.entry.ours .state[data-state=confirmed]')")
        .await;

    // F6 goes round: the list, the messages, the field.
    for place in ["#list a", "#messages", "#text"] {
        one.keys("\u{e036}").await;
        one.until(&format!("document.activeElement?.matches('{place}')"))
            .await;
    }

    // Reload in the middle of writing: the draft is there.
    let field = one.find("#text").await;
    field.send_keys("half a").await.unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn two_people_meet_in_the_page_and_do_what_people_do_with_messages() {
    if !browser_here() {
        return;
    }
    let (mut alex, mut blair) = (Person::new(), Person::new());
    let (one, two) = (
        set_up(&mut alex, "Alex").await,
        set_up(&mut blair, "Blair").await,
    );
    one.go(&alex.url("/invite")).await;
    one.fill("[name=name]", "Blair").await;
    one.click("main form button.primary").await;
    one.find("#invited").await;
    // With words of invitation, where the system has no sheet for sharing.
    let share = "return document.getElementById('share').dataset.copies === document.getElementById('share').textContent";
    assert_eq!(one.script(share).await, true);
    one.click("#share").await;
    one.reads("Copied.").await;
    let link = one
        .script("return document.getElementById('link').value")
        .await;
    let link = link.as_str().unwrap().to_owned();
    assert!(link.contains("/i#"), "{link}");

    // What is no invitation stays in the field; whose one is is said before anything is done.
    two.go(&blair.url("/accept")).await;
    two.paste("#given", "not an invitation").await;
    two.click("#give button.primary").await;
    two.find("#problem").await;
    two.until("document.getElementById('given').value === 'not an invitation'")
        .await;
    two.paste("#given", &link).await;
    two.click("#give button.primary").await;
    two.find("[name=nick]").await;
    two.reads("Alex").await;
    two.click("main form button.primary").await;
    two.click("#list a.row-link").await;
    one.click("#list a.row-link").await;
    one.reads("In touch").await;

    one.write("Shall we meet?").await;
    two.reads("Shall we meet?").await;
    // By keyboard alone: choose the message, reply to it.
    let choose = "document.querySelector('.entry.theirs').focus()";
    two.script(choose).await;
    two.keys("r").await;
    two.until("!document.getElementById('context').hidden")
        .await;
    two.write("Gladly").await;
    one.until(
        "document.querySelector('.entry.theirs .quote')?.innerText.includes('Shall we meet?')",
    )
    .await;
    // React; the other sees it without doing anything.
    two.script(choose).await;
    two.keys("\n").await;
    two.click(".menu-palette button").await;
    one.until("document.querySelector('.entry.ours .reaction')")
        .await;
    // Change what was written.
    two.script("[...document.querySelectorAll('.entry.ours')].at(-1).focus()")
        .await;
    two.keys("e").await;
    two.until("!document.getElementById('context').hidden")
        .await;
    two.fill("#text", "Very gladly").await;
    two.keys("\n").await;
    one.until("[...document.querySelectorAll('.entry.theirs .text')].some(e => e.textContent === 'Very gladly')").await;
    // Delete for both.
    two.script("[...document.querySelectorAll('.entry.ours')].at(-1).focus()")
        .await;
    two.keys("d").await;
    two.click("#delete-both").await;
    one.reads("This message was deleted.").await;
    // Nor does what a screen reader was told of it stay.
    one.until("!document.body.textContent.includes('Very gladly')")
        .await;

    // The same words on both sides; blocking is silent.
    let words = "return [...document.querySelectorAll('.words li')].map(e => e.textContent.trim())";
    let contact = |browser: &Browser| {
        let driver = browser.driver.clone();
        async move {
            let link = driver
                .find(thirtyfour::By::Css("a.talk-who"))
                .await
                .unwrap();
            link.click().await.unwrap();
        }
    };
    contact(&one).await;
    contact(&two).await;
    one.find(".words li").await;
    two.find(".words li").await;
    assert_eq!(one.script(words).await, two.script(words).await);
    one.click("form[action$='/verify'] button").await;
    one.reads("you have compared the words").await;
    one.script("document.querySelector(\"form[action$='/block']\").closest('details').open = true")
        .await;
    one.click("form[action$='/block'] button").await;
    one.find("form[action$='/unblock']").await;
    one.close().await;
    two.close().await;
}
