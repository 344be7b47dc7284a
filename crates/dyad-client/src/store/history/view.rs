//! A message as its row says it.

use dyad_protocol::api::blob::{BlobSize, PART_LEN};
use dyad_protocol::body::Payload;
use dyad_protocol::codec::to_base64;
use dyad_protocol::content::{Said, is_app_kind};
use dyad_protocol::id::RelationshipId;
use rusqlite::Row;

use crate::store::cards::Cards;
use crate::store::columns::state_from;
use crate::store::files::{FileRow, Stage};
use crate::store::row::{bytes, some_time, time};
use crate::view::{
    Direction, FileState, FileView, MAX_EXCERPT, MessageView, QuotedView, ReactionView,
};

pub(super) fn view(row: &Row<'_>) -> rusqlite::Result<MessageView> {
    let deleted = row.get(11)?;
    let (theirs, ours): (Option<String>, Option<String>) = (row.get(13)?, row.get(12)?);
    let reaction = |emoji: Option<String>, by| emoji.map(|emoji| ReactionView { emoji, by });
    let quoted: Option<String> = row.get(18)?;
    let (kind, text): (String, String) = (row.get(6)?, row.get(7)?);
    let cards = Cards::of(&kind, &text, row.get::<_, Option<Vec<u8>>>(31)?.as_deref());
    let id = row.get(17)?;
    Ok(MessageView {
        id: row.get(0)?,
        contact: row.get(1)?,
        relationship: bytes(row, 2, RelationshipId::from_slice)?,
        direction: direction(row.get(3)?),
        sent: time(row, 4)?,
        received: some_time(row, 5)?,
        file: file(row)?,
        edit: None,
        call: None,
        game: None,
        kind: shown_kind(kind),
        mail: cards.mail,
        share: cards.share,
        contact_request: cards.contact_request,
        text,
        state: state_from(row.get(8)?),
        state_since: time(row, 9)?,
        reply_to: row.get::<_, Option<bool>>(16)?.map(|ours| QuotedView {
            id,
            direction: direction(ours),
            text: excerpt(&quoted.unwrap_or_default()),
        }),
        edited_at: some_time(row, 10)?,
        deleted,
        reactions: reaction(theirs, Direction::In)
            .into_iter()
            .chain(reaction(ours, Direction::Out))
            .collect(),
        timer: row.get(14)?,
        expires_at: some_time(row, 15)?,
    })
}

/// A long text is a text in every respect.
pub(super) fn shown_kind(kind: String) -> String {
    if kind == Said::LONG {
        Payload::TEXT.to_owned()
    } else {
        kind
    }
}

fn file(row: &Row<'_>) -> rusqlite::Result<Option<FileView>> {
    let Some(name) = row.get::<_, Option<String>>(19)? else {
        return Ok(None);
    };
    let (ours, kind): (bool, String) = (row.get(3)?, row.get(6)?);
    let upload = ours && !row.get::<_, bool>(30)?;
    let (size, done): (u64, u32) = (row.get(24)?, row.get(26)?);
    let dimensions = row
        .get::<_, Option<u32>>(21)?
        .zip(row.get::<_, Option<u32>>(22)?);
    let stage = Stage::from_number(row.get(25)?);
    Ok(Some(FileView {
        long_text: kind == Said::LONG || is_app_kind(&kind),
        name,
        media_type: row.get(20)?,
        size,
        dimensions,
        preview: row.get::<_, Option<Vec<u8>>>(23)?.map(|b| to_base64(&b)),
        state: match (stage, upload) {
            (Stage::Offered, _) => FileState::Offered,
            (Stage::Wanted, true) => FileState::Uploading,
            (Stage::Wanted, false) => FileState::Fetching,
            (Stage::Here, _) => FileState::Here,
            (Stage::Expired, _) => FileState::Expired,
            (Stage::Changed, _) => FileState::Changed,
            (Stage::Refused, _) => FileState::Refused,
        },
        done: match stage {
            Stage::Here => size,
            _ => moved(done, size),
        },
        kept_until: some_time(row, 27)?,
        why: row.get(28)?,
        next_attempt: match stage {
            Stage::Wanted => some_time(row, 29)?,
            _ => None,
        },
    }))
}

/// A text of ours on its way, with nothing but how far it is.
pub(super) fn edit_view(row: &FileRow) -> FileView {
    FileView {
        long_text: true,
        name: row.file.name.clone(),
        media_type: None,
        size: row.file.size,
        dimensions: None,
        preview: None,
        state: match row.stage {
            Stage::Refused => FileState::Refused,
            _ => FileState::Uploading,
        },
        done: moved(row.done, row.file.size),
        kept_until: row.ends,
        why: row.last_error.clone(),
        next_attempt: (row.stage == Stage::Wanted).then_some(row.next_attempt),
    }
}

/// So many parts of the padded form, in bytes of the file.
fn moved(parts: u32, size: u64) -> u64 {
    let whole = BlobSize::for_plaintext(size)
        .map_or(0, BlobSize::bytes)
        .max(1);
    let moved = (u64::from(parts) * PART_LEN as u64).min(whole);
    (u128::from(moved) * u128::from(size) / u128::from(whole)) as u64
}

pub(super) const fn direction(ours: bool) -> Direction {
    if ours { Direction::Out } else { Direction::In }
}

/// The beginning of a text, on one line.
pub(super) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_EXCERPT {
        return line;
    }
    let mut cut: String = line.chars().take(MAX_EXCERPT - 1).collect();
    cut.push('…');
    cut
}
