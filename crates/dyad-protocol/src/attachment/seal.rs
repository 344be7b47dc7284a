//! Encrypting a file as it is read, in memory of a chunk.

use std::io::{self, Write};

use aead_stream::StreamPrimitive;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::{FileKey, MAX_FILE_LEN, Stream, stream};
use crate::api::blob::{BlobSize, CHUNK_LEN, SEALED_CHUNK_LEN};

/// What is known of a file once it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its bytes, without padding.
    pub size: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
    /// What was written takes so much.
    pub blob: BlobSize,
}

/// Seals what is written to it, and writes the sealed chunks on.
///
/// The size need not be known before. The key is drawn here, so that none is used for two files.
pub struct Sealer<W> {
    to: W,
    stream: Stream,
    /// Plaintext of the chunk that is not full yet, or not known not to be the last.
    chunk: Vec<u8>,
    written: u32,
    size: u64,
    hash: Sha256,
}

impl<W: Write> Sealer<W> {
    /// Begins with a fresh key.
    pub fn new(to: W, rng: &mut impl CryptoRng) -> (Self, FileKey) {
        let key = FileKey::random(rng);
        let sealer = Self {
            to,
            stream: stream(&key),
            chunk: Vec::with_capacity(SEALED_CHUNK_LEN),
            written: 0,
            size: 0,
            hash: Sha256::new(),
        };
        (sealer, key)
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] beyond [`MAX_FILE_LEN`], or what writing says. What was written then is of
    /// no use.
    pub fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        if self.size > MAX_FILE_LEN {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK_LEN {
                self.flush_chunk(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_LEN - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// The file is at its end: pads to the class.
    ///
    /// # Errors
    /// What writing says.
    pub fn finish(mut self) -> io::Result<(W, Sealed)> {
        let blob = BlobSize::holding(self.written + 1)
            .ok_or(io::Error::from(io::ErrorKind::FileTooLarge))?;
        let chunks = blob.chunks();
        while self.written < chunks {
            self.chunk.resize(CHUNK_LEN, 0);
            self.flush_chunk(self.written + 1 == chunks)?;
        }
        self.to.flush()?;
        let sealed = Sealed {
            size: self.size,
            sha256: self.hash.finalize().into(),
            blob,
        };
        Ok((self.to, sealed))
    }

    #[cfg(test)]
    pub(super) fn pretend_size(&mut self, size: u64) {
        self.size = size;
    }

    fn flush_chunk(&mut self, last: bool) -> io::Result<()> {
        self.stream
            .encrypt_in_place(self.written, last, &[], &mut self.chunk)
            .map_err(|_| io::Error::other("a chunk cannot be sealed"))?;
        self.to.write_all(&self.chunk)?;
        self.chunk.clear();
        self.written += 1;
        Ok(())
    }
}

impl<W> std::fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer")
            .field("written", &self.written)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
