//! Two people on one machine: one provider, an invitation, a message and its confirmation.
//!
//! `dyad up` in a terminal of its own first; then `cargo run --example two_people -- http://127.0.0.1:7411`.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dyad_client::view::{InboxQuery, InviteRequest, ProfileView};
use dyad_client::{Client, ClientOptions, Result, Unlock};
use dyad_net::{DirectDialer, DirectSettings};

const PATIENCE: Duration = Duration::from_secs(60);

async fn person(home: &Path, name: &str, provider: &str) -> Result<Client> {
    let dialer = DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    });
    let unlock = Unlock::Passphrase("only an example".to_owned().into());
    let options = ClientOptions::new(Arc::new(dialer));
    let client = Client::create(&home.join(name), unlock, options).await?;
    client.set_profile(ProfileView {
        name: name.to_owned(),
        ..ProfileView::default()
    })?;
    client.provider_add(provider, None).await?;
    Ok(client)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let provider = std::env::args()
        .nth(1)
        .unwrap_or("http://127.0.0.1:7411".to_owned());
    let home = std::env::temp_dir().join(format!("two-people-{}", std::process::id()));
    let alex = person(&home, "Alex", &provider).await?;
    let blair = person(&home, "Blair", &provider).await?;

    let invitation = alex.invite(InviteRequest::default()).await?;
    println!("Alex passes on {}", invitation.link);
    let accepted = blair.accept(&invitation.link, None).await?;
    let sent = blair
        .send(&accepted.contact.nick, "Hello Alex!", PATIENCE)
        .await?;
    println!("Blair's message is {:?}", sent.message.state);

    while alex.inbox(&InboxQuery::default())?.is_empty() {
        alex.sync_once().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    for message in alex.inbox(&InboxQuery::default())? {
        println!("Alex reads from {}: {}", message.contact, message.text);
    }
    let confirmed = blair.wait_confirmed(sent.message.id, PATIENCE).await?;
    println!("Blair's message is {:?}", confirmed.state);
    Ok(std::fs::remove_dir_all(home)?)
}
