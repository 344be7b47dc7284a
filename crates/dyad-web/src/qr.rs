//! QR codes: drawn for another camera, and read from what a camera of this machine sees.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::session::Person;
use crate::state::Page;

/// Light modules around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;
/// Longest side of a picture, pixels.
const MAX_SIDE: usize = 4_096;
/// Longest text that is taken from a code, bytes: no code holds more.
const MAX_TEXT: usize = 4_296;
/// Pictures looked at once: each keeps a core busy for a moment.
static LOOKERS: Semaphore = Semaphore::const_new(2);

pub(crate) fn routes() -> Router<Page> {
    Router::new().route("/qr", post(read))
}

/// A code as a path of SVG: no markup is put together from texts.
pub(crate) struct Qr {
    /// Side in modules, with the light ones around.
    pub(crate) side: usize,
    pub(crate) path: String,
    /// Says what it is, for whoever does not see it.
    pub(crate) label: String,
}

impl Qr {
    /// None if the text is too long for a code.
    pub(crate) fn of(text: &str, label: String) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let width = code.width();
        let mut path = String::new();
        for y in 0..width {
            let mut x = 0;
            while x < width {
                let run = (x..width)
                    .take_while(|x| code[(*x, y)] == Color::Dark)
                    .count();
                if run > 0 {
                    let (left, top) = (x + QUIET, y + QUIET);
                    path.push_str(&format!("M{left} {top}h{run}v1h-{run}z"));
                }
                x += run.max(1);
            }
        }
        Some(Self {
            side: width + 2 * QUIET,
            path,
            label,
        })
    }
}

/// How large the picture is, pixels.
#[derive(Deserialize)]
struct Size {
    w: usize,
    h: usize,
}

/// `POST /qr`: a picture in shades of grey, one byte a pixel, row by row. Answers with the text of a
/// code in it, or that there is none.
async fn read(_: Person, Query(size): Query<Size>, picture: Bytes) -> Response {
    let Size { w, h } = size;
    let fits = (1..=MAX_SIDE).contains(&w) && (1..=MAX_SIDE).contains(&h) && picture.len() == w * h;
    if !fits {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let Ok(_turn) = LOOKERS.acquire().await else {
        return StatusCode::NO_CONTENT.into_response();
    };
    // A picture that the library cannot bear ends its own task only.
    let found = tokio::task::spawn_blocking(move || decode(w, h, &picture)).await;
    match found {
        Ok(Some(text)) => text.into_response(),
        Ok(None) | Err(_) => StatusCode::NO_CONTENT.into_response(),
    }
}

fn decode(w: usize, h: usize, picture: &[u8]) -> Option<String> {
    let shade = |x: usize, y: usize| picture.get(y * w + x).copied().unwrap_or(u8::MAX);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(w, h, shade);
    let texts = image
        .detect_grids()
        .into_iter()
        .filter_map(|grid| grid.decode().ok());
    let mut texts = texts.map(|(_, text)| text);
    texts.find(|text| !text.trim().is_empty() && text.len() <= MAX_TEXT)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The code as a camera sees it: `scale` pixels a module.
    pub(crate) fn photograph(text: &str, scale: usize) -> (usize, Vec<u8>) {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let side = (code.width() + 2 * QUIET) * scale;
        let dark = |x: usize, y: usize| {
            let inside = QUIET..QUIET + code.width();
            let (x, y) = (x / scale, y / scale);
            inside.contains(&x)
                && inside.contains(&y)
                && code[(x - QUIET, y - QUIET)] == Color::Dark
        };
        let shades = (0..side * side).map(|n| if dark(n % side, n / side) { 40 } else { 210 });
        (side, shades.collect())
    }

    #[test]
    fn what_is_drawn_is_what_a_camera_reads() {
        let link = format!("https://dyad.example/i#{}", "Ab-_9".repeat(18));
        let (side, picture) = photograph(&link, 4);
        assert_eq!(decode(side, side, &picture).as_deref(), Some(link.as_str()));
        let qr = Qr::of(&link, String::new()).unwrap();
        assert_eq!(qr.side, side / 4);
        // The path covers exactly the dark modules.
        let covered: usize = qr
            .path
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|part| part.split('v').next().unwrap().parse::<usize>().unwrap())
            .sum();
        let dark = picture.iter().filter(|shade| **shade < 100).count() / 16;
        assert_eq!(covered, dark);
        assert!(Qr::of(&"x".repeat(5_000), String::new()).is_none());
    }

    #[test]
    fn a_picture_without_a_code_is_just_that() {
        assert_eq!(decode(64, 64, &[128; 64 * 64]), None);
        let noise: Vec<u8> = (0..64_u32 * 64)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(decode(64, 64, &noise), None);
        assert_eq!(decode(1, 1, &[0]), None);
    }
}
