//! Shapes of files and variables that openstackclient was tried with (openstacksdk 4.22, openstackclient 10.5): what it
//! accepts is accepted here, with the same precedence. Where we differ, docs/configuration.md says why.

use super::*;
use rstest::rstest;

/// Returns a configuration with a second cloud below the first.
fn beside(other: &str) -> String {
    format!("{}{other}", one_cloud(""))
}

const TWICE: &str = "  d:\n    auth:\n      auth_url: https://k/v3\n      application_credential_id: first\n      application_credential_id: second\n      application_credential_secret: s\n";

/// A fault in another cloud is no fault of the one that was asked for.
#[rstest]
#[case::key_twice(TWICE, &["ROOT/here/clouds.yaml:12:7: clouds.d.auth.application_credential_id: is given twice, and the last value counts; the first one is at ROOT/here/clouds.yaml:11:7; keep one of them"])]
#[case::two_spellings("  d: {region-name: R, region_name: S}\n", &["ROOT/here/clouds.yaml:8:23: clouds.d.region_name: is given twice"])]
#[case::nothing("  d:\n", &[])]
#[case::text("  d: hello\n", &[])]
#[case::list("  d: [1]\n", &[])]
#[case::login_a_text("  d:\n    auth: hello\n", &[])]
#[case::tag("  d:\n    auth: {password: !vault x}\n", &["ROOT/here/clouds.yaml:9:29: clouds.d.auth.password: a value that begins with `!` is a YAML tag"])]
#[case::tagged_cloud("  d: !vault {a: 1}\n", &["ROOT/here/clouds.yaml:8:13: clouds.d: a value that begins with `!` is a YAML tag"])]
#[case::key_a_list("  d:\n    ? [a, b]\n    : c\n", &["ROOT/here/clouds.yaml:9:7: clouds.d: a key must be a plain word"])]
#[case::merge_of_a_text("  d: {<<: hello}\n", &["clouds.d: `<<` takes a map"])]
#[case::merged_from_one_with_a_fault("  d: &d {verify: 1, verify: 0}\n  e: {<<: *d}\n", &["clouds.d.verify: is given twice"])]
#[case::alias_of_itself("  d: &d [*d]\n", &["clouds.d[0]: an alias inside its own anchor"])]
#[case::wrong_values("  d: {verify: maybe, api_timeout: soon, auth_type: x, regions: 3, profile: nowhere}\n", &[])]
#[case::cloud_twice("  d: {verify: true}\n  d: {verify: false}\n", &["ROOT/here/clouds.yaml:9:3: clouds.d: is given twice"])]
fn a_fault_in_another_cloud_is_a_note(#[case] other: &str, #[case] expected: &[&str]) {
    let machine = Machine::new(&[("here/clouds.yaml", &beside(other))], &[]);
    let (found, notes) = noted(&machine, CloudChoice { cloud: Some("c"), region: None });
    assert_eq!(found, OK);
    assert_eq!(notes.len(), expected.len(), "{notes:?}");
    for (note, expected) in notes.iter().zip(expected) {
        assert!(note.contains(expected), "{note}");
    }
}

#[rstest]
#[case::password(
    "    auth: {auth_url: 'https://k', username: u, password: a, password: b, project_name: pr}\n",
    r#"c: https://k/v3 u@Id("default"):b in pr@Id("default") region - public"#
)]
#[case::whole_login(
    "    auth: {auth_url: 'https://x'}\n    auth: {auth_url: 'https://k', username: u, password: b, project_name: pr}\n",
    r#"c: https://k/v3 u@Id("default"):b in pr@Id("default") region - public"#
)]
#[case::two_spellings(
    "    auth: {auth_url: 'https://k', username: u, password: b, project_name: pr, project-name: other}\n",
    r#"c: https://k/v3 u@Id("default"):b in other@Id("default") region - public"#
)]
fn of_a_key_given_twice_the_last_value_counts(#[case] settings: &str, #[case] expected: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", &format!("clouds:\n  c:\n{settings}"))], &[]);
    let (found, notes) = noted(&machine, CloudChoice::default());
    assert_eq!(found, expected);
    assert!(notes.len() == 1 && notes[0].contains("is given twice, and the last value counts"), "{notes:?}");
}

