//! `lint`: the definitions that are built in are clean, and what is wrong with others is told.

use crate::program::{Program, in_repository};
use crate::support::{SCOPE, STANDARD};
use scs_checks::definition::lint;
use scs_standards as definitions;

/// Also that no stable version has changed.
#[test]
fn the_built_in_definitions_are_clean() {
    let files = definitions::embedded_files().unwrap();
    let remarks = lint(&files.standards, files.stable.as_ref(), files.clauses.as_ref());
    let told: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

#[tokio::test]
async fn lint_says_so_and_ends_with_0() {
    for arguments in ["lint".to_owned(), format!("lint {}", in_repository("standards").display())] {
        let ended = Program::new(&arguments).run().await.assert_code(0);
        assert!(ended.stdout.ends_with("files: no errors, no warnings\n"), "{}", ended.stdout);
        assert_eq!(ended.stderr, "");
    }
}

#[tokio::test]
async fn changed_stable_version_is_an_error_until_it_is_recorded() {
    let program = |standard: &str| Program::new("").file("d/a.yaml", standard).file("d/b.yaml", SCOPE);
    let ended = program(STANDARD).arguments("lint d").run().await.assert_code(0);
    assert!(ended.stdout.contains("warning: stable versions are not recorded"), "{}", ended.stdout);
    let ended = program(STANDARD).arguments("lint --record d").run().await.assert_code(0);
    assert!(ended.stdout.contains("2 files: no errors, 3 warnings"), "{}", ended.stdout);
    let record = ended.file("d/stable.sha256");
    let changed = STANDARD.replace("types: [compute]", "types: [compute, nova]");
    let with_record = || program(&changed).file("d/stable.sha256", &record);
    let ended = with_record().arguments("lint d").run().await.assert_code(1);
    assert!(ended.stdout.contains("--> a.yaml:14:3"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("scs-0123-v1 has changed, but is part of a stable version: SCS-compatible IaaS v5.1"),
        "{}",
        ended.stdout
    );
    with_record().arguments("lint --record d").run().await.assert_code(0);
}

#[tokio::test]
async fn broken_definitions_are_told_on_stdout_and_unreadable_ones_on_stderr() {
    let broken = Program::new("lint d").file("d/a.yaml", "standard: x\ntitel: y\n");
    let ended = broken.run().await.assert_code(1);
    assert!(
        ended.stdout.contains("unknown key \"titel\"") && ended.stdout.contains("1 file: 1 error"),
        "{}",
        ended.stdout
    );
    for arguments in ["lint nowhere", "lint --record", "lint --record d"] {
        let program = Program::new(arguments).file("d/a.yaml", "standard: x\ntitel: y\n");
        let ended = program.run().await.assert_code(2);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{ended:?}");
        assert!(!ended.stderr.contains("error: error"), "{}", ended.stderr);
    }
}
