//! Failures of the network and of services.

use super::*;
use crate::openstack::fault;
use crate::secrets::Secrets;
use crate::wire::address::shown;
use crate::wire::permits::HostPermits;
use proptest::prelude::*;
use rstest::rstest;
use std::sync::{Condvar, Mutex};
use std::time::Instant;

/// Returns the error of reading images from a service that always answers so, and how often it was asked.
async fn failing(answer: fn() -> Answer) -> (Error, usize) {
    let server = serve(move |_| answer()).await;
    let tight = Limits { attempt_timeout: Duration::from_millis(200), body: 100_000, ..limits() };
    let error = reader_with(&server, tight).await.images(whole).await.unwrap_err();
    let text = error.what.replace(server.url("").trim_start_matches("http://"), "HOST");
    (Error { what: text, ..error }, server.seen().len())
}

#[rstest]
#[case::hang(|| Answer::Hang, 2, "[unreachable] no complete answer within 0.2 s")]
#[case::reset(|| Answer::Reset, 4, "[unreachable] the connection to HOST failed: Connection reset by peer (os error 104)")]
#[case::truncated(|| Answer::Truncated, 4, "[unreachable] the connection to HOST failed: end of file before message length reached")]
#[case::flood(|| Answer::Flood, 1, "[too-large] the answer is larger than 100000 bytes")]
#[case::html(|| Answer::new(200, "text/html", "<html><title>Log in</title></html>"), 1, "[not-an-api] a web page instead of JSON: Log in")]
#[case::html_without_type(|| Answer::new(200, "", "  <!DOCTYPE html><p>hi"), 1, "[not-an-api] a web page instead of JSON: hi")]
#[case::empty(|| Answer::new(200, "application/json", ""), 1, "[invalid-answer] not the JSON the API promises: EOF while parsing a value at line 1 column 0")]
#[case::wrong_type(|| Answer::new(200, "application/json", "[]"), 1, "[invalid-answer] not the JSON the API promises: invalid type: sequence, expected a map at line 1 column 0")]
#[case::not_json(|| Answer::new(200, "application/json", "{'images': []}"), 1, "[invalid-answer] not the JSON the API promises: key must be a string at line 1 column 2")]
#[case::more_than_json(|| Answer::new(200, "application/json", "{} x"), 1, "[invalid-answer] not the JSON the API promises: trailing characters at line 1 column 4")]
#[case::not_utf8(|| Answer::new(200, "application/json", b"{\"images\": [{\"name\": \"\xff\"}]}"), 1, "[invalid-answer] not the JSON the API promises at images[0].name: invalid unicode code point at line 1 column 23")]
#[case::deep(|| Answer::new(200, "application/json", "[".repeat(10_000)), 1, &format!("[invalid-answer] not the JSON the API promises at {}[…: recursion limit exceeded at line 1 column 128", "[0]".repeat(33)))]
#[case::no_content(|| Answer::new(204, "application/json", ""), 1, "[unexpected-status] HTTP 204, which is not a complete answer to this request")]
#[case::busy(|| Answer::new(503, "text/plain", "busy"), 4, "[server-error] HTTP 503: busy")]
#[case::gateway(|| Answer::new(502, "text/html", "<html><title>502</title><body>Bad Gateway"), 4, "[server-error] HTTP 502: 502 Bad Gateway")]
#[case::not_retried(|| Answer::json(500, &json!({"computeFault": {"message": "oops"}})), 1, "[server-error] HTTP 500: oops")]
#[case::redirect(|| Answer::new(302, "text/html", "").header("Location", "http://elsewhere/"), 1, "[redirected] HTTP 302: points to http://elsewhere/")]
#[case::teapot(|| Answer::new(418, "text/plain", ""), 1, "[unexpected-status] HTTP 418")]
#[tokio::test]
async fn failures(#[case] answer: fn() -> Answer, #[case] asked: usize, #[case] expected: &str) {
    let (error, count) = failing(answer).await;
    assert_eq!(format!("[{}] {}", kind_name(&error.kind), error.what), expected);
    assert_eq!(count, asked);
}

#[tokio::test]
async fn a_gzip_bomb_is_cut_short() {
    let (error, _) = failing(|| Answer::new(200, "application/json", bomb()).header("Content-Encoding", "gzip")).await;
    assert_eq!(error.kind, ErrorKind::TooLarge);
}

/// Returns 10 MB of spaces in 65 kB of gzip, made by hand; the client must stop long before its missing end.
fn bomb() -> Vec<u8> {
    // One deflate block with fixed codes: a literal space, then matches of length 258 and distance 1.
    let mut bits = Bits::default();
    bits.push(0b011, 3);
    bits.code(0x30 + u32::from(b' '), 8);
    for _ in 0..40_000 {
        // Length 258 is symbol 285 with the 8-bit code 11000101; distance 1 is the 5-bit code 0.
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    gzip.extend(bits.bytes);
    gzip
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Least significant bit first, as deflate writes numbers.
    fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= u8::try_from(value >> bit & 1).unwrap() << (self.used % 8);
            self.used += 1;
        }
    }

    /// Most significant bit first, as deflate writes Huffman codes.
    fn code(&mut self, code: u32, count: u32) {
        for bit in (0..count).rev() {
            self.push(code >> bit & 1, 1);
        }
    }
}

