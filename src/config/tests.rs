//! Tables of configurations, broken and valid. Every message is asserted in full: it is what a user reads.

use std::collections::BTreeMap;
use std::fs;

use rstest::rstest;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

/// A machine with a home, a current directory and a system folder of its own.
struct Machine {
    root: TempDir,
    environment: Environment,
}

impl Machine {
    fn new(files: &[(&str, &str)], vars: &[(&str, &str)]) -> Self {
        let root = TempDir::new().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["here", "home", "etc"] {
            fs::create_dir_all(path(folder)).unwrap();
        }
        for (name, content) in files {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), content).unwrap();
        }
        let vars = vars.iter().map(|(name, value)| {
            let value = value.replace("ROOT", root.path().to_str().unwrap());
            ((*name).to_owned(), value)
        });
        let environment = Environment {
            vars: vars.collect::<BTreeMap<_, _>>(),
            home: Some(path("home")),
            cwd: path("here"),
            system: path("etc"),
        };
        Self { root, environment }
    }

    /// The cloud in short, or the message with this machine's folder written as ROOT.
    fn load(&self, choice: Choice<'_>) -> String {
        match load(&self.environment, choice) {
            Ok(cloud) => summary(&cloud),
            Err(error) => error.to_string().replace(self.root.path().to_str().unwrap(), "ROOT"),
        }
    }
}

fn summary(cloud: &Cloud) -> String {
    let user = |user: &User| match user {
        User::Id(id) => format!("#{id}"),
        User::Name { name, domain } => format!("{name}@{domain:?}"),
    };
    let project = |project: &Project| match project {
        Project::Id(id) => format!("#{id}"),
        Project::Name { name, domain } => format!("{name}@{domain:?}"),
    };
    let auth = match &cloud.auth {
        Auth::Password { user: u, password, project: p } => {
            format!("{}:{} in {}", user(u), password.expose_secret(), project(p))
        }
        Auth::ApplicationCredential { credential: ApplicationCredential::Id(id), secret } => {
            format!("appcred #{id}:{}", secret.expose_secret())
        }
        Auth::ApplicationCredential { credential: ApplicationCredential::Name { name, user: u }, secret } => {
            format!("appcred {name} of {}:{}", user(u), secret.expose_secret())
        }
        Auth::Token { token, project: p } => {
            format!("token {} in {}", token.expose_secret(), project(p))
        }
    };
    let region = cloud.region.as_deref().unwrap_or("-");
    format!("{}: {} {auth} region {region} {}", cloud.name, cloud.auth_url, cloud.interface.as_str())
}

/// `clouds.yaml` with one cloud `c`, complete but for what `settings` adds below it.
fn one_cloud(settings: &str) -> String {
    format!(
        "clouds:\n  c:\n    auth:\n      auth_url: https://k/v3\n      username: u\n      password: p\n      project_name: pr\n{settings}"
    )
}

/// `clouds.yaml` with one cloud `c` and exactly these lines below `auth`.
fn one_auth(lines: &[&str]) -> String {
    format!("clouds:\n  c:\n    auth:\n      {}\n", lines.join("\n      "))
}

const OK: &str = r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region - public"#;
const URL: &str = "auth_url: https://k/v3";

