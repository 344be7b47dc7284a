//! Mistakes of operators, each found before anything starts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use dyad_protocol::call_server::Relay;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::{Clock, SystemClock, Timestamp};
use dyad_provider::{ProviderConfig, check};
use dyad_service::config::{Report, Severity, TlsFiles};
use tempfile::TempDir;

/// A sound configuration of a whole provider behind a reverse proxy, to be spoilt.
struct Case {
    config: ProviderConfig,
    folder: TempDir,
    now: Timestamp,
}

impl Case {
    fn sound() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let text = format!(
            "[provider]\nhost = \"dyad.example.org\"\nlisten = \"127.0.0.1:0\"\ndata_dir = {data:?}\n\
             min_free_bytes = 0\n[issuer]\n[sender]\n[receiver]\n"
        );
        let mut report = Report::new();
        Self {
            config: ProviderConfig::read(&text, [], &mut report).unwrap(),
            folder,
            now: SystemClock.now(),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What is found, as "error place".
    fn found(&self) -> Vec<String> {
        let report = check(&self.config, self.now);
        let found = report.findings().iter();
        // How many files a process may open is the test machine's affair.
        let found = found.filter(|finding| finding.at != "the machine");
        found
            .map(|finding| {
                let severity = match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                format!("{severity} {}", finding.at)
            })
            .collect()
    }

    fn with_certificate(&mut self, name: &str, change: impl FnOnce(&mut rcgen::CertificateParams)) {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        let files = TlsFiles {
            cert: self.folder.path().join("cert.pem"),
            key: self.folder.path().join("key.pem"),
        };
        fs::write(&files.cert, cert.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
        self.config.provider.tls = Some(files);
        self.config.provider.listen = "[::]:0".parse().unwrap();
    }
}

#[test]
fn a_sound_configuration_has_no_findings_and_the_check_leaves_nothing_behind() {
    let case = Case::sound();
    assert_eq!(case.found(), Vec::<String>::new());
    assert_eq!(fs::read_dir(case.folder.path()).unwrap().count(), 0);
}

#[test]
fn hosts_that_nobody_can_call_are_found() {
    for (host, expected) in [
        ("dyad.example", vec!["error provider.host"]),
        ("10.0.0.7:8443", vec!["error provider.host"]),
        ("dyad.example.org:80", vec!["error provider.host"]),
        ("127.0.0.1:7411", vec!["error provider.host"]),
        ("myserver", vec!["warning provider.host"]),
    ] {
        let mut case = Case::sound();
        case.config.provider.host = host.parse().unwrap();
        assert_eq!(case.found(), expected, "{host}");
    }
}

#[test]
fn servers_for_calls_that_no_browser_could_use_are_found() {
    let mut case = Case::sound();
    case.config.calls.stun = vec!["stun:stun.example.org:3478".parse().unwrap()];
    assert_eq!(case.found(), Vec::<String>::new());
    let relay = Relay {
        url: "turn:turn.example.org:3478".parse().unwrap(),
        username: "dyad".into(),
        credential: "secret".into(),
    };
    case.config.calls.turn = vec![relay.clone()];
    assert_eq!(case.found(), ["warning calls.turn"]);
    case.config.calls.turn = vec![Relay {
        credential: String::new(),
        ..relay
    }];
    assert_eq!(case.found(), ["error calls"]);
}

#[test]
fn a_port_in_use_is_found() {
    let mut case = Case::sound();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    case.config.provider.listen = taken.local_addr().unwrap();
    case.config.provider.admin_listen = taken.local_addr().ok();
    assert_eq!(
        case.found(),
        ["error provider.admin_listen", "error provider.listen"]
    );
    case.config.provider.admin_listen = Some("198.51.100.7:7412".parse().unwrap());
    case.config.provider.listen = "127.0.0.1:0".parse().unwrap();
    assert_eq!(
        case.found(),
        [
            "warning provider.admin_listen",
            "error provider.admin_listen"
        ]
    );
}

#[test]
fn a_provider_that_runs_is_recognised() {
    let mut case = Case::sound();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    case.config.provider.listen = taken.local_addr().unwrap();
    fs::create_dir_all(case.data().join("sender")).unwrap();
    fs::set_permissions(case.data(), fs::Permissions::from_mode(0o700)).unwrap();
    let lock = fs::File::create(case.data().join("sender/lock")).unwrap();
    lock.try_lock().unwrap();
    let found = case.found();
    assert!(
        found.contains(&"warning provider.listen".to_owned()),
        "{found:?}"
    );
}

#[test]
fn folders_that_cannot_be_used_are_found() {
    let mut case = Case::sound();
    let file = case.folder.path().join("file");
    fs::write(&file, "").unwrap();
    case.config.provider.data_dir = file.clone();
    assert_eq!(case.found(), ["error provider.data_dir"]);
    case.config.provider.data_dir = file.join("inside");
    assert_eq!(case.found(), ["error provider.data_dir"]);

    let case = Case::sound();
    fs::create_dir(case.data()).unwrap();
    fs::set_permissions(case.data(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(case.found(), ["warning provider.data_dir"]);
    // A folder without room, as far as the operator wants to have some left.
    fs::set_permissions(case.data(), fs::Permissions::from_mode(0o700)).unwrap();
    let mut case = case;
    case.config.provider.min_free_bytes = u64::MAX;
    assert_eq!(case.found(), ["warning provider.data_dir"]);
}

#[test]
fn seeds_that_are_exposed_damaged_or_missing_are_found() {
    let mut case = Case::sound();
    let seed = case.folder.path().join("seed");
    case.config.provider.seed_file = Some(seed.clone());
    fs::write(&seed, "00".repeat(32)).unwrap();
    fs::set_permissions(&seed, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(case.found(), ["error provider.seed_file"]);
    fs::set_permissions(&seed, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(case.found(), Vec::<String>::new());
    fs::write(&seed, "nonsense").unwrap();
    assert_eq!(case.found(), ["error provider.seed_file"]);

    // Lost, while there is data that was made with it.
    fs::remove_file(&seed).unwrap();
    fs::create_dir_all(case.data().join("receiver")).unwrap();
    fs::set_permissions(case.data(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(case.found(), ["warning provider.seed_file"]);
    case.config.provider.previous_seed_files = vec![seed];
    assert_eq!(
        case.found(),
        [
            "warning provider.seed_file",
            "error provider.previous_seed_files"
        ]
    );
}

#[test]
fn services_that_do_not_fit_together_are_found() {
    let mut case = Case::sound();
    case.config.issuer = None;
    assert_eq!(case.found(), ["error elsewhere.issuer"]);
    // With an issuer elsewhere the seed has to come from there.
    case.config.elsewhere.issuer = "issuer.example.org".parse().ok();
    assert_eq!(case.found(), ["error provider.seed_file"]);

    let mut case = Case::sound();
    case.config.elsewhere.sender = "sender.example.org".parse().ok();
    assert_eq!(
        case.found(),
        ["error elsewhere.sender", "error provider.seed_file"]
    );
    let mut case = Case::sound();
    case.config.sender = None;
    assert_eq!(case.found(), ["warning elsewhere.sender"]);
    case.config.elsewhere.sender = Some(case.config.provider.host.clone());
    assert_eq!(
        case.found(),
        ["error elsewhere.sender", "error provider.seed_file"]
    );
    // A receiver alone has to know for whom tokens for files are made.
    case.config.issuer = None;
    case.config.elsewhere.issuer = "issuer.example.org".parse().ok();
    case.config.elsewhere.sender = None;
    assert_eq!(
        case.found(),
        ["warning elsewhere.sender", "error provider.seed_file"]
    );
    case.config.elsewhere.issuer = None;
    (case.config.issuer, case.config.receiver) = (None, None);
    assert_eq!(case.found()[0], "error the file");
}

#[test]
fn settings_that_are_not_possible_are_found() {
    let mut case = Case::sound();
    case.config.issuer.as_mut().unwrap().default_tier = "gold".to_owned();
    case.config.sender.as_mut().unwrap().delivery.batch_items = 0;
    case.config.receiver.as_mut().unwrap().retention = 1;
    assert_eq!(
        case.found(),
        [
            "error issuer.default_tier",
            "error sender.delivery.batch_items",
            "error receiver.retention"
        ]
    );
}

#[test]
fn a_certificate_is_for_the_host_and_for_long_enough() {
    let mut case = Case::sound();
    case.with_certificate("dyad.example.org", |_| {});
    case.config.provider.host = "dyad.example.org:7443".parse().unwrap();
    assert_eq!(case.found(), Vec::<String>::new());

    case.with_certificate("other.example.org", |_| {});
    assert_eq!(case.found(), ["error provider.tls"]);

    let ends = SystemTime::now() + Duration::from_secs(30 * DAY);
    case.with_certificate("dyad.example.org", |params| params.not_after = ends.into());
    assert_eq!(case.found(), Vec::<String>::new());
    let today = case.now;
    case.now = today.plus(20 * DAY);
    assert_eq!(case.found(), ["warning provider.tls"]);
    case.now = today.plus(31 * DAY);
    assert_eq!(case.found(), ["error provider.tls"]);

    case.now = today;
    let begins = SystemTime::now() + Duration::from_secs(DAY);
    case.with_certificate("dyad.example.org", |params| {
        params.not_before = begins.into()
    });
    assert_eq!(case.found(), ["error provider.tls"]);

    case.with_certificate("dyad.example.org", |_| {});
    let key = case.config.provider.tls.clone().unwrap().key;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(case.found(), ["warning provider.tls.key"]);
    fs::remove_file(&key).unwrap();
    assert_eq!(case.found(), ["error provider.tls"]);
}

#[test]
fn a_wrong_clock_is_found() {
    let mut case = Case::sound();
    let now = case.now;
    for wrong in [Timestamp::from_secs(0), now.plus(36_500 * 2 * DAY)] {
        case.now = wrong;
        assert_eq!(case.found(), ["error the machine's clock"]);
    }
    fs::create_dir_all(case.data().join("issuer")).unwrap();
    fs::set_permissions(case.data(), fs::Permissions::from_mode(0o700)).unwrap();
    case.now = now.minus(2 * DAY);
    let found = case.found();
    assert!(
        found.contains(&"error the machine's clock".to_owned()),
        "{found:?}"
    );
}
