use super::*;
use crate::facts::StatusChange;
use crate::kaas::kubernetes_version::Spelled;
use proptest::prelude::*;
use rstest::rstest;

fn version(text: &str) -> Version {
    text.parse::<Spelled>().unwrap().version
}

/// Parses an entry, written `[(STATUS) ]VERSION[ ⟨ < BOUND⟩]` as in the table of the recorded data, with `|<=` and `|<`
/// before bounds.
fn entry(text: &str) -> AffectedVersions {
    let (status, text) = match text.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((status, rest)) => (status, rest),
        None => ("affected", text),
    };
    let mut entry = AffectedVersions { status: status.into(), ..AffectedVersions::default() };
    let (version, bound) = text.split_once('|').unwrap_or((text, ""));
    entry.version = version.into();
    match bound.strip_prefix("<=") {
        Some(bound) => entry.less_than_or_equal = Some(bound.trim().into()),
        None => entry.less_than = bound.strip_prefix('<').map(|bound| bound.trim().into()),
    }
    entry
}

fn product(entries: &[&str], default_status: Option<&str>) -> AffectedProduct {
    AffectedProduct {
        product: "Kubernetes".into(),
        vendor: None,
        default_status: default_status.map(str::to_owned),
        versions: entries.iter().map(|text| entry(text)).collect(),
    }
}

/// Filters the versions that are affected.
fn hits(entries: &[&str], versions: &str) -> String {
    let product = product(entries, None);
    let affected = Affected::of(&product);
    let is_affected = |text: &&str| match affected.has(version(text)) {
        IsAffected::Unread => panic!("{text} of {entries:?} is not understood"),
        has => has == IsAffected::Yes,
    };
    versions.split(' ').filter(is_affected).collect::<Vec<_>>().join(" ")
}