#[rstest]
#[case::empty(
    "",
    "ROOT/here/clouds.yaml: the file is empty; it must begin with `clouds:` and list each cloud below it"
)]
#[case::comment(
    "# nothing\n",
    "ROOT/here/clouds.yaml: the file is empty; it must begin with `clouds:` and list each cloud below it"
)]
#[case::a_list(
    "- a\n",
    "ROOT/here/clouds.yaml:1:1: is a list, not a map; it must begin with `clouds:` and list each cloud below it"
)]
#[case::text(
    "just text",
    "ROOT/here/clouds.yaml:1:1: is a plain value, not a map; it must begin with `clouds:` and list each cloud below it"
)]
#[case::no_clouds(
    "cloud:\n  c: {}\n",
    "ROOT/here/clouds.yaml: has no key `clouds` (it has: cloud); it must begin with `clouds:` and list each cloud below it"
)]
#[case::clouds_nothing(
    "clouds:\n",
    "ROOT/here/clouds.yaml:1:7: clouds: must be a map of clouds, but is nothing; indent each cloud's name below it"
)]
#[case::clouds_a_list(
    "clouds:\n  - c\n",
    "ROOT/here/clouds.yaml:2:3: clouds: must be a map of clouds, but is a list; indent each cloud's name below it"
)]
#[case::no_cloud(
    "clouds: {}\n",
    "no cloud is configured: no clouds.yaml with clouds in ROOT/here, ROOT/home/.config/openstack, ROOT/etc, and OS_AUTH_URL is not set; put a clouds.yaml there, name one with OS_CLIENT_CONFIG_FILE, or source an openrc file"
)]
#[case::cloud_nothing(
    "clouds:\n  c:\n",
    "ROOT/here/clouds.yaml:2:3: clouds.c: has no settings: it is nothing, not a map; indent its settings below its name"
)]
#[case::cloud_a_text(
    "clouds:\n  c: https://k/v3\n",
    "ROOT/here/clouds.yaml:2:3: clouds.c: has no settings: it is a plain value, not a map; indent its settings below its name"
)]
#[case::tab(
    "clouds:\n\tc: {}\n",
    "ROOT/here/clouds.yaml:2:2: not valid YAML: tabs disallowed within this context (block indentation); indent with spaces"
)]
#[case::unclosed("clouds: {c: {\n", "ROOT/here/clouds.yaml:1:13: not valid YAML: unclosed bracket '{'")]
#[case::colon(
    "clouds:\n  c:\n    auth:\n      auth_url: https://k: 5\n",
    "ROOT/here/clouds.yaml:4:26: not valid YAML: mapping values are not allowed in this context; quote the value if it contains `: `"
)]
#[case::twice(
    "clouds:\n  c:\n    verify: true\n    verify: false\n",
    "ROOT/here/clouds.yaml:4:5: key `verify` is given twice; the first one is at ROOT/here/clouds.yaml:3:5; keep one of them"
)]
#[case::cloud_twice(
    "clouds:\n  c: {}\n  c: {}\n",
    "ROOT/here/clouds.yaml:3:3: key `c` is given twice; the first one is at ROOT/here/clouds.yaml:2:3; keep one of them"
)]
#[case::second_document(
    "clouds: {}\n---\nclouds: {}\n",
    "ROOT/here/clouds.yaml:3:1: a second YAML document begins here; keep one document per file"
)]
#[case::tag(
    "clouds:\n  c:\n    auth:\n      password: !vault |\n        6162\n",
    "ROOT/here/clouds.yaml:5:9: the YAML tag `!vault` is not understood; write the plain value; an encrypted file must be decrypted first"
)]
#[case::unknown_alias(
    "clouds:\n  c: *base\n",
    "ROOT/here/clouds.yaml:2:6: not valid YAML: while parsing node, found unknown anchor"
)]
#[case::two_clouds(
    "clouds: {b: {}, a: {}}\n",
    "several clouds are configured and none is chosen: a, b; choose one with --cloud or OS_CLOUD"
)]
#[case::no_auth(
    "clouds:\n  c:\n    region_name: R\n",
    "ROOT/here/clouds.yaml:2:3: clouds.c.auth.auth_url: is missing; add it"
)]
#[case::no_auth_url(&one_auth(&["username: u"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.auth_url: is missing; add it")]
#[case::misspelled_auth_url(&one_auth(&["auth-ur: https://k"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.auth_url: is missing; `auth-ur` at ROOT/here/clouds.yaml:4:7 looks like it; rename it")]
#[case::no_username(&one_auth(&[URL]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.username: is missing; add it")]
#[case::misspelled_username(&one_auth(&[URL, "usrname: u"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.username: is missing; `usrname` at ROOT/here/clouds.yaml:5:7 looks like it; rename it")]
#[case::no_password(&one_auth(&[URL, "username: u"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.password: is missing; add it to secure.yaml or clouds.yaml")]
#[case::empty_password(&one_auth(&[URL, "username: u", "password: ''"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.password: is missing; it is empty at ROOT/here/clouds.yaml:6:7")]
#[case::no_project(&one_auth(&[URL, "username: u", "password: p"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.project_name: is missing; add it")]
#[case::domain_scope(&one_auth(&[URL, "username: u", "password: p", "domain_name: d"]), "ROOT/here/clouds.yaml:7:20: clouds.c.auth.domain_name: asks for a token for a domain, not for a project; the checks run as an ordinary user of one project: add project_name or project_id")]
#[case::system_scope(&one_auth(&[URL, "system_scope: all"]), "ROOT/here/clouds.yaml:5:21: clouds.c.auth.system_scope: asks for a token for the whole system; the checks run as an ordinary user of one project: remove this key and name a project")]
#[case::trust(&one_auth(&[URL, "trust_id: t"]), "ROOT/here/clouds.yaml:5:17: clouds.c.auth.trust_id: asks for a token for a trust; the checks run as an ordinary user of one project: remove this key and name a project")]
#[case::no_secret(&one_auth(&[URL, "application_credential_id: i"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.application_credential_secret: is missing; add it to secure.yaml or clouds.yaml")]
#[case::no_credential(&one_auth(&[URL, "application_credential_secret: s"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.application_credential_id: is missing; add it")]
#[case::credential_without_user(&one_auth(&[URL, "application_credential_secret: s", "application_credential_name: n"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.username: is missing; add it")]
#[case::password_a_list(&one_auth(&[URL, "username: u", "password: [secret]"]), "ROOT/here/clouds.yaml:6:17: clouds.c.auth.password: must be a plain value, but is a list; quote it if it contains special characters")]
#[case::token_without_project(&one_auth(&[URL, "token: t"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.project_name: is missing; add it")]
#[case::auth_type(&one_cloud("    auth_type: v3oidcpassword\n"), "ROOT/here/clouds.yaml:8:16: clouds.c.auth_type: auth type `v3oidcpassword` is not supported; use one of password, v3password, v3applicationcredential, token, v3token; an application credential works on every cloud")]
#[case::auth_v2(&one_auth(&["auth_url: https://k/v2.0"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: points to version 2 of the Identity API; end it with /v3")]
#[case::identity_v2(&one_cloud("    identity_api_version: 2\n"), "ROOT/here/clouds.yaml:8:27: clouds.c.identity_api_version: version 2 of the Identity API is not supported; use 3; version 2 was removed from OpenStack in 2018")]
#[case::url_without_scheme(&one_auth(&["auth_url: k:5000/v3"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: must begin with https:// or http://")]
#[case::url_without_host(&one_auth(&["auth_url: https://"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: not a URL: empty host; write it like https://cloud.example.com:5000/v3")]
#[case::url_relative(&one_auth(&["auth_url: keystone"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: not a URL: relative URL without a base; write it like https://cloud.example.com:5000/v3")]
#[case::url_with_password(&one_auth(&["auth_url: https://u:geheim@k/v3"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: holds a user name or password; remove it from the URL; credentials belong under `auth`")]
#[case::url_with_query(&one_auth(&["auth_url: https://k/v3?a=b"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: must not have a `?` or `#` part")]
#[case::interface(&one_cloud("    interface: pubic\n"), "ROOT/here/clouds.yaml:8:16: clouds.c.interface: must be public, internal or admin, not `pubic`")]
#[case::interface_a_list(&one_cloud("    interface: [public]\n"), "ROOT/here/clouds.yaml:8:16: clouds.c.interface: must be a plain value, but is a list; quote it if it contains special characters")]
#[case::verify(&one_cloud("    verify: maybe\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.verify: must be true or false, not `maybe`")]
#[case::timeout_text(&one_cloud("    api_timeout: soon\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.api_timeout: must be seconds from above 0 to 3600, not `soon`")]
#[case::timeout_zero(&one_cloud("    api_timeout: 0\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.api_timeout: must be seconds from above 0 to 3600, not `0`")]
#[case::timeout_infinite(&one_cloud("    api_timeout: .inf\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.api_timeout: must be seconds from above 0 to 3600, not `.inf`")]
#[case::cacert_missing(&one_cloud("    cacert: ca.pem\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.cacert: ROOT/here/ca.pem does not exist; relative paths count from the current directory")]
#[case::cacert_no_pem(&one_cloud("    cacert: clouds.yaml\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.cacert: the file holds no PEM certificate; it must contain `-----BEGIN CERTIFICATE-----`")]
#[case::cacert_folder(&one_cloud("    cacert: .\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.cacert: ROOT/here/. is a directory, not a file")]
#[case::key_alone(&one_cloud("    key: key.pem\n"), "ROOT/here/clouds.yaml:8:10: clouds.c.key: a key without `cert`; add `cert` with the client certificate")]
#[case::override_no_url(&one_cloud("    image_endpoint_override: glance\n"), "ROOT/here/clouds.yaml:8:30: clouds.c.image_endpoint_override: not a URL: relative URL without a base; write it like https://cloud.example.com:5000/v3")]
#[case::profile(&one_cloud("    profile: ovh\n"), "ROOT/here/clouds.yaml:8:14: clouds.c.profile: profile `ovh` is unknown: there is no clouds-public.yaml; the vendor profiles built into Python tools are not known here: write auth_url into clouds.yaml")]
#[case::regions_text(&one_cloud("    regions: R\n"), "ROOT/here/clouds.yaml:8:14: clouds.c.regions: must be a list, but is a plain value")]
#[case::regions(&one_cloud("    regions: [R1, R2]\n"), "clouds.c.regions: several regions are configured and none is chosen: R1, R2; choose one with --region")]
#[case::region_not_listed(&one_cloud("    regions: [R1, R2]\n    region_name: R3\n"), "ROOT/here/clouds.yaml:9:18: region `R3` is unknown; known: R1, R2")]
#[case::region_without_name(&one_cloud("    regions: [{values: {}}]\n"), "ROOT/here/clouds.yaml:8:15: clouds.c.regions: a region needs a `name`")]
fn broken_files(#[case] content: &str, #[case] message: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", content)], &[]);
    assert_eq!(machine.load(Choice::default()), message);
}

