//! `demo kaas`: exit codes, reports, and that it says what it is and asks nobody.

use crate::program::Program;
use rstest::rstest;
use scs_simcloud::SCENARIOS;
use scs_simcloud::kubernetes::CLUSTER_SCENARIOS;
use serde_json::Value;

#[test]
fn both_demos_know_the_same_scenarios() {
    assert_eq!(SCENARIOS.map(|(name, _)| name), CLUSTER_SCENARIOS.map(|(name, _)| name));
}

#[rstest]
#[case("conformant", 0)]
#[case("typical", 1)]
#[case("broken", 1)]
#[tokio::test]
async fn it_comes_to_what_the_scenario_says(#[case] scenario: &str, #[case] code: i32) {
    // Whatever would leave this machine goes to a proxy that is not there.
    let program = Program::new(&format!("demo kaas --scenario {scenario}"))
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ended = program.run().await.assert_code(code);
    let report = ended.json("scs-demo/report.json");
    assert_eq!(report["scope"]["id"], "scs-compatible-kaas");
    assert_eq!(report["subject"]["simulated"], true);
    for name in ["junit.xml", "report.html", "report.md"] {
        assert!(ended.file(&format!("scs-demo/{name}")).contains("SIMULATED"), "{name}");
    }
    assert!(!ended.files_in("scs-demo").contains(&"report.yaml".to_owned()), "what is simulated is not uploaded");
    let requests = report["facts"].as_object().unwrap().values().flat_map(|fact| fact["requests"].as_array().unwrap());
    let addresses: Vec<&str> = requests.map(|request| request["url"].as_str().unwrap()).collect();
    assert!(addresses.len() >= 12 && addresses.iter().all(|address| address.starts_with("http://127.0.0.1:")));
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
}

#[tokio::test]
async fn its_evidence_says_that_it_is_simulated() {
    let ended = Program::new("demo kaas").run().await.assert_code(1);
    let report = ended.json("scs-demo/report.json");
    let sources = report["facts"]["kubernetes-world"]["documents"].as_array().unwrap().clone();
    assert_eq!(sources.len(), 7);
    assert!(sources.iter().all(|one| one.as_str().unwrap().contains("/simulated/")), "{sources:?}");
    let html = ended.file("scs-demo/report.html");
    assert!(html.contains("releases as of") && html.contains("0 days old"));
    let findings: Vec<Value> = report["testcases"]["version-policy-check"]["findings"].as_array().unwrap().clone();
    assert!(findings.iter().all(|one| one["severity"] != "info"), "{findings:?}");
    let results = report["testcases"]["cncf-k8s-conformance"].to_string();
    assert!(results.contains("made up for the demo"), "{results}");
}
