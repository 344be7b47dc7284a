//! Runs every case of `vectors/` against the public interface, and checks that the generator still writes them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub
)]

#[path = "../../examples/make-vectors/generate/mod.rs"]
mod generate;
mod operations;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

fn files() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_comes_out_as_it_says() {
    let (mut count, mut negative, mut wrong) = (0, 0, vec![]);
    for (file, text) in files() {
        let parsed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed["format"], 1, "{file}");
        for case in parsed["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let result = operations::run(case["operation"].as_str().unwrap(), &case["input"]);
            let found = match result {
                Ok(output) => serde_json::json!({ "ok": output }),
                Err(class) => serde_json::json!({ "error": class }),
            };
            if found != case["expect"] {
                wrong.push(format!(
                    "{file}, {name}:\n  expected {}\n  found    {found}",
                    case["expect"]
                ));
            }
            count += 1;
            negative += usize::from(case["expect"].get("error").is_some());
        }
    }
    println!("{count} cases, {negative} of which must be refused");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(negative * 2 > count, "most cases are meant to be refusals");
}

#[test]
fn the_generator_writes_the_committed_files() {
    let committed = files();
    let made = generate::all();
    let names: BTreeSet<_> = made.iter().map(|file| file.name).collect();
    assert_eq!(
        names,
        committed.iter().map(|(name, _)| name.as_str()).collect()
    );
    for file in made {
        let (_, text) = committed
            .iter()
            .find(|(name, _)| name == file.name)
            .unwrap();
        let rendered = file.render();
        let differs = rendered.lines().zip(text.lines()).position(|(a, b)| a != b);
        assert_eq!(
            differs, None,
            "{} differs from that line on; run the example `make-vectors`",
            file.name
        );
        assert_eq!(rendered.len(), text.len(), "{}", file.name);
    }
}

#[test]
fn every_case_has_a_name_of_its_own_and_a_description() {
    for (file, text) in files() {
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let mut seen = BTreeSet::new();
        for case in parsed["cases"].as_array().unwrap() {
            let name = (
                case["operation"].as_str().unwrap(),
                case["name"].as_str().unwrap(),
            );
            assert!(
                seen.insert((name.0.to_owned(), name.1.to_owned())),
                "{file}: {name:?} twice"
            );
            assert!(
                !case["description"].as_str().unwrap().is_empty(),
                "{file}: {name:?}"
            );
        }
    }
}
