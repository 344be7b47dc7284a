//! From a sender service's batch to the recipient's device, by poll and by WebSocket, across crashes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use dyad_net::{WebSocket, WebSocketLimits, websocket};
use dyad_protocol::api::fetch::{
    Acknowledgement, ClientFrame, Consumer, Position, STREAM_PATH, ServerFrame,
};
use dyad_protocol::api::mailbox::Change;
use dyad_protocol::id::Challenge;
use dyad_receiver::ReceiverConfig;
use dyad_service::server::{ServerLimits, serve};
use dyad_store::mailbox;
use tokio::net::TcpListener;
use tokio::time::timeout;

#[tokio::test]
async fn a_message_is_delivered_polled_acknowledged_and_gone() {
    let world = World::new().await;
    world.run();
    let alex = world.person().await;
    let ticket = alex.ticket(&world);
    world.deliver(&[world.item(&ticket, 7)]).await;

    let response = world.poll(vec![(&alex, PHONE, 0)], 10).await;
    let entry = &response.entries[0];
    assert_eq!(numbers(&response.entries), [7]);
    assert_eq!((entry.root, entry.position), (alex.root, Position(1)));
    assert_eq!(entry.address, ticket.id());
    assert!(!response.more.0 && response.refused.is_empty());

    // Not acknowledged: it comes again. Acknowledged: it is gone from the disk.
    assert_eq!(world.inbox(&alex, 0).await, [7]);
    assert_eq!(world.inbox(&alex, 1).await, [0; 0]);
    let found = mailbox::find(world.store.read(), &alex.root, world.now());
    assert_eq!(found.unwrap().unwrap().waiting(), 0);
}

#[tokio::test]
async fn a_poll_waits_for_the_first_message_of_any_of_its_mailboxes() {
    let world = Arc::new(World::new().await);
    world.run();
    let (alex, blair) = (world.person().await, world.person().await);
    let item = world.item(&blair.ticket(&world), 1);
    let waiting = {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let polled = world.poll(vec![(&alex, PHONE, 0), (&blair, PHONE, 0)], 30);
            polled.await.entries
        })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    world.deliver(&[item]).await;
    let entries = timeout(Duration::from_secs(10), waiting).await;
    assert_eq!(numbers(&entries.unwrap().unwrap()), [1]);
}

#[tokio::test]
async fn a_poll_gives_each_mailbox_its_share_and_says_that_there_is_more() {
    let world = World::new().await;
    world.run();
    let (alex, blair) = (world.person().await, world.person().await);
    let items: Vec<_> = (0..150)
        .map(|n| world.item(&alex.ticket(&world), n))
        .collect();
    world.deliver(&items).await;
    world
        .deliver_and_resolve(&[world.item(&blair.ticket(&world), 999)])
        .await;
    let response = world
        .poll(vec![(&alex, PHONE, 0), (&blair, PHONE, 0)], 0)
        .await;
    assert_eq!(response.entries.len(), 128);
    assert!(response.more.0);
    assert!(numbers(&response.entries).contains(&999));
    let of_alex = response.entries.iter().filter(|e| e.root == alex.root);
    let last = of_alex.map(|e| e.position.0).max().unwrap();
    assert_eq!(last, 127);
    let rest = world.poll(vec![(&alex, PHONE, last)], 0).await;
    assert_eq!((rest.entries.len(), rest.more.0), (23, false));
}

