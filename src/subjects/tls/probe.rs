//! Looks at one server: the versions, cipher suites and groups that it accepts, and its certificates.
//!
//! The protocols and ciphers that a server accepts are found by offering everything and leaving out what it chose, until it refuses.

use super::answer::{Answer, Hello, Malformed};
use super::certificate::{Authorities, described};
use super::chain::{BY_KIND, Fetched, fetch};
use super::codes::{self, AT_ONCE, KeyExchange, key_exchange, wire};
use super::handshake::{Failure, Reply, shake};
use super::hello::Offer;
use crate::wire::permits::HostPermits;
use chrono::{DateTime, Utc};
use scs_checks::facts::{Probed, ProtocolVersion, ServerCertificate, TlsProtocol};
use std::collections::BTreeSet;
use std::time::Duration;
use strum::VariantArray;
use url::{Host, Position, Url};

/// The most handshakes with one server: one that accepts every cipher suite takes a good thousand.
const MOST: usize = 1500;
/// The most chains of one server that are kept.
const MOST_CHAINS: usize = 8;
/// The pause before a server that closed the connection is asked once more.
const PAUSE: Duration = Duration::from_millis(100);

/// A server to look at.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Target {
    url: Url,
    host: String,
    port: u16,
}

impl Target {
    /// Returns the server of an address; none if the address has no host or port.
    #[must_use]
    pub fn from_url(url: &Url) -> Option<Self> {
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port_or_known_default()?;
        let mut url = Url::parse(&url[..Position::BeforePath]).ok()?;
        url.set_username("").and_then(|()| url.set_password(None)).ok()?;
        Some(Self { url, host, port })
    }

    /// Returns its root: `https://host:port/`.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns its host as addresses have it, with brackets around an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Returns its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns host and port.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.host(), self.port)
    }

    /// Returns the name that handshakes tell the server; none where its host is an address.
    fn name(&self) -> Option<&str> {
        matches!(self.url.host(), Some(Host::Domain(_))).then(|| self.host.trim_end_matches('.'))
    }

    fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

/// A look at one server.
pub struct Probe<'a> {
    target: &'a Target,
    permits: &'a HostPermits,
    patience: Duration,
    /// The number of handshakes so far.
    handshakes: usize,
    /// True if a refusal was none by the rules of TLS.
    in_doubt: bool,
    chains: BTreeSet<Vec<Vec<u8>>>,
}

/// The result of a look at a server.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The versions, cipher suites and groups that it accepts.
    pub protocols: Probed<Vec<TlsProtocol>>,
    /// The certificates that it shows.
    pub certificates: Probed<Vec<ServerCertificate>>,
    /// The number of handshakes.
    pub handshakes: usize,
}

impl<'a> Probe<'a> {
    /// Creates a look at a server, which has so much time for each step of a handshake.
    #[must_use]
    pub fn new(target: &'a Target, permits: &'a HostPermits, patience: Duration) -> Self {
        Self { target, permits, patience, handshakes: 0, in_doubt: false, chains: BTreeSet::new() }
    }

    /// Looks at the server.
    pub async fn look(mut self, authorities: &Authorities, now: DateTime<Utc>) -> Seen {
        let looked = self.all(authorities, now).await;
        let handshakes = self.handshakes;
        match looked {
            Ok((protocols, certificates)) => {
                Seen { protocols: Probed::Seen(protocols), certificates: Probed::Seen(certificates), handshakes }
            }
            Err(failure) => {
                let reason = failure.reason(&self.target.place());
                let (protocols, certificates) = (Probed::Unknown(reason.clone()), Probed::Unknown(reason));
                Seen { protocols, certificates, handshakes }
            }
        }
    }

    async fn all(
        &mut self,
        authorities: &Authorities,
        now: DateTime<Utc>,
    ) -> Result<(Vec<TlsProtocol>, Vec<ServerCertificate>), Failure> {
        let mut protocols = Vec::new();
        for version in ProtocolVersion::VARIANTS.iter().rev() {
            protocols.push(self.protocol(*version).await?);
        }
        protocols.reverse();
        self.remove_doubts(&protocols).await?;
        self.fetch_chains(&protocols).await?;
        let host = self.target.name().unwrap_or(&self.target.host);
        let certificates: Result<Vec<_>, _> =
            self.chains.iter().map(|chain| described(chain, host, authorities, now)).collect();
        Ok((protocols, certificates?))
    }

    async fn protocol(&mut self, version: ProtocolVersion) -> Result<TlsProtocol, Failure> {
        let mut dh_bits: Option<u32> = None;
        let mut accepted = Vec::new();
        let groups = codes::groups(version);
        for offered in codes::ciphers(version).chunks(AT_ONCE) {
            let mut left = offered.to_vec();
            while let Some(hello) = self.ask(version, &left, &groups).await? {
                left.retain(|cipher| *cipher != hello.cipher);
                accepted.push(hello.cipher);
                dh_bits = dh_bits.into_iter().chain(hello.dh_bits).min();
            }
        }
        let groups = self.groups(version, &accepted).await?.into_iter().map(codes::group).collect();
        Ok(TlsProtocol { version, ciphers: accepted.into_iter().map(codes::cipher).collect(), groups, dh_bits })
    }

