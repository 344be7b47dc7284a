//! What encrypting a large file costs: bytes a second and memory, beside `age` on the same file in the same run.
//!
//! `--size BYTES` (2 GiB minus a little if not given), `--folder DIR` for the files (the system's if not given).

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use dyad_protocol::attachment::{FileKey, Opener, Reader, Sealed, Sealer};

const DEFAULT: u64 = 2_000_000_000;
const BUFFER: usize = 128 * 1024;

fn main() -> io::Result<()> {
    let mut size = DEFAULT;
    let mut folder = std::env::temp_dir();
    let mut args = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (args.next(), args.next()) {
        match name.as_str() {
            "--size" => size = value.parse().map_err(io::Error::other)?,
            "--folder" => folder = PathBuf::from(value),
            other => return Err(io::Error::other(format!("unknown option {other}"))),
        }
    }
    let folder = tempfile::tempdir_in(folder)?;
    let (plain, sealed) = (folder.path().join("plain"), folder.path().join("sealed"));
    fill(&plain, size)?;
    // Warm for all who follow.
    io::copy(&mut File::open(&plain)?, &mut io::sink())?;

    let before = peak()?;
    let begin = Instant::now();
    let (key, made) = seal(&plain, &sealed)?;
    tell("dyad seals", size, begin);
    let begin = Instant::now();
    let opener = Opener::new(&key, made.size).ok_or(io::ErrorKind::InvalidData)?;
    let read = io::copy(
        &mut Reader::new(File::open(&sealed)?, opener),
        &mut io::sink(),
    )?;
    assert_eq!(read, size);
    tell("dyad opens", size, begin);
    println!(
        "dyad: {} kB of memory at most, {} kB before",
        peak()?,
        before
    );
    beside(&plain, &folder.path().join("age"), size)
}

fn fill(path: &Path, size: u64) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(BUFFER, File::create(path)?);
    let mut state = 1_u64;
    let mut left = size as usize;
    let mut piece = vec![0; BUFFER];
    while left > 0 {
        for word in piece.chunks_exact_mut(8) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            word.copy_from_slice(&state.to_le_bytes());
        }
        let now = left.min(piece.len());
        to.write_all(&piece[..now])?;
        left -= now;
    }
    to.flush()
}

fn seal(plain: &Path, sealed: &Path) -> io::Result<(FileKey, Sealed)> {
    let mut from = File::open(plain)?;
    let to = BufWriter::with_capacity(BUFFER, File::create(sealed)?);
    let (mut sealer, key) = Sealer::new(to, &mut rand::rng());
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            count => sealer.push(&buffer[..count])?,
        }
    }
    let (_, made) = sealer.finish()?;
    Ok((key, made))
}

fn beside(plain: &Path, to: &Path, size: u64) -> io::Result<()> {
    let keys = to.with_extension("key");
    let Ok(made) = Command::new("age-keygen").arg("-o").arg(&keys).output() else {
        println!("age is not installed here: nothing to compare with");
        return Ok(());
    };
    let told = String::from_utf8_lossy(&made.stderr).into_owned();
    let Some(public) = told.split_whitespace().last() else {
        return Ok(());
    };
    let begin = Instant::now();
    let mut encrypt = Command::new("age");
    encrypt
        .args(["-r", public, "-o"])
        .arg(to)
        .arg(plain)
        .status()?;
    tell("age encrypts", size, begin);
    let begin = Instant::now();
    let mut decrypt = Command::new("age");
    decrypt.arg("-d").arg("-i").arg(&keys).arg(to);
    decrypt.stdout(Stdio::null()).status()?;
    tell("age decrypts", size, begin);
    Ok(())
}

fn tell(what: &str, size: u64, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    println!("{what}: {:.0} MB/s", size as f64 / 1e6 / seconds);
}

/// Most memory that this process had, kB.
fn peak() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| io::Error::other("no VmHWM"))
}
