//! The pages about people and about oneself, asked as a browser asks, with a real app and real services.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod browser;

use browser::{Browser, Provider, meet};
use dyad_client::view::{ContactStatus, Notifications, ProfileView, Theme, TrafficClass};
use qrcode::{Color, EcLevel, QrCode};

const PAGES: [&str; 9] = [
    "/calls",
    "/games",
    "/invite",
    "/accept",
    "/me",
    "/me/providers",
    "/me/settings",
    "/me/log",
    "/me/apps",
];

#[tokio::test]
async fn nobody_without_a_session_sees_or_does_anything() {
    let mut alex = Browser::new("Alex").await;
    alex.leave();
    for page in PAGES {
        alex.get(page).await.is(403).lacks("Alex");
    }
    alex.get("/contact/00").await.is(403);
    let posts = [
        "/invite",
        "/invite/00/withdraw",
        "/accept",
        "/accept/look",
        "/contact/00/rename",
        "/contact/00/verify",
        "/contact/00/compare",
        "/contact/00/block",
        "/contact/00/unblock",
        "/contact/00/end",
        "/contact/00/forget",
        "/contact/00/profile",
        "/contact/00/timer",
        "/contact/00/traffic",
        "/me/profiles",
        "/me/profiles/1",
        "/me/profiles/1/remove",
        "/me/providers",
        "/me/providers/remove",
        "/me/providers/look",
        "/me/settings",
        "/me/log/sync",
        "/me/apps/allow",
        "/me/apps/deny",
        "/me/apps/change",
        "/me/apps/revoke",
        "/qr?w=1&h=1",
    ];
    for path in posts {
        alex.post(path, &[]).await.is(403);
    }
}

#[tokio::test]
async fn each_page_is_whole_in_both_languages_with_one_heading() {
    let mut alex = Browser::new("Alex").await;
    for (language, word) in [("en", "Back"), ("de", "Zurück")] {
        alex.language = language;
        for page in PAGES {
            let shown = alex.get(page).await;
            shown.is(200).shows(word).lacks("style=").lacks("<script>");
            assert_eq!(shown.body.matches("<h1").count(), 1, "{page}");
        }
        alex.get("/contact/00").await.is(422);
    }
}

#[tokio::test]
async fn an_invitation_is_made_shown_once_and_withdrawn() {
    let provider = Provider::begin().await;
    let alex = Browser::at("Alex", &provider).await;
    let fields = [
        ("name", "Blair <b>"),
        ("reuse", "single"),
        ("days", "3"),
        ("tell", "1"),
    ];
    let made = alex.post("/invite", &fields).await;
    let link = made.is(201).value("link");
    assert!(link.starts_with(&format!("{}/i#", provider.url)), "{link}");
    made.shows("Blair &#60;b&#62;")
        .shows("The link works now")
        .shows("dyad-invitation:")
        .shows("<svg viewBox=")
        .lacks("Blair <b>");

    let list = alex.get("/invite").await;
    list.shows("Blair &#60;b&#62;")
        .shows("Open until")
        .lacks(&link);
    let id = alex.client.invitations().unwrap()[0].id.to_string();
    let gone = alex.post(&format!("/invite/{id}/withdraw"), &[]).await;
    gone.leads("/invite?done=withdrawn");
    alex.get("/invite?done=withdrawn")
        .await
        .shows("The invitation is void")
        .shows("There are none.");
    let again = alex.post(&format!("/invite/{id}/withdraw"), &[]).await;
    again.is(422).shows("role=\"alert\"");
}

#[tokio::test]
async fn without_a_provider_inviting_says_what_to_do_and_keeps_what_was_filled_in() {
    let mut alex = Browser::new("Alex").await;
    let fields = [("name", "Blair"), ("days", "30")];
    let refused = alex.post("/invite", &fields).await;
    refused
        .shows("role=\"alert\"")
        .shows("value=\"Blair\"")
        .shows("<option value=\"30\" selected>")
        .lacks("`dyad");
    alex.language = "de";
    let refused = alex.post("/invite", &fields).await;
    refused.shows("Es gibt noch keinen Anbieter");
}

