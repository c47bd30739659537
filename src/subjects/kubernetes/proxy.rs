//! Selects the proxy that leads to a cluster: the kubeconfig's, or that of the environment unless the cluster is exempt
//! from it.
//!
//! The rules are those of Go. Not left to the library, which looks in `NO_PROXY` for the proxy itself instead of the cluster.

use crate::settings::{ConfigError, Environment, proxy};
use http::Uri;
use std::net::IpAddr;
use url::{Host, Url};

/// Parses the proxy that the kubeconfig names.
///
/// # Errors
/// It is not a URL, or of a kind that is not supported.
pub(super) fn own(text: &str) -> Result<Uri, ConfigError> {
    // It may hold a password, so it is not quoted.
    let proxy = proxy::parsed(text).ok_or_else(|| {
        ConfigError::new("`proxy-url` must be a URL that begins with http://, https:// or socks5://")
            .help("write it like http://proxy.example.com:3128")
    })?;
    usable(proxy, "`proxy-url`")
}

/// Finds the proxy of the environment, where one is to be used.
///
/// # Errors
/// As [`own`].
pub(super) fn from_environment(environment: &Environment, server: &Url) -> Result<Option<Uri>, ConfigError> {
    let no_proxy = environment.var("NO_PROXY").or_else(|| environment.var("no_proxy")).unwrap_or_default();
    if is_loopback(server) || is_exempt(no_proxy, server) {
        return Ok(None);
    }
    let names = if server.scheme() == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    match proxy::from_variables(environment, names) {
        None => Ok(None),
        Some((name, proxy)) => usable(proxy?, name).map(Some),
    }
}

/// Adapts a proxy to the library, which knows `socks5` only, which it lets look up names, and has no password for it.
fn usable(proxy: Uri, name: &str) -> Result<Uri, ConfigError> {
    if !proxy.scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) {
        return Ok(proxy);
    }
    let authority = proxy.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    if authority.contains('@') {
        let error =
            ConfigError::new(format!("{name} has a user or password for a SOCKS proxy, which is not supported"));
        return Err(error.help("use one without a password, or a proxy for HTTP"));
    }
    Uri::builder()
        .scheme("socks5")
        .authority(authority)
        .path_and_query("/")
        .build()
        .map_err(|_| ConfigError::new(format!("{name} is not a URL")))
}

/// Returns true for a server on this machine: Go never asks a proxy of the environment for it, whatever `NO_PROXY` says.
fn is_loopback(server: &Url) -> bool {
    match server.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        None => false,
    }
}

/// Returns true if the environment exempts a server: by name, by the end of its name, by address, or by network; and
/// where a port is given, only at that port.
fn is_exempt(no_proxy: &str, server: &Url) -> bool {
    let entries = no_proxy.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.into_iter().any(|entry| {
        let (entry, port) = with_port(entry);
        port.is_none_or(|port| server.port_or_known_default() == Some(port)) && names(entry, server)
    })
}

/// Splits an entry and its port; an IPv6 address without brackets has none.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn names(entry: &str, server: &Url) -> bool {
    match (server.host(), entry) {
        (_, "*") => true,
        (Some(Host::Domain(name)), entry) => {
            let (name, entry) = (name.to_ascii_lowercase(), entry.trim_start_matches('*').to_ascii_lowercase());
            // With a dot at its begin, only what is below that name.
            name == entry || name.ends_with(&format!(".{}", entry.trim_start_matches('.')))
        }
        (Some(Host::Ipv4(ip)), entry) => covers(entry, IpAddr::V4(ip)),
        (Some(Host::Ipv6(ip)), entry) => covers(entry, IpAddr::V6(ip)),
        (None, _) => false,
    }
}

/// Returns true if an address, or a network like `10.0.0.0/8`, is or contains this address.
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

/// Returns the variables by which another program goes without a proxy where we do, whatever it makes of the environment.
pub(super) fn variables_without(environment: &Environment, proxy: Option<&Uri>, server: &Url) -> Vec<(String, String)> {
    if proxy.is_some() {
        return Vec::new();
    }
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let with = |name: &str| {
        let value = environment.var(name).map_or(host.to_owned(), |known| format!("{known},{host}"));
        (name.to_owned(), value)
    };
    ["NO_PROXY", "no_proxy"].map(with).into()
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
    #[case(".a.example", "https://a.example", false)]
    #[case("a.example:6443", "https://a.example:6443", true)]
    #[case("a.example:6443", "https://a.example", false)]
    #[case("[fd00::1]:6443", "https://[fd00::1]:6443", true)]
    #[case("fd00::1", "https://[fd00::1]:6443", true)]
    fn the_environment_exempts_servers(#[case] no_proxy: &str, #[case] server: &str, #[case] exempt: bool) {
        assert_eq!(is_exempt(no_proxy, &server.parse().unwrap()), exempt);
    }

    #[rstest]
    #[case("https://127.0.0.1:6443", true)]
    #[case("https://127.255.0.3", true)]
    #[case("https://LOCALHOST", true)]
    #[case("https://[::1]", true)]
    #[case("https://128.0.0.1", false)]
    #[case("https://localhost.example", false)]
    fn what_is_on_this_machine_needs_no_proxy(#[case] server: &str, #[case] here: bool) {
        assert_eq!(is_loopback(&server.parse().unwrap()), here);
    }

    #[rstest]
    #[case("http://p:1", Ok("http://p:1/"))]
    #[case("socks5://p:1", Ok("socks5://p:1/"))]
    #[case("socks5h://p:1/x", Ok("socks5://p:1/"))]
    #[case("socks5://me:hush@p:1", Err("not supported"))]
    #[case("ftp://p", Err("socks5://"))]
    #[case("p:1", Err("socks5://"))]
    fn a_kubeconfig_names_a_proxy(#[case] text: &str, #[case] expected: Result<&str, &str>) {
        match (own(text), expected) {
            (Ok(uri), Ok(expected)) => assert_eq!(uri.to_string(), expected),
            (Err(error), Err(words)) => {
                assert!(error.to_string().contains(words) && !error.to_string().contains("hush"), "{error}");
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }
}
