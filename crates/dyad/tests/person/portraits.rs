//! The picture beside a name, between people in processes of their own.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stage::{Home, Provider, fails, friends, invite, status_of};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];

fn drawn(folder: &Path, name: &str, colour: [u8; 3]) -> PathBuf {
    let path = folder.join(name);
    let picture = image::RgbImage::from_pixel(300, 200, image::Rgb(colour));
    picture.save(&path).unwrap();
    path
}

fn shown(home: &Home, nick: &str) -> Option<String> {
    let details = home.ok(&["contact", "show", nick]);
    let picture = &details["details"]["contact"]["picture"];
    picture.as_str().map(str::to_owned)
}

/// The colour of the picture that a contact shows, as it is written to a file.
fn colour(home: &Home, nick: &str) -> Option<[u8; 3]> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap().to_owned();
    let saved = home.script(&["contact", "picture", nick, "-o", &to]);
    if saved.code != 0 {
        fails(&saved, 2, "no-picture", "shows no picture");
        return None;
    }
    let path = saved.json()["saved"].as_str().unwrap().to_owned();
    let picture = image::open(&path).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (256, 256));
    Some(
        picture
            .get_pixel(128, 128)
            .0
            .map(|c| if c > 127 { 255 } else { 0 }),
    )
}

#[track_caller]
fn sees(from: &Home, to: &Home, wanted: Option<[u8; 3]>) {
    from.ok(&["sync"]);
    to.sync_until("the picture came", |to| {
        from.script(&["sync"]);
        colour(to, "Alex") == wanted
    });
}

#[test]
fn a_picture_reaches_contacts_changes_and_goes() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let folder = tempfile::tempdir().unwrap();
    let path = |name, colour| {
        drawn(folder.path(), name, colour)
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (red, green, blue) = (
        path("red.jpg", RED),
        path("green.png", GREEN),
        path("blue.webp", BLUE),
    );

    let me = alex.ok(&["me", "--picture", &red]);
    assert!(me["profile"]["picture"].is_string(), "{me}");
    assert!(alex.run(&["me"]).out.contains("Picture"));
    sees(&alex, &blair, Some(RED));
    // It stands beside the name, and nowhere in the conversation.
    assert_eq!(blair.messages(), Vec::<Value>::new());
    assert_eq!(blair.ok(&["contacts"])["contacts"][0]["unread"], 0);
    assert!(
        blair
            .run(&["contact", "show", "Alex"])
            .out
            .contains("dyad contact picture")
    );
    let first = shown(&blair, "Alex").unwrap();

    // Two changes before anything has gone: the last arrives, as another picture.
    alex.ok(&["me", "--picture", &green]);
    alex.ok(&["me", "--picture", &blue]);
    sees(&alex, &blair, Some(BLUE));
    assert_ne!(shown(&blair, "Alex").unwrap(), first);

    // Nothing that is there is written over.
    let kept = folder.path().join("kept.jpg");
    std::fs::write(&kept, "mine").unwrap();
    let again = blair.script(&["contact", "picture", "Alex", "-o", kept.to_str().unwrap()]);
    fails(&again, 2, "file-exists", "already");
    assert_eq!(std::fs::read(&kept).unwrap(), b"mine");

    // Whoever comes later gets it too, and only when they can write to each other.
    let casey = Home::with("Casey", &[&provider]);
    casey.ok(&["accept", &invite(&alex, "Casey")]);
    assert_eq!(shown(&casey, "Alex"), None);
    sees(&alex, &casey, Some(BLUE));
    assert_eq!(status_of(&casey, "Alex").as_deref(), Some("active"));

    // A blocked contact learns nothing, and all of it later.
    alex.ok(&["contact", "block", "Blair"]);
    alex.ok(&["me", "--picture", &red]);
    sees(&alex, &casey, Some(RED));
    blair.ok(&["sync"]);
    assert_eq!(colour(&blair, "Alex"), Some(BLUE));
    alex.ok(&["contact", "unblock", "Blair"]);
    sees(&alex, &blair, Some(RED));

    // Another profile shows something else: here nothing.
    alex.ok(&["me", "add", "--name", "Alex at work"]);
    alex.ok(&["contact", "profile", "Casey", "2"]);
    sees(&alex, &casey, None);
    assert_eq!(colour(&blair, "Alex"), Some(RED));
    alex.ok(&["me", "change", "2", "--picture", &green]);
    sees(&alex, &casey, Some(GREEN));

    let me = alex.ok(&["me", "--no-picture"]);
    assert!(me["profile"]["picture"].is_null(), "{me}");
    sees(&alex, &blair, None);
    assert_eq!(shown(&blair, "Alex"), None);
    assert_eq!(colour(&casey, "Alex"), Some(GREEN));
}

#[test]
fn what_is_no_picture_is_refused_and_changes_nothing() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("words.jpg"), "not a picture").unwrap();
    std::fs::write(
        path("drawn.svg"),
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    .unwrap();
    let good = drawn(folder.path(), "good.png", RED);
    let mut cut = std::fs::read(&good).unwrap();
    cut.truncate(cut.len() / 2);
    std::fs::write(path("cut.png"), cut).unwrap();
    // Says of itself that it has four thousand million pixels.
    let bomb = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b";
    std::fs::write(path("bomb.gif"), bomb).unwrap();
    for (name, word) in [
        ("words.jpg", "not-a-picture"),
        ("drawn.svg", "not-a-picture"),
        ("cut.png", "picture-damaged"),
        ("bomb.gif", "picture-too-large"),
        ("none.png", "no-such-file"),
        ("", "not-a-file"),
        ("/dev/zero", "not-a-file"),
    ] {
        let done = home.script(&["me", "--name", "Blair", "--picture", &path(name)]);
        fails(&done, 2, word, "Nothing was changed");
    }
    let me = home.ok(&["me"]);
    assert!(me["profile"]["picture"].is_null() && me["profile"]["name"] == "Alex");
    let both = home.run(&["me", "--picture", &path("good.png"), "--no-picture"]);
    assert_eq!(both.code, 2, "{both:?}");
}
