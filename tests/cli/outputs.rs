//! Destinations of reports, and failures to write there.

use super::{closed_pipe, cloud};
use crate::program::{Program, files_in};
use crate::support::conformant;
use rstest::rstest;
use scs_reports::SCHEMA_VERSION;
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

#[tokio::test]
async fn every_format_goes_to_its_file() {
    let cloud = cloud().await;
    let outputs = "--output json=r.json --output junit=r.xml -o yaml=r.yaml";
    let ended = Program::check(&cloud, outputs).run().await.assert_code(3);
    assert_eq!(ended.json("r.json")["schema_version"], SCHEMA_VERSION);
    assert!(ended.file("r.xml").starts_with("<?xml"));
    assert!(ended.file("r.yaml").starts_with("---\n"));
    assert!(ended.stdout.contains("50 of 54 passed"), "people read the result all the same: {}", ended.stdout);
    assert_eq!(ended.files(), ["clouds.yaml", "r.json", "r.xml", "r.yaml"]);
}

/// A person is named by the variables of the login, a CI job by those of its system.
#[rstest]
#[case::person(&[("USER", "erika")], "erika on ")]
#[case::zuul(&[("USER", "zuul"), ("ZUUL_UUID", "1f2e"), ("JOB_NAME", "nightly")], "Zuul job nightly (build 1f2e)")]
#[case::gitlab(&[("GITLAB_CI", "true"), ("CI_JOB_NAME", "check")], "GitLab job check")]
#[tokio::test]
async fn report_says_who_ran_it_and_until_when_it_counts(#[case] variables: &[(&str, &str)], #[case] name: &str) {
    let cloud = cloud().await;
    let outputs = "-o json=r.json -o junit=r.xml -o html=r.html -o markdown=r.md --record f.json";
    let check = variables.iter().fold(Program::check(&cloud, outputs), |check, (name, value)| check.env(name, value));
    let ended = check.run().await.assert_code(3);
    let report = ended.json("r.json");
    assert_eq!(report["run_by"], ended.json("f.json")["collected"]["run_by"]);
    let until = report["expires_at"].as_str().unwrap().split('T').next().unwrap().to_owned();
    for text in ["r.xml", "r.html", "r.md"].map(|name| ended.file(name)).iter().chain([&ended.stdout]) {
        assert!(text.contains(name) && text.contains(&until), "{name} and {until} are not in {text}");
    }
}

#[rstest]
#[case("-o r.json -o r.xml -o r.yaml -o r.html -o r.md", "")]
#[case("-o json", "{")]
#[case("--json", "{")]
#[case("-o junit -o r.json", "<?xml")]
#[tokio::test]
async fn the_ending_tells_the_format_and_without_a_path_it_is_stdout(#[case] outputs: &str, #[case] start: &str) {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, outputs).run().await.assert_code(3);
    assert!(ended.stdout.starts_with(start), "{}", ended.stdout);
    let files = outputs.split(' ').filter(|word| word.starts_with("r."));
    let mut expected: Vec<String> = files.map(str::to_owned).chain(["clouds.yaml".to_owned()]).collect();
    expected.sort();
    assert_eq!(ended.files(), expected);
}

/// Nobody has to read what is printed.
#[rstest]
#[case::stdout("/dev/full", "/dev/null")]
#[case::stderr("/dev/null", "/dev/full")]
fn a_demo_ends_well_where_nothing_can_be_printed(#[case] stdout: &str, #[case] stderr: &str) {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &str| std::fs::File::options().write(true).open(path).unwrap();
    let mut demo = std::process::Command::new(env!("CARGO_BIN_EXE_scs-conformance"));
    let ended =
        demo.args(["demo", "--output-dir"]).arg(folder.path()).stdout(open(stdout)).stderr(open(stderr)).status();
    assert_eq!(ended.unwrap().code(), Some(1));
    assert!(folder.path().join("report.json").exists());
}

