//! Kubeconfigs, and behind a line `%%%` one that is merged into the first: a cluster comes of them, or one message that is
//! not too long, and holds no secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scs_subjects::settings::Environment;
use scs_subjects::kubernetes::{Choice, load};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The limit of a message in characters: four parts of 600.
const LONGEST: usize = 2500;

/// A folder in memory where there is one, as for `clouds_yaml`.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = base.join(format!("scs-fuzz-kubeconfig-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
});

fuzz_target!(|input: &[u8]| {
    const SEPARATOR: &[u8] = b"\n%%%\n";
    let cut = input.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let (first, second) = match cut {
        Some(at) => (&input[..at], &input[at + SEPARATOR.len()..]),
        None => (input, &b"contexts: []\n"[..]),
    };
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
    let secrets = secrets(&String::from_utf8_lossy(input));
    for context in [None, Some("a"), Some("absent")] {
        match load(&environment, Choice { kubeconfig: None, context }) {
            Ok(cluster) => {
                assert!(matches!(cluster.server.scheme(), "http" | "https") && cluster.server.host().is_some());
                assert!(cluster.server.password().is_none() && cluster.server.username().is_empty());
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.chars().count() <= LONGEST, "{} characters: {text}", text.chars().count());
                assert!(text.chars().all(|c| !c.is_control()), "disturbs a terminal: {text:?}");
                let secret = secrets.iter().find(|secret| text.contains(secret.as_str()));
                assert!(secret.is_none(), "the secret {secret:?} in: {text}");
            }
        }
    }
});

/// Returns the values behind a key like `token` that stand nowhere else: only of them it is known where a message has them
/// from.
fn secrets(text: &str) -> Vec<String> {
    let keys = ["token:", "password:", "client-key-data:"];
    let value = |line: &str| keys.iter().find_map(|key| line.trim_start().strip_prefix(key)).map(str::to_owned);
    let values = text.lines().filter_map(value);
    values
        .map(|value| value.trim().trim_matches(['"', '\'', '!', '&', '*', '}', ',']).to_owned())
        .filter(|value| value.len() >= 8 && value.chars().all(|c| c.is_ascii_alphanumeric()))
        .filter(|value| text.matches(value.as_str()).count() == 1)
        .collect()
}