#[rstest]
// One version, or a branch.
#[case("v1.28.3", "1.28.2 1.28.3 1.28.4", "1.28.3")]
#[case("= v1.37.0", "1.36.9 1.37.0 1.37.1", "1.37.0")]
#[case("v1.6.x", "1.5.9 1.6.0 1.6.99 1.7.0", "1.6.0 1.6.99")]
#[case("v1.30.*", "1.29.9 1.30.0 1.30.99 1.31.0", "1.30.0 1.30.99")]
#[case("1.12", "1.11.9 1.12.0 1.12.99 1.13.0", "1.12.0 1.12.99")]
// Both ends in the version.
#[case("v1.32.0 - v1.32.5", "1.31.9 1.32.0 1.32.5 1.32.6", "1.32.0 1.32.5")]
#[case("1.28.0-1.28.3", "1.27.9 1.28.0 1.28.3 1.28.4", "1.28.0 1.28.3")]
#[case("v1.28.0–v1.28.3", "1.27.9 1.28.0 1.28.3 1.28.4", "1.28.0 1.28.3")]
#[case("1.28 to 1.29", "1.27.9 1.28.0 1.29.9 1.30.0", "1.28.0 1.29.9")]
// One end in the version.
#[case("prior to 1.13.9", "1.12.9 1.13.8 1.13.9 1.14.0", "1.12.9 1.13.8")]
#[case("<=v1.32.2", "1.31.9 1.32.2 1.32.3 1.33.0", "1.31.9 1.32.2")]
#[case("<= v1.24.14", "1.24.14 1.24.15", "1.24.14")]
#[case("<1.23.7", "1.23.6 1.23.7", "1.23.6")]
#[case(">= 1.28.0, < 1.28.4", "1.27.9 1.28.0 1.28.3 1.28.4 1.29.0", "1.28.0 1.28.3")]
#[case("> 1.28.0", "1.28.0 1.28.1 1.30.0", "1.28.1 1.30.0")]
#[case("next of 1.20.11", "1.20.11 1.20.12 1.30.0", "1.20.12 1.30.0")]
#[case("kubelet: <= v1.34.11", "1.34.11 1.34.12", "1.34.11")]
#[case("Kubernetes all versions", "0.1.0 1.36.4", "0.1.0 1.36.4")]
#[case("all versions prior to 1.13.9", "1.12.9 1.13.8 1.13.9", "1.12.9 1.13.8")]
#[case("1.26.3 and earlier", "1.26.3 1.26.4", "1.26.3")]
#[case("v1.26.0 or later", "1.25.9 1.26.0 1.30.0", "1.26.0 1.30.0")]
#[case("1.26.0+", "1.25.9 1.26.0 1.30.0", "1.26.0 1.30.0")]
#[case("≤ 1.26.3", "1.26.3 1.26.4", "1.26.3")]
#[case("since 1.28.2", "1.28.1 1.28.2 1.30.0", "1.28.2 1.30.0")]
#[case("V1.32.4", "1.32.3 1.32.4", "1.32.4")]
// Several ranges in one text.
#[case(
    "v1.50.0 - v1.50.2, v1.49.0 - v1.49.6",
    "1.48.9 1.49.0 1.49.6 1.49.7 1.50.0 1.50.2 1.50.3",
    "1.49.0 1.49.6 1.50.0 1.50.2"
)]
#[case("1.50.0 and 1.50.1", "1.49.9 1.50.0 1.50.1 1.50.2", "1.50.0 1.50.1")]
#[case("1.48.x; 1.50.1", "1.48.7 1.49.0 1.50.0 1.50.1", "1.48.7 1.50.1")]
#[case(">= 1.28.0 < 1.28.4", "1.27.9 1.28.0 1.28.3 1.28.4", "1.28.0 1.28.3")]
#[case(">=1.28.0 and <1.28.4", "1.27.9 1.28.0 1.28.3 1.28.4", "1.28.0 1.28.3")]
#[case("< 1.28.4, >= 1.28.0", "1.27.9 1.28.0 1.28.3 1.28.4", "1.28.0 1.28.3")]
#[case(">= 1.28.0, < 1.28.4, >= 1.29.0, < 1.29.2", "1.28.0 1.28.4 1.29.0 1.29.1 1.29.2", "1.28.0 1.29.0 1.29.1")]
#[case("<= 1.34.11, <= 1.35.8", "1.34.11 1.34.12 1.35.8 1.35.9", "1.34.11 1.35.8")]
// An end beside the version.
#[case("n/a|< v1.37.2", "1.36.0 1.37.1 1.37.2", "1.36.0 1.37.1")]
#[case("< 1.30|< 1.30", "1.29.9 1.30.0", "1.29.9")]
#[case("<= 1.30.4|<= 1.30.4", "1.29.9 1.30.4 1.30.5", "1.29.9 1.30.4")]
#[case(">= 1.28.0|< 1.28.4", "1.27.9 1.28.0 1.28.3 1.28.4", "1.28.0 1.28.3")]
#[case("1.33.0-alpha.1|<= 1.33.0-rc.1", "1.32.9 1.33.0", "")]
#[case("1.16|<= 1.16.12", "1.15.9 1.16.0 1.16.12 1.16.13", "1.16.0 1.16.12")]
#[case("1.18|< 1.18.6", "1.17.9 1.18.0 1.18.5 1.18.6", "1.18.0 1.18.5")]
#[case("0|< 1.27", "1.0.0 1.26.99 1.27.0 1.28.0", "1.0.0 1.26.99")]
#[case("v1.30|<= v1.30.8", "1.29.9 1.30.0 1.30.8 1.30.9", "1.30.0 1.30.8")]
#[case("1.29.0|<= v1.30.*", "1.28.9 1.29.0 1.30.99 1.31.0", "1.29.0 1.30.99")]
#[case("1.29.0|< v1.30.x", "1.29.0 1.29.99 1.30.0", "1.29.0 1.29.99")]
#[case("1.29.0|<= 1.30", "1.29.0 1.30.99 1.31.0", "1.29.0 1.30.99")]
#[case("1.29.0|< *", "1.28.9 1.29.0 1.99.0", "1.29.0 1.99.0")]
#[case("1.29.0|<= *", "1.28.9 1.29.0 1.99.0", "1.29.0 1.99.0")]
#[case("v1.24.14|<=<=", "1.20.0 1.24.14 1.24.15", "1.20.0 1.24.14")]
#[case("v1.24.14|<<", "1.20.0 1.24.13 1.24.14", "1.20.0 1.24.13")]
#[case("kubelet v1.22.0 - v1.22.13|< v1.22.14", "1.21.9 1.22.0 1.22.13 1.22.14", "1.22.0 1.22.13")]
#[case("next of 1.20.11|< unspecified", "1.20.11 1.20.12 1.36.0", "1.20.12 1.36.0")]
#[case("unspecified|<= 1.20.11", "1.0.0 1.20.11 1.20.12", "1.0.0 1.20.11")]
// Candidates come before their release.
#[case("1.33.0-alpha.1|< 1.33.2", "1.32.9 1.33.0 1.33.1 1.33.2", "1.33.0 1.33.1")]
#[case("0|<= 1.33.0-rc.1", "1.32.9 1.33.0", "1.32.9")]
#[case("1.33.0-rc.1", "1.32.9 1.33.0", "")]
fn spellings_mean_the_intended_ranges(#[case] entry: &str, #[case] asked: &str, #[case] expected: &str) {
    assert_eq!(hits(&[entry], asked), expected);
}

