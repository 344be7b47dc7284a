//! Where a picture was taken goes along only when its sender wants that, whatever the format.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::Value;

use crate::stage::{Home, Provider, fails, friends};

/// 52° 31' 12.5" north, 13° 24' 36.25" east: how EXIF writes degrees, minutes and seconds.
fn place() -> Vec<u8> {
    [52, 1, 31, 1, 1_250, 100, 13, 1, 24, 1, 3_625, 100]
        .into_iter()
        .flat_map(u32::to_be_bytes)
        .collect()
}

/// EXIF (TIFF 6.0, big-endian) with nothing but a pointer to the GPS directory and what that says.
fn exif() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut entry = [tag.to_be_bytes(), kind.to_be_bytes()].concat();
        entry.extend(count.to_be_bytes());
        entry.extend(value);
        entry
    };
    const GPS_AT: u32 = 8 + 2 + 12 + 4;
    const PLACE_AT: u32 = GPS_AT + 2 + 4 * 12 + 4;
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    tiff.extend(entry(0x8825, 4, 1, GPS_AT.to_be_bytes()));
    tiff.extend([0, 0, 0, 0, 0, 4]);
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, PLACE_AT.to_be_bytes()));
    tiff.extend(entry(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(entry(4, 5, 3, (PLACE_AT + 24).to_be_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(place());
    tiff
}

fn drawn(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 90]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// EXIF in a segment of its own (APP1), before everything else.
fn jpeg() -> Vec<u8> {
    let note = [&b"Exif\0\0"[..], &exif()].concat();
    let len = u16::try_from(note.len() + 2).unwrap();
    let segment = [&[0xff, 0xe1], &len.to_be_bytes()[..], &note].concat();
    let mut bytes = drawn(ImageFormat::Jpeg);
    bytes.splice(2..2, segment);
    bytes
}

/// EXIF in a chunk `eXIf`, and the same place in a text, after the header.
fn png() -> Vec<u8> {
    let mut notes = chunk(*b"eXIf", &exif());
    notes.extend(chunk(*b"tEXt", &[&b"Place\0"[..], &place()].concat()));
    let mut bytes = drawn(ImageFormat::Png);
    let header = 8 + 4 + 4 + 13 + 4;
    bytes.splice(header..header, notes);
    bytes
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(data);
    let sum = crc(&chunk[4..]);
    chunk.extend(sum.to_be_bytes());
    chunk
}

/// PNG (third edition), annex D.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            1 => sum >> 1 ^ 0xedb8_8320,
            _ => sum >> 1,
        })
    })
}

/// EXIF in a chunk of its own, which the extended header announces.
fn webp() -> Vec<u8> {
    let part = |name: &[u8; 4], data: &[u8]| {
        let mut part = name.to_vec();
        part.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        part.extend(data);
        part.resize(part.len() + data.len() % 2, 0);
        part
    };
    // Flags: EXIF; then three reserved bytes, and width and height less one.
    let header = [8, 0, 0, 0, 63, 0, 0, 47, 0, 0];
    let mut body = b"WEBP".to_vec();
    body.extend(part(b"VP8X", &header));
    body.extend(&drawn(ImageFormat::WebP)[12..]);
    body.extend(part(b"EXIF", &exif()));
    part(b"RIFF", &body)
}

/// As much of a HEIC as it takes to be one, with EXIF in it.
fn heic() -> Vec<u8> {
    [&b"\0\0\0\x18ftypheic\0\0\0\0heicmif1"[..], &exif()].concat()
}

fn tells_place(bytes: &[u8]) -> bool {
    let place = place();
    bytes.windows(place.len()).any(|part| part == place)
}

fn send(from: &Home, path: &Path, keep: bool) {
    let path = path.to_str().unwrap();
    let mut args = vec!["send", "Blair", "--file", path];
    args.extend(keep.then_some("--keep-metadata"));
    from.ok(&args);
}

/// The file that arrived last, as it was when it was saved.
fn arrived(at: &Home, count: usize, to: &Path) -> Vec<u8> {
    let files = |home: &Home| -> Vec<Value> {
        let all = home.messages();
        all.into_iter().filter(|m| m["kind"] == "file").collect()
    };
    at.sync_until("the file is offered", |home| files(home).len() == count);
    let id = files(at)
        .iter()
        .filter_map(|message| message["id"].as_u64())
        .max()
        .unwrap()
        .to_string();
    at.ok(&["fetch", &id, "-o", to.to_str().unwrap(), "--wait=60"]);
    fs::read(to).unwrap()
}

#[test]
fn a_picture_says_where_it_was_taken_only_when_its_sender_wants_that() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (name, bytes) in [("a.jpg", jpeg()), ("b.png", png()), ("c.webp", webp())] {
        let path = folder.path().join(name);
        fs::write(&path, &bytes).unwrap();
        assert!(tells_place(&bytes));
        let before = image::load_from_memory(&bytes).unwrap();
        for keep in [false, true] {
            send(&alex, &path, keep);
            count += 1;
            let to = folder.path().join(format!("{count}"));
            let there = arrived(&blair, count, &to);
            assert_eq!(tells_place(&there), keep, "{name}");
            if keep {
                assert!(there == bytes, "{name} was changed");
            }
            let after = image::load_from_memory(&there).unwrap();
            assert!(before == after, "{name} is another picture");
        }
    }

    // What cannot be taken out is not sent behind its sender's back, whatever the file is called.
    for name in ["d.heic", "e.dat"] {
        let path = folder.path().join(name);
        fs::write(&path, heic()).unwrap();
        let refused = alex.script(&["send", "Blair", "--file", path.to_str().unwrap()]);
        fails(&refused, 2, "picture-not-cleaned", "it is HEIC");
        fails(&refused, 2, "picture-not-cleaned", "--keep-metadata");
        assert!(fs::read_dir(alex.path().join("blobs")).unwrap().count() == count);
    }
    send(&alex, &folder.path().join("d.heic"), true);
    count += 1;
    let there = arrived(&blair, count, &folder.path().join("heic"));
    assert!(there == heic());
}
