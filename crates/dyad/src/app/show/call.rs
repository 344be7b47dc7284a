//! Calls.

use dyad_app::CallChange;
use dyad_client::view::{CallState, CallView, Direction};

use super::moment::moment;
use super::screen::{Paint, Screen};
use super::{safe, sentence};

pub(super) fn list(screen: &Screen, calls: &[CallView]) -> Vec<String> {
    if calls.is_empty() {
        return sentence(
            screen,
            "No calls yet. The page in the browser places them: `dyad page` prints its address.",
        );
    }
    let width = calls
        .iter()
        .map(|call| call.id.to_string().len())
        .max()
        .unwrap_or(1);
    calls
        .iter()
        .map(|call| {
            let line = format!(
                "{:>width$}  {}  {}",
                call.id,
                moment(screen, call.began),
                told(call)
            );
            match call.state {
                CallState::Ringing => screen.paint(&line, Paint::Good),
                CallState::Missed | CallState::Failed => screen.paint(&line, Paint::Warn),
                _ => line,
            }
        })
        .collect()
}

/// Whose call it was and what became of it.
pub(super) fn told(call: &CallView) -> String {
    let nick = safe::line(&call.contact);
    let whose = match call.direction {
        Direction::In => format!("{nick} → you"),
        Direction::Out => format!("you → {nick}"),
    };
    format!("{whose}  {}", state(call))
}

/// What became of it.
pub(super) fn state(call: &CallView) -> String {
    let what = if call.video { "video call" } else { "call" };
    let ours = call.direction == Direction::Out;
    match call.state {
        CallState::Arriving => format!("{what}, arriving"),
        CallState::Ringing => {
            format!("{what}, rings now: take it in the page, or `dyad call decline`")
        }
        CallState::Calling => format!("{what}, calling"),
        CallState::RingingThere => format!("{what}, rings there"),
        CallState::Connecting => format!("{what}, connecting"),
        CallState::Talking => format!("{what}, going on"),
        CallState::Missed => format!("missed {what}"),
        CallState::NoAnswer => format!("{what}, no answer"),
        CallState::Declined if ours => format!("{what}, they declined"),
        CallState::Declined => format!("{what}, you declined"),
        CallState::Busy => format!("{what}, they were in another call"),
        CallState::Ended => format!("{what}, lasted {}", clock(call.seconds.unwrap_or_default())),
        CallState::Failed => format!("{what}, could not be connected"),
        CallState::Crossed => format!("{what}, given up for theirs"),
    }
}

/// `3:20`, `1:02:03`.
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

pub(super) fn changed(screen: &Screen, change: CallChange, call: &CallView) -> Vec<String> {
    let nick = safe::line(&call.contact);
    let text = match (change, call.state) {
        (CallChange::Declined, CallState::Declined) => {
            format!("The call from {nick} is declined; their app is told.")
        }
        (CallChange::Ended, CallState::NoAnswer) => {
            format!("The call to {nick} is taken back; their app is told.")
        }
        (CallChange::Ended, CallState::Ended | CallState::Failed) => {
            format!("You hung up; {nick}'s app is told.")
        }
        _ => format!("The call with {nick} was over already: {}.", state(call)),
    };
    sentence(screen, &text)
}

pub(super) fn in_page(screen: &Screen, url: &str, page: &str) -> Vec<String> {
    let mut lines = sentence(
        screen,
        "Calls are placed and taken in the page, which has camera and microphone. This address lets a browser in, once, and \
         leads there:",
    );
    lines.push(url.to_owned());
    lines.extend(sentence(screen, "In a browser that is in already:"));
    lines.push(page.to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyad_protocol::id::RelationshipId;

    fn call(screen: &Screen, state: CallState, seconds: Option<u64>) -> CallView {
        CallView {
            id: 3,
            message: Some(9),
            contact: "Blair\x1b[2J".into(),
            relationship: RelationshipId::new([7; 16]),
            direction: Direction::In,
            video: true,
            state,
            began: screen.now.minus(60),
            rings_until: None,
            connected_at: None,
            ended_at: None,
            seconds,
        }
    }

    #[test]
    fn calls_stand_in_a_line_each_with_what_became_of_them() {
        let screen = Screen::plain(None);
        let all = [
            call(&screen, CallState::Missed, None),
            call(&screen, CallState::Ended, Some(200)),
            call(&screen, CallState::Ended, Some(3_723)),
        ];
        assert_eq!(
            list(&screen, &all),
            [
                "3  13:59  Blair<U+001B>[2J → you  missed video call",
                "3  13:59  Blair<U+001B>[2J → you  video call, lasted 3:20",
                "3  13:59  Blair<U+001B>[2J → you  video call, lasted 1:02:03",
            ]
        );
        assert!(list(&screen, &[]).join(" ").contains("dyad page"));
    }
}
