//! What the tools are told.

use super::*;
use rstest::rstest;

fn told(kind: ToolKind, suite: Suite, mode: ExecutionMode, start: Start) -> String {
    let tool = Tool { kind, path: PathBuf::from("/bin/tool") };
    let (limit, results) = (Duration::from_secs(3600), PathBuf::from("/results"));
    let heavy = Heavy { tool, mode, limit, results, pace: Heavy::PACE };
    let words = Words::default();
    let stage = Stage {
        suite,
        heavy: &heavy,
        namespace: "ns",
        kubeconfig: Path::new("/k"),
        context: "c",
        variables: &[],
        folder: Path::new("/results/ns"),
        words: &words,
        events: &|_| {},
    };
    let arguments = match kind {
        ToolKind::Sonobuoy => stage.run_arguments(),
        ToolKind::Hydrophone => stage.hydrophone_arguments(start),
    };
    let words: Vec<String> = arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect();
    words.join(" ")
}

#[rstest]
#[case(
    Suite::Conformance,
    ExecutionMode::Parallel,
    "run --kubeconfig /k --context c --namespace ns --skip-preflight=existingnamespace --mode=certified-conformance \
     --plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS=--flake-attempts=2 --e2e-parallel=true --timeout=3600"
)]
#[case(
    Suite::Conformance,
    ExecutionMode::Serial,
    "run --kubeconfig /k --context c --namespace ns --skip-preflight=existingnamespace --mode=certified-conformance \
     --plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS=--flake-attempts=2 --timeout=3600"
)]
#[case(
    Suite::NetworkPolicies,
    ExecutionMode::Dry,
    "run --kubeconfig /k --context c --namespace ns --skip-preflight=existingnamespace --e2e-focus=NetworkPolicy \
     --plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS=--flake-attempts=2 --plugin-env=e2e.E2E_DRYRUN=true --timeout=3600"
)]
fn sonobuoy_is_told(#[case] suite: Suite, #[case] mode: ExecutionMode, #[case] line: &str) {
    assert_eq!(told(ToolKind::Sonobuoy, suite, mode, Start::Anew), line);
}

#[rstest]
#[case(
    Suite::Conformance,
    ExecutionMode::Parallel,
    Start::Anew,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --conformance --skip-preflight ns \
     --extra-ginkgo-args=--flake-attempts=2 --parallel 25"
)]
#[case(
    Suite::NetworkPolicies,
    ExecutionMode::Serial,
    Start::Anew,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --focus NetworkPolicy --skip-preflight ns \
     --extra-ginkgo-args=--flake-attempts=2"
)]
#[case(
    Suite::Conformance,
    ExecutionMode::Dry,
    Start::Anew,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --conformance --skip-preflight ns \
     --extra-ginkgo-args=--flake-attempts=2 --dry-run"
)]
#[case(
    Suite::Conformance,
    ExecutionMode::Parallel,
    Start::Resumed,
    "--kubeconfig /k --namespace ns --output-dir /results/ns --conformance --continue"
)]
fn hydrophone_is_told(#[case] suite: Suite, #[case] mode: ExecutionMode, #[case] start: Start, #[case] line: &str) {
    assert_eq!(told(ToolKind::Hydrophone, suite, mode, start), line);
}
