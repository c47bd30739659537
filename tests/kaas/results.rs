//! Results of end-to-end tests that are brought along: whose they are, and what they come to.

use crate::program::{Ended, Program};
use chrono::{TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use scs_simcloud::kubernetes::{SimCluster, SuiteFiles};
use serde_json::json;

const VERSION: &str = "v1.34.2";
const JUNIT: &str = "plugins/e2e/results/global/junit_01.xml";

fn files(version: &str) -> SuiteFiles {
    SuiteFiles::passed(version, Utc::now() - TimeDelta::days(2))
}

/// Returns the UID of the namespace `kube-system`.
fn uid(cluster: &SimCluster) -> String {
    let state = cluster.state();
    let system = state.objects["namespaces"].iter().find(|one| one["metadata"]["name"] == "kube-system").unwrap();
    system["metadata"]["uid"].as_str().unwrap().to_owned()
}

/// Makes an archive of Sonobuoy, of a cluster whose `kube-system` has this UID, if it is told, and with these nodes.
fn archive(files: &SuiteFiles, version: &str, uid: Option<&str>, nodes: &[&str]) -> Vec<u8> {
    let listed = |names: &[&str], uid: Option<&str>| {
        let items: Vec<_> = names.iter().map(|name| json!({"metadata": {"name": name, "uid": uid}})).collect();
        json!({"apiVersion": "v1", "items": items}).to_string()
    };
    let mut summary =
        "name: e2e\nstatus: passed\nitems:\n- name: junit_01.xml\n  status: passed\n  items:\n  - name: Kubernetes \
                       e2e suite\n    status: passed\n    items:\n"
            .to_owned();
    for case in files.junit.split("<testcase name=\"").skip(1) {
        let (name, rest) = case.split_once('"').unwrap();
        let status = if rest.contains("<failure") {
            "failed"
        } else if rest.contains("<skipped") {
            "skipped"
        } else {
            "passed"
        };
        summary += &format!("    - name: '{name}'\n      status: {status}\n");
    }
    let mut all = vec![
        ("plugins/e2e/sonobuoy_results.yaml", summary),
        (JUNIT, files.junit.clone()),
        ("plugins/e2e/results/global/e2e.log", files.log.clone()),
        ("resources/cluster/core_v1_nodes.json", listed(nodes, None)),
        ("serverversion.json", json!({"gitVersion": version}).to_string()),
    ];
    if let Some(uid) = uid {
        all.push(("resources/cluster/core_v1_namespaces.json", listed(&["kube-system"], Some(uid))));
    }
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in all {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// Checks a cluster by these results.
async fn checked(cluster: &SimCluster, name: &str, content: impl AsRef<[u8]>, log: &str, options: &str) -> Ended {
    let program = Program::new("check kaas --kubeconfig k.yaml --data none --output json=r.json --output html=r.html");
    let program = program.file("k.yaml", cluster.kubeconfig().unwrap()).file(name, content).file("e2e.log", log);
    program
        .arguments("--select cncf-k8s-conformance --record facts.json --results")
        .argument(name)
        .arguments(options)
        .run()
        .await
}

#[track_caller]
fn assert_result(ended: &Ended, verdict: &str, words: &str) {
    let report = ended.json("r.json");
    let result = &report["testcases"]["cncf-k8s-conformance"];
    assert_eq!(result["verdict"], verdict, "{result:#}\n{}", ended.stderr);
    assert!(result.to_string().contains(words), "{words} in {result:#}");
}

#[track_caller]
fn assert_brought(ended: &Ended, brought: &str) {
    for file in ["r.json", "facts.json"] {
        let text = ended.json(file).to_string();
        assert!(text.contains(&format!("\"brought\":\"{brought}\"")), "{file}");
    }
}

#[tokio::test]
async fn an_archive_of_the_cluster_decides() {
    let cluster = super::cluster(|_| {}).await;
    let archive = archive(&files(VERSION), VERSION, Some(&uid(&cluster)), &[]);
    let ended = checked(&cluster, "results.tar.gz", archive, "", "").await;
    assert_result(&ended, "PASS", "420 tests passed");
    assert_brought(&ended, "bound");
}

#[rstest]
#[case::uid(VERSION, Some("another"), &[], "kube-system has the UID another, here it is ")]
#[case::nodes(VERSION, None, &["elsewhere-1", "elsewhere-2"], "its nodes were elsewhere-1, elsewhere-2, here they are ")]
#[case::patch("v1.34.1", None, &[], "v1.34.1 was tested, but the cluster runs v1.34.2")]
#[tokio::test]
async fn an_archive_of_another_cluster_aborts(
    #[case] version: &str,
    #[case] other: Option<&str>,
    #[case] nodes: &[&str],
    #[case] words: &str,
) {
    let cluster = super::cluster(|_| {}).await;
    let archive = archive(&files(version), version, other, nodes);
    let ended = checked(&cluster, "results.tar.gz", archive, "", "--results-are-of-this-cluster").await;
    assert_result(&ended, "ABORT", words);
    assert_brought(&ended, "not-bound");
}

#[tokio::test]
async fn a_junit_file_counts_by_the_word_of_the_user() {
    let cluster = super::cluster(|_| {}).await;
    let SuiteFiles { junit, log } = files(VERSION);
    assert_result(&checked(&cluster, "junit_01.xml", &junit, &log, "").await, "MISS", "--results-are-of-this-cluster");
    let ended = checked(&cluster, "junit_01.xml", &junit, &log, "--results-are-of-this-cluster").await;
    assert_result(&ended, "PASS", "only the user confirms");
    assert_brought(&ended, "not-bound");
    let without = log.replace("kube-apiserver version", "");
    let ended = checked(&cluster, "junit_01.xml", &junit, &without, "--results-are-of-this-cluster").await;
    assert_result(&ended, "ABORT", "--results-version");
    let options = "--results-are-of-this-cluster --results-version 1.34.2";
    assert_result(
        &checked(&cluster, "junit_01.xml", &junit, &without, options).await,
        "PASS",
        "only the user says that 1.34.2 was tested",
    );
}

#[tokio::test]
async fn skipped_tests_are_named() {
    let cluster = super::cluster(|_| {}).await;
    let SuiteFiles { junit, log } = files(VERSION);
    // 25 of the 420 are skipped, and all totals say so.
    let mut skipped = junit.replace("disabled=\"60\"", "disabled=\"85\"").replace("skipped=\"60\"", "skipped=\"85\"");
    for number in 1..=25 {
        let name = format!("Simulated test {number} [Conformance]\" classname=\"Kubernetes e2e suite\" ");
        let (passed, left_out) = ("status=\"passed\" time=\"15.0123\">", "status=\"skipped\" time=\"0\"><skipped/>");
        skipped = skipped.replace(&format!("{name}{passed}"), &format!("{name}{left_out}"));
    }
    let log = log.replace(" 460 of", " 435 of");
    let ended = checked(&cluster, "junit_01.xml", skipped, &log, "--results-are-of-this-cluster").await;
    assert_result(&ended, "ABORT", "25 of the tests were not run");
    assert_result(&ended, "ABORT", "Simulated test 25 [Conformance] was not run");
}

#[tokio::test]
async fn a_list_names_what_is_absent() {
    let cluster = super::cluster(|_| {}).await;
    let archive = archive(&files(VERSION), VERSION, Some(&uid(&cluster)), &[]);
    let check = async |list: &str| {
        let program =
            Program::new("check kaas --kubeconfig k.yaml --data none --output json=r.json --results results.tar.gz");
        let program = program
            .file("k.yaml", cluster.kubeconfig().unwrap())
            .file("results.tar.gz", &archive)
            .file("list.txt", list);
        program.arguments("--select cncf-k8s-conformance --conformance-list list.txt").run().await
    };
    let tests = |numbers: std::ops::RangeInclusive<usize>| -> String {
        numbers.map(|number| format!("Simulated test {number} [Slow] [Conformance]\n")).collect()
    };
    assert_result(&check(&tests(1..=420)).await, "PASS", "420 names are expected by");
    assert_result(&check(&tests(7..=7)).await, "ABORT", "has 1 names, and the list of 1.29 that is built in has 388");
    assert_result(&check(&tests(2..=421)).await, "ABORT", "\\\"Simulated test 421 [Slow] [Conformance]\\\" (absent)");
    assert!(check("").await.assert_code(2).stderr.contains("it is empty"));
}

#[tokio::test]
async fn results_are_recorded_with_the_cluster() {
    let cluster = super::cluster(|_| {}).await;
    let archive = archive(&files(VERSION), VERSION, Some(&uid(&cluster)), &[]);
    let program = Program::new("collect kaas --kubeconfig k.yaml --data none --results results.tar.gz");
    let program = program.file("k.yaml", cluster.kubeconfig().unwrap()).file("results.tar.gz", archive);
    let recording = program.run().await.file("facts.json");
    let program = Program::new("evaluate facts.json --output json=r.json").file("facts.json", recording);
    assert_result(&program.run().await, "PASS", "420 tests passed");
}

#[tokio::test]
async fn results_are_read_no_longer_than_the_deadline() {
    let cluster = super::cluster(|_| {}).await;
    let archive = archive(&files(VERSION), VERSION, None, &[]);
    let program = Program::new("check kaas --kubeconfig k.yaml --data none --deadline 1ms --results results.tar.gz");
    let program = program.file("k.yaml", cluster.kubeconfig().unwrap()).file("results.tar.gz", archive);
    let stderr = program.run().await.assert_code(2).stderr;
    assert!(stderr.contains("results.tar.gz: it was not read before the deadline"), "{stderr}");
}

#[rstest]
#[case("--results-are-of-this-cluster")]
#[case("--results-version v1.34.2")]
#[case("--results junit.xml --results-version soon")]
#[tokio::test]
async fn option_about_results_without_results_is_refused(#[case] options: &str) {
    Program::new("check kaas --kubeconfig k.yaml").arguments(options).run().await.assert_code(2);
}