    /// Returns the groups in which a server agrees keys with those cipher suites that do it in groups.
    async fn groups(&mut self, version: ProtocolVersion, accepted: &[u16]) -> Result<Vec<u16>, Failure> {
        let is_newest = version == ProtocolVersion::Tls13;
        let in_groups = |cipher: &u16| is_newest || key_exchange(*cipher).0 == KeyExchange::Curve;
        let ciphers: Vec<u16> = accepted.iter().copied().filter(in_groups).collect();
        let (mut left, mut chosen) = (codes::groups(version), Vec::new());
        while !ciphers.is_empty() {
            let hello = self.ask(version, &ciphers, &left).await?;
            let Some(group) = hello.and_then(|hello| hello.group) else { break };
            chosen.push(group);
            if !left.contains(&group) {
                // A server of old, which takes no notice of what is offered.
                break;
            }
            left.retain(|other| *other != group);
        }
        Ok(chosen)
    }

    /// Offers cipher suites and groups; returns the choice of the server, none if it refuses all of them in this version.
    async fn ask(
        &mut self,
        version: ProtocolVersion,
        ciphers: &[u16],
        groups: &[u16],
    ) -> Result<Option<Hello>, Failure> {
        const HANDSHAKE_FAILURE: u8 = 40;
        const PROTOCOL_VERSION: u8 = 70;
        const INSUFFICIENT_SECURITY: u8 = 71;
        if ciphers.is_empty() {
            return Ok(None);
        }
        let offer = Offer { version, ciphers, groups, name: self.target.name() };
        for pause in [PAUSE, Duration::ZERO] {
            match self.shake(&offer).await? {
                Reply::Answer(Answer::Hello(hello)) => return self.chosen(&offer, hello),
                Reply::Answer(Answer::Alert(HANDSHAKE_FAILURE | PROTOCOL_VERSION | INSUFFICIENT_SECURITY)) => {
                    return Ok(None);
                }
                Reply::Answer(Answer::Alert(_)) | Reply::Closed => tokio::time::sleep(pause).await,
            }
        }
        self.in_doubt = true;
        Ok(None)
    }

    async fn shake(&mut self, offer: &Offer<'_>) -> Result<Reply, Failure> {
        if self.handshakes >= MOST {
            return Err(Failure::Malformed(Malformed::TooLarge));
        }
        self.handshakes += 1;
        let interrupted = |_| Failure::Inconclusive("the run is over".to_owned());
        let _permit = self.permits.acquire(&self.target.url).await.map_err(interrupted)?;
        shake(self.target.address(), offer, self.patience).await
    }

    /// Checks a choice against the offer. Whoever chooses an older version does not accept this one.
    fn chosen(&mut self, offer: &Offer<'_>, hello: Hello) -> Result<Option<Hello>, Failure> {
        if hello.version > wire(offer.version) || !offer.ciphers.contains(&hello.cipher) {
            return Err(Failure::Malformed(Malformed::Broken("it chooses what was not offered")));
        }
        if !hello.certificates.is_empty() && self.chains.len() < MOST_CHAINS {
            self.chains.insert(hello.certificates.clone());
        }
        Ok((hello.version == wire(offer.version)).then_some(hello))
    }

    /// Makes sure that a server which closed connections refused the offers, and not us: what it accepted before it still
    /// accepts.
    async fn remove_doubts(&mut self, protocols: &[TlsProtocol]) -> Result<(), Failure> {
        let spoken = protocols.iter().find_map(|protocol| Some((protocol.version, protocol.ciphers.first()?.id)));
        let Some((version, cipher)) = spoken else {
            return Err(Failure::Inconclusive("it refuses every TLS handshake".to_owned()));
        };
        if self.in_doubt && self.ask(version, &[cipher], &codes::groups(version)).await?.is_none() {
            return Err(Failure::Inconclusive("it closes connections, also after what it accepted before".to_owned()));
        }
        Ok(())
    }

    /// Fetches the certificates of TLS 1.3, one for each kind of key.
    async fn fetch_chains(&mut self, protocols: &[TlsProtocol]) -> Result<(), Failure> {
        let speaks = |version| protocols.iter().any(|one| one.version == version && !one.ciphers.is_empty());
        let is_newest = speaks(ProtocolVersion::Tls13);
        let rounds = if is_newest { BY_KIND.map(<[_]>::to_vec).to_vec() } else { vec![BY_KIND.concat()] };
        let mut shown = 0;
        for schemes in rounds {
            self.handshakes += 1;
            let fetched: Fetched = fetch(self.target.address(), schemes, self.patience).await?;
            if fetched.is_newest && !is_newest {
                let what = "it speaks TLS 1.3 with the TLS library, but not when asked for its cipher suites";
                return Err(Failure::Inconclusive(what.to_owned()));
            }
            shown += usize::from(fetched.chain.is_some());
            self.chains.extend(fetched.chain);
        }
        // Those of older versions need not be those of TLS 1.3.
        if self.chains.is_empty() || is_newest && shown == 0 {
            return Err(Failure::Inconclusive("it shows no certificate".to_owned()));
        }
        Ok(())
    }
}
