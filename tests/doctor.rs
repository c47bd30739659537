//! `doctor iaas`: what it says of a cloud is what a run finds there, and it changes nothing.

use crate::program::{Ended, Program};
use crate::support::conformant;
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Kind, Quotas, Service, SimCloud, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const OLD: &str = "_scs-20200101t000000-abcd-thing";

fn doctor(cloud: &SimCloud, arguments: &str) -> Program {
    Program::new("doctor iaas --cloud sim --allow-changes")
        .clouds(&cloud.clouds_yaml("sim").unwrap())
        .arguments(arguments)
}

async fn diagnosed(cloud: &SimCloud, arguments: &str, code: i32) -> Value {
    let ended = doctor(cloud, "--json").arguments(arguments).run().await.assert_code(code);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Returns the name and state of every item that is not ok.
fn odd(diagnosis: &Value) -> Vec<(String, String)> {
    let findings = diagnosis["findings"].as_array().unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let odd = findings.iter().filter(|finding| finding["state"] != "ok");
    odd.map(|finding| (text(finding, "what"), text(finding, "state"))).collect()
}

fn only(what: &str, state: &str) -> Vec<(String, String)> {
    vec![(what.to_owned(), state.to_owned())]
}

async fn cloud(change: impl FnOnce(&mut State)) -> SimCloud {
    SimCloud::start(conformant(change)).await.unwrap()
}

#[tokio::test]
async fn a_conformant_cloud_is_ready_and_stays_as_it_was() {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    let diagnosis = diagnosed(&cloud, "", 0).await;
    assert_eq!((&diagnosis["ready"], odd(&diagnosis)), (&json!(true), Vec::new()));
    assert_eq!(diagnosis["cloud"], "sim");
    assert_eq!(cloud.inventory(), before);
    let requests = cloud.requests();
    assert_eq!(requests[0].method, "POST");
    assert!(requests.iter().skip(1).all(|request| request.method == "GET"), "{requests:?}");
    assert_eq!(cloud.tokens_issued(), 1);
}

#[tokio::test]
async fn without_the_switch_only_reading_is_examined() {
    let cloud = cloud(|state| state.quotas.cores = 0).await;
    let program = Program::new("doctor iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    let ended = program.run().await.assert_code(0);
    assert!(ended.stdout.ends_with("sim: everything that `check iaas` needs is there\n"), "{}", ended.stdout);
    cloud.plant(Fault::new(Failure::status(403)).service(Service::Image));
    let program = Program::new("doctor iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    program.run().await.assert_code(3);
}

/// Only what others have said may hold a secret.
#[tokio::test]
async fn a_secret_that_is_an_ordinary_word_destroys_nothing() {
    let cloud = cloud(|_| {}).await;
    let ended = doctor(&cloud, "--json").env("GITHUB_TOKEN", "state").run().await.assert_code(0);
    let diagnosis: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(diagnosis["findings"][0]["state"], "ok");
}

#[tokio::test]
async fn people_get_a_table_and_a_sentence() {
    let cloud = cloud(|state| state.quotas.cores = 0).await;
    let Ended { stdout, stderr, .. } = doctor(&cloud, "").run().await.assert_code(3);
    let line = stdout.lines().find(|line| line.contains("  cores  ")).unwrap();
    assert!(line.starts_with("missing  cores") && line.contains("0 of 0 taken"), "{line}");
    assert!(stdout.ends_with("sim: not everything that `check iaas --allow-changes` needs is there: 1 missing\n"));
    assert!(!stderr.contains("error"), "{stderr}");
}

/// A defect of a project, and the item that names it.
#[rstest]
#[case::servers(|state: &mut State| state.quotas.instances = 0, "servers", "missing")]
#[case::memory(|state: &mut State| state.quotas.ram = 100, "memory in MiB", "missing")]
#[case::volumes(|state: &mut State| state.quotas.volumes = 2, "volumes", "missing")]
#[case::gigabytes(|state: &mut State| state.quotas.gigabytes = 9, "volumes in GiB", "missing")]
#[case::backups(|state: &mut State| state.quotas.backups = 0, "backups", "missing")]
#[case::backup_gigabytes(|state: &mut State| state.quotas.backup_gigabytes = 0, "backups in GiB", "missing")]
#[case::networks(|state: &mut State| state.quotas.networks = 0, "networks", "missing")]
#[case::subnets(|state: &mut State| state.quotas.subnets = 0, "subnets", "missing")]
#[case::ports(|state: &mut State| state.quotas.ports = 1, "ports", "missing")]
#[case::security_groups(|state: &mut State| state.quotas.security_groups = 1, "security groups", "missing")]
#[case::image(|state: &mut State| state.images.clear(), "test server", "missing")]
#[case::key_manager(|state: &mut State| { state.remove_service("key-manager"); }, "service key-manager", "warning")]
#[tokio::test]
async fn each_shortage_is_named_and_nothing_else(
    #[case] spoil: fn(&mut State),
    #[case] what: &str,
    #[case] word: &str,
) {
    let cloud = cloud(spoil).await;
    let code = if word == "warning" { 0 } else { 3 };
    assert_eq!(odd(&diagnosed(&cloud, "", code).await), only(what, word));
}

#[rstest]
#[case::enough(1, "public", 0, &[])]
#[case::no_router(0, "public", 3, &[("routers", "missing")])]
#[case::no_such_network(1, "nope", 3, &[("external network", "missing")])]
#[tokio::test]
async fn a_router_is_needed_only_for_an_external_network(
    #[case] routers: i64,
    #[case] name: &str,
    #[case] code: i32,
    #[case] expected: &[(&str, &str)],
) {
    let cloud = cloud(|state| state.quotas.routers = routers).await;
    diagnosed(&cloud, "", 0).await;
    let found = odd(&diagnosed(&cloud, &format!("--external-network {name}"), code).await);
    assert_eq!(found.iter().map(|(what, state)| (what.as_str(), state.as_str())).collect::<Vec<_>>(), expected);
}

/// A failure, and the items that are therefore unknown or missing.
#[rstest]
#[case::nova_limits(Service::Compute, "/limits", 500, &["servers", "cores", "memory in MiB"], "unknown")]
#[case::cinder_limits(Service::BlockStorage, "/limits", 403, &["volumes", "volumes in GiB", "backups", "backups in GiB"], "unknown")]
#[case::quota_details(Service::Network, "/details", 403, &["networks", "subnets", "ports", "security groups", "security group rules"], "unknown")]
#[case::backup_api(Service::BlockStorage, "/backups?", 404, &["backup API"], "missing")]
#[case::images(Service::Image, "/images?limit=1000", 500, &["test server"], "unknown")]
#[tokio::test]
async fn items_that_cannot_be_asked_are_unknown(
    #[case] service: Service,
    #[case] path: &str,
    #[case] status: u16,
    #[case] expected: &[&str],
    #[case] state: &str,
) {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(Failure::status(status)).service(service).path(path));
    let found: BTreeMap<String, String> = odd(&diagnosed(&cloud, "", 3).await).into_iter().collect();
    assert_eq!(found, expected.iter().map(|what| ((*what).to_owned(), state.to_owned())).collect());
}

#[rstest]
#[case::admin(&["member", "admin"], "the role admin is privileged")]
#[case::reader(&["reader"], "the role member is missing")]
#[tokio::test]
async fn an_account_with_the_wrong_roles_is_not_examined(#[case] roles: &[&str], #[case] why: &str) {
    let cloud = cloud(|state| {
        state.identity.users[0].assignments[0].roles = roles.iter().map(|role| (*role).to_owned()).collect();
    })
    .await;
    let diagnosis = diagnosed(&cloud, "", 3).await;
    assert_eq!((odd(&diagnosis), &diagnosis["project"]), (only("login", "missing"), &Value::Null));
    assert!(diagnosis["findings"][0]["found"].as_str().unwrap().contains(why), "{diagnosis}");
    assert_eq!(cloud.requests().len(), 1);
}

#[tokio::test]
async fn leftovers_of_old_runs_are_named_and_nothing_foreign() {
    let young = format!("_scs-{}-abcd-thing", chrono::Utc::now().format("%Y%m%dt%H%M%S"));
    let cloud = cloud(|state| {
        let (own, other) = (state.own_project(), state.other_project());
        state.seed(Kind::Volume, OLD, &own);
        state.seed(Kind::Secret, OLD, &other);
        for foreign in ["_scs", "_scs-other", "scs-test-prod", &young] {
            state.seed(Kind::Volume, foreign, &own);
        }
    })
    .await;
    let diagnosis = diagnosed(&cloud, "", 0).await;
    assert_eq!(odd(&diagnosis), only("leftovers", "warning"));
    let page = doctor(&cloud, "").run().await.assert_code(0).stdout;
    assert_eq!(page.matches("_scs").count(), 1, "{page}");
    let region = cloud.state().catalog[0].endpoints[0].region.clone();
    let command = format!("sweep iaas --cloud sim --region {region} --older-than 1h\n");
    assert!(page.contains(OLD) && page.contains(&command), "{page}");
}

#[tokio::test]
async fn a_run_of_this_machine_that_did_not_finish_is_named() {
    let cloud = cloud(|_| {}).await;
    let run = "20200101t000000-abcd";
    let region = cloud.state().catalog[0].endpoints[0].region.clone();
    let journal = |project: &str| {
        let place = json!({"cloud": "sim", "auth_url": cloud.auth_url(), "project": project, "region": region});
        let place = json!({"project": place});
        json!({"begins": {"version": 2, "run": run, "place": place, "tool": "0", "at": "2020-01-01T00:00:00Z"}})
            .to_string()
    };
    let (own, other) = (cloud.state().own_project(), cloud.state().other_project());
    for (project, expected) in [(own, 1), (other, 0)] {
        let program = doctor(&cloud, "--journal journals").file(&format!("journals/{run}.journal"), journal(&project));
        let page = program.run().await.assert_code(0).stdout;
        assert_eq!(page.matches(&format!("run {run} on this machine did not finish")).count(), expected, "{page}");
        assert_eq!(page.matches(&format!("/journals --run {run}")).count(), expected, "{page}");
    }
}

/// Returns the amounts that suffice according to `doctor`: those that a run takes.
fn tight() -> Quotas {
    Quotas {
        instances: 1,
        cores: 1,
        ram: 1024,
        volumes: 3,
        gigabytes: 10,
        backups: 1,
        backup_gigabytes: 1,
        networks: 1,
        subnets: 1,
        ports: 2,
        routers: 0,
        security_groups: 2,
        ..Quotas::default()
    }
}

/// Returns the permissions that a run asked for and was refused.
async fn refusals(cloud: &SimCloud) -> Vec<String> {
    // What a simulated volume is busy with only goes on when somebody looks, so one may be left: that is not the point here.
    Program::check(cloud, "--allow-changes --step-limit 2s --cleanup-limit 3s").run().await;
    let created: Vec<_> = cloud.requests().into_iter().filter(|request| request.method == "POST").collect();
    assert!(created.len() > 8, "{created:?}");
    let refused = created.iter().filter(|request| matches!(request.status, Some(403 | 409 | 413)));
    let collection = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    // Not the console of a server that is not there yet.
    refused.map(|request| collection(request.path())).filter(|last| last != "action").collect()
}

#[tokio::test]
async fn a_run_needs_no_more_than_doctor_asks_for() {
    let cloud = cloud(|state| state.quotas = tight()).await;
    assert_eq!(odd(&diagnosed(&cloud, "", 0).await), Vec::new());
    assert_eq!(refusals(&cloud).await, [""; 0]);
}

/// The quotas whose shortage a run notices, whichever experiment comes first.
#[rstest]
#[case::servers(|quotas: &mut Quotas| quotas.instances -= 1, "servers", "servers")]
#[case::cores(|quotas: &mut Quotas| quotas.cores -= 1, "cores", "servers")]
#[case::memory(|quotas: &mut Quotas| quotas.ram -= 1, "memory in MiB", "servers")]
#[case::backups(|quotas: &mut Quotas| quotas.backups -= 1, "backups", "backups")]
#[case::networks(|quotas: &mut Quotas| quotas.networks -= 1, "networks", "networks")]
#[case::subnets(|quotas: &mut Quotas| quotas.subnets -= 1, "subnets", "subnets")]
#[case::ports(|quotas: &mut Quotas| quotas.ports -= 1, "ports", "ports")]
#[case::security_groups(|quotas: &mut Quotas| quotas.security_groups -= 1, "security groups", "security-groups")]
#[tokio::test]
async fn run_lacks_the_permissions_that_doctor_reports_missing(
    #[case] less: fn(&mut Quotas),
    #[case] what: &str,
    #[case] refused: &str,
) {
    let cloud = cloud(|state| {
        state.quotas = tight();
        less(&mut state.quotas);
    })
    .await;
    assert_eq!(odd(&diagnosed(&cloud, "", 3).await), only(what, "missing"));
    assert_eq!(refusals(&cloud).await, [refused]);
}
