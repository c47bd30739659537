//! Cinder's volumes and backups: from creation to deletion, and what comes between.

use crate::support::{Cloud, Member, conformant, id, start};
use rstest::rstest;
use scs_simcloud::{BackupService, Course, Kind, State, Task};
use serde_json::{Value, json};

const VOLUMES: &str = "/volume/v3/{project}/volumes";
const BACKUPS: &str = "/volume/v3/{project}/backups";

fn path(collection: &str, resource: &Value) -> String {
    format!("{collection}/{}", id(resource))
}

async fn volume(member: &Member<'_>) -> Value {
    member.create(VOLUMES, &json!({"volume": {"name": "a", "size": 1, "description": "why"}})).await
}

async fn available(member: &Member<'_>) -> Value {
    let volume = volume(member).await;
    member.states(&path(VOLUMES, &volume)).await;
    volume
}

async fn backup(member: &Member<'_>, volume: &Value) -> Value {
    member.create(BACKUPS, &json!({"backup": {"volume_id": id(volume), "name": "b", "description": "why"}})).await
}

async fn with_course(course: Course) -> Cloud {
    let mut state = conformant();
    state.courses.push(course);
    start(state).await
}

#[tokio::test]
async fn a_volume_lives() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let before = cloud.sim.inventory();
    let made = member.post(VOLUMES, &json!({"volume": {"name": "a", "size": 2, "metadata": {"k": "v"}}})).await;
    assert_eq!(made.status, 202);
    let made = made.json()["volume"].clone();
    assert_eq!((&made["status"], &made["size"], &made["metadata"]["k"]), (&json!("creating"), &json!(2), &json!("v")));
    assert_eq!(cloud.sim.inventory().len(), before.len() + 1);
    assert_eq!(member.delete(&path(VOLUMES, &made)).await.status, 400, "still creating");
    assert_eq!(member.states(&path(VOLUMES, &made)).await, ["creating", "available"]);
    let answer = member.delete(&path(VOLUMES, &made)).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    assert_eq!(member.states(&path(VOLUMES, &made)).await, ["deleting", "404"]);
    let gone = member.get(&path(VOLUMES, &made)).await.json();
    assert_eq!(gone["itemNotFound"]["message"], format!("Volume {} could not be found.", id(&made)));
    assert_eq!(cloud.sim.inventory(), before);
}

#[tokio::test]
async fn a_volume_from_an_image_is_downloaded_first() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let image = cloud.sim.state().images[0].id.clone();
    let ask = |size: u64| json!({"volume": {"name": "a", "size": size, "imageRef": image}});
    assert_eq!(member.post(VOLUMES, &ask(1)).await.status, 400, "smaller than the image wants");
    let volume = member.create(VOLUMES, &ask(10)).await;
    assert_eq!(member.states(&path(VOLUMES, &volume)).await, ["creating", "downloading", "available"]);
    let volume = member.get(&path(VOLUMES, &volume)).await.json();
    assert_eq!((&volume["volume"]["bootable"]), (&json!("true")));
}

#[rstest]
#[case::zero(json!({"size": 0}), 400)]
#[case::no_size(json!({"name": "a"}), 400)]
#[case::image(json!({"size": 9, "imageRef": "nothing"}), 400)]
#[case::kind(json!({"size": 9, "volume_type": "nothing"}), 404)]
#[case::known_kind(json!({"size": 9, "volume_type": "LUKS"}), 202)]
#[tokio::test]
async fn invalid_requests_are_refused(#[case] wanted: Value, #[case] status: u16) {
    let cloud = start(conformant()).await;
    assert_eq!(cloud.member().await.post(VOLUMES, &json!({"volume": wanted})).await.status, status);
}

