//! `data`: what is known of Kubernetes, from the command line.

use crate::program::Program;

/// Nothing listens there.
const NOWHERE: &str = "\
github-releases: http://127.0.0.1:9/a
release-dates: http://127.0.0.1:9/b
schedule: http://127.0.0.1:9/c
ends-of-life: http://127.0.0.1:9/d
endoflife-date: http://127.0.0.1:9/e
cve-feed: http://127.0.0.1:9/f
cve-records: http://127.0.0.1:9/g
";

#[tokio::test]
async fn without_any_data_the_snapshot_is_shown() {
    let ended = Program::new("data show").run().await.assert_code(0);
    assert_eq!(ended.stderr, "");
    assert!(
        ended
            .stdout
            .contains("releases         as of 2026-08-20 00:00 UTC  release-dates (built in) (bundle): https://")
    );
    assert!(ended.stdout.contains("\n516 releases\n"), "{}", ended.stdout);
}

#[tokio::test]
async fn data_none_uses_the_built_in_data() {
    let note = r#"{"address": "https://example.org/eol", "at": "2026-11-01T02:03:00Z"}"#;
    let program = Program::new("data show --data none")
        .file("none/eol.yaml", "branches: [{release: '1.34', endOfLifeDate: 2026-10-27}]")
        .file("none/eol.yaml.fetched", note);
    let ended = program.run().await.assert_code(0);
    assert_eq!(ended.stdout, Program::new("data show").run().await.assert_code(0).stdout);
}

#[tokio::test]
async fn a_folder_is_shown_with_its_dates() {
    let note = r#"{"address": "https://example.org/eol", "at": "2026-11-01T02:03:00Z"}"#;
    let program = Program::new("data show --data d")
        .file("d/eol.yaml", "branches: [{release: '1.34', endOfLifeDate: 2026-10-27}]")
        .file("d/eol.yaml.fetched", note)
        .file("d/schedule.yaml", "oh");
    let ended = program.run().await.assert_code(0);
    let line = "branches         as of 2026-11-01 02:03 UTC  ends-of-life (folder): https://example.org/eol\n";
    assert!(ended.stdout.contains(line), "{}", ended.stdout);
    assert!(ended.stderr.starts_with("warning: schedule.yaml: not the YAML"), "{}", ended.stderr);
}

#[tokio::test]
async fn failed_update_says_so_and_names_the_remaining_data() {
    let program = Program::new("data update --data d --data-sources s.yaml").file("s.yaml", NOWHERE);
    let ended = program.run().await.assert_code(3);
    assert_eq!(ended.stderr.matches("warning: http://127.0.0.1:9/").count(), 6, "{}", ended.stderr);
    assert!(ended.stdout.contains("\n516 releases\n") && !ended.stdout.contains("(live)"), "{}", ended.stdout);
}

#[tokio::test]
async fn wrong_usage_is_told() {
    for (arguments, text, told) in [
        ("data update --data-sources s.yaml", "feed: x", "s.yaml:"),
        ("data update --data-sources s.yaml", "cve-feed: file:///x", "is not an address of the form https://"),
        ("data show --data s.yaml", "", "--data s.yaml is not a folder"),
        ("data show --data absent", "", "--data absent: there is no such folder"),
        ("check kaas --data absent", "", "--data absent: there is no such folder"),
        ("data update --data s.yaml", "", "--data s.yaml is not a folder"),
        ("data update --data none", "", "--data none stands for no folder"),
        ("data show --data-sources absent.yaml", "", "absent.yaml cannot be read"),
    ] {
        let ended = Program::new(arguments).file("s.yaml", text).run().await.assert_code(2);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}
