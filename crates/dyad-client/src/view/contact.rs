//! Contacts as the person sees them.

use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::id::{HostName, RelationshipId};
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::LastView;

/// How things stand with a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactStatus {
    /// We accepted their invitation; they have not answered yet.
    Requested,
    /// Both sides can write.
    Active,
    /// We blocked them; they are not told.
    Blocked,
    /// We ended it.
    EndedByUs,
    /// They ended it.
    EndedByThem,
    /// Somebody else had used the invitation before us.
    Refused,
}

/// A contact in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactView {
    /// Names the relationship for programs; never changes.
    pub id: RelationshipId,
    /// What we call them.
    pub nick: String,
    /// What they call themselves, if they said.
    pub name: Option<String>,
    /// Their pronouns, if they said.
    pub pronouns: Option<String>,
    /// How things stand.
    pub status: ContactStatus,
    /// When words were compared.
    pub verified_at: Option<Timestamp>,
    /// Messages of theirs not marked as read.
    pub unread: u64,
    /// When the last message came or went.
    pub last_message_at: Option<Timestamp>,
    /// The last message.
    pub last: Option<LastView>,
    /// Messages of ours that failed, or were not confirmed in 14 days.
    pub failed: u64,
    /// What the person has begun to write.
    pub draft: Option<String>,
    /// At the top of the list.
    pub pinned: bool,
    /// New messages are not announced.
    pub muted: bool,
    /// Out of the list.
    pub archived: bool,
    /// Shown as if there were something new.
    pub marked_unread: bool,
    /// Seconds after which messages written now vanish on each side; `None`: they stay.
    pub timer: Option<u64>,
    /// The profile of ours that they see.
    pub profile: u64,
    /// Names the picture that they show, if they do; another picture has another name.
    #[serde(default)]
    pub picture: Option<String>,
}

/// Everything about one contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactDetails {
    /// As in the list.
    pub contact: ContactView,
    /// Our public identity in this relationship, hexadecimal.
    pub our_identity: String,
    /// Theirs, hexadecimal, once known.
    pub their_identity: Option<String>,
    /// How we came to know them and what vouches for it, oldest first.
    pub provenance: Vec<ProvenanceView>,
    /// Where they receive.
    pub services: Vec<ServiceView>,
    /// One-time addresses of ours that they say they still hold.
    pub tickets_they_hold: Option<u32>,
    /// Messages of ours they have not confirmed.
    pub unconfirmed: u64,
    /// When the oldest of these was written.
    pub unconfirmed_since: Option<Timestamp>,
    /// How often the post-quantum secret was renewed.
    pub psk_generation: u64,
    /// When anything of theirs last came.
    pub last_heard: Option<Timestamp>,
    /// How often the connection had to be mended.
    pub repairs: u64,
    /// How long what we send them may be held back to mix with others.
    #[serde(default)]
    pub traffic: TrafficClass,
}

/// One line of the provenance log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenanceView {
    /// When.
    pub at: Timestamp,
    /// A stable word for programs: `accepted`, `answered`, `identity-followed`, `verified`, `repaired-restored`,
    /// `repaired-undecryptable` or `repaired-by-contact`.
    #[serde(default)]
    pub kind: String,
    /// What, in a sentence.
    pub text: String,
}

/// One receiver of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Its host.
    pub host: HostName,
    /// Unused one-time addresses we hold there.
    pub tickets: u32,
    /// Whether nothing is known to be wrong with it.
    #[serde(default)]
    pub ok: bool,
    /// In words: in order, or what is wrong with it as far as our sender services know.
    pub health: String,
}

/// Before the words in a QR code.
const WORDS_CODE: &str = "dyad-words:";

/// Words to compare with a contact over another channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyView {
    /// The contact.
    pub nick: String,
    /// The same on both sides if nobody sits in between.
    pub words: Vec<String>,
    /// When they were marked as compared, if they were.
    pub verified_at: Option<Timestamp>,
}

impl VerifyView {
    /// What a QR code of the words says, for the contact's app to compare.
    #[must_use]
    pub fn code(&self) -> String {
        format!("{WORDS_CODE}{}", self.words.join(" "))
    }

    /// Whether these are the same words, as a code says them or somebody typed them; `None` if it is no
    /// code and they are not as many.
    pub(crate) fn are(&self, said: &str) -> Option<bool> {
        let said = said.trim();
        let (code, said) = match said.strip_prefix(WORDS_CODE) {
            Some(said) => (true, said),
            None => (false, said),
        };
        let said: Vec<String> = said
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        (code || said.len() == self.words.len()).then(|| said == self.words)
    }
}
