//! HTTPS: whom the client trusts, and how it shows who it is.

use super::{assert_complete, assert_not_let_in, clouds, run, settings};
use crate::program::Program;
use crate::support::conformant;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use scs_reports::Report;
use scs_simcloud::{SimCloud, Tls};
use serde_json::{Value, json};
use tempfile::TempDir;

type Authority = CertifiedIssuer<'static, KeyPair>;

pub(super) fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    // Two authorities of one name would be one authority with a wrong key.
    let name = format!("Test authority {:?}", &key.public_key_raw()[..8]);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, key).unwrap()
}

/// Returns a certificate and its key, as PEM.
fn signed(authority: &Authority, name: &str, years: (i32, i32), purpose: ExtendedKeyUsagePurpose) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    params.extended_key_usages = vec![purpose];
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

/// Starts a cloud with a certificate for this host; with `client_ca` it wants to know who asks.
pub(super) async fn serving(
    authority: &Authority,
    name: &str,
    years: (i32, i32),
    client_ca: Option<&Authority>,
    http2: bool,
) -> SimCloud {
    let (certificate, key) = signed(authority, name, years, ExtendedKeyUsagePurpose::ServerAuth);
    let tls = Tls { certificate, key, client_ca: client_ca.map(|authority| authority.pem()), http2 };
    SimCloud::builder(conformant(|_| {})).tls(tls).start().await.unwrap()
}

const NOW: (i32, i32) = (2020, 2100);

/// Makes a folder with the authority's certificate in `ca.pem`.
fn files(authority: &Authority) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    folder
}

fn path(folder: &TempDir, name: &str) -> Value {
    json!(folder.path().join(name))
}

#[rstest]
#[case::http1(false)]
#[case::http2(true)]
#[tokio::test]
async fn the_own_authority_is_trusted(#[case] http2: bool) {
    let authority = authority();
    let cloud = serving(&authority, "127.0.0.1", NOW, None, http2).await;
    let folder = files(&authority);
    assert_complete(&run(&settings(&cloud, &json!({"cacert": path(&folder, "ca.pem")}))).await);
}

#[rstest]
#[case(json!({"verify": false}))]
#[case(json!({"insecure": true}))]
#[case(json!({"verify": "no", "cacert": "/nonexistent"}))]
#[tokio::test]
async fn anyone_is_trusted_who_wants_that(#[case] more: Value) {
    for (name, years) in [("127.0.0.1", NOW), ("other.example", NOW), ("127.0.0.1", (2020, 2021))] {
        let cloud = serving(&authority(), name, years, None, false).await;
        assert_complete(&run(&settings(&cloud, &more)).await);
    }
}

#[rstest]
#[case::no_cacert("127.0.0.1", NOW, false, "set `cacert`")]
#[case::another_authority("127.0.0.1", NOW, true, "set `cacert`")]
#[case::another_host("other.example", NOW, false, "another host name")]
#[case::expired("127.0.0.1", (2020, 2021), false, "has expired")]
#[case::not_yet_valid("127.0.0.1", (2090, 2100), false, "not valid yet")]
#[tokio::test]
async fn a_certificate_that_is_not_good_is_told(
    #[case] name: &str,
    #[case] years: (i32, i32),
    #[case] other: bool,
    #[case] words: &str,
) {
    let (own, another) = (authority(), authority());
    let cloud = serving(&own, name, years, None, false).await;
    let folder = files(if other { &another } else { &own });
    let trusting = json!({"cacert": path(&folder, "ca.pem")});
    let more = if words.contains("cacert") && !other { json!({}) } else { trusting };
    let message = assert_not_let_in(&run(&settings(&cloud, &more)).await, ReasonCode::BadCertificate);
    assert!(message.contains(words), "{message}");
    assert_eq!(cloud.requests().len(), 0);
}

