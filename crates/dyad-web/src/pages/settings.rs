//! Settings of the app, and where it keeps everything.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use dyad_client::UnlockMethod;
use dyad_client::view::{Notifications, SettingsView, StorageView, Theme, TrafficClass};
use serde::Deserialize;

use super::choices::{self, Choice};
use super::files;
use super::layout::Shell;
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;

/// Minutes without use after which the page can lock itself.
const MINUTES: [u32; 6] = [5, 15, 30, 60, 240, 1_440];

/// Sizes up to which files can be fetched by themselves, bytes.
const SIZES: [u64; 4] = [0, 1 << 20, 16 << 20, 128 << 20];

pub(crate) fn routes() -> Router<Page> {
    Router::new().route("/me/settings", get(show).post(save))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    t: &'static Texts,
    shell: Shell,
    here: &'static str,
    notifications: Vec<Choice>,
    lock: Vec<Choice>,
    /// There is a passphrase to ask for.
    can_lock: bool,
    themes: Vec<Choice>,
    languages: Vec<Choice>,
    fetch: Vec<Choice>,
    prompt: bool,
    /// Calls go through a relay in any case.
    relayed: bool,
    storage: Vec<(String, String)>,
    done: Option<String>,
    problem: Option<String>,
}

async fn show(
    State(page): State<Page>,
    person: Person,
    Query(query): Query<choices::Done>,
) -> Result<Response, PageError> {
    let done = choices::done(person.t, query.done.as_deref());
    settings_page(&page, &person, done, None)
}

fn settings_page(
    page: &Page,
    person: &Person,
    done: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let now = person.client.settings().map_err(|e| person.error(e))?;
    let status = person.client.status().map_err(|e| person.error(e))?;
    let method = page.0.app.unlock_method().map_err(|e| person.error(e))?;
    let template = Settings {
        t,
        shell: Shell::new(person, t.s("settings"), None)?.back_to("/me"),
        here: "settings",
        notifications: notifications(t, now.notifications),
        lock: lock(t, now.lock_after_minutes),
        can_lock: method == UnlockMethod::Passphrase,
        themes: themes(t, now.theme),
        languages: languages(t, now.language.as_deref()),
        fetch: fetch(t, now.fetch_up_to),
        prompt: now.traffic == TrafficClass::Prompt,
        relayed: now.relayed_calls,
        storage: storage(t, &status.storage),
        done,
        problem,
    };
    Ok(html(&template).into_response())
}

fn notifications(t: &Texts, now: Notifications) -> Vec<Choice> {
    use Notifications::{Off, WithContent, WithoutContent};
    let choice = |value, key, which| Choice::new(value, t.s(key), which == now);
    vec![
        choice("off", "notifications-off", Off),
        choice("without_content", "notifications-without", WithoutContent),
        choice("with_content", "notifications-with", WithContent),
    ]
}

fn lock(t: &Texts, now: Option<u32>) -> Vec<Choice> {
    let mut all = MINUTES.to_vec();
    all.extend(now.filter(|minutes| !MINUTES.contains(minutes)));
    all.sort_unstable();
    let after = |minutes: u32| {
        let time = super::entry::duration(t, u64::from(minutes) * 60);
        Choice::new(
            minutes,
            t.v("lock-after", "time", &time),
            now == Some(minutes),
        )
    };
    let never = Choice::new(0, t.s("lock-never"), now.is_none());
    all.into_iter()
        .map(after)
        .chain(std::iter::once(never))
        .collect()
}

fn themes(t: &Texts, now: Theme) -> Vec<Choice> {
    let choice = |value, key, which| Choice::new(value, t.s(key), which == now);
    vec![
        choice("system", "theme-system", Theme::System),
        choice("light", "theme-light", Theme::Light),
        choice("dark", "theme-dark", Theme::Dark),
    ]
}

fn languages(t: &Texts, now: Option<&str>) -> Vec<Choice> {
    let browser = Choice::new("", t.s("language-browser"), now.is_none());
    let known = Texts::all().iter();
    let known = known.map(|l| Choice::new(l.tag, l.name.to_owned(), now == Some(l.tag)));
    std::iter::once(browser).chain(known).collect()
}

fn fetch(t: &Texts, now: u64) -> Vec<Choice> {
    let mut all = SIZES.to_vec();
    if !all.contains(&now) {
        all.push(now);
    }
    all.sort_unstable();
    let choice = |bytes: u64| {
        let text = match bytes {
            0 => t.s("fetch-never"),
            bytes => t.v("fetch-up-to", "size", &files::size(t, bytes)),
        };
        Choice::new(bytes, text, bytes == now)
    };
    all.into_iter().map(choice).collect()
}

fn storage(t: &Texts, view: &StorageView) -> Vec<(String, String)> {
    let home = view.home.as_ref().map(|home| home.display().to_string());
    vec![
        (
            t.s("storage-where"),
            home.unwrap_or_else(|| t.s("storage-memory")),
        ),
        (t.s("storage-size"), files::size(t, view.bytes)),
        (t.s("messages"), t.n("storage-messages", view.messages)),
    ]
}

#[derive(Deserialize)]
struct Chosen {
    notifications: Notifications,
    theme: Theme,
    #[serde(default)]
    language: String,
    /// 0: never. Absent where there is nothing to lock.
    #[serde(default)]
    lock: Option<u32>,
    #[serde(default)]
    fetch: Option<u64>,
    #[serde(default)]
    traffic: Option<TrafficClass>,
    /// `direct` or `relay`.
    #[serde(default)]
    calls: Option<String>,
}

async fn save(
    State(page): State<Page>,
    person: Person,
    Form(chosen): Form<Chosen>,
) -> Result<Response, PageError> {
    let before = person.client.settings().map_err(|e| person.error(e))?;
    let wanted = SettingsView {
        notifications: chosen.notifications,
        theme: chosen.theme,
        language: Some(chosen.language).filter(|tag| !tag.is_empty()),
        lock_after_minutes: match chosen.lock {
            Some(minutes) => Some(minutes).filter(|minutes| *minutes > 0),
            None => before.lock_after_minutes,
        },
        fetch_up_to: chosen.fetch.unwrap_or(before.fetch_up_to),
        traffic: chosen.traffic.unwrap_or(before.traffic),
        relayed_calls: match chosen.calls.as_deref() {
            Some(how) => how == "relay",
            None => before.relayed_calls,
        },
    };
    match person.client.set_settings(wanted) {
        Ok(_) => Ok(Redirect::to("/me/settings?done=saved").into_response()),
        Err(e) => {
            let error = person.error(e);
            let shown = settings_page(&page, &person, None, Some(error.message()))?;
            Ok((error.status(), shown).into_response())
        }
    }
}
