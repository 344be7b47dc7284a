//! Conversations in the page, between two people with real services.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../dyad-client/tests/common/mod.rs"]
mod common;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use common::{Person, Provider, SOON, direct, eventually, timing};
use dyad_app::App;
use dyad_client::view::{
    ContactStatus, Direction, FlagsChange, InboxQuery, InviteRequest, MessageState, MessageView,
    Notifications, SettingsView,
};
use dyad_client::{Client, ClientOptions, KdfCost, Unlock};
use dyad_web::{Page, PageAddress};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use tempfile::TempDir;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:7411";

/// Alex in front of the page, and Blair elsewhere.
struct World {
    web: Router,
    cookie: String,
    alex: Client,
    blair: Person,
    /// Blair in Alex's page.
    id: String,
    _provider: Provider,
    _home: TempDir,
}

struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: String,
}

impl World {
    async fn begin() -> Self {
        let provider = Provider::begin(200).await;
        let home = tempfile::tempdir().unwrap();
        let app = App::new(home.path(), || ClientOptions {
            kdf: KdfCost::MINIMAL,
            timing: timing(),
            ..ClientOptions::new(direct())
        });
        let key = Unlock::Passphrase("a passphrase".to_owned().into());
        app.create(key, Some("Alex")).await.unwrap();
        let alex = app.client().unwrap();
        alex.provider_add(&provider.url(), None).await.unwrap();
        let running = app.clone();
        tokio::spawn(async move {
            let forever = std::future::pending::<()>();
            running.run(forever, async |_| {}).await.unwrap();
        });
        let blair = Person::at("Blair", &[&provider]).await;
        let invitation = blair.client.invite(InviteRequest::default()).await.unwrap();
        alex.accept(&invitation.link, Some("Blair")).await.unwrap();
        let active = || alex.contacts().unwrap()[0].status == ContactStatus::Active;
        for _ in 0..100 {
            blair.sync().await;
            if active() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        eventually("they have met", active).await;
        let address = PageAddress::loopback(HOST.parse().unwrap());
        let page = Page::new(app, address, &home.path().join("browsers"));
        let mut world = Self {
            web: dyad_web::router(page.clone()),
            cookie: String::new(),
            id: hex::encode(alex.contacts().unwrap()[0].id.as_bytes()),
            alex,
            blair,
            _provider: provider,
            _home: home,
        };
        let launch = page.launch();
        let path = launch.split_once(HOST).unwrap().1.to_owned();
        let request = Request::get(path).header(header::HOST, HOST);
        let response = world
            .web
            .clone()
            .oneshot(request.body(Body::empty()).unwrap());
        let response = response.await.unwrap();
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        world.cookie = cookie.split(';').next().unwrap().to_owned();
        world
    }

    /// A form with a file, whose parts are divided by `b`.
    async fn upload(&self, path: &str, body: String) -> Answer {
        let request = Request::post(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .unwrap();
        self.answer(request).await
    }

    async fn ask(&self, method: Method, path: &str, form: Option<&str>, script: bool) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header(header::COOKIE, &self.cookie);
        if script {
            request = request.header("x-dyad-fetch", "yes");
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Body::from(form.unwrap_or_default().to_owned());
        self.answer(request.body(body).unwrap()).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.web.clone().oneshot(request).await.unwrap();
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|to| to.to_str().unwrap().to_owned());
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer {
            status,
            location,
            // Whatever is put into a sentence stands between these, so that it cannot turn the sentence around.
            body: String::from_utf8(body.to_vec())
                .unwrap()
                .replace(['\u{2068}', '\u{2069}'], ""),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, false).await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        self.ask(Method::POST, path, Some(form), false).await
    }

    /// As the page's own scripts do.
    async fn script(&self, path: &str, form: &str) -> Answer {
        self.ask(Method::POST, path, Some(form), true).await
    }

    fn talk(&self, rest: &str) -> String {
        format!("/c/{}{rest}", self.id)
    }

    fn messages(&self) -> Vec<MessageView> {
        self.alex
            .inbox(&InboxQuery {
                limit: 500,
                ..InboxQuery::default()
            })
            .unwrap()
    }

    fn last(&self) -> MessageView {
        self.messages().pop().unwrap()
    }

    async fn hear(&self, text: &str) -> MessageView {
        self.blair.client.send("Alex", text, SOON).await.unwrap();
        eventually("it came", || {
            self.messages().last().is_some_and(|last| last.text == text)
        })
        .await;
        self.last()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_done_to_a_message_works_without_scripts() {
    let world = World::begin().await;
    let sent = world
        .post(&world.talk("/send"), "text=Hello%0D%0Athere&once=1")
        .await;
    assert_eq!(
        (sent.status, sent.location),
        (StatusCode::SEE_OTHER, Some(world.talk("")))
    );
    let ours = world.last();
    assert_eq!(ours.text, "Hello\nthere");
    let theirs = world.hear("And you?").await;

    let page = world.get(&world.talk("")).await;
    assert_eq!(page.status, StatusCode::OK);
    for expected in [
        "Hello\nthere",
        "And you?",
        "class=\"day\"",
        "aria-label=\"Blair: And you?, ",
    ] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    let plain = world
        .get(&world.talk(&format!("/m/{}", ours.id)))
        .await
        .body;
    for form in [
        "/edit\"",
        "/react\"",
        "/delete\"",
        "/send\"",
        "name=\"both\"",
    ] {
        assert!(plain.contains(form), "{form}: {plain}");
    }
    let plain = world
        .get(&world.talk(&format!("/m/{}", theirs.id)))
        .await
        .body;
    assert!(!plain.contains("/edit\"") && !plain.contains("name=\"both\""));

    let reply = format!("text=I+am+well&reply_to={}", theirs.id);
    world.post(&world.talk("/send"), &reply).await;
    let quoted = world.last().reply_to.unwrap();
    assert_eq!(
        (quoted.id, quoted.direction),
        (Some(theirs.id), Direction::In)
    );
    let page = world.get(&world.talk("")).await.body;
    assert!(
        page.contains("You, replying to Blair: I am well, "),
        "{page}"
    );
    assert!(
        page.contains(&format!("?at={0}#m-{0}", theirs.id)),
        "the quote leads to it"
    );

    let of_ours = |what: &str| world.talk(&format!("/m/{}/{what}", ours.id));
    let edited = world.post(&of_ours("edit"), "text=Hello+again").await;
    assert_eq!(
        edited.location,
        Some(world.talk(&format!("?at={0}#m-{0}", ours.id)))
    );
    assert_eq!(world.alex.message(ours.id).unwrap().text, "Hello again");
    world.post(&of_ours("react"), "emoji=%F0%9F%91%8D").await;
    assert_eq!(
        world.alex.message(ours.id).unwrap().reactions[0].emoji,
        "👍"
    );
    world.post(&of_ours("react"), "emoji=").await;
    assert!(world.alex.message(ours.id).unwrap().reactions.is_empty());
    let why = world.get(&of_ours("why")).await;
    assert_eq!(
        why.location,
        Some(world.talk(&format!("/m/{}#why", ours.id)))
    );
    world.post(&of_ours("delete"), "both=1").await;
    assert!(world.alex.message(ours.id).unwrap().deleted);
    assert!(
        world
            .get(&world.talk(""))
            .await
            .body
            .contains("This message was deleted.")
    );

    // What was done arrives where it was meant to.
    for _ in 0..100 {
        world.blair.sync().await;
        let texts = world.blair.texts();
        if texts.contains(&"I am well".to_owned()) && !texts.contains(&"Hello again".to_owned()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", world.blair.messages());
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_are_told_in_a_line_what_was_refused_and_why() {
    let world = World::begin().await;
    let theirs = world.hear("Mine").await;
    let of_theirs = |what: &str| world.talk(&format!("/m/{}/{what}", theirs.id));
    for (path, form, says) in [
        (of_theirs("edit"), "text=Not+mine", "messages of your own"),
        (of_theirs("delete"), "both=1", "messages of your own"),
        (of_theirs("react"), "emoji=two+words", "one emoji"),
        (of_theirs("again"), "", "did not arrive"),
        (world.talk("/m/999/delete"), "", "not here any more"),
        (world.talk("/send"), "text=+", "nothing to send"),
        (world.talk("/timer"), "seconds=99999999999", "cannot vanish"),
    ] {
        let answer = world.script(&path, form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            answer.body.contains(says) && !answer.body.contains('<'),
            "{path}: {}",
            answer.body
        );
    }
    let kept = world
        .post(
            &world.talk("/send"),
            &format!("text={}", "long+".repeat(220_000)),
        )
        .await;
    assert!(
        kept.body.contains("long long") && kept.body.contains("too long"),
        "still in the field"
    );
    let why = world.ask(Method::GET, &of_theirs("why"), None, true).await;
    assert!(
        why.body.contains("It is here") && !why.body.contains("<html"),
        "{}",
        why.body
    );
    assert_eq!(
        world
            .script(&of_theirs("react"), "emoji=%E2%9D%A4")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(world.alex.message(theirs.id).unwrap().reactions.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_sent_twice_by_mistake_is_one_message() {
    let world = World::begin().await;
    let send = world.talk("/send");
    for form in [
        "text=One&once=a",
        "text=One&once=a",
        "text=Two&once=a",
        "text=Two&once=b",
    ] {
        assert_eq!(
            world.script(&send, form).await.status,
            StatusCode::NO_CONTENT
        );
    }
    let again = [
        world.script(&send, "text=Three&once=c"),
        world.script(&send, "text=Three&once=c"),
    ];
    futures_util::future::join_all(again).await;
    let all = world.messages();
    let texts: Vec<_> = all.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["One", "Two", "Two", "Three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_marks_and_the_timer_are_kept() {
    let world = World::begin().await;
    world.post(&world.talk("/draft"), "text=half+a+th").await;
    assert_eq!(world.get(&world.talk("/draft")).await.body, "half a th");
    let page = world.get(&world.talk("")).await.body;
    assert!(page.contains("dir=\"auto\">half a th</textarea>") && page.contains("<em>Draft:</em>"));
    world
        .script(&world.talk("/send"), "text=half+a+thought&once=1")
        .await;
    assert_eq!(world.get(&world.talk("/draft")).await.body, "");

    let path = world.talk("/flags");
    let flags = |form: &'static str| world.post(&path, form);
    assert_eq!(flags("pinned=1").await.location, Some(world.talk("")));
    flags("muted=1").await;
    assert_eq!(flags("unread=1").await.location.as_deref(), Some("/"));
    let contact = || world.alex.contacts().unwrap()[0].clone();
    assert!(contact().pinned && contact().muted && contact().marked_unread);
    let list = world.get("/list").await.body;
    assert!(
        list.contains("data-flags=\"pinned muted unread\""),
        "{list}"
    );
    world.script(&world.talk("/read"), "ids=").await;
    assert!(!contact().marked_unread, "it was opened");
    assert_eq!(flags("archived=1").await.location.as_deref(), Some("/"));
    assert!(!world.get("/").await.body.contains("row-link"));
    assert!(world.get("/archive").await.body.contains("archived"));
    flags("archived=0").await;

    world.post(&world.talk("/timer"), "seconds=3600").await;
    assert_eq!(contact().timer, Some(3_600));
    let head = world.get(&world.talk("/head")).await.body;
    assert!(
        head.starts_with("<header") && head.contains("vanish after one hour"),
        "{head}"
    );
    let page = world.get(&world.talk("")).await.body;
    assert!(
        page.contains("set messages to vanish after one hour")
            && page.contains("value=\"3600\" selected")
    );
    world.post(&world.talk("/timer"), "seconds=0").await;
    assert_eq!(contact().timer, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_says_no_more_than_was_chosen() {
    let world = World::begin().await;
    let theirs = world.hear("the secret").await;
    let path = world.talk(&format!("/m/{}/notice", theirs.id));
    let choose = |notifications| {
        let settings = world.alex.settings().unwrap();
        world
            .alex
            .set_settings(SettingsView {
                notifications,
                ..settings
            })
            .unwrap();
    };
    choose(Notifications::Off);
    assert_eq!(world.get(&path).await.status, StatusCode::NO_CONTENT);
    choose(Notifications::WithoutContent);
    let without = world.get(&path).await.body;
    assert!(!without.is_empty() && !without.contains("secret") && !without.contains("Blair"));
    choose(Notifications::WithContent);
    let with = world.get(&path).await.body;
    assert!(with.contains("the secret") && with.contains("Blair"));
    let muted = FlagsChange {
        muted: Some(true),
        ..FlagsChange::default()
    };
    world.alex.set_flags("Blair", muted).unwrap();
    assert_eq!(world.get(&path).await.status, StatusCode::NO_CONTENT);
    let unmuted = FlagsChange {
        muted: Some(false),
        ..FlagsChange::default()
    };
    world.alex.set_flags("Blair", unmuted).unwrap();
    world
        .script(&world.talk("/read"), &format!("ids={}", theirs.id))
        .await;
    assert_eq!(
        world.alex.message(theirs.id).unwrap().state,
        MessageState::Read
    );
    assert_eq!(
        world.get(&path).await.status,
        StatusCode::NO_CONTENT,
        "read already"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_is_shown_page_by_page_in_both_directions() {
    let world = World::begin().await;
    for number in 0..130 {
        world
            .alex
            .send("Blair", format!("number {number}."), Duration::ZERO)
            .await
            .unwrap();
    }
    let all = world.messages();
    let first = all[0].id;
    let shown = |html: &str| -> Vec<u64> {
        html.split("data-id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next().unwrap().parse().ok())
            .collect()
    };
    let expect = |from: u64, to: u64| (first + from..first + to).collect::<Vec<_>>();
    let mark = |html: &str, name: &str| -> Option<u64> {
        let rest = html.split(&format!("data-{name}=\"")).nth(1)?;
        rest.split('"').next()?.parse().ok()
    };

    let page = world.get(&world.talk("")).await.body;
    assert_eq!(
        (shown(&page), mark(&page, "before")),
        (expect(80, 130), Some(first + 80))
    );
    assert_eq!(mark(&page, "since"), None);
    let older = world
        .get(&world.talk(&format!("/before/{}", first + 80)))
        .await
        .body;
    assert_eq!(shown(&older), expect(30, 80));
    assert_eq!(
        (mark(&older, "before"), mark(&older, "since")),
        (Some(first + 30), Some(first + 79))
    );
    let oldest = world
        .get(&world.talk(&format!("/before/{}", first + 30)))
        .await
        .body;
    assert_eq!(
        (shown(&oldest), mark(&oldest, "before")),
        (expect(0, 30), None)
    );
    let newer = world
        .get(&world.talk(&format!("/after/{}", first + 29)))
        .await
        .body;
    assert_eq!(
        (shown(&newer), mark(&newer, "since")),
        (expect(30, 80), Some(first + 79))
    );
    let around = world
        .get(&world.talk(&format!("?at={}", first + 60)))
        .await
        .body;
    assert_eq!(shown(&around), expect(36, 86));
    assert_eq!(
        (mark(&around, "before"), mark(&around, "since")),
        (Some(first + 36), Some(first + 85))
    );

    let part = world
        .get(&world.talk(&format!("/messages?before={}", first + 80)))
        .await
        .body;
    assert_eq!(
        (shown(&part), mark(&part, "since")),
        (expect(30, 80), None),
        "goes on by itself"
    );
    assert_eq!(
        part.matches("class=\"day\"").count(),
        0,
        "the day was announced where it begins"
    );
    let part = world
        .get(&world.talk(&format!("/messages?since={}", first + 109)))
        .await
        .body;
    assert_eq!(
        (shown(&part), mark(&part, "since"), mark(&part, "before")),
        (expect(110, 130), None, None)
    );
    assert!(
        part.contains("entry ours joined"),
        "goes on from what is shown"
    );
    let only = format!("/messages?only={},{},77777", first + 5, first + 2);
    assert_eq!(
        shown(&world.get(&world.talk(&only)).await.body),
        [first + 5, first + 2]
    );

    let found = world.get("/search?q=num+12").await.body;
    assert_eq!(
        found.matches("class=\"hit\"").count(),
        11,
        "12 and 120 to 129"
    );
    assert!(
        found.contains("<mark>number</mark> <mark>12</mark>."),
        "{found}"
    );
    assert!(found.contains(&world.talk(&format!("?at={0}#m-{0}", first + 12))));
    let many = world.get("/search?q=number").await.body;
    assert_eq!(many.matches("class=\"hit\"").count(), 50);
    assert!(many.contains("/search?q=number&amp;limit=200"));
    assert!(
        world
            .get("/search?q=bla")
            .await
            .body
            .contains(&format!("href=\"/c/{}\"", world.id))
    );
    assert!(
        world
            .get("/search?q=nowhere")
            .await
            .body
            .contains("Nothing was found")
    );
    assert!(world.get("/search?q=").await.body.contains("Type words"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_and_names_stay_text() {
    let world = World::begin().await;
    assert!(
        world.alex.rename("Blair", "\u{202e}evil").is_err(),
        "a name cannot turn around what follows"
    );
    let name = format!("<b onload=x> 👩‍👩‍👧‍👦 שלום \"' {}", "N".repeat(30));
    world.alex.rename("Blair", &name).unwrap();
    let texts = [
        "<script>alert(1)</script>",
        "\"><svg onload=alert(1)>",
        "</textarea><img src=x onerror=alert(1)>",
        "\u{202e}reversed\u{2066} and \u{200b}nothing",
        "שלום עולם, مرحبا",
        "👩‍👩‍👧‍👦🏳️‍🌈 e\u{301}\u{301}\u{301}",
        "javascript:alert(1) https://good.example/\"onclick=\"x",
        "{{ t }} {% include %} &amp; &#60;",
    ];
    for text in texts {
        world.hear(text).await;
    }
    let last = world.last();
    world.alex.react(last.id, Some("👩‍👩‍👧‍👦")).unwrap();
    let reply = dyad_client::view::SendRequest {
        text: "<u>reply</u>".to_owned(),
        reply_to: Some(last.id),
    };
    world.alex.send(&name, reply, Duration::ZERO).await.unwrap();
    world.alex.set_draft(&name, "</textarea><script>").unwrap();
    for path in [
        world.talk(""),
        world.talk("/messages"),
        world.talk(&format!("/m/{}", last.id)),
        "/search?q=alert".to_owned(),
        "/search?q=%22%3E%3Cscript%3E&x".to_owned(),
        "/list".to_owned(),
    ] {
        let body = world.get(&path).await.body;
        for markup in [
            "<script>",
            "<svg onload",
            "<img src=x",
            "<b onload",
            "<u>",
            "\"onclick=\"",
        ] {
            assert!(!body.contains(markup), "{path}: {markup}: {body}");
        }
        for (place, _) in body.match_indices('\u{202e}') {
            // What turns the direction of writing stands inside an attribute, or an element that isolates it.
            let before = &body[..place];
            let (tag, text) = (before.rfind('<').unwrap(), before.rfind('>').unwrap());
            let opened = &before[tag..];
            let isolated = opened.starts_with("<bdi")
                || opened.starts_with("<mark>")
                || opened.contains("dir=\"auto\"")
                || opened.starts_with("<title")
                || opened.starts_with("</a>");
            assert!(tag > text || isolated, "{path}: {opened}");
        }
    }
    let page = world.get(&world.talk("")).await.body;
    assert!(
        page.contains("&#38;amp;") || page.contains("&amp;amp;"),
        "shown as it was written"
    );
    assert!(page.contains("👩‍👩‍👧‍👦🏳️‍🌈"));
    assert!(page.contains("href=\"https://good.example/\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_nothing_is_shown_or_done() {
    let mut world = World::begin().await;
    let theirs = world.hear("private").await;
    let before = world.alex.contacts().unwrap();
    world.cookie = "dyad-7411=0000".to_owned();
    let m = format!("/m/{}", theirs.id);
    for path in [
        "",
        "/before/9",
        "/after/1",
        "/messages",
        "/draft",
        "/head",
        &m,
        &format!("{m}/why"),
        &format!("{m}/notice"),
        "?at=1",
    ] {
        let answer = world.get(&world.talk(path)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            !answer.body.contains("private") && !answer.body.contains("Blair"),
            "{path}"
        );
    }
    assert_eq!(
        world.get("/search?q=private").await.status,
        StatusCode::FORBIDDEN
    );
    for (path, form) in [
        ("/send", "text=x"),
        ("/draft", "text=x"),
        ("/read", "ids=1"),
        ("/flags", "pinned=1"),
        ("/timer", "seconds=60"),
        (&format!("{m}/edit"), "text=x"),
        (&format!("{m}/delete"), ""),
        (&format!("{m}/react"), "emoji=x"),
        (&format!("{m}/again"), ""),
    ] {
        assert_eq!(
            world.post(&world.talk(path), form).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    assert_eq!(world.alex.contacts().unwrap(), before);
    assert_eq!(world.alex.message(theirs.id).unwrap(), theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_comes_twice_makes_one_thing_and_gets_one_answer() {
    let world = World::begin().await;
    for (path, form) in [
        (world.talk("/games"), "colour=white&once=g"),
        (
            world.talk("/share"),
            "title=Pictures&address=https%3A%2F%2Fdyad.example%2Fa&what=&secret=&once=s",
        ),
        (
            world.talk("/introduce"),
            "name=Casey&invitation=&note=&once=i",
        ),
        ("/invite".to_owned(), "reuse=single&days=14&once=n"),
        (
            "/me/profiles".to_owned(),
            "name=Work&colour=1&letters=W&once=p",
        ),
    ] {
        let count = || {
            let profiles = world.alex.profiles().unwrap().len();
            let invitations = world.alex.invitations().unwrap().len();
            (world.messages().len(), invitations, profiles)
        };
        let before = count();
        // A second click, and the form once more because the answer was lost.
        let both = [world.post(&path, form), world.post(&path, form)];
        let mut answers = futures_util::future::join_all(both).await;
        answers.push(world.post(&path, form).await);
        for answer in &answers {
            let good = answer.status.is_success() || answer.status.is_redirection();
            assert!(good, "{path}: {} {}", answer.status, answer.body);
            assert_eq!(answer.location, answers[0].location, "{path}");
            assert!(answer.body == answers[0].body, "{path}");
        }
        let after = count();
        let made = (after.0 - before.0) + (after.1 - before.1) + (after.2 - before.2);
        assert_eq!(made, 1, "{path}");
    }
    // The same words in another form are meant twice; what was refused may be tried again.
    let share = world.talk("/share");
    let before = world.messages().len();
    for once in ["x", "y"] {
        let form = format!("title=T&address=https%3A%2F%2Fdyad.example&what=&secret=&once={once}");
        world.post(&share, &form).await;
    }
    assert_eq!(world.messages().len(), before + 2);
    for _ in 0..2 {
        let refused = world
            .post(&share, "title=&address=x&what=&secret=&once=z")
            .await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_only_to_somebody_who_would_get_one() {
    let mut world = World::begin().await;
    let form = "reuse=single&days=14&once=n";
    let made = world.post("/invite", form).await;
    assert_eq!(made.status, StatusCode::CREATED);
    world.cookie = "dyad=stranger".into();
    let refused = world.post("/invite", form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body != made.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_draft_of_a_mail_stands_where_one_begins_a_mail() {
    let world = World::begin().await;
    let theirs = world.hear("And you?").await;
    let mail = world.talk("/mail");
    let kept = world
        .post(
            &world.talk("/mail/draft"),
            "subject=Tea+%3Cb%3E&text=Dear%0D%0ABlair&reply_to=&files=2",
        )
        .await;
    assert_eq!(kept.location, Some(world.talk("")));
    let page = world.get(&mail).await.body;
    for part in [
        "value=\"Tea &#60;b&#62;\"",
        "Dear\nBlair</textarea>",
        "id=\"mail-discard\"",
        "2 files were attached",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Whoever wants to answer something meanwhile is told of it, and loses nothing.
    let other = world.get(&format!("{mail}?reply={}", theirs.id)).await.body;
    assert!(other.contains("begun another mail") && other.contains("Dear\nBlair</textarea>"));
    world.post(&world.talk("/mail/discard"), "").await;
    let page = world.get(&mail).await.body;
    assert!(
        !page.contains("Dear") && !page.contains("id=\"mail-discard\""),
        "{page}"
    );
    let too_long = format!("subject=&text={}&reply_to=", "x".repeat(1024 * 1024 + 1));
    let refused = world.script(&world.talk("/mail/draft"), &too_long).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_a_file_is_sent_once_and_all_are_saved_for_a_mail_program() {
    let world = World::begin().await;
    assert!(
        !world
            .get(&format!("/contact/{}", world.id))
            .await
            .body
            .contains("mails-save")
    );
    let mail = "Received: from a.example\r\nBcc: Casey <c@casey.example>\r\nSubject: Minutes\r\n\r\nFrom here on\r\n";
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"once\"\r\n\r\ne\r\n--b\r\ncontent-disposition: form-data; \
         name=\"file\"; filename=\"m.eml\"\r\n\r\n{mail}\r\n--b--\r\n"
    );
    for _ in 0..2 {
        let sent = world.upload(&world.talk("/mail/file"), body.clone()).await;
        assert_eq!(sent.location, Some(world.talk("")), "{}", sent.body);
    }
    let query = InboxQuery::default();
    let all = world.alex.inbox(&query).unwrap();
    assert_eq!(all.iter().filter(|m| m.kind == "mail").count(), 1);
    assert!(
        world
            .get(&format!("/contact/{}", world.id))
            .await
            .body
            .contains("mails-save")
    );

    let saved = world.get(&world.talk("/mails")).await.body;
    for part in ["Subject: Minutes", "\n>From here on"] {
        assert!(saved.contains(part), "{part}: {saved}");
    }
    for part in ["Received", "casey.example"] {
        assert!(!saved.contains(part), "{part}: {saved}");
    }
    let nothing =
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";
    let refused = world
        .upload(&world.talk("/mail/file"), nothing.to_owned())
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("No file was chosen"),
        "{}",
        refused.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_unlocks_is_led_to_what_was_asked_for_and_nowhere_else() {
    let world = World::begin().await;
    for (next, place) in [
        ("%2Fsearch%3Fq%3Da%26n%3D1", "/search?q=a&n=1"),
        ("%2F%2Fevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2Fa%0D%0Ab", "/"),
        ("", "/"),
    ] {
        assert_eq!(world.post("/lock", "").await.location.unwrap(), "/unlock");
        let page = world.get(&format!("/unlock?next={next}")).await.body;
        let kept = place.replace('&', "&#38;");
        assert!(
            page.contains(&format!("name=\"next\" value=\"{kept}\"")),
            "{next}: {page}"
        );
        let form = format!("passphrase=a+passphrase&next={next}");
        assert_eq!(world.post("/unlock", &form).await.location.unwrap(), place);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_answer_was_filled_in_with_stays() {
    let world = World::begin().await;
    let casey = Person::at("Casey", &[&world._provider]).await;
    let link = casey
        .client
        .invite(InviteRequest::default())
        .await
        .unwrap()
        .link;
    let (link, nick) = (link.replace('#', "%23"), "x".repeat(70));
    let refused = world
        .post("/accept", &format!("text={link}&nick={nick}&profile=0"))
        .await;
    assert!(refused.status.is_client_error());
    let name = format!("value=\"{nick}\"");
    for part in ["id=\"problem\"", name.as_str(), "action=\"/accept\""] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    assert_eq!(world.alex.contacts().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_games_with_everybody_stand_in_one_place() {
    let world = World::begin().await;
    assert!(world.get("/games").await.body.contains("No games yet"));
    world.post(&world.talk("/games"), "colour=white").await;
    let games = world.get("/games").await.body;
    assert!(games.contains(&format!("/c/{}/g/", world.id)), "{games}");
    assert!(
        world
            .get("/calls")
            .await
            .body
            .contains("Nobody has called yet")
    );
}