#[rstest]
#[case::number(|state: &mut State| state.quotas.volumes = 1, "VolumeLimitExceeded: Maximum number of volumes allowed (1)")]
#[case::size(
    |state: &mut State| state.quotas.gigabytes = 1,
    "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 1G"
)]
#[tokio::test]
async fn volumes_have_quotas(#[case] change: fn(&mut State), #[case] expected: &str) {
    let mut state = conformant();
    change(&mut state);
    let cloud = start(state).await;
    let member = cloud.member().await;
    volume(&member).await;
    let refused = member.post(VOLUMES, &json!({"volume": {"size": 1}})).await;
    assert_eq!((refused.status, refused.header("retry-after").as_deref()), (413, Some("0")));
    let inner = refused.json()["overLimit"].clone();
    assert_eq!(inner["code"], 413);
    assert!(inner["message"].as_str().unwrap().starts_with(expected), "{inner}");
    let limits = member.get("/volume/v3/{project}/limits").await.json()["limits"]["absolute"].clone();
    assert_eq!((&limits["totalVolumesUsed"], &limits["totalGigabytesUsed"]), (&json!(1), &json!(1)));
    assert!(limits["maxTotalVolumes"] == 1 || limits["maxTotalVolumeGigabytes"] == 1);
}

#[tokio::test]
async fn volumes_come_in_pages_newest_first() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    for number in 0..5 {
        member.create(VOLUMES, &json!({"volume": {"name": format!("v{number}"), "size": 1}})).await;
    }
    let mut next = Some(format!("{VOLUMES}/detail?limit=2"));
    let mut names = Vec::new();
    while let Some(path) = next {
        let body = member.get(&path).await.json();
        let page = body["volumes"].as_array().unwrap().clone();
        names.extend(page.iter().map(|volume| volume["name"].as_str().unwrap().to_owned()));
        next = body["volumes_links"][0]["href"].as_str().map(|href| href.replace(cloud.sim.base_url(), ""));
    }
    assert_eq!(names, ["v4", "v3", "v2", "v1", "v0"]);
    let one = member.get(&format!("{VOLUMES}/detail?name=v3")).await.json();
    assert_eq!(one["volumes"].as_array().unwrap().len(), 1);
    assert_eq!(member.get(&format!("{VOLUMES}/detail?marker=nothing")).await.status, 404);
}

#[tokio::test]
async fn a_backup_lives_and_is_restored() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let volume = available(&member).await;
    let backup = backup(&member, &volume).await;
    assert_eq!(member.get(&path(VOLUMES, &volume)).await.json()["volume"]["status"], "backing-up");
    assert_eq!(member.delete(&path(VOLUMES, &volume)).await.status, 400, "being backed up");
    assert_eq!(member.delete(&path(BACKUPS, &backup)).await.status, 400, "still creating");
    assert_eq!(member.states(&path(BACKUPS, &backup)).await.last().unwrap(), "available");
    assert_eq!(member.get(&path(VOLUMES, &volume)).await.json()["volume"]["status"], "available");

    let ask = json!({"restore": {"name": "restored"}});
    let answer = member.post(&format!("{}/restore", path(BACKUPS, &backup)), &ask).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let restore = answer.json()["restore"].clone();
    assert_eq!((&restore["backup_id"], &restore["volume_name"]), (&backup["id"], &json!("restored")));
    let target = format!("{VOLUMES}/{}", restore["volume_id"].as_str().unwrap());
    assert_eq!(member.delete(&path(BACKUPS, &backup)).await.status, 400, "restoring");
    assert_eq!(member.states(&target).await, ["restoring-backup", "available"]);
    assert_eq!(member.get(&path(BACKUPS, &backup)).await.json()["backup"]["status"], "available");

    for path in [path(BACKUPS, &backup), path(VOLUMES, &volume), target] {
        assert_eq!(member.delete(&path).await.status, 202);
        assert_eq!(member.states(&path).await, ["deleting", "404"]);
    }
    assert!(!cloud.sim.inventory().iter().any(|item| matches!(item.kind, Kind::Volume | Kind::Backup)));
}

