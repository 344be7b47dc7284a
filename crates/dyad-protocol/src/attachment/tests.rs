//! What comes out is what went in; whatever was changed, moved or cut off does not open.

use std::io::{Cursor, Read, Seek, SeekFrom};

use aead_stream::StreamPrimitive;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::api::blob::{BlobSize, SEALED_CHUNK_LEN};

fn seal(file: &[u8], pieces: usize) -> (FileKey, Sealed, Vec<u8>) {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let (mut sealer, key) = Sealer::new(Vec::new(), &mut rng);
    for piece in file.chunks(pieces.max(1)) {
        sealer.push(piece).unwrap();
    }
    let (bytes, sealed) = sealer.finish().unwrap();
    (key, sealed, bytes)
}

fn read(key: &FileKey, size: u64, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut file = Vec::new();
    Reader::new(Cursor::new(bytes), Opener::new(key, size).unwrap()).read_to_end(&mut file)?;
    Ok(file)
}

#[test]
fn files_of_every_awkward_size_survive() {
    const C: usize = CHUNK_LEN;
    for size in [
        0,
        1,
        C - 1,
        C,
        C + 1,
        2 * C,
        3 * C + 1,
        7 * C,
        7 * C + 1,
        9 * C,
    ] {
        let file: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let (key, sealed, bytes) = seal(&file, 10_007);
        assert_eq!(sealed.size, size as u64);
        assert_eq!(Some(sealed.blob), BlobSize::for_plaintext(size as u64));
        assert_eq!(bytes.len() as u64, sealed.blob.bytes());
        assert_eq!(sealed.sha256, crate::hash::sha256(&file));
        assert_eq!(read(&key, sealed.size, &bytes).unwrap(), file);
    }
}

#[test]
fn the_construction_is_that_of_the_specification() {
    use chacha20poly1305::aead::Aead;
    let (key, sealed, bytes) = seal(&vec![5; CHUNK_LEN + 1], CHUNK_LEN);
    let chunk_key: [u8; 32] = derive(key.expose(), label::ATTACHMENT_KEY, &[]);
    let cipher = ChaCha20Poly1305::new(&chunk_key.into());
    for (number, chunk) in bytes.chunks(SEALED_CHUNK_LEN).enumerate() {
        let mut nonce = [0; 12];
        nonce[10] = number as u8;
        nonce[11] = u8::from(number as u32 + 1 == sealed.blob.chunks());
        let plain = cipher.decrypt(&nonce.into(), chunk).unwrap();
        let expected = if number == 0 { 5 } else { 0 };
        assert_eq!(plain[100], expected);
    }
}

#[test]
fn a_chunk_that_is_moved_doubled_left_out_cut_or_of_another_file_does_not_open() {
    let (key, sealed, bytes) = seal(&vec![5; 3 * CHUNK_LEN], CHUNK_LEN);
    let opener = Opener::new(&key, sealed.size).unwrap();
    let chunk = |n: usize| bytes[n * SEALED_CHUNK_LEN..][..SEALED_CHUNK_LEN].to_vec();
    for (place, which) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
        assert_eq!(
            opener.open(place, &mut chunk(which)),
            Err(OpenError::NotAuthentic)
        );
    }
    assert_eq!(opener.open(3, &mut chunk(2)), Err(OpenError::Length));
    let mut cut = chunk(0);
    cut.pop();
    assert_eq!(opener.open(0, &mut cut), Err(OpenError::Length));
    // Cut off at a class: what would be the last chunk then does not say so.
    let shorter = Opener::new(&key, 2 * CHUNK_LEN as u64).unwrap();
    assert_eq!(shorter.open(0, &mut chunk(0)), Ok(()));
    assert_eq!(shorter.open(1, &mut chunk(1)), Err(OpenError::NotAuthentic));
    let other = Opener::new(&FileKey::new([1; 32]), sealed.size).unwrap();
    assert_eq!(other.open(0, &mut chunk(0)), Err(OpenError::NotAuthentic));
}

#[test]
fn nothing_hides_behind_the_end() {
    let (key, _, bytes) = seal(&[9; 100], 100);
    assert!(read(&key, 100, &bytes).is_ok());
    for size in [99, 0] {
        let opener = Opener::new(&key, size).unwrap();
        assert_eq!(
            opener.open(0, &mut bytes.clone()),
            Err(OpenError::Padding),
            "{size}"
        );
    }
    // In a chunk that is all padding.
    let key = FileKey::new([3; 32]);
    let mut chunk = vec![0; CHUNK_LEN];
    chunk[5] = 1;
    stream(&key)
        .encrypt_in_place(9, true, &[], &mut chunk)
        .unwrap();
    let opener = Opener::new(&key, 9 * CHUNK_LEN as u64).unwrap();
    assert_eq!(opener.open(9, &mut chunk), Err(OpenError::Padding));
}

#[test]
fn a_file_beyond_the_largest_is_refused_before_it_is_padded() {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let (mut sealer, _) = Sealer::new(std::io::sink(), &mut rng);
    sealer.pretend_size(MAX_FILE_LEN);
    let error = sealer.push(&[0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_range_is_that_of_the_file(size in 0usize..5 * CHUNK_LEN, pieces in 1usize..200_000, at in 0u64..400_000, len in 0usize..200_000) {
        let file: Vec<u8> = (0..size).map(|i| (i % 249) as u8).collect();
        let (key, sealed, bytes) = seal(&file, pieces);
        let mut reader = Reader::new(Cursor::new(&bytes), Opener::new(&key, sealed.size).unwrap());
        reader.seek(SeekFrom::Start(at)).unwrap();
        let mut found = Vec::new();
        reader.take(len as u64).read_to_end(&mut found).unwrap();
        let begin = (at as usize).min(size);
        prop_assert_eq!(&found[..], &file[begin..(begin + len).min(size)]);
    }

    #[test]
    fn one_changed_bit_is_found(size in 0usize..3 * CHUNK_LEN, at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let (key, sealed, mut bytes) = seal(&vec![1; size], CHUNK_LEN);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let number = at / SEALED_CHUNK_LEN;
        let mut chunk = bytes[number * SEALED_CHUNK_LEN..][..SEALED_CHUNK_LEN].to_vec();
        let opened = Opener::new(&key, sealed.size).unwrap().open(number as u32, &mut chunk);
        prop_assert_eq!(opened, Err(OpenError::NotAuthentic));
    }
}
