//! Version documents: asked of endpoints, without the token.

use super::catalog::is_version;
use super::error::{Error, ErrorKind};
use super::reader::Reader;
use serde_json::Value;
use url::Url;

impl Reader {
    /// Asks an API for its version document, and returns the status and the ids of the versions that it lists: none if the answer is no version
    /// document. Keystone and Glance give theirs with status 300.
    ///
    /// # Errors
    /// There is no answer, or one from which nothing follows for the API: it asks for patience or credentials, points elsewhere, is
    /// cut off, or the service has failed.
    pub async fn version_ids(&self, address: Url) -> Result<(u16, Vec<String>), Error> {
        let reply = self.session.ask_anonymously(address, &self.context).await?;
        if matches!(reply.status, 401 | 403) {
            let what = format!("HTTP {}: it shows its versions to nobody without a token", reply.status);
            return Err(reply.error(ErrorKind::Forbidden, what));
        }
        if reply.body.is_cut {
            return Err(reply.error(ErrorKind::TooLarge, "the answer is larger than any version document"));
        }
        match reply.status {
            200 | 300 => match reply.json() {
                // A web page is whole, and no version document.
                Err(error) if error.kind == ErrorKind::NotAnApi => Ok((reply.status, Vec::new())),
                document => Ok((reply.status, ids(&document?))),
            },
            404 | 410 => Ok((reply.status, Vec::new())),
            _ => Err(reply.refusal()),
        }
    }
}

/// Returns the ids of the versions of a document, which has many, or the one below whose address it stands. Keystone has a level
/// more than the others.
fn ids(document: &Value) -> Vec<String> {
    const LONGEST: usize = 40;
    let versions = document.get("versions").unwrap_or(&Value::Null);
    let list = versions.get("values").unwrap_or(versions).as_array();
    let all = list.into_iter().flatten().chain(document.get("version"));
    let ids = all.filter_map(|version| version.get("id").and_then(Value::as_str));
    ids.filter(|id| id.len() <= LONGEST).map(str::to_owned).collect()
}

/// The addresses at which an endpoint may have its version document.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct VersionAddresses {
    /// The address without the version and what stands behind it.
    pub root: Url,
    /// The address with the version, if the endpoint has one: a proxy may hand on nothing else.
    pub versioned: Option<Url>,
}

impl VersionAddresses {
    /// Returns those of an endpoint, each with a slash at its end.
    pub fn from_endpoint(endpoint: &Url) -> Self {
        let segments: Vec<&str> =
            endpoint.path_segments().into_iter().flatten().filter(|one| !one.is_empty()).collect();
        let at = segments.iter().rposition(|segment| is_version(segment));
        let until = |end: usize| {
            let mut url = endpoint.clone();
            let path: String = segments.iter().take(end).map(|segment| format!("{segment}/")).collect();
            url.set_path(&format!("/{path}"));
            url
        };
        Self { root: until(at.unwrap_or(segments.len())), versioned: at.map(|at| until(at + 1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("https://h:8774/v2.1", "https://h:8774/", Some("https://h:8774/v2.1/"))]
    #[case("https://h:8774/v2.1/", "https://h:8774/", Some("https://h:8774/v2.1/"))]
    #[case("https://h/compute/v2.1/4711", "https://h/compute/", Some("https://h/compute/v2.1/"))]
    #[case("https://h/image", "https://h/image/", None)]
    #[case("https://h", "https://h/", None)]
    #[case("https://h/v2/identity/v3", "https://h/v2/identity/", Some("https://h/v2/identity/v3/"))]
    #[case("https://h/vault/v3", "https://h/vault/", Some("https://h/vault/v3/"))]
    fn a_document_is_looked_for_above_projects(
        #[case] endpoint: &str,
        #[case] root: &str,
        #[case] versioned: Option<&str>,
    ) {
        let found = VersionAddresses::from_endpoint(&Url::parse(endpoint).unwrap());
        assert_eq!((found.root.as_str(), found.versioned.as_ref().map(Url::as_str)), (root, versioned));
    }

    #[rstest]
    #[case::nova(json!({"versions": [{"id": "v2.0"}, {"id": "v2.1"}]}), &["v2.0", "v2.1"])]
    #[case::keystone(json!({"versions": {"values": [{"id": "v3.14"}]}}), &["v3.14"])]
    #[case::one_version(json!({"version": {"id": "v3.14"}}), &["v3.14"])]
    #[case::no_ids(json!({"versions": ["v2", {"name": "v2"}]}), &[])]
    #[case::a_long_one(json!({"versions": [{"id": "v".repeat(41)}]}), &[])]
    #[case::something_else(json!(["v2"]), &[])]
    fn versions_are_known_by_their_ids(#[case] document: Value, #[case] expected: &[&str]) {
        assert_eq!(ids(&document), expected);
    }
}
