//! Homes and providers for one test.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::small_disk::SmallDisk;

pub const PASSPHRASE: &str = "correct horse battery staple";
/// Longest that a test waits for what services do by themselves.
pub const SOON: Duration = Duration::from_secs(90);

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// The one object that it printed.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "not one line: {self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The error that it reported with `--json`, after checking its shape.
    #[track_caller]
    pub fn error(&self) -> (i32, String, String) {
        assert_eq!(self.out, "", "an error is alone: {self:?}");
        assert_eq!(self.err.lines().count(), 1, "not one line: {self:?}");
        let json: Value =
            serde_json::from_str(&self.err).unwrap_or_else(|e| panic!("{e}: {self:?}"));
        let error = &json["error"];
        assert_eq!(keys(error), ["code", "detail", "message"]);
        assert!(error["detail"].is_null() || error["detail"].is_string());
        let text = |key: &str| error[key].as_str().unwrap().to_owned();
        (self.code, text("code"), text("message"))
    }
}

/// Asserts that a command failed with this exit code and word, and that its message holds a part.
#[track_caller]
pub fn fails(done: &Done, exit: i32, word: &str, part: &str) {
    let (code, found, message) = done.error();
    assert_eq!((code, found.as_str()), (exit, word), "{message}");
    assert!(message.contains(part), "{part:?} in {message:?}");
}

/// The keys of an object, sorted: in which order they come is nobody's business.
pub fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// A person's home.
pub struct Home {
    dir: TempDir,
    certificate: Option<PathBuf>,
    disk: Option<SmallDisk>,
    app: Option<Child>,
}

