//! Servers that say what OpenSSL no longer can, or should not.

use super::peer::authority;
use super::{ciphers, look, spoken, unknown};
use crate::tls::Authorities;
use rstest::rstest;
use scs_checks::facts::{Probed, ProtocolVersion};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A ClientHello, as far as a script needs it.
struct Heard {
    version: u16,
    ciphers: Vec<u16>,
    is_newest: bool,
}

fn heard(record: &[u8]) -> Heard {
    let short = |at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
    let ciphers = 44 + usize::from(record[43]);
    let count = usize::from(short(ciphers)) / 2;
    Heard {
        version: short(9),
        ciphers: (0..count).map(|index| short(ciphers + 2 + 2 * index)).collect(),
        is_newest: record.windows(7).any(|part| part == [0, 43, 0, 3, 2, 3, 4]),
    }
}

fn sized(width: usize, bytes: &[u8]) -> Vec<u8> {
    [&bytes.len().to_be_bytes()[8 - width..], bytes].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], sized(3, body).as_slice()].concat()
}

fn record(kind: u8, version: u16, content: &[u8]) -> Vec<u8> {
    [&[kind], version.to_be_bytes().as_slice(), &sized(2, content)].concat()
}

/// Returns everything that a server says up to TLS 1.2 until it waits.
fn flight(version: u16, cipher: u16, certificate: &[u8], key_exchange: Option<&[u8]>) -> Vec<u8> {
    let hello = [version.to_be_bytes().as_slice(), &[7; 32], &[0], &cipher.to_be_bytes(), &[0]].concat();
    let chain = sized(3, &sized(3, certificate));
    let mut all = [message(2, &hello), message(11, &chain)].concat();
    all.extend(key_exchange.map(|own| message(12, own)).unwrap_or_default());
    all.extend(message(14, &[]));
    all
}

const HANDSHAKE_FAILURE: [u8; 7] = [21, 3, 0, 0, 2, 2, 40];

/// Starts a server that answers each ClientHello by a script; nothing to say ends the connection.
async fn script(answer: impl Fn(Heard) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut record = vec![0; 5];
                if stream.read_exact(&mut record).await.is_err() {
                    return;
                }
                let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
                record.resize(5 + length, 0);
                if stream.read_exact(&mut record[5..]).await.is_ok() {
                    let _ = stream.write_all(&answer(heard(&record))).await;
                }
            });
        }
    });
    port
}

fn certificate() -> Vec<u8> {
    authority().der().to_vec()
}

/// A server of 1999: SSL 3 with RC4, 3DES and export ciphers.
#[tokio::test]
async fn ssl_3_and_its_cipher_suites_are_seen() {
    let certificate = certificate();
    let port = script(move |heard| {
        let own = [0x0005, 0x0003, 0x000a];
        let chosen = own.into_iter().find(|cipher| heard.ciphers.contains(cipher));
        match chosen.filter(|_| heard.version == 0x0300) {
            Some(cipher) => record(22, 0x0300, &flight(0x0300, cipher, &certificate, None)),
            None => HANDSHAKE_FAILURE.to_vec(),
        }
    });
    let seen = look(port.await, &Authorities::none()).await;
    assert_eq!(spoken(&seen).len(), 1);
    let expected = ["TLS_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"];
    assert_eq!(ciphers(&seen, ProtocolVersion::Ssl3), expected);
    assert!(matches!(&seen.certificates, Probed::Seen(certificates) if certificates.len() == 1), "{seen:?}");
}

/// A server that always answers in TLS 1.0, whatever newer version is offered.
#[tokio::test]
async fn an_older_version_than_offered_is_counted_where_it_belongs() {
    let certificate = certificate();
    let port = script(move |heard| match heard.ciphers.contains(&0x0005) && heard.version >= 0x0301 {
        true => record(22, 0x0301, &flight(0x0301, 0x0005, &certificate, None)),
        false => HANDSHAKE_FAILURE.to_vec(),
    });
    let versions: Vec<_> =
        spoken(&look(port.await, &Authorities::none()).await).iter().map(|protocol| protocol.version).collect();
    assert_eq!(versions, [ProtocolVersion::Tls10]);
}

