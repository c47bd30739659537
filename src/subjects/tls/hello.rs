//! Writes a ClientHello.

use super::codes::wire;
use scs_checks::facts::ProtocolVersion;

/// The offer of a ClientHello.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    /// The only version, or before TLS 1.3 the highest one.
    pub version: ProtocolVersion,
    /// The cipher suites.
    pub ciphers: &'a [u16],
    /// The groups.
    pub groups: &'a [u16],
    /// The name of the host; none where it is an address.
    pub name: Option<&'a str>,
}

/// The marker that stands for secure renegotiation, where there are no extensions.
const RENEGOTIATION: u16 = 0x00ff;

/// All algorithms of signatures, also those that nobody should use any more.
const SIGNATURES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081a, 0x081b, 0x081c, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0302, 0x0202, 0x0101,
];

/// Returns a ClientHello in one record.
pub(super) fn client_hello(offer: &Offer<'_>, random: [u8; 32]) -> Vec<u8> {
    let is_newest = offer.version == ProtocolVersion::Tls13;
    let legacy = wire(offer.version).min(0x0303);
    let mut body = legacy.to_be_bytes().to_vec();
    body.extend(random);
    // No session to resume.
    body.push(0);
    let markers: &[u16] = if is_newest { &[] } else { &[RENEGOTIATION] };
    let ciphers: Vec<u8> = offer.ciphers.iter().chain(markers).flat_map(|id| id.to_be_bytes()).collect();
    body.extend(sized(2, &ciphers));
    // No compression.
    body.extend([1, 0]);
    if offer.version != ProtocolVersion::Ssl3 {
        body.extend(sized(2, &extensions(offer)));
    }
    let message = [&[1], sized(3, &body).as_slice()].concat();
    let record: u16 = if offer.version == ProtocolVersion::Ssl3 { 0x0300 } else { 0x0301 };
    [&[22], record.to_be_bytes().as_slice(), &sized(2, &message)].concat()
}

fn extensions(offer: &Offer<'_>) -> Vec<u8> {
    let list = |codes: &[u16]| sized(2, &codes.iter().flat_map(|code| code.to_be_bytes()).collect::<Vec<u8>>());
    let mut all = Vec::new();
    let mut add = |kind: u16, content: Vec<u8>| all.extend([kind.to_be_bytes().to_vec(), sized(2, &content)].concat());
    if let Some(name) = offer.name {
        add(0, sized(2, &[&[0], sized(2, name.as_bytes()).as_slice()].concat()));
    }
    add(10, list(offer.groups));
    // Points without compression.
    add(11, vec![1, 0]);
    if offer.version >= ProtocolVersion::Tls12 {
        add(13, list(SIGNATURES));
    }
    if offer.version == ProtocolVersion::Tls13 {
        add(43, vec![2, 3, 4]);
        // Keys agreed anew also for those who resume; and no key yet, so that the server asks for one of the group it likes best.
        add(45, vec![1, 1]);
        add(51, vec![0, 0]);
    } else {
        // Some servers insist on this one (extended master secret).
        add(23, Vec::new());
    }
    all
}

/// Returns bytes behind their number, which takes so many bytes.
fn sized(width: usize, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    [&length[length.len() - width..], bytes].concat()
}
