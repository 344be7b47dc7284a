//! `dyad up`: starting, stopping, being killed, and the way of other commands through it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::stage::{Home, Provider, fails, free_port, keys};

#[test]
fn the_first_start_creates_everything_and_the_second_finds_it() {
    let mut home = Home::new();
    let first = home.up(&["--listen", "127.0.0.1:0", "--name", "Alex"]);
    assert_eq!(first["type"], "up");
    assert_eq!(
        (&first["created"], &first["name"]),
        (&true.into(), &"Alex".into())
    );
    assert_eq!(first["problem"], serde_json::Value::Null, "{first}");
    assert_eq!(first["home"], home.path().to_str().unwrap());
    assert_eq!(
        keys(&first),
        [
            "contacts",
            "created",
            "home",
            "name",
            "only_here",
            "page",
            "pid",
            "problem",
            "ready_ms",
            "stage",
            "type",
            "url"
        ]
    );

    let status = home.ok(&["status"]);
    assert_eq!(status["status"]["running"], true);
    let host = &status["status"]["providers"][0]["host"];
    assert_eq!(
        format!("http://{}", host.as_str().unwrap()),
        first["url"].as_str().unwrap()
    );
    assert!(
        home.ok(&["invite", "--name", "Blair"])["created"]["hosted"]
            .as_bool()
            .unwrap()
    );

    assert_eq!(home.signal("-TERM"), Some(0));
    assert!(!home.path().join("control.sock").exists());
    let again = home.up(&[]);
    assert_eq!(again["created"], false);
    // The port is part of the addresses that contacts hold.
    assert_eq!(again["url"], first["url"]);
    assert_eq!(home.signal("-INT"), Some(0));
}

#[test]
fn the_socket_is_the_owners_and_a_killed_process_leaves_nothing_in_the_way() {
    let mut home = Home::new();
    home.up(&["--listen", "127.0.0.1:0"]);
    let socket = home.path().join("control.sock");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&socket), mode(&home.path())), (0o600, 0o700));
    home.signal("-KILL");
    assert!(socket.exists());
    assert_eq!(home.ok(&["status"])["status"]["running"], false);
    home.up(&[]);
    assert_eq!(home.ok(&["status"])["status"]["running"], true);
}

#[test]
fn a_second_up_on_the_same_home_is_told_who_has_it() {
    let mut home = Home::new();
    let pid = home.up(&["--listen", "127.0.0.1:0"])["pid"].to_string();
    fails(
        &home.script(&["up"]),
        75,
        "home-busy",
        &format!("Process {pid} "),
    );
    assert_eq!(home.ok(&["status"])["status"]["running"], true);
}

#[test]
fn a_command_that_finds_another_at_work_waits_for_it_or_names_it() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let mut follower = home
        .command(&["inbox", "--follow", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(follower.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let busy = home.script(&["me"]);
    follower.kill().unwrap();
    follower.wait().unwrap();
    fails(
        &busy,
        75,
        "home-busy",
        &format!("Process {} ", follower.id()),
    );
    home.ok(&["me"]);
}

#[test]
fn a_port_in_use_is_told_with_the_option_and_nothing_is_created() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new();
    fails(
        &home.script(&["up", "--listen", &address]),
        78,
        "listen-failed",
        "--listen",
    );
    assert!(!home.path().join("profile.db").exists());
    assert!(!home.path().join("up.toml").exists());
}

#[test]
fn services_that_others_can_reach_need_a_name_and_a_certificate() {
    let home = Home::new();
    fails(
        &home.script(&["up", "--listen", "0.0.0.0:0"]),
        78,
        "host-needed",
        "--tls-cert",
    );
}

#[test]
fn with_a_name_and_a_certificate_the_services_take_nobody_without_a_code() {
    let files = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| files.path().join(name));
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let trusted = [("SSL_CERT_FILE", cert.to_str().unwrap())];
    let address = format!("127.0.0.1:{}", free_port());
    let name = format!("localhost:{}", address.rsplit(':').next().unwrap());
    let args = [
        "--listen",
        &address,
        "--host",
        &name,
        "--tls-cert",
        trusted[0].1,
        "--tls-key",
        key.to_str().unwrap(),
    ];

    let mut owner = Home::new().trusting(&cert);
    let up = owner.up(&args);
    assert_eq!(
        (&up["url"], &up["problem"]),
        (&format!("https://{name}").into(), &serde_json::Value::Null),
        "{up}"
    );
    assert!(
        owner.ok(&["invite"])["created"]["hosted"]
            .as_bool()
            .unwrap()
    );
    let stranger = Home::new().trusting(&cert);
    stranger.ok(&["me", "--name", "Blair"]);
    fails(
        &stranger.script(&["provider", "add", &format!("https://{name}")]),
        2,
        "code-needed",
        "--code",
    );
    assert_eq!(owner.signal("-TERM"), Some(0));
    assert_eq!(owner.up(&[])["url"], up["url"]);
}

