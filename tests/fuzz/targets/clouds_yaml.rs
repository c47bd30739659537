//! `clouds.yaml`, and behind a line `%%%` `secure.yaml`: one cloud comes of them, or one message that says where, is not
//! too long, and holds no secret.

#![no_main]

#[path = "shared/prelude.rs"]
mod prelude;

use libfuzzer_sys::fuzz_target;
use scs_subjects::openstack::config::{self, CloudChoice};
use scs_subjects::settings::Environment;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The limit of a message in characters.
const LONGEST: usize = 2000;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| prelude::folder("clouds"));

fuzz_target!(|input: &[u8]| {
    let (clouds, secure) = prelude::split(input);
    fs::write(FOLDER.join("clouds.yaml"), clouds).unwrap();
    let path = FOLDER.join("secure.yaml");
    match secure {
        Some(secure) => fs::write(path, secure).unwrap(),
        None if path.exists() => fs::remove_file(path).unwrap(),
        None => {}
    }
    let environment =
        Environment { vars: BTreeMap::new(), home: None, cwd: FOLDER.clone(), system: FOLDER.join("system") };
    let secrets =
        prelude::secrets(&String::from_utf8_lossy(input), &["password:", "application_credential_secret:", "token:"]);
    let names = config::cloud_names(&environment).unwrap_or_default();
    let chosen = names.iter().take(3).map(|name| CloudChoice { cloud: Some(name), region: None });
    let none = [CloudChoice::default(), CloudChoice { cloud: Some("absent"), region: Some("R") }];
    for choice in none.into_iter().chain(chosen) {
        match config::load(&environment, choice) {
            Ok(cloud) => {
                assert!(matches!(cloud.auth_url.scheme(), "http" | "https") && cloud.auth_url.host().is_some());
                assert!(cloud.auth_url.password().is_none() && cloud.auth_url.username().is_empty());
                prelude::without_secrets(&format!("{cloud:?}"), &secrets);
            }
            Err(error) => {
                let text = error.to_string();
                prelude::one_line(&text, LONGEST);
                prelude::without_secrets(&text, &secrets);
            }
        }
    }
});
