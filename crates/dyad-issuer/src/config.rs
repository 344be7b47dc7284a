//! What the operator decides.

use std::collections::BTreeMap;

use dyad_protocol::limits::MAX_TOKENS_PER_BATCH;
use dyad_protocol::token::TokenClass;
use dyad_store::accounts::MAX_TIER_LEN;
use serde::Deserialize;

/// Settings of an issuer. Every one has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuerConfig {
    /// Whether anybody may have an account; otherwise a code is needed.
    pub open_registration: bool,
    /// The tier of accounts that come without a code, or whose tier is no longer there.
    pub default_tier: String,
    /// What accounts may have, by the name of their tier.
    pub tiers: BTreeMap<String, Quotas>,
    /// How fast accounts may come to be.
    pub enrolments: EnrolmentLimits,
    /// Batches evaluated at the same moment, each on a thread of its own. 0: no threads at all,
    /// everything runs where it is called, as a simulation needs it.
    pub threads: usize,
}

/// Tokens a day of each class. A class with none is not issued to the tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Messages that can be submitted.
    pub message: u16,
    /// Sixteen megabytes each: kept at the sender, or fetched through the receiver.
    pub blob: u16,
    /// Mailboxes that can be made.
    pub mailbox: u16,
    /// Names that can be looked up.
    pub lookup: u16,
}

/// How fast accounts may come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrolmentLimits {
    /// Tries by accounts not yet known, an hour, from one IPv4 address or IPv6 /64. Loopback is exempt.
    pub per_peer: u32,
    /// The same, from everywhere together.
    pub in_all: u32,
}

impl Default for IssuerConfig {
    fn default() -> Self {
        let standard = "standard".to_owned();
        Self {
            open_registration: false,
            tiers: BTreeMap::from([(standard.clone(), Quotas::default())]),
            default_tier: standard,
            enrolments: EnrolmentLimits::default(),
            threads: 2,
        }
    }
}

impl Default for Quotas {
    /// A thousand messages a day is more than people send and too few for a nuisance, and so are four
    /// gigabytes of files; mailboxes rotate seldom.
    fn default() -> Self {
        Self {
            message: 1_000,
            blob: 256,
            mailbox: 16,
            lookup: 32,
        }
    }
}

impl Default for EnrolmentLimits {
    fn default() -> Self {
        Self {
            per_peer: 20,
            in_all: 2_000,
        }
    }
}

impl Quotas {
    /// Tokens a day of `class`, if any.
    #[must_use]
    pub fn of(&self, class: TokenClass) -> Option<u16> {
        let count = match class {
            TokenClass::Message => self.message,
            TokenClass::Blob => self.blob,
            TokenClass::Mailbox => self.mailbox,
            TokenClass::Lookup => self.lookup,
        };
        (count > 0).then_some(count)
    }
}

impl IssuerConfig {
    /// Checks what types cannot say.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key, the first that is wrong.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let wrong = |key: String, must_be| Err(ConfigError { key, must_be });
        for (name, quotas) in &self.tiers {
            let good = (1..=MAX_TIER_LEN).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_graphic());
            if !good {
                return wrong(
                    "tiers".into(),
                    "named with 1 to 64 visible ASCII characters",
                );
            }
            for class in TokenClass::ALL {
                if quotas.of(class) > Some(MAX_TOKENS_PER_BATCH) {
                    return wrong(format!("tiers.{name}.{class}"), "at most 2000, one batch");
                }
            }
        }
        if !self.tiers.contains_key(&self.default_tier) {
            return wrong("default_tier".into(), "one of the tiers");
        }
        if self.enrolments.per_peer == 0 || self.enrolments.in_all == 0 {
            return wrong("enrolments".into(), "at least 1 an hour");
        }
        if self.threads > 1_024 {
            return wrong("threads".into(), "at most 1024");
        }
        Ok(())
    }

    /// The quotas of an account's tier; those of the default where the tier is gone.
    pub(crate) fn quotas(&self, tier: &str) -> Option<&Quotas> {
        self.tiers
            .get(tier)
            .or_else(|| self.tiers.get(&self.default_tier))
    }
}

/// A setting that cannot be used. The operator's move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} must be {must_be}")]
pub struct ConfigError {
    /// Which.
    pub key: String,
    /// What it must be.
    pub must_be: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> IssuerConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn defaults_are_valid_and_an_empty_table_gives_them() {
        assert_eq!(read(""), IssuerConfig::default());
        assert_eq!(read("").validate(), Ok(()));
    }

    #[test]
    fn impossible_values_are_refused_by_name() {
        for (text, key) in [
            ("tiers.standard.message = 2001", "tiers.standard.message"),
            ("default_tier = \"other\"", "default_tier"),
            ("tiers.\"a b\".message = 1", "tiers"),
            ("enrolments.per_peer = 0", "enrolments"),
            ("threads = 5000", "threads"),
        ] {
            assert_eq!(read(text).validate().unwrap_err().key, key, "{text}");
        }
        assert!(toml::from_str::<IssuerConfig>("tiers.standard.mesage = 1").is_err());
    }

    #[test]
    fn an_account_whose_tier_is_gone_gets_the_default() {
        let config = read("default_tier = \"basic\"\n[tiers.basic]\nmessage = 5\nmailbox = 0");
        let quotas = config.quotas("long gone").unwrap();
        assert_eq!(quotas.of(TokenClass::Message), Some(5));
        assert_eq!(quotas.of(TokenClass::Mailbox), None);
    }
}
