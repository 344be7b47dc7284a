//! A disk with little room, for real: a file system in memory that only those commands see that run within it.
//!
//! On Linux that needs no rights: a name space of one's own for users and mounts. Where that is not allowed either, the
//! tests say that they were left out.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A disk at one place. It goes with this value.
pub struct SmallDisk {
    at: PathBuf,
    /// Keeps the name space; commands join it.
    keeper: Child,
}

impl SmallDisk {
    /// One of so many MiB. `None` where there can be none.
    pub fn at(at: &Path, mib: u32) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let script = r#"mount -t tmpfs -o "size=$1m,mode=0700" small "$0" && echo here && cat"#;
        let keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(at)
            .arg(mib.to_string())
            // It ends with its input.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut keeper = match keeper {
            Ok(keeper) => keeper,
            Err(error) => {
                println!("left out: {error}");
                return None;
            }
        };
        let mut line = String::new();
        let _ = BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut line);
        let disk = Self {
            at: at.to_owned(),
            keeper,
        };
        let demanded = std::env::var_os("DYAD_SMALL_DISK").is_some_and(|value| value == "required");
        let here = line == "here\n";
        assert!(here || !demanded, "no name spaces of one's own here");
        if !here {
            println!("left out: no name spaces of one's own here");
        }
        here.then_some(disk)
    }

    /// The same command, for which this disk is there.
    pub fn within(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside
            .args(["--user", "--mount", "--preserve-credentials", "--target"])
            .arg(self.keeper.id().to_string())
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }

    /// How this test sees a place on it.
    pub fn seen(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        root.join(path.strip_prefix("/").unwrap())
    }

    /// Takes all the room that is left, but for about so many bytes.
    pub fn fill(&self, but: usize) {
        let filler = self.seen(&self.at).join("filler");
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&filler)
            .unwrap();
        loop {
            match file.write(&[1; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        let len = file.metadata().unwrap().len();
        file.set_len(len.saturating_sub(but as u64)).unwrap();
    }

    /// Gives it back.
    pub fn clear(&self) {
        fs::remove_file(self.seen(&self.at).join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
