//! Logins: HTTP Basic, as today's server has it.

use super::answer::Answer;
use super::app::App;
use super::limits::network;
use crate::accounts::{Account, Accounts, Busy};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// An account that has logged in.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account.
    pub account: Account,
    /// All accounts at that moment.
    pub accounts: Arc<Accounts>,
    /// The address of the client.
    pub address: IpAddr,
}

impl FromRequestParts<Arc<App>> for Login {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Answer> {
        let address = client(parts, app);
        let (name, password) = credentials(&parts.headers).ok_or_else(|| {
            Answer::unauthorized("Authorization: is missing or malformed; log in with HTTP Basic: account and password")
        })?;
        let accounts = app.accounts().await?;
        let account = accounts.get(&name);
        let is_right = match account.filter(|account| app.passwords.is_known(account, &password)) {
            Some(_) => true,
            None => check(app, account, &name, &password, address).await?,
        };
        match account.filter(|_| is_right) {
            Some(account) => Ok(Self { account: account.clone(), accounts: Arc::clone(&accounts), address }),
            None => Err(Answer::unauthorized("Authorization: the account or the password is wrong; check both")),
        }
    }
}

async fn check(
    app: &App,
    account: Option<&Account>,
    name: &str,
    password: &str,
    address: IpAddr,
) -> Result<bool, Answer> {
    let later = || Answer::later("too many logins; try again later", 5);
    let network = network(address);
    let keys = [network.clone(), format!("{network} {}", name.chars().take(100).collect::<String>())];
    if !keys.iter().all(|key| app.wrong_logins.take(key)) {
        return Err(later());
    }
    let is_right = app.passwords.check(account, password, &network).await.map_err(|Busy| later())?;
    app.metrics.login(is_right);
    if is_right {
        // Only wrong logins are counted.
        keys.iter().for_each(|key| app.wrong_logins.give_back(key));
    } else {
        tracing::warn!(account = name, %address, "wrong login");
    }
    Ok(is_right)
}

/// Returns account and password of a request.
pub fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(token.trim()).ok()).flatten()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Returns the address of the client: that of the connection, or what a trusted proxy says.
fn client(parts: &Parts, app: &App) -> IpAddr {
    let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    forwarded(connected.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), &parts.headers, &app.settings.proxies)
}

/// Returns the last address that is no trusted proxy; whatever a header says before it anybody may have written.
fn forwarded(connected: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let is_proxy = |address: &IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == *address);
    let connected = connected.to_canonical();
    if !is_proxy(&connected) {
        return connected;
    }
    // Some proxies add a line of their own.
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).map_while(address_of);
    hops.find(|hop| !is_proxy(hop)).unwrap_or(connected)
}

/// Parses an address, with or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rstest::rstest;

    #[rstest]
    #[case::no_proxy("192.0.2.1", &["198.51.100.1"], "192.0.2.1")]
    #[case::one("127.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    #[case::forged("127.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1")]
    #[case::forged_line("127.0.0.1", &["203.0.113.9", "198.51.100.1"], "198.51.100.1")]
    #[case::two_proxies("127.0.0.1", &["198.51.100.1", "10.0.0.1"], "198.51.100.1")]
    #[case::mapped("::ffff:127.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1")]
    #[case::port("127.0.0.1", &["198.51.100.1:4711"], "198.51.100.1")]
    #[case::brackets("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case::brackets_with_port("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case::words("127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1")]
    #[case::nothing("127.0.0.1", &[], "127.0.0.1")]
    fn only_what_trusted_proxies_say_is_believed(
        #[case] connected: &str,
        #[case] lines: &[&'static str],
        #[case] expected: &str,
    ) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let proxies = ["127.0.0.1", "::ffff:10.0.0.1"].map(|proxy| proxy.parse().unwrap());
        let found = forwarded(connected.parse().unwrap(), &headers, &proxies);
        assert_eq!(found.to_string(), expected);
    }

    #[rstest]
    #[case("Basic YTpiOmM=", Some(("a", "b:c")))]
    #[case("basic YTo=", Some(("a", "")))]
    #[case("Basic YQ==", None)]
    #[case("Basic !!", None)]
    #[case("Basic //8=", None)]
    #[case("Bearer x", None)]
    #[case("Basic", None)]
    fn credentials_are_read(#[case] value: &'static str, #[case] expected: Option<(&str, &str)>) {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
        let expected = expected.map(|(name, password)| (name.to_owned(), password.to_owned()));
        assert_eq!(credentials(&headers), expected);
    }
}
