//! Targets: the verb and the object that a request names.

use crate::http::Call;
use hyper::Method;

/// The verb and the object that a request to a resource names.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) verb: &'static str,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    /// The subresource: `log`, `proxy`.
    pub(crate) sub: Option<String>,
    /// The rest of the path behind it.
    pub(crate) rest: String,
}

impl Target {
    /// Reads the path below the API, if it names a resource.
    pub(crate) fn from_call(call: &Call) -> Option<Self> {
        let segments: Vec<&str> = call.path.trim_matches('/').split('/').collect();
        let (group, version, rest) = match segments.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, plural, ..] if !matches!(*plural, "status" | "finalize") => {
                (Some((*namespace).to_owned()), &rest[2..])
            }
            _ => (None, rest),
        };
        let (plural, rest) = rest.split_first()?;
        let name = rest.first().map(|name| decoded(name));
        let sub = rest.get(1).map(|sub| (*sub).to_owned());
        let target = Self {
            verb: verb(call, name.is_some()),
            group: group.to_owned(),
            version: version.to_owned(),
            plural: (*plural).to_owned(),
            namespace,
            name,
            sub,
            rest: rest.get(2..).unwrap_or_default().join("/"),
        };
        Some(target)
    }

    /// Returns the plural with the subresource, as rules name it.
    pub(crate) fn full(&self) -> String {
        self.sub.as_ref().map_or_else(|| self.plural.clone(), |sub| format!("{}/{sub}", self.plural))
    }

    /// Returns the namespace that rules are looked up in: a namespace counts as inside of itself.
    pub(crate) fn place(&self) -> Option<&str> {
        let own = if self.plural == "namespaces" { self.name.as_deref() } else { None };
        self.namespace.as_deref().or(own)
    }
}

/// Decodes the percent signs of a piece of a path: names of roles have colons.
fn decoded(piece: &str) -> String {
    let pair = format!("piece={}", piece.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(|| piece.to_owned(), |(_, piece)| piece.into_owned())
}

fn verb(call: &Call, named: bool) -> &'static str {
    let watches = matches!(call.query.get("watch"), Some("1" | "true"));
    match (&call.method, named) {
        (&Method::GET | &Method::HEAD, _) if watches => "watch",
        (&Method::GET | &Method::HEAD, true) => "get",
        (&Method::GET | &Method::HEAD, false) => "list",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "delete",
        (&Method::DELETE, false) => "deletecollection",
        _ => "",
    }
}
