use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Example {
    server: ListenConfig,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    log: crate::telemetry::LogFormat,
    #[serde(default)]
    peers: Vec<u16>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    per_day: u32,
    note: Option<String>,
}

const GOOD: &str = r#"
log = "json"
peers = [1, 2]
[server]
listen = "127.0.0.1:7411"
host = "127.0.0.1:7411"
allow_loopback = true
[limits]
per_day = 5
"#;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn findings(text: &str, environment: &[(&str, &str)]) -> (Option<Example>, Vec<String>) {
    let mut report = Report::new();
    let config = read(text, env(environment), &mut report);
    (
        config,
        report.findings().iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn a_good_file_is_read() {
    let (config, found) = findings(GOOD, &[]);
    assert_eq!(found, Vec::<String>::new());
    let config = config.unwrap();
    assert_eq!(config.server.listen.port(), 7411);
    assert_eq!(config.limits.per_day, 5);
    assert_eq!(config.log, crate::telemetry::LogFormat::Json);
    assert_eq!(config.peers, [1, 2]);
}

#[test]
fn every_unknown_key_is_named_with_the_nearest_known_one() {
    let (config, found) = findings(&GOOD.replace("host =", "hots ="), &[]);
    assert!(config.is_none());
    assert_eq!(
        found,
        [
            "error: server.hots: is not a known key. Did you mean \"host\"?",
            "error: server.host: is missing. Add it.",
        ]
    );
    let text = GOOD.replace("per_day", "perday") + "zzz = 1\n";
    let (config, found) = findings(&text, &[]);
    assert!(
        config.is_none(),
        "a known-wrong configuration is not gone on with"
    );
    assert_eq!(
        found,
        [
            "error: limits.perday: is not a known key. Did you mean \"per_day\"?",
            "error: limits.zzz: is not a known key. Known are: per_day, note.",
        ]
    );
}

#[test]
fn wrong_values_are_located() {
    let cases = [
        (
            "per_day = 5",
            "per_day = \"five\"",
            "error: limits.per_day: is string \"five\", but should be u32.",
        ),
        (
            "per_day = 5",
            "per_day = -5",
            "error: limits.per_day: is integer `-5`, but should be u32.",
        ),
        (
            "\"json\"",
            "\"jsno\"",
            "error: log: \"jsno\" is not possible here. Did you mean \"json\"?",
        ),
        (
            "[1, 2]",
            "[1, 70000]",
            "error: peers.[2]: is integer `70000`, but should be u16.",
        ),
    ];
    for (from, to, expected) in cases {
        let (config, found) = findings(&GOOD.replace(from, to), &[]);
        assert!(config.is_none());
        assert_eq!(found, [expected]);
    }
    let (_, found) = findings(
        &GOOD.replace("\"127.0.0.1:7411\"\nhost", "\"nowhere\"\nhost"),
        &[],
    );
    assert!(found[0].starts_with("error: server.listen: "), "{found:?}");
}

#[test]
fn a_syntax_error_is_located() {
    let (_, found) = findings("a = 1\nb = = 2\n", &[]);
    assert!(
        found[0].starts_with("error: line 2, column 5: "),
        "{found:?}"
    );
}

#[test]
fn the_environment_lies_on_top_of_the_file() {
    let (config, found) = findings(
        GOOD,
        &[
            ("DYAD_LIMITS__PER_DAY", "9"),
            ("DYAD_LIMITS__NOTE", "plain words"),
            ("DYAD_SERVER__HOST", "dyad.example"),
            ("DYAD_SERVER__ALLOW_LOOPBACK", "false"),
            ("DYAD_HOME", "/not/ours"),
            ("OTHER__THING", "1"),
        ],
    );
    assert_eq!(found, Vec::<String>::new());
    let config = config.unwrap();
    assert_eq!(
        config.limits,
        Limits {
            per_day: 9,
            note: Some("plain words".into())
        }
    );
    assert_eq!(config.server.host.as_str(), "dyad.example");
    assert!(!config.server.allow_loopback);
    let (config, _) = findings(GOOD, &[("DYAD_LIMITS__NOTE", "\"123\"")]);
    assert_eq!(config.unwrap().limits.note.unwrap(), "123");
}

#[test]
fn mistakes_in_the_environment_are_found_too() {
    let (_, found) = findings(GOOD, &[("DYAD_LIMITS__PERDAY", "9")]);
    assert_eq!(
        found,
        ["error: limits.perday: is not a known key. Did you mean \"per_day\"?"]
    );
    let (_, found) = findings(GOOD, &[("DYAD_LOG__LEVEL", "9")]);
    assert!(
        found[0].contains("DYAD_LOG__LEVEL") && found[0].contains("not a section"),
        "{found:?}"
    );
    let (_, found) = findings(GOOD, &[("DYAD___X", "9")]);
    assert!(found[0].contains("DYAD___X"), "{found:?}");
}

#[test]
fn a_value_cannot_smuggle_in_more_keys() {
    let (config, _) = findings(GOOD, &[("DYAD_LIMITS__NOTE", "1\nw = 2")]);
    assert_eq!(config.unwrap().limits.note.unwrap(), "1\nw = 2");
}

fn checked(change: impl FnOnce(&mut ListenConfig)) -> Vec<String> {
    let mut server = findings(GOOD, &[]).0.unwrap().server;
    change(&mut server);
    let mut report = Report::new();
    server.check("server", &mut report);
    report
        .findings()
        .iter()
        .map(|f| format!("{:?} {}", f.severity, f.at))
        .collect()
}

#[test]
fn dangerous_combinations_are_found() {
    let none: [&str; 0] = [];
    assert_eq!(checked(|_| {}), none);
    assert_eq!(checked(|s| s.allow_loopback = false), ["Error server.host"]);
    let open = "0.0.0.0:443".parse().unwrap();
    assert_eq!(
        checked(|s| s.listen = open),
        ["Warning server.listen", "Error server.allow_loopback"]
    );
    assert_eq!(
        checked(|s| s.admin_listen = Some(s.listen)),
        ["Error server.admin_listen"]
    );
    assert_eq!(
        checked(|s| s.admin_listen = Some(open)),
        ["Warning server.admin_listen"]
    );
    let missing = TlsFiles {
        cert: "/missing/cert.pem".into(),
        key: "/missing/key.pem".into(),
    };
    assert_eq!(checked(|s| s.tls = Some(missing)), ["Error server.tls"]);
}
