//! What happens while somebody looks on.

use dyad_client::view::{ClientEvent, NoticeView};

use super::screen::{Paint, Screen};
use super::{call, file, message, moment, safe, sentence};

/// One change, as lines.
pub(crate) fn event(screen: &Screen, event: &ClientEvent) -> Vec<String> {
    match event {
        ClientEvent::Message(view) => message::lines(screen, std::slice::from_ref(view)),
        ClientEvent::Changed(view) => message::lines(screen, std::slice::from_ref(view)),
        ClientEvent::Progress {
            id,
            contact,
            done,
            size,
            ..
        } => {
            let text = format!(
                "   file of message {id} with {}: {} of {}",
                safe::line(contact),
                file::size(*done),
                file::size(*size)
            );
            vec![screen.paint(&text, Paint::Dim)]
        }
        ClientEvent::Removed { id, contact, .. } => {
            let text = format!("   message {id} with {} is gone", safe::line(contact));
            vec![screen.paint(&text, Paint::Dim)]
        }
        ClientEvent::Call(view) => {
            let text = format!("   call {}: {}", view.id, call::told(view));
            vec![screen.paint(&text, Paint::Dim)]
        }
        ClientEvent::State(view) => match message::state(view) {
            Some((state, _)) => {
                let text = format!(
                    "   message {} to {}: {state}",
                    view.id,
                    safe::line(&view.contact)
                );
                vec![screen.paint(&text, Paint::Dim)]
            }
            None => vec![],
        },
        // Changes of contacts that concern the person come as notices as well.
        ClientEvent::Contact(_) | ClientEvent::Forgotten { .. } => vec![],
        ClientEvent::Notice(notice) => {
            let text = format!("{}  {}", moment(screen, notice.at), told(notice));
            sentence(screen, &text)
                .iter()
                .map(|line| screen.paint(line, Paint::Good))
                .collect()
        }
        ClientEvent::Missed { count } => {
            vec![format!(
                "   {count} changes went by too fast to show; `dyad inbox` has everything."
            )]
        }
    }
}

/// A notice with whom it is about, if its sentence does not say so.
pub(crate) fn told(notice: &NoticeView) -> String {
    let text = safe::line(&notice.text);
    match &notice.contact {
        Some(nick) if !notice.text.contains(nick.as_str()) => {
            format!("{}: {text}", safe::line(nick))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::message;
    use super::*;
    use dyad_client::view::Direction;

    #[test]
    fn events_are_told_in_a_line_each() {
        let screen = Screen::plain(None);
        let incoming = message(&screen, 3, Direction::In, "Hello");
        assert_eq!(
            event(&screen, &ClientEvent::Message(incoming)),
            ["3  13:59  Blair  Hello  [new]"]
        );
        let outgoing = message(&screen, 4, Direction::Out, "Hi");
        assert_eq!(
            event(&screen, &ClientEvent::State(outgoing)),
            ["   message 4 to Blair: sent"]
        );
        let notice = NoticeView {
            id: 1,
            at: screen.now,
            contact: Some("Blair".into()),
            kind: "joined".into(),
            text: "They call\x07 themselves B now.".into(),
        };
        assert_eq!(
            event(&screen, &ClientEvent::Notice(notice)),
            ["14:00  Blair: They call<U+0007> themselves B now."]
        );
    }
}
