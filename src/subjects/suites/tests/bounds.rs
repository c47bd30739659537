//! Bounds for reading results.

use super::super::budget::{Budget, Reading, lines};
use super::fixtures::{Case, PASSED, archived, ginkgo2, pack};
use super::{folder, import, imported};
use crate::suites::ContentError;
use std::io::{Read, copy, repeat, sink};

#[test]
fn all_files_have_one_budget() {
    let mut budget = Budget::default();
    let mut read = |megabytes: u64| {
        budget
            .parse(repeat(b' ').take(megabytes << 20), |file| copy(file, &mut sink()).map_err(ContentError::Unreadable))
    };
    assert!(matches!(read(60), Ok(Reading::Done(_))));
    assert!(read(65).is_err_and(|why| why.to_string().contains("more than 64 MiB")));
    // What was read of it counts as well.
    assert!(read(60).is_err_and(|why| why.to_string().contains("160 MiB together")));
}

#[test]
fn a_file_that_is_no_regular_one_is_not_opened() {
    for path in ["/dev/zero", "/dev/null"] {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("junit_01.xml");
        std::os::unix::fs::symlink(path, &link).unwrap();
        assert!(import(&link).unwrap_err().contains("a device, not a file"));
        assert!(import(folder.path()).unwrap_err().contains("a device, not a file"));
    }
}

#[test]
fn too_many_tests_and_too_long_names_are_refused() {
    let long: &'static str = "x".repeat(2000).leak();
    let cases: [Case; 1] = [(long, "passed", "1")];
    assert!(imported("junit_01.xml", ginkgo2(&cases)).unwrap_err().contains("name of 2005 bytes"));
    let many: String = (0..60_001).map(|number| format!("<testcase name='{number}'/>")).collect();
    let why = imported("junit_01.xml", format!("<testsuite>{many}</testsuite>")).unwrap_err();
    assert!(why.contains("more than 60000 tests"), "{why}");
    let nodes =
        format!(r#"{{"items":[{}{{"metadata":{{"name":"a"}}}}]}}"#, r#"{"metadata":{"name":"a"}},"#.repeat(20_000));
    let mut files = archived(&PASSED, true);
    files.iter_mut().filter(|(name, _)| name.ends_with("nodes.json")).for_each(|(_, text)| text.clone_from(&nodes));
    assert!(imported("results.tar.gz", pack(&files)).unwrap_err().contains("more than 20000 items"));
}

#[test]
fn what_becomes_more_than_it_was_is_refused() {
    let deep = format!("<testsuites>{}", "<testsuite>".repeat(50));
    assert!(imported("junit_01.xml", deep).unwrap_err().contains("elements more than 50 deep"));
    let mut files = archived(&PASSED, true);
    let texts = format!("[{}0]", "\"\",".repeat(100_000));
    files
        .iter_mut()
        .filter(|(name, _)| name.ends_with("definition.json"))
        .for_each(|(_, text)| text.clone_from(&texts));
    assert!(
        imported("results.tar.gz", pack(&files)).unwrap_err().contains("definition.json: it has more than 256 KiB")
    );
}

#[test]
fn a_long_name_in_an_archive_is_understood_or_refused() {
    let of_length = |length: usize| {
        let mut files = archived(&PASSED, true);
        // A name of more than 100 bytes has a header of its own.
        files.push((format!("podlogs/{}", "x".repeat(length)), String::new()));
        imported("results.tar.gz", pack(&files))
    };
    assert!(of_length(200).unwrap().complete);
    assert!(of_length(100_000).unwrap_err().contains("header of more than 64 KiB"));
}

#[test]
fn of_long_lines_the_beginning_is_read() {
    let text = format!("{}\nshort\n{}", "a".repeat(100_000), "b".repeat(40_000));
    let mut seen = Vec::new();
    lines(text.as_bytes(), |line| seen.push((line.chars().next(), line.len()))).unwrap();
    assert_eq!(seen, [(Some('a'), 16 << 10), (Some('s'), 5), (Some('b'), 16 << 10)]);
}

#[test]
fn a_folder_of_results_is_not_endless() {
    let many: Vec<(String, &str)> = (0..1_001).map(|number| (format!("{number}.txt"), "")).collect();
    let folder = folder(&many.iter().map(|(name, text)| (name.as_str(), text)).collect::<Vec<_>>());
    assert!(import(folder.path()).unwrap_err().contains("more than 1000 files"));
}
