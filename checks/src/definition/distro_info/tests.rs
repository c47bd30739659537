use super::*;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use rstest::rstest;

const KNOWN: &str = "
source: package 1
as_of: 2026-04-25
distributions:
  ubuntu:
    rhythm: {why: every two years, next: {lts-after-years: {years: 2, month: 4, day: 30}}}
    trusted_until: 2026-04-29
    releases:
      - {version: '22.04', series: jammy, lts: true, released: 2022-04-21, eol: 2027-06-01}
      - {version: '24.04', series: noble, lts: true, released: 2024-04-25, eol: 2029-05-31}
";

const FILE: &str = "\
version,codename,series,created,release,eol,eol-server,eol-esm,eol-legacy
20.04 LTS,Focal Fossa,focal,2019-10-17,2020-04-23,2025-05-29,2025-05-29,2030-04-23
22.04 LTS,Jammy Jellyfish,jammy,2021-10-14,2022-04-21,2027-06-01,2027-06-01,2032-04-21,2037-04-21
24.04 LTS,Noble Numbat,noble,2023-10-12,2024-04-25,2029-05-31
25.10,Questing Quokka,questing,2025-04-17,2025-10-09,2026-07-09
26.04 LTS,Resolute Raccoon,resolute,2025-10-09,2026-04-23,2031-05-29

28.04 LTS,Unnamed,unnamed,2027-10-14
,Sid,sid,1993-08-16
";

fn known() -> Distributions {
    serde_yaml::from_str(KNOWN).unwrap()
}

fn renew(text: &str, as_of: &str) -> Result<Distributions, Problem> {
    let file = Source { path: "ubuntu.csv".to_owned(), text: text.to_owned() };
    known().renewed("package 2", as_of.parse().unwrap(), &[("ubuntu".to_owned(), file)].into())
}

#[test]
fn newer_file_brings_newer_releases() {
    let renewed = renew(FILE, "2026-05-01").unwrap();
    assert_eq!((renewed.source.as_str(), renewed.as_of.to_string()), ("package 2", "2026-05-01".to_owned()));
    let ubuntu = &renewed.distributions["ubuntu"];
    let versions: Vec<&str> = ubuntu.releases.iter().map(|release| release.version.as_str()).collect();
    assert_eq!(versions, ["22.04", "24.04", "25.10", "26.04", "28.04"]);
    assert_eq!(ubuntu.trusted_until.to_string(), "2028-04-29");
    let jammy = &ubuntu.releases[0];
    assert!(jammy.lts && !ubuntu.releases[2].lts);
    assert_eq!(jammy.eol_esm.unwrap().to_string(), "2032-04-21");
    assert_eq!((ubuntu.releases[4].released, ubuntu.releases[4].eol), (None, None));
}

#[test]
fn what_is_written_is_read_again() {
    let renewed = renew(FILE, "2026-05-01").unwrap();
    let again: Distributions = serde_yaml::from_str(&renewed.to_yaml()).unwrap();
    assert_eq!(again, renewed);
    let odd = Distributions { source: "a: \"b\" # c\n".to_owned(), ..renewed };
    assert_eq!(serde_yaml::from_str::<Distributions>(&odd.to_yaml()).unwrap(), odd);
}

#[rstest]
#[case::no_day("2026-04-23", "2026-04-31", (6, 48), "the field release is \"2026-04-31\", not a day such as 2026-04-23")]
#[case::other_form("2026-04-23", "23.04.2026", (6, 48), "the field release is \"23.04.2026\"")]
#[case::end_before_release("2031-05-29", "2021-05-29", (6, 59), "the field eol is \"2021-05-29\", not a day after")]
#[case::no_number("25.10,", "25.x,", (5, 1), "the field version is \"25.x\", not 24.04, or 24.04 LTS")]
#[case::no_word(",questing,", ",Questing Quokka,", (5, 23), "the field series is \"Questing Quokka\"")]
#[case::no_series(",questing,", ",,", (5, 23), "the field series is \"\", not a word in lower case")]
#[case::too_many("2037-04-21", "2037-04-21,x", (3, 99), "this field has no column")]
#[case::no_column("series", "serie", (1, 1), "the first line names no column \"series\"")]
#[case::lost_release("24.04 LTS", "24.05 LTS", (0, 0), "ubuntu 24.04 is not listed, and is known")]
fn wrong_file_is_refused_with_the_place(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] (line, column): (usize, usize),
    #[case] message: &str,
) {
    let text = FILE.replacen(piece, replacement, 1);
    assert_ne!(text, FILE);
    let problem = renew(&text, "2026-05-01").unwrap_err();
    assert!(problem.message.starts_with(message), "{problem}");
    assert_eq!((problem.path.as_str(), problem.line, problem.column), ("ubuntu.csv", line, column), "{problem}");
}

#[rstest]
#[case::empty("")]
#[case::yaml("distributions: {}\n")]
fn other_files_are_refused(#[case] text: &str) {
    assert!(renew(text, "2026-05-01").unwrap_err().message.starts_with("the first line names no column"));
}

#[test]
fn older_data_is_refused() {
    let problem = renew(FILE, "2026-04-24").unwrap_err();
    assert_eq!(problem.message, "these files are as of 2026-04-24, and what is known is as of 2026-04-25");
}

#[test]
fn missing_file_is_refused() {
    let problem = known().renewed("package 2", "2026-05-01".parse().unwrap(), &BTreeMap::new()).unwrap_err();
    assert_eq!(problem.path, "ubuntu.csv");
}

#[test]
fn data_without_rhythm_is_not_renewed() {
    let mut known = known();
    known.distributions.values_mut().for_each(|it| it.rhythm = None);
    let file = Source { path: "ubuntu.csv".to_owned(), text: FILE.to_owned() };
    let problem = known.renewed("p", "2026-05-01".parse().unwrap(), &[("ubuntu".to_owned(), file)].into()).unwrap_err();
    assert!(problem.message.contains("can be trusted is unknown"), "{problem}");
}

/// Releases that are listed twice or out of order contradict each other.
#[test]
fn contradictions_are_refused() {
    let twice = format!("{FILE}26.04 LTS,Resolute Raccoon,resolute,2025-10-09,2026-04-23,2031-05-29\n");
    assert_eq!(renew(&twice, "2026-05-01").unwrap_err().message, "ubuntu 26.04 appears here twice");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever stands in a line, it is read and written, or refused with a place that exists.
    #[test]
    fn odd_lines_are_read_or_refused(line in "[0-9+.]{0,6}( LTS)?(,[a-zA-Z0-9ä\"' -]{0,12}){0,10}") {
        match renew(&format!("{FILE}{line}\n"), "2026-05-01") {
            Ok(renewed) => prop_assert!(serde_yaml::from_str::<Distributions>(&renewed.to_yaml()).is_ok_and(|it| it == renewed)),
            Err(problem) => prop_assert!(problem.line <= FILE.lines().count() + 1),
        }
    }
}
