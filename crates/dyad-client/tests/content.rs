//! What two people do to messages after they were written, over real services.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{Person, Provider, SOON, eventually, meet};
use dyad_client::ErrorKind;
use dyad_client::view::{
    BadgeView, ClientEvent, Direction, FlagsChange, InboxQuery, InviteRequest, MAX_TEXT,
    MessageState, MessageView, Notifications, ProfileView, SendRequest, SettingsView, Theme,
    TrafficClass,
};
use dyad_protocol::time::{Clock, SystemClock, Timestamp};

async fn pair() -> (Provider, Person, Person) {
    let provider = Provider::begin(200).await;
    let alex = Person::at("Alex", &[&provider]).await;
    let blair = Person::at("Blair", &[&provider]).await;
    meet(&alex, &blair).await;
    (provider, alex, blair)
}

/// Sends and gives the local number.
async fn say(from: &Person, to: &str, text: &str) -> u64 {
    from.client.send(to, text, SOON).await.unwrap().message.id
}

/// Both exchange until it is so.
async fn until(a: &Person, b: &Person, what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..60 {
        a.sync().await;
        b.sync().await;
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("not in time: {what}");
}

fn last(person: &Person) -> Option<MessageView> {
    person.messages().pop()
}

#[tokio::test]
async fn a_reply_names_what_it_answers_on_both_sides() {
    let (_provider, alex, blair) = pair().await;
    let question = say(&alex, "Blair", "Tea?\nOr coffee?").await;
    until(&alex, &blair, "the question", || last(&blair).is_some()).await;
    let there = last(&blair).unwrap().id;
    let answer = SendRequest {
        text: "Tea".into(),
        reply_to: Some(there),
    };
    let sent = blair.client.send("Alex", answer, SOON).await.unwrap();
    let quoted = sent.message.reply_to.unwrap();
    assert_eq!(
        (quoted.id, quoted.direction, quoted.text.as_str()),
        (Some(there), Direction::In, "Tea? Or coffee?")
    );
    until(&alex, &blair, "the answer", || alex.messages().len() == 2).await;
    let quoted = last(&alex).unwrap().reply_to.unwrap();
    assert_eq!(
        (quoted.id, quoted.direction),
        (Some(question), Direction::Out)
    );

    // To one's own, and to none.
    let again = SendRequest {
        text: "x".repeat(MAX_TEXT),
        reply_to: Some(question),
    };
    alex.client.send("Blair", again, SOON).await.unwrap();
    let nothing = SendRequest {
        text: "what?".into(),
        reply_to: Some(999),
    };
    let error = alex.client.send("Blair", nothing, SOON).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Usage, "unknown-message")
    );
    until(&alex, &blair, "the long one", || {
        blair.messages().len() == 3
    })
    .await;
    assert_eq!(last(&blair).unwrap().reply_to.unwrap().id, Some(there));

    // A quotation shows what is quoted as it is now.
    alex.client.edit(question, "Water?").unwrap();
    alex.client.delete(question, true).unwrap();
    let quoted = alex.messages()[1].reply_to.clone().unwrap();
    assert_eq!((quoted.id, quoted.text.as_str()), (Some(question), ""));
}

