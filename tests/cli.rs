//! The command line: exit codes, what goes to stdout and what to stderr, selection, definitions, help.

mod bad_files;
mod bad_input;
mod diff;
mod endless;
mod marks;
mod outputs;
mod publishing;
mod signed_definitions;
mod stopping;

use crate::program::{Program, in_repository, verdicts};
use crate::support::conformant;
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

async fn cloud() -> SimCloud {
    SimCloud::start(conformant(|_| {})).await.unwrap()
}

#[rstest]
#[case::all_selected_pass("--select 'scs-0123-*'", 0)]
#[case::violation("", 1)]
#[case::unknown_version("--version v0", 2)]
#[case::changes_the_subject("--select 'scs-01{17,23}-*'", 3)]
#[case::draft_only("--select scs-0104-image-debian-13", 3)]
#[tokio::test]
async fn exit_code_follows_the_conclusion(#[case] arguments: &str, #[case] code: i32) {
    let cloud = SimCloud::start(conformant(|state| {
        state.remove_flavor("SCS-1V-4");
    }))
    .await
    .unwrap();
    Program::check(&cloud, arguments).run().await.assert_code(code);
}

#[tokio::test]
async fn a_conformant_cloud_is_undecided_as_long_as_nothing_may_change_it() {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "--output json=-").run().await.assert_code(3);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["subject"]["name"], "sim");
    assert!(cloud.requests().len() <= 18, "{:?}", cloud.requests());
    assert!(cloud.peak_concurrency() <= 16);
}

#[tokio::test]
async fn light_testcases_take_six_requests() {
    let cloud = cloud().await;
    Program::check(&cloud, "--section light").run().await.assert_code(0);
    assert_eq!(cloud.requests().len(), 6, "{:?}", cloud.requests());
}

#[tokio::test]
async fn few_requests_are_under_way_at_a_time() {
    let state = conformant(|state| {
        state.nova.max_microversion = scs_simcloud::Version(2, 38);
        state.network.latency_ms = 5;
    });
    let cloud = SimCloud::start(state).await.unwrap();
    Program::check(&cloud, "").run().await.assert_code(3);
    assert!(cloud.requests().len() > 30);
    assert!(cloud.peak_concurrency_of(Service::Compute) <= 8);
    assert!(cloud.peak_concurrency() <= 16);
}

#[tokio::test]
async fn results_go_to_stdout_and_progress_to_stderr() {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "").run().await.assert_code(3);
    assert!(ended.stdout.contains("50 of 54 passed, 4 not run: they change the cloud"), "{}", ended.stdout);
    for line in ["login: user demo in project demo, roles", "images: 7 items, ", "flavors: 31 items, "] {
        assert!(ended.stderr.contains(line), "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains('\u{1b}') && !ended.stdout.contains('\u{1b}'), "no terminal, no colours");
}

#[rstest]
#[case::conformant(Fault::new(Failure::Delay(0)))]
#[case::failing(Fault::new(Failure::status(404)).service(Service::Image))]
#[case::refused(Fault::new(Failure::status(401)).service(Service::Identity))]
#[tokio::test]
async fn quiet_leaves_stderr_empty(#[case] fault: Fault) {
    let cloud = cloud().await;
    cloud.plant(fault);
    let ended = Program::check(&cloud, "--quiet").run().await.assert_code(3);
    assert_eq!(ended.stderr, "");
    assert!(!ended.stdout.is_empty());
}

#[tokio::test]
async fn logs_are_lines_of_text_or_json() {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "-vv").run().await.assert_code(3);
    let logged = |line: &&str| line.contains("GET") && line.contains("/v2/images") && line.contains("200");
    assert!(ended.stderr.lines().any(|line| logged(&line)), "{}", ended.stderr);

    let ended = Program::check(&cloud, "-vv --log-format json").run().await.assert_code(3);
    let requests: Vec<Value> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["fields"]["request"].is_string())
        .collect();
    assert_eq!(requests.len(), 18, "{}", ended.stderr);
    assert!(requests.iter().all(|line| line["fields"]["status"].is_number()), "{requests:?}");
    assert!(requests.iter().all(|line| line["span"]["subject"] == "sim"), "{requests:?}");
}