#[tokio::test]
async fn somebody_who_answers_first_sees_whose_invitation_it_is() {
    let provider = Provider::begin().await;
    let alex = Browser::at("Alex <script>alert(1)</script>", &provider).await;
    let blair = Browser::at("Blair", &provider).await;
    let made = alex.post("/invite", &[("days", "14"), ("tell", "1")]).await;
    let link = made.is(201).value("link");

    let seen = blair.post("/accept/look", &[("text", &link)]).await;
    seen.is(200)
        .shows("Alex &#60;script&#62;")
        .shows("once, by one person")
        .shows("Nobody vouches for the name")
        .lacks("<script>alert");
    assert!(blair.client.contacts().unwrap().is_empty());

    alex.post("/accept/look", &[("text", &link)])
        .await
        .is(200)
        .shows("This is your own invitation")
        .lacks("action=\"/accept\"");
    let fields = [("text", link.as_str()), ("nick", "Alex")];
    let answered = blair.post("/accept", &fields).await;
    answered.leads(&format!("/c/{}", blair.only_contact()));
    let again = blair.post("/accept/look", &[("text", &link)]).await;
    again.is(422).shows("role=\"alert\"").shows("Alex");
}

#[tokio::test]
async fn what_is_no_invitation_is_said_to_be_none_and_stays_in_the_field() {
    let mut provider = Provider::begin().await;
    let alex = Browser::at("Alex", &provider).await;
    let mut blair = Browser::at("Blair", &provider).await;
    let made = alex.post("/invite", &[("days", "14")]).await;
    let link = made.is(201).value("link");
    let cut = &link[..link.len() - 3];
    for path in ["/accept/look", "/accept"] {
        for text in ["", "<b>hello</b>", cut, "https://dyad.example/i#"] {
            let refused = blair.post(path, &[("text", text)]).await;
            refused.is(422).shows("role=\"alert\"").lacks("<b>hello");
        }
    }
    blair.language = "de";
    blair
        .post("/accept/look", &[("text", cut)])
        .await
        .shows("Das ist keine vollständige Einladung");
    let id = alex.client.invitations().unwrap()[0].id.to_string();
    alex.post(&format!("/invite/{id}/withdraw"), &[]).await;
    blair
        .post("/accept/look", &[("text", &link)])
        .await
        .is(422)
        .shows("nicht mehr da");
    provider.stop().await;
    let away = blair.post("/accept/look", &[("text", &link)]).await;
    away.is(502).shows("role=\"alert\"").shows("/i#");
}

#[tokio::test]
async fn a_contact_is_renamed_verified_blocked_ended_and_forgotten() {
    let provider = Provider::begin().await;
    let alex = Browser::at("Alex", &provider).await;
    let blair = Browser::at("Blair", &provider).await;
    meet(&alex, &blair).await;
    let id = alex.only_contact();
    let at = |what: &str| format!("/contact/{id}/{what}");
    let page = alex.get(&format!("/contact/{id}")).await;
    page.is(200)
        .shows("They accepted your invitation.")
        .shows("class=\"words\"");
    let status = || alex.client.contacts().unwrap()[0].status;

    let hostile = "<img src=x onerror=alert(1)>";
    let renamed = alex.post(&at("rename"), &[("nick", hostile)]).await;
    renamed.leads(&format!("/contact/{id}?done=renamed"));
    alex.get(&format!("/contact/{id}?done=renamed"))
        .await
        .shows("&#60;img src=x")
        .shows("They are not told")
        .lacks("<img src=x");
    alex.post(&at("rename"), &[("nick", " ")])
        .await
        .is(422)
        .shows("role=\"alert\"");

    // Seen by camera: only the same words verify.
    let words = blair.client.verify_words("Alex").unwrap().words.join(" ");
    for (text, wrong) in [
        ("https://dyad.example".to_owned(), "holds no words"),
        (format!("dyad-words:{words} more"), "other words than yours"),
    ] {
        let refused = alex.post(&at("compare"), &[("text", &text)]).await;
        refused.is(422).shows(wrong);
        assert!(alex.client.contacts().unwrap()[0].verified_at.is_none());
    }
    let same = format!("dyad-words:{words}");
    let verified = alex.post(&at("compare"), &[("text", &same)]).await;
    verified.leads(&format!("/contact/{id}?done=verified"));
    assert!(alex.client.contacts().unwrap()[0].verified_at.is_some());
    let other = blair.only_contact();
    blair
        .post(&format!("/contact/{other}/verify"), &[])
        .await
        .is(303);
    assert!(blair.client.contacts().unwrap()[0].verified_at.is_some());

    alex.post(&at("timer"), &[("seconds", "86400")])
        .await
        .is(303);
    alex.post(&at("traffic"), &[("class", "prompt")])
        .await
        .is(303);
    let details = alex.client.contact(hostile).unwrap();
    assert_eq!(details.contact.timer, Some(86_400));
    assert_eq!(details.traffic, TrafficClass::Prompt);
    alex.post(&at("timer"), &[("seconds", "0")]).await.is(303);
    assert_eq!(alex.client.contact(hostile).unwrap().contact.timer, None);

    alex.post(&at("forget"), &[]).await.is(422);
    alex.post(&at("block"), &[]).await.is(303);
    assert_eq!(status(), ContactStatus::Blocked);
    alex.post(&at("unblock"), &[]).await.is(303);
    assert_eq!(status(), ContactStatus::Active);
    alex.post(&at("end"), &[]).await.is(303);
    assert_eq!(status(), ContactStatus::EndedByUs);
    alex.get(&format!("/contact/{id}"))
        .await
        .shows("Yes, delete everything");
    alex.post(&at("forget"), &[]).await.leads("/");
    assert!(alex.client.contacts().unwrap().is_empty());
    alex.get(&format!("/contact/{id}")).await.is(422);
}

