//! People with a running `dyad up` each.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longest that a test waits for what should be there soon.
pub(crate) const SOON: Duration = Duration::from_secs(90);

/// A home with `dyad up` on it.
pub(crate) struct Person {
    dir: TempDir,
    up: Child,
}

impl Person {
    pub(crate) fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut up = command(
            &dir,
            &[
                "up",
                "--no-open",
                "--listen",
                "127.0.0.1:0",
                "--page",
                "127.0.0.1:0",
                "--name",
                name,
            ],
        )
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(up.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        assert!(line.contains("\"up\""), "{line}");
        Self { dir, up }
    }

    pub(crate) fn ok(&self, args: &[&str]) -> Value {
        let output = command(&self.dir, args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The folder of the home.
    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn knows(&self, nick: &str) -> bool {
        let contacts = self.ok(&["contacts"]);
        let all = contacts["contacts"].as_array().unwrap();
        all.iter()
            .any(|c| c["nick"] == nick && c["status"] == "active")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.up.kill();
        let _ = self.up.wait();
    }
}

fn command(dir: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
    command
        .args(args)
        .arg("--json")
        .env("DYAD_HOME", dir.path().join("home"))
        .env("DYAD_PASSPHRASE", "correct horse battery staple")
        .stdin(Stdio::null());
    command
}

/// Two people who know each other.
pub(crate) fn pair() -> (Person, Person) {
    let (alex, blair) = (Person::new("Alex"), Person::new("Blair"));
    let invited = alex.ok(&["invite", "--name", "Blair"]);
    blair.ok(&["accept", invited["created"]["link"].as_str().unwrap()]);
    until("they meet", || alex.knows("Blair") && blair.knows("Alex"));
    (alex, blair)
}

/// Waits for what should be so soon.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