#[rstest]
#[case("n/a")]
#[case("")]
#[case("0")]
#[case("unspecified")]
#[case("various")]
#[case("1")]
#[case("1.2.3.4")]
#[case("=> 1.2.3")]
#[case("< ")]
#[case(">= 1.2.3, oops")]
#[case(">= 1.2.3, < 1.2.0")]
#[case("1.x")]
#[case("v1.35. 0")]
#[case("v1_0.36.4")]
#[case("kubelet ")]
#[case("1.2.3-9")]
#[case("1.2.3-onwards")]
#[case("1.2.3+later")]
#[case("1.2.3-rc.1-and-later")]
#[case("1.2.3 (lessthan)")]
#[case("soon|< soon")]
#[case("soon|<=<=")]
#[case("1.2.9|< 1.2.0")]
#[case("1.2.3 - 1.2.9|<= 1.2.8")]
#[case("(perhaps) *")]
#[case("(unknown) *")]
fn unreadable_text_may_mean_any_version(#[case] text: &str) {
    let product = product(&[text], None);
    let affected = Affected::of(&product);
    for asked in ["0.0.0", "1.2.3", "999.0.0"].map(version) {
        assert_eq!(affected.has(asked), IsAffected::Unread);
        assert_eq!(affected.unread(asked).collect::<Vec<_>>(), [product.versions[0].version.as_str()]);
    }
}

/// The parts of an entry that are understood bound its meaning.
#[rstest]
#[case("soon|<= 1.2.3", "1.2.3", "1.2.4")]
#[case("1.2.3|<= soon", "1.2.3", "1.2.2")]
#[case("(perhaps) 1.2.3", "1.2.3", "1.2.4")]
#[case("(unknown) 1.2.3 - 1.2.9", "1.2.9", "1.3.0")]
#[case("(unknown) next of 1.2.3|< unspecified", "1.2.4", "1.2.3")]
fn versions_outside_the_readable_part_are_unaffected(#[case] text: &str, #[case] within: &str, #[case] outside: &str) {
    let product = product(&[text], None);
    let affected = Affected::of(&product);
    assert_eq!([within, outside].map(|asked| affected.has(version(asked))), [IsAffected::Unread, IsAffected::No]);
}

#[rstest]
#[case("git")]
#[case("GIT")]
#[case("date")]
fn other_numbers_than_those_of_releases_may_mean_anything(#[case] version_type: &str) {
    let mut product = product(&["2024.1.5|< 2024.6.1"], None);
    product.versions[0].version_type = Some(version_type.into());
    assert_eq!(Affected::of(&product).has(version("1.2.3")), IsAffected::Unread);
}

