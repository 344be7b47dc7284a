//! The file of a message as it stands in a page.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dyad_client::Client;
use dyad_client::view::{Direction, FileState, FileView, MessageView};

use crate::lang::Texts;
use crate::pages::files::{self, Kind, kind_of};

/// The file of a message.
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) size: String,
    /// What can be shown of it here.
    pub(crate) shown: Option<Kind>,
    /// What a picture looks like from afar, as a `data:` address.
    pub(crate) preview: Option<String>,
    /// Width and height for its place in the page.
    pub(crate) frame: Option<(u32, u32)>,
    /// How far it is, in words; nothing to say if it is here.
    pub(crate) said: Option<String>,
    pub(crate) detail: Option<String>,
    /// Of a hundred, while it is on its way.
    pub(crate) percent: Option<u64>,
    pub(crate) here: bool,
    pub(crate) can_fetch: bool,
    pub(crate) can_cancel: bool,
    pub(crate) can_remove: bool,
    /// The rest of a long text.
    pub(crate) long_text: bool,
    /// Something is wrong with it.
    pub(crate) wrong: bool,
}

impl Attached {
    pub(super) fn of(t: &Texts, client: &Client, message: &MessageView, file: &FileView) -> Self {
        let ours = message.direction == Direction::Out;
        let moving = matches!(file.state, FileState::Uploading | FileState::Fetching);
        let here = matches!(file.state, FileState::Here | FileState::Uploading);
        let shown = (here && !file.long_text)
            .then(|| client.open_file(message.id).ok())
            .flatten()
            .and_then(|mut reader| kind_of(&mut reader));
        let percent = files::percent(file);
        let said = match file.state {
            FileState::Here => None,
            FileState::Offered => Some(t.s("file-offered")),
            FileState::Uploading => Some(t.v("file-uploading", "percent", &percent.to_string())),
            FileState::Fetching => Some(t.v("file-fetching", "percent", &percent.to_string())),
            FileState::Expired => Some(t.s("file-expired")),
            FileState::Changed => Some(t.s("file-changed")),
            FileState::Refused => Some(t.s("file-refused")),
        };
        Self {
            name: file.name.clone(),
            size: files::size(t, file.size),
            preview: file.preview.as_deref().and_then(preview),
            frame: file.dimensions.and_then(frame),
            shown,
            said,
            detail: file.why.clone(),
            percent: moving.then_some(percent),
            here: here && !file.long_text,
            can_fetch: matches!(file.state, FileState::Offered | FileState::Refused),
            can_cancel: moving,
            can_remove: file.state == FileState::Here && !ours && !file.long_text,
            long_text: file.long_text,
            wrong: matches!(
                file.state,
                FileState::Expired | FileState::Changed | FileState::Refused
            ),
        }
    }

    /// The new text of a message of ours, while the contact still sees the one before.
    pub(super) fn of_edit(t: &Texts, nick: &str, edit: &FileView) -> Self {
        let refused = edit.state == FileState::Refused;
        let percent = files::percent(edit);
        let said = if refused {
            t.v("edit-refused", "nick", nick)
        } else {
            let percent = percent.to_string();
            t.many("edit-being-sent", &[("nick", nick), ("percent", &percent)])
        };
        Self {
            name: t.s("edit-new-text"),
            size: files::size(t, edit.size),
            shown: None,
            preview: None,
            frame: None,
            said: Some(said),
            detail: edit.why.clone(),
            percent: (!refused).then_some(percent),
            here: false,
            can_fetch: refused,
            can_cancel: false,
            can_remove: false,
            long_text: true,
            wrong: refused,
        }
    }

    /// Whether it is a picture that can be shown.
    pub(crate) const fn is_picture(&self) -> bool {
        matches!(self.shown, Some(Kind::Picture(_)))
    }

    /// Whether it can be heard.
    pub(crate) const fn is_sound(&self) -> bool {
        matches!(self.shown, Some(Kind::Sound(_)))
    }

    /// Whether it is a film.
    pub(crate) const fn is_film(&self) -> bool {
        matches!(self.shown, Some(Kind::Film(_)))
    }
}

/// A picture from afar: some ten pixels each way, by [ThumbHash](https://evanw.github.io/thumbhash/).
fn preview(hash: &str) -> Option<String> {
    let hash = URL_SAFE_NO_PAD.decode(hash).ok()?;
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let picture = image::RgbaImage::from_raw(width, height, pixels)?;
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).ok()?;
    Some(format!(
        "data:image/png;base64,{}",
        STANDARD.encode(png.into_inner())
    ))
}

/// Room for a picture before it is there, at most so large, in its own proportions.
fn frame((width, height): (u32, u32)) -> Option<(u32, u32)> {
    const LARGEST: (f64, f64) = (360.0, 300.0);
    let (w, h) = (f64::from(width), f64::from(height));
    if w < 1.0 || h < 1.0 {
        return None;
    }
    let scale = (LARGEST.0 / w).min(LARGEST.1 / h).min(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 360"
    )]
    let fit = |side: f64| (side * scale).round().max(1.0) as u32;
    Some((fit(w), fit(h)))
}
