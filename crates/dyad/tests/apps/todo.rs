//! The example app in `examples/todo`, which knows nothing of Dyad but its documented API, between two people.

use std::path::Path;
use std::process::Command;

use crate::stage::pair;

/// The gate demands Python; on a machine without, the test says that it was left out.
fn python_here() -> bool {
    let here = Command::new("python3").arg("--version").output().is_ok();
    assert!(
        here || std::env::var_os("DYAD_PYTHON").is_none_or(|value| value != "required"),
        "python3 is missing: apt-get install python3"
    );
    if !here {
        println!("left out: there is no python3 here");
    }
    here
}

#[test]
fn two_people_share_a_list_with_a_program_that_knows_the_api_only() {
    if !python_here() {
        return;
    }
    let (alex, blair) = pair();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/todo");
    let status = Command::new("python3")
        .args(["-B", "-W", "error", "-m", "unittest", "-v"])
        .current_dir(folder)
        .env("DYAD", env!("CARGO_BIN_EXE_dyad"))
        .env("DYAD_ALEX", alex.home())
        .env("DYAD_BLAIR", blair.home())
        .status()
        .unwrap();
    assert!(status.success(), "the example's tests failed; see above");
}
