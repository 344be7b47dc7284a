//! What a contact may send as a picture, in whatever order and untrue: the newest that can be shown is shown, nothing of
//! it stands in the conversation, and what cannot be shown changes nothing.

use dyad_protocol::attachment::FileKey;
use dyad_protocol::content::Link;
use dyad_protocol::id::{BlobLocator, StreamId};
use image::{DynamicImage, ImageFormat, RgbImage};
use sha2::{Digest, Sha256};

use super::*;
use crate::driver::stage::{BEGAN, BLAIR, Stage};
use crate::store::history::Page;
use crate::store::relationships;

impl Stage {
    fn hear(&mut self, payload: &Payload) {
        self.heard += 1;
        let id = MessageId {
            stream: StreamId::new([1; 8]),
            seq: self.heard,
        };
        self.driver
            .engine(|stepper| stepper.heard(&BLAIR, &id, BEGAN, payload))
            .unwrap();
    }

    /// Blair says that this is their picture. Gives the bytes as they would come from a service.
    fn says(&mut self, order: u64, bytes: &[u8]) -> SealedFile {
        let sealing = self.driver.with_rng(|rng| self.driver.folder.begin(rng));
        let sealed = sealing.unwrap().run(bytes).unwrap();
        let link = Link {
            host: "dyad.example".parse().unwrap(),
            locator: BlobLocator::new([5; 16]),
            key: FileKey::new(*sealed.key.expose()),
            size: sealed.sealed.size,
            sha256: Sha256::digest(bytes).into(),
            ends: BEGAN.plus(DAY),
        };
        let said = Said::Picture(Picture {
            order,
            link: Some(link),
        });
        // Words beside it, and a time, are not for pictures.
        let payload = Payload {
            fallback: Some("Send me money".to_owned()),
            timer: Some(1),
            ..said.payload(None).unwrap()
        };
        self.hear(&payload);
        sealed
    }

    fn takes_away(&mut self, order: u64) {
        let said = Said::Picture(Picture { order, link: None });
        self.hear(&said.payload(None).unwrap());
    }

    fn wanted(&self) -> Vec<FileRow> {
        self.driver.store.read(files::wanted).unwrap()
    }

    /// The bytes come for whatever is waited for.
    async fn comes(&self, sealed: &SealedFile) {
        let row = self.wanted().pop().unwrap();
        let len = std::fs::metadata(self.path(&sealed.disk)).unwrap().len();
        let folder = &self.driver.folder;
        let bytes = folder.read_at(&sealed.disk, 0, len as usize).unwrap();
        folder.write_at(&row.file.disk, 0, &bytes).unwrap();
        self.driver
            .store
            .write(|tx| files::set_done(tx, row.id, 1, BEGAN))
            .unwrap();
        let row = self.wanted().pop().unwrap();
        let slice = self.driver.fetch_some(row).await.unwrap();
        assert!(matches!(slice, Slice::Done), "{slice:?}");
        assert!(self.wanted().is_empty());
    }

    fn path(&self, disk: &DiskName) -> std::path::PathBuf {
        let hex: String = disk.iter().map(|byte| format!("{byte:02x}")).collect();
        self.home.path().join("blobs").join(hex)
    }

    fn shown(&self) -> Option<Portrait> {
        let read = |c: &rusqlite::Connection| portraits::of_contact(c, &BLAIR);
        let shown = self.driver.store.read(read).unwrap();
        let get = |c: &rusqlite::Connection| relationships::get(c, &BLAIR);
        let contact = self.driver.store.read(get).unwrap().unwrap();
        // It has a name where there is one, and none where there is none.
        assert_eq!(
            contact.picture.map(|name| name.len()),
            shown.as_ref().map(|_| 16)
        );
        shown
    }

    /// Nothing stands in the conversation, and nothing is unread.
    fn nothing_said(&self) {
        let read = |c: &rusqlite::Connection| {
            Ok((
                history::list(c, Some(&BLAIR), Page::Newest, 10)?.len(),
                history::summary(c, &BLAIR)?.unread,
            ))
        };
        assert_eq!(self.driver.store.read(read).unwrap(), (0, 0));
    }

