//! `clouds.yaml`, and behind a line `%%%` `secure.yaml`: one cloud comes of them, or one message that says where, is not
//! too long, and holds no secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scs_subjects::openstack::config::{self, Choice};
use scs_subjects::settings::Environment;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The limit of a message in characters.
const LONGEST: usize = 2000;

/// A folder in memory where there is one. The files are written for each input: looking for them is part of what is
/// tested, and the file system costs less than the parser.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = base.join(format!("scs-fuzz-clouds-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
});

fuzz_target!(|input: &[u8]| {
    const SEPARATOR: &[u8] = b"\n%%%\n";
    let cut = input.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let (clouds, secure) = match cut {
        Some(at) => (&input[..at], Some(&input[at + SEPARATOR.len()..])),
        None => (input, None),
    };
    fs::write(FOLDER.join("clouds.yaml"), clouds).unwrap();
    let path = FOLDER.join("secure.yaml");
    match secure {
        Some(secure) => fs::write(path, secure).unwrap(),
        None if path.exists() => fs::remove_file(path).unwrap(),
        None => {}
    }
    let environment =
        Environment { vars: BTreeMap::new(), home: None, cwd: FOLDER.clone(), system: FOLDER.join("system") };
    let secrets = secrets(&String::from_utf8_lossy(input));
    let names = config::cloud_names(&environment).unwrap_or_default();
    let chosen = names.iter().take(3).map(|name| Choice { cloud: Some(name), region: None });
    let none = [Choice::default(), Choice { cloud: Some("absent"), region: Some("R") }];
    for choice in none.into_iter().chain(chosen) {
        match config::load(&environment, choice) {
            Ok(cloud) => {
                assert!(matches!(cloud.auth_url.scheme(), "http" | "https") && cloud.auth_url.host().is_some());
                assert!(cloud.auth_url.password().is_none() && cloud.auth_url.username().is_empty());
                let shown = format!("{cloud:?}");
                assert!(!secrets.iter().any(|secret| shown.contains(secret)), "a secret in {shown}");
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

/// Returns the values behind a key like `password` that stand nowhere else: only of them it is known where a message has
/// them from.
fn secrets(text: &str) -> Vec<String> {
    let keys = ["password:", "application_credential_secret:", "token:"];
    let value = |line: &str| keys.iter().find_map(|key| line.trim_start().strip_prefix(key)).map(str::to_owned);
    let values = text.lines().filter_map(value);
    values
        .map(|value| value.trim().trim_matches(['"', '\'', '!', '&', '*', '}', ',']).to_owned())
        .filter(|value| value.len() >= 8 && value.chars().all(|c| c.is_ascii_alphanumeric()))
        .filter(|value| text.matches(value.as_str()).count() == 1)
        .collect()
}
