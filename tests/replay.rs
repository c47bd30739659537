//! Recordings: evaluated again they say the same, and redacted they say no more than they must.

use crate::program::in_repository;
use crate::support::{self, Run, embedded, of};
use rstest::rstest;
use scs_checks::facts::{
    BackupStep, BackupTrial, CpuInstructions, Direction, EntropyPool, EtherType, FactKind, Facts, FreshSecurityGroup,
    GroupRule, ImageUpload, Needs, RandomBlocks, SecretPayload, SecretTrial, Slot, UploadStep,
};
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::judge::{self, Recording, Selection, redact};
use scs_reports::{Changes, Conclusion, CreatedResource, Difference, Report};
use scs_simcloud::{SimCloud, State};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::watch::Stop;
use std::time::Duration;
use strum::VariantArray;

/// Records everything that a scenario shows, with things that concern nobody else.
pub async fn recorded(scenario: &str) -> (Recording, Vec<String>) {
    let yesterday = support::now().date_naive().pred_opt().unwrap();
    let mut state = State::scenario(scenario, yesterday).unwrap().unwrap();
    let image = state.image_mut("Debian 13").unwrap();
    image.properties.insert("acme_customer".into(), "Acme GmbH & Co. KG".into());
    image.properties.insert("image_description".into(), "Built by Erika Mustermann".into());
    image.tags.push("secret-project-x".into());
    let mut originals = vec![
        "acme_customer".to_owned(),
        "Acme GmbH".into(),
        "Mustermann".into(),
        "secret-project-x".into(),
        "127.0.0.1".into(),
        "RegionOne".into(),
        "Content is encrypted".into(),
    ];
    originals.extend(state.images.iter().flat_map(|image| [image.id.clone(), image.owner.clone()]));
    originals.extend(state.flavors.iter().map(|flavor| flavor.id.clone()));
    originals.extend(state.volume_types.iter().map(|volume_type| volume_type.id.clone()));
    originals.extend(state.default_rules.iter().map(|rule| rule.id.clone()));
    originals.extend(state.identity.projects.iter().map(|project| project.id.clone()));
    originals.extend(state.identity.users.iter().flat_map(|user| [user.id.clone(), user.password.clone()]));
    originals
        .extend(state.identity.application_credentials.iter().flat_map(|one| [one.id.clone(), one.secret.clone()]));
    let cloud = SimCloud::start(state).await.unwrap();
    let everything = FactKind::VARIANTS.iter().fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)));
    let request = CollectRequest {
        subject: Some("a-telling-name".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: support::hasty(),
        ..CollectRequest::new(of(&cloud))
    };
    originals.push("a-telling-name".into());
    (
        Recording::of(
            run::collect(request, everything, &scs_subjects::watch::Events::none(), Stop::default()).await,
            support::tool(),
        ),
        originals,
    )
}

fn evaluated(recording: &Recording, selection: &Selection) -> Report {
    let plan = judge::plan(embedded(), &embedded().scopes["scs-compatible-iaas"], selection).unwrap();
    support::evaluated(&plan, recording.collected.clone())
}

fn as_recorded(recording: &Recording) -> Selection {
    Selection { reference: recording.collected.observed_at, ..Run::default().selection }
}

fn outcomes(report: &Report) -> String {
    serde_json::to_string(&(&report.testcases, &report.versions)).unwrap()
}

