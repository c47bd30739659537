//! Glance: images that users create.

use crate::support::{Answer, Cloud, Member, conformant, id, start};
use reqwest::Method;
use rstest::rstest;
use scs_simcloud::{Course, Kind, State, Task};
use serde_json::{Value, json};

const IMAGES: &str = "/image/v2/images";

fn wanted() -> Value {
    json!({
        "name": "i", "disk_format": "raw", "container_format": "bare", "visibility": "private", "min_disk": 1,
        "tags": ["t"], "os_distro": "debian",
    })
}

async fn created(member: &Member<'_>) -> String {
    let answer = member.post(IMAGES, &wanted()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let image = answer.json();
    assert_eq!(
        (&image["status"], &image["checksum"], &image["os_distro"]),
        (&json!("queued"), &Value::Null, &json!("debian"))
    );
    format!("{IMAGES}/{}", id(&image))
}

async fn upload(member: &Member<'_>, image: &str, data: &'static str) -> Answer {
    let request = member.request(Method::PUT, &format!("{image}/file"));
    Answer::of(request.header("content-type", "application/octet-stream").body(data).send().await.unwrap()).await
}

#[tokio::test]
async fn an_image_lives() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let before = cloud.sim.inventory();
    let image = created(&member).await;
    assert_eq!(member.get(&format!("{image}/file")).await.status, 204, "no data yet");
    let answer = upload(&member, &image, "abc").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let shown = member.get(&image).await.json();
    assert_eq!(
        (&shown["status"], &shown["size"], &shown["visibility"]),
        (&json!("active"), &json!(3), &json!("private"))
    );
    assert_eq!(shown["checksum"], "900150983cd24fb0d6963f7d28e17f72");
    assert_eq!(shown["os_hash_algo"], "sha512");
    assert!(shown["os_hash_value"].as_str().unwrap().starts_with("ddaf35a193617abacc417349ae204131"));
    let data = member.get(&format!("{image}/file")).await;
    assert_eq!((data.text.as_str(), data.header("content-md5").as_deref()), ("abc", shown["checksum"].as_str()));
    let listed = member.get(&format!("{IMAGES}?visibility=private&name=i")).await.json();
    assert_eq!(listed["images"].as_array().unwrap().len(), 1);
    assert_eq!(upload(&member, &image, "abc").await.status, 409, "twice");
    assert_eq!(member.delete(&image).await.status, 204);
    assert_eq!(member.get(&image).await.status, 404);
    assert_eq!(member.delete(&image).await.status, 404);
    assert_eq!(cloud.sim.inventory(), before);
}

#[rstest]
#[case::create(|state: &mut State| state.glance.forbids_create = true, 403, 403)]
#[case::upload(|state: &mut State| state.glance.forbids_upload = true, 201, 403)]
#[case::quota(|state: &mut State| state.quotas.image_bytes = Some(2), 201, 413)]
#[case::failing(|state: &mut State| state.courses.push(Course::new(Task::ImageUpload).fails("no")), 201, 500)]
#[tokio::test]
async fn some_clouds_take_no_images(#[case] change: fn(&mut State), #[case] create: u16, #[case] put: u16) {
    let mut state = conformant();
    change(&mut state);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let answer = member.post(IMAGES, &wanted()).await;
    assert_eq!(answer.status, create);
    if create == 201 {
        let image = format!("{IMAGES}/{}", id(&answer.json()));
        assert_eq!(upload(&member, &image, "abc").await.status, put);
        assert_eq!(member.get(&image).await.json()["status"], "queued");
    }
}

#[tokio::test]
async fn a_course_makes_an_image_wait() {
    let mut state = conformant();
    state.courses.push(Course::new(Task::ImageUpload).steps(2));
    let cloud = start(state).await;
    let member = cloud.member().await;
    let image = created(&member).await;
    assert_eq!(upload(&member, &image, "abc").await.status, 204);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(member.get(&image).await.json()["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["saving", "saving", "active"]);
}

async fn status(cloud: &Cloud, change: impl FnOnce(&mut Value)) -> u16 {
    let mut wanted = wanted();
    change(&mut wanted);
    cloud.member().await.post(IMAGES, &wanted).await.status
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let cloud = start(conformant()).await;
    assert_eq!(status(&cloud, |image| image["visibility"] = json!("public")).await, 403);
    assert_eq!(status(&cloud, |image| image["visibility"] = json!("nobody")).await, 400);
    assert_eq!(status(&cloud, |image| image["status"] = json!("active")).await, 403);
    assert_eq!(status(&cloud, |image| image["property"] = json!(7)).await, 400);
    let member = cloud.member().await;
    let image = created(&member).await;
    let request = member.request(Method::PUT, &format!("{image}/file")).json(&json!({}));
    assert_eq!(Answer::of(request.send().await.unwrap()).await.status, 415);
}

#[tokio::test]
async fn resources_of_others_cannot_be_changed() {
    let mut state = conformant();
    let other = state.other_project();
    let theirs = state.seed(Kind::Image, "theirs", &other);
    let cloud = start(state).await;
    let member = cloud.member().await;
    assert_eq!(member.delete(&format!("{IMAGES}/{theirs}")).await.status, 404);
    let public = cloud.sim.state().images[0].id.clone();
    assert_eq!(member.delete(&format!("{IMAGES}/{public}")).await.status, 403);
}
