//! How long pages of a home take, from the request to the last byte: `first_paint HOME PASSPHRASE`. Nothing is sent or
//! fetched, and nothing is changed.
#![allow(clippy::print_stdout, reason = "what it is for")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use axum::body::Body;
use dyad_app::App;
use dyad_client::{ClientOptions, Unlock};
use dyad_net::{DirectDialer, DirectSettings};
use dyad_web::{Page, PageAddress};
use http::{Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:7411";
/// Each page is asked for so often; the median counts.
const TIMES: usize = 9;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(home), Some(passphrase)) = (args.next(), args.next()) else {
        return Err("usage: first_paint HOME PASSPHRASE".into());
    };
    let dialer = DirectDialer::new(DirectSettings::default());
    let dialer = std::sync::Arc::new(dialer);
    let app = App::new(Path::new(&home), move || ClientOptions::new(dialer.clone()));
    app.unlock(Unlock::Passphrase(passphrase.into())).await?;
    let contacts = app.client()?.contacts()?;
    let contact = contacts.first().ok_or("there is nobody in this home")?;
    let talk = format!("/c/{}", hex::encode(contact.id.as_bytes()));
    let browsers = tempfile::NamedTempFile::new()?;
    let page = Page::new(app, PageAddress::loopback(HOST.parse()?), browsers.path());
    let launch = page.launch();
    let web = dyad_web::router(page);
    let enter = launch.split_once(HOST).map_or("/", |(_, path)| path);
    let ask = |path: String, cookie: String| {
        let request = Request::get(path)
            .header(header::HOST, HOST)
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        let web = web.clone();
        async move { Ok::<_, Box<dyn Error>>(web.oneshot(request?).await?) }
    };
    let entered = ask(enter.to_owned(), String::new()).await?;
    let cookie = entered.headers()[header::SET_COOKIE].to_str()?.to_owned();
    for path in [
        "/".to_owned(),
        talk.clone(),
        format!("{talk}/messages?before=50000"),
        format!("{talk}?at=50000"),
        "/search?q=needle".to_owned(),
        "/search?q=message".to_owned(),
    ] {
        let mut took = Vec::new();
        let mut bytes = 0;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let response = ask(path.clone(), cookie.clone()).await?;
            bytes = response.into_body().collect().await?.to_bytes().len();
            took.push(begun.elapsed());
        }
        took.sort();
        println!("{path}: {:?}, {bytes} bytes", took[TIMES / 2]);
    }
    Ok(())
}
