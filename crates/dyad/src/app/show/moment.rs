//! Times as people say them, in their own time zone.

use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use jiff::Zoned;

use super::screen::Screen;

/// When something happened or will: as short as it is clear.
pub(crate) fn moment(screen: &Screen, at: Timestamp) -> String {
    let (Some(then), Some(now)) = (zoned(screen, at), zoned(screen, screen.now)) else {
        return "at an impossible time".to_owned();
    };
    let format = if then.date() == now.date() {
        "%H:%M"
    } else if screen.now.distance(at) < 6 * DAY {
        "%a %H:%M"
    } else if then.year() == now.year() {
        "%d %b %H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    then.strftime(format).to_string()
}

/// The day of something months away or ago.
pub(crate) fn day(screen: &Screen, at: Timestamp) -> String {
    zoned(screen, at).map_or_else(
        || "never".to_owned(),
        |then| then.strftime("%d %b %Y").to_string(),
    )
}

/// How long it is until then or since then, in the largest unit that says enough.
pub(crate) fn distance(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..DAY => (seconds / 3_600, "hour"),
        _ => (seconds / DAY, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn zoned(screen: &Screen, at: Timestamp) -> Option<Zoned> {
    let seconds = i64::try_from(at.as_secs()).ok()?;
    Some(
        jiff::Timestamp::from_second(seconds)
            .ok()?
            .to_zoned(screen.zone.clone()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_times_are_said_shorter() {
        let screen = Screen::plain(None);
        let at = |back: u64| moment(&screen, screen.now.minus(back));
        assert_eq!(at(60), "13:59");
        assert_eq!(at(DAY), "Sat 14:00");
        assert_eq!(at(30 * DAY), "23 Oct 14:00");
        assert_eq!(at(400 * DAY), "2025-10-18 14:00");
        assert_eq!(day(&screen, screen.now.plus(14 * DAY)), "06 Dec 2026");
        assert_eq!(
            moment(&screen, Timestamp::from_secs(u64::MAX)),
            "at an impossible time"
        );
    }

    #[test]
    fn times_are_those_of_the_persons_own_zone() {
        let mut screen = Screen::plain(None);
        screen.zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(moment(&screen, screen.now), "23:00");
    }

    #[test]
    fn distances_are_counted_in_one_unit() {
        assert_eq!(distance(1), "1 second");
        assert_eq!(distance(119), "1 minute");
        assert_eq!(distance(7_200), "2 hours");
        assert_eq!(distance(14 * DAY), "14 days");
    }
}
