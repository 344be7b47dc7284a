//! The one place where a request becomes calls of the client, whoever asks and over whatever way.

use std::time::Duration;

use dyad_client::view::{
    BadgeView, ClientEvent, FlagsChange, InboxQuery, MessageState, ProfileView, SendRequest,
    SendView, SettingsView,
};
use dyad_client::{Client, ErrorKind};
use tokio::sync::mpsc;

use crate::apps;
use crate::calls;
use crate::error::AppError;
use crate::files;
use crate::games;
use crate::mails;
use crate::portraits;
use crate::request::{ProfileChange, Request, SettingsChange};
use crate::response::{Change, MessageChange, Response};

/// How long `send` waits for a sender service before it says that the message is kept.
pub(crate) const SEND_WAIT: Duration = Duration::from_secs(20);
/// Longest that anybody waits for a confirmation: a day.
pub(crate) const MAX_CONFIRM: u64 = 86_400;

/// Where answers go that come before the last one. Ends when nobody reads them any more.
pub type Items = mpsc::Sender<Response>;

/// Does what is asked.
///
/// # Errors
/// Says who is at fault and what to do. What was good before is as it was.
pub async fn handle(
    client: &Client,
    request: Request,
    items: &Items,
) -> Result<Response, AppError> {
    Ok(match request {
        Request::ProviderAdd { url, code } => Response::Provider {
            provider: client.provider_add(&url, code.as_deref()).await?,
        },
        Request::ProviderList => Response::Providers {
            providers: client.provider_list()?,
        },
        Request::ProviderRefresh => Response::Providers {
            providers: client.refresh_providers().await?,
        },
        Request::ProviderRemove { host, force } => Response::ProviderRemoved {
            removed: client.provider_remove(&host, force).await?,
        },
        Request::Invite { invitation } => Response::InvitationCreated {
            created: client.invite(invitation).await?,
        },
        Request::Invitations => Response::Invitations {
            invitations: client.invitations()?,
        },
        Request::Withdraw { id } => Response::InvitationWithdrawn {
            invitation: client.withdraw_invitation(&id).await?,
        },
        Request::Look { invitation } => Response::Looked {
            preview: client.look_at_invitation(&invitation).await?,
        },
        Request::Accept {
            invitation,
            nick,
            profile,
        } => Response::Accepted {
            accepted: client
                .accept_as(&invitation, nick.as_deref(), profile)
                .await?,
        },
        Request::Send {
            nick,
            text,
            reply_to,
            confirm,
        } => send(client, &nick, SendRequest { text, reply_to }, confirm).await?,
        Request::SendAgain { id, confirm } => {
            let sent = client.send_again(id, SEND_WAIT).await?;
            settled(client, sent, confirm).await?
        }
        Request::SendFiles { .. }
        | Request::Fetch { .. }
        | Request::CancelFile { .. }
        | Request::RemoveFile { .. } => files::handle(client, request).await?,
        Request::SendMail { .. }
        | Request::ReadMail { .. }
        | Request::SaveAttachment { .. }
        | Request::ExportMail { .. }
        | Request::ExportMails { .. }
        | Request::MailDraft { .. }
        | Request::SetMailDraft { .. }
        | Request::Share { .. }
        | Request::AskContact { .. } => mails::handle(client, request).await?,
        Request::GameNew { .. }
        | Request::Games { .. }
        | Request::Game { .. }
        | Request::GameDo { .. }
        | Request::GameAgain { .. }
        | Request::GamePgn { .. } => games::handle(client, request).await?,
        Request::Inbox { query, peek } => inbox(client, &query, peek)?,
        Request::Follow { query, peek } => follow(client, query, peek, items).await?,
        Request::Search { words, limit } => Response::Found {
            messages: client.search(&words, limit)?,
        },
        Request::Sync => Response::Synced {
            report: client.sync_once().await?,
        },
        Request::Status => Response::Status {
            status: Box::new(client.status()?),
        },
        Request::Calls { .. } | Request::CallDecline { .. } | Request::CallEnd { .. } => {
            calls::handle(client, request)?
        }
        Request::Page
        | Request::CallInPage { .. }
        | Request::Unlock { .. }
        | Request::Lock
        | Request::ApiPlace => return Err(not_running()),
        Request::Me => Response::Me {
            profile: client.profile()?,
        },
        Request::SetMe { .. }
        | Request::ProfileAdd { .. }
        | Request::ProfileChange { .. }
        | Request::SaveContactPicture { .. } => portraits::handle(client, request).await?,
        Request::Profiles => profiles(client)?,
        Request::ProfileRemove { id } => {
            client.profile_remove(id)?;
            profiles(client)?
        }
        Request::Settings => Response::Settings {
            settings: client.settings()?,
        },
        Request::ChangeSettings { change } => set_settings(client, change)?,
        Request::Apps
        | Request::AppRequests
        | Request::AppAllow { .. }
        | Request::AppDeny { .. }
        | Request::AppChange { .. }
        | Request::AppRevoke { .. } => apps::handle(client, request)?,
        Request::Message { .. }
        | Request::Edit { .. }
        | Request::Delete { .. }
        | Request::React { .. }
        | Request::Why { .. }
        | Request::MarkRead { .. } => message(client, request)?,
        about_contact => contact(client, about_contact)?,
    })
}

