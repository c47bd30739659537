//! Files that must be refused, each with the message a user reads.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use std::fs;

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
#[case::second_document(
    "clouds: {}\n---\nclouds: {}\n",
    "ROOT/here/clouds.yaml:3:1: a second YAML document begins here; keep one document per file"
)]
#[case::a_password_that_looks_like_a_tag(
    &one_auth(&[URL, "username: u", "password: !geheim"]),
    "ROOT/here/clouds.yaml:6:24: clouds.c.auth.password: a value that begins with `!` is a YAML tag, and tags are not supported; quote a value that begins with `!`; an encrypted file must be decrypted first"
)]
#[case::control_characters(
    "clouds:\n  \"c\\e[2J\": x\n",
    "ROOT/here/clouds.yaml:2:3: clouds.c [2J: has no settings: it is a plain value, not a map; indent its settings below its name"
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
#[case::domain_scope(&one_auth(&[URL, "username: u", "password: p", "domain_name: d"]), "ROOT/here/clouds.yaml:7:20: clouds.c.auth.domain_name: asks for a token for a domain, not for a project; the checks run as an ordinary user of one project: add project_name or project_id")]
#[case::system_scope(&one_auth(&[URL, "system_scope: all"]), "ROOT/here/clouds.yaml:5:21: clouds.c.auth.system_scope: asks for a token for the whole system; the checks run as an ordinary user of one project: remove this key and name a project")]
#[case::trust(&one_auth(&[URL, "trust_id: t"]), "ROOT/here/clouds.yaml:5:17: clouds.c.auth.trust_id: asks for a token for a trust; the checks run as an ordinary user of one project: remove this key and name a project")]
#[case::no_secret(&one_auth(&[URL, "application_credential_id: i"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.application_credential_secret: is missing; add it to secure.yaml or clouds.yaml")]
#[case::no_credential(&one_auth(&[URL, "application_credential_secret: s"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.application_credential_id: is missing; add it")]
#[case::credential_without_user(&one_auth(&[URL, "application_credential_secret: s", "application_credential_name: n"]), "ROOT/here/clouds.yaml:2:3: clouds.c.auth.username: is missing; add it")]
#[case::password_a_list(&one_auth(&[URL, "username: u", "password: [secret]"]), "ROOT/here/clouds.yaml:6:17: clouds.c.auth.password: must be a plain value, but is a list; quote it if it contains special characters")]
#[case::auth_type(&one_cloud("    auth_type: v3oidcpassword\n"), "ROOT/here/clouds.yaml:8:16: clouds.c.auth_type: auth type `v3oidcpassword` is not supported; use one of password, v3password, v3applicationcredential, token, v3token; an application credential works on every cloud")]
#[case::auth_v2(&one_auth(&["auth_url: https://k/v2.0"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: points to version 2 of the Identity API; end it with /v3")]
#[case::identity_v2(&one_cloud("    identity_api_version: 2\n"), "ROOT/here/clouds.yaml:8:27: clouds.c.identity_api_version: version 2 of the Identity API is not supported; use 3; version 2 was removed from OpenStack in 2018")]
#[case::url_without_scheme(&one_auth(&["auth_url: k:5000/v3"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: must begin with https:// or http://")]
#[case::url_without_host(&one_auth(&["auth_url: https://"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: not a URL: empty host; write it like https://cloud.example.com:5000/v3")]
#[case::url_relative(&one_auth(&["auth_url: keystone"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: not a URL: relative URL without a base; write it like https://cloud.example.com:5000/v3")]
#[case::url_with_password(&one_auth(&["auth_url: https://u:geheim@k/v3"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: holds a user name or password; remove it from the URL; credentials belong under `auth`")]
#[case::url_with_query(&one_auth(&["auth_url: https://k/v3?a=b"]), "ROOT/here/clouds.yaml:4:17: clouds.c.auth.auth_url: must not have a `?` or `#` part")]
#[case::interface(&one_cloud("    interface: pubic\n"), "ROOT/here/clouds.yaml:8:16: clouds.c.interface: must be public, internal or admin, not `pubic`")]
#[case::verify(&one_cloud("    verify: maybe\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.verify: must be true or false, not `maybe`")]
#[case::timeout_text(&one_cloud("    api_timeout: soon\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.api_timeout: must be seconds from above 0 to 3600, not `soon`")]
#[case::timeout_zero(&one_cloud("    api_timeout: 0\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.api_timeout: must be seconds from above 0 to 3600, not `0`")]
#[case::timeout_infinite(&one_cloud("    api_timeout: .inf\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.api_timeout: must be seconds from above 0 to 3600, not `.inf`")]
#[case::cacert_missing(&one_cloud("    cacert: ca.pem\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.cacert: ROOT/here/ca.pem does not exist; relative paths count from the current directory")]
#[case::cacert_no_pem(&one_cloud("    cacert: clouds.yaml\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.cacert: the file holds no PEM certificate; it must contain `-----BEGIN CERTIFICATE-----`")]
#[case::cacert_folder(&one_cloud("    cacert: .\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.cacert: ROOT/here/. is a folder, not a file")]
#[case::override_no_url(&one_cloud("    image_endpoint_override: glance\n"), "ROOT/here/clouds.yaml:8:30: clouds.c.image_endpoint_override: not a URL: relative URL without a base; write it like https://cloud.example.com:5000/v3")]
#[case::regions_text(&one_cloud("    regions: R\n"), "ROOT/here/clouds.yaml:8:14: clouds.c.regions: must be a list, but is a plain value")]
#[case::regions(&one_cloud("    regions: [R1, R2]\n"), "clouds.c.regions: several regions are configured and none is chosen: R1, R2; choose one with --region")]
#[case::region_not_listed(&one_cloud("    regions: [R1, R2]\n    region_name: R3\n"), "ROOT/here/clouds.yaml:9:18: region `R3` is unknown; known: R1, R2")]
#[case::region_with_more(&one_cloud("    regions: [{name: R, value: {}}]\n"), "ROOT/here/clouds.yaml:8:15: clouds.c.regions: a region has `name` and `values` only")]
#[case::regions_as_a_name(&one_cloud("    region_name: R1,R2\n"), "clouds.c.regions: several regions are configured and none is chosen: R1, R2; choose one with --region")]
#[case::region_name_a_map(&one_cloud("    region_name: {R: 1}\n"), "ROOT/here/clouds.yaml:8:18: clouds.c.region_name: must be a name or a list of names")]
#[case::tag(&one_auth(&[URL, "username: u", "password: !vault x"]), "ROOT/here/clouds.yaml:6:24: clouds.c.auth.password: a value that begins with `!` is a YAML tag, and tags are not supported; quote a value that begins with `!`; an encrypted file must be decrypted first")]
#[case::tagged_cloud(
    "clouds:\n  c: !x {auth: {}}\n",
    "ROOT/here/clouds.yaml:2:9: clouds.c: a value that begins with `!` is a YAML tag, and tags are not supported; quote a value that begins with `!`; an encrypted file must be decrypted first"
)]
#[case::passcode(&one_auth(&[URL, "username: u", "password: p", "passcode: 123456"]), "ROOT/here/clouds.yaml:7:17: clouds.c.auth.passcode: is a one-time code, which is valid for one login only; use an application credential: openstack application credential create NAME")]
#[case::profile_without_url(
    "clouds: {c: {profile: ovh, auth: {username: u}}}\n",
    "ROOT/here/clouds.yaml:1:23: clouds.c.profile: profile `ovh` is unknown: there is no clouds-public.yaml; the vendor profiles built into Python tools are not known here: write auth_url into clouds.yaml"
)]
#[case::verify_a_file_that_is_missing(&one_cloud("    verify: ./ca.pem\n"), "ROOT/here/clouds.yaml:8:13: clouds.c.verify: ROOT/here/./ca.pem does not exist; relative paths count from the current directory")]
#[case::region_without_name(&one_cloud("    regions: [{values: {}}]\n"), "ROOT/here/clouds.yaml:8:15: clouds.c.regions: a region needs a `name`")]
fn broken_files(#[case] content: &str, #[case] message: &str) {
    let machine = Machine::new(&[("here/clouds.yaml", content)], &[]);
    assert_eq!(machine.load(CloudChoice::default()), message);
}

