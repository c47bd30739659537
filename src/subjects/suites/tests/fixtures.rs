//! Files with the structure that the real tools leave: ginkgo 1 (up to Kubernetes 1.24) and 2, and Sonobuoy.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// The name, the state and the seconds of a test.
pub type Case = (&'static str, &'static str, &'static str);

pub const CASES: [Case; 4] = [
    ("[sig-node] good [Conformance]", "passed", "30.5"),
    ("[sig-node] bad &lt;one&gt; [Serial] [Conformance]", "failed", "28"),
    ("[sig-network] other", "skipped", "0"),
    ("[sig-network] policies [Feature:NetworkPolicy]", "skipped", "0"),
];

/// As [`CASES`], but everything passed.
pub const PASSED: [Case; 4] = [CASES[0], (CASES[1].0, "passed", "0.0146"), CASES[2], CASES[3]];

fn count(cases: &[Case], status: &str) -> usize {
    cases.iter().filter(|case| case.1 == status).count()
}

fn content(status: &str) -> &'static str {
    match status {
        "failed" => "<failure message=\"timed out\" type=\"failed\">trace</failure>",
        "skipped" => "\n              <skipped message=\"skipped\"></skipped>\n          ",
        _ => "",
    }
}

/// Returns a JUnit file as ginkgo 2 writes it.
pub fn ginkgo2(cases: &[Case]) -> String {
    let (all, failed, skipped) = (cases.len() + 2, count(cases, "failed"), count(cases, "skipped"));
    let mut listed = String::new();
    for around in ["[SynchronizedBeforeSuite]", "[SynchronizedAfterSuite]"] {
        let _ = writeln!(
            listed,
            r#"          <testcase name="{around}" classname="Kubernetes e2e suite" status="passed" time="2.3933e-05"></testcase>"#
        );
    }
    for (name, status, time) in cases {
        let (name, content) = (format!("[It] {name}"), content(status));
        let _ = writeln!(
            listed,
            r#"          <testcase name="{name}" classname="Kubernetes e2e suite" status="{status}" time="{time}">{content}</testcase>"#
        );
    }
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
  <testsuites tests="{all}" disabled="{skipped}" errors="0" failures="{failed}" time="60.5">
      <testsuite name="Kubernetes e2e suite" package="/usr/local/bin" tests="{all}" disabled="0" skipped="{skipped}" errors="0" failures="{failed}" time="60.5" timestamp="2026-11-20T10:00:00">
          <properties>
              <property name="SuiteSucceeded" value="{}"></property>
              <property name="SpecialSuiteFailureReason" value=""></property>
              <property name="FocusStrings" value="\[Conformance\]"></property>
              <property name="SkipStrings" value=""></property>
              <property name="FlakeAttempts" value="0"></property>
              <property name="DryRun" value="false"></property>
          </properties>
{listed}      </testsuite>
  </testsuites>
"#,
        failed == 0
    )
}

