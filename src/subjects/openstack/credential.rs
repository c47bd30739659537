//! The end of the application credential that logs in. Keystone tells it to the user of the credential alone.

use super::catalog::Service;
use super::reader::{Reader, Resource};
use super::session::Session;
use crate::wire::evidence::RequestContext;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// The time after which the answer is no longer waited for: no verdict rests on it.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Document {
    application_credential: Content,
}

#[derive(Deserialize)]
struct Content {
    expires_at: Option<String>,
}

impl Session {
    /// Asks for the end of the application credential; none if another kind of login was used, it never ends, or Keystone does
    /// not say.
    pub async fn credential_end(self: &Arc<Self>, context: &RequestContext) -> Option<DateTime<Utc>> {
        let login = self.login();
        let id = login.credential.clone()?;
        let reader = Reader::new(Arc::clone(self), context.clone());
        let path = ["users", login.user.id.as_str(), "application_credentials", id.as_str()];
        let reading = reader.get_json::<Document>(Resource::new(Service::Identity, &path));
        match tokio::time::timeout(LIMIT, reading).await {
            Ok(Ok(document)) => end(&document.application_credential.expires_at?),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the end of the application credential is not known");
                None
            }
            Err(_) => None,
        }
    }
}

/// Parses the time, which Keystone writes in UTC and without a zone.
fn end(text: &str) -> Option<DateTime<Utc>> {
    let without_zone = text.trim_end_matches('Z');
    NaiveDateTime::parse_from_str(without_zone, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2027-01-31T12:00:00.000000", Some("2027-01-31T12:00:00Z"))]
    #[case("2027-01-31T12:00:00Z", Some("2027-01-31T12:00:00Z"))]
    #[case("never", None)]
    fn time_of_keystone_is_utc(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(end(text), expected.map(|text| text.parse().unwrap()));
    }
}
