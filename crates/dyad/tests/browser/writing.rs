//! What is written and has not gone yet, and what is written anew: drafts of mails, and texts that become long ones.

use serde_json::json;

use crate::stage::{PASSPHRASE, browser_here, in_touch, opened};

#[tokio::test(flavor = "multi_thread")]
async fn the_draft_of_a_mail_outlives_reload_lock_and_restart() {
    if !browser_here() {
        return;
    }
    let (mut alex, blair) = in_touch();
    let one = opened(&alex).await;
    let conversation = one.address().await;
    let write = format!("{conversation}/mail");
    one.go(&write).await;
    one.fill("input[name=subject]", "The harbour").await;
    let words = "Dear Blair,\n\nit was a long day";
    one.paste("textarea[name=text]", words).await;
    one.reads("Kept as a draft.").await;
    let there = format!(
        "document.querySelector('input[name=subject]')?.value === 'The harbour' \
         && document.querySelector('textarea[name=text]').value === {}",
        json!(words)
    );
    one.go(&write).await;
    one.until(&there).await;
    one.reads("You had begun to write this mail").await;

    alex.ok(&["lock"]);
    one.find("[name=passphrase]").await;
    one.fill("[name=passphrase]", PASSPHRASE).await;
    one.click("main form button.primary").await;
    one.find("#list").await;
    one.go(&write).await;
    one.until(&there).await;

    alex.kill();
    let launch = alex.start();
    one.go(&launch).await;
    one.find("#list").await;
    one.go(&alex.url(&write[write.find("/c/").unwrap()..]))
        .await;
    one.until(&there).await;

    // It is one mail and no draft any more.
    one.click("#compose button.primary").await;
    one.until("document.querySelector('.rich.mail')").await;
    one.click("#talk-menu summary").await;
    one.click("#talk-menu a[href$='/mail']").await;
    one.find("#compose").await;
    one.until("document.querySelector('textarea[name=text]').value === '' && !document.querySelector('#mail-discard')")
        .await;

    // By the button it is discarded.
    one.fill("input[name=subject]", "No").await;
    one.reads("Kept as a draft.").await;
    one.click("#mail-keep-draft").await;
    one.find("#text").await;
    one.go(&alex.url(&write[write.find("/c/").unwrap()..]))
        .await;
    one.click("#mail-discard").await;
    one.until("document.querySelector('input[name=subject]')?.value === '' && !document.querySelector('#mail-discard')")
        .await;
    drop(blair);
    one.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_text_is_changed_into_a_long_one() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let (one, two) = (opened(&alex).await, opened(&blair).await);
    one.fill("#text", "short").await;
    one.click("#send").await;
    two.reads("short").await;
    one.until("document.querySelector('.entry.ours')").await;
    let number = one
        .script("return document.querySelector('.entry.ours').dataset.id")
        .await;
    let message = format!("{}/m/{}", one.address().await, number.as_str().unwrap());
    one.go(&message).await;
    let long = "Once upon a time there was a harbour. ".repeat(3_000);
    one.paste("form[action$='/edit'] textarea", &long).await;
    one.click("form[action$='/edit'] button").await;
    two.until(&format!(
        "document.querySelector('.entry.theirs .text')?.textContent.trim() === {}",
        json!(long.trim())
    ))
    .await;
    two.reads("changed").await;
    // Nothing is on its way any more.
    one.until("document.querySelector('.entry.ours .text')?.textContent.includes('harbour') && !document.querySelector('.entry.ours .file-said')")
        .await;
    two.close().await;
    one.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_to_play_twice_leads_to_the_first_game() {
    if !browser_here() {
        return;
    }
    let (alex, _blair) = in_touch();
    let one = opened(&alex).await;
    let games = format!("{}/games", one.address().await);
    one.go(&games).await;
    one.script("const b = document.getElementById('game-ask'); b.click(); b.click();")
        .await;
    one.find(".board").await;
    one.reads("has not answered yet.").await;
    let first = one.address().await;
    one.go(&games).await;
    one.click("#game-ask").await;
    one.find(".board").await;
    one.reads("has not answered yet.").await;
    assert_eq!(one.address().await, first);
    let all = alex.ok(&["game", "list"]);
    assert_eq!(all["games"].as_array().unwrap().len(), 1);
    one.close().await;
}