#[test]
fn alias_bomb_is_refused() {
    let level = |name: char, of: char| format!("  {name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(","));
    let mut bomb = "clouds:\n  a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for pair in ["ba", "cb", "dc", "ed", "fe", "gf"] {
        let mut names = pair.chars();
        bomb += &level(names.next().unwrap(), names.next().unwrap());
    }
    let message = Machine::new(&[("here/clouds.yaml", &bomb)], &[]).load(CloudChoice::default());
    assert!(message.contains("more than 20000 values, aliases expanded"), "{message}");
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("clouds: {}{}", "[".repeat(5000), "]".repeat(5000));
    let message = Machine::new(&[("here/clouds.yaml", &deep)], &[]).load(CloudChoice::default());
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
        machine.load(CloudChoice::default())
    };
    assert_eq!(
        load("here/clouds.yaml", b"", true),
        "ROOT/here/clouds.yaml: is a folder, not a file; name the file in it"
    );
    assert_eq!(
        load("here/clouds.yaml", b"clouds:\n  c:\n    note: \xff\n", false),
        "ROOT/here/clouds.yaml: line 3 is not UTF-8; save the file as UTF-8"
    );
    assert_eq!(
        load("here/clouds.yaml", &vec![b' '; 2 << 20], false),
        "ROOT/here/clouds.yaml: is larger than 1 MiB; check that it is the right file"
    );
}

proptest! {
    /// Whatever stands in the file: an error or a cloud, never a panic.
    #[test]
    fn any_text_is_an_error_or_a_cloud(text in "\\PC*", yaml in "(clouds: |[-&*!a-c{}\\[\\]:,'\"#<~ ]|\n  )*") {
        for content in [&text, &yaml, &one_cloud(&text), &one_cloud(&yaml)] {
            Machine::new(&[("here/clouds.yaml", content)], &[]).load(CloudChoice::default());
        }
    }
}

#[test]
fn messages_are_not_endless() {
    let keys: String = (0..1000).map(|n| format!("key-{n}: 1\n")).collect();
    let clouds: String = (0..1000).map(|n| format!("  cloud-{n}: {{}}\n")).collect();
    let long = "x".repeat(100_000);
    for content in [keys, format!("clouds:\n{clouds}"), one_cloud(&format!("    interface: {long}\n"))] {
        let message = Machine::new(&[("here/clouds.yaml", &content)], &[]).load(CloudChoice::default());
        assert!(message.contains('…') && message.chars().count() < 2000, "{message}");
    }
}
