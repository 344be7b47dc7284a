//! The ways in which the person presents themselves to contacts.

use dyad_core::Input;
use dyad_protocol::body::MAX_NAME_LEN;
use rusqlite::Connection;

use super::Client;
use super::people::find;
use crate::driver::{Stepper, contact_view, printable};
use crate::error::{ClientError, Result};
use crate::store::{marks, profiles};
use crate::view::{BADGE_COLOURS, BadgeView, ContactView, MAX_BADGE_LETTERS, ProfileView};

/// Profiles that one person can have.
const MAX_PROFILES: usize = 32;

impl Client {
    /// How the person presents themselves unless something else is said: the default profile.
    ///
    /// # Errors
    /// Those of the store.
    pub fn profile(&self) -> Result<ProfileView> {
        self.driver.store.read(|c| profiles::shown(c, 0))
    }

    /// Changes the profile of this number, 0 for the default one, and tells the contacts that see it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, name or pronouns too long, no such colour.
    pub fn set_profile(&self, profile: ProfileView) -> Result<()> {
        self.profile_change(profile).map(drop)
    }

    /// All profiles, in the order in which they were made.
    ///
    /// # Errors
    /// Those of the store.
    pub fn profiles(&self) -> Result<Vec<ProfileView>> {
        self.driver.store.read(profiles::all)
    }

    /// Adds a profile. Its number is given by the store; what `profile` says of it is not looked at.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: too long, no such colour, or too many.
    pub fn profile_add(&self, profile: ProfileView) -> Result<ProfileView> {
        let profile = checked(profile)?;
        self.driver.engine(|stepper| {
            if profiles::all(stepper.tx)?.len() >= MAX_PROFILES {
                return Err(ClientError::usage(
                    "too-many-profiles",
                    format!("There are {MAX_PROFILES} profiles already. Nothing was changed."),
                ));
            }
            let id = profiles::insert(stepper.tx, &profile)?;
            if profile.default {
                profiles::make_default(stepper.tx, id)?;
            }
            known(stepper.tx, id)
        })
    }

    /// Changes the profile of this number, 0 for the default one, and tells the contacts that see it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, too long, or no such colour.
    pub fn profile_change(&self, profile: ProfileView) -> Result<ProfileView> {
        let wanted = checked(profile)?;
        let changed = self.driver.engine(|stepper| {
            let before = known(stepper.tx, wanted.id)?;
            let next = ProfileView {
                id: before.id,
                picture: before.picture.clone(),
                default: wanted.default || before.default,
                ..wanted
            };
            if next != before {
                profiles::update(stepper.tx, &next)?;
                if next.default && !before.default {
                    profiles::make_default(stepper.tx, next.id)?;
                }
                stepper.profile_changed()?;
            }
            Ok(next)
        })?;
        self.driver.nudge();
        Ok(changed)
    }

    /// Removes a profile. Contacts and invitations that use it use the default one from then on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or the default one.
    pub fn profile_remove(&self, id: u64) -> Result<ProfileView> {
        let removed = self.driver.engine(|stepper| {
            let profile = known(stepper.tx, id)?;
            if profile.default {
                return Err(ClientError::usage(
                    "default-profile",
                    "This is the default profile. Nothing was changed: make another one the default first.",
                ));
            }
            let instead = known(stepper.tx, 0)?.id;
            profiles::remove(stepper.tx, profile.id, instead)?;
            stepper.changes.portraits = true;
            stepper.profile_changed()?;
            Ok(profile)
        })?;
        self.driver.nudge();
        Ok(removed)
    }

    /// Shows a contact another profile of ours from now on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact or profile.
    pub fn set_contact_profile(&self, nick: &str, id: u64) -> Result<ContactView> {
        let view = self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            let profile = known(stepper.tx, id)?.id;
            if contact.profile != profile {
                marks::set_profile(stepper.tx, &contact.id, profile)?;
                stepper.changes.portraits = true;
                stepper.give(&contact.id, Input::ProfileChanged)?;
            }
            told(stepper, nick)
        })?;
        self.driver.nudge();
        Ok(view)
    }
}

/// The contact as it is now, which whoever looks on learns too.
pub(super) fn told(stepper: &mut Stepper<'_>, nick: &str) -> Result<ContactView> {
    let contact = find(stepper.tx, nick)?;
    stepper.tell_contact(&contact.id)?;
    contact_view(stepper.tx, contact)
}

/// The number of the profile that was asked for.
pub(super) fn valid_profile(connection: &Connection, profile: Option<u64>) -> Result<u64> {
    known(connection, profile.unwrap_or(0)).map(|profile| profile.id)
}

pub(super) fn known(connection: &Connection, id: u64) -> Result<ProfileView> {
    profiles::get(connection, id)?.ok_or_else(|| {
        ClientError::usage(
            "unknown-profile",
            format!(
                "There is no profile {id}. Nothing was changed: `dyad me profiles` lists them."
            ),
        )
    })
}

fn checked(profile: ProfileView) -> Result<ProfileView> {
    let longest = profile
        .pronouns
        .as_ref()
        .map_or(0, String::len)
        .max(profile.name.len());
    if longest > MAX_NAME_LEN {
        return Err(ClientError::usage(
            "name-too-long",
            format!(
                "A name has at most {MAX_NAME_LEN} bytes, this one {longest}. Nothing was changed."
            ),
        ));
    }
    let letters = printable(&profile.badge.letters);
    if profile.badge.colour >= BADGE_COLOURS || letters.chars().count() > MAX_BADGE_LETTERS {
        return Err(ClientError::usage(
            "bad-badge",
            format!(
                "A badge has a colour from 0 to {} and at most {MAX_BADGE_LETTERS} characters. Nothing was changed.",
                BADGE_COLOURS - 1
            ),
        ));
    }
    Ok(ProfileView {
        name: printable(&profile.name),
        pronouns: profile
            .pronouns
            .as_deref()
            .map(printable)
            .filter(|text| !text.is_empty()),
        badge: BadgeView {
            letters,
            ..profile.badge
        },
        ..profile
    })
}
