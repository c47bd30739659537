//! Files that must be understood.

use super::*;
use rstest::rstest;

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
    assert_eq!(machine.load(CloudChoice::default()), cloud);
}