#[test]
fn the_name_in_addresses_cannot_be_changed() {
    let mut home = Home::new();
    let first = home.up(&["--listen", "127.0.0.1:0"]);
    home.signal("-TERM");
    let host = first["url"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://")
        .to_owned();
    fails(
        &home.script(&["up", "--listen", "127.0.0.1:1"]),
        78,
        "host-changed",
        &host,
    );
}

#[test]
fn services_of_ones_own_that_were_moved_away_from_stay_so() {
    let other = Provider::start();
    let mut home = Home::new();
    let first = home.up(&["--listen", "127.0.0.1:0", "--name", "Alex"]);
    let own = first["url"].as_str().unwrap().trim_start_matches("http://");
    home.ok(&["provider", "add", &other.url()]);
    home.ok(&["provider", "remove", own]);
    let used = |home: &Home| -> Vec<String> {
        let list = home.ok(&["provider", "list"]);
        let used = list["providers"].as_array().unwrap().iter();
        used.filter(|p| p["removed"].is_null())
            .map(|p| p["host"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(used(&home), [other.host()]);
    for _ in 0..2 {
        assert_eq!(home.signal("-TERM"), Some(0));
        let again = home.up(&[]);
        assert_eq!(again["problem"], serde_json::Value::Null, "{again}");
        assert_eq!(used(&home), [other.host()]);
    }

    let refreshed = home.ok(&["provider", "refresh"]);
    assert_eq!(
        refreshed["providers"],
        home.ok(&["provider", "list"])["providers"]
    );

    // Whoever has no other would be left with none.
    home.ok(&["provider", "remove", &other.host()]);
    assert_eq!(home.signal("-TERM"), Some(0));
    home.up(&[]);
    assert_eq!(used(&home), [own]);
}

#[test]
fn a_person_reads_where_things_are_and_what_to_do_next() {
    let home = Home::new();
    let mut child = home
        .command(&["up", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        text += &lines.next().unwrap().unwrap();
        text.push('\n');
    }
    for part in [
        home.path().to_str().unwrap(),
        "http://127.0.0.1:",
        "dyad invite",
        "dyad accept LINK",
        "dyad me --name",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let sent = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert!(child.wait().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(
        rest.iter()
            .any(|line| line.contains("Everything is on disk")),
        "{rest:?}"
    );
}

#[test]
fn commands_through_the_app_and_without_it_answer_alike() {
    let mut home = Home::new();
    home.up(&["--listen", "127.0.0.1:0", "--name", "Alex"]);
    let commands = [
        &["me"][..],
        &["contacts"],
        &["invitations"],
        &["inbox"],
        &["send", "Nobody", "x"],
        &["search", "x"],
    ];
    let through: Vec<_> = commands.iter().map(|args| home.script(args)).collect();
    home.signal("-TERM");
    for (args, through) in commands.iter().zip(&through) {
        let direct = home.script(args);
        assert_eq!(
            (direct.code, &direct.out, &direct.err),
            (through.code, &through.out, &through.err),
            "{args:?}"
        );
    }
}
