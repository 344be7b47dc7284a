//! Nothing that a camera noted is left, the picture is the same to the last pixel, and no picture is decoded for ever.

use image::{Frame, ImageFormat, RgbaImage};

use super::*;

const SECRET: &[u8] = b"52.5200 N 13.4050 E";

fn drawn() -> RgbaImage {
    RgbaImage::from_fn(40, 20, |x, y| {
        image::Rgba([(x * 6) as u8, (y * 12) as u8, 90, 255])
    })
}

/// EXIF with an orientation, and a note that is to go.
fn exif(orientation: u8) -> Bytes {
    let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0]);
    // ImageDescription, at offset 38.
    tiff.extend(b"\x0e\x01\x02\0");
    tiff.extend((SECRET.len() as u32).to_le_bytes());
    tiff.extend(38_u32.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(SECRET);
    tiff.into()
}

fn encoded(format: ImageFormat) -> Bytes {
    let mut to = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(drawn());
    match format {
        ImageFormat::Jpeg => picture.to_rgb8().write_to(&mut to, format).unwrap(),
        _ => picture.write_to(&mut to, format).unwrap(),
    }
    to.into_inner().into()
}

fn noted(kind: Kind) -> Bytes {
    match kind {
        Kind::Jpeg => {
            let mut jpeg = Jpeg::from_bytes(encoded(ImageFormat::Jpeg)).unwrap();
            for marker in [0xe1, 0xed, 0xef, 0xfe, 0xe2] {
                let note = [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat();
                let note = JpegSegment::new_with_contents(marker, note.into());
                jpeg.segments_mut().insert(0, note);
            }
            jpeg.set_exif(Some(exif(6)));
            let mut bytes = jpeg.encoder().bytes().to_vec();
            // What a motion photo appends.
            bytes.extend(SECRET);
            bytes.into()
        }
        Kind::Png => {
            let mut png = Png::from_bytes(encoded(ImageFormat::Png)).unwrap();
            png.set_exif(Some(exif(6)));
            for kind in [*b"tEXt", *b"iTXt", *b"zTXt", *b"tIME", *b"prVt"] {
                let note = img_parts::png::PngChunk::new(kind, SECRET.to_vec().into());
                png.chunks_mut().insert(1, note);
            }
            png.encoder().bytes()
        }
        Kind::WebP => {
            let mut webp = WebP::from_bytes(encoded(ImageFormat::WebP)).unwrap();
            webp.set_exif(Some(exif(6)));
            for id in [*b"XMP ", *b"note"] {
                let note = RiffContent::Data(SECRET.to_vec().into());
                webp.chunks_mut().push(RiffChunk::new(id, note));
            }
            webp.encoder().bytes()
        }
        Kind::Gif => {
            let mut bytes = encoded(ImageFormat::Gif).to_vec();
            let end = bytes.len() - 1;
            let mut note = vec![0x21, 0xfe, SECRET.len() as u8];
            note.extend(SECRET);
            note.push(0);
            let mut xmp = b"\x21\xff\x0bXMP DataXMP".to_vec();
            xmp.push(SECRET.len() as u8);
            xmp.extend(SECRET);
            xmp.push(0);
            bytes.splice(end..end, [note, xmp].concat());
            bytes.extend(SECRET);
            bytes.into()
        }
    }
}

fn holds_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

#[test]
fn nothing_noted_is_left_and_the_picture_is_the_same() {
    for kind in [Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Gif] {
        let noted = noted(kind);
        assert_eq!(is_picture(&noted), Some(kind));
        assert!(holds_secret(&noted), "{kind:?}");
        let clean = clean(kind, &noted).unwrap();
        assert!(!holds_secret(&clean), "{kind:?}");
        let (before, after) = (decode(&noted).unwrap(), decode(&clean).unwrap());
        assert_eq!(before, after, "{kind:?}");
        if kind != Kind::Gif {
            // Turned by a quarter, as the camera was held.
            assert_eq!((after.width(), after.height()), (20, 40), "{kind:?}");
        }
    }
}

#[test]
fn notes_between_the_scans_of_a_progressive_picture_go() {
    let scans = [
        &[1, 2, 0xff, 0x00, 3, 0xff, 0xd0, 4][..],
        &[0xff, 0xfe, 0, 4, b'n', b'o'],
        &[0xff, 0xc4, 0, 3, 9, 5],
    ]
    .concat();
    let ended = [&scans[..], &[0xff, 0xd9], SECRET].concat();
    assert_eq!(
        clean_scans(&ended).unwrap(),
        [
            1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xc4, 0, 3, 9, 5, 0xff, 0xd9
        ]
    );
    assert_eq!(clean_scans(&scans), None);
}

#[test]
fn an_animation_keeps_moving() {
    let mut to = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut to);
    encoder
        .set_repeat(image::codecs::gif::Repeat::Infinite)
        .unwrap();
    for _ in 0..3 {
        encoder.encode_frame(Frame::new(drawn())).unwrap();
    }
    drop(encoder);
    let clean = clean(Kind::Gif, &to.clone().into()).unwrap();
    assert_eq!(clean, to);
}

#[test]
fn a_preview_is_small_and_has_the_size_of_the_picture() {
    let described = describe(&encoded(ImageFormat::Png));
    assert_eq!(described.dimensions, Some((40, 20)));
    assert!(described.preview.unwrap().len() <= dyad_protocol::content::MAX_PREVIEW_LEN);
}

#[test]
fn a_picture_that_claims_to_be_huge_is_not_decoded() {
    let mut png = encoded(ImageFormat::Png).to_vec();
    // Width and height, then the checksum of the header.
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let header = img_parts::png::PngChunk::new(*b"IHDR", png[16..29].to_vec().into());
    let header = header.encoder().bytes();
    png[8..33].copy_from_slice(&header);
    assert_eq!(describe(&png), Described::default());
}

#[test]
fn what_is_cut_or_damaged_is_refused_and_never_a_panic() {
    for kind in [Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Gif] {
        let noted = noted(kind);
        for len in 0..noted.len() {
            let cut = noted.slice(..len);
            if let Some(clean) = clean(kind, &cut) {
                assert!(!holds_secret(&clean), "{kind:?} {len}");
            }
        }
    }
}