#[test]
fn alias_bomb_is_refused() {
    let level = |name: char, of: char| format!("  {name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(","));
    let mut bomb = "clouds:\n  a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for pair in ["ba", "cb", "dc", "ed", "fe", "gf"] {
        let mut names = pair.chars();
        bomb += &level(names.next().unwrap(), names.next().unwrap());
    }
    let message = Machine::new(&[("here/clouds.yaml", &bomb)], &[]).load(Choice::default());
    assert!(message.contains("more than 20000 values, aliases expanded"), "{message}");
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("clouds: {}{}", "[".repeat(5000), "]".repeat(5000));
    let message = Machine::new(&[("here/clouds.yaml", &deep)], &[]).load(Choice::default());
    assert!(message.contains("recursion limit") || message.contains("nested deeper"), "{message}");
}

#[test]
fn files_that_cannot_be_read() {
    let load = |name: &str, content: &[u8], folder: bool| {
        let machine = Machine::new(&[], &[]);
        let path = machine.root.path().join(name);
        if folder {
            fs::create_dir(&path).unwrap()
        } else {
            fs::write(&path, content).unwrap()
        }
        machine.load(Choice::default())
    };
    assert_eq!(load("here/clouds.yaml", b"", true), "ROOT/here/clouds.yaml: is a directory, not a file");
    assert_eq!(
        load("here/clouds.yaml", b"clouds:\n  c:\n    note: \xff\n", false),
        "ROOT/here/clouds.yaml: line 3 is not UTF-8; save the file as UTF-8"
    );
    assert_eq!(load("here/clouds.yaml", &vec![b' '; 2 << 20], false), "ROOT/here/clouds.yaml: is larger than 1024 KiB");
}

