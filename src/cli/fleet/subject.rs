//! `subject add`: makes the key and the token of a new account.

use crate::cli::error::CliError;
use crate::cli::sink::to_stdout;
use clap::Args;
use scs_fleet::account::{NewAccount, RANDOM};
use scs_fleet::config::quoted;
use scs_reports::ExitCode;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// `subject add`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance subject add provider-a
  scs-conformance subject add provider-a --dir /etc/scs-conformance/secrets

Exit codes: 0 made; 2 the name cannot be used, or a file is there already")]
pub(in crate::cli) struct SubjectAdd {
    /// Name of the account
    #[arg(value_name = "NAME")]
    name: String,

    /// Folder for the key and the token
    #[arg(long, value_name = "DIR", default_value = "secrets")]
    dir: PathBuf,
}

impl SubjectAdd {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let account = NewAccount::new(&self.name, &random()?).map_err(CliError::usage)?;
        let file = |ending: &str| self.dir.join(format!("{}.{ending}", self.name));
        let (key, public, token) = (file("key"), file("key.pub"), file("token"));
        for path in [&key, &public, &token] {
            if path.exists() {
                let shown = path.display();
                return Err(CliError::usage(format!("{shown} is there already; move it away, or choose another name")));
            }
        }
        let unusable = |error| CliError::usage(format!("{} cannot be used: {error}", self.dir.display()));
        scs_files::private_folder(&self.dir).map_err(unusable)?;
        write(&key, &account.key)?;
        write(&public, &format!("{}\n", account.public_key))?;
        write(&token, &format!("{}\n", account.token))?;
        to_stdout(&format!(
            "{key} and {token} are made; nobody else may read them. For a scs-conformance.yaml in this folder (paths in it count from
its own folder):

signing: {{key: {{file: {key_file}}}, identity: {name}}}
servers: [{{url: 'https://…', account: {name}, token: {{file: {token_file}}}}}]

The server needs this in its bootstrap.yaml (no secret is in it):

{entry}",
            key = key.display(),
            token = token.display(),
            key_file = quoted(&key.display().to_string()),
            token_file = quoted(&token.display().to_string()),
            name = self.name,
            entry = account.bootstrap(&self.name),
        ))?;
        Ok(ExitCode::Success)
    }
}

/// Returns random bytes of the operating system.
fn random() -> Result<[u8; RANDOM], CliError> {
    let mut bytes = [0; RANDOM];
    let mut read = || File::open("/dev/urandom")?.read_exact(&mut bytes);
    read().map_err(|error| format!("the operating system has no random bytes: {error}"))?;
    Ok(bytes)
}

/// Writes a new file that nobody else may read.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written =
        options.open(path).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| CliError::unfinished(format!("{} cannot be written: {error}", path.display())))
}
