//! What stands around a message: what it answers, reactions, when it vanishes, why it is where it is.

use dyad_app::MessageChange;
use dyad_client::view::{Direction, MessageView, WhyView};
use dyad_protocol::content::is_app_kind;

use super::layout::{cut, wrap};
use super::moment::{distance, moment};
use super::screen::{Paint, Screen};
use super::{call, file, game, mail, safe, sentence};

/// Widest excerpt of what is answered.
const MAX_QUOTE: usize = 60;

/// What it answers, on a line of its own.
pub(super) fn quoted(screen: &Screen, message: &MessageView, room: Option<usize>) -> Vec<String> {
    let Some(quoted) = &message.reply_to else {
        return vec![];
    };
    let whose = match quoted.direction {
        Direction::Out => "you".to_owned(),
        Direction::In => safe::line(&message.contact),
    };
    let what = match (quoted.id, quoted.text.as_str()) {
        (None, _) => "a message that is not here".to_owned(),
        (Some(id), "") => format!("message {id}"),
        (Some(_), text) => safe::line(text),
    };
    let width = room.unwrap_or(MAX_QUOTE).min(MAX_QUOTE);
    vec![screen.paint(&cut(&format!("> {whose}: {what}"), width), Paint::Dim)]
}

/// The text, or what is to be said instead of it.
pub(super) fn body(message: &MessageView) -> Vec<String> {
    if message.deleted {
        return vec!["(deleted)".to_owned()];
    }
    if message.kind == "timer" {
        return vec![match message.timer {
            Some(seconds) => format!("(messages vanish after {} from here on)", distance(seconds)),
            None => "(messages stay from here on)".to_owned(),
        }];
    }
    if let Some(lines) = mail::card(message) {
        return lines;
    }
    if let Some(step) = &message.game {
        return game::step(message, step);
    }
    if let Some(call) = &message.call {
        return vec![format!("({})", call::state(call))];
    }
    let mut lines: Vec<String> = message.file.iter().filter_map(file::line).collect();
    if lines.is_empty() || !message.text.is_empty() {
        lines.extend(safe::block(&message.text));
    }
    lines
}

/// What is said of it beside how far it has come.
pub(super) fn marks(screen: &Screen, message: &MessageView) -> Vec<String> {
    let mut marks = Vec::new();
    if message.edited_at.is_some() && !message.deleted {
        marks.push(match &message.edit {
            Some(edit) => file::edit(edit),
            None => "edited".to_owned(),
        });
    }
    match (message.expires_at, message.timer) {
        (Some(at), _) => marks.push(format!("vanishes {}", moment(screen, at))),
        (None, Some(seconds)) if message.kind != "timer" => {
            marks.push(format!("vanishes {} after it is read", distance(seconds)));
        }
        _ => {}
    }
    if is_app_kind(&message.kind) && !message.deleted {
        marks.push(format!("via {}", safe::line(&message.kind)));
    }
    marks
}

/// How the two felt about it, on a line of its own.
pub(super) fn reactions(screen: &Screen, message: &MessageView) -> Option<String> {
    let all: Vec<String> = message
        .reactions
        .iter()
        .map(|reaction| {
            let whose = match reaction.by {
                Direction::Out => "you".to_owned(),
                Direction::In => safe::line(&message.contact),
            };
            format!("{} {whose}", safe::line(&reaction.emoji))
        })
        .collect();
    (!all.is_empty()).then(|| screen.paint(&all.join("  "), Paint::Good))
}

pub(super) fn changed(
    screen: &Screen,
    change: MessageChange,
    message: &MessageView,
) -> Vec<String> {
    let (id, nick) = (message.id, safe::line(&message.contact));
    let text = match change {
        MessageChange::Edited if message.edit.is_some() => format!(
            "Message {id} is changed here. The new text is long and goes the way of a file; until it is at a service, {nick} \
             sees the one before."
        ),
        MessageChange::Edited => format!("Message {id} is changed here; {nick}'s app is told."),
        MessageChange::DeletedHere => {
            format!("Message {id} is deleted here. {nick} still has it.")
        }
        MessageChange::DeletedForBoth => format!(
            "Message {id} is deleted here; {nick}'s app is told to delete it too. What they saw or copied stays theirs."
        ),
        MessageChange::Reacted => format!("{nick} is told how you feel about message {id}."),
        MessageChange::ReactionTakenBack => {
            format!("Your reaction to message {id} is taken back.")
        }
    };
    sentence(screen, &text)
}

pub(super) fn why(screen: &Screen, why: &WhyView) -> Vec<String> {
    let mut text = format!(
        "Message {}, since {}: {}",
        why.id,
        moment(screen, why.since),
        safe::line(&why.text)
    );
    if let Some(at) = why.next_attempt {
        text.push_str(&format!(" Next: {}.", moment(screen, at)));
    }
    wrap(&text, screen.width)
}

#[cfg(test)]
mod tests {
    use super::super::message::{lines, tests::message};
    use super::*;
    use dyad_client::view::{QuotedView, ReactionView};

    #[test]
    fn a_reply_an_edit_and_reactions_stand_around_the_text() {
        let screen = Screen::plain(None);
        let answer = MessageView {
            reply_to: Some(QuotedView {
                id: Some(1),
                direction: Direction::Out,
                text: "Tea?\x1b[2J".into(),
            }),
            edited_at: Some(screen.now),
            reactions: vec![ReactionView {
                emoji: "👍".into(),
                by: Direction::Out,
            }],
            ..message(&screen, 2, Direction::In, "Yes")
        };
        assert_eq!(
            lines(&screen, &[answer]),
            [
                "2  13:59  Blair  > you: Tea?<U+001B>[2J",
                "                 Yes  [edited, new]",
                "                 👍 you",
            ]
        );
    }

    #[test]
    fn what_is_deleted_or_vanishes_says_so() {
        let screen = Screen::plain(None);
        let gone = MessageView {
            deleted: true,
            edited_at: Some(screen.now),
            ..message(&screen, 1, Direction::Out, "")
        };
        assert_eq!(
            lines(&screen, &[gone]),
            ["1  13:58  you → Blair  (deleted)  [sent]"]
        );
        let brief = MessageView {
            timer: Some(86_400),
            ..message(&screen, 1, Direction::In, "psst")
        };
        assert_eq!(
            lines(&screen, &[brief]),
            ["1  13:59  Blair  psst  [vanishes 1 day after it is read, new]"]
        );
    }
}
