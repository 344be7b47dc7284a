//! What several pages let a person choose from, and what they say when it is done.

use axum::response::{IntoResponse, Redirect, Response};
use dyad_client::ClientError;
use dyad_client::view::ProfileView;
use serde::Deserialize;

use crate::error::PageError;
use crate::lang::Texts;
use crate::session::Person;

/// Which of the things that a page can do was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    pub(crate) done: Option<String>,
}

/// Back to the page at `to`, which says what was done; or the same page `anew`, which says why it was not.
pub(crate) fn led<T>(
    person: &Person,
    to: &str,
    word: &str,
    result: Result<T, ClientError>,
    anew: impl FnOnce(Option<String>) -> Result<Response, PageError>,
) -> Result<Response, PageError> {
    match result {
        Ok(_) => Ok(Redirect::to(&format!("{to}?done={word}")).into_response()),
        Err(e) => {
            let error = person.error(e);
            let page = anew(Some(error.message()))?;
            Ok((error.status(), page).into_response())
        }
    }
}

/// One of several.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl ToString, text: String, chosen: bool) -> Self {
        Self {
            value: value.to_string(),
            text,
            chosen,
        }
    }
}

/// A small sign by which a person tells their profiles apart.
pub(crate) struct Badge {
    pub(crate) colour: u8,
    pub(crate) letters: String,
}

impl Badge {
    pub(crate) fn of(profile: &ProfileView) -> Self {
        let first = || profile.name.chars().find(|c| c.is_alphanumeric());
        let letters = if profile.badge.letters.is_empty() {
            first().map(String::from).unwrap_or_default()
        } else {
            profile.badge.letters.clone()
        };
        Self {
            colour: profile.badge.colour,
            letters,
        }
    }
}

/// What a profile is called where one is chosen.
pub(crate) fn profile_name(t: &Texts, profile: &ProfileView) -> String {
    let name = if profile.name.is_empty() {
        t.s("profile-nameless")
    } else {
        profile.name.clone()
    };
    let mut text = name;
    if let Some(pronouns) = &profile.pronouns {
        text = format!("{text} ({pronouns})");
    }
    if !profile.badge.letters.is_empty() {
        text = format!("{text} [{}]", profile.badge.letters);
    }
    if profile.default {
        text = format!("{text} · {}", t.s("profile-default"));
    }
    text
}

/// The profiles, to choose one; `chosen` is its number, 0 for the default one.
pub(crate) fn profiles(person: &Person, chosen: u64) -> Result<Vec<Choice>, PageError> {
    let all = person.client.profiles().map_err(|e| person.error(e))?;
    let is = |profile: &ProfileView| {
        if chosen == 0 {
            profile.default
        } else {
            profile.id == chosen
        }
    };
    let choice = |profile: &ProfileView| {
        Choice::new(profile.id, profile_name(person.t, profile), is(profile))
    };
    Ok(all.iter().map(choice).collect())
}

/// A minute, hours, days and weeks after which messages can vanish, seconds.
const TIMERS: [u64; 7] = [60, 3_600, 28_800, 86_400, 604_800, 2_419_200, 7_776_000];

/// After how long messages vanish; the value 0 stands for never.
pub(crate) fn timers(t: &Texts, now: Option<u64>) -> Vec<Choice> {
    let mut all: Vec<u64> = TIMERS.to_vec();
    all.extend(now.filter(|seconds| !TIMERS.contains(seconds)));
    all.sort_unstable();
    let never = Choice::new(0, t.s("timer-never"), now.is_none());
    let after = |seconds: u64| {
        let text = t.v("timer-after", "time", &super::entry::duration(t, seconds));
        Choice::new(seconds, text, now == Some(seconds))
    };
    std::iter::once(never)
        .chain(all.into_iter().map(after))
        .collect()
}

/// What was done, as the address of the page says. Anything else than one of ours says nothing.
pub(crate) fn done(t: &Texts, word: Option<&str>) -> Option<String> {
    let key = match word? {
        "renamed" => "done-renamed",
        "verified" => "done-verified",
        "blocked" => "done-blocked",
        "unblocked" => "done-unblocked",
        "ended" => "done-ended",
        "profile" => "done-profile",
        "timer" => "done-timer",
        "traffic" => "done-traffic",
        "withdrawn" => "done-withdrawn",
        "saved" => "done-saved",
        "removed" => "done-removed",
        "added" => "done-added",
        "moved" => "done-moved",
        "closed" => "done-closed",
        "looked" => "done-looked",
        "app-allowed" => "done-app-allowed",
        "app-denied" => "done-app-denied",
        "app-revoked" => "done-app-revoked",
        _ => return None,
    };
    Some(t.s(key))
}