#[tokio::test]
async fn a_backup_is_restored_into_a_volume_that_is_there() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let volume = available(&member).await;
    let backup = backup(&member, &volume).await;
    let restore = format!("{}/restore", path(BACKUPS, &backup));
    let ask = json!({"restore": {"volume_id": id(&volume)}});
    assert_eq!(member.post(&restore, &ask).await.status, 400, "not yet");
    member.states(&path(BACKUPS, &backup)).await;
    assert_eq!(member.post(&restore, &ask).await.json()["restore"]["volume_id"], volume["id"]);
    assert_eq!(member.states(&path(VOLUMES, &volume)).await, ["restoring-backup", "available"]);
}

#[rstest]
#[case::create(Course::new(Task::VolumeCreate).fails("no host"), &["creating", "error"], &["deleting", "404"])]
#[case::stuck(Course::new(Task::VolumeCreate).never(), &["creating"], &["creating"])]
#[case::error_deleting(
    Course::new(Task::VolumeDelete).fails("busy"), &["creating", "available"], &["deleting", "error_deleting"]
)]
#[case::deleting_for_ever(Course::new(Task::VolumeDelete).never(), &["creating", "available"], &["deleting"])]
#[case::at_once(Course::new(Task::VolumeCreate).steps(0), &["available"], &["deleting", "404"])]
#[case::somebody_else(
    Course::new(Task::VolumeCreate).named("other").fails("no"), &["creating", "available"], &["deleting", "404"]
)]
#[tokio::test]
async fn volumes_take_other_courses(#[case] course: Course, #[case] born: &[&str], #[case] gone: &[&str]) {
    let cloud = with_course(course).await;
    let member = cloud.member().await;
    let volume = volume(&member).await;
    assert_eq!(member.states(&path(VOLUMES, &volume)).await, born);
    member.delete(&path(VOLUMES, &volume)).await;
    assert_eq!(member.states(&path(VOLUMES, &volume)).await, gone);
}

