//! Asks an object store whether it speaks S3: a signed ListBuckets with an access key nobody has. An S3
//! service refuses it with an S3 error document; anything else is no S3.

use super::catalog::Service;
use super::error::{Error, ErrorKind, one_line};
use super::fault;
use super::http::{Call, Reply, Retry};
use super::reader::Reader;
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

/// The region in signatures; S3 services outside AWS take this one.
pub(super) const REGION: &str = "us-east-1";

/// The identity and the scope of a signature.
pub(super) struct Signer<'a> {
    pub access_key: &'a str,
    pub secret: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

/// The answer of the object store to ListBuckets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum S3Reply {
    /// An S3 error document.
    Error {
        /// The HTTP status.
        status: u16,
        /// Its code, such as `InvalidAccessKeyId`.
        code: String,
        /// Its message, bounded.
        message: String,
    },
    /// A list of buckets: it answers anyone.
    Buckets {
        /// The HTTP status.
        status: u16,
    },
    /// Anything that is no S3 document.
    NotS3 {
        /// The HTTP status.
        status: u16,
        /// The beginning of what it said instead.
        excerpt: String,
    },
}

impl Reader {
    /// Sends ListBuckets with the access key `doesnotexist` and an empty secret to the root of the
    /// object store's host. The token is not sent along.
    ///
    /// # Errors
    /// [`ErrorKind::ServiceAbsent`] without an object store in the catalog; [`ErrorKind::Unreachable`]
    /// and the like if there is no answer. A service that is busy or failed (429, 5xx) has not answered
    /// the question either; any other status is `Ok`.
    pub async fn probe_s3(&self) -> Result<S3Reply, Error> {
        let mut url = self.session.endpoint(Service::ObjectStore)?;
        url.set_path("/");
        let signer = Signer { access_key: "doesnotexist", secret: "", region: REGION, service: "s3" };
        let hash = hex::encode(Sha256::digest(b""));
        let mut headers = signer
            .headers(&Method::GET, &url, Utc::now(), &hash, &[("x-amz-content-sha256", &hash)])
            .ok_or_else(|| Error::new(ErrorKind::Unusable, "the request to S3 cannot be signed"))?;
        // Ceph answers S3 requests in JSON to those who accept it.
        headers.insert(ACCEPT, HeaderValue::from_static("application/xml"));
        let call = Call {
            method: Method::GET,
            url,
            service: Service::ObjectStore,
            headers,
            body: None,
            retry: Retry::Idempotent,
        };
        answered(&self.session.http.send(&call, &self.context).await?)
    }
}

impl Signer<'_> {
    /// Returns the headers that sign a request in AWS signature version 4, with the SHA-256 of its content; `None` for a URL
    /// without a host.
    pub fn headers(
        &self,
        method: &Method,
        url: &Url,
        now: DateTime<Utc>,
        hash: &str,
        more: &[(&'static str, &str)],
    ) -> Option<HeaderMap> {
        let time = now.format("%Y%m%dT%H%M%SZ").to_string();
        let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let mut signed = vec![("host", host), ("x-amz-date", &time)];
        signed.extend_from_slice(more);
        signed.sort_unstable();
        let mut headers = HeaderMap::new();
        for (name, value) in &signed {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
        }
        let authorization = self.authorization(method, url, &time, hash, &signed);
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&authorization).ok()?);
        Some(headers)
    }

    fn authorization(&self, method: &Method, url: &Url, time: &str, hash: &str, signed: &[(&str, &str)]) -> String {
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let query = url.query().unwrap_or_default();
        let canonical = format!("{method}\n{}\n{query}\n{lines}\n{names}\n{hash}", url.path());
        let day = time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let steps = [day, self.region, self.service, "aws4_request", &to_sign];
        let signature = steps.iter().fold(format!("AWS4{}", self.secret).into_bytes(), |key, step| hmac(&key, step));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.access_key,
            hex::encode(signature)
        )
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so there is no error to lose.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Reads the answer to ListBuckets; an error if the service was too busy to answer the question, if a proxy answered in
/// its place, or if the answer contradicts itself.
pub(super) fn answered(reply: &Reply) -> Result<S3Reply, Error> {
    if matches!(reply.status, 407 | 408) || reply.is_rate_limit() || reply.status >= 500 {
        return Err(reply.refusal());
    }
    if reply.body.is_cut {
        return Err(reply.error(ErrorKind::TooLarge, "the answer is larger than any document of S3"));
    }
    understand(reply.status, &reply.body, &reply.secrets).map_err(|error| {
        let kind = ErrorKind::InvalidAnswer { path: "Error".to_owned() };
        reply.error(kind, error.to_string()).caused_by(error)
    })
}

/// Codes of S3 that speak of this moment, or of the clock of this machine, and not of the credentials.
const SAYS_NOTHING: [&str; 8] = [
    "InternalError",
    "OperationAborted",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
];

