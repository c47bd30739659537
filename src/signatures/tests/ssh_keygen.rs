//! Signatures that `ssh-keygen` made (OpenSSH 9.2), against lists of signers.
//!
//! `data/NAME.sig` is a signature over `data/message` by the key `data/NAME.pub`, for the namespace `scs-definitions` unless the
//! name says otherwise. The private keys are gone.

#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc};
use rstest::rstest;
use scs_signatures::{DEFINITIONS, Refusal, Signature, Signers};
use std::path::Path;

fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn signature(name: &str) -> Signature {
    Signature::parse(data(&format!("{name}.sig")).as_bytes()).unwrap()
}

/// Returns a list with one signer.
fn only(name: &str, options: &str, key: &str) -> Signers {
    Signers::parse(&format!("# who may sign\n\n{name} {options} {}", data(&format!("{key}.pub")))).unwrap()
}

fn day(text: &str) -> DateTime<Utc> {
    format!("{text}T00:00:00Z").parse().unwrap()
}

#[rstest]
#[case::ed25519("ed25519")]
#[case::ecdsa("ecdsa")]
fn signature_of_a_known_key_counts(#[case] key: &str) {
    let signers = only("scs@example.org", "", key);
    let content = data("message");
    let name = signers.verify(DEFINITIONS, content.as_bytes(), &signature(key), day("2026-11-30")).unwrap();
    assert_eq!(name, "scs@example.org");
    let changed = signers.verify(DEFINITIONS, b"hell0\n", &signature(key), day("2026-11-30"));
    assert_eq!(changed, Err(Refusal::OtherContent));
}

#[rstest]
#[case::no_options("", "2026-11-30", "")]
#[case::own_namespace(r#"namespaces="file,scs-definitions""#, "2026-11-30", "")]
#[case::other_namespace(
    r#"namespaces="report""#,
    "2026-11-30",
    "me may not sign for the namespace \"scs-definitions\""
)]
#[case::first_day(r#"valid-after="20261130""#, "2026-11-30", "")]
#[case::too_early(r#"valid-after="20261201Z""#, "2026-11-30", "not valid at this time")]
#[case::last_day(r#"valid-before="202612010000""#, "2026-11-30", "")]
#[case::too_late(r#"valid-after="20260101",valid-before="20261130000000Z""#, "2026-11-30", "not valid at this time")]
fn options_of_a_signer_are_kept(#[case] options: &str, #[case] at: &str, #[case] expected: &str) {
    let signers = only("me", options, "ed25519");
    let result = signers.verify(DEFINITIONS, data("message").as_bytes(), &signature("ed25519"), day(at));
    match result {
        Ok(name) => assert_eq!((name, expected), ("me", "")),
        Err(refusal) => {
            let message = refusal.to_string();
            assert!(!expected.is_empty() && message.contains(expected), "{message}");
        }
    }
}

#[test]
fn one_key_may_sign_for_several_names_and_times() {
    let key = data("ed25519.pub");
    let list = format!("old valid-before=\"20260101\" {key}new valid-after=\"20260101\" {key}");
    let signers = Signers::parse(&list).unwrap();
    for (at, expected) in [("2025-06-01", "old"), ("2026-06-01", "new")] {
        let name = signers.verify(DEFINITIONS, data("message").as_bytes(), &signature("ed25519"), day(at)).unwrap();
        assert_eq!(name, expected);
    }
}

#[test]
fn key_of_a_stranger_is_named_by_its_fingerprint() {
    let signers = only("me", "", "ed25519");
    let refused = signers.verify(DEFINITIONS, data("message").as_bytes(), &signature("stranger"), day("2026-11-30"));
    let message = refused.unwrap_err().to_string();
    assert!(message.starts_with("the key SHA256:") && message.ends_with("is none of those that may sign"), "{message}");
    let nobody = Signers::default();
    let nobody = nobody.verify(DEFINITIONS, b"", &signature("ed25519"), day("2026-11-30"));
    assert!(matches!(nobody, Err(Refusal::UnknownKey { .. })), "{nobody:?}");
}

#[test]
fn signature_for_another_purpose_does_not_count() {
    let signers = only("me", "", "ed25519");
    let content = data("message");
    let refused = signers.verify(DEFINITIONS, content.as_bytes(), &signature("other-namespace"), day("2026-11-30"));
    let expected =
        "the signature is for the namespace \"file\", not \"scs-definitions\"; sign again with `-n scs-definitions`";
    assert_eq!(refused.unwrap_err().to_string(), expected);
    assert!(signers.verify("file", content.as_bytes(), &signature("other-namespace"), day("2026-11-30")).is_ok());
}

