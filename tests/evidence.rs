//! `--evidence`: what people state of testcases that no program can decide.

use crate::program::{Ended, Program};
use chrono::{Days, NaiveDate, Utc};
use rstest::rstest;
use scs_simcloud::SimCloud;
use serde_json::{Value, json};

/// The SHA-256 of "abc".
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

const ZONES: &str = "availability-zones-check";
const KEYS: &str = "key-manager-docs-check";

/// Returns a file in which one testcase conforms and one is violated.
fn evidence(date: NaiveDate) -> String {
    format!(
        "- {{testcase: {ZONES}, statement: conforms, document: zones.pdf, sha256: {ABC}, person: Erika Mustermann, \
         date: {date}, note: All three were visited.}}\n\
         - {{testcase: {KEYS}, statement: violates, document: 'https://example.org/keys.html', sha256: {ABC}, \
         person: Max Beispiel, date: {date}}}\n"
    )
}

fn today() -> NaiveDate {
    Utc::now().date_naive()
}

/// Checks a cloud with evidence of a day, and writes everything that can be written.
async fn checked(date: NaiveDate, arguments: &str) -> Ended {
    let cloud = SimCloud::start(crate::support::conformant(|_| ())).await.unwrap();
    let program = Program::check(&cloud, "--evidence papers/evidence.yaml").arguments(arguments);
    let program = program.file("papers/evidence.yaml", evidence(date)).file("papers/zones.pdf", "abc");
    program.run().await
}

const ALL: &str = "-o r.json -o r.html -o r.md -o r.xml -o yaml=r.yaml -o yaml-2026-07=new.yaml --record facts.json";

fn verdicts(report: &Value) -> [(&Value, &Value); 2] {
    [ZONES, KEYS].map(|id| (&report["testcases"][id]["verdict"], &report["testcases"][id]["reason"]["code"]))
}

#[tokio::test]
async fn evidence_decides_and_every_format_says_so() {
    let ended = checked(today(), ALL).await.assert_code(3);
    let report = ended.json("r.json");
    assert_eq!(verdicts(&report), [(&json!("PASS"), &Value::Null), (&json!("FAIL"), &Value::Null)]);
    assert_eq!(report["marks"].as_array().unwrap().last(), Some(&json!("by-evidence")));
    assert_eq!(report["testcases"][ZONES]["evidence"]["verified"], true);
    assert_eq!(report["testcases"][KEYS]["evidence"]["verified"], false, "an address is not fetched");
    for (name, text) in ["r.html", "r.md", "r.xml", "r.yaml", "new.yaml"]
        .map(|name| (name, ended.file(name)))
        .into_iter()
        .chain([("stdout", ended.stdout.clone())])
    {
        let text = text.replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["BY EVIDENCE", "by evidence, unsigned", "Max Beispiel", "https://example.org/keys.html"] {
            assert!(text.contains(word), "{name} lacks {word}");
        }
    }
    let numbers: Value = serde_yaml::from_str(&ended.file("new.yaml")).unwrap();
    assert_eq!((&numbers["tests"][ZONES]["result"], &numbers["tests"][KEYS]["result"]), (&json!(1), &json!(-1)));
}

/// The conclusion and the exit code rest on `main`, in which nothing is judged by people.
#[tokio::test]
async fn evidence_changes_neither_conclusion_nor_exit_code() {
    let cloud = SimCloud::start(crate::support::conformant(|_| ())).await.unwrap();
    let without = Program::check(&cloud, "-o r.json").run().await.assert_code(3).json("r.json");
    let with = checked(today(), ALL).await.assert_code(3).json("r.json");
    for version in ["v5.1", "next"] {
        assert_eq!(with["versions"][version]["targets"]["main"], without["versions"][version]["targets"]["main"]);
        assert_eq!(with["versions"][version]["verdict"], without["versions"][version]["verdict"]);
    }
}

#[rstest]
#[case::expired(today() - Days::new(200), "counted until")]
#[case::future(today() + Days::new(2), "lies in the future")]
#[tokio::test]
async fn evidence_out_of_its_time_leaves_a_miss(#[case] date: NaiveDate, #[case] expected: &str) {
    let ended = checked(date, ALL).await.assert_code(3);
    let report = ended.json("r.json");
    assert_eq!(verdicts(&report), [(&json!("MISS"), &json!("manual")); 2]);
    let reason = report["testcases"][ZONES]["reason"]["message"].as_str().unwrap();
    assert!(reason.contains(expected), "{reason}");
    assert!(!report["marks"].as_array().unwrap().contains(&json!("by-evidence")));
    assert!(ended.file("r.md").contains(expected));
}

