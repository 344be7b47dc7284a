//! From a passphrase, or what the desktop's keyring holds, to the key of the database.
//!
//! A small header file beside the database names the method and holds salt, cost and a check value:
//! so a wrong passphrase is told from a damaged file before the database is touched.

use std::io::Write;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::open::paths;
use super::trouble::damaged;
use crate::error::{ClientError, Result};

/// Version of the header file.
const HEADER_VERSION: u8 = 1;
/// Bytes of salt (RFC 9106 section 3.1 recommends 16).
const SALT_LEN: usize = 16;
/// Name under which the keyring keeps our secrets.
const KEYRING_SERVICE: &str = "dyad";

/// What opens a profile.
#[derive(Debug, Clone)]
pub enum Unlock {
    /// A passphrase that the person knows.
    Passphrase(SecretString),
    /// A random secret that the desktop's keyring keeps.
    Keyring,
}

/// How a profile is opened, as its header file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlockMethod {
    /// By a passphrase.
    Passphrase,
    /// By the desktop's keyring.
    Keyring,
}

/// Cost of Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KdfCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// For passphrases: RFC 9106 section 4's second recommended choice (64 MiB, 3 passes, 4 lanes).
    pub const PASSPHRASE: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 4,
    };
    /// For secrets that are random already, and for tests.
    pub const MINIMAL: Self = Self {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    /// A header may not ask for more, KiB: a changed file must not make the machine swap.
    const MAX_MEMORY_KIB: u32 = 4 * 1024 * 1024;
}

/// Raw key of the database.
pub(super) type DatabaseKey = Zeroizing<[u8; 32]>;

#[derive(Serialize, Deserialize)]
struct Header {
    version: u8,
    unlock: UnlockMethod,
    cost: KdfCost,
    salt: [u8; SALT_LEN],
    check: [u8; 32],
}

/// How the profile in `home` is opened.
///
/// # Errors
/// There is no profile, or its header file is damaged or newer.
pub(crate) fn method(home: &Path) -> Result<UnlockMethod> {
    read_header(home).map(|header| header.unlock)
}

/// Whether the profile in `home` is opened by this.
///
/// # Errors
/// It is not, or there is none.
pub(crate) fn check_unlock(home: &Path, unlock: &Unlock) -> Result<()> {
    open(home, unlock).map(drop)
}

/// Makes the header file of a new profile and gives the key.
pub(super) fn create(
    home: &Path,
    unlock: &Unlock,
    cost: KdfCost,
    rng: &mut impl CryptoRng,
) -> Result<DatabaseKey> {
    let mut salt = [0; SALT_LEN];
    rng.fill_bytes(&mut salt);
    let (method, secret, cost) = match unlock {
        Unlock::Passphrase(passphrase) => {
            let text = passphrase.expose_secret();
            if text.is_empty() {
                return Err(ClientError::usage(
                    "empty-passphrase",
                    "The passphrase is empty. Choose one that is not.",
                ));
            }
            (
                UnlockMethod::Passphrase,
                Zeroizing::new(text.as_bytes().to_vec()),
                cost,
            )
        }
        Unlock::Keyring => {
            let mut secret = Zeroizing::new(vec![0; 32]);
            rng.fill_bytes(&mut secret);
            keyring_entry(&salt)
                .and_then(|entry| entry.set_secret(&secret))
                .map_err(|error| no_keyring(&error))?;
            (UnlockMethod::Keyring, secret, KdfCost::MINIMAL)
        }
    };
    let (key, check) = derive(&secret, &salt, cost)?;
    let header = Header {
        version: HEADER_VERSION,
        unlock: method,
        cost,
        salt,
        check,
    };
    write_header(home, &header)?;
    Ok(key)
}