#[rstest]
#[case::minimal(&one_cloud(""), OK)]
#[case::json(r#"{"clouds": {"c": {"auth": {"auth_url": "https://k/v3", "username": "u", "password": "p", "project_name": "pr"}}}}"#, OK)]
#[case::json_with_tabs(
    "{\"clouds\":\n\t{\"c\":\n\t\t{\"auth\":\n\t\t\t{\"auth_url\": \"https://k/v3\", \"username\": \"u\", \"password\": \"p\", \"project_name\": \"pr\"}}}}",
    OK
)]
#[case::byte_order_mark(&format!("\u{feff}{}", one_cloud("")), OK)]
#[case::windows_lines(&one_cloud("").replace('\n', "\r\n"), OK)]
#[case::unknown_keys(&one_cloud("    image_format: qcow2\n    networks: [{name: n}]\n    volume_api_version: 3\n"), OK)]
#[case::dashes(&one_cloud("").replace("project_name", "project-name"), OK)]
#[case::auth_beside("clouds:\n  c: {auth_url: https://k, username: u, password: p, tenant_name: pr}\n", OK)]
#[case::trailing_slash(&one_cloud("").replace("/v3", "/v3/"), OK)]
#[case::whole_token_path(&one_cloud("").replace("/v3", "/v3/auth/tokens"), OK)]
#[case::no_version(&one_cloud("").replace("/v3", ""), OK)]
#[case::prefix(&one_cloud("").replace("/v3", "/identity"), r#"c: https://k/identity/v3 u@Id("default"):p in pr@Id("default") region - public"#)]
#[case::ipv6(&one_cloud("").replace("k/v3", "[::1]:5000"), r#"c: https://[::1]:5000/v3 u@Id("default"):p in pr@Id("default") region - public"#)]
#[case::anchors(
    "x: &x {auth_url: https://k, username: u, password: p}\nclouds:\n  c: {auth: {<<: *x, project_name: pr}}\n",
    OK
)]
#[case::literal_number(&one_cloud("").replace(": p\n", ": 0123\n"), r#"c: https://k/v3 u@Id("default"):0123 in pr@Id("default") region - public"#)]
#[case::literal_float(&one_cloud("").replace(": p\n", ": 1.10\n"), r#"c: https://k/v3 u@Id("default"):1.10 in pr@Id("default") region - public"#)]
#[case::literal_bool(&one_cloud("").replace(": p\n", ": yes\n"), r#"c: https://k/v3 u@Id("default"):yes in pr@Id("default") region - public"#)]
#[case::quoted_null(&one_cloud("").replace(": p\n", ": 'null'\n"), r#"c: https://k/v3 u@Id("default"):null in pr@Id("default") region - public"#)]
#[case::ids(&one_auth(&[URL, "user_id: 1", "password: p", "project_id: 2", "project_name: x"]), "c: https://k/v3 #1:p in #2 region - public")]
#[case::domain_names(&one_auth(&[URL, "username: u", "password: p", "project_name: pr", "user_domain_name: A", "project_domain_name: B"]),
    r#"c: https://k/v3 u@Name("A"):p in pr@Name("B") region - public"#)]