#[rstest]
#[case::status(|| Answer::new(503, "text/plain", ""))]
#[case::limit(|| Answer::new(429, "text/plain", ""))]
#[case::reset(|| Answer::Reset)]
#[case::truncated(|| Answer::Truncated)]
#[tokio::test]
async fn a_passing_failure_is_survived_and_recorded(#[case] first: fn() -> Answer) {
    let server = serve(move |request| match request.count {
        1 | 2 => first(),
        _ => Answer::json(200, &json!({"images": []})).header("x-openstack-request-id", "req-3"),
    })
    .await;
    let reader = reader(&server).await;
    reader.images(whole).await.unwrap();
    let trace = reader.context.trace.requests();
    assert_eq!((trace.len(), trace[0].attempts.len()), (1, 3));
    assert_eq!(
        trace[0].attempts[2],
        AttemptTrace { status: Some(200), request_id: Some("req-3".to_owned()), clock_ahead: None }
    );
    assert_eq!(trace[0].bytes, 13);
}

/// All that services say to slow us down is heard, and a failure that passes is told from one that stays.
#[rstest]
#[case::of_http(429, "Retry-After", "0", true)]
#[case::without_a_time_at_all(429, "x", "x", true)]
#[case::of_swift(498, "x", "x", true)]
#[case::of_old_novas(413, "Retry-After", "0.01", true)]
#[case::of_quotas(413, "Retry-After", "0", false)]
#[case::too_large(413, "x", "x", false)]
#[case::with_a_time(500, "Retry-After", "0", true)]
#[case::without_a_time(500, "x", "x", false)]
#[tokio::test]
async fn answers_that_ask_for_time(
    #[case] status: u16,
    #[case] header: &'static str,
    #[case] value: &'static str,
    #[case] passes: bool,
) {
    let server = serve(move |request| match request.count {
        1 => Answer::json(status, &json!({})).header(header, value),
        _ => Answer::json(200, &json!({"images": []})),
    })
    .await;
    assert_eq!(reader(&server).await.images(whole).await.is_ok(), passes);
}

#[rstest]
#[case::named("req-7", "the service failed; check its logs; the id of the request is req-7")]
#[case::not_named("", "the service failed; check its logs")]
#[tokio::test]
async fn an_id_of_a_request_is_told_where_there_is_one(#[case] id: &'static str, #[case] help: &str) {
    let server = serve(move |_| {
        let answer = Answer::json(500, &json!({}));
        if id.is_empty() { answer } else { answer.header("x-openstack-request-id", id) }
    })
    .await;
    assert_eq!(reader(&server).await.images(whole).await.unwrap_err().help, help);
}

#[rstest]
#[case::seconds(|| "1".to_owned())]
#[case::date(|| (chrono::Utc::now() + chrono::TimeDelta::seconds(2)).format("%a, %d %b %Y %H:%M:%S GMT").to_string())]
#[tokio::test]
async fn retry_after_is_honoured(#[case] value: fn() -> String) {
    let server = serve(move |request| match request.count {
        1 => Answer::new(429, "text/plain", "").header("Retry-After", &value()),
        _ => Answer::json(200, &json!({"images": []})),
    })
    .await;
    let reader = reader(&server).await;
    let started = Instant::now();
    reader.images(whole).await.unwrap();
    assert!(started.elapsed() > Duration::from_millis(900), "{:?}", started.elapsed());
}

#[rstest]
#[case::absurd("86400")]
#[case::far_date("Fri, 31 Dec 2100 23:59:59 GMT")]
#[tokio::test]
async fn retry_after_is_capped(#[case] value: &'static str) {
    let server = serve(move |_| Answer::new(429, "text/plain", "").header("Retry-After", value)).await;
    let short = Limits { longest_wait: Duration::from_millis(10), ..limits() };
    let error = reader_with(&server, short).await.images(whole).await.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (ErrorKind::RateLimited, 4));
    // A wait that the deadline does not allow is not begun.
    let session = session(&server, limits()).await;
    let started = Instant::now();
    let error = Reader::new(session, RequestContext::within(Duration::from_secs(5))).images(whole).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn the_deadline_ends_everything_and_keeps_the_evidence() {
    let server = serve(|_| Answer::Hang).await;
    let session = session(&server, limits()).await;
    let context = RequestContext::within(Duration::from_millis(100));
    let reader = Reader::new(session, context.clone());
    let error = reader.images(whole).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Deadline);
    assert_eq!(&*error.request.unwrap(), format!("GET {}", server.url("/image/v2/images?limit=1000")));
    let trace = context.trace.requests();
    assert_eq!(trace.len(), 1);
    assert!(trace[0].attempts.is_empty() && trace[0].milliseconds >= 90, "{trace:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_to_one_service_are_few_at_a_time() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let server = serve(|_| {
        MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(5));
        NOW.fetch_sub(1, Ordering::SeqCst);
        Answer::json(200, &json!({"images": []}))
    })
    .await;
    let narrow = Limits { concurrent_per_service: 2, ..limits() };
    let reader = reader_with(&server, narrow).await;
    let results = futures_util::future::join_all((0..12).map(|_| reader.images(whole))).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(MOST.load(Ordering::SeqCst) <= 2);
}

