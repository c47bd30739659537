//! Kubeconfigs, and behind a line `%%%` one that is merged into the first: a cluster comes of them, or one message that is
//! not too long, and holds no secret.

#![no_main]

#[path = "shared/prelude.rs"]
mod prelude;

use libfuzzer_sys::fuzz_target;
use scs_subjects::kubernetes::{ClusterChoice, load};
use scs_subjects::settings::Environment;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The limit of a message in characters: four parts of 600.
const LONGEST: usize = 2500;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| prelude::folder("kubeconfig"));

fuzz_target!(|input: &[u8]| {
    let (first, second) = prelude::split(input);
    let second = second.unwrap_or(b"contexts: []\n");
    let paths = [FOLDER.join("first.yaml"), FOLDER.join("second.yaml")];
    fs::write(&paths[0], first).unwrap();
    fs::write(&paths[1], second).unwrap();
    let list = std::env::join_paths(&paths).unwrap().to_string_lossy().into_owned();
    let environment = Environment {
        vars: BTreeMap::from([("KUBECONFIG".to_owned(), list)]),
        home: None,
        cwd: FOLDER.clone(),
        system: FOLDER.join("system"),
    };
    let secrets = prelude::secrets(&String::from_utf8_lossy(input), &["token:", "password:", "client-key-data:"]);
    for context in [None, Some("a"), Some("absent")] {
        match load(&environment, ClusterChoice { kubeconfig: None, context }) {
            Ok(cluster) => {
                assert!(matches!(cluster.server.scheme(), "http" | "https") && cluster.server.host().is_some());
                assert!(cluster.server.password().is_none() && cluster.server.username().is_empty());
            }
            Err(error) => {
                let text = error.to_string();
                prelude::one_line(&text, LONGEST);
                prelude::without_secrets(&text, &secrets);
            }
        }
    }
});
