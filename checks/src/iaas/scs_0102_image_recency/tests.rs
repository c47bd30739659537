use crate::facts::{Image, Visibility};
use crate::iaas::scs_0102_image_metadata::tests::{image, judge, judge_at, now, only, time, weights, with};
use crate::verdict::Severity::{self, Violation, Warning};
use crate::verdict::{Finding, Verdict};
use chrono::TimeDelta;
use rstest::rstest;

const RECENCY: &str = "scs-0102-image-recency";

/// Returns an image older than any period but the yearly one allows.
fn outdated(name: &str) -> Image {
    let built = with(image(name), "image_build_date", "2026-01-01");
    Image { created_at: time("2026-01-02T00:00:00Z"), ..built }
}

fn replaced_by(images: impl IntoIterator<Item = Image>) -> Vec<Image> {
    [outdated("Ubuntu 24.04 20260101")].into_iter().chain(images).collect()
}

/// The last second in which each frequency is kept (72 h or 10 %, D: Q-0102-5), and the first
/// in which it is not.
#[rstest]
#[case("daily", 25 * 3600 + 72 * 3600)]
#[case("weekly", 175 * 3600 + 72 * 3600)]
#[case("monthly", 744 * 3600 + 267_840)]
#[case("quarterly", 2208 * 3600 + 794_880)]
#[case("yearly", 8760 * 3600 + 3_153_600)]
fn a_period_ends_to_the_second(#[case] frequency: &str, #[case] seconds: i64) {
    let images = || vec![with(with(image("Ubuntu"), "image_build_date", "2025-01-01"), "replace_frequency", frequency)];
    let end = time("2025-01-01T00:00:00Z") + TimeDelta::seconds(seconds);
    assert_eq!(judge_at(end, RECENCY, images()).verdict, Verdict::Pass);
    for late in [TimeDelta::seconds(1), TimeDelta::milliseconds(1)] {
        assert_eq!(judge_at(end + late, RECENCY, images()).verdict, Verdict::Fail);
    }
}

/// More than three days late is worth a warning while within 10 % (Q-0102-5).
#[rstest]
#[case("daily", 25 + 72, false)]
#[case("weekly", 175 + 72, false)]
#[case("monthly", 744 + 72, true)]
#[case("quarterly", 2208 + 72, true)]
#[case("yearly", 8760 + 72, true)]
fn three_days_late_is_worth_a_warning(#[case] frequency: &str, #[case] hours: i64, #[case] warned: bool) {
    let images = || vec![with(with(image("Ubuntu"), "image_build_date", "2025-01-01"), "replace_frequency", frequency)];
    let end = time("2025-01-01T00:00:00Z") + TimeDelta::hours(hours);
    assert_eq!(judge_at(end, RECENCY, images()).findings, []);
    if warned {
        let outcome = judge_at(end + TimeDelta::seconds(1), RECENCY, images());
        assert_eq!((outcome.verdict, weights(&outcome)), (Verdict::Pass, vec![Warning]));
        assert!(only(&outcome).message.ends_with("more than 72 hours overdue"));
    }
}

/// Four days late: still in time for a monthly image, so no replacement is due.
#[rstest]
#[case::no_promise(Some("none"), "Ubuntu 24.04", vec![], None)]
#[case::promise_over(Some("2025-01-31"), "Ubuntu 24.04", vec![], None)]
#[case::replaced(Some("2029-04-30"), "Ubuntu 24.04 20250101", vec![image("Ubuntu 24.04")], None)]
#[case::promised(Some("2029-04-30"), "Ubuntu 24.04 20250101", vec![image("Ubuntu 22.04")], Warning)]
#[case::unclear(Some("some day"), "Ubuntu 24.04", vec![], Warning)]
#[case::unset(None, "Ubuntu 24.04", vec![], Warning)]
fn lateness_matters_only_where_a_replacement_is_due(
    #[case] until: Option<&str>,
    #[case] name: &str,
    #[case] others: Vec<Image>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    let late = with(with(image(name), "image_build_date", "2025-01-01"), "provided_until", until);
    let now = time("2025-01-01T00:00:00Z") + TimeDelta::hours(744 + 73);
    let others = others.into_iter().map(|other| with(other, "image_build_date", "2025-02-01"));
    let outcome = judge_at(now, RECENCY, [late].into_iter().chain(others).collect());
    assert_eq!((outcome.verdict, weights(&outcome)), (Verdict::Pass, Vec::from_iter(weight.into())));
}

