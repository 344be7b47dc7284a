//! Every page, looked at: by axe-core, and as pictures for people to look at.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{Browser, Person, browser_demanded, browser_here, in_touch};

/// Rules of these levels must hold (WCAG 2.2 AA and what axe calls good practice).
const SERIOUS: [&str; 2] = ["serious", "critical"];

/// A page as it is looked at.
struct Look {
    name: &'static str,
    path: String,
    /// What is done there first.
    script: String,
}

fn look(name: &'static str, path: impl Into<String>) -> Look {
    Look {
        name,
        path: path.into(),
        script: String::new(),
    }
}

/// Pages of somebody who has just begun.
fn empty() -> Vec<Look> {
    vec![
        look("empty-home", "/"),
        look("empty-invite", "/invite"),
        look("empty-accept", "/accept"),
        look("empty-search", "/search?q=anything"),
        look("empty-archive", "/archive"),
        look("empty-log", "/me/log"),
        look("empty-calls", "/calls"),
        look("empty-games", "/games"),
    ]
}

/// How Alex's page names Blair.
async fn blair_at(browser: &Browser, alex: &Person) -> String {
    browser.go(&alex.url("/")).await;
    browser.find("#list a.row-link").await;
    let path = browser
        .script("return [...document.querySelectorAll('#list a.row-link')].find(a => a.innerText.includes('Blair')).pathname")
        .await;
    path.as_str().unwrap().trim_start_matches("/c/").to_owned()
}

/// Pages of somebody who uses it.
async fn full(browser: &Browser, alex: &Person, blair: &Person) -> Vec<Look> {
    let id = blair_at(browser, alex).await;
    let inbox = alex.ok(&["inbox", "Blair"]);
    let number = inbox["messages"][0]["id"].as_u64().unwrap();
    let all = inbox["messages"].as_array().unwrap();
    let mail = all.iter().find(|m| m["kind"] == "mail").unwrap()["id"].clone();
    let invited = blair.ok(&["invite"])["created"]["link"].to_string();
    let game = alex.ok(&["game", "list"])["games"][0]["id"].to_string();
    vec![
        Look {
            name: "invited",
            path: "/invite".into(),
            script: "document.querySelector('main form button.primary').click()".into(),
        },
        Look {
            name: "accept-look",
            path: "/accept".into(),
            script: format!("document.getElementById('given').value = {invited}; document.getElementById('give').submit()"),
        },
        look("home", "/"),
        look("conversation", format!("/c/{id}")),
        Look {
            name: "message-menu",
            path: format!("/c/{id}"),
            script: "const e = document.querySelector('.entry.theirs'); e.focus(); e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));".into(),
        },
        Look {
            name: "head-menu",
            path: format!("/c/{id}"),
            script: "document.getElementById('talk-menu').open = true".into(),
        },
        with_key("delete-dialog", &id, "d"),
        with_key("react-dialog", &id, "+"),
        with_key("why-dialog", &id, "w"),
        Look {
            name: "contact-choices",
            path: format!("/contact/{id}"),
            script: "document.querySelectorAll('main details').forEach(d => { d.open = true; }); document.getElementById('end-title').scrollIntoView()".into(),
        },
        Look {
            name: "mail-file",
            path: format!("/c/{id}/mail"),
            script: "document.querySelector('#mail-ready').closest('details').open = true; document.querySelector('#mail-ready').scrollIntoView()".into(),
        },
        Look {
            name: "apps-places",
            path: "/me/apps".into(),
            script: "document.getElementById('places').open = true; document.getElementById('places').scrollIntoView()".into(),
        },
        look("calls-with-all", "/calls"),
        look("games-with-all", "/games"),
        Look {
            name: "shortcuts",
            path: "/".into(),
            script: "document.getElementById('shortcuts').showModal()".into(),
        },
        // There is neither camera nor microphone: it says so, and calls nobody.
        look("call", format!("/call/new?of={id}&video=1")),
        look("message", format!("/c/{id}/m/{number}")),
        look("mail", format!("/c/{id}/m/{mail}/mail")),
        look("mail-answer", format!("/c/{id}/mail?reply={mail}")),
        look("mail-write", format!("/c/{id}/mail")),
        look("share", format!("/c/{id}/share")),
        look("introduce", format!("/c/{id}/introduce")),
        look("contact", format!("/contact/{id}")),
        look("games", format!("/c/{id}/games")),
        Look {
            name: "game",
            path: format!("/c/{id}/g/{game}"),
            script: "document.querySelector('[data-square=g1]').click()".into(),
        },
        look("invite", "/invite"),
        look("search", "/search?q=har"),
        look("me", "/me"),
        look("providers", "/me/providers"),
        look("settings", "/me/settings"),
        look("apps", "/me/apps"),
        look("log", "/me/log"),
    ]
}

