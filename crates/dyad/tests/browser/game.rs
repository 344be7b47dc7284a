//! Chess between two people, by click and by key, each seeing the other at once.

use std::time::Duration;

use thirtyfour::Key;

use crate::stage::{Browser, browser_here, in_touch};

async fn square(browser: &Browser, name: &str) {
    browser.click(&format!("[data-square={name}]")).await;
}

async fn moves(browser: &Browser, from: &str, to: &str) {
    browser
        .until("document.querySelector('.board[data-move]')")
        .await;
    square(browser, from).await;
    browser
        .until(&format!(
            "document.querySelector('[data-square={to}]').classList.contains('target')"
        ))
        .await;
    square(browser, to).await;
}

/// Where the focus is.
async fn press(browser: &Browser, key: Key) {
    for _ in 0..50 {
        let focused = browser.driver.active_element().await.unwrap();
        // The board may be drawn anew at that very moment; the focus comes back.
        if focused.send_keys(key.clone() + "").await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing takes the key");
}

/// A piece of this colour stands there.
async fn stands(browser: &Browser, name: &str, label: &str) {
    browser
        .until(&format!(
            "document.querySelector('[data-square={name}]')?.dataset.label.startsWith('{name}, {label}')"
        ))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_play_chess_by_click_and_by_key() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let (one, two) = (Browser::open().await, Browser::open().await);
    one.go(&alex.launch()).await;
    two.go(&blair.launch()).await;
    one.click("#list a.row-link").await;
    two.click("#list a.row-link").await;
    two.find("#text").await;

    one.click("#talk-menu summary").await;
    one.click("#talk-menu a[href$='/games']").await;
    one.click("input[value=white]").await;
    one.click("#game-ask").await;
    one.reads("has not answered yet.").await;

    // The card in the conversation comes by itself; it is accepted there, on the board's page.
    two.reads("asks you to play.").await;
    two.click(".game-card button[value=accept]").await;
    two.find(".board").await;
    one.reads("Your move.").await;

    // By click: first a piece that may not go there, then one that may.
    square(&one, "a1").await;
    square(&one, "a5").await;
    stands(&one, "a1", "white rook").await;
    moves(&one, "f2", "f3").await;
    stands(&two, "f3", "white pawn").await;
    two.reads("Your move.").await;

    // By key: to the pawn before the king, Enter, two squares ahead, Enter. Black looks from the other side.
    two.script("document.querySelector('[data-square=d7]').focus()")
        .await;
    press(&two, Key::Left).await;
    two.until("document.activeElement.dataset.square === 'e7'")
        .await;
    two.until("document.activeElement.getAttribute('aria-label') === 'e7, black pawn, can move'")
        .await;
    press(&two, Key::Enter).await;
    press(&two, Key::Up).await;
    press(&two, Key::Up).await;
    two.until("document.activeElement.getAttribute('aria-label') === 'e5, can move here'")
        .await;
    press(&two, Key::Enter).await;
    stands(&one, "e5", "black pawn").await;

    // As it is written.
    one.until("document.querySelector('#game-move')").await;
    one.fill("#game-move", "g5").await;
    press(&one, Key::Enter).await;
    one.reads("That is not a legal move.").await;
    one.fill("#game-move", "g4").await;
    press(&one, Key::Enter).await;
    stands(&two, "g4", "white pawn").await;
    moves(&two, "d8", "h4").await;
    two.reads("You won. Checkmate.").await;
    one.reads("won. Checkmate.").await;
    one.until("document.querySelector('.square.check')?.dataset.square === 'e1'")
        .await;
    one.reads("Qh4#").await;
    assert_eq!(
        one.script("return document.querySelectorAll('[data-to]:not([data-to=\"\"])').length")
            .await,
        0,
        "nobody can move any more"
    );

    // In the conversation the last step shows how it ended; whoever saw the board has nothing unread.
    one.click("#list a.row-link").await;
    one.reads("won. Checkmate.").await;
    one.until("document.querySelectorAll('.game-card').length === 1")
        .await;
    one.until("document.querySelectorAll('.entry.new').length === 0")
        .await;
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pawn_becomes_what_is_chosen_and_a_game_is_given_up() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let id = alex.ok(&["game", "new", "Blair", "--white"])["done"]["game"]["id"].to_string();
    let there = loop {
        let games = blair.ok(&["game", "list"]);
        if let Some(game) = games["games"].as_array().and_then(|all| all.first()) {
            break game["id"].to_string();
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    };
    blair.ok(&["game", "accept", &there]);
    let play = async |person: &crate::stage::Person, id: &str, text: &str| loop {
        if person.ok(&["game", "show", id])["game"]["our_turn"] == true {
            person.ok(&["game", "move", id, text]);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    for text in ["h4", "g5", "hxg5", "h6", "gxh6", "Nf6", "h7", "Ng8"].chunks(2) {
        play(&alex, &id, text[0]).await;
        play(&blair, &there, text[1]).await;
    }
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;
    browser.click(".game-card a.button").await;
    browser
        .until("document.querySelector('.board[data-move]')")
        .await;
    square(&browser, "h7").await;
    square(&browser, "g8").await;
    browser.find("#game-promote[open]").await;
    browser.click("#game-promote button[value=n]").await;
    stands(&browser, "g8", "white knight").await;
    browser.click("#game-resign summary").await;
    browser.click("#game-resign button").await;
    browser.reads("won. By resignation.").await;
    browser.close().await;
}
