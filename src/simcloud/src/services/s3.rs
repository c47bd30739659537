//! Answers to S3's ListBuckets with an unknown key, as Ceph's gateway, Swift, or a service without S3 gives them.
//!
//! Whose key Keystone knows is served by the store. No signature is ever checked; but date and region are, as the real ones do first.

use super::{s3_store, swift};
use crate::http::{Call, Reply};
use crate::state::S3Mode;
use crate::world::World;
use chrono::{NaiveDateTime, TimeDelta, Utc};

const MISMATCH: &str =
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let root = matches!(call.path.as_str(), "" | "/");
    let credentials = Credentials::from_call(call);
    if let Some(project) = credentials.as_ref().and_then(|credentials| admitted(world, credentials)) {
        return s3_store::answer(world, call, &project);
    }
    match world.state.s3.mode {
        S3Mode::NotS3 => web_server(200, "Welcome to nginx!"),
        S3Mode::NotS3NotFound => web_server(404, "404 Not Found"),
        S3Mode::Absent => Reply::unavailable(),
        _ if !root && credentials.is_none() => Reply::unavailable(),
        S3Mode::Rgw => rgw(world, call, credentials.as_ref()),
        S3Mode::Swift => swift(world, call, credentials.as_ref()),
    }
}

/// Returns the project of credentials that Keystone knows, where S3 is spoken.
fn admitted(world: &World, credentials: &Credentials) -> Option<String> {
    let s3 = &world.state.s3;
    let fits = match s3.mode {
        S3Mode::Rgw => true,
        S3Mode::Swift => credentials.region().is_none_or(|region| region == s3.region),
        S3Mode::NotS3 | S3Mode::NotS3NotFound | S3Mode::Absent => false,
    };
    let known = world.state.resources.credentials.iter().find(|one| one.access == credentials.key);
    let known = known.filter(|_| fits && s3.takes_keystone && credentials.complaint(world).is_none());
    known.map(|one| one.project.clone())
}

fn web_server(status: u16, title: &str) -> Reply {
    let page = format!("<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n</body>\n</html>\n");
    Reply::typed(status, "text/html", page).header("server", "nginx")
}

/// The sender of a request, as the request names it.
struct Credentials {
    key: String,
    /// Date, region, service; only in version 4 of the signature.
    scope: Option<String>,
    signature: String,
    /// The moment of the signature, for version 4.
    date: Option<NaiveDateTime>,
}

impl Credentials {
    fn from_call(call: &Call) -> Option<Self> {
        let header = call.header("authorization")?;
        if let Some(pair) = header.strip_prefix("AWS ") {
            let (key, signature) = pair.split_once(':').unwrap_or((pair, ""));
            return Some(Self { key: key.to_owned(), scope: None, signature: signature.to_owned(), date: None });
        }
        let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| {
            let mut parts = fields.split(',').filter_map(|part| part.trim().split_once('='));
            parts.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        let credential = field("Credential");
        let (key, scope) = credential.split_once('/').unwrap_or((&credential, ""));
        let stamp = call.header("x-amz-date").unwrap_or_default();
        Some(Self {
            key: key.to_owned(),
            scope: Some(scope.to_owned()),
            signature: field("Signature"),
            date: NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").ok(),
        })
    }

    /// Returns the region that is signed for.
    fn region(&self) -> Option<&str> {
        self.scope.as_deref().map(|scope| scope.split('/').nth(1).unwrap_or_default())
    }

    /// Returns the reason for which a signature is not even looked at: no date, or one that is far from what the clock of the
    /// cloud says.
    fn complaint(&self, world: &World) -> Option<(&'static str, &'static str)> {
        self.scope.as_ref()?;
        let Some(date) = self.date else {
            return Some(("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"));
        };
        let now = Utc::now().naive_utc() + TimeDelta::seconds(world.state.network.clock_ahead_s);
        let far = (now - date).abs() > TimeDelta::minutes(15);
        far.then_some((
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ))
    }
}

/// Answers as Ceph does: in few words, and anybody may list the buckets of nobody.
fn rgw(world: &World, call: &Call, credentials: Option<&Credentials>) -> Reply {
    let transaction = world.ids.transaction();
    let refusal = |status: u16, code: &str| {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message></Message>\
             <RequestId>{transaction}</RequestId><HostId>simulated-default</HostId></Error>"
        );
        Reply::typed(status, "application/xml", body).header("accept-ranges", "bytes")
    };
    let reply = match credentials {
        None if !call.is_get() => refusal(405, "MethodNotAllowed"),
        None => {
            let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListAllMyBucketsResult \
                        xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>anonymous</ID></Owner>\
                        <Buckets></Buckets></ListAllMyBucketsResult>";
            Reply::typed(200, "application/xml", body)
        }
        Some(credentials) => match credentials.complaint(world) {
            Some((code, _)) => refusal(403, code),
            None => refusal(403, "InvalidAccessKeyId"),
        },
    };
    reply.header("x-amz-request-id", transaction)
}

/// Answers as Swift's s3api does: it insists on its region, and says of an unknown key that the signature does not match.
fn swift(world: &World, call: &Call, credentials: Option<&Credentials>) -> Reply {
    let transaction = world.ids.transaction();
    let traced = |reply: Reply| {
        reply.header("x-trans-id", transaction.clone()).header("x-openstack-request-id", transaction.clone())
    };
    let Some(credentials) = credentials else {
        return traced(swift::page(404, "Not Found", "The resource could not be found."));
    };
    let refusal = |status: u16, code: &str, message: &str, more: &str| {
        let body = format!(
            "<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>{transaction}</RequestId>{more}</Error>"
        );
        let reply = Reply::typed(status, "application/xml", body);
        traced(reply.header("x-amz-id-2", transaction.clone()).header("x-amz-request-id", transaction.clone()))
    };
    let expected = &world.state.s3.region;
    if let Some((code, message)) = credentials.complaint(world) {
        return refusal(403, code, message, "");
    }
    if let Some(region) = credentials.region().filter(|region| region != expected) {
        let message =
            format!("The authorization header is malformed; the region '{region}' is wrong; expecting '{expected}'");
        return refusal(400, "AuthorizationHeaderMalformed", &message, &format!("<Region>{expected}</Region>"));
    }
    refusal(403, "SignatureDoesNotMatch", MISMATCH, &explain(call, credentials))
}

/// Returns what Swift tells about the signature it calculated. The hash of the canonical request is left out: it would
/// take a hash function, and no client reads it.
fn explain(call: &Call, credentials: &Credentials) -> String {
    let bytes = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let stamp = call.header("x-amz-date").or(call.header("date")).unwrap_or_default();
    let signed = match &credentials.scope {
        Some(scope) => format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n"),
        None => format!("{}\n\n\n{stamp}\n/", call.method),
    };
    let mut text = format!(
        "<AWSAccessKeyId>{}</AWSAccessKeyId><StringToSign>{signed}</StringToSign>\
         <SignatureProvided>{}</SignatureProvided><StringToSignBytes>{}</StringToSignBytes>",
        escape(&credentials.key),
        escape(&credentials.signature),
        bytes(&signed),
    );
    if credentials.scope.is_some() {
        let canonical = format!("{}\n/\n", call.method);
        text.push_str(&format!(
            "<CanonicalRequest>{canonical}</CanonicalRequest><CanonicalRequestBytes>{}</CanonicalRequestBytes>",
            bytes(&canonical)
        ));
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
