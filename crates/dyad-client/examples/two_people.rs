//! Two people meet and write to each other, with the client library alone:
//! `dyad up` in one terminal, `cargo run -p dyad-client --example two_people http://127.0.0.1:7411` in another.
#![allow(clippy::print_stdout, reason = "an example")]

use std::sync::Arc;
use std::time::Duration;

use dyad_client::view::{InboxQuery, InviteRequest};
use dyad_client::{Client, ClientOptions, Result, Unlock};
use dyad_net::{DirectDialer, DirectSettings};

/// A new profile in a folder of its own that uses one provider.
async fn person(folder: &std::path::Path, provider: &str) -> Result<Client> {
    let here = DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    };
    let options = ClientOptions::new(Arc::new(DirectDialer::new(here)));
    let unlock = Unlock::Passphrase("correct horse battery staple".to_owned().into());
    let client = Client::create(folder, unlock, options).await?;
    client.provider_add(provider, None).await?;
    Ok(client)
}

#[tokio::main]
async fn main() -> Result<()> {
    let provider = std::env::args()
        .nth(1)
        .unwrap_or("http://127.0.0.1:7411".to_owned());
    let folder = std::env::temp_dir().join(format!("dyad-two-people-{}", std::process::id()));
    let alex = person(&folder.join("alex"), &provider).await?;
    let blair = person(&folder.join("blair"), &provider).await?;

    // Alex gives Blair a link, over whatever way they have.
    let invitation = alex.invite(InviteRequest::default()).await?;
    blair.accept(&invitation.link, Some("Alex")).await?;
    while alex.contacts()?.is_empty() {
        alex.sync_once().await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    for contact in alex.contacts()? {
        let text = "Hello, whoever has the link";
        alex.send(&contact.nick, text, Duration::from_secs(20))
            .await?;
    }
    while blair.inbox(&InboxQuery::default())?.is_empty() {
        blair.sync_once().await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for message in blair.inbox(&InboxQuery::default())? {
        println!("{}: {}", message.contact, message.text);
    }
    drop((alex, blair));
    std::fs::remove_dir_all(&folder).ok();
    Ok(())
}