/// Errors and warnings, too: a program that reads stderr finds nothing else there.
#[rstest]
#[case::cloud("check iaas --cloud nobody", 2, "ERROR", "nobody")]
#[case::file("evaluate nowhere.json", 2, "ERROR", "nowhere.json cannot be read")]
#[case::quiet("--quiet evaluate nowhere.json", 2, "ERROR", "nowhere.json cannot be read")]
#[case::located("lint --update-digests d", 2, "ERROR", "unknown key \"titel\"")]
#[case::warning("list --scope scope.yaml", 0, "WARN", "scs-0123-service-netwerk")]
#[tokio::test]
async fn errors_and_warnings_are_json_where_log_lines_are(
    #[case] arguments: &str,
    #[case] code: i32,
    #[case] level: &str,
    #[case] words: &str,
) {
    let published = std::fs::read_to_string(in_repository("tests/fixtures/upstream/scs-compatible-iaas.yaml")).unwrap();
    let program = Program::new("--log-format json").arguments(arguments).file("d/a.yaml", "standard: x\ntitel: y\n");
    let program = program.file("scope.yaml", published.replace("service-network", "service-netwerk"));
    let ended = program.run().await.assert_code(code);
    let lines: Vec<Value> = ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let message = |line: &Value| line["fields"]["message"].as_str().unwrap().to_owned();
    assert!(lines.iter().any(|line| line["level"] == level && message(line).contains(words)), "{}", ended.stderr);
    assert!(lines.iter().all(|line| !message(line).starts_with("error:") && !message(line).starts_with("warning:")));
}

#[rstest]
#[case::auto("", &[], false)]
#[case::always("--color always", &[], true)]
#[case::alias("--no-color", &[("CLICOLOR_FORCE", "1")], false)]
#[case::never("--color never", &[("CLICOLOR_FORCE", "1")], false)]
#[case::forced("", &[("CLICOLOR_FORCE", "1")], true)]
#[case::no_color("", &[("NO_COLOR", "1"), ("TERM", "xterm")], false)]
#[case::asked_for("--color always", &[("NO_COLOR", "1")], true)]
#[tokio::test]
async fn colours_are_where_they_are_wanted(
    #[case] arguments: &str,
    #[case] environment: &[(&str, &str)],
    #[case] coloured: bool,
) {
    let cloud = cloud().await;
    let program = Program::check(&cloud, "--select 'scs-0123-*'").arguments(arguments);
    let program = environment.iter().fold(program, |program, (name, value)| program.env(name, value));
    let ended = program.run().await.assert_code(0);
    assert_eq!(ended.stdout.contains('\u{1b}'), coloured, "{}", ended.stdout);
}

/// Nothing is green in any format if the subject does not let us in.
#[rstest]
#[case::admin(&["member", "admin"], "admin")]
#[case::reader(&["reader"], "member")]
#[tokio::test]
async fn an_account_that_is_refused_is_green_nowhere(#[case] roles: &[&str], #[case] word: &str) {
    let state = conformant(|state| {
        state.identity.users[0].assignments[0].roles = roles.iter().map(|role| (*role).to_owned()).collect();
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let outputs = "-v --output json=r.json --output junit=r.xml --output yaml=r.yaml";
    let ended = Program::check(&cloud, outputs).run().await.assert_code(3);
    let report = ended.json("r.json");
    assert_eq!(report["subject"]["state"], "refused");
    assert!(verdicts(&report).iter().all(|(_, verdict)| verdict == "ABORT"));
    assert!(ended.file("r.xml").contains("<error"));
    for text in [&ended.file("r.json"), &ended.file("r.xml"), &ended.file("r.yaml"), &ended.stdout, &ended.stderr] {
        assert!(!text.contains("PASS"), "{text}");
    }
    assert!(ended.file("r.yaml").contains("ABORT"));
    assert!(ended.stdout.contains("refused") && ended.stdout.contains(word), "{}", ended.stdout);
    assert_eq!(cloud.requests().len(), 1);
}

#[rstest]
#[case("--section medium", 23)]
#[case("--section light,medium", 127)]
#[case("--select 'scs-0102-*'", 32)]
#[case("--deciding", 54)]
#[case("--scope-version v4 --deciding", 39)]
#[case("--target main --scope-version v3 --level must", 16)]
#[case("--target main --select 'scs-0101-*'", 2)]
#[case("--select 'scs-0102-*' --select scs-0114-syntax-check", 33)]
#[case("--version v4 --version v5.1", 120)]
#[case("--date 2025-02-01", 120)]
#[case("--date 2025-02-01T00:00:00+02:00", 120)]
#[tokio::test]
async fn the_selection_is_what_is_tested(#[case] arguments: &str, #[case] expected: usize) {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "--output json=-").arguments(arguments).run().await;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let selected = |result: &&Value| result["reason"]["code"] != "not-selected";
    let tested = report["testcases"].as_object().unwrap().values().filter(selected).count();
    assert_eq!(tested, expected);
}

#[tokio::test]
async fn testcases_that_a_filter_leaves_out_are_missing_and_the_report_is_partial() {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "--target recommended --json").run().await.assert_code(3);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&report["selection"]["partial"], &report["selection"]["targets"][0]),
        (&true.into(), &"recommended".into())
    );
    let left_out = &report["testcases"]["scs-0100-syntax-check"];
    assert_eq!((&left_out["verdict"], &left_out["reason"]["code"]), (&"MISS".into(), &"not-selected".into()));
    assert_ne!(report["versions"]["v5.1"]["targets"]["main"]["verdict"], "PASS");
}

