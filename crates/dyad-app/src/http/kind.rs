//! What a file is by its own bytes, whatever its sender or its name says.

use std::io::{BufReader, Read, Seek, SeekFrom};

use dyad_client::FileReader;
use image::{ImageFormat, ImageReader};

/// Bytes looked at.
const BEGINNING: u64 = 512;
/// Most pixels of a picture that is shown by itself: as much as large cameras take. Decoded it takes four bytes each.
const MOST_PIXELS: u64 = 64_000_000;

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture of a bounded size.
    Picture(&'static str),
    /// Something to hear.
    Sound(&'static str),
    /// A film.
    Film(&'static str),
}

impl Kind {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Picture(kind) | Self::Sound(kind) | Self::Film(kind) => kind,
        }
    }
}

/// What a file is, if it can be shown.
pub async fn look(mut reader: FileReader) -> (FileReader, Option<Kind>) {
    // The reader goes to the thread that reads and comes back, unless that thread dies; then so does the request.
    let looked = tokio::task::spawn_blocking(move || {
        let kind = of(&mut reader);
        (reader, kind)
    });
    match looked.await {
        Ok(found) => found,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// The same, here and now.
pub fn of(reader: &mut (impl Read + Seek)) -> Option<Kind> {
    let mut begins = Vec::new();
    reader.seek(SeekFrom::Start(0)).ok()?;
    reader
        .by_ref()
        .take(BEGINNING)
        .read_to_end(&mut begins)
        .ok()?;
    reader.seek(SeekFrom::Start(0)).ok()?;
    let media_type = infer::get(&begins)?.mime_type();
    Some(match media_type {
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" => {
            return small_enough(reader).then_some(Kind::Picture(media_type));
        }
        "audio/mpeg" | "audio/ogg" => Kind::Sound(media_type),
        "audio/x-wav" => Kind::Sound("audio/wav"),
        "audio/x-flac" => Kind::Sound("audio/flac"),
        "audio/m4a" => Kind::Sound("audio/mp4"),
        "video/mp4" | "video/webm" => Kind::Film(media_type),
        "video/x-m4v" => Kind::Film("video/mp4"),
        _ => return None,
    })
}

/// A picture says how large it is before anything of it is decoded.
fn small_enough(reader: &mut (impl Read + Seek)) -> bool {
    let known = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ];
    let picture = ImageReader::new(BufReader::new(reader)).with_guessed_format();
    picture.is_ok_and(|picture| {
        picture.format().is_some_and(|is| known.contains(&is))
            && picture
                .into_dimensions()
                .is_ok_and(|(w, h)| u64::from(w) * u64::from(h) <= MOST_PIXELS)
    })
}
