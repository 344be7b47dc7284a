//! Two people with providers of their own, seldom online together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{Person, Provider, SOON, eventually, meet};
use dyad_client::ErrorKind;
use dyad_client::view::{
    ClientEvent, ContactStatus, Direction, InboxQuery, InviteRequest, MAX_TEXT, MessageState,
};

async fn pair() -> (Provider, Provider, Person, Person) {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&two]).await;
    meet(&alex, &blair).await;
    (one, two, alex, blair)
}

#[tokio::test]
async fn whoever_answers_an_invitation_hears_back_without_writing_first() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&two]).await;
    let (online, also) = (alex.online(), blair.online());
    let created = alex.client.invite(InviteRequest::default()).await.unwrap();
    blair.client.accept(&created.link, None).await.unwrap();
    eventually("Alex has answered", || {
        blair.client.contacts().unwrap()[0].status == ContactStatus::Active
    })
    .await;
    online.end().await;
    also.end().await;
}

#[tokio::test]
async fn two_people_meet_and_talk_each_mostly_offline() {
    let (_one, _two, alex, blair) = pair().await;
    for round in 0..4 {
        let sent = alex
            .client
            .send("Blair", &format!("from Alex {round}"), SOON)
            .await
            .unwrap();
        assert!(
            matches!(
                sent.message.state,
                MessageState::Accepted | MessageState::Delivered
            ),
            "{sent:?}"
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
        blair.sync().await;
        blair
            .client
            .send("Alex", &format!("from Blair {round}"), SOON)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        alex.sync().await;
    }
    for person in [&alex, &blair] {
        let mut texts = person.texts();
        texts.sort();
        let mut expected: Vec<_> = (0..4)
            .flat_map(|n| [format!("from Alex {n}"), format!("from Blair {n}")])
            .collect();
        expected.sort();
        assert_eq!(texts, expected);
    }
    let confirmed = |m: &dyad_client::view::MessageView| m.state == MessageState::Confirmed;
    let ours: Vec<_> = alex
        .messages()
        .into_iter()
        .filter(|m| m.direction == Direction::Out)
        .collect();
    assert!(ours.iter().take(3).all(confirmed), "{ours:#?}");

    let found = alex.client.search("bla 2", 0).unwrap();
    assert_eq!(found.len(), 1);
    let contact = &alex.client.contacts().unwrap()[0];
    assert_eq!(
        (
            contact.nick.as_str(),
            contact.name.as_deref(),
            contact.unread
        ),
        ("Blair", Some("Blair"), 4)
    );
    let ids: Vec<u64> = alex.messages().iter().map(|m| m.id).collect();
    alex.client.mark_read(&ids).unwrap();
    assert_eq!(alex.client.contacts().unwrap()[0].unread, 0);
    let details = alex.client.contact("blair").unwrap();
    assert!(!details.services.is_empty() && !details.provenance.is_empty());
}

#[tokio::test]
async fn words_are_the_same_on_both_sides() {
    let (_one, _two, alex, blair) = pair().await;
    let words = alex.client.verify_words("Blair").unwrap();
    assert_eq!(
        words.words,
        blair.client.verify_words("Alex").unwrap().words
    );
    assert!(words.verified_at.is_none());
    assert!(
        alex.client
            .mark_verified("Blair")
            .unwrap()
            .verified_at
            .is_some()
    );
    let alex = alex.reopen().await;
    assert!(alex.client.contacts().unwrap()[0].verified_at.is_some());
}

#[tokio::test]
async fn online_people_see_messages_and_their_states_at_once() {
    let (_one, _two, alex, blair) = pair().await;
    let (alex_online, blair_online) = (alex.online(), blair.online());
    let mut seen = blair.client.follow();
    let sent = alex
        .client
        .send("Blair", "are you there?", SOON)
        .await
        .unwrap();
    let seen = tokio::time::timeout(SOON, async {
        loop {
            match seen.next().await {
                Some(ClientEvent::Message(message)) => break message,
                Some(_) => {}
                None => panic!("closed"),
            }
        }
    });
    assert_eq!(seen.await.unwrap().text, "are you there?");
    let confirmed = alex
        .client
        .wait_confirmed(sent.message.id, 3 * SOON)
        .await
        .unwrap();
    assert_eq!(confirmed.state, MessageState::Confirmed);
    alex_online.end().await;
    blair_online.end().await;
}

#[tokio::test]
async fn a_message_written_while_everything_is_down_goes_out_by_itself_later() {
    let (mut one, mut two, alex, blair) = pair().await;
    one.stop().await;
    two.stop().await;
    let (alex_online, _blair_online) = (alex.online(), blair.online());
    let sent = alex
        .client
        .send("Blair", "into the void", Duration::from_millis(500))
        .await
        .unwrap();
    assert_eq!(sent.message.state, MessageState::Waiting);
    assert!(sent.note.unwrap().contains("kept"));
    let status = alex.client.status().unwrap();
    assert!(
        status.queues.waiting >= 1 && !status.stuck.is_empty(),
        "{status:#?}"
    );
    alex_online.end().await;

    let alex = alex.reopen().await;
    let _alex_online = alex.online();
    one.start().await;
    two.start().await;
    eventually("the message arrives", || blair.texts() == ["into the void"]).await;
    eventually("it is confirmed", || {
        alex.messages()[0].state == MessageState::Confirmed
    })
    .await;
}

#[tokio::test]
async fn without_tokens_a_message_is_kept_and_says_why() {
    let (one, two) = (Provider::begin(6).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&two]).await;
    meet(&alex, &blair).await;
    let mut last = None;
    for n in 0..8 {
        last = Some(
            alex.client
                .send("Blair", &format!("number {n}"), Duration::from_secs(1))
                .await
                .unwrap(),
        );
    }
    let last = last.unwrap();
    assert_eq!(last.message.state, MessageState::Waiting);
    assert!(last.note.as_ref().unwrap().contains("token"), "{last:?}");
    assert!(
        alex.client
            .status()
            .unwrap()
            .stuck
            .iter()
            .any(|stuck| stuck.why.contains("token"))
    );
    // A third provider helps at once.
    let three = Provider::begin(60).await;
    alex.client.provider_add(&three.url(), None).await.unwrap();
    alex.sync().await;
    assert_eq!(alex.client.status().unwrap().queues.waiting, 0);
}

