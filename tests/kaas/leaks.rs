//! A cluster repeats the token where data belong: nothing shows it, and no fact that holds it is judged.

use super::{cluster, collected_as};
use crate::program::Program;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use scs_checks::facts::FactKind;
use scs_reports::CollectionState;
use scs_reports::judge::{Recording, redact};
use scs_simcloud::kubernetes::ClusterState;
use scs_simcloud::{Failure, Fault};
use serde_json::json;

const TOKEN: &str = "Zq7token-of-a-long-enough-account_42";

type Place = fn(&mut ClusterState, &str);

const PLACES: &[(&str, FactKind, Place)] = &[
    ("gitVersion", FactKind::ClusterVersion, |state, text| state.version = format!("v1.34.2+{text}")),
    ("whole gitVersion", FactKind::ClusterVersion, |state, text| state.version = text.to_owned()),
    ("name of a node", FactKind::Nodes, |state, text| state.nodes[0].name = text.to_owned()),
    ("label of a node", FactKind::Nodes, |state, text| label(state, "x", text)),
    ("name of a label", FactKind::Nodes, |state, text| label(state, text, "x")),
    ("zone", FactKind::Nodes, |state, text| label(state, "topology.kubernetes.io/zone", text)),
    ("address of a node", FactKind::Nodes, |state, text| state.nodes[0].address = text.to_owned()),
    ("storage class", FactKind::StorageClasses, |state, text| state.storage_classes[0].name = text.to_owned()),
    ("provisioner", FactKind::StorageClasses, |state, text| state.storage_classes[0].provisioner = text.to_owned()),
];

fn label(state: &mut ClusterState, key: &str, value: &str) {
    state.nodes[0].labels.insert(key.to_owned(), value.to_owned());
}

#[tokio::test]
async fn a_token_in_data_is_neither_shown_nor_judged() {
    for (number, (place, fact, put)) in PLACES.iter().enumerate() {
        let spelled = vec![TOKEN.to_owned(), STANDARD.encode(TOKEN), hex::encode(TOKEN)].swap_remove(number % 3);
        let cluster = cluster(|state| {
            state.users[0].token = TOKEN.to_owned();
            put(state, &spelled);
        })
        .await;
        let user = cluster.state().users[0].name.clone();
        let collected = collected_as(&cluster, &user).await;
        assert_eq!(collected.records[fact].state, CollectionState::Failed, "{place}");
        let recording = Recording::of(collected, crate::support::tool());
        for text in [recording.to_json().unwrap(), redact(&recording).unwrap().to_json().unwrap()] {
            assert!(!text.contains("Zq7token") && !text.contains(&spelled), "{place}");
        }
    }
}

/// Refusals, the name of the account and the version are texts of the server that appear on stderr.
#[tokio::test]
async fn no_channel_of_the_program_shows_the_token() {
    let cluster = cluster(|state| {
        state.users[0].token = TOKEN.to_owned();
        state.version = format!("v1.34.2+{TOKEN}");
    })
    .await;
    let said = json!({"kind": "Status", "message": format!("no nodes for {}", STANDARD.encode(TOKEN))}).to_string();
    let headers =
        vec![("content-type".to_owned(), "application/json".to_owned()), ("audit-id".to_owned(), TOKEN.to_owned())];
    cluster.plant(Fault::new(Failure::Status { status: 403, headers, body: said }).path("/api/v1/nodes"));
    for log in ["text", "json"] {
        let program = Program::new(&format!(
            "check kaas --kubeconfig kubeconfig.yaml --data none -vv --log-format {log} --record facts.json \
             -o json=r.json -o junit=r.xml -o yaml=r.yaml -o html=r.html -o markdown=r.md"
        ));
        let ended = program.file("kubeconfig.yaml", cluster.kubeconfig().unwrap()).env("RUST_LOG", "trace").run().await;
        let files = ["r.json", "r.xml", "r.yaml", "r.html", "r.md", "facts.json"].map(|name| ended.file(name));
        for text in [ended.stdout.clone(), ended.stderr.clone()].into_iter().chain(files) {
            assert!(!text.contains("Zq7token") && !text.contains(&STANDARD.encode(TOKEN)[..20]), "{text}");
        }
        assert!(ended.stderr.contains("[secret]"), "{}", ended.stderr);
    }
}
