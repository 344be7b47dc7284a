//! Waiting for a message to get further.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, timeout_at};

use super::Driver;
use super::health::jitter;
use crate::error::{ClientError, Result};
use crate::store::history;
use crate::view::{ClientEvent, MessageState, MessageView};

/// First and longest pause between rounds of fetching while nothing runs in the background.
const ROUND: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(20));

impl Driver {
    /// Does what `future` waits for, unless the background work does it anyway.
    pub(crate) async fn submitting<T>(self: &Arc<Self>, future: impl Future<Output = T>) -> T {
        if self.is_running() {
            return future.await;
        }
        tokio::select! {
            value = future => value,
            never = self.keep_submitting() => match never {},
        }
    }

    /// Waits until a message is in such a state, at most until `end`. Gives it as it then is.
    pub(crate) async fn reach(
        &self,
        id: u64,
        reached: fn(MessageState) -> bool,
        end: Instant,
    ) -> Result<MessageView> {
        let mut events = self.subscribe();
        loop {
            let message = self.message(id)?;
            if reached(message.state) {
                return Ok(message);
            }
            loop {
                match timeout_at(end, events.recv()).await {
                    Err(_elapsed) => return self.message(id),
                    Ok(Ok(ClientEvent::State(changed))) if changed.id == id => break,
                    Ok(Err(RecvError::Lagged(_))) => break,
                    Ok(_) => {}
                }
            }
        }
    }

    /// The same for states that only fetching can bring about: fetches if nothing else does.
    pub(crate) async fn reach_fetching(
        &self,
        id: u64,
        reached: fn(MessageState) -> bool,
        end: Instant,
    ) -> Result<MessageView> {
        if self.is_running() {
            return self.reach(id, reached, end).await;
        }
        let mut pause = ROUND.0;
        loop {
            self.sync_once().await?;
            let message = self.message(id)?;
            if reached(message.state) || Instant::now() + pause > end {
                return Ok(message);
            }
            sleep(self.with_rng(|rng| jitter(pause, rng))).await;
            pause = (pause * 2).min(ROUND.1);
        }
    }

    pub(crate) fn message(&self, id: u64) -> Result<MessageView> {
        self.store.read(|c| history::get(c, id))?.ok_or_else(|| {
            ClientError::usage("unknown-message", format!("There is no message {id}."))
        })
    }
}
