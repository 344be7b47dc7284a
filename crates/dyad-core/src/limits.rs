//! The engine's limits and times. Seconds and counts unless the name says otherwise.

use dyad_protocol::limits::{DAY, QUEUE_LIFETIME};

/// One-time tickets a contact should have in stock.
pub const TICKET_STOCK: usize = 16;
/// Unused one-time tickets of ours that we keep keys for; the oldest are forgotten first. More than
/// the stock, because tickets in lost acknowledgements are never used.
pub const MAX_OWN_ONE_TIME: usize = 160;
/// Long-term tickets of ours that we keep keys for: two receivers, renewed weekly for a year, and some.
pub const MAX_OWN_LONG_TERM: usize = 160;
/// One-time tickets of a contact that we keep.
pub const MAX_THEIR_ONE_TIME: usize = 64;
/// Long-term tickets of a contact that we keep; the oldest are forgotten first.
pub const MAX_THEIR_LONG_TERM: usize = 32;
/// Receivers for which a contact gets tickets.
pub const MAX_RECEIVERS: usize = 4;
/// A ticket given in an acknowledgement that no stock report has mentioned counts as lost after this.
pub const TICKET_FLIGHT: u64 = 6 * 3_600;

/// Pre-shared keys of one relationship.
pub const MAX_PSKS: usize = 64;
/// The newest keys that are kept even if no ticket names them: the contact may name one in flight.
pub const KEPT_PSKS: usize = 4;
/// A pre-shared key is renewed after so long...
pub const PSK_LIFETIME: u64 = 7 * DAY;
/// ...or after so many messages of ours, with the next message that goes out.
pub const PSK_MESSAGES: u32 = 200;

/// Own bundles whose secrets are kept.
pub const MAX_OWN_BUNDLES: usize = 8;
/// Bundles of a contact that are kept.
pub const MAX_THEIR_BUNDLES: usize = 4;
/// How long a bundle is good; renewed at half of it.
pub const BUNDLE_LIFETIME: u64 = 300 * DAY;
/// An invitation is answered so long after its date, if it was accepted before: an answer may lie in a queue.
pub const INVITATION_LATE: u64 = QUEUE_LIFETIME;
/// After its date, an invitation's addresses still lead to those who accepted it for so long.
pub const INVITATION_GRACE: u64 = 60 * DAY;
/// People who may accept one invitation for several.
pub const MAX_ACCEPTORS: usize = 256;
/// People who are told that an invitation was used; the rest hears nothing.
pub const MAX_REFUSALS: usize = 8;

/// Replaced long-term tickets of ours that the contact may still use; older ones are revoked.
pub const KEPT_LONG_TERM: usize = 16;
/// Sessions taken up whose ids are remembered: sixteen a day are followed at most.
pub const MAX_TAKEN_UP: usize = 1_024;
/// Messages that nobody wrote (acknowledgements, state) in a day, after which their delay doubles...
pub const AUTOMATIC_STEP: u32 = 50;
/// ...for each so many more, up to this delay.
pub const AUTOMATIC_DELAY: u64 = 3_600;

/// Sessions of one relationship at once.
pub const MAX_SESSIONS: usize = 8;
/// How long a session is kept for receiving after a newer one replaced it.
pub const OLD_SESSION_LIFETIME: u64 = 30 * DAY;
/// Highest jump of the epoch that is believed.
pub const MAX_EPOCH_JUMP: u32 = 65_536;
/// Chains of a session that are remembered, to tell late messages from undecryptable ones.
pub const MAX_CHAINS: usize = 64;
/// Decrypted messages whose hash is remembered, to tell copies from reused keys.
pub const MAX_RECENT: usize = 256;
/// Skipped keys of a chain that the ratchet keeps.
pub const MAX_SKIP: u64 = 40;
/// Opened messages that wait for the ones before them.
pub const MAX_HELD: usize = 256;
/// How long they wait.
pub const HOLD: u64 = 600;
/// Messages that have arrived and wait for those written before them; with more than these, the first is told.
pub const MAX_TURNS: usize = 256;
/// How long they wait: what senders hold messages back by themselves, and as much again.
pub const TURN: u64 = 4;

/// Shortest time between two repairs that we begin.
pub const REPAIR_INTERVAL: u64 = 600;
/// Repairs that we begin in a day.
pub const REPAIRS_PER_DAY: usize = 8;
/// Repairs by the contact that are followed in a day.
pub const INBOUND_REPAIRS_PER_DAY: usize = 16;

/// Messages that may be unconfirmed at once.
pub const MAX_OUTSTANDING: usize = 1_024;
/// A gap shown by an acknowledgement is filled after this.
pub const GAP_RESEND: u64 = 600;
/// Otherwise a message is sent again so long after it was sent the first, second, third time; each times U(1, 2).
pub const RESEND_AFTER: [u64; 3] = [DAY, 3 * DAY, 7 * DAY];
/// When the person is told that a message is not confirmed.
pub const UNCONFIRMED_AFTER: u64 = 14 * DAY;
/// What could not be sent for want of a ticket or session is tried again after this, unless one comes.
pub const RETRY: u64 = 3_600;
/// After so many attempts without any sign of the contact, the session itself is doubted: by the
/// schedule that is after eleven days at least.
pub const SILENT_ATTEMPTS: u32 = 3;
/// Messages sent again in one step; the next tick goes on.
pub const RESEND_BATCH: usize = 32;
/// A stream in which nothing was written for so long is not continued.
pub const STREAM_REST: u64 = DAY;
/// Streams of each side that are remembered, one a day at most; the one longest unused is forgotten first.
pub const MAX_STREAMS: usize = 64;
/// Ranges remembered of one stream; what would need more is not accepted until gaps have been filled.
pub const MAX_STREAM_RANGES: usize = 2_048;
/// Messages of one contact that are processed in a day.
pub const INCOMING_PER_DAY: u32 = 4_000;
/// How far ahead of our clock a moment may be that the contact's clock or our own has given, seconds;
/// later ones were given by a clock that has been set back since.
pub const CLOCK_SLACK: u64 = 60;
/// Entries of the provenance log; the first and the newest are kept.
pub const MAX_PROVENANCE: usize = 128;
