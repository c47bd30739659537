//! Logins: HTTP Basic, as today's server has it.

use super::answer::Answer;
use super::app::App;
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
    let keys = [format!("{address}"), format!("{address} {}", name.chars().take(100).collect::<String>())];
    if !keys.iter().all(|key| app.wrong_logins.take(key)) {
        return Err(later());
    }
    let is_right = app.passwords.check(account, password).await.map_err(|Busy| later())?;
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
    let connected = connected.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if !app.settings.proxies.contains(&connected) {
        return connected;
    }
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or_default();
    // The last address that is no proxy of ours; whatever stands before it anybody may have written.
    let mut hops = forwarded.rsplit(',').map_while(|hop| hop.trim().parse::<IpAddr>().ok());
    hops.find(|hop| !app.settings.proxies.contains(hop)).unwrap_or(connected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rstest::rstest;

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