#[tokio::test]
async fn a_sender_service_that_is_down_is_replaced_by_another() {
    let (mut one, two, three) = (
        Provider::begin(60).await,
        Provider::begin(60).await,
        Provider::begin(60).await,
    );
    let alex = Person::at("Alex", &[&one, &three]).await;
    let blair = Person::at("Blair", &[&two]).await;
    meet(&alex, &blair).await;
    one.stop().await;
    for n in 0..4 {
        let sent = alex
            .client
            .send("Blair", &format!("number {n}"), SOON)
            .await
            .unwrap();
        assert_ne!(sent.message.state, MessageState::Waiting, "{:?}", sent.note);
    }
}

#[tokio::test]
async fn a_service_that_would_see_both_ends_is_not_used_if_there_is_another() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one, &two]).await;
    let blair = Person::at("Blair", &[&two]).await;
    meet(&alex, &blair).await;
    let stock = |host: &str| {
        let all = alex.client.provider_list().unwrap();
        let provider = all.into_iter().find(|p| p.host.as_str() == host).unwrap();
        provider.tokens[0].usable
    };
    let (before_one, before_two) = (stock(&one.host()), stock(&two.host()));
    for n in 0..5 {
        alex.client
            .send("Blair", &format!("number {n}"), SOON)
            .await
            .unwrap();
    }
    assert_eq!(stock(&two.host()), before_two);
    assert!(stock(&one.host()) <= before_one - 5);
}

#[tokio::test]
async fn bad_invitations_each_get_their_own_answer_and_change_nothing() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&two]).await;
    let good = alex
        .client
        .invite(InviteRequest {
            name: Some("Friend".into()),
            ..InviteRequest::default()
        })
        .await
        .unwrap();

    let refused = async |person: &Person, text: &str| {
        let error = person.client.accept(text, None).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage, "{error}");
        assert!(person.client.contacts().unwrap().is_empty());
        error.code
    };
    assert_eq!(refused(&blair, "hello").await, "malformed-invitation");
    assert_eq!(
        refused(&blair, &good.link[..good.link.len() - 3]).await,
        "malformed-invitation"
    );
    assert_eq!(refused(&alex, &good.link).await, "own-invitation");
    assert_eq!(refused(&alex, &good.file).await, "own-invitation");

    // The link of one invitation with the commitment of another: what its host would have to forge.
    let other = alex.client.invite(InviteRequest::default()).await.unwrap();
    let (mut mixed, reference) = (parse(&good.link), parse(&other.link));
    mixed.commitment = reference.commitment;
    assert_eq!(refused(&blair, &mixed.to_https()).await, "substituted");

    let withdrawn = alex
        .client
        .withdraw_invitation(&other.invitation.id.to_string())
        .await
        .unwrap();
    assert!(!withdrawn.open);
    assert_eq!(refused(&blair, &other.link).await, "gone");

    let short = InviteRequest {
        lifetime: Some(1),
        ..InviteRequest::default()
    };
    let expired = alex.client.invite(short).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(refused(&blair, &expired.file).await, "expired");

    let accepted = blair.client.accept(&good.uri, Some("Al")).await.unwrap();
    assert_eq!(accepted.contact.nick, "Al");
    let again = blair.client.accept(&good.file, None).await.unwrap_err();
    assert_eq!(again.code, "already-accepted");
    assert_eq!(blair.client.contacts().unwrap().len(), 1);

    // Somebody else with the same single-use invitation.
    let casey = Person::at("Casey", &[&two]).await;
    meet_through(&alex, &blair).await;
    casey.client.accept(&good.link, None).await.unwrap();
    for _ in 0..20 {
        alex.sync().await;
        casey.sync().await;
        if casey.client.contacts().unwrap()[0].status == ContactStatus::Refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(
        casey.client.contacts().unwrap()[0].status,
        ContactStatus::Refused
    );
    assert_eq!(alex.client.contacts().unwrap().len(), 1);
    let notices = alex.client.status().unwrap().notices;
    assert!(
        notices.iter().any(|notice| notice.kind == "second-use"),
        "{notices:#?}"
    );
}

