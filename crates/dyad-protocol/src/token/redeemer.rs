//! The redeeming service's side: whether a token is one of ours, and of which day.

use std::sync::{Arc, PoisonError, RwLock};

use subtle::ConstantTimeEq;

use super::wire::{TOKEN_TYPE, TokenParts};
use super::{IssuerKey, ProviderSeed, Token, TokenClass, TokenError, TokenScope};
use crate::id::HostName;
use crate::time::{Epoch, Timestamp};

/// Days before today whose keys are known, so that an old token is called expired and not unknown.
const REMEMBERED_DAYS: u32 = 8;

/// Verifies tokens of one class at one service. Shared by threads; says nothing about double spending.
pub struct Redeemer {
    seed: ProviderSeed,
    issuer: HostName,
    redeemer: HostName,
    class: TokenClass,
    window: RwLock<Option<Arc<Window>>>,
}

/// The keys around one day.
struct Window {
    today: Epoch,
    keys: Vec<EpochKey>,
}

struct EpochKey {
    epoch: Epoch,
    key: IssuerKey,
    key_id: [u8; 32],
    challenge_digest: [u8; 32],
}

impl Redeemer {
    /// For tokens of `class` that `issuer` issues (with the same seed) for `redeemer`.
    pub fn new(
        seed: &ProviderSeed,
        issuer: HostName,
        redeemer: HostName,
        class: TokenClass,
    ) -> Self {
        Self {
            seed: seed.clone(),
            issuer,
            redeemer,
            class,
            window: RwLock::new(None),
        }
    }

    /// Whether we issued `token` for this service and class, and its day is not over; gives the
    /// epoch, in whose spent set the nonce belongs.
    ///
    /// # Errors
    ///
    /// The bearer's fault, each.
    pub fn verify(&self, token: &Token, now: Timestamp) -> Result<Epoch, TokenError> {
        let parts = TokenParts::of(token);
        if parts.token_type != TOKEN_TYPE {
            return Err(TokenError::Malformed("the token type"));
        }
        let window = self.window(Epoch::containing(now))?;
        let found = window
            .keys
            .iter()
            .find(|candidate| candidate.key_id == *parts.key_id)
            .ok_or(TokenError::WrongKey)?;
        if !found.epoch.is_accepted(now) {
            let ahead = found.epoch > window.today;
            return Err(if ahead {
                TokenError::NotYetValid
            } else {
                TokenError::Expired
            });
        }
        if found.challenge_digest != *parts.challenge_digest {
            return Err(TokenError::WrongScope);
        }
        let expected = found
            .key
            .authenticator(parts.input)
            .ok_or(TokenError::Forged)?;
        if bool::from(expected.ct_eq(parts.authenticator)) {
            Ok(found.epoch)
        } else {
            Err(TokenError::Forged)
        }
    }

    /// The keys around `today`, derived once a day.
    fn window(&self, today: Epoch) -> Result<Arc<Window>, TokenError> {
        // A panic while the lock was held cannot have left a half-written `Arc`.
        let cached = self
            .window
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(window) = cached.filter(|window| window.today == today) {
            return Ok(window);
        }
        let window = Arc::new(self.derive_window(today)?);
        *self.window.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&window));
        Ok(window)
    }

    fn derive_window(&self, today: Epoch) -> Result<Window, TokenError> {
        let first = today.number().saturating_sub(REMEMBERED_DAYS);
        let keys = (first..=today.next().number())
            .map(|number| {
                let scope = TokenScope {
                    issuer: self.issuer.clone(),
                    redeemer: self.redeemer.clone(),
                    class: self.class,
                    epoch: Epoch::from_number(number),
                };
                let key = IssuerKey::derive(&self.seed, self.class, scope.epoch);
                Ok(EpochKey {
                    epoch: scope.epoch,
                    key_id: key.public().id(),
                    challenge_digest: scope.challenge_digest()?,
                    key,
                })
            })
            .collect::<Result<_, TokenError>>()?;
        Ok(Window { today, keys })
    }
}

impl std::fmt::Debug for Redeemer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            seed: _,
            issuer,
            redeemer,
            class,
            window: _,
        } = self;
        f.debug_struct("Redeemer")
            .field("issuer", issuer)
            .field("redeemer", redeemer)
            .field("class", class)
            .finish_non_exhaustive()
    }
}
