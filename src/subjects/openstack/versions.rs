//! Version documents: asked of the roots of endpoints, without the token.

use super::catalog::is_version;
use super::error::{Error, ErrorKind};
use super::reader::Reader;
use serde_json::Value;
use url::Url;

impl Reader {
    /// Asks the root of an API, and returns the status and the ids of the versions that it lists: none if the answer is no version
    /// document. Keystone and Glance give theirs with status 300.
    ///
    /// # Errors
    /// There is no answer, or one from which nothing follows for the API: it asks for patience or credentials, points elsewhere, or
    /// the service has failed.
    pub async fn version_ids(&self, root: Url) -> Result<(u16, Vec<String>), Error> {
        let reply = self.session.ask_anonymously(root, &self.context).await?;
        let says_nothing = matches!(reply.status, 301..=399 | 401 | 403 | 407 | 408 | 500..) || reply.is_rate_limit();
        if says_nothing {
            return Err(reply.refusal());
        }
        if reply.body.is_cut {
            return Err(reply.error(ErrorKind::TooLarge, "the answer is larger than any version document"));
        }
        let is_document = matches!(reply.status, 200 | 300);
        let document: Value = if is_document { reply.json().unwrap_or_default() } else { Value::Null };
        Ok((reply.status, ids(&document)))
    }
}

/// Returns the ids of the versions of a document. Keystone has a level more than the others.
fn ids(document: &Value) -> Vec<String> {
    const LONGEST: usize = 40;
    let versions = document.get("versions").unwrap_or(&Value::Null);
    let list = versions.get("values").unwrap_or(versions).as_array();
    let ids = list.into_iter().flatten().filter_map(|version| version.get("id").and_then(Value::as_str));
    ids.filter(|id| id.len() <= LONGEST).map(str::to_owned).collect()
}

/// Returns the root of an endpoint: its address without the version and what stands behind it, with a slash at its end.
pub(crate) fn root_of(mut endpoint: Url) -> Url {
    let segments = endpoint.path_segments().into_iter().flatten();
    let before = segments.take_while(|segment| !is_version(segment)).filter(|segment| !segment.is_empty());
    let path: String = before.map(|segment| format!("{segment}/")).collect();
    endpoint.set_path(&format!("/{path}"));
    endpoint
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("https://h:8774/v2.1", "https://h:8774/")]
    #[case("https://h:8774/v2.1/", "https://h:8774/")]
    #[case("https://h/compute/v2.1/4711", "https://h/compute/")]
    #[case("https://h/image", "https://h/image/")]
    #[case("https://h", "https://h/")]
    #[case("https://h/vault/v3", "https://h/vault/")]
    fn the_root_has_neither_version_nor_project(#[case] endpoint: &str, #[case] expected: &str) {
        assert_eq!(root_of(Url::parse(endpoint).unwrap()).as_str(), expected);
    }

    #[rstest]
    #[case::nova(json!({"versions": [{"id": "v2.0"}, {"id": "v2.1"}]}), &["v2.0", "v2.1"])]
    #[case::keystone(json!({"versions": {"values": [{"id": "v3.14"}]}}), &["v3.14"])]
    #[case::no_ids(json!({"versions": ["v2", {"name": "v2"}]}), &[])]
    #[case::a_long_one(json!({"versions": [{"id": "v".repeat(41)}]}), &[])]
    #[case::something_else(json!(["v2"]), &[])]
    fn versions_are_known_by_their_ids(#[case] document: Value, #[case] expected: &[&str]) {
        assert_eq!(ids(&document), expected);
    }
}