#[case::domain_ids(&one_auth(&[URL, "username: u", "password: p", "project_name: pr", "user_domain_id: A", "project_domain_id: B"]),
    r#"c: https://k/v3 u@Id("A"):p in pr@Id("B") region - public"#)]
#[case::domain_for_both(&one_auth(&[URL, "username: u", "password: p", "project_name: pr", "domain_name: D"]),
    r#"c: https://k/v3 u@Name("D"):p in pr@Name("D") region - public"#)]
#[case::default_domain(&one_cloud("    default_domain: D\n"), r#"c: https://k/v3 u@Id("D"):p in pr@Id("D") region - public"#)]
#[case::v3password(&one_cloud("    auth_type: v3password\n"), OK)]
#[case::credential_id(&one_auth(&[URL, "application_credential_id: i", "application_credential_secret: s"]), "c: https://k/v3 appcred #i:s region - public")]
#[case::credential_name(&one_auth(&[URL, "application_credential_name: n", "application_credential_secret: s", "username: u", "user_domain_name: D"]),
    r#"c: https://k/v3 appcred n of u@Name("D"):s region - public"#)]
#[case::credential_with_project(&(one_auth(&[URL, "application_credential_id: i", "application_credential_secret: s", "project_name: x"]) + "    auth_type: v3applicationcredential\n"),
    "c: https://k/v3 appcred #i:s region - public")]
#[case::token(&one_auth(&[URL, "token: t", "project_id: 2"]), "c: https://k/v3 token t in #2 region - public")]
#[case::endpoint_type(&one_cloud("    endpoint_type: internalURL\n"), r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region - internal"#)]
#[case::region(&one_cloud("    region_name: R\n"), r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region R public"#)]
#[case::only_region(&one_cloud("    regions: [R]\n"), r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region R public"#)]
#[case::region_values(&one_cloud("    regions: [{name: R, values: {auth: {auth_url: 'https://r'}, interface: admin}}]\n"),
    r#"c: https://r/v3 u@Id("default"):p in pr@Id("default") region R admin"#)]
#[case::region_template(&one_cloud("    region_name: R\n").replace("https://k", "https://{region_name}.k"),
    r#"c: https://r.k/v3 u@Id("default"):p in pr@Id("default") region R public"#)]
fn valid_files(#[case] content: &str, #[case] cloud: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", content)], &[]);
    assert_eq!(machine.load(Choice::default()), cloud);
}

const ENV: &[(&str, &str)] =
    &[("OS_AUTH_URL", "https://env"), ("OS_USERNAME", "eu"), ("OS_PASSWORD", "ep"), ("OS_PROJECT_NAME", "epr")];
const ENV_OK: &str = r#"envvars: https://env/v3 eu@Id("default"):ep in epr@Id("default") region - public"#;

fn env(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    ENV.iter().chain(more).copied().collect()
}