#[test]
fn signature_by_rsa_is_none_of_a_known_key() {
    let signers = only("me", "", "ed25519");
    let refused = signers.verify(DEFINITIONS, data("message").as_bytes(), &signature("rsa"), day("2026-11-30"));
    assert!(matches!(refused, Err(Refusal::UnknownKey { .. })), "{refused:?}");
}

#[rstest]
#[case::empty("")]
#[case::other_text("hello")]
#[case::cut_off("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n")]
#[case::key("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")]
fn other_texts_are_no_signatures(#[case] text: &str) {
    let refused = Signature::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(refused.starts_with("this is not a signature of ssh-keygen"), "{refused}");
}

#[test]
fn huge_text_is_no_signature() {
    let refused = Signature::parse(&vec![b'A'; 1 << 20]).unwrap_err().to_string();
    assert!(refused.ends_with("it is larger than 16384 bytes"), "{refused}");
}

#[rstest]
#[case::key_missing("me", "the key is missing")]
#[case::broken_key("me ssh-ed25519 AAAA", "be read")]
#[case::open_quote("\"me ssh-ed25519 AAAA", "the key is missing")]
#[case::unknown_option("me no-touch KEY", "the option \"no-touch\" is unknown")]
#[case::authority("me cert-authority KEY", "certificates are not supported")]
#[case::wrong_time("me valid-after=\"soon\" KEY", "\"soon\" is not a time like 20261130")]
#[case::wrong_day("me valid-after=\"20261301\" KEY", "is not a time")]
#[case::rsa("me RSA", "keys of the kind ssh-rsa are not supported")]
fn error_names_the_line(#[case] line: &str, #[case] expected: &str) {
    let line = line.replace("KEY", data("ed25519.pub").trim()).replace("RSA", data("rsa.pub").trim());
    let error = Signers::parse(&format!("# first\n{line}\n")).unwrap_err();
    assert!(error.line == 2 && error.message.contains(expected), "{error}");
}

/// Asks `ssh-keygen` for the same list and name.
fn ssh_keygen_accepts(list: &str, identity: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signers");
    std::fs::write(&file, list).unwrap();
    let signature = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ed25519.sig");
    let asked = std::process::Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", identity, "-n", DEFINITIONS, "-f"])
        .arg(&file)
        .arg("-s")
        .arg(&signature)
        .stdin(std::fs::File::open(signature.with_file_name("message")).unwrap())
        .output()
        .unwrap();
    asked.status.success()
}

/// In each line `KEY` stands for the key that has signed, and `OTHER` for another one.
#[rstest]
#[case::own_name("me KEY", "me", true)]
#[case::other_name("me KEY", "you", false)]
#[case::namespace("me namespaces=\"scs-definitions\" KEY", "me", true)]
#[case::second_name("first KEY\nsecond KEY", "second", true)]
#[case::name_of_another_key("first KEY\nsecond OTHER", "second", false)]
#[case::several_names("a,b KEY", "b", true)]
#[case::pattern("*@example.org KEY", "erika@example.org", true)]
#[case::pattern_of_others("*@example.org KEY", "erika@example.com", false)]
#[case::pattern_of_a_part("erika@* KEY", "erika", false)]
#[case::stars("*a*b*c KEY", "xaxbxbxc", true)]
#[case::stars_in_vain("*a*b*c KEY", "xaxcxb", false)]
#[case::one_sign("m? KEY", "me", true)]
#[case::no_sign("me? KEY", "me", false)]
#[case::end("me* KEY", "me", true)]
#[case::excluded("*,!you KEY", "you", false)]
#[case::excluded_first("!you,* KEY", "you", false)]
#[case::excluded_only("!you KEY", "me", false)]
#[case::not_excluded("*,!you KEY", "me", true)]
#[case::excluded_here_only("*,!you KEY\nyou KEY", "you", true)]
#[case::capital("Me KEY", "me", false)]
#[case::quoted("\"erika m\" KEY", "erika m", true)]
#[case::quoted_names("\"a,b c\" KEY", "b c", true)]
#[case::namespaces_by_pattern("me namespaces=\"scs-*\" KEY", "me", true)]
#[case::namespace_excluded("me namespaces=\"*,!scs-definitions\" KEY", "me", false)]
#[case::over("me valid-before=\"20200101\" KEY\nm* KEY", "me", true)]
fn ssh_keygen_finds_the_same_names(#[case] list: &str, #[case] identity: &str, #[case] expected: bool) {
    let list = list.replace("KEY", data("ed25519.pub").trim()).replace("OTHER", data("ecdsa.pub").trim()) + "\n";
    let signers = Signers::parse(&list).unwrap();
    let at = day("2026-11-30");
    let ours = signers.verify_as(identity, DEFINITIONS, data("message").as_bytes(), &signature("ed25519"), at);
    assert_eq!((ours.is_ok(), ssh_keygen_accepts(&list, identity)), (expected, expected), "{ours:?}");
}