#[test]
fn of_two_lists_of_clouds_the_last_one_counts() {
    let machine = Machine::new(&[("here/clouds.yaml", &format!("clouds: {{x: {{}}}}\n{}", one_cloud("")))], &[]);
    let (found, notes) = noted(&machine, CloudChoice::default());
    assert_eq!(found, OK);
    assert!(notes[0].starts_with("ROOT/here/clouds.yaml:2:1: clouds: is given twice"), "{notes:?}");
}

/// Files that only add to a cloud may be missing or broken; a message says so.
#[rstest]
#[case::profile(
    "clouds.yaml",
    "",
    "profile: nowhere",
    "clouds.c.profile: profile `nowhere` is unknown: there is no clouds-public.yaml"
)]
#[case::profile_of_a_file(
    "clouds-public.yaml",
    "public-clouds: {q: {}}",
    "profile: p",
    "profile `p` is unknown; known: q in ROOT/here/clouds-public.yaml"
)]
#[case::broken_profiles(
    "clouds-public.yaml",
    "public-clouds: [",
    "profile: p",
    "ROOT/here/clouds-public.yaml:1:16: not valid YAML"
)]
#[case::broken_secrets(
    "secure.yaml",
    "clouds: [",
    "",
    "ROOT/here/secure.yaml:1:9: not valid YAML: unclosed bracket '['; this file is left out"
)]
#[case::empty_secrets("secure.yaml", "", "", "ROOT/here/secure.yaml: the file is empty; this file is left out")]
#[case::secrets_without_clouds("secure.yaml", "other: 1", "", "ROOT/here/secure.yaml: has no key `clouds`")]
#[case::key_without_certificate(
    "x",
    "",
    "key: nowhere.pem",
    "clouds.c.key: a key without `cert` is not used; add `cert`"
)]
#[case::authority_that_is_not_asked(
    "x",
    "",
    "insecure: true\n    cacert: nowhere.pem",
    "clouds.c.cacert: has no effect, as certificate verification is disabled"
)]
fn what_only_adds_to_a_cloud_may_be_missing(
    #[case] file: &str,
    #[case] content: &str,
    #[case] setting: &str,
    #[case] expected: &str,
) {
    let clouds = one_cloud(&if setting.is_empty() { String::new() } else { format!("    {setting}\n") });
    let mut files = vec![("here/clouds.yaml".to_owned(), clouds.as_str())];
    if file != "clouds.yaml" {
        files.insert(0, (format!("here/{file}"), content));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let (found, notes) = noted(&Machine::new(&files, &[]), CloudChoice::default());
    assert_eq!(found, OK);
    assert!(notes.iter().any(|note| note.contains(expected)), "{notes:?}");
}

#[test]
fn whoever_is_asked_in_the_clear_needs_no_authority_and_gets_none_of_the_system() {
    let clouds = one_cloud("    cacert: nowhere.pem\n").replace("https:", "http:");
    let machine = Machine::new(&[("here/clouds.yaml", &clouds)], &[]);
    let cloud = load(&machine.environment, CloudChoice::default()).unwrap();
    assert!(matches!(cloud.tls.trust, Trust::Only(pem) if pem.is_empty()));
    assert!(noted(&machine, CloudChoice::default()).1[0].contains("nowhere.pem does not exist"));
}

/// Variables beside a cloud of a file, as openstackclient takes them.
#[rstest]
#[case::password("OS_PASSWORD", "e", r#"u@Id("default"):e in pr@Id("default") region - public"#)]
#[case::user("OS_USERNAME", "e", r#"e@Id("default"):p in pr@Id("default") region - public"#)]
#[case::user_id("OS_USER_ID", "e", r#"#e:p in pr@Id("default") region - public"#)]
#[case::project("OS_PROJECT_NAME", "e", r#"u@Id("default"):p in e@Id("default") region - public"#)]
#[case::project_id("OS_PROJECT_ID", "e", r#"u@Id("default"):p in #e region - public"#)]
#[case::user_domain("OS_USER_DOMAIN_NAME", "e", r#"u@Name("e"):p in pr@Id("default") region - public"#)]
#[case::user_domain_id("OS_USER_DOMAIN_ID", "e", r#"u@Id("e"):p in pr@Id("default") region - public"#)]
#[case::project_domain("OS_PROJECT_DOMAIN_NAME", "e", r#"u@Id("default"):p in pr@Name("e") region - public"#)]
#[case::region("OS_REGION_NAME", "e", r#"u@Id("default"):p in pr@Id("default") region e public"#)]
#[case::interface("OS_INTERFACE", "internal", r#"u@Id("default"):p in pr@Id("default") region - internal"#)]
#[case::empty("OS_PASSWORD", "", r#"u@Id("default"):p in pr@Id("default") region - public"#)]
fn variables_win_over_the_file(#[case] name: &str, #[case] value: &str, #[case] expected: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", &one_cloud(""))], &[("OS_CLOUD", "c"), (name, value)]);
    let (found, notes) = noted(&machine, CloudChoice::default());
    assert_eq!(found, format!("c: https://k/v3 {expected}"));
    let said = format!("ROOT/here/clouds.yaml:2:3: {name} in the environment override the settings of cloud `c`");
    assert_eq!(
        notes.iter().filter(|note| note.starts_with(&said)).count(),
        usize::from(!value.is_empty()),
        "{notes:?}"
    );
}

#[rstest]
#[case::url("OS_AUTH_URL", "https://env", r#"c: https://env/v3 u@Id("default"):p in pr@Id("default") region - public"#)]
#[case::tenant("OS_TENANT_NAME", "e", OK)]
#[case::interface_in_the_old_spelling("OS_ENDPOINT_TYPE", "internalURL", OK)]
#[case::insecure("OS_INSECURE", "true", OK)]
#[case::timeout("OS_API_TIMEOUT", "soon", OK)]
#[case::image("OS_IMAGE_ENDPOINT_OVERRIDE", "nonsense", OK)]
#[case::token("OS_TOKEN", "t", OK)]
#[case::credential_of_another_kind("OS_APPLICATION_CREDENTIAL_NAME", "n", OK)]
#[case::system(
    "OS_SYSTEM_SCOPE",
    "all",
    "environment variable OS_SYSTEM_SCOPE: asks for a token for the whole system; the checks run as an ordinary user of one project: remove this key and name a project"
)]
#[case::trust(
    "OS_TRUST_ID",
    "t",
    "environment variable OS_TRUST_ID: asks for a token for a trust; the checks run as an ordinary user of one project: remove this key and name a project"
)]
#[case::authority(
    "OS_CACERT",
    "/nowhere.pem",
    "environment variable OS_CACERT: /nowhere.pem does not exist; relative paths count from the current directory"
)]
#[case::certificate(
    "OS_CERT",
    "/nowhere.pem",
    "environment variable OS_CERT: /nowhere.pem does not exist; relative paths count from the current directory"
)]
fn other_variables_beside_a_file(#[case] name: &str, #[case] value: &str, #[case] expected: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", &one_cloud(""))], &[("OS_CLOUD", "c"), (name, value)]);
    assert_eq!(machine.load(CloudChoice::default()), expected);
}

