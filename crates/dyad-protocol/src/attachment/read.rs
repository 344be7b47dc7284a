//! A sealed file as if it were the file: reads from any place, and opens no more than what is read.

use std::io::{self, Read, Seek, SeekFrom};

use zeroize::Zeroizing;

use super::Opener;
use crate::api::blob::{CHUNK_LEN, SEALED_CHUNK_LEN};

/// Reads the file within its sealed form. A chunk that does not open is an [`io::ErrorKind::InvalidData`].
#[derive(Debug)]
pub struct Reader<R> {
    sealed: R,
    opener: Opener,
    position: u64,
    /// The chunk that was read last, opened.
    chunk: Zeroizing<Vec<u8>>,
    number: Option<u32>,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads from the beginning.
    pub fn new(sealed: R, opener: Opener) -> Self {
        Self {
            sealed,
            opener,
            position: 0,
            chunk: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_LEN)),
            number: None,
        }
    }

    /// Bytes of the file.
    pub const fn size(&self) -> u64 {
        self.opener.size()
    }

    fn load(&mut self, number: u32) -> io::Result<()> {
        if self.number == Some(number) {
            return Ok(());
        }
        self.number = None;
        let begins = u64::from(number) * SEALED_CHUNK_LEN as u64;
        self.sealed.seek(SeekFrom::Start(begins))?;
        self.chunk.resize(SEALED_CHUNK_LEN, 0);
        self.sealed.read_exact(&mut self.chunk)?;
        self.opener
            .open(number, &mut self.chunk)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.number = Some(number);
        Ok(())
    }
}

impl<R: Read + Seek> Read for Reader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() || self.position >= self.size() {
            return Ok(0);
        }
        // Below 2^15: the position is within the file.
        self.load((self.position / CHUNK_LEN as u64) as u32)?;
        let within = (self.position % CHUNK_LEN as u64) as usize;
        let rest = self.chunk.get(within..).unwrap_or_default();
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Reader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