#[rstest]
#[case("json", "{")]
#[case("junit", "<?xml")]
#[case("yaml", "---\n")]
#[tokio::test]
async fn a_dash_is_stdout_and_nothing_else_goes_there(#[case] format: &str, #[case] start: &str) {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, &format!("--output {format}=- --output json=r.json")).run().await.assert_code(3);
    assert!(ended.stdout.starts_with(start), "{}", ended.stdout);
    assert!(!ended.stdout.contains("50 of 54 passed, 4 not run\n"));
    assert_eq!(ended.files(), ["clouds.yaml", "r.json"]);
}

/// Found out before anything is asked of the cloud.
#[rstest]
#[case::missing_folder("json=nowhere/r.json", "nowhere")]
#[case::folder("json=sub", "folder")]
#[case::trailing_slash("json=r/", "r/")]
#[case::below_a_file("json=clouds.yaml/r.json", "clouds.yaml")]
#[case::read_only("json=/proc/r.json", "/proc")]
#[case::nothing("json=", "no path")]
#[case::no_format("r.pdf", "FORMAT=PATH")]
#[case::unknown_format("xml=r.xml", "json, junit, yaml")]
#[case::empty("", "FORMAT=PATH")]
#[tokio::test]
async fn a_report_that_cannot_be_written_is_told_before_the_run(#[case] output: &str, #[case] word: &str) {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--output yaml=good.yaml --output").argument(output).file("sub/x", "");
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains(word) && !ended.stderr.contains(".scs-conformance-"), "{}", ended.stderr);
    assert_eq!(cloud.requests().len(), 0);
    assert_eq!((ended.stdout.as_str(), ended.files()), ("", vec!["clouds.yaml".to_owned(), "sub".to_owned()]));
}

#[rstest]
#[case("json=r --output yaml=r")]
#[case("json=r --output yaml=./r")]
#[case("json=r --output yaml=sub/../r")]
#[tokio::test]
async fn two_reports_in_one_file_are_refused(#[case] outputs: &str) {
    let cloud = cloud().await;
    let program = Program::check(&cloud, &format!("--output {outputs}")).file("sub/x", "");
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains("same file"), "{}", ended.stderr);
    assert_eq!(cloud.requests().len(), 0);
}

#[tokio::test]
async fn an_old_report_is_replaced_and_a_link_stays_one() {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--output json=link.json").file("real.json", "old");
    std::os::unix::fs::symlink("real.json", program.folder().join("link.json")).unwrap();
    let folder = program.folder().to_owned();
    let running = program.start();
    let ended = running.ended().await.assert_code(3);
    assert!(folder.join("link.json").symlink_metadata().unwrap().is_symlink());
    assert_eq!(ended.json("real.json")["schema_version"], SCHEMA_VERSION);
    assert_eq!(ended.files(), ["clouds.yaml", "link.json", "real.json"]);
}

/// A pipe, `/dev/stderr` or `/dev/null` must not be replaced by a file.
#[tokio::test]
async fn a_device_is_written_to_and_stays_a_device() {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--output json=pipe");
    let pipe = program.folder().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    let ended = program.run().await.assert_code(3);
    assert_eq!(ended.files(), ["clouds.yaml", "pipe"]);
    assert!(!pipe.symlink_metadata().unwrap().is_file());
    let report: Value = serde_json::from_str(&reader.join().unwrap()).unwrap();
    assert_eq!(report["schema_version"], SCHEMA_VERSION);
}

/// Whoever wants others to read a report gives the file that is to be replaced the mode for it.
#[tokio::test]
async fn results_are_private_unless_the_file_that_is_replaced_is_not() {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--output json=r.json --output yaml=old.yaml --record facts.json");
    let program = program.file("old.yaml", "old");
    let folder = program.folder().to_owned();
    std::fs::set_permissions(folder.join("old.yaml"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let script =
        "umask 0; exec \"$0\" check iaas --cloud sim --quiet -o json=r.json -o yaml=old.yaml --record facts.json";
    let mut shell = tokio::process::Command::new("sh");
    shell.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_scs-conformance"));
    shell.current_dir(&folder).stdout(Stdio::null()).status().await.unwrap();
    let mode = |name: &str| folder.join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("r.json"), mode("facts.json"), mode("old.yaml")), (0o600, 0o600, 0o644));
    assert!(std::fs::read_to_string(folder.join("old.yaml")).unwrap().starts_with("---"));
    assert_eq!(files_in(&folder), ["clouds.yaml", "facts.json", "old.yaml", "r.json"]);
}

