//! The four rules about releases, compared day by day with a second implementation: written from the text alone, with dates of
//! its own, in intervals where the rule thinks in ranks.

use super::tests::release;
use crate::definition::{Definitions, Source};
use crate::facts::{CloudFacts, Image, Images, Now, Slot, Visibility};
use crate::iaas::scs_0102_image_metadata::tests::with;
use crate::verdict::{Reason, ReasonCode, Verdict};
use chrono::{Datelike, NaiveDate};
use rstest::rstest;

/// The releases that count, as `(version, year, month, day)` of publication.
type Table = &'static [(&'static str, i32, u32, u32)];

const UBUNTU: Table = &[("20.04", 2020, 4, 23), ("22.04", 2022, 4, 21), ("24.04", 2024, 4, 25), ("26.04", 2026, 4, 23)];
const DEBIAN: Table = &[("10", 2019, 7, 6), ("11", 2021, 8, 14), ("12", 2023, 6, 10), ("13", 2025, 8, 9)];

/// Made up: one Ubuntu comes after its due day, and one Debian on the 31st.
const LATER_UBUNTU: Table = &[
    ("20.04", 2020, 4, 23),
    ("22.04", 2022, 4, 21),
    ("24.04", 2024, 4, 25),
    ("26.04", 2026, 4, 23),
    ("28.04", 2028, 4, 20),
    ("30.04", 2030, 5, 7),
];
const LATER_DEBIAN: Table = &[
    ("10", 2019, 7, 6),
    ("11", 2021, 8, 14),
    ("12", 2023, 6, 10),
    ("13", 2025, 8, 9),
    ("14", 2027, 6, 12),
    ("15", 2029, 8, 31),
];

const STANDARD: &str = include_str!("../../../../standards/iaas/scs-0104-standard-images.yaml");
const DATA: &str = include_str!("../../../../standards/data/distributions.yaml");

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Releases of Ubuntu without long-term support.
const INTERIM: Table = &[("25.10", 2025, 10, 9), ("26.10", 2026, 10, 15)];

/// Returns data with the releases of two tables, to be trusted for a long time.
fn made_up(ubuntu: Table, debian: Table) -> String {
    let lines = |table: Table, lts: bool| -> Vec<(NaiveDate, String)> {
        let line = |&(version, year, month, day): &(&str, i32, u32, u32)| {
            let released = date(year, month, day);
            let text = format!("      - {{version: '{version}', series: s, lts: {lts}, released: {released}}}\n");
            (released, text)
        };
        table.iter().map(line).collect()
    };
    let releases = |mut lines: Vec<(NaiveDate, String)>| -> String {
        lines.sort();
        lines.into_iter().map(|(_, text)| text).collect()
    };
    format!(
        "source: made up\nas_of: 2030-01-01\ndistributions:\n  debian:\n    trusted_until: 2031-06-30\n    releases:\n{}  \
         ubuntu:\n    trusted_until: 2032-04-29\n    releases:\n{}",
        releases(lines(debian, false)),
        releases([lines(ubuntu, true), lines(INTERIM, false)].concat())
    )
}

fn definitions(data: &str) -> Definitions {
    let sources =
        [("a.yaml", STANDARD), ("b.yaml", data)].map(|(path, text)| Source::new(path, text.as_bytes()).unwrap());
    Definitions::load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Returns the first day on which the text demands a release.
fn due(distribution: &str, (_, year, month, day): (&str, i32, u32, u32)) -> NaiveDate {
    match distribution {
        "ubuntu" => date(year, 4, 30).max(date(year, month, day)),
        // A month later, or on the last day of that month.
        _ => (1..=day)
            .rev()
            .find_map(|day| NaiveDate::from_ymd_opt(year + i32::from(month == 12), month % 12 + 1, day))
            .unwrap(),
    }
}

/// Returns the versions that will do on a day. A release serves as the latest from its publication until the next one falls due,
/// and as the previous one from the publication of the next until the one after that falls due.
fn serving(distribution: &str, table: Table, back: usize, today: NaiveDate) -> Vec<&'static str> {
    let serves = |index: usize| {
        let begin = table.get(index + back).map(|&(_, year, month, day)| date(year, month, day));
        let end = table.get(index + back + 1).map(|&release| due(distribution, release));
        begin.is_some_and(|begin| begin <= today) && end.is_none_or(|end| today < end)
    };
    (0..table.len()).filter(|&index| serves(index)).map(|index| table[index].0).collect()
}

/// Distributions and their versions, as an oracle sees them.
type Systems = Vec<(&'static str, &'static str)>;

