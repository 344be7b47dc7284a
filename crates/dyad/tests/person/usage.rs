//! What is typed wrongly, and what can be typed before there is anything.

use crate::stage::{Home, done, fails};

#[test]
fn help_documents_the_exit_codes_and_every_command() {
    let done = Home::new().run(&["--help"]);
    assert_eq!(done.code, 0);
    let text = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("0 fine, 1 other trouble, 2 wrong usage, 69 service unavailable, 75 try later, 78 wrong configuration"));
    for command in [
        "up",
        "provider",
        "invite",
        "invitations",
        "withdraw",
        "accept",
        "contacts",
        "contact",
        "send",
        "inbox",
        "search",
        "sync",
        "status",
        "me",
        "serve",
        "check",
        "config",
        "code",
        "completions",
    ] {
        assert!(
            done.out
                .lines()
                .any(|line| line.trim_start().starts_with(&format!("{command} "))),
            "{command}"
        );
        assert_eq!(Home::new().run(&[command, "--help"]).code, 0, "{command}");
    }
}

#[test]
fn what_is_mistyped_ends_with_2_and_in_one_line_of_json_for_scripts() {
    for args in [
        &["sned", "Blair", "x"][..],
        &["send", "Blair"],
        &["inbox", "--limit", "0"],
        &["inbox", "--since", "yesterday"],
        &["invite", "--expires", "0"],
        &["invite", "--expires", "400"],
        &["invite", "--multiple", "--name", "Blair"],
        &["me", "--read-receipts", "perhaps"],
        &["up", "--listen", "here"],
        &["up", "--host", "dyad.example"],
        &["search"],
    ] {
        let home = Home::new();
        assert_eq!(home.run(args).code, 2, "{args:?}");
        fails(&home.script(args), 2, "usage", "");
        assert!(!home.path().exists(), "{args:?} left something behind");
    }
}

#[test]
fn before_there_is_a_profile_every_command_says_how_to_begin_and_creates_nothing() {
    let home = Home::new();
    for args in [
        &["status"][..],
        &["contacts"],
        &["inbox"],
        &["inbox", "--follow"],
        &["sync"],
        &["me"],
        &["invite"],
        &["invitations"],
        &["send", "Blair", "x"],
        &["search", "x"],
        &["provider", "list"],
        &["contact", "show", "Blair"],
        &["accept", "https://dyad.example/i#x"],
    ] {
        fails(
            &home.script(args),
            78,
            "no-profile",
            "dyad provider add URL",
        );
    }
    assert!(!home.path().exists());
}

#[test]
fn without_passphrase_terminal_or_keyring_one_is_told_what_to_set() {
    let home = Home::new();
    let mut command = home.command(&["me", "--name", "Alex", "--json"]);
    fails(
        &done(command.env_remove("DYAD_PASSPHRASE")),
        78,
        "passphrase-needed",
        "DYAD_PASSPHRASE",
    );
    let mut command = home.command(&["me", "--name", "Alex", "--json"]);
    fails(
        &done(command.env("DYAD_PASSPHRASE", "")),
        78,
        "passphrase-empty",
        "empty",
    );
    assert!(!home.path().join("profile.db").exists());
}

#[test]
fn a_home_given_by_option_wins_over_the_environment() {
    let home = Home::new();
    let other = tempfile::tempdir().unwrap();
    let place = other.path().join("elsewhere");
    let done = home.script(&["me", "--name", "Alex", "--home", place.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(place.join("profile.db").exists() && !home.path().exists());
}

#[test]
fn a_folder_with_other_things_in_it_is_not_made_a_home() {
    let home = Home::new();
    std::fs::create_dir(home.path()).unwrap();
    std::fs::write(home.path().join("thesis.txt"), "x").unwrap();
    fails(
        &home.script(&["me", "--name", "Alex"]),
        78,
        "home-shared",
        "other files",
    );
}

#[test]
fn where_there_is_no_keyring_one_is_told_and_nothing_is_created() {
    let home = Home::new();
    let mut command = home.command(&["me", "--name", "Alex", "--keyring", "--json"]);
    let headless = command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus");
    fails(&done(headless), 78, "no-keyring", "passphrase");
    assert!(!home.path().join("profile.db").exists());
}