#[tokio::test]
async fn evidence_is_recorded_and_judged_again_until_it_expires() {
    let ended = checked(today(), ALL).await;
    let (facts, report) = (ended.file("facts.json"), ended.json("r.json"));
    let again = Program::new("evaluate facts.json -o r.json").file("facts.json", &facts).run().await.json("r.json");
    assert_eq!((verdicts(&again), &again["marks"]), (verdicts(&report), &report["marks"]));
    let later = format!("evaluate facts.json -o r.json --date {}", today() + Days::new(200));
    let later = Program::new(&later).file("facts.json", &facts).run().await;
    assert_eq!(verdicts(&later.json("r.json")), [(&json!("MISS"), &json!("manual")); 2]);
}

#[tokio::test]
async fn newer_evidence_takes_the_place_of_what_was_recorded() {
    let facts = checked(today(), ALL).await.file("facts.json");
    let changed = evidence(today()).lines().next().unwrap().replace("conforms", "violates").replace("Erika", "Max");
    let program = Program::new("evaluate facts.json --evidence e.yaml -o r.json").file("facts.json", &facts);
    let report = program.file("e.yaml", changed).file("zones.pdf", "abc").run().await.json("r.json");
    assert_eq!(verdicts(&report), [(&json!("FAIL"), &Value::Null); 2]);
    assert_eq!(report["testcases"][ZONES]["evidence"]["person"], "Max Mustermann");
}

#[rstest]
#[case("public")]
#[case("curated")]
#[tokio::test]
async fn published_reports_name_neither_person_nor_document(#[case] level: &str) {
    let report = checked(today(), ALL).await.file("r.json");
    let arguments = format!("render report.json --redact {level} -o p.json -o p.html -o p.md -o p.xml -o yaml=p.yaml");
    let ended = Program::new(&arguments).file("report.json", &report).run().await.assert_code(3);
    for name in ["p.json", "p.html", "p.md", "p.xml", "p.yaml"] {
        let text = ended.file(name);
        for word in ["Mustermann", "Beispiel", "zones.pdf", "keys.html", "visited"] {
            assert!(!text.contains(word), "{word} is in {name}");
        }
        assert!(text.contains("person-1"), "{name} lacks the stand-in");
    }
    let published = ended.file("p.json");
    let again = Program::new("render p.json -o again.json").file("p.json", &published).run().await.assert_code(3);
    assert_eq!(again.json("again.json"), ended.json("p.json"), "what is published can be read again");
}

#[tokio::test]
async fn redacted_recordings_name_neither_person_nor_document() {
    let facts = checked(today(), ALL).await.file("facts.json");
    let recording = scs_reports::judge::Recording::from_json(&facts, "facts.json").unwrap();
    let redacted = scs_reports::judge::redact(&recording).unwrap().to_json().unwrap();
    for word in ["Mustermann", "Beispiel", "zones.pdf", "keys.html", "visited"] {
        assert!(facts.contains(word) && !redacted.contains(word), "{word}");
    }
    let ended = Program::new("evaluate facts.json -o r.json").file("facts.json", &redacted).run().await;
    let report = ended.json("r.json");
    assert_eq!(verdicts(&report), [(&json!("PASS"), &Value::Null), (&json!("FAIL"), &Value::Null)]);
    assert_eq!(report["testcases"][ZONES]["evidence"]["person"], "person-1");
}

