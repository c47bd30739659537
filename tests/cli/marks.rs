//! Marks of reports, and files that contradict themselves: what limits a verdict is told, and what cannot be true is refused.

use super::cloud;
use crate::program::{Ended, Program, in_repository};
use rstest::rstest;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Copies the definitions of this repository, with one text replaced, and the data that they rest on.
pub(super) fn copy_definitions(to: &Path, old: &str, new: &str) {
    fs::create_dir_all(to.join("data")).unwrap();
    let data = "data/distributions.yaml";
    fs::copy(in_repository("standards").join(data), to.join(data)).unwrap();
    for folder in ["iaas", "kaas", "scopes"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(in_repository("standards").join(folder)).unwrap() {
            let entry = entry.unwrap();
            let text = fs::read_to_string(entry.path()).unwrap().replace(old, new);
            fs::write(to.join(folder).join(entry.file_name()), text).unwrap();
        }
    }
}

async fn checked_by(old: &str, new: &str, options: &str) -> Ended {
    let cloud = cloud().await;
    let program = Program::check(&cloud, &format!("--standards own -o json=r.json {options}"));
    copy_definitions(&program.folder().join("own"), old, new);
    program.run().await
}

#[tokio::test]
async fn a_copy_of_the_definitions_is_official() {
    let ended = checked_by("nothing of this kind", "", "-o yaml=r.yaml").await.assert_code(3);
    assert_eq!(ended.json("r.json")["definitions"]["origin"], "official");
    assert!(!ended.stdout.contains("ALTERED"), "{}", ended.stdout);
}

#[tokio::test]
async fn altered_definitions_are_told_and_not_uploaded_unasked() {
    let (old, new) = ("score: 8", "score: 9");
    let ended = checked_by(old, new, "-o yaml=r.yaml").await.assert_code(2);
    assert!(ended.stderr.contains("--upload-altered"), "{}", ended.stderr);
    let ended = checked_by(old, new, "-o yaml=r.yaml --upload-altered").await.assert_code(3);
    assert_eq!(ended.json("r.json")["definitions"]["origin"], "altered");
    assert!(ended.stdout.contains("ALTERED DEFINITIONS: undecided for v5.1"), "{}", ended.stdout);
    assert!(ended.file("r.yaml").contains("CRITICAL: ALTERED DEFINITIONS"), "{}", ended.file("r.yaml"));
}

/// The clock of the cloud is ahead of ours by so many seconds.
#[rstest]
#[case::agrees(0, "PASS", false)]
#[case::minutes(900, "PASS", true)]
#[case::two_hours_behind(2 * 3600, "ABORT", true)]
#[case::a_year_ahead(-379 * 86_400, "ABORT", true)]
#[tokio::test]
async fn a_clock_that_deviates_decides_nothing(#[case] ahead: i64, #[case] verdict: &str, #[case] is_told: bool) {
    let cloud = cloud().await;
    cloud.update(|state| state.network.clock_ahead_s = ahead);
    let ended = Program::check(&cloud, "-o json=r.json").run().await.assert_code(3);
    let testcase = ended.json("r.json")["testcases"]["scs-0102-image-recency"].clone();
    assert_eq!(testcase["verdict"], verdict, "{testcase}");
    assert_eq!(testcase["reason"]["code"] == "clock-deviates", verdict == "ABORT", "{testcase}");
    assert_eq!(ended.stdout.contains("CLOCK: The local clock is"), is_told, "{}", ended.stdout);
    assert_eq!(ended.json("r.json")["testcases"]["scs-0100-syntax-check"]["verdict"], "PASS", "it takes no now");
}

#[tokio::test]
async fn a_date_that_is_named_does_not_ask_the_clock() {
    let cloud = cloud().await;
    cloud.update(|state| state.network.clock_ahead_s = 7200);
    let today = chrono::Utc::now().date_naive();
    let ended = Program::check(&cloud, &format!("-o json=r.json --date {today}")).run().await.assert_code(3);
    let report = ended.json("r.json");
    assert_eq!(report["clock"], "not-asked");
    assert_eq!(report["testcases"]["scs-0102-image-recency"]["verdict"], "PASS");
}

type Edit = fn(&mut Value);

#[rstest]
#[case::state_of_a_record(|r: &mut Value| r["collected"]["records"]["images"]["state"] = json!("absent"), "the fact images is known")]
#[case::kind(|r: &mut Value| r["collected"]["subject"]["kind"] = json!("cluster"), "the facts are those of a cloud")]
#[case::items_left_out(|r: &mut Value| r["collected"]["facts"]["cloud"]["flavors"]["known"] = json!([]), "the fact flavors has 0 items")]
#[case::reason_of_what_is_known(|r: &mut Value| r["collected"]["records"]["flavors"]["reason"] = json!({"code": "unreachable", "message": "x"}), "flavors is known, but a reason is given")]
#[case::reason_of_a_tested_subject(|r: &mut Value| r["collected"]["subject"]["reason"] = json!({"code": "unreachable", "message": "x"}), "the subject is marked as tested, but")]
#[case::clock(|r: &mut Value| r["collected"]["clock"] = json!({"ahead-by-seconds": 7200}), "7200 s ahead")]
#[case::clock_not_asked(|r: &mut Value| r["collected"]["clock"] = json!("not-asked"), "the local clock was not asked")]
#[case::now(|r: &mut Value| r["collected"]["observed_at"] = json!("2026-01-01T00:00:00Z"), "no date was named")]
#[case::the_end_of_time(|r: &mut Value| r["collected"]["observed_at"] = json!("+262142-12-31T23:59:59Z"), "no date was named")]
#[case::end_before_begin(|r: &mut Value| r["collected"]["finished_at"] = json!("2020-01-01T00:00:00Z"), "but ended earlier")]
#[case::from_nowhere(|r: &mut Value| r["collected"]["records"]["flavors"]["started_at"] = Value::Null, "neither collected nor brought along")]
#[case::not_tested(|r: &mut Value| r["collected"]["refused"] = json!({"code": "forbidden", "message": "x"}), "the subject is marked as tested, but")]
#[tokio::test]
async fn a_recording_that_contradicts_itself_is_refused(#[case] edit: Edit, #[case] reason: &str) {
    let cloud = cloud().await;
    let mut recording = Program::check(&cloud, "--record f.json").run().await.json("f.json");
    edit(&mut recording);
    let ended = Program::new("evaluate f.json").file("f.json", recording.to_string()).run().await.assert_code(2);
    assert!(ended.stderr.contains("contradicts itself") && ended.stderr.contains(reason), "{}", ended.stderr);
}

