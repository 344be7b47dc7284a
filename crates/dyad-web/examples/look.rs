//! Throwaway: a page to look at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[path = "../../dyad-client/tests/common/mod.rs"]
mod common;
use common::{Person, Provider, direct, timing};
use dyad_app::App;
use dyad_client::view::{ContactStatus, InviteRequest, SendRequest};
use dyad_client::{ClientOptions, KdfCost, Unlock};
use dyad_web::{Page, PageAddress};
use std::time::Duration;

#[tokio::main]
async fn main() {
    let many: usize = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let provider = Provider::begin(400).await;
    let home = tempfile::tempdir().unwrap();
    let app = App::new(home.path(), || ClientOptions {
        kdf: KdfCost::MINIMAL,
        timing: timing(),
        ..ClientOptions::new(direct())
    });
    app.create(
        Unlock::Passphrase("a passphrase".to_owned().into()),
        Some("Alex"),
    )
    .await
    .unwrap();
    let alex = app.client().unwrap();
    alex.provider_add(&provider.url(), None).await.unwrap();
    let running = app.clone();
    tokio::spawn(async move {
        running
            .run(std::future::pending::<()>(), async |_| {})
            .await
            .unwrap()
    });
    let mut people = Vec::new();
    for name in ["Blair", "Charlie Dunne", "Émile"] {
        let person = Person::at(name, &[&provider]).await;
        let invitation = alex
            .invite(InviteRequest {
                name: Some(name.to_owned()),
                ..InviteRequest::default()
            })
            .await
            .unwrap();
        println!("{name} {:?} {:?}", invitation.hosted, invitation.note);
        println!(
            "{:?}",
            person
                .client
                .accept(&invitation.link, None)
                .await
                .map(|a| a.sent)
        );
        for _ in 0..100 {
            person.sync().await;
            if alex
                .contacts()
                .unwrap()
                .iter()
                .any(|c| c.nick == name && c.status == ContactStatus::Active)
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        people.push(person);
    }
    for n in 0..many {
        alex.send(
            "Charlie Dunne",
            format!("Charlie, this is number {n}."),
            Duration::ZERO,
        )
        .await
        .unwrap();
    }
    let blair = people.remove(0);
    let soon = Duration::from_secs(10);
    let all = |c: &dyad_client::Client| c.inbox(&Default::default()).unwrap();
    alex.send("Blair", "Good morning! Are we still on for Thursday?", soon)
        .await
        .unwrap();
    blair.sync().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    blair.sync().await;
    let first = all(&blair.client).last().unwrap().id;
    blair
        .client
        .send(
            "Alex",
            SendRequest {
                text: "Yes. I bring the bread, https://dyad.example/recipe?x=1 says two hours."
                    .into(),
                reply_to: Some(first),
            },
            soon,
        )
        .await
        .unwrap();
    blair.client.send("Alex", "And here is\nwith two lines, שלום, and \u{202e}turned\u{2066} text <script>alert(1)</script>", soon).await.unwrap();
    blair.client.react(first, Some("👍")).unwrap();
    blair.sync().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    alex.send("Blair", "Perfect 🙏", soon).await.unwrap();
    alex.send("Blair", "A longer one, to see how a bubble grows when somebody has a lot to say about bread, and about the way the crust has to sound when you knock at it. It goes on for some lines and ends here.", soon).await.unwrap();
    let blair = std::sync::Arc::new(blair);
    std::mem::forget(blair.online());
    let b = blair.clone();
    tokio::spawn(async move {
        let mut seen = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            for m in b
                .client
                .inbox(&dyad_client::view::InboxQuery {
                    since: Some(seen),
                    ..Default::default()
                })
                .unwrap()
            {
                seen = m.id;
                if m.text.starts_with("echo") {
                    b.client
                        .send(
                            "Alex",
                            SendRequest {
                                text: format!("back: {}", m.text),
                                reply_to: Some(m.id),
                            },
                            Duration::ZERO,
                        )
                        .await
                        .unwrap();
                }
            }
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:7999")
        .await
        .unwrap();
    let page = Page::new(
        app,
        PageAddress::loopback(listener.local_addr().unwrap()),
        &home.path().join("browsers"),
    );
    println!("{}", page.launch());
    println!("{}", page.launch());
    println!("{}", page.launch());
    std::fs::write(
        "/tmp/wt-launch",
        [page.launch(), page.launch(), page.launch()].join("\n"),
    )
    .unwrap();
    for c in alex.contacts().unwrap() {
        println!("{} {}", c.nick, hex::encode(c.id.as_bytes()));
    }
    axum::serve(listener, dyad_web::router(page)).await.unwrap();
}
