//! Whatever was given, what is shown is one small square; what would be too much is not decoded.

use image::ImageFormat;

use super::*;
use crate::error::ErrorKind;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut to = Cursor::new(Vec::new());
    picture.write_to(&mut to, format).unwrap();
    to.into_inner()
}

/// Left half red, right half blue, with a strip that the crop leaves out on either side.
fn wide() -> DynamicImage {
    let colour = |x| match x {
        0..100 | 300.. => [0, 255, 0],
        100..200 => [255, 0, 0],
        200..300 => [0, 0, 255],
    };
    RgbImage::from_fn(400, 200, |x, _| image::Rgb(colour(x))).into()
}

fn decoded(portrait: &Portrait) -> RgbImage {
    let shown = image::load_from_memory_with_format(portrait.jpeg(), ImageFormat::Jpeg).unwrap();
    assert_eq!(shown.dimensions(), (SIDE, SIDE));
    shown.into_rgb8()
}

fn near(pixel: &image::Rgb<u8>, wanted: [u8; 3]) -> bool {
    pixel
        .0
        .iter()
        .zip(wanted)
        .all(|(is, wanted)| is.abs_diff(wanted) < 30)
}

#[test]
fn the_square_in_the_middle_is_shown_whatever_the_format() {
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let portrait = Portrait::of(&*encoded(&wide(), format)).unwrap();
        let shown = decoded(&portrait);
        assert!(near(shown.get_pixel(20, 128), [255, 0, 0]), "{format:?}");
        assert!(near(shown.get_pixel(235, 128), [0, 0, 255]), "{format:?}");
        assert!(portrait.jpeg().len() <= MAX_LEN);
    }
}

#[test]
fn it_is_upright_and_no_note_of_the_camera_is_left() {
    const SECRET: &[u8] = b"52.5200 N 13.4050 E";
    // Turned to the right by whoever shows it; then what was left is above.
    let mut tiff =
        b"II\x2a\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x0e\x01\x02\0".to_vec();
    tiff.extend((SECRET.len() as u32).to_le_bytes());
    tiff.extend(38_u32.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(SECRET);
    let plain = encoded(&wide(), ImageFormat::Jpeg);
    let mut jpeg = img_parts::jpeg::Jpeg::from_bytes(plain.into()).unwrap();
    img_parts::ImageEXIF::set_exif(&mut jpeg, Some(tiff.into()));
    let noted = jpeg.encoder().bytes();
    assert!(noted.windows(SECRET.len()).any(|w| w == SECRET));

    let portrait = Portrait::of(&*noted).unwrap();
    assert!(!portrait.jpeg().windows(SECRET.len()).any(|w| w == SECRET));
    assert!(!portrait.jpeg().windows(4).any(|w| w == b"Exif"));
    let shown = decoded(&portrait);
    assert!(near(shown.get_pixel(128, 20), [255, 0, 0]));
    assert!(near(shown.get_pixel(128, 235), [0, 0, 255]));
}

#[test]
fn what_shines_through_is_white_and_noise_stays_small() {
    let clear = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]));
    let portrait = Portrait::of(&*encoded(&clear.into(), ImageFormat::Png)).unwrap();
    assert!(near(decoded(&portrait).get_pixel(9, 9), [255, 255, 255]));

    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let noise = RgbImage::from_fn(SIDE, SIDE, |_, _| {
        image::Rgb([random(), random(), random()])
    });
    let portrait = Portrait::of(&*encoded(&noise.into(), ImageFormat::Png)).unwrap();
    assert!(portrait.jpeg().len() <= MAX_LEN, "{portrait:?}");
}

/// A picture of one colour: small as a file, however many pixels it has.
fn huge(side: u32) -> Vec<u8> {
    encoded(&DynamicImage::new_luma8(side, side), ImageFormat::Png)
}

#[test]
fn what_is_no_picture_or_too_much_is_refused_with_a_reason() {
    let broken = {
        let mut png = encoded(&wide(), ImageFormat::Png);
        png.truncate(png.len() / 2);
        png
    };
    // The width in the header says so; nothing of that size is there.
    let claims = {
        let mut png = encoded(&wide(), ImageFormat::Png);
        png[16..20].copy_from_slice(&200_000_u32.to_be_bytes());
        png
    };
    for (bytes, code) in [
        (b"hello, I am a picture.jpg".to_vec(), "not-a-picture"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "not-a-picture",
        ),
        (Vec::new(), "not-a-picture"),
        (broken, "picture-damaged"),
        (b"\xff\xd8\xff\xe0 nothing else".to_vec(), "picture-damaged"),
        (huge(17_000), "picture-too-large"),
    ] {
        let error = Portrait::of(&*bytes).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Usage, code));
        assert!(error.message.contains(UNCHANGED));
    }
    assert!(Portrait::of(&*claims).is_err());
    let endless = std::io::repeat(0);
    assert_eq!(Portrait::of(endless).unwrap_err().code, "picture-too-large");
}

#[test]
fn of_a_contact_only_a_small_jpeg_or_png_is_taken() {
    let square = DynamicImage::ImageRgb8(RgbImage::from_pixel(512, 512, image::Rgb([9, 99, 200])));
    for format in [ImageFormat::Jpeg, ImageFormat::Png] {
        let portrait = Portrait::received(&encoded(&square, format)).unwrap();
        assert!(near(decoded(&portrait).get_pixel(128, 128), [9, 99, 200]));
    }
    // What we make ourselves, others take.
    let ours = Portrait::of(&*encoded(&wide(), ImageFormat::Png)).unwrap();
    assert!(Portrait::received(ours.jpeg()).is_some());

    let too_wide = DynamicImage::new_rgb8(513, 10);
    let small_bomb = huge(10_000);
    let mut long = encoded(&square, ImageFormat::Png);
    long.resize(MAX_PICTURE_LEN as usize + 1, 0);
    let mut cut = ours.jpeg().to_vec();
    cut.truncate(300);
    for bytes in [
        encoded(&square, ImageFormat::WebP),
        encoded(&square, ImageFormat::Gif),
        encoded(&too_wide, ImageFormat::Png),
        small_bomb,
        long,
        cut,
        b"not a picture".to_vec(),
        Vec::new(),
    ] {
        assert!(Portrait::received(&bytes).is_none(), "{}", bytes.len());
    }
}
