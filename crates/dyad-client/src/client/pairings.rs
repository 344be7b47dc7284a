//! How another program becomes an app: it asks and shows a code, the person types the code and says what the app may
//! see, the program comes for its token.

use dyad_protocol::codec::to_base64;
use dyad_protocol::content::is_app_kind;
use dyad_protocol::hash::sha256;
use rusqlite::Connection;

use super::Client;
use super::apps::{app_view, granted};
use crate::driver::printable;
use crate::error::{ClientError, Result};
use crate::store::apps::{self, NewApp};
use crate::store::notices;
use crate::store::pairings::{self, Pairing};
use crate::view::{
    AppGrant, AppRequestView, AppView, ClientEvent, PairingBegun, PairingRequest, PairingState,
};

/// How long a request waits for the person, seconds.
const WAITS: u64 = 600;
/// Requests that wait at once: enough for a person, too few to bury one under others.
const MAX_PENDING: usize = 4;
/// Wrong codes after which whoever waits has to ask anew.
const MAX_WRONG: u32 = 5;
/// Longest name of an app, characters.
const MAX_NAME: usize = 40;
/// Types that one app may register.
const MAX_TYPES: usize = 16;
/// Characters of a code: 30 bits, of which five may be guessed.
const CODE_LEN: usize = 6;
/// None of them is taken for another.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

impl Client {
    /// Another program asks to become an app. The person is told.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: its name or a type cannot be, or it wants nothing;
    /// [`crate::ErrorKind::TryLater`]: too many wait already.
    pub fn pairing_begin(&self, request: &PairingRequest) -> Result<PairingBegun> {
        let wanted = checked(request)?;
        self.driver.engine(|stepper| {
            pairings::prune(stepper.tx, stepper.now)?;
            let waiting = pairings::pending(stepper.tx)?;
            if waiting.len() >= MAX_PENDING {
                return Err(ClientError::later(
                    "too-many-pairings",
                    format!(
                        "{MAX_PENDING} programs wait for the person's answer already. Answer or deny one (`dyad apps pending`), or wait ten minutes."
                    ),
                ));
            }
            let secret = random(stepper.rng);
            let mut code = code(stepper.rng);
            while waiting.iter().any(|other| other.code == code) {
                code = self::code(stepper.rng);
            }
            let mut pairing = Pairing {
                id: 0,
                name: wanted.name.clone(),
                types: wanted.types.clone(),
                messages: wanted.messages,
                secret: sha256(secret.as_bytes()),
                code: code.clone(),
                asked: stepper.now,
                ends: stepper.now.plus(WAITS),
                app: None,
                denied: false,
            };
            pairing.id = pairings::insert(stepper.tx, &pairing)?;
            let text = format!(
                "A program that calls itself {} asks to become an app. Answer it under Apps, or with `dyad apps pending`.",
                pairing.name
            );
            let notice = notices::insert(stepper.tx, None, "app-request", &text, stepper.now)?;
            stepper.changes.events.push(ClientEvent::Notice(notice));
            Ok(PairingBegun {
                number: pairing.id,
                secret,
                code: shown(&code),
                ends: pairing.ends,
            })
        })
    }

    /// The program asks what became of it. The token is told once.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such request any more, or it is another's.
    pub fn pairing_poll(&self, number: u64, secret: &str) -> Result<PairingState> {
        let known = sha256(secret.as_bytes());
        self.driver.engine(|stepper| {
            pairings::prune(stepper.tx, stepper.now)?;
            let pairing = pairings::get(stepper.tx, number)?
                .filter(|pairing| pairing.secret == known)
                .ok_or_else(|| {
                    ClientError::usage(
                        "unknown-pairing",
                        "There is no such request: its ten minutes are over, or its token was fetched. Ask anew.",
                    )
                })?;
            if pairing.denied {
                return Ok(PairingState::Denied);
            }
            let Some(app) = pairing.app else {
                return Ok(PairingState::Pending);
            };
            let token = format!("dyad_{}", random(stepper.rng));
            apps::set_token(stepper.tx, app, &sha256(token.as_bytes()))?;
            pairings::remove(stepper.tx, number)?;
            Ok(PairingState::Allowed(token))
        })
    }

    /// Requests that wait for the person.
    ///
    /// # Errors
    /// Those of the store.
    pub fn app_requests(&self) -> Result<Vec<AppRequestView>> {
        let now = self.driver.now();
        let all = self.driver.store.write(|tx| {
            pairings::prune(tx, now)?;
            pairings::pending(tx)
        })?;
        Ok(all.into_iter().map(view).collect())
    }

    /// The person allows the program that shows this code what is said here.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: no program shows this code, there is no such contact, or the program did not ask for
    /// messages. After five wrong codes all who wait are denied.
    pub fn app_allow(&self, grant: &AppGrant) -> Result<AppView> {
        let code = typed(&grant.code);
        let done = self.driver.engine(|stepper| {
            let (tx, now) = (stepper.tx, stepper.now);
            pairings::prune(tx, now)?;
            let Some(pairing) = by_code(tx, &code)? else {
                return Ok(None);
            };
            if grant.messages && !pairing.messages {
                return Err(ClientError::usage(
                    "messages-not-asked",
                    format!(
                        "{} did not ask for messages. Nothing was allowed.",
                        pairing.name
                    ),
                ));
            }
            let contacts = granted(tx, &grant.contacts)?;
            let name = apps::free_name(tx, &pairing.name)?;
            let mut secret = [0; 32];
            stepper.rng.fill_bytes(&mut secret);
            let app = NewApp {
                name: &name,
                types: &pairing.types,
                messages: grant.messages,
                all_contacts: grant.all_contacts,
                secret,
            };
            let id = apps::insert(tx, &app, now)?;
            for contact in &contacts {
                apps::grant(tx, id, contact)?;
            }
            pairings::allowed(tx, pairing.id, id)?;
            app_view(tx, id).map(Some)
        })?;
        match done {
            Some(app) => Ok(app),
            None => Err(self.wrong_code()?),
        }
    }

