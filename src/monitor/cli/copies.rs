//! `backup`, `restore`, `retire` and `revive`.

use super::failure::Failure;
use super::options::{BackupOptions, RestoreOptions, RetireOptions, ReviveOptions};
use chrono::{TimeDelta, Utc};
use scs_monitor::http::{Files, Settings};
use scs_monitor::store::{Copied, Store, Tables};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Copies a database into a new file, which has its name only once it is complete.
pub async fn backup(options: &BackupOptions) -> Result<(), Failure> {
    if options.to.exists() {
        return Err(format!("{} exists already; name a new file", options.to.display()).into());
    }
    let source = open_current(&options.database.database).await?;
    let partial = partial(&options.to);
    remove(&partial);
    let copied = copy(&source, &partial).await;
    source.close().await;
    if copied.is_err() {
        remove(&partial);
    }
    let copied = copied?;
    fs::rename(&partial, &options.to)
        .map_err(|error| format!("{} cannot be written: {error}; name another file", options.to.display()))?;
    print(&copied);
    Ok(())
}

/// Copies a backup into an empty database.
pub async fn restore(options: &RestoreOptions) -> Result<(), Failure> {
    if !options.from.is_file() {
        return Err(format!("{} is no file; name one that `backup` wrote", options.from.display()).into());
    }
    let source = Store::open(&address(&options.from)).await?;
    if source.tables().await? == Tables::None {
        return Err(format!("{} has no tables; name a file that `backup` wrote", options.from.display()).into());
    }
    source.migrate().await?;
    let target = Store::connect(&options.database.database).await?;
    target.migrate().await?;
    print(&source.copy_to(&target).await?);
    source.close().await;
    target.close().await;
    Ok(())
}

/// Moves the content of old uploads into a folder.
pub async fn retire(options: &RetireOptions) -> Result<(), Failure> {
    let store = open_current(&options.database.database).await?;
    let now = Utc::now();
    let before = now - TimeDelta::days(i64::from(options.older_than));
    let settings =
        Settings { registry: options.registry.clone(), scopes: options.scopes.clone(), ..Settings::default() };
    let kept = Files::read(&settings)?.registry.kept_on(now.date_naive());
    let keep: BTreeSet<String> = kept.keys().cloned().collect();
    let (word, retired) = match options.archive.as_deref().filter(|_| !options.dry_run) {
        None => ("would be retired", store.retirable(before, &keep).await?),
        Some(folder) => ("were retired", store.retire(before, now, folder, &keep).await?),
    };
    println!("{} uploads with {} bytes {word}", retired.uploads, retired.bytes);
    for (subject, until) in &kept {
        println!("content of {subject} is kept until {until} at least (scs-0004, 4c)");
    }
    if retired.kept > 0 {
        println!("{} older uploads stay because of that", retired.kept);
    }
    store.close().await;
    Ok(())
}

/// Takes retired content back.
pub async fn revive(options: &ReviveOptions) -> Result<(), Failure> {
    let store = open_current(&options.database.database).await?;
    let revived = store.revive(&options.archive, options.subject.as_deref(), Utc::now()).await?;
    println!("{} uploads with {} bytes were revived", revived.uploads, revived.bytes);
    store.close().await;
    Ok(())
}

/// Opens a database whose tables are of this version.
async fn open_current(address: &str) -> Result<Store, Failure> {
    let store = Store::open(address).await?;
    match store.tables().await? {
        Tables::Current => Ok(store),
        Tables::None => Err("the database has no tables; name the one that `serve` uses".into()),
        Tables::Older(_) => Err("the tables of the database are older than this program; run `migrate` first".into()),
    }
}

async fn copy(source: &Store, to: &Path) -> Result<Vec<Copied>, Failure> {
    let target = Store::connect(&address(to)).await?;
    target.migrate().await?;
    let copied = source.copy_to(&target).await;
    // The last connection writes everything into the file itself.
    target.close().await;
    fs::File::open(to)?.sync_all()?;
    Ok(copied?)
}

fn address(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Removes a file of SQLite with what belongs to it.
fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
}

fn print(copied: &[Copied]) {
    for Copied { table, rows } in copied {
        println!("{table}: {rows} rows");
    }
}
