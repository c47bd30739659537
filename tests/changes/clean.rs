//! A cloud where everything works: everything passes, and nothing is left.

use super::bench::{EXPERIMENTS, Trial, cloud, files};
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_simcloud::State;

#[rstest]
#[case::as_it_is(|_: &mut State| {})]
#[case::at_once(|state: &mut State| (state.steps, state.nova.console_steps) = (0, 0))]
#[case::slow(|state: &mut State| (state.steps, state.nova.console_steps) = (6, 6))]
#[case::without_dhcp_ports(|state: &mut State| state.neutron.dhcp_ports = false)]
#[case::old_neutron(|state: &mut State| state.neutron.default_rules_extension = false)]
#[case::pages_of_one(|state: &mut State| {
    (state.cinder.max_page, state.neutron.max_page, state.barbican.max_page) = (1, Some(1), 1);
    state.seed_all("somebody's", &state.own_project());
})]
#[tokio::test]
async fn everything_passes_and_nothing_is_left(#[case] change: fn(&mut State)) {
    let cloud = cloud(change).await;
    let before = cloud.inventory();
    let outcome = Trial::of_all().run(&cloud).await;
    for (id, verdict, why) in outcome.verdicts() {
        assert_eq!(verdict, Verdict::Pass, "{id}: {why}");
    }
    assert_eq!(cloud.inventory(), before);
    assert_eq!((outcome.residue().len(), files(outcome.journals.path()).len()), (0, 0));
    let changes = outcome.report.changes.as_ref().unwrap();
    assert!(changes.resources.iter().all(|made| made.name.starts_with(&format!("_scs-{}-", changes.run))));
    assert!(changes.resources.iter().all(|made| made.id.is_some()));
}

#[tokio::test]
async fn each_experiment_is_made_for_itself() {
    for (what, testcases) in EXPERIMENTS {
        let cloud = cloud(|_| {}).await;
        let outcome = Trial::of(testcases).run(&cloud).await;
        let kinds: Vec<&str> =
            outcome.report.changes.as_ref().unwrap().resources.iter().map(|one| one.kind.as_str()).collect();
        let expected: &[&str] = match what {
            "server" => &["network", "port", "server", "subnet", "volume"],
            "group" => &["security-group"],
            "secret" => &["secret"],
            "backup" => &["backup", "volume", "volume"],
            _ => &["image"],
        };
        let mut sorted = kinds.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected, "{what}");
        assert_eq!(outcome.verdicts().len(), testcases.len(), "{:?}", outcome.verdicts());
        assert!(testcases.iter().all(|id| outcome.verdict(id) == Verdict::Pass), "{:?}", outcome.verdicts());
    }
}

#[tokio::test]
async fn a_router_comes_and_goes_where_a_way_out_is_needed() {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    let mut trial = Trial::of(EXPERIMENTS[0].1);
    trial.terms.external_network = Some("public".to_owned());
    let outcome = trial.run(&cloud).await;
    let changes = outcome.report.changes.as_ref().unwrap();
    assert!(changes.resources.iter().any(|made| made.kind == "router-interface"), "{changes:?}");
    assert!(outcome.verdicts().iter().all(|(_, verdict, _)| *verdict == Verdict::Pass), "{:?}", outcome.verdicts());
    outcome.assert_accounted_for(&before, &cloud, "router");
    assert_eq!(cloud.inventory(), before);
}

/// Old Neutrons do not know the template; a fresh group stands in for it.
#[tokio::test]
async fn a_fresh_group_stands_in_for_the_template_of_an_old_neutron() {
    let cloud = cloud(|state| state.neutron.default_rules_extension = false).await;
    let outcome = Trial::of(&["scs-0115-default-rules"]).run(&cloud).await;
    assert_eq!(outcome.verdict("scs-0115-default-rules"), Verdict::Pass, "{:?}", outcome.verdicts());
    assert_eq!(outcome.report.changes.unwrap().resources.len(), 1);
}

/// Some clouds keep deleted servers for a while, with their volumes, unless the deletion is forced.
#[tokio::test]
async fn a_server_that_is_kept_is_deleted_by_force() {
    let cloud = cloud(|state| state.nova.reclaims = true).await;
    let before = cloud.inventory();
    let outcome = Trial::of(&["scs-0101-entropy-avail"]).run(&cloud).await;
    assert_eq!(outcome.verdict("scs-0101-entropy-avail"), Verdict::Pass);
    outcome.assert_accounted_for(&before, &cloud, "a cloud that keeps servers");
    assert!(outcome.residue().is_empty(), "{:?}", outcome.residue());
}
