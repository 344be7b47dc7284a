use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, UdpSocket};

use super::*;

/// A name server with a script: each question for a name takes the next list of addresses, the last
/// one stays.
#[derive(Clone)]
struct NameServer {
    script: Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>,
    asked: Arc<AtomicUsize>,
    address: SocketAddr,
}

const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;

impl NameServer {
    async fn start(script: &[(&str, &[&[&str]])]) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let script = script
            .iter()
            .map(|(name, answers)| {
                let answers = answers
                    .iter()
                    .map(|list| list.iter().map(|a| a.parse().unwrap()).collect())
                    .collect();
                ((*name).to_owned(), answers)
            })
            .collect();
        let server = Self {
            script: Arc::new(Mutex::new(script)),
            asked: Arc::default(),
            address: socket.local_addr().unwrap(),
        };
        tokio::spawn(server.clone().run(socket));
        server
    }

    async fn run(self, socket: UdpSocket) {
        let mut buffer = [0; 512];
        loop {
            let (len, from) = socket.recv_from(&mut buffer).await.unwrap();
            let answer = self.answer(&buffer[..len]);
            socket.send_to(&answer, from).await.unwrap();
        }
    }

    fn answer(&self, query: &[u8]) -> Vec<u8> {
        let mut name = Vec::new();
        let mut at = 12;
        while query[at] != 0 {
            let len = usize::from(query[at]);
            name.push(
                String::from_utf8(query[at + 1..=at + len].to_vec())
                    .unwrap()
                    .to_lowercase(),
            );
            at += len + 1;
        }
        let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
        let question = &query[12..at + 5];
        self.asked.fetch_add(1, Ordering::SeqCst);

        let mut script = self.script.lock();
        let turns = script.get_mut(&name.join("."));
        let known = turns.is_some();
        let addresses: Vec<IpAddr> = turns
            .filter(|_| kind == TYPE_A || kind == TYPE_AAAA)
            .map(|turns| {
                if turns.len() > 1 && kind == TYPE_A {
                    turns.remove(0)
                } else {
                    turns[0].clone()
                }
            })
            .unwrap_or_default()
            .into_iter()
            .filter(|a| a.is_ipv4() == (kind == TYPE_A))
            .collect();

        let mut out = query[..2].to_vec();
        out.extend([0x81, if known { 0x80 } else { 0x83 }, 0, 1]);
        out.extend((addresses.len() as u16).to_be_bytes());
        out.extend([0; 4]);
        out.extend(question);
        for address in addresses {
            out.extend([0xc0, 0x0c]);
            out.extend(kind.to_be_bytes());
            out.extend([0, 1, 0, 0, 0, 0]); // class IN, no time to live
            match address {
                IpAddr::V4(v4) => {
                    out.extend([0, 4]);
                    out.extend(v4.octets());
                }
                IpAddr::V6(v6) => {
                    out.extend([0, 16]);
                    out.extend(v6.octets());
                }
            }
        }
        out
    }
}

fn guard(server: Option<&NameServer>, allow_loopback: bool) -> GuardedDialer {
    GuardedDialer::new(GuardSettings {
        name_servers: server.map(|s| s.address).into_iter().collect(),
        allow_loopback,
        connect: Duration::from_millis(500),
        ..GuardSettings::default()
    })
    .unwrap()
}

fn host(text: &str) -> HostName {
    text.parse().unwrap()
}

fn ips(list: &[PublicAddress]) -> Vec<IpAddr> {
    list.iter().map(|a| a.with_port(1).ip()).collect()
}

/// First and last address of each block of the IANA special-purpose registries (RFC 6890), and of
/// multicast.
#[test]
fn no_special_purpose_address_passes() {
    let v4 = [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.0",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.8",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.0.255",
        "192.0.2.0",
        "192.0.2.255",
        "192.31.196.0",
        "192.31.196.255",
        "192.52.193.0",
        "192.52.193.255",
        "192.88.99.0",
        "192.88.99.255",
        "192.168.0.0",
        "192.168.255.255",
        "192.175.48.0",
        "192.175.48.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.0",
        "198.51.100.255",
        "203.0.113.0",
        "203.0.113.255",
        "224.0.0.0",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.254",
        "255.255.255.255",
    ];
    let v6 = [
        "::",
        "::1",
        "::2",
        "::7f00:1",
        "::ffff:0:0",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::",
        "64:ff9b:1:ffff::1",
        "100::",
        "100::ffff",
        "100:0:0:1::1",
        "2001::",
        "2001:0:ffff::1",
        "2001:1::1",
        "2001:1::2",
        "2001:2::",
        "2001:2:0:ffff::",
        "2001:3::1",
        "2001:4:112::1",
        "2001:10::",
        "2001:1f::ffff",
        "2001:20::",
        "2001:2f::1",
        "2001:30::",
        "2001:3f::1",
        "2001:1ff::1",
        "2001:db8::",
        "2001:db8:ffff::1",
        "2002::",
        "2002:7f00:1::",
        "2002:ffff::1",
        "2620:4f:8000::",
        "2620:4f:8000:ffff::",
        "3fff::",
        "3fff:fff::1",
        "5f00::",
        "5f00:ffff::1",
        "4000::1",
        "8000::1",
        "fc00::",
        "fdff::1",
        "fe80::",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff00::",
        "ff02::1",
        "ffff::ffff",
    ];
    for text in v4.iter().chain(&v6) {
        let address: IpAddr = text.parse().unwrap();
        assert!(forbidden_block(address).is_some(), "{text} passes");
        assert!(PublicAddress::check(address).is_err(), "{text} passes");
    }
}

