//! Which parts are on their way: each once, so many in all, and so many of one blob, each in memory.

use std::collections::HashSet;
use std::sync::Arc;

use dyad_service::Problem;
use dyad_service::limits::{ConcurrencyLimit, Entry};
use dyad_store::blobs::StorageId;
use parking_lot::Mutex;

/// Parts of one blob at the same moment, so that one slow app leaves places for others.
const PARTS_OF_ONE_BLOB: usize = 4;

/// The parts that are on their way.
#[derive(Debug)]
pub(super) struct Uploads {
    places: ConcurrencyLimit,
    coming: Arc<Mutex<HashSet<(StorageId, u32)>>>,
}

/// The right to bring one part; given back when dropped.
#[derive(Debug)]
pub(super) struct Upload {
    part: (StorageId, u32),
    coming: Arc<Mutex<HashSet<(StorageId, u32)>>>,
    _place: Entry,
}

impl Uploads {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            places: ConcurrencyLimit::new(at_once),
            coming: Arc::default(),
        }
    }

    /// Begins one part.
    ///
    /// # Errors
    /// 429 if there are too many, or this very part is coming already.
    pub(super) fn begin(&self, id: StorageId, part: u32) -> Result<Upload, Problem> {
        let place = self.places.enter()?;
        let mut coming = self.coming.lock();
        let same_blob = coming.iter().filter(|(other, _)| *other == id).count();
        if same_blob >= PARTS_OF_ONE_BLOB || !coming.insert((id, part)) {
            return Err(
                Problem::too_many(std::time::Duration::from_secs(1)).because(
                    "busy",
                    "This part, or many others of this blob, are just being uploaded. Try again later.",
                ),
            );
        }
        Ok(Upload {
            part: (id, part),
            coming: Arc::clone(&self.coming),
            _place: place,
        })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.coming.lock().remove(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_comes_once_and_one_blob_does_not_take_all_places() {
        let (one, other) = (StorageId([1; 16]), StorageId([2; 16]));
        let uploads = Uploads::new(6);
        let first = uploads.begin(one, 0).unwrap();
        assert_eq!(uploads.begin(one, 0).unwrap_err().status().as_u16(), 429);
        let more: Vec<_> = (1..4)
            .map(|part| uploads.begin(one, part).unwrap())
            .collect();
        assert!(uploads.begin(one, 4).is_err());
        let others: Vec<_> = (0..2)
            .map(|part| uploads.begin(other, part).unwrap())
            .collect();
        assert!(uploads.begin(other, 2).is_err());
        drop(first);
        assert!(uploads.begin(one, 0).is_ok());
        drop((more, others));
        assert!(uploads.coming.lock().is_empty());
    }
}
