//! S3 as a user of it: buckets and an object, with credentials that Keystone keeps. They bear the name of their run as their
//! access key, and can be read again, so that a sweep can remove what a killed run has left.

use super::catalog::{Service, extended};
use super::error::{Error, ErrorKind};
use super::http::{Call, Reply, RequestBody, Retry};
use super::reader::{Item, Resource};
use super::s3::{REGION, S3Reply, Signer, answered, texts};
use super::s3_keys::{bucket_name, keys_in};
use super::writer::Writer;
use crate::ledger::{Created, Kind, Leftover, ResourceWriter, Warrant};
use chrono::Utc;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The name of the only object in a bucket of ours.
const OBJECT: &str = "object";

impl Writer {
    /// Lists the buckets, and learns by that if S3 takes the credentials, and which region it signs for.
    ///
    /// # Errors
    /// Those of the request; and `Failed` where S3 does not know credentials of Keystone.
    pub async fn greet_s3(&self) -> Result<(), Error> {
        self.bucket_names().await.map(drop)
    }

    /// Writes the object of a bucket.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn put_object(&self, _: &Warrant, bucket: &str, data: &[u8]) -> Result<(), Error> {
        done(self.s3(Method::PUT, &[bucket, OBJECT], data, Retry::Idempotent).await?)
    }

    /// Reads the object of a bucket.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn get_object(&self, bucket: &str) -> Result<Vec<u8>, Error> {
        accepted(self.s3(Method::GET, &[bucket, OBJECT], &[], Retry::Idempotent).await?)?.whole()?.bytes()
    }

    /// Deletes the object of a bucket.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn delete_object(&self, _: &Warrant, bucket: &str) -> Result<(), Error> {
        self.remove(&[bucket, OBJECT]).await
    }

    pub(super) async fn create_bucket(&self, name: &str) -> Result<Created, Error> {
        let id = bucket_name(name);
        done(self.s3(Method::PUT, &[&id], &[], Retry::NonIdempotent).await?)?;
        Ok(Created { id })
    }

    /// Deletes a bucket, which goes once it is empty.
    pub(super) async fn delete_bucket(&self, bucket: &str) -> Result<(), Error> {
        match self.remove(&[bucket, OBJECT]).await {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => self.remove(&[bucket]).await,
        }
    }

    async fn remove(&self, path: &[&str]) -> Result<(), Error> {
        done(self.s3(Method::DELETE, path, &[], Retry::Idempotent).await?)
    }

    /// Returns true if a bucket is there.
    pub(super) async fn has_bucket(&self, bucket: &str) -> Result<bool, Error> {
        self.learn_keys().await?;
        let reply = match accepted(self.s3(Method::GET, &[bucket], &[], Retry::Idempotent).await?) {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        match texts(&reply.body, "Name").first().is_some_and(|name| name == bucket) {
            true => Ok(true),
            false => Err(reply.stranger("no list of the objects in the bucket")),
        }
    }

    /// Lists the buckets of ours; none where there are no credentials of ours, as a bucket never outlives those it was made with.
    pub(super) async fn buckets(&self) -> Result<Vec<Leftover>, Error> {
        self.learn_keys().await?;
        if self.s3.keys().is_none() {
            return Ok(Vec::new());
        }
        let ours = |name: &String| name.starts_with(&bucket_name(Self::PREFIX));
        let leftover = |id: String| Leftover { kind: Kind::Bucket, name: format!("_{id}"), id, created_at: None };
        Ok(self.bucket_names().await?.into_iter().filter(ours).map(leftover).collect())
    }

    async fn bucket_names(&self) -> Result<Vec<String>, Error> {
        let mut reply = self.s3(Method::GET, &[], &[], Retry::Idempotent).await?;
        let other = match answered(&reply)? {
            S3Reply::Error { code, .. } if code == "AuthorizationHeaderMalformed" => texts(&reply.body, "Region").pop(),
            _ => None,
        };
        if let Some(region) = other.filter(|_| self.s3.region.get().is_none()) {
            let _ = self.s3.region.set(region);
            reply = self.s3(Method::GET, &[], &[], Retry::Idempotent).await?;
        }
        match answered(&reply)? {
            S3Reply::Buckets { .. } => Ok(texts(&reply.body, "Name")),
            S3Reply::Error { code, message, .. } => {
                let what = format!("S3 does not take credentials that Keystone keeps: {code}: {message}");
                Err(reply.error(ErrorKind::Failed, what).help("so nothing can be tried with them"))
            }
            S3Reply::NotS3 { status, .. } => Err(reply.stranger(&format!("HTTP {status}, which is no answer of S3"))),
        }
    }

    /// Lists the credentials of ours. Where Keystone does not let the user list them, the user has made none.
    pub(super) async fn credentials(&self) -> Result<Vec<Leftover>, Error> {
        let items = self.kept_credentials().await?;
        let leftover = |item: &Item| {
            let id = item.get("id").and_then(Value::as_str)?.to_owned();
            Some(Leftover { kind: Kind::Ec2Credential, id, name: keys_in(item)?.access, created_at: None })
        };
        Ok(items.iter().filter_map(leftover).collect())
    }

    /// Returns true if the user has a credential with this id. Only the list tells: Keystone refuses a member who asks for one
    /// that is gone, as it is nobody's.
    pub(super) async fn has_credential(&self, id: &str) -> Result<bool, Error> {
        Ok(self.credentials_of_user().await?.iter().any(|item| item.get("id").and_then(Value::as_str) == Some(id)))
    }

    async fn credentials_of_user(&self) -> Result<Vec<Item>, Error> {
        let query = [("type", "ec2"), ("user_id", self.reader.session().login().user.id.as_str())];
        let resource = Resource { query: &query, ..Resource::new(Service::Identity, &["credentials"]) };
        self.reader.list(resource, "credentials").await
    }

    async fn kept_credentials(&self) -> Result<Vec<Item>, Error> {
        let items = match self.credentials_of_user().await {
            Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound) => return Ok(Vec::new()),
            other => other?,
        };
        let project = self.reader.session().login().project.id.clone();
        let is_here = |item: &Item| item.get("project_id").and_then(Value::as_str) == Some(project.as_str());
        let ours = |item: &Item| keys_in(item).is_some_and(|keys| keys.access.starts_with(Self::PREFIX));
        Ok(items.into_iter().filter(|item| is_here(item) && ours(item)).collect())
    }

    /// Takes the keys of an earlier run where this one has none.
    async fn learn_keys(&self) -> Result<(), Error> {
        if self.s3.keys().is_none() {
            let keys = self.kept_credentials().await?.iter().find_map(keys_in);
            keys.iter().for_each(|keys| self.reader.session().secrets().add(keys.secret.expose_secret()));
            self.s3.keep(keys);
        }
        Ok(())
    }

    /// Sends a signed request to S3.
    async fn s3(&self, method: Method, path: &[&str], data: &[u8], retry: Retry) -> Result<Reply, Error> {
        let session = self.reader.session();
        let unusable = |what: &str| Error::new(ErrorKind::Unusable, what);
        let keys = self.s3.keys().ok_or_else(|| unusable("there are no credentials for S3"))?;
        let region = self.s3.region.get().map_or(REGION, String::as_str);
        let secret = keys.secret.expose_secret();
        let signer = Signer { access_key: &keys.access, secret, region, service: "s3" };
        let url = extended(session.s3_root()?, path);
        let hash = hex::encode(Sha256::digest(data));
        let signed = signer.headers(&method, &url, Utc::now(), &hash, &[("x-amz-content-sha256", &hash)]);
        let mut headers = signed.ok_or_else(|| unusable("the request to S3 cannot be signed"))?;
        headers.insert(ACCEPT, HeaderValue::from_static("application/xml"));
        let body = RequestBody { content_type: "application/octet-stream", bytes: data.to_vec() };
        let body = (method == Method::PUT).then_some(body);
        let call = Call { method, url, service: Service::ObjectStore, headers, body, retry };
        session.http.send(&call, self.reader.context()).await
    }
}

/// Makes sure that S3 did what it was asked for, and that it was S3. Swift calls the nothing that it answers with a web page.
fn done(reply: Reply) -> Result<(), Error> {
    let reply = accepted(reply)?;
    if reply.body.is_empty() { Ok(()) } else { reply.no_page() }
}

/// Returns the answer if S3 did what it was asked for. Its refusal is an error of the kind that its status stands for; what is
/// no answer of S3 is another one.
fn accepted(reply: Reply) -> Result<Reply, Error> {
    if matches!(reply.status, 200 | 204) {
        return Ok(reply);
    }
    match answered(&reply)? {
        S3Reply::Error { status, code, message } => {
            let kind = match status {
                404 => ErrorKind::NotFound,
                403 if code == DENIED => ErrorKind::Forbidden,
                status => ErrorKind::UnexpectedStatus(status),
            };
            Err(reply.error(kind, format!("HTTP {status}: {code}: {message}")))
        }
        _ => Err(reply.stranger(&format!("HTTP {}, which is no answer of S3", reply.status))),
    }
}

/// The code of S3 that says that a user may not do something. Others with the same status are about quotas, keys and clocks.
const DENIED: &str = "AccessDenied";
