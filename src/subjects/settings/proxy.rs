//! Proxies that variables name: a client that cannot use one would go without, and say nothing.

use super::Environment;
use super::error::{ConfigError, Location};
use http::Uri;

/// The kinds of proxy that both clients can use.
pub(crate) const KINDS: &[&str] = &["http", "https", "socks5", "socks5h"];

/// Checks the variables that name a proxy. One that would be used has to be usable; another one is noted.
///
/// # Errors
/// The proxy for this scheme is not a URL, or of a kind that is not supported.
pub fn check(environment: &Environment, scheme: &str, notes: &mut Vec<ConfigError>) -> Result<(), ConfigError> {
    let named = [("http", ["HTTP_PROXY", "http_proxy"]), ("https", ["HTTPS_PROXY", "https_proxy"])];
    let of_all = from_variables(environment, ["ALL_PROXY", "all_proxy"]);
    let mut own = None;
    for (kind, names) in named {
        match from_variables(environment, names) {
            Some(found) if kind == scheme => own = Some(found),
            Some((_, Err(error))) => notes.push(error),
            _ => {}
        }
    }
    let (used, spare) = if own.is_some() { (own, of_all) } else { (of_all, None) };
    notes.extend(spare.and_then(|(_, proxy)| proxy.err()));
    used.map_or(Ok(()), |(_, proxy)| proxy.map(drop))
}

/// Returns the first of the variables that is set, and the proxy it names.
pub(crate) fn from_variables(
    environment: &Environment,
    names: [&'static str; 2],
) -> Option<(&'static str, Result<Uri, ConfigError>)> {
    let (name, text) = names.into_iter().find_map(|name| Some((name, environment.var(name)?)))?;
    // In the environment it may be written without its scheme.
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let proxy = parsed(&text).ok_or_else(|| {
        let what = "must be the URL of a proxy, with http, https or socks5";
        let place = Location::Variable(name.to_owned());
        ConfigError::new(what).at(&place).help("write it like http://proxy.example.com:3128, or unset the variable")
    });
    Some((name, proxy))
}

/// Parses the URL of a proxy. No message quotes it, as it may hold a password.
pub(crate) fn parsed(text: &str) -> Option<Uri> {
    let uri = text.trim().parse::<Uri>().ok()?;
    let host = uri.host().filter(|host| !host.is_empty())?;
    let (_, port) = uri.authority()?.as_str().rsplit_once(host)?;
    let is_good = port.is_empty() || uri.port_u16().is_some_and(|port| port != 0);
    (is_good && KINDS.contains(&uri.scheme_str()?)).then(|| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::http("http://proxy:3128", true)]
    #[case::https("https://me:pass@proxy", true)]
    #[case::socks("socks5://[::1]:1080", true)]
    #[case::remote_names("socks5h://proxy:1080/", true)]
    #[case::another_kind("nonsense://proxy", false)]
    #[case::old_socks("socks4://proxy", false)]
    #[case::no_host("http://", false)]
    #[case::no_host_but_a_port("http://:3128", false)]
    #[case::port_too_large("http://proxy:99999", false)]
    #[case::port_is_a_word("http://proxy:web", false)]
    #[case::spaces_within("http://pro xy", false)]
    fn what_is_a_proxy(#[case] text: &str, #[case] good: bool) {
        assert_eq!(parsed(text).is_some(), good);
    }
}
