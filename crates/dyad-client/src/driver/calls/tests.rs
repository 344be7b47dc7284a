//! What a contact may say about calls, in any order and whether it makes sense or not.

use std::sync::Arc;

use dyad_net::{DirectDialer, DirectSettings};
use dyad_protocol::content::{CallMedia, MAX_DESCRIPTION_LEN};
use dyad_protocol::id::{CallId, StreamId};

use super::*;
use crate::client::Client;
use crate::options::ClientOptions;
use crate::store::relationships::Columns;
use crate::store::{KdfCost, Unlock};
use crate::view::{CallSignal, CallView, FlagsChange, MessageView};

const WITH: RelationshipId = RelationshipId::new([7; 16]);
const GOOD: &str = "candidate:1 1 udp 1 192.0.2.1 9 typ host";
const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
    c=IN IP4 0.0.0.0\r\na=fingerprint:sha-256 AA\r\na=candidate:1 1 udp 1 tracker.example 9 typ host\r\n";

struct Home {
    client: Client,
    _folder: tempfile::TempDir,
    seq: std::cell::Cell<u64>,
}

impl Home {
    async fn new(status: ContactStatus) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dialer = DirectDialer::new(DirectSettings::default());
        let options = ClientOptions {
            kdf: KdfCost::MINIMAL,
            ..ClientOptions::new(Arc::new(dialer))
        };
        let key = Unlock::Passphrase("a passphrase".to_owned().into());
        let client = Client::create(folder.path(), key, options).await.unwrap();
        let columns = Columns {
            status,
            deadline: None,
            name: None,
            pronouns: None,
            verified_at: None,
            repairs: 0,
        };
        client
            .driver()
            .store
            .write(|tx| {
                let at = Timestamp::from_secs(1_700_000_000);
                relationships::insert(tx, &WITH, "Blair", b"state", &columns, None, at)
            })
            .unwrap();
        Self {
            client,
            _folder: folder,
            seq: std::cell::Cell::new(0),
        }
    }

    fn hears(&self, call: &Call) {
        self.seq.set(self.seq.get() + 1);
        let message = MessageId {
            stream: StreamId::new([1; 8]),
            seq: self.seq.get(),
        };
        let payload = Said::Call(call.clone()).payload(Some("A call")).unwrap();
        self.client
            .driver()
            .engine(|stepper| stepper.heard(&WITH, &message, stepper.now, &payload))
            .unwrap();
    }

    fn calls(&self) -> Vec<CallView> {
        self.client.calls(0).unwrap()
    }

    fn states(&self) -> Vec<CallState> {
        self.calls().iter().map(|call| call.state).collect()
    }

    fn signals(&self) -> Vec<CallSignal> {
        self.client.call_signals(self.calls()[0].id, 0).unwrap()
    }

    fn messages(&self) -> Vec<MessageView> {
        self.client.inbox(&Default::default()).unwrap()
    }

    fn now(&self) -> Timestamp {
        self.client.driver().now()
    }
}

fn name(number: u8) -> CallId {
    CallId::new([number; 16])
}

impl Home {
    /// An offer in so many parts.
    fn offer(&self, number: u8, description: &str, parts: u8) -> Vec<Call> {
        let compressed = call::divide(description).unwrap().concat();
        let len = compressed.len().div_ceil(usize::from(parts));
        compressed
            .chunks(len)
            .zip(0..)
            .map(|(piece, part)| Call {
                piece: piece.to_vec(),
                part: (part, parts),
                media: Some(CallMedia {
                    audio: true,
                    video: true,
                }),
                expires: Some(self.now().plus(RING_TIME)),
                ..Call::plain(name(number), CallStep::Offer)
            })
            .collect()
    }
}