#[tokio::test]
async fn accepted_messages_survive_crashes_at_every_stage_and_arrive_once() {
    let world = World::new().await;
    let alex = world.person().await;
    let tickets: Vec<_> = (0..3).map(|_| alex.ticket(&world)).collect();
    let items: Vec<_> = (0..3)
        .map(|n| world.item(&tickets[usize::from(n)], n))
        .collect();
    let batch = world.batch(&items);
    // Accepted by a service whose resolver never ran.
    let answer = world.post("/v1/deliver", BINARY, batch.clone()).await;
    assert_eq!(answer.status, 202);

    let world = world.crash_and_restart().await;
    world.run();
    world.resolved().await;
    assert_eq!(world.inbox(&alex, 0).await, [0, 1, 2]);

    // Resolved, partly acknowledged, crashed; and the sender, which got no answer, sends again.
    assert_eq!(world.inbox(&alex, 1).await, [1, 2]);
    let world = world.crash_and_restart().await;
    world.run();
    assert_eq!(world.post("/v1/deliver", BINARY, batch).await.status, 202);
    world.deliver_and_resolve(&items).await;
    assert_eq!(world.inbox(&alex, 0).await, [1, 2]);
    assert_eq!(world.inbox(&alex, 3).await, [0; 0]);
}

#[tokio::test]
async fn two_devices_each_get_every_message() {
    let world = World::new().await;
    world.run();
    let alex = world.person().await;
    for device in [PHONE, LAPTOP] {
        assert!(
            world
                .poll(vec![(&alex, device, 0)], 0)
                .await
                .entries
                .is_empty()
        );
    }
    let items: Vec<_> = (1..=2)
        .map(|n| world.item(&alex.ticket(&world), n))
        .collect();
    world.deliver_and_resolve(&items).await;
    assert_eq!(world.inbox(&alex, 0).await, [1, 2]);
    assert_eq!(world.inbox(&alex, 2).await, [0; 0]);
    let response = world.poll(vec![(&alex, LAPTOP, 1)], 0).await;
    assert_eq!(numbers(&response.entries), [2]);
    let response = world.poll(vec![(&alex, LAPTOP, 2)], 0).await;
    assert!(response.entries.is_empty());
    let found = mailbox::find(world.store.read(), &alex.root, world.now());
    assert_eq!(found.unwrap().unwrap().waiting(), 0);
}

#[tokio::test]
async fn a_stranger_a_closed_mailbox_and_one_that_never_was_are_refused_alike() {
    let world = World::new().await;
    let (alex, mut thief, mut nobody, closed) = (
        world.person().await,
        world.person().await,
        world.person().await,
        world.person().await,
    );
    thief.root = alex.root;
    nobody.root = dyad_protocol::id::RootAddress::new(random());
    assert_eq!(world.change(&closed, Change::Close).await, 204);
    for person in [&thief, &nobody, &closed] {
        let response = world.poll(vec![(person, PHONE, 0)], 0).await;
        assert_eq!(response.refused, [person.root]);
        assert!(response.entries.is_empty());
        assert_eq!(world.change(person, Change::Close).await, 204);
    }
    let too_many = world.poll(vec![(&alex, Consumer(8), 0)], 0).await;
    assert_eq!(too_many.refused, [alex.root]);
    assert_eq!(world.inbox(&alex, 0).await, [0; 0]);
}

// ---- WebSocket --------------------------------------------------------------------------------------

/// A receiver that listens.
async fn listening(config: ReceiverConfig) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let world = World::at(host.parse().unwrap(), config).await;
    let (router, shutdown) = (world.router.clone(), world.shutdown.clone());
    tokio::spawn(serve(
        listener,
        router,
        None,
        shutdown,
        ServerLimits::default(),
    ));
    world.run();
    world
}

struct Device {
    socket: WebSocket,
    challenge: Challenge,
}

impl Device {
    async fn connect(world: &World) -> Self {
        let limits = WebSocketLimits::default();
        let opened = websocket(&World::direct(), &world.host, STREAM_PATH, limits).await;
        let mut socket = opened.unwrap();
        let hello = socket.recv().await.unwrap().unwrap();
        let ServerFrame::Hello(challenge) = ServerFrame::decode(&hello).unwrap() else {
            panic!("the service greets first");
        };
        Self { socket, challenge }
    }

    async fn say(&mut self, frame: ClientFrame) {
        self.socket.send(frame.encode().into()).await.unwrap();
    }

    async fn attach(&mut self, person: &Person, consumer: Consumer, done: u64) {
        let attachment = person.attachment(&self.challenge, consumer, done);
        self.say(ClientFrame::Attach(attachment)).await;
    }

