//! Signatures made here and checked by the real `ssh-keygen`, and the other way round.
//!
//! `$SCS_SIGNATURES` is their number in each direction and for each kind of key; `.ci/release` sets it.

#![allow(clippy::unwrap_used)]

use chrono::Utc;
use rstest::rstest;
use scs_signatures::{Signature, Signers, SigningKey};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The namespace of reports.
const REPORT: &str = "report";

struct Key {
    folder: TempDir,
    key: SigningKey,
}

impl Key {
    fn new(kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", kind, "-N", "", "-C", "", "-f"]).arg(folder.path().join("key"));
        assert!(keygen.status().unwrap().success());
        let public = std::fs::read_to_string(folder.path().join("key.pub")).unwrap();
        std::fs::write(folder.path().join("signers"), format!("me {public}")).unwrap();
        let key = SigningKey::parse(&std::fs::read(folder.path().join("key")).unwrap(), None).unwrap();
        Self { folder, key }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

fn is_accepted(key: &Key, signature: &Path, content: &Path) -> bool {
    let mut verify = Command::new("ssh-keygen");
    verify.args(["-Y", "verify", "-I", "me", "-n", REPORT, "-f"]).arg(key.path("signers")).arg("-s").arg(signature);
    verify.stdin(File::open(content).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    verify.status().unwrap().success()
}

/// Returns a text of this length that no other number gives: also empty, with line ends of both kinds, and of many blocks.
fn content(number: usize) -> Vec<u8> {
    let signs = b"report: \xc3\xa4\r\n\x00\xff\n- {id: scs-0100, result: 1}\n";
    let length = number * number % 9973;
    signs.iter().cycle().skip(number % signs.len()).take(length).copied().collect()
}

fn number() -> usize {
    std::env::var("SCS_SIGNATURES").ok().and_then(|number| number.parse().ok()).unwrap_or(10)
}

#[rstest]
#[case("ed25519")]
#[case("ecdsa")]
fn real_tool_accepts_what_is_signed_here(#[case] kind: &str) {
    let key = Key::new(kind);
    for number in 0..number() {
        let content = content(number);
        std::fs::write(key.path("content"), &content).unwrap();
        std::fs::write(key.path("content.sig"), key.key.sign(REPORT, &content).unwrap()).unwrap();
        assert!(is_accepted(&key, &key.path("content.sig"), &key.path("content")), "number {number}");
        std::fs::write(key.path("content"), [&content[..], b"x"].concat()).unwrap();
        assert!(!is_accepted(&key, &key.path("content.sig"), &key.path("content")), "number {number}, changed");
    }
}

#[rstest]
#[case("ed25519")]
#[case("ecdsa")]
fn what_the_real_tool_signs_is_accepted_here(#[case] kind: &str) {
    let key = Key::new(kind);
    let signers = Signers::parse(&std::fs::read_to_string(key.path("signers")).unwrap()).unwrap();
    for number in 0..number() {
        let content = content(number);
        std::fs::write(key.path("content"), &content).unwrap();
        let _ = std::fs::remove_file(key.path("content.sig"));
        let mut sign = Command::new("ssh-keygen");
        sign.args(["-q", "-Y", "sign", "-n", REPORT, "-f"]).arg(key.path("key")).arg(key.path("content"));
        assert!(sign.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        let signature = Signature::parse(&std::fs::read(key.path("content.sig")).unwrap()).unwrap();
        assert_eq!(signers.verify(REPORT, &content, &signature, Utc::now()).unwrap(), "me", "number {number}");
        let changed = [&content[..], b"x"].concat();
        assert!(signers.verify(REPORT, &changed, &signature, Utc::now()).is_err(), "number {number}, changed");
    }
}
