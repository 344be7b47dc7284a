//! Two people with different providers, each mostly offline.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod scenario;

use std::time::Duration;

use scenario::{Person, Provider, wait_until};

/// Longest time for something that only waits for services to do their work.
const SOON: Duration = Duration::from_secs(180);

fn join(person: &Person, provider: &Provider) {
    person.ok(&["provider", "add", &provider.url()]);
    person.ok(&["me", "--name", person.name()]);
}

/// Both fetch and send until each has what the other wrote.
fn sync_until(people: [&Person; 2], what: &str, mut holds: impl FnMut() -> bool) {
    let mut turn = 0;
    wait_until(what, SOON, || {
        people[turn % 2].run(&["sync"]);
        turn += 1;
        holds()
    });
}

#[test]
fn two_people_of_two_providers_talk_while_one_is_always_offline() {
    let (first, second) = (Provider::start(), Provider::start());
    let (alex, blair) = (Person::new("Alex"), Person::new("Blair"));
    join(&alex, &first);
    join(&blair, &second);

    let link = alex.invite("Blair");
    blair.ok(&["accept", &link]);
    sync_until([&alex, &blair], "both know each other", || {
        let contacts = alex.ok(&["contacts"]);
        contacts[0]["contacts"]
            .as_array()
            .is_some_and(|list| list.len() == 1)
    });

    // Nobody's app runs between two commands.
    for round in 0..3 {
        assert!(alex.send("Blair", &format!("from Alex {round}")));
        assert!(blair.send("Alex", &format!("from Blair {round}")));
        sync_until([&blair, &alex], "both have what was written", || {
            blair
                .received("Alex")
                .contains_key(&format!("from Alex {round}"))
                && alex
                    .received("Blair")
                    .contains_key(&format!("from Blair {round}"))
        });
    }
    sync_until([&alex, &blair], "everything is confirmed", || {
        alex.confirmed("Blair").len() == 3 && blair.confirmed("Alex").len() == 3
    });
    assert!(alex.received("Blair").values().all(|&times| times == 1));
    assert!(blair.received("Alex").values().all(|&times| times == 1));
    let words = |person: &Person, nick: &str| {
        person.ok(&["contact", "verify", nick])[0]["words"]["words"].clone()
    };
    assert_eq!(words(&alex, "Blair"), words(&blair, "Alex"));
    assert!(
        words(&alex, "Blair")
            .as_array()
            .is_some_and(|words| words.len() == 8)
    );
}

#[test]
fn what_is_written_while_the_other_ones_provider_is_down_arrives_when_it_is_back() {
    let (first, second) = (Provider::start(), Provider::start());
    let (alex, blair) = (Person::new("Alex"), Person::new("Blair"));
    join(&alex, &first);
    join(&blair, &second);
    let link = alex.invite("Blair");
    blair.ok(&["accept", &link]);
    sync_until([&alex, &blair], "both know each other", || {
        alex.send("Blair", "hello")
    });
    sync_until([&blair, &alex], "the first message is there", || {
        blair.received("Alex").contains_key("hello")
    });

    second.kill();
    // Alex's own service takes it, and keeps it. Blair's app can only keep what Blair writes.
    assert!(alex.send("Blair", "while you are away"));
    let kept = blair.run(&["send", "Alex", "kept here"]);
    assert_eq!(kept.status.code(), Some(75), "{kept:?}");
    std::thread::sleep(Duration::from_secs(3));
    second.resume();

    sync_until([&blair, &alex], "both arrive", || {
        blair.received("Alex").contains_key("while you are away")
            && alex.received("Blair").contains_key("kept here")
    });
    assert!(
        alex.received("Blair")
            .values()
            .chain(blair.received("Alex").values())
            .all(|&times| times == 1)
    );
}
