//! The words that two people compare to be sure of each other's identity.

use bip39::Language;
use dyad_protocol::hash::hash;
use dyad_protocol::label;
use dyad_protocol::sign::IdentityPublic;

/// Words shown: 11 bits each, 88 in all, so that nobody finds two identities with the same words.
const WORDS: usize = 8;

/// The words for two identities; the same whichever comes first.
pub(crate) fn comparison(a: &IdentityPublic, b: &IdentityPublic) -> Vec<&'static str> {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    let digest = hash(label::COMPARISON, &[first.as_bytes(), second.as_bytes()]);
    let list = Language::English.word_list();
    (0..WORDS).map(|n| list[bits(&digest, n * 11)]).collect()
}

/// Eleven bits of `bytes` from bit `start` on, the most significant first.
fn bits(bytes: &[u8; 32], start: usize) -> usize {
    (start..start + 11).fold(0, |value, bit| {
        value << 1 | usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_people_see_the_same_eight_words_and_nobody_else_does() {
        let [alex, blair, casey] = [1, 2, 3].map(|n| IdentityPublic::new([n; 32]));
        let words = comparison(&alex, &blair);
        assert_eq!(words.len(), 8);
        assert_eq!(words, comparison(&blair, &alex));
        assert_ne!(words, comparison(&alex, &casey));
    }

    #[test]
    fn the_words_of_known_identities_never_change() {
        let words = comparison(&IdentityPublic::new([1; 32]), &IdentityPublic::new([2; 32]));
        assert_eq!(words.join(" "), KNOWN);
    }

    const KNOWN: &str = "belt secret august hammer minor ten uphold icon";
}
