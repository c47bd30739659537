//! The releases of distributions that are built in are those of Debian's package `distro-info-data`, and `data update` takes newer
//! ones. `SCS_UPDATE=1 cargo test` writes them anew.

use crate::program::{Program, in_repository};
use rstest::rstest;
use scs_checks::definition::Source;
use scs_checks::distributions::Distributions;
use std::collections::BTreeMap;
use std::path::Path;

/// The version of the package in `tests/fixtures/distributions/`, and its day.
const PACKAGE: (&str, &str) = ("distro-info-data 0.58+deb12u7", "2026-04-25");

const DEBIAN: &str = include_str!("fixtures/distributions/debian.csv");
const UBUNTU: &str = include_str!("fixtures/distributions/ubuntu.csv");

fn read(text: &str) -> Distributions {
    serde_yaml::from_str(text).unwrap()
}

fn files() -> BTreeMap<String, Source> {
    let file =
        |(name, text): (&str, &str)| (name.to_owned(), Source { path: format!("{name}.csv"), text: text.to_owned() });
    [("debian", DEBIAN), ("ubuntu", UBUNTU)].map(file).into()
}

#[test]
fn built_in_releases_are_those_of_the_package() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("standards/data/distributions.yaml");
    let built_in = read(&std::fs::read_to_string(&path).unwrap());
    let expected = built_in.renewed(PACKAGE.0, PACKAGE.1.parse().unwrap(), &files()).unwrap();
    if std::env::var_os("SCS_UPDATE").is_some() {
        std::fs::write(&path, expected.to_yaml()).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, expected.to_yaml(), "run SCS_UPDATE=1 cargo test");
    let known = read(&text);
    assert_eq!(known.contradiction(), None);
    let trusted = |name: &str| known.distributions[name].trusted_until.to_string();
    assert_eq!((trusted("debian").as_str(), trusted("ubuntu").as_str()), ("2027-07-08", "2028-04-29"));
    assert_eq!(known.distributions["ubuntu"].releases.iter().filter(|release| release.lts).count(), 7);
    let oldest = |name: &str| known.distributions[name].releases[0].version.clone();
    assert_eq!((oldest("debian").as_str(), oldest("ubuntu").as_str()), ("9", "14.04"));
}

const UPDATE: &str = "data update --distributions csv --source package --as-of 2027-08-20 --standards d";

/// Returns the command with a copy of some definitions, and these files.
fn program(debian: &str, ubuntu: &str) -> Program {
    let standard = std::fs::read_to_string(in_repository("standards/kaas/scs-0220-node-software.yaml")).unwrap();
    let data = std::fs::read_to_string(in_repository("standards/data/distributions.yaml")).unwrap();
    Program::new(UPDATE)
        .file("d/a.yaml", &standard)
        .file("d/data/distributions.yaml", &data)
        .file("csv/debian.csv", debian)
        .file("csv/ubuntu.csv", ubuntu)
}

/// Debian 14 is out, which moves the day until which the list is trusted.
#[tokio::test]
async fn newer_files_renew_a_folder_of_definitions() {
    let debian = DEBIAN.replace("14,Forky,forky,2025-08-09", "14,Forky,forky,2025-08-09,2027-07-03,2030-07-03");
    assert_ne!(debian, DEBIAN);
    let ended = program(&debian, UBUNTU).run().await.assert_code(0);
    let text = ended.file("d/data/distributions.yaml");
    let renewed = read(&text);
    assert_eq!(renewed.distributions["debian"].trusted_until.to_string(), "2029-06-02");
    assert_eq!((renewed.source.as_str(), renewed.as_of.to_string().as_str()), ("package", "2027-08-20"));
    for line in ["package as of 2027-08-20", "newest 14 (forky); can be trusted until 2029-06-02"] {
        assert!(ended.stdout.contains(line), "{}", ended.stdout);
    }
}

#[rstest]
#[case::a_field(DEBIAN.replace("2026-07-11", "11.07.2026"), UBUNTU, &["csv/debian.csv:", "the field eol is \"11.07.2026\""])]
#[case::empty(String::new(), UBUNTU, &["csv/debian.csv", "the first line names no column"])]
#[case::lost(DEBIAN.to_owned(), "version,series,release,eol\n", &["csv/ubuntu.csv", "ubuntu 14.04 is not listed"])]
#[tokio::test]
async fn wrong_files_change_nothing(#[case] debian: String, #[case] ubuntu: &str, #[case] words: &[&str]) {
    let before = std::fs::read_to_string(in_repository("standards/data/distributions.yaml")).unwrap();
    let ended = program(&debian, ubuntu).run().await.assert_code(2);
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
    assert_eq!(ended.file("d/data/distributions.yaml"), before);
}

#[rstest]
#[case::no_origin("data update --distributions csv --standards d", "--source")]
#[case::no_folder(
    "data update --distributions absent --source p --as-of 2027-08-20 --standards d",
    "absent/debian.csv"
)]
#[case::no_definitions("data update --distributions csv --source p --as-of 2027-08-20 --standards absent", "absent")]
#[case::no_day("data update --distributions csv --source p --as-of today --standards d", "--as-of")]
#[tokio::test]
async fn what_is_missing_is_named(#[case] arguments: &str, #[case] word: &str) {
    let standard = std::fs::read_to_string(in_repository("standards/kaas/scs-0220-node-software.yaml")).unwrap();
    let ended = Program::new(arguments).file("d/a.yaml", &standard).run().await.assert_code(2);
    assert!(ended.stderr.contains(word), "{}", ended.stderr);
}
