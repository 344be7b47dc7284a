//! Mails, what is shared, and people who are passed on, in the page.

use serde_json::{Value, json};

use crate::stage::{Browser, Person, browser_here, in_touch, opened};

/// The message with these words, as a script.
fn entry(text: &str) -> String {
    format!(
        "[...document.querySelectorAll('.entry')].find(e => e.innerText.includes({}))",
        json!(text)
    )
}

/// What an address of the page gives: status, disposition and text.
async fn got(browser: &Browser, address: &str) -> Value {
    browser
        .script(&format!(
            "window.got = null; fetch({address}).then(async r => {{ window.got = [r.status, r.headers.get('Content-Disposition'), r.headers.get('Content-Type'), await r.text()]; }})"
        ))
        .await;
    browser.until("window.got !== null").await;
    browser.script("return window.got").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_written_read_taken_apart_and_answered() {
    if !browser_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (seen, runs) = (dir.path().join("pier.png"), dir.path().join("page.html"));
    image::RgbImage::from_pixel(64, 48, image::Rgb([9, 90, 160]))
        .save(&seen)
        .unwrap();
    std::fs::write(&runs, "<script>window.hit = 1</script>").unwrap();

    let (alex, blair) = in_touch();
    let (one, two) = (opened(&alex).await, opened(&blair).await);
    let conversation = one.address().await;
    one.click("#talk-menu summary").await;
    one.click("#talk-menu a[href$='/mail']").await;
    one.fill("input[name=subject]", "The <b>harbour</b>").await;
    let long = "It was a long day, and this line says so. ".repeat(40);
    one.paste("textarea[name=text]", &format!("Dear Blair,\n\n{long}"))
        .await;
    for path in [&seen, &runs] {
        let chooser = one.find("#mail-files").await;
        chooser.send_keys(path.to_str().unwrap()).await.unwrap();
    }
    one.until("document.querySelectorAll('#mail-chosen li').length === 2")
        .await;
    one.click("#compose button.primary").await;
    one.until("document.querySelector('.rich.mail')").await;
    assert_eq!(one.address().await, conversation);

    // A card, fetched when it is wanted; then it is read.
    let card = entry("The <b>harbour</b>");
    two.until(&format!(
        "{card}?.querySelector('.rich.mail')?.innerText.includes('attachments')"
    ))
    .await;
    two.until(&format!(
        "{card}?.querySelector('form[action$=\"/file/fetch\"] button')"
    ))
    .await;
    two.script(&format!(
        "{card}.querySelector('form[action$=\"/file/fetch\"] button').click()"
    ))
    .await;
    two.until(&format!(
        "{card}?.querySelector('.file-acts a[href$=\"/mail\"]')"
    ))
    .await;
    two.script(&format!("{card}.querySelector('a.rich-title').click()"))
        .await;
    two.reads("Dear Blair,").await;
    assert_eq!(
        two.script("return document.querySelector('h1').textContent")
            .await,
        "The <b>harbour</b>"
    );
    two.until("document.querySelector('.tile .file-shown img')?.naturalWidth === 64")
        .await;
    let saved = got(
        &two,
        "[...document.querySelectorAll('.tile')].find(e => e.innerText.includes('page.html')).querySelector('a[download]').href",
    )
    .await;
    assert_eq!(
        saved,
        json!([
            200,
            "attachment; filename=\"page.html\"; filename*=UTF-8''page.html",
            "application/octet-stream",
            "<script>window.hit = 1</script>"
        ])
    );
    // What is no picture is never shown as one.
    let shown = got(&two, "location.pathname + '/2/view'").await;
    assert_eq!(shown[2], "application/octet-stream");
    assert_eq!(got(&two, "location.pathname + '/3'").await[0], 422);
    let mail = got(&two, "document.querySelector('a[href$=\"/eml\"]').href").await;
    let text = mail[3].as_str().unwrap();
    assert!(
        text.contains("From: \"Alex\" <from@dyad.invalid>"),
        "{text}"
    );

    // The answer quotes it, and says what it answers.
    two.click("a[href*='?reply=']").await;
    two.until("document.querySelector('input[name=subject]')?.value === 'Re: The <b>harbour</b>'")
        .await;
    two.until("document.querySelector('textarea[name=text]').value.includes('\\n> Dear Blair,')")
        .await;
    two.paste("textarea[name=text]", "Thank you!").await;
    two.click("#compose button.primary").await;
    one.until(&format!(
        "{}?.querySelector('.quote')?.innerText.includes('harbour')",
        entry("Re: The <b>harbour</b>")
    ))
    .await;
    assert_eq!(two.script("return window.hit ?? null").await, Value::Null);

    // Opened before it is here, it is fetched and read where it is.
    let file = dir.path().join("news.eml");
    let letter = format!(
        "From: alex@pier.example\r\nTo: blair@pier.example\r\nSubject: The ferry\r\nMessage-ID: <2@pier.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{long} It sails at nine.\r\n"
    );
    std::fs::write(&file, letter).unwrap();
    alex.ok(&["mail", "send", "Blair", "--eml", file.to_str().unwrap()]);
    two.until("document.getElementById('conversation')").await;
    let card = entry("The ferry");
    two.until(&format!("{card}?.querySelector('a.rich-title')"))
        .await;
    two.script(&format!("{card}.querySelector('a.rich-title').click()"))
        .await;
    two.until("document.querySelector('h1')?.textContent === 'The ferry'")
        .await;
    let page = two.address().await;
    assert!(!two.text().await.contains("It sails at nine."));
    two.click("form[action$='/mail'] button").await;
    two.reads("It sails at nine.").await;
    assert_eq!(two.address().await, page);
    two.until("!document.querySelector(\"form[action$='/mail'] button\")")
        .await;
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shared_with_its_secret_and_somebody_is_passed_on() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let casey = Person::called("Casey");
    let link = casey.ok(&["invite", "--name", "Blair"])["created"]["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let (one, two) = (opened(&alex).await, opened(&blair).await);
    let conversation = one.address().await;
    for (address, secret) in [
        ("https://album.example/s?x=1", "open sesame"),
        ("javascript:alert(1)", ""),
    ] {
        one.go(&format!("{conversation}/share")).await;
        one.fill("input[name=title]", "Summer & sea").await;
        one.fill("input[name=address]", address).await;
        one.fill("input[name=secret]", secret).await;
        one.click("main form button.primary").await;
        one.until("document.getElementById('conversation')").await;
    }
    two.until("document.querySelectorAll('.rich.share').length === 2")
        .await;
    let links = two
        .script("return [...document.querySelectorAll('.rich.share a')].map(a => [a.href, a.rel])")
        .await;
    assert_eq!(
        links,
        json!([[
            "https://album.example/s?x=1",
            "noopener noreferrer nofollow"
        ]])
    );
    // The secret is seen when it is asked for.
    two.until("document.querySelectorAll('.secret').length === 1")
        .await;
    two.until("!document.querySelector('.secret').innerText.includes('open sesame')")
        .await;
    two.click(".secret summary").await;
    two.until("document.querySelector('.secret').innerText.includes('open sesame')")
        .await;
    two.find(".secret [data-copy-secret]").await;

    // What is no invitation is not passed on, and what was written stays.
    one.go(&format!("{conversation}/introduce")).await;
    one.fill("input[name=name]", "Casey").await;
    one.fill("input[name=invitation]", "nonsense").await;
    one.click("main form button.primary").await;
    one.find("#problem").await;
    one.until("document.querySelector('input[name=name]').value === 'Casey'")
        .await;
    one.fill("input[name=invitation]", &link).await;
    one.fill("textarea[name=note]", "from school").await;
    one.click("main form button.primary").await;
    let card = entry("would like to be in contact with you");
    two.until(&format!("{card}?.querySelector('a[href$=\"/accept\"]')"))
        .await;
    two.script(&format!(
        "{card}.querySelector('a[href$=\"/accept\"]').click()"
    ))
    .await;
    // It is filled in; nothing is done before it is looked at.
    two.until(&format!(
        "document.getElementById('given')?.value === {}",
        json!(link)
    ))
    .await;
    assert_eq!(
        blair.ok(&["contacts"])["contacts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    two.click("#give button.primary").await;
    two.reads("Casey").await;
    two.click("form[action='/accept'] button.primary").await;
    two.until("document.getElementById('conversation')").await;
    assert_eq!(
        blair.ok(&["contacts"])["contacts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    one.close().await;
    two.close().await;
}