fn parse(link: &str) -> dyad_protocol::invitation::InvitationLink {
    match dyad_protocol::invitation::parse(link).unwrap() {
        dyad_protocol::invitation::InvitationInput::Link(link) => link,
        other => panic!("{other:?}"),
    }
}

async fn meet_through(a: &Person, b: &Person) {
    for _ in 0..20 {
        b.sync().await;
        a.sync().await;
        if a.client
            .contacts()
            .unwrap()
            .iter()
            .any(|c| c.status == ContactStatus::Active)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("they did not meet");
}

#[tokio::test]
async fn what_a_person_types_wrong_is_explained_and_changes_nothing() {
    let (_one, _two, alex, _blair) = pair().await;
    let send = async |nick: &str, text: &str| alex.client.send(nick, text, SOON).await.unwrap_err();
    let error = send("blir", "hello").await;
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Usage, "unknown-nick")
    );
    assert!(error.message.contains("Blair"), "{error}");
    assert_eq!(send("Blair", " \n").await.code, "empty-text");
    let error = send("Blair", &"x".repeat((1 << 20) + 1)).await;
    assert_eq!(error.code, "too-long");
    assert!(error.message.contains("send it as a file"), "{error}");
    assert!(alex.messages().is_empty());
    assert_eq!(
        alex.client
            .inbox(&InboxQuery {
                nick: Some("x".into()),
                ..InboxQuery::default()
            })
            .unwrap_err()
            .code,
        "unknown-nick"
    );
    assert_eq!(
        alex.client.rename("Blair", "\u{202e}").unwrap_err().code,
        "bad-nick"
    );
    assert_eq!(alex.client.rename("Blair", "B").unwrap().nick, "B");
    assert!(
        alex.client
            .send("B", &"x".repeat(MAX_TEXT), SOON)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn blocking_is_silent_and_unblocking_brings_what_was_written() {
    let (_one, _two, alex, blair) = pair().await;
    alex.client.block("Blair").unwrap();
    alex.sync().await;
    blair
        .client
        .send("Alex", "can you hear me?", SOON)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    alex.sync().await;
    assert!(alex.texts().is_empty());
    assert_eq!(
        blair.client.contacts().unwrap()[0].status,
        ContactStatus::Active
    );
    alex.client.unblock("Blair").unwrap();
    alex.sync().await;

    alex.client.end("Blair", true).unwrap();
    for _ in 0..20 {
        alex.sync().await;
        blair.sync().await;
        if blair.client.contacts().unwrap()[0].status == ContactStatus::EndedByThem {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(
        blair.client.contacts().unwrap()[0].status,
        ContactStatus::EndedByThem
    );
    assert_eq!(
        alex.client.status().unwrap().queues.errands,
        0,
        "its addresses are revoked"
    );
    assert_eq!(
        blair
            .client
            .send("Alex", "hello?", SOON)
            .await
            .unwrap_err()
            .kind,
        ErrorKind::Usage
    );
}

#[tokio::test]
async fn one_invitation_for_many_makes_contacts_that_know_nothing_of_each_other() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let request = InviteRequest {
        reuse: dyad_protocol::invitation::Reuse::Multiple,
        ..InviteRequest::default()
    };
    let invitation = alex.client.invite(request).await.unwrap();
    let guests = [
        Person::at("Blair", &[&two]).await,
        Person::at("Blair", &[&two]).await,
    ];
    for guest in &guests {
        guest.client.accept(&invitation.link, None).await.unwrap();
    }
    let active = |person: &Person, count: usize| {
        let all = person.client.contacts().unwrap();
        all.iter()
            .filter(|c| c.status == ContactStatus::Active)
            .count()
            == count
    };
    for _ in 0..100 {
        alex.sync().await;
        for guest in &guests {
            guest.sync().await;
        }
        if active(&alex, 2) && guests.iter().all(|guest| active(guest, 1)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let nicks: Vec<_> = alex
        .client
        .contacts()
        .unwrap()
        .into_iter()
        .map(|c| c.nick)
        .collect();
    assert_eq!(nicks, ["Blair", "Blair 2"]);
    assert_eq!(alex.client.invitations().unwrap()[0].uses, 2);
    for nick in &nicks {
        alex.client
            .send(nick, &format!("to {nick}"), SOON)
            .await
            .unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut read = Vec::new();
    for guest in &guests {
        guest.sync().await;
        read.extend(guest.texts());
    }
    read.sort();
    assert_eq!(read, ["to Blair", "to Blair 2"]);
}
