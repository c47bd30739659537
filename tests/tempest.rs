//! Results of Tempest that are brought along to a check of a simulated cloud, and runs of it.

mod running;

use crate::program::{Ended, Program};
use crate::support::conformant;
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_reports::ExitCode;
use scs_reports::Report;
use scs_simcloud::SimCloud;

/// The statuses of subunit.
const SUCCESS: u16 = 3;
const SKIP: u16 = 5;
const FAIL: u16 = 6;

/// Returns a stream in which the listed tests end so, at the begin of 2026-11-19; a test with no status is left out.
fn stream(status: impl Fn(usize) -> Option<u16>) -> Vec<u8> {
    let names = scs_standards::TEMPEST_TESTS.lines().enumerate();
    names.filter_map(|(index, name)| Some(event(name, status(index)?))).flatten().collect()
}

fn event(test: &str, status: u16) -> Vec<u8> {
    const AT: u32 = 1_795_046_400;
    let mut fields = AT.to_be_bytes().to_vec();
    fields.push(0);
    fields.extend((0x4000 | u16::try_from(test.len()).unwrap()).to_be_bytes());
    fields.extend(test.bytes());
    let mut packet = vec![0xB3];
    packet.extend((0x2000 | 0x0800 | 0x0200 | status).to_be_bytes());
    packet.extend((0x4000 | u16::try_from(5 + fields.len() + 4).unwrap()).to_be_bytes());
    packet.extend(fields);
    packet.extend(crc32fast::hash(&packet).to_be_bytes());
    packet
}

async fn check(content: impl AsRef<[u8]>, arguments: &str) -> Ended {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let arguments = format!(
        "--results run.subunit --date 2026-11-20 --select scs-0128-e2e --select scs-0100-syntax-check -o json=r.json {arguments}"
    );
    Program::check(&cloud, &arguments).file("run.subunit", content).run().await
}

fn verdict(ended: &Ended) -> Verdict {
    let report: Report = serde_json::from_str(&ended.file("r.json")).unwrap();
    report.testcases["scs-0128-e2e"].verdict
}

#[rstest]
#[case::passed(stream(|_| Some(SUCCESS)), Verdict::Pass, ExitCode::Success)]
#[case::skipped(stream(|index| Some(if index == 0 { SUCCESS } else { SKIP })), Verdict::Pass, ExitCode::Success)]
#[case::failed(stream(|index| Some(if index == 7 { FAIL } else { SUCCESS })), Verdict::Fail, ExitCode::Violation)]
#[case::missing(stream(|index| (index != 7).then_some(SUCCESS)), Verdict::Abort, ExitCode::Undecided)]
#[case::cut_off(stream(|_| Some(SUCCESS)).split_last().unwrap().1.to_vec(), Verdict::Abort, ExitCode::Undecided)]
#[tokio::test]
async fn results_decide_by_text_only(#[case] content: Vec<u8>, #[case] expected: Verdict, #[case] by_text: ExitCode) {
    let ended = check(&content, "--results-are-of-this-cloud").await.assert_code(0);
    assert_eq!(verdict(&ended), expected);
    let ended = check(&content, "--results-are-of-this-cloud --by-text").await;
    assert_eq!(ended.code, Some(by_text.code().into()), "{ended:?}");
    assert!(ended.stdout.contains("BROUGHT ALONG, NOT BOUND"), "{}", ended.stdout);
}

#[tokio::test]
async fn results_that_nobody_confirms_decide_nothing() {
    let ended = check(stream(|_| Some(SUCCESS)), "--by-text").await.assert_code(3);
    assert_eq!(verdict(&ended), Verdict::Miss);
    assert!(ended.file("r.json").contains("confirm that with --results-are-of-this-cloud"));
}

#[tokio::test]
async fn without_results_nothing_is_decided() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let ended = Program::check(&cloud, "--select scs-0128-e2e -o json=r.json").run().await.assert_code(3);
    assert_eq!(verdict(&ended), Verdict::Miss);
    assert!(ended.stdout.contains("--results"), "{}", ended.stdout);
}

#[tokio::test]
async fn other_files_are_refused_before_anything_is_asked() {
    let ended = check("no results", "").await.assert_code(2);
    assert!(ended.stderr.contains("run.subunit: this is not a subunit stream: at byte 0"), "{}", ended.stderr);
}
