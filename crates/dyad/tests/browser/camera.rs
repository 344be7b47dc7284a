//! A QR code held before the camera.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use qrcode::{Color, QrCode};

use crate::stage::{Browser, Person, Wishes, browser_here};

/// Size of the film, pixels.
const WIDTH: usize = 640;
const HEIGHT: usize = 480;
/// Frames before the code comes into view, and with it.
const EMPTY: usize = 15;
const SHOWN: usize = 30;

/// A film in which somebody holds a code before the camera: uncompressed YUV4MPEG2, which Chromium plays in a loop.
fn film(path: &Path, text: &str) {
    let code = QrCode::new(text).unwrap();
    let (modules, colours) = (code.width(), code.to_colors());
    // Four light modules around it (ISO/IEC 18004, section 6.3.8).
    let scale = HEIGHT / (modules + 8);
    let side = modules * scale;
    let (left, top) = ((WIDTH - side) / 2, (HEIGHT - side) / 2);
    let mut shown = vec![225_u8; WIDTH * HEIGHT];
    for (n, colour) in colours.iter().enumerate() {
        if *colour == Color::Dark {
            let (x, y) = (left + n % modules * scale, top + n / modules * scale);
            for row in y..y + scale {
                shown[row * WIDTH + x..row * WIDTH + x + scale].fill(30);
            }
        }
    }
    let empty = vec![120_u8; WIDTH * HEIGHT];
    let grey = vec![128_u8; WIDTH * HEIGHT / 2];
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420jpeg").unwrap();
    for n in 0..EMPTY + SHOWN {
        file.write_all(b"FRAME\n").unwrap();
        file.write_all(if n < EMPTY { &empty } else { &shown })
            .unwrap();
        file.write_all(&grey).unwrap();
    }
    file.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_by_showing_it_to_the_camera() {
    if !browser_here() {
        return;
    }
    let (alex, blair) = (Person::called("Alex"), Person::called("Blair"));
    let link = alex.ok(&["invite", "--name", "Blair"])["created"]["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.y4m");
    film(&path, &link);

    let browser = Browser::with(&Wishes {
        camera: Some(&path),
        ..Wishes::default()
    })
    .await;
    browser.go(&blair.launch()).await;
    browser.find("#list").await;
    browser.go(&blair.url("/accept")).await;
    browser.click("[data-scan-camera]").await;
    // Read off the film by the app itself; then the page says whose invitation it is.
    browser.find("[name=nick]").await;
    browser.reads("Alex").await;
    browser.click("main form button.primary").await;
    browser.click("#list a.row-link").await;
    browser.reads("In touch").await;
    browser.close().await;
}
