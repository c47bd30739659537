use super::answer::{Verdict, judge};
use super::queue::{Age, Queue};
use super::spool::contents;
use super::*;
use crate::config::{Secret, Signing, SigningKeySource};
use crate::sign::{SignerError, SigningAgent, signer};
use rstest::rstest;
use scs_signatures::{REPORT, Signature, Signers, SigningKey};
use scs_subjects::secrets::Secrets;
use scs_subjects::watch::Stop;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn keygen(folder: &Path, name: &str, kind: &[&str], passphrase: &str) -> std::path::PathBuf {
    let key = folder.join(name);
    let made = Command::new("ssh-keygen").args(["-q", "-N", passphrase, "-C", "", "-f"]).arg(&key).args(kind).status();
    assert!(made.unwrap().success());
    key
}

fn signing(key: &Path, passphrase: Option<&str>) -> Signing {
    Signing {
        key: SigningKeySource::Key(Secret::File(key.to_owned())),
        passphrase: passphrase.map(|_| Secret::Env("PASSPHRASE".to_owned())),
        identity: "provider-a".to_owned(),
    }
}

async fn prepared(signing: &Signing, variable: impl Fn(&str) -> Option<String>) -> Result<SigningAgent, SignerError> {
    signer(signing, variable, &Secrets::default(), Stop::default()).await
}

async fn signed(signing: &Signing, passphrase: &str, report: &str) -> Result<String, SignerError> {
    let variable = |name: &str| (name == "PASSPHRASE").then(|| passphrase.to_owned());
    prepared(signing, variable).await?.sign(report).await
}

/// Asks `ssh-keygen` itself.
fn assert_good(folder: &Path, key: &Path, signature: &str, report: &str) {
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    fs::write(folder.join("signers"), format!("provider-a {public}")).unwrap();
    fs::write(folder.join("report"), report).unwrap();
    fs::write(folder.join("report.sig"), signature).unwrap();
    let asked = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", "provider-a", "-n", REPORT, "-f"])
        .arg(folder.join("signers"))
        .arg("-s")
        .arg(folder.join("report.sig"))
        .stdin(fs::File::open(folder.join("report")).unwrap())
        .output()
        .unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
}

#[rstest]
#[case::ed25519(&["-t", "ed25519"], "")]
#[case::ecdsa(&["-t", "ecdsa", "-b", "256"], "")]
#[case::encrypted(&["-t", "ed25519"], "sesame")]
#[tokio::test]
async fn ssh_keygen_accepts_our_signatures(#[case] kind: &[&str], #[case] passphrase: &str) {
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", kind, passphrase);
    let signing = signing(&key, Some(passphrase).filter(|text| !text.is_empty()));
    let signature = signed(&signing, passphrase, "---\nreport: 1\n").await.unwrap();
    assert_good(folder.path(), &key, &signature, "---\nreport: 1\n");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let signers = Signers::parse(&format!("me {public}")).unwrap();
    let parsed = Signature::parse(signature.as_bytes()).unwrap();
    assert_eq!(signers.verify(REPORT, b"---\nreport: 1\n", &parsed, chrono::Utc::now()), Ok("me"));
}

/// Ed25519 has one signature for a content, so that both programs write the same bytes.
#[tokio::test]
async fn our_signature_is_that_of_ssh_keygen() {
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", &["-t", "ed25519"], "");
    fs::write(folder.path().join("report"), "text").unwrap();
    let mut sign = Command::new("ssh-keygen");
    let made = sign.args(["-q", "-Y", "sign", "-n", REPORT, "-f"]).arg(&key).arg(folder.path().join("report"));
    assert!(made.status().unwrap().success());
    let theirs = fs::read_to_string(folder.path().join("report.sig")).unwrap();
    assert_eq!(signed(&signing(&key, None), "", "text").await.unwrap(), theirs);
}

#[rstest]
#[case::no_passphrase(None, "the key is encrypted; give its passphrase by reference")]
#[case::wrong_passphrase(Some("wrong"), "the passphrase is not the one of the key")]
#[tokio::test]
async fn key_that_cannot_be_decrypted_is_named(#[case] passphrase: Option<&str>, #[case] expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", &["-t", "ed25519"], "sesame");
    let error = signed(&signing(&key, passphrase), "wrong", "text").await.unwrap_err().to_string();
    assert!(error.contains(expected) && error.contains(&key.display().to_string()), "{error}");
}

#[tokio::test]
async fn key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", &["-t", "ed25519"], "");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = signed(&signing(&key, None), "", "text").await.unwrap_err().to_string();
    assert!(error.contains("others may read this file (mode 644)"), "{error}");
}

#[tokio::test]
async fn keys_of_rsa_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", &["-t", "rsa", "-b", "2048"], "");
    let error = signed(&signing(&key, None), "", "text").await.unwrap_err().to_string();
    assert!(error.contains("cannot sign here; make one with `ssh-keygen -t ed25519`"), "{error}");
}

/// An agent that ends with the test.
struct RunningAgent {
    child: std::process::Child,
    socket: std::path::PathBuf,
}