#[tokio::test]
async fn an_offer_in_any_order_rings_once_and_hides_places_that_a_browser_would_look_up() {
    let home = Home::new(ContactStatus::Active).await;
    let mut parts = home.offer(1, SDP, 3);
    parts.reverse();
    home.hears(&Call {
        candidates: vec![
            GOOD.into(),
            "candidate:1 1 udp 1 evil.example 9 typ host".into(),
        ],
        ..Call::plain(name(1), CallStep::Candidates)
    });
    for part in &parts[..2] {
        home.hears(part);
        home.hears(part);
        assert!(home.messages().is_empty());
    }
    home.hears(&parts[2]);
    assert_eq!(home.states(), [CallState::Ringing]);
    assert_eq!(home.messages().len(), 1);
    home.hears(&parts[2]);
    assert_eq!(home.messages().len(), 1);
    let signals = home.signals();
    assert_eq!(signals.len(), 2, "{signals:?}");
    assert_eq!(signals[0].candidates, [GOOD]);
    let description = signals[1].description.clone().unwrap();
    assert!(!description.contains("tracker") && description.contains("fingerprint"));
    // Kept over a restart, with what was said.
    home.client.call_take(home.calls()[0].id).unwrap();
    assert_eq!(home.states(), [CallState::Connecting]);
    home.hears(&Call::plain(name(1), CallStep::HangUp));
    assert_eq!(home.states(), [CallState::Failed]);
    assert!(home.signals().is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_never_rings() {
    let home = Home::new(ContactStatus::Active).await;
    let bomb = "a".repeat(4 * MAX_DESCRIPTION_LEN);
    for (number, description) in [(1, "garbage"), (2, bomb.as_str()), (3, "v=0\r\n")] {
        for part in home.offer(number, description, 1) {
            home.hears(&part);
        }
    }
    let not_deflate = Call {
        piece: vec![0xff; 9],
        ..home.offer(4, SDP, 1).remove(0)
    };
    home.hears(&not_deflate);
    assert_eq!(home.states(), [CallState::Missed; 4]);
    // About calls that nobody knows.
    for step in [
        CallStep::Answer,
        CallStep::Decline,
        CallStep::Ringing,
        CallStep::Busy,
    ] {
        home.hears(&Call {
            step,
            ..home.offer(9, SDP, 1).remove(0)
        });
    }
    assert_eq!(home.calls().len(), 4);
}

#[tokio::test]
async fn a_late_call_one_taken_back_and_one_of_somebody_muted_are_missed_in_silence() {
    let home = Home::new(ContactStatus::Active).await;
    let late = Call {
        expires: Some(home.now().minus(CLOCK_SLACK)),
        ..home.offer(1, SDP, 1).remove(0)
    };
    home.hears(&late);
    home.hears(&Call::plain(name(2), CallStep::HangUp));
    home.hears(&home.offer(2, SDP, 1)[0]);
    let mute = FlagsChange {
        muted: Some(true),
        ..FlagsChange::default()
    };
    home.client.set_flags("Blair", mute).unwrap();
    home.hears(&home.offer(3, SDP, 1)[0]);
    assert_eq!(home.states(), [CallState::Missed; 3]);
    let contact = home.client.contacts().unwrap().remove(0);
    assert_eq!(contact.unread, 3);
    assert_eq!(contact.last.unwrap().call.unwrap().state, CallState::Missed);

    let blocked = Home::new(ContactStatus::Blocked).await;
    blocked.hears(&blocked.offer(1, SDP, 1)[0]);
    assert!(blocked.calls().is_empty() && blocked.messages().is_empty());
}

#[tokio::test]
async fn a_contact_cannot_fill_the_store_with_calls_that_never_come() {
    let home = Home::new(ContactStatus::Active).await;
    for number in 0..100 {
        home.hears(&Call {
            candidates: vec![GOOD.into()],
            ..Call::plain(name(number), CallStep::Candidates)
        });
    }
    let live = home
        .client
        .driver()
        .store
        .read(crate::store::calls::live)
        .unwrap();
    assert_eq!(live.len(), 16);
    assert!(home.messages().is_empty());
    // Nor one call with candidates.
    for number in 0..300 {
        home.hears(&Call {
            candidates: vec![format!(
                "candidate:1 1 udp 1 192.0.2.1 {} typ host",
                number + 1
            )],
            ..Call::plain(name(0), CallStep::Candidates)
        });
    }
    let kept = home.client.call_signals(live[0].number, 0).unwrap().len();
    assert_eq!(kept, 128);
}

#[tokio::test]
async fn a_call_ends_here_even_if_nothing_can_be_said_any_more() {
    let home = Home::new(ContactStatus::Active).await;
    home.hears(&home.offer(1, SDP, 1)[0]);
    // The state of this contact cannot be read, so that nothing can be sent.
    let call = home.client.call_decline(home.calls()[0].id).unwrap();
    assert_eq!(call.state, CallState::Declined);
}

#[tokio::test]
async fn whoever_calls_anew_has_lost_the_call_before() {
    let home = Home::new(ContactStatus::Active).await;
    home.hears(&home.offer(1, SDP, 1)[0]);
    home.hears(&home.offer(2, SDP, 1)[0]);
    assert_eq!(home.states(), [CallState::Ringing, CallState::Missed]);
}

#[tokio::test]
async fn a_connection_is_made_anew_often_but_not_for_ever_and_not_after_the_end() {
    let home = Home::new(ContactStatus::Active).await;
    home.hears(&home.offer(1, SDP, 1)[0]);
    let number = home.calls()[0].id;
    home.client.call_take(number).unwrap();
    home.client.call_connected(number).unwrap();
    let way = |port: u8| Call {
        candidates: vec![format!("candidate:1 1 udp 1 192.0.2.1 {port} typ host")],
        ..Call::plain(name(1), CallStep::Candidates)
    };
    let renewed = |round: u8| Call {
        round,
        ..home.offer(1, SDP, 1)[0].clone()
    };
    for round in 1..=MAX_ROUNDS {
        home.hears(&renewed(round));
        // A copy of one of before changes nothing.
        home.hears(&renewed(1));
        for port in 1..=4 {
            home.hears(&way(4 * (round % 60) + port));
        }
        let signals = home.signals();
        let newest = signals.iter().map(|signal| signal.round).max();
        assert_eq!(newest, Some(round));
        assert!(signals.len() < 20, "{}", signals.len());
        // Whatever the page has heeded before, this one is new to it.
        let last = signals
            .iter()
            .rfind(|signal| signal.step == CallStep::Candidates);
        assert!(last.is_some());
    }
    assert_eq!(home.states(), [CallState::Talking]);
    let before = home.signals().len();
    home.hears(&renewed(MAX_ROUNDS + 1));
    assert_eq!(home.signals().len(), before);
    home.client.call_end(number).unwrap();
    home.hears(&renewed(2));
    assert_eq!(home.states(), [CallState::Ended]);
    assert!(home.signals().iter().all(|signal| signal.round != 2));
}
