//! Sends parts on while they come, and keeps them on the way. Memory is a few pieces, whatever the size.

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dyad_net::Streamed;
use dyad_protocol::api::blob::{BlobFetch, BlobSize, PART_LEN};
use dyad_service::Problem;
use dyad_service::pump::Feeder;
use dyad_service::range::Span;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::time::timeout;

use super::cache::{Key, Writing};
use super::calls::Call;
use super::origin::{self, Origin};
use crate::receiver::Shared;

/// Bytes read from the cache at a time.
const PIECE: usize = 256 * 1024;

/// Time for a whole part: at about 14 kB/s.
const PART_TIME: Duration = Duration::from_secs(300);

/// A part, or why there is none.
#[derive(Debug)]
pub(super) enum Opened {
    /// It was fetched before.
    Kept(File, BlobSize),
    /// It comes, so many bytes.
    Coming(Box<Streamed>, BlobSize, u64),
    /// The blob ends before.
    Beyond(BlobSize),
}

impl Opened {
    /// The size of the whole blob.
    pub(super) const fn size(&self) -> BlobSize {
        match self {
            Self::Kept(_, size) | Self::Coming(_, size, _) | Self::Beyond(size) => *size,
        }
    }
}

/// One answer.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) shared: Arc<Shared>,
    pub(super) request: BlobFetch,
    pub(super) _call: Call,
}

/// The answer cannot go on, or need not: nobody takes it, or the host fails.
struct Stop;

impl Sending {
    /// Finds a part where it was kept, or asks for it.
    pub(super) async fn open(&self, part: u32) -> Result<Opened, Problem> {
        let BlobFetch { host, locator, .. } = &self.request;
        let blobs = &self.shared.blobs;
        if let Some(cache) = &blobs.cache
            && let Some((file, size)) = cache.get(Key::new(host, locator, part)).await
        {
            return Ok(Opened::Kept(file, size));
        }
        Ok(match origin::ask(&blobs.http, host, locator, part).await? {
            Origin::Coming(answer, size, len) => Opened::Coming(answer, size, len),
            Origin::Beyond(size) => Opened::Beyond(size),
        })
    }

    /// Feeds `span` of the parts that were asked for, beginning with `opened`. The answer breaks off when that
    /// cannot be done.
    pub(super) async fn send(self, opened: Opened, span: Span, feeder: Feeder) {
        let size = opened.size();
        let mut opened = Some(opened);
        let mut at = span.first;
        while at <= span.last {
            let nth = (at / PART_LEN as u64) as u32;
            let part = self.request.first + nth;
            let start = u64::from(nth) * PART_LEN as u64;
            let Some(len) = size.part_len(part).map(|len| len as u64) else {
                return;
            };
            let Some(within) = span.cut(start, len) else {
                return;
            };
            let found = match opened.take() {
                Some(first) => Ok(first),
                None => self.open(part).await,
            };
            let sent = match found {
                Ok(found) if found.size() != size => Err(Stop),
                Ok(Opened::Kept(file, _)) => send_kept(file, within, &feeder).await,
                Ok(Opened::Coming(answer, _, len)) => {
                    let passing = self.pass_on(answer, part, size, len, within, &feeder);
                    timeout(PART_TIME, passing).await.unwrap_or(Err(Stop))
                }
                Ok(Opened::Beyond(_)) | Err(_) => Err(Stop),
            };
            if sent.is_err() {
                return;
            }
            at = start + len;
        }
    }

    /// Passes a part on as it comes, and keeps it. When nobody takes it any more it is kept all the same, for
    /// when they come back.
    async fn pass_on(
        &self,
        mut answer: Box<Streamed>,
        part: u32,
        size: BlobSize,
        len: u64,
        within: Span,
        feeder: &Feeder,
    ) -> Result<(), Stop> {
        let cache = self.shared.blobs.cache.as_ref();
        let cache = cache.filter(|_| !self.shared.disk.as_ref().is_some_and(|d| d.is_full()));
        let mut writing: Option<Writing> = match cache {
            Some(cache) => cache.begin(len).await,
            None => None,
        };
        let (mut got, mut taken) = (0, true);
        while let Ok(Some(piece)) = answer.next().await {
            let piece_len = piece.len() as u64;
            if got + piece_len > len {
                return Err(Stop);
            }
            if let Some(into) = &mut writing
                && into.file.write_all(&piece).await.is_err()
            {
                // No room, perhaps: then it is only passed on.
                writing = None;
            }
            if taken && let Some(cut) = within.cut(got, piece_len) {
                let cut = piece.slice(cut.first as usize..=cut.last as usize);
                taken = feeder.feed(cut).await.is_ok();
            }
            got += piece_len;
            if !taken && writing.is_none() {
                return Err(Stop);
            }
        }
        if got != len {
            return Err(Stop);
        }
        metrics::counter!("receiver_blob_bytes_total", "from" => "host").increment(len);
        if let (Some(cache), Some(writing)) = (cache, writing) {
            let BlobFetch { host, locator, .. } = &self.request;
            let key = Key::new(host, locator, part);
            cache.finish(writing, key, size, len).await;
        }
        taken.then_some(()).ok_or(Stop)
    }
}

async fn send_kept(mut file: File, within: Span, feeder: &Feeder) -> Result<(), Stop> {
    let seek = file.seek(SeekFrom::Start(within.first)).await;
    seek.map_err(|_failed| Stop)?;
    let mut left = within.len();
    while left > 0 {
        let most = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
        let piece = read_piece(&mut file, most).await.ok_or(Stop)?;
        left -= piece.len() as u64;
        feeder.feed(piece).await.map_err(|_gone| Stop)?;
    }
    metrics::counter!("receiver_blob_bytes_total", "from" => "cache").increment(within.len());
    Ok(())
}

async fn read_piece(file: &mut File, most: usize) -> Option<Bytes> {
    let mut piece = BytesMut::zeroed(most);
    file.read_exact(&mut piece).await.ok()?;
    Some(piece.freeze())
}
