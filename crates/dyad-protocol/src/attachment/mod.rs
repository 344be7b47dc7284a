//! Files that do not fit into a message: how they are encrypted, chunk by chunk.
//!
//! Owns the key of a file, its padding, the sealing and opening of chunks, and reading any range of what was
//! sealed. It does not know where the ciphertext is kept (that is [`crate::api`]'s) nor what a message says of it
//! (that is [`crate::content`]'s).
//!
//! A file is padded with zero bytes to a class of chunks. Each chunk is sealed with ChaCha20-Poly1305 in the STREAM
//! construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) under a key that is used for this file alone, so that it
//! opens by itself and in its place only, and the last one says that it is the last.

mod open;
mod read;
mod seal;

pub use open::{OpenError, Opener};
pub use read::Reader;
pub use seal::{Sealed, Sealer};

use aead_stream::{NewStream, StreamBE32};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use zeroize::Zeroizing;

use crate::api::blob::{CHUNK_LEN, MAX_CHUNKS};
use crate::hash::derive;
use crate::label;

/// Largest file, bytes: 2 GiB.
pub const MAX_FILE_LEN: u64 = MAX_CHUNKS as u64 * CHUNK_LEN as u64;

secret_bytes!(
    /// Opens one file; never used for another.
    FileKey, 32
);

type Stream = StreamBE32<ChaCha20Poly1305>;

/// The key is used for one file alone, hence the nonce's own part is zero.
fn stream(key: &FileKey) -> Stream {
    let chunk_key = Zeroizing::new(derive::<32>(key.expose(), label::ATTACHMENT_KEY, &[]));
    Stream::from_aead(
        ChaCha20Poly1305::new((&*chunk_key).into()),
        &Default::default(),
    )
}

#[cfg(test)]
mod tests;
