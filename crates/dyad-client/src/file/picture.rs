//! Pictures: what a camera noted is taken out without touching the picture, and a small preview is made.
//!
//! What may stay in a container is listed, not what must go: a note of a kind that nobody has heard of goes too.

mod other;

use std::io::Cursor;

pub(crate) use other::other_picture;

use bytes::Bytes;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::Png;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;
use img_parts::{ImageEXIF, ImageICC};

/// Largest picture that is cleaned or shown small, bytes: it is held in memory.
pub(crate) const MAX_CLEANED: u64 = 64 << 20;
/// Most memory for decoding a picture, bytes, whatever size it claims.
pub(super) const MAX_DECODED: u64 = 256 << 20;
/// Greatest width or height that is decoded, pixels.
pub(super) const MAX_SIDE: u32 = 30_000;
/// ThumbHash wants no side longer than this.
const PREVIEW_SIDE: u32 = 100;

/// The formats that are cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Jpeg,
    Png,
    WebP,
    Gif,
}

impl Kind {
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// What a message says of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Described {
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) preview: Option<Vec<u8>>,
}

/// By its first twelve bytes, whatever its name says.
pub(crate) fn is_picture(begins: &[u8]) -> Option<Kind> {
    match begins {
        [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Kind::Png),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Kind::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
        _ => None,
    }
}

/// The same picture without notes; which side is up stays. `None` if it cannot be read.
pub(crate) fn clean(kind: Kind, picture: &Bytes) -> Option<Bytes> {
    match kind {
        Kind::Jpeg => clean_jpeg(picture),
        Kind::Png => clean_png(picture),
        Kind::WebP => clean_webp(picture),
        Kind::Gif => clean_gif(picture),
    }
}

/// Size and preview; nothing of what cannot be decoded within the limits.
pub(crate) fn describe(picture: &[u8]) -> Described {
    let Some(shown) = decode(picture) else {
        return Described::default();
    };
    let small = shown.thumbnail(PREVIEW_SIDE, PREVIEW_SIDE).into_rgba8();
    let (width, height) = (small.width() as usize, small.height() as usize);
    Described {
        dimensions: Some((shown.width(), shown.height())),
        preview: Some(thumbhash::rgba_to_thumb_hash(width, height, &small)),
    }
}

/// How much of a picture is decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decoding {
    /// Greatest width or height, pixels.
    pub(super) side: u32,
    /// Most memory, bytes.
    pub(super) memory: u64,
}

/// Why a picture was not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undecodable {
    TooLarge,
    Damaged,
}

fn decode(picture: &[u8]) -> Option<DynamicImage> {
    let most = Decoding {
        side: MAX_SIDE,
        memory: MAX_DECODED,
    };
    let (mut shown, orientation) = decode_upright(picture, most).ok()?;
    shown.apply_orientation(orientation);
    Some(shown)
}

/// Decodes a picture within bounds, whatever it claims. Gives how it is to be turned.
pub(super) fn decode_upright(
    picture: &[u8],
    most: Decoding,
) -> Result<(DynamicImage, Orientation), Undecodable> {
    let why = |error| match error {
        ImageError::Limits(_) => Undecodable::TooLarge,
        _ => Undecodable::Damaged,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(most.side);
    limits.max_image_height = Some(most.side);
    limits.max_alloc = Some(most.memory);
    let mut reader = ImageReader::new(Cursor::new(picture))
        .with_guessed_format()
        .map_err(|_| Undecodable::Damaged)?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(why)?;
    // A decoder may look at its limits late; this is what it would need.
    let (width, height) = decoder.dimensions();
    if width.max(height) > most.side || decoder.total_bytes() > most.memory {
        return Err(Undecodable::TooLarge);
    }
    let orientation = decoder.orientation().map_err(why)?;
    let shown = DynamicImage::from_decoder(decoder).map_err(why)?;
    Ok((shown, orientation))
}

/// EXIF that says which side is up, and nothing else; none where that is the usual one.
fn orientation_only(exif: Option<Bytes>) -> Option<Bytes> {
    let orientation = Orientation::from_exif_chunk(&exif?)?;
    if orientation == Orientation::NoTransforms {
        return None;
    }
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0]);
    Some(tiff.into())
}

fn clean_jpeg(picture: &Bytes) -> Option<Bytes> {
    let mut jpeg = Jpeg::from_bytes(picture.clone()).ok()?;
    let (exif, icc) = (orientation_only(jpeg.exif()), jpeg.icc_profile());
    // 0xe0: JFIF. 0xee: how Adobe's programs have coded colours.
    let stays = |segment: &JpegSegment| match segment.marker() {
        0xe0 => segment.contents().starts_with(b"JFIF\0"),
        0xee => segment.contents().starts_with(b"Adobe"),
        marker => !is_note(marker),
    };
    let segments = jpeg.segments_mut();
    segments.retain(stays);
    let scan = segments.last_mut().filter(|s| s.has_entropy())?;
    let whole = scan.clone().encoder().bytes();
    // Marker, length and contents, then what was read as the scan: everything to the end of the file.
    let entropy = whole.slice((4 + scan.contents().len()).min(whole.len())..);
    let entropy = clean_scans(&entropy)?;
    *scan = JpegSegment::new_with_entropy(markers::SOS, scan.contents().clone(), entropy.into());
    jpeg.set_icc_profile(icc);
    jpeg.set_exif(exif);
    Some(jpeg.encoder().bytes())
}