impl RunningAgent {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("agent");
        let child = Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        while !socket.exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, socket }
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn agent_signs() {
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", &["-t", "ed25519"], "");
    let agent = RunningAgent::start(folder.path());
    let signing = Signing { key: SigningKeySource::Agent(key.with_extension("pub")), ..signing(&key, None) };
    let socket = agent.socket.display().to_string();
    let variable = |name: &str| (name == "SSH_AUTH_SOCK").then(|| socket.clone());
    let without_the_key = prepared(&signing, variable).await.unwrap().sign("text").await.unwrap_err().to_string();
    assert!(without_the_key.contains("it refuses; `ssh-add -l` shows the keys"), "{without_the_key}");
    let added = Command::new("ssh-add").arg("-q").arg(&key).env("SSH_AUTH_SOCK", &agent.socket).status().unwrap();
    assert!(added.success());
    let signature = prepared(&signing, variable).await.unwrap().sign("text").await.unwrap();
    assert_good(folder.path(), &key, &signature, "text");
    drop(agent);
    let gone = prepared(&signing, variable).await.unwrap().sign("text").await.unwrap_err().to_string();
    assert!(gone.contains("does not sign"), "{gone}");
    let none = prepared(&signing, |_| None).await.err().unwrap().to_string();
    assert!(none.contains("SSH_AUTH_SOCK is not set"), "{none}");
}

#[rstest]
#[case::stored(200, Some("application/json"), "null", "Over(Accepted)")]
#[case::already_there(409, Some("application/json"), "{\"detail\": \"x\"}", "Over(AlreadyThere)")]
#[case::nothing_stored(
    200,
    Some("application/json"),
    "{\"detail\": \"empty reports\"}",
    "not the answer of a result server"
)]
#[case::nonsense(200, Some("text/html"), "<html>", "not the answer of a result server")]
#[case::redirect(301, None, "", "it redirects")]
#[case::signature(401, None, "bad signature", "check account, token and key")]
#[case::delegation(403, None, "", "ask for a delegation")]
#[case::nothing_there(404, None, "", "no result server at this address")]
#[case::too_large(413, None, "", "too large")]
#[case::form(415, None, "", "it does not take this form")]
#[case::unknown_field(422, None, "subject x", "subject x")]
#[case::broken(500, None, "oops", "Again(\"HTTP 500: oops\")")]
#[case::busy(429, None, "", "Again(\"HTTP 429: \")")]
#[case::teapot(418, None, "", "see its answer")]
fn each_answer_has_its_remedy(
    #[case] status: u16,
    #[case] kind: Option<&str>,
    #[case] body: &str,
    #[case] expected: &str,
) {
    let verdict = judge(status, kind, body);
    assert!(format!("{verdict:?}").contains(expected), "{verdict:?}");
    assert_eq!(matches!(verdict, Verdict::Over(_)), expected.starts_with("Over"));
}

fn parcel(report: &str, minute: u32) -> Parcel {
    Parcel {
        server: "https://compliance.example.org".to_owned(),
        account: "provider-a".to_owned(),
        subject: "a".to_owned(),
        report: report.to_owned(),
        signed_at: chrono::NaiveDate::from_ymd_opt(2026, 11, 30).unwrap().and_hms_opt(3, minute, 0).unwrap().and_utc(),
        refusal: None,
        body: Parcel::body("-----END SSH SIGNATURE-----\n", "---\n"),
    }
}

#[test]
fn spool_gives_the_oldest_first_and_names_what_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path());
    spool.add(&parcel("b", 1)).unwrap();
    spool.add(&parcel("a", 2)).unwrap();
    spool.add(&parcel("b", 1)).unwrap();
    fs::write(folder.path().join("x.json"), "{").unwrap();
    let Contents { parcels, problems } = spool.waiting().unwrap();
    let names = |parcels: &[Spooled]| parcels.iter().map(|one| one.report.clone()).collect::<Vec<_>>();
    assert_eq!(names(&parcels), ["b", "a"]);
    assert_eq!(spool.open(&parcels[0]).unwrap(), parcel("b", 1));
    assert!(problems[0].to_string().contains("x.json is no parcel"), "{}", problems[0]);
    spool.remove(&parcels[0]).unwrap();
    spool.remove(&parcels[0]).unwrap();
    assert_eq!(names(&spool.waiting().unwrap().parcels), ["a"]);
    assert_eq!(parcel("a", 0).body, "-----END SSH SIGNATURE-----\n&---\n");
}

/// A report that one account has got is still to be sent to the others.
#[rstest]
#[case::account("https://compliance.example.org", "provider-b")]
#[case::sign_in_the_address("https://compliance-example.org", "provider-a")]
fn each_account_of_each_server_has_a_parcel_of_its_own(#[case] server: &str, #[case] account: &str) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path());
    let first = spool.add(&parcel("a", 1)).unwrap();
    let other = Parcel { server: server.to_owned(), account: account.to_owned(), ..parcel("a", 1) };
    let second = spool.add(&other).unwrap();
    spool.remove(&first).unwrap();
    assert_eq!(spool.waiting().unwrap().parcels, [second]);
}

