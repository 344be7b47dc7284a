//! What fjall's errors mean to a service.

use std::io;

use dyad_store::StoreError;
use fjall::{Error, LsmError};

/// Translates; what is neither the disk's refusal nor a state of the engine is damage.
pub(crate) fn from_fjall(error: &Error) -> StoreError {
    match error {
        Error::Io(cause) | Error::Storage(LsmError::Io(cause)) => from_io(cause),
        Error::Poisoned => StoreError::Io(
            "an earlier write failed, so what the disk holds is uncertain; restart the program"
                .to_owned(),
        ),
        Error::KeyspaceDeleted => StoreError::Misuse {
            what: "a period is written to while it is dropped",
        },
        Error::InvalidVersion(_) => StoreError::Damaged {
            what: "the engine's version mark is not one this program knows".to_owned(),
        },
        other => StoreError::Damaged {
            what: format!("{other:?}"),
        },
    }
}

/// Translates what the operating system said.
pub(crate) fn from_io(cause: &io::Error) -> StoreError {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => StoreError::Damaged {
            what: cause.to_string(),
        },
        _ => StoreError::Io(cause.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_broken_one() {
        for (errno, full) in [(28, true), (122, true), (5, false), (30, false)] {
            let told = |error: &Error| from_fjall(error) == StoreError::Full;
            assert_eq!(told(&Error::Io(io::Error::from_raw_os_error(errno))), full);
            let inner = LsmError::Io(io::Error::from_raw_os_error(errno));
            assert_eq!(told(&Error::Storage(inner)), full);
        }
    }

    #[test]
    fn a_bad_checksum_is_damage() {
        assert!(matches!(
            from_fjall(&Error::InvalidTrailer),
            StoreError::Damaged { .. }
        ));
        assert!(matches!(
            from_fjall(&Error::Storage(LsmError::Unrecoverable)),
            StoreError::Damaged { .. }
        ));
    }
}
