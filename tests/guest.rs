//! The block tests of the script that a test server runs, against what rngtest said about the same streams.
//!
//! `tests/guest/run` compares on more streams, with rngtest itself, in a plain Debian.

use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::{Command, Output};

const COUNTS: &str = include_str!("fixtures/guest/counts.txt");

fn python(arguments: &[&str]) -> Option<Output> {
    let output = Command::new("python3").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

/// Returns the results of the script for a stream: blocks, failures, and failures by test.
fn counted(stream: &Path) -> Vec<String> {
    let output = python(&["src/subjects/collect/cloud/guest/script.py", "--stream", stream.to_str().unwrap()]).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers = text.lines().skip(1).map(|line| line.rsplit_once(": ").unwrap().1.to_owned());
    assert!(text.starts_with("source: own\nblocks: "), "{text}");
    numbers.collect()
}

#[test]
fn block_tests_decide_as_rngtest_does() {
    let folder = tempfile::tempdir().unwrap();
    if python(&["tests/guest/streams.py", folder.path().to_str().unwrap(), "--small"]).is_none() {
        eprintln!("there is no python3 here");
        return;
    }
    assert_eq!(COUNTS.lines().count(), std::fs::read_dir(folder.path()).unwrap().count());
    for line in COUNTS.lines() {
        let fields: Vec<_> = line.split(' ').collect();
        let [name, expected @ .., digest] = fields.as_slice() else { panic!("{line}") };
        let stream = folder.path().join(name);
        let bytes = std::fs::read(&stream).unwrap();
        let same = hex::encode(Sha256::digest(&bytes)).starts_with(digest);
        assert!(same, "{name} is another stream than rngtest was asked about");
        assert_eq!(counted(&stream), expected, "{name}: blocks, failures, and those by test");
    }
}
