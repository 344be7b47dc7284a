//! Inviting, and the invitations that are open.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::view::{InvitationCreated, InvitationView, InviteRequest};
use dyad_protocol::invitation::Reuse;
use http::StatusCode;
use serde::Deserialize;

use super::choices::{self, Choice};
use super::layout::{Shell, now};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::qr::Qr;
use crate::session::Person;
use crate::state::Page;
use crate::when;

/// Days that an invitation can be good.
const DAYS: [u64; 6] = [1, 3, 7, 14, 30, 90];
/// Chosen unless the person says otherwise.
const USUAL_DAYS: u64 = 14;
/// Seconds in a day.
const DAY: u64 = 86_400;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/invite", get(show).post(create))
        .route("/invite/{id}/withdraw", post(withdraw))
}

#[derive(Template)]
#[template(path = "invite.html")]
struct Invite {
    t: &'static Texts,
    shell: Shell,
    wish: Wish,
    days: Vec<Choice>,
    profiles: Vec<Choice>,
    open: Vec<Invited>,
    past: Vec<Invited>,
    only_here: bool,
    done: Option<String>,
    problem: Option<String>,
}

/// What was filled in.
#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    name: String,
    #[serde(default)]
    reuse: String,
    days: u64,
    #[serde(default)]
    tell: Option<String>,
    #[serde(default)]
    profile: u64,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            name: String::new(),
            reuse: String::new(),
            days: USUAL_DAYS,
            tell: Some("1".to_owned()),
            profile: 0,
        }
    }
}

impl Wish {
    fn many(&self) -> bool {
        self.reuse == "multiple"
    }

    fn tells(&self) -> bool {
        self.tell.is_some()
    }

    fn request(&self) -> InviteRequest {
        let name = Some(self.name.trim()).filter(|name| !name.is_empty());
        InviteRequest {
            // Several people cannot all be called the same.
            name: name.filter(|_| !self.many()).map(str::to_owned),
            reuse: if self.many() {
                Reuse::Multiple
            } else {
                Reuse::Single
            },
            lifetime: Some(self.days.saturating_mul(DAY)),
            share_presentation: self.tells(),
            profile: Some(self.profile),
        }
    }
}

/// An invitation in the list.
struct Invited {
    id: String,
    name: Option<String>,
    made: String,
    state: String,
    uses: String,
}

async fn show(person: Person, Query(query): Query<choices::Done>) -> Result<Response, PageError> {
    let done = choices::done(person.t, query.done.as_deref());
    page(&person, Wish::default(), done, None)
}

fn page(
    person: &Person,
    wish: Wish,
    done: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let all = person.client.invitations().map_err(|e| person.error(e))?;
    let (open, past): (Vec<_>, Vec<_>) = all.iter().rev().partition(|invitation| invitation.open);
    let days = DAYS
        .iter()
        .map(|days| Choice::new(days, t.n("days", *days), *days == wish.days));
    let page = Invite {
        t,
        shell: Shell::new(person, t.s("invite-somebody"), None)?,
        days: days.collect(),
        profiles: choices::profiles(person, wish.profile)?,
        wish,
        open: open.into_iter().map(|view| invited(t, view)).collect(),
        past: past.into_iter().map(|view| invited(t, view)).collect(),
        only_here: only_here(person)?,
        done,
        problem,
    };
    Ok(html(&page).into_response())
}

/// Whether nobody on another computer reaches any service of the person's.
fn only_here(person: &Person) -> Result<bool, PageError> {
    let all = person.client.provider_list().map_err(|e| person.error(e))?;
    let mut used = all.iter().filter(|p| p.removed.is_none()).peekable();
    Ok(used.peek().is_some() && used.all(|p| p.host.is_loopback_ip()))
}

fn invited(t: &Texts, view: &InvitationView) -> Invited {
    let now = now();
    let until = when::full(t, view.expires, now);
    let state = if view.open && !view.hosted {
        t.v("invitation-not-hosted", "when", &until)
    } else if view.open {
        t.v("invitation-open", "when", &until)
    } else if view.expires <= now {
        t.s("invitation-expired")
    } else if view.uses > 0 && view.reuse == Reuse::Single {
        t.s("invitation-answered")
    } else {
        t.s("invitation-withdrawn")
    };
    let uses = match view.reuse {
        Reuse::Single => t.s("invitation-single"),
        Reuse::Multiple => t.n("invitation-uses", view.uses),
    };
    Invited {
        id: view.id.to_string(),
        name: view.name.clone(),
        made: t.v("invitation-made", "when", &when::full(t, view.created, now)),
        state,
        uses,
    }
}

#[derive(Template)]
#[template(path = "invited.html")]
struct Created {
    t: &'static Texts,
    shell: Shell,
    name: Option<String>,
    link: String,
    uri: String,
    file: String,
    share: String,
    single: bool,
    expires: String,
    hosted: bool,
    only_here: bool,
    qr: Option<Qr>,
}

/// Makes one. Its link is known now only, so the answer shows it instead of leading elsewhere.
async fn create(person: Person, Form(wish): Form<Wish>) -> Result<Response, PageError> {
    match person.client.invite(wish.request()).await {
        Ok(created) => created_page(&person, created),
        Err(e) => {
            let error = person.error(e);
            let (status, problem) = (error.status(), error.message());
            Ok((status, page(&person, wish, None, Some(problem))?).into_response())
        }
    }
}

fn created_page(person: &Person, created: InvitationCreated) -> Result<Response, PageError> {
    let t = person.t;
    let InvitationCreated {
        invitation, link, ..
    } = created;
    let page = Created {
        t,
        shell: Shell::new(person, t.s("invited-title"), None)?.back_to("/invite"),
        name: invitation.name,
        share: t
            .v("invite-share-text", "link", &link)
            .replace(['\u{2068}', '\u{2069}'], ""),
        qr: Qr::of(&link, t.s("invite-qr-label")),
        link,
        uri: created.uri,
        file: created.file,
        single: invitation.reuse == Reuse::Single,
        expires: when::full(t, invitation.expires, now()),
        hosted: created.hosted,
        only_here: only_here(person)?,
    };
    Ok((StatusCode::CREATED, html(&page)).into_response())
}

async fn withdraw(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    match person.client.withdraw_invitation(&id).await {
        Ok(_) => Ok(Redirect::to("/invite?done=withdrawn").into_response()),
        Err(e) => {
            let error = person.error(e);
            let (status, problem) = (error.status(), error.message());
            Ok((status, page(&person, Wish::default(), None, Some(problem))?).into_response())
        }
    }
}
