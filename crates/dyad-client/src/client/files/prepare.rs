//! Reading a file, taking out of pictures what their camera noted, and sealing it.

use std::io::{self, Cursor, Read};

use super::NOT_SENT;
use crate::error::{ClientError, Result};
use crate::file::{
    Described, MAX_CLEANED, SealedFile, Sealing, clean, describe, disk_trouble, is_picture,
    other_picture,
};

/// Bytes looked at to know a picture.
const BEGINNING: u64 = 16;

/// A file read and sealed, with what there is to say of it.
pub(super) struct Prepared {
    pub(super) file: SealedFile,
    pub(super) media_type: Option<String>,
    pub(super) described: Described,
}

/// Reads, cleans and seals a file. Blocks.
pub(super) fn prepare(
    sealing: Sealing,
    mut source: impl Read,
    media_type: Option<String>,
    keep_metadata: bool,
) -> Result<Prepared> {
    let trouble = |error: io::Error| disk_trouble(&error, NOT_SENT);
    let mut begins = Vec::new();
    let read = source.by_ref().take(BEGINNING).read_to_end(&mut begins);
    let Some(kind) = is_picture(&begins) else {
        if let Some(format) = other_picture(&begins).filter(|_| !keep_metadata) {
            drop(sealing.abandon(io::ErrorKind::InvalidData.into()));
            return Err(not_cleaned(&other_format(format)));
        }
        let file = match read {
            Ok(_) => sealing.run(Cursor::new(begins).chain(source)),
            Err(error) => sealing.abandon(error),
        };
        return Ok(Prepared {
            file: file.map_err(trouble)?,
            media_type,
            described: Described::default(),
        });
    };
    let media_type = Some(kind.media_type().to_owned());
    let mut bytes = begins;
    let most = MAX_CLEANED - bytes.len() as u64 + 1;
    if let Err(error) = source.by_ref().take(most).read_to_end(&mut bytes) {
        return Err(trouble(
            sealing
                .abandon(error)
                .err()
                .unwrap_or_else(|| io::ErrorKind::Other.into()),
        ));
    }
    let too_large = bytes.len() as u64 > MAX_CLEANED;
    let (picture, described) = match (keep_metadata, too_large) {
        (true, true) => (bytes.into(), Described::default()),
        (true, false) => {
            let described = describe(&bytes);
            (bytes.into(), described)
        }
        (false, false) => match clean(kind, &bytes.into()) {
            Some(clean) => {
                let described = describe(&clean);
                (clean, described)
            }
            None => {
                drop(sealing.abandon(io::ErrorKind::InvalidData.into()));
                return Err(not_cleaned("it is damaged"));
            }
        },
        (false, true) => {
            drop(sealing.abandon(io::ErrorKind::InvalidData.into()));
            return Err(not_cleaned("it is larger than 64 MiB"));
        }
    };
    let file = sealing.run(Cursor::new(picture).chain(source));
    Ok(Prepared {
        file: file.map_err(trouble)?,
        media_type,
        described,
    })
}

pub(in crate::client) fn other_format(format: &str) -> String {
    format!("it is {format}, and only JPEG, PNG, WebP and GIF can be cleaned")
}

pub(in crate::client) fn not_cleaned(why: &str) -> ClientError {
    ClientError::usage(
        "picture-not-cleaned",
        format!(
            "What the camera noted in the picture, such as the place, cannot be taken out: {why}. {NOT_SENT} \
             Send it with what it notes if you want that (`--keep-metadata`)."
        ),
    )
}
