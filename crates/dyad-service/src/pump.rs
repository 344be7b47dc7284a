//! A long answer, fed by a task of its own: flat memory, and nobody who stopped reading holds anything.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::mpsc;

/// Pieces that wait for the network, besides the one that is being made.
const AHEAD: usize = 1;

/// Where the pieces of an answer are put. When it is dropped before all were put, the answer breaks off, which
/// the other side notices since it knows the length.
#[derive(Debug)]
pub struct Feeder {
    pieces: mpsc::Sender<Bytes>,
    patience: Duration,
}

/// Nobody takes the answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTaken;

/// An answer of exactly `len` bytes, and where to put them. A piece that is not taken within `patience` ends
/// it.
pub fn pump(len: u64, patience: Duration) -> (Feeder, Body) {
    let (sender, pieces) = mpsc::channel(AHEAD);
    let feeder = Feeder {
        pieces: sender,
        patience,
    };
    (feeder, Body::new(Pumped { pieces, left: len }))
}

impl Feeder {
    /// Puts the next piece.
    ///
    /// # Errors
    /// [`NotTaken`]: stop.
    pub async fn feed(&self, piece: Bytes) -> Result<(), NotTaken> {
        if piece.is_empty() {
            return Ok(());
        }
        self.pieces
            .send_timeout(piece, self.patience)
            .await
            .map_err(|_gone| NotTaken)
    }
}

struct Pumped {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
struct BrokeOff;

impl hyper::body::Body for Pumped {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(context).map(|piece| {
            let left = piece
                .as_ref()
                .and_then(|p| self.left.checked_sub(p.len() as u64));
            match (piece, left) {
                (Some(piece), Some(left)) => {
                    self.left = left;
                    Some(Ok(Frame::data(piece)))
                }
                _ => {
                    self.left = 0;
                    Some(Err(BrokeOff))
                }
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn what_is_put_comes_out_and_its_length_is_known_before() {
        let (feeder, body) = pump(5, Duration::from_secs(9));
        assert_eq!(hyper::body::Body::size_hint(&body).exact(), Some(5));
        tokio::spawn(async move {
            for piece in [&b"ab"[..], b"", b"cde"] {
                feeder.feed(Bytes::from(piece)).await.unwrap();
            }
        });
        assert_eq!(body.collect().await.unwrap().to_bytes(), "abcde");
    }

    #[tokio::test]
    async fn an_answer_with_too_little_or_too_much_breaks_off() {
        for piece in ["abcd", "abcdef"] {
            let (feeder, body) = pump(5, Duration::from_secs(9));
            feeder.feed(Bytes::from(piece)).await.unwrap();
            drop(feeder);
            assert!(body.collect().await.is_err(), "{piece}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_on_is_not_waited_for_forever() {
        let (feeder, body) = pump(9, Duration::from_secs(60));
        feeder.feed(Bytes::from("abc")).await.unwrap();
        assert_eq!(feeder.feed(Bytes::from("abc")).await, Err(NotTaken));
        drop(body);
        assert_eq!(feeder.feed(Bytes::from("abc")).await, Err(NotTaken));
    }
}