#[rstest]
#[case::reading("", "Not created without --allow-changes")]
#[case::changing("--allow-changes -o r.json", "Created, tried and removed again")]
#[tokio::test]
async fn a_dry_run_sends_and_writes_nothing(#[case] arguments: &str, #[case] title: &str) {
    let cloud = cloud().await;
    let ended = Program::check(&cloud, "--dry-run").arguments(arguments).run().await.assert_code(0);
    for words in
        [title, "entropy-pool", "images: ", "Testcases: 128 selected, 0 not selected", "v5.1 effective (decides)"]
    {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    assert_eq!((cloud.requests().len(), ended.files()), (0, vec!["clouds.yaml".to_owned()]));
}

#[rstest]
#[case::flag("--os-cloud sim", &[])]
#[case::variable("", &[("SCS_CLOUD", "sim")])]
#[case::variable_for_requires("--step-limit 1m --dry-run", &[("SCS_CLOUD", "sim"), ("SCS_ALLOW_CHANGES", "true")])]
#[case::flag_before_variable("--cloud sim", &[("SCS_CLOUD", "nobody")])]
#[case::empty_variable("--cloud sim", &[("SCS_DEADLINE", "")])]
#[tokio::test]
async fn options_have_aliases_and_variables(#[case] arguments: &str, #[case] environment: &[(&str, &str)]) {
    let cloud = cloud().await;
    let program = Program::new("check iaas --select 'scs-0123-*'").clouds(&cloud.clouds_yaml("sim").unwrap());
    let program =
        environment.iter().fold(program.arguments(arguments), |program, (name, value)| program.env(name, value));
    program.run().await.assert_code(0);
}

#[rstest]
#[case(80)]
#[case(120)]
#[tokio::test]
async fn columns_count_in_pipes(#[case] columns: usize) {
    let ended = Program::new("list").env("COLUMNS", &columns.to_string()).run().await.assert_code(0);
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= columns), "{}", ended.stdout);
}

