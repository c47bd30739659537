//! Files that never end, or that nobody writes: read within their bounds, or refused.

use super::cloud;
use crate::program::Program;
use rstest::rstest;
use std::path::Path;
use std::process::Command;

fn fifo(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[rstest]
#[case("evaluate /dev/zero", "/dev/zero is larger than 48 MiB")]
#[case("render /dev/zero", "/dev/zero is larger than 48 MiB")]
#[case("explain x --report /dev/zero", "/dev/zero is larger than 48 MiB")]
#[case("list scopes --scope /dev/zero", "the file is larger than 4 MiB")]
#[case("data show --data-sources /dev/zero", "/dev/zero is larger than 1 MiB")]
#[case("check kaas --kubeconfig /dev/zero", "/dev/zero: is larger than 1 MiB")]
#[tokio::test]
async fn a_device_without_an_end_is_refused(#[case] arguments: &str, #[case] reason: &str) {
    let ended = Program::new(arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(reason), "{}", ended.stderr);
}

#[rstest]
#[case::pipe(None, "the file is a pipe, not a file")]
#[case::device(Some("/dev/zero"), "the file is a device, not a file")]
#[case::system(Some("/proc/self/environ"), "the file is made up by the system")]
#[case::circle(Some("."), "2000 files and folders or more")]
#[tokio::test]
async fn definitions_other_than_files_are_refused(#[case] link: Option<&str>, #[case] reason: &str) {
    let program = Program::new("list scopes --standards folder");
    let path = program.folder().join("folder/x.yaml");
    match link {
        None => fifo(&path),
        Some(target) => {
            std::fs::create_dir(program.folder().join("folder")).unwrap();
            std::os::unix::fs::symlink(target, &path).unwrap();
            std::os::unix::fs::symlink(target, path.with_file_name("y.yaml")).unwrap();
        }
    }
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains(reason), "{}", ended.stderr);
}

#[tokio::test]
async fn a_pipe_among_documents_of_the_world_is_named() {
    let program = Program::new("data show --data folder");
    fifo(&program.folder().join("folder/eol.yaml"));
    let ended = program.run().await.assert_code(0);
    assert!(ended.stderr.contains("folder/eol.yaml is a pipe, not a file"), "{}", ended.stderr);
}

/// Each value takes more memory than it has letters.
#[tokio::test]
async fn a_report_of_too_many_values_is_refused() {
    let cloud = cloud().await;
    let mut report = Program::check(&cloud, "-o json=r.json").run().await.json("r.json");
    report["testcases"]["scs-0100-syntax-check"]["findings"] = serde_json::json!("findings");
    let findings = vec![r#"{"severity":"info","message":""}"#; 510_000].join(",");
    let text = report.to_string().replace(r#""findings":"findings""#, &format!("\"findings\":[{findings}]"));
    let ended = Program::new("render r.json").file("r.json", text).run().await.assert_code(2);
    assert!(ended.stderr.contains("values"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_recording_comes_through_a_pipe() {
    let cloud = cloud().await;
    let collected = Program::new("collect iaas --cloud sim --output -").clouds(&cloud.clouds_yaml("sim").unwrap());
    let recording = collected.run().await.stdout;
    let program = Program::new("evaluate /dev/stdin --output json=r.json");
    let piped = program.folder().join("facts.json");
    std::fs::write(&piped, recording).unwrap();
    let mut cat = Command::new("cat").arg(&piped).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let ended = program.stdin(cat.stdout.take().unwrap()).run().await.assert_code(3);
    assert_eq!(ended.json("r.json")["testcases"]["scs-0123-service-compute"]["verdict"], "PASS");
    assert!(cat.wait().unwrap().success());
}
