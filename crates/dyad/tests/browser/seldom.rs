//! What happens more seldom: a desktop that opens the page, invitations that are dropped or shared by the system, fingers
//! instead of a mouse, a page that locks itself, and a history as after years.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::stage::{Browser, PASSPHRASE, Person, Wishes, browser_here, in_touch};

/// Ends the program also when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_desktop_the_page_opens_by_itself_and_its_key_is_in_no_argument() {
    if !browser_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (home, asked) = (dir.path().join("home"), dir.path().join("asked"));
    // What a desktop has: a program that opens what it is given. This one only notes what that was.
    let mut opener = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(dir.path().join("xdg-open"))
        .unwrap();
    writeln!(
        opener,
        "#!/bin/sh\nprintf %s \"$*\" > '{0}.part' && mv '{0}.part' '{0}'",
        asked.display()
    )
    .unwrap();
    drop(opener);
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(dir.path().to_owned()).chain(std::env::split_paths(&path));
    // It opens the page for somebody who sits at a terminal: `script` (util-linux) makes one.
    let program = env!("CARGO_BIN_EXE_dyad");
    let line = format!("exec '{program}' up --listen 127.0.0.1:0 --page 127.0.0.1:0");
    let up = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("DYAD_HOME", &home)
        .env("DISPLAY", ":0")
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env_remove("DYAD_PASSPHRASE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _up = Running(up);
    let patience = Instant::now() + Duration::from_secs(60);
    while !asked.exists() {
        assert!(Instant::now() < patience, "nothing was opened");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let asked = std::fs::read_to_string(asked).unwrap();
    assert!(
        Path::new(&asked).is_file(),
        "a file and no address: {asked}"
    );
    let browser = Browser::open().await;
    browser.go(&format!("file://{asked}")).await;
    browser.find("input[type=password]").await;
    assert!(browser.address().await.starts_with("http://127.0.0.1:"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_shared_by_the_system_and_dropped_as_a_file() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = (Person::called("Alex"), Person::called("Blair"));
    let browser = Browser::open().await;
    // A desktop without the system's share sheet: what it would be given is noted instead.
    let note = "navigator.share = async (what) => { window.shared = what.text; };";
    browser
        .command(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": note }),
        )
        .await;
    browser.go(&alex.launch()).await;
    browser.go(&alex.url("/invite")).await;
    browser.click("main form button.primary").await;
    browser.click("#share").await;
    browser.until("window.shared").await;
    let link = browser
        .script("return document.getElementById('link').value")
        .await;
    let shared = browser.script("return window.shared").await;
    assert!(
        shared.as_str().unwrap().contains(link.as_str().unwrap()),
        "{shared}"
    );
    let file = browser
        .script("return document.getElementById('file').value")
        .await;

    browser.go(&blair.launch()).await;
    browser.go(&blair.url("/accept")).await;
    browser.find("#scan:not([hidden])").await;
    let drop = format!(
        "const carried = new DataTransfer(); carried.items.add(new File([{file}], 'invitation.dyad.txt', {{ type: 'text/plain' }}));
         for (const kind of ['dragover', 'drop']) document.querySelector('header, body').dispatchEvent(new DragEvent(kind, {{ dataTransfer: carried, bubbles: true, cancelable: true }}));"
    );
    browser.script(&drop).await;
    browser.reads("Alex").await;
    browser.click("main form button.primary").await;
    browser.until("location.pathname.startsWith('/c/')").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finger_does_what_a_mouse_does() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    blair.ok(&["send", "Alex", "Touch this"]);
    let browser = Browser::with(&Wishes {
        size: Some((500, 900)),
        ..Wishes::default()
    })
    .await;
    browser.go(&alex.launch()).await;
    browser.find("#list a.row-link").await;
    browser
        .command(
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": true }),
        )
        .await;
    browser.go(&alex.url("/")).await;
    tap(&browser, "#list a.row-link").await;
    browser.reads("Touch this").await;
    // Where nothing hovers, the way to the menu is always in sight.
    browser
        .until(
            "Number(getComputedStyle(document.querySelector('.entry.theirs .tool')).opacity) > 0.5",
        )
        .await;
    tap(&browser, ".entry.theirs .tool").await;
    tap(&browser, "[role=menu] [data-do=reply]").await;
    browser.until("document.activeElement.id === 'text'").await;
    browser.write("Touched").await;
    browser.until("[...document.querySelectorAll('.entry.ours')].some(e => e.innerText.includes('Touched') && e.querySelector('.quote'))").await;
    browser.close().await;
}

/// A finger on the middle of an element, for a moment.
async fn tap(browser: &Browser, css: &str) {
    browser.find(css).await;
    let place = browser
        .script(&format!("const r = document.querySelector({}).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2];", json!(css)))
        .await;
    let point = json!([{ "x": place[0], "y": place[1] }]);
    browser
        .command(
            "Input.dispatchTouchEvent",
            json!({ "type": "touchStart", "touchPoints": point }),
        )
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    browser
        .command(
            "Input.dispatchTouchEvent",
            json!({ "type": "touchEnd", "touchPoints": [] }),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_uses_locks_itself_and_keeps_what_was_begun() {
    if !browser_here() {
        return;
    }
    let (alex, _blair) = in_touch();
    alex.ok(&["settings", "--lock-after", "1"]);
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;
    browser.fill("#text", "not finished").await;
    let begun = Instant::now();
    let patience = begun + Duration::from_secs(150);
    while !browser.address().await.contains("/unlock") {
        assert!(Instant::now() < patience, "the page stays open");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(
        begun.elapsed() > Duration::from_secs(50),
        "{:?}",
        begun.elapsed()
    );
    browser.go(&alex.url("/")).await;
    browser.find("input[type=password]").await;
    browser.fill("input[type=password]", PASSPHRASE).await;
    browser.click("form button").await;
    browser.click("#list a.row-link").await;
    browser
        .until("document.getElementById('text').value === 'not finished'")
        .await;
    browser.close().await;
}

/// Scrolls through a home that `long_history` made: `DYAD_LONG_HOME=DIR cargo test -p dyad --test browser
/// a_long_history_is_scrolled -- --ignored --nocapture`. What it prints is for whoever measures.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a home with a long history; CONTRIBUTING has the commands"]
async fn a_long_history_is_scrolled() {
    let home = std::env::var_os("DYAD_LONG_HOME").expect("DYAD_LONG_HOME");
    let alex = Person::at(Path::new(&home), "a passphrase");
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;
    browser.find(".entry").await;
    let paint = "return performance.getEntriesByName('first-contentful-paint')[0].startTime";
    for _ in 0..5 {
        browser.driver.refresh().await.unwrap();
        browser.find(".entry").await;
        browser
            .until("performance.getEntriesByName('first-contentful-paint').length")
            .await;
        println!("first paint: {} ms", browser.script(paint).await);
    }
    // Upwards as fast as pages come, frame by frame; the longest frames are what a person sees as a jerk.
    browser
        .script(
            "window.frames_ = []; window.turns = 0; let last = performance.now();
             const box = document.getElementById('messages');
             const step = (now) => { window.frames_.push(now - last); last = now;
               box.scrollTop = Math.max(0, box.scrollTop - 120); window.turns++;
               if (window.turns < 1200) requestAnimationFrame(step); else window.done = true; };
             requestAnimationFrame(step);",
        )
        .await;
    browser.until("window.done").await;
    let frames = browser.script("const f = window.frames_.sort((a, b) => a - b); return { median: f[f.length >> 1], p99: f[Math.floor(f.length * 0.99)], longest: f.at(-1) };").await;
    let shown = browser
        .script("return document.querySelectorAll('#entries [data-id]').length")
        .await;
    let reached = browser
        .script("return document.querySelector('#entries [data-id]').dataset.id")
        .await;
    println!("frames, ms: {frames}; messages in the page: {shown}; reached message {reached}");
    assert!(shown.as_u64().unwrap() <= 250, "the page stays light");
    assert!(
        reached.as_str().unwrap().parse::<u64>().unwrap() < 99_900,
        "it went on"
    );
    browser.close().await;
}
