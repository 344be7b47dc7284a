//! One provider, as the real binary in a process of its own, and what that process uses.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dyad_protocol::id::HostName;

/// Linux reports processor time in these many ticks a second.
const TICKS: f64 = 100.0;

/// A running provider; it is stopped when this is dropped.
pub struct Provider {
    child: Child,
    /// Its host.
    pub host: HostName,
    data: PathBuf,
}

impl Provider {
    /// Starts `binary serve` on a free loopback port with its data under `dir`.
    ///
    /// # Errors
    /// If it cannot be started or does not answer within 30 seconds.
    pub fn start(binary: &Path, dir: &Path) -> io::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let host = format!("127.0.0.1:{port}");
        let config = dir.join("provider.toml");
        let data = dir.join("data");
        std::fs::create_dir_all(&data)?;
        std::fs::write(&config, settings(&host, &data))?;
        let child = Command::new(binary)
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.join("log"))?)
            .spawn()?;
        let provider = Self {
            child,
            host: host.parse().map_err(io::Error::other)?,
            data,
        };
        let begin = Instant::now();
        while std::net::TcpStream::connect(&host).is_err() {
            if begin.elapsed() > Duration::from_secs(30) {
                return Err(io::Error::other(
                    "the provider does not answer; see its log",
                ));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(provider)
    }

    /// Processor time it has used.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(self.proc("stat")).unwrap_or_default();
        // After the name in parentheses, user and system time are fields 12 and 13.
        let fields: Vec<f64> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(|field| field.parse().unwrap_or_default())
            .collect();
        let ticks = fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0);
        Duration::from_secs_f64(ticks / TICKS)
    }

    /// Memory it holds, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap_or_default();
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|value| {
                value
                    .trim()
                    .trim_end_matches(" kB")
                    .trim()
                    .parse::<u64>()
                    .ok()
            })
            .map_or(0, |kib| kib * 1024)
    }

    /// Bytes of its data on disk.
    pub fn disk(&self) -> u64 {
        size_of(&self.data)
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id())
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size_of(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => size_of(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A provider with all services, open to everybody, with room for the load.
fn settings(host: &str, data: &Path) -> String {
    format!(
        r#"[provider]
host = "{host}"
listen = "{host}"
data_dir = "{}"
allow_loopback = true
min_free_bytes = 0

[issuer]
open_registration = true
tiers.standard = {{ message = 2000, blob = 8, mailbox = 2000, lookup = 8 }}

[sender]

[receiver]
"#,
        data.display()
    )
}
