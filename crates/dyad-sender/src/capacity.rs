//! Whether messages are taken now, in steps so coarse that nobody can watch single messages by it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use dyad_protocol::api::submit::{Capacity, QueueFill};
use http::header;

use crate::sender::Shared;

/// `GET /v1/capacity`.
pub(crate) async fn capacity(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let (queued, room) = (shared.queued(), shared.config.queue.messages);
    let capacity = Capacity {
        accepting: queued < room && shared.check_disk().is_ok(),
        queue: fill(queued, room),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(capacity))
}

fn fill(queued: u64, room: u64) -> QueueFill {
    if queued < room / 2 {
        QueueFill::Low
    } else if queued < room / 10 * 9 {
        QueueFill::High
    } else {
        QueueFill::Full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_three_degrees_of_fullness() {
        for (queued, expected) in [
            (0, QueueFill::Low),
            (499, QueueFill::Low),
            (500, QueueFill::High),
            (899, QueueFill::High),
            (900, QueueFill::Full),
            (1001, QueueFill::Full),
        ] {
            assert_eq!(fill(queued, 1000), expected, "{queued}");
        }
    }
}
