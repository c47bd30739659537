//! The dates of data and certificates that a run has seen. What it did not see has no date.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use scs_checks::facts::{ApiServer, Fact, Facts, KubernetesWorld, Probed, Slot, TlsEndpoint, TlsEndpoints, WorldData};
use serde::Serialize;
use std::collections::BTreeMap;
use url::Url;

/// The dates that a run has seen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// The instants as of which public data about Kubernetes is known, by its name.
    pub data: BTreeMap<&'static str, DateTime<Utc>>,
    /// The certificates.
    pub certificates: Vec<SeenCertificate>,
    /// The end of the application credential that logged in.
    pub credential: Option<DateTime<Utc>>,
}

/// A certificate with its end.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct SeenCertificate {
    /// The host and port that show it, or `kubeconfig` for the client certificate in it.
    pub name: String,
    /// The instant at which it ends; that of the first, if a host shows several.
    pub expires_at: DateTime<Utc>,
}

impl Seen {
    /// Returns the dates in facts; `client_certificate` and `credential` are the ends of those that log in.
    pub(super) fn from_run(
        facts: &Facts,
        client_certificate: Option<DateTime<Utc>>,
        credential: Option<DateTime<Utc>>,
    ) -> Self {
        let named = |expires_at| SeenCertificate { name: "kubeconfig".to_owned(), expires_at };
        let mut certificates: Vec<SeenCertificate> = client_certificate.map(named).into_iter().collect();
        if let Some(Slot::Known(server)) = ApiServer::slot(facts) {
            certificates.extend(of_api_server(server));
        }
        if let Some(Slot::Known(TlsEndpoints(endpoints))) = TlsEndpoints::slot(facts) {
            certificates.extend(endpoints.iter().filter_map(of_endpoint));
        }
        Self { data: data(facts), certificates, credential }
    }
}

fn of_api_server(server: &ApiServer) -> Option<SeenCertificate> {
    let url = Url::parse(&server.url).ok()?;
    let name = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
    Some(SeenCertificate { name, expires_at: server.tls.as_ref()?.not_after? })
}

fn of_endpoint(endpoint: &TlsEndpoint) -> Option<SeenCertificate> {
    let Probed::Seen(certificates) = &endpoint.certificates else { return None };
    let expires_at = certificates.iter().map(|certificate| certificate.not_after).min()?;
    Some(SeenCertificate { name: format!("{}:{}", endpoint.host, endpoint.port), expires_at })
}

fn data(facts: &Facts) -> BTreeMap<&'static str, DateTime<Utc>> {
    let Some(Slot::Known(world)) = KubernetesWorld::slot(facts) else { return BTreeMap::new() };
    let kinds = [
        ("kubernetes-releases", WorldData::Releases),
        ("kubernetes-branches", WorldData::Branches),
        ("kubernetes-vulnerabilities", WorldData::Vulnerabilities),
    ];
    kinds.into_iter().filter_map(|(name, kind)| Some((name, world.as_of(kind)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scs_checks::facts::{ClusterFacts, SubjectKind, Tls, WorldSource, WorldWay};
    use scs_checks::verdict::{Reason, ReasonCode};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn nothing(kind: SubjectKind) -> Facts {
        Facts::none(kind, &Reason::new(ReasonCode::NotSelected, "not selected"))
    }

    fn cluster(change: impl FnOnce(&mut ClusterFacts)) -> Facts {
        let mut facts = nothing(SubjectKind::Cluster);
        if let Facts::Cluster(facts) = &mut facts {
            change(facts);
        }
        facts
    }

    #[test]
    fn what_was_not_seen_has_no_date() {
        for kind in [SubjectKind::Cloud, SubjectKind::Cluster] {
            assert_eq!(Seen::from_run(&nothing(kind), None, None), Seen::default());
        }
        let facts = cluster(|facts| {
            let tls = Some(Tls::default());
            facts.api_server = Slot::Known(ApiServer { url: "https://k.example".into(), tls, ..ApiServer::default() });
        });
        assert_eq!(Seen::from_run(&facts, None, None), Seen::default(), "its certificate could not be read");
    }

    #[test]
    fn certificates_of_a_cluster_have_names() {
        let end = at("2027-01-31T00:00:00Z");
        let facts = cluster(|facts| {
            let tls = Some(Tls { not_after: Some(end), ..Tls::default() });
            let url = "https://k.example:6443/path".to_owned();
            facts.api_server = Slot::Known(ApiServer { url, tls, ..ApiServer::default() });
        });
        let seen = Seen::from_run(&facts, Some(at("2026-12-24T00:00:00Z")), None);
        let names: Vec<(&str, DateTime<Utc>)> =
            seen.certificates.iter().map(|one| (one.name.as_str(), one.expires_at)).collect();
        assert_eq!(names, [("kubeconfig", at("2026-12-24T00:00:00Z")), ("k.example:6443", end)]);
    }

    #[test]
    fn data_has_the_date_of_its_newest_document() {
        let source = |data, as_of| WorldSource {
            name: "s".into(),
            data,
            address: "https://s.example".into(),
            way: WorldWay::Live,
            as_of: at(as_of),
        };
        let facts = cluster(|facts| {
            let sources = vec![
                source(WorldData::Releases, "2026-11-01T00:00:00Z"),
                source(WorldData::Releases, "2026-11-30T00:00:00Z"),
                source(WorldData::Vulnerabilities, "2026-10-01T00:00:00Z"),
            ];
            facts.kubernetes_world = Slot::Known(KubernetesWorld { sources, ..KubernetesWorld::default() });
        });
        let expected = [
            ("kubernetes-releases", at("2026-11-30T00:00:00Z")),
            ("kubernetes-vulnerabilities", at("2026-10-01T00:00:00Z")),
        ];
        assert_eq!(Seen::from_run(&facts, None, None).data, expected.into());
    }
}
