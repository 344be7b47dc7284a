//! Mail between Dyad and RFC 5322: what a mail is made of, and how it is read, written and converted.
//!
//! A mail that somebody has stays as it is, byte for byte, but for what its header tells of its way ([`clean`]); its
//! parts are only pointed at. Whatever the bytes are, reading them ends soon, in bounded memory, and loses nothing:
//! what cannot be understood is an attachment. HTML is never shown as such, only as text.
//!
//! It knows neither relationships nor where mails are kept.
//!
//! `mail-parser` decodes what stands in headers, charsets and transfer encodings, `mail-builder` writes. The parts are
//! found here rather than there: the depth of what is read has to be bounded before it is read, and what follows a
//! missing boundary must not be searched again for each part.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clean;
mod compose;
mod decode;
mod export;
mod header;
mod html;
mod limits;
mod read;
mod structure;

pub use clean::clean;
pub use compose::{Draft, NewAttachment, compose};
pub use export::{Envelope, export, mbox_entry};
pub use limits::{MAX_DEPTH, MAX_PARTS, MAX_SHOWN};
pub use read::{Attachment, Mail, Person, attachment, read};