#[tokio::test]
async fn somebody_who_has_not_answered_has_no_words_to_compare() {
    let provider = Provider::begin().await;
    let alex = Browser::at("Alex", &provider).await;
    let blair = Browser::at("Blair", &provider).await;
    let made = alex.post("/invite", &[("days", "14"), ("tell", "1")]).await;
    let link = made.value("link");
    blair.post("/accept", &[("text", &link)]).await.is(303);
    let id = blair.only_contact();
    let page = blair.get(&format!("/contact/{id}")).await;
    page.is(200).shows("Waiting for their answer");
    page.shows("You accepted their invitation.");
}

#[tokio::test]
async fn profiles_are_added_changed_chosen_and_removed() {
    let provider = Provider::begin().await;
    let alex = Browser::at("Alex", &provider).await;
    let blair = Browser::at("Blair", &provider).await;
    meet(&alex, &blair).await;
    let fields = [
        ("name", "A. <i>"),
        ("pronouns", "they"),
        ("letters", "W"),
        ("colour", "3"),
        ("read_receipts", "1"),
    ];
    alex.post("/me/profiles", &fields)
        .await
        .leads("/me?done=added");
    let added = alex.client.profiles().unwrap().pop().unwrap();
    let wanted = ProfileView {
        id: added.id,
        name: "A. <i>".into(),
        pronouns: Some("they".into()),
        read_receipts: true,
        default: false,
        badge: added.badge.clone(),
        picture: None,
    };
    assert_eq!(added, wanted);
    assert_eq!((added.badge.colour, added.badge.letters.as_str()), (3, "W"));
    let page = alex.get("/me").await;
    page.shows("A. &#60;i&#62;").shows("Seen by").lacks("<i>");

    let id = alex.only_contact();
    let number = added.id.to_string();
    let chosen = [("profile", number.as_str())];
    let path = format!("/contact/{id}/profile");
    alex.post(&path, &chosen).await.is(303);
    assert_eq!(alex.client.contacts().unwrap()[0].profile, added.id);
    let path = format!("/me/profiles/{number}");
    alex.post(&path, &[("name", "Work"), ("colour", "9")])
        .await
        .is(422);
    alex.post(&path, &[("name", "Work"), ("default", "1")])
        .await
        .is(303);
    assert_eq!(alex.client.profile().unwrap().name, "Work");
    // The default one stays.
    let remove = format!("{path}/remove");
    alex.post(&remove, &[]).await.is(422);
    let first = alex.client.profiles().unwrap()[0].id;
    alex.post(&format!("/me/profiles/{first}/remove"), &[])
        .await
        .leads("/me?done=removed");
    assert_eq!(alex.client.profiles().unwrap().len(), 1);
}