/// Two names of one file, one of which leads nowhere yet.
#[rstest]
#[case("--output json=a --record a")]
#[case("--output json=a --record ./a")]
#[case("--output json=link --output yaml=nowhere")]
#[case("--output json=link --record nowhere")]
#[tokio::test]
async fn two_results_in_one_file_are_refused_also_behind_links(#[case] outputs: &str) {
    let cloud = cloud().await;
    let program = Program::check(&cloud, outputs);
    std::os::unix::fs::symlink("nowhere", program.folder().join("link")).unwrap();
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains("same file"), "{}", ended.stderr);
    assert_eq!((cloud.requests().len(), ended.files()), (0, vec!["clouds.yaml".to_owned(), "link".to_owned()]));
}

#[tokio::test]
async fn a_link_that_leads_nowhere_yet_stays_a_link() {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--output json=link");
    let folder = program.folder().to_owned();
    std::os::unix::fs::symlink("real.json", folder.join("link")).unwrap();
    let running = program.start();
    let ended = running.ended().await.assert_code(3);
    assert!(folder.join("link").symlink_metadata().unwrap().is_symlink());
    assert_eq!(ended.json("real.json")["schema_version"], ended.json("link")["schema_version"]);
}

#[rstest]
#[case("--output json=clouds.yaml")]
#[case("--record clouds.yaml")]
#[case("--output json=hard")]
#[tokio::test]
async fn the_configuration_is_not_replaced(#[case] output: &str) {
    let cloud = cloud().await;
    let program = Program::check(&cloud, output);
    let folder = program.folder().to_owned();
    std::fs::hard_link(folder.join("clouds.yaml"), folder.join("hard")).unwrap();
    let running = program.start();
    let ended = running.ended().await.assert_code(2);
    assert!(ended.stderr.contains("is read by the run"), "{}", ended.stderr);
    assert!(ended.file("clouds.yaml").contains("auth_url"));
    assert_eq!(cloud.requests().len(), 0);
}

#[tokio::test]
async fn an_impossible_destination_is_refused_before_the_run() {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--output json=socket");
    let _listening = std::os::unix::net::UnixListener::bind(program.folder().join("socket")).unwrap();
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains("this is a socket"), "{}", ended.stderr);
    let long = format!("json={}", "x".repeat(300));
    let ended = Program::check(&cloud, "--output").argument(long).run().await.assert_code(2);
    assert!(ended.stderr.contains("name too long"), "{}", ended.stderr);
    assert_eq!(cloud.requests().len(), 0);
}

#[tokio::test]
async fn a_recording_goes_to_stdout_alone() {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "--record -").run().await.assert_code(3);
    let recording: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(recording["collected"].is_object());
    assert_eq!(ended.files(), ["clouds.yaml"]);
    let ended = Program::check(&cloud, "--record - --output json=-").run().await.assert_code(2);
    assert!(ended.stderr.contains("only one"), "{}", ended.stderr);
}

#[rstest]
#[case("--help")]
#[case("--version")]
#[case("check iaas --help")]
#[tokio::test]
async fn help_that_cannot_be_printed_is_told(#[case] arguments: &str) {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = Program::new(arguments).stdout(full).run().await.assert_code(4);
    assert!(ended.stderr.contains("No space left"), "{}", ended.stderr);
}

/// The folder vanishes while the run goes on.
#[rstest]
#[case::nothing_wrong(true, 4)]
#[case::violation(false, 1)]
#[tokio::test]
async fn a_report_that_cannot_be_written_never_hides_a_violation(#[case] compute: bool, #[case] code: i32) {
    let state = conformant(|state| {
        if !compute {
            state.remove_service("load-balancer");
        }
    });
    let cloud = SimCloud::start(state).await.unwrap();
    cloud.plant(Fault::new(Failure::Delay(500)).service(Service::S3));
    let program = Program::check(&cloud, "--select 'scs-0123-*' --output json=sub/r.json").file("sub/x", "");
    let folder = program.folder().to_owned();
    let running = program.start();
    while cloud.requests().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    std::fs::remove_dir_all(folder.join("sub")).unwrap();
    let ended = running.ended().await.assert_code(code);
    assert!(ended.stderr.contains("sub/r.json"), "{}", ended.stderr);
    assert!(ended.stdout.contains("scs-0123"), "people read the result all the same");
    assert_eq!(ended.files(), ["clouds.yaml"]);
}

