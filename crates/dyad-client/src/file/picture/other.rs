//! Pictures out of which nothing can be taken here.

/// The format of a picture that is none of those that are cleaned, though cameras note as much in it. By its first sixteen
/// bytes, whatever its name says.
pub(crate) fn other_picture(begins: &[u8]) -> Option<&'static str> {
    match begins {
        // ISO/IEC 14496-12: a box `ftyp`, and after its length and name the brand.
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => of_brand(brand.first_chunk()?),
        // TIFF and BigTIFF, and the raw formats that are one, or nearly.
        [b'I', b'I', 0x2a | 0x2b | 0x55, 0, ..]
        | [b'M', b'M', 0, 0x2a | 0x2b, ..]
        | [b'I', b'I', b'R', b'O' | b'S', ..]
        | [b'M', b'M', b'O', b'R', ..]
        | [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..] => Some("TIFF or raw"),
        [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => Some("JPEG XL"),
        [0, 0, 0, 0x0c, b'j', b'P', b' ', b' ', ..] => Some("JPEG 2000"),
        _ => None,
    }
}

fn of_brand(brand: &[u8; 4]) -> Option<&'static str> {
    match brand {
        b"avif" | b"avis" | b"avio" => Some("AVIF"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" | b"mif1"
        | b"mif2" | b"msf1" | b"miaf" => Some("HEIC"),
        b"crx " => Some("raw"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_pictures_are_told_from_films_and_texts() {
        for (begins, format) in [
            (&b"\0\0\0\x24ftypheic\0\0\0\0"[..], Some("HEIC")),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", Some("HEIC")),
            (b"\0\0\0\x1cftypavif\0\0\0\0", Some("AVIF")),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01", Some("raw")),
            (b"II\x2a\0\x08\0\0\0", Some("TIFF or raw")),
            (b"MM\0\x2a\0\0\0\x08", Some("TIFF or raw")),
            (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", Some("JPEG XL")),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", None),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", None),
            (b"\0\0\0\x14ftyp", None),
            (b"II and a text", None),
            (b"MMS", None),
            (b"", None),
        ] {
            assert_eq!(other_picture(begins), format, "{begins:?}");
        }
    }
}
