//! Addresses: the part of them that may be shown, and the networks that no webhook may reach.

use crate::registry::Contact;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::Url;

/// Returns what the log shows of a contact: enough to find it again with the registry at hand, and no more.
pub(super) fn shown(contact: &Contact) -> String {
    let (address, part) = match contact {
        Contact::Email { address, .. } => {
            let (user, host) = address.rsplit_once('@').unwrap_or_default();
            let first: String = user.chars().take(1).collect();
            (address.as_str(), format!("{first}…@{host}"))
        }
        Contact::Webhook(address) => {
            let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            (address.as_str(), format!("https://{host}/…"))
        }
    };
    let digest = hex::encode(Sha256::digest(address));
    format!("{part} (sha256 {})", &digest[..16])
}

/// Returns true for an address of the open internet: not of this machine, of a private network, or of a special purpose.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = match address.octets() {
        // This network, shared addresses, protocols, benchmarks, reserved ones.
        [0, ..] | [192, 0, 0, _] | [198, 18..=19, ..] | [240..=255, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        _ => false,
    };
    !(is_special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        // Behind these prefixes stands an address of IPv4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Documentation, Teredo and other special ones below 2001::/23.
        [0x2001, 0xdb8, ..] | [0x2001, 0..=0x1ff, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use rstest::rstest;

    #[rstest]
    #[case("93.184.216.34", true)]
    #[case("100.63.0.1", true)]
    #[case("2a00:1450:4001::1", true)]
    #[case("64:ff9b::5db8:d822", true)]
    #[case("127.0.0.1", false)]
    #[case("10.1.2.3", false)]
    #[case("172.16.0.1", false)]
    #[case("192.168.1.1", false)]
    #[case("169.254.169.254", false)]
    #[case("100.64.0.1", false)]
    #[case("0.0.0.0", false)]
    #[case("198.18.0.1", false)]
    #[case("224.0.0.1", false)]
    #[case("255.255.255.255", false)]
    #[case("::", false)]
    #[case("::1", false)]
    #[case("::ffff:127.0.0.1", false)]
    #[case("::ffff:169.254.169.254", false)]
    #[case("64:ff9b::a9fe:a9fe", false)]
    #[case("2002:7f00:1::", false)]
    #[case("fe80::1", false)]
    #[case("fd00::1", false)]
    #[case("ff02::1", false)]
    #[case("2001:db8::1", false)]
    fn addresses_of_the_open_internet_are_known(#[case] address: &str, #[case] expected: bool) {
        assert_eq!(is_public(address.parse().unwrap()), expected);
    }

    #[test]
    fn log_shows_no_address() {
        let mail = Contact::Email { address: "ops.team@acme.example".to_owned(), language: Language::De };
        let hook = Contact::Webhook("https://hooks.acme.example/T01/secret".to_owned());
        assert_eq!(shown(&mail), "o…@acme.example (sha256 2161aab0822b7009)");
        assert!(shown(&hook).starts_with("https://hooks.acme.example/… (sha256 ") && !shown(&hook).contains("secret"));
    }
}
