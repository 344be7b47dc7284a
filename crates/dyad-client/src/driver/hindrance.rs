//! What keeps the background work from getting on as a whole, such as a full disk: it cannot be written down then.

use std::collections::BTreeMap;

use dyad_protocol::time::Timestamp;
use parking_lot::Mutex;

use crate::error::ClientError;
use crate::store::is_store_trouble;

/// By kind of work, since when and why. In memory only: after a restart everything is tried afresh.
#[derive(Debug, Default)]
pub(crate) struct Hindrances(Mutex<BTreeMap<&'static str, (Timestamp, String)>>);

impl Hindrances {
    /// This kind of work failed.
    pub(super) fn failed(&self, work: &'static str, error: &ClientError, now: Timestamp) {
        if is_store_trouble(error) {
            let mut all = self.0.lock();
            let (_, why) = all.entry(work).or_insert((now, String::new()));
            why.clone_from(&error.message);
        }
    }

    /// This kind of work went well.
    pub(super) fn went_well(&self, work: &'static str) {
        self.0.lock().remove(work);
    }

    /// Whichever has lasted longest.
    pub(crate) fn longest(&self) -> Option<(Timestamp, String)> {
        self.0
            .lock()
            .values()
            .min_by_key(|(since, _)| *since)
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DISK_FULL;

    #[test]
    fn it_is_told_until_the_same_work_gets_on() {
        let hindrances = Hindrances::default();
        let (early, late) = (Timestamp::from_secs(10), Timestamp::from_secs(20));
        let full = ClientError::later(DISK_FULL, "The disk is full.");
        hindrances.failed("files", &full, early);
        hindrances.failed("files", &full, late);
        hindrances.failed("inbox", &full, late);
        hindrances.went_well("deadlines");
        let told = Some((early, "The disk is full.".to_owned()));
        assert_eq!(hindrances.longest(), told);
        hindrances.went_well("files");
        assert_eq!(hindrances.longest().unwrap().0, late);
        hindrances.went_well("inbox");
        // What is one service's trouble is told elsewhere.
        hindrances.failed("files", &ClientError::other("defect", "no"), late);
        assert_eq!(hindrances.longest(), None);
    }
}