/// An answer from which nothing follows for the credentials.
#[derive(Debug, thiserror::Error)]
enum Undecided {
    #[error("the object store did not check the credentials, but answered {code}: {message}")]
    NotChecked { code: String, message: String },
    #[error("HTTP {status} with an error document ({code}): that is not a refusal")]
    Success { status: u16, code: String },
    #[error("an error document with {} codes: {}", .0.len(), .0.join(", "))]
    SeveralCodes(Vec<String>),
}

/// Reads an answer to ListBuckets.
///
/// # Errors
/// The answer contradicts itself, or says nothing of the credentials.
fn understand(status: u16, body: &[u8], secrets: &Secrets) -> Result<S3Reply, Undecided> {
    let shown = |text: &str| one_line(&secrets.hide(text));
    match document(body) {
        Some(S3Document { root, codes, message }) if root == "Error" && codes.iter().any(|code| !code.is_empty()) => {
            match codes.as_slice() {
                [code] if SAYS_NOTHING.contains(&code.trim()) => {
                    Err(Undecided::NotChecked { code: shown(code), message: shown(&message) })
                }
                [code] if (400..500).contains(&status) => {
                    Ok(S3Reply::Error { status, code: shown(code), message: shown(&message) })
                }
                [code] => Err(Undecided::Success { status, code: shown(code) }),
                more => Err(Undecided::SeveralCodes(more.iter().map(|code| shown(code)).collect())),
            }
        }
        Some(S3Document { root, .. }) if root == "ListAllMyBucketsResult" && status == 200 => {
            Ok(S3Reply::Buckets { status })
        }
        _ => Ok(S3Reply::NotS3 { status, excerpt: fault::text(body, secrets) }),
    }
}

/// Returns the texts of all elements of a name, wherever they stand; none of what is not well-formed.
pub(super) fn texts(body: &[u8], name: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(body).unwrap_or_default());
    let (mut found, mut is_within) = (Vec::<String>::new(), false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                is_within = element.local_name().as_ref() == name.as_bytes();
                found.extend(is_within.then(String::new));
            }
            Ok(Event::Text(text)) if is_within => {
                if let (Some(last), Ok(text)) = (found.last_mut(), text.decode()) {
                    last.push_str(&text);
                }
            }
            Ok(Event::End(_)) => is_within = false,
            Ok(Event::Eof) => return found,
            Ok(_) => {}
            Err(_) => return Vec::new(),
        }
    }
}

#[derive(Default)]
struct S3Document {
    root: String,
    codes: Vec<String>,
    message: String,
}

/// Returns the root element and what stands in `Code` and `Message` below it; `None` if it is not well-formed XML with
/// one root, or very long.
fn document(body: &[u8]) -> Option<S3Document> {
    const LONGEST: usize = 1 << 20;
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= LONGEST)?;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut found = S3Document::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => path.push(found.begin(&path, &element)?),
            Event::Empty(element) => drop(found.begin(&path, &element)?),
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => found.add(&path, &text.decode().ok()?)?,
            Event::CData(text) => found.add(&path, &text.decode().ok()?)?,
            Event::GeneralRef(reference) => found.add(&path, &resolved(&reference)?)?,
            Event::Decl(_) if !found.root.is_empty() => return None,
            Event::Eof => return Some(found).filter(|found| path.is_empty() && !found.root.is_empty()),
            _ => {}
        }
    }
}

impl S3Document {
    /// Notes an element that begins below this path, and gives its name. Nothing stands beside the root or in a code.
    fn begin(&mut self, path: &[String], element: &BytesStart<'_>) -> Option<String> {
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        let is_well_formed = element.attributes().all(|attribute| attribute.is_ok());
        match path {
            _ if !is_well_formed => return None,
            [] if !self.root.is_empty() => return None,
            [] => self.root.clone_from(&name),
            [_, leaf] if leaf == "Code" => return None,
            [_] if name == "Code" => self.codes.push(String::new()),
            _ => {}
        }
        Some(name)
    }

    /// Adds what stands there; only blanks stand beside the root.
    fn add(&mut self, path: &[String], text: &str) -> Option<()> {
        match (path, self.codes.last_mut()) {
            ([], _) if !text.trim_start_matches('\u{feff}').trim().is_empty() => return None,
            ([_, leaf], Some(code)) if leaf == "Code" => code.push_str(text),
            ([_, leaf], _) if leaf == "Message" => self.message.push_str(text),
            _ => {}
        }
        Some(())
    }
}