    fn notices(&self) -> Vec<String> {
        let all = self.driver.store.read(|c| notices::latest(c, 10)).unwrap();
        all.into_iter().map(|notice| notice.kind).collect()
    }
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut to = Cursor::new(Vec::new());
    picture.write_to(&mut to, format).unwrap();
    to.into_inner()
}

fn plain(colour: [u8; 3]) -> Vec<u8> {
    let picture = RgbImage::from_pixel(200, 200, image::Rgb(colour));
    encoded(&picture.into(), ImageFormat::Png)
}

fn colour(portrait: &Portrait) -> [u8; 3] {
    let shown = image::load_from_memory(portrait.jpeg())
        .unwrap()
        .into_rgb8();
    shown
        .get_pixel(128, 128)
        .0
        .map(|c| if c > 127 { 255 } else { 0 })
}

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];

#[tokio::test]
async fn a_picture_is_made_anew_and_nothing_of_it_is_said() {
    let mut stage = Stage::new();
    let given = plain(RED);
    let sealed = stage.says(5, &given);
    stage.nothing_said();
    assert_eq!(stage.shown(), None);
    stage.comes(&sealed).await;
    let shown = stage.shown().unwrap();
    assert_eq!(colour(&shown), RED);
    assert!(shown.jpeg().starts_with(&[0xff, 0xd8, 0xff]));
    stage.nothing_said();
    // The first is no news.
    assert!(stage.notices().is_empty());
    // Nothing of what came is left once it is cleared away.
    stage.driver.clear_strays().unwrap();
    assert!(stage.driver.folder.all().is_empty());

    let sealed = stage.says(6, &plain(BLUE));
    stage.comes(&sealed).await;
    assert_eq!(colour(&stage.shown().unwrap()), BLUE);
    stage.takes_away(7);
    assert_eq!(stage.shown(), None);
    assert_eq!(stage.notices(), ["picture-removed", "picture-changed"]);
    stage.nothing_said();
}

#[tokio::test]
async fn the_greatest_order_counts_in_whatever_order_they_come() {
    let mut stage = Stage::new();
    let blue = stage.says(9, &plain(BLUE));
    stage.says(3, &plain(RED));
    stage.takes_away(8);
    stage.takes_away(9);
    assert_eq!(stage.wanted().len(), 1);
    stage.comes(&blue).await;
    assert_eq!(colour(&stage.shown().unwrap()), BLUE);

    // Another comes before the bytes of the one before: only the last is fetched.
    stage.says(10, &plain(RED));
    let last = stage.says(11, &plain(RED));
    assert_eq!(stage.wanted().len(), 1);
    stage.comes(&last).await;
    assert_eq!(colour(&stage.shown().unwrap()), RED);

    // Taken away while the bytes are on their way.
    stage.says(12, &plain(BLUE));
    stage.takes_away(13);
    assert!(stage.wanted().is_empty());
    assert_eq!(stage.shown(), None);
}