#[rstest]
#[case("never", None)]
#[case("critical_bug", None)]
#[case(None, None)]
#[case("", Warning)]
#[case("fortnightly", Warning)]
#[case("yearly", None)]
#[case("quarterly", Violation)]
fn only_a_known_promise_binds<'a>(
    #[case] frequency: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    let outcome = judge(RECENCY, vec![with(outdated("Ubuntu 24.04 20260101"), "replace_frequency", frequency)]);
    assert_eq!(weights(&outcome), Vec::from_iter(weight.into()));
}

/// Now is 2026-11-20 at noon; a promise ends when its day begins (Q-0102-7).
#[rstest]
#[case("none", None)]
#[case("notice", None)]
#[case("2026-11-19", None)]
#[case("2026-11-20", None)]
#[case("2026-11-21", Violation)]
#[case("2026-11-5", None)] // Q-0102-11
#[case("None", Violation)]
#[case("some day", Violation)]
#[case("", Violation)]
#[case(None, Violation)] // D: Q-0102-4
fn an_outdated_image_may_have_promised_nothing<'a>(
    #[case] until: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    let outcome = judge(RECENCY, vec![with(outdated("Ubuntu 24.04 20260101"), "provided_until", until)]);
    assert_eq!(weights(&outcome), Vec::from_iter(weight.into()));
}

#[rstest]
#[case("2026-11-21T00:00:00Z", Verdict::Fail)]
#[case("2026-11-21T00:00:01Z", Verdict::Pass)]
fn a_promise_ends_after_midnight(#[case] now: &str, #[case] verdict: Verdict) {
    let images = vec![with(outdated("Ubuntu 24.04 20260101"), "provided_until", "2026-11-21")];
    assert_eq!(judge_at(time(now), RECENCY, images).verdict, verdict);
}

#[test]
fn unclear_end_of_support_is_a_violation() {
    let outcome = judge(RECENCY, vec![with(outdated("Ubuntu 20260101"), "provided_until", None)]);
    let finding = only(&outcome);
    assert_eq!(finding.property.as_deref(), Some("provided_until"));
    assert_eq!(finding.expected.as_deref(), Some("\"none\" or \"notice\", or a time (UTC) written YYYY-MM-DD"));
    assert_eq!(finding.observed.as_deref(), Some("not set"));
    assert_eq!(
        finding.message,
        "image \"Ubuntu 20260101\" was built 2026-01-01 00:00:00 UTC and promised to be replaced monthly, \
         but provided_until is missing or invalid"
    );
}

/// Without a readable build date the registration counts: an image is at least that old. Its real age is unknown if the
/// build date cannot be read (D: Q-0102-24).
#[rstest]
#[case(None, Verdict::Pass)]
#[case("a while ago", Verdict::Abort)]
#[case("", Verdict::Abort)]
#[case("2026-11-01T10:20:60Z", Verdict::Abort)]
fn registration_stands_in_for_the_build_date<'a>(#[case] date: impl Into<Option<&'a str>>, #[case] verdict: Verdict) {
    let old = with(outdated("Ubuntu 24.04 20260101"), "image_build_date", date);
    let young = Image { created_at: now(), ..old.clone() };
    let promises_nothing = with(young.clone(), "replace_frequency", "never");
    assert_eq!(judge(RECENCY, vec![old]).verdict, Verdict::Fail);
    assert_eq!(judge(RECENCY, vec![young]).verdict, verdict);
    assert_eq!(judge(RECENCY, vec![promises_nothing]).verdict, Verdict::Pass);
}

/// No image is built after it was registered, whatever it says (D: Q-0102-24).
#[rstest]
#[case("2026-11-19")]
#[case("2099-01-01")]
fn registration_bounds_the_build_date(#[case] date: &str) {
    assert_eq!(
        judge(RECENCY, vec![with(outdated("Ubuntu 24.04 20260101"), "image_build_date", date)]).verdict,
        Verdict::Fail
    );
}