/// The clouds: images, and those of them that count, as distribution and version.
fn clouds() -> Vec<(Vec<Image>, Systems)> {
    let mut clouds = vec![(Vec::new(), Vec::new())];
    let sets: [&[(&str, &str)]; 12] = [
        &[("ubuntu", "22.04"), ("debian", "11")],
        &[("ubuntu", "24.04"), ("debian", "12")],
        &[("ubuntu", "26.04"), ("debian", "13")],
        &[("ubuntu", "22.04"), ("ubuntu", "20.04"), ("debian", "11"), ("debian", "10")],
        &[("ubuntu", "24.04"), ("ubuntu", "22.04"), ("debian", "12"), ("debian", "11")],
        &[("ubuntu", "26.04"), ("ubuntu", "24.04"), ("debian", "13"), ("debian", "12")],
        &[("ubuntu", "28.04"), ("ubuntu", "26.04"), ("debian", "14"), ("debian", "13")],
        &[("ubuntu", "30.04"), ("ubuntu", "28.04"), ("debian", "15"), ("debian", "14")],
        &[("ubuntu", "25.10"), ("ubuntu", "26.10"), ("debian", "12.1"), ("debian", "sid")],
        &[("debian", "9.04"), ("ubuntu", "13")],
        &[("ubuntu", "28.04"), ("debian", "14")],
        &[("ubuntu", "20.04"), ("ubuntu", "26.04"), ("debian", "10"), ("debian", "13")],
    ];
    clouds.extend(sets.map(|set| (set.iter().map(|(name, version)| release(name, version)).collect(), set.to_vec())));
    let spoilt = [
        Image { hidden: true, ..release("ubuntu", "26.04") },
        Image { status: "queued".into(), ..release("debian", "13") },
        Image { visibility: Visibility::Community, ..release("ubuntu", "24.04") },
        with(release("debian", "12"), "os_purpose", "minimal"),
    ];
    clouds.push((spoilt.to_vec(), Vec::new()));
    clouds
}

/// Returns the verdict by the text. Dates are known up to `end`; what is newer than all that is dated leaves the latest open.
fn by_text(
    (distribution, table, end): (&str, Table, NaiveDate),
    back: usize,
    today: NaiveDate,
    offered: &[(&str, &str)],
) -> Verdict {
    let own = || offered.iter().filter(|(name, _)| *name == distribution).map(|(_, version)| *version);
    let undated = |version: &str| !table.iter().any(|(other, ..)| *other == version);
    let later = ["28.04", "30.04", "14", "15"];
    if today >= end {
        Verdict::Abort
    } else if own().any(|version| serving(distribution, table, back, today).contains(&version)) {
        Verdict::Pass
    } else if back == 0 && own().any(|version| later.contains(&version) && undated(version)) {
        Verdict::Abort
    } else {
        Verdict::Fail
    }
}

fn by_rule(definitions: &Definitions, testcase: &str, today: NaiveDate, images: &[Image]) -> Verdict {
    let mut facts = CloudFacts::none(&Reason::new(ReasonCode::NotSelected, "this test has no other facts"));
    facts.images = Slot::Known(Images(images.to_vec()));
    let now = today.and_hms_opt(12, 0, 0).unwrap().and_utc();
    definitions.testcase(testcase).unwrap().check.rule().evaluate(&facts.into(), Now::named(now)).verdict
}

/// Data, tables, and the first days that the data does not cover.
#[rstest]
#[case::built_in(DATA.to_owned(), (UBUNTU, date(2028, 4, 30)), (DEBIAN, date(2027, 7, 9)))]
#[case::later_years(made_up(LATER_UBUNTU, LATER_DEBIAN), (LATER_UBUNTU, date(2032, 4, 30)), (LATER_DEBIAN, date(2031, 7, 1)))]
fn rule_says_what_the_text_says_on_every_day(
    #[case] data: String,
    #[case] ubuntu: (Table, NaiveDate),
    #[case] debian: (Table, NaiveDate),
) {
    let definitions = definitions(&data);
    let (ubuntu, debian) = (("ubuntu", ubuntu.0, ubuntu.1), ("debian", debian.0, debian.1));
    let testcases = [
        ("scs-0104-latest-ubuntu-lts", ubuntu, 0),
        ("scs-0104-previous-ubuntu-lts", ubuntu, 1),
        ("scs-0104-latest-debian", debian, 0),
        ("scs-0104-previous-debian", debian, 1),
    ];
    let clouds = clouds();
    let mut seen = [0_usize; 3];
    for today in date(2024, 1, 1).iter_days().take_while(|day| day.year() <= 2030) {
        for (testcase, known, back) in testcases {
            for (images, offered) in &clouds {
                let expected = by_text(known, back, today, offered);
                assert_eq!(by_rule(&definitions, testcase, today, images), expected, "{testcase} {today} {offered:?}");
                seen[match expected {
                    Verdict::Pass => 0,
                    Verdict::Fail => 1,
                    _ => 2,
                }] += 1;
            }
        }
    }
    assert!(seen[0] > 10_000 && seen[1] > 10_000, "{seen:?}");
    assert_eq!(seen[2] > 0, data == DATA, "{seen:?}");
}
