//! What can go wrong in a step. Nothing has changed then.

/// Why a step was not taken. What a contact does wrong is never an error: it is ignored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The relationship is not in a state for this.
    #[error("not possible: the relationship is {0}")]
    Status(&'static str),
    /// More than fits in one message.
    #[error("too long: at most {limit} bytes fit in one message")]
    TooLong {
        /// Bytes that fit.
        limit: usize,
    },
    /// No mailbox of ours is usable, so nobody could answer.
    #[error("no receiver service is in use; add a provider first")]
    NoReceiver,
    /// The invitation's date has passed.
    #[error("the invitation has expired; ask for a new one")]
    InvitationExpired,
    /// The invitation is one of our own.
    #[error("this is your own invitation; it is meant for somebody else")]
    OwnInvitation,
    /// The invitation holds keys that cannot be used.
    #[error("the invitation is damaged; ask for a new one")]
    InvitationUnusable,
    /// Too many messages are waiting to be confirmed.
    #[error("{0} messages to this contact are not confirmed yet; wait until some are")]
    TooManyUnconfirmed(usize),
    /// The message is not one that waits to be sent again.
    #[error("this message does not wait to be sent again")]
    UnknownMessage,
    /// A service published a key that cannot be used.
    #[error("a receiver service published an unusable key")]
    ReceiverKey,
    /// The ratchet refused; a defect of ours.
    #[error("the session cannot encrypt: {0}")]
    Ratchet(&'static str),
}

/// Why a stored state was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not a state, or not a whole one.
    #[error("the stored state is damaged: {0}")]
    Damaged(String),
    /// A later release wrote it.
    #[error("the stored state has version {found}, written by a newer release; update to read it")]
    Newer {
        /// The version found.
        found: u8,
    },
}