/// `changes` of CVE JSON 5, written `AT STATUS`.
#[rstest]
#[case("1.50.0|< *", &["1.50.2 unaffected"], "1.49.9 1.50.0 1.50.1 1.50.2 1.51.0", "1.50.0 1.50.1", "")]
#[case("1.50.0|< 1.51.0", &["1.50.3 unaffected"], "1.49.9 1.50.0 1.50.2 1.50.3 1.51.0", "1.50.0 1.50.2", "")]
#[case("1.50.0|< *", &["1.50.5 affected", "1.50.2 Unaffected"], "1.50.1 1.50.2 1.50.4 1.50.5 1.51.0", "1.50.1 1.50.5 1.51.0", "")]
#[case("(unaffected) 0|< *", &["1.50.2 affected"], "1.50.1 1.50.2 1.51.0", "1.50.2 1.51.0", "")]
#[case("1.50.0", &["1.50.2 unaffected"], "1.49.9 1.50.1 1.50.2 1.51.0", "1.50.1", "")]
#[case("1.50.0|<= 1.50.2", &["1.50.3 unaffected"], "1.50.2 1.50.3", "1.50.2", "")]
// The second can only speak of its own branch.
#[case("0|< *", &["1.49.5 unaffected", "1.50.2 unaffected"], "1.49.4 1.49.5 1.50.1 1.50.2 1.51.0", "1.49.4", "1.50.1")]
#[case("1.50.0|< 1.51.0", &["soon unaffected"], "1.49.9 1.50.0 1.50.9 1.51.0", "", "1.50.0 1.50.9")]
#[case("1.50.0|< 1.51.0", &["1.50.2 fixed"], "1.50.1 1.50.2 1.50.9 1.51.0", "1.50.1", "1.50.2 1.50.9")]
#[case("1.50.0|< 1.51.0", &["1.50.2 unaffected", "1.50.2 affected"], "1.50.1 1.50.2 1.51.0", "", "1.50.1 1.50.2")]
#[case("1.50.0|< 1.51.0", &["1.49.0 unaffected"], "1.49.0 1.50.1 1.51.0", "", "1.50.1")]
fn a_status_can_change_inside_a_range(
    #[case] text: &str,
    #[case] changes: &[&str],
    #[case] asked: &str,
    #[case] yes: &str,
    #[case] unread: &str,
) {
    let mut product = product(&[text], None);
    let change = |text: &&str| {
        let (at, status) = text.split_once(' ').unwrap();
        StatusChange { at: at.into(), status: status.into() }
    };
    product.versions[0].changes = changes.iter().map(change).collect();
    let affected = Affected::of(&product);
    let which = |has: IsAffected| {
        asked.split(' ').filter(|text| affected.has(version(text)) == has).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((which(IsAffected::Yes).as_str(), which(IsAffected::Unread).as_str()), (yes, unread));
}

/// The ranges of records that are about Kubernetes itself and weigh most.
#[rstest]
#[case(
    &["v1.3.x", "unspecified|< v1.7.14", "unspecified|< v1.8.9", "unspecified|< v1.9.4"],
    "1.2.0 1.3.9 1.7.13 1.7.14 1.8.0 1.8.8 1.8.9 1.9.3 1.9.4 1.10.0",
    "1.2.0 1.3.9 1.7.13 1.8.0 1.8.8 1.9.3"
)]
#[case(
    &["unspecified|<= 1.19.14", "unspecified|<= 1.20.10", "unspecified|<= 1.21.4", "unspecified|<= 1.22.1"],
    "1.18.0 1.19.14 1.19.15 1.20.10 1.20.11 1.21.4 1.21.5 1.22.1 1.22.2 1.23.0",
    "1.18.0 1.19.14 1.20.10 1.21.4 1.22.1"
)]
#[case(
    &["prior to 1.13.12", "prior to 1.14.8", "1.1", "1.12"],
    "1.1.0 1.12.9 1.13.11 1.13.12 1.14.7 1.14.8 1.15.0",
    "1.1.0 1.12.9 1.13.11 1.14.7"
)]
#[case(
    &["v1.28.0", "v1.27.0|<= v1.27.4", "(unaffected) v1.28.1", "(unaffected) v1.27.5", "0|<= v1.24.16"],
    "1.24.16 1.24.17 1.26.0 1.27.4 1.27.5 1.28.0 1.28.1",
    "1.24.16 1.27.4 1.28.0"
)]
#[case(&["1.3.0", "(unaffected) 0|< 1.3.0"], "1.2.9 1.3.0 1.3.1 1.36.4", "1.3.0 1.3.1 1.36.4")]
#[case(&["1.3", "(unaffected) 0|< 1.3"], "1.2.9 1.3.0 1.3.1 1.36.4", "1.3.0 1.3.1 1.36.4")]
// A range that says where it ends does end there.
#[case(&["1.3.0|<= 1.3.5", "(unaffected) 0|< 1.3.0"], "1.2.9 1.3.0 1.3.5 1.3.6", "1.3.0 1.3.5")]
#[case(&["1.3.0|<= 1.3.0", "(unaffected) 0|< 1.3.0"], "1.2.9 1.3.0 1.3.1", "1.3.0")]
#[case(&["1.3.0 - 1.3.5", "(unaffected) 0|< 1.3.0"], "1.2.9 1.3.0 1.3.5 1.3.6", "1.3.0 1.3.5")]
#[case(&["= 1.3.0", "(unaffected) 0|< 1.3.0"], "1.2.9 1.3.0 1.3.1", "1.3.0")]
#[case(&["0|< 1.13.9", "0|< 1.14.5"], "1.12.0 1.13.9 1.14.4 1.14.5", "1.12.0 1.14.4")]
#[case(&["0|<= 1.30", "0|<= 1.31.5"], "1.29.0 1.30.99 1.31.5 1.31.6", "1.29.0 1.30.99 1.31.5")]
#[case(
    &["unspecified|<= 1.20.11", "(unknown) next of 1.20.11|< unspecified"],
    "1.20.10 1.20.11",
    "1.20.10 1.20.11"
)]
fn the_entries_of_a_record_together(#[case] entries: &[&str], #[case] asked: &str, #[case] expected: &str) {
    assert_eq!(hits(entries, asked), expected);
}

