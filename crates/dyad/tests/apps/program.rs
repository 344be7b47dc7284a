//! A program that speaks with the API as its documentation says, and by nothing but the standard library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;

use serde_json::{Value, json};

use crate::stage::{Person, SOON};

/// Where it finds the running app.
#[derive(Clone)]
enum Place {
    Socket(PathBuf),
    Loopback(String),
}

/// A program that was let in.
#[derive(Clone)]
pub(crate) struct Program {
    place: Place,
    token: String,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&self.body).into_owned()))
    }

    /// What was meant to be done, was.
    pub(crate) fn done(self) -> Value {
        let value = self.json();
        assert!(self.status < 300, "{} {value}", self.status);
        value
    }

    /// The status and the stable word of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }

    /// A field of the head, in lower case.
    pub(crate) fn field(&self, name: &str) -> String {
        let begins = format!("{name}:");
        let mut lines = self.head.lines();
        let found = lines.find_map(|line| {
            let line = line.to_ascii_lowercase();
            line.strip_prefix(&begins)
                .map(|value| value.trim().to_owned())
        });
        found.unwrap_or_default()
    }
}

/// What happened, by name.
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

trait Stream: Read + Write + Send {
    /// Says that nothing more comes.
    fn cut(&self);
}

impl Stream for UnixStream {
    fn cut(&self) {
        self.shutdown(std::net::Shutdown::Write).unwrap();
    }
}

impl Stream for TcpStream {
    fn cut(&self) {
        self.shutdown(std::net::Shutdown::Write).unwrap();
    }
}

impl Program {
    /// Lets one in over the socket in the home, or over loopback.
    pub(crate) fn paired(person: &Person, name: &str, types: &[&str], messages: bool) -> Self {
        let socket = Place::Socket(person.home().join("api.sock"));
        Self::paired_at(person, socket, name, types, messages)
    }

    pub(crate) fn over_loopback(person: &Person, name: &str) -> Self {
        let place = person.ok(&["apps", "where"]);
        let url = place["url"].as_str().unwrap();
        let host = url.trim_start_matches("http://").split('/').next().unwrap();
        Self::paired_at(person, Place::Loopback(host.to_owned()), name, &[], true)
    }

    fn paired_at(
        person: &Person,
        place: Place,
        name: &str,
        types: &[&str],
        messages: bool,
    ) -> Self {
        let mut program = Self {
            place,
            token: String::new(),
        };
        let wants = json!({ "name": name, "types": types, "messages": messages });
        let asked = program.post("/pairings", &wants).done();
        let mut allow = vec![
            "apps",
            "allow",
            asked["code"].as_str().unwrap(),
            "--all-contacts",
        ];
        if messages {
            allow.push("--messages");
        }
        person.ok(&allow);
        let path = format!("/pairings/{}", asked["id"].as_str().unwrap());
        let answer = program.post(&path, &json!({ "secret": asked["secret"] }));
        answer.done()["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut program.token);
        program
    }

    /// The only relationship that it was granted.
    pub(crate) fn relationship(&self) -> String {
        let all = self.get("/relationships").done();
        all["relationships"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], &[])
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.with("POST", path, body)
    }

    pub(crate) fn with(&self, method: &str, path: &str, body: &Value) -> Answer {
        let kind = [("Content-Type", "application/json")];
        self.ask(method, path, &kind, body.to_string().as_bytes())
    }

    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut begun = self.begin(method, path, fields, body.len());
        // One that refuses without reading all may have closed.
        let _ = begun.stream.write_all(body);
        begun.answer()
    }

    /// A request of which so many bytes are to follow.
    pub(crate) fn begin(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        length: usize,
    ) -> Begun {
        let (mut stream, host): (Box<dyn Stream>, &str) = match &self.place {
            Place::Socket(path) => (Box::new(UnixStream::connect(path).unwrap()), "localhost"),
            Place::Loopback(host) => (Box::new(TcpStream::connect(host).unwrap()), host),
        };
        let mut head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n"
        );
        if !self.token.is_empty() {
            head += &format!("Authorization: Bearer {}\r\n", self.token);
        }
        for (name, value) in fields {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        Begun { stream }
    }

    /// What happens from now on, or behind the event of this id.
    pub(crate) fn events(&self, after: Option<&str>) -> Events {
        let path = after.map_or("/events".to_owned(), |id| format!("/events?after={id}"));
        let stream = self.begin("GET", &path, &[], 0).stream;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut event = (String::new(), None);
            for line in BufReader::new(stream).lines() {
                let Ok(line) = line else { return };
                // Sizes of chunks and empty lines stand between.
                match line.split_once(": ") {
                    Some(("event", name)) => event.0 = name.to_owned(),
                    Some(("id", id)) => event.1 = Some(id.to_owned()),
                    Some(("data", data)) => {
                        let (name, id) = std::mem::take(&mut event);
                        let data = serde_json::from_str(data).unwrap();
                        if tell.send(Event { name, id, data }).is_err() {
                            return;
                        }
                    }
                    _ => {}
                }
            }
        });
        Events {
            told,
            seen: Vec::new(),
        }
    }
}

/// A request that is not complete.
pub(crate) struct Begun {
    stream: Box<dyn Stream>,
}

impl Begun {
    pub(crate) fn bring(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Says that nothing more comes, and listens.
    pub(crate) fn cut(self) -> Answer {
        self.stream.cut();
        self.answer()
    }

    pub(crate) fn answer(mut self) -> Answer {
        let mut all = Vec::new();
        let _ = self.stream.read_to_end(&mut all);
        let end = all.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else {
            return Answer {
                status: 0,
                head: String::new(),
                body: all,
            };
        };
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = all.split_off(end + 4);
        if head
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked")
        {
            body = joined(&body);
        }
        Answer { status, head, body }
    }
}

fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = str::from_utf8(&chunks[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 4 + size..];
    }
}

/// A stream of events, and what it has told.
pub(crate) struct Events {
    told: mpsc::Receiver<Event>,
    pub(crate) seen: Vec<Event>,
}

impl Events {
    /// The next one for which this holds.
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Event) -> bool) -> &Event {
        loop {
            let event = self.told.recv_timeout(SOON);
            let event = event.unwrap_or_else(|_| panic!("in vain: {what}"));
            let found = holds(&event);
            self.seen.push(event);
            if found {
                return self.seen.last().unwrap();
            }
        }
    }

    /// Whatever has come by now.
    pub(crate) fn so_far(&mut self) -> &[Event] {
        self.seen.extend(self.told.try_iter());
        &self.seen
    }
}
