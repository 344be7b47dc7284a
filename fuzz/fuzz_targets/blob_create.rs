#![no_main]

// The functions that the property tests call, too; a target uses one of them.
#[allow(dead_code)]
#[path = "../../crates/dyad-protocol/tests/support/parsers.rs"]
mod parsers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    parsers::blob_create(data);
});