#[rstest]
#[case::current(vec![image("Ubuntu 24.04")], None)]
#[case::none(vec![], "no image of that name")]
#[case::another_name(vec![image("ubuntu 24.04")], "no image of that name")]
#[case::inactive(vec![Image { status: "queued".into(), ..image("Ubuntu 24.04") }], "1 of that name, but none qualifies")]
#[case::community(vec![Image { visibility: Visibility::Community, ..image("Ubuntu 24.04") }], "1 of that name, but none qualifies")]
#[case::hidden(vec![Image { hidden: true, ..image("Ubuntu 24.04") }], "1 of that name, but none qualifies")]
#[case::other_distribution(vec![with(image("Ubuntu 24.04"), "os_distro", "debian")], "1 of that name, but none qualifies")]
#[case::no_distribution(vec![with(image("Ubuntu 24.04"), "os_distro", None)], "1 of that name, but none qualifies")]
#[case::other_architecture(vec![with(image("Ubuntu 24.04"), "architecture", "aarch64")], "1 of that name, but none qualifies")]
#[case::other_case(vec![with(image("Ubuntu 24.04"), "os_distro", "Ubuntu")], None)]
#[case::without_promise(vec![with(image("Ubuntu 24.04"), "replace_frequency", "never")], None)]
#[case::same_build(vec![with(outdated("Ubuntu 24.04"), "replace_frequency", "never")], "1 of that name, but none qualifies")]
#[case::earlier_build(
    vec![with(with(image("Ubuntu 24.04"), "replace_frequency", "never"), "image_build_date", "2021-01-01")],
    "1 of that name, but none qualifies"
)]
#[case::earlier_registration(
    vec![Image { created_at: time("2021-01-01T00:00:00Z"), ..with(image("Ubuntu 24.04"), "replace_frequency", "never") }],
    "1 of that name, but none qualifies"
)]
// D: Q-0102-10, either way round
#[case::one_of_two(vec![image("Ubuntu 24.04"), Image { id: "2".into(), status: "queued".into(), ..image("Ubuntu 24.04") }], None)]
#[case::other_of_two(vec![Image { id: "1".into(), status: "queued".into(), ..image("Ubuntu 24.04") }, image("Ubuntu 24.04")], None)]
fn an_outdated_image_needs_a_current_one<'a>(#[case] others: Vec<Image>, #[case] observed: impl Into<Option<&'a str>>) {
    let outcome = judge(RECENCY, replaced_by(others));
    let violations: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.severity == Violation).collect();
    let observed: Option<&str> = observed.into();
    assert_eq!(violations.first().and_then(|finding| finding.observed.as_deref()), observed);
    assert_eq!(violations.len(), usize::from(observed.is_some()));
}

/// Users who find the old one among community images find the new one there as well.
#[test]
fn a_community_image_replaces_a_community_image() {
    let images = replaced_by([image("Ubuntu 24.04")]);
    let images = images.into_iter().map(|image| Image { visibility: Visibility::Community, ..image });
    assert_eq!(judge(RECENCY, images.collect()).verdict, Verdict::Pass);
}

#[test]
fn an_outdated_image_does_not_replace_another() {
    let outcome = judge(RECENCY, replaced_by([outdated("Ubuntu 24.04")]));
    let violations = outcome.findings.iter().filter(|finding| finding.severity == Violation);
    assert_eq!(violations.filter_map(|finding| finding.resource.as_ref()).count(), 2);
}

#[test]
fn finding_names_the_promise_and_the_replacement() {
    let outcome = judge(RECENCY, replaced_by([]));
    let finding = only(&outcome);
    assert_eq!(
        finding.message,
        "image \"Ubuntu 24.04 20260101\" was built 2026-01-01 00:00:00 UTC and promised to be replaced monthly \
         until 2029-04-30, and no current image replaces it"
    );
    assert_eq!(finding.expected.as_deref(), Some("a newer image, or a current one named \"Ubuntu 24.04\""));
    assert_eq!(finding.property.as_deref(), Some("replace_frequency"));
}

/// Q-0102-9
#[rstest]
#[case("Ubuntu", None, Verdict::Fail)]
#[case("Ubuntu 20260101", "Ubuntu", Verdict::Pass)]
#[case("Ubuntu   20260101", "Ubuntu", Verdict::Pass)]
#[case("ubuntu-capi-image v1.29.3", "ubuntu-capi-image v1.30.0", Verdict::Fail)]
#[case(" 20260101", "", Verdict::Fail)]
fn everything_before_the_last_blank_names_the_successor<'a>(
    #[case] name: &str,
    #[case] other: impl Into<Option<&'a str>>,
    #[case] verdict: Verdict,
) {
    let others = other.into().map(image);
    assert_eq!(judge(RECENCY, [outdated(name)].into_iter().chain(others).collect()).verdict, verdict);
}