/// A message of ours is chosen, and this key pressed.
fn with_key(name: &'static str, id: &str, key: &str) -> Look {
    Look {
        name,
        path: format!("/c/{id}"),
        script: format!(
            "const e = [...document.querySelectorAll('.entry.ours')].pop(); e.focus(); e.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}));"
        ),
    }
}

/// The form that goes there is sent as no browser would, with this in one of its fields.
fn sent(name: &'static str, path: &str, form: &str, field: &str, value: &str) -> Look {
    Look {
        name,
        path: path.to_owned(),
        script: format!(
            "const f = document.querySelector('form[action=\"{form}\"]'); f.noValidate = true; f.elements.{field}.removeAttribute('maxlength'); f.elements.{field}.value = '{value}'; HTMLFormElement.prototype.submit.call(f)"
        ),
    }
}

/// Pages that say that something is wrong. `id` is a contact.
fn wrong(id: &str) -> Vec<Look> {
    let long = "x".repeat(300);
    let contact = format!("/contact/{id}");
    vec![
        sent("wrong-contact", &contact, &format!("{contact}/rename"), "nick", " "),
        sent("wrong-profile", "/me", "/me/profiles", "name", &long),
        sent("wrong-invite", "/invite", "/invite", "name", &long),
        sent("wrong-share", &format!("/c/{id}/share"), &format!("/c/{id}/share"), "title", ""),
        Look {
            name: "wrong-accept",
            path: "/accept".into(),
            script: "document.getElementById('given').value = 'not an invitation'; document.getElementById('give').submit()".into(),
        },
        Look {
            name: "wrong-provider",
            path: "/me/providers".into(),
            script: "const f = document.querySelector('form[action=\"/me/providers\"]'); f.querySelector('input').value = 'http://nowhere.example'; f.noValidate = true; f.submit()".into(),
        },
        look("wrong-address", "/c/00000000000000000000000000000000"),
        look("wrong-page", "/no-such-page"),
    ]
}

fn wrong_setup() -> Look {
    sent("wrong-setup", "/setup", "/setup", "passphrase", "short")
}

fn wrong_key() -> Look {
    sent(
        "wrong-key",
        "/unlock",
        "/unlock",
        "passphrase",
        "not this one",
    )
}

