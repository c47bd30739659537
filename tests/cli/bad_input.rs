//! Errors of users: each has the documented exit code and one message, sends no request, and leaves nothing behind.

use super::cloud;
use crate::program::Program;
use crate::support::conformant;
use scs_simcloud::SimCloud;

/// Something wrong.
pub(super) struct Wrong {
    arguments: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    variables: &'static [(&'static str, &'static str)],
    /// The words that the message has to contain.
    words: &'static [&'static str],
}

pub(super) const fn wrong(arguments: &'static str, words: &'static [&'static str]) -> Wrong {
    Wrong { arguments, files: &[], variables: &[], words }
}

pub(super) const fn with(
    arguments: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    words: &'static [&'static str],
) -> Wrong {
    Wrong { arguments, files, variables: &[], words }
}

const fn set(
    arguments: &'static str,
    variables: &'static [(&'static str, &'static str)],
    words: &'static [&'static str],
) -> Wrong {
    Wrong { arguments, files: &[], variables, words }
}

/// The cloud `sim` is well configured unless the row brings a clouds.yaml of its own.
pub(super) const CHECK: &[Wrong] = &[
    // Arguments
    wrong("--frobnicate", &["unexpected argument '--frobnicate'", "Usage"]),
    wrong("surplus", &["unexpected argument 'surplus'"]),
    wrong("--quiet -v", &["--quiet", "--verbose", "cannot be used"]),
    wrong("--color maybe", &["maybe", "auto, always, never"]),
    wrong("--log-format xml", &["xml", "text, json"]),
    wrong("--deadline", &["a value is required", "--deadline"]),
    wrong("--deadline soon", &["soon", "90s or 5m"]),
    wrong("--deadline 0s", &["needs some time"]),
    wrong("--deadline=-5m", &["-5m", "90s or 5m"]),
    wrong("--deadline 99999999999999999999years", &["90s or 5m"]),
    wrong("--date yesterday", &["yesterday", "2026-11-20"]),
    wrong("--date 2026-02-30", &["2026-02-30"]),
    wrong("--date 2026-11-20T25:00:00Z", &["2026-11-20T25:00:00Z"]),
    wrong("--date 20261120", &["20261120"]),
    wrong("--date 2020-01-01", &["timeline begins on", "--date", "--scope-version"]),
    wrong("--date 0000-01-01", &["timeline begins on"]),
    wrong("--version v99", &["no version \"v99\"", "known are: ", "v5.1"]),
    wrong("--version V5.1", &["no version", "v5.1"]),
    wrong("--select", &["a value is required"]),
    wrong("--select ''", &["matches no testcase"]),
    wrong("--select 'scs-['", &["not a valid pattern", "scs-["]),
    wrong("--select scs-0123-service-compte", &["did you mean scs-0123-service-compute?"]),
    wrong("--select 'scs-0102-*' --select 'scs-0999-*'", &["scs-0999-*", "matches no testcase"]),
    wrong("--section huge", &["huge", "light, medium and heavy"]),
    wrong("--section heavy --target main", &["nothing is selected", "heavy"]),
    wrong("--section medium --select 'scs-0114-*'", &["nothing is selected", "scs-0114-*"]),
    wrong("--output json=- --output yaml=-", &["only one", "stdout"]),
    // Definitions
    wrong("--scope nothing-like-it", &["no scope", "known are: ", "scs-compatible-iaas"]),
    wrong("--scope missing.yaml", &["missing.yaml", "check the spelling"]),
    with("--scope sub", &[("sub/x", b"")], &["sub", "folder"]),
    with("--scope empty.yaml", &[("empty.yaml", b"")], &["empty.yaml", "empty"]),
    with("--scope s.yaml", &[("s.yaml", b"name: [unclosed")], &["s.yaml", "1"]),
    with("--scope s.yaml", &[("s.yaml", b"\xff\xfe\x00")], &["s.yaml", "UTF-8"]),
    with("--scope s.yaml", &[("s.yaml", b"uuid: x\nname: y\nsurprise: 1\n")], &["s.yaml:3", "surprise"]),
    wrong("--standards nowhere", &["nowhere", "check the spelling"]),
    with("--standards sub", &[("sub/readme.txt", b"")], &["no definition", "sub"]),
    with("--standards sub", &[("sub/s.yml", b"")], &["s.yml", "not read as a definition", "rename it to s.yaml"]),
    with("--standards sub", &[("sub/in/S.YAML", b"")], &["in/S.YAML", "rename it to S.yaml"]),
    with("--standards file.yaml", &[("file.yaml", b"x")], &["file.yaml", "cannot be read"]),
    with("--standards sub", &[("sub/s.yaml", b"what: ever\n")], &["s.yaml:1"]),
    // Configuration
    wrong("--cloud simm", &["unknown", "sim", "did you mean"]),
    wrong("--cloud ''", &["--cloud", "unknown", "sim"]),
    with("", &[("clouds.yaml", b"")], &["clouds.yaml", "empty"]),
    with("", &[("clouds.yaml", b"clouds: {sim: [1, 2]}")], &["clouds.yaml:1", "not a map"]),
    with("", &[("clouds.yaml", b"clouds:\n  sim:\n    auth: {\n")], &["clouds.yaml:"]),
    with("", &[("clouds.yaml", b"clouds:\n  sim:\n\tauth: 1\n")], &["clouds.yaml:3"]),
    with("", &[("clouds.yaml", b"clouds:\n  sim:\n    auth:\n      auth_url: nope\n")], &["auth_url", "not a URL"]),
    with(
        "",
        &[("clouds.yaml", b"clouds:\n  sim:\n    auth:\n      auth_url: http://h/v3\n      username: u\n")],
        &["clouds.sim.auth.", "missing"],
    ),
    with(
        "",
        &[("clouds.yaml", b"clouds:\n  sim:\n    auth_type: v3oidcpassword\n    auth: {auth_url: http://h}\n")],
        &["clouds.yaml:3", "v3oidcpassword", "application credential"],
    ),
    with("", &[("clouds.yaml/x", b"")], &["clouds.yaml", "is a folder"]),
    set("", &[("OS_CLIENT_CONFIG_FILE", "/nonexistent/c.yaml")], &["OS_CLIENT_CONFIG_FILE", "does not exist"]),
];

