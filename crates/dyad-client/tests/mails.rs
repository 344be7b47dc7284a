//! Mails between two people, with real services: whatever is in them, and whatever happens on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::{Path, PathBuf};

use common::{Person, Provider, SOON, eventually, meet};
use dyad_client::ErrorKind;
use dyad_client::view::{Direction, FileState, MailAttachment, MailRequest, MessageView};

async fn friends() -> (Provider, Person, Person) {
    let provider = Provider::with(200, |config| {
        for tier in config.issuer.as_mut().unwrap().tiers.values_mut() {
            tier.blob = 200;
        }
    })
    .await;
    let alex = Person::at("Alex", &[&provider]).await;
    let blair = Person::at("Blair", &[&provider]).await;
    meet(&alex, &blair).await;
    (provider, alex, blair)
}

/// The last mail that somebody has from the other, once there are so many.
async fn heard(person: &Person, count: usize) -> MessageView {
    let incoming = || {
        let mut all = person.messages();
        all.retain(|message| message.direction == Direction::In);
        all
    };
    eventually("it arrives", || incoming().len() >= count).await;
    incoming().pop().unwrap()
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all_files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_as_a_mail_can_be_anything_and_is_read_all_the_same() {
    let (_provider, alex, blair) = friends().await;
    let _online = (alex.online(), blair.online());
    let bytes: Vec<u8> = (0..50_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut deep = String::from("Subject: deep\n");
    for level in 0..50 {
        deep.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n"
        ));
    }
    deep.push_str("\nat the bottom\n");
    let headerless = "no header, only words. ".repeat(200);
    for (count, (mail, subject, text)) in [
        (bytes, "", None),
        (deep.into_bytes(), "deep", Some("at the bottom")),
        (headerless.clone().into_bytes(), "", Some(headerless.trim())),
    ]
    .into_iter()
    .enumerate()
    {
        alex.client
            .send_eml("Blair", mail.clone(), None, SOON)
            .await
            .unwrap();
        let there = heard(&blair, count + 1).await;
        let there = blair.client.fetch_wait(there.id, SOON).await.unwrap();
        assert_eq!(there.mail.as_ref().unwrap().subject, subject);
        let read = blair.client.mail(there.id).await.unwrap();
        assert_eq!(read.subject, subject);
        if let Some(text) = text {
            assert_eq!(read.text, text);
        }
        let (_, exported) = blair.client.export_mail(there.id).await.unwrap();
        let body = &mail[mail.len() - 1_000..];
        assert!(exported.ends_with(body), "the body is what it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_its_service_changed_is_never_read() {
    let (provider, alex, blair) = friends().await;
    let _online = (alex.online(), blair.online());
    let request = MailRequest {
        subject: "Minutes".to_owned(),
        text: "word ".repeat(1_000),
        ..MailRequest::default()
    };
    alex.client.send_mail("Blair", request, SOON).await.unwrap();
    let there = heard(&blair, 1).await;
    for path in all_files(&provider.data().join("blobs")) {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let there = blair.client.fetch_wait(there.id, SOON).await.unwrap();
    assert_eq!(there.file.as_ref().unwrap().state, FileState::Changed);
    // What its message says of it is still there; nothing of the mail is.
    assert_eq!(there.mail.unwrap().subject, "Minutes");
    let folder = tempfile::tempdir().unwrap();
    for refused in [
        blair.client.mail(there.id).await.unwrap_err(),
        blair.client.mail_attachment(there.id, 1).await.unwrap_err(),
        blair
            .client
            .save_mail(there.id, folder.path())
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refused.kind, ErrorKind::Usage, "{refused}");
    }
    assert!(all_files(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_lose_what_cameras_noted_and_names_lead_nowhere() {
    let (_provider, alex, blair) = friends().await;
    let _online = (alex.online(), blair.online());
    // A picture with a comment in it.
    let mut picture = vec![0xff, 0xd8, 0xff, 0xfe, 0, 13];
    picture.extend_from_slice(b"secret spot");
    let drawn = image::RgbImage::from_pixel(8, 8, image::Rgb([1, 2, 3]));
    let mut plain = std::io::Cursor::new(Vec::new());
    drawn
        .write_to(&mut plain, image::ImageFormat::Jpeg)
        .unwrap();
    picture.extend_from_slice(&plain.into_inner()[2..]);
    let noted = |bytes: &[u8]| bytes.windows(11).any(|part| part == b"secret spot");
    assert!(noted(&picture));
    for (count, keep) in [false, true].into_iter().enumerate() {
        let request = MailRequest {
            subject: "Look".to_owned(),
            keep_metadata: keep,
            attachments: vec![MailAttachment {
                name: "../../pier.jpg".to_owned(),
                media_type: None,
                bytes: picture.clone(),
            }],
            ..MailRequest::default()
        };
        alex.client.send_mail("Blair", request, SOON).await.unwrap();
        let there = heard(&blair, count + 1).await;
        if there.file.is_some() {
            blair.client.fetch_wait(there.id, SOON).await.unwrap();
        }
        let (about, bytes) = blair.client.mail_attachment(there.id, 1).await.unwrap();
        assert_eq!(
            (about.name.as_str(), about.media_type.as_str()),
            ("pier.jpg", "image/jpeg")
        );
        assert_eq!(noted(&bytes), keep);
    }
    let damaged = MailRequest {
        attachments: vec![MailAttachment {
            name: "x.jpg".to_owned(),
            media_type: None,
            bytes: vec![0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff],
        }],
        ..MailRequest::default()
    };
    let before = alex.messages().len();
    let refused = alex.client.send_mail("Blair", damaged, SOON).await;
    assert_eq!(refused.unwrap_err().code, "picture-not-cleaned");
    assert_eq!(alex.messages().len(), before);
}
