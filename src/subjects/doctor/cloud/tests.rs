use super::quotas::{CINDER, NOVA, from_limits, from_neutron};
use super::*;
use crate::openstack::{Item, Unreachable};
use rstest::rstest;
use scs_checks::facts::{Flavor, Image, Visibility};
use serde_json::{Value, json};

fn item(json: Value) -> Item {
    json.as_object().unwrap().clone()
}

#[rstest]
#[case::just_enough(QuotaRoom::Known { limit: 10, used: 8 }, State::Ok, "8 of 10 taken")]
#[case::one_too_few(QuotaRoom::Known { limit: 10, used: 9 }, State::Missing, "9 of 10 taken")]
#[case::more_taken_than_allowed(QuotaRoom::Known { limit: 10, used: 12 }, State::Missing, "12 of 10 taken")]
#[case::nothing_allowed(QuotaRoom::Known { limit: 0, used: 0 }, State::Missing, "0 of 0 taken")]
#[case::no_limit(QuotaRoom::Known { limit: -1, used: 1_000_000 }, State::Ok, "no limit")]
#[case::no_limit_that_is_all(QuotaRoom::Limit(-1), State::Ok, "no limit")]
#[case::limit_too_small(QuotaRoom::Limit(1), State::Missing, "at most 1")]
#[case::limit_alone(QuotaRoom::Limit(2), State::Unknown, "at most 2; how much is taken is not known")]
#[case::not_told(QuotaRoom::Unknown("HTTP 500".into()), State::Unknown, "HTTP 500")]
fn two_more_fit_or_not(#[case] room: QuotaRoom, #[case] state: State, #[case] found: &str) {
    let finding = room.judge(Quota::Volumes, 2);
    assert_eq!((finding.state, finding.found.as_str()), (state, found));
    assert_eq!((finding.what.as_str(), finding.needed.as_str()), ("volumes", "2"));
    assert_eq!(finding.remedy.is_empty(), state != State::Missing);
    assert!(finding.numbers.is_none_or(|numbers| numbers.takes == 2));
}

#[test]
fn limits_of_nova_and_cinder_are_found_by_their_names() {
    let nova = item(json!({"limits": {"rate": [], "absolute": {
        "maxTotalInstances": 10, "totalInstancesUsed": 1, "maxTotalCores": -1, "totalCoresUsed": 2,
        "maxTotalRAMSize": 4096,
    }}}));
    let rooms = from_limits(NOVA, &nova);
    assert_eq!(rooms[&Quota::Servers], QuotaRoom::Known { limit: 10, used: 1 });
    assert_eq!(rooms[&Quota::Cores], QuotaRoom::Known { limit: -1, used: 2 });
    assert_eq!(rooms[&Quota::Memory], QuotaRoom::Limit(4096));
    let cinder = item(json!({"limits": {"absolute": {
        "maxTotalVolumes": 1, "totalVolumesUsed": 2, "maxTotalVolumeGigabytes": 3, "totalGigabytesUsed": 4,
        "maxTotalBackups": 5, "totalBackupsUsed": 6, "maxTotalBackupGigabytes": 7, "totalBackupGigabytesUsed": 8,
    }}}));
    let known = |limit, used| QuotaRoom::Known { limit, used };
    let expected = [known(1, 2), known(3, 4), known(5, 6), known(7, 8)];
    assert_eq!(from_limits(CINDER, &cinder).into_values().collect::<Vec<_>>(), expected);
}

#[rstest]
#[case::not_the_document(json!({}))]
#[case::less_than_unlimited(json!({"limits": {"absolute": {"maxTotalInstances": -2, "totalInstancesUsed": 0}}}))]
#[case::texts(json!({"limits": {"absolute": {"maxTotalInstances": "10", "totalInstancesUsed": "0"}}}))]
fn what_is_not_told_is_unknown(#[case] answer: Value) {
    let rooms = from_limits(NOVA, &item(answer));
    assert!(matches!(rooms[&Quota::Servers], QuotaRoom::Unknown(_)), "{rooms:?}");
}

