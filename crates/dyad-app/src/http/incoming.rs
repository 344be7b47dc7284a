//! A file on its way in: sealed on a thread while it is still brought.

use std::io::{self, Read};
use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, Bytes};
use dyad_client::view::{FileRequest, SendView};
use dyad_client::{Client, ClientError};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

/// Pieces between whoever brings them and the thread that seals the file.
const AHEAD: usize = 8;

/// Sends a file as it comes, in pieces. If one of them is an error, nothing is sent or kept: half a file is none.
///
/// # Errors
/// That of the pieces, or those of [`Client::send_file`].
pub async fn send_as_it_comes<E: From<ClientError>>(
    client: &Client,
    nick: &str,
    request: FileRequest,
    pieces: impl Stream<Item = Result<Bytes, E>>,
) -> Result<SendView, E> {
    let (give, take) = mpsc::channel(AHEAD);
    let bring = async move {
        let mut pieces = pin!(pieces);
        let mut read = true;
        // Whoever reads is told of a cut by the channel's end. If nobody reads on, what went wrong is told there, and the
        // rest is taken all the same: a program that is cut off while it still brings something hears no answer.
        while let Some(piece) = pieces.next().await {
            let piece = Piece::Bytes(piece?);
            read = read && give.send(piece).await.is_ok();
        }
        give.send(Piece::End).await.ok();
        Ok::<(), E>(())
    };
    let source = Source {
        take,
        piece: Bytes::new(),
        over: false,
    };
    let kept = client.send_file(nick, request, source, Duration::ZERO);
    let (brought, kept) = tokio::join!(bring, kept);
    brought?;
    Ok(kept?)
}

enum Piece {
    Bytes(Bytes),
    End,
}

/// What is brought, for a thread that reads.
struct Source {
    take: mpsc::Receiver<Piece>,
    piece: Bytes,
    over: bool,
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.over {
            match self.take.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.piece = bytes,
                Some(Piece::End) => self.over = true,
                // A cut is no end: half a file is not sent as a whole one.
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let length = to.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut to[..length]);
        Ok(length)
    }
}
