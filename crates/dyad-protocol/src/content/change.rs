//! Reading what changes a message or a conversation: edits, deletions, reactions and timers.

use super::{Link, MAX_LONG_LEN, MAX_ORDER, MAX_REACTION_LEN, MAX_TIMER, MessageRef, Said, Whose};
use crate::body::Payload;
use crate::body::map::MapReader;
use crate::codec::DecodeError;
use crate::id::MessageId;
use crate::time::Timestamp;

/// The order of a change after one of order `last`: the writer's clock in seconds, or one more than before if that is
/// not greater. It grows even when the clock does not, and after a restore from a backup.
pub fn next_order(last: Option<u64>, now: Timestamp) -> u64 {
    let after = last.map_or(0, |last| last.saturating_add(1));
    now.as_secs().max(after).min(MAX_ORDER)
}

/// Whether this can be a reaction: one sign that can be seen, and nothing beside it.
pub fn is_reaction(sign: &str) -> bool {
    !sign.is_empty() && sign.len() <= MAX_REACTION_LEN && clusters(sign) == Some(1)
}

/// Whether messages may vanish after so many seconds.
pub const fn is_timer(seconds: u64) -> bool {
    seconds > 0 && seconds <= MAX_TIMER
}

pub(super) fn edit(payload: &Payload) -> Result<Said, DecodeError> {
    const WHAT: &str = "edit";
    let (mut target, mut order, mut link) = (None, None, None);
    let mut reader = MapReader::new(&payload.content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => target = Some(own(&mut reader, WHAT)?),
            1 => order = Some(an_order(&mut reader, WHAT)?),
            2 => link = Some(reader.nested(Link::decode)?),
            _ => drop(reader.raw(key)?),
        }
    }
    if link.as_ref().is_some_and(|link| link.size > MAX_LONG_LEN) {
        return Err(DecodeError::Malformed(WHAT));
    }
    let text = payload.fallback.clone().filter(|text| !text.is_empty());
    match (target, order, text) {
        (Some(target), Some(order), Some(text)) => Ok(Said::Edit {
            target,
            order,
            text,
            link,
        }),
        _ => Err(DecodeError::Malformed(WHAT)),
    }
}

pub(super) fn delete(content: &[u8]) -> Result<Said, DecodeError> {
    const WHAT: &str = "deletion";
    let mut target = None;
    let mut reader = MapReader::new(content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => target = Some(own(&mut reader, WHAT)?),
            _ => drop(reader.raw(key)?),
        }
    }
    target
        .map(|target| Said::Delete { target })
        .ok_or(DecodeError::Malformed(WHAT))
}

pub(super) fn reaction(content: &[u8]) -> Result<Said, DecodeError> {
    const WHAT: &str = "reaction";
    let (mut target, mut order, mut sign) = (None, None, None);
    let mut reader = MapReader::new(content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => target = Some(reader.value(MessageRef::decode)?),
            1 => order = Some(an_order(&mut reader, WHAT)?),
            2 => sign = Some(reader.value(|d| d.str().map(str::to_owned))?),
            _ => drop(reader.raw(key)?),
        }
    }
    match (target, order) {
        (Some(target), Some(order)) if sign.as_deref().is_none_or(is_reaction) => {
            Ok(Said::Reaction {
                target,
                order,
                sign,
            })
        }
        _ => Err(DecodeError::Malformed(WHAT)),
    }
}

pub(super) fn timer(content: &[u8]) -> Result<Said, DecodeError> {
    const WHAT: &str = "timer";
    let (mut order, mut seconds) = (None, None);
    let mut reader = MapReader::new(content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => order = Some(an_order(&mut reader, WHAT)?),
            1 => seconds = Some(reader.value(|d| d.u64())?),
            _ => drop(reader.raw(key)?),
        }
    }
    match order {
        Some(order) if seconds.is_none_or(is_timer) => Ok(Said::Timer { order, seconds }),
        _ => Err(DecodeError::Malformed(WHAT)),
    }
}

/// Nobody but its author changes a message.
fn own(reader: &mut MapReader<'_>, what: &'static str) -> Result<MessageId, DecodeError> {
    match reader.value(MessageRef::decode)? {
        MessageRef {
            whose: Whose::Writer,
            message,
        } => Ok(message),
        _ => Err(DecodeError::Malformed(what)),
    }
}

fn an_order(reader: &mut MapReader<'_>, what: &'static str) -> Result<u64, DecodeError> {
    let order = reader.value(|d| d.u64())?;
    (order <= MAX_ORDER)
        .then_some(order)
        .ok_or(DecodeError::Malformed(what))
}

/// About as many signs as a person sees (Unicode Standard Annex 29, simplified to what emoji need); `None` if
/// something in it cannot be seen or hides what stands beside it.
fn clusters(sign: &str) -> Option<usize> {
    let (mut count, mut joined, mut flag) = (0_usize, false, false);
    for c in sign.chars() {
        let extends = matches!(u32::from(c),
            0x0300..=0x036F | 0x20D0..=0x20F0 | 0xFE00..=0xFE0F | 0x1F3FB..=0x1F3FF | 0xE0020..=0xE007F);
        let regional = matches!(u32::from(c), 0x1F1E6..=0x1F1FF);
        if c == '\u{200D}' || extends {
            if count == 0 {
                return None;
            }
            joined = c == '\u{200D}';
            continue;
        }
        if c.is_control() || c.is_whitespace() || is_invisible(c) {
            return None;
        }
        let second_of_flag = regional && flag;
        if !joined && !second_of_flag {
            count += 1;
        }
        flag = regional && !second_of_flag;
        joined = false;
    }
    (!joined).then_some(count)
}

/// Directions, fillers and other characters that show nothing.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xE000..=0xF8FF | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF | 0xF0000..=0x10FFFF)
}
