//! People and providers as processes of the real program.
#![allow(dead_code, reason = "every scenario uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a process may take to begin to answer.
const START: Duration = Duration::from_secs(120);

/// A free port of the loopback interface.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A process that can be killed and started again, whatever others are doing with it.
#[derive(Default)]
struct Process {
    child: Mutex<Option<Child>>,
}

impl Process {
    fn is(&self, child: Child) {
        *self.child.lock().unwrap() = Some(child);
    }

    /// Whether it has not ended.
    fn runs(&self) -> bool {
        let mut child = self.child.lock().unwrap();
        child
            .as_mut()
            .is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    fn kill(&self) {
        let child = self.child.lock().unwrap().take();
        if let Some(mut child) = child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A provider run by somebody, `dyad serve`.
pub(crate) struct Provider {
    folder: TempDir,
    port: u16,
    process: Process,
}

impl Provider {
    /// Makes and starts one.
    pub(crate) fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let data = folder.path().join("data");
        let text = format!(
            "[provider]\nhost = \"127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{port}\"\ndata_dir = {data:?}\n\
             allow_loopback = true\nmin_free_bytes = 0\n[issuer]\nopen_registration = true\n[sender]\n[receiver]\n"
        );
        fs::write(folder.path().join("provider.toml"), text).unwrap();
        let provider = Self {
            folder,
            port,
            process: Process::default(),
        };
        provider.resume();
        provider
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(&self) {
        self.process.kill();
    }

    /// Starts it again and waits until it listens.
    pub(crate) fn resume(&self) {
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_dyad"))
            .args(["serve", "--config"])
            .arg(self.folder.path().join("provider.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process.is(child);
        let address = format!("127.0.0.1:{}", self.port);
        wait_until("the provider listens", START, || {
            std::net::TcpStream::connect(&address).is_ok()
        });
    }
}

/// A person with a home on this machine.
pub(crate) struct Person {
    name: &'static str,
    home: TempDir,
    port: u16,
    app: Process,
}

impl Person {
    /// Somebody whose app has never been started.
    pub(crate) fn new(name: &'static str) -> Self {
        let (home, port) = (tempfile::tempdir().unwrap(), free_port());
        Self {
            name,
            home,
            port,
            app: Process::default(),
        }
    }

    /// What they are called.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Their home.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().join("home")
    }

    /// Starts their app with services of its own, and waits until it answers. A command that has the home
    /// open keeps `up` from starting; it is then started again, as a person would.
    pub(crate) fn up(&self) {
        let socket = self.home().join("control.sock");
        wait_until("the app answers", START, || {
            if !self.app.runs() {
                self.app.is(self.start_up());
            }
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        });
    }

    fn start_up(&self) -> Child {
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(self.home.path().join("log"))
            .unwrap();
        self.command(&[
            "up",
            "--listen",
            &format!("127.0.0.1:{}", self.port),
            "--name",
            self.name,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
    }

    /// Kills their app with SIGKILL.
    pub(crate) fn kill(&self) {
        self.app.kill();
    }

    /// Runs one command and returns what it did, however it ended.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args)
            .arg("--json")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs one command that must succeed, and returns its answers.
    pub(crate) fn ok(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run(args);
        assert!(
            output.status.success(),
            "{} {args:?}: {:?} {}",
            self.name,
            output.status.code(),
            String::from_utf8_lossy(&output.stderr)
        );
        lines(&output)
    }

    /// Invites somebody; returns the link.
    pub(crate) fn invite(&self, nick: &str) -> String {
        let answer = self.ok(&["invite", "--name", nick]);
        answer[0]["created"]["link"].as_str().unwrap().to_owned()
    }

    /// Sends a text; says whether a service took it ("accepted").
    pub(crate) fn send(&self, nick: &str, text: &str) -> bool {
        self.run(&["send", nick, text]).status.success()
    }

    /// Texts received from a contact, and how often each is shown.
    pub(crate) fn received(&self, nick: &str) -> BTreeMap<String, usize> {
        self.texts(nick, "in", |_| true)
    }

    /// Texts to a contact that its app has confirmed.
    pub(crate) fn confirmed(&self, nick: &str) -> BTreeMap<String, usize> {
        self.texts(nick, "out", |state| state == "confirmed" || state == "read")
    }

    fn texts(
        &self,
        nick: &str,
        direction: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, usize> {
        let output = self.run(&["inbox", nick, "--limit", "100000", "--peek"]);
        let mut texts = BTreeMap::new();
        for answer in lines(&output) {
            for message in answer["messages"].as_array().into_iter().flatten() {
                let state = message["state"].as_str().unwrap_or_default();
                if message["direction"] == direction && wanted(state) {
                    *texts
                        .entry(message["text"].as_str().unwrap().to_owned())
                        .or_default() += 1;
                }
            }
        }
        texts
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
        command
            .args(args)
            .env("DYAD_HOME", self.home())
            .env("DYAD_PASSPHRASE", "correct horse battery staple")
            .env("NO_COLOR", "1");
        command
    }
}

/// The JSON answers that a command printed.
pub(crate) fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Waits for something that must come true.
pub(crate) fn wait_until(what: &str, longest: Duration, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(
            begin.elapsed() < longest,
            "waited {longest:?} in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
