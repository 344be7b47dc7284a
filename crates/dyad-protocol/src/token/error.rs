//! Why a token or a batch was refused.

/// Why a token or a batch was refused. Nothing was spent or issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The other side sent something that is not of this form.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// The other side asked for, or answered with, another number of tokens than agreed.
    #[error("expected {expected} tokens in the batch, found {found}")]
    WrongCount {
        /// The number agreed.
        expected: u16,
        /// The number found.
        found: usize,
    },
    /// Made with, or meant for, a key that is not ours: fetch the issuer's keys again.
    #[error("the token key is not one of this provider's")]
    WrongKey,
    /// Made for another issuer, redeemer, class or epoch: it is spent elsewhere.
    #[error("the token is meant for another service or use")]
    WrongScope,
    /// Its epoch has passed: use a newer one.
    #[error("the token has expired")]
    Expired,
    /// Its epoch has not begun: a clock is wrong.
    #[error("the token is not valid yet; check the clock")]
    NotYetValid,
    /// Nobody with the key made it.
    #[error("the token was not issued by this provider")]
    Forged,
    /// The issuer's proof does not hold: it used another key than it publishes, which could mark the client.
    #[error("the issuer used another key than it publishes; its tokens were thrown away")]
    IssuerCheated,
    /// Derivation met one of the values that occur with probability 2^-252: draw another seed.
    #[error("the batch seed gives an unusable value; draw another")]
    UnusableSeed,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Randomness,
}
