use super::*;
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::facts::TempestOutcome;
use std::fs;

const STREAM: &[u8] = include_bytes!("../../../tests/fixtures/tempest/run.subunit");
const JUNIT: &[u8] = include_bytes!("../../../tests/fixtures/tempest/run.xml");

const PASSED: &str = "tempest.api.compute.flavors.test_flavors.FlavorsV2TestJSON.test_list_flavors";
const FAILED: &str = "tempest.api.compute.flavors.test_flavors.FlavorsV2TestJSON.test_list_flavors_with_detail";
const OF_A_SKIPPED_CLASS: &str =
    "tempest.api.compute.images.test_images_oneserver.ImagesOneServerTestJSON.test_create_delete_image";
const IN_PROGRESS: &str =
    "tempest.api.compute.keypairs.test_keypairs_v22.KeyPairsV22TestJSON.test_keypairsv22_create_list_show_with_type";
const OTHER: &str = "tempest.scenario.test_x.X.test_y";

/// Returns a packet with these flags and fields, as the specification of subunit has it.
fn packet(flags: u16, fields: &[u8]) -> Vec<u8> {
    let length = 1 + 2 + 2 + fields.len() + 4;
    let mut packet = vec![0xB3];
    packet.extend((0x2000 | flags).to_be_bytes());
    packet.extend((0x4000 | u16::try_from(length).unwrap()).to_be_bytes());
    packet.extend(fields);
    let checksum = crc32fast::hash(&packet);
    packet.extend(checksum.to_be_bytes());
    packet
}

/// Returns a text with its length before it.
fn text(text: &str) -> Vec<u8> {
    let length = (0x4000 | u16::try_from(text.len()).unwrap()).to_be_bytes();
    [&length, text.as_bytes()].concat()
}

/// Returns the event of a test with a status.
fn event(test: &str, status: u16) -> Vec<u8> {
    packet(0x0800 | status, &text(test))
}

#[test]
fn the_list_has_each_name_once() {
    let expected = expected();
    let mut names = expected.names.clone();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), expected.names.len()), (258, 258));
    assert!(names.iter().all(|name| name.starts_with("tempest.") && !name.contains('[')));
    assert!(expected.source.starts_with("the list of scs-0128-v1, sha256 "));
}

#[test]
fn a_real_stream_is_read() {
    let outcomes = parsed(STREAM).unwrap();
    let of = |name: &str| outcomes.tests.get(name).copied();
    assert_eq!(of(PASSED), Some(TempestOutcome::Passed));
    assert_eq!(of(FAILED), Some(TempestOutcome::Failed));
    assert_eq!(of(OF_A_SKIPPED_CLASS), Some(TempestOutcome::Skipped));
    assert_eq!(of(IN_PROGRESS), Some(TempestOutcome::InProgress));
    assert_eq!(of(OTHER), Some(TempestOutcome::Passed));
    assert_eq!(outcomes.finished_at, Some("2026-11-19T12:00:09Z".parse().unwrap()));
    assert!(outcomes.complete && outcomes.contradictions.is_empty());
}

/// JUnit has a failure for a test that never ended, and no time.
#[test]
fn a_real_junit_file_is_read() {
    let outcomes = parsed(JUNIT).unwrap();
    let of = |name: &str| outcomes.tests.get(name).copied();
    assert_eq!((of(PASSED), of(FAILED)), (Some(TempestOutcome::Passed), Some(TempestOutcome::Failed)));
    assert_eq!(
        (of(OF_A_SKIPPED_CLASS), of(IN_PROGRESS)),
        (Some(TempestOutcome::Skipped), Some(TempestOutcome::Failed))
    );
    assert!(outcomes.complete && outcomes.finished_at.is_none());
}

#[test]
fn every_stream_that_is_cut_off_is_incomplete() {
    for end in 0..STREAM.len() {
        match subunit::parse(&STREAM[..end]) {
            Ok(outcomes) if outcomes.complete => assert!(is_boundary(end), "{end}"),
            Ok(_) => {}
            Err(error) => panic!("{end}: {error}"),
        }
    }
}

/// Returns true if a packet ends there.
fn is_boundary(end: usize) -> bool {
    end == 0 || STREAM[end] == 0xB3 && subunit::parse(&STREAM[end..]).is_ok()
}

#[rstest]
#[case::text(b"no stream".to_vec(), "at byte 0, no packet begins")]
#[case::version_1(packet(0x3000, &[]), "the version of a packet is not 2")]
#[case::stray_bytes([event("tempest.a", 3), b"x".to_vec()].concat(), "at byte 20, no packet begins")]
#[case::checksum([&event("tempest.a", 3)[..19], &[0]].concat(), "the checksum of a packet is wrong")]
#[case::short(vec![0xB3, 0x20, 0x00, 0x03], "a packet is too short")]
#[case::field(packet(0x0800, &[9, b'x']), "a field that is cut off")]
#[case::other_tests(event("os_brick.tests.test_a", 3), "no results of Tempest")]
#[case::not_xml(b"<testsuite><a></b>".to_vec(), "this is not XML")]
#[case::long_name(event_of_a_long_name(), "1,000 bytes in the name of a test")]
fn other_content_is_refused(#[case] content: Vec<u8>, #[case] message: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results");
    fs::write(&path, content).unwrap();
    let error = import(&path, true).unwrap_err().to_string();
    assert!(error.contains(message) && error.contains("results: "), "{error}");
}

