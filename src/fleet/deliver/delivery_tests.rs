//! Deliveries to servers that answer as they are told, or not at all.

use super::*;
use crate::config::Config;
use crate::run::KeepSecrets;
use crate::summary::{DeliveryOutcome, DeliveryRecord};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use scs_checks::definition::Source;
use scs_signatures::SigningKey;
use scs_subjects::secrets::Secrets;
use scs_subjects::watch::Stop;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const TOKEN: &str = "wonderland-7Qx";

/// A server that gives these answers, the last one again and again; it is silent if there are none.
struct Told {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Told {
    async fn start(answers: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answers: Vec<(u16, String)> = answers.iter().map(|(status, text)| (*status, (*text).to_owned())).collect();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, seen) = (answers.clone(), Arc::clone(&seen));
                tokio::spawn(async move { drop(serve(stream, &answers, &seen).await) });
            }
        });
        Self { url, requests, task }
    }

    fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

async fn serve(mut stream: TcpStream, answers: &[(u16, String)], seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"END") {
        request.push(stream.read_u8().await?);
    }
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(String::from_utf8(request).unwrap());
        seen.len() - 1
    };
    let Some((status, text)) = answers.get(number).or(answers.last()) else { return std::future::pending().await };
    let length = text.len();
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}"
    );
    stream.write_all(format!("{head}\r\n\r\n{text}").as_bytes()).await
}

struct Scene {
    folder: tempfile::TempDir,
    config: Config,
    stop: Stop,
}

impl Scene {
    /// Returns a configuration with these servers; `token` says where the token is.
    fn new(servers: &[&Told], token: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        private(&folder.path().join("key"), &SigningKey::from_seed(&[7; 32]).to_openssh().unwrap());
        private(&folder.path().join("token"), TOKEN);
        let token = token.replace("FOLDER", folder.path().to_str().unwrap());
        let mut text = "signing: {key: {file: key}, identity: me}\nservers:\n".to_owned();
        for server in servers {
            text += &format!("  - {{url: '{}', account: me, token: {token}}}\n", server.url);
        }
        text += "subjects: [{name: a, scope: scs-compatible-iaas, cloud: a}]\n";
        let source = Source::new("scs-conformance.yaml", text.as_bytes()).unwrap();
        let config = Config::load(&source, folder.path(), &scs_standards::embedded().unwrap()).unwrap();
        fs::create_dir(folder.path().join("spool")).unwrap();
        Self { folder, config, stop: Stop::default() }
    }

    fn spool(&self) -> Spool {
        Spool::new(self.folder.path().join("spool"))
    }

    /// Puts parcels into the spool, as earlier nights leave them.
    fn add(&self, server: &Told, reports: &[&str]) {
        for report in reports {
            self.spool().add(&parcel(&server.url, report)).unwrap();
        }
    }

    async fn deliverer(&self) -> Deliverer<'_> {
        let keep: KeepSecrets = Arc::new(|_| {});
        let spool = self.folder.path().join("spool");
        Deliverer::new(&self.config, &spool, self.stop.clone(), &|_| None, &keep).await.unwrap()
    }

    /// Sends what is in the spool.
    async fn send(&self) -> Vec<DeliveryRecord> {
        let deliverer = self.deliverer().await;
        let mut records = deliverer.queue_spooled().await.unwrap().records;
        deliverer.close();
        records.extend(deliverer.send().await);
        records
    }

    /// Returns the numbers of parcels that wait, and of those that were refused.
    fn left(&self) -> (usize, usize) {
        (self.spool().waiting().unwrap().parcels.len(), self.spool().refused().unwrap().parcels.len())
    }
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn parcel(server: &str, report: &str) -> Parcel {
    Parcel {
        server: server.to_owned(),
        account: "me".to_owned(),
        subject: format!("subject-{report}"),
        report: report.to_owned(),
        signed_at: chrono::Utc::now(),
        refusal: None,
        body: "END".to_owned(),
    }
}

fn outcomes(records: &[DeliveryRecord], server: &Told) -> Vec<DeliveryOutcome> {
    records.iter().filter(|record| record.server == server.url).map(|record| record.outcome).collect()
}

