//! Where the key to the home comes from: `DYAD_PASSPHRASE`, the keyring, or the person.

use std::io::{self, IsTerminal};

use dyad_client::{Client, Unlock, UnlockMethod};
use secrecy::{ExposeSecret, SecretString};

use super::home::Home;
use dyad_app::{AppError, Secret};

/// Holds the passphrase where nobody can be asked.
const VARIABLE: &str = "DYAD_PASSPHRASE";

/// The key to a home that exists.
///
/// # Errors
/// Nobody can be asked.
pub(crate) fn for_opening(home: &Home) -> Result<Unlock, AppError> {
    if Client::unlock_method(home.path())? == UnlockMethod::Keyring {
        return Ok(Unlock::Keyring);
    }
    if let Some(passphrase) = from_environment()? {
        return Ok(Unlock::Passphrase(passphrase));
    }
    ask("Passphrase: ").map(Unlock::Passphrase)
}

/// The key to a home, if nobody has to be asked for it: the page in the browser asks otherwise.
///
/// # Errors
/// The environment holds one that cannot be used, or the home's key file is damaged.
pub(crate) fn at_hand(home: &Home) -> Result<Option<Unlock>, AppError> {
    if home.has_profile() && Client::unlock_method(home.path())? == UnlockMethod::Keyring {
        return Ok(Some(Unlock::Keyring));
    }
    Ok(from_environment()?.map(Unlock::Passphrase))
}

/// The passphrase of a home that a running app has.
///
/// # Errors
/// Nobody can be asked.
pub(crate) fn for_running() -> Result<Secret, AppError> {
    let passphrase = match from_environment()? {
        Some(passphrase) => passphrase,
        None => ask("Passphrase: ")?,
    };
    Ok(Secret(passphrase.expose_secret().to_owned()))
}

/// The key to a home that is about to be created.
///
/// # Errors
/// Nobody can be asked, nothing was typed, or not the same twice.
pub(crate) fn for_creating(home: &Home, keyring: bool) -> Result<Unlock, AppError> {
    if keyring {
        return Ok(Unlock::Keyring);
    }
    if let Some(passphrase) = from_environment()? {
        return Ok(Unlock::Passphrase(passphrase));
    }
    if io::stdin().is_terminal() {
        eprintln!("A new home is made in {}.", home.path().display());
        eprintln!(
            "Choose a passphrase. It encrypts everything in there; nobody can recover it for you."
        );
    }
    let first = ask("New passphrase: ")?;
    if first.expose_secret().is_empty() {
        return Err(empty());
    }
    let second = ask("The same again: ")?;
    if first.expose_secret() != second.expose_secret() {
        return Err(AppError::config(
            "passphrase-mismatch",
            "These were two different passphrases. Nothing was created.",
        ));
    }
    Ok(Unlock::Passphrase(first))
}

fn from_environment() -> Result<Option<SecretString>, AppError> {
    match std::env::var(VARIABLE) {
        Ok(text) if text.is_empty() => Err(empty()),
        Ok(text) => Ok(Some(text.into())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(AppError::config(
            "passphrase-unreadable",
            format!("{VARIABLE} is not valid UTF-8."),
        )),
    }
}

fn empty() -> AppError {
    AppError::config(
        "passphrase-empty",
        "The passphrase is empty. Choose one with a few words.",
    )
}

/// Reads from the terminal without showing what is typed.
fn ask(prompt: &str) -> Result<SecretString, AppError> {
    // There may be a terminal behind a command whose input and messages both go elsewhere, but nobody
    // who expects to be asked.
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return Err(nobody_to_ask());
    }
    rpassword::prompt_password(prompt)
        .map(Into::into)
        .map_err(|e| nobody_to_ask().with_detail(e))
}

fn nobody_to_ask() -> AppError {
    AppError::config(
        "passphrase-needed",
        format!(
            "The home is locked with a passphrase and there is no terminal to ask for it. Set {VARIABLE}, or create the \
             home with --keyring."
        ),
    )
}
