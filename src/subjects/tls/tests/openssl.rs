//! Looks at `openssl s_server` in variants.

use super::peer::{self, folder, openssl, self_signed, serve};
use super::{ciphers, look, spoken, unknown};
use crate::tls::Authorities;
use rstest::rstest;
use scs_checks::facts::{Probed, ProtocolVersion};

const OLD: &str = "-cipher ALL:@SECLEVEL=0";

#[rstest]
#[case::default("", "TLSv1.2 TLSv1.3")]
#[case::tls13("-tls1_3", "TLSv1.3")]
#[case::tls12("-tls1_2", "TLSv1.2")]
#[case::tls11("-tls1_1 -cipher ALL:@SECLEVEL=0", "TLSv1.1")]
#[case::tls10("-tls1 -cipher ALL:@SECLEVEL=0", "TLSv1.0")]
#[case::all("-min_protocol TLSv1 -cipher ALL:@SECLEVEL=0", "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3")]
#[case::none_in_the_middle("-no_tls1_2 -min_protocol TLSv1 -cipher ALL:@SECLEVEL=0", "TLSv1.0 TLSv1.1 TLSv1.3")]
#[tokio::test]
async fn versions_are_those_of_the_server(#[case] options: &str, #[case] expected: &str) {
    let folder = folder();
    self_signed(&folder, "rsa:2048");
    let seen = look(serve(folder, options).port, &Authorities::none()).await;
    let versions: Vec<String> = spoken(&seen).iter().map(|protocol| protocol.version.to_string()).collect();
    assert_eq!(versions.join(" "), expected);
}

#[rstest]
#[case::two("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA", "rsa:2048", &["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA"])]
#[case::static_rsa("-tls1_2 -cipher AES128-SHA256:AES256-GCM-SHA384", "rsa:2048", &["TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"])]
#[case::ecdsa("-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-SHA", "ec -pkeyopt ec_paramgen_curve:P-256", &["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"])]
#[case::camellia("-tls1_2 -cipher CAMELLIA256-SHA:ARIA256-GCM-SHA384@SECLEVEL=0", "rsa:2048", &["TLS_RSA_WITH_ARIA_256_GCM_SHA384", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"])]
#[case::without_encryption("-tls1_2 -cipher NULL-SHA256:@SECLEVEL=0", "rsa:2048", &["TLS_RSA_WITH_NULL_SHA256"])]
#[case::anonymous("-tls1_2 -cipher ADH-AES128-SHA:AECDH-AES128-SHA:AES128-SHA:@SECLEVEL=0", "rsa:2048", &["TLS_DH_anon_WITH_AES_128_CBC_SHA", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"])]
#[case::shared_key("-tls1_2 -psk 1a2b3c4d -cipher DHE-PSK-AES128-CBC-SHA:ECDHE-PSK-AES128-CBC-SHA:AES128-SHA@SECLEVEL=0", "rsa:2048", &["TLS_DHE_PSK_WITH_AES_128_CBC_SHA", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"])]
#[tokio::test]
async fn cipher_suites_are_those_of_the_server(#[case] options: &str, #[case] key: &str, #[case] expected: &[&str]) {
    let folder = folder();
    self_signed(&folder, key);
    let seen = look(serve(folder, options).port, &Authorities::none()).await;
    assert_eq!(ciphers(&seen, ProtocolVersion::Tls12), expected);
}