#[tokio::test]
async fn the_published_scope_gives_the_same_verdicts_as_the_built_in_one() {
    let state = conformant(|state| {
        state.remove_image("Ubuntu 24.04");
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let published = in_repository("tests/fixtures/upstream/scs-compatible-iaas.yaml");
    let program = Program::check(&cloud, "--quiet --output json=r.json --scope").argument(published);
    let by_file = program.run().await.assert_code(1);
    assert_eq!(by_file.stderr, "");
    let built_in = Program::check(&cloud, "--quiet --output json=r.json").run().await.assert_code(1);
    let (by_file, built_in) = (by_file.json("r.json"), built_in.json("r.json"));
    assert!(verdicts(&by_file).contains(&("scs-0104-image-ubuntu-2404".to_owned(), "FAIL".to_owned())));
    let main = |report: &Value| report["versions"]["v5.1"]["targets"]["main"].clone();
    assert_eq!(main(&by_file)["tally"], main(&built_in)["tally"]);
    let ids = main(&built_in)["testcases"].as_array().unwrap().clone();
    assert!(ids.len() > 50);
    for id in ids {
        let result = |report: &Value| report["testcases"][id.as_str().unwrap()].clone();
        let told = |report: &Value| (result(report)["verdict"].clone(), result(report)["findings"].clone());
        assert_eq!(told(&by_file), told(&built_in), "{id}");
    }
}

#[tokio::test]
async fn unknown_testcase_is_missing_and_named() {
    let cloud = cloud().await;
    let published = std::fs::read_to_string(in_repository("tests/fixtures/upstream/scs-compatible-iaas.yaml")).unwrap();
    let scope = published.replace("scs-0123-service-network", "scs-0123-service-netwerk");
    let program = Program::check(&cloud, "--output json=r.json --scope scope.yaml").file("scope.yaml", scope);
    let ended = program.run().await.assert_code(3);
    let result = &ended.json("r.json")["testcases"]["scs-0123-service-netwerk"];
    assert_eq!((&result["verdict"], &result["reason"]["code"]), (&"MISS".into(), &"unknown-testcase".into()));
    assert!(ended.stderr.contains("warning: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("scs-0123-service-netwerk"), "{}", ended.stderr);
    assert!(ended.stderr.contains("scs-0123-service-network"), "the nearest: {}", ended.stderr);
}

#[tokio::test]
async fn definitions_of_a_folder_count_instead_of_the_built_in_ones() {
    let cloud = cloud().await;
    let run = async |program: Program| program.run().await.assert_code(3).json("r.json");
    let of_folder =
        run(Program::check(&cloud, "--output json=r.json --standards").argument(in_repository("standards"))).await;
    let built_in = run(Program::check(&cloud, "--output json=r.json")).await;
    assert_eq!(verdicts(&of_folder), verdicts(&built_in));
    assert_eq!(of_folder["definitions"], built_in["definitions"]);
}

#[rstest]
#[case("scopes", &["SCOPE", "scs-compatible-iaas  v5.1", "effective"])]
#[case("standards", &["STANDARD", "scs-0104", "v1-2"])]
#[case("testcases", &["TESTCASE", "scs-0123-service-compute", "scs-0117-test-backup"])]
#[case("checks", &["CHECK", "image-unique"])]
#[case("", &["TESTCASE"])]
#[tokio::test]
async fn lists(#[case] what: &str, #[case] words: &[&str]) {
    let ended = Program::new("list").arguments(what).run().await.assert_code(0);
    assert_eq!(ended.stderr, "");
    for word in words {
        assert!(ended.stdout.contains(word), "{word}: {}", ended.stdout);
    }
    assert!(ended.stdout.lines().all(|line| line == line.trim_end()));
}

#[tokio::test]
async fn flavor_names_are_explained() {
    let ended = Program::new("flavor parse SCS-4V-16-50").run().await.assert_code(0);
    assert!(ended.stdout.starts_with("SCS-4V-16-50: "), "{}", ended.stdout);
    let ended = Program::new("flavor parse --json SCS-4V-16-50 SCS-x m1.tiny").run().await.assert_code(1);
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["canonical"], &lines[2]["scs"]), (&"SCS-4V-16-50".into(), &false.into()));
    assert_eq!(lines[1]["error"]["position"], 5);
    Program::new("flavor parse -- -SCS").run().await.assert_code(0);
}

#[tokio::test]
async fn flavor_names_are_read_from_stdin() {
    let program = Program::new("flavor parse - --json").file("names", "SCS-1V-2\n\nSCS-2V-4\r\n");
    let names = std::fs::File::open(program.folder().join("names")).unwrap();
    let ended = program.stdin(names).run().await.assert_code(0);
    assert_eq!(ended.stdout.lines().count(), 2);
}

#[tokio::test]
async fn folder_as_stdin_is_reported_as_the_input() {
    let program = Program::new("flavor parse -");
    let folder = std::fs::File::open(program.folder()).unwrap();
    let ended = program.stdin(folder).run().await;
    assert!(ended.code == Some(2) && ended.stderr.contains("stdin"), "{ended:?}");
}

#[rstest]
#[case("")]
#[case("check")]
#[case("check iaas")]
#[case("completions")]
#[case("collect")]
#[case("data update")]
#[case("data show")]
#[case("diff")]
#[case("doctor iaas")]
#[case("doctor kaas")]
#[case("evaluate")]
#[case("explain")]
#[case("lint")]
#[case("render")]
#[case("sweep iaas")]
#[case("sweep kaas")]
#[case("list")]
#[case("manpage")]
#[case("flavor")]
#[case("flavor parse")]
#[tokio::test]
async fn every_command_has_help(#[case] command: &str) {
    for flag in ["--help", "-h"] {
        let ended = Program::new(command).arguments(flag).run().await.assert_code(0);
        assert!(ended.stdout.contains("Usage: scs-conformance"), "{}", ended.stdout);
        assert!(ended.stdout.contains("Examples:\n  scs-conformance "), "{}", ended.stdout);
        assert_eq!(ended.stderr, "");
        assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ended.stdout);
    }
}

#[tokio::test]
async fn version_is_printed() {
    let ended = Program::new("--version").run().await.assert_code(0);
    assert!(ended.stdout.starts_with(concat!("scs-conformance ", env!("CARGO_PKG_VERSION"))), "{}", ended.stdout);
}

/// Returns a pipe whose reader is gone.
pub(super) fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A pipe from which only the beginning is read.
#[tokio::test]
async fn stream_of_names_ends_quietly_when_its_reader_goes_away() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let running = Program::new("flavor parse -").stdin(reader).stdout(closed_pipe()).start();
    std::thread::spawn(move || while writer.write_all(&b"SCS-1V-2\n".repeat(1000)).is_ok() {});
    let ended = running.ended().await.assert_code(0);
    assert_eq!(ended.stderr, "");
}