#[tokio::test]
async fn a_course_counts_its_times_and_steps() {
    let cloud = with_course(Course::new(Task::VolumeCreate).steps(3).times(1)).await;
    let member = cloud.member().await;
    for expected in [3, 1] {
        let volume = volume(&member).await;
        let mut seen = 0;
        while member.get(&path(VOLUMES, &volume)).await.json()["volume"]["status"] == "creating" {
            seen += 1;
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_backup_fails_and_says_why() {
    let cloud = with_course(Course::new(Task::BackupCreate).fails("Swift is gone")).await;
    let member = cloud.member().await;
    let volume = available(&member).await;
    let backup = backup(&member, &volume).await;
    assert_eq!(member.states(&path(BACKUPS, &backup)).await, ["creating", "error"]);
    assert_eq!(member.get(&path(BACKUPS, &backup)).await.json()["backup"]["fail_reason"], "Swift is gone");
    assert_eq!(member.get(&path(VOLUMES, &volume)).await.json()["volume"]["status"], "available");
}

#[tokio::test]
async fn a_restore_fails_and_leaves_a_bad_volume() {
    let cloud = with_course(Course::new(Task::BackupRestore).fails("Swift is gone")).await;
    let member = cloud.member().await;
    let backup = backup(&member, &available(&member).await).await;
    member.states(&path(BACKUPS, &backup)).await;
    let answer = member.post(&format!("{}/restore", path(BACKUPS, &backup)), &json!({"restore": {"name": "r"}})).await;
    let target = format!("{VOLUMES}/{}", answer.json()["restore"]["volume_id"].as_str().unwrap());
    assert_eq!(member.states(&target).await, ["restoring-backup", "error_restoring"]);
    assert_eq!(member.get(&path(BACKUPS, &backup)).await.json()["backup"]["status"], "available");
    assert_eq!(member.delete(&target).await.status, 202);
}

#[tokio::test]
async fn a_restore_may_fail_at_once_and_leave_a_volume() {
    let cloud = with_course(Course::new(Task::VolumeCreate).named("target").fails("no host")).await;
    let member = cloud.member().await;
    let backup = backup(&member, &available(&member).await).await;
    member.states(&path(BACKUPS, &backup)).await;
    let ask = json!({"restore": {"name": "target"}});
    let refused = member.post(&format!("{}/restore", path(BACKUPS, &backup)), &ask).await;
    assert_eq!(refused.status, 400);
    let left = member.get(&format!("{VOLUMES}/detail?name=target")).await.json();
    assert_eq!(left["volumes"][0]["status"], "error");
    assert_eq!(member.get(&path(BACKUPS, &backup)).await.json()["backup"]["status"], "available");
}

#[tokio::test]
async fn a_volume_in_use_is_backed_up_only_by_force() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let volume = available(&member).await;
    cloud.sim.update(|state| state.resources.volumes[0].status = "in-use".to_owned());
    let mut ask = json!({"backup": {"volume_id": id(&volume)}});
    assert_eq!(member.post(BACKUPS, &ask).await.status, 400);
    ask["backup"]["force"] = json!(true);
    let backup = member.create(BACKUPS, &ask).await;
    assert_eq!(member.states(&path(BACKUPS, &backup)).await, ["creating", "available"]);
    assert_eq!(member.get(&path(VOLUMES, &volume)).await.json()["volume"]["status"], "in-use");
}

#[tokio::test]
async fn backups_have_quotas() {
    let mut state = conformant();
    state.quotas.backups = 1;
    let cloud = start(state).await;
    let member = cloud.member().await;
    let volume = available(&member).await;
    member.states(&path(BACKUPS, &backup(&member, &volume).await)).await;
    let refused = member.post(BACKUPS, &json!({"backup": {"volume_id": id(&volume)}})).await;
    assert_eq!(refused.status, 413);
    let message = refused.json()["overLimit"]["message"].clone();
    assert_eq!(message, "BackupLimitExceeded: Maximum number of backups allowed (1) exceeded");
    let limits = member.get("/volume/v3/{project}/limits").await.json()["limits"]["absolute"].clone();
    let used = ["totalBackupsUsed", "maxTotalBackups", "totalBackupGigabytesUsed"].map(|key| limits[key].as_u64());
    assert_eq!(used, [Some(1), Some(1), Some(1)]);
}

#[tokio::test]
async fn without_a_backup_service_there_are_no_backups() {
    let mut state = conformant();
    state.cinder.backup_service = BackupService::Missing;
    let cloud = start(state).await;
    let member = cloud.member().await;
    let volume = available(&member).await;
    let made = backup(&member, &volume).await;
    assert_eq!(member.states(&path(BACKUPS, &made)).await, ["creating", "error"]);
    let made = member.get(&path(BACKUPS, &made)).await.json();
    assert_eq!(made["backup"]["fail_reason"], "Service not found for creating backup.");
    let path = format!("{BACKUPS}/{}", id(&made["backup"]));
    assert_eq!(member.delete(&path).await.status, 404, "and yet it is there:");
    assert_eq!(member.get(&path).await.status, 200);
    cloud.sim.update(|state| state.cinder.backup_service = BackupService::Refused);
    let refused = member.post(BACKUPS, &json!({"backup": {"volume_id": id(&volume)}})).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json()["serviceUnavailable"]["message"], "Service cinder-backup could not be found.");
}

#[tokio::test]
async fn snapshots_keep_their_volume() {
    let mut state = conformant();
    let project = state.own_project();
    let volume = state.seed(Kind::Volume, "v", &project);
    let snapshot = state.seed(Kind::Snapshot, "s", &project);
    let cloud = start(state).await;
    let member = cloud.member().await;
    assert_eq!(member.delete(&format!("{VOLUMES}/{volume}")).await.status, 400);
    let snapshots = "/volume/v3/{project}/snapshots";
    assert_eq!(member.get(&format!("{snapshots}/detail")).await.json()["snapshots"][0]["volume_id"], volume.as_str());
    assert_eq!(member.delete(&format!("{snapshots}/{snapshot}")).await.status, 202);
    assert_eq!(member.states(&format!("{snapshots}/{snapshot}")).await, ["deleting", "404"]);
    assert_eq!(member.delete(&format!("{VOLUMES}/{volume}")).await.status, 202);
}