#[rstest]
#[case(Some("affected"), &[], IsAffected::Yes)]
#[case(Some("Affected"), &[], IsAffected::Yes)]
#[case(Some("affected"), &["(unaffected) 1.2.3"], IsAffected::No)]
#[case(Some("affected"), &["(unaffected) 1.2.4"], IsAffected::Yes)]
#[case(Some("affected"), &["(unaffected) soon"], IsAffected::Unread)]
#[case(Some("affected"), &["(unknown) soon"], IsAffected::Unread)]
#[case(Some("affected"), &["(unknown) 1.2.4"], IsAffected::Yes)]
#[case(Some("unaffected"), &["(unaffected) soon"], IsAffected::No)]
#[case(Some("unaffected"), &[], IsAffected::No)]
#[case(Some("perhaps"), &["1.2.4"], IsAffected::Unread)]
// Where something is listed as affected, all else is not.
#[case(Some("unknown"), &["1.2.4"], IsAffected::No)]
#[case(None, &["1.2.4"], IsAffected::No)]
#[case(Some("unknown"), &[], IsAffected::Unread)]
#[case(None, &[], IsAffected::Unread)]
#[case(None, &["(unaffected) 1.2.4"], IsAffected::Unread)]
#[case(None, &["(unaffected) 1.2.3"], IsAffected::No)]
// What contradicts itself says nothing.
#[case(None, &["1.2", "(unaffected) 1.2.3"], IsAffected::Unread)]
#[case(None, &["1.2", "(unaffected) soon"], IsAffected::Unread)]
#[case(None, &["(Affected) 1.2.3"], IsAffected::Yes)]
fn statuses_and_the_default_together(
    #[case] default: Option<&str>,
    #[case] entries: &[&str],
    #[case] expected: IsAffected,
) {
    let product = product(entries, default);
    assert_eq!(Affected::of(&product).has(version("1.2.3")), expected);
}

proptest! {
    #[test]
    fn a_range_ends_where_it_says(minor in 0..40u32, first in 0..20u32, length in 0..20u32, asked in 0..60u32) {
        let last = first + length;
        let asked = Version::new(1, minor, asked);
        let spellings = [
            format!("v1.{minor}.{first} - v1.{minor}.{last}"),
            format!("1.{minor}.{first}|<= 1.{minor}.{last}"),
            format!("v1.{minor}.{first}|< v1.{minor}.{}", last + 1),
            format!(">= 1.{minor}.{first}, <= 1.{minor}.{last}"),
        ];
        for text in spellings {
            let product = product(&[&text], None);
            let expected = if (first..=last).contains(&asked.patch) { IsAffected::Yes } else { IsAffected::No };
            prop_assert_eq!(Affected::of(&product).has(asked), expected, "{}", text);
        }
    }

    #[test]
    fn no_text_is_too_odd(version in ".*", bound in proptest::option::of(".*"), inclusive: bool, minor in 0..40u32) {
        let (less_than, less_than_or_equal) = if inclusive { (None, bound) } else { (bound, None) };
        let entry =
            AffectedVersions { version, status: "affected".into(), less_than, less_than_or_equal, ..AffectedVersions::default() };
        let product = AffectedProduct { versions: vec![entry], ..AffectedProduct::default() };
        let (read, asked) = (Affected::of(&product), Version::new(1, minor, 0));
        prop_assert!(read.has(asked) == IsAffected::Unread || read.unread(asked).count() == 0);
    }
}

/// Minor and patch numbers of the versions that the second reading knows: 1.0.0 to 1.4.4, five branches of five releases.
const SIDE: u32 = 5;
type Place = (u32, u32);

/// The statements that an entry can make; ends are included.
#[derive(Clone, Copy, Debug)]
enum Said {
    Between(Place, Place),
    UpTo(Place),
    From(Place),
    Branch(u32),
    All,
}

