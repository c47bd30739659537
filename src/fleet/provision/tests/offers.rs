//! Versions that are offered, and templates of what is asked for.

use super::api::Api;
use super::fixture::{Fixture, provisioner};
use super::managed::{offers, ready};
use crate::provision::clusterstacks::newest_release;
use crate::provision::gardener::newest_version;
use crate::provision::version::is_asked_for;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::newest_patch(json!([["a", "v1.35.9", true], ["b", "v1.35.10", true]]), Ok(("b", "1.35.10")))]
#[case::newest_release(json!([["a-v9", "v1.35.2", true], ["a-v10", "v1.35.2", true]]), Ok(("a-v10", "1.35.2")))]
#[case::only_ready(json!([["a", "v1.35.9", true], ["b", "v1.35.10", false]]), Ok(("a", "1.35.9")))]
#[case::only_this_branch(json!([["a", "v1.34.9", true], ["b", "v1.35.1", true], ["c", "v1.36.0", true]]), Ok(("b", "1.35.1")))]
#[case::no_longer_branch(json!([["a", "v1.350.9", true]]), Err("v1.350.9"))]
#[case::no_pre_release(json!([["a", "v1.35.0-rc.1", true]]), Err("v1.35.0-rc.1"))]
#[case::none(json!([]), Err(""))]
fn newest_ready_release_is_chosen(#[case] releases: Value, #[case] expected: Result<(&str, &str), &str>) {
    let item = |release: &Value| json!({"metadata": {"name": release[0]}, "status": {"kubernetesVersion": release[1], "ready": release[2]}});
    let items: Vec<Value> = releases.as_array().unwrap().iter().map(item).collect();
    let found = newest_release(&json!({"items": items}), "1.35");
    assert_eq!(
        found.as_ref().map(|(class, version)| (class.as_str(), version.as_str())).map_err(String::as_str),
        expected
    );
}

fn offer(version: &str, more: Value) -> Value {
    let mut offer = json!({"version": version});
    offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    offer
}

fn stages(stages: &[(&str, Option<&str>)]) -> Value {
    let stage = |(name, start): &(&str, Option<&str>)| json!({"classification": name, "startTime": start});
    json!({"lifecycle": stages.iter().map(stage).collect::<Vec<_>>()})
}

#[rstest]
#[case::newest(vec![offer("1.35.9", json!({"classification": "supported"})), offer("1.35.10", json!({"classification": "supported"}))], Ok("1.35.10"))]
#[case::preview(vec![offer("1.35.9", json!({"classification": "supported"})), offer("1.35.10", json!({"classification": "preview"}))], Ok("1.35.9"))]
#[case::deprecated(vec![offer("1.35.9", json!({"classification": "deprecated"}))], Err(""))]
#[case::expired(vec![offer("1.35.9", json!({"classification": "supported", "expirationDate": "2026-11-01T00:00:00Z"}))], Err(""))]
#[case::lifecycle(vec![offer("1.35.9", stages(&[("preview", None), ("supported", Some("2026-11-01T00:00:00Z")), ("deprecated", Some("2026-12-31T00:00:00Z"))]))], Ok("1.35.9"))]
#[case::lifecycle_not_begun(vec![offer("1.35.9", stages(&[("supported", Some("2026-12-24T00:00:00Z"))]))], Err(""))]
#[case::lifecycle_over(vec![offer("1.35.9", stages(&[("supported", None), ("expired", Some("2026-11-01T00:00:00Z"))]))], Err(""))]
#[case::neither(vec![offer("1.35.9", json!({}))], Ok("1.35.9"))]
#[case::other_branch(vec![offer("1.34.9", json!({}))], Err("1.34.9"))]
fn newest_supported_version_is_chosen(#[case] versions: Vec<Value>, #[case] expected: Result<&str, &str>) {
    let now = "2026-11-30T03:00:00Z".parse().unwrap();
    for place in ["status", "spec"] {
        let profile = json!({place: {"kubernetes": {"versions": versions}}});
        let found = newest_version(&profile, "1.35", now);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{place}");
    }
}

