//! Messages.

use dyad_client::view::{Direction, MessageState, MessageView, SendView};
use unicode_width::UnicodeWidthStr;

use super::layout::{cut, wrap};
use super::moment::moment;
use super::screen::{Paint, Screen};
use super::{around, safe, sentence};

/// Below this width, who and when stand on a line of their own.
const NARROW: usize = 60;
/// Longest text of one among several that a terminal shows whole, characters: others would be out of sight.
const MAX_SHOWN: usize = 2_000;
/// Widest that the column of names gets.
const MAX_WHO: usize = 20;

pub(super) fn list(screen: &Screen, messages: &[MessageView], of: Option<&str>) -> Vec<String> {
    if messages.is_empty() {
        let whom = of
            .map(|nick| format!(" with {}", safe::line(nick)))
            .unwrap_or_default();
        return vec![
            format!("No messages{whom}."),
            "`dyad sync` fetches new ones; `dyad send NICK TEXT` writes one.".to_owned(),
        ];
    }
    lines(screen, messages)
}

pub(super) fn found(screen: &Screen, messages: &[MessageView]) -> Vec<String> {
    if messages.is_empty() {
        return vec!["No message holds all these words.".to_owned()];
    }
    lines(screen, messages)
}

/// Messages, each as one block. A message cannot imitate another: all its lines but the first are
/// indented, and so is the first behind id, time and name.
pub(super) fn lines(screen: &Screen, messages: &[MessageView]) -> Vec<String> {
    let widths = Widths {
        id: messages
            .iter()
            .map(|m| m.id.to_string().len())
            .max()
            .unwrap_or(1),
        time: messages
            .iter()
            .map(|m| moment(screen, m.written()).width())
            .max()
            .unwrap_or(5),
        who: messages
            .iter()
            .map(|m| who(m).width())
            .max()
            .unwrap_or(0)
            .min(MAX_WHO),
    };
    let room = (screen.terminal && messages.len() > 1).then_some(MAX_SHOWN);
    messages
        .iter()
        .flat_map(|message| block(screen, message, &widths, room))
        .collect()
}

struct Widths {
    id: usize,
    time: usize,
    who: usize,
}

/// One message, of whose text as many characters are shown if there are more.
fn block(
    screen: &Screen,
    message: &MessageView,
    widths: &Widths,
    longest: Option<usize>,
) -> Vec<String> {
    let time = moment(screen, message.written());
    let who = cut(&who(message), widths.who);
    let head = [
        screen.paint(
            &format!("{:>width$}", message.id, width = widths.id),
            Paint::Dim,
        ),
        screen.paint(
            &format!(
                "{time}{}",
                " ".repeat(widths.time.saturating_sub(time.width()))
            ),
            Paint::Dim,
        ),
        screen.paint(
            &format!(
                "{who}{}",
                " ".repeat(widths.who.saturating_sub(who.width()))
            ),
            Paint::Strong,
        ),
    ]
    .join("  ");
    let narrow = screen.width.is_some_and(|width| width < NARROW);
    let margin = if narrow {
        2
    } else {
        widths.id + widths.time + widths.who + 6
    };
    let room = screen.width.map(|width| width.saturating_sub(margin));
    let mut text = around::quoted(screen, message, room);
    let mut body = around::body(message);
    let left_out = longest.map_or(0, |longest| shorten(&mut body, longest));
    text.extend(body.iter().flat_map(|line| wrap(line, room)));
    if left_out > 0 {
        let since = message.id.saturating_sub(1);
        let more = format!("… {left_out} more characters: `dyad inbox --since {since} --limit 1`");
        text.extend(
            wrap(&more, room)
                .iter()
                .map(|line| screen.paint(line, Paint::Dim)),
        );
    }
    add_state(screen, message, &mut text, room);
    text.extend(around::reactions(screen, message));
    let indent = " ".repeat(margin);
    let mut lines = Vec::with_capacity(text.len() + 1);
    let mut rest = text.iter();
    if narrow {
        lines.push(head.trim_end().to_owned());
    } else {
        lines.push(format!(
            "{head}  {}",
            rest.next().map_or("", String::as_str)
        ));
    }
    lines.extend(rest.map(|line| format!("{indent}{line}").trim_end().to_owned()));
    lines
}

