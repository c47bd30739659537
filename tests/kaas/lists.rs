//! Long lists, lists that change while they are read, and answers that are none.

use super::{cluster, collected_as, failed, known};
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use scs_simcloud::{Failure, Fault};

#[tokio::test]
async fn a_large_cluster_is_read_page_by_page_and_node_by_node() {
    let cluster = cluster(|state| state.size(1201)).await;
    let collected = collected_as(&cluster, "admin").await;
    let nodes = &known(&collected.facts.cluster().unwrap().nodes).0;
    let mut names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 1201);
    assert_eq!(known(&collected.facts.cluster().unwrap().kubelet_configs).0.len(), 1201);
    assert_eq!(cluster.count(|request| request.target.starts_with("/api/v1/nodes?")), 3);
    assert_eq!(cluster.count(|request| request.target.ends_with("/proxy/configz")), 1201);
    assert!(cluster.peak_concurrency() <= 16, "{}", cluster.peak_concurrency());
}

#[tokio::test]
async fn list_with_an_expired_page_is_restarted() {
    let cluster = cluster(|state| {
        state.size(700);
        state.expired_pages = 2;
    })
    .await;
    let collected = collected_as(&cluster, "admin").await;
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 700);
    assert_eq!(cluster.count(|request| request.target.starts_with("/api/v1/nodes?")), 6);
}

#[tokio::test]
async fn a_list_whose_next_page_is_always_gone_is_given_up() {
    let cluster = cluster(|state| {
        state.size(700);
        state.expired_pages = 100;
    })
    .await;
    let collected = collected_as(&cluster, "admin").await;
    let reason = failed(&collected.facts.cluster().unwrap().nodes);
    assert!(reason.message.contains("changed faster than it could be read, 3 times"), "{}", reason.message);
    assert_eq!(cluster.count(|request| request.target.starts_with("/api/v1/nodes?")), 6);
    // What is asked node by node fails for the same reason.
    assert_eq!(failed(&collected.facts.cluster().unwrap().kubelet_configs), reason);
    assert_eq!(failed(&collected.facts.cluster().unwrap().open_ports), reason);
}

#[rstest]
#[case(r#"{"kind": "Status", "status": "Success"}"#, ReasonCode::InvalidAnswer, "at items: missing")]
#[case(r#"{"items": [{"metadata": {}}]}"#, ReasonCode::InvalidAnswer, "items[0]")]
#[case(r#"{"items": [], "metadata": {"continue": "again"}}"#, ReasonCode::TooLarge, "repeat themselves")]
#[case("[", ReasonCode::InvalidAnswer, "not the JSON the API promises")]
#[case::more_remains(
    r#"{"items": [], "metadata": {"remainingItemCount": 500}}"#,
    ReasonCode::InvalidAnswer,
    "there are more items"
)]
#[case::another_token(r#"{"items": [], "metadata": {"continue": 7}}"#, ReasonCode::InvalidAnswer, "metadata.continue")]
#[case::duplicate_key(r#"{"items": [], "items": []}"#, ReasonCode::InvalidAnswer, "duplicate key `items`")]
#[case::duplicate_key_of_an_object(
    r#"{"items": [{"metadata": {"name": "a", "x": 1, "x": 2}}]}"#,
    ReasonCode::InvalidAnswer,
    "at items[0].metadata: duplicate key `x`"
)]
#[case::one_uid_twice(r#"{"items": [{"metadata": {"uid": "u", "name": "a"}, "provisioner": "p"}, {"metadata": {"uid": "u", "name": "b"}, "provisioner": "p"}]}"#, ReasonCode::InvalidAnswer, "two items with the id u that differ")]
#[case::one_name_twice(
    r#"{"items": [{"metadata": {"name": "a"}, "provisioner": "p"}, {"metadata": {"name": "a"}, "provisioner": "q"}]}"#,
    ReasonCode::InvalidAnswer,
    "two items with the id /a that differ"
)]
#[tokio::test]
async fn an_answer_that_is_no_list_is_not_an_empty_one(
    #[case] answer: &str,
    #[case] code: ReasonCode,
    #[case] words: &str,
) {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::Json(answer.to_owned())).path("/storageclasses"));
    let collected = collected_as(&cluster, "admin").await;
    let reason = failed(&collected.facts.cluster().unwrap().storage_classes);
    assert!(reason.code == code && reason.message.contains(words), "{reason:?}");
}

#[tokio::test]
async fn an_empty_list_may_be_nothing() {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::Json(r#"{"metadata": null, "items": null}"#.to_owned())).path("/storageclasses"));
    let collected = collected_as(&cluster, "admin").await;
    assert!(known(&collected.facts.cluster().unwrap().storage_classes).0.is_empty());
}

#[rstest]
#[case(203)]
#[case(206)]
#[case(207)]
#[tokio::test]
async fn a_part_of_a_list_is_not_the_list(#[case] status: u16) {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::AnswerStatus { status, body: String::new() }).path("/storageclasses"));
    let collected = collected_as(&cluster, "admin").await;
    let reason = failed(&collected.facts.cluster().unwrap().storage_classes);
    assert!(reason.message.contains(&format!("HTTP {status}, which is not a complete answer")), "{reason:?}");
}

#[tokio::test]
async fn an_implausibly_large_list_is_not_read_to_its_end() {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::Oversize(6 << 20)).path("/storageclasses"));
    let collected = collected_as(&cluster, "admin").await;
    assert_eq!(failed(&collected.facts.cluster().unwrap().storage_classes).code, ReasonCode::TooLarge);
}
