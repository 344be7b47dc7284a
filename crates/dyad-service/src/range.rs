//! One range of bytes (RFC 9110 section 14). Several at once, other units and what cannot be read are
//! ignored, as the RFC allows: the whole is the answer then.

use http::header::{self, HeaderName};
use http::{HeaderMap, StatusCode};

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first byte to the last, or to the end.
    From(u64, Option<u64>),
    /// The last so many bytes.
    Last(u64),
}

/// Bytes of something that has a known length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
}

/// A range that has nothing in common with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsatisfiable;

impl ByteRange {
    /// What `headers` ask for, if they ask for one range.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::RANGE).iter();
        let (value, None) = (values.next()?, values.next()) else {
            return None;
        };
        let (unit, range) = value.to_str().ok()?.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (first, last) = range.trim().split_once('-')?;
        match (first, last) {
            ("", count) => Some(Self::Last(number(count)?)),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// Which bytes these are of `len`.
    ///
    /// # Errors
    /// [`Unsatisfiable`] if there are none.
    pub fn within(self, len: u64) -> Result<Span, Unsatisfiable> {
        let end = len.checked_sub(1).ok_or(Unsatisfiable)?;
        let (first, last) = match self {
            Self::From(first, last) => (first, last.map_or(end, |last| last.min(end))),
            Self::Last(0) => return Err(Unsatisfiable),
            Self::Last(count) => (len.saturating_sub(count), end),
        };
        if first > end {
            return Err(Unsatisfiable);
        }
        Ok(Span { first, last })
    }
}

/// Digits only: no sign, no space.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large for anything stands for the largest.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

impl Span {
    /// All of `len` bytes, at least one.
    #[must_use]
    pub fn whole(len: u64) -> Self {
        Self {
            first: 0,
            last: len.saturating_sub(1),
        }
    }

    /// How many bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(self) -> u64 {
        self.last - self.first + 1
    }

    /// The part of it that lies in `len` bytes from `start` on, counted from there.
    #[must_use]
    pub fn cut(self, start: u64, len: u64) -> Option<Self> {
        let end = start.checked_add(len)?.checked_sub(1)?;
        if len == 0 || self.last < start || self.first > end {
            return None;
        }
        Some(Self {
            first: self.first.max(start) - start,
            last: self.last.min(end) - start,
        })
    }

    /// Value of `Content-Range`.
    #[must_use]
    pub fn content_range(self, len: u64) -> String {
        format!("bytes {}-{}/{len}", self.first, self.last)
    }

    /// Reads the `Content-Range` of an answer: the bytes, and the length of the whole.
    #[must_use]
    pub fn of_answer(headers: &HeaderMap) -> Option<(Self, u64)> {
        let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
        let (span, len) = value.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = span.split_once('-')?;
        let (first, last, len) = (number(first)?, number(last)?, number(len)?);
        (first <= last && last < len).then_some((Self { first, last }, len))
    }
}

/// Head of the answer to a range that asks for nothing that is there (RFC 9110 section 15.5.17).
#[must_use]
pub fn unsatisfiable(len: u64) -> (StatusCode, [(HeaderName, String); 2]) {
    let headers = [
        (header::CONTENT_RANGE, format!("bytes */{len}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::RANGE_NOT_SATISFIABLE, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<ByteRange> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, value.parse().unwrap());
        ByteRange::of(&headers)
    }

    #[test]
    fn one_range_is_understood_in_its_three_forms() {
        for (value, len, first, last) in [
            ("bytes=0-0", 10, 0, 0),
            ("bytes=3-", 10, 3, 9),
            ("bytes=3-99", 10, 3, 9),
            ("Bytes = 3-5", 10, 3, 5),
            ("bytes=-4", 10, 6, 9),
            ("bytes=-99", 10, 0, 9),
            ("bytes=3-99999999999999999999999", 10, 3, 9),
        ] {
            let span = read(value).unwrap().within(len).unwrap();
            assert_eq!(span, Span { first, last }, "{value}");
            assert_eq!(span.len(), last - first + 1);
        }
        for (value, len) in [
            ("bytes=10-", 10),
            ("bytes=10-11", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
        ] {
            assert_eq!(
                read(value).unwrap().within(len),
                Err(Unsatisfiable),
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for value in [
            "bytes=0-1,3-4",
            "bytes=5-3",
            "bytes=",
            "bytes=-",
            "items=0-1",
            "bytes=+1-2",
            "bytes=a-b",
            "bytes 0-1",
            "bytes=1--2",
            "bytes=--2",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
        let mut twice = HeaderMap::new();
        twice.append(header::RANGE, "bytes=0-1".parse().unwrap());
        twice.append(header::RANGE, "bytes=0-1".parse().unwrap());
        assert_eq!(ByteRange::of(&twice), None);
    }

    #[test]
    fn a_span_is_cut_to_pieces_that_make_it_up() {
        let span = Span { first: 5, last: 24 };
        assert_eq!(span.cut(0, 10), Some(Span { first: 5, last: 9 }));
        assert_eq!(span.cut(10, 10), Some(Span { first: 0, last: 9 }));
        assert_eq!(span.cut(20, 10), Some(Span { first: 0, last: 4 }));
        for (start, len) in [(0, 5), (25, 9), (9, 0), (u64::MAX, 2)] {
            assert_eq!(span.cut(start, len), None, "{start} {len}");
        }
    }

    #[test]
    fn what_a_host_says_of_its_answer_must_add_up() {
        let mut headers = HeaderMap::new();
        for (value, read) in [
            ("bytes 5-9/20", Some((Span { first: 5, last: 9 }, 20))),
            ("bytes 9-5/20", None),
            ("bytes 5-20/20", None),
            ("bytes */20", None),
            ("bytes 5-9/*", None),
            ("5-9/20", None),
        ] {
            headers.insert(header::CONTENT_RANGE, value.parse().unwrap());
            assert_eq!(Span::of_answer(&headers), read, "{value}");
        }
    }
}
