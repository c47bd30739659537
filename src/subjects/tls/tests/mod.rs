//! The probe against OpenSSL, against scripted servers, and against nonsense.

mod judged;
mod nonsense;
mod openssl;
mod peer;
mod scripted;

use super::{Authorities, Probe, Seen, Target};
use crate::wire::permits::HostPermits;
use chrono::Utc;
use scs_checks::facts::{Probed, ProtocolVersion, TlsProtocol};
use std::time::Duration;

/// Looks at a server on this machine.
async fn look(port: u16, authorities: &Authorities) -> Seen {
    let target = Target::from_url(&format!("https://127.0.0.1:{port}").parse().unwrap()).unwrap();
    Probe::new(&target, &HostPermits::default(), Duration::from_secs(20)).look(authorities, Utc::now()).await
}

/// Returns what a server accepts, of the versions that it accepts at all.
fn spoken(seen: &Seen) -> Vec<TlsProtocol> {
    let Probed::Seen(protocols) = &seen.protocols else { panic!("{seen:?}") };
    assert_eq!(protocols.len(), 5, "each version was tried");
    protocols.iter().filter(|protocol| !protocol.ciphers.is_empty()).cloned().collect()
}

/// Returns the names of cipher suites in a version, sorted.
fn ciphers(seen: &Seen, version: ProtocolVersion) -> Vec<String> {
    let spoken = spoken(seen).into_iter().filter(|protocol| protocol.version == version);
    let mut names: Vec<String> = spoken.flat_map(|one| one.ciphers).map(|cipher| cipher.name).collect();
    names.sort();
    names
}

/// Returns the message of what is not known.
fn unknown(seen: &Seen) -> String {
    let Probed::Unknown(reason) = &seen.protocols else { panic!("{seen:?}") };
    format!("{}: {}", reason.code, reason.message)
}
