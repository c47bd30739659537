//! Which proxy leads to a cluster: the kubeconfig's, or that of the environment unless the cluster is exempt from it.
//!
//! Not left to the library, which looks in `NO_PROXY` for the proxy itself instead of the cluster.

use std::net::IpAddr;

use http::Uri;
use url::{Host, Url};

use crate::config::{ConfigError, Environment};

/// The proxy, where one is to be used. `own` is what the kubeconfig says.
///
/// # Errors
/// The proxy is no URL, or of a kind that is not supported.
pub(super) fn of(environment: &Environment, own: Option<&str>, server: &Url) -> Result<Option<Uri>, ConfigError> {
    let var = |name: &str| environment.var(name).or_else(|| environment.var(&name.to_ascii_lowercase()));
    let name = if server.scheme() == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let (text, name) = match own.filter(|text| !text.is_empty()) {
        Some(own) => (own.to_owned(), "proxy-url"),
        None if is_exempt(var("NO_PROXY").unwrap_or_default(), server) => return Ok(None),
        None => match var(name) {
            // In the environment it may be written without its scheme.
            Some(text) if !text.contains("://") => (format!("http://{text}"), name),
            Some(text) => (text.to_owned(), name),
            None => return Ok(None),
        },
    };
    // It may hold a password, so it is not quoted.
    let proxy = text.parse::<Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    proxy.map(Some).ok_or_else(|| {
        ConfigError::new(format!("`{name}` must be a URL that begins with http:// or https://"))
            .help("write it like http://proxy.example.com:3128")
    })
}

/// Whether the environment exempts a server: by name, by the end of its name, by address, or by network.
fn is_exempt(no_proxy: &str, server: &Url) -> bool {
    let host = server.host();
    let entries = no_proxy.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.into_iter().any(|entry| match (&host, entry) {
        (_, "*") => true,
        (Some(Host::Domain(name)), entry) => {
            let (name, entry) = (name.to_ascii_lowercase(), entry.trim_start_matches(['*', '.']).to_ascii_lowercase());
            name == entry || name.ends_with(&format!(".{entry}"))
        }
        (Some(Host::Ipv4(ip)), entry) => covers(entry, IpAddr::V4(*ip)),
        (Some(Host::Ipv6(ip)), entry) => covers(entry, IpAddr::V6(*ip)),
        (None, _) => false,
    })
}

/// Whether an address, or a network like `10.0.0.0/8`, is or holds this address.
fn covers(entry: &str, ip: IpAddr) -> bool {
    let (address, bits) =
        entry.split_once('/').map_or((entry, None), |(address, bits)| (address, bits.parse::<u32>().ok()));
    let Ok(address) = address.trim_matches(['[', ']']).parse::<IpAddr>() else { return false };
    let value = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    };
    let ((net, width), (ip, other)) = (value(address), value(ip));
    let shift = width - bits.unwrap_or(width).min(width);
    width == other && net.checked_shr(shift).unwrap_or(0) == ip.checked_shr(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "https://a.example", false)]
    #[case("*", "https://a.example", true)]
    #[case("b.example, a.example", "https://A.example:6443", true)]
    #[case(".example", "https://a.example", true)]
    #[case("*.example", "https://a.example", true)]
    #[case("ample", "https://a.example", false)]
    #[case("127.0.0.1", "https://127.0.0.1:6443", true)]
    #[case("10.0.0.0/8", "https://10.1.2.3", true)]
    #[case("10.0.0.0/8", "https://11.1.2.3", false)]
    #[case("0.0.0.0/0", "https://11.1.2.3", true)]
    #[case("fd00::/8", "https://[fd00::1]:6443", true)]
    #[case("10.0.0.0/8", "https://[fd00::1]:6443", false)]
    fn the_environment_exempts_servers(#[case] no_proxy: &str, #[case] server: &str, #[case] exempt: bool) {
        assert_eq!(is_exempt(no_proxy, &server.parse().unwrap()), exempt);
    }
}
