//! scs-0302 with policies that violate a clause each: exactly the testcases of that clause fail, and nothing is left.

use crate::domains::MANAGERS;
use crate::lab::root;
use crate::scene::Scene;
use rstest::rstest;
use scs_checks::verdict::Verdict;
use std::path::PathBuf;

/// Rules of Keystone in place of its own, as long as this lives. It reads the file again whenever that changes.
struct Policy(PathBuf);

impl Policy {
    fn set(rules: &[(&str, &str)]) -> Self {
        let file = root().join("etc/keystone/policy.yaml");
        let rule = |(name, rule): &(&str, &str)| format!("{name:?}: {rule:?}\n");
        std::fs::write(&file, rules.iter().map(rule).collect::<String>()).unwrap();
        Self(file)
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        std::fs::write(&self.0, "{}\n").unwrap();
    }
}

const ADMIN: &str = "rule:admin_required";
const MANAGER: &str = "rule:admin_required or role:manager";

#[rstest]
#[case::roles_are_not_shown(&[("identity:list_roles", ADMIN)], "role")]
#[case::users_stay(&[("identity:update_user", ADMIN)], "users")]
#[case::projects_stay(&[("identity:update_project", ADMIN)], "projects")]
#[case::groups_keep_their_members(&[("identity:remove_user_from_group", ADMIN)], "groups")]
#[case::grants_stay(&[("identity:revoke_grant", ADMIN)], "assignments")]
#[case::foreign_users_are_shown(&[("identity:get_user", MANAGER)], "foreign-domain")]
// Keystone takes roles and domains from no token for a domain, whatever its policy says; tokens for a project can make them.
#[case::roles_can_be_made(&[("identity:create_role", MANAGER), ("identity:delete_role", MANAGER)], "no-role-changes")]
#[case::admin_can_be_granted(
    &[("domain_managed_target_role", "'member':%(target.role.name)s or 'reader':%(target.role.name)s or \
        'manager':%(target.role.name)s or 'admin':%(target.role.name)s")],
    "no-admin"
)]
#[case::domains_can_be_made(
    &[("identity:create_domain", MANAGER), ("identity:update_domain", MANAGER), ("identity:delete_domain", MANAGER)],
    "no-escalation"
)]
#[case::project_is_enough(
    &[("identity:create_user", "rule:admin_required or (role:manager and (domain_id:%(target.user.domain_id)s or \
        project_domain_id:%(target.user.domain_id)s))")],
    "scope"
)]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn violation_fails_exactly_its_testcase(#[case] rules: &[(&str, &str)], #[case] expected: &str) {
    let scene = Scene::set().await;
    let policy = Policy::set(rules);
    let ended = scene.check(&[&MANAGERS[..], &["--select=scs-0302-*"][..]].concat()).await;
    let report = ended.report_of(3);
    let failed = report.testcases.iter().filter(|(_, one)| one.verdict == Verdict::Fail);
    let failed: Vec<String> =
        failed.map(|(id, one)| format!("{} {:#?}", id.trim_start_matches("scs-0302-"), one.findings)).collect();
    assert!(failed.len() == 1 && failed[0].split(' ').next() == Some(expected), "{failed:#?}");
    scene.assert_as_before("after the run").await;
    drop(policy);
    let run = &report.changes.as_ref().unwrap().run;
    let swept = scene.sweep(&[&MANAGERS[..], &["--run", run.as_str()][..]].concat()).await;
    assert!(!swept.stdout.contains("_scs-"), "{swept:#?}");
}
