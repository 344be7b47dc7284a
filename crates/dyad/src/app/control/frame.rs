//! Lines of JSON over a stream, each bounded.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest line of a command, in bytes: the longest text, of which every byte may be escaped, and what is around it.
pub(super) const MAX_CALL: u64 = 8 << 20;
/// Longest line of an answer, in bytes: both ends are ours, so this only stops runaway memory.
pub(super) const MAX_REPLY: u64 = 256 << 20;

/// Writes one value as a line.
pub(super) async fn write<T: Serialize>(
    stream: &mut (impl AsyncWrite + Unpin),
    value: &T,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(value).map_err(io::Error::other)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}

/// Reads one value; `None` at the end of the stream.
pub(super) async fn read<T: DeserializeOwned>(
    stream: &mut (impl AsyncBufRead + Unpin),
    limit: u64,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    stream.take(limit).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&line)
            .map(Some)
            .map_err(io::Error::other),
        Some(_) => Err(io::Error::other(
            "the line is too long or ends in the middle",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_bounded_and_may_not_end_in_the_middle() {
        let mut stream: &[u8] = b"\"one\"\n\"two\"";
        assert_eq!(
            read::<String>(&mut stream, 100).await.unwrap().unwrap(),
            "one"
        );
        assert!(read::<String>(&mut stream, 100).await.is_err());
        let mut long: &[u8] = b"\"0123456789\"\n";
        assert!(read::<String>(&mut long, 5).await.is_err());
        let mut empty: &[u8] = b"";
        assert!(read::<String>(&mut empty, 5).await.unwrap().is_none());
    }
}
