//! Sizes and times that every implementation must share. Bytes and seconds unless the name says otherwise.

/// Every sealed message, on every hop.
pub const SEALED_LEN: usize = 2944;
/// HPKE encapsulated X25519 key.
pub const ENC_LEN: usize = 32;
/// ChaCha20-Poly1305 tag (RFC 8439).
pub const TAG_LEN: usize = 16;
/// Plaintext of the envelope, padding included: all but version, encapsulated key and tag.
pub const ENVELOPE_PLAIN_LEN: usize = SEALED_LEN - 1 - ENC_LEN - TAG_LEN;
/// What an envelope can carry: its plaintext less kind (1) and length (2).
pub const ENVELOPE_CAPACITY: usize = ENVELOPE_PLAIN_LEN - 3;
/// Address plaintext: root address (16), expiry period (2), kind (1).
pub const ADDRESS_PLAIN_LEN: usize = 19;
/// The part of a recipient address before its authorisation.
pub const ADDRESS_BODY_LEN: usize = 2 + ENC_LEN + ADDRESS_PLAIN_LEN + TAG_LEN;
/// Recipient address, suite 1.
pub const RECIPIENT_ADDRESS_LEN: usize = ADDRESS_BODY_LEN + 64;
/// Sender address: version, transit generation, encapsulated key, sealed recipient address.
pub const SENDER_ADDRESS_LEN: usize = 2 + ENC_LEN + RECIPIENT_ADDRESS_LEN + TAG_LEN;
/// What travels: sender address and sealed message.
pub const ITEM_LEN: usize = SENDER_ADDRESS_LEN + SEALED_LEN;
/// Privacy Pass token over ristretto255 (RFC 9578): type 2, nonce 32, challenge digest 32, key id 32, authenticator 64.
pub const TOKEN_LEN: usize = 162;
/// X-Wing public key.
pub const XWING_PUBLIC_LEN: usize = 1216;
/// X-Wing ciphertext.
pub const XWING_CIPHERTEXT_LEN: usize = 1120;

/// Longest host name with port.
pub const MAX_HOST_LEN: usize = 255;
/// Items in one delivery batch.
pub const MAX_BATCH_ITEMS: usize = 256;
/// Largest delivery request: the items and at most 1 KiB around them.
pub const MAX_BATCH_LEN: usize = MAX_BATCH_ITEMS * ITEM_LEN + 1024;
/// Largest submission.
pub const MAX_SUBMISSION_LEN: usize = ITEM_LEN + TOKEN_LEN + MAX_HOST_LEN + 64;
/// Largest hosted invitation: ciphertext, always padded to exactly this.
pub const HOSTED_INVITATION_LEN: usize = 4096;
/// Largest service document, as served.
pub const MAX_DOCUMENT_LEN: usize = 32 * 1024;
/// Tokens in one batch: the blinded elements stay below 64 KiB.
pub const MAX_TOKENS_PER_BATCH: u16 = 2000;
/// Mailboxes in one fetch request or on one connection.
pub const MAX_MAILBOXES_PER_CONNECTION: usize = 64;
/// Messages in one fetch answer.
pub const MAX_FETCH_ITEMS: usize = 128;
/// Consumers (devices) of one mailbox.
pub const MAX_CONSUMERS: u8 = 8;
/// Tickets and services named in one body or bundle.
pub const MAX_TICKETS: usize = 16;
/// Services named in one body or bundle.
pub const MAX_SERVICES: usize = 8;

/// A day.
pub const DAY: u64 = 86_400;
/// How long a sender service tries.
pub const QUEUE_LIFETIME: u64 = 14 * DAY;
/// How often the transit key k is replaced; the one before stays live as long again.
pub const TRANSIT_KEY_PERIOD: u64 = 21 * DAY;
/// How often the address key j is replaced; the one before stays live as long again.
pub const ADDRESS_KEY_PERIOD: u64 = 366 * DAY;
/// How long after its creation a mailbox ends: no address of it can live longer.
pub const MAILBOX_LIFETIME: u64 = 460 * DAY;
/// A receiver keeps unfetched messages so long.
pub const MAILBOX_RETENTION: u64 = 60 * DAY;
/// Most the clocks of two services may differ.
pub const BATCH_SKEW: u64 = 3_600;
/// How long a receiver remembers batch ids: twice the skew.
pub const BATCH_MEMORY: u64 = 2 * BATCH_SKEW;
/// How long others may use a service document without asking again.
pub const DOCUMENT_CACHE: u64 = DAY;
/// Messages to one long-term address in a day.
pub const LONG_TERM_DAILY_LIMIT: u32 = 64;
/// Use records a mailbox may hold; what would need more is dropped.
pub const MAX_USE_RECORDS: u32 = 4_096;
/// Unfetched messages a mailbox may hold; what comes on top is dropped, and sent again by the sender's app.
pub const MAX_MAILBOX_ENTRIES: u32 = 4_096;

const _: () = assert!(RECIPIENT_ADDRESS_LEN == 133);
const _: () = assert!(SENDER_ADDRESS_LEN == 183);
const _: () = assert!(ENVELOPE_CAPACITY == 2892);
const _: () = assert!(ITEM_LEN == 3127);
