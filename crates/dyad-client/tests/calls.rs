//! Two people arrange calls over real services; what their browsers would say is made up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Person, Provider, eventually, meet};
use dyad_client::view::{CallState, CallView, CallWords, SettingsView, TrafficClass};
use dyad_protocol::call_server::Relay;
use dyad_protocol::content::CallStep;

const CANDIDATE: &str = "candidate:1 1 udp 1 192.0.2.1 9 typ host";

fn description(who: &str) -> String {
    format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns={who}\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
         c=IN IP4 0.0.0.0\r\na=fingerprint:sha-256 AA\r\na={CANDIDATE}\r\n"
    )
}

fn words(who: &str) -> CallWords {
    CallWords {
        description: Some(description(who)),
        ..CallWords::default()
    }
}

fn last(person: &Person) -> Option<CallView> {
    person.client.calls(1).unwrap().pop()
}

async fn becomes(person: &Person, state: CallState) -> CallView {
    eventually(&format!("{state:?}"), || {
        last(person).is_some_and(|call| call.state == state)
    })
    .await;
    last(person).unwrap()
}

async fn friends(provider: &Provider) -> (Person, Person) {
    let (alex, blair) = (
        Person::at("Alex", &[provider]).await,
        Person::at("Blair", &[provider]).await,
    );
    meet(&alex, &blair).await;
    (alex, blair)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_taken_talked_in_and_ended() {
    // Whatever else is held back, for ten minutes, calls are not.
    let provider = Provider::with(200, |config| {
        config.sender.as_mut().unwrap().delivery.relaxed_delay = 600;
    })
    .await;
    let people = (
        Person::at("Alex", &[&provider]).await,
        Person::at("Blair", &[&provider]).await,
    );
    for person in [&people.0, &people.1] {
        let settings = SettingsView {
            traffic: TrafficClass::Prompt,
            ..SettingsView::default()
        };
        person.client.set_settings(settings).unwrap();
    }
    meet(&people.0, &people.1).await;
    let (alex, blair) = people;
    let (_a, _b) = (alex.online(), blair.online());
    for (person, other) in [(&alex, "Blair"), (&blair, "Alex")] {
        person
            .client
            .set_contact_traffic(other, TrafficClass::Relaxed)
            .unwrap();
    }
    let placed = alex.client.call_place("Blair", &words("alex")).unwrap();
    assert_eq!(placed.state, CallState::Calling);
    let busy = alex.client.call_place("Blair", &words("alex"));
    assert_eq!(busy.unwrap_err().code, "in-a-call");

    let rings = becomes(&blair, CallState::Ringing).await;
    // Nothing of Blair's leaves before it is taken.
    let early = blair.client.call_say(rings.id, &words("blair"));
    assert_eq!(early.unwrap_err().code, "call-not-now");
    blair.client.call_shown(rings.id).unwrap();
    becomes(&alex, CallState::RingingThere).await;
    blair.client.call_take(rings.id).unwrap();
    let again = blair.client.call_take(rings.id);
    assert_eq!(again.unwrap_err().code, "call-taken");
    let offer = blair.client.call_signals(rings.id, 0).unwrap().remove(0);
    assert_eq!(offer.description, Some(description("alex")));
    blair.client.call_say(rings.id, &words("blair")).unwrap();
    let candidates = CallWords {
        candidates: vec![CANDIDATE.into(), "nonsense".into()],
        ..CallWords::default()
    };
    blair.client.call_say(rings.id, &candidates).unwrap();

    becomes(&alex, CallState::Connecting).await;
    eventually("answer and candidates", || {
        alex.client.call_signals(placed.id, 0).unwrap().len() == 2
    })
    .await;
    let heard = alex.client.call_signals(placed.id, 0).unwrap();
    let of = |step| heard.iter().find(|signal| signal.step == step).unwrap();
    assert_eq!(of(CallStep::Answer).description, Some(description("blair")));
    assert_eq!(of(CallStep::Candidates).candidates, [CANDIDATE]);

    for (person, call) in [(&alex, placed.id), (&blair, rings.id)] {
        person.client.call_connected(call).unwrap();
        person.client.call_alive(call).unwrap();
    }
    blair.client.call_end(rings.id).unwrap();
    let ended = becomes(&alex, CallState::Ended).await;
    assert!(ended.seconds.is_some());
    // An answer to a call that is over does nothing.
    let late = blair.client.call_say(rings.id, &words("blair"));
    assert_eq!(late.unwrap_err().code, "call-over");
    // One entry on each side, and nothing to be read.
    for person in [&alex, &blair] {
        let shown = person.messages();
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert_eq!(shown[0].call.as_ref().unwrap().state, CallState::Ended);
        assert_eq!(person.client.contacts().unwrap()[0].unread, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_declined_taken_back_and_survive_a_restart() {
    let provider = Provider::begin(200).await;
    let (alex, blair) = friends(&provider).await;
    let online = (alex.online(), blair.online());
    alex.client.call_place("Blair", &words("alex")).unwrap();
    let rings = becomes(&blair, CallState::Ringing).await;
    blair.client.call_decline(rings.id).unwrap();
    becomes(&alex, CallState::Declined).await;

    let second = alex.client.call_place("Blair", &words("alex")).unwrap();
    becomes(&blair, CallState::Ringing).await;
    alex.client.call_end(second.id).unwrap();
    becomes(&blair, CallState::Missed).await;
    assert_eq!(last(&alex).unwrap().state, CallState::NoAnswer);
    assert_eq!(blair.client.contacts().unwrap()[0].unread, 1);

    // Blair's app is closed while it rings, and opened again.
    alex.client.call_place("Blair", &words("alex")).unwrap();
    becomes(&blair, CallState::Ringing).await;
    online.1.end().await;
    let blair = blair.reopen().await;
    let _online = blair.online();
    let rings = becomes(&blair, CallState::Ringing).await;
    blair.client.call_take(rings.id).unwrap();
    assert_eq!(blair.client.call_signals(rings.id, 0).unwrap().len(), 1);
    blair.client.call_say(rings.id, &words("blair")).unwrap();
    becomes(&alex, CallState::Connecting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_call_at_once_meet_in_one_call() {
    let provider = Provider::begin(200).await;
    let (alex, blair) = friends(&provider).await;
    alex.client.call_place("Blair", &words("alex")).unwrap();
    blair.client.call_place("Alex", &words("blair")).unwrap();
    let (_a, _b) = (alex.online(), blair.online());
    let state = |person: &Person| last(person).map(|call| call.state);
    eventually("one of them rings", || {
        let both = [state(&alex), state(&blair)];
        both.contains(&Some(CallState::Ringing)) && both.contains(&Some(CallState::Calling))
    })
    .await;
    // Where it rings, the own call is not shown any more; where it goes on, theirs never was.
    for person in [&alex, &blair] {
        eventually("one entry", || person.messages().len() == 1).await;
    }
    let (called, caller) = match state(&alex) {
        Some(CallState::Ringing) => (&alex, &blair),
        _ => (&blair, &alex),
    };
    called.client.call_take(last(called).unwrap().id).unwrap();
    called
        .client
        .call_say(last(called).unwrap().id, &words("called"))
        .unwrap();
    becomes(caller, CallState::Connecting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_names_servers_and_whoever_hides_their_address_needs_a_relay() {
    let stun = "stun:stun.example:3478";
    let bare = Provider::begin(50).await;
    let helpful = Provider::with(50, |config| {
        config.calls.stun = vec![stun.parse().unwrap()];
        config.calls.turn = vec![Relay {
            url: "turn:turn.example:3478".parse().unwrap(),
            username: "dyad".into(),
            credential: "secret".into(),
        }];
    })
    .await;
    let (alex, blair) = friends(&bare).await;
    let _online = (alex.online(), blair.online());
    assert!(alex.client.call_servers().unwrap().stun.is_empty());
    let settings = SettingsView {
        relayed_calls: true,
        ..alex.client.settings().unwrap()
    };
    alex.client.set_settings(settings).unwrap();
    let refused = alex.client.call_place("Blair", &words("alex")).unwrap_err();
    assert_eq!(refused.code, "no-relay");
    assert!(alex.client.calls(0).unwrap().is_empty());

    alex.client
        .provider_add(&helpful.url(), None)
        .await
        .unwrap();
    let servers = alex.client.call_servers().unwrap();
    assert_eq!(servers.stun[0].as_str(), stun);
    assert_eq!(servers.turn[0].credential, "secret");
    alex.client.call_place("Blair", &words("alex")).unwrap();
    let rings = becomes(&blair, CallState::Ringing).await;
    let offer = blair.client.call_signals(rings.id, 0).unwrap().remove(0);
    let offered = offer.description.unwrap();
    assert!(!offered.contains("192.0.2.1"), "{offered}");
}
