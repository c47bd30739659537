//! Every fact that a subject can have has a slot of its own in its recordings, whatever came of collecting it. A slot that a
//! collector forgot would look like one of another kind of subject, and no recording would mention it.

use crate::program::{Ended, Program};
use crate::{kaas, support};
use scs_checks::facts::{FactKind, SubjectKind};
use scs_simcloud::SimCloud;
use serde_json::Value;
use std::collections::BTreeSet;
use strum::VariantArray;

/// The facts that a recording mentions are those of this kind of subject, no more and no less.
fn assert_all_of(subject: SubjectKind, ended: &Ended) {
    let recording: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let facts = recording["collected"]["facts"].as_object().unwrap();
    let told: BTreeSet<String> = facts.keys().map(|key| key.replace('_', "-")).collect();
    let own = FactKind::VARIANTS.iter().filter(|fact| fact.subject() == subject);
    assert_eq!(told, own.map(ToString::to_string).collect());
    let text = recording["collected"]["facts"].to_string();
    assert!(!text.contains("other-subject"), "{text}");
}

#[tokio::test]
async fn a_recording_of_a_cloud_has_every_fact_of_clouds() {
    let cloud = SimCloud::start(support::conformant(|_| {})).await.unwrap();
    let program = Program::new("collect iaas --cloud sim --output -").clouds(&cloud.clouds_yaml("sim").unwrap());
    assert_all_of(SubjectKind::Cloud, &program.run().await);
}

#[tokio::test]
async fn a_recording_of_a_cluster_has_every_fact_of_clusters() {
    let cluster = kaas::cluster(|_| {}).await;
    let program = Program::new("collect kaas --kubeconfig k.yaml --data none --output -");
    assert_all_of(SubjectKind::Cluster, &program.file("k.yaml", cluster.kubeconfig().unwrap()).run().await);
}