/// Somebody with several contacts and something to show in each.
fn furnish(alex: &Person, blair: &Person) {
    let wants = json!({ "name": "To-do", "types": ["vnd.example.todo"], "messages": true });
    crate::apps::ask(alex, "", "POST", "/pairings", &wants);
    let long = "Dr. Bartholomäus-Maximilian von Langenfeld-Oberschönhausen";
    for (n, name) in [long, "חיים", "Robin", "Sam 🌻"].into_iter().enumerate() {
        let invited = alex.ok(&["invite", "--name", name]);
        let link = invited["created"]["link"].as_str().unwrap();
        blair.ok(&["accept", link, "--name", &format!("Alex again {n}")]);
    }
    for (from, to, text) in [
        (alex, "Blair", "Shall we meet at the harbour at noon?"),
        (
            blair,
            "Alex",
            "Gladly. Harbours are loud, so come to the end of the pier; I bring the sandwiches and you bring the map that we forgot last time.",
        ),
        (alex, "Blair", "Deal 👍"),
        (
            blair,
            "Alex",
            "https://dyad.example/a/rather/long/link/that/goes/on/and/on/and/does/not/break?where=nowhere&and=so%20on",
        ),
        (
            blair,
            "Alex",
            "And a second paragraph.\n\nWith a list:\n- bread\n- cheese\n- a very sharp knife",
        ),
    ] {
        from.ok(&["send", to, text]);
        until(to, || {
            let there = if to == "Blair" { blair } else { alex };
            let found = there.ok(&["search", text.split(' ').next().unwrap()]);
            !found["messages"].as_array().unwrap().is_empty()
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let (seen, listed) = (
        dir.path().join("pier.png"),
        dir.path().join("timetable.pdf"),
    );
    sunset().save(&seen).unwrap();
    std::fs::write(&listed, b"%PDF-1.4 and so on").unwrap();
    let paths = [&seen, &listed].map(|path| path.to_str().unwrap());
    for (shown, seen, nick) in [(blair, alex, "Blair"), (alex, blair, "Alex")] {
        shown.ok(&["me", "--picture", paths[0]]);
        until("the picture beside the name", || {
            seen.ok(&["contact", "show", nick])["details"]["contact"]["picture"].is_string()
        });
    }
    blair.ok(&["send", "Alex", "--file", paths[0], "The end of the pier"]);
    until("the picture", || fetched(alex, "pier.png"));
    blair.ok(&["send", "Alex", "--file", paths[1]]);
    until("the timetable", || {
        alex.ok(&["inbox", "Blair"])
            .to_string()
            .contains("timetable")
    });
    blair.ok(&[
        "mail", "send", "Alex", "-s", "Minutes of the meeting at the harbour", "--attach", paths[0], "--attach", paths[1],
        "Dear Alex,\n\nhere is what we said, and a picture of where we said it.\n\n> Who brings the bread?\n\nBlair does: https://bread.example/",
    ]);
    let share = "https://album.example/summer/at/the/harbour";
    blair.ok(&[
        "share",
        "Alex",
        share,
        "--title",
        "Pictures of the summer",
        "--secret",
        "open sesame",
        "--what",
        "album",
    ]);
    let link = blair.ok(&["invite"])["created"]["link"]
        .as_str()
        .unwrap()
        .to_owned();
    blair.ok(&[
        "request",
        "Alex",
        "--name",
        "Casey",
        "--invitation",
        &link,
        "--note",
        "You met at school.",
    ]);
    until("the mail", || fetched_mail(alex));
    until("the request", || {
        alex.ok(&["inbox", "Blair"])
            .to_string()
            .contains("at school")
    });
    play(alex, blair);
    let first = blair.ok(&["inbox", "Alex"])["messages"][0]["id"].to_string();
    blair.ok(&["react", &first, "👍"]);
    alex.ok(&["contact", "pin", "Blair"]);
    alex.ok(&["contact", "draft", "Robin", "Did you"]);
    alex.ok(&["invite", "--name", "Somebody new"]);
}

/// A game that has begun, with Alex to move.
fn play(alex: &Person, blair: &Person) {
    let here = alex.ok(&["game", "new", "Blair", "--white"])["done"]["game"]["id"].to_string();
    let game = |person: &Person| person.ok(&["game", "list"])["games"][0].clone();
    until("the invitation", || game(blair)["our_turn"] == true);
    let there = game(blair)["id"].to_string();
    blair.ok(&["game", "accept", &there]);
    for moves in ["e4 e5", "Nf3 Nc6", "Bb5 a6", "Bxc6 dxc6"] {
        for (person, id, text) in moves
            .split(' ')
            .zip([(alex, &here), (blair, &there)])
            .map(|(text, (p, id))| (p, id, text))
        {
            until(text, || {
                game(person)["our_turn"] == true && game(person)["status"] == "playing"
            });
            person.ok(&["game", "move", id, text]);
        }
    }
    until("the last move", || game(alex)["our_turn"] == true);
}

/// Whether Blair's file of this name is here; it is asked for.
fn fetched(person: &Person, name: &str) -> bool {
    let inbox = person.ok(&["inbox", "Blair"]);
    let messages = inbox["messages"].as_array().unwrap();
    let Some(message) = messages.iter().find(|m| m["file"]["name"] == name) else {
        return false;
    };
    if message["file"]["state"] != "here" {
        person.ok(&["fetch", &message["id"].to_string()]);
    }
    message["file"]["state"] == "here"
}

/// Whether Blair's mail is here; it is asked for.
fn fetched_mail(person: &Person) -> bool {
    let inbox = person.ok(&["inbox", "Blair"]);
    let messages = inbox["messages"].as_array().unwrap();
    let Some(message) = messages.iter().find(|m| m["kind"] == "mail") else {
        return false;
    };
    if message["file"]["state"] != "here" {
        person.ok(&["fetch", &message["id"].to_string()]);
    }
    message["file"]["state"] == "here"
}

/// A picture with something to see.
fn sunset() -> image::RgbImage {
    image::RgbImage::from_fn(640, 420, |x, y| {
        let (dx, dy) = (f64::from(x) - 420.0, f64::from(y) - 250.0);
        let sun = dx.hypot(dy) < 60.0 && y < 260;
        let level = f64::from(y) / 420.0;
        let colour = match (sun, y) {
            (true, _) => (255.0, 236.0, 170.0),
            (_, ..260) => (
                70.0 + 250.0 * level,
                90.0 + 120.0 * level,
                150.0 - 30.0 * level,
            ),
            _ => {
                let glint = if dx.abs() < 50.0 && (y / 6) % 2 == 0 {
                    70.0
                } else {
                    0.0
                };
                (40.0 + glint, 70.0 + glint * 0.7, 110.0)
            }
        };
        image::Rgb([colour.0 as u8, colour.1 as u8, colour.2 as u8])
    })
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < patience, "never: {what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Shows a page as on a screen of that size.
async fn show(browser: &Browser, person: &Person, look: &Look, width: u32, dark: bool) {
    let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser
        .command("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    let scheme = if dark { "dark" } else { "light" };
    let media = json!({ "features": [
        { "name": "prefers-color-scheme", "value": scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    browser.command("Emulation.setEmulatedMedia", media).await;
    browser.go(&person.url(&look.path)).await;
    browser
        .until("document.readyState === 'complete' && document.querySelector('main')")
        .await;
    if !look.script.is_empty() {
        // Its scripts have come to life.
        tokio::time::sleep(Duration::from_millis(300)).await;
        browser.script(&look.script).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        browser
            .until("document.readyState === 'complete' && document.querySelector('main')")
            .await;
    }
}

/// What axe-core finds serious on the page that is shown.
async fn axe(browser: &Browser, source: &str) -> Vec<String> {
    browser.script(source).await;
    browser
        .script("window.found = null; axe.run(document, { resultTypes: ['violations'] }).then(r => { window.found = r.violations.map(v => ({ id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary) })); }, e => { window.found = [{ id: String(e), impact: 'critical', nodes: [] }]; })")
        .await;
    browser.until("window.found !== null").await;
    let found = browser.script("return window.found").await;
    let serious = |violation: &&Value| {
        violation["impact"]
            .as_str()
            .is_some_and(|impact| SERIOUS.contains(&impact))
    };
    found
        .as_array()
        .unwrap()
        .iter()
        .filter(serious)
        .map(ToString::to_string)
        .collect()
}

/// Where axe-core is. The gate demands it; elsewhere the test says that it was left out.
fn axe_source() -> Option<String> {
    match std::env::var_os("DYAD_AXE") {
        Some(path) => Some(std::fs::read_to_string(path).unwrap()),
        None => {
            assert!(
                !browser_demanded(),
                "DYAD_AXE does not say where axe.min.js is: .ci/page-tools fetches it"
            );
            println!(
                "left out: DYAD_AXE does not say where axe.min.js is (.ci/page-tools fetches it)"
            );
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_any_page() {
    let Some(source) = axe_source() else { return };
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let newcomer = Person::called("Kim");
    let mut found = Vec::new();
    let mut fresh = Person::new();
    fresh.kill();
    let browser = opened(&fresh.start()).await;
    for look in [look("setup", "/setup"), wrong_setup()] {
        show(&browser, &fresh, &look, 390, false).await;
        found.extend(named(look.name, axe(&browser, &source).await));
    }
    browser.close().await;
    let browser = Browser::open().await;
    browser.go(&newcomer.launch()).await;
    browser.find("#list").await;
    for look in empty() {
        show(&browser, &newcomer, &look, 1440, false).await;
        found.extend(named(look.name, axe(&browser, &source).await));
    }
    browser.close().await;

    furnish(&alex, &blair);
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.find("#list").await;
    let id = blair_at(&browser, &alex).await;
    for (width, dark) in [(1440, false), (390, true)] {
        for look in full(&browser, &alex, &blair)
            .await
            .into_iter()
            .chain(wrong(&id))
        {
            show(&browser, &alex, &look, width, dark).await;
            found.extend(named(look.name, axe(&browser, &source).await));
            // Whatever stands there, nothing is cut off at the side.
            let over = browser
                .script("return document.documentElement.scrollWidth - innerWidth")
                .await;
            if over.as_i64().unwrap_or(0) > 0 {
                found.push(format!("{} at {width}: {over} px too wide", look.name));
            }
        }
    }
    alex.ok(&["lock"]);
    show(&browser, &alex, &look("locked", "/unlock"), 1440, false).await;
    found.extend(named("locked", axe(&browser, &source).await));
    show(&browser, &alex, &wrong_key(), 390, true).await;
    found.extend(named("wrong-key", axe(&browser, &source).await));
    browser.close().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn named(name: &'static str, all: Vec<String>) -> impl Iterator<Item = String> {
    all.into_iter().map(move |one| format!("{name}: {one}"))
}

/// Pictures of every page, light and dark, narrow and wide, into `target/screens`:
///
///     cargo test -p dyad --test browser -- --ignored screenshots
#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes pictures to look at; nothing is asserted"]
async fn screenshots() {
    assert!(browser_here());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("screens");
    std::fs::create_dir_all(&folder).unwrap();
    println!("pictures go to {}", folder.display());

    let mut fresh = Person::new();
    fresh.kill();
    let browser = opened(&fresh.start()).await;
    pictures(
        &folder,
        &fresh,
        &browser,
        [look("setup", "/setup"), wrong_setup()],
    )
    .await;
    browser.close().await;
    let newcomer = Person::called("Kim");
    let browser = opened(&newcomer.launch()).await;
    pictures(&folder, &newcomer, &browser, empty()).await;
    browser.close().await;
    let (alex, blair) = in_touch();
    furnish(&alex, &blair);
    let browser = opened(&alex.launch()).await;
    let id = blair_at(&browser, &alex).await;
    let looks = full(&browser, &alex, &blair)
        .await
        .into_iter()
        .chain(wrong(&id));
    pictures(&folder, &alex, &browser, looks).await;
    alex.ok(&["lock"]);
    pictures(
        &folder,
        &alex,
        &browser,
        [look("locked", "/unlock"), wrong_key()],
    )
    .await;
    browser.close().await;
    // Without the address that opens it.
    let stranger = Browser::open().await;
    pictures(&folder, &alex, &stranger, [look("closed", "/")]).await;
    stranger.close().await;
}

const SCREENS: [(u32, bool); 4] = [(1440, false), (1440, true), (390, false), (390, true)];

async fn opened(launch: &str) -> Browser {
    let browser = Browser::open().await;
    browser.go(launch).await;
    browser.find("main").await;
    browser
}

async fn pictures(
    folder: &Path,
    person: &Person,
    browser: &Browser,
    looks: impl IntoIterator<Item = Look>,
) {
    for look in looks {
        for (width, dark) in SCREENS {
            show(browser, person, &look, width, dark).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let scheme = if dark { "dark" } else { "light" };
            let file = folder.join(format!("{}-{width}-{scheme}.png", look.name));
            browser.driver.screenshot(&file).await.unwrap();
        }
    }
}
