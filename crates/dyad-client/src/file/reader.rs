//! Reading a file from within its ciphertext.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use dyad_protocol::attachment::{FileKey, Opener, Reader};

/// A file that is here, to be read from any place. Nothing of it is on disk in the clear; what was damaged there
/// since is an error of [`io::ErrorKind::InvalidData`]. Reading blocks.
#[derive(Debug)]
pub struct FileReader(Reader<File>);

impl FileReader {
    pub(crate) fn new(sealed: File, key: &FileKey, size: u64) -> Option<Self> {
        Some(Self(Reader::new(sealed, Opener::new(key, size)?)))
    }

    /// Bytes in all.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.0.size()
    }
}

impl Read for FileReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

impl Seek for FileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
