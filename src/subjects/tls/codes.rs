//! The numbers of protocol versions, cipher suites and groups, and their names.

use scs_checks::facts::{ProtocolVersion, TlsCode};
use std::ops::RangeInclusive;
use tokio_rustls::rustls::CipherSuite;

/// Cipher suites up to TLS 1.2, by ranges in which IANA has assigned them, with those of drafts that were in use. What is not
/// assigned in a range does no harm.
const RANGES: &[RangeInclusive<u16>] = &[
    0x0001..=0x0046,
    0x0060..=0x006d,
    0x0080..=0x00c5,
    0xc001..=0xc0b3,
    0xc100..=0xc106,
    0xcc13..=0xcc15,
    0xcca8..=0xccae,
    0xd001..=0xd005,
    0xfefe..=0xfeff,
];

/// Cipher suites of TLS 1.3, also the Chinese ones and those without encryption.
const OF_TLS13: &[u16] = &[0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00c6, 0x00c7, 0xc0b4, 0xc0b5];

/// The most cipher suites in one offer: some servers stumble over more than 128.
pub(super) const AT_ONCE: usize = 120;

/// The groups with their names at IANA: elliptic curves, finite fields, hybrids with lattices. The common ones come first.
const GROUPS: &[(u16, &str)] = &[
    (0x11ec, "X25519MLKEM768"),
    (29, "x25519"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (30, "x448"),
    (0x11eb, "SecP256r1MLKEM768"),
    (0x11ed, "SecP384r1MLKEM1024"),
    (0x6399, "X25519Kyber768Draft00"),
    (0x200, "MLKEM512"),
    (0x201, "MLKEM768"),
    (0x202, "MLKEM1024"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"),
    (33, "brainpoolP512r1tls13"),
    (1, "sect163k1"),
    (2, "sect163r1"),
    (3, "sect163r2"),
    (4, "sect193r1"),
    (5, "sect193r2"),
    (6, "sect233k1"),
    (7, "sect233r1"),
    (8, "sect239k1"),
    (9, "sect283k1"),
    (10, "sect283r1"),
    (11, "sect409k1"),
    (12, "sect409r1"),
    (13, "sect571k1"),
    (14, "sect571r1"),
    (15, "secp160k1"),
    (16, "secp160r1"),
    (17, "secp160r2"),
    (18, "secp192k1"),
    (19, "secp192r1"),
    (20, "secp224k1"),
    (21, "secp224r1"),
    (22, "secp256k1"),
    (41, "curveSM2"),
    (0x100, "ffdhe2048"),
    (0x101, "ffdhe3072"),
    (0x102, "ffdhe4096"),
    (0x103, "ffdhe6144"),
    (0x104, "ffdhe8192"),
];

/// The number of a curve that a server describes instead of naming it.
pub(super) const EXPLICIT_CURVE: u16 = 0xff01;

/// Returns the number of a version on the wire.
pub(super) fn wire(version: ProtocolVersion) -> u16 {
    match version {
        ProtocolVersion::Ssl3 => 0x0300,
        ProtocolVersion::Tls10 => 0x0301,
        ProtocolVersion::Tls11 => 0x0302,
        ProtocolVersion::Tls12 => 0x0303,
        ProtocolVersion::Tls13 => 0x0304,
    }
}

/// Returns all cipher suites to offer in a version.
pub(super) fn ciphers(version: ProtocolVersion) -> Vec<u16> {
    match version {
        ProtocolVersion::Tls13 => OF_TLS13.to_vec(),
        _ => RANGES.iter().cloned().flatten().collect(),
    }
}

/// Returns all groups to offer in a version: before TLS 1.3 those of elliptic curves only, as finite fields have cipher
/// suites of their own there.
pub(super) fn groups(version: ProtocolVersion) -> Vec<u16> {
    let is_curve = |id: &u16| *id < 0x100;
    let all = GROUPS.iter().map(|(id, _)| *id);
    if version == ProtocolVersion::Tls13 { all.collect() } else { all.filter(is_curve).collect() }
}

/// Returns a cipher suite with its name.
pub(super) fn cipher(id: u16) -> TlsCode {
    let name = match CipherSuite::from(id).as_str() {
        // The library marks these, to tell them from cipher suites of TLS 1.2.
        Some(name) => name.replace("TLS13_", "TLS_"),
        None => format!("0x{id:04X}"),
    };
    TlsCode { id, name }
}

/// Returns a group with its name.
pub(super) fn group(id: u16) -> TlsCode {
    let known = GROUPS.iter().find(|(other, _)| *other == id).map(|(_, name)| (*name).to_owned());
    let described = (id == EXPLICIT_CURVE).then(|| "a curve without a name".to_owned());
    TlsCode { id, name: known.or(described).unwrap_or_else(|| format!("0x{id:04X}")) }
}

/// The form of a server's part of the key exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyExchange {
    /// A prime of a finite field.
    Field,
    /// An elliptic curve.
    Curve,
    /// Another one, or none.
    Other,
}

/// Returns the form of the key exchange of a cipher suite up to TLS 1.2, and true if a hint about shared keys comes first.
pub(super) fn key_exchange(cipher: u16) -> (KeyExchange, bool) {
    let name = self::cipher(cipher).name;
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    let form = if begins(&["TLS_ECDHE_", "TLS_ECDH_anon_"]) || (0xcc13..=0xcc14).contains(&cipher) {
        KeyExchange::Curve
    } else if begins(&["TLS_DHE_", "TLS_DH_anon_"]) || cipher == 0xcc15 || (0x0011..=0x001b).contains(&cipher) {
        KeyExchange::Field
    } else {
        KeyExchange::Other
    };
    (form, name.contains("_PSK_"))
}
