//! The verdicts of scs-0210 held against a second, naive reading of the text: whole seconds, sets of patch numbers, and every
//! hour that a date without one can mean. It shares nothing with the rules but the facts.

use super::*;
use crate::kaas::scs_0210_vulnerabilities::Vulnerabilities;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static RULE: LazyLock<VersionPolicy> = LazyLock::new(|| serde_yaml::from_str(&POLICY).unwrap());
static LISTING: LazyLock<Vulnerabilities> = LazyLock::new(|| {
    let critical = format!("{{score: 8, days: 14, recommended_days: 2, products: {PRODUCTS}}}");
    serde_yaml::from_str(&format!("{{listed_score: 7, critical: {critical}}}")).unwrap()
});

/// The age of a release, counted back from now; it may also be in the future.
#[derive(Clone, Copy, Debug)]
enum When {
    Seconds(i64),
    /// Some time on the day that is so many days before today.
    Day(i64),
}
use When::{Day, Seconds};

/// A record of a vulnerability: its score, its product, and the patch numbers of the cluster's branch that it means, both ends
/// included, each range in one of its spellings; those with an unknown status; and a score that cannot be read.
#[derive(Clone, Debug)]
struct Hole {
    score: f64,
    product: &'static str,
    ranges: Vec<(u32, u32, usize)>,
    unknown: Option<(u32, u32)>,
    garbled: bool,
}

/// The spelling that also says from which version on nothing is affected.
const CHANGE: usize = 4;
const SPELLINGS: usize = 6;

/// A cluster and what is known, as numbers.
#[derive(Clone, Debug)]
struct Case {
    /// The second of the day that it is, in UTC.
    second: i64,
    /// The cluster's version is 1.`minor`.`patch`, with something appended.
    minor: u32,
    patch: u32,
    suffix: &'static str,
    /// In how many days the branches 1.34 to 1.37 reach their end of life.
    ends: [i64; 4],
    /// The releases of the cluster's branch.
    releases: Vec<(u32, When)>,
    holes: Vec<Hole>,
    /// The ages of the data about releases and about vulnerabilities, in seconds.
    ages: [i64; 2],
}

impl Case {
    fn now(&self) -> DateTime<Utc> {
        instant("2026-11-20T00:00:00Z") + TimeDelta::seconds(self.second)
    }

    fn world(&self) -> KubernetesWorld {
        let (now, today) = (self.now(), self.now().date_naive());
        let published = |when: &When| match when {
            Seconds(seconds) => Published::At(now - TimeDelta::seconds(*seconds)),
            Day(days) => Published::On(today - TimeDelta::days(*days)),
        };
        let own = self.releases.iter().map(|(patch, when)| release(&self.spelled(*patch), published(when)));
        // What is no release, or of another branch, makes no difference.
        let others = [self.spelled(99) + "-rc.1", format!("1.{}.99", self.minor + 10)];
        let others = others.iter().map(|version| release(version, published(&Seconds(100 * DAY))));
        let end = |(name, days): (&str, &i64)| branch(name, &(today + TimeDelta::days(*days)).to_string());
        let [releases, vulnerabilities] = self.ages.map(|age| now - TimeDelta::seconds(age));
        KubernetesWorld {
            sources: vec![
                source(WorldData::Releases, releases),
                source(WorldData::Branches, now - TimeDelta::days(999)),
                source(WorldData::Vulnerabilities, vulnerabilities),
            ],
            problems: vec![],
            unread: vec![],
            releases: own.chain(others).collect(),
            branches: ["1.34", "1.35", "1.36", "1.37"].into_iter().zip(&self.ends).map(end).collect(),
            vulnerabilities: self.holes.iter().map(|hole| self.record(hole)).collect(),
        }
    }

    fn spelled(&self, patch: u32) -> String {
        format!("v1.{}.{patch}", self.minor)
    }

