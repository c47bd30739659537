//! What the managers of two domains can do in a simulated cloud: its own policy passes, each deviation fails exactly its
//! testcases, and whatever goes wrong, nothing is left that is not named.

use crate::bench::{self, DOMAIN_MANAGERS, Trial, impatient};
use crate::kills::age;
use crate::program::{Program, files_in};
use crate::simulated::{asked, until_struck};
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_simcloud::{Deviation, Failure, Fault, Kind, SimCloud};

async fn cloud(deviations: &[Deviation]) -> SimCloud {
    bench::cloud(|state| state.identity.deviations = deviations.to_vec()).await
}

#[tokio::test]
async fn the_policy_of_keystone_passes_and_nothing_is_left() {
    let cloud = cloud(&[]).await;
    let before = cloud.inventory();
    let outcome = Trial::of_domain_managers().run(&cloud).await;
    for (id, verdict, why) in outcome.verdicts() {
        assert_eq!(verdict, Verdict::Pass, "{id}: {why}; {:#?}", asked(&cloud));
    }
    assert_eq!(outcome.verdicts().len(), DOMAIN_MANAGERS.len());
    assert_eq!(cloud.inventory(), before);
    outcome.assert_accounted_for(&before, &cloud, "no deviation");
    let made = outcome.report.changes.as_ref().unwrap();
    assert_eq!(made.resources.len(), 6, "{made:?}");
    assert!(made.resources.iter().all(|one| one.name.starts_with(&format!("_scs-{}-", made.run))));
    let grants = cloud.state().identity.grants;
    assert!(grants.iter().all(|grant| grant.role == "manager") && grants.len() == 2, "{grants:?}");
}

#[rstest]
#[case(Deviation::HidesManagerRole, &["scs-0302-role"], &["scs-0302-no-escalation"])]
#[case(Deviation::ForbidsUserUpdate, &["scs-0302-users"], &[])]
#[case(Deviation::ForgetsProjectUpdate, &["scs-0302-projects"], &[])]
#[case(Deviation::ForbidsMembers, &["scs-0302-groups"], &[])]
#[case(
    Deviation::ForgetsGrants,
    &["scs-0302-assignments"],
    &["scs-0302-foreign-domain", "scs-0302-no-role-changes", "scs-0302-no-escalation", "scs-0302-scope"]
)]
#[case(Deviation::ShowsForeignDomains, &["scs-0302-foreign-domain"], &[])]
#[case(Deviation::ChangesForeignDomains, &["scs-0302-foreign-domain", "scs-0302-no-escalation"], &[])]
#[case(Deviation::CreatesInForeignDomains, &["scs-0302-foreign-domain"], &[])]
#[case(Deviation::CreatesRoles, &["scs-0302-no-role-changes"], &[])]
#[case(Deviation::CreatesRolesInProjects, &["scs-0302-no-role-changes"], &[])]
#[case(Deviation::ChangesRoles, &["scs-0302-no-role-changes"], &[])]
#[case(Deviation::GrantsAdmin, &["scs-0302-no-admin"], &[])]
#[case(Deviation::CreatesDomains, &["scs-0302-no-escalation"], &[])]
#[case(Deviation::CreatesDomainsInProjects, &["scs-0302-no-escalation"], &[])]
#[case(Deviation::ChangesOwnDomain, &["scs-0302-no-escalation"], &[])]
#[case(Deviation::GrantsOnSystem, &["scs-0302-no-escalation"], &[])]
#[case(Deviation::IgnoresScope, &["scs-0302-scope"], &[])]
#[tokio::test]
async fn each_deviation_fails_its_testcases_and_no_other(
    #[case] deviation: Deviation,
    #[case] failed: &[&str],
    #[case] undecided: &[&str],
) {
    let cloud = cloud(&[deviation]).await;
    let before = cloud.inventory();
    let outcome = Trial::of_domain_managers().run(&cloud).await;
    for (id, verdict, why) in outcome.verdicts() {
        let expected = match id {
            _ if failed.contains(&id) => Verdict::Fail,
            _ if undecided.contains(&id) => Verdict::Abort,
            _ => Verdict::Pass,
        };
        assert_eq!(verdict, expected, "{deviation:?}: {id}: {why}");
    }
    outcome.assert_accounted_for(&before, &cloud, &format!("{deviation:?}"));
    assert_eq!(cloud.inventory(), before, "{deviation:?}");
}

