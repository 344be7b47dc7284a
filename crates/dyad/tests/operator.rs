//! The operator's commands, with the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn dyad(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dyad"))
        .args(args)
        .env("DYAD_LOG", "info")
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A provider's configuration on loopback, in a folder that goes away.
struct Site {
    folder: TempDir,
    port: u16,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
        };
        let (port, admin) = (site.port, free_port());
        let data = site.folder.path().join("data");
        let text = format!(
            "[provider]\nhost = \"127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\
             admin_listen = \"127.0.0.1:{admin}\"\ndata_dir = {data:?}\nallow_loopback = true\n\
             min_free_bytes = 0\n[issuer]\n[sender]\n[receiver]\n"
        );
        fs::write(site.file(), text).unwrap();
        site
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("provider.toml")
    }

    fn run(&self, args: &[&str]) -> Output {
        let file = self.file();
        dyad(&[args, &["--config", file.to_str().unwrap()]].concat())
    }

    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.file()).unwrap();
        assert!(text.contains(from));
        fs::write(self.file(), text.replace(from, to)).unwrap();
    }

    /// Runs it, from the moment it serves.
    fn serve(&self) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dyad"))
            .args(["serve", "--json", "--config"])
            .arg(self.file())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["serving"]["host"], format!("127.0.0.1:{}", self.port));
        Serving(child)
    }
}

/// A provider that runs; killed if a test fails.
struct Serving(Child);

impl Serving {
    /// Asks it to stop; gives its log.
    fn stop(mut self) -> String {
        let id = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
        let mut log = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_example_says_what_to_fill_in_and_then_passes() {
    let example = dyad(&["config", "example"]);
    assert_eq!(code(&example), 0);
    let site = Site::new();
    fs::write(site.file(), out(&example)).unwrap();
    let check = site.run(&["check"]);
    assert_eq!(code(&check), 78);
    assert!(out(&check).contains("error: provider.host: is dyad.example, a placeholder"));

    let data = site.folder.path().join("data");
    site.edit("\"dyad.example\"", "\"dyad.example.org\"");
    site.edit("\"/var/lib/dyad\"", &format!("{data:?}"));
    site.edit("127.0.0.1:7411", "127.0.0.1:0");
    site.edit("127.0.0.1:7412", "127.0.0.1:0");
    let check = site.run(&["check", "--json"]);
    assert_eq!(code(&check), 0, "{}", out(&check));
    let found: Value = serde_json::from_str(out(&check)).unwrap();
    assert_eq!(found["errors"], 0, "{found}");
}

#[test]
fn mistakes_in_the_file_are_named_and_nothing_starts() {
    let site = Site::new();
    site.edit("listen = ", "lisen = ");
    for command in ["check", "serve"] {
        let output = site.run(&[command]);
        assert_eq!(code(&output), 78, "{command}");
        let text = format!("{}{}", out(&output), err(&output));
        assert!(text.contains("Did you mean \"listen\"?"), "{text}");
    }
    assert!(!site.folder.path().join("data").exists());
    let missing = dyad(&["check", "--json", "--config", "/nowhere/provider.toml"]);
    assert_eq!(code(&missing), 78);
    let error: Value = serde_json::from_str(err(&missing)).unwrap();
    assert_eq!(error["error"]["code"], "config-unreadable");
}

#[test]
fn the_environment_lies_on_top_of_the_file() {
    let site = Site::new();
    let output = Command::new(env!("CARGO_BIN_EXE_dyad"))
        .args(["check", "--config"])
        .arg(site.file())
        .env("DYAD_ISSUER__DEFAULT_TIER", "gold")
        .output()
        .unwrap();
    assert_eq!(code(&output), 78);
    assert!(
        out(&output).contains("issuer.default_tier"),
        "{}",
        out(&output)
    );
}

#[test]
fn codes_are_made_listed_and_revoked_while_the_provider_runs() {
    let site = Site::new();
    let nobody = site.run(&["code", "list"]);
    assert_eq!(code(&nobody), 69);
    assert!(err(&nobody).contains("dyad serve"), "{}", err(&nobody));

    let serving = site.serve();
    let made = site.run(&["code", "create", "--uses", "3", "--note", "choir", "--json"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let made: Value = serde_json::from_str(out(&made)).unwrap();
    assert_eq!(made["code"].as_str().unwrap().len(), 19);
    let id = made["id"].as_str().unwrap();
    let shown = site.run(&["code", "create"]);
    assert!(out(&shown).contains(&format!(
        "dyad provider add http://127.0.0.1:{} --code",
        site.port
    )));

    let listed = site.run(&["code", "list"]);
    assert_eq!(out(&listed).lines().count(), 2);
    assert!(out(&listed).contains("Enrols 3 accounts of tier \"standard\", for 30 days  choir"));
    assert!(!out(&listed).contains(made["code"].as_str().unwrap()));
    assert_eq!(code(&site.run(&["code", "revoke", id])), 0);
    assert_eq!(code(&site.run(&["code", "revoke", id])), 1);
    assert_eq!(code(&site.run(&["code", "revoke", "nonsense"])), 2);
    assert_eq!(code(&site.run(&["code", "create", "--tier", "gold"])), 2);

    // Two on one folder, and a port that is taken.
    let second = site.run(&["serve"]);
    assert!(matches!(code(&second), 1 | 78), "{}", err(&second));
    let log = serving.stop();
    assert!(log.contains("ready") && log.contains("stopped"), "{log}");
    assert!(!log.contains(made["code"].as_str().unwrap()), "{log}");
}

#[test]
fn only_its_owner_looks_into_what_a_provider_keeps() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    site.serve().stop();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let data = site.folder.path().join("data");
    assert_eq!((mode(&data), mode(&data.join("seed"))), (0, 0));
    let check = site.run(&["check"]);
    assert_eq!(code(&check), 0, "{}", out(&check));
}

#[test]
fn what_makes_no_sense_ends_with_2_and_help_with_0() {
    assert_eq!(code(&dyad(&["--help"])), 0);
    assert!(out(&dyad(&["--help"])).contains("69 service unavailable"));
    assert_eq!(code(&dyad(&["--version"])), 0);
    for args in [
        &["nonsense"][..],
        &["serve"],
        &["code", "create", "--uses", "0", "--config", "x"],
    ] {
        assert_eq!(code(&dyad(args)), 2, "{args:?}");
    }
    let told = dyad(&["nonsense", "--json"]);
    let error: Value = serde_json::from_str(err(&told)).unwrap();
    assert_eq!(
        (code(&told), &error["error"]["code"]),
        (2, &Value::from("usage"))
    );
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let printed = dyad(&["completions", shell]);
        assert_eq!(code(&printed), 0);
        assert!(
            out(&printed).contains("serve") && out(&printed).contains("revoke"),
            "{shell}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    for args in [
        &["completions", "bash"][..],
        &["config", "example"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let told = Command::new(env!("CARGO_BIN_EXE_dyad"))
            .args(args)
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!((code(&told), err(&told)), (0, ""), "{args:?}");
    }
}
