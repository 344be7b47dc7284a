//! Files between two people, in the page.

use std::path::Path;

use serde_json::{Value, json};

use crate::stage::{Browser, Person, browser_here, in_touch, introduced};

/// A picture whose every pixel is known: 64 by 48, in Portable Network Graphics without compression worth the name.
fn picture(path: &Path) {
    let pixels = image::RgbImage::from_fn(64, 48, |x, y| {
        image::Rgb([(x * 4) as u8, (y * 5) as u8, 128])
    });
    pixels.save(path).unwrap();
}

/// Chooses files as a person does, and sends them with some words.
async fn send(browser: &Browser, paths: &[&Path], words: &str) {
    for path in paths {
        let chooser = browser.find("#files").await;
        chooser.send_keys(path.to_str().unwrap()).await.unwrap();
    }
    browser
        .until(&format!(
            "document.querySelectorAll('#tray-files li').length === {}",
            paths.len()
        ))
        .await;
    let field = browser.find("#text").await;
    field.send_keys(format!("{words}\n")).await.unwrap();
    browser
        .until("document.getElementById('tray').hidden")
        .await;
}

/// The message with these words or of this file name, as a script.
fn entry(text: &str) -> String {
    format!(
        "[...document.querySelectorAll('.entry')].find(e => e.innerText.includes({}))",
        json!(text)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_sent_fetched_seen_and_saved() {
    if !browser_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (shown, drawn, other) = (
        dir.path().join("harbour.png"),
        dir.path().join("drawing.svg"),
        dir.path().join("notes.bin"),
    );
    picture(&shown);
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hit = 1'><script>window.hit = 1</script></svg>";
    std::fs::write(&drawn, svg).unwrap();
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&other, &bytes).unwrap();

    let (alex, blair) = in_touch();
    let (one, two) = (Browser::open().await, Browser::open().await);
    one.go(&alex.launch()).await;
    two.go(&blair.launch()).await;
    one.click("#list a.row-link").await;
    two.click("#list a.row-link").await;
    send(&one, &[&shown, &drawn, &other], "From the harbour").await;
    // The words go with the first. Whoever sent a picture sees it at once.
    one.until(&format!(
        "{}?.querySelector('.file-shown img')?.naturalWidth === 64",
        entry("From the harbour")
    ))
    .await;

    // The other fetches when they want to; then it is there, and only a picture is shown.
    for name in ["harbour.png", "drawing.svg", "notes.bin"] {
        two.until(&format!(
            "{}?.querySelector('form[action$=\"/file/fetch\"] button')",
            entry(name)
        ))
        .await;
        two.script(&format!(
            "{}.querySelector('form[action$=\"/file/fetch\"] button').click()",
            entry(name)
        ))
        .await;
        two.until(&format!("{}?.querySelector('a[download]')", entry(name)))
            .await;
    }
    two.until(&format!(
        "{}.querySelector('.file-shown img')?.naturalWidth === 64",
        entry("harbour.png")
    ))
    .await;
    two.until(&format!(
        "!{}.querySelector('img, object, iframe, embed')",
        entry("drawing.svg")
    ))
    .await;

    // What is saved is what was sent, and a drawing that could run is never shown.
    let saved = |name: &'static str| {
        format!(
            "window.got = null; fetch({}.querySelector('a[download]').href, {{headers: {{Range: 'bytes=100000-'}}}}).then(async r => {{ const b = new Uint8Array(await r.arrayBuffer()); window.got = {{status: r.status, length: b.length, first: b[0], disposition: r.headers.get('Content-Disposition'), type: r.headers.get('Content-Type')}}; }})",
            entry(name)
        )
    };
    two.script(&saved("notes.bin")).await;
    two.until("window.got !== null").await;
    let got = two.script("return window.got").await;
    assert_eq!(
        got,
        json!({
            "status": 206,
            "length": 100_000,
            "first": bytes[100_000],
            "disposition": "attachment; filename=\"notes.bin\"; filename*=UTF-8''notes.bin",
            "type": "application/octet-stream",
        })
    );
    let drawing = two
        .script(&format!(
            "return {}.querySelector('a[download]').href.replace(/file$/, 'view')",
            entry("drawing.svg")
        ))
        .await;
    two.script(&format!(
        "window.got = null; fetch({drawing}).then(r => {{ window.got = r.headers.get('Content-Disposition') ?? 'shown'; }})"
    ))
    .await;
    two.until("window.got !== null").await;
    let got = two.script("return window.got").await;
    assert!(
        got.as_str().unwrap().starts_with("attachment;"),
        "{got} {drawing}"
    );
    assert_eq!(two.script("return window.hit ?? null").await, Value::Null);

    // A long text goes the same way by itself, and is a text.
    let long = "All work and no play. ".repeat(200);
    one.paste("#text", &long).await;
    one.find("#text").await.send_keys("\n").await.unwrap();
    one.until("document.getElementById('text').value === ''")
        .await;
    two.until(&format!(
        "[...document.querySelectorAll('.entry.theirs .text')].some(e => e.textContent.trim() === {})",
        json!(long.trim())
    ))
    .await;

    // Dropped, and taken back before it goes.
    one.script("const d = new DataTransfer(); d.items.add(new File(['x'], 'dropped.txt')); document.getElementById('conversation').dispatchEvent(new DragEvent('drop', { dataTransfer: d, bubbles: true, cancelable: true }))")
        .await;
    one.until("document.querySelectorAll('#tray-files li').length === 1")
        .await;
    one.click("#tray-files button").await;
    one.until("document.getElementById('tray').hidden").await;
    one.close().await;
    two.close().await;
}

/// Chooses a file, writes a word, and presses Enter.
async fn choose(browser: &Browser, path: &Path) {
    let chooser = browser.find("#files").await;
    chooser.send_keys(path.to_str().unwrap()).await.unwrap();
    browser
        .until("document.querySelectorAll('#tray-files li').length === 1")
        .await;
    browser
        .find("#text")
        .await
        .send_keys("Look\n")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_in_the_middle_says_why_and_waits_in_the_page() {
    if !browser_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large.bin");
    std::fs::write(&large, vec![7; 30_000_000]).unwrap();
    // Known by its first bytes, long before the browser has brought the rest.
    let heic = dir.path().join("pier.heic");
    let begins = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1";
    std::fs::write(&heic, [&begins[..], &[7; 20_000_000]].concat()).unwrap();

    let Some(alex) = Person::with_small_disk("Alex", 40) else {
        return;
    };
    let (alex, _blair) = introduced(alex, Person::called("Blair"));
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.click("#list a.row-link").await;

    choose(&browser, &heic).await;
    browser.reads("cannot be taken out. Nothing was sent").await;
    browser
        .until("!document.getElementById('keep-row').hidden")
        .await;
    browser.click("#tray-files button").await;

    alex.disk().fill(8_000_000);
    choose(&browser, &large).await;
    browser.reads("The disk is full").await;
    let blobs = alex.disk().seen(&alex.home().join("blobs"));
    let left = std::fs::read_dir(&blobs).unwrap().count();
    assert_eq!(left, 1, "nothing but what fills it");
    // It still waits in the page, and goes when there is room, without a restart.
    alex.disk().clear();
    browser.find("#text").await.send_keys("\n").await.unwrap();
    browser
        .until("document.getElementById('tray').hidden")
        .await;
    browser
        .until(&format!(
            "{}?.querySelector('a[download]')",
            entry("large.bin")
        ))
        .await;
    browser.close().await;
}