    async fn acknowledge(&mut self, person: &Person, position: u64) {
        let (root, position) = (person.root, Position(position));
        self.say(ClientFrame::Acknowledge(Acknowledgement { root, position }))
            .await;
    }

    async fn hear(&mut self) -> ServerFrame {
        let heard = timeout(Duration::from_secs(10), self.socket.recv()).await;
        ServerFrame::decode(&heard.unwrap().unwrap().unwrap()).unwrap()
    }

    async fn hear_message(&mut self) -> (u16, u64) {
        match self.hear().await {
            ServerFrame::Entry(entry) => (number(&entry.sealed), entry.position.0),
            other => panic!("{other:?}"),
        }
    }

    /// Whether the service ends the connection without another word.
    async fn is_cut(&mut self) -> bool {
        let heard = timeout(Duration::from_secs(10), self.socket.recv()).await;
        !matches!(heard.unwrap(), Ok(Some(_)))
    }
}

#[tokio::test]
async fn a_device_gets_what_waits_and_what_comes_over_one_connection() {
    let world = listening(ReceiverConfig::default()).await;
    let (alex, blair) = (world.person().await, world.person().await);
    world
        .deliver_and_resolve(&[world.item(&alex.ticket(&world), 1)])
        .await;

    let mut device = Device::connect(&world).await;
    device.attach(&alex, PHONE, 0).await;
    assert_eq!(device.hear().await, ServerFrame::Attached(alex.root));
    assert_eq!(device.hear_message().await, (1, 1));
    assert_eq!(device.hear().await, ServerFrame::CaughtUp(alex.root));
    device.attach(&blair, PHONE, 0).await;
    assert_eq!(device.hear().await, ServerFrame::Attached(blair.root));
    assert_eq!(device.hear().await, ServerFrame::CaughtUp(blair.root));

    world.deliver(&[world.item(&blair.ticket(&world), 2)]).await;
    assert_eq!(device.hear_message().await, (2, 1));
    assert_eq!(device.hear().await, ServerFrame::CaughtUp(blair.root));
    for person in [&alex, &blair] {
        device.acknowledge(person, 1).await;
        let (root, position) = (person.root, Position(1));
        let done = ServerFrame::Acknowledged(Acknowledgement { root, position });
        assert_eq!(device.hear().await, done);
        // On disk when it is said.
        let found = mailbox::find(world.store.read(), &root, world.now());
        assert_eq!(found.unwrap().unwrap().waiting(), 0);
    }
}

#[tokio::test]
async fn a_device_that_acknowledges_nothing_gets_a_window_full_and_then_the_rest() {
    let world = listening(ReceiverConfig::default()).await;
    let alex = world.person().await;
    let items: Vec<_> = (1..=200)
        .map(|n| world.item(&alex.ticket(&world), n))
        .collect();
    world.deliver_and_resolve(&items).await;
    let mut device = Device::connect(&world).await;
    device.attach(&alex, PHONE, 0).await;
    assert_eq!(device.hear().await, ServerFrame::Attached(alex.root));
    for position in 1..=128 {
        assert_eq!(device.hear_message().await.1, position);
    }
    let silence = timeout(Duration::from_millis(300), device.socket.recv()).await;
    assert!(silence.is_err(), "more than the window was sent");
    device.acknowledge(&alex, 128).await;
    assert!(matches!(device.hear().await, ServerFrame::Acknowledged(_)));
    for position in 129..=200 {
        assert_eq!(device.hear_message().await.1, position);
    }
    assert_eq!(device.hear().await, ServerFrame::CaughtUp(alex.root));
}