#[rstest]
#[case::complete(env(&[]), ENV_OK)]
#[case::beside_a_stray_cloud_choice(env(&[("OS_CLOUD", "envvars")]), ENV_OK)]
#[case::region(env(&[("OS_REGION_NAME", "R"), ("OS_INTERFACE", "internal")]), r#"envvars: https://env/v3 eu@Id("default"):ep in epr@Id("default") region R internal"#)]
#[case::empty_counts_as_unset(env(&[("OS_PROJECT_ID", ""), ("OS_REGION_NAME", "")]), ENV_OK)]
#[case::tenant(vec![("OS_AUTH_URL", "https://env"), ("OS_USERNAME", "eu"), ("OS_PASSWORD", "ep"), ("OS_TENANT_NAME", "epr")], ENV_OK)]
#[case::credential(vec![("OS_AUTH_URL", "https://env"), ("OS_AUTH_TYPE", "v3applicationcredential"), ("OS_APPLICATION_CREDENTIAL_ID", "i"), ("OS_APPLICATION_CREDENTIAL_SECRET", "s")],
    "envvars: https://env/v3 appcred #i:s region - public")]
#[case::no_password(vec![("OS_AUTH_URL", "https://env"), ("OS_USERNAME", "eu")], "OS_PASSWORD is not set; set it, or choose a cloud of clouds.yaml with --cloud or OS_CLOUD")]
#[case::no_auth_url(vec![("OS_USERNAME", "eu")], "OS_AUTH_URL is not set; set it, or choose a cloud of clouds.yaml with --cloud or OS_CLOUD")]
#[case::bad_url(vec![("OS_AUTH_URL", "env:5000")], "environment variable OS_AUTH_URL: must begin with https:// or http://")]
#[case::system(env(&[("OS_SYSTEM_SCOPE", "all")]), "environment variable OS_SYSTEM_SCOPE: asks for a token for the whole system; the checks run as an ordinary user of one project: remove this key and name a project")]
#[case::auth_type(env(&[("OS_AUTH_TYPE", "none")]), "environment variable OS_AUTH_TYPE: auth type `none` is not supported; use one of password, v3password, v3applicationcredential, token, v3token; an application credential works on every cloud")]
#[case::nothing(vec![], "no cloud is configured: no clouds.yaml with clouds in ROOT/here, ROOT/home/.config/openstack, ROOT/etc, and OS_AUTH_URL is not set; put a clouds.yaml there, name one with OS_CLIENT_CONFIG_FILE, or source an openrc file")]
#[case::unknown_cloud(vec![("OS_CLOUD", "x")], "environment variable OS_CLOUD: cloud `x` is unknown: no cloud is configured: no clouds.yaml with clouds in ROOT/here, ROOT/home/.config/openstack, ROOT/etc, and OS_AUTH_URL is not set; put a clouds.yaml there, name one with OS_CLIENT_CONFIG_FILE, or source an openrc file")]
#[case::file_missing(vec![("OS_CLIENT_CONFIG_FILE", "ROOT/nowhere.yaml")], "environment variable OS_CLIENT_CONFIG_FILE: ROOT/nowhere.yaml does not exist; correct or unset the variable")]
fn variables(#[case] vars: Vec<(&str, &str)>, #[case] expected: &str) {
    assert_eq!(Machine::new(&[], &vars).load(Choice::default()), expected);
}

#[rstest]
#[case::file_wins_over_nothing(vec![], None, "a")]
#[case::variable(vec![("OS_CLOUD", "b")], None, "b")]
#[case::flag_wins(vec![("OS_CLOUD", "b")], Some("a"), "a")]
#[case::variables_win_over_no_choice(env(&[]), None, ENVVARS)]
#[case::cloud_choice_wins_over_variables(env(&[("OS_CLOUD", "b")]), None, "b")]
#[case::only_in_secure(vec![], Some("s"), "s")]
fn choice_of_cloud(#[case] vars: Vec<(&str, &str)>, #[case] flag: Option<&str>, #[case] name: &str) {
    let a = one_cloud("").replace("c:\n    auth", "a:\n    auth");
    let with_b = a.clone() + &one_cloud("").replace("clouds:\n  c:", "  b:");
    let secure = one_cloud("").replace("c:\n    auth", "s:\n    auth");
    let mut files = vec![("here/clouds.yaml", if vars.is_empty() && flag.is_none() { &a } else { &with_b })];
    if flag == Some("s") {
        files.push(("here/secure.yaml", &secure));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, c)| (*n, c.as_str())).collect();
    let machine = Machine::new(&files, &vars);
    let cloud = load(&machine.environment, Choice { cloud: flag, region: None }).unwrap();
    assert_eq!(cloud.name, name);
}