fn contact(client: &Client, request: Request) -> Result<Response, AppError> {
    let changed = |change, contact| Response::ContactChanged { change, contact };
    Ok(match request {
        Request::Contact { nick } => Response::Contact {
            details: client.contact(&nick)?,
        },
        Request::Rename { nick, to } => changed(Change::Renamed, client.rename(&nick, &to)?),
        Request::Block { nick } => changed(Change::Blocked, client.block(&nick)?),
        Request::Unblock { nick } => changed(Change::Unblocked, client.unblock(&nick)?),
        Request::End { nick, announce } => changed(Change::Ended, client.end(&nick, announce)?),
        Request::Words { nick } => Response::Words {
            words: client.verify_words(&nick)?,
        },
        Request::Verify { nick } => Response::Verified {
            words: client.mark_verified(&nick)?,
        },
        Request::Compare { nick, said } => Response::Verified {
            words: client.compare_words(&nick, &said)?,
        },
        Request::Timer { nick, seconds } => {
            changed(Change::Timer, client.set_timer(&nick, seconds)?)
        }
        Request::Draft { nick, text } => changed(Change::Draft, client.set_draft(&nick, &text)?),
        Request::Flags { nick, change } => changed(Change::Flags, client.set_flags(&nick, change)?),
        Request::Forget { nick } => changed(Change::Forgotten, client.forget(&nick)?),
        Request::ContactProfile { nick, profile } => {
            changed(Change::Profile, client.set_contact_profile(&nick, profile)?)
        }
        Request::ContactTraffic { nick, class } => {
            changed(Change::Traffic, client.set_contact_traffic(&nick, class)?)
        }
        _ => Response::Contacts {
            contacts: client.contacts()?,
        },
    })
}

fn message(client: &Client, request: Request) -> Result<Response, AppError> {
    let changed = |change, message| Response::MessageChanged { change, message };
    Ok(match request {
        Request::Message { id } => Response::Message {
            message: client.message(id)?,
        },
        Request::Edit { id, text } => changed(MessageChange::Edited, client.edit(id, &text)?),
        Request::Delete { id, for_both: true } => {
            changed(MessageChange::DeletedForBoth, client.delete(id, true)?)
        }
        Request::Delete {
            id,
            for_both: false,
        } => changed(MessageChange::DeletedHere, client.delete(id, false)?),
        Request::React { id, emoji } => {
            let change = match emoji {
                Some(_) => MessageChange::Reacted,
                None => MessageChange::ReactionTakenBack,
            };
            changed(change, client.react(id, emoji.as_deref())?)
        }
        Request::Why { id } => Response::Why {
            why: client.why(id)?,
        },
        Request::MarkRead { ids } => {
            client.mark_read(&ids)?;
            Response::Done
        }
        _ => Response::Done,
    })
}

pub(crate) fn profiles(client: &Client) -> Result<Response, AppError> {
    Ok(Response::Profiles {
        profiles: client.profiles()?,
    })
}

/// What is about the running app rather than the profile is asked of [`crate::App::call`].
fn not_running() -> AppError {
    AppError::usage(
        "not-running",
        "`dyad up` is not running on this home, so there is nothing to open, lock or reach. Start it.",
    )
}

async fn send(
    client: &Client,
    nick: &str,
    request: SendRequest,
    confirm: Option<u64>,
) -> Result<Response, AppError> {
    let sent = client.send(nick, request, SEND_WAIT).await?;
    settled(client, sent, confirm).await
}

/// What became of a message, after waiting for the contact's app if that is wanted.
pub(crate) async fn settled(
    client: &Client,
    mut sent: SendView,
    confirm: Option<u64>,
) -> Result<Response, AppError> {
    if let Some(seconds) = confirm {
        let wait = Duration::from_secs(seconds.min(MAX_CONFIRM));
        sent.message = client.wait_confirmed(sent.message.id, wait).await?;
    }
    if sent.message.state == MessageState::Failed {
        let why = sent
            .note
            .unwrap_or_else(|| "The message could not be sent.".to_owned());
        return Err(AppError::new(ErrorKind::Other, "send-failed", why));
    }
    Ok(Response::Sent {
        sent,
        confirm: confirm.is_some(),
    })
}

fn inbox(client: &Client, query: &InboxQuery, peek: bool) -> Result<Response, AppError> {
    let messages = client.inbox(query)?;
    let response = Response::Messages {
        messages,
        of: query.nick.clone(),
    };
    mark_read(client, &response, peek)?;
    if let (Some(nick), false) = (&query.nick, peek) {
        looked_at(client, nick)?;
    }
    Ok(response)
}

