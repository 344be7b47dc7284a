//! Writes the cases in `vectors/`: `cargo run -p dyad-protocol --example make-vectors`.
//!
//! Everything random comes from a generator seeded with the file's name, so a second run writes the
//! same bytes. What a case expects is stated here, not computed by the code that it tests.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod generate;

fn main() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    for file in generate::all() {
        let path = folder.join(file.name);
        std::fs::write(&path, file.render()).unwrap();
        println!("{}: {} cases", file.name, file.cases.len());
    }
}
