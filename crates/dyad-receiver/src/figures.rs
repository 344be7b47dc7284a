//! Figures about what was delivered, coarse and late on purpose.
//!
//! If an operator, or whoever reads the figures, saw at once whether an item led somewhere, then sending one
//! item would tell whether an address exists. So outcomes are collected and given out once an hour, by
//! class of sender service and never by host, address or mailbox.

use std::collections::{BTreeMap, HashMap};

use dyad_store::spool::SenderId;
use parking_lot::Mutex;

/// Senders whose class is remembered between arrival and resolving.
const MAX_SENDERS: usize = 16_384;

/// How well a sender service is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// The operator trusts it.
    Trusted,
    /// Known for longer than a day, or as configured.
    Known,
    /// Not yet.
    New,
}

impl Class {
    /// Its name in the figures.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Known => "known",
            Self::New => "new",
        }
    }
}

/// Collects outcomes.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    classes: Mutex<HashMap<SenderId, Class>>,
    outcomes: Mutex<BTreeMap<(Class, &'static str), u64>>,
}

impl Figures {
    /// A batch of a sender arrived.
    pub(crate) fn arrived(&self, sender: SenderId, class: Class, items: usize) {
        metrics::counter!("receiver_accepted_items_total", "senders" => class.name())
            .increment(items as u64);
        let mut classes = self.classes.lock();
        if classes.len() < MAX_SENDERS || classes.contains_key(&sender) {
            classes.insert(sender, class);
        }
    }

    /// An item of a sender was resolved.
    pub(crate) fn resolved(&self, sender: SenderId, outcome: &'static str) {
        let class = self.classes.lock().get(&sender).copied();
        // After a restart a sender's class is not known until it comes again.
        let class = class.unwrap_or(Class::Known);
        *self.outcomes.lock().entry((class, outcome)).or_insert(0) += 1;
    }

    /// Gives out what was collected; once an hour.
    pub(crate) fn publish(&self) {
        for ((class, outcome), count) in std::mem::take(&mut *self.outcomes.lock()) {
            metrics::counter!(
                "receiver_resolved_items_total",
                "senders" => class.name(),
                "outcome" => outcome
            )
            .increment(count);
        }
        self.classes.lock().clear();
    }
}
