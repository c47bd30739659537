//! Addresses: those on this machine, and each as it may be shown, without secrets.

use crate::secrets::is_telling;
use url::{Host, Url};

/// Returns true for an address on this machine.
pub fn is_local(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Returns a URL as it may be shown: no user info, no fragment, secret query values masked, bounded.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for URLs that cannot have user info.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if url.query_pairs().any(|(key, _)| is_telling(&key)) {
        let pairs: Vec<_> = url.query_pairs().collect();
        let masked =
            pairs.iter().map(|(key, value)| (key.as_ref(), if is_telling(key) { "***" } else { value.as_ref() }));
        shown.query_pairs_mut().clear().extend_pairs(masked);
    }
    let text = String::from(shown);
    match text.char_indices().nth(1000) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Returns an address as a service wrote it, which may be none: as it is, but for user info, a fragment, and secret
/// query values.
pub(crate) fn shown_text(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let plain = format!("{scheme}://{host}{after}");
    match Url::parse(&plain) {
        _ if !after.contains(['?', '#']) => plain,
        Ok(url) => shown(&url),
        Err(_) => plain.split(['?', '#']).next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://adm:pass@host:9292/image", "http://host:9292/image")]
    #[case("https://host/v1/AUTH_%(tenant_id)s", "https://host/v1/AUTH_%(tenant_id)s")]
    #[case("http://host/placement?token=gAAAA&a=b", "http://host/placement?token=***&a=b")]
    #[case("http://host/#gAAAA", "http://host/")]
    #[case("http://a:b@c:d@[host?token=gAAAA", "http://[host")]
    #[case("no address", "no address")]
    #[case("", "")]
    fn addresses_of_services_are_shown_without_secrets(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(shown_text(text), shown);
    }
}
