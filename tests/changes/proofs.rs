//! Evidence counts only if it is of this run: the console of its test server, and documents of what it created.

use super::bench::{CONSOLE, EXPERIMENTS, Trial, cloud};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_simcloud::{Console, Failure, Fault, Service, State};
use std::time::Duration;

/// Returns the output of the same server in a run with this nonce; an empty one stands for no nonce at all.
fn printed_with(nonce: &str) -> String {
    let line = |line: &str| {
        let fields: Vec<&str> = line.splitn(7, ' ').collect();
        let stated = if nonce.is_empty() { String::new() } else { format!("run={nonce} ") };
        let (head, text) = (fields[1..4].join(" "), fields[6].replace("run=none ", &stated));
        let checksum = crc32fast::hash(format!("{nonce}{head} {text}").as_bytes());
        format!("_scs-test {head} {} {checksum:08x} {text}\n", text.len())
    };
    CONSOLE.lines().map(line).collect()
}

#[rstest]
#[case::as_recorded(CONSOLE.to_owned())]
#[case::of_an_earlier_run(printed_with("7d3af1e20c5b4a6f9d8e7c6b5a493827"))]
#[case::before_there_were_nonces(printed_with(""))]
#[tokio::test]
async fn a_console_of_another_run_decides_nothing(
    #[case] console: String,
    #[values(Console::Replayed, Console::Works)] how: Console,
) {
    // What the simulated guest has measured is sealed for its run; this is not.
    if console == CONSOLE && how == Console::Works {
        return;
    }
    let cloud = cloud(|state| (state.console, state.nova.console) = (console, how)).await;
    let before = cloud.inventory();
    let mut trial = Trial::of(EXPERIMENTS[0].1);
    trial.terms.step_limit = Duration::from_millis(300);
    let outcome = trial.run(&cloud).await;
    for id in EXPERIMENTS[0].1 {
        let result = &outcome.report.testcases[*id];
        let reason = result.reason.as_ref().unwrap();
        assert_eq!((result.verdict, reason.code), (Verdict::Abort, ReasonCode::Inconclusive), "{id}: {reason:?}");
        assert!(reason.message.contains("console output of another run"), "{reason:?}");
    }
    assert_eq!(cloud.inventory(), before);
}

/// As where the log of a host goes on from one server to the next.
#[tokio::test]
async fn behind_the_console_of_another_run_the_own_one_counts() {
    let earlier = printed_with("7d3af1e20c5b4a6f9d8e7c6b5a493827").replace(" 256\n", " 255\n");
    let cloud = cloud(|state| state.console = format!("{earlier}{CONSOLE}")).await;
    let outcome = Trial::of(EXPERIMENTS[0].1).run(&cloud).await;
    assert!(outcome.verdicts().iter().all(|(_, verdict, _)| *verdict == Verdict::Pass), "{:?}", outcome.verdicts());
}

#[rstest]
#[case::server(Service::Compute, "/servers/", r#"{"server": {"id": "other", "status": "ACTIVE"}}"#, 0)]
#[case::security_group(
    Service::Network,
    "/security-groups/",
    r#"{"security_group": {"id": "other", "security_group_rules": [
        {"id": "4", "direction": "egress", "ethertype": "IPv4"}, {"id": "6", "direction": "egress", "ethertype": "IPv6"}
    ]}}"#,
    1
)]
#[case::volume(Service::BlockStorage, "/volumes/", r#"{"volume": {"id": "other", "status": "available"}}"#, 3)]
#[case::backup(Service::BlockStorage, "/backups/", r#"{"backup": {"id": "other", "status": "available"}}"#, 3)]
#[case::nothing(Service::BlockStorage, "/backups/", r#"{"backup": {"status": "available"}}"#, 3)]
#[case::image(Service::Image, "/v2/images/", r#"{"id": "other", "status": "active"}"#, 4)]
#[tokio::test]
async fn a_document_of_something_else_decides_nothing(
    #[case] service: Service,
    #[case] path: &str,
    #[case] document: &str,
    #[case] experiment: usize,
) {
    let cloud = cloud(|_: &mut State| {}).await;
    cloud.plant(Fault::new(Failure::Json(document.to_owned())).service(service).method("GET").path(path).first(1));
    let (_, testcases) = EXPERIMENTS[experiment];
    let outcome = Trial::of(testcases).run(&cloud).await;
    for id in testcases {
        let result = &outcome.report.testcases[*id];
        assert_eq!(result.verdict, Verdict::Abort, "{id}");
        let reason = result.reason.as_ref().unwrap();
        assert!(reason.message.contains("answers about something else"), "{id}: {reason:?}");
    }
}
