//! Properties of every testcase, independent of its rule.

use crate::check::CheckKind;
use crate::definition::{Definitions, Source};
use crate::facts::{
    AttachOutcome, BackupStep, BackupTrial, Catalog, CatalogService, CloudFacts, ComputeZones, CpuInstructions,
    CrossAttach, DefaultRule, DefaultSecurityGroupRules, Direction, DomainManagerTrial, Endpoint, EntropyPool,
    EtherType, Facts, Flavor, Flavors, FreshSecurityGroup, GroupRule, Image, ImageUpload, Images, LoadBalancerZones,
    NetworkQuotas, NetworkZones, Now, Probed, ProviderNetwork, ProviderNetworks, RandomBlocks, S3Answer, S3RoundTrip,
    S3Step, SecretPayload, SecretTrial, Slot, StepOutcome, StorageZones, SubjectKind, SubnetPools, TempestResults,
    UploadStep, VersionAnswer, VersionDocument, VersionDocuments, VolumeType, VolumeTypes, Zone,
};
use crate::verdict::{Reason, ReasonCode, Severity, Verdict};
use chrono::DateTime;
use rstest::rstest;

macro_rules! standards {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../../standards/iaas/", $name, ".yaml")))),*] };
}

fn files() -> [(&'static str, &'static str); 14] {
    standards!(
        "scs-0100-flavor-naming" "scs-0101-entropy" "scs-0102-image-metadata" "scs-0103-standard-flavors"
        "scs-0104-standard-images" "scs-0114-volume-types" "scs-0115-default-security-group-rules"
        "scs-0116-key-manager" "scs-0117-volume-backup" "scs-0121-availability-zones" "scs-0123-mandatory-services"
        "scs-0125-secure-connections"
        "scs-0126-provider-networks"
        "scs-0302-domain-manager"
    )
}

fn definitions() -> Definitions {
    let data = ("distributions", include_str!("../../../standards/data/distributions.yaml"));
    let files = files().into_iter().chain([data]);
    let sources: Vec<Source> = files.map(|(path, text)| Source::new(path, text.as_bytes()).unwrap()).collect();
    Definitions::load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
}

fn none() -> CloudFacts {
    CloudFacts::none(&Reason::new(ReasonCode::NotSelected, "not collected"))
}

fn now() -> Now {
    Now::named(DateTime::UNIX_EPOCH)
}

fn let_in() -> GroupRule {
    GroupRule::unlimited("in", Direction::Ingress, EtherType::IPv4)
}

/// An endpoint with everything that a rule of scs-0125 finds fault with.
const WORST_TLS: &str = "
- host: h
  port: 443
  protocols:
    seen:
      - {version: SSLv3, ciphers: [{id: 5, name: RC4}]}
      - {version: TLSv1.0}
      - {version: TLSv1.1}
      - {version: TLSv1.2, ciphers: [{id: 5, name: RC4}], groups: [{id: 1, name: sect163k1}], dh_bits: 512}
      - {version: TLSv1.3}
  certificates:
    seen:
      - subject: CN=other
        names: []
        issuer: CN=other
        not_before: 1950-01-01T00:00:00Z
        not_after: 1960-01-01T00:00:00Z
        key: {kind: rsa, bits: 512}
        signature: md5WithRSAEncryption
        chain: 1
        trust: {untrusted: it is from nobody}
        name_matches: false
  hsts: {seen: null}
";

