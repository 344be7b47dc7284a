//! What an operator decides about an issuer.

use std::collections::BTreeMap;

use dyad_protocol::limits::MAX_TOKENS_PER_BATCH;
use dyad_protocol::token::TokenClass;
use dyad_store::accounts::MAX_TIER_LEN;

/// Everything that an operator decides.
#[derive(Clone, Debug)]
pub struct IssuerConfig {
    /// Whether anybody may have an account; otherwise a code is needed.
    pub open_registration: bool,
    /// What accounts may have.
    pub tiers: Tiers,
    /// How fast accounts may come to be.
    pub enrolments: EnrolmentLimits,
    /// Batches evaluated at the same moment, each on a thread of its own. None: on the request's own
    /// task, which is deterministic and right for simulations only.
    pub threads: usize,
}

impl Default for IssuerConfig {
    fn default() -> Self {
        Self {
            open_registration: false,
            tiers: Tiers::default(),
            enrolments: EnrolmentLimits::default(),
            threads: 2,
        }
    }
}

/// How fast accounts may come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnrolmentLimits {
    /// Tries by accounts not yet known, an hour, from one IPv4 address or IPv6 /64. Loopback is exempt.
    pub per_peer: u32,
    /// The same, from everywhere together.
    pub in_all: u32,
}

impl Default for EnrolmentLimits {
    fn default() -> Self {
        Self {
            per_peer: 20,
            in_all: 2_000,
        }
    }
}

/// Tokens a day of each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas(BTreeMap<TokenClass, u16>);

impl Quotas {
    /// Checks and keeps them. A class with none is not issued.
    ///
    /// # Errors
    /// [`ConfigError::Quota`] for more than fits in a batch.
    pub fn new(per_day: impl IntoIterator<Item = (TokenClass, u16)>) -> Result<Self, ConfigError> {
        let mut quotas = BTreeMap::new();
        for (class, count) in per_day {
            if count > MAX_TOKENS_PER_BATCH {
                return Err(ConfigError::Quota { class, count });
            }
            if count > 0 {
                quotas.insert(class, count);
            }
        }
        Ok(Self(quotas))
    }

    /// Tokens a day of `class`, if any.
    #[must_use]
    pub fn of(&self, class: TokenClass) -> Option<u16> {
        self.0.get(&class).copied()
    }
}

impl Default for Quotas {
    /// A thousand messages a day is more than people send and too few for a nuisance; mailboxes
    /// rotate seldom.
    fn default() -> Self {
        Self(BTreeMap::from([
            (TokenClass::Message, 1_000),
            (TokenClass::Blob, 64),
            (TokenClass::Mailbox, 16),
            (TokenClass::Lookup, 32),
        ]))
    }
}

/// The tiers by name, one of which is for accounts that come without a code.
#[derive(Clone, Debug)]
pub struct Tiers {
    default: String,
    by_name: BTreeMap<String, Quotas>,
}

impl Tiers {
    /// Checks that the default is among them.
    ///
    /// # Errors
    /// [`ConfigError`] naming what is wrong.
    pub fn new(default: &str, by_name: BTreeMap<String, Quotas>) -> Result<Self, ConfigError> {
        let good = |name: &str| {
            (1..=MAX_TIER_LEN).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
        };
        if let Some(name) = by_name.keys().find(|name| !good(name)) {
            return Err(ConfigError::TierName(name.clone()));
        }
        if !by_name.contains_key(default) {
            return Err(ConfigError::NoDefault(default.to_owned()));
        }
        Ok(Self {
            default: default.to_owned(),
            by_name,
        })
    }

    /// The name of the default tier.
    #[must_use]
    pub fn default_name(&self) -> &str {
        &self.default
    }

    /// Whether there is a tier of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The quotas of an account's tier; those of the default where the tier is gone from the
    /// configuration.
    pub(crate) fn quotas(&self, name: &str) -> Option<&Quotas> {
        self.by_name
            .get(name)
            .or_else(|| self.by_name.get(&self.default))
    }
}

impl Default for Tiers {
    fn default() -> Self {
        let default = "standard".to_owned();
        Self {
            by_name: BTreeMap::from([(default.clone(), Quotas::default())]),
            default,
        }
    }
}

/// Why a configuration cannot be used. The operator's move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// More than fits in one batch.
    #[error("{count} {class} tokens a day are too many: at most {MAX_TOKENS_PER_BATCH}")]
    Quota {
        /// The class.
        class: TokenClass,
        /// The number asked for.
        count: u16,
    },
    /// The default tier is not among the tiers.
    #[error(
        "the default tier {0:?} is not among the tiers: add it, or name another as the default"
    )]
    NoDefault(String),
    /// Not a name.
    #[error("{0:?} cannot be the name of a tier: use 1 to {MAX_TIER_LEN} visible ASCII characters")]
    TierName(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_fit_in_a_batch() {
        let quotas = |count| Quotas::new([(TokenClass::Message, count)]);
        assert_eq!(quotas(2000).unwrap().of(TokenClass::Message), Some(2000));
        assert_eq!(quotas(0).unwrap().of(TokenClass::Message), None);
        assert!(matches!(
            quotas(2001),
            Err(ConfigError::Quota { count: 2001, .. })
        ));
    }

    #[test]
    fn the_default_tier_exists_and_takes_in_those_whose_tier_is_gone() {
        let few = Quotas::new([(TokenClass::Message, 5)]).unwrap();
        let by_name = BTreeMap::from([("basic".to_owned(), few.clone())]);
        assert!(matches!(
            Tiers::new("other", by_name.clone()),
            Err(ConfigError::NoDefault(_))
        ));
        let tiers = Tiers::new("basic", by_name).unwrap();
        assert_eq!(tiers.quotas("long gone"), Some(&few));
        let spaced = BTreeMap::from([("a b".to_owned(), few)]);
        assert!(matches!(
            Tiers::new("a b", spaced),
            Err(ConfigError::TierName(_))
        ));
    }
}