#[test]
fn neutron_tells_with_details_or_without() {
    let detailed = json!({"quota": {"network": {"limit": 10, "used": 3, "reserved": 1}, "port": {"limit": 5}}});
    let rooms = from_neutron(&item(detailed));
    assert_eq!(rooms[&Quota::Networks], QuotaRoom::Known { limit: 10, used: 4 });
    assert_eq!(rooms[&Quota::Ports], QuotaRoom::Limit(5));
    assert!(matches!(rooms[&Quota::Routers], QuotaRoom::Unknown(_)));
    assert_eq!(from_neutron(&item(json!({"quota": {"network": 10}})))[&Quota::Networks], QuotaRoom::Limit(10));
}

fn choice() -> ServerChoice {
    let image = Image {
        id: "i".into(),
        name: "Debian 13".into(),
        visibility: Visibility::Public,
        hidden: false,
        status: "active".into(),
        size: None,
        min_disk: 0,
        min_ram: 0,
        created_at: chrono::Utc::now(),
        tags: Vec::new(),
        properties: BTreeMap::new(),
    };
    let flavor = Flavor { id: "f".into(), name: "SCS-2V-4".into(), vcpus: 2, ram: 4096, disk: 0, ..Flavor::default() };
    ServerChoice { image, flavor, gib: 12 }
}

#[test]
fn experiments_that_overlap_add_up() {
    let choice = choice();
    let all = demand(Some(&choice), false, false);
    assert_eq!((all[&Quota::Volumes], all[&Quota::Gigabytes], all[&Quota::Cores]), (3, 14, 2));
    assert_eq!((all[&Quota::Ports], all[&Quota::Routers]), (2, 0));
    let routed = demand(Some(&choice), true, false);
    assert_eq!((routed[&Quota::Ports], routed[&Quota::Routers]), (3, 1));
    let without = demand(None, true, true);
    assert_eq!((without[&Quota::Volumes], without.get(&Quota::Servers)), (2, None));
}

fn roomy() -> Answers {
    let room = |quota: &Quota| (*quota, QuotaRoom::Known { limit: -1, used: 0 });
    Answers {
        services: vec![
            (Service::Compute, Ok("http://nova".into())),
            (Service::KeyManager, Ok("http://b".into())),
            (Service::S3, Ok("http://s3".into())),
        ],
        server: Ok(choice()),
        rooms: demand(Some(&choice()), true, true).keys().map(room).collect(),
        backups: Ok(()),
        secrets: Ok(()),
        credentials: Ok(()),
        is_restricted: false,
        storage_zones: Ok(1),
        external: Some(("public".into(), Ok("id".into()))),
        unfinished: Vec::new(),
        unread: Vec::new(),
        leftovers: Vec::new(),
        unseen: Vec::new(),
    }
}

fn judged(answers: &Answers) -> Vec<DoctorFinding> {
    let (cloud, auth_url, project) = ("my cloud".to_owned(), "u".to_owned(), "p".to_owned());
    let place = Place::Project { cloud, auth_url, project, region: Some("R".to_owned()) };
    answers.judge(&place, &Journals::usual("/j".into()))
}

/// A journal that cannot be read may be about this place.
#[test]
fn a_journal_that_cannot_be_read_is_told() {
    let unread = vec!["the journal /j/x.journal cannot be read: it is empty".to_owned()];
    let findings = judged(&Answers { unread, ..roomy() });
    let told: Vec<_> = findings.iter().filter(|finding| finding.what == "leftovers").collect();
    assert_eq!((told.len(), told[0].state), (1, State::Warning));
    assert!(told[0].found.contains("x.journal") && !told[0].remedy.is_empty(), "{told:?}");
}

fn absent(service: &'static str) -> Error {
    Error::new(ErrorKind::ServiceAbsent { service }, "the catalog has none")
}

fn refused() -> Error {
    Error::new(ErrorKind::Forbidden, "HTTP 403")
}

