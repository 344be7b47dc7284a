//! Files on this machine: their ciphertext in a folder of the home, and what is done to a file before it is sealed.
//!
//! Owns names on disk, cleaning, sealing and reading. It does not know services nor the store.

mod disk;
mod name;
mod picture;
mod portrait;
mod reader;

pub use disk::open_path;
pub(crate) use disk::{Folder, SealedFile, Sealing, disk_trouble};
pub(crate) use name::clean_name;
pub(crate) use picture::{Described, MAX_CLEANED, clean, describe, is_picture, other_picture};
pub use portrait::Portrait;
pub use reader::FileReader;
