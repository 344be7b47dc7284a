//! Decrypting chunks, in whatever order they come.

use aead_stream::StreamPrimitive;

use super::{FileKey, Stream, stream};
use crate::api::blob::{BlobSize, CHUNK_LEN, SEALED_CHUNK_LEN};

/// Why a chunk does not open. Whoever sealed or kept the file is at fault; nothing of the chunk is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no such chunk, or it has the wrong length.
    #[error("a chunk has the wrong length or place")]
    Length,
    /// Changed, moved, of another file, or cut off.
    #[error("a chunk is not what was sealed")]
    NotAuthentic,
    /// Something follows the end of the file.
    #[error("the padding is not empty")]
    Padding,
}

/// Opens the chunks of one file.
pub struct Opener {
    stream: Stream,
    size: u64,
    blob: BlobSize,
}

impl Opener {
    /// For a file of so many bytes; `None` if that is more than one can have.
    pub fn new(key: &FileKey, size: u64) -> Option<Self> {
        Some(Self {
            stream: stream(key),
            size,
            blob: BlobSize::for_plaintext(size)?,
        })
    }

    /// Bytes of the file.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Its sealed form, padding included.
    pub const fn blob(&self) -> BlobSize {
        self.blob
    }

    /// Opens a chunk in place, and leaves of it what belongs to the file: nothing where it is all padding.
    ///
    /// # Errors
    /// [`OpenError`]; the bytes are of no use then.
    pub fn open(&self, index: u32, chunk: &mut Vec<u8>) -> Result<(), OpenError> {
        if index >= self.blob.chunks() || chunk.len() != SEALED_CHUNK_LEN {
            return Err(OpenError::Length);
        }
        let last = index + 1 == self.blob.chunks();
        self.stream
            .decrypt_in_place(index, last, &[], chunk)
            .map_err(|_| OpenError::NotAuthentic)?;
        let begins = u64::from(index) * CHUNK_LEN as u64;
        let of_file = self.size.saturating_sub(begins).min(CHUNK_LEN as u64) as usize;
        if chunk.iter().skip(of_file).any(|byte| *byte != 0) {
            return Err(OpenError::Padding);
        }
        chunk.truncate(of_file);
        Ok(())
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener")
            .field("size", &self.size)
            .field("blob", &self.blob)
            .finish_non_exhaustive()
    }
}