/// Messages in pieces: across records, and several in one.
#[rstest]
#[case(1)]
#[case(3)]
#[case(100)]
#[case(16384)]
#[tokio::test]
async fn messages_may_come_in_pieces(#[case] size: usize) {
    let certificate = certificate();
    let port = script(move |heard| {
        // A prime of 1023 bits, behind a byte of zeros.
        let prime = [&[0, 0x40], [1; 127].as_slice()].concat();
        let own = [sized(2, &prime), sized(2, &[2]), sized(2, &[5; 128])].concat();
        match heard.version == 0x0303 && !heard.is_newest && heard.ciphers.contains(&0x0033) {
            true => {
                let whole = flight(0x0303, 0x0033, &certificate, Some(&own));
                whole.chunks(size).flat_map(|piece| record(22, 0x0303, piece)).collect()
            }
            false => HANDSHAKE_FAILURE.to_vec(),
        }
    });
    let protocol = spoken(&look(port.await, &Authorities::none()).await).remove(0);
    assert_eq!((protocol.ciphers[0].name.as_str(), protocol.dh_bits), ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", Some(1023)));
}

/// A server, or a device before it, that closes the connection instead of refusing by an alert.
#[tokio::test]
async fn closing_the_connection_is_a_refusal_where_others_are_accepted() {
    let certificate = certificate();
    let port = script(move |heard| match heard.version == 0x0303 && heard.ciphers.contains(&0x009c) {
        true if !heard.is_newest => record(22, 0x0303, &flight(0x0303, 0x009c, &certificate, None)),
        _ => Vec::new(),
    });
    let seen = look(port.await, &Authorities::none()).await;
    assert_eq!(spoken(&seen).len(), 1);
    assert_eq!(ciphers(&seen, ProtocolVersion::Tls12), ["TLS_RSA_WITH_AES_128_GCM_SHA256"]);
}

/// A server that has enough of us after some handshakes: what it refuses then says nothing.
#[tokio::test]
async fn a_server_that_turns_us_away_is_unknown() {
    let (certificate, count) = (certificate(), AtomicUsize::new(0));
    let port = script(move |heard| {
        let is_tired = count.fetch_add(1, Ordering::Relaxed) > 12;
        match !is_tired && heard.version == 0x0303 && heard.ciphers.contains(&0x009c) {
            true if !heard.is_newest => record(22, 0x0303, &flight(0x0303, 0x009c, &certificate, None)),
            _ if is_tired => Vec::new(),
            _ => HANDSHAKE_FAILURE.to_vec(),
        }
    });
    let told = unknown(&look(port.await, &Authorities::none()).await);
    assert!(told.contains("it closes connections, also after what it accepted before"), "{told}");
}

#[rstest]
#[case::web(b"HTTP/1.1 400 Bad Request\r\n\r\n", "invalid-answer", "it does not speak TLS")]
#[case::mail(b"220 mail.example.org ESMTP\r\n", "invalid-answer", "it does not speak TLS")]
#[case::data_at_once(&[23, 3, 3, 0, 1, 0], "invalid-answer", "data before the handshake")]
#[case::no_hello(&[22, 3, 3, 0, 4, 14, 0, 0, 0], "invalid-answer", "the order of its messages")]
#[case::too_long(&[22, 3, 3, 0xff, 0xff], "invalid-answer", "a record that is too long")]
#[case::breaks_off(&[22, 3, 3, 0, 100, 2, 0], "inconclusive", "breaks off in the middle")]
#[case::closes(&[], "inconclusive", "it refuses every TLS handshake")]
#[tokio::test]
async fn what_is_not_tls_is_unknown(#[case] answer: &'static [u8], #[case] code: &str, #[case] what: &str) {
    let told = unknown(&look(script(|_| answer.to_vec()).await, &Authorities::none()).await);
    assert!(told.starts_with(code) && told.ends_with(what), "{told}");
}

#[rstest]
#[case::cipher(0x0303, 0x1234)]
#[case::version(0x0304, 0x009c)]
#[tokio::test]
async fn a_choice_that_was_not_offered_is_unknown(#[case] version: u16, #[case] cipher: u16) {
    let certificate = certificate();
    let port = script(move |heard| match heard.is_newest {
        true => HANDSHAKE_FAILURE.to_vec(),
        false => record(22, 0x0303, &flight(version, cipher, &certificate, None)),
    });
    let told = unknown(&look(port.await, &Authorities::none()).await);
    assert!(told.ends_with("it chooses what was not offered"), "{told}");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let told = unknown(&look(port, &Authorities::none()).await);
    assert_eq!(told, format!("unreachable: 127.0.0.1:{port}: nothing listens there"));
}