/// Somebody looks at the conversation: a mark that says they should is of no use any more.
fn looked_at(client: &Client, nick: &str) -> Result<(), AppError> {
    if client.contact(nick)?.contact.marked_unread {
        let change = FlagsChange {
            marked_unread: Some(false),
            ..FlagsChange::default()
        };
        client.set_flags(nick, change)?;
    }
    Ok(())
}

fn mark_read(client: &Client, response: &Response, peek: bool) -> Result<(), AppError> {
    let unread = response.unread();
    if !peek && !unread.is_empty() {
        client.mark_read(&unread)?;
    }
    Ok(())
}

/// Gives the messages there are, then whatever happens, until nobody listens.
async fn follow(
    client: &Client,
    query: InboxQuery,
    peek: bool,
    items: &Items,
) -> Result<Response, AppError> {
    // Listening begins before the look at what is there, so that nothing falls between the two.
    let mut events = client.follow();
    let first = inbox(client, &query, peek)?;
    let shown = newest(&first);
    // Messages come under the nickname that the contact has now, so the filter goes by relationship.
    let only = match &query.nick {
        Some(nick) => Some(client.contact(nick)?.contact.id),
        None => None,
    };
    if items.send(first).await.is_err() {
        return Ok(Response::Ended);
    }
    loop {
        let event = tokio::select! {
            () = items.closed() => return Ok(Response::Ended),
            event = events.next() => event,
        };
        let Some(event) = event else {
            return Ok(Response::Ended);
        };
        let wanted = match &event {
            ClientEvent::Message(m) => only.is_none_or(|id| id == m.relationship) && m.id > shown,
            ClientEvent::State(m) | ClientEvent::Changed(m) => {
                only.is_none_or(|id| id == m.relationship)
            }
            ClientEvent::Call(call) => only.is_none_or(|id| id == call.relationship),
            ClientEvent::Progress { relationship, .. }
            | ClientEvent::Removed { relationship, .. }
            | ClientEvent::Forgotten { relationship, .. } => {
                only.is_none_or(|id| id == *relationship)
            }
            ClientEvent::Contact(c) => only.is_none_or(|id| id == c.id),
            ClientEvent::Notice(_) | ClientEvent::Missed { .. } => true,
        };
        if !wanted {
            continue;
        }
        let item = Response::Event { event };
        mark_read(client, &item, peek)?;
        if items.send(item).await.is_err() {
            return Ok(Response::Ended);
        }
    }
}

fn newest(response: &Response) -> u64 {
    match response {
        Response::Messages { messages, .. } => messages.iter().map(|m| m.id).max().unwrap_or(0),
        _ => 0,
    }
}

pub(crate) fn set_me(
    client: &Client,
    name: Option<String>,
    pronouns: Option<String>,
    read_receipts: Option<bool>,
) -> Result<(), AppError> {
    let mut profile = client.profile()?;
    if let Some(name) = name {
        profile.name = name;
    }
    if let Some(pronouns) = pronouns {
        profile.pronouns = (!pronouns.is_empty()).then_some(pronouns);
    }
    if let Some(read_receipts) = read_receipts {
        profile.read_receipts = read_receipts;
    }
    Ok(client.set_profile(profile)?)
}

pub(crate) fn change_profile(
    client: &Client,
    id: u64,
    change: ProfileChange,
) -> Result<(), AppError> {
    let known = client.profiles()?;
    let before = known.into_iter().find(|profile| profile.id == id);
    // One that is not known is refused by the client, in its own words.
    let before = before.unwrap_or(ProfileView {
        id,
        ..ProfileView::default()
    });
    client.profile_change(changed(before, change))?;
    Ok(())
}

pub(crate) fn changed(before: ProfileView, change: ProfileChange) -> ProfileView {
    ProfileView {
        id: before.id,
        name: change.name.unwrap_or(before.name),
        pronouns: change.pronouns.or(before.pronouns),
        read_receipts: change.read_receipts.unwrap_or(before.read_receipts),
        badge: BadgeView {
            colour: change.colour.unwrap_or(before.badge.colour),
            letters: change.letters.unwrap_or(before.badge.letters),
        },
        default: before.default || change.default,
        picture: before.picture,
    }
}

fn set_settings(client: &Client, change: SettingsChange) -> Result<Response, AppError> {
    let before = client.settings()?;
    let settings = client.set_settings(SettingsView {
        notifications: change.notifications.unwrap_or(before.notifications),
        lock_after_minutes: change
            .lock_after_minutes
            .unwrap_or(before.lock_after_minutes),
        theme: change.theme.unwrap_or(before.theme),
        language: change
            .language
            .or(before.language)
            .filter(|tag| !tag.is_empty()),
        fetch_up_to: change.fetch_up_to.unwrap_or(before.fetch_up_to),
        traffic: change.traffic.unwrap_or(before.traffic),
        relayed_calls: change.relayed_calls.unwrap_or(before.relayed_calls),
    })?;
    Ok(Response::Settings { settings })
}
