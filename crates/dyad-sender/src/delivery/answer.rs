//! What a receiver's answer to a batch means.

use std::time::Duration;

use dyad_net::{NetError, Response};
use dyad_protocol::api::submit::DeliveryFailure;

/// What a receiver's answer to a batch means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has all of it on disk.
    Taken,
    /// It does not take this batch; it may take a smaller one, or one without a certain message.
    Refused,
    /// It took nothing, and which messages were in it made no difference.
    Failed(DeliveryFailure, Option<Duration>),
}

impl Answer {
    pub(super) fn of(outcome: Result<Response, NetError>) -> Self {
        match outcome {
            Ok(response) => Self::of_status(response.status, response.retry_after),
            Err(error) => Self::Failed(failure_of(&error), None),
        }
    }

    fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        let failure = match status {
            202 => return Self::Taken,
            400 | 413 | 422 => return Self::Refused,
            408 => DeliveryFailure::Timeout,
            429 | 503 => DeliveryFailure::Busy,
            // What stands before the receiver cannot reach it.
            502 | 504 => DeliveryFailure::Unreachable,
            401..=499 => DeliveryFailure::Rejected,
            _ => DeliveryFailure::Nonsense,
        };
        Self::Failed(failure, retry_after)
    }

    /// The word for figures.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::Failed(failure, _) => match failure {
                DeliveryFailure::Unreachable => "unreachable",
                DeliveryFailure::Forbidden => "forbidden",
                DeliveryFailure::Timeout => "timeout",
                DeliveryFailure::Tls => "tls",
                DeliveryFailure::Busy => "busy",
                DeliveryFailure::Rejected => "rejected",
                DeliveryFailure::Nonsense => "nonsense",
            },
        }
    }
}

fn failure_of(error: &NetError) -> DeliveryFailure {
    match error {
        NetError::Unreachable { .. }
        | NetError::NameUnknown { .. }
        | NetError::Truncated { .. } => DeliveryFailure::Unreachable,
        NetError::Timeout { .. } => DeliveryFailure::Timeout,
        NetError::ForbiddenAddress { .. } | NetError::ForbiddenPort { .. } => {
            DeliveryFailure::Forbidden
        }
        NetError::Tls { .. } | NetError::TlsSetup { .. } => DeliveryFailure::Tls,
        _ => DeliveryFailure::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_202_is_taken_and_only_some_refusals_are_about_the_batch() {
        use DeliveryFailure as F;
        let failed = |failure| Answer::Failed(failure, None);
        for (status, expected) in [
            (202, Answer::Taken),
            (200, failed(F::Nonsense)),
            (204, failed(F::Nonsense)),
            (400, Answer::Refused),
            (401, failed(F::Rejected)),
            (403, failed(F::Rejected)),
            (404, failed(F::Rejected)),
            (408, failed(F::Timeout)),
            (413, Answer::Refused),
            (422, Answer::Refused),
            (429, failed(F::Busy)),
            (500, failed(F::Nonsense)),
            (502, failed(F::Unreachable)),
            (503, failed(F::Busy)),
            (504, failed(F::Unreachable)),
        ] {
            assert_eq!(Answer::of_status(status, None), expected, "{status}");
        }
    }
}
