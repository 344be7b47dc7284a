//! Letting another program in, in the page.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::stage::{Browser, Person, browser_here, in_touch};

/// Asks the API as a program does, over the socket in the home.
pub fn ask(person: &Person, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let place = person.ok(&["apps", "where"]);
    let mut stream = UnixStream::connect(place["socket"].as_str().unwrap()).unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // At once: who is refused by the head alone is answered and left before the rest.
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_asks_is_let_in_by_its_code_writes_and_is_let_out() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = in_touch();
    let browser = Browser::open().await;
    browser.go(&alex.launch()).await;
    browser.go(&alex.url("/me/apps")).await;
    browser.reads("No other program uses").await;

    // It asks while the person looks.
    let wants =
        json!({ "name": "To-do <b>list</b>", "types": ["vnd.example.todo"], "messages": true });
    let asked = ask(&alex, "", "POST", "/pairings", &wants);
    // Names stand between marks that keep their direction to themselves.
    browser.reads("To-do <b>list</b>").await;
    browser.reads("asks to become an app").await;
    browser.reads("It wants to read everything that you").await;
    picture(&browser, "apps-asking").await;
    browser.fill("input[name=code]", "222-222").await;
    browser.click(".asking .primary").await;
    browser.reads("No program that waits shows this code").await;
    // Nothing was chosen for the person.
    browser
        .until("document.querySelectorAll('.asking input:checked').length === 0")
        .await;
    browser
        .fill("input[name=code]", asked["code"].as_str().unwrap())
        .await;
    browser.click(".asking input[name=contact]").await;
    browser.click(".asking .primary").await;
    browser.reads("It is let in.").await;
    browser.reads("It sees none.").await;
    picture(&browser, "apps").await;

    let poll = format!("/pairings/{}", asked["id"].as_str().unwrap());
    let token = ask(
        &alex,
        "",
        "POST",
        &poll,
        &json!({ "secret": asked["secret"] }),
    );
    let token = token["token"].as_str().unwrap();
    let known = ask(&alex, token, "GET", "/relationships", &Value::Null);
    let with = known["relationships"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(known["relationships"][0]["nickname"], "Blair");
    let payload = json!({ "type": "vnd.example.todo", "content": { "n": 1 }, "fallback": "Milk <i>please</i>" });
    ask(
        &alex,
        token,
        "POST",
        &format!("/relationships/{with}/payloads"),
        &payload,
    );

    // In the conversation it is text, with the name of the app where one is known.
    browser.click("#list a.row-link").await;
    browser.reads("Milk <i>please</i>").await;
    via(&browser, "To-do <b>list</b>").await;
    picture(&browser, "apps-conversation").await;
    let other = Browser::open().await;
    other.go(&blair.launch()).await;
    other.click("#list a.row-link").await;
    other.reads("Milk <i>please</i>").await;
    via(&other, "vnd.example.todo").await;

    browser.go(&alex.url("/me/apps")).await;
    browser.click(".tile .sure summary").await;
    browser.click(".tile .sure .danger").await;
    browser.reads("It is let in no longer.").await;
    let refused = ask(&alex, token, "GET", "/me", &Value::Null);
    assert_eq!(refused["code"], "token-revoked");
    // Another is not wanted.
    ask(
        &alex,
        "",
        "POST",
        "/pairings",
        &json!({ "name": "Other", "types": ["a.b"] }),
    );
    browser.reads("asks to become an app").await;
    browser
        .click(".asking form[action='/me/apps/deny'] button")
        .await;
    browser.reads("It is not let in.").await;
    browser.close().await;
    other.close().await;
}

/// Waits for a message that an app sent.
async fn via(browser: &Browser, app: &str) {
    let said = format!(
        "document.querySelector('.entry .via')?.innerText.includes({})",
        json!(app)
    );
    browser.until(&said).await;
}

/// Kept where `DYAD_SCREENS` says, for whoever wants to see it.
async fn picture(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("DYAD_SCREENS") {
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        browser.driver.screenshot(&path).await.unwrap();
        let narrow = std::path::Path::new(&folder).join(format!("{name}-narrow.png"));
        browser
            .driver
            .set_window_rect(0, 0, 390, 844)
            .await
            .unwrap();
        browser.driver.screenshot(&narrow).await.unwrap();
        browser
            .driver
            .set_window_rect(0, 0, 1440, 900)
            .await
            .unwrap();
    }
}