#[tokio::test]
async fn an_edit_and_a_deletion_reach_the_other_side() {
    let (_provider, alex, blair) = pair().await;
    let id = say(&alex, "Blair", "helo").await;
    let other = say(&alex, "Blair", "stays").await;
    until(&alex, &blair, "both", || blair.messages().len() == 2).await;
    let mut seen = blair.client.follow();

    let edited = alex.client.edit(id, "hello").unwrap();
    assert_eq!(
        (edited.text.as_str(), edited.edited_at.is_some()),
        ("hello", true)
    );
    until(&alex, &blair, "the edit", || {
        blair.texts() == ["hello", "stays"]
    })
    .await;
    assert!(blair.messages()[0].edited_at.is_some());
    assert_eq!(blair.client.search("hell", 0).unwrap().len(), 1);
    assert!(blair.client.search("helo", 0).unwrap().is_empty());
    let changed = tokio::time::timeout(SOON, async {
        loop {
            if let Some(ClientEvent::Changed(message)) = seen.next().await {
                break message;
            }
        }
    });
    assert_eq!(changed.await.unwrap().text, "hello");

    let deleted = alex.client.delete(id, true).unwrap();
    assert!(deleted.deleted && deleted.text.is_empty());
    until(&alex, &blair, "the deletion", || {
        blair.messages()[0].deleted
    })
    .await;
    assert_eq!(blair.texts(), ["", "stays"]);
    assert!(blair.client.search("hello", 0).unwrap().is_empty());
    assert!(
        blair.client.contacts().unwrap()[0]
            .last
            .as_ref()
            .unwrap()
            .text
            == "stays"
    );

    let refused = |error: dyad_client::ClientError| {
        assert_eq!(error.kind, ErrorKind::Usage, "{error}");
        error.code
    };
    let theirs = blair.messages()[1].id;
    assert_eq!(
        refused(alex.client.edit(id, "back").unwrap_err()),
        "deleted"
    );
    assert_eq!(
        refused(blair.client.edit(theirs, "mine").unwrap_err()),
        "not-yours"
    );
    assert_eq!(
        refused(blair.client.delete(theirs, true).unwrap_err()),
        "not-yours"
    );
    assert_eq!(
        refused(alex.client.edit(other, " ").unwrap_err()),
        "empty-text"
    );
    assert_eq!(
        refused(
            alex.client
                .edit(other, &"x".repeat((1 << 20) + 1))
                .unwrap_err()
        ),
        "too-long"
    );
    assert_eq!(
        refused(alex.client.edit(999, "x").unwrap_err()),
        "unknown-message"
    );

    // Only here: the other side keeps it.
    assert!(blair.client.delete(theirs, false).unwrap().deleted);
    until(&alex, &blair, "nothing", || true).await;
    assert_eq!(
        (alex.texts(), blair.texts()),
        (vec!["".into(), "stays".into()], vec!["".into(), "".into()])
    );
}

#[tokio::test]
async fn what_is_deleted_only_here_before_it_left_still_arrives() {
    let (mut provider, alex, blair) = pair().await;
    provider.stop().await;
    let sent = alex
        .client
        .send("Blair", "on its way", Duration::from_millis(300))
        .await
        .unwrap();
    assert_eq!(sent.message.state, MessageState::Waiting);
    let why = alex.client.why(sent.message.id).unwrap();
    assert!(
        why.text.contains("No sender service has it yet") && why.text.contains("kept"),
        "{why:?}"
    );
    assert!(alex.client.delete(sent.message.id, false).unwrap().deleted);
    provider.start().await;
    until(&alex, &blair, "the message", || {
        blair.texts() == ["on its way"]
    })
    .await;
    assert_eq!(alex.texts(), [""]);
    until(&alex, &blair, "its confirmation", || {
        alex.messages()[0].state == MessageState::Confirmed
    })
    .await;
    let why = alex.client.why(sent.message.id).unwrap();
    assert!(why.text.contains("Blair's app has it"), "{why:?}");
    assert_eq!(alex.client.why(999).unwrap_err().code, "unknown-message");
}

#[tokio::test]
async fn each_of_the_two_reacts_once_and_may_take_it_back() {
    let (_provider, alex, blair) = pair().await;
    let id = say(&alex, "Blair", "I got the job").await;
    until(&alex, &blair, "the news", || last(&blair).is_some()).await;
    let there = last(&blair).unwrap().id;
    blair.client.react(there, Some("👍")).unwrap();
    blair.client.react(there, Some("🎉")).unwrap();
    alex.client.react(id, Some("❤️")).unwrap();
    let signs = |person: &Person| -> Vec<(Direction, String)> {
        let message = last(person).unwrap();
        let signs = message.reactions.into_iter();
        signs
            .map(|reaction| (reaction.by, reaction.emoji))
            .collect()
    };
    until(&alex, &blair, "both reactions", || {
        signs(&alex) == [(Direction::In, "🎉".into()), (Direction::Out, "❤️".into())]
            && signs(&blair) == [(Direction::In, "❤️".into()), (Direction::Out, "🎉".into())]
    })
    .await;
    blair.client.react(there, None).unwrap();
    until(&alex, &blair, "none of Blair's", || {
        signs(&alex) == [(Direction::Out, "❤️".into())]
    })
    .await;
    for bad in ["", "👍👍", "ok", "\u{202e}", "\n"] {
        assert_eq!(
            alex.client.react(id, Some(bad)).unwrap_err().code,
            "bad-reaction"
        );
    }
    // A reaction is no message: nothing is unread, nothing counts.
    assert_eq!((alex.messages().len(), blair.messages().len()), (1, 1));
    assert_eq!(alex.client.contacts().unwrap()[0].unread, 0);
}

