//! Apps and providers killed with SIGKILL at random moments of a stream of messages in both directions.
//!
//! `DYAD_KILLS=200 cargo test -p dyad --test kills -- --nocapture` is the full run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod scenario;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scenario::{Person, Provider, wait_until};

/// Kills in the ordinary test run.
const KILLS: usize = 20;
/// After the last kill, everything must have arrived within this. A message that came so late that the ratchet had
/// given up its chain is sent again ten minutes after an acknowledgement has shown the gap.
const SETTLE: Duration = Duration::from_secs(1_200);

#[test]
fn nothing_accepted_is_lost_and_nothing_is_shown_twice_whatever_process_dies() {
    let kills = std::env::var("DYAD_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(KILLS);
    let providers = [Provider::start(), Provider::start()];
    let people = [Person::new("Alex"), Person::new("Blair")];
    for (person, provider) in people.iter().zip(&providers) {
        person.up();
        person.ok(&["provider", "add", &provider.url()]);
    }
    let link = people[0].invite("Blair");
    people[1].ok(&["accept", &link]);
    wait_until("both know each other", SETTLE, || {
        people[0].send("Blair", "begin")
    });

    let stop = AtomicBool::new(false);
    let accepted = std::thread::scope(|scope| {
        let streams = [(0, "Blair"), (1, "Alex")].map(|(index, nick)| {
            let (person, stop) = (&people[index], &stop);
            scope.spawn(move || stream(person, nick, stop))
        });
        for kill in 0..kills {
            std::thread::sleep(random(100, 1_500));
            match rand::random_range(0..4) {
                victim @ 0..2 => {
                    people[victim].kill();
                    std::thread::sleep(random(0, 700));
                    people[victim].up();
                }
                victim => {
                    providers[victim - 2].kill();
                    std::thread::sleep(random(0, 700));
                    providers[victim - 2].resume();
                }
            }
            println!("killed {} of {kills}", kill + 1);
        }
        stop.store(true, Ordering::Relaxed);
        streams.map(|stream| stream.join().unwrap())
    });

    let [alex, blair] = &people;
    println!(
        "accepted: {} from Alex, {} from Blair",
        accepted[0].len(),
        accepted[1].len()
    );
    assert!(
        accepted.iter().all(|texts| texts.len() > kills / 4),
        "too few were accepted to show anything"
    );
    arrived(&accepted[0], blair, "Alex");
    arrived(&accepted[1], alex, "Blair");
}

/// Writes one text after the other; returns those that were accepted.
fn stream(person: &Person, nick: &str, stop: &AtomicBool) -> Vec<String> {
    let mut accepted = Vec::new();
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        // The app may be killed while it is asked; only a written-down "accepted" counts.
        let text = format!("{} to {nick}, number {number}", person.name());
        let sent = person.send(nick, &text);
        if sent {
            accepted.push(text);
        }
        std::thread::sleep(random(20, 300));
    }
    accepted
}

fn arrived(accepted: &[String], recipient: &Person, nick: &str) {
    let missing = || {
        let received = recipient.received(nick);
        accepted
            .iter()
            .filter(|text| !received.contains_key(*text))
            .cloned()
            .collect::<Vec<_>>()
    };
    let begin = std::time::Instant::now();
    while !missing().is_empty() && begin.elapsed() < SETTLE {
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(
        missing(),
        Vec::<String>::new(),
        "accepted, but never shown to {}",
        recipient.name()
    );
    let doubled: Vec<_> = recipient
        .received(nick)
        .into_iter()
        .filter(|(_, times)| *times > 1)
        .collect();
    assert_eq!(doubled, [], "shown twice to {}", recipient.name());
}

fn random(from: u64, to: u64) -> Duration {
    Duration::from_millis(rand::random_range(from..=to))
}