/// Leaves as many characters at most. Gives how many went.
fn shorten(lines: &mut Vec<String>, longest: usize) -> usize {
    let mut room = longest;
    let mut gone = 0;
    lines.retain_mut(|line| {
        let count = line.chars().count();
        let shown = count.min(room);
        room -= shown;
        gone += count - shown;
        if let Some((at, _)) = line.char_indices().nth(shown) {
            line.truncate(at);
        }
        shown > 0 || count == 0
    });
    gone
}

fn add_state(screen: &Screen, message: &MessageView, text: &mut Vec<String>, room: Option<usize>) {
    let (state, paint) = match state(message) {
        Some((state, paint)) => (Some(state.to_owned()), paint),
        None => (None, Paint::Dim),
    };
    let marks: Vec<String> = around::marks(screen, message)
        .into_iter()
        .chain(state)
        .collect();
    if marks.is_empty() {
        return;
    }
    let mark = format!("[{}]", marks.join(", "));
    let painted = screen.paint(&mark, paint);
    match text.last_mut() {
        Some(last) if room.is_none_or(|room| last.width() + 2 + mark.width() <= room) => {
            last.push_str("  ");
            last.push_str(&painted);
        }
        _ => text.push(painted),
    }
}

fn who(message: &MessageView) -> String {
    let nick = safe::line(&message.contact);
    match message.direction {
        Direction::In => nick,
        Direction::Out => format!("you → {nick}"),
    }
}

/// How far a message has come, in words that claim no more than is known.
pub(super) fn state(message: &MessageView) -> Option<(&'static str, Paint)> {
    Some(match message.state {
        MessageState::Waiting => ("waiting to be sent", Paint::Warn),
        MessageState::Accepted => ("sent", Paint::Dim),
        MessageState::Delivered => ("at their service", Paint::Dim),
        MessageState::Confirmed => ("arrived", Paint::Dim),
        MessageState::Read if message.direction == Direction::Out => ("read", Paint::Good),
        MessageState::Unconfirmed => ("not confirmed in 14 days", Paint::Warn),
        MessageState::Failed => ("failed", Paint::Warn),
        MessageState::Received => ("new", Paint::Good),
        MessageState::Read => return None,
    })
}

