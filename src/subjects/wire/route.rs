//! The host of a request, and the proxy on the way there, for messages.

use http::Uri;
use std::fmt;
use url::{Position, Url};

/// A host and its port, and the proxy that leads there.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    host: String,
    proxy: Option<String>,
}

impl Route {
    /// Creates the route to the host of a URL; of the proxy it keeps only host and port, as it may want a password.
    pub fn new(url: &Url, proxy: Option<&Uri>) -> Self {
        let host = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let usual = |proxy: &Uri| if proxy.scheme_str() == Some("https") { 443 } else { 80 };
        let shown = |proxy: &Uri| Some(format!("{}:{}", proxy.host()?, proxy.port_u16().unwrap_or(usual(proxy))));
        Self { host, proxy: proxy.and_then(shown) }
    }

    /// Returns true if a proxy is on the way.
    pub fn has_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    /// Describes the host to which the connection goes.
    pub fn next(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("the proxy {proxy}, which leads to {}", self.host),
            None => self.host.clone(),
        }
    }

    /// Returns advice on the settings where nothing answers, or something else than was asked for.
    pub fn settings<'a>(&self, own: &'a str) -> &'a str {
        if self.proxy.is_some() { "correct the proxy settings (https_proxy, http_proxy, no_proxy)" } else { own }
    }

    /// Returns true if the proxy, and not the host, refused. The libraries tell so in text only: their errors of tunnels have
    /// no type that others can name.
    pub fn is_refused_by_proxy(&self, text: &str) -> bool {
        self.proxy.is_some() && text.contains("tunnel")
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(proxy) => write!(f, "{} (through the proxy {proxy})", self.host),
            None => f.write_str(&self.host),
        }
    }
}