    fn record(&self, hole: &Hole) -> Vulnerability {
        let unknown = hole.unknown.map(|(first, last)| AffectedVersions {
            version: format!("{} - {}", self.spelled(first), self.spelled(last)),
            status: "Unknown".into(),
            ..AffectedVersions::default()
        });
        let versions = hole.ranges.iter().map(|range| self.entry(*range)).chain(unknown).collect();
        let affected = AffectedProduct {
            product: hole.product.into(),
            vendor: None,
            default_status: Some("unaffected".into()),
            versions,
        };
        Vulnerability {
            id: "CVE-0000-0002".into(),
            scores: [1.0, hole.score].map(|base| CvssScore { cvss: "3.1".into(), base }).into(),
            unread_scores: if hole.garbled { vec!["cvssV4_0: high".into()] } else { vec![] },
            affected: vec![affected],
            ..Vulnerability::default()
        }
    }

    fn entry(&self, (first, last, spelling): (u32, u32, usize)) -> AffectedVersions {
        let [from, to, after] = [first, last, last + 1].map(|patch| self.spelled(patch));
        let [next, elsewhere] = [1, 9].map(|more| format!("1.{}.0", self.minor + more));
        let changes = match spelling {
            CHANGE => vec![StatusChange { at: after.clone(), status: "unaffected".into() }],
            _ => vec![],
        };
        let (version, less_than, less_than_or_equal) = match spelling {
            0 => (from, None, Some(to)),
            1 => (from.trim_start_matches('v').to_owned(), Some(after), None),
            2 => (format!("{from} - {to}"), None, None),
            3 => (format!(">= {from}, < {after}"), None, None),
            CHANGE => (from, Some(next), None),
            _ => (format!("{from} - {to}, {elsewhere}"), None, None),
        };
        let status = ["affected", "Affected"][last as usize % 2].into();
        AffectedVersions { version, status, less_than, less_than_or_equal, changes, ..AffectedVersions::default() }
    }

    /// Returns the verdicts of `version-policy-check` and of `scs-0210-vulnerabilities`.
    fn verdicts(&self) -> [Verdict; 2] {
        let (world, now) = (self.world(), self.now());
        let cluster = ClusterVersion { git_version: self.version(), ..ClusterVersion::default() };
        let facts = (&cluster, (&world, now));
        [Outcome::of(RULE.examine(facts)).verdict, Outcome::of(LISTING.examine(facts)).verdict]
    }

    fn expected(&self) -> [Verdict; 2] {
        [self.expected_of_policy(), self.expected_of_vulnerabilities()]
    }

    fn version(&self) -> String {
        self.spelled(self.patch) + self.suffix
    }
}

/// The second reading.
impl Case {
    /// Returns the expected verdict of `version-policy-check`.
    fn expected_of_policy(&self) -> Verdict {
        let alive = self.ends.iter().filter(|days| **days > 0).count();
        if alive < 2 || self.suffix.starts_with("-rc") {
            return Verdict::Abort;
        }
        let ended = self.minor < 34 || (34..=37).contains(&self.minor) && self.ends[self.minor as usize - 34] <= 0;
        let late = |ages: &[(u32, i64)]| ages.iter().any(|(patch, age)| *patch > self.patch && *age > 31 * DAY);
        let verdicts = self.hours().iter().map(|ages| ended || late(ages) || self.is_slow(ages, 14)).collect();
        let is_listed = self.hours()[0].iter().any(|(patch, _)| *patch == self.patch);
        let unknown = !is_listed || self.holes.is_empty() || self.is_stale(14) || self.is_unclear(8.0);
        Self::summed_up(&verdicts, unknown)
    }

    /// Returns the expected verdict of `scs-0210-vulnerabilities`.
    fn expected_of_vulnerabilities(&self) -> Verdict {
        if self.suffix.starts_with("-rc") {
            return Verdict::Abort;
        }
        let verdicts = self.hours().iter().map(|ages| self.is_slow(ages, 2)).collect();
        let of_kubernetes = self.holes.iter().any(Hole::is_of_kubernetes);
        Self::summed_up(&verdicts, !of_kubernetes || self.is_stale(2) || self.is_unclear(7.0))
    }

