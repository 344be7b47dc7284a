//! Enrolment codes as people type them.

use std::fmt;

use dyad_protocol::hash::hash;
use dyad_protocol::label;

/// Digits of Crockford's base 32: no letter looks like a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random bytes of a code: 80 bits, beyond guessing over a network.
const RANDOM_LEN: usize = 10;

/// Digits of a code, and digits between two hyphens.
const LEN: usize = RANDOM_LEN * 8 / 5;
const GROUP: usize = 4;

/// An enrolment code, such as `7K2M-Q9XA-04TB-ZZE3`. It is shown once and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode([u8; LEN]);

impl EnrolmentCode {
    /// Draws a new one.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; RANDOM_LEN];
        getrandom::fill(&mut bytes)?;
        let mut digits = [0; LEN];
        for (five_bytes, eight) in bytes.chunks(5).zip(digits.chunks_mut(8)) {
            let number = five_bytes
                .iter()
                .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            for (place, digit) in eight.iter_mut().rev().enumerate() {
                *digit = DIGITS[(number >> (5 * place) & 31) as usize];
            }
        }
        Ok(Self(digits))
    }

    /// Reads what a person typed: case, hyphens and spaces do not matter, and letters that look like
    /// digits are those. `None` if it cannot be a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = [0; LEN];
        let mut places = digits.iter_mut();
        for c in text.bytes().filter(|c| !matches!(c, b'-' | b' ')) {
            let digit = match c.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                c => c,
            };
            *places.next().filter(|_| DIGITS.contains(&digit))? = digit;
        }
        places.next().is_none().then_some(Self(digits))
    }

    /// What is kept of it. Codes are compared by this, whose timing says nothing about a code.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(label::ACCOUNT_CODE, &[&self.0])
    }
}

impl fmt::Display for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*digit))?;
        }
        Ok(())
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("EnrolmentCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = EnrolmentCode::parse("7K2M-Q9XA-04TB-1ZE3").unwrap();
        for typed in [
            "7k2mq9xa04tb1ze3",
            " 7K2M Q9XA 04TB 1ZE3 ",
            "7K2M-Q9XA-O4TB-LZE3",
            "7K2M-Q9XA-o4TB-iZE3",
        ] {
            assert_eq!(EnrolmentCode::parse(typed), Some(code.clone()), "{typed}");
        }
        assert_eq!(code.to_string(), "7K2M-Q9XA-04TB-1ZE3");
        for wrong in [
            "",
            "7K2M",
            "7K2M-Q9XA-04TB-1ZE3-7",
            "7K2M-Q9XA-04TB-1ZEU",
            "7K2M-Q9XA-04TB-1ZEé",
        ] {
            assert_eq!(EnrolmentCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_are_drawn_anew_and_read_back() {
        let (one, other) = (
            EnrolmentCode::random().unwrap(),
            EnrolmentCode::random().unwrap(),
        );
        assert_ne!(one, other);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(EnrolmentCode::parse(&one.to_string()), Some(one));
    }
}
