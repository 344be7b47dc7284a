//! Ids as one app is told them: numbers of the store, scrambled with the app's own secret. Two apps cannot tell that theirs
//! are about the same, and no app can count what it does not see.

use dyad_client::view::AppPass;
use dyad_protocol::hash::sha256;
use dyad_protocol::id::RelationshipId;

/// What a number stands for: the same number is another id as something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A payload or message.
    Payload = 1,
    /// A place in the list of payloads.
    Place = 2,
    /// A place among the changes.
    Event = 3,
}

/// Rounds: four of a good function make a good permutation (Luby and Rackoff, 1988).
const ROUNDS: [u8; 4] = [0, 1, 2, 3];

/// The id of a number.
pub(crate) fn id(app: &AppPass, of: Of, number: u64) -> String {
    let (mut left, mut right) = halves(number);
    for round in ROUNDS {
        (left, right) = (right, left ^ mixed(app, of, round, right));
    }
    hex::encode(whole(left, right).to_be_bytes())
}

/// The number of an id; any number for one that was made up.
pub(crate) fn number(app: &AppPass, of: Of, id: &str) -> Option<u64> {
    let mut bytes = [0; 8];
    hex::decode_to_slice(id, &mut bytes).ok()?;
    let (mut left, mut right) = halves(u64::from_be_bytes(bytes));
    for round in ROUNDS.into_iter().rev() {
        (left, right) = (right ^ mixed(app, of, round, left), left);
    }
    Some(whole(left, right))
}

/// The id of a relationship.
pub(crate) fn relationship(app: &AppPass, id: &RelationshipId) -> String {
    let hash = sha256(&[&app.secret[..], b"relationship", id.as_bytes()].concat());
    hex::encode(hash.first_chunk::<16>().copied().unwrap_or_default())
}

const fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

const fn whole(left: u32, right: u32) -> u64 {
    ((left as u64) << 32) | right as u64
}

/// All inputs have one length, so that a plain hash with the secret in front does.
fn mixed(app: &AppPass, of: Of, round: u8, half: u32) -> u32 {
    let hash = sha256(&[&app.secret[..], &[of as u8, round], &half.to_be_bytes()].concat());
    u32::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(secret: u8) -> AppPass {
        AppPass {
            id: 1,
            name: "x".into(),
            types: vec![],
            messages: false,
            contacts: None,
            secret: [secret; 32],
        }
    }

    #[test]
    fn ids_lead_back_to_their_numbers_for_the_app_that_was_told_them_only() {
        for number in [0, 1, 2, 1_000_000, i64::MAX as u64, u64::MAX] {
            let told = id(&app(1), Of::Payload, number);
            assert_eq!(told.len(), 16);
            assert_eq!(super::number(&app(1), Of::Payload, &told), Some(number));
            assert_ne!(super::number(&app(2), Of::Payload, &told), Some(number));
            assert_ne!(super::number(&app(1), Of::Event, &told), Some(number));
        }
        for bad in ["", "1", "00000000000000000", "zzzzzzzzzzzzzzzz"] {
            assert_eq!(super::number(&app(1), Of::Payload, bad), None, "{bad}");
        }
        // What was stored is read again by every later release.
        assert_eq!(id(&app(1), Of::Payload, 1), "76bbb69fdba8dc9a");
    }

    #[test]
    fn two_apps_are_told_different_ids_of_one_relationship() {
        let same = RelationshipId::new([7; 16]);
        assert_ne!(relationship(&app(1), &same), relationship(&app(2), &same));
        assert_eq!(relationship(&app(1), &same).len(), 32);
    }
}
