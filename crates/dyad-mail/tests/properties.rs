//! Whatever comes in: reading ends, nothing panics, cleaning and exporting change neither text nor attachments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dyad_mail::{Draft, Envelope, NewAttachment, attachment, clean, compose, export, read};
use proptest::prelude::*;

const ENVELOPE: Envelope<'static> = Envelope {
    from: "A",
    to: "B",
    date: 0,
    id: "x",
};

fn check(mail: &[u8]) {
    let before = read(mail);
    for place in 0..before.attachments.len() {
        let bytes = attachment(mail, place).unwrap();
        assert_eq!(bytes.len() as u64, before.attachments[place].size);
    }
    let cleaned = clean(mail);
    assert_eq!(clean(&cleaned), cleaned);
    let exported = export(&cleaned, &ENVELOPE);
    for after in [read(&cleaned), read(&exported)] {
        assert_eq!(after.text, before.text);
        assert_eq!(after.attachments, before.attachments);
    }
}

/// Pieces of which mails are made, good and bad.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "Content-Type: multipart/mixed; boundary=a\r\n",
        "Content-Type: multipart/alternative; boundary=\"b\"\n",
        "Content-Type: multipart/digest; boundary*0=a; boundary*1=b\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: text/html; charset=utf-7\n",
        "Content-Type: text/plain; charset=utf-16\n",
        "Content-Type: text/plain; charset=iso-2022-jp\n",
        "Content-Type: text/plain; charset=shift_jis\n",
        "Content-Type: (comment (nested)) text/plain; name*=utf-8''%zz%41\n",
        "Content-Disposition: attachment; filename*0*=x''%; filename*99999999999=\"\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "Subject: =?utf-8?Q?=C3?= =?x?B?====?=\n",
        "From: \"a (b\" <<>@,;: group: x@y, ;\n",
        "Date: Mon, 99 Foo 99999 99:99:99 +9999\n",
        "Message-ID: <<>\n",
        "References: < <a> b> (c\n",
        "From x y\n",
        "\n",
        "\r\n",
        "\r",
        "--a\n",
        "--a--\n",
        "--b\r\n",
        "--b--",
        "--ab\n",
        "<p>&#x110000;&amp<!-- <script>",
        "=3D=\n=",
        "SGVsbG8=",
        "+AGE-+",
        "\u{1b}$B",
        "text",
        " folded\n",
        "\t",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ]
}

/// Found by the property below: an open quotation mark took in what stood behind it, until cleaning took out a field
/// between, and the mail said something else than before.
#[test]
fn an_open_quotation_mark_takes_in_no_other_field() {
    check(
        b"Date: x\n\t+AGE-+=3D=\n=Content-Type: multipart/mixed; boundary=a\r\n\
        Content-Type: message/rfc822\n\
        Content-Disposition: attachment; filename*0*=x''%; filename*99999999999=\"\n",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check(&bytes);
    }

    #[test]
    fn anything_made_of_pieces_of_mails(pieces in prop::collection::vec(piece(), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_header(name in "(Content-Type|Content-Disposition|Subject|From|Date|References|Content-Transfer-Encoding)", value in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut mail = name.into_bytes();
        mail.extend_from_slice(b": ");
        mail.extend_from_slice(&value);
        mail.extend_from_slice(b"\n\nbody");
        check(&mail);
    }

    #[test]
    fn what_is_written_is_read(
        subject in "\\PC{0,200}",
        text in "(\\PC|\n){0,500}",
        attached in prop::collection::vec(("\\PC{1,40}", prop::collection::vec(any::<u8>(), 0..300)), 0..4),
    ) {
        let attachments: Vec<NewAttachment> = attached
            .into_iter()
            .map(|(name, bytes)| NewAttachment { name, media_type: None, bytes })
            .collect();
        let mail = compose(&Draft {
            subject: &subject,
            text: &text,
            date: 1_800_000_000,
            message_id: "x@dyad.invalid",
            in_reply_to: None,
            references: &[],
            attachments: &attachments,
        });
        check(&mail);
        let found = read(&mail);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&found.subject), words(&subject));
        prop_assert_eq!(words(&found.text), words(&text));
        prop_assert_eq!(found.attachments.len(), attachments.len());
        for (place, given) in attachments.iter().enumerate() {
            prop_assert_eq!(&*attachment(&mail, place).unwrap(), &given.bytes[..]);
        }
    }
}