    /// The person does not want a program: by its number, or by the code that it shows.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: nobody of that number or code waits.
    pub fn app_deny(&self, which: &str) -> Result<AppRequestView> {
        let number: Option<u64> = which.trim().parse().ok();
        let found = self.driver.store.write(|tx| {
            let found = pairings::pending(tx)?
                .into_iter()
                .find(|pairing| Some(pairing.id) == number || pairing.code == typed(which));
            if let Some(pairing) = &found {
                pairings::deny(tx, pairing.id)?;
            }
            Ok(found)
        })?;
        found.map(view).ok_or_else(|| {
            ClientError::usage(
                "unknown-request",
                "No program of that number or code waits. `dyad apps pending` lists those that do.",
            )
        })
    }

    fn wrong_code(&self) -> Result<ClientError> {
        let denied = self
            .driver
            .store
            .write(|tx| pairings::wrong_code(tx, MAX_WRONG))?;
        let more = if denied {
            " That was too often: whoever waited has been denied and has to ask anew."
        } else {
            ""
        };
        Ok(ClientError::usage(
            "wrong-code",
            format!("No program that waits shows this code. Nothing was allowed.{more}"),
        ))
    }
}

fn checked(request: &PairingRequest) -> Result<PairingRequest> {
    let name = printable(&request.name);
    if name.is_empty() || name != request.name.trim() || name.chars().count() > MAX_NAME {
        return Err(ClientError::usage(
            "bad-app-name",
            format!("The name of an app has 1 to {MAX_NAME} visible characters."),
        ));
    }
    if let Some(bad) = request.types.iter().find(|kind| !is_app_kind(kind)) {
        return Err(ClientError::usage(
            "bad-type",
            format!(
                "{} cannot be registered. A type is called like vnd.example.todo: lower-case letters, digits, hyphens, at \
                 least one dot, at most 64 bytes; Dyad's own types are not to be had.",
                printable(bad)
            ),
        ));
    }
    let mut types = request.types.clone();
    types.sort();
    types.dedup();
    if types.len() > MAX_TYPES {
        return Err(ClientError::usage(
            "too-many-types",
            format!("An app registers at most {MAX_TYPES} types."),
        ));
    }
    if types.is_empty() && !request.messages {
        return Err(ClientError::usage(
            "nothing-wanted",
            "An app registers at least one type, or asks for messages.",
        ));
    }
    Ok(PairingRequest {
        name,
        types,
        messages: request.messages,
    })
}

fn by_code(connection: &Connection, code: &str) -> Result<Option<Pairing>> {
    let waiting = pairings::pending(connection)?;
    Ok(waiting.into_iter().find(|pairing| pairing.code == code))
}

fn view(pairing: Pairing) -> AppRequestView {
    AppRequestView {
        number: pairing.id,
        name: pairing.name,
        types: pairing.types,
        messages: pairing.messages,
        asked: pairing.asked,
        ends: pairing.ends,
    }
}

/// 32 bytes that nobody guesses.
fn random(rng: &mut dyn rand_core::CryptoRng) -> String {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    to_base64(&bytes)
}

fn code(rng: &mut dyn rand_core::CryptoRng) -> String {
    let mut bytes = [0; CODE_LEN];
    rng.fill_bytes(&mut bytes);
    bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|c| char::from(*c))
        .collect()
}

/// In two groups, as people read it aloud.
fn shown(code: &str) -> String {
    let (first, second) = code.split_at_checked(CODE_LEN / 2).unwrap_or((code, ""));
    format!("{first}-{second}")
}

/// As it was typed, without what people add or leave out.
fn typed(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for text in ["K7Q-M2F", "k7qm2f", " k7q m2f "] {
            assert_eq!(typed(text), "K7QM2F");
        }
        assert_eq!(shown("K7QM2F"), "K7Q-M2F");
    }

    #[test]
    fn what_a_program_asks_for_is_checked() {
        let ask = |name: &str, types: &[&str], messages| {
            let types = types.iter().map(|&kind| kind.to_owned()).collect();
            let request = PairingRequest {
                name: name.to_owned(),
                types,
                messages,
            };
            checked(&request)
                .map(|wanted| wanted.types.len())
                .map_err(|error| error.code)
        };
        assert_eq!(
            ask("To-do", &["vnd.example.todo", "vnd.example.todo"], false),
            Ok(1)
        );
        assert_eq!(ask("Reader", &[], true), Ok(0));
        assert_eq!(ask("x", &[], false), Err("nothing-wanted".into()));
        assert_eq!(ask("", &["a.b"], false), Err("bad-app-name".into()));
        assert_eq!(
            ask("a\u{202e}b", &["a.b"], false),
            Err("bad-app-name".into())
        );
        assert_eq!(ask("x", &["text"], false), Err("bad-type".into()));
        let many: Vec<String> = (0..17).map(|n| format!("a.b{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(ask("x", &many, false), Err("too-many-types".into()));
    }
}
