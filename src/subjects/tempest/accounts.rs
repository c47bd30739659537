//! The accounts that Tempest logs in with.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// The user and the project of a login by password.
pub(crate) struct Member<'a> {
    pub user: &'a str,
    pub user_domain: &'a str,
    pub project: &'a str,
    pub project_domain: &'a str,
    pub password: &'a SecretString,
}

/// Returns Tempest's file of accounts for one user, who has the role `member` and so may do what `reader` may. Tempest wants an
/// account for each role that a test takes, and tells them apart by their fields: so the second one names its project by the
/// older key.
pub(crate) fn accounts_yaml(member: &Member<'_>) -> String {
    let account = |role: &str, project: &str| {
        json!({
            "username": member.user, "user_domain_name": member.user_domain, "password": member.password.expose_secret(),
            project: member.project, "project_domain_name": member.project_domain, "roles": [role],
        })
    };
    // JSON is YAML.
    json!([account("member", "project_name"), account("reader", "tenant_name")]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_is_listed_for_each_role() {
        let password = SecretString::from("it's: \"secret\"".to_owned());
        let member = Member { user: "u", user_domain: "d", project: "p", project_domain: "e", password: &password };
        let accounts: serde_json::Value = serde_yaml::from_str(&accounts_yaml(&member)).unwrap();
        assert_eq!(accounts[0]["roles"], json!(["member"]));
        assert_eq!(accounts[1]["roles"], json!(["reader"]));
        assert_eq!((&accounts[0]["project_name"], &accounts[1]["tenant_name"]), (&json!("p"), &json!("p")));
        assert!(accounts.as_array().unwrap().iter().all(|one| one["password"] == "it's: \"secret\""));
    }
}
