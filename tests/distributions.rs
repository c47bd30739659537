//! The releases of distributions that are built in are those of Debian's package `distro-info-data`.
//! `SCS_UPDATE=1 cargo test` writes them anew.

use scs_checks::distributions::{Distribution, Distributions, Release};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The version of the package in `tests/fixtures/distributions/`, and its day.
const PACKAGE: (&str, &str) = ("distro-info-data 0.58+deb12u7", "2026-04-25");

/// The distributions: name, content, the oldest version that is kept, and the last day on which no release can count that is
/// missing, with the reason.
const FILES: [(&str, &str, &str, &str, &str); 2] = [
    (
        "debian",
        include_str!("fixtures/distributions/debian.csv"),
        "9",
        "2027-07-08",
        "Debian publishes a release about every two years, but once 22 months after the one before (12). After 13, of\n\
         # 2025-08-09, the next may be out on 2027-06-09; it counts a month later.",
    ),
    (
        "ubuntu",
        include_str!("fixtures/distributions/ubuntu.csv"),
        "14.04",
        "2028-04-29",
        "Ubuntu publishes a release with long-term support in April of each even year. The one after 26.04 counts from\n\
         # 2028-04-30 on.",
    ),
];

/// Reads the file of a distribution, from a version on. Rows without a version (sid) are no releases.
fn releases(text: &str, oldest: &str) -> Vec<Release> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows = lines.map(|line| names.iter().copied().zip(line.split(',')).collect::<BTreeMap<_, _>>());
    let all = rows.filter(|row| !row["version"].is_empty()).map(|row| {
        let day = |name: &str| row.get(name).filter(|day| !day.is_empty()).map(|day| day.parse().unwrap());
        let (version, lts) = row["version"].strip_suffix(" LTS").map_or((row["version"], false), |it| (it, true));
        Release {
            version: version.to_owned(),
            series: row["series"].to_owned(),
            lts,
            released: day("release"),
            eol: day("eol"),
            eol_lts: day("eol-lts"),
            eol_esm: day("eol-esm"),
        }
    });
    all.skip_while(|release| release.version != oldest).collect()
}

fn expected() -> Distributions {
    let distributions = FILES.map(|(name, text, oldest, trusted_until, _)| {
        let releases = releases(text, oldest);
        (name.to_owned(), Distribution { trusted_until: trusted_until.parse().unwrap(), releases })
    });
    let (source, as_of) = PACKAGE;
    Distributions { distributions: distributions.into(), source: source.to_owned(), as_of: as_of.parse().unwrap() }
}

fn yaml(data: &Distributions) -> String {
    let mut text = "# yaml-language-server: $schema=../../docs/schemas/distributions.json\n\
                    # Releases of distributions, made of tests/fixtures/distributions/ (license: README.md there) by\n\
                    # `SCS_UPDATE=1 cargo test`. A release counts from a day on that the standard names.\n"
        .to_owned();
    writeln!(text, "source: {}\nas_of: {}\ndistributions:", data.source, data.as_of).unwrap();
    for (name, .., why) in FILES {
        let Distribution { trusted_until, releases } = &data.distributions[name];
        writeln!(text, "  {name}:\n    # {}", why.replace('\n', "\n    ")).unwrap();
        writeln!(text, "    trusted_until: {trusted_until}\n    releases:").unwrap();
        for release in releases {
            write!(text, "      - {{version: '{}', series: {}", release.version, release.series).unwrap();
            text.push_str(if release.lts { ", lts: true" } else { "" });
            let days = [
                ("released", release.released),
                ("eol", release.eol),
                ("eol_lts", release.eol_lts),
                ("eol_esm", release.eol_esm),
            ];
            for (name, day) in days.into_iter().filter_map(|(name, day)| Some((name, day?))) {
                write!(text, ", {name}: {day}").unwrap();
            }
            text.push_str("}\n");
        }
    }
    text
}

#[test]
fn built_in_releases_are_those_of_the_package() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("standards/data/distributions.yaml");
    let expected = expected();
    if std::env::var_os("SCS_UPDATE").is_some() {
        std::fs::write(&path, yaml(&expected)).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, yaml(&expected), "run SCS_UPDATE=1 cargo test");
    let read: Distributions = serde_yaml::from_str(&text).unwrap();
    assert_eq!(read, expected);
    assert_eq!(read.contradiction(), None);
    assert_eq!(read.distributions["ubuntu"].releases.iter().filter(|release| release.lts).count(), 7);
}
