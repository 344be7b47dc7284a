//! The registry of domain-separation labels: no key, hash or signature is made without one.

/// What a derived key, a hash or a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label(&'static str);

impl Label {
    /// The label's bytes (ASCII).
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }

    /// The label's text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Label = Label(concat!("dyad/v1/", $text));)*

        /// Every label, in the order of the specification.
        pub const ALL: &[Label] = &[$($name),*];
    };
}

labels! {
    /// HPKE info of the inner address encryption, to the receiver's address key.
    ADDRESS_RECIPIENT = "address/recipient";
    /// Ed25519 authorisation of a recipient address by the mailbox's owner.
    ADDRESS_AUTHORISATION = "address/authorisation";
    /// Hash that names a recipient address.
    ADDRESS_ID = "address/id";
    /// HPKE info of the outer address encryption, to the receiver's transit key.
    ADDRESS_SENDER = "address/sender";
    /// HPKE info of the envelope.
    ENVELOPE = "envelope";
    /// HPKE info of `establish`.
    ESTABLISH = "establish";
    /// Hash signed in `establish`.
    ESTABLISH_TRANSCRIPT = "establish/transcript";
    /// Hash that names a relationship.
    RELATIONSHIP_TRANSCRIPT = "relationship/transcript";
    /// Signature on a bundle.
    BUNDLE = "bundle";
    /// Hash of a bundle.
    BUNDLE_HASH = "bundle/hash";
    /// Signature on an invitation.
    INVITATION = "invitation";
    /// Hash of an invitation that its link commits to.
    INVITATION_HASH = "invitation/hash";
    /// Key that encrypts a hosted invitation.
    INVITATION_KEY = "invitation/key";
    /// Name under which an invitation is hosted.
    INVITATION_LOCATOR = "invitation/locator";
    /// Hash that makes the hosting of an invitation idempotent.
    INVITATION_HOST = "invitation/host";
    /// Key with which an inviter withdraws a hosted invitation.
    INVITATION_WITHDRAW_KEY = "invitation/withdraw-key";
    /// Signature by which an inviter withdraws a hosted invitation.
    INVITATION_WITHDRAW = "invitation/withdraw";
    /// First pre-shared key, from an invitation's secret.
    PSK_INVITATION = "psk/invitation";
    /// First pre-shared key of a relationship.
    PSK_RELATIONSHIP = "psk/relationship";
    /// Renewed pre-shared key.
    PSK_RENEW = "psk/renew";
    /// HPKE info of the key encapsulation that renews the pre-shared key.
    PSK_KEM = "psk/kem";
    /// Short public name of a pre-shared key.
    PSK_ID = "psk/id";
    /// Redemption context of a token challenge (RFC 9577 section 2.1.1).
    TOKEN_CONTEXT = "token/context";
    /// Issuer key of a class and epoch, from the provider's seed.
    TOKEN_KEY = "token/key";
    /// Client's nonces of a batch.
    TOKEN_NONCE = "token/nonce";
    /// Client's blinds of a batch.
    TOKEN_BLIND = "token/blind";
    /// Account key's signature on enrolment.
    ACCOUNT_ENROL = "account/enrol";
    /// Account key's signature on a token request.
    ACCOUNT_TOKENS = "account/tokens";
    /// Hash under which an issuer keeps an enrolment code.
    ACCOUNT_CODE = "account/code";
    /// Hash that makes a submission idempotent.
    SUBMIT = "submit";
    /// Hash that makes the creation of a mailbox idempotent.
    MAILBOX_CREATE = "mailbox/create";
    /// Mailbox access key's signature on a challenge.
    MAILBOX_ACCESS = "mailbox/access";
    /// Mailbox access key's signature on a change of the mailbox.
    MAILBOX_CHANGE = "mailbox/change";
    /// Receiver's own proof that it made a challenge.
    MAILBOX_CHALLENGE = "mailbox/challenge";
    /// Key that seals the chunks of a file.
    ATTACHMENT_KEY = "attachment/key";
    /// Name of a blob, from the secret that may write it.
    BLOB_LOCATOR = "blob/locator";
    /// Hash that makes the creation of a blob idempotent.
    BLOB_CREATE = "blob/create";
    /// Hash that makes the fetching of a blob idempotent.
    BLOB_FETCH = "blob/fetch";
    /// Sender service's signature on a batch.
    BATCH = "batch";
    /// Service's signature on its document.
    DOCUMENT = "document";
    /// Old service key's signature on a new one.
    DOCUMENT_SUCCESSION = "document/succession";
    /// Hash that names a service key in a ticket's service record.
    SERVICE_KEY_HASH = "service/key-hash";
    /// Service key, from the provider's seed and the host.
    SERVICE_KEY = "service/key";
    /// Signatures by which one identity follows another.
    FOLLOWS = "attestation/follows";
    /// Words that two people compare.
    COMPARISON = "comparison";
    /// Hash of one entry in the chain of a game.
    GAME_ENTRY = "game/entry";
    /// Proof that an entry of a game is one's own.
    GAME_PROOF = "game/proof";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_labels_are_equal_and_none_is_the_beginning_of_another_input() {
        let all: HashSet<_> = ALL.iter().map(|label| label.as_str()).collect();
        assert_eq!(all.len(), ALL.len());
        assert!(ALL.iter().all(|label| label.as_str().is_ascii()));
    }
}
