//! Candidates: ways by which a browser may be reached (RFC 8839, section 5.1).

use std::net::IpAddr;

use dyad_protocol::content::MAX_CANDIDATE_LEN;

/// Most characters of a foundation, and of the names and values that may follow.
const MAX_WORD: usize = 64;

/// Whether this is a candidate that a browser may be given: over UDP, at an address or a name of the local network.
/// Another name would be looked up, and whoever answers for it would learn of the call.
pub(crate) fn is_candidate(line: &str) -> bool {
    line.len() <= MAX_CANDIDATE_LEN && parse(line).is_some()
}

/// The candidate, if it leads to a relay, without the address that the relay was asked from: it tells nothing of where
/// the writer is.
pub(crate) fn relayed(line: &str) -> Option<String> {
    if parse(line) != Some("relay") {
        return None;
    }
    let mut hidden = "";
    let words = line
        .split(' ')
        .map(|word| match std::mem::replace(&mut hidden, word) {
            "raddr" => "0.0.0.0",
            "rport" => "0",
            _ => word,
        });
    Some(words.collect::<Vec<_>>().join(" "))
}

/// The kind of a candidate.
fn parse(line: &str) -> Option<&str> {
    let mut words = line.strip_prefix("candidate:")?.split(' ');
    let foundation = words.next()?;
    let component: u8 = words.next()?.parse().ok()?;
    let transport = words.next()?;
    let priority: u32 = words.next()?.parse().ok()?;
    let address = words.next()?;
    let port: u16 = words.next()?.parse().ok()?;
    let typ = words.next()?;
    let kind = words.next()?;
    let good = is_foundation(foundation)
        && matches!(component, 1 | 2)
        && transport.eq_ignore_ascii_case("udp")
        && priority > 0
        && is_place(address)
        && port > 0
        && typ == "typ"
        && matches!(kind, "host" | "srflx" | "prflx" | "relay");
    (good && extensions(words)).then_some(kind)
}

fn is_foundation(word: &str) -> bool {
    (1..=32).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

fn is_place(address: &str) -> bool {
    match address.parse::<IpAddr>() {
        Ok(ip) => {
            let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
            !ip.is_unspecified() && !ip.is_multicast() && !broadcast
        }
        Err(_) => address.strip_suffix(".local").is_some_and(|name| {
            (1..=MAX_WORD).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        }),
    }
}

/// Names with their values; that of a related address is one.
fn extensions<'a>(mut words: impl Iterator<Item = &'a str>) -> bool {
    let visible = |word: &str| {
        (1..=MAX_WORD).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_graphic())
    };
    while let Some(name) = words.next() {
        let Some(value) = words.next() else {
            return false;
        };
        let fits = match name {
            "raddr" => value.parse::<IpAddr>().is_ok(),
            "rport" => value.parse::<u16>().is_ok(),
            _ => true,
        };
        if !fits || !visible(name) || !visible(value) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_say_is_taken() {
        for good in [
            "candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 ufrag Xy/+ network-id 1",
            "candidate:842163049 1 udp 1677729535 203.0.113.4 46154 typ srflx raddr 10.0.0.1 rport 46154 generation 0",
            "candidate:0 1 UDP 2122252543 0c5a1c5e-1b3e-4b1c-8b5a-3e0f5a9b1c2d.local 36200 typ host",
            "candidate:3 1 udp 1 2001:db8::7 9 typ relay raddr 0.0.0.0 rport 0",
        ] {
            assert!(is_candidate(good), "{good}");
        }
    }

    #[test]
    fn a_relay_says_nothing_of_who_asked_it() {
        let relay = "candidate:3 1 udp 1 192.0.2.7 9 typ relay raddr 10.0.0.1 rport 4711 ufrag x";
        assert_eq!(
            relayed(relay).as_deref(),
            Some("candidate:3 1 udp 1 192.0.2.7 9 typ relay raddr 0.0.0.0 rport 0 ufrag x")
        );
        assert_eq!(relayed("candidate:3 1 udp 1 192.0.2.7 9 typ host"), None);
    }

    #[test]
    fn what_is_no_candidate_never_reaches_a_browser() {
        let long = format!(
            "candidate:1 1 udp 1 192.0.2.1 9 typ host {}",
            "a b ".repeat(70)
        );
        for bad in [
            "",
            "candidate:",
            "a=candidate:1 1 udp 1 192.0.2.1 9 typ host",
            "candidate:1 1 udp 1 tracker.example 9 typ host",
            "candidate:1 1 udp 1 local 9 typ host",
            "candidate:1 1 udp 1 a.b.local 9 typ host",
            "candidate:1 1 udp 1 255.255.255.255 9 typ host",
            "candidate:1 1 udp 1 224.0.0.1 9 typ host",
            "candidate:1 1 udp 1 0.0.0.0 9 typ host",
            "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
            "candidate:1 3 udp 1 192.0.2.1 9 typ host",
            "candidate:1 1 udp 0 192.0.2.1 9 typ host",
            "candidate:1 1 udp 1 192.0.2.1 0 typ host",
            "candidate:1 1 udp 1 192.0.2.1 70000 typ host",
            "candidate:1 1 udp 1 192.0.2.1 9 typ guest",
            "candidate:1 1 udp 1 192.0.2.1 9 typ host odd",
            "candidate:1 1 udp 1 192.0.2.1 9 typ srflx raddr tracker.example rport 1",
            "candidate:1 1 udp 1 192.0.2.1 9 typ host\r\nm=audio 9 RTP/AVP 0",
            "candidate:(1) 1 udp 1 192.0.2.1 9 typ host",
            long.as_str(),
        ] {
            assert!(!is_candidate(bad), "{bad}");
        }
    }
}