fn event_of_a_long_name() -> Vec<u8> {
    event(&format!("tempest.{}", "x".repeat(1000)), 3)
}

#[rstest]
#[case::same(&[3, 3], TempestOutcome::Passed, 0)]
#[case::begun_and_ended(&[1, 2, 6], TempestOutcome::Failed, 0)]
#[case::unexpected_success(&[2, 4], TempestOutcome::Failed, 0)]
#[case::late_beginning(&[3, 2], TempestOutcome::Passed, 0)]
#[case::twice(&[3, 6], TempestOutcome::Passed, 1)]
fn a_test_ends_once(#[case] events: &[u16], #[case] outcome: TempestOutcome, #[case] contradictions: usize) {
    let stream: Vec<u8> = events.iter().flat_map(|status| event("tempest.a[id-1]", *status)).collect();
    let outcomes = parsed(&stream).unwrap();
    assert_eq!((outcomes.tests["tempest.a"], outcomes.contradictions.len()), (outcome, contradictions));
}

#[test]
fn a_junit_file_that_is_cut_off_is_incomplete() {
    let text = r#"<testsuite><testcase classname="tempest.A" name="test_a"/>"#;
    assert!(!parsed(text.as_bytes()).unwrap().complete);
    assert!(parsed(format!("{text}</testsuite>").as_bytes()).unwrap().complete);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parsed(&bytes);
    }

    #[test]
    fn a_damaged_stream_is_refused_or_incomplete(at in 0..STREAM.len(), value in any::<u8>()) {
        let mut damaged = STREAM.to_vec();
        prop_assume!(damaged[at] != value);
        damaged[at] = value;
        prop_assert!(subunit::parse(&damaged).map_or(true, |outcomes| !outcomes.complete));
    }
}

/// Returns an event of a test with a piece of its traceback, as testtools sends it.
fn traceback(test: &str, piece: &str) -> Vec<u8> {
    let fields = [test, "text/x-traceback", "traceback", piece].map(text).concat();
    packet(0x0800 | 0x0020 | 0x0040, &fields)
}

#[test]
fn a_failed_test_says_why() {
    const FRAMES: &str =
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in test_a\n    self.fail()\n    ^^^^\n";
    let of = |error: &str| format!("{FRAMES}tempest.lib.exceptions.{error}\n");
    let stream = [
        traceback("tempest.A.test_a[id-1]", &of("Conflict: Conflict\nDetails: {'code': 409}\n\n")[..100]),
        traceback("tempest.A.test_a[id-1]", &of("Conflict: Conflict\nDetails: {'code': 409}\n\n")[100..]),
        event("tempest.A.test_a[id-1]", 6),
        traceback("tempest.A.test_b", &of("Passing")),
        event("tempest.A.test_b", 3),
        event(PASSED, 1),
        traceback(
            "setUpClass (tempest.api.compute.flavors.test_flavors.FlavorsV2TestJSON)",
            &of("TimeoutException: late"),
        ),
        event("setUpClass (tempest.api.compute.flavors.test_flavors.FlavorsV2TestJSON)", 6),
    ];
    let outcomes = parsed(&stream.concat()).unwrap();
    let reason = |name: &str| outcomes.reasons.get(name).map(String::as_str);
    assert_eq!(reason("tempest.A.test_a"), Some("tempest.lib.exceptions.Conflict: Conflict Details: {'code': 409}"));
    assert_eq!(reason("tempest.A.test_b"), None);
    assert_eq!(outcomes.tests[PASSED], TempestOutcome::Failed);
    assert_eq!(reason(PASSED), Some("tempest.lib.exceptions.TimeoutException: late"));
}

/// Text that a running program prints besides its stream is passed over, however the stream comes.
#[rstest]
#[case(1)]
#[case(7)]
#[case(1 << 16)]
fn a_stream_is_read_as_it_comes(#[case] size: usize) {
    let whole = [b"Using the config file\n".as_slice(), STREAM, b"\n", &event("tempest.b", 6)].concat();
    let mut stream = subunit::Stream::mixed();
    for piece in whole.chunks(size) {
        stream.feed(piece).unwrap();
    }
    let outcomes = stream.end();
    assert!(outcomes.complete);
    assert_eq!(outcomes.tests.get("tempest.b"), Some(&TempestOutcome::Failed));
    assert_eq!(outcomes.tests.len(), subunit::parse(STREAM).unwrap().tests.len() + 1);
}

#[test]
fn a_packet_that_is_larger_than_any_is_refused() {
    let error = subunit::parse(&[0xB3, 0x20, 0x03, 0xFF, 0xFF, 0xFF, 0xFF]).unwrap_err().to_string();
    assert!(error.contains("larger than 4 MiB"), "{error}");
}
