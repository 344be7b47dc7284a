//! What goes into a step and what comes out of it.

use dyad_protocol::address::RecipientAddress;
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::{Payload, Presentation};
use dyad_protocol::envelope::{Content, SealedMessage};
use dyad_protocol::id::{AddressId, HostName, MessageId, RootAddress};
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The driver's own number for a message it gives to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalId(pub u64);

/// Names one submission: random, so that a resend is a submission of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutgoingId(pub [u8; 16]);

impl std::fmt::Debug for OutgoingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutgoingId(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The person sends a message.
    Send {
        /// The driver's number for it.
        local: LocalId,
        /// The message.
        payload: Payload,
    },
    /// The answer to [`Effect::WantPayload`].
    Resend {
        /// Which message.
        message: MessageId,
        /// What it said.
        payload: Payload,
    },
    /// A receiver had this for one of our addresses.
    Received {
        /// The address, by name.
        address: AddressId,
        /// What lay there.
        sealed: SealedMessage,
    },
    /// The same for an address of an invitation, already opened by it: see [`crate::InvitationStep::forward`].
    Forwarded(Box<Content>),
    /// What became of a submission.
    Submission {
        /// Which one.
        outgoing: OutgoingId,
        /// What became of it.
        outcome: SubmissionOutcome,
    },
    /// The person has seen these.
    Read {
        /// Which messages.
        messages: Vec<MessageId>,
    },
    /// Silently and at once: nothing of this contact reaches us any more.
    Block,
    /// Undoes [`Input::Block`]: the contact gets new tickets, and what it sent meanwhile comes again.
    Unblock,
    /// The relationship is over.
    End {
        /// Whether the contact is told.
        announce: bool,
    },
    /// The two people have compared the words.
    Verified,
    /// Presentation or mailboxes of the profile have changed.
    ProfileChanged,
    /// This state comes from a backup, or is otherwise older than what the contact knows.
    StateRestored,
    /// About to go off-line: what is due soon goes out now, and nothing that has arrived waits any longer.
    Flush,
    /// The deadline has passed.
    Tick,
}

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubmissionOutcome {
    /// Our sender service has it on disk.
    Accepted,
    /// The receiver service has it.
    Delivered,
    /// The receiver has been out of reach for over an hour; the sender service goes on trying.
    Unreachable,
    /// The sender service has stopped trying.
    GivenUp,
    /// It was refused for good.
    Rejected,
}

/// What the driver has to do, after it has stored the next state.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Store it together with the state; submit until accepted or expired.
    Submit(Outgoing),
    /// No longer needed, if it has not been submitted yet.
    Withdraw(OutgoingId),
    /// From now on this address leads here. It may have led elsewhere.
    Register(AddressId),
    /// No longer.
    Unregister(AddressId),
    /// The receiver is to refuse these addresses.
    Revoke {
        /// Which receiver.
        receiver: HostName,
        /// The mailbox there.
        root: RootAddress,
        /// The addresses.
        addresses: Vec<AddressId>,
    },
    /// A message for the person; given once.
    Incoming {
        /// Its identity.
        message: MessageId,
        /// When it was written, by the contact's clock.
        sent: Timestamp,
        /// What it says.
        payload: Payload,
    },
    /// What was given as `local` is called `message` from now on; said again if that changes.
    Numbered {
        /// The driver's number.
        local: LocalId,
        /// Its identity.
        message: MessageId,
    },
    /// How far a message of ours has come.
    Delivery {
        /// Which message.
        message: MessageId,
        /// How far.
        state: DeliveryState,
    },
    /// Answer with [`Input::Resend`].
    WantPayload {
        /// Which message.
        message: MessageId,
    },
    /// Something the person is told once.
    Event(Event),
}

/// A sealed message with the way it is to take.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outgoing {
    /// Names the submission.
    pub id: OutgoingId,
    /// Which message it carries; none for pure acknowledgements and refusals.
    pub message: Option<MessageId>,
    /// To which receiver.
    pub receiver: ServiceRecord,
    /// To which address there; seal it for transit at submission.
    pub address: RecipientAddress,
    /// The message.
    pub sealed: SealedMessage,
    /// How long it may be held back.
    pub class: TrafficClass,
    /// When the address expires: no use submitting it after that.
    pub expires: Timestamp,
}

/// How far a message of ours has come, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryState {
    /// Here, for want of a ticket or a connection.
    Waiting,
    /// Our sender service has it.
    Accepted,
    /// The contact's receiver service has it.
    Delivered,
    /// Not confirmed after 14 days. May still be.
    Unconfirmed,
    /// The contact's app has it.
    Confirmed,
    /// The contact has read it.
    Read,
    /// It will not arrive.
    Failed,
}

/// Why a session was begun anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepairReason {
    /// Our own state was restored from an older one.
    Restored,
    /// Messages could not be decrypted: the contact's by us, or, as its long silence suggests, ours by it.
    Undecryptable,
    /// The contact's app asked for it.
    ByContact,
}

/// Something the person is told, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The contact has answered: the relationship that we asked for is active.
    RequestAnswered,
    /// Somebody has accepted our invitation.
    ContactJoined {
        /// How they want to be called, if they said so at once.
        presentation: Option<Presentation>,
    },
    /// The contact wants to be called otherwise.
    PresentationChanged {
        /// How.
        presentation: Presentation,
    },
    /// The contact has ended the relationship.
    Ended,
    /// The invitation that we accepted was used by somebody else before.
    AlreadyUsed,
    /// Somebody else tried an invitation of ours that was used already. The link may have been seen by others.
    SecondUse,
    /// The session was begun anew; nothing is left undecrypted.
    Repaired {
        /// Why.
        reason: RepairReason,
    },
    /// Not confirmed after 14 days, whatever was tried. It stays known and may still be confirmed.
    NotConfirmed {
        /// Which message.
        message: MessageId,
    },
    /// The contact's identity was replaced by one that it has vouched for.
    IdentityFollowed,
    /// Somebody who could write here claimed another identity; nothing of it was believed.
    IdentityChangedRefused,
    /// The contact's app speaks a newer version; update to read what it says.
    NewerApp,
    /// The contact sent more than is accepted in a day; the rest will come later.
    TooManyMessages,
}