/// Returns how many requests of two sessions are answered at the same time; each waits so long for another one.
async fn most_at_a_time(first: Limits, second: Limits, patience: Duration) -> usize {
    let state = Arc::new((Mutex::new((0_usize, 0_usize)), Condvar::new()));
    let shared = Arc::clone(&state);
    let server = serve(move |_| {
        let (counts, more) = &*shared;
        let mut guard = counts.lock().unwrap();
        guard.0 += 1;
        guard.1 = guard.1.max(guard.0);
        more.notify_all();
        let (mut guard, _) = more.wait_timeout_while(guard, patience, |counts| counts.1 < 2).unwrap();
        guard.0 -= 1;
        drop(guard);
        Answer::json(200, &json!({"images": []}))
    })
    .await;
    let readers = [reader_with(&server, first).await, reader_with(&server, second).await];
    let results = futures_util::future::join_all(readers.iter().map(|reader| reader.images(whole))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    state.0.lock().unwrap().1
}

fn one_at_a_time() -> Limits {
    Limits { hosts: HostPermits::new(1), ..limits() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_with_one_handle_share_the_permits_of_a_host() {
    let shared = one_at_a_time();
    assert_eq!(most_at_a_time(shared.clone(), shared, Duration::from_millis(50)).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_with_handles_of_their_own_share_no_permits() {
    assert_eq!(most_at_a_time(one_at_a_time(), one_at_a_time(), Duration::from_secs(4)).await, 2);
}

#[tokio::test]
async fn nobody_listens() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Session::connect(&cloud(&format!("http://{address}/v3")), limits(), &context()).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unreachable(Unreachable::Refused));
    assert_eq!(error.what, format!("nothing listens on {address}"));
}

#[tokio::test]
async fn an_unknown_host() {
    let error = Session::connect(&cloud("http://nowhere.invalid/v3"), limits(), &context()).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unreachable(Unreachable::Dns), "{error}");
}

#[rstest]
#[case("https://u:p@h:1/a?marker=1#f", "https://h:1/a?marker=1")]
#[case("https://h/a?X-Amz-Signature=1&b=2&temp_url_sig=3", "https://h/a?X-Amz-Signature=***&b=2&temp_url_sig=***")]
fn urls_are_shown_without_secrets(#[case] url: &str, #[case] expected: &str) {
    assert_eq!(shown(&Url::parse(url).unwrap()), expected);
}

#[rstest]
#[case::keystone(r#"{"error": {"code": 401, "message": "no.", "title": "Unauthorized"}}"#, "no")]
#[case::nova(r#"{"badRequest": {"code": 400, "message": "bad"}}"#, "bad")]
#[case::neutron(r#"{"NeutronError": {"type": "X", "message": "gone", "detail": ""}}"#, "gone")]
#[case::neutron_text(r#"{"NeutronError": "gone"}"#, "gone")]
#[case::octavia(r#"{"faultcode": "Client", "faultstring": "denied", "debuginfo": null}"#, "denied")]
#[case::barbican(r#"{"code": 404, "title": "Not Found", "description": ""}"#, "Not Found")]
#[case::placement(r#"{"errors": [{"status": 404, "title": "Not Found", "detail": "nothing here"}]}"#, "nothing here")]
#[case::webob(
    r#"{"message": "no resource.<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found"}"#,
    "no resource"
)]
#[case::glance(
    "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  No image<br />\n </body></html>",
    "404 Not Found 404 Not Found No image"
)]
#[case::script("<script>var x = '<b>';</script><STYLE>b{}</STYLE>text", "text")]
#[case::unclosed("text <b", "text")]
#[case::plain("Bad\r\n\tGateway\u{7f}", "Bad Gateway")]
#[case::empty("", "")]
#[case::list("[1]", "")]
fn error_bodies(#[case] body: &str, #[case] expected: &str) {
    assert_eq!(fault::text(body.as_bytes(), &Secrets::default()), expected);
    assert!(fault::text(body.repeat(500).as_bytes(), &Secrets::default()).chars().count() <= 301);
}

proptest! {
    #[test]
    fn any_error_body_gives_one_short_line(body in "(<(style|script|b)>|</|[<>{}\":äa]|\\PC|\n)*") {
        let text = fault::text(body.as_bytes(), &Secrets::default());
        prop_assert!(!text.contains('\n') && text.chars().count() <= 301);
    }

    #[test]
    fn any_next_link_stays_on_our_path(link in "(https?://)?(h|evil)?[/?a-c@:#\\\\.0-9]*") {
        let first = Url::parse("https://h:1/x/a?limit=1").unwrap();
        if let Ok(next) = paging::next_url(&first, &link) {
            prop_assert_eq!(&next[..url::Position::AfterPath], &first[..url::Position::AfterPath]);
        }
    }
}
