//! Pictures beside names: chosen in one page, seen in the other.

use std::path::Path;

use serde_json::{Value, json};

use crate::stage::{Browser, browser_here, in_touch};

fn drawn(path: &Path, colour: [u8; 3]) {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| {
        let (dx, dy) = (f64::from(x) - 160.0, f64::from(y) - 110.0);
        let face = dx.hypot(dy) < 70.0 || (y > 190 && dx.abs() < 100.0);
        image::Rgb(if face { [245, 214, 180] } else { colour })
    });
    picture.save(path).unwrap();
}

/// Chooses a picture on the page about oneself, looks at the preview, and shows it.
async fn show(browser: &Browser, path: &Path) {
    browser
        .script("document.querySelector('form[data-picture]').closest('details').open = true")
        .await;
    let chooser = browser.find("form[data-picture] input[type=file]").await;
    chooser.send_keys(path.to_str().unwrap()).await.unwrap();
    browser
        .script("document.querySelector('form[data-picture] button').click()")
        .await;
}

const IN_LIST: &str = "document.querySelector('#list a.row-link img.face')";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_one_shows_is_seen_by_the_other() {
    if !browser_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (first, second, none) = (
        dir.path().join("first.png"),
        dir.path().join("second.jpg"),
        dir.path().join("none.png"),
    );
    drawn(&first, [40, 90, 160]);
    drawn(&second, [160, 60, 40]);
    std::fs::write(&none, "no picture").unwrap();

    let (alex, blair) = in_touch();
    let (one, two) = (Browser::open().await, Browser::open().await);
    one.go(&alex.launch()).await;
    one.find("#list").await;
    two.go(&blair.launch()).await;
    two.click("#list a.row-link").await;
    two.until(
        "document.querySelector('.talk-head span.face') && !document.querySelector('img.face')",
    )
    .await;
    two.script("window.same = true").await;

    // It is seen before it is shown to anybody.
    one.go(&alex.url("/me")).await;
    let chooser = one.find("form[data-picture] input[type=file]").await;
    one.script("document.querySelector('form[data-picture]').closest('details').open = true")
        .await;
    chooser.send_keys(first.to_str().unwrap()).await.unwrap();
    one.until("document.querySelector('form[data-picture] img').naturalWidth === 320")
        .await;
    one.script("document.querySelector('form[data-picture] button').click()")
        .await;
    one.until("document.querySelector('.tile-top img.face')?.naturalWidth === 256")
        .await;

    // The other sees it in the list and above the conversation, without asking.
    two.until(&format!("{IN_LIST}?.naturalWidth === 256")).await;
    two.until("document.querySelector('.talk-head img.face')?.naturalWidth === 256")
        .await;
    assert_eq!(two.script("return window.same ?? null").await, json!(true));
    assert_eq!(
        two.script("return document.querySelectorAll('.entry').length")
            .await,
        json!(0)
    );

    // Nothing of it is kept by the browser, and whatever it were it could not run.
    two.script(&format!("window.got = null; fetch({IN_LIST}.src).then(async r => {{ const h = n => r.headers.get(n); window.got = [h('Content-Type'), h('X-Content-Type-Options'), h('Cache-Control'), h('Content-Security-Policy').startsWith(\"default-src 'none'\"), new Uint8Array(await r.arrayBuffer()).slice(0, 3).join()]; }})"))
        .await;
    two.until("window.got !== null").await;
    assert_eq!(
        two.script("return window.got").await,
        json!(["image/jpeg", "nosniff", "no-store", true, "255,216,255"])
    );
    // Without a session there is none.
    let source = two.script(&format!("return {IN_LIST}.src")).await;
    let stranger = Browser::open().await;
    stranger.go(source.as_str().unwrap()).await;
    stranger.find("body").await;
    assert_eq!(
        stranger
            .script("return document.contentType.startsWith('image')")
            .await,
        json!(false)
    );
    stranger.close().await;

    // Another one takes its place.
    show(&one, &second).await;
    one.until("document.body.innerText.includes('Saved')").await;
    two.until(&format!(
        "{IN_LIST} && {IN_LIST}.src !== {source} && {IN_LIST}.naturalWidth === 256"
    ))
    .await;
    // A list that is fetched again keeps the picture that is there.
    two.script(&format!("{IN_LIST}.seen = true")).await;
    alex.ok(&["send", "Blair", "Look at me"]);
    two.until("document.querySelector('#list').innerText.includes('Look at me')")
        .await;
    assert_eq!(
        two.script(&format!("return {IN_LIST}.seen ?? null")).await,
        json!(true)
    );

    // What is none changes nothing.
    show(&one, &none).await;
    one.reads("That is no picture").await;
    one.until("document.querySelector('.tile-top img.face')?.naturalWidth === 256")
        .await;

    // It has words where it stands alone.
    let contact = two
        .script("return document.querySelector('.talk-who').pathname")
        .await;
    let looking = Browser::open().await;
    looking.go(&blair.launch()).await;
    looking.find("#list").await;
    looking.go(&blair.url(contact.as_str().unwrap())).await;
    looking
        .until("document.querySelector('.sheet-head img.face')?.naturalWidth === 256")
        .await;
    let words = looking
        .script("return document.querySelector('.sheet-head img.face').alt")
        .await;
    assert!(words.as_str().unwrap().contains("Alex"), "{words}");
    looking.close().await;

    one.go(&alex.url("/me")).await;
    one.find("form[action$='/picture/remove'] button").await;
    one.script("document.querySelector(\"form[action$='/picture/remove'] button\").click()")
        .await;
    two.until("document.querySelector('#list span.face') && !document.querySelector('img.face')")
        .await;
    assert_eq!(
        two.script("return window.same ?? null").await,
        Value::Bool(true)
    );
    one.close().await;
    two.close().await;
}
