//! Calls webhooks, signed in the manner of Standard Webhooks. Receivers have https and addresses of the open internet, unless the
//! file permits others; no redirect is followed, and no proxy is asked.

use super::address::is_public;
use super::config::{Key, Webhook};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::{Certificate, Client, redirect};
use sha2::Sha256;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// Resolves names, and leaves out addresses that no webhook may have. The address that is called is one that was checked.
#[derive(Debug)]
struct Resolver {
    private_addresses: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(addresses(name, self.private_addresses))
    }
}

async fn addresses(name: Name, all: bool) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
    let permitted: Vec<SocketAddr> = found.filter(|address| all || is_public(address.ip())).collect();
    if permitted.is_empty() {
        return Err(format!("{} has private addresses only{PERMIT}", name.as_str()).into());
    }
    Ok(Box::new(permitted.into_iter()))
}

const PERMIT: &str = "; permit them with webhook: {private_addresses: true}";

/// Calls a webhook, and returns its answer.
///
/// # Errors
/// The call was not accepted; the text says why, without the path of the address.
pub(super) async fn call(
    webhook: &Webhook,
    address: &str,
    id: &str,
    body: &str,
    now: DateTime<Utc>,
) -> Result<String, String> {
    let url = permitted(webhook, address)?;
    let client = client(webhook).map_err(|error| format!("the settings of webhooks cannot be used: {error}"))?;
    let timestamp = now.timestamp().to_string();
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("scs-monitor/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", id)
        .header("webhook-timestamp", &timestamp)
        .header("webhook-signature", signature(&webhook.key, id, &timestamp, body))
        .body(body.to_owned());
    let response = request.send().await.map_err(|error| with_causes(&error.without_url()))?;
    let status = response.status();
    match status.is_success() {
        true => Ok(format!("HTTP {status}")),
        false => Err(format!("HTTP {status}")),
    }
}

/// Checks an address before anything is looked up.
fn permitted(webhook: &Webhook, address: &str) -> Result<Url, String> {
    let url = Url::parse(address).map_err(|_| "this is not an address".to_owned())?;
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err("this address has no host".to_owned()),
    };
    let is_local = literal.is_some_and(|address| address.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Err("webhooks are called with https only".to_owned());
    }
    match literal {
        Some(address) if !webhook.private_addresses && !is_public(address) => {
            Err(format!("{address} is a private address{PERMIT}"))
        }
        _ => Ok(url),
    }
}

fn client(webhook: &Webhook) -> Result<Client, reqwest::Error> {
    let resolver = Arc::new(Resolver { private_addresses: webhook.private_addresses });
    let mut builder = Client::builder()
        .dns_resolver(resolver)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(webhook.timeout)
        .pool_max_idle_per_host(0);
    if let Some(pem) = &webhook.ca {
        builder = builder.tls_certs_merge(Certificate::from_pem_bundle(pem)?);
    }
    builder.build()
}

/// Returns the signature of a body: `v1,` and Base64 of HMAC-SHA256 of id, time and body.
fn signature(key: &Key, id: &str, timestamp: &str, body: &str) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else { return String::new() };
    for part in [id, ".", timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn webhook(private_addresses: bool) -> Webhook {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        Webhook { key: Key(key), private_addresses, ca: None, timeout: std::time::Duration::from_secs(5) }
    }

    /// The example of the specification.
    #[test]
    fn signature_is_that_of_standard_webhooks() {
        let body = r#"{"test": 2432232314}"#;
        let found = signature(&webhook(false).key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(found, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[rstest]
    #[case("https://127.0.0.1/x", "127.0.0.1 is a private address")]
    #[case("http://127.0.0.1/x", "127.0.0.1 is a private address")]
    #[case("https://169.254.169.254/latest", "169.254.169.254 is a private address")]
    #[case("https://[::1]/x", "::1 is a private address")]
    #[case("https://[::ffff:10.0.0.1]/x", "is a private address")]
    #[case("https://0x7f000001/x", "127.0.0.1 is a private address")]
    #[case("https://localhost/x", "private addresses only")]
    #[case("http://hooks.example/x", "https only")]
    #[case("ftp://hooks.example/x", "https only")]
    #[tokio::test]
    async fn private_networks_are_not_reached(#[case] address: &str, #[case] expected: &str) {
        let error = call(&webhook(false), address, "id", "{}", Utc::now()).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn file_may_permit_private_addresses() {
        assert!(permitted(&webhook(true), "http://127.0.0.1:1/x").is_ok());
        assert!(permitted(&webhook(true), "https://10.0.0.1/x").is_ok());
        assert!(permitted(&webhook(true), "http://10.0.0.1/x").is_err(), "never in the clear across a network");
    }
}