/// Returns a cloud that does everything wrong.
fn worst(secret: SecretTrial, backup: BackupStep, has_template: bool) -> CloudFacts {
    let properties = [
        "hypervisor_type",
        "hotfix_hours",
        "hw_rng_model",
        "hw_disk_bus",
        "uuid_validity",
        "maintained_until",
        "l1_support_contact",
        "subscription_included",
    ]
    .map(|name| (name.to_owned(), "wrong".to_owned()));
    let licences = ["license_included", "license_required"].map(|name| (name.to_owned(), "true".to_owned()));
    let generic = [("os_purpose", "generic"), ("os_distro", "d"), ("os_version", "1"), ("replace_frequency", "daily")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let names = [
        "Ubuntu 24.04",
        "Ubuntu 22.04",
        "Ubuntu 20.04",
        "Debian 10",
        "Debian 11",
        "Debian 12",
        "Debian 13",
        "ubuntu-capi-image v1.30",
        "ubuntu-capi-image-v1.30",
    ];
    let image = |name: &str| Image {
        id: format!("id of {name}"),
        name: name.to_owned(),
        created_at: "1969-01-01T00:00:00Z".parse().unwrap(),
        properties: properties.iter().chain(&licences).chain(&generic).cloned().collect(),
        ..Image::default()
    };
    let specs = ["scs:name-v1", "scs:cpu-type", "scs:disk0-type"].map(|key| (key.to_owned(), "wrong".to_owned()));
    let flavors = ["SCS-1X-1", "SCS-1V-1"].map(|name| Flavor {
        name: name.into(),
        extra_specs: specs.iter().cloned().chain([("scs:name-v2".into(), "SCS-2C-4-10s".into())]).collect(),
        ..Flavor::default()
    });
    let alias = CatalogService {
        service_type: "bare-metal".into(),
        name: "ironic".into(),
        endpoints: vec![Endpoint { interface: "public".into(), region: "R".into(), url: "https://ironic".into() }],
    };
    let described = VolumeType { name: "a".into(), description: "[scs:fast]".into(), ..VolumeType::default() };
    let rule = DefaultRule { rule: let_in(), used_in_default_sg: true, used_in_non_default_sg: true };
    let template = DefaultSecurityGroupRules(vec![rule]);
    CloudFacts {
        catalog: Slot::Known(Catalog { services: vec![alias], interface: "public".into(), ..Catalog::default() }),
        flavors: Slot::Known(Flavors(flavors.into())),
        images: Slot::Known(Images(names.iter().map(|name| image(name)).collect())),
        volume_types: Slot::Known(VolumeTypes(vec![described])),
        default_security_group_rules: if has_template { Slot::Known(template) } else { Slot::Absent("none".into()) },
        s3_answer: Slot::Known(S3Answer { url: "https://s3".into(), status: 200, ..S3Answer::default() }),
        tls_endpoints: Slot::Known(serde_yaml::from_str(WORST_TLS).unwrap()),
        version_documents: Slot::Known(VersionDocuments(vec![VersionDocument {
            service_type: "compute".into(),
            url: "https://nova".into(),
            answer: Probed::Seen(VersionAnswer { status: 404, versions: Vec::new() }),
        }])),
        provider_networks: Slot::Known(ProviderNetworks(vec![bad_network(), bad_network()])),
        subnet_pools: Slot::Known(SubnetPools::default()),
        network_quotas: Slot::Known(NetworkQuotas { floating_ips: 0 }),
        s3_round_trip: Slot::Known(S3RoundTrip::Refused { step: S3Step::CreateBucket, how: "403".into() }),
        compute_zones: Slot::Known(ComputeZones(zones())),
        storage_zones: Slot::Known(StorageZones(zones())),
        network_zones: Slot::Known(NetworkZones(zones())),
        load_balancer_zones: Slot::Known(LoadBalancerZones(zones())),
        cross_attach: Slot::Known(CrossAttach {
            server_zone: "a".into(),
            volume_zone: "b".into(),
            outcome: AttachOutcome::Attached,
        }),
        entropy_pool: Slot::Known(EntropyPool::default()),
        random_blocks: Slot::Known(RandomBlocks { failures: 9, ..RandomBlocks::default() }),
        cpu_instructions: Slot::Known(CpuInstructions { architecture: "x86_64".into(), ..CpuInstructions::default() }),
        fresh_security_group: Slot::Known(FreshSecurityGroup(vec![let_in()])),
        secret_trial: Slot::Known(secret),
        secret_payload: Slot::Known(SecretPayload { sent: "sent".into(), received: "other".into() }),
        backup_trial: Slot::Known(BackupTrial::Refused { step: backup, how: "404".into() }),
        image_upload: Slot::Known(ImageUpload::Refused { step: UploadStep::Create, how: "403".into() }),
        tempest_results: Slot::Known(TempestResults::default()),
        domain_manager_trial: Slot::Known(worst_managers()),
    }
}

fn bad_network() -> ProviderNetwork {
    ProviderNetwork {
        id: "n".into(),
        name: "n".into(),
        external: true,
        is_default: Some(true),
        shared: true,
        port_security_enabled: Some(false),
    }
}

fn zones() -> Vec<Zone> {
    ["a", "b"].map(|name| Zone { name: name.into(), available: true }).to_vec()
}

/// Returns a trial in which managers are refused what they can do, and can do everything else.
fn worst_managers() -> DomainManagerTrial {
    let mut trial = DomainManagerTrial::untried();
    for (behavior, steps) in &mut trial.0 {
        let refused = StepOutcome::Refused("403".into());
        let outcome = if behavior.is_allowed() { refused } else { StepOutcome::Effective };
        steps.values_mut().for_each(|step| *step = outcome.clone());
    }
    trial
}

fn without_images(facts: CloudFacts) -> CloudFacts {
    CloudFacts { images: Slot::Known(Images::default()), ..facts }
}

/// Each of these clouds makes its testcases fail, and each violation names the problem, the place, the value found
/// and the value expected.
#[rstest]
#[case(worst(SecretTrial { forbidden: Some("create: 403".into()), listed: false }, BackupStep::Backup, true))]
#[case(worst(SecretTrial { forbidden: None, listed: false }, BackupStep::Restore, false))]
#[case(without_images(worst(SecretTrial::default(), BackupStep::Backup, true)))]
fn every_violation_is_complete(#[case] facts: CloudFacts) {
    let (facts, mut failed) = (facts.into(), 0);
    for testcase in definitions().testcases() {
        let outcome = testcase.check.rule().evaluate(&facts, now());
        let violations = outcome.findings.iter().filter(|finding| finding.severity == Severity::Violation);
        for finding in violations {
            let complete = finding.property.is_some() && finding.expected.is_some() && finding.observed.is_some();
            let named = finding.resource.as_ref().is_some_and(|resource| !resource.name.is_empty());
            assert!(complete && named, "{}: {finding:#?}", testcase.id);
        }
        failed += usize::from(outcome.verdict == Verdict::Fail);
    }
    assert!(failed > 50, "{failed}");
}

/// The law: a testcase that was not tested, or went wrong, is never green.
#[test]
fn nothing_passes_without_facts() {
    let none = none().into();
    let failed = Facts::failed(SubjectKind::Cloud, &Reason::new(ReasonCode::RequestFailed, "503"));
    for testcase in definitions().testcases() {
        let rule = testcase.check.rule();
        assert_eq!(rule.evaluate(&none, now()).verdict, Verdict::Miss, "{}", testcase.id);
        let expected = if rule.needs().is_empty() { Verdict::Miss } else { Verdict::Abort };
        assert_eq!(rule.evaluate(&failed, now()).verdict, expected, "{}", testcase.id);
    }
}

/// The shown parameters of a check are those in the YAML: nothing is lost, nothing is added.
#[test]
fn parameters_are_shown_as_they_were_written() {
    for (path, text) in files() {
        let file: serde_json::Value = serde_yaml::from_str(text).unwrap();
        for testcase in file["testcases"].as_array().unwrap() {
            let check: CheckKind = serde_json::from_value(testcase["check"].clone()).unwrap();
            assert_eq!(serde_json::to_value(&check).unwrap(), testcase["check"], "{path}: {}", testcase["id"]);
            let again: serde_json::Value = serde_yaml::from_str(&check.to_yaml()).unwrap();
            assert_eq!(again, testcase["check"], "{}", check.to_yaml());
            assert!(check.sentence().ends_with('.'), "{}", check.name());
        }
    }
}