#[rstest]
#[case("prdo", "--cloud: cloud `prdo` is unknown; known: prod, test; did you mean `prod`?")]
#[case("zzz", "--cloud: cloud `zzz` is unknown; known: prod, test")]
fn unknown_cloud(#[case] name: &str, #[case] message: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", "clouds: {prod: {}, test: {}}")], &[]);
    assert_eq!(machine.load(Choice { cloud: Some(name), region: None }), message);
}

#[rstest]
#[case::flag(Some("R2"), &[], "R2")]
#[case::variable(None, &[("OS_REGION_NAME", "R1")], "R1")]
#[case::flag_wins(Some("R2"), &[("OS_REGION_NAME", "R1")], "R2")]
fn choice_of_region(#[case] flag: Option<&str>, #[case] vars: &[(&str, &str)], #[case] region: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", &one_cloud("    regions: [R1, R2]\n"))], vars);
    let cloud = load(&machine.environment, Choice { cloud: None, region: flag }).unwrap();
    assert_eq!(cloud.region.as_deref(), Some(region));
}

#[test]
fn the_first_file_of_the_search_wins() {
    let names = [
        "etc/clouds.yaml",
        "home/.config/openstack/clouds.yaml",
        "xdg/openstack/clouds.yml",
        "here/clouds.json",
        "here/clouds.yml",
        "here/clouds.yaml",
    ];
    let content = |name: &str| one_cloud("").replace("project_name: pr", &format!("project_id: {name}"));
    let mut files: Vec<(&str, String)> = Vec::new();
    for name in names {
        files.push((name, content(name)));
        let files: Vec<(&str, &str)> = files.iter().map(|(n, c)| (*n, c.as_str())).collect();
        let found = Machine::new(&files, &[("XDG_CONFIG_HOME", "ROOT/xdg")]).load(Choice::default());
        assert!(found.contains(&format!("#{name} ")), "{found}");
    }
    files.push(("own.yaml", content("own")));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, c)| (*n, c.as_str())).collect();
    let found = Machine::new(&files, &[("OS_CLIENT_CONFIG_FILE", "ROOT/own.yaml")]).load(Choice::default());
    assert!(found.contains("#own "), "{found}");
}

