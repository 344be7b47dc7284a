//! Sessions of the double ratchet: how one is kept, which of several is used, what waits for a key.

mod held;
mod olm;
mod set;

pub(crate) use held::Held;
pub(crate) use olm::{
    Encrypted, NormalMessage, OlmAccount, OlmError, OlmSession, PreKeyMessage, SessionId,
    max_plaintext,
};
pub(crate) use set::{Opening, Ratcheted, Session, SessionSet};
