//! Lets the tests' own `getrandom` be found by name at run time: see `src/entropy.rs`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        for of in ["bins", "tests"] {
            println!("cargo::rustc-link-arg-{of}=-Wl,--export-dynamic-symbol=getrandom");
        }
    }
}
