//! From what was typed to a request: reads the files and the standard input that it names.

mod apps;
mod game;
mod mail;
mod person;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dyad_client::view::{FlagsChange, InboxQuery, InviteRequest};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::limits::DAY;

use super::args::{
    AcceptArgs, AppCommand, CallCommand, ContactCommand, FilesCommand, InboxArgs, InviteArgs,
    ProviderCommand, SendArgs, UpArgs,
};
use dyad_app::AppError;
use dyad_app::Request;

/// Most that is read from a file or standard input, in bytes; far more than any valid input.
const MAX_INPUT: u64 = 1024 * 1024;

/// What a command stands for.
#[derive(Debug)]
pub(crate) enum Task<'a> {
    /// Become the app that others ask.
    Up(&'a UpArgs),
    /// Ask the app something.
    Ask(Request),
}

/// What a command stands for.
///
/// # Errors
/// A file or standard input cannot be read or holds no text.
pub(crate) fn task(command: &AppCommand) -> Result<Task<'_>, AppError> {
    Ok(Task::Ask(match command {
        AppCommand::Up(args) => return Ok(Task::Up(args)),
        AppCommand::Provider(command) => provider(command),
        AppCommand::Invite(args) => invite(args),
        AppCommand::Invitations => Request::Invitations,
        AppCommand::Withdraw { invitation } => Request::Withdraw {
            id: invitation.clone(),
        },
        AppCommand::Accept(args) => accept(args)?,
        AppCommand::Contacts => Request::Contacts,
        AppCommand::Contact(command) => contact(command)?,
        AppCommand::Send(args) => send(args)?,
        AppCommand::Resend { id, wait } => Request::SendAgain {
            id: *id,
            confirm: *wait,
        },
        AppCommand::Fetch(args) => Request::Fetch {
            id: args.id,
            to: args.output.as_deref().map(place).transpose()?,
            wait: args.wait,
        },
        AppCommand::Files(FilesCommand::Cancel { id }) => Request::CancelFile { id: *id },
        AppCommand::Files(FilesCommand::Remove { id }) => Request::RemoveFile { id: *id },
        AppCommand::Mail(command) => mail::mail(command)?,
        AppCommand::Share(args) => mail::share(args)?,
        AppCommand::Request(args) => mail::ask(args),
        AppCommand::Game(command) => game::game(command),
        AppCommand::Edit { id, text } => Request::Edit {
            id: *id,
            text: typed(text)?,
        },
        AppCommand::Delete { id, both } => Request::Delete {
            id: *id,
            for_both: *both,
        },
        AppCommand::React { id, emoji, .. } => Request::React {
            id: *id,
            emoji: emoji.clone(),
        },
        AppCommand::Why { id } => Request::Why { id: *id },
        AppCommand::Inbox(args) => inbox(args),
        AppCommand::Search { words, limit } => Request::Search {
            words: words.join(" "),
            limit: *limit,
        },
        AppCommand::Sync => Request::Sync,
        AppCommand::Status => Request::Status,
        AppCommand::Page { .. } => Request::Page,
        // The passphrase is asked for only if there is something to open.
        AppCommand::Unlock => Request::Unlock { passphrase: None },
        AppCommand::Lock => Request::Lock,
        AppCommand::Me(args) => person::me(args)?,
        AppCommand::Settings(args) => person::settings(args),
        AppCommand::Apps(args) => apps::apps(args),
        AppCommand::Call(command) => call(command),
    }))
}

fn call(command: &CallCommand) -> Request {
    match command {
        CallCommand::List { limit } => Request::Calls { limit: *limit },
        CallCommand::Start { nick, video } => Request::CallInPage {
            nick: Some(nick.clone()),
            video: *video,
        },
        CallCommand::Take => Request::CallInPage {
            nick: None,
            video: false,
        },
        CallCommand::Decline { id } => Request::CallDecline { id: *id },
        CallCommand::End { id } => Request::CallEnd { id: *id },
    }
}

fn provider(command: &ProviderCommand) -> Request {
    match command {
        ProviderCommand::Add { url, code, .. } => Request::ProviderAdd {
            url: url.clone(),
            code: code.clone(),
        },
        ProviderCommand::List => Request::ProviderList,
        ProviderCommand::Refresh => Request::ProviderRefresh,
        ProviderCommand::Remove { host, force } => Request::ProviderRemove {
            host: host.clone(),
            force: *force,
        },
    }
}

fn invite(args: &InviteArgs) -> Request {
    Request::Invite {
        invitation: InviteRequest {
            name: args.name.clone(),
            reuse: if args.multiple {
                Reuse::Multiple
            } else {
                Reuse::Single
            },
            lifetime: Some(u64::from(args.expires) * DAY),
            share_presentation: !args.nameless,
            profile: args.profile,
        },
    }
}

fn accept(args: &AcceptArgs) -> Result<Request, AppError> {
    let given = args.invitation.trim();
    let invitation = if given == "-" {
        read_text("standard input", io::stdin())?
    } else if given.contains("://") || given.starts_with("dyad-invitation:") {
        given.to_owned()
    } else {
        let file = File::open(Path::new(given)).map_err(|e| {
            AppError::usage(
                "invitation-malformed",
                format!("{given} is neither an invitation link nor a file that can be read."),
            )
            .with_detail(e)
        })?;
        read_text(given, file)?
    };
    if args.look {
        return Ok(Request::Look { invitation });
    }
    Ok(Request::Accept {
        invitation,
        nick: args.name.clone(),
        profile: args.profile,
    })
}

