//! What is on disk: the folder, the secret, the room, and what their dates say about the clock.

use std::fs::{self, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use dyad_service::config::Report;
use dyad_service::secrets::{self, SecretError};
use dyad_store_fjall::options::DEFAULT_RESERVE_BYTES;

use crate::ProviderConfig;

/// Before this release (2026-01-01) no clock can rightly be.
const RELEASED: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A century on, a clock is more likely wrong than we are still running.
const TOO_LATE: Timestamp = Timestamp::from_secs(RELEASED.as_secs() + 36_500 * DAY);

/// File systems keep dates less exactly than this, in seconds.
const SLACK: u64 = 3_600;

pub(super) fn check(config: &ProviderConfig, now: Timestamp, report: &mut Report) {
    let folder = &config.provider.data_dir;
    let usable = writable(folder, report);
    if usable {
        room(config, report);
    }
    // What is wrong with the folder is wrong with a seed in it, and was said.
    if usable || config.provider.seed_file().parent() != Some(folder) {
        seeds(config, report);
    }
    clock(config, now, report);
}

fn writable(folder: &Path, report: &mut Report) -> bool {
    const AT: &str = "provider.data_dir";
    let Some(data) = metadata(folder) else {
        // It will be made: what matters is the nearest folder that is there.
        let there = folder.ancestors().skip(1).find(|a| metadata(a).is_some());
        let can = there.is_some_and(|parent| try_writing(parent).is_ok());
        if !can {
            report.error(
                AT,
                format!("{} is not there and cannot be made.", folder.display()),
                "Make it, and give it to the account that runs the provider.",
            );
        }
        return can;
    };
    if !data.is_dir() {
        report.error(AT, "is not a folder.", "Name a folder.");
        return false;
    }
    if let Err(error) = try_writing(folder) {
        report.error(
            AT,
            format!("{} cannot be written to: {error}.", folder.display()),
            "Give it to the account that runs the provider.",
        );
        return false;
    }
    if data.permissions().mode() & 0o007 != 0 {
        report.warning(
            AT,
            "is open to every account on the machine.",
            "Run chmod 700 on it.",
        );
    }
    true
}

fn try_writing(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".dyad-check-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(probe)
}

fn room(config: &ProviderConfig, report: &mut Report) {
    const AT: &str = "provider.data_dir";
    let folder = &config.provider.data_dir;
    let there = folder.ancestors().find(|a| metadata(a).is_some());
    let Some(Ok(free)) = there.map(fs4::available_space) else {
        return;
    };
    let mib = free / (1024 * 1024);
    if free < DEFAULT_RESERVE_BYTES {
        report.error(
            AT,
            format!("has {mib} MiB of room, with which nothing can be accepted."),
            "Free some space, or choose a larger disk.",
        );
    } else if free < config.provider.min_free_bytes {
        report.warning(
            AT,
            format!("has {mib} MiB of room, less than min_free_bytes: new work will be refused."),
            "Free some space, or lower min_free_bytes.",
        );
    }
}

fn seeds(config: &ProviderConfig, report: &mut Report) {
    let path = config.provider.seed_file();
    match secrets::load(&path) {
        Ok(_) => {}
        Err(SecretError::File { why, .. }) if why.kind() == ErrorKind::NotFound => {
            missing_seed(config, &path, report);
        }
        Err(error) => report.error("provider.seed_file", format!("{error}."), ""),
    }
    for path in &config.provider.previous_seed_files {
        if let Err(error) = secrets::load(path) {
            report.error("provider.previous_seed_files", format!("{error}."), "");
        }
    }
}

/// Made at the first start, unless other machines of the provider have one already.
fn missing_seed(config: &ProviderConfig, path: &Path, report: &mut Report) {
    const AT: &str = "provider.seed_file";
    if !config.elsewhere.is_empty() {
        report.error(
            AT,
            format!(
                "{} is not there, and the hosts in elsewhere must have the same.",
                path.display()
            ),
            "Copy it from them; or make the first: (umask 077; openssl rand -hex 32 > FILE).",
        );
        return;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let in_data_dir = folder == config.provider.data_dir;
    if !in_data_dir && (metadata(folder).is_none() || try_writing(folder).is_err()) {
        report.error(
            AT,
            format!("{} is not there and cannot be made.", path.display()),
            "Make its folder, and give it to the account that runs the provider.",
        );
    }
    if ["issuer", "sender", "receiver"]
        .iter()
        .any(|service| metadata(&config.provider.data_dir.join(service)).is_some())
    {
        report.warning(
            AT,
            "is not there, but data of an earlier run is: a new secret means a new host key.",
            "Restore it from a backup.",
        );
    }
}

/// A clock that is wrong by years makes tokens and keys of the wrong days.
fn clock(config: &ProviderConfig, now: Timestamp, report: &mut Report) {
    const AT: &str = "the machine's clock";
    const REMEDY: &str = "Set it, and let NTP keep it right.";
    if now < RELEASED || now > TOO_LATE {
        report.error(AT, "is wrong by years.", REMEDY);
        return;
    }
    let newest = newest_file(config);
    if newest.is_some_and(|newest| newest > now.plus(SLACK)) {
        report.error(
            AT,
            "is behind: there are files in data_dir that are newer than now.",
            REMEDY,
        );
    }
}

/// The latest change of the seed or of a service's folder.
fn newest_file(config: &ProviderConfig) -> Option<Timestamp> {
    let folder = &config.provider.data_dir;
    let services = ["issuer", "sender", "receiver"].map(|service| folder.join(service));
    let entries = services
        .iter()
        .filter_map(|service| fs::read_dir(service).ok());
    let inside = entries
        .flatten()
        .filter_map(|entry| entry.ok()?.metadata().ok());
    let own = [folder.clone(), config.provider.seed_file()];
    let own = own.iter().filter_map(|path| metadata(path));
    own.chain(inside).filter_map(|data| changed(&data)).max()
}

fn changed(data: &Metadata) -> Option<Timestamp> {
    let since = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_secs(since.as_secs()))
}

fn metadata(path: &Path) -> Option<Metadata> {
    fs::metadata(path).ok()
}