fn broken() -> Error {
    Error::new(ErrorKind::Unreachable(Unreachable::Timeout), "no answer")
}

fn leftover() -> Leftover {
    let name = "_scs-20261120t100000-abcd-volume".to_owned();
    Leftover { kind: Kind::Volume, id: "v".into(), name, created_at: None }
}

/// One problem, and the only finding that is not ok.
#[rstest]
#[case::no_nova(|a: &mut Answers| a.services[0].1 = Err(absent("compute")), State::Missing, "service compute")]
#[case::no_barbican(|a: &mut Answers| { a.services[1].1 = Err(absent("key-manager")); a.secrets = Err(absent("key-manager")); }, State::Warning, "service key-manager")]
#[case::no_image(|a: &mut Answers| a.server = Err(NoServerReason::Unsuitable(UnsuitableError::Images)), State::Missing, "test server")]
#[case::no_list_of_images(|a: &mut Answers| a.server = Err(NoServerReason::Unread(broken())), State::Unknown, "test server")]
#[case::no_room(|a: &mut Answers| drop(a.rooms.insert(Quota::Cores, QuotaRoom::Known { limit: 1, used: 0 })), State::Missing, "cores")]
#[case::quota_not_told(|a: &mut Answers| drop(a.rooms.remove(&Quota::Ports)), State::Unknown, "ports")]
#[case::no_backups(|a: &mut Answers| a.backups = Err(Error::new(ErrorKind::NotFound, "HTTP 404")), State::Missing, "backup API")]
#[case::secrets_forbidden(|a: &mut Answers| a.secrets = Err(refused()), State::Missing, "secrets")]
#[case::secrets_not_asked(|a: &mut Answers| a.secrets = Err(broken()), State::Unknown, "secrets")]
#[case::no_object_store(|a: &mut Answers| { a.services[2].1 = Err(absent("object-store-s3")); a.credentials = Err(broken()); }, State::Warning, "service object-store-s3")]
#[case::a_restricted_credential(|a: &mut Answers| a.is_restricted = true, State::Warning, "credentials for S3")]
#[case::credentials_forbidden(|a: &mut Answers| a.credentials = Err(refused()), State::Warning, "credentials for S3")]
#[case::credentials_not_asked(|a: &mut Answers| a.credentials = Err(broken()), State::Unknown, "credentials for S3")]
#[case::no_external_network(|a: &mut Answers| a.external = Some(("x".into(), Err(Error::new(ErrorKind::Unusable, "none")))), State::Missing, "external network")]
#[case::leftovers(|a: &mut Answers| a.leftovers.push(leftover()), State::Warning, "leftovers")]
#[case::leftovers_unseen(|a: &mut Answers| a.unseen.push((Kind::Port, broken())), State::Unknown, "leftovers")]
fn whatever_is_wrong_is_named(#[case] spoil: fn(&mut Answers), #[case] state: State, #[case] what: &str) {
    let mut answers = roomy();
    assert!(judged(&answers).iter().all(|finding| finding.state == State::Ok), "{:?}", judged(&answers));
    spoil(&mut answers);
    let findings = judged(&answers);
    let odd: Vec<_> = findings.iter().filter(|finding| finding.state != State::Ok).collect();
    assert_eq!(odd.iter().map(|finding| (finding.state, finding.what.as_str())).collect::<Vec<_>>(), [(state, what)]);
    assert_eq!(CloudDiagnosis::new("c", None, findings.clone()).ready, state == State::Warning);
}

#[test]
fn leftovers_come_with_the_command_that_removes_them() {
    let mut answers = roomy();
    answers.leftovers.push(leftover());
    let findings = judged(&answers);
    let finding = findings.iter().find(|finding| finding.what == "leftovers").unwrap();
    assert_eq!(finding.found, "volume _scs-20261120t100000-abcd-volume (v)");
    assert_eq!(finding.remedy, "scs-conformance sweep iaas --cloud 'my cloud' --region R --older-than 1h");
}