/// Where no role is named member, the name is not taken, and trying it would make the role.
#[tokio::test]
async fn no_role_is_made_where_none_is_named_member() {
    let cloud = bench::cloud(|state| {
        state.identity.deviations = vec![Deviation::CreatesRolesInProjects];
        state.identity.roles.retain(|role| role != "member");
    })
    .await;
    let before = cloud.state().identity.roles;
    let outcome = Trial::of_domain_managers().run(&cloud).await;
    let (_, verdict, why) = outcome.verdicts().into_iter().find(|(id, ..)| *id == "scs-0302-no-role-changes").unwrap();
    assert_eq!(verdict, Verdict::Abort, "{why}");
    assert_eq!(cloud.state().identity.roles, before);
}

/// Without managers nothing is tried, and the reason says what to do.
#[tokio::test]
async fn without_managers_nothing_is_decided() {
    let cloud = cloud(&[]).await;
    let outcome = Trial::of(&DOMAIN_MANAGERS).run(&cloud).await;
    for id in DOMAIN_MANAGERS {
        let result = &outcome.report.testcases[id];
        let reason = result.reason.as_ref().unwrap();
        assert_eq!((result.verdict, reason.code), (Verdict::Miss, ReasonCode::DomainManagersMissing));
        assert!(reason.message.contains("openstack role add") && reason.message.contains("--domain-manager"));
    }
}

/// No password is repeated by anything that leaves the program, also not those of users of the run.
#[tokio::test]
async fn no_password_is_repeated() {
    let cloud = cloud(&[]).await;
    let arguments = "--allow-changes --journal j --domain-manager sim-dm1 --domain-manager sim-dm2 --select scs-0302-* \
        --record facts.json --output json=r.json --output html=r.html -vv";
    let program = Program::check(&cloud, arguments).clouds(&cloud.clouds_yaml_with_managers("sim").unwrap());
    let ended = program.run().await;
    let texts = [&ended.stdout, &ended.stderr, &ended.file("r.json"), &ended.file("r.html"), &ended.file("facts.json")];
    for text in texts {
        assert!(!text.contains("simulated-manager-password") && !text.contains("Aa1-"), "{text}");
    }
    assert!(ended.file("r.json").contains("scs-0302-users"), "{}", ended.stderr);
}

async fn disturbed(number: u64, failure: &Failure) -> u64 {
    let cloud = cloud(&[]).await;
    let before = cloud.inventory();
    cloud.plant(Fault::new(failure.clone()).nth(number));
    let outcome = Trial { limits: impatient(), ..Trial::of_domain_managers() }.run(&cloud).await;
    let what = format!("{failure:?} at request {number}");
    outcome.assert_accounted_for(&before, &cloud, &what);
    outcome.assert_no_pass_without_facts(&what);
    let refusal = matches!(failure, Failure::Status { status: 403 | 409, .. });
    for (id, verdict, why) in outcome.verdicts() {
        let tolerable = matches!(verdict, Verdict::Pass | Verdict::Abort) || verdict == Verdict::Fail && refusal;
        assert!(tolerable, "{what}: {id} is {verdict}: {why}; {:#?}", asked(&cloud));
    }
    cloud.requests().len() as u64
}

/// Every fourth request meets a failure, each failure others than the one before.
#[rstest]
#[tokio::test]
async fn a_fault_at_any_request_leaves_nothing_unnamed(
    #[values(
        (0, Failure::status(500)),
        (1, Failure::status(403)),
        (2, Failure::answer_status(504)),
        (3, Failure::Hang),
        (0, Failure::LostAnswer),
        (1, Failure::Truncate),
        (2, Failure::Html),
        (3, Failure::status(409))
    )]
    fault: (u64, Failure),
) {
    let (share, failure) = fault;
    let requests = disturbed(1, &Failure::Delay(0)).await;
    assert!(requests > 100, "{requests}");
    println!("{requests} requests, every fourth with {failure:?}");
    let runs = (1..=requests).filter(|number| number % 4 == share).map(|number| disturbed(number, &failure));
    stream::iter(runs).buffer_unordered(16).for_each(|_| async {}).await;
}

