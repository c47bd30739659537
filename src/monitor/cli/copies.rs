//! `backup`, `restore` and `retire`.

use super::failure::Failure;
use super::options::{BackupOptions, RestoreOptions, RetireOptions};
use chrono::{TimeDelta, Utc};
use scs_monitor::store::{Copied, Store};
use std::path::Path;

/// Copies a database into a new file.
pub async fn backup(options: &BackupOptions) -> Result<(), Failure> {
    if options.to.exists() {
        return Err(format!("{} exists already; name a new file", options.to.display()).into());
    }
    let source = Store::connect(&options.database.database).await?;
    let target = open(&options.to).await?;
    print(&source.copy_to(&target).await?);
    source.close().await;
    target.close().await;
    Ok(())
}

/// Copies a backup into an empty database.
pub async fn restore(options: &RestoreOptions) -> Result<(), Failure> {
    if !options.from.is_file() {
        return Err(format!("{} is no file; name one that `backup` wrote", options.from.display()).into());
    }
    let source = open(&options.from).await?;
    let target = Store::connect(&options.database.database).await?;
    target.migrate().await?;
    print(&source.copy_to(&target).await?);
    source.close().await;
    target.close().await;
    Ok(())
}

/// Retires the content of old reports.
pub async fn retire(options: &RetireOptions) -> Result<(), Failure> {
    let store = Store::connect(&options.database.database).await?;
    store.migrate().await?;
    let now = Utc::now();
    let before = now - TimeDelta::days(i64::from(options.older_than));
    let (word, retired) = if options.dry_run {
        ("would be retired", store.retirable(before).await?)
    } else {
        ("were retired", store.retire(before, now).await?)
    };
    println!("{} uploads with {} bytes {word}", retired.uploads, retired.bytes);
    store.close().await;
    Ok(())
}

async fn open(path: &Path) -> Result<Store, Failure> {
    let store = Store::connect(&format!("sqlite:{}", path.display())).await?;
    store.migrate().await?;
    Ok(store)
}

fn print(copied: &[Copied]) {
    for Copied { table, rows } in copied {
        println!("{table}: {rows} rows");
    }
}
