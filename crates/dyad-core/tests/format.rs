//! States written by the first release stay readable. The data is made by `DYAD_WRITE_FORMAT=1 cargo test
//! -p dyad-core --test format`, only when a new version of the format is introduced.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::path::PathBuf;

use dyad_core::{InvitationState, RelationshipState, Status};
use world::{HOUR, World};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// A relationship with a bit of everything: unconfirmed messages, held ones, several tickets.
fn write() {
    let mut world = World::pair(60);
    for n in 0..6 {
        world.send(n % 2, &format!("message {n}"));
        world.run(HOUR);
    }
    world.network.hold = true;
    (0..60).for_each(|n| world.send(0, &format!("late {n}")));
    let now = world.now;
    world.network.release(now, |held| {
        held.reverse();
        held.truncate(8);
    });
    world.send(1, "not confirmed");
    world.run(3);
    std::fs::write(data("relationship-1.bin"), world.state(1).encode()).unwrap();
    std::fs::write(
        data("invitation-1.bin"),
        world.people[0].invitations[0].encode(),
    )
    .unwrap();
}

#[test]
fn states_of_the_first_release_are_read_and_written_alike() {
    if std::env::var_os("DYAD_WRITE_FORMAT").is_some() {
        write();
    }
    let bytes = std::fs::read(data("relationship-1.bin")).unwrap();
    let state = RelationshipState::decode(&bytes).unwrap();
    assert_eq!(state.encode(), bytes);
    let summary = state.summary();
    assert_eq!((state.status(), summary.unconfirmed), (Status::Active, 1));
    assert_eq!(summary.presentation.unwrap().name, "Alex");
    assert_eq!(state.comparison_words().unwrap().len(), 8);

    let bytes = std::fs::read(data("invitation-1.bin")).unwrap();
    let state = InvitationState::decode(&bytes).unwrap();
    assert_eq!(state.encode(), bytes);
    assert_eq!(state.uses(), 1);
}