#[tokio::test]
async fn silent_server_keeps_no_other_waiting() {
    let (silent, live) = (Told::start(&[]).await, Told::start(&[(200, "null")]).await);
    let scene = Scene::new(&[&silent, &live], "{file: token}");
    scene.add(&silent, &["1", "2", "3", "4"]);
    scene.add(&live, &["1", "2", "3", "4"]);
    let stopping = async {
        while live.requests() < 4 || silent.requests() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The last answer is on its way.
        while scene.left() != (4, 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        scene.stop.throw("enough");
    };
    let (records, ()) = tokio::join!(scene.send(), stopping);
    assert_eq!(outcomes(&records, &live), [DeliveryOutcome::Accepted; 4]);
    assert_eq!(outcomes(&records, &silent), [DeliveryOutcome::Spooled; 4]);
}

#[tokio::test(start_paused = true)]
async fn silent_server_is_given_up_after_one_report() {
    let silent = Told::start(&[]).await;
    let scene = Scene::new(&[&silent], "{file: token}");
    scene.add(&silent, &["1", "2", "3"]);
    let records = scene.send().await;
    let told = |number: usize| records[number].message.clone().unwrap();
    assert!(told(0).contains("no answer in time; it stays in the spool"), "{}", told(0));
    assert_eq!(told(1), "not sent, as the server did not take the reports before");
    assert_eq!((records.len(), scene.left()), (3, (3, 0)));
}

/// A command that prints a token may never end.
#[tokio::test]
async fn stop_ends_the_command_of_a_token() {
    let server = Told::start(&[(200, "null")]).await;
    let scene = Scene::new(&[&server], "{command: [sh, -c, 'touch FOLDER/began; exec sleep 1000']}");
    scene.add(&server, &["1"]);
    let stopping = async {
        while !scene.folder.path().join("began").exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        scene.stop.throw("enough");
    };
    let (records, ()) = tokio::join!(scene.send(), stopping);
    assert_eq!(records[0].message.as_deref(), Some("not sent, as the night was stopped (enough)"));
}

#[tokio::test]
async fn token_that_cannot_be_had_is_asked_for_once() {
    let server = Told::start(&[(200, "null")]).await;
    let scene = Scene::new(&[&server], "{command: [sh, -c, 'echo >> FOLDER/asked; exit 1']}");
    scene.add(&server, &["1", "2", "3"]);
    let records = scene.send().await;
    assert!(records.iter().all(|record| record.message.as_ref().unwrap().contains("there is no token")), "{records:?}");
    assert_eq!(fs::read_to_string(scene.folder.path().join("asked")).unwrap(), "\n");
    assert_eq!((server.requests(), scene.left()), (0, (3, 0)));
}

/// A mistake in the report stays; one in the account or the address can be mended.
#[rstest]
#[case::forbidden(403, (0, 1))]
#[case::too_large(413, (0, 1))]
#[case::unknown_field(422, (0, 1))]
#[case::token(401, (1, 0))]
#[case::address(404, (1, 0))]
#[case::login_page(200, (1, 0))]
#[tokio::test]
async fn refused_report_is_told_once_and_not_sent_again(#[case] status: u16, #[case] left: (usize, usize)) {
    let server = Told::start(&[(status, "no")]).await;
    let scene = Scene::new(&[&server], "{file: token}");
    scene.add(&server, &["1"]);
    let records = scene.send().await;
    assert_eq!(outcomes(&records, &server), [DeliveryOutcome::Refused]);
    let message = records[0].message.as_ref().unwrap();
    assert!(message.contains("`publish --spool --drop 1` removes it"), "{message}");
    assert_eq!(scene.left(), left);
    assert_eq!(scene.send().await.len(), left.0);
    assert_eq!(server.requests(), 1 + left.0);
}

#[tokio::test]
async fn parcel_without_its_server_waits_among_the_refused() {
    let (former, server) = (Told::start(&[(200, "null")]).await, Told::start(&[(200, "null")]).await);
    let scene = Scene::new(&[&server], "{file: token}");
    scene.add(&former, &["1"]);
    let records = scene.send().await;
    assert_eq!(outcomes(&records, &former), [DeliveryOutcome::Refused]);
    assert!(records[0].message.as_ref().unwrap().starts_with("the configuration does not name this server"));
    assert_eq!((scene.send().await, scene.left()), (Vec::new(), (0, 1)));
    let named = Scene::new(&[&former], "{file: token}");
    fs::remove_dir(named.folder.path().join("spool")).unwrap();
    fs::rename(scene.folder.path().join("spool"), named.folder.path().join("spool")).unwrap();
    assert_eq!(outcomes(&named.send().await, &former), [DeliveryOutcome::Accepted]);
    assert_eq!(named.left(), (0, 0));
}

/// A server may repeat what it was sent, and make a terminal do things.
#[tokio::test]
async fn answer_shows_no_secret_and_no_escape_sequence() {
    let login = STANDARD.encode(format!("me:{TOKEN}"));
    let server = Told::start(&[(422, &format!("Basic {login} {TOKEN} \u{1b}[31mred"))]).await;
    let scene = Scene::new(&[&server], "{file: token}");
    scene.add(&server, &["1"]);
    let message = scene.send().await[0].message.clone().unwrap();
    assert!(server.requests.lock().unwrap()[0].contains(&login), "the secret was sent");
    assert!(!message.contains(TOKEN) && !message.contains(&login) && !message.contains('\u{1b}'), "{message}");
    assert!(message.contains("Basic [secret] \\u{1b}[31mred"), "{message}");
}

/// That a server has the report is fine if it may have been sent before.
#[rstest]
#[case::first_try(true, &[(409, "")], "the server has another report with this id")]
#[case::after_a_failure(true, &[(503, ""), (409, "")], "AlreadyThere")]
#[case::not_new(false, &[(409, "")], "AlreadyThere")]
#[tokio::test]
async fn new_report_cannot_be_there_already(
    #[case] is_new: bool,
    #[case] answers: &[(u16, &str)],
    #[case] expected: &str,
) {
    let server = Told::start(answers).await;
    let client = Client::new(Duration::from_secs(30), Secrets::default()).unwrap();
    let told = match client.send(parcel(&server.url, "1"), TOKEN, is_new).await {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => error.to_string(),
    };
    assert!(told.contains(expected), "{told}");
}
