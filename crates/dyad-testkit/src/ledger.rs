//! What people wrote and what they were shown, kept by somebody who sees everything, and what must hold
//! at every moment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How far writing a message came, as its writer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The app had not answered, perhaps never will: it may have crashed.
    Begun,
    /// The app took it: from then on it must arrive.
    Taken,
    /// The app refused it: it must not arrive.
    Refused,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who wrote it.
    pub from: String,
    /// For whom.
    pub to: String,
    /// How far writing came.
    pub written: Written,
    /// How often it was shown.
    pub shown: u32,
}

/// Everything written and shown. Clones are the same ledger. Texts are unique.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Rc<RefCell<Book>>);

#[derive(Debug, Default)]
struct Book {
    entries: BTreeMap<String, Entry>,
    violations: Vec<String>,
}

impl Ledger {
    /// Somebody begins to write `text`.
    pub fn begin(&self, from: &str, to: &str, text: &str) {
        let entry = Entry {
            from: from.to_owned(),
            to: to.to_owned(),
            written: Written::Begun,
            shown: 0,
        };
        self.0.borrow_mut().entries.insert(text.to_owned(), entry);
    }

    /// The app's answer.
    pub fn answered(&self, text: &str, taken: bool) {
        if let Some(entry) = self.0.borrow_mut().entries.get_mut(text) {
            entry.written = if taken {
                Written::Taken
            } else {
                Written::Refused
            };
        }
    }

    /// `who` was shown `text` as a message of the contact whom they call `contact`.
    pub fn shown(&self, who: &str, contact: &str, text: &str) {
        let mut book = self.0.borrow_mut();
        let complaint = match book.entries.get_mut(text) {
            None => Some(format!("{who} was shown {text:?}, which nobody wrote")),
            Some(entry) => {
                entry.shown += 1;
                if entry.to != who || entry.from != contact {
                    Some(format!(
                        "{who} was shown {text:?} from {contact}, but {} wrote it to {}",
                        entry.from, entry.to
                    ))
                } else if entry.written == Written::Refused {
                    Some(format!("{text:?} was refused, and still arrived"))
                } else if entry.shown > 1 {
                    Some(format!("{who} was shown {text:?} {} times", entry.shown))
                } else {
                    None
                }
            }
        };
        book.violations.extend(complaint);
    }

    /// Something that must not be.
    pub fn complain(&self, what: String) {
        self.0.borrow_mut().violations.push(what);
    }

    /// Everything that must not be, so far.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.0.borrow().violations.clone()
    }

    /// All messages by their text.
    #[must_use]
    pub fn entries(&self) -> BTreeMap<String, Entry> {
        self.0.borrow().entries.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let ledger = Ledger::default();
        ledger.begin("alex", "blair", "one");
        ledger.answered("one", true);
        ledger
    }

    #[test]
    fn a_message_shown_once_to_whom_it_was_for_is_as_it_must_be() {
        let ledger = ledger();
        ledger.shown("blair", "alex", "one");
        assert_eq!(ledger.violations(), Vec::<String>::new());
        assert_eq!(ledger.entries()["one"].shown, 1);
    }

    #[test]
    fn twice_to_others_from_others_unwritten_and_refused_are_violations() {
        let wrongs: [fn(&Ledger); 5] = [
            |l| {
                l.shown("blair", "alex", "one");
                l.shown("blair", "alex", "one");
            },
            |l| l.shown("casey", "alex", "one"),
            |l| l.shown("blair", "casey", "one"),
            |l| l.shown("blair", "alex", "two"),
            |l| {
                l.answered("one", false);
                l.shown("blair", "alex", "one");
            },
        ];
        for (number, wrong) in wrongs.into_iter().enumerate() {
            let ledger = ledger();
            wrong(&ledger);
            assert_eq!(ledger.violations().len(), 1, "{number}");
        }
    }
}