#[test]
fn a_variable_without_effect_is_told() {
    let vars = [("OS_CLOUD", "c"), ("OS_TOKEN", "t"), ("OS_TENANT_NAME", "e"), ("OS_PASSWORD", "e")];
    let (_, notes) = noted(&Machine::new(&[("here/clouds.yaml", &one_cloud(""))], &vars), CloudChoice::default());
    assert_eq!(
        notes,
        [
            "ROOT/here/clouds.yaml:2:3: OS_PASSWORD in the environment override the settings of cloud `c`; unset what is not meant for this cloud",
            "ROOT/here/clouds.yaml:2:3: OS_TENANT_NAME, OS_TOKEN in the environment have no effect on cloud `c`; unset them, or choose their cloud",
        ]
    );
}

#[rstest]
#[case::fill_the_password(one_auth(&[URL, "username: u", "project_name: pr"]), &[("OS_PASSWORD", "e")], r#"c: https://k/v3 u@Id("default"):e in pr@Id("default") region - public"#)]
#[case::fill_everything("clouds:\n  c: {region_name: R}\n".to_owned(), &[("OS_AUTH_URL", "https://e"), ("OS_USERNAME", "eu"), ("OS_PASSWORD", "ep"), ("OS_PROJECT_NAME", "epr")], r#"c: https://e/v3 eu@Id("default"):ep in epr@Id("default") region R public"#)]
#[case::secret_of_a_credential(one_auth(&[URL, "application_credential_id: i", "application_credential_secret: s"]), &[("OS_APPLICATION_CREDENTIAL_SECRET", "e")], "c: https://k/v3 appcred #i:e region - public")]
#[case::password_beside_a_credential(one_auth(&[URL, "application_credential_id: i", "application_credential_secret: s"]), &[("OS_USERNAME", "eu"), ("OS_PASSWORD", "ep"), ("OS_PROJECT_NAME", "epr")], "c: https://k/v3 appcred #i:s region - public")]
#[case::whole_credential_beside_a_password(one_cloud(""), &[("OS_APPLICATION_CREDENTIAL_ID", "i"), ("OS_APPLICATION_CREDENTIAL_SECRET", "s")], OK)]
#[case::credential_fills(one_auth(&[URL]), &[("OS_APPLICATION_CREDENTIAL_ID", "i"), ("OS_APPLICATION_CREDENTIAL_SECRET", "s")], "c: https://k/v3 appcred #i:s region - public")]
#[case::region_of_a_list(one_cloud("    regions: [R1, {name: R2, values: {interface: admin}}]\n"), &[("OS_REGION_NAME", "R2")], r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region R2 admin"#)]
#[case::over_the_region(one_cloud("    regions: [{name: R, values: {interface: admin}}]\n"), &[("OS_INTERFACE", "internal")], r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region R internal"#)]
#[case::another_region(one_cloud("    region_name: R1\n"), &[("OS_REGION_NAME", "R2")], "environment variable OS_REGION_NAME: region `R2` is unknown; known: R1")]
#[case::region_not_in_the_list(one_cloud("    regions: [R1, R2]\n"), &[("OS_REGION_NAME", "R9")], "environment variable OS_REGION_NAME: region `R9` is unknown; known: R1, R2; did you mean `R1`?")]
fn several_variables_beside_a_file(#[case] clouds: String, #[case] vars: &[(&str, &str)], #[case] expected: &str) {
    let vars: Vec<(&str, &str)> = vars.iter().chain(&[("OS_CLOUD", "c")]).copied().collect();
    let found = Machine::new(&[("here/clouds.yaml", &clouds)], &vars).load(CloudChoice::default());
    assert_eq!(found.split("; did you mean").next(), expected.split("; did you mean").next());
}