#[test]
fn layers_merge_key_by_key() {
    let files = [
        ("here/clouds.yaml", "clouds: {c: {profile: p, auth: {username: u}}}"),
        ("home/.config/openstack/secure.yaml", "clouds: {c: {auth: {password: s}}}"),
        (
            "etc/clouds-public.yaml",
            "public-clouds: {p: {region_name: R, auth: {auth_url: 'https://pub', username: x, project_name: pr}}}",
        ),
    ];
    insta::assert_snapshot!(Machine::new(&files, &[]).load(Choice::default()), @r#"c: https://pub/v3 u@Id("default"):s in pr@Id("default") region R public"#);
    let nearly = [files[0], ("etc/clouds-public.yaml", "public-clouds: {q: {}}")];
    insta::assert_snapshot!(Machine::new(&nearly, &[]).load(Choice::default()), @r#"ROOT/here/clouds.yaml:1:23: clouds.c.profile: profile `p` is unknown; known: q in ROOT/etc/clouds-public.yaml; the vendor profiles built into Python tools are not known here: write auth_url into clouds.yaml"#);
}

#[test]
fn own_secure_and_vendor_files_come_first() {
    let files = [
        ("here/clouds.yaml", "clouds: {c: {profile: p, auth: {username: u, project_id: '1'}}}"),
        ("here/secure.yaml", "clouds: {c: {auth: {password: wrong}}}"),
        ("own/secure.yaml", "clouds: {c: {auth: {password: right}}}"),
        ("own/vendor.yaml", "public-clouds: {p: {auth: {auth_url: 'https://own'}}}"),
    ];
    let vars = [("OS_CLIENT_SECURE_FILE", "ROOT/own/secure.yaml"), ("OS_CLIENT_VENDOR_FILE", "ROOT/own/vendor.yaml")];
    insta::assert_snapshot!(Machine::new(&files, &vars).load(Choice::default()), @r#"c: https://own/v3 u@Id("default"):right in #1 region - public"#);
}

#[test]
fn endpoint_overrides_by_service() {
    let settings = "    block-storage_endpoint_override: https://b/v3\n    image_endpoint_override: http://[::1]/image\n    network_endpoint_override:\n";
    let machine = Machine::new(&[("here/clouds.yaml", &one_cloud(settings))], &[]);
    let cloud = load(&machine.environment, Choice::default()).unwrap();
    let found: Vec<String> = cloud.endpoint_overrides.iter().map(|(k, v)| format!("{k} {v}")).collect();
    assert_eq!(found, ["block_storage https://b/v3", "image http://[::1]/image"]);
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";

#[rstest]
#[case::system("", "Tls { trust: \"system\", identity: false }")]
#[case::home("    cacert: ~/ca.pem\n", "Tls { trust: \"cacert\", identity: false }")]
#[case::relative("    cacert: ../home/ca.pem\n", "Tls { trust: \"cacert\", identity: false }")]
#[case::insecure("    insecure: true\n    cacert: ~/ca.pem\n", "Tls { trust: \"anyone\", identity: false }")]
#[case::no_verify("    verify: no\n", "Tls { trust: \"anyone\", identity: false }")]
#[case::verify("    verify: true\n    insecure: 0\n", "Tls { trust: \"system\", identity: false }")]
#[case::identity("    cert: ~/ca.pem\n    key: ~/key.pem\n", "Tls { trust: \"system\", identity: true }")]
#[case::identity_in_one("    cert: ~/both.pem\n", "Tls { trust: \"system\", identity: true }")]
#[case::no_key(
    "    cert: ~/ca.pem\n",
    "ROOT/here/clouds.yaml:8:11: clouds.c.cert: the file holds no PEM private key; name its file with `key`"
)]
#[case::encrypted(
    "    cert: ~/ca.pem\n    key: ~/encrypted.pem\n",
    "ROOT/here/clouds.yaml:9:10: clouds.c.key: the private key is encrypted; decrypt it with `openssl pkey`"
)]
#[case::key_is_certificate(
    "    cert: ~/key.pem\n    key: ~/key.pem\n",
    "ROOT/here/clouds.yaml:8:11: clouds.c.cert: the file holds no PEM certificate"
)]
fn tls(#[case] settings: &str, #[case] expected: &str) {
    let both = CERTIFICATE.to_owned() + KEY;
    let encrypted = KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let cloud = one_cloud(settings);
    let files = [
        ("here/clouds.yaml", cloud.as_str()),
        ("home/ca.pem", CERTIFICATE),
        ("home/key.pem", KEY),
        ("home/both.pem", &both),
        ("home/encrypted.pem", &encrypted),
    ];
    let machine = Machine::new(&files, &[]);
    let found = match load(&machine.environment, Choice::default()) {
        Ok(cloud) => format!("{:?}", cloud.tls),
        Err(error) => error.to_string().replace(machine.root.path().to_str().unwrap(), "ROOT"),
    };
    assert_eq!(found, expected);
}

#[test]
fn timeout_in_seconds() {
    let machine = Machine::new(&[("here/clouds.yaml", &one_cloud("    api_timeout: 2.5\n"))], &[]);
    let cloud = load(&machine.environment, Choice::default()).unwrap();
    assert_eq!(cloud.api_timeout, Some(std::time::Duration::from_millis(2500)));
}

#[test]
fn names_of_all_clouds() {
    let files = [("here/clouds.yaml", "clouds: {b: {}, a: {}}"), ("here/secure.yaml", "clouds: {a: {}, z: {}}")];
    let names = cloud_names(&Machine::new(&files, ENV).environment).unwrap();
    assert_eq!(names, ["a", "b", "envvars", "z"]);
}

#[test]
fn secrets_never_show() {
    let auths = [
        one_auth(&[URL, "username: u", "password: geheim", "project_name: pr"]),
        one_auth(&[URL, "application_credential_id: i", "application_credential_secret: geheim"]),
        one_auth(&[URL, "token: geheim", "project_name: pr"]),
        // Broken in ways that make the parser or a check look at the secret.
        one_auth(&[URL, "username: u", "password: {geheim: 1}", "project_name: pr"]),
        one_auth(&[URL, "username: u", "password: \"geheim", "project_name: pr"]),
        one_auth(&[URL, "username: u", "password: !x geheim", "project_name: pr"]),
        one_auth(&["auth_url: https://u:geheim@k/v3"]),
    ];
    for content in auths {
        let machine = Machine::new(&[("here/clouds.yaml", &content)], &[]);
        let shown = match load(&machine.environment, Choice::default()) {
            Ok(cloud) => format!("{cloud:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains("geheim"), "{shown}");
    }
}