#[tokio::test]
async fn http_and_https_are_told_apart() {
    let plain = SimCloud::start(conformant(|_| {})).await.unwrap();
    let mut wrong = settings(&plain, &json!({"verify": false}));
    wrong["auth"]["auth_url"] = json!(plain.auth_url().replace("http:", "https:"));
    let message = assert_not_let_in(&run(&wrong).await, ReasonCode::Unreachable);
    assert!(message.contains("does not speak TLS"), "{message}");
}

/// Runs against a cloud that wants to see a client certificate, with what is in `folder`.
async fn mutual(cloud: &SimCloud, folder: &TempDir, more: Value) -> Report {
    let mut settings = settings(cloud, &more);
    settings["cacert"] = path(folder, "ca.pem");
    run(&settings).await
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let (own, clients) = (authority(), authority());
    let cloud = serving(&own, "127.0.0.1", NOW, Some(&clients), false).await;
    let folder = files(&own);
    let (certificate, key) = signed(&clients, "client", NOW, ExtendedKeyUsagePurpose::ClientAuth);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("c.pem", &certificate);
    write("k.pem", &key);
    write("both.pem", &format!("{certificate}{key}"));
    let both = json!({"cert": path(&folder, "c.pem"), "key": path(&folder, "k.pem")});
    assert_complete(&mutual(&cloud, &folder, both).await);
    assert_complete(&mutual(&cloud, &folder, json!({"cert": path(&folder, "both.pem")})).await);
}

#[tokio::test]
async fn a_client_certificate_that_is_missing_or_unknown_is_told() {
    let (own, clients) = (authority(), authority());
    let cloud = serving(&own, "127.0.0.1", NOW, Some(&clients), false).await;
    let folder = files(&own);
    let message = assert_not_let_in(&mutual(&cloud, &folder, json!({})).await, ReasonCode::BadCertificate);
    assert!(message.contains("asks for a client certificate") && message.contains("`cert` and `key`"), "{message}");

    let (certificate, key) = signed(&own, "stranger", NOW, ExtendedKeyUsagePurpose::ClientAuth);
    std::fs::write(folder.path().join("both.pem"), format!("{certificate}{key}")).unwrap();
    let stranger = mutual(&cloud, &folder, json!({"cert": path(&folder, "both.pem")})).await;
    let message = assert_not_let_in(&stranger, ReasonCode::BadCertificate);
    assert!(message.contains("check `cert` and `key`"), "{message}");
}

/// The files that the settings name are read before anything is asked; what is wrong with them is a usage error.
#[rstest]
#[case::missing("cacert", "none.pem", "does not exist")]
#[case::folder("cacert", ".", "is a folder")]
#[case::no_certificate("cacert", "junk.pem", "no PEM certificate")]
#[case::no_key("cert", "ca.pem", "no PEM private key")]
#[tokio::test]
async fn a_file_that_is_no_good_is_named(#[case] key: &str, #[case] file: &str, #[case] words: &str) {
    let authority = authority();
    let cloud = serving(&authority, "127.0.0.1", NOW, None, false).await;
    let program =
        Program::new("check iaas --cloud sim --quiet").clouds(&clouds(&settings(&cloud, &json!({key: file}))));
    let ended = program.file("ca.pem", authority.pem()).file("junk.pem", "junk").run().await.assert_code(2);
    assert!(ended.stderr.contains(words) && ended.stderr.contains(key), "{}", ended.stderr);
    assert_eq!(cloud.connections(), 0);
}

#[tokio::test]
async fn a_file_that_only_looks_like_a_certificate_is_told() {
    let authority = authority();
    let cloud = serving(&authority, "127.0.0.1", NOW, None, false).await;
    let folder = files(&authority);
    let broken = "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n";
    std::fs::write(folder.path().join("ca.pem"), broken).unwrap();
    let more = json!({"cacert": path(&folder, "ca.pem")});
    let message = assert_not_let_in(&run(&settings(&cloud, &more)).await, ReasonCode::Configuration);
    assert!(message.contains("`cacert` cannot be used"), "{message}");
}
