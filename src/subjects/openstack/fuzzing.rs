//! Answers of services, read without sending a request. No part of the program calls this: it is public only so that the
//! fuzzer in `tests/fuzz/` can give the client any bytes, thousands of times a second, without a network.

use super::catalog::{Preference, Service};
use super::error::{Error, ErrorKind};
use super::http::{DIALECT, Reply};
use super::login::{self, Login};
use super::paging::Pages;
use super::reader::Item;
use super::s3::{self, S3Reply};
use crate::openstack::config::Auth;
use crate::secrets::Secrets;
use crate::wire::budget::MemoryBudget;
use crate::wire::limits::retry_after;
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use std::time::Duration;
use url::Url;

/// A complete answer, as the client has it before it looks at it.
pub struct RawReply(Reply);

impl RawReply {
    /// Creates an answer to a GET that carried this token; what cannot be a header is left out, as no HTTP library
    /// would let it through.
    pub fn new<'a>(
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Vec<u8>,
        token: &str,
    ) -> Self {
        let header =
            |(name, value): (&str, &str)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?));
        let headers: HeaderMap = headers.into_iter().filter_map(header).collect();
        let request = "GET https://cloud.example.com/".to_owned();
        let secrets = Secrets::default();
        secrets.add(token);
        Self(Reply { status, headers, body: body.into(), request, secrets, dialect: &DIALECT })
    }

    /// Parses the one document in it.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub fn document(self) -> Result<Item, Error> {
        self.0.whole()?.json()
    }

    /// Reads the login in it, as after a token request with these credentials.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub fn login(self, auth: &Auth) -> Result<Login, Error> {
        self.0.secrets.add(auth.secret().expose_secret());
        login::accept(self.0, auth, login::Persona::Member).map(|(_, login)| login)
    }

    /// Reads it as the answer of an object store to a request of S3.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub fn s3(&self) -> Result<S3Reply, Error> {
        s3::answered(&self.0)
    }

    /// Returns the time that it asks us to wait.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        retry_after(&self.0.headers, now)
    }
}

/// Reads the list whose pages are these answers, one after the other; its items stand under `key`.
///
/// # Errors
/// See [`ErrorKind`]; [`ErrorKind::EndlessList`] also if there are more links than answers.
pub fn list(
    first: &Url,
    pages: impl IntoIterator<Item = RawReply>,
    key: &str,
    most: usize,
) -> Result<Vec<Item>, Error> {
    let mut list = Pages::from(first.clone(), key, &MemoryBudget::default(), most);
    let mut url = first.clone();
    for RawReply(reply) in pages {
        match list.take(&url, &reply.whole()?, &|item| item)? {
            None => return Ok(list.into_items(false)),
            Some(next) => url = next,
        }
    }
    Err(Error::new(ErrorKind::EndlessList, "there are no more answers"))
}

/// Returns the URL of a service, by the catalog of a login.
///
/// # Errors
/// The region is not clear, or the catalog has no such service or endpoint.
pub fn base_url(login: &Login, service: Service, region: Option<&str>) -> Result<Url, Error> {
    login.catalog.check_region(region)?;
    let preference = Preference { region: region.map(str::to_owned), ..Preference::default() };
    login.catalog.base_url(service, &preference, &login.project.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openstack::config::{Project, User};
    use rstest::rstest;
    use serde_json::json;

    /// JSON and error messages write it in other ways than it is.
    const SECRET: &str = "g\u{e9}heim\"canary";

    #[rstest]
    #[case(400, json!({"error": {"message": format!("bad password {SECRET}")}}).to_string())]
    #[case(400, r#"{"error": {"message": "bad password g\u00e9heim\"canary"}}"#.to_owned())]
    #[case(400, r#"cut off: {"message": "bad password g\u00e9heim\"canary""#.to_owned())]
    #[case(500, format!("<h1>{SECRET}</h1>"))]
    #[case(200, json!({"token": SECRET}).to_string())]
    #[case(200, json!({"token": {"user": SECRET}}).to_string())]
    fn a_service_that_repeats_a_secret_is_not_quoted(#[case] status: u16, #[case] body: String) {
        let user = User::Id("u".to_owned());
        let auth = Auth::Password { user, password: SECRET.into(), project: Project::Id("p".to_owned()) };
        let answer = |token: &str| RawReply::new(status, [], body.clone().into_bytes(), token);
        let errors = [answer("t").login(&auth).map(drop), answer(SECRET).document().map(drop)];
        for error in errors.into_iter().filter_map(Result::err).map(|error| error.to_string()) {
            assert!(!error.contains("canary") && error.contains("[secret]"), "{error}");
        }
        assert!(answer("t").login(&auth).is_err());
    }
}
