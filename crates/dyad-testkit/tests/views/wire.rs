//! What was said over recorded connections: exchanges of HTTP/1.1 (RFC 9112) and frames of WebSockets
//! (RFC 6455), as the service that was called understands them.

use dyad_testkit::Recorded;

/// One request with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Who called.
    pub(crate) from: String,
    /// Who was called.
    pub(crate) to: String,
    /// Method and path.
    pub(crate) what: String,
    /// The request's head, with the line of method and path.
    pub(crate) request_head: Vec<u8>,
    /// The request's body.
    pub(crate) request: Vec<u8>,
    /// The status.
    pub(crate) status: u16,
    /// The answer's head, without the date.
    pub(crate) answer_head: Vec<u8>,
    /// The answer's body.
    pub(crate) answer: Vec<u8>,
}

/// What was said over one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Talk {
    /// Exchanges in their order.
    pub(crate) exchanges: Vec<Exchange>,
    /// WebSocket messages of the caller, unmasked.
    pub(crate) frames_sent: Vec<Vec<u8>>,
    /// WebSocket messages of the service.
    pub(crate) frames_received: Vec<Vec<u8>>,
}

/// Reads a connection. What is cut off at its end is left out.
pub(crate) fn read(connection: &Recorded) -> Talk {
    let mut talk = Talk::default();
    let (mut sent, mut received) = (&connection.sent[..], &connection.received[..]);
    while let (Some(request), Some(answer)) = (message(&mut sent), message(&mut received)) {
        let line = first_line(&request.head);
        let status = first_line(&answer.head);
        let status: u16 = status.split(' ').nth(1).unwrap().parse().unwrap();
        talk.exchanges.push(Exchange {
            from: connection.from.clone(),
            to: connection.to.clone(),
            what: line.trim_end_matches(" HTTP/1.1").to_owned(),
            request_head: request.head,
            request: request.body,
            status,
            answer_head: without_date(&answer.head),
            answer: answer.body,
        });
        if status == 101 {
            talk.frames_sent = frames(sent);
            talk.frames_received = frames(received);
            break;
        }
    }
    talk
}

struct Message {
    head: Vec<u8>,
    body: Vec<u8>,
}

/// Takes one message off the front.
fn message(bytes: &mut &[u8]) -> Option<Message> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = bytes[..end].to_vec();
    let text = String::from_utf8(head.clone()).unwrap().to_lowercase();
    assert!(!text.contains("transfer-encoding"), "{text}");
    let length: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let body = bytes.get(end..end + length)?.to_vec();
    *bytes = &bytes[end + length..];
    Some(Message { head, body })
}

fn first_line(head: &[u8]) -> String {
    let text = String::from_utf8(head.to_vec()).unwrap();
    text.lines().next().unwrap().to_owned()
}

fn without_date(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(head.to_vec()).unwrap();
    let lines = text
        .split_inclusive("\r\n")
        .filter(|line| !line.to_lowercase().starts_with("date:"));
    lines.collect::<String>().into_bytes()
}

/// Whole binary messages; control frames are left out.
fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Some(frame) = frame(&mut bytes) {
        match frame {
            (true, 2, payload) => messages.push(payload),
            (_, 8..=10, _) => {}
            (last, kind, _) => panic!("a fragment or text: {last} {kind}"),
        }
    }
    messages
}

/// Whether it is the last, its opcode, its payload.
fn frame(bytes: &mut &[u8]) -> Option<(bool, u8, Vec<u8>)> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest): (usize, &[u8]) = match head[1] & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(*length).into(), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*length).try_into().unwrap(), rest)
        }
        length => (length.into(), rest),
    };
    let (mask, rest) = if head[1] & 0x80 == 0 {
        ([0; 4], rest)
    } else {
        let (mask, rest) = rest.split_first_chunk()?;
        (*mask, rest)
    };
    let payload = rest.get(..length)?;
    let unmasked = payload.iter().zip(mask.iter().cycle());
    let payload = unmasked.map(|(byte, mask)| byte ^ mask).collect();
    *bytes = &rest[length..];
    Some((head[0] & 0x80 != 0, head[0] & 0x0f, payload))
}

#[test]
fn a_recorded_connection_is_understood() {
    let connection = Recorded {
        from: "alex".into(),
        to: "host".into(),
        sent: b"POST /a HTTP/1.1\r\ncontent-length: 2\r\n\r\nhiGET /s HTTP/1.1\r\n\r\n\x82\x81\x01\x02\x03\x04\x08"
            .to_vec(),
        received: b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 3\r\n\r\nyesHTTP/1.1 101 S\r\n\r\n\x82\x02no\x89\x00"
            .to_vec(),
    };
    let talk = read(&connection);
    let [post, get] = &talk.exchanges[..] else {
        panic!("{talk:?}")
    };
    assert_eq!(
        (post.what.as_str(), &post.request[..]),
        ("POST /a", &b"hi"[..])
    );
    assert_eq!((post.status, &post.answer[..]), (200, &b"yes"[..]));
    assert_eq!(
        post.answer_head,
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    );
    assert_eq!((get.what.as_str(), get.status), ("GET /s", 101));
    assert_eq!(talk.frames_sent, [vec![0x09]]);
    assert_eq!(talk.frames_received, [b"no".to_vec()]);
}
