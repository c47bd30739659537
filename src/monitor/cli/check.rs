//! `serve --check-config`: reads options, files and the database, and writes nothing.

use super::failure::Failure;
use super::options::ServeOptions;
use scs_monitor::accounts::{AccountEntry, Accounts};
use scs_monitor::http::{Files, Settings};
use scs_monitor::store::{Store, Tables};
use std::path::Path;

/// Checks what `serve` would start with, and says what it would do to the database.
pub async fn run(options: &ServeOptions, settings: &Settings) -> Result<(), Failure> {
    let Files { rulebook, bootstrap, registry, notify } = Files::read(settings)?;
    let scopes: Vec<&str> = rulebook.scopes.values().map(|rules| rules.name.as_str()).collect();
    let address = &options.database.database;
    let (database, stored) = match new_file(address)? {
        true => ("the database does not exist yet; serve makes it".to_owned(), Vec::new()),
        false => inspect(address).await?,
    };
    let (accounts, warnings) = Accounts::new(bootstrap.as_ref().map_or(&stored, |bootstrap| &bootstrap.accounts));
    for warning in warnings {
        println!("warning: {warning}");
    }
    let (accounts, scopes, subjects) = (accounts.iter().count(), scopes.join(", "), registry.subjects.len());
    let told = if notify.is_some() { "operators are told" } else { "nobody is told" };
    println!(
        "everything is fine: {accounts} accounts, scopes: {scopes}; registry: {subjects} subjects; {told}; {database}"
    );
    Ok(())
}

/// Returns true for a file of SQLite that does not exist, in a folder that does.
fn new_file(address: &str) -> Result<bool, Failure> {
    let Some(path) = address.strip_prefix("sqlite:").filter(|path| !path.is_empty()) else { return Ok(false) };
    let path = Path::new(path.strip_prefix("//").unwrap_or(path));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(format!("{} is no folder; make it, or name another database", folder.display()).into());
    }
    Ok(!path.exists())
}

/// Returns a sentence on the tables, and the accounts in them.
async fn inspect(address: &str) -> Result<(String, Vec<AccountEntry>), Failure> {
    let store = Store::open_to_read(address).await?;
    let found = match store.tables().await? {
        Tables::None => ("the database has no tables yet; serve makes them".to_owned(), Vec::new()),
        Tables::Older(number) => {
            (format!("serve brings the tables of the database up to date ({number} steps)"), store.accounts().await?)
        }
        Tables::Current => ("the tables of the database are up to date".to_owned(), store.accounts().await?),
    };
    store.close().await;
    Ok(found)
}