/// Returns the character that a reference stands for. Without a document type only five have names.
fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(char) = reference.resolve_char_ref().ok()? {
        return Some(char.to_string());
    }
    resolve_xml_entity(&reference.decode().ok()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// `get-vanilla` of the AWS Signature Version 4 test suite.
    #[test]
    fn signs_like_the_aws_documentation() {
        let signer = Signer {
            access_key: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "service",
        };
        let url = Url::parse("https://example.amazonaws.com/").unwrap();
        let time = DateTime::parse_from_rfc3339("2015-08-30T12:36:00Z").unwrap().to_utc();
        let empty = hex::encode(Sha256::digest(b""));
        let headers = signer.headers(&Method::GET, &url, time, &empty, &[]).unwrap();
        insta::assert_snapshot!(headers[AUTHORIZATION].to_str().unwrap(), @"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        assert_eq!(headers["x-amz-date"], "20150830T123600Z");
        // `post-vanilla` of the same.
        let headers = signer.headers(&Method::POST, &url, time, &empty, &[]).unwrap();
        let signature = headers[AUTHORIZATION].to_str().unwrap().rsplit('=').next().unwrap();
        assert_eq!(signature, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    }

    #[test]
    fn signs_with_an_empty_secret_and_the_port() {
        let signer = Signer { access_key: "doesnotexist", secret: "", region: REGION, service: "s3" };
        let url = Url::parse("http://[::1]:8080/").unwrap();
        let headers = signer.headers(&Method::GET, &url, DateTime::UNIX_EPOCH, "", &[]).unwrap();
        assert_eq!(headers["host"], "[::1]:8080");
        assert!(headers[AUTHORIZATION].to_str().unwrap().contains("doesnotexist/19700101/us-east-1/s3/aws4_request"));
    }

    #[test]
    fn understands_answers() {
        let error = |code: &str, message: &str| S3Reply::Error {
            status: 403,
            code: code.to_owned(),
            message: message.to_owned(),
        };
        let is = |body: &str| understand(403, body.as_bytes(), &Secrets::default()).unwrap();
        assert_eq!(
            is("<?xml version='1.0' encoding='UTF-8'?><Error><Code>InvalidAccessKeyId</Code></Error>"),
            error("InvalidAccessKeyId", "")
        );
        assert_eq!(
            is(
                "<Error>\n <Code>AccessDenied</Code>\n <Message>no\naccess</Message>\n <Detail><Code>x</Code></Detail></Error>"
            ),
            error("AccessDenied", "no access")
        );
        assert_eq!(
            is("<ListAllMyBucketsResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'/>"),
            S3Reply::NotS3 { status: 403, excerpt: String::new() }
        );
        let buckets = b"<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>";
        assert_eq!(understand(200, buckets, &Secrets::default()).unwrap(), S3Reply::Buckets { status: 200 });
        assert!(matches!(understand(403, buckets, &Secrets::default()), Ok(S3Reply::NotS3 { .. })));
        assert_eq!(is("<Error><Code><![CDATA[Invalid&]]>&#65;ccess&amp;</Code></Error>"), error("Invalid&Access&", ""));
        for not_s3 in [
            "Unauthorized <Error><Code>X</Code></Error>",
            "<Error><Code>X</Code></Error>Unauthorized",
            "<Error><Code>X&nbsp;</Code></Error>",
            "<Error><Code>X<b/></Code></Error>",
            "<Error><Code><b>X</b></Code></Error>",
            "<Error a='1' a='2'><Code>X</Code></Error>",
            "<Error><Code>X</Code></Error><?xml version='1.0'?>",
            "",
            "Unauthorized",
            "<html><h1>Unauthorized</h1></html>",
            "<Error></Error>",
            "<Error><Code></Code></Error>",
            "<Error><Code>A</Code></Error><Error><Code>B</Code></Error>",
            "<Error/><Error><Code>B</Code></Error>",
            "<Error><Code>X</Code>",
            "<Error><Code>",
            "<Error><Code>X</Code></Error><Error><Code>X</Code></Error>",
            "{}",
            "\u{0}",
        ] {
            assert!(matches!(is(not_s3), S3Reply::NotS3 { .. }), "{not_s3}");
        }
        assert!(matches!(
            understand(403, b"<Error><Code>\xff</Code></Error>", &Secrets::default()),
            Ok(S3Reply::NotS3 { .. })
        ));
    }

    #[test]
    fn buckets_are_known_by_their_names() {
        let list =
            b"<L xmlns='x'><Owner><ID>1</ID></Owner><Buckets><Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name>\
            <CreationDate>c</CreationDate></Bucket></Buckets></L>";
        assert_eq!(texts(list, "Name"), ["a", "b"]);
        assert_eq!(texts(b"<Error><Region>eu</Region></Error>", "Region"), ["eu"]);
        assert!(texts(b"<Name>a</Nome>", "Name").is_empty());
    }

    #[rstest]
    #[case::with_success(200, "<Error><Code>InvalidAccessKeyId</Code></Error>")]
    #[case::with_a_redirect(301, "<Error><Code>InvalidAccessKeyId</Code></Error>")]
    #[case::the_clock(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>")]
    #[case::too_slow(400, "<Error><Code>RequestTimeout</Code></Error>")]
    #[case::two_codes(403, "<Error><Code>NoSuchBucket</Code><Code>InvalidAccessKeyId</Code></Error>")]
    fn an_error_document_that_refuses_nothing_proves_nothing(#[case] status: u16, #[case] body: &str) {
        assert!(understand(status, body.as_bytes(), &Secrets::default()).is_err());
    }
}
