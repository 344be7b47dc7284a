//! Moments as people say them, in the time zone of this machine.

use dyad_protocol::time::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::lang::Texts;

fn zoned(at: Timestamp) -> Zoned {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_zoned(TimeZone::system())
}

/// For `datetime`: RFC 3339.
pub(crate) fn machine(at: Timestamp) -> String {
    zoned(at).timestamp().to_string()
}

/// The time of day.
pub(crate) fn time(t: &Texts, at: Timestamp) -> String {
    let at = zoned(at);
    if t.tag == "en" {
        let hour = match at.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let half = if at.hour() < 12 { "AM" } else { "PM" };
        // A narrow space that does not break, as CLDR has it.
        format!("{hour}:{:02}\u{202f}{half}", at.minute())
    } else {
        format!("{:02}:{:02}", at.hour(), at.minute())
    }
}

/// The day, for the line between two days.
pub(crate) fn day(t: &Texts, at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (zoned(at), zoned(now));
    let days = now
        .date()
        .since((jiff::Unit::Day, at.date()))
        .map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => t.s("today"),
        1 => t.s("yesterday"),
        _ => {
            let weekday =
                t.s(WEEKDAYS[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs()) % 7]);
            let month = t.s(MONTHS[usize::from(at.month().unsigned_abs()).clamp(1, 12) - 1]);
            let (day, year) = (at.day().to_string(), at.year().to_string());
            let key = if at.year() == now.year() {
                "date-this-year"
            } else {
                "date"
            };
            if key == "date" {
                t.many(
                    "date",
                    &[
                        ("weekday", &weekday),
                        ("day", &day),
                        ("month", &month),
                        ("year", &year),
                    ],
                )
            } else {
                t.many(
                    "date-this-year",
                    &[("weekday", &weekday), ("day", &day), ("month", &month)],
                )
            }
        }
    }
}

/// Day and time.
pub(crate) fn full(t: &Texts, at: Timestamp, now: Timestamp) -> String {
    t.many(
        "date-and-time",
        &[("day", &day(t, at, now)), ("time", &time(t, at))],
    )
}

/// For a list: the time today, "yesterday", the day otherwise.
pub(crate) fn short(t: &Texts, at: Timestamp, now: Timestamp) -> String {
    let (local, today) = (zoned(at), zoned(now));
    if local.date() == today.date() {
        return time(t, at);
    }
    if today
        .date()
        .yesterday()
        .is_ok_and(|yesterday| yesterday == local.date())
    {
        return t.s("yesterday");
    }
    let (day, month, year) = (local.day(), local.month(), local.year());
    if t.tag == "en" {
        format!("{year}-{month:02}-{day:02}")
    } else {
        format!("{day:02}.{month:02}.{:02}", year % 100)
    }
}

/// Whether two moments lie on the same day here.
pub(crate) fn same_day(a: Timestamp, b: Timestamp) -> bool {
    zoned(a).date() == zoned(b).date()
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