#[tokio::test]
async fn an_edit_whose_message_comes_later_is_not_lost() {
    let (_provider, alex, blair) = pair().await;
    // One goes out at once, and is edited before the other side fetches anything.
    let id = say(&alex, "Blair", "frist").await;
    alex.client.edit(id, "first").unwrap();
    let gone = say(&alex, "Blair", "never mind").await;
    alex.client.delete(gone, true).unwrap();
    until(&alex, &blair, "all of it", || {
        blair.texts() == ["first", ""] && blair.messages()[1].deleted
    })
    .await;
    assert_eq!(blair.client.contacts().unwrap()[0].unread, 1);
}

/// A clock that is put forward by hand.
#[derive(Debug, Default)]
struct Ahead(AtomicU64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn messages_vanish_on_both_sides_even_if_nothing_runs_meanwhile() {
    const HALF_AN_HOUR: u64 = 1_800;
    let provider = Provider::begin(200).await;
    let ahead = Arc::new(Ahead::default());
    let (alex, blair) = (
        Person::with_clock("Alex", ahead.clone()).await,
        Person::with_clock("Blair", ahead.clone()).await,
    );
    for person in [&alex, &blair] {
        person
            .client
            .provider_add(&provider.url(), None)
            .await
            .unwrap();
    }
    meet(&alex, &blair).await;
    say(&alex, "Blair", "stays").await;
    let contact = alex.client.set_timer("Blair", Some(HALF_AN_HOUR)).unwrap();
    assert_eq!(contact.timer, Some(HALF_AN_HOUR));
    let id = say(&alex, "Blair", "timbuktu").await;
    let message = alex.client.message(id).unwrap();
    assert_eq!(message.timer, Some(HALF_AN_HOUR));
    assert_eq!(message.expires_at, Some(message.sent.plus(HALF_AN_HOUR)));
    until(&alex, &blair, "all three", || blair.messages().len() == 3).await;
    let there = blair.messages();
    let line = there.iter().find(|m| m.kind == "timer").unwrap();
    assert_eq!(
        (line.timer, line.direction),
        (Some(HALF_AN_HOUR), Direction::In)
    );
    let theirs = &blair.client.contacts().unwrap()[0];
    assert_eq!((theirs.timer, theirs.unread), (Some(HALF_AN_HOUR), 2));
    let secret = there.iter().find(|m| m.text == "timbuktu").unwrap();
    assert_eq!(secret.expires_at, None, "not read yet");
    // What Blair writes vanishes, too.
    say(&blair, "Alex", "zanzibar").await;
    until(&alex, &blair, "the answer", || alex.messages().len() == 4).await;

    ahead.0.store(HALF_AN_HOUR + 5, Ordering::Relaxed);
    let (alex, blair) = (alex.reopen().await, blair.reopen().await);
    // What came first is up to the way it took.
    let texts = |person: &Person| -> Vec<String> {
        let messages = person.messages().into_iter();
        let mut texts: Vec<String> = messages
            .filter(|m| m.kind == "text")
            .map(|m| m.text)
            .collect();
        texts.sort();
        texts
    };
    assert_eq!(texts(&alex), ["stays", "zanzibar"], "unread ones wait");
    assert_eq!(texts(&blair), ["stays", "timbuktu"]);
    assert!(alex.client.search("timbuktu", 0).unwrap().is_empty());
    assert_eq!(alex.client.message(id).unwrap_err().code, "unknown-message");

    let mut seen = blair.client.follow();
    let ids: Vec<u64> = blair.messages().iter().map(|m| m.id).collect();
    blair.client.mark_read(&ids).unwrap();
    ahead.0.store(2 * HALF_AN_HOUR + 10, Ordering::Relaxed);
    blair.sync().await;
    assert_eq!(texts(&blair), ["stays"]);
    let removed = tokio::time::timeout(SOON, async {
        loop {
            if let Some(ClientEvent::Removed { id, .. }) = seen.next().await {
                break id;
            }
        }
    });
    assert_eq!(removed.await.unwrap(), secret.id);
    // A change of what has vanished finds nothing, and brings nothing back.
    assert_eq!(alex.client.set_timer("Blair", None).unwrap().timer, None);
    until(&alex, &blair, "no timer", || {
        blair.client.contacts().unwrap()[0].timer.is_none()
    })
    .await;
    let kept = say(&blair, "Alex", "for good").await;
    assert_eq!(blair.client.message(kept).unwrap().expires_at, None);
    for bad in [0, 366 * 86_400 + 1] {
        assert_eq!(
            alex.client.set_timer("Blair", Some(bad)).unwrap_err().code,
            "bad-timer"
        );
    }
}

#[tokio::test]
async fn a_message_vanishes_by_itself_while_the_app_runs() {
    let (_provider, alex, blair) = pair().await;
    let (_a, _b) = (alex.online(), blair.online());
    alex.client.set_timer("Blair", Some(2)).unwrap();
    say(&alex, "Blair", "brief").await;
    eventually("it to come", || {
        let arrived = blair.messages().iter().any(|m| m.text == "brief");
        let ids: Vec<u64> = blair.messages().iter().map(|m| m.id).collect();
        blair.client.mark_read(&ids).unwrap();
        arrived
    })
    .await;
    for person in [&alex, &blair] {
        eventually("it to vanish", || {
            person.messages().iter().all(|m| m.kind == "timer")
        })
        .await;
    }
}

#[tokio::test]
async fn drafts_marks_and_settings_are_kept() {
    let (_provider, alex, _blair) = pair().await;
    let mut seen = alex.client.follow();
    let contact = alex.client.set_draft("Blair", "Dear Bl").unwrap();
    assert_eq!(contact.draft.as_deref(), Some("Dear Bl"));
    let Some(ClientEvent::Contact(told)) = seen.next().await else {
        panic!("nobody was told");
    };
    assert_eq!(told.draft.as_deref(), Some("Dear Bl"));
    let change = FlagsChange {
        pinned: Some(true),
        marked_unread: Some(true),
        ..FlagsChange::default()
    };
    alex.client.set_flags("Blair", change).unwrap();
    let change = FlagsChange {
        muted: Some(true),
        archived: Some(true),
        marked_unread: Some(false),
        pinned: None,
    };
    alex.client.set_flags("Blair", change).unwrap();
    assert_eq!(alex.client.settings().unwrap(), SettingsView::default());
    let settings = SettingsView {
        notifications: Notifications::Off,
        lock_after_minutes: None,
        theme: Theme::Dark,
        relayed_calls: true,
        language: Some("de".into()),
        fetch_up_to: 0,
        traffic: TrafficClass::Prompt,
    };
    alex.client.set_settings(settings.clone()).unwrap();
    for bad in [
        SettingsView {
            lock_after_minutes: Some(0),
            ..settings.clone()
        },
        SettingsView {
            language: Some("../x".into()),
            ..settings.clone()
        },
    ] {
        assert_eq!(
            alex.client.set_settings(bad).unwrap_err().kind,
            ErrorKind::Usage
        );
    }

    let alex = alex.reopen().await;
    assert_eq!(alex.client.settings().unwrap(), settings);
    let contact = &alex.client.contacts().unwrap()[0];
    assert_eq!(contact.draft.as_deref(), Some("Dear Bl"));
    assert_eq!(
        (
            contact.pinned,
            contact.muted,
            contact.archived,
            contact.marked_unread
        ),
        (true, true, true, false)
    );
    assert_eq!(alex.client.set_draft("Blair", " ").unwrap().draft, None);
    let error = alex
        .client
        .set_draft("Blair", &"x".repeat(70_000))
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
}

#[tokio::test]
async fn something_new_takes_a_conversation_out_of_the_archive_unless_it_is_muted() {
    let (_provider, alex, blair) = pair().await;
    let put_away = |muted| FlagsChange {
        archived: Some(true),
        muted: Some(muted),
        ..FlagsChange::default()
    };
    for (muted, text) in [(true, "in silence"), (false, "aloud")] {
        alex.client.set_flags("Blair", put_away(muted)).unwrap();
        blair
            .client
            .send("Alex", text, Duration::from_secs(5))
            .await
            .unwrap();
        until(&alex, &blair, "the message", || {
            alex.texts().iter().any(|there| there == text)
        })
        .await;
        assert_eq!(alex.client.contacts().unwrap()[0].archived, muted, "{text}");
    }
}

#[tokio::test]
async fn each_contact_sees_the_profile_that_is_meant_for_them() {
    let provider = Provider::begin(200).await;
    let alex = Person::at("Alex", &[&provider]).await;
    let blair = Person::at("Blair", &[&provider]).await;
    let casey = Person::at("Casey", &[&provider]).await;
    let work = alex
        .client
        .profile_add(ProfileView {
            name: "Dr. A. Example".into(),
            badge: BadgeView {
                colour: 3,
                letters: "W".into(),
            },
            ..ProfileView::default()
        })
        .unwrap();
    assert!(work.id > 1 && !work.default);
    meet(&alex, &blair).await;
    let request = InviteRequest {
        profile: Some(work.id),
        ..InviteRequest::default()
    };
    let invitation = alex.client.invite(request).await.unwrap();
    assert_eq!(invitation.invitation.profile, work.id);
    let accepted = casey.client.accept(&invitation.link, None).await.unwrap();
    assert_eq!(accepted.contact.name.as_deref(), Some("Dr. A. Example"));
    let name_at = |person: &Person| person.client.contacts().unwrap()[0].name.clone().unwrap();
    assert_eq!(name_at(&blair), "Alex");
    until(&alex, &casey, "Casey", || {
        alex.client.contacts().unwrap().len() == 2
    })
    .await;
    assert_eq!(
        alex.client.contact("Casey").unwrap().contact.profile,
        work.id
    );

    // A change reaches those who see it, and nobody else.
    alex.client
        .profile_change(ProfileView {
            name: "Prof. A. Example".into(),
            ..work.clone()
        })
        .unwrap();
    say(&alex, "Casey", "hello").await;
    say(&alex, "Blair", "hello").await;
    until(&alex, &casey, "the title", || {
        name_at(&casey) == "Prof. A. Example"
    })
    .await;
    blair.sync().await;
    assert_eq!(name_at(&blair), "Alex");

    alex.client.set_contact_profile("Blair", work.id).unwrap();
    say(&alex, "Blair", "formally").await;
    until(&alex, &blair, "the other name", || {
        name_at(&blair) == "Prof. A. Example"
    })
    .await;

    let code = |error: dyad_client::ClientError| error.code;
    assert_eq!(
        code(alex.client.set_contact_profile("Blair", 99).unwrap_err()),
        "unknown-profile"
    );
    assert_eq!(
        code(alex.client.profile_remove(1).unwrap_err()),
        "default-profile"
    );
    let colourful = ProfileView {
        badge: BadgeView {
            colour: 8,
            letters: String::new(),
        },
        ..ProfileView::default()
    };
    assert_eq!(
        code(alex.client.profile_add(colourful).unwrap_err()),
        "bad-badge"
    );
    alex.client.profile_remove(work.id).unwrap();
    assert!(
        alex.client
            .contacts()
            .unwrap()
            .iter()
            .all(|c| c.profile == 1)
    );
    say(&alex, "Casey", "again").await;
    until(&alex, &casey, "the first name", || {
        name_at(&casey) == "Alex"
    })
    .await;
    assert_eq!(alex.client.profiles().unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_forgotten_leaves_nothing_behind() {
    let (_provider, alex, blair) = pair().await;
    say(&blair, "Alex", "timbuktu").await;
    until(&alex, &blair, "the message", || last(&alex).is_some()).await;
    let error = alex.client.forget("Blair").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Usage, "still-a-contact")
    );
    alex.client.end("Blair", true).unwrap();
    assert_eq!(alex.client.forget("Blair").unwrap().nick, "Blair");
    assert!(alex.client.contacts().unwrap().is_empty() && alex.messages().is_empty());
    assert!(alex.client.search("timbuktu", 0).unwrap().is_empty());
    // What had to be said is said all the same, and what still comes is dropped.
    until(&alex, &blair, "the end", || {
        let contact = &blair.client.contacts().unwrap()[0];
        contact.status == dyad_client::view::ContactStatus::EndedByThem
    })
    .await;
    meet(&alex, &blair).await;
}

#[tokio::test]
async fn older_pages_are_asked_for_by_what_is_above_them() {
    let (_provider, alex, _blair) = pair().await;
    for n in 0..5 {
        alex.client
            .send("Blair", format!("number {n}"), Duration::ZERO)
            .await
            .unwrap();
    }
    let page = |before| {
        let query = InboxQuery {
            nick: Some("Blair".into()),
            before,
            limit: 2,
            ..InboxQuery::default()
        };
        alex.client.inbox(&query).unwrap()
    };
    let texts = |page: &[MessageView]| page.iter().map(|m| m.text.clone()).collect::<Vec<_>>();
    let newest = page(None);
    assert_eq!(texts(&newest), ["number 3", "number 4"]);
    let older = page(Some(newest[0].id));
    assert_eq!(texts(&older), ["number 1", "number 2"]);
    assert_eq!(texts(&page(Some(older[0].id))), ["number 0"]);
    let both = InboxQuery {
        since: Some(1),
        before: Some(2),
        ..InboxQuery::default()
    };
    assert_eq!(alex.client.inbox(&both).unwrap_err().kind, ErrorKind::Usage);
}
