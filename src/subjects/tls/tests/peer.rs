//! `openssl s_server` as a peer: the Debian package `openssl`.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

/// A running server; it ends when this is dropped.
pub(super) struct Server {
    child: Child,
    pub port: u16,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Files for a server: `c.pem` and `k.pem` are its certificate and key.
pub(super) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs a command of OpenSSL in a folder.
pub(super) fn openssl(folder: &TempDir, arguments: &str) {
    let output = command(folder, arguments).output();
    let output = output.expect("the program `openssl` is missing: install the package openssl");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

fn command(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments.split_whitespace());
    command
}

/// Makes a certificate that nobody else vouches for, with a key of this kind, as `openssl req -newkey` has it.
pub(super) fn self_signed(folder: &TempDir, key: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey {key} -nodes -keyout k.pem -out c.pem -days 90 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
        ),
    );
}

/// Returns an authority of its own.
pub(super) fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Makes a certificate of an authority, valid from and until so many days from now.
pub(super) fn signed(folder: &TempDir, authority: &Authority, name: &str, key: &KeyPair, days: (i64, i64)) {
    let day = |days| {
        let day: DateTime<Utc> = Utc::now() + TimeDelta::days(days);
        date_time_ymd(day.year(), u8::try_from(day.month()).unwrap(), u8::try_from(day.day()).unwrap())
    };
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (day(days.0), day(days.1));
    let certificate = params.signed_by(key, authority).unwrap();
    std::fs::write(folder.path().join("c.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.path().join("k.pem"), key.serialize_pem()).unwrap();
}

/// Starts a server with the certificate and key of the folder.
pub(super) fn serve(folder: TempDir, options: &str) -> Server {
    let mut command = command(&folder, &format!("s_server -accept 127.0.0.1:0 -cert c.pem -key k.pem -www {options}"));
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("the program `openssl` is missing: install the package openssl");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut listening =
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("ACCEPT ")?.rsplit_once(':')?.1.parse().ok());
    let Some(port) = listening.next() else { panic!("openssl s_server {options} does not start") };
    // What it prints later must not fill the pipe.
    std::thread::spawn(move || listening.count());
    Server { child, port, _folder: folder }
}
