//! The keys for S3 of one experiment, and the names of buckets.

use super::reader::Item;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::OnceLock;

/// The keys of the requests to S3, and the region that their signatures name.
#[derive(Default)]
pub(super) struct S3Access {
    pub keys: OnceLock<S3Keys>,
    pub region: OnceLock<String>,
}

/// A pair of keys.
pub(super) struct S3Keys {
    pub access: String,
    pub secret: SecretString,
}

impl S3Access {
    /// Keeps the keys for the requests that follow.
    pub fn keep(&self, access: &str, secret: &SecretString) {
        let keys = S3Keys { access: access.to_owned(), secret: secret.clone() };
        // Those that are there already do as well.
        let _ = self.keys.set(keys);
    }
}

/// Returns the name of a bucket: that of the resource, without the underscore that no bucket may begin with.
pub(super) fn bucket_name(name: &str) -> String {
    name.trim_start_matches('_').to_owned()
}

/// Returns the keys in a credential of Keystone.
pub(super) fn keys_in(item: &Item) -> Option<S3Keys> {
    let blob: Value = serde_json::from_str(item.get("blob")?.as_str()?).ok()?;
    let text = |key: &str| blob.get(key)?.as_str().map(str::to_owned);
    Some(S3Keys { access: text("access")?, secret: text("secret")?.into() })
}