#[rstest]
#[case("1.35", "v1.35.2", true)]
#[case("1.35.2", "v1.35.2+vendor.1", true)]
#[case("1.35", "1.35.2-gke.5", true)]
#[case("1.35.2", "v1.35.20", false)]
#[case("1.3", "v1.35.2", false)]
#[case("1.35", "v2.35.0", false)]
#[case("1.35", "", false)]
#[case("1.35.2", "v1.35", false)]
fn versions_are_compared_by_numbers(#[case] asked: &str, #[case] found: &str, #[case] expected: bool) {
    assert_eq!(is_asked_for(asked, found), expected);
}

#[rstest]
#[case::undefined("spec: {a: \"{{ regoin }}\"}", "line 1: a name in it is not defined; name, namespace")]
#[case::undefined_variable("spec: {a: \"{{ variables.b }}\"}", "a name in it is not defined")]
#[case::undefined_in_a_test("spec: {a: {% if secrets.b %}1{% endif %}}", "a name in it is not defined")]
#[case::syntax("spec: {% if %}", "line 1: syntax error")]
#[case::endless("{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}", "ran out of fuel")]
#[case::no_yaml("spec: {a: [}", "it does not make one valid YAML document")]
#[case::two_documents("a: 1\n---\nb: 2\n", "it does not make one valid YAML document")]
#[case::no_mapping("- a\n", "it does not make a mapping")]
#[case::other_kind("kind: Cluster\n", "the template says kind Cluster, and ")]
#[case::other_version(
    "apiVersion: core.gardener.cloud/v1alpha1\n",
    "the template says apiVersion core.gardener.cloud/v1alpha1"
)]
#[tokio::test]
async fn template_that_cannot_be_used_is_named(#[case] template: &str, #[case] expected: &str) {
    let api = Api::start(offers).await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    std::fs::write(fixture.folder.path().join("shoot.yaml"), template).unwrap();
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert_eq!((api.requests("POST"), fixture.files()), (vec![], vec![]));
}

#[tokio::test]
async fn template_gets_values_variables_and_secrets() {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![ready("t8s")];
    })
    .await;
    let fixture = Fixture::new(provisioner("t8s"), Some(&api));
    let text = "metadata: {labels: {mine: x}}\nspec: {v: \"{{ version }}\", b: \"{{ branch }}\", n: \"{{ name }}\", \
                s: \"{{ subject }}\", w: \"{{ variables.workers | default('2') }}\", k: {{ secrets.key | tojson }}}\n";
    std::fs::write(fixture.folder.path().join("release.yaml"), text).unwrap();
    fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
    let cluster = api.clusters().remove(0);
    let expected =
        json!({"v": "1.35", "b": "1.35", "n": "kaas-1-35", "s": "kaas-1.35", "w": "2", "k": "sesame-of-the-template"});
    assert_eq!(cluster["spec"], expected);
    assert_eq!(cluster["metadata"]["labels"]["mine"], "x");
    assert_eq!(cluster["kind"], "HelmRelease");
    fixture.remove().await.unwrap();
}

#[rstest]
#[case::no_release("clusterstacks", "has no ready release of Kubernetes 1.35; it has: none")]
#[case::no_version("gardener", "has no supported version of Kubernetes 1.35; it has: 1.34.1")]
#[tokio::test]
async fn version_that_is_not_offered_is_named(#[case] kind: &str, #[case] expected: &str) {
    let api = Api::start(|state| {
        let versions = json!([{"version": "1.34.1"}]);
        let profile = json!({"spec": {"kubernetes": {"versions": versions}}});
        state.objects.insert("/apis/core.gardener.cloud/v1beta1/cloudprofiles/p".to_owned(), profile);
    })
    .await;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert_eq!(fixture.files(), [""; 0]);
}