fn contact(command: &ContactCommand) -> Result<Request, AppError> {
    Ok(match command.clone() {
        ContactCommand::Show { nick } => Request::Contact { nick },
        ContactCommand::Rename { nick, new } => Request::Rename { nick, to: new },
        ContactCommand::Block { nick } => Request::Block { nick },
        ContactCommand::Unblock { nick } => Request::Unblock { nick },
        ContactCommand::End { nick, silent } => Request::End {
            nick,
            announce: !silent,
        },
        ContactCommand::Traffic { nick, class } => Request::ContactTraffic { nick, class },
        ContactCommand::Verify {
            nick,
            confirm,
            compare,
            ..
        } => match compare {
            Some(said) => Request::Compare {
                nick,
                said: typed(&said)?,
            },
            None if confirm => Request::Verify { nick },
            None => Request::Words { nick },
        },
        ContactCommand::Timer { nick, time } => Request::Timer {
            nick,
            seconds: time.0,
        },
        ContactCommand::Draft { nick, text } => Request::Draft { nick, text },
        ContactCommand::Profile { nick, id } => Request::ContactProfile { nick, profile: id },
        ContactCommand::Picture { nick, output } => Request::SaveContactPicture {
            nick,
            to: place(&output)?,
        },
        ContactCommand::Forget { nick } => Request::Forget { nick },
        ContactCommand::Pin { nick } => flags(nick, |f| f.pinned = Some(true)),
        ContactCommand::Unpin { nick } => flags(nick, |f| f.pinned = Some(false)),
        ContactCommand::Mute { nick } => flags(nick, |f| f.muted = Some(true)),
        ContactCommand::Unmute { nick } => flags(nick, |f| f.muted = Some(false)),
        ContactCommand::Archive { nick } => flags(nick, |f| f.archived = Some(true)),
        ContactCommand::Unarchive { nick } => flags(nick, |f| f.archived = Some(false)),
        ContactCommand::Unread { nick } => flags(nick, |f| f.marked_unread = Some(true)),
    })
}

fn flags(nick: String, set: impl FnOnce(&mut FlagsChange)) -> Request {
    let mut change = FlagsChange::default();
    set(&mut change);
    Request::Flags { nick, change }
}

fn send(args: &SendArgs) -> Result<Request, AppError> {
    let text = args.text.as_deref().map(typed).transpose()?;
    let text = text.unwrap_or_default();
    if !args.file.is_empty() {
        let files: Result<_, _> = args.file.iter().map(|path| absolute(path)).collect();
        return Ok(Request::SendFiles {
            nick: args.nick.clone(),
            files: files?,
            text,
            reply_to: args.reply,
            keep_metadata: args.keep_metadata,
            confirm: args.wait,
        });
    }
    Ok(Request::Send {
        nick: args.nick.clone(),
        text,
        reply_to: args.reply,
        confirm: args.wait,
    })
}

/// Where something is to be written. It is written by the running `dyad up`, to which no pipe leads.
fn place(path: &Path) -> Result<PathBuf, AppError> {
    if path == Path::new("-") {
        return Err(AppError::usage(
            "bad-path",
            "Nothing is written to standard output: give a new file or a folder. A file named - is ./- here.",
        ));
    }
    absolute(path)
}

/// The running `dyad up` that does it has another working directory.
fn absolute(path: &Path) -> Result<PathBuf, AppError> {
    std::path::absolute(path).map_err(|e| {
        AppError::usage(
            "bad-path",
            format!("{} is no path to a file.", path.display()),
        )
        .with_detail(e)
    })
}

/// A text as it was typed, or from standard input.
fn typed(text: &str) -> Result<String, AppError> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let text = read_text("standard input", io::stdin())?;
    // Programs end their output with a line feed that nobody means to send.
    Ok(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text))
}

fn inbox(args: &InboxArgs) -> Request {
    let query = InboxQuery {
        nick: args.nick.clone(),
        since: args.since,
        before: args.before,
        limit: args.limit,
    };
    if args.follow {
        Request::Follow {
            query,
            peek: args.peek,
        }
    } else {
        Request::Inbox {
            query,
            peek: args.peek,
        }
    }
}

fn read_text(what: &str, source: impl Read) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    source
        .take(MAX_INPUT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| {
            AppError::usage("input-unreadable", format!("{what} cannot be read.")).with_detail(e)
        })?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(AppError::usage(
            "input-too-long",
            format!(
                "{what} holds more than {MAX_INPUT} bytes, which is too much to be sent or to be an invitation."
            ),
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        AppError::usage(
            "input-not-text",
            format!("{what} holds something else than text in UTF-8."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_bounded_and_must_be_text() {
        let code = |bytes: &[u8]| read_text("x", bytes).unwrap_err().code;
        assert_eq!(code(&vec![b'a'; 1025 * 1024]), "input-too-long");
        assert_eq!(code(b"\xff\xfe"), "input-not-text");
        assert_eq!(read_text("x", &b"good"[..]).unwrap(), "good");
    }

    #[test]
    fn a_link_a_file_and_neither_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("from-blair");
        std::fs::write(&path, "dyad-invitation:AAAA\n").unwrap();
        let accept = |text: &str| {
            accept(&AcceptArgs {
                invitation: text.into(),
                name: None,
                profile: None,
                look: false,
            })
        };
        let invitation = |request| match request {
            Request::Accept { invitation, .. } => invitation,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            invitation(accept(" https://dyad.example/i#x ").unwrap()),
            "https://dyad.example/i#x"
        );
        assert_eq!(
            invitation(accept(path.to_str().unwrap()).unwrap()),
            "dyad-invitation:AAAA\n"
        );
        assert_eq!(accept("no-such-file").unwrap_err().exit_code(), 2);
    }
}