#[test]
fn only_the_oldest_parcels_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path());
    for minute in [5, 3, 1, 2, 4, 0] {
        spool.add(&parcel(&format!("{minute}"), minute)).unwrap();
    }
    let found = contents(folder.path(), 2).unwrap();
    assert_eq!(found.parcels.iter().map(|one| one.report.as_str()).collect::<Vec<_>>(), ["0", "1"]);
    assert!(found.problems[0].to_string().contains("has 4 parcels more"), "{}", found.problems[0]);
}

#[test]
fn refused_parcel_is_kept_apart_until_it_is_dropped_or_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path());
    let refused = |spool: &Spool| spool.refused().unwrap().parcels;
    let count = |spool: &Spool| (spool.waiting().unwrap().parcels.len(), refused(spool).len());
    spool.refuse(&spool.add(&parcel("a", 1)).unwrap(), "HTTP 422").unwrap();
    assert_eq!(count(&spool), (0, 1));
    assert_eq!(refused(&spool)[0].refusal.as_deref(), Some("HTTP 422"));
    assert_eq!(spool.restore(&refused(&spool)[0]).unwrap().refusal, None);
    assert_eq!(count(&spool), (1, 0));
    spool.refuse(&spool.waiting().unwrap().parcels[0], "HTTP 422").unwrap();
    spool.remove(&spool.add(&parcel("a", 2)).unwrap()).unwrap();
    assert_eq!(count(&spool), (0, 0), "a later signature was delivered");
    spool.refuse(&spool.add(&parcel("a", 1)).unwrap(), "HTTP 422").unwrap();
    spool.add(&parcel("a", 1)).unwrap();
    assert_eq!(spool.drop_report("b").unwrap(), []);
    assert_eq!(spool.drop_report("a").unwrap().len(), 1);
    assert_eq!(count(&spool), (1, 0), "what was refused goes first");
    assert_eq!(spool.drop_report("a").unwrap().len(), 1);
    assert_eq!(count(&spool), (0, 0));
}

#[tokio::test]
async fn parcels_of_tonight_go_first() {
    let (folder, queue) = (tempfile::tempdir().unwrap(), Queue::default());
    let add = |report: &str, age| queue.add(parcel(report, 1).spooled(folder.path().join(report)), age);
    let names = async |is_in_trouble| queue.next(is_in_trouble).await.map(|(parcel, _)| parcel.report);
    add("old-1", Age::Earlier);
    add("old-2", Age::Earlier);
    add("new", Age::New);
    assert_eq!(names(false).await.as_deref(), Some("new"));
    assert_eq!(names(false).await.as_deref(), Some("old-1"));
    add("owed", Age::Again);
    assert_eq!(names(true).await.as_deref(), Some("owed"));
    let (next, ()) = tokio::join!(names(true), async { add("last", Age::New) });
    assert_eq!(next.as_deref(), Some("last"), "old ones must not use up the tries of a server in trouble");
    queue.close();
    assert_eq!(names(true).await.as_deref(), Some("old-2"));
    assert_eq!(names(true).await, None);
}

/// Nobody is there to confirm anything at night: an agent is waited for once, and hardly any more once the night is stopped.
#[rstest]
#[case::never_stopped(false, "no answer in time")]
#[case::stopped(true, "no answer before the night was stopped")]
#[tokio::test(start_paused = true)]
async fn silent_agent_is_asked_once(#[case] is_stopped: bool, #[case] expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let key = keygen(folder.path(), "key", &["-t", "ed25519"], "");
    let socket = folder.path().join("agent");
    let _listener = tokio::net::UnixListener::bind(&socket).unwrap();
    let signing = Signing { key: SigningKeySource::Agent(key.with_extension("pub")), ..signing(&key, None) };
    let stop = Stop::default();
    let variable = |_: &str| Some(socket.display().to_string());
    let agent = signer(&signing, variable, &Secrets::default(), stop.clone()).await.unwrap();
    if is_stopped {
        stop.throw("SIGTERM");
    }
    let first = agent.sign("text").await.unwrap_err().to_string();
    assert!(first.contains(expected), "{first}");
    let second = agent.sign("text").await.unwrap_err().to_string();
    assert!(second.contains("it did not answer before, and is not asked again"), "{second}");
}

#[test]
fn many_signatures_hold_both_ways() {
    let key = SigningKey::from_seed(&[7; 32]);
    let signers = Signers::parse(&format!("me {}", key.public_line().unwrap())).unwrap();
    for number in 0..50 {
        let content = format!("report {number}");
        let signature = Signature::parse(key.sign(REPORT, content.as_bytes()).unwrap().as_bytes()).unwrap();
        assert_eq!(signers.verify(REPORT, content.as_bytes(), &signature, chrono::Utc::now()), Ok("me"));
        assert!(signers.verify(REPORT, format!("{content}x").as_bytes(), &signature, chrono::Utc::now()).is_err());
    }
}