#[rstest]
#[case::no_project(one_auth(&[URL, "username: u", "password: p"]), r#"c: https://k/v3 u@Id("default"):p in the default project region - public"#)]
#[case::token_alone(one_auth(&[URL, "token: t"]), "c: https://k/v3 token t in the default project region - public")]
#[case::token_of_a_type(one_auth(&[URL, "token: t"]) + "    auth_type: v3token\n", "c: https://k/v3 token t in the default project region - public")]
#[case::beside_wins(
    one_cloud("    password: outer\n    project_name: other\n"),
    r#"c: https://k/v3 u@Id("default"):outer in other@Id("default") region - public"#
)]
#[case::interfaces(
    one_cloud("    interface: [internal, public]\n"),
    r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region - internal"#
)]
#[case::no_interfaces(one_cloud("    interface: []\n"), OK)]
#[case::region_list_of_one(
    one_cloud("    region_name: [R]\n"),
    r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region R public"#
)]
#[case::no_auth_type(one_cloud("    auth_type: ''\n"), OK)]
#[case::auth_plugin(one_cloud("    auth_plugin: v3password\n"), OK)]
#[case::no_timeout(one_cloud("    api_timeout:\n"), OK)]
#[case::networks_are_not_looked_at(one_cloud("    networks: hello\n"), OK)]
#[case::tabs_in_flow("clouds:\n  c:\n    auth: {\tauth_url: 'https://k', username: u, password: p, project_name: pr}\n".to_owned(), OK)]
#[case::a_number_as_name(one_cloud("").replace("  c:", "  1:"), r#"1: https://k/v3 u@Id("default"):p in pr@Id("default") region - public"#)]
#[case::braces_in_a_password(one_cloud("").replace("password: p", "password: 'a{b}c'"), r#"c: https://k/v3 u@Id("default"):a{b}c in pr@Id("default") region - public"#)]
fn accepted_shapes(#[case] clouds: String, #[case] expected: &str) {
    let (found, notes) = noted(&Machine::new(&[("here/clouds.yaml", &clouds)], &[]), CloudChoice::default());
    assert_eq!((found.as_str(), notes.as_slice()), (expected, [].as_slice()));
}

