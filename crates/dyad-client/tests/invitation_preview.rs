//! What is known of an invitation before it is answered, and how what is sent to one contact travels.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Person, Provider, meet};
use dyad_client::view::{InviteRequest, TrafficClass};
use dyad_protocol::invitation::Reuse;

#[tokio::test]
async fn looking_tells_whose_it_is_and_changes_nothing_on_either_side() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&two]).await;
    let request = InviteRequest {
        reuse: Reuse::Multiple,
        ..InviteRequest::default()
    };
    let made = alex.client.invite(request).await.unwrap();
    for form in [&made.link, &made.uri, &made.file] {
        let seen = blair.client.look_at_invitation(form).await.unwrap();
        assert_eq!(seen.name.as_deref(), Some("Alex"));
        assert_eq!(seen.reuse, Reuse::Multiple);
        assert_eq!(seen.expires, made.invitation.expires);
        assert_eq!(seen.hosts, [one.host().parse().unwrap()]);
        assert!(!seen.own && !seen.expired, "{seen:?}");
    }
    assert!(blair.client.contacts().unwrap().is_empty());
    alex.sync().await;
    assert_eq!(alex.client.invitations().unwrap()[0].uses, 0);

    let own = alex.client.look_at_invitation(&made.link).await.unwrap();
    assert!(own.own && !own.expired);
    // A second look still works, and so does answering.
    blair.client.accept(&made.link, None).await.unwrap();
    let again = blair.client.look_at_invitation(&made.link).await;
    assert_eq!(again.unwrap_err().code, "already-accepted");
}

#[tokio::test]
async fn a_look_says_what_is_wrong_as_answering_would() {
    let one = Provider::begin(60).await;
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&one]).await;
    let nameless = InviteRequest {
        share_presentation: false,
        ..InviteRequest::default()
    };
    let made = alex.client.invite(nameless).await.unwrap();
    let seen = blair.client.look_at_invitation(&made.link).await.unwrap();
    assert_eq!((seen.name, seen.pronouns), (None, None));

    let (cut, _) = made.link.split_at(made.link.len() - 4);
    let code = async |text: &str| {
        let looked = blair.client.look_at_invitation(text).await;
        looked.unwrap_err().code
    };
    assert_eq!(code(cut).await, "malformed-invitation");
    assert_eq!(code("").await, "malformed-invitation");
    let id = made.invitation.id.to_string();
    alex.client.withdraw_invitation(&id).await.unwrap();
    assert_eq!(code(&made.link).await, "gone");
}

#[tokio::test]
async fn how_what_is_sent_to_one_contact_travels_is_chosen_for_that_contact() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let alex = Person::at("Alex", &[&one]).await;
    let blair = Person::at("Blair", &[&two]).await;
    meet(&alex, &blair).await;
    let class = |nick: &str| alex.client.contact(nick).unwrap().traffic;
    assert_eq!(class("Blair"), TrafficClass::Relaxed);
    alex.client
        .set_contact_traffic("Blair", TrafficClass::Prompt)
        .unwrap();
    assert_eq!(class("Blair"), TrafficClass::Prompt);
    assert_eq!(
        blair.client.contact("Alex").unwrap().traffic,
        TrafficClass::Relaxed
    );
}
