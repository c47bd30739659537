//! Results of end-to-end tests: the first byte tells whether the rest is an archive, a summary or a JUnit file. Counts of
//! tests that ran come of it, or one message on one line.

#![no_main]

#[path = "shared/prelude.rs"]
mod prelude;

use libfuzzer_sys::fuzz_target;
use scs_checks::facts::SuiteResults;
use scs_subjects::suites::import;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The limit of a message in characters.
const LONGEST: usize = 2000;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| prelude::folder("results"));

fuzz_target!(|input: &[u8]| {
    let Some((kind, content)) = input.split_first() else { return };
    let path = FOLDER.join(match kind % 4 {
        0 => "results.tar.gz",
        1 => "sonobuoy_results.yaml",
        _ => "junit_01.xml",
    });
    fs::write(&path, content).unwrap();
    match import(&path) {
        Ok(suites) => {
            let all = [&suites.conformance, &suites.network_policies];
            assert!(all.iter().any(|results| results.is_some()), "nothing was told, and no reason either");
            all.into_iter().flatten().for_each(plausible);
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.chars().count() <= LONGEST, "{} characters: {message}", message.chars().count());
            assert!(!message.contains('\n'), "more than a line: {message}");
        }
    }
});

fn plausible(results: &SuiteResults) {
    let ran = results.passed.len() + results.failed.len() + results.others.len();
    assert!(ran > 0, "no test ran");
    let failed: BTreeSet<&String> = results.failed.iter().collect();
    assert_eq!(failed.len(), results.failed.len(), "each failed test once");
    let json = serde_json::to_string(results).unwrap();
    assert_eq!(&serde_json::from_str::<SuiteResults>(&json).unwrap(), results);
}
