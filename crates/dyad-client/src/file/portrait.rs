//! The picture that somebody shows beside their name: whatever was given becomes one small square, made anew, so that
//! nothing of the file survives but what is seen.

use std::io::{Cursor, Read};
use std::path::Path;

use dyad_protocol::content::{MAX_PICTURE_LEN, MAX_PICTURE_SIDE};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, RgbImage, Rgba, RgbaImage, imageops};
use sha2::{Digest, Sha256};

use super::picture::{
    Decoding, Kind, MAX_CLEANED, MAX_DECODED, MAX_SIDE, Undecodable, decode_upright, is_picture,
};
use super::{disk_trouble, open_path};
use crate::error::{ClientError, Result};

/// Width and height, pixels: sharp at twice the size in which it is shown.
const SIDE: u32 = 256;
/// Most bytes of one.
const MAX_LEN: usize = 40 * 1024;
/// The last takes any picture below [`MAX_LEN`].
const QUALITIES: [u8; 7] = [88, 78, 66, 52, 38, 24, 8];
/// Most memory for decoding one that a contact sent, bytes: 16 bits for each of four channels.
const MAX_RECEIVED: u64 = MAX_PICTURE_SIDE as u64 * MAX_PICTURE_SIDE as u64 * 8;
const UNCHANGED: &str = "Nothing was changed.";

/// A picture to be shown beside a name: JPEG of 256 by 256 pixels, made here, without notes of any kind.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait(Vec<u8>);

impl Portrait {
    /// Makes one of a picture that the person gave (JPEG, PNG, WebP or GIF): the square in its middle. Blocks.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: it is no picture, a damaged one, or too large.
    pub fn of(source: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        source
            .take(MAX_CLEANED + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| disk_trouble(&error, UNCHANGED))?;
        if bytes.len() as u64 > MAX_CLEANED {
            return Err(too_large("it is larger than 64 MiB"));
        }
        if is_picture(&bytes).is_none() {
            return Err(ClientError::usage(
                "not-a-picture",
                format!("That is no picture: JPEG, PNG, WebP and GIF can be shown. {UNCHANGED}"),
            ));
        }
        let most = Decoding {
            side: MAX_SIDE,
            memory: MAX_DECODED,
        };
        match decode_upright(&bytes, most) {
            Ok((shown, orientation)) => made(&shown, orientation).ok_or_else(damaged),
            Err(Undecodable::TooLarge) => {
                Err(too_large("it has more than about 60 million pixels"))
            }
            Err(Undecodable::Damaged) => Err(damaged()),
        }
    }

    /// Makes one of the picture at this path. Blocks.
    ///
    /// # Errors
    /// Those of [`Portrait::of`], and that the file cannot be read.
    pub fn of_path(path: &Path) -> Result<Self> {
        let named = |mut error: ClientError| {
            error.message = format!("{}: {}", path.display(), error.message);
            error
        };
        let file = open_path(path).map_err(|error| named(disk_trouble(&error, UNCHANGED)))?;
        Self::of(file).map_err(named)
    }

    /// Makes one of what a contact sent, if that is a picture as they may send one. Blocks.
    pub(crate) fn received(bytes: &[u8]) -> Option<Self> {
        if bytes.len() as u64 > MAX_PICTURE_LEN
            || !matches!(is_picture(bytes), Some(Kind::Jpeg | Kind::Png))
        {
            return None;
        }
        let most = Decoding {
            side: MAX_PICTURE_SIDE,
            memory: MAX_RECEIVED,
        };
        let (shown, orientation) = decode_upright(bytes, most).ok()?;
        made(&shown, orientation)
    }

    /// One that was made before, out of the store.
    pub(crate) fn kept(jpeg: Vec<u8>) -> Self {
        Self(jpeg)
    }

    /// The picture as JPEG.
    #[must_use]
    pub fn jpeg(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl std::fmt::Debug for Portrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(jpeg) = self;
        write!(f, "Portrait({} bytes)", jpeg.len())
    }
}

/// The square in the middle, small, upright and without what shines through.
fn made(shown: &DynamicImage, orientation: Orientation) -> Option<Portrait> {
    let (width, height) = shown.dimensions();
    let side = width.min(height);
    if side == 0 {
        return None;
    }
    // A view: the picture itself is not copied, it may be large.
    let middle = imageops::crop_imm(shown, (width - side) / 2, (height - side) / 2, side, side);
    let small: RgbaImage = if side > 2 * SIDE {
        // Averaging first is much faster, and no worse to look at.
        let half_way = imageops::thumbnail(&*middle, 2 * SIDE, 2 * SIDE);
        imageops::resize(&half_way, SIDE, SIDE, imageops::FilterType::CatmullRom)
    } else {
        imageops::resize(&*middle, SIDE, SIDE, imageops::FilterType::CatmullRom)
    };
    let mut upright = DynamicImage::ImageRgb8(on_white(&small));
    upright.apply_orientation(orientation);
    let upright = upright.into_rgb8();
    QUALITIES.into_iter().find_map(|quality| {
        let mut to = Cursor::new(Vec::new());
        JpegEncoder::new_with_quality(&mut to, quality)
            .encode_image(&upright)
            .ok()?;
        let jpeg = to.into_inner();
        (jpeg.len() <= MAX_LEN).then_some(Portrait(jpeg))
    })
}

fn on_white(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *picture.get_pixel(x, y);
        let over = |colour: u8| {
            let (colour, alpha) = (u16::from(colour), u16::from(alpha));
            ((colour * alpha + 255 * (255 - alpha)) / 255) as u8
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

fn damaged() -> ClientError {
    ClientError::usage(
        "picture-damaged",
        format!("The picture cannot be read: it is damaged. {UNCHANGED}"),
    )
}

fn too_large(why: &str) -> ClientError {
    ClientError::usage(
        "picture-too-large",
        format!("The picture is too large: {why}. {UNCHANGED} Make it smaller first."),
    )
}

#[cfg(test)]
mod tests;