    /// Sums up verdicts over hours: violated at any of them, or at none, or unknown.
    fn summed_up(violated: &BTreeSet<bool>, unknown: bool) -> Verdict {
        match (violated.contains(&true), violated.contains(&false)) {
            (true, false) => Verdict::Fail,
            (false, true) if !unknown => Verdict::Pass,
            _ => Verdict::Abort,
        }
    }

    /// Returns the releases that are out, with their ages in seconds: one list for each combination of hours that dates
    /// can mean, of which the first and the last second suffice, as being older never makes it better.
    fn hours(&self) -> Vec<Vec<(u32, i64)>> {
        let mut lists = vec![vec![]];
        for (patch, when) in &self.releases {
            let ages = match when {
                Seconds(seconds) if *seconds < 0 => continue,
                Seconds(seconds) => vec![*seconds],
                Day(days) => vec![days * DAY + self.second, days * DAY + self.second - (DAY - 1)],
            };
            lists =
                lists.iter().flat_map(|list| ages.iter().map(|age| [&list[..], &[(*patch, *age)]].concat())).collect();
        }
        lists
    }

    /// Returns true if the first release without a critical vulnerability of the cluster is out for more than so many days.
    fn is_slow(&self, ages: &[(u32, i64)], days: i64) -> bool {
        let critical = self.holes.iter().filter(|hole| hole.score >= 8.0 && hole.is_of_kubernetes());
        critical.filter(|hole| hole.has(self.patch) == Some(true)).any(|hole| {
            let other = ages.iter().filter(|(patch, _)| *patch > self.patch && hole.has(*patch) != Some(true)).min();
            other.is_some_and(|(patch, age)| hole.has(*patch) == Some(false) && *age > days * DAY)
        })
    }

    /// Returns true if some record with a score that is, or may be, so high does not say if the cluster is affected, or
    /// which release fixes it.
    fn is_unclear(&self, least: f64) -> bool {
        let heavy = |hole: &&Hole| hole.is_of_kubernetes() && (hole.score >= least || hole.garbled);
        let releases: BTreeSet<u32> = self.hours()[0].iter().map(|(patch, _)| *patch).collect();
        self.holes.iter().filter(heavy).any(|hole| match hole.has(self.patch) {
            Some(false) => false,
            Some(true) if hole.score >= least => {
                let other = releases.iter().find(|patch| **patch > self.patch && hole.has(**patch) != Some(true));
                other.is_some_and(|patch| hole.has(*patch).is_none())
            }
            _ => true,
        })
    }

    fn is_stale(&self, days: i64) -> bool {
        self.ages.iter().any(|age| *age > days * DAY)
    }
}

impl Hole {
    /// Returns true if a patch number is affected; none if it is not known.
    fn has(&self, patch: u32) -> Option<bool> {
        let affected = self.ranges.iter().any(|(first, last, _)| (*first..=*last).contains(&patch));
        let excepted = self.ranges.iter().any(|(_, last, spelling)| *spelling == CHANGE && patch > *last);
        let unknown = self.unknown.is_some_and(|(first, last)| (first..=last).contains(&patch));
        match (affected, excepted) {
            (true, true) => None,
            (true, false) => Some(true),
            _ if unknown => None,
            _ => Some(false),
        }
    }

    fn is_of_kubernetes(&self) -> bool {
        self.product != "csi-proxy"
    }
}

/// All combinations of what decides, on both sides of each limit: the dates of two newer releases, the time of day, the
/// cluster's release and the last one that is affected, the end of life, and the age of the data.
#[test]
fn every_combination_at_the_limits() {
    let first = [0, 1, 2 * DAY, 2 * DAY + 1, 14 * DAY, 14 * DAY + 1, 31 * DAY, 31 * DAY + 1].map(Seconds);
    let first = first.into_iter().chain([Seconds(-1), Day(0), Day(2), Day(3), Day(14), Day(15), Day(31), Day(32)]);
    let second = [Seconds(DAY), Seconds(14 * DAY), Seconds(14 * DAY + 1), Day(14)];
    let mut seen = BTreeSet::new();
    for dates in first.flat_map(|first| second.map(|second| [first, second])) {
        for second in [0, DAY / 2, DAY - 1] {
            for patch in [4, 5, 6] {
                seen.extend([0, 3, 4, 5].iter().flat_map(|last| at_the_limits(dates, second, patch, *last)));
            }
        }
    }
    for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Abort] {
        assert!([0, 1].iter().all(|index| seen.iter().any(|seen| seen[*index] == verdict)), "{seen:?}");
    }
}

