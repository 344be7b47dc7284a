//! Files.

use std::path::Path;

use dyad_client::view::{FileState, FileView, MessageView};

use super::screen::Screen;
use super::{safe, sentence};

/// Bytes in the unit that suits them.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["kB", "MB", "GB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut amount = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        amount /= 1_000.0;
        unit += 1;
    }
    let decimals = usize::from(amount < 9.95);
    format!("{amount:.decimals$} {}", UNITS[unit])
}

/// A file within a message, on a line of its own; nothing of a long text that is here.
pub(super) fn line(file: &FileView) -> Option<String> {
    if file.long_text {
        return match file.state {
            FileState::Here | FileState::Uploading => None,
            _ => Some(format!(
                "(a long text, of which this is the beginning: {})",
                state(file)
            )),
        };
    }
    let state = state(file);
    Some(format!(
        "[file: {}, {}{}{state}]",
        safe::line(&file.name),
        size(file.size),
        if state.is_empty() { "" } else { ", " }
    ))
}

/// A new text of ours that the contact has not been told of.
pub(super) fn edit(edit: &FileView) -> String {
    match edit.state {
        FileState::Refused => format!(
            "edited, but {}: the contact still sees the text before",
            state(edit)
        ),
        _ => format!("edited, the new text is being sent: {}", state(edit)),
    }
}

pub(super) fn state(file: &FileView) -> String {
    let share = file.done * 100 / file.size.max(1);
    let why = || {
        file.why
            .as_deref()
            .map(|why| format!("; {}", safe::line(why)))
            .unwrap_or_default()
    };
    match file.state {
        FileState::Offered => "not fetched".to_owned(),
        FileState::Uploading => format!("{share} % at a service{}", why()),
        FileState::Fetching => format!("{share} % here{}", why()),
        FileState::Here => String::new(),
        FileState::Expired => "no service keeps it any more".to_owned(),
        FileState::Changed => "what the service keeps is not what was sent".to_owned(),
        FileState::Refused => format!("no service takes it{}", why()),
    }
}

pub(super) fn fetched(screen: &Screen, message: &MessageView, saved: Option<&Path>) -> Vec<String> {
    let id = message.id;
    let Some(file) = &message.file else {
        return sentence(screen, &format!("There is no file in message {id}."));
    };
    let name = safe::line(&file.name);
    let text = match (file.state, saved) {
        (_, Some(path)) => format!(
            "{name} ({}) is written to {}.",
            size(file.size),
            safe::line(&path.display().to_string())
        ),
        (FileState::Here, None) => format!(
            "{name} ({}) is here, encrypted. `dyad fetch {id} -o PATH` writes it to a place of yours.",
            size(file.size)
        ),
        _ => format!(
            "{name} is on its way: {}. It goes on by itself while `dyad up` runs; `dyad fetch {id} --wait` waits for it.",
            state(file)
        ),
    };
    sentence(screen, &text)
}

pub(super) fn cancelled(screen: &Screen, id: u64, stays: bool) -> Vec<String> {
    let text = if stays {
        format!("The file of message {id} is not fetched; what had come is removed.")
    } else {
        format!("Message {id} and its file are gone; nothing was sent.")
    };
    sentence(screen, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (9_960, "10 kB"),
            (999_400, "999 kB"),
            (999_600, "1.0 MB"),
            (2_147_483_648, "2.1 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn a_name_cannot_play_tricks() {
        let file = FileView {
            long_text: false,
            name: "a\x1b[2J.txt".into(),
            media_type: None,
            size: 5,
            dimensions: None,
            preview: None,
            state: FileState::Offered,
            done: 0,
            kept_until: None,
            why: None,
            next_attempt: None,
        };
        assert_eq!(
            line(&file).unwrap(),
            "[file: a<U+001B>[2J.txt, 5 bytes, not fetched]"
        );
    }
}
