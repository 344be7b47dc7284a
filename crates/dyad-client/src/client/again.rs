//! Messages that did not arrive, sent once more.

use std::time::Duration;

use tokio::time::Instant;

use super::Client;
use super::changes::refused;
use crate::error::Result;
use crate::view::{FileRequest, FileState, MessageState, MessageView, SendRequest, SendView};

impl Client {
    /// Sends a message once more that did not arrive, whole: with its file, its mail, or what it shares. One that cannot
    /// arrive any more goes away here when the new one is kept; one that may still arrive stays.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such message, it is not one that did not arrive, it is nothing that can be
    /// sent again, or its file is not here; and those of sending. Nothing is changed then.
    pub async fn send_again(&self, id: u64, wait: Duration) -> Result<SendView> {
        let message = self.message(id)?;
        if !message.can_be_sent_again() {
            return Err(refused(
                "not-stranded",
                "Only a message of yours that did not arrive is sent again. Nothing was changed.",
            ));
        }
        let end = Instant::now() + wait;
        let refused_file = message
            .file
            .as_ref()
            .filter(|file| file.state == FileState::Refused);
        if refused_file.is_some() {
            // It has never left, and is whole here: the message itself goes on.
            self.fetch(id)?;
            return self.sent_file(id, end).await;
        }
        let (state, nick) = (message.state, message.contact.clone());
        let sent = self.once_more(message, &nick, wait).await?;
        if state == MessageState::Failed {
            self.delete(id, false)?;
        }
        Ok(sent)
    }

    async fn once_more(
        &self,
        message: MessageView,
        nick: &str,
        wait: Duration,
    ) -> Result<SendView> {
        let reply_to = message.reply_to.as_ref().and_then(|quoted| quoted.id);
        if message.mail.is_some() {
            let (_, mail) = self.bytes_of_mail(message.id).await?;
            return self.send_written(nick, mail, reply_to, wait).await;
        }
        if let Some(share) = message.share {
            return self.share(nick, share, wait).await;
        }
        if let Some(request) = message.contact_request {
            return self.request_contact(nick, request, wait).await;
        }
        match message.file {
            Some(file) if !file.long_text => {
                let source = self.open_file(message.id)?;
                let request = FileRequest {
                    name: file.name,
                    media_type: file.media_type,
                    text: message.text,
                    reply_to,
                    // What had to go is gone already, and what was to stay stays.
                    keep_metadata: true,
                };
                self.send_file(nick, request, source, wait).await
            }
            _ => {
                let request = SendRequest {
                    text: message.text,
                    reply_to,
                };
                self.send(nick, request, wait).await
            }
        }
    }
}

/// Real services, as for the tests of the crate from outside.
#[cfg(test)]
#[path = "../../tests/common/mod.rs"]
mod common;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::common::{Person, Provider, SOON, eventually, meet};
    use super::*;
    use crate::store::history;
    use crate::view::{ContactRequestView, MailRequest, ShareView};

    async fn send_all(client: &Client, bytes: &[u8]) -> Vec<u64> {
        let request = FileRequest {
            name: "notes.bin".to_owned(),
            text: "words beside it".to_owned(),
            ..FileRequest::default()
        };
        let mail = MailRequest {
            subject: "Minutes".to_owned(),
            text: "See below".to_owned(),
            ..MailRequest::default()
        };
        let share = ShareView {
            title: "Summer".to_owned(),
            address: "https://album.example/s".to_owned(),
            secret: Some("sesame".to_owned()),
            what: None,
        };
        let ask = ContactRequestView {
            name: "Casey".to_owned(),
            invitation: None,
            note: Some("a friend".to_owned()),
        };
        let (long, file) = (
            "A long text. ".repeat(400),
            std::io::Cursor::new(bytes.to_vec()),
        );
        let sent = [
            client.send("Blair", "a text", SOON).await,
            client.send("Blair", long.as_str(), SOON).await,
            client.send_file("Blair", request, file, SOON).await,
            client.send_mail("Blair", mail, SOON).await,
            client.share("Blair", share, SOON).await,
            client.request_contact("Blair", ask, SOON).await,
        ];
        sent.map(|sent| sent.unwrap().message.id).to_vec()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_did_not_arrive_is_sent_again_whole() {
        let provider = Provider::with(200, |config| {
            for tier in config.issuer.as_mut().unwrap().tiers.values_mut() {
                tier.blob = 50;
            }
        })
        .await;
        let alex = Person::at("Alex", &[&provider]).await;
        let blair = Person::at("Blair", &[&provider]).await;
        meet(&alex, &blair).await;
        let (client, bytes) = (&alex.client, [7; 30_000]);
        let ids = send_all(client, &bytes).await;
        let refused = client.send_again(ids[0], SOON).await.unwrap_err();
        assert_eq!(refused.code, "not-stranded");

        let strand = |id, state| {
            let now = client.driver.now();
            let set = |tx: &rusqlite::Transaction<'_>| history::set_local_state(tx, id, state, now);
            client.driver.store.write(set).unwrap();
        };
        let what = |m: &MessageView| {
            let file = m.file.as_ref().map(|file| (file.name.clone(), file.size));
            let mail = m.mail.as_ref().map(|mail| mail.subject.clone());
            let (share, ask) = (m.share.clone(), m.contact_request.clone());
            (m.kind.clone(), m.text.clone(), file, mail, share, ask)
        };
        for (id, state) in ids.iter().zip(
            [MessageState::Unconfirmed, MessageState::Failed]
                .iter()
                .cycle(),
        ) {
            strand(*id, *state);
            let before = client.message(*id).unwrap();
            let again = client.send_again(*id, SOON).await.unwrap().message;
            assert!(again.id != *id && !again.state.is_stranded(), "{again:?}");
            assert_eq!(what(&again), what(&before));
            // One that may still arrive stays; one that cannot has been replaced.
            let stays = *state == MessageState::Unconfirmed;
            assert_eq!(
                client.message(*id).is_ok_and(|m| !m.deleted),
                stays,
                "{before:?}"
            );
            if before.kind == "file" {
                let mut read = Vec::new();
                client
                    .open_file(again.id)
                    .unwrap()
                    .read_to_end(&mut read)
                    .unwrap();
                assert!(read == bytes);
            }
        }

        let _online = (alex.online(), blair.online());
        let heard = || blair.messages().into_iter().map(|m| (m.kind, m.text));
        eventually("all of it, twice", || heard().count() == 2 * ids.len()).await;
        eventually("twice the same", || {
            let mut all: Vec<_> = heard().collect();
            all.sort();
            all.chunks(2).all(|pair| pair[0] == pair[1])
        })
        .await;
    }
}
