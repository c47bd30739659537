//! The keys for S3 of one experiment, and the names of buckets.

use super::reader::Item;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The keys of the requests to S3, and the region that their signatures name.
#[derive(Default)]
pub(super) struct S3Access {
    keys: Mutex<Option<Arc<S3Keys>>>,
    pub region: OnceLock<String>,
}

/// A pair of keys.
pub(super) struct S3Keys {
    pub access: String,
    pub secret: SecretString,
}

impl S3Access {
    /// Returns the keys, if there are any.
    pub fn keys(&self) -> Option<Arc<S3Keys>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps keys for the requests that follow, or forgets those that are gone.
    pub fn keep(&self, keys: Option<S3Keys>) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys.map(Arc::new);
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