#[test]
fn the_neighbours_of_special_purpose_blocks_are_public() {
    let neighbours = [
        "1.0.0.0",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.31.195.255",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:db7:ffff::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700::1111",
        "2620:4f:7fff::1",
        "2620:4f:8001::1",
        "2a00::1",
        "3ffe::1",
        "3fff:1000::1",
    ];
    for text in neighbours {
        assert_eq!(forbidden_block(text.parse().unwrap()), None, "{text}");
    }
}

#[test]
fn every_refusal_names_its_block() {
    let name = |text: &str| forbidden_block(text.parse().unwrap()).unwrap();
    assert_eq!(name("169.254.169.254"), "link local (RFC 3927)");
    assert_eq!(name("::ffff:10.0.0.1"), "IPv4 mapped (RFC 4291)");
    assert_eq!(name("2001:0:1::1"), "Teredo (RFC 4380)");
    assert_eq!(
        name("6000::1"),
        "not assigned to hosts (IANA IPv6 address space)"
    );
    assert!(forbidden_block(Ipv4Addr::LOCALHOST.into()).is_some());
    assert!(forbidden_block(Ipv6Addr::LOCALHOST.into()).is_some());
}

#[tokio::test]
async fn private_ip_literals_are_refused_before_anything_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    let mapped = format!("[::ffff:127.0.0.1]:{}", here.port());
    for name in [
        here.to_string(),
        mapped,
        "10.0.0.1".into(),
        "[fe80::1]".into(),
        "169.254.169.254".into(),
    ] {
        let error = guard(None, false).dial(&host(&name)).await.unwrap_err();
        assert_eq!(error.code(), "forbidden-address", "{name}");
        assert!(!error.is_temporary());
    }
    assert!(
        tokio::time::timeout(Duration::from_millis(50), listener.accept())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_refused() {
    let server = NameServer::start(&[
        ("inside.example", &[&["10.1.2.3"]]),
        ("here.example", &[&["127.0.0.1", "::1"]]),
        ("mapped.example", &[&["::ffff:192.168.0.1"]]),
        ("empty.example", &[&[]]),
    ])
    .await;
    // The loopback switch is for literals only: a name cannot make use of it.
    let guard = guard(Some(&server), true);
    for name in ["inside.example", "here.example:8443", "mapped.example"] {
        let error = guard.dial(&host(name)).await.unwrap_err();
        assert_eq!(error.code(), "forbidden-address", "{name}: {error}");
    }
    for name in ["empty.example", "missing.example"] {
        assert_eq!(
            guard.dial(&host(name)).await.unwrap_err().code(),
            "name-unknown",
            "{name}"
        );
    }
}

#[tokio::test]
async fn of_several_addresses_only_the_public_ones_are_used() {
    let server = NameServer::start(&[(
        "mixed.example",
        &[&[
            "10.0.0.1",
            "9.9.9.9",
            "127.0.0.1",
            "2606:4700::1",
            "fe80::1",
        ]],
    )])
    .await;
    let mut found = ips(&guard(Some(&server), false)
        .locate(&host("mixed.example"))
        .await
        .unwrap());
    found.sort();
    let expected: Vec<IpAddr> = vec!["9.9.9.9".parse().unwrap(), "2606:4700::1".parse().unwrap()];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_name_that_answers_differently_the_second_time_gains_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = NameServer::start(&[(
        "rebind.example",
        &[&["9.9.9.9"], &["127.0.0.1"], &["127.0.0.1"]],
    )])
    .await;
    let guard = guard(Some(&server), true);
    let name = host(&format!("rebind.example:{port}"));

    // The first answer passes, so a connection to it, and to nothing else, is tried.
    let error = guard.dial(&name).await.unwrap_err();
    assert_ne!(error.code(), "forbidden-address");
    let asked = server.asked.load(Ordering::SeqCst);
    assert_eq!(
        asked, 2,
        "one question for each address family, and none for connecting"
    );
    // The second answer is checked anew, whatever was found before.
    assert_eq!(
        guard.dial(&name).await.unwrap_err().code(),
        "forbidden-address"
    );
    assert!(
        tokio::time::timeout(Duration::from_millis(50), listener.accept())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn other_protocols_ports_cannot_be_aimed_at() {
    for port in [1, 22, 25, 80, 1023] {
        let error = guard(None, false)
            .dial(&host(&format!("9.9.9.9:{port}")))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "forbidden-port", "{port}");
    }
}

#[tokio::test]
async fn loopback_literals_pass_where_they_were_switched_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = host(&listener.local_addr().unwrap().to_string());
    guard(None, true).dial(&name).await.unwrap();
}

#[tokio::test]
async fn a_name_server_that_is_silent_is_not_waited_for() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let guard = GuardedDialer::new(GuardSettings {
        name_servers: vec![silent.local_addr().unwrap()],
        connect: Duration::from_millis(200),
        ..GuardSettings::default()
    })
    .unwrap();
    let error = guard.dial(&host("slow.example")).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert_ne!(error.code(), "name-unknown");
}

#[test]
fn what_a_name_alone_gives_away_is_said_at_once() {
    let check = |name: &str, loopback| check_name(&host(name), loopback);
    for name in ["dyad.example", "dyad.example:8443", "8.8.8.8", "localhost"] {
        assert_eq!(check(name, false), Ok(()), "{name}");
    }
    for name in [
        "10.0.0.1",
        "127.0.0.1:7411",
        "[::1]:7411",
        "[::ffff:10.0.0.1]",
        "169.254.169.254",
    ] {
        let error = check(name, false).unwrap_err();
        assert_eq!(error.code(), "forbidden-address", "{name}");
    }
    let error = check("dyad.example:25", true).unwrap_err();
    assert_eq!(error.code(), "forbidden-port");
    assert_eq!(check("127.0.0.1:7411", true), Ok(()));
    assert!(check("10.0.0.1", true).is_err());
}