/// Returns a JUnit file as ginkgo 1 writes it: no time of the beginning, no status, and totals of the tests that were
/// run.
pub fn ginkgo1(cases: &[Case]) -> String {
    let (ran, failed) = (cases.len() - count(cases, "skipped"), count(cases, "failed"));
    let mut listed = String::new();
    for (name, status, time) in cases {
        let content = content(status);
        let _ = writeln!(
            listed,
            r#"      <testcase name="{name}" classname="Kubernetes e2e suite" time="{time}">{content}</testcase>"#
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n  <testsuite name=\"Kubernetes e2e suite\" tests=\"{ran}\" \
         failures=\"{failed}\" errors=\"0\" time=\"60.5\">\n{listed}  </testsuite>\n"
    )
}

/// Returns the log of either ginkgo, with the version only where it is told to print a lot.
pub fn log(cases: &[Case], version: Option<&str>) -> String {
    let (all, ran) = (cases.len(), cases.len() - count(cases, "skipped"));
    let versions = version.map(|version| {
        format!("Nov 20 10:00:01.931: INFO: e2e test version: {version}\nNov 20 10:00:01.932: INFO: kube-apiserver version: {version}\n")
    });
    format!(
        "I1120 10:00:00.115111      22 e2e.go:129] Starting e2e run \"8abf3a3c\" on Ginkgo node 1\n\
         Running Suite: Kubernetes e2e suite\n===================================\n\
         Random Seed: \u{1b}[1m1795168800\u{1b}[0m - Will randomize all specs\nWill run {ran} of {all} specs\n\n{}SSS•S\n\n\
         Ran {ran} of {all} Specs in 60.500 seconds\nSUCCESS! -- {ran} Passed | 0 Failed | 0 Pending | {} Skipped\nPASS\n",
        versions.unwrap_or_default(),
        all - ran
    )
}

/// Returns the summary that Sonobuoy makes of a JUnit file.
pub fn summary(cases: &[Case], prefix: &str) -> String {
    let status = if count(cases, "failed") > 0 { "failed" } else { "passed" };
    let mut text = format!(
        "name: e2e\nstatus: {status}\nmeta:\n  type: summary\nitems:\n- name: junit_01.xml\n  status: {status}\n  meta:\n    \
         file: results/global/junit_01.xml\n    type: file\n  items:\n  - name: Kubernetes e2e suite\n    status: {status}\n    items:\n"
    );
    if !prefix.is_empty() {
        for around in ["[SynchronizedBeforeSuite]", "[SynchronizedAfterSuite]"] {
            let _ = writeln!(text, "    - name: '{around}'\n      status: passed");
        }
    }
    for (name, status, _) in cases {
        let name = name.replace("&lt;", "<").replace("&gt;", ">");
        let _ = writeln!(text, "    - name: '{prefix}{name}'\n      status: {status}");
    }
    text
}

pub const DEFINITION: &str = r#"{"Definition":{"sonobuoy-config":{"driver":"Job","plugin-name":"e2e","result-format":"junit"},
    "spec":{"name":"e2e","image":"registry.k8s.io/conformance:v1.34.11","command":["/run_e2e.sh"],
    "env":[{"name":"E2E_EXTRA_ARGS","value":"--progress-report-url=http://localhost:8099/progress"},
    {"name":"E2E_FOCUS","value":"\\[Conformance\\]"},{"name":"E2E_PARALLEL","value":"false"}]}},"Namespace":"sonobuoy"}"#;

/// Returns the files of an archive, as Sonobuoy writes them.
pub fn archived(cases: &[Case], is_two: bool) -> Vec<(String, String)> {
    let (junit, prefix) = if is_two { (ginkgo2(cases), "[It] ") } else { (ginkgo1(cases), "") };
    let files = [
        (
            "meta/config.json",
            r#"{"Description":"DEFAULT","UUID":"u","Version":"v0.57.3","Namespace":"sonobuoy"}"#.to_owned(),
        ),
        (
            "meta/run.log",
            "{\"level\":\"info\",\"msg\":\"Starting server\",\"time\":\"2026-11-20T09:59:00Z\"}\n{\"level\":\"info\",\
          \"msg\":\"Invoking plugin cleanup\",\"plugin\":\"e2e\",\"time\":\"2026-11-20T10:02:00Z\"}\n"
                .to_owned(),
        ),
        ("plugins/e2e/definition.json", DEFINITION.to_owned()),
        ("plugins/e2e/results/global/e2e.log", log(cases, Some("v1.34.11+k3s1"))),
        ("plugins/e2e/results/global/junit_01.xml", junit),
        ("plugins/e2e/sonobuoy_results.yaml", summary(cases, prefix)),
        ("podlogs/kube-system/x/logs/y.txt", "a long log".to_owned()),
        (
            "resources/cluster/core_v1_namespaces.json",
            r#"{"apiVersion":"v1","items":[{"metadata":{"name":"default","uid":"d"}},
            {"metadata":{"creationTimestamp":"2026-11-01T10:09:25Z","name":"kube-system","uid":"system-uid"}}]}"#
                .to_owned(),
        ),
        (
            "resources/cluster/core_v1_nodes.json",
            r#"{"apiVersion":"v1","items":[{"kind":"Node","metadata":{"labels":{"a":"b"},
            "name":"node-1","uid":"node-uid"},"spec":{},"status":{}}]}"#
                .to_owned(),
        ),
        (
            "serverversion.json",
            r#"{"major":"1","minor":"34","gitVersion":"v1.34.11+k3s1","platform":"linux/amd64"}"#.to_owned(),
        ),
    ];
    files.map(|(name, text)| (name.to_owned(), text)).into()
}

pub fn pack(files: &[(String, String)]) -> Vec<u8> {
    packing(files).into_inner().unwrap().finish().unwrap()
}

/// Packs as [`pack`] does, and behind them a file with a name that nobody checks.
pub fn pack_with(files: &[(String, String)], name: &str, content: &[u8]) -> Vec<u8> {
    let mut builder = packing(files);
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append(&header, content).unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

fn packing(files: &[(String, String)]) -> tar::Builder<GzEncoder<Vec<u8>>> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder
}

pub fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
