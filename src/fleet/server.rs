//! The connection to a result server, as uploads and questions share it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use reqwest::redirect::Policy;
use scs_subjects::secrets::Secrets;
use scs_subjects::wire::error::chain;
use std::time::Duration;
use url::Url;

/// The longest time for a connection.
const CONNECTING: Duration = Duration::from_secs(10);

/// Creates a client whose requests end within this time each, and which follows no redirect.
///
/// # Errors
/// The machine has no usable certificates or name servers.
pub(crate) fn client(limit: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .timeout(limit)
        .connect_timeout(limit.min(CONNECTING))
        .redirect(Policy::none())
        .user_agent(concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Returns the address of a path of a server; none if its own address can have no paths.
pub(crate) fn path_of(server: &Url, path: &str) -> Option<Url> {
    let mut url = server.clone();
    url.path_segments_mut().ok()?.pop_if_empty().push(path);
    Some(url)
}

/// Adds what lets in to the secrets: the token, and the form in which a request has it.
pub(crate) fn keep_login(secrets: &Secrets, account: &str, token: &str) {
    secrets.add(token);
    secrets.add(&STANDARD.encode(format!("{account}:{token}")));
}

/// Returns the reason of a failure, without the address.
pub(crate) fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() { "no answer in time".to_owned() } else { chain(&error.without_url()) }
}
