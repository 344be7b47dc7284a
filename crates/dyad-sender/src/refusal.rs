//! The texts with which this service says no, in one place.

use std::time::Duration;

use dyad_protocol::codec::DecodeError;
use dyad_protocol::token::TokenError;
use dyad_service::Problem;

/// Wait asked for while the queue is full: it empties as hosts come back, not within seconds.
const FULL_WAIT: Duration = Duration::from_secs(30);

/// A body that is none.
pub(crate) fn malformed(error: &DecodeError) -> Problem {
    Problem::bad_request("malformed", format!("{error}."))
}

/// A token that is not accepted. The reasons are the bearer's to mend, so they are told apart.
pub(crate) fn token(error: &TokenError) -> Problem {
    let (code, todo) = match error {
        TokenError::Expired => ("token-expired", "Use one of today's."),
        TokenError::NotYetValid => ("token-early", "Check the clock."),
        TokenError::WrongKey | TokenError::WrongScope => {
            ("token-foreign", "Use one that was issued for this service.")
        }
        _ => ("token-forged", "Fetch new ones from the issuer."),
    };
    Problem::unauthorized(code, format!("The token is not accepted. {todo}"))
}

/// A token that was spent for something else.
pub(crate) fn token_spent() -> Problem {
    Problem::conflict(
        "token-spent",
        "This token was spent for another request. Use a fresh one.",
    )
}

/// The queue as a whole is full.
pub(crate) fn queue_full() -> Problem {
    Problem::unavailable(
        "queue-full",
        "Too many messages wait to be delivered. The token was not spent. Try again later, or use another sender service.",
        FULL_WAIT,
    )
}

/// Too much waits for one receiver.
pub(crate) fn host_full() -> Problem {
    Problem::unavailable(
        "receiver-queue-full",
        "Too many messages wait for this receiver already, which seems to be down. The token was not spent. Use another of the recipient's receivers, or try again later.",
        FULL_WAIT,
    )
}
