//! Looks at the TLS of all public endpoints of the catalog: each host and port once, some at a time.

use crate::blocking::blocking;
use crate::collect::observe::Observed;
use crate::collect::reason_of;
use crate::openstack::config::Trust;
use crate::openstack::{Reader, RequestContext, Session};
use crate::tls::{Authorities, Probe, Seen, Target};
use crate::wire::error::{Error, ErrorKind};
use crate::wire::evidence::AttemptTrace;
use chrono::Utc;
use futures_util::{StreamExt, stream};
use reqwest::header::STRICT_TRANSPORT_SECURITY;
use scs_checks::facts::{Probed, Slot, TlsEndpoint, TlsEndpoints, address};
use scs_checks::verdict::{Reason, ReasonCode};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// The number of endpoints that are looked at together.
const AT_A_TIME: usize = 16;
/// The most hosts and ports of one catalog.
const MOST: usize = 250;
/// The time for each step of a handshake.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time for one endpoint, and the part of the fact's time that is left for what was seen by then.
const LONGEST: Duration = Duration::from_secs(60);
const RESERVE: Duration = Duration::from_secs(2);

/// Looks at all public endpoints that have an `https://` address.
pub(super) async fn tls_endpoints(reader: Reader) -> Observed<TlsEndpoints> {
    let (session, context) = (reader.session(), reader.context());
    let (targets, unusable) = targets(session);
    if targets.is_empty() && unusable.is_empty() {
        return Ok((Slot::Absent("no public endpoint of the catalog has an https:// address".to_owned()), None));
    }
    if targets.len() > MOST {
        let what =
            format!("the public endpoints of the catalog are on {} hosts and ports, more than {MOST}", targets.len());
        return Err(Error::new(ErrorKind::TooLarge, what));
    }
    let authorities = authorities(session.trust().clone()).await;
    let looks = targets.iter().map(|target| look(session, context, target, &authorities));
    let mut endpoints: Vec<TlsEndpoint> = stream::iter(looks).buffered(AT_A_TIME).collect().await;
    endpoints.extend(unusable);
    let count = endpoints.len();
    Ok((Slot::Known(TlsEndpoints(endpoints)), Some(count)))
}

/// Returns the servers of all public endpoints, each once, and those whose address names none.
fn targets(session: &Session) -> (BTreeSet<Target>, Vec<TlsEndpoint>) {
    let services = &session.login().catalog.services;
    let endpoints = services.iter().flat_map(|service| &service.endpoints).filter(|one| one.interface == "public");
    let begins = |text: &str| text.trim().get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("https://"));
    let (mut found, mut unusable) = (BTreeSet::new(), Vec::new());
    for endpoint in endpoints.filter(|endpoint| begins(&endpoint.url)) {
        match address(&endpoint.url).and_then(|url| Target::from_url(&url)) {
            Some(target) => {
                found.insert(target);
            }
            None => {
                let reason =
                    Reason::new(ReasonCode::InvalidAnswer, "a public endpoint has an address without a usable host");
                unusable.push(unknown(String::new(), 443, reason));
            }
        }
    }
    unusable.truncate(1);
    (found, unusable)
}

async fn authorities(trust: Trust) -> Authorities {
    match trust {
        Trust::System => blocking(Authorities::from_system).await,
        Trust::Only(pem) => Authorities::from_pem(&pem),
        Trust::Anyone => Authorities::none(),
    }
}

async fn look(session: &Session, context: &RequestContext, target: &Target, authorities: &Authorities) -> TlsEndpoint {
    let (host, port) = (target.host().to_owned(), target.port());
    if session.is_proxied(target.url()) {
        let what = format!("{} is reached through a proxy, so its TLS cannot be looked at", target.place());
        return unknown(host, port, Reason::new(ReasonCode::Inconclusive, what));
    }
    let time = LONGEST.min(context.time_left().saturating_sub(RESERVE));
    let Ok((seen, hsts)) = timeout(time, both(session, context, target, authorities)).await else {
        let what = format!("{}: looking at its TLS takes too long", target.place());
        return unknown(host, port, Reason::new(ReasonCode::Deadline, what));
    };
    TlsEndpoint { host, port, protocols: seen.protocols, certificates: seen.certificates, hsts }
}

/// Looks at the TLS of a server, and then asks it for its root, unless it does not answer at all.
async fn both(
    session: &Session,
    context: &RequestContext,
    target: &Target,
    authorities: &Authorities,
) -> (Seen, Probed<Option<String>>) {
    let recorder = context.trace.begin("TLS", target.url());
    let limits = session.limits();
    let patience = PATIENCE.min(limits.connect_timeout);
    let seen = Probe::new(target, &limits.hosts, patience).look(authorities, Utc::now()).await;
    for _ in 0..seen.handshakes {
        recorder.attempt(AttemptTrace { status: None, request_id: None, clock_ahead: None }, 0);
    }
    let hsts = match &seen.protocols {
        Probed::Unknown(reason) => Probed::Unknown(reason.clone()),
        Probed::Seen(_) => hsts(session, context, target.url().clone()).await,
    };
    (seen, hsts)
}

/// Reads the header by which a server tells browsers to insist on HTTPS: the first one counts (RFC 6797, 8.1).
async fn hsts(session: &Session, context: &RequestContext, root: Url) -> Probed<Option<String>> {
    match session.get_anonymously(root, context).await {
        Err(error) => Probed::Unknown(reason_of(&error)),
        Ok(headers) => {
            let header = headers.get(STRICT_TRANSPORT_SECURITY);
            Probed::Seen(header.map(|value| String::from_utf8_lossy(value.as_bytes()).chars().take(300).collect()))
        }
    }
}

fn unknown(host: String, port: u16, reason: Reason) -> TlsEndpoint {
    TlsEndpoint {
        host,
        port,
        protocols: Probed::Unknown(reason.clone()),
        certificates: Probed::Unknown(reason.clone()),
        hsts: Probed::Unknown(reason),
    }
}