const fn is_note(marker: u8) -> bool {
    matches!(marker, 0xe0..=0xef | 0xfe)
}

/// What follows the first scan's header, up to the end of the picture, without notes. What some cameras append (a film,
/// a second picture with notes of its own) goes.
fn clean_scans(entropy: &[u8]) -> Option<Vec<u8>> {
    const END: u8 = 0xd9;
    let mut clean = Vec::with_capacity(entropy.len());
    let mut rest = entropy;
    loop {
        let at = rest.windows(2).position(
            |w| matches!(w, [0xff, marker] if !matches!(marker, 0x00 | 0xff | 0xd0..=0xd7)),
        )?;
        let (data, marked) = rest.split_at(at);
        clean.extend_from_slice(data);
        let marker = *marked.get(1)?;
        if marker == END {
            clean.extend([0xff, END]);
            return Some(clean);
        }
        let len = usize::from(u16::from_be_bytes([*marked.get(2)?, *marked.get(3)?]));
        let segment = marked.get(..2 + len)?;
        if !is_note(marker) {
            clean.extend_from_slice(segment);
        }
        rest = marked.get(2 + len..)?;
    }
}

fn clean_png(picture: &Bytes) -> Option<Bytes> {
    const STAYS: [&[u8; 4]; 22] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT",
        b"bKGD", b"pHYs", b"hIST", b"sPLT", b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
        b"mDCv", b"cLLi",
    ];
    let mut png = Png::from_bytes(picture.clone()).ok()?;
    let exif = orientation_only(png.exif());
    png.chunks_mut()
        .retain(|chunk| STAYS.contains(&&chunk.kind()));
    png.set_exif(exif);
    Some(png.encoder().bytes())
}

fn clean_webp(picture: &Bytes) -> Option<Bytes> {
    const STAYS: [&[u8; 4]; 7] = [
        b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
    ];
    const EXIF_AND_XMP: u8 = 0b1100;
    let mut webp = WebP::from_bytes(picture.clone()).ok()?;
    let exif = orientation_only(webp.exif());
    let flag = if exif.is_some() { 0b1000 } else { 0 };
    let chunks = webp.chunks_mut();
    chunks.retain(|chunk| STAYS.contains(&&chunk.id()));
    if let Some(exif) = exif {
        chunks.push(RiffChunk::new(*b"EXIF", RiffContent::Data(exif)));
    }
    for chunk in chunks.iter_mut().filter(|chunk| chunk.id() == *b"VP8X") {
        let mut header = chunk.content().data()?.to_vec();
        let flags = header.first_mut()?;
        *flags = *flags & !EXIF_AND_XMP | flag;
        *chunk = RiffChunk::new(*b"VP8X", RiffContent::Data(header.into()));
    }
    Some(webp.encoder().bytes())
}

/// GIF89a, section by section: comments, plain text and what applications noted go, but for the one that says how often
/// the pictures are shown.
fn clean_gif(picture: &Bytes) -> Option<Bytes> {
    const TRAILER: u8 = 0x3b;
    let table = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let mut rest: &[u8] = picture;
    let mut clean = Vec::with_capacity(rest.len());
    let header = take(&mut rest, 13)?;
    clean.extend_from_slice(header);
    clean.extend_from_slice(take(&mut rest, table(*header.get(10)?))?);
    loop {
        match *take(&mut rest, 1)?.first()? {
            TRAILER => {
                clean.push(TRAILER);
                return Some(clean.into());
            }
            0x2c => {
                let descriptor = take(&mut rest, 9)?;
                clean.push(0x2c);
                clean.extend_from_slice(descriptor);
                clean.extend_from_slice(take(&mut rest, table(*descriptor.get(8)?))?);
                clean.extend_from_slice(take(&mut rest, 1)?);
                clean.extend_from_slice(blocks(&mut rest)?);
            }
            0x21 => {
                let label = *take(&mut rest, 1)?.first()?;
                let content = blocks(&mut rest)?;
                let repeats = label == 0xff && content.starts_with(b"\x0bNETSCAPE2.0");
                if label == 0xf9 || repeats {
                    clean.extend([0x21, label]);
                    clean.extend_from_slice(content);
                }
            }
            _ => return None,
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(taken)
}

/// Blocks that begin with their length, up to and with the empty one.
fn blocks<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let whole = *rest;
    let mut len = 0;
    loop {
        let size = usize::from(*whole.get(len)?);
        len += 1 + size;
        if size == 0 {
            return take(rest, len);
        }
    }
}

#[cfg(test)]
mod tests;