#[tokio::test]
async fn a_connection_that_breaks_loses_nothing() {
    let world = listening(ReceiverConfig::default()).await;
    let alex = world.person().await;
    let items: Vec<_> = (1..=3)
        .map(|n| world.item(&alex.ticket(&world), n))
        .collect();
    world.deliver_and_resolve(&items).await;
    let mut device = Device::connect(&world).await;
    device.attach(&alex, PHONE, 0).await;
    device.hear().await;
    device.hear_message().await;
    drop(device);
    let mut device = Device::connect(&world).await;
    // It had stored the first, but could not say so.
    device.attach(&alex, PHONE, 1).await;
    device.hear().await;
    assert_eq!(device.hear_message().await, (2, 2));
    assert_eq!(device.hear_message().await, (3, 3));
}

#[tokio::test]
async fn a_mailbox_that_is_closed_is_detached_and_a_stranger_never_gets_in() {
    let world = listening(ReceiverConfig::default()).await;
    let (alex, mut thief) = (world.person().await, world.person().await);
    thief.root = alex.root;
    let mut device = Device::connect(&world).await;
    device.attach(&thief, PHONE, 0).await;
    assert_eq!(device.hear().await, ServerFrame::Refused(alex.root));
    // What another connection signed is of no use on this one.
    let other = Device::connect(&world).await;
    let attachment = alex.attachment(&other.challenge, PHONE, 0);
    device.say(ClientFrame::Attach(attachment)).await;
    assert_eq!(device.hear().await, ServerFrame::Refused(alex.root));
    device.acknowledge(&alex, 1).await;
    assert_eq!(device.hear().await, ServerFrame::Refused(alex.root));

    device.attach(&alex, PHONE, 0).await;
    assert_eq!(device.hear().await, ServerFrame::Attached(alex.root));
    assert_eq!(device.hear().await, ServerFrame::CaughtUp(alex.root));
    assert_eq!(world.change(&alex, Change::Close).await, 204);
    assert_eq!(device.hear().await, ServerFrame::Refused(alex.root));
}

#[tokio::test]
async fn nonsense_and_endless_guessing_end_the_connection() {
    let world = listening(ReceiverConfig::default()).await;
    for nonsense in [&b""[..], &[9; 98], &[0; 513], &[1; 97]] {
        let mut device = Device::connect(&world).await;
        device.socket.send(nonsense.to_vec().into()).await.unwrap();
        assert!(device.is_cut().await);
    }
    let nobody = {
        let mut person = world.person().await;
        person.root = dyad_protocol::id::RootAddress::new(random());
        person
    };
    let mut device = Device::connect(&world).await;
    let mut refused = 0;
    loop {
        let attachment = nobody.attachment(&device.challenge, PHONE, 0);
        let sent = device
            .socket
            .send(ClientFrame::Attach(attachment).encode().into());
        if sent.await.is_err() {
            break;
        }
        match device.socket.recv().await {
            Ok(Some(_)) => refused += 1,
            _ => break,
        }
    }
    assert_eq!(refused, 129);
}

#[tokio::test]
async fn draining_ends_polls_and_connections_without_loss() {
    let world = Arc::new(listening(ReceiverConfig::default()).await);
    let alex = world.person().await;
    let mut device = Device::connect(&world).await;
    device.attach(&alex, PHONE, 0).await;
    device.hear().await;
    device.hear().await;
    let poll = {
        let (world, blair) = (Arc::clone(&world), world.person().await);
        tokio::spawn(async move { world.poll(vec![(&blair, PHONE, 0)], 60).await })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.shutdown.drain();
    assert!(device.is_cut().await);
    let answered = timeout(Duration::from_secs(5), poll)
        .await
        .unwrap()
        .unwrap();
    assert!(answered.entries.is_empty() && answered.refused.is_empty());
    assert!(world.shutdown.finish(Duration::from_secs(10)).await);
}

#[tokio::test]
async fn streams_are_limited_in_number() {
    let config = ReceiverConfig {
        max_streams: 1,
        ..ReceiverConfig::default()
    };
    let world = listening(config).await;
    let device = Device::connect(&world).await;
    let limits = WebSocketLimits::default();
    let second = websocket(&World::direct(), &world.host, STREAM_PATH, limits).await;
    assert!(second.is_err());
    drop(device);
}