#[rstest]
#[case("conformant")]
#[case("typical")]
#[case("broken")]
#[tokio::test]
async fn a_recording_says_the_same_again(#[case] scenario: &str) {
    let (recording, _) = recorded(scenario).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.json");
    std::fs::write(&path, recording.to_json().unwrap()).unwrap();
    let read = support::recording(&path).unwrap();
    let first = evaluated(&recording, &as_recorded(&recording));
    let second = evaluated(&read, &as_recorded(&read));
    assert_eq!(outcomes(&first), outcomes(&second), "byte by byte");
    assert_eq!(recording.to_json().unwrap(), read.to_json().unwrap());
    let path = folder.path().join("report.json");
    std::fs::write(&path, scs_reports::render(scs_reports::Format::Json, &first).unwrap()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let known = judge::Known { official: embedded(), tool: &support::tool(), now: chrono::Utc::now() };
    let again = judge::report_from_json(&text, "report.json", &known).unwrap();
    assert_eq!(again, first);
}

#[rstest]
#[case("conformant")]
#[case("typical")]
#[case("broken")]
#[tokio::test]
async fn a_redacted_recording_has_the_same_verdicts_and_none_of_the_originals(#[case] scenario: &str) {
    let (recording, originals) = recorded(scenario).await;
    let full = recording.to_json().unwrap();
    let redacted = redact(&recording).unwrap();
    let text = redacted.to_json().unwrap();
    for original in &originals {
        assert!(!text.contains(original), "{original} survives");
    }
    assert!(originals.iter().filter(|original| full.contains(*original)).count() > 40, "there was something to redact");
    let verdicts = |recording: &Recording| -> Vec<(String, Verdict)> {
        let report = evaluated(recording, &as_recorded(recording));
        report.testcases.into_iter().map(|(id, result)| (id, result.verdict)).collect()
    };
    assert_eq!(verdicts(&recording), verdicts(&redacted));
    for kept in ["SCS-4V-16", "Debian 13", "https://cloud.debian.org/images/cloud/", "scs:cpu-type"] {
        assert!(text.contains(kept), "{kept} is gone");
    }
}

/// Adds facts of experiments where a service says too much, with the word that must not get out in each place.
fn talkative(facts: &mut Facts) {
    let Facts::Cloud(facts) = facts else { panic!("{facts:?}") };
    const SECRET: &str = "Acme GmbH";
    let console = vec![format!("login: {SECRET}")];
    facts.entropy_pool = Slot::Known(EntropyPool { line: "256".into(), console: console.clone() });
    facts.random_blocks =
        Slot::Known(RandomBlocks { source: "own".into(), blocks: 1000, failures: 1, console: console.clone() });
    let instructions = vec!["rdrand".to_owned()];
    facts.cpu_instructions = Slot::Known(CpuInstructions { architecture: "x86_64".into(), instructions, console });
    let rule = GroupRule {
        id: SECRET.into(),
        direction: Direction::Egress,
        ethertype: EtherType::IPv4,
        protocol: None,
        port_range_min: None,
        port_range_max: None,
        remote_group_id: Some(SECRET.into()),
        remote_address_group_id: Some(SECRET.into()),
        remote_ip_prefix: Some("10.99.0.0/16".into()),
    };
    facts.fresh_security_group = Slot::Known(FreshSecurityGroup(vec![rule]));
    facts.secret_trial = Slot::Known(SecretTrial { forbidden: Some(format!("403 for {SECRET}")), listed: false });
    facts.secret_payload = Slot::Known(SecretPayload { sent: SECRET.into(), received: SECRET.into() });
    facts.backup_trial = Slot::Known(BackupTrial::Refused { step: BackupStep::Backup, how: SECRET.into() });
    facts.image_upload = Slot::Known(ImageUpload::Refused { step: UploadStep::Upload, how: SECRET.into() });
}

#[tokio::test]
async fn redacted_experiments_are_judged_the_same() {
    let (mut recording, originals) = recorded("conformant").await;
    talkative(&mut recording.collected.facts);
    let made = |left: Option<&str>| CreatedResource {
        kind: "volume".into(),
        name: "_scs-20261120t153045-k3f9-source".into(),
        id: Some("0f1e2d3c-5a0e-4a55-9b0a-0c4d7e2f11aa".into()),
        created_at: support::now(),
        left: left.map(str::to_owned),
    };
    let resources = vec![made(None), made(Some("409 of Acme GmbH"))];
    recording.collected.changes = Some(Changes { run: "20261120t153045-k3f9".into(), resources, sweep: None });
    let redacted = redact(&recording).unwrap();
    let text = redacted.to_json().unwrap();
    for original in originals.iter().map(String::as_str).chain(["10.99.0.0", "0f1e2d3c", "409 of"]) {
        assert!(!text.contains(original), "{original} survives");
    }
    let changes = redacted.collected.changes.as_ref().unwrap();
    assert_eq!((changes.run.as_str(), changes.residue().count()), ("20261120t153045-k3f9", 1));
    assert_eq!(changes.resources[0].id, changes.resources[1].id, "the same id has the same stand-in");
    let reports = [&recording, &redacted].map(|recording| evaluated(recording, &as_recorded(recording)));
    let verdicts =
        |report: &Report| -> Vec<Verdict> { report.testcases.values().map(|result| result.verdict).collect() };
    assert_eq!(verdicts(&reports[0]), verdicts(&reports[1]));
    for (id, verdict) in [("scs-0116-permissions", Verdict::Fail), ("scs-0116-payload-roundtrip", Verdict::Pass)] {
        assert_eq!(reports[1].testcases[id].verdict, verdict, "{id}");
    }
    assert_eq!(reports[0].changes, recording.collected.changes, "the report has what the recording has");
}

/// A seed of an older format would let the fuzzer test nothing but the refusal.
#[test]
fn the_fuzzer_begins_with_recordings_of_this_format() {
    let seeds: Vec<_> = std::fs::read_dir(in_repository("tests/fuzz/seeds/facts")).unwrap().collect();
    assert!(seeds.len() > 3);
    for seed in seeds {
        let path = seed.unwrap().path();
        support::recording(&path).unwrap_or_else(|message| panic!("{message}"));
    }
}

#[tokio::test]
async fn another_day_shows_what_will_break() {
    let (recording, _) = recorded("conformant").await;
    let now = as_recorded(&recording);
    let later = Selection { reference: now.reference + chrono::TimeDelta::days(100), ..now.clone() };
    let difference = Difference::between(&evaluated(&recording, &now), &evaluated(&recording, &later));
    let failing: Vec<&str> = difference.failing.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(failing, ["scs-0102-image-recency"]);
}

#[tokio::test]
async fn facts_that_were_not_recorded_give_no_verdict() {
    let cloud = SimCloud::start(support::conformant(|_| {})).await.unwrap();
    let request = CollectRequest {
        subject: Some("part".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: support::hasty(),
        ..CollectRequest::new(of(&cloud))
    };
    let recording = Recording::of(
        run::collect(request, Needs::only(FactKind::Images), &scs_subjects::watch::Events::none(), Stop::default())
            .await,
        support::tool(),
    );
    let report = evaluated(&recording, &as_recorded(&recording));
    assert_eq!(report.testcases["scs-0103-flavor-1v-4"].verdict, Verdict::Miss);
    assert_eq!(report.testcases["scs-0102-prop-os_distro"].verdict, Verdict::Pass);
    // All that decides here could have been read, and part of it was not: that is not green.
    let v3 = Selection { versions: vec!["v3".into()], ..as_recorded(&recording) };
    let report = evaluated(&recording, &v3);
    let reason = report.testcases["scs-0100-syntax-check"].reason.as_ref();
    assert_eq!(reason.map(|reason| reason.code), Some(ReasonCode::NotRecorded));
    assert_eq!(report.conclusion(), Conclusion::Undecided);
}