impl Home {
    /// One in which nothing is yet.
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            certificate: None,
            disk: None,
            app: None,
        }
    }

    /// One on a disk of so many MiB. `None` where there can be none.
    pub fn small(mib: u32) -> Option<Self> {
        let mut home = Self::new();
        home.disk = Some(SmallDisk::at(home.dir.path(), mib)?);
        Some(home)
    }

    /// The disk of one that has its own.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().unwrap()
    }

    /// One that uses these providers.
    pub fn with(name: &str, providers: &[&Provider]) -> Self {
        Self::new().using(name, providers)
    }

    /// The same, of somebody of that name who uses these providers.
    pub fn using(self, name: &str, providers: &[&Provider]) -> Self {
        let home = self;
        home.ok(&["me", "--name", name]);
        for provider in providers {
            home.ok(&["provider", "add", &provider.url()]);
        }
        home
    }

    /// The same on a machine that trusts this certificate.
    pub fn trusting(mut self, certificate: &Path) -> Self {
        self.certificate = Some(certificate.to_owned());
        self
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// A command on this home, with nothing to type on.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
        command
            .args(args)
            .env("DYAD_HOME", self.path())
            .env("DYAD_PASSPHRASE", PASSPHRASE)
            .stdin(Stdio::null());
        if let Some(certificate) = &self.certificate {
            command.env("SSL_CERT_FILE", certificate);
        }
        match &self.disk {
            Some(disk) => disk.within(&command),
            None => command,
        }
    }

    /// Runs a command as a person does.
    pub fn run(&self, args: &[&str]) -> Done {
        done(&mut self.command(args))
    }

    /// Runs a command as a script does.
    pub fn script(&self, args: &[&str]) -> Done {
        done(self.command(args).arg("--json"))
    }

    /// Runs a command that must succeed, and gives its answer.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> Value {
        let done = self.script(args);
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
        done.json()
    }

    /// Gives a command something to read.
    pub fn typed(&self, args: &[&str], input: &[u8]) -> Done {
        let mut command = self.command(args);
        let mut child = command
            .arg("--json")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses early closes its end.
        let _ = child.stdin.take().unwrap().write_all(input);
        gathered(child.wait_with_output().unwrap())
    }

    /// Starts `dyad up` and waits for its announcement.
    pub fn up(&mut self, args: &[&str]) -> Value {
        let mut command = self.command(&["up", "--json"]);
        let mut child = command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
        // The pipe stays open for as long as the process runs.
        std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        self.app = Some(child);
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// Sends the running app a signal and gives its exit code.
    pub fn signal(&mut self, signal: &str) -> Option<i32> {
        let mut child = self.app.take().unwrap();
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        child.wait().unwrap().code()
    }

    /// The messages of this home, none marked as read.
    pub fn messages(&self) -> Vec<Value> {
        self.ok(&["inbox", "--peek"])["messages"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Texts that contacts sent.
    pub fn received(&self) -> Vec<String> {
        let incoming = self
            .messages()
            .into_iter()
            .filter(|m| m["direction"] == "in");
        incoming
            .map(|m| m["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Synchronises until something holds.
    #[track_caller]
    pub fn sync_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        loop {
            self.script(&["sync"]);
            if holds(self) {
                return;
            }
            assert!(begin.elapsed() < SOON, "in vain: {what}");
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(mut child) = self.app.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub fn done(command: &mut Command) -> Done {
    gathered(command.output().unwrap())
}

fn gathered(output: std::process::Output) -> Done {
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A provider, `dyad serve`.
pub struct Provider {
    dir: TempDir,
    port: u16,
    disk: Option<SmallDisk>,
    child: Option<Child>,
}

impl Provider {
    pub fn start() -> Self {
        Self::with_issuer("open_registration = true")
    }

    /// One of whose folders one is on a disk of so many MiB. `None` where there can be none.
    pub fn with_small(folder: &str, mib: u32) -> Option<Self> {
        let mut provider = Self::prepared("open_registration = true");
        provider.disk = Some(SmallDisk::at(&provider.data().join(folder), mib)?);
        provider.resume();
        Some(provider)
    }

    /// The disk of one that has its own.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().unwrap()
    }

    /// One whose issuer is set like this.
    pub fn with_issuer(settings: &str) -> Self {
        let mut provider = Self::prepared(settings);
        provider.resume();
        provider
    }

    fn prepared(settings: &str) -> Self {
        let port = free_port();
        let provider = Self {
            dir: tempfile::tempdir().unwrap(),
            port,
            disk: None,
            child: None,
        };
        let text = format!(
            "[provider]\nhost = \"127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{port}\"\ndata_dir = {:?}\n\
             allow_loopback = true\nmin_free_bytes = 0\n[sender]\n[receiver]\n[issuer]\n{settings}\n",
            provider.data()
        );
        fs::write(provider.dir.path().join("provider.toml"), text).unwrap();
        provider
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn resume(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
        command
            .args(["serve", "--config"])
            .arg(self.dir.path().join("provider.toml"));
        let mut command = match &self.disk {
            Some(disk) => disk.within(&command),
            None => command,
        };
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        let begin = Instant::now();
        while TcpStream::connect(self.host()).is_err() {
            assert!(begin.elapsed() < SOON, "the provider does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Alex and Blair, each a contact of the other, at one provider.
pub fn friends(provider: &Provider) -> (Home, Home) {
    introduced(
        Home::with("Alex", &[provider]),
        Home::with("Blair", &[provider]),
    )
}

/// The same two, each with their own home.
pub fn introduced(alex: Home, blair: Home) -> (Home, Home) {
    let link = invite(&alex, "Blair");
    blair.ok(&["accept", &link]);
    alex.sync_until("the answer came", |alex| {
        status_of(alex, "Blair").as_deref() == Some("active")
    });
    blair.sync_until("they are known", |blair| {
        status_of(blair, "Alex").as_deref() == Some("active")
    });
    (alex, blair)
}

pub fn invite(home: &Home, nick: &str) -> String {
    home.ok(&["invite", "--name", nick])["created"]["link"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub fn status_of(home: &Home, nick: &str) -> Option<String> {
    let contacts = home.ok(&["contacts"]);
    let contact = contacts["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["nick"] == nick)?;
    Some(contact["status"].as_str().unwrap().to_owned())
}

/// As a person puts a backup back: everything in it, and nothing else.
pub fn put(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let copied = Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .unwrap();
    assert!(copied.success());
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// All files below a folder with their contents.
pub fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else if path.is_file() {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}
