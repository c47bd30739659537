//! `--standards DIR --publishers FILE`: definitions that a publisher has signed are official, all others are altered.

use super::cloud;
use super::marks::copy_definitions;
use crate::program::{Ended, Program};
use rstest::rstest;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Checks by a folder that was signed, and then changed.
async fn checked_after(change: fn(&Path), publisher: &str) -> Ended {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--standards own --publishers publishers -o json=r.json -o junit=r.xml");
    let folder = program.folder().to_owned();
    copy_definitions(&folder.join("own"), "score: 8", "score: 9");
    let key = new_key(&folder);
    publish(&folder.join("own"), &key);
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    fs::write(folder.join("publishers"), format!("# those whom we trust\n{publisher} {public}")).unwrap();
    change(&folder.join("own"));
    program.run().await
}

fn new_key(folder: &Path) -> PathBuf {
    let key = folder.join("key");
    run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key));
    key
}

/// Lists the files of a folder and signs the list, as `docs/publishing-definitions.md` says.
fn publish(folder: &Path, key: &Path) {
    let mut list = "# definitions of 2026-11-01\n".to_owned();
    for file in files(folder) {
        let sum = run(Command::new("sha256sum").arg(file.strip_prefix(folder).unwrap()).current_dir(folder));
        write!(list, "{sum}").unwrap();
    }
    fs::write(folder.join("SHA256SUMS"), list).unwrap();
    run(Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", "scs-definitions", "-f"])
        .arg(key)
        .arg(folder.join("SHA256SUMS")));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn signed_definitions_are_official_and_name_their_publisher() {
    let ended = checked_after(|_| (), "scs@example.org namespaces=\"scs-definitions\"").await.assert_code(3);
    let report = ended.json("r.json");
    assert_eq!(report["definitions"]["origin"], "official");
    assert_eq!(report["definitions"]["publisher"]["name"], "scs@example.org");
    assert!(!ended.stdout.contains("ALTERED"), "{}", ended.stdout);
    for text in [ended.stdout.replace("\n            ", " "), ended.file("r.xml")] {
        assert!(text.contains(" of 2026-11-01 by scs@example.org"), "{text}");
    }
    let shown = Program::new("render r.json -o html=r.html -o markdown=r.md -o yaml-2026-07=r.yaml")
        .file("r.json", ended.file("r.json"));
    let shown = shown.run().await.assert_code(3);
    for name in ["r.html", "r.md", "r.yaml"] {
        let text = shown.file(name).replace('`', "");
        assert!(text.contains("of 2026-11-01 by scs@example.org"), "{name}: {text}");
    }
}

#[rstest]
#[case::changed(|folder: &Path| rewrite(folder, "scopes/scs-compatible-kaas.yaml"), "me", "this file is not the one of SHA256SUMS")]
#[case::added(|folder: &Path| rewrite(folder, "scopes/more.yaml"), "me", "this file is not in SHA256SUMS")]
#[case::removed(|folder: &Path| fs::remove_file(folder.join("scopes/scs-compatible-kaas.yaml")).unwrap(), "me", "scopes/scs-compatible-kaas.yaml")]
#[case::list_changed(
    |folder: &Path| fs::write(folder.join("SHA256SUMS"), "# definitions of 2026-11-02\n").unwrap(),
    "me",
    "the signature is not over this content"
)]
#[case::unsigned(|folder: &Path| fs::remove_file(folder.join("SHA256SUMS.sig")).unwrap(), "me", "SHA256SUMS.sig")]
#[case::for_reports_only(|_: &Path| (), "me namespaces=\"report\"", "me may not sign for the namespace \"scs-definitions\"")]
#[case::no_longer_valid(|_: &Path| (), "me valid-before=\"20260101\"", "the key of me is not valid at this time")]
#[tokio::test]
async fn other_definitions_are_altered_and_the_reason_is_named(
    #[case] change: fn(&Path),
    #[case] publisher: &str,
    #[case] reason: &str,
) {
    let ended = checked_after(change, publisher).await;
    assert!(ended.stderr.contains("the definitions count as altered"), "{}", ended.stderr);
    assert!(ended.stderr.contains(reason), "{}", ended.stderr);
    assert_eq!(ended.assert_code(3).json("r.json")["definitions"]["origin"], "altered");
}

/// Writes the scope of clusters there, with another id if it is another file.
fn rewrite(folder: &Path, path: &str) {
    let scope = "scopes/scs-compatible-kaas.yaml";
    let text = fs::read_to_string(folder.join(scope)).unwrap();
    let text = if path == scope {
        format!("{text}# changed\n")
    } else {
        text.replacen("scope: scs-compatible-kaas", "scope: other", 1)
    };
    fs::write(folder.join(path), text).unwrap();
}

#[tokio::test]
async fn broken_list_of_publishers_is_named_with_its_line() {
    let cloud = cloud().await;
    let program =
        Program::check(&cloud, "--standards own --publishers publishers").file("publishers", "\nme ssh-ed25519 AAAA\n");
    copy_definitions(&program.folder().join("own"), "score: 8", "score: 9");
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains("publishers, line 2: there is no public key that can be read"), "{}", ended.stderr);
}