#[rstest]
#[case::people("")]
#[case::json("--output json=-")]
#[tokio::test]
async fn full_disk_behind_stdout_is_reported(#[case] output: &str) {
    let cloud = cloud().await;
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let program = Program::check(&cloud, "--quiet --select 'scs-0123-*'").arguments(output);
    let ended = program.stdout(full).run().await.assert_code(4);
    assert!(ended.stderr.contains("error: ") && ended.stderr.contains("No space left"), "{}", ended.stderr);
}

/// `| head -1` and the like: nobody reads, nobody complains, the files are written, the verdict stands.
#[rstest]
#[case("check", 3)]
#[case("check -vvv --output json=-", 3)]
#[tokio::test]
async fn a_pipe_that_closes_early_ends_nothing(#[case] arguments: &str, #[case] code: i32) {
    let cloud = cloud().await;
    let arguments = arguments.trim_start_matches("check");
    let program = Program::check(&cloud, "--output yaml=r.yaml").arguments(arguments);
    let ended = program.stdout(closed_pipe()).stderr(closed_pipe()).run().await.assert_code(code);
    assert!(ended.file("r.yaml").contains("scs-0123-service-compute"));
}

#[rstest]
#[case("list")]
#[case("flavor parse SCS-1V-2")]
#[case("--help")]
#[case("check iaas --help")]
#[tokio::test]
async fn other_commands_bear_a_closed_pipe_too(#[case] command: &str) {
    Program::new(command).stdout(closed_pipe()).stderr(closed_pipe()).run().await.assert_code(0);
}

#[tokio::test]
async fn errors_bear_a_closed_pipe_too() {
    let ended = Program::new("check iaas --cloud nobody").stderr(closed_pipe()).run().await;
    assert_eq!(ended.code, Some(2));
}

/// Two runs at once, one file: the last one wins, and it is whole.
#[tokio::test]
async fn a_report_is_written_as_a_whole_or_not_at_all() {
    let cloud = cloud().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let program = || Program::check(&cloud, "--quiet --output").argument(format!("json={}", path.display()));
    let (one, two) = tokio::join!(program().run(), program().run());
    assert_eq!((one.code, two.code), (Some(3), Some(3)));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(report["schema_version"], SCHEMA_VERSION);
    assert_eq!(files_in(folder.path()), ["r.json"]);
}

/// Also where nobody wants progress, and stdout is for a program.
#[rstest]
#[case::page("")]
#[case::json("--quiet --output json=-")]
#[tokio::test]
async fn residue_in_the_cloud_is_named_on_stderr(#[case] arguments: &str) {
    let cloud = cloud().await;
    cloud.plant(Fault::new(Failure::status(403)).service(Service::KeyManager).method("DELETE"));
    let check = Program::check(&cloud, "--allow-changes --select scs-0116-permissions --output json=r.json");
    let ended = check.arguments(arguments).run().await;
    let report = ended.json("r.json");
    let (run, left) = (report["changes"]["run"].as_str().unwrap(), &report["changes"]["resources"][0]);
    let line = format!("left behind: secret {} ({}): ", left["name"].as_str().unwrap(), left["id"].as_str().unwrap());
    let region = cloud.state().catalog[0].endpoints[0].region.clone();
    let command = format!("remove it with: scs-conformance sweep iaas --cloud sim --region {region} --run {run}");
    let told: Vec<&str> =
        ended.stderr.lines().filter(|line| line.contains(" sweep ") || line.contains("left behind")).collect();
    assert_eq!(told.len(), 2, "{}", ended.stderr);
    assert!(told[0].starts_with(&line) && told[1] == command, "{told:?}");
}
