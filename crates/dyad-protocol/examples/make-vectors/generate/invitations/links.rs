//! Links, URIs and files.

use dyad_protocol::codec::to_base64;
use dyad_protocol::invitation::{InvitationLink, to_file};
use serde_json::json;

use super::super::cast::host;
use super::super::{Case, extended, flipped, hex, patched, truncated};
use super::Made;

const PARSE: &str = "invitation/parse";

fn link(made: &Made, host_name: &str) -> InvitationLink {
    InvitationLink {
        host: host(host_name),
        secret: made.secret.clone(),
        commitment: made.invitation.hash(),
    }
}

fn fragment(made: &Made) -> String {
    to_base64(&[&[1][..], made.secret.expose(), &made.invitation.hash()].concat())
}

pub fn good(made: &Made, cases: &mut Vec<Case>) {
    let fragment = fragment(made);
    let whole = to_file(&made.secret, &made.invitation);
    let expect = |host: &str| json!({ "host": host, "secret": hex(made.secret.expose()), "commitment": hex(made.invitation.hash()) });
    for (name, text, host_name) in [
        (
            "web link",
            link(made, "sender.example").to_https(),
            "sender.example",
        ),
        (
            "URI",
            link(made, "sender.example:8443").to_uri(),
            "sender.example:8443",
        ),
        (
            "on the machine itself",
            link(made, "127.0.0.1:7411").to_https(),
            "127.0.0.1:7411",
        ),
        (
            "host in capitals",
            format!("https://Sender.Example/i#{fragment}"),
            "sender.example",
        ),
        (
            "broken into lines",
            format!(
                "  https://sender.example/i#{}\n\t{}\n",
                &fragment[..30],
                &fragment[30..]
            ),
            "sender.example",
        ),
    ] {
        cases.push(Case::ok(
            PARSE,
            name,
            "Read as a link.",
            json!({ "text": text }),
            expect(host_name),
        ));
    }
    let expect = json!({ "secret": hex(made.secret.expose()), "invitation": hex(made.invitation.as_bytes()) });
    cases.push(Case::ok(
        PARSE,
        "file",
        "Holds all of it: nothing has to be fetched.",
        json!({ "text": whole }),
        expect,
    ));
}

pub fn refused(made: &Made, cases: &mut Vec<Case>) {
    let good = fragment(made);
    let of = |bytes: &[u8]| format!("https://sender.example/i#{}", to_base64(bytes));
    let payload = [&[1][..], made.secret.expose(), &made.invitation.hash()].concat();
    let file = |bytes: &[u8]| format!("dyad-invitation:{}", to_base64(bytes));
    let whole = [&[1][..], made.secret.expose(), made.invitation.as_bytes()].concat();
    for (name, text, error) in [
        ("no text", String::new(), "malformed"),
        (
            "some other link",
            "https://sender.example/".into(),
            "malformed",
        ),
        (
            "no fragment",
            "https://sender.example/i".into(),
            "malformed",
        ),
        (
            "empty fragment",
            "https://sender.example/i#".into(),
            "length",
        ),
        (
            "plain http to a name",
            format!("http://sender.example/i#{good}"),
            "malformed",
        ),
        (
            "unknown scheme",
            format!("ftp://sender.example/i#{good}"),
            "malformed",
        ),
        (
            "another path",
            format!("https://sender.example/x#{good}"),
            "malformed",
        ),
        (
            "user in the host",
            format!("https://user@sender.example/i#{good}"),
            "malformed",
        ),
        ("no host", format!("https:///i#{good}"), "length"),
        (
            "fragment that is no base64url",
            "https://sender.example/i#a+/=".into(),
            "malformed",
        ),
        ("link, truncated", of(&truncated(&payload)), "length"),
        ("link, trailing byte", of(&extended(&payload)), "length"),
        (
            "link, version 0",
            of(&patched(&payload, 0, &[0])),
            "version",
        ),
        (
            "link, version 2",
            of(&patched(&payload, 0, &[2])),
            "version",
        ),
        ("link, secret alone", of(&payload[..33]), "length"),
        ("file, truncated", file(&truncated(&whole)), "length"),
        (
            "file, version 2",
            file(&patched(&whole, 0, &[2])),
            "version",
        ),
        (
            "file, changed",
            file(&flipped(&whole, whole.len() - 1)),
            "not-authentic",
        ),
        ("file, secret cut off", file(&whole[..20]), "length"),
        ("empty file", "dyad-invitation:".into(), "length"),
    ] {
        let description = "Not an invitation.";
        cases.push(Case::refused(
            PARSE,
            name,
            description,
            json!({ "text": text }),
            error,
        ));
    }
    let long = json!({ "text": { "repeat": " ", "times": 12_289 } });
    cases.push(Case::refused(
        PARSE,
        "endless text",
        "Longer than any invitation.",
        long,
        "length",
    ));
}
