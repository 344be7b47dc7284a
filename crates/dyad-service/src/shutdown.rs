//! How a process stops without losing anything that it has promised.
//!
//! Two steps. *Draining*: no new connections, readiness says no, requests in flight are answered.
//! *Stopping*, once the servers are done: background tasks end. In this order, because a request in
//! flight may be waiting for a background task.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The one handle by which everything in a process learns that it ends. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    drain: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// A handle of a process that runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drains at SIGTERM or SIGINT; at the second of them, goes on to stopping at once.
    ///
    /// # Errors
    /// The signal handlers cannot be installed.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if shutdown.is_draining() {
                    shutdown.stop();
                    return;
                }
                tracing::info!("told to stop: finishing what was begun");
                shutdown.drain();
            }
        });
        Ok(())
    }

    /// Begins draining.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Begins stopping (and draining, if that has not begun).
    pub fn stop(&self) {
        self.drain.cancel();
        self.stop.cancel();
    }

    /// Whether draining has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// Returns once draining has begun.
    pub async fn draining(&self) {
        self.drain.cancelled().await;
    }

    /// Returns once stopping has begun: the sign for background tasks to end.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Runs a background task that [`Shutdown::finish`] waits for. The task ends by itself soon after
    /// [`Shutdown::stopping`].
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Stops, and waits for the background tasks, at most `grace`. `false` if some are left.
    pub async fn finish(&self, grace: Duration) -> bool {
        self.stop();
        self.tasks.close();
        let done = timeout(grace, self.tasks.wait()).await.is_ok();
        if !done {
            tracing::warn!(
                left = self.tasks.len(),
                "background tasks did not end in time"
            );
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn background_tasks_go_on_while_draining_and_end_when_stopping() {
        let shutdown = Shutdown::new();
        let inner = shutdown.clone();
        let task = shutdown.spawn(async move {
            inner.draining().await;
            assert!(inner.is_draining());
            inner.stopping().await;
            7
        });
        shutdown.drain();
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!task.is_finished());
        assert!(shutdown.finish(Duration::from_secs(1)).await);
        assert_eq!(task.await.unwrap(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_not_waited_for_forever() {
        let shutdown = Shutdown::new();
        let stuck = shutdown.spawn(std::future::pending::<()>());
        assert!(!shutdown.finish(Duration::from_secs(3)).await);
        stuck.abort();
    }

    #[tokio::test]
    async fn a_signal_begins_draining_and_a_second_one_stops() {
        let shutdown = Shutdown::new();
        shutdown.on_signals().unwrap();
        let me = std::process::id().to_string();
        let kill = || {
            std::process::Command::new("kill")
                .args(["-TERM", &me])
                .status()
                .unwrap()
        };
        assert!(kill().success());
        timeout(Duration::from_secs(5), shutdown.draining())
            .await
            .unwrap();
        assert!(
            timeout(Duration::from_millis(50), shutdown.stopping())
                .await
                .is_err()
        );
        assert!(kill().success());
        timeout(Duration::from_secs(5), shutdown.stopping())
            .await
            .unwrap();
    }
}
