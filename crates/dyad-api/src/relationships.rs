//! What an app is, and whom it was granted.

use axum::Json as Answer;

use crate::caller::Caller;
use crate::problem::Problem;
use crate::types::{Me, Relationship, Relationships};
use crate::veil;

/// What this app is and was granted
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "App",
    responses(
        (status = 200, description = "As it is now.", body = Me),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn me(caller: Caller) -> Answer<Me> {
    Answer(Me {
        name: caller.app.name,
        types: caller.app.types,
        messages: caller.app.messages,
        all_relationships: caller.app.contacts.is_none(),
    })
}

/// The contacts that this app was granted
#[utoipa::path(
    get,
    path = "/api/v1/relationships",
    tag = "App",
    responses(
        (status = 200, description = "As they are now.", body = Relationships),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list(caller: Caller) -> Result<Answer<Relationships>, Problem> {
    let all = caller.client.app_relationships(&caller.app)?;
    let relationships = all
        .into_iter()
        .map(|contact| Relationship {
            id: veil::relationship(&caller.app, &contact.id),
            nickname: contact.nick,
            writable: contact.writable,
        })
        .collect();
    Ok(Answer(Relationships { relationships }))
}