#[tokio::test]
async fn bad_input_of_check_is_one_message() {
    let cloud = cloud().await;
    for row in CHECK {
        let clouds = cloud.clouds_yaml("sim").unwrap();
        let cloud_named = if row.arguments.contains("--cloud") { "" } else { "--cloud sim" };
        let mut program = Program::new("check iaas --output json=r.json").arguments(cloud_named);
        if !row.files.iter().any(|(name, _)| name.starts_with("clouds.yaml")) {
            program = program.clouds(&clouds);
        }
        assert_refused(program, row).await;
    }
    assert_eq!(cloud.requests().len(), 0);
}

pub(super) const OTHERS: &[Wrong] = &[
    wrong("", &["Usage"]),
    wrong("chek", &["unrecognized subcommand", "check"]),
    wrong("check", &["Usage"]),
    wrong("check kubernetes", &["kubernetes"]),
    wrong("check kaas", &["no kubeconfig", "KUBECONFIG is not set", "--kubeconfig"]),
    wrong("collect kaas --context a", &["no kubeconfig"]),
    wrong("doctor kaas --kubeconfig no.yaml", &["--kubeconfig: ", "no.yaml does not exist"]),
    wrong("list everything", &["everything", "scopes, standards, testcases, checks"]),
    wrong("list --scope x", &["no scope"]),
    wrong("list --standards nowhere", &["nowhere"]),
    wrong("list --version v5", &["no version of SCS-compatible IaaS \"v5\"", "known are: next, v6, v5.1, v4, v3"]),
    wrong("list --standard scs-0103x", &["no standard \"scs-0103x\"", "did you mean scs-0103?"]),
    wrong("list --target mian", &["targets are main, text, recommended and preview"]),
    wrong("list --level shall", &["levels are must, should and may"]),
    wrong("list --section lite", &["sections are light, medium and heavy"]),
    wrong("list checks --mutating", &["only testcases can be filtered"]),
    wrong("explain", &["required", "ID"]),
    wrong("explain scs-0103", &["is a standard", "scs-0103-flavor-1v-4"]),
    wrong("explain scs-0123-service-compte", &["did you mean scs-0123-service-compute?"]),
    wrong("explain zzz", &["no testcase \"zzz\"", "list testcases"]),
    wrong("explain x --report nowhere.json", &["nowhere.json cannot be read"]),
    wrong("explain x --report r.json --scope y", &["cannot be used with"]),
    wrong("completions", &["required", "SHELL"]),
    wrong("completions csh", &["invalid value", "bash"]),
    wrong("manpage chek", &["has no command \"chek\"", "check"]),
    wrong("lint nowhere", &["nowhere"]),
    with("lint sub", &[("sub/s.yml", b"")], &["s.yml", "rename it to s.yaml"]),
    wrong("lint --record", &["required", "DIR"]),
    wrong("flavor", &["Usage"]),
    wrong("flavor parse", &["required", "NAME"]),
    wrong("flavor parse -SCS", &["unexpected argument"]),
    wrong("check iaas", &["no cloud is configured", "clouds.yaml", "OS_AUTH_URL"]),
    wrong("check iaas --cloud x", &["--cloud", "no cloud is configured"]),
    set("check iaas", &[("OS_CLOUD", "x")], &["OS_CLOUD", "no cloud is configured"]),
    set("check iaas", &[("OS_USERNAME", "x")], &["OS_AUTH_URL is not set"]),
    set("check iaas", &[("OS_AUTH_URL", "http://h"), ("OS_USERNAME", "u")], &["OS_PASSWORD is not set"]),
    set("check iaas", &[("OS_AUTH_URL", "ftp://h")], &["OS_AUTH_URL", "http"]),
    with(
        "check iaas",
        &[("clouds.yaml", b"clouds: {one: {}, two: {}}")],
        &["several clouds", "one, two", "--cloud or OS_CLOUD"],
    ),
];

