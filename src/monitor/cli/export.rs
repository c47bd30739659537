//! `export-static`: writes the public site as files.

use super::failure::Failure;
use super::options::ExportOptions;
use super::serve::public;
use chrono::Utc;
use scs_monitor::http::{App, Clock, Settings, export};
use scs_monitor::store::{Store, Tables};
use std::sync::Arc;

/// Writes the public site into a folder. The database is only read.
pub async fn run(options: &ExportOptions) -> Result<(), Failure> {
    let address = match &options.base_url {
        None => None,
        Some(url) => Some(public(url).ok_or_else(|| {
            format!("--base-url \"{url}\" is not a whole address; write the one under which the files are shown, https://HOST/PATH")
        })?),
    };
    let store = Store::open_to_read(&options.database.database).await?;
    if store.tables().await? != Tables::Current {
        return Err(
            "the database has no tables of this version; name the one that `serve` uses, or run `migrate`".into()
        );
    }
    let settings = Settings {
        scopes: options.scopes.clone(),
        registry: options.registry.clone(),
        public: address,
        as_files: true,
        clock: options.now.map_or(Clock::default(), |now| Clock(now - Utc::now())),
        ..Settings::default()
    };
    let app = Arc::new(App::to_read(store, settings).await?);
    let exported = export(&app, &options.folder).await?;
    app.store.close().await;
    println!("{} files were written to {}", exported.files, options.folder.display());
    if exported.missing > 0 {
        println!("{} links lead to pages that do not exist; they were left out", exported.missing);
    }
    if exported.reports_left_out > 0 {
        println!("{} older reports were left out", exported.reports_left_out);
    }
    Ok(())
}
