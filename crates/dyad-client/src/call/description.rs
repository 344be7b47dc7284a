//! Session descriptions (RFC 8866): small enough for messages, and nothing in them that a browser should not be told.

use std::io::{Read, Write};
use std::net::IpAddr;

use dyad_protocol::content::{CALL_PIECE_LEN, MAX_CALL_PARTS, MAX_DESCRIPTION_LEN};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::candidate::is_candidate;

/// Longest line, bytes.
const MAX_LINE: usize = 1024;

/// The compressed description in pieces that fit into messages; `None` if there would be too many.
pub(crate) fn divide(description: &str) -> Option<Vec<Vec<u8>>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(description.as_bytes()).ok()?;
    let bytes = encoder.finish().ok()?;
    let pieces: Vec<Vec<u8>> = bytes.chunks(CALL_PIECE_LEN).map(<[u8]>::to_vec).collect();
    (pieces.len() <= usize::from(MAX_CALL_PARTS)).then_some(pieces)
}

/// What was compressed, if it is a description that a browser may be given.
pub(crate) fn inflate(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let limit = MAX_DESCRIPTION_LEN as u64 + 1;
    DeflateDecoder::new(bytes)
        .take(limit)
        .read_to_string(&mut text)
        .ok()?;
    check(&text)
}

/// The description without candidates that a browser must not be given; `None` if it describes anything but one sound
/// and one picture, sent in SRTP under keys that are agreed by DTLS.
pub(crate) fn check(description: &str) -> Option<String> {
    if description.len() > MAX_DESCRIPTION_LEN {
        return None;
    }
    let mut kept = String::with_capacity(description.len());
    let (mut audio, mut video, mut fingerprints) = (0, 0, 0);
    for (number, line) in description.lines().enumerate() {
        let (key, value) = line.split_once('=')?;
        let clean = value.bytes().all(|byte| byte >= b' ' && byte != 0x7f);
        if line.len() > MAX_LINE || !clean || (number == 0) != (key == "v") {
            return None;
        }
        match key {
            "v" if value == "0" => {}
            "o" | "s" | "t" | "b" => {}
            "c" => has_address(value).then_some(())?,
            "m" => match medium(value)? {
                Medium::Audio => audio += 1,
                Medium::Video => video += 1,
            },
            "a" => {
                if value.starts_with("candidate:") && !is_candidate(value) {
                    continue;
                }
                allowed(value)?;
                fingerprints += usize::from(value.starts_with("fingerprint:sha-256 "));
            }
            _ => return None,
        }
        kept.push_str(line);
        kept.push_str("\r\n");
    }
    let sane = audio <= 1 && video <= 1 && audio + video > 0 && fingerprints > 0;
    sane.then_some(kept)
}

enum Medium {
    Audio,
    Video,
}

fn medium(value: &str) -> Option<Medium> {
    let mut words = value.split(' ');
    let kind = match words.next()? {
        "audio" => Medium::Audio,
        "video" => Medium::Video,
        _ => return None,
    };
    words.next()?.parse::<u16>().ok()?;
    (words.next()? == "UDP/TLS/RTP/SAVPF").then_some(kind)
}

/// Keys in the open, and places to go to, are not for attributes.
fn allowed(attribute: &str) -> Option<()> {
    let name = attribute.split(':').next().unwrap_or_default();
    match name {
        "crypto" | "remote-candidates" => None,
        "rtcp" => attribute
            .split_once(' ')
            .is_none_or(|(_, place)| has_address(place))
            .then_some(()),
        _ => Some(()),
    }
}

/// `IN IP4 192.0.2.1`
fn has_address(value: &str) -> bool {
    let words: Vec<&str> = value.split(' ').collect();
    match words.as_slice() {
        ["IN", "IP4" | "IP6", address] => address.parse::<IpAddr>().is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:x\r\n\
        a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\n";

    #[test]
    fn a_description_survives_the_journey() {
        assert_eq!(check(GOOD).as_deref(), Some(GOOD));
        let pieces = divide(GOOD).unwrap();
        assert_eq!(inflate(&pieces.concat()).as_deref(), Some(GOOD));
    }

    #[test]
    fn candidates_that_lead_elsewhere_are_left_out() {
        let with = GOOD.replace("192.0.2.1", "tracker.example");
        let without = check(&with).unwrap();
        assert!(!without.contains("tracker"), "{without}");
        assert!(without.contains("fingerprint"));
    }

    #[test]
    fn what_describes_no_call_is_refused() {
        for (from, to) in [
            ("v=0", "v=1"),
            ("v=0\r\n", ""),
            ("m=audio", "m=application"),
            ("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
            (
                "a=setup:actpass",
                "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
            ),
            ("c=IN IP4 0.0.0.0", "c=IN IP4 tracker.example"),
            ("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 tracker.example"),
            ("sha-256", "md5"),
            ("a=ice-ufrag:x", "a=ice-ufrag:\u{1}"),
            ("a=ice-ufrag:x", "u=https://tracker.example"),
            ("a=ice-ufrag:x", "nonsense"),
            ("t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0"),
        ] {
            assert!(check(&GOOD.replace(from, to)).is_none(), "{to}");
        }
        assert!(check("").is_none());
        assert!(
            check(&GOOD.replace(":x\r\n", &format!(":{}\r\n", "x".repeat(MAX_LINE)))).is_none()
        );
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        for _ in 0..64 {
            encoder.write_all(&[b'a'; 1 << 20]).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 80_000);
        assert!(inflate(&bomb).is_none());
        for garbage in [&b"\xff\xff\xff"[..], b"", b"no deflate"] {
            assert!(inflate(garbage).is_none());
        }
    }

    #[test]
    fn what_does_not_fit_into_eight_messages_is_not_sent() {
        let mut noise = 1_u32;
        let text: String = (0..20_000)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'!' + (noise >> 24) as u8 % 90)
            })
            .collect();
        assert!(divide(&text).is_none());
    }
}
