//! Challenges that need no memory: the receiver recognises those it made, also after a restart.
//!
//! ```text
//! challenge (32): minute of its making 4 | random 12 | proof 16
//! ```

use dyad_protocol::hash::derive;
use dyad_protocol::id::Challenge;
use dyad_protocol::label;
use dyad_protocol::time::Timestamp;
use dyad_store::keys::{CHALLENGE_SECRET_LEN, challenge_secret};
use dyad_store::{Store, StoreError};
use rand::Rng as _;
use subtle::ConstantTimeEq as _;

/// For how many minutes a challenge is good.
const GOOD_FOR: u64 = 10;

/// Makes and recognises challenges.
pub(crate) struct Challenges {
    secret: [u8; CHALLENGE_SECRET_LEN],
}

impl Challenges {
    /// With the store's secret, made now if there is none.
    pub(crate) async fn open(store: &Store) -> Result<Self, StoreError> {
        let mut fresh = [0; CHALLENGE_SECRET_LEN];
        rand::rng().fill_bytes(&mut fresh);
        let secret = store.commit(move |tx| challenge_secret(tx, fresh)).await?;
        Ok(Self { secret })
    }

    /// A fresh one.
    pub(crate) fn make(&self, now: Timestamp) -> Challenge {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes[4..16]);
        bytes[..4].copy_from_slice(&minute(now).to_be_bytes());
        let proof = self.proof(&bytes[..16]);
        bytes[16..].copy_from_slice(&proof);
        Challenge::new(bytes)
    }

    /// Whether it was made here within the last minutes.
    pub(crate) fn accepts(&self, challenge: &Challenge, now: Timestamp) -> bool {
        let (body, proof) = challenge.as_bytes().split_at(16);
        let made = u32::from_be_bytes([body[0], body[1], body[2], body[3]]);
        // One minute ahead: another process of this receiver may have a clock that is ahead.
        let age = (u64::from(minute(now)) + 1).checked_sub(u64::from(made));
        let ours: bool = self.proof(body).ct_eq(proof).into();
        ours && age.is_some_and(|age| age <= GOOD_FOR + 1)
    }

    fn proof(&self, body: &[u8]) -> [u8; 16] {
        derive(&self.secret, label::MAILBOX_CHALLENGE, &[body])
    }
}

impl std::fmt::Debug for Challenges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { secret: _ } = self;
        f.write_str("Challenges(..)")
    }
}

fn minute(moment: Timestamp) -> u32 {
    u32::try_from(moment.as_secs() / 60).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_good_for_ten_minutes_here_and_nowhere_else() {
        let here = Challenges { secret: [1; 32] };
        let there = Challenges { secret: [2; 32] };
        let now = Timestamp::from_secs(1_800_000_000);
        let challenge = here.make(now);
        assert!(here.accepts(&challenge, now));
        assert!(here.accepts(&challenge, now.plus(600)));
        assert!(!here.accepts(&challenge, now.plus(660)));
        assert!(here.accepts(&challenge, now.minus(60)));
        assert!(!here.accepts(&challenge, now.minus(120)));
        assert!(!there.accepts(&challenge, now));
        assert_ne!(here.make(now), challenge);
    }

    #[test]
    fn a_challenge_with_any_bit_changed_is_refused() {
        let here = Challenges { secret: [1; 32] };
        let now = Timestamp::from_secs(1_800_000_000);
        let challenge = here.make(now);
        for index in 0..Challenge::LEN * 8 {
            let mut bytes = *challenge.as_bytes();
            bytes[index / 8] ^= 1 << (index % 8);
            assert!(!here.accepts(&Challenge::new(bytes), now), "bit {index}");
        }
    }
}