#[rstest]
#[case("Ubuntu 24.04 old", None)]
#[case("Ubuntu 24.04 prev", None)]
#[case("Ubuntu 24.04 20260101", None)]
#[case("Ubuntu 24.04 2026-01-01", None)]
#[case("Ubuntu 24.04 202611", Warning)] // Q-0102-11: 2026-01-01
#[case("Ubuntu 24.04 2026-1-1", Warning)]
#[case("Ubuntu 24.04 Old", Warning)]
#[case("Ubuntu 24.04 20261301", Warning)]
#[case("Ubuntu 24.04 v1", Warning)]
fn a_replaced_image_is_recognisable<'a>(#[case] name: &'a str, #[case] weight: impl Into<Option<Severity>>) {
    let weight = weight.into();
    let visible = judge(RECENCY, vec![outdated(name), image("Ubuntu 24.04")]);
    assert_eq!((visible.verdict, weights(&visible)), (Verdict::Pass, Vec::from_iter(weight)));
    let hidden = judge(RECENCY, vec![Image { hidden: true, ..outdated(name) }, image("Ubuntu 24.04")]);
    assert_eq!(hidden.findings, []);
}

/// Q-0102-24: its age is negative, so it is unknown.
#[rstest]
#[case::by_an_hour(TimeDelta::hours(1), "monthly", Verdict::Pass)]
#[case::by_more(TimeDelta::minutes(61), "monthly", Verdict::Abort)]
#[case::without_a_promise(TimeDelta::days(36_500), "never", Verdict::Pass)]
#[case::by_a_century(TimeDelta::days(36_500), "daily", Verdict::Abort)]
fn an_image_of_the_future_has_no_age(#[case] ahead: TimeDelta, #[case] frequency: &str, #[case] verdict: Verdict) {
    let built = (now() + ahead).format("%Y-%m-%d %H:%M:%S").to_string();
    let image = with(with(image("Ubuntu 24.04"), "replace_frequency", frequency), "image_build_date", built.as_str());
    let outcome = judge(RECENCY, vec![Image { created_at: now() + ahead, ..image }]);
    assert_eq!(outcome.verdict, verdict, "{:?}", outcome.reason);
}

/// Q-0102-18: said here, and only here.
#[test]
fn inactive_images_are_worth_a_warning() {
    let deactivated = Image { status: "deactivated".into(), ..image("Ubuntu 24.04") };
    let outcome = judge(RECENCY, vec![deactivated.clone()]);
    let finding = only(&outcome);
    assert_eq!((outcome.verdict, finding.severity), (Verdict::Pass, Warning));
    assert_eq!((finding.property.as_deref(), finding.observed.as_deref()), (Some("status"), Some("deactivated")));
    assert_eq!(judge("scs-0102-prop-architecture", vec![deactivated]).findings, []);
}

#[test]
fn equal_names_are_worth_one_warning() {
    let images = ["1", "2", "3"].map(|id| Image { id: id.into(), ..image("Ubuntu 24.04") });
    let outcome = judge(RECENCY, images.to_vec());
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(only(&outcome).observed.as_deref(), Some("1, 2, 3"));
    let images: Vec<Image> = (1..=20).map(|n| Image { id: n.to_string(), ..image("Ubuntu 24.04") }).collect();
    assert_eq!(only(&judge(RECENCY, images)).observed.as_deref(), Some("1, 2, 3, 17 more"));
}

/// Q-0102-11
#[test]
fn unusual_date_in_a_name_gets_a_warning() {
    let outcome = judge(RECENCY, vec![outdated("Ubuntu 24.04 202611"), image("Ubuntu 24.04")]);
    let finding = only(&outcome);
    assert!(finding.message.ends_with("in an unusual notation"), "{}", finding.message);
    assert_eq!(
        finding.expected.as_deref(),
        Some("a last word that is \"old\" or \"prev\", or a time (UTC) written YYYY-MM-DD or YYYYMMDD")
    );
    assert_eq!(finding.observed.as_deref(), Some("\"202611\""));
}

#[test]
fn twenty_outdated_images_make_twenty_violations() {
    let outcome = judge(RECENCY, (1..=20).map(|n| outdated(&format!("image {n} old"))).collect());
    assert_eq!((outcome.examined, outcome.findings.len()), (20, 20));
    assert!(outcome.findings.iter().all(|finding| finding.severity == Violation && finding.resource.is_some()));
}
