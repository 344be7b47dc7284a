//! Calls, as far as they need neither camera nor microphone.

use dyad_client::Client;
use dyad_client::view::{CallState, CallView};

use crate::app::Place;
use crate::error::AppError;
use crate::request::Request;
use crate::response::{CallChange, Response};

pub(crate) fn handle(client: &Client, request: Request) -> Result<Response, AppError> {
    Ok(match request {
        Request::CallDecline { id } => {
            let id = chosen(client, id, |state| state == CallState::Ringing)?;
            Response::CallChanged {
                change: CallChange::Declined,
                call: client.call_decline(id)?,
            }
        }
        Request::CallEnd { id } => {
            let id = chosen(client, id, CallState::occupies)?;
            Response::CallChanged {
                change: CallChange::Ended,
                call: client.call_end(id)?,
            }
        }
        Request::Calls { limit } => Response::Calls {
            calls: client.calls(limit)?,
        },
        _ => Response::Calls {
            calls: client.calls(0)?,
        },
    })
}

/// Where a call is placed, or the one that rings is taken. Without one that rings it is the page itself.
pub(crate) fn place(client: &Client, nick: Option<&str>, video: bool) -> Result<Place, AppError> {
    if let Some(nick) = nick {
        let relationship = client.contact(nick)?.contact.id;
        return Ok(Place::Calling {
            relationship,
            video,
        });
    }
    let all = client.calls(0)?;
    let ringing = all.iter().find(|call| call.state == CallState::Ringing);
    Ok(ringing.map_or(Place::Home, |call| Place::Conversation(call.relationship)))
}

/// The call of that number, or the one that is meant if none is given.
fn chosen(
    client: &Client,
    id: Option<u64>,
    meant: impl Fn(CallState) -> bool,
) -> Result<u64, AppError> {
    if let Some(id) = id {
        return Ok(id);
    }
    let all: Vec<CallView> = client.calls(0)?;
    let mut meant = all.iter().filter(|call| meant(call.state));
    match (meant.next(), meant.next()) {
        (Some(call), None) => Ok(call.id),
        (Some(_), Some(_)) => Err(AppError::usage(
            "which-call",
            "There are several such calls. Nothing was done; say which by its number: `dyad call list`.",
        )),
        (None, _) => Err(AppError::usage(
            "no-such-call",
            "There is no such call now. Nothing was done.",
        )),
    }
}