/// Gives the key of an existing profile.
pub(super) fn open(home: &Path, unlock: &Unlock) -> Result<DatabaseKey> {
    let header = read_header(home)?;
    let secret = match (unlock, header.unlock) {
        (Unlock::Passphrase(passphrase), UnlockMethod::Passphrase) => {
            Zeroizing::new(passphrase.expose_secret().as_bytes().to_vec())
        }
        (Unlock::Keyring, UnlockMethod::Keyring) => {
            let kept = keyring_entry(&header.salt).and_then(|entry| entry.get_secret());
            Zeroizing::new(kept.map_err(|error| keyring_away(&error))?)
        }
        (_, UnlockMethod::Passphrase) => {
            return Err(ClientError::config(
                "needs-passphrase",
                "This profile is opened by a passphrase. Nothing was changed; give it.",
            ));
        }
        (_, UnlockMethod::Keyring) => {
            return Err(ClientError::config(
                "needs-keyring",
                "This profile is opened by the desktop's keyring, not by a passphrase. Nothing was changed.",
            ));
        }
    };
    let (key, check) = derive(&secret, &header.salt, header.cost)?;
    if check == header.check {
        return Ok(key);
    }
    Err(match header.unlock {
        UnlockMethod::Passphrase => ClientError::config(
            "wrong-passphrase",
            "The passphrase is wrong. Nothing was changed; try again.",
        ),
        UnlockMethod::Keyring => ClientError::config(
            "wrong-keyring-secret",
            "The keyring holds another secret than the one this profile was made with. Nothing was changed.",
        ),
    })
}

/// 64 bytes of Argon2id: the key, and a value that shows whether the secret was right. Neither tells
/// anything about the other, and testing a guess costs the same with either.
fn derive(secret: &[u8], salt: &[u8; SALT_LEN], cost: KdfCost) -> Result<(DatabaseKey, [u8; 32])> {
    let unusable = |_| damaged("the cost in its header file is not usable");
    if cost.memory_kib > KdfCost::MAX_MEMORY_KIB {
        return Err(damaged("the cost in its header file is absurd"));
    }
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(64)).map_err(unusable)?;
    let mut output = Zeroizing::new([0; 64]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret, salt, output.as_mut_slice())
        .map_err(unusable)?;
    let (mut key, mut check) = (Zeroizing::new([0; 32]), [0; 32]);
    key.copy_from_slice(&output[..32]);
    check.copy_from_slice(&output[32..]);
    Ok((key, check))
}

fn read_header(home: &Path) -> Result<Header> {
    let path = paths(home).key;
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if paths(home).database.exists() {
                return Err(damaged(
                    "profile.key is missing; without it the passphrase opens nothing",
                ));
            }
            return Err(ClientError::config(
                "no-profile",
                format!(
                    "There is no profile in {}. `dyad up` makes one.",
                    home.display()
                ),
            ));
        }
        Err(error) => {
            return Err(ClientError::config(
                "key-unreadable",
                format!("{} cannot be read: {error}.", path.display()),
            ));
        }
    };
    #[derive(Deserialize)]
    struct Versioned {
        version: u64,
    }
    let found: Versioned =
        serde_json::from_slice(&text).map_err(|_| damaged("profile.key cannot be read"))?;
    if found.version > u64::from(HEADER_VERSION) {
        return Err(newer("profile.key"));
    }
    serde_json::from_slice(&text).map_err(|_| damaged("profile.key cannot be read"))
}

/// Made by a later release.
pub(super) fn newer(what: &str) -> ClientError {
    ClientError::config(
        "newer",
        format!(
            "{what} was written by a newer release of Dyad. Nothing was changed; update to open it."
        ),
    )
}

fn write_header(home: &Path, header: &Header) -> Result<()> {
    let path = paths(home).key;
    let text = serde_json::to_vec_pretty(header).unwrap_or_default();
    let written = super::open::private_file(&path, true)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::File::open(home)?.sync_all());
    written.map_err(|error| {
        ClientError::config(
            "home-unwritable",
            format!("{} cannot be written: {error}.", path.display()),
        )
    })
}

fn keyring_entry(salt: &[u8; SALT_LEN]) -> keyring::Result<keyring::Entry> {
    // The salt is random and public: it tells the profiles of one person apart.
    let user: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
    keyring::Entry::new(KEYRING_SERVICE, &user)
}

/// The key is in a keyring that is locked, or of another desktop session than this one.
fn keyring_away(error: &keyring::Error) -> ClientError {
    ClientError::config(
        "keyring-away",
        format!(
            "The key to everything here is in the desktop's keyring, which does not give it now ({error}). Nothing was changed: log in to the desktop where it was made, unlock the keyring there, and try again."
        ),
    )
}

fn no_keyring(error: &keyring::Error) -> ClientError {
    ClientError::config(
        "no-keyring",
        format!(
            "The desktop's keyring cannot be used here ({error}). Machines without a desktop have none: use a passphrase instead."
        ),
    )
}