const MANAGERS: &str = "--domain-manager sim-dm1 --domain-manager sim-dm2";

async fn killed_and_swept(fault: Fault) {
    let cloud = cloud(&[]).await;
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    let clouds = cloud.clouds_yaml_with_managers("sim").unwrap();
    let journaled = |program: Program| program.argument("--journal").argument(journals.path()).clouds(&clouds);
    cloud.plant(fault.clone());
    let arguments = format!("--quiet --allow-changes {MANAGERS} --select scs-0302-*");
    let mut running = journaled(Program::check(&cloud, &arguments)).start();
    until_struck(&cloud, &mut running.child).await;
    running.child.kill().await.unwrap();
    let left = cloud.inventory() != before;
    assert!(!left || !files_in(journals.path()).is_empty(), "{fault:?}: no journal of {:?}", cloud.inventory());
    age(journals.path());
    cloud.clear_faults();
    // Without the managers the domains are not reached, and the journal says where to sweep.
    if left {
        let ended = journaled(Program::new("sweep iaas --cloud sim")).run().await;
        assert!(ended.stderr.contains("--domain-manager sim-dm1 --domain-manager sim-dm2"), "{}", ended.stderr);
        assert_ne!(cloud.inventory(), before);
    }
    let ended = journaled(Program::new(&format!("sweep iaas --cloud sim {MANAGERS}"))).run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before, "{fault:?}: {}\n{}", ended.stdout, ended.stderr);
    assert!(files_in(journals.path()).is_empty(), "{fault:?}");
}

#[rstest]
#[case::before(Fault::new(Failure::Hang), 9)]
#[case::after_a_creation(Fault::new(Failure::Drip(100_000)).method("POST"), 1)]
#[case::after_a_deletion(Fault::new(Failure::Drip(100_000)).method("DELETE"), 2)]
#[tokio::test]
async fn a_sweep_empties_the_domains_after_a_kill(#[case] fault: Fault, #[case] step: usize) {
    let counted = cloud(&[]).await;
    drop(Trial::of_domain_managers().run(&counted).await);
    let fits = |record: &scs_simcloud::RequestRecord| fault.method.as_ref().is_none_or(|one| *one == record.method);
    let requests = counted.count(fits) as u64;
    assert!(requests > 3, "{requests}");
    let runs = (1..=requests).step_by(step).map(|number| killed_and_swept(fault.clone().nth(number)));
    stream::iter(runs).buffer_unordered(6).for_each(|()| async {}).await;
}

/// Also where the journal is gone, by the names of old runs; what is somebody's stays.
#[tokio::test]
async fn a_sweep_by_age_takes_what_bears_our_names() {
    let cloud = bench::cloud(|state| {
        let domain = state.identity.domains[0].id.clone();
        for (kind, name) in
            [("users", "_scs-20201120t153045-k3f9-own-user"), ("groups", "_scs-somebody"), ("projects", "p")]
        {
            state.identity.objects.push(scs_simcloud::DomainObject {
                kind: kind.to_owned(),
                id: format!("id-of-{kind}"),
                name: name.to_owned(),
                domain: domain.clone(),
                description: String::new(),
            });
        }
    })
    .await;
    let program = Program::new(&format!("sweep iaas --cloud sim {MANAGERS} --older-than 1h"));
    program.clouds(&cloud.clouds_yaml_with_managers("sim").unwrap()).run().await.assert_code(0);
    let of_domains =
        cloud.inventory().into_iter().filter(|item| matches!(item.kind, Kind::User | Kind::Project | Kind::Group));
    assert_eq!(of_domains.map(|item| item.name).collect::<Vec<_>>(), ["p", "_scs-somebody"]);
}
