//! The arguments of the tools, and the events about them.

use super::*;
use crate::secrets::Secrets;
use crate::watch::{Event, EventKind, StepState};
use rstest::rstest;

fn heavy(kind: ToolKind, mode: ExecutionMode) -> Heavy {
    let tool = Tool { kind, path: PathBuf::from("/bin/tool") };
    let (limit, results) = (Duration::from_secs(3600), PathBuf::from("/results"));
    Heavy { tool, mode, limit, results, pace: Heavy::PACE }
}

fn stage<'a>(suite: Suite, heavy: &'a Heavy, redactor: &'a LogRedactor, events: &'a Events) -> SuiteRun<'a> {
    SuiteRun {
        suite,
        heavy,
        namespace: "ns",
        kubeconfig: Path::new("/k"),
        context: "c",
        variables: &[],
        folder: Path::new("/results/ns"),
        redactor,
        events,
        seen: Mutex::default(),
    }
}

fn arguments(kind: ToolKind, suite: Suite, mode: ExecutionMode, start: Start) -> String {
    let (heavy, redactor) = (heavy(kind, mode), LogRedactor::default());
    let events = Events::none();
    let stage = stage(suite, &heavy, &redactor, &events);
    let arguments = match kind {
        ToolKind::Sonobuoy => stage.run_arguments(),
        ToolKind::Hydrophone => stage.hydrophone_arguments(start),
    };
    let redactor: Vec<String> = arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect();
    redactor.join(" ")
}

#[rstest]
#[case(
    Suite::Conformance,
    ExecutionMode::Parallel,
    "run --kubeconfig /k --context c --namespace ns --skip-preflight=existingnamespace \
     --skip-preflight=dnscheck --plugin=e2e --mode=certified-conformance \
     --plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS=--flake-attempts=2 --procs=25 --timeout=3600"
)]
#[case(
    Suite::Conformance,
    ExecutionMode::Serial,
    "run --kubeconfig /k --context c --namespace ns --skip-preflight=existingnamespace \
     --skip-preflight=dnscheck --plugin=e2e --mode=certified-conformance \
     --plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS=--flake-attempts=2 --timeout=3600"
)]
#[case(
    Suite::NetworkPolicies,
    ExecutionMode::Dry,
    "run --kubeconfig /k --context c --namespace ns --skip-preflight=existingnamespace \
     --skip-preflight=dnscheck --plugin=e2e --e2e-focus=NetworkPolicy \
     --plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS=--flake-attempts=2 --plugin-env=e2e.E2E_DRYRUN=true --timeout=3600"
)]
fn sonobuoy_is_told(#[case] suite: Suite, #[case] mode: ExecutionMode, #[case] line: &str) {
    assert_eq!(arguments(ToolKind::Sonobuoy, suite, mode, Start::Anew), line);
}

#[rstest]
#[case(
    Suite::Conformance,
    ExecutionMode::Parallel,
    Start::Anew,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --conformance --skip-preflight ns \
     --startup-timeout=1800s --extra-ginkgo-args=--flake-attempts=2 --parallel 25"
)]
#[case(
    Suite::NetworkPolicies,
    ExecutionMode::Serial,
    Start::Anew,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --focus NetworkPolicy --skip-preflight ns \
     --startup-timeout=1800s --extra-ginkgo-args=--flake-attempts=2"
)]
#[case(
    Suite::Conformance,
    ExecutionMode::Dry,
    Start::Anew,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --conformance --skip-preflight ns \
     --startup-timeout=1800s --extra-ginkgo-args=--flake-attempts=2 --dry-run"
)]
#[case(
    Suite::Conformance,
    ExecutionMode::Parallel,
    Start::Resumed,
    "--kubeconfig /k --namespace ns --output-dir /results/ns/resumed --conformance --continue"
)]
fn hydrophone_is_told(#[case] suite: Suite, #[case] mode: ExecutionMode, #[case] start: Start, #[case] line: &str) {
    assert_eq!(arguments(ToolKind::Hydrophone, suite, mode, start), line);
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_last_is_told_again_while_a_tool_keeps_silent() {
    let (heavy, redactor) = (heavy(ToolKind::Hydrophone, ExecutionMode::Serial), LogRedactor::default());
    let (events, kept) = Events::recorded("cluster");
    let stage = stage(Suite::Conformance, &heavy, &redactor, &events);
    let work = async {
        stage.pending("pulling".to_owned());
        tokio::time::sleep(Duration::from_secs(40)).await;
        stage.note("12 of 400 tests".to_owned());
        tokio::time::sleep(Duration::from_secs(30)).await;
    };
    stage.repeating(work).await;
    let seen = |event: &Event| match &event.kind {
        EventKind::Step { state: StepState::Pending { seen }, .. } => seen.clone(),
        other => panic!("{other:?}"),
    };
    let told: Vec<String> = kept.lock().unwrap().iter().map(seen).collect();
    assert_eq!(told, ["pulling", "pulling", "pulling", "12 of 400 tests", "12 of 400 tests"]);
    assert!(stage.too_late().what.ends_with("seen last: 12 of 400 tests"), "{}", stage.too_late());
}

#[test]
fn what_a_tool_says_is_quoted_in_one_short_line_without_secrets() {
    let (heavy, redactor) = (heavy(ToolKind::Sonobuoy, ExecutionMode::Serial), words_without("sesame"));
    let events = Events::none();
    let stage = stage(Suite::Conformance, &heavy, &redactor, &events);
    assert_eq!(stage.quoted("a\n\n b\u{1b} sesame"), "sonobuoy says: a b [secret]");
    assert_eq!(stage.quoted(" \n"), "sonobuoy says: nothing");
    assert!(stage.quoted(&"x".repeat(9000)).chars().count() < 350);
}

fn words_without(secret: &str) -> LogRedactor {
    let secrets = Secrets::default();
    secrets.add(secret);
    LogRedactor::with_secrets(secrets)
}
