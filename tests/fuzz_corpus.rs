//! What the fuzz targets (fuzz/) know is tried at each run of the tests.

#[path = "../fuzz/properties/mod.rs"]
mod properties;

use std::{fs, path::Path};

macro_rules! targets {
    ($($target:ident)+) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target), properties::$target::check);
            }
        )+

        /// The targets, each of which has a test here.
        const TARGETS: &[&str] = &[$(stringify!($target)),+];
    };
}

targets! {
    callback
    challenge
    discovery
    id_token
    jwks
    options
    parked
    resource_matching
    session
    token_response
}

fn replay(target: &str, check: fn(&[u8])) {
    let folder = fuzz().join("corpus").join(target);
    let mut seeds = 0;
    for entry in fs::read_dir(&folder).expect("a corpus") {
        let path = entry.expect("a seed").path();
        let result = std::panic::catch_unwind(|| check(&fs::read(&path).expect("a seed")));
        assert!(result.is_ok(), "{}", path.display());
        seeds += 1;
    }
    assert!(seeds >= 10, "{target} has {seeds} seeds");
}

#[test]
fn each_target_is_replayed() {
    let mut found: Vec<String> = fs::read_dir(fuzz().join("fuzz_targets"))
        .expect("the targets")
        .map(|entry| entry.expect("a target").path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, TARGETS);
}

fn fuzz() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz"))
}
