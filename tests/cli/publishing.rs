//! `render --redact`: reports that may be published.

use crate::program::Program;
use rstest::rstest;
use scs_simcloud::SimCloud;
use serde_json::Value;

/// The variables of a job that has much to tell.
const CI_JOB: [(&str, &str); 5] = [
    ("GITLAB_CI", "true"),
    ("CI_PROJECT_PATH", "acme-internal/cloud"),
    ("CI_JOB_NAME", "acme-nightly"),
    ("CI_JOB_ID", "47114711"),
    ("CI_JOB_URL", "https://git.acme.example/jobs/47114711"),
];

/// Returns a report of a cloud that has much to tell, and what must not be published of it.
async fn report() -> (String, Vec<String>) {
    let cloud = SimCloud::start(crate::support::conformant(|state| {
        state.images[0].properties.insert("os_distro".into(), "Acme GmbH".into());
        state.images[0].properties.insert("image_source".into(), "http://10.9.8.7/acme".into());
        state.volume_types[0].description = Some("[scs:acme-only] for erika@acme.example".into());
    }))
    .await
    .unwrap();
    let check = Program::check(&cloud, "-o json=report.json");
    let ended = CI_JOB.iter().fold(check, |check, (name, value)| check.env(name, value)).run().await;
    let state = cloud.state();
    let mut own = vec![state.identity.projects[0].id.clone(), cloud.address().to_string(), "127.0.0.1".to_owned()];
    own.extend(state.images.iter().map(|image| image.id.clone()));
    own.extend(CI_JOB[1..].iter().map(|(_, value)| (*value).to_owned()));
    own.extend(["req-".to_owned(), "erika@acme".to_owned(), "10.9.8.7".to_owned()]);
    (ended.file("report.json"), own)
}

#[rstest]
#[case::public("public", &["Acme GmbH", "RegionOne", "\"requests\": [\n"])]
#[case::curated("curated", &[])]
#[tokio::test]
async fn published_reports_contain_nothing_of_customers(#[case] level: &str, #[case] more: &[&str]) {
    let (original, own) = report().await;
    let outputs = format!(
        "render report.json --redact {level} -o json=p.json -o html=p.html -o junit=p.xml -o yaml=p.yaml -o markdown=p.md"
    );
    let ended = Program::new(&outputs).file("report.json", &original).run().await.assert_code(1);
    let files = ["p.json", "p.html", "p.xml", "p.yaml", "p.md"].map(|name| ended.file(name));
    for text in [ended.stdout.clone()].iter().chain(&files) {
        for word in own.iter().map(String::as_str).chain(more.iter().copied()) {
            assert!(!text.contains(word), "{word} is in {}", text.chars().take(3000).collect::<String>());
        }
    }
    let (before, after): (Value, Value) = (serde_json::from_str(&original).unwrap(), ended.json("p.json"));
    assert_eq!(before["versions"], after["versions"]);
    assert_eq!(after["subject"]["details"]["redaction"], level);
    for (id, testcase) in before["testcases"].as_object().unwrap() {
        assert_eq!(testcase["verdict"], after["testcases"][id]["verdict"], "{id}");
        let findings = |report: &Value| report["testcases"][id]["findings"].as_array().unwrap().len();
        assert_eq!(findings(&before), findings(&after), "{id}");
    }
}

#[tokio::test]
async fn partners_see_what_was_observed() {
    let (original, _) = report().await;
    let program = Program::new("render report.json --redact curated -o json=-").file("report.json", &original);
    let text = program.run().await.stdout;
    assert!(text.contains("Acme GmbH") && text.contains("RegionOne"), "{text}");
}

#[tokio::test]
async fn a_full_report_is_the_report() {
    let (original, _) = report().await;
    for options in ["", "--redact full"] {
        let program = Program::new(&format!("render report.json {options} -o json=-")).file("report.json", &original);
        assert_eq!(program.run().await.stdout, original);
    }
}

#[rstest]
#[case::person(&[("USER", "erika.mustermann")], "operator-1")]
#[case::ci_job(&CI_JOB, "ci-job-1")]
#[tokio::test]
async fn redacted_recording_does_not_name_who_made_it(#[case] variables: &[(&str, &str)], #[case] stand_in: &str) {
    let cloud = SimCloud::start(crate::support::conformant(|_| {})).await.unwrap();
    let collect = Program::new("collect iaas --cloud sim --redact -o -").clouds(&cloud.clouds_yaml("sim").unwrap());
    let text = variables.iter().fold(collect, |collect, (name, value)| collect.env(name, value)).run().await.stdout;
    let recording: Value = serde_json::from_str(&text).unwrap();
    assert!(recording["collected"]["run_by"].to_string().contains(stand_in), "{recording}");
    for (name, value) in variables.iter().filter(|(name, _)| *name != "GITLAB_CI") {
        assert!(!text.contains(value), "{name} is in the recording");
    }
}