impl Said {
    /// Spells it in one of several ways, with a status.
    fn spelled(self, spelling: usize, status: &str) -> String {
        let v = |(minor, patch): Place| format!("v1.{minor}.{patch}");
        let after = |(minor, patch): Place| match patch + 1 {
            SIDE => format!("1.{}", minor + 1),
            next => format!("1.{minor}.{next}"),
        };
        let end = |(minor, patch): Place| if patch + 1 == SIDE { format!("1.{minor}") } else { v((minor, patch)) };
        let spellings = match self {
            Self::Between(first, last) => [
                format!("{} - {}", v(first), v(last)),
                format!("{}|<= {}", v(first), end(last)),
                format!("{}|< {}", v(first), after(last)),
                format!(">= {}, < {}", v(first), after(last)),
            ],
            Self::UpTo(last) => [
                format!("<= {}", end(last)),
                format!("prior to {}", after(last)),
                format!("unspecified|<= {}", v(last)),
                format!("0|< {}", after(last)),
            ],
            Self::From(first) => [
                format!(">= {}", v(first)),
                format!("{}|< *", v(first)),
                format!("{}|<= unspecified", v(first)),
                format!("{}|< unspecified", v(first)),
            ],
            Self::Branch(minor) => {
                ["1.M", "v1.M.x", "1.M.*", "= 1.M"].map(|text| text.replace('M', &minor.to_string()))
            }
            Self::All => ["all versions", "*", "0|< *", "Kubernetes all"].map(str::to_owned),
        };
        format!("({status}) {}", spellings[spelling % 4])
    }

    /// Returns true if it covers a version. For statements without a beginning, `others` are the ends.
    fn has(self, place: Place, others: &[Place]) -> bool {
        match self {
            Self::Between(first, last) => first <= place && place <= last,
            // Only of its own branch, and of those before that no other such end speaks of.
            Self::UpTo(last) => {
                let between = (place.0..last.0).any(|minor| others.iter().any(|other| other.0 == minor));
                place <= last && !between
            }
            Self::From(first) => first <= place,
            Self::Branch(minor) => minor == place.0,
            Self::All => true,
        }
    }
}

fn said() -> impl Strategy<Value = (Said, usize)> {
    let place = || (0..SIDE, 0..SIDE);
    let said = prop_oneof![
        3 => (place(), place()).prop_map(|(a, b)| Said::Between(a.min(b), a.max(b))),
        3 => place().prop_map(Said::UpTo),
        1 => place().prop_map(Said::From),
        1 => (0..SIDE).prop_map(Said::Branch),
        1 => Just(Said::All),
    ];
    (said, 0..4usize)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// Entries together, in all spellings, held against a second reading that goes through the versions one by one.
    #[test]
    fn entries_mean_what_they_say(
        affected in proptest::collection::vec(said(), 1..4),
        unaffected in proptest::collection::vec(said(), 0..2),
        by_default in proptest::option::of(prop_oneof![Just("affected"), Just("unaffected")]),
    ) {
        let spelled = |list: &[(Said, usize)], status: &str| -> Vec<String> {
            list.iter().map(|(said, spelling)| said.spelled(*spelling, status)).collect()
        };
        let texts = [spelled(&affected, "affected"), spelled(&unaffected, "unaffected")].concat();
        // That pair means "from here on", which has its own test.
        prop_assume!(!matches!((&affected[..], &unaffected[..]), ([(Said::Branch(_), 0..3)], [(Said::UpTo(_), _)])));
        let product = product(&texts.iter().map(String::as_str).collect::<Vec<_>>(), by_default);
        let read = Affected::of(&product);
        let ends: Vec<Place> =
            affected.iter().filter_map(|(said, _)| if let Said::UpTo(end) = said { Some(*end) } else { None }).collect();
        for place in (0..SIDE).flat_map(|minor| (0..SIDE).map(move |patch| (minor, patch))) {
            let listed = affected.iter().any(|(said, _)| said.has(place, &ends));
            let excepted = unaffected.iter().any(|(said, _)| said.has(place, &[]));
            let expected = match (listed, excepted) {
                (true, true) => IsAffected::Unread,
                (false, false) if by_default == Some("affected") => IsAffected::Yes,
                (listed, _) => if listed { IsAffected::Yes } else { IsAffected::No },
            };
            prop_assert_eq!(read.has(Version::new(1, place.0, place.1)), expected, "{:?} of {:?}", place, texts);
        }
    }
}
