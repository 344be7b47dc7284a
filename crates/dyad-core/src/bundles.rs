//! Our bundles with their secrets: what the contact needs to renew the pre-shared key or to repair the
//! session; and the contact's, which we need for the same.

use dyad_protocol::address::AddressKind;
use dyad_protocol::bundle::{BUNDLE_VERSION, Bundle, BundleBody, OlmPublic};
use dyad_protocol::envelope::TicketContext;
use dyad_protocol::hpke::XWingSecret;
use dyad_protocol::psk::PskId;
use dyad_protocol::sign::IdentityKey;
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::error::StepError;
use crate::limits::MAX_THEIR_BUNDLES;
use crate::profile::ProfileState;
use crate::session::OlmAccount;
use crate::tickets::{OwnTicket, grant};

/// Receivers that a bundle has tickets of: two, so that one may fail, and the bundle still leaves room in a message.
const BUNDLE_RECEIVERS: usize = 2;

/// The contact's bundles that have not expired, the newest last: older ones for the case that it has
/// forgotten the newest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TheirBundles(Vec<Bundle>);

impl TheirBundles {
    /// Takes in one that is newer than all.
    pub(crate) fn push(&mut self, bundle: Bundle) {
        if self.0.len() >= MAX_THEIR_BUNDLES {
            self.0.remove(0);
        }
        self.0.push(bundle);
    }

    pub(crate) fn newest(&self) -> Option<&Bundle> {
        self.0.last()
    }

    /// What to try after this one: the next older, after the oldest the newest.
    pub(crate) fn after(&self, bundle: &Bundle) -> Option<&Bundle> {
        let place = self.0.iter().position(|other| other == bundle);
        let older = place.and_then(|place| place.checked_sub(1));
        older.and_then(|place| self.0.get(place)).or(self.newest())
    }

    /// Forgets older ones that have expired.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        let newest = self.0.pop();
        self.0.retain(|bundle| !bundle.has_expired(now));
        self.0.extend(newest);
    }
}

/// A bundle of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnBundle {
    pub(crate) bundle: Bundle,
    pub(crate) account: OlmAccount,
    pub(crate) xwing: XWingSecret,
    /// Our Olm identity key in it.
    pub(crate) curve: OlmPublic,
}

impl OwnBundle {
    /// Makes one, with long-term tickets that name `psk`.
    pub(crate) fn make(
        identity: &IdentityKey,
        profile: &ProfileState,
        psk: PskId,
        expires: Timestamp,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<OwnTicket>), StepError> {
        let mailboxes = profile.minting_mailboxes(now);
        if mailboxes.is_empty() {
            return Err(StepError::NoReceiver);
        }
        // The context is the hash of the bundle, which is not known before the tickets are in it.
        let unsigned = TicketContext([0; 32]);
        let mut tickets = mailboxes
            .into_iter()
            .take(BUNDLE_RECEIVERS)
            .map(|mailbox| OwnTicket::mint(mailbox, AddressKind::LongTerm, psk, unsigned, now, rng))
            .collect::<Result<Vec<_>, _>>()?;
        let (account, curve, prekey) = OlmAccount::generate();
        let xwing = XWingSecret::random(rng);
        let grant = grant(&tickets);
        let bundle = BundleBody {
            version: BUNDLE_VERSION,
            identity: identity.public(),
            curve,
            prekey,
            xwing: xwing.public(),
            created: now,
            expires,
            services: grant.services,
            tickets: grant.tickets,
        }
        .sign(identity);
        for ticket in &mut tickets {
            ticket.context = bundle.context();
        }
        Ok((
            Self {
                bundle,
                account,
                xwing,
                curve,
            },
            tickets,
        ))
    }

    /// When it is to be replaced: at half its life.
    pub(crate) fn refresh_at(&self) -> Timestamp {
        let body = self.bundle.body();
        body.created.plus(body.expires.since(body.created) / 2)
    }
}
