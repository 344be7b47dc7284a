//! Whether two pieces of data have anything in common that could link them.

use std::collections::HashSet;

/// Bytes in a row that do not coincide by chance: two unrelated random pieces of 4 KB share a run of eight
/// bytes once in 10^12 pairs.
const RUN: usize = 8;

/// The first run of [`RUN`] bytes that occurs in both.
pub(crate) fn shared(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    let runs: HashSet<&[u8]> = a.windows(RUN).collect();
    b.windows(RUN)
        .find(|run| runs.contains(run))
        .map(<[u8]>::to_vec)
}

/// Whether `needle` occurs: as it is, or as text in hexadecimal or base64 (with any alphabet).
pub(crate) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let forms = [
        needle.to_vec(),
        hex::encode(needle).into_bytes(),
        base64(needle, *b"+/"),
        base64(needle, *b"-_"),
    ];
    forms.iter().any(|form| occurs(hay, form))
}

fn occurs(hay: &[u8], needle: &[u8]) -> bool {
    assert!(needle.len() >= RUN, "too short to tell anything");
    hay.windows(needle.len()).any(|window| window == needle)
}

/// Base64 without padding, and without a last letter that would depend on what follows.
fn base64(bytes: &[u8], last: [u8; 2]) -> Vec<u8> {
    let alphabet: Vec<u8> = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(last)
        .collect();
    let letters = bytes.chunks_exact(3).flat_map(|chunk| {
        let bits = u32::from_be_bytes([0, chunk[0], chunk[1], chunk[2]]);
        [18, 12, 6, 0].map(|shift| alphabet[(bits >> shift & 63) as usize])
    });
    letters.collect()
}

#[test]
fn what_is_shared_is_found_and_what_is_not_is_not() {
    let (a, b) = (b"..abcdefgh..", b"xxxabcdefghxx");
    assert_eq!(shared(a, b), Some(b"abcdefgh".to_vec()));
    assert_eq!(shared(b"..abcdefg...", b), None);
    assert!(contains(b"--abcdefghij--", b"abcdefghij"));
    assert!(contains(b"61626364656667686970", b"abcdefgh"));
    assert!(contains(b"key=YWJjZGVmZ2hpamts&", b"abcdefghijkl"));
    assert!(!contains(b"key=YWJjZGVmZ2hpamts&", b"abcdefghijkm"));
}