/// Compares the verdicts at the limits of the end of life and of the age of data; they are returned.
fn at_the_limits([first, last]: [When; 2], second: i64, patch: u32, last_affected: u32) -> Vec<[Verdict; 2]> {
    let limits = [(0, 0), (1, 2 * DAY), (1, 2 * DAY + 1), (1, 14 * DAY), (1, 14 * DAY + 1)];
    let verdicts = limits.map(|(end, age)| {
        let case = Case {
            second,
            minor: 36,
            patch,
            suffix: "",
            ends: [-24, 100, end, 300],
            releases: vec![(4, Seconds(40 * DAY)), (5, first), (6, last)],
            holes: vec![Hole {
                score: 8.0,
                product: "kubelet",
                ranges: vec![(0, last_affected, 0)],
                unknown: None,
                garbled: false,
            }],
            ages: [age, age],
        };
        assert_eq!(case.verdicts(), case.expected(), "{case:?}");
        case.expected()
    });
    verdicts.into()
}

fn whens() -> impl Strategy<Value = When> {
    let limit = prop_oneof![Just(2i64), Just(14), Just(31)];
    prop_oneof![
        3 => (limit.clone(), -1..2i64).prop_map(|(days, more)| Seconds(days * DAY + more)),
        2 => (limit, -1..3i64).prop_map(|(days, more)| Day(days + more)),
        1 => (-2..2i64).prop_map(Seconds),
        1 => (0..2i64).prop_map(Day),
        2 => (0..60 * DAY).prop_map(Seconds),
        1 => (0..60i64).prop_map(Day),
    ]
}

fn holes() -> impl Strategy<Value = Hole> {
    let score = prop_oneof![Just(7.9), Just(8.0), Just(10.0)];
    let product = prop_oneof![4 => Just("Kubernetes"), 1 => Just("KUBELET"), 1 => Just("k8s.io/kubernetes"), 1 => Just("csi-proxy")];
    let range = (0..6u32, 0..6u32, 0..SPELLINGS).prop_map(|(first, more, spelling)| (first, first + more, spelling));
    let ranges = proptest::collection::vec(range, 1..3);
    let between = (0..6u32, 0..3u32).prop_map(|(first, more)| (first, first + more));
    let unknown = prop_oneof![4 => Just(None), 1 => between.prop_map(Some)];
    (score, product, ranges, unknown, proptest::bool::weighted(0.1))
        .prop_map(|(score, product, ranges, unknown, garbled)| Hole { score, product, ranges, unknown, garbled })
}

fn cases() -> impl Strategy<Value = Case> {
    let second = prop_oneof![Just(0), Just(1), Just(DAY - 1), 0..DAY];
    let minor = prop_oneof![8 => 34..38u32, 1 => Just(33), 1 => Just(38)];
    let suffix = prop_oneof![12 => Just(""), 1 => Just("-gke.1"), 1 => Just("+k3s1"), 1 => Just("-rc.1")];
    let end = prop_oneof![1 => -1..2i64, 3 => 2..400i64];
    let releases = proptest::collection::btree_map(0..7u32, whens(), 0..5);
    let age =
        (prop_oneof![8 => Just(1), 1 => Just(2), 1 => Just(14)], 0..2i64).prop_map(|(days, more)| days * DAY + more);
    let data = (proptest::collection::vec(holes(), 0..3), [age.clone(), age]);
    (second, (minor, 0..8u32, suffix), [end.clone(), end.clone(), end.clone(), end], releases, data).prop_map(
        |(second, (minor, patch, suffix), ends, releases, (holes, ages))| Case {
            second,
            minor,
            patch,
            suffix,
            ends,
            releases: releases.into_iter().collect(),
            holes,
            ages,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn verdicts_follow_the_text(case in cases()) {
        prop_assert_eq!(case.verdicts(), case.expected());
    }
}
