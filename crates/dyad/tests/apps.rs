//! The example app in `examples/todo`, which knows nothing of Dyad but its documented API, between two people with a
//! running `dyad up` each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longest that a test waits for what should be there soon.
const SOON: Duration = Duration::from_secs(90);

/// A home with `dyad up` on it.
struct Person {
    dir: TempDir,
    up: Child,
}

impl Person {
    fn new(name: &str) -> Self {
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

    fn ok(&self, args: &[&str]) -> Value {
        let output = command(&self.dir, args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
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

/// The gate demands Python; on a machine without, the test says that it was left out.
fn python_here() -> bool {
    let here = Command::new("python3").arg("--version").output().is_ok();
    assert!(
        here || std::env::var_os("DYAD_PYTHON").is_none_or(|value| value != "required"),
        "python3 is missing: apt-get install python3"
    );
    if !here {
        println!("left out: there is no python3 here");
    }
    here
}

#[test]
fn two_people_share_a_list_with_a_program_that_knows_the_api_only() {
    if !python_here() {
        return;
    }
    let (alex, blair) = (Person::new("Alex"), Person::new("Blair"));
    let invited = alex.ok(&["invite", "--name", "Blair"]);
    blair.ok(&["accept", invited["created"]["link"].as_str().unwrap()]);
    let begin = Instant::now();
    while !(alex.knows("Blair") && blair.knows("Alex")) {
        assert!(begin.elapsed() < SOON, "they do not meet");
        std::thread::sleep(Duration::from_millis(200));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/todo");
    let status = Command::new("python3")
        .args(["-B", "-W", "error", "-m", "unittest", "-v"])
        .current_dir(folder)
        .env("DYAD", env!("CARGO_BIN_EXE_dyad"))
        .env("DYAD_ALEX", alex.dir.path().join("home"))
        .env("DYAD_BLAIR", blair.dir.path().join("home"))
        .status()
        .unwrap();
    assert!(status.success(), "the example's tests failed; see above");
}