#[test]
fn further_interfaces_are_kept() {
    let machine = Machine::new(&[("here/clouds.yaml", &one_cloud("    interface: [internal, public]\n"))], &[]);
    let cloud = load(&machine.environment, CloudChoice::default()).unwrap();
    assert_eq!((cloud.interface, cloud.other_interfaces), (Interface::Internal, vec![Interface::Public]));
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

/// Bundles of certificates that variables name, as requests takes them.
#[rstest]
#[case::requests("", &[("REQUESTS_CA_BUNDLE", "ROOT/one.pem")], Ok("one"))]
#[case::curl("", &[("CURL_CA_BUNDLE", "ROOT/one.pem")], Ok("one"))]
#[case::requests_first("", &[("REQUESTS_CA_BUNDLE", "ROOT/one.pem"), ("CURL_CA_BUNDLE", "ROOT/two.pem")], Ok("one"))]
#[case::the_file_first("cacert: ../two.pem", &[("REQUESTS_CA_BUNDLE", "ROOT/one.pem")], Ok("two"))]
#[case::the_own_variable_first("cacert: ../two.pem", &[("OS_CACERT", "ROOT/one.pem"), ("CURL_CA_BUNDLE", "ROOT/none.pem")], Ok("one"))]
#[case::verify_names_a_file("verify: ../two.pem", &[], Ok("two"))]
#[case::not_verified("verify: false", &[("REQUESTS_CA_BUNDLE", "ROOT/none.pem")], Ok("anyone"))]
#[case::missing("", &[("REQUESTS_CA_BUNDLE", "ROOT/none.pem")], Err("environment variable REQUESTS_CA_BUNDLE: ROOT/none.pem does not exist; correct or unset the variable"))]
#[case::no_certificate("", &[("CURL_CA_BUNDLE", "ROOT/here/clouds.yaml")], Err("environment variable CURL_CA_BUNDLE: the file holds no PEM certificate; it must contain `-----BEGIN CERTIFICATE-----`"))]
fn bundles_of_variables(#[case] setting: &str, #[case] vars: &[(&str, &str)], #[case] expected: Result<&str, &str>) {
    let clouds = one_cloud(&if setting.is_empty() { String::new() } else { format!("    {setting}\n") });
    let (one, two) = (format!("one\n{CERTIFICATE}"), format!("two\n{CERTIFICATE}"));
    let machine = Machine::new(&[("here/clouds.yaml", &clouds), ("one.pem", &one), ("two.pem", &two)], vars);
    let found = match load(&machine.environment, CloudChoice::default()).map(|cloud| cloud.tls.trust) {
        Ok(Trust::Only(pem)) => Ok(String::from_utf8(pem).unwrap()[..3].to_owned()),
        Ok(Trust::Anyone) => Ok("anyone".to_owned()),
        Ok(Trust::System) => Ok("system".to_owned()),
        Err(error) => Err(error.to_string().replace(machine.root.path().to_str().unwrap(), "ROOT")),
    };
    assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
}

/// A proxy that cannot be used is not passed over in silence.
#[rstest]
#[case::nonsense(&[("https_proxy", "nonsense://p")], Some("https_proxy"), None)]
#[case::nonsense_in_capitals(&[("HTTPS_PROXY", "nonsense://hush@p")], Some("HTTPS_PROXY"), None)]
#[case::for_everything(&[("ALL_PROXY", "ftp://p")], Some("ALL_PROXY"), None)]
#[case::for_everything_else(&[("all_proxy", "ftp://p"), ("https_proxy", "http://p")], None, Some("all_proxy"))]
#[case::for_http_only(&[("http_proxy", "nonsense://p")], None, Some("http_proxy"))]
#[case::no_port(&[("HTTPS_PROXY", "p:web")], Some("HTTPS_PROXY"), None)]
#[case::without_scheme(&[("HTTPS_PROXY", "p:3128")], None, None)]
#[case::socks(&[("HTTPS_PROXY", "socks5h://p:1080")], None, None)]
#[case::empty(&[("HTTPS_PROXY", "")], None, None)]
fn proxies_of_variables(#[case] vars: &[(&str, &str)], #[case] refused: Option<&str>, #[case] noted_of: Option<&str>) {
    let (found, notes) = noted(&Machine::new(&[("here/clouds.yaml", &one_cloud(""))], vars), CloudChoice::default());
    let said = |name: &str| {
        format!(
            "environment variable {name}: must be the URL of a proxy, with http, https or socks5; write it like http://proxy.example.com:3128, or unset the variable"
        )
    };
    assert_eq!(found, refused.map_or(OK.to_owned(), said));
    assert_eq!(notes, noted_of.map(said).into_iter().collect::<Vec<_>>());
}

#[cfg(unix)]
#[rstest]
#[case::own("clouds.yaml", 0o600, None)]
#[case::usual("clouds.yaml", 0o644, None)]
#[case::own_group("clouds.yaml", 0o664, None)]
#[case::everybody(
    "clouds.yaml",
    0o666,
    Some(
        "ROOT/here/clouds.yaml: may be written by every user of this machine (mode 0666); run `chmod go-w ROOT/here/clouds.yaml`"
    )
)]
#[case::everybody_by_accident(
    "secure.yaml",
    0o602,
    Some(
        "ROOT/here/secure.yaml: may be written by every user of this machine (mode 0602); run `chmod go-w ROOT/here/secure.yaml`"
    )
)]
#[case::readable_secrets(
    "secure.yaml",
    0o644,
    Some(
        "ROOT/here/secure.yaml: may be read by every user of this machine (mode 0644); run `chmod o-r ROOT/here/secure.yaml`"
    )
)]
#[case::secrets("secure.yaml", 0o640, None)]
fn files_that_others_may_write_are_told(#[case] name: &str, #[case] mode: u32, #[case] expected: Option<&str>) {
    use std::os::unix::fs::PermissionsExt;
    let files = [("here/clouds.yaml", one_cloud("")), ("here/secure.yaml", "clouds: {}".to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let machine = Machine::new(&files, &[]);
    for (file, usual) in [("clouds.yaml", 0o600), ("secure.yaml", 0o600)] {
        let mode = if file == name { mode } else { usual };
        let path = machine.root.path().join("here").join(file);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    assert_eq!(noted(&machine, CloudChoice::default()).1, expected.map(str::to_owned).into_iter().collect::<Vec<_>>());
}