#[tokio::test]
async fn what_cannot_be_shown_leaves_the_old_picture() {
    let mut stage = Stage::new();
    let first = stage.says(1, &plain(BLUE));
    stage.comes(&first).await;
    let huge = encoded(&DynamicImage::new_luma8(10_000, 10_000), ImageFormat::Png);
    let wide = encoded(&DynamicImage::new_rgb8(513, 20), ImageFormat::Png);
    let webp = encoded(&DynamicImage::new_rgb8(20, 20), ImageFormat::WebP);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
    for (order, bytes) in (2..).zip([
        b"not a picture at all".to_vec(),
        huge.get(..60_000.min(huge.len())).unwrap().to_vec(),
        wide,
        webp,
        svg,
    ]) {
        let sealed = stage.says(order, &bytes);
        stage.comes(&sealed).await;
        assert_eq!(colour(&stage.shown().unwrap()), BLUE, "{order}");
    }
    // Larger than any may be: not even fetched.
    stage.says(20, &vec![0; MAX_PICTURE_LEN as usize + 1]);
    assert!(stage.wanted().is_empty());
    stage.nothing_said();
    assert!(stage.notices().is_empty());

    // Not what was said.
    let sealed = stage.says(21, &plain(RED));
    let row = stage.wanted().pop().unwrap();
    stage
        .driver
        .store
        .write(|tx| {
            tx.execute(
                "UPDATE files SET sha256 = ?2 WHERE id = ?1",
                rusqlite::params![row.id, [0_u8; 32]],
            )?;
            Ok(())
        })
        .unwrap();
    let folder = &stage.driver.folder;
    let len = std::fs::metadata(stage.path(&sealed.disk)).unwrap().len();
    let bytes = folder.read_at(&sealed.disk, 0, len as usize).unwrap();
    folder.write_at(&row.file.disk, 0, &bytes).unwrap();
    stage
        .driver
        .store
        .write(|tx| files::set_done(tx, row.id, 1, BEGAN))
        .unwrap();
    let row = stage.wanted().pop().unwrap();
    let slice = stage.driver.fetch_some(row).await.unwrap();
    assert!(matches!(slice, Slice::Over(..)), "{slice:?}");
    assert_eq!(colour(&stage.shown().unwrap()), BLUE);
}

#[test]
fn only_whom_we_can_speak_with_is_told_and_only_what_they_do_not_know() {
    let stage = Stage::new();
    let due = || stage.driver.store.read(portraits::due).unwrap();
    assert!(due().is_empty());
    let picture = Portrait::of(&*plain(RED)).unwrap();
    let show = |picture: Option<&Portrait>| {
        stage
            .driver
            .store
            .write(|tx| portraits::set_of_profile(tx, 1, picture))
            .unwrap()
    };
    let status = |status: u8| {
        stage
            .driver
            .store
            .write(|tx| Ok(tx.execute("UPDATE relationships SET status = ?1", [status])?))
            .unwrap()
    };
    assert!(show(Some(&picture)) && !show(Some(&picture)));
    // Requested, blocked, ended by us, by them, refused.
    for other in [0, 2, 3, 4, 5] {
        status(other);
        assert!(due().is_empty(), "{other}");
        stage.driver.say_all_portraits().unwrap();
        assert!(stage.wanted().is_empty(), "{other}");
    }
    status(1);
    assert_eq!(due(), [BLAIR]);
    assert!(stage.driver.say_all_portraits().unwrap());
    assert!(due().is_empty());
    let first = stage.wanted().pop().unwrap();
    // Again, such as after a crash: nothing more.
    stage.driver.say_all_portraits().unwrap();
    assert_eq!(stage.wanted().len(), 1);

    // Another before the first has gone: only that, under another key.
    let other = Portrait::of(&*plain(BLUE)).unwrap();
    show(Some(&other));
    stage.driver.say_all_portraits().unwrap();
    let wanted = stage.wanted();
    assert_eq!(wanted.len(), 1);
    let second = &wanted[0];
    assert_eq!(second.file.sha256, other.sha256());
    assert_ne!(second.file.key.expose(), first.file.key.expose());
    let order = |row: &FileRow| {
        let id = row.message.unwrap();
        let (draft, _) = stage
            .driver
            .store
            .read(|c| history::waiting(c, id))
            .unwrap()
            .unwrap();
        match Said::of(&draft).unwrap() {
            Said::Picture(picture) => picture.order,
            other => panic!("{other:?}"),
        }
    };
    let last = stage
        .driver
        .store
        .read(|c| portraits::said(c, &BLAIR))
        .unwrap();
    assert_eq!(last.order, Some(order(second)));

    // Blocked before it has gone: it does not go, and is said once we can speak again.
    status(2);
    stage.driver.say_all_portraits().unwrap();
    assert!(stage.wanted().is_empty() && due().is_empty());
    status(1);
    assert_eq!(due(), [BLAIR]);
    stage.driver.say_all_portraits().unwrap();
    let again = stage.wanted().pop().unwrap();
    assert!(Some(order(&again)) > last.order);
}
