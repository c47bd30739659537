//! `render --redact`: reports that may be published.

use crate::program::Program;
use rstest::rstest;
use scs_simcloud::SimCloud;
use serde_json::Value;

/// A report of a cloud that has much to tell, and what must not be published of it.
async fn report() -> (String, Vec<String>) {
    let cloud = SimCloud::start(crate::support::conformant(|state| {
        state.images[0].properties.insert("os_distro".into(), "Acme GmbH".into());
        state.images[0].properties.insert("image_source".into(), "http://10.9.8.7/acme".into());
        state.volume_types[0].description = Some("[scs:acme-only] for erika@acme.example".into());
    }))
    .await
    .unwrap();
    let ended = Program::check(&cloud, "-o json=report.json").run().await;
    let state = cloud.state();
    let mut own = vec![state.identity.projects[0].id.clone(), cloud.address().to_string(), "127.0.0.1".to_owned()];
    own.extend(state.images.iter().map(|image| image.id.clone()));
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