fn each_testcase(report: &mut Value, edit: impl Fn(&mut Value)) {
    report["testcases"].as_object_mut().unwrap().values_mut().for_each(edit);
}

/// It names the definitions that are built in, so what they say can be compared.
#[rstest]
#[case::without_a_testcase(|r: &mut Value| {
    for version in r["versions"].as_object_mut().unwrap().values_mut() {
        let recommended = version["targets"]["recommended"].as_object_mut().unwrap();
        recommended["testcases"].as_array_mut().unwrap().retain(|id| id != "scs-0103-flavor-16v-64");
        let passed = recommended["testcases"].as_array().unwrap().len();
        recommended["tally"]["passed"] = json!(passed);
    }
    r["testcases"].as_object_mut().unwrap().remove("scs-0103-flavor-16v-64");
}, "is not as they say")]
#[case::another_scope(|r: &mut Value| r["scope"]["id"] = json!("scs-compatible-kaas"), "the scope")]
#[case::another_scope_by_name(|r: &mut Value| r["scope"]["name"] = json!("SCS-compatible KaaS"), "the scope is not")]
#[case::another_fact(|r: &mut Value| {
    let flavors = r["testcases"]["scs-0100-syntax-check"].clone();
    for key in ["needs", "attempts", "duration_ms"] {
        r["testcases"]["scs-0102-image-recency"][key] = flavors[key].clone();
    }
}, "scs-0102-image-recency is not")]
#[case::selection(|r: &mut Value| r["selection"]["select"] = json!(["scs-0100-*"]), "the selection is not")]
#[case::check(|r: &mut Value| r["testcases"]["scs-0100-syntax-check"]["check"] = json!("image-number"), "scs-0100-syntax-check is not")]
#[case::requirement(|r: &mut Value| each_testcase(r, |result| result["remedy"] = json!("nothing to do")), "is not as they say")]
#[case::clock(|r: &mut Value| {
    for record in r["facts"].as_object_mut().unwrap().values_mut() {
        for request in record["requests"].as_array_mut().unwrap() {
            request["clock_ahead_seconds"] = json!(99_999);
        }
    }
    r["clock"] = json!({"ahead-by-seconds": 99_999});
    r["marks"] = json!(["clock"]);
}, "but the local clock is")]
#[case::official(|r: &mut Value| r["definitions"]["digest"] = json!("0".repeat(64)), "said to be official")]
#[tokio::test]
async fn a_report_that_contradicts_the_definitions_is_refused(#[case] edit: Edit, #[case] reason: &str) {
    let cloud = cloud().await;
    let mut report = Program::check(&cloud, "-o json=r.json").run().await.json("r.json");
    edit(&mut report);
    let ended = Program::new("render r.json").file("r.json", report.to_string()).run().await.assert_code(2);
    assert!(ended.stderr.contains("contradicts the definitions") && ended.stderr.contains(reason), "{}", ended.stderr);
}

#[tokio::test]
async fn a_report_of_the_future_is_refused() {
    let cloud = cloud().await;
    let mut report = Program::check(&cloud, "-o json=r.json").run().await.json("r.json");
    report["finished_at"] = json!("+262142-12-31T23:59:59Z");
    let ended = Program::new("render r.json").file("r.json", report.to_string()).run().await.assert_code(2);
    assert!(ended.stderr.contains("it is of the future"), "{}", ended.stderr);
}

/// The program reads what it has written, on every level of redaction.
#[rstest]
#[case("public")]
#[case("curated")]
#[case("full")]
#[tokio::test]
async fn a_redacted_report_is_read_again(#[case] level: &str) {
    let cloud = cloud().await;
    let report = Program::check(&cloud, "-o json=r.json").run().await.file("r.json");
    let arguments = format!("render r.json --redact {level} -o json=s.json");
    let redacted = Program::new(&arguments).file("r.json", report).run().await.assert_code(3).file("s.json");
    Program::new("render s.json -o html=t.html").file("s.json", redacted).run().await.assert_code(3);
}

/// Of a key that stands twice, readers would choose one in silence.
#[rstest]
#[case("render r.json")]
#[case("diff r.json r.json")]
#[case("explain scs-0100-syntax-check --report r.json")]
#[tokio::test]
async fn a_key_that_stands_twice_is_refused(#[case] command: &str) {
    let cloud = cloud().await;
    let report = Program::check(&cloud, "-o json=r.json").run().await.file("r.json");
    let verdict = "\"verdict\": \"PASS\",";
    let twice = report.replacen(verdict, &format!("\"verdict\": \"FAIL\", {verdict}"), 1);
    let ended = Program::new(command).file("r.json", twice).run().await.assert_code(2);
    assert!(ended.stderr.contains("verdict") && ended.stderr.contains("duplicate key"), "{}", ended.stderr);
}
