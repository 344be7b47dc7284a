//! A real TURN server for one test: coturn.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::stage::find;

/// Who may use it.
pub const USER: &str = "dyad";
pub const PASSWORD: &str = "a-long-and-public-word";
const START: Duration = Duration::from_secs(60);

/// Whether there is a TURN server to test with. The gate demands one; on a machine without, the tests that need it say that
/// they were left out.
pub fn turn_here() -> bool {
    let here = find("turnserver").is_some();
    let demanded = std::env::var_os("DYAD_TURN").is_some_and(|value| value == "required");
    assert!(
        here || !demanded,
        "turnserver is missing: apt-get install coturn"
    );
    if !here {
        println!("left out: there is no turnserver here");
    }
    here
}

/// A relay at one place, that can be killed and started again.
pub struct Turn {
    dir: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Turn {
    pub fn start() -> Self {
        let mut turn = Self {
            dir: tempfile::tempdir().unwrap(),
            port: free_port(),
            child: None,
        };
        turn.resume();
        turn
    }

    /// What a provider's configuration says of it.
    pub fn configuration(&self) -> String {
        let at = format!("127.0.0.1:{}", self.port);
        format!(
            "[calls]\nstun = [\"stun:{at}\"]\n[[calls.turn]]\nurl = \"turn:{at}\"\nusername = \"{USER}\"\n\
             credential = \"{PASSWORD}\"\n"
        )
    }

    pub fn resume(&mut self) {
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.log())
            .unwrap();
        let child = Command::new("turnserver")
            .args(["-n", "--log-file=stdout", "--simple-log", "--no-cli"])
            .args(["--lt-cred-mech", "--realm=dyad.example", "--fingerprint"])
            .args(["--no-tls", "--no-dtls", "--allow-loopback-peers"])
            .args(["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"])
            .arg(format!("--listening-port={}", self.port))
            .arg(format!("--user={USER}:{PASSWORD}"))
            .arg(format!(
                "--pidfile={}",
                self.dir.path().join("pid").display()
            ))
            .arg(format!(
                "--userdb={}",
                self.dir.path().join("users").display()
            ))
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begin = Instant::now();
        // It listens for TCP too.
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(
                begin.elapsed() < START,
                "the relay does not start: {}",
                self.said()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it wrote of its work.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> std::path::PathBuf {
        Path::join(self.dir.path(), "log")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One that is free for TCP and for UDP.
fn free_port() -> u16 {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = tcp.local_addr().unwrap().port();
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