#[tokio::test]
async fn bad_input_of_other_commands_is_one_message() {
    for row in OTHERS {
        assert_refused(Program::new(""), row).await;
    }
}

/// Asserts exit code 2, one message with the words, nothing printed, nothing left behind.
pub(super) async fn assert_refused(program: Program, row: &Wrong) {
    let program = row.files.iter().fold(program, |program, (name, content)| program.file(name, content));
    let program = row.variables.iter().fold(program, |program, (name, value)| program.env(name, value));
    let before = crate::program::files_in(program.folder());
    let ended = program.arguments(row.arguments).run().await;
    let shown = format!("{:?} {:?}: {ended:#?}", row.arguments, row.files);
    assert_eq!(ended.code, Some(2), "{shown}");
    let told = |word: &&str| ended.stderr.contains(*word);
    assert!(row.words.iter().all(told), "{:?} in {shown}", row.words);
    let errors = ended.stderr.lines().filter(|line| line.starts_with("error")).count();
    // A command that is not complete shows its help instead.
    assert!(errors == 1 || (errors == 0 && ended.stderr.contains("Usage:")), "{shown}");
    assert_eq!(ended.stdout, "", "{shown}");
    assert_eq!(ended.files(), before, "{shown}");
}

/// An error that only the cloud can report makes an undecided run with a report, not a usage error.
#[tokio::test]
async fn an_error_of_the_cloud_is_reported() {
    let cloud = SimCloud::start(conformant(|state| state.add_region("RegionTwo"))).await.unwrap();
    let yaml = cloud.clouds_yaml("sim").unwrap();
    let rows: [(&str, String, &str, &str); 6] = [
        ("", yaml.replace("simulated-password", "wrong"), "credentials-refused", "check user name, password"),
        ("", yaml.replace("/identity", "/image"), "not-an-api", "auth_url must point to Keystone"),
        ("", yaml.replace(cloud.base_url(), "http://127.0.0.1:1"), "unreachable", "nothing listens on 127.0.0.1:1"),
        ("", yaml.replace(cloud.base_url(), "http://no.such.host.invalid"), "unreachable", "host name"),
        ("--region RegionThree", yaml.clone(), "configuration", "it has: RegionOne, RegionTwo"),
        ("", yaml.replace("region_name: RegionOne", ""), "configuration", "set region_name or --region"),
    ];
    for (arguments, clouds, code, words) in rows {
        let program = Program::new("check iaas --cloud sim --output json=r.json --output yaml=r.yaml").clouds(&clouds);
        let ended = program.arguments(arguments).run().await.assert_code(3);
        let report = ended.json("r.json");
        assert_eq!(report["subject"]["reason"]["code"], code, "{report}");
        assert_ne!(report["subject"]["state"], "tested");
        for text in [&ended.stdout, &ended.stderr] {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!ended.stdout.contains("PASS"), "{}", ended.stdout);
    }
}