/// An edited report is refused, also where the edit is in the statement.
#[rstest]
#[case::verdict("\"statement\": \"violates\"", "\"statement\": \"conforms\"", "by its evidence of")]
#[case::person("\"person\": \"Max Beispiel\"", "\"person\": \"Erika Mustermann\"", "or its findings differ")]
#[case::missing("\"evidence\": {", "\"evidenze\": {", "unknown field `evidenze`")]
#[tokio::test]
async fn edited_evidence_is_refused(#[case] piece: &str, #[case] replacement: &str, #[case] expected: &str) {
    let report = checked(today(), ALL).await.file("r.json");
    assert!(report.contains(piece), "nothing is replaced");
    let edited = report.replace(piece, replacement);
    let ended = Program::new("render report.json").file("report.json", &edited).run().await.assert_code(2);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

/// A program decides it: evidence that somebody writes into a report by hand is not taken for it.
#[tokio::test]
async fn evidence_for_what_a_program_decides_is_refused_in_reports() {
    let mut report = checked(today(), ALL).await.json("r.json");
    let stated = report["testcases"][ZONES].clone();
    let other = &mut report["testcases"]["scs-0117-test-backup"];
    for key in [
        "verdict",
        "examined",
        "vacuous",
        "findings",
        "evidence",
        "check",
        "needs",
        "expires_at",
        "duration_ms",
        "attempts",
    ] {
        other[key] = stated[key].clone();
    }
    other.as_object_mut().unwrap().remove("reason");
    for version in ["v5.1", "v6", "next"] {
        let tally = &mut report["versions"][version]["targets"]["main"]["tally"];
        for (key, change) in [("passed", 1), ("missing", -1)] {
            tally[key] = json!(tally[key].as_i64().unwrap() + change);
        }
    }
    let ended = Program::new("render report.json").file("report.json", report.to_string()).run().await.assert_code(2);
    let expected = "contradicts the definitions that it names: scs-0117-test-backup is not as they say";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[rstest]
#[case::program_decides(KEYS, "scs-0117-test-backup", "papers/evidence.yaml:2:14", "a program decides")]
#[case::unknown(KEYS, "key-manager-doc-check", "papers/evidence.yaml:2:14", "did you mean key-manager-docs-check?")]
#[case::twice(KEYS, ZONES, "papers/evidence.yaml:2:14", "appears here twice")]
#[case::other_document(
    ABC,
    "aa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "papers/evidence.yaml:1:",
    "another SHA-256"
)]
#[case::no_document("zones.pdf", "zone.pdf", "papers/evidence.yaml:1:", "papers/zone.pdf cannot be read")]
#[case::folder("zones.pdf", ".", "papers/evidence.yaml:1:", "is a folder")]
#[tokio::test]
async fn a_broken_file_is_refused_before_anything_is_sent(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] place: &str,
    #[case] message: &str,
) {
    let cloud = SimCloud::start(crate::support::conformant(|_| ())).await.unwrap();
    let file = evidence(today());
    assert!(file.contains(piece), "nothing is replaced");
    let program = Program::check(&cloud, "--evidence papers/evidence.yaml").file("papers/zones.pdf", "abc");
    let ended = program.file("papers/evidence.yaml", file.replacen(piece, replacement, 1)).run().await.assert_code(2);
    assert!(ended.stderr.contains(place) && ended.stderr.contains(message), "{}", ended.stderr);
    assert_eq!(cloud.requests().len(), 0);
}

/// Several availability zones are left to people, whose statement decides then; one zone is not.
#[rstest]
#[case::several(&["east", "west"], json!("PASS"), Value::Null)]
#[case::one(&["nova"], json!("MISS"), json!("not-applicable"))]
#[tokio::test]
async fn evidence_decides_on_several_zones(#[case] names: &[&str], #[case] verdict: Value, #[case] code: Value) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let cloud = SimCloud::start(crate::support::conformant(|state| state.zones.compute = names)).await.unwrap();
    let program = Program::check(&cloud, "--evidence papers/evidence.yaml -o r.json -o r.md");
    let file = evidence(today()).replace(ZONES, "scs-0121-zones");
    let program = program.file("papers/evidence.yaml", file).file("papers/zones.pdf", "abc");
    let ended = program.run().await.assert_code(3);
    let result = ended.json("r.json")["testcases"]["scs-0121-zones"].clone();
    assert_eq!((&result["verdict"], &result["reason"]["code"]), (&verdict, &code));
    assert_eq!(result["evidence"].is_null(), verdict == json!("MISS"));
    let again = Program::new("render r.json -o again.json").file("r.json", ended.file("r.json")).run().await;
    assert_eq!(again.assert_code(3).json("again.json"), ended.json("r.json"), "what is decided so can be read again");
}

/// Left out by the user, or of a cloud that lets nobody in: nothing is decided by evidence.
#[tokio::test]
async fn evidence_decides_nothing_that_is_not_asked() {
    let left_out = checked(today(), "-o r.json --select scs-0123-*").await.json("r.json");
    assert_eq!(verdicts(&left_out), [(&json!("MISS"), &json!("not-selected")); 2]);
    assert_eq!(left_out["testcases"][ZONES]["evidence"], Value::Null);
}

/// The example of the documentation is one.
#[tokio::test]
async fn the_documented_example_is_read() {
    let page = include_str!("../docs/verdicts.md");
    let (_, from) = page.split_once("```yaml\n- testcase:").unwrap();
    let example = format!("- testcase:{}", from.split_once("```").unwrap().0);
    let objections = crate::schemas::objections("evidence.json", &serde_yaml::from_str(&example).unwrap());
    assert_eq!(objections, "");
    let source = scs_checks::definition::Source::new("evidence.yaml", example.as_bytes()).unwrap();
    let problems = crate::support::embedded().evidence(&source, &mut |_| Ok(b"abc".to_vec())).err();
    assert_eq!(problems.map(|problems| problems.to_string()), None);
}
