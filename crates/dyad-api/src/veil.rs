//! Ids as one app is told them: numbers of the store, encrypted as one block (AES-256, FIPS 197) under the app's own key.
//! Two apps cannot tell that theirs are about the same, no app can count what it does not see, and none can make one up.

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use dyad_client::view::AppPass;
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

/// The id of a number.
pub(crate) fn id(app: &AppPass, of: Of, number: u64) -> String {
    veiled(app, block(of, number))
}

/// The number of an id that this app was told as such.
pub(crate) fn number(app: &AppPass, of: Of, id: &str) -> Option<u64> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(id, &mut bytes).ok()?;
    let mut opened = bytes.into();
    cipher(app).decrypt_block(&mut opened);
    let opened = u128::from_be_bytes(opened.into());
    let number = u64::try_from(opened & u128::from(u64::MAX)).ok()?;
    (opened.to_be_bytes() == block(of, number)).then_some(number)
}

/// The id of a relationship, whose own is one block of random bytes.
pub(crate) fn relationship(app: &AppPass, id: &RelationshipId) -> String {
    veiled(app, *id.as_bytes())
}

fn block(of: Of, number: u64) -> [u8; 16] {
    (((of as u128) << 120) | u128::from(number)).to_be_bytes()
}

fn veiled(app: &AppPass, bytes: [u8; 16]) -> String {
    let mut block = bytes.into();
    cipher(app).encrypt_block(&mut block);
    hex::encode(block)
}

fn cipher(app: &AppPass) -> Aes256 {
    Aes256::new(&app.secret.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = "337a4a28844ebca0cbefb7340f3dff4c";

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
            assert_eq!(told.len(), 32);
            assert_eq!(super::number(&app(1), Of::Payload, &told), Some(number));
            assert_eq!(super::number(&app(2), Of::Payload, &told), None);
            assert_eq!(super::number(&app(1), Of::Event, &told), None);
        }
        for bad in ["", "1", &"0".repeat(32), &"0".repeat(33), &"z".repeat(32)] {
            assert_eq!(super::number(&app(1), Of::Payload, bad), None, "{bad}");
        }
        // What an app has stored is read again by every later release.
        assert_eq!(id(&app(1), Of::Payload, 1), STORED);
    }

    #[test]
    fn two_apps_are_told_different_ids_of_one_relationship() {
        let same = RelationshipId::new([7; 16]);
        assert_ne!(relationship(&app(1), &same), relationship(&app(2), &same));
        assert_eq!(relationship(&app(1), &same).len(), 32);
    }
}