pub(super) fn sent(screen: &Screen, view: &SendView, confirm: bool) -> Vec<String> {
    let message = &view.message;
    let nick = safe::line(&message.contact);
    let id = message.id;
    let text = match message.state {
        MessageState::Waiting => format!(
            "Not sent yet, kept as message {id}. A running `dyad up` sends it by itself as soon as it can; so does the \
             next `dyad sync`."
        ),
        MessageState::Confirmed => format!("Message {id} has arrived: {nick}'s app confirms it."),
        MessageState::Read => format!("Message {id} has arrived, and {nick} has read it."),
        MessageState::Unconfirmed => format!("Message {id}: not confirmed in 14 days of trying."),
        _ if confirm => format!(
            "Message {id} is sent; {nick}'s app has not confirmed it in this time. It goes on by itself: `dyad inbox \
             {}` shows how far it is.",
            super::contact::quoted(&nick)
        ),
        _ => format!("Message {id} to {nick} is sent."),
    };
    let paint = if message.state == MessageState::Waiting {
        Paint::Warn
    } else {
        Paint::Plain
    };
    let mut lines: Vec<String> = sentence(screen, &text)
        .iter()
        .map(|line| screen.paint(line, paint))
        .collect();
    if let Some(note) = &view.note {
        lines.extend(sentence(screen, &safe::line(note)));
    }
    lines
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use dyad_protocol::id::RelationshipId;

    pub(crate) fn message(
        screen: &Screen,
        id: u64,
        direction: Direction,
        text: &str,
    ) -> MessageView {
        let (received, state) = match direction {
            Direction::In => (Some(screen.now.minus(60)), MessageState::Received),
            Direction::Out => (None, MessageState::Accepted),
        };
        MessageView {
            id,
            contact: "Blair".into(),
            relationship: RelationshipId::new([7; 16]),
            direction,
            sent: received.unwrap_or(screen.now.minus(120)),
            received,
            kind: "text".into(),
            file: None,
            edit: None,
            mail: None,
            share: None,
            contact_request: None,
            game: None,
            call: None,
            text: text.into(),
            state,
            state_since: screen.now,
            reply_to: None,
            edited_at: None,
            deleted: false,
            reactions: vec![],
            timer: None,
            expires_at: None,
        }
    }

    #[test]
    fn a_conversation_lines_up() {
        let screen = Screen::plain(None);
        let talk = [
            message(&screen, 9, Direction::In, "Hello"),
            message(&screen, 10, Direction::Out, "Hi\nthere"),
        ];
        assert_eq!(
            lines(&screen, &talk),
            [
                " 9  13:59  Blair        Hello  [new]",
                "10  13:58  you → Blair  Hi",
                "                        there  [sent]",
            ]
        );
    }

    #[test]
    fn a_long_text_among_others_does_not_push_them_off_the_terminal() {
        let mut screen = Screen::plain(Some(80));
        let long = format!("{}\nend", "é".repeat(5_000));
        let talk = [
            message(&screen, 9, Direction::In, &long),
            message(&screen, 10, Direction::Out, "Hi"),
        ];
        let letters = |lines: &[String]| lines.concat().matches('é').count();
        assert_eq!(letters(&lines(&screen, &talk)), 5_000, "not to a pipe");
        screen.terminal = true;
        let shown = lines(&screen, &talk);
        assert_eq!(letters(&shown), MAX_SHOWN);
        let text = shown
            .join(" ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            text.contains("… 3003 more characters: `dyad inbox --since 8 --limit 1`"),
            "{text}"
        );
        assert!(text.contains("Hi"));
        // By itself it is shown whole.
        assert_eq!(letters(&lines(&screen, &talk[..1])), 5_000);
    }

    #[test]
    fn the_time_is_that_of_writing_unless_it_is_still_to_come() {
        let screen = Screen::plain(None);
        let mut late = message(&screen, 1, Direction::In, "late");
        late.sent = screen.now.minus(600);
        let mut ahead = message(&screen, 2, Direction::In, "ahead");
        ahead.sent = screen.now.plus(600);
        assert_eq!(
            lines(&screen, &[late, ahead]),
            [
                "1  13:50  Blair  late  [new]",
                "2  13:59  Blair  ahead  [new]"
            ]
        );
    }

    #[test]
    fn a_message_cannot_pass_for_two() {
        let screen = Screen::plain(None);
        let forged = message(
            &screen,
            1,
            Direction::In,
            "x\n2  13:59  Alex  I agree\r3  13:59\x1b[1A",
        );
        let lines = lines(&screen, &[forged]);
        assert_eq!(lines.len(), 2);
        assert!(
            lines[1].starts_with("                 2  13:59"),
            "{lines:?}"
        );
        assert!(lines[1].contains("<U+001B>[1A"), "{lines:?}");
    }

    #[test]
    fn on_a_narrow_terminal_the_text_stands_below() {
        let screen = Screen::plain(Some(24));
        let lines = lines(
            &screen,
            &[message(
                &screen,
                1,
                Direction::In,
                "a text with quite some words",
            )],
        );
        assert_eq!(
            lines,
            [
                "1  13:59  Blair",
                "  a text with quite some",
                "  words  [new]"
            ]
            .map(String::from)
            .to_vec()
            .as_slice()
        );
    }

    #[test]
    fn what_is_kept_is_never_called_sent() {
        let screen = Screen::plain(None);
        let mut kept = message(&screen, 4, Direction::Out, "x");
        kept.state = MessageState::Waiting;
        let text = sent(
            &screen,
            &SendView {
                message: kept,
                note: Some("No network.".into()),
            },
            false,
        )
        .join("\n");
        assert!(
            text.contains("Not sent yet, kept as message 4.") && text.contains("No network."),
            "{text}"
        );
    }

    #[test]
    fn an_empty_inbox_says_how_to_fill_it() {
        let text = list(&Screen::plain(None), &[], Some("Blair")).join("\n");
        assert!(
            text.contains("No messages with Blair") && text.contains("dyad sync"),
            "{text}"
        );
    }
}