#[tokio::test]
async fn cipher_suites_of_the_newest_version_are_those_of_the_server() {
    let folder = folder();
    self_signed(&folder, "rsa:2048");
    let server = serve(folder, "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    let seen = look(server.port, &Authorities::none()).await;
    let expected = ["TLS_AES_128_CCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"];
    assert_eq!(ciphers(&seen, ProtocolVersion::Tls13), expected);
    let Probed::Seen(certificates) = &seen.certificates else { panic!("{seen:?}") };
    assert_eq!(certificates.len(), 1, "it is encrypted, and fetched all the same");
}

/// Every cipher suite that OpenSSL can negotiate at all, with all kinds of keys that it takes at once.
#[tokio::test]
async fn no_cipher_suite_is_overlooked() {
    let folder = folder();
    self_signed(&folder, "ec -pkeyopt ec_paramgen_curve:P-256");
    for (from, to) in [("c.pem", "ec.pem"), ("k.pem", "eck.pem")] {
        std::fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
    }
    self_signed(&folder, "rsa:2048");
    let listed = std::process::Command::new("openssl")
        .args("ciphers -tls1_2 -s -stdname ALL:eNULL:@SECLEVEL=0".split(' '))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    // Keys of DSA, GOST and SRP are not there.
    let mut expected: Vec<String> = names
        .filter(|name| !["_DSS_", "_SRP_", "_PSK_", "GOST"].iter().any(|part| name.contains(part)))
        .map(str::to_owned)
        .collect();
    expected.sort();
    let server = serve(folder, "-tls1_2 -dcert ec.pem -dkey eck.pem -cipher ALL:eNULL:@SECLEVEL=0");
    let seen = look(server.port, &Authorities::none()).await;
    assert!(expected.len() > 50, "{expected:?}");
    assert_eq!(ciphers(&seen, ProtocolVersion::Tls12), expected);
    let Probed::Seen(certificates) = &seen.certificates else { panic!("{seen:?}") };
    let mut kinds: Vec<&str> = certificates.iter().map(|certificate| certificate.key.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["ecdsa", "rsa"], "both certificates are seen");
}

#[rstest]
#[case::x25519("X25519", "x25519", "x25519")]
#[case::nist("P-256", "secp256r1", "secp256r1")]
#[case::several("X448:P-521:X25519", "secp521r1 x25519 x448", "secp521r1 x25519 x448")]
#[case::field("ffdhe2048:P-384", "secp384r1", "ffdhe2048 secp384r1")]
#[tokio::test]
async fn groups_are_those_of_the_server(#[case] groups: &str, #[case] older: &str, #[case] newest: &str) {
    let folder = folder();
    self_signed(&folder, "rsa:2048");
    let server = serve(folder, &format!("-groups {groups} -cipher ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"));
    let seen = look(server.port, &Authorities::none()).await;
    let found: Vec<String> = spoken(&seen)
        .into_iter()
        .map(|protocol| {
            let mut names: Vec<String> = protocol.groups.into_iter().map(|group| group.name).collect();
            names.sort();
            names.join(" ")
        })
        .collect();
    assert_eq!(found, [older, newest]);
}

#[rstest]
#[case::short("1024", 1024)]
#[case::long("ffdhe2048", 2048)]
#[case::longer("ffdhe3072", 3072)]
#[tokio::test]
async fn the_prime_of_diffie_hellman_is_measured(#[case] group: &str, #[case] bits: u32) {
    let folder = folder();
    self_signed(&folder, "rsa:2048");
    match group {
        "1024" => std::fs::write(folder.path().join("dh.pem"), include_str!("dh1024.pem")).unwrap(),
        named => openssl(&folder, &format!("genpkey -genparam -algorithm DH -pkeyopt group:{named} -out dh.pem")),
    }
    let server =
        serve(folder, "-tls1_2 -dhparam dh.pem -cipher DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA:@SECLEVEL=0");
    let seen = look(server.port, &Authorities::none()).await;
    let protocol = spoken(&seen).remove(0);
    assert_eq!((protocol.dh_bits, protocol.ciphers.len(), protocol.groups.len()), (Some(bits), 2, 0));
}

#[rstest]
#[case::short("rsa:1024", "rsa", Some(1024), None, "sha256WithRSAEncryption")]
#[case::long("rsa:2048", "rsa", Some(2048), None, "sha256WithRSAEncryption")]
#[case::curve("ec -pkeyopt ec_paramgen_curve:P-384", "ecdsa", None, Some("secp384r1"), "ecdsa-with-SHA256")]
#[case::other_curve("ec -pkeyopt ec_paramgen_curve:secp521r1", "ecdsa", None, Some("secp521r1"), "ecdsa-with-SHA256")]
#[case::edwards("ed25519", "ed25519", None, None, "ED25519")]
#[case::other_hash("rsa:2048 -sha1", "rsa", Some(2048), None, "sha1WithRSAEncryption")]
#[tokio::test]
async fn keys_and_signatures_of_certificates_are_read(
    #[case] key: &str,
    #[case] kind: &str,
    #[case] bits: Option<u32>,
    #[case] curve: Option<&str>,
    #[case] signature: &str,
) {
    let folder = folder();
    self_signed(&folder, key);
    let seen = look(serve(folder, OLD).port, &Authorities::none()).await;
    let Probed::Seen(certificates) = &seen.certificates else { panic!("{seen:?}") };
    let [certificate] = certificates.as_slice() else { panic!("{certificates:?}") };
    let found = (certificate.key.kind.as_str(), certificate.key.bits, certificate.key.curve.as_deref());
    assert_eq!((found, certificate.signature.as_str()), ((kind, bits, curve), signature));
    assert_eq!((certificate.names.join(" "), certificate.chain), ("127.0.0.1".to_owned(), 1));
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_unknown() {
    let folder = folder();
    self_signed(&folder, "ec -pkeyopt ec_paramgen_curve:P-256");
    // Cipher suites for keys of RSA only, and no other version.
    let seen = look(serve(folder, "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256").port, &Authorities::none()).await;
    let told = unknown(&seen);
    assert!(told.starts_with("inconclusive: ") && told.ends_with("it refuses every TLS handshake"), "{told}");
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_is_seen_all_the_same() {
    let folder = folder();
    self_signed(&folder, "rsa:2048");
    let seen = look(serve(folder, "-Verify 1").port, &Authorities::none()).await;
    assert_eq!(spoken(&seen).len(), 2);
    assert!(matches!(&seen.certificates, Probed::Seen(certificates) if certificates.len() == 1), "{seen:?}");
}

/// Forty servers at once: however many, each is seen whole.
#[tokio::test]
async fn many_servers_are_looked_at_together() {
    let make = || {
        let folder = folder();
        let key = rcgen::KeyPair::generate().unwrap();
        peer::signed(&folder, &peer::authority(), "127.0.0.1", &key, (-1, 80));
        serve(folder, "")
    };
    let servers: Vec<_> = (0..40).map(|_| make()).collect();
    let authorities = Authorities::none();
    let began = std::time::Instant::now();
    let looks = servers.iter().map(|server| look(server.port, &authorities));
    let all = futures_util::future::join_all(looks).await;
    eprintln!("40 servers in {:?}, {} handshakes each", began.elapsed(), all[0].handshakes);
    assert!(all.iter().all(|seen| spoken(seen).len() == 2));
}