#[tokio::test]
async fn settings_are_kept_and_take_effect_at_once() {
    let alex = Browser::new("Alex").await;
    let fields = [
        ("notifications", "with_content"),
        ("theme", "dark"),
        ("language", "de"),
        ("lock", "60"),
    ];
    alex.post("/me/settings", &fields)
        .await
        .leads("/me/settings?done=saved");
    let kept = alex.client.settings().unwrap();
    assert_eq!(kept.notifications, Notifications::WithContent);
    assert_eq!(kept.theme, Theme::Dark);
    assert_eq!(kept.lock_after_minutes, Some(60));
    let page = alex.get("/me/settings?done=saved").await;
    page.shows("lang=\"de\" data-theme=\"dark\"")
        .shows("Gespeichert.")
        .shows(&alex.folder())
        .shows("<option value=\"60\" selected>");
    let fields = [("notifications", "off"), ("theme", "system"), ("lock", "0")];
    alex.post("/me/settings", &fields).await.is(303);
    let kept = alex.client.settings().unwrap();
    assert_eq!((kept.language, kept.lock_after_minutes), (None, None));
    let odd = [
        ("notifications", "off"),
        ("theme", "system"),
        ("language", "../x"),
    ];
    alex.post("/me/settings", &odd)
        .await
        .is(422)
        .shows("role=\"alert\"");
}

#[tokio::test]
async fn providers_are_added_with_their_health_and_removed() {
    let provider = Provider::begin().await;
    let alex = Browser::new("Alex").await;
    alex.get("/me/providers").await.shows("There is none");
    let bad = alex.post("/me/providers", &[("url", "ftp://<x>")]).await;
    bad.is(422)
        .shows("role=\"alert\"")
        .shows("ftp://&#60;x&#62;");
    alex.post("/me/providers", &[("url", &provider.url)])
        .await
        .leads("/me/providers?done=added");
    let host = provider.url.trim_start_matches("http://");
    let page = alex.get("/me/providers").await;
    page.shows(host)
        .shows("In order.")
        .shows("Tokens for messages")
        .shows("Tokens for files")
        .shows("enough for today");
    alex.post("/me/providers/look", &[]).await.is(303);
    let gone = [("host", host)];
    alex.post("/me/providers/remove", &gone).await.is(303);
    let page = alex.get("/me/providers").await;
    page.shows("Given up").lacks("Yes, move away");
    let at_once = [("host", host), ("at_once", "1")];
    alex.post("/me/providers/remove", &at_once)
        .await
        .leads("/me/providers?done=closed");
    alex.get("/me/providers").await.shows("There is none");
    alex.post("/me/providers/remove", &gone).await.is(422);
}

#[tokio::test]
async fn what_is_stuck_is_said_with_its_reason() {
    let mut provider = Provider::begin().await;
    let alex = Browser::at("Alex", &provider).await;
    alex.get("/me/log").await.is(200).shows("Nothing is stuck.");
    provider.stop().await;
    alex.post("/me/log/sync", &[])
        .await
        .leads("/me/log?done=looked");
    alex.post("/me/providers/look", &[]).await.is(303);
    let page = alex.get("/me/log").await;
    page.is(200).shows("cannot be reached");
    alex.get("/me/providers").await.shows("There is trouble");
}

/// A code as a camera sees it, three pixels a module.
fn photograph(text: &str) -> (usize, Vec<u8>) {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
    let side = (code.width() + 8) * 3;
    let inside = 4..4 + code.width();
    let shade = |n: usize| {
        let (x, y) = (n % side / 3, n / side / 3);
        let dark =
            inside.contains(&x) && inside.contains(&y) && code[(x - 4, y - 4)] == Color::Dark;
        if dark { 30 } else { 220 }
    };
    (side, (0..side * side).map(shade).collect())
}

#[tokio::test]
async fn a_picture_of_a_code_is_read_and_anything_else_is_not() {
    let alex = Browser::new("Alex").await;
    let link = "https://dyad.example/i#AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
    let (side, picture) = photograph(link);
    let path = format!("/qr?w={side}&h={side}");
    let read = alex.post_bytes(&path, picture.clone()).await;
    assert_eq!(read.is(200).body, link);
    let dim = vec![99; side * side];
    alex.post_bytes(&path, dim).await.is(204);
    alex.post_bytes("/qr?w=10&h=10", picture.clone())
        .await
        .is(400);
    alex.post_bytes("/qr?w=0&h=0", Vec::new()).await.is(400);
    let huge = format!("/qr?w={}&h=2", usize::MAX);
    alex.post_bytes(&huge, picture).await.is(400);
    alex.post_bytes("/qr?w=2000&h=2000", vec![0; 4_000_000])
        .await
        .is(413);
}
