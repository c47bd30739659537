//! `import`.

use super::failure::Failure;
use super::options::ImportOptions;
use scs_monitor::http::rulebook;
use scs_monitor::import::{Legacy, Outcome};
use scs_monitor::store::{Store, Tables};
use std::path::Path;

/// Takes over a database of today's server, or counts what it would take over.
pub async fn run(options: &ImportOptions) -> Result<(), Failure> {
    let legacy = Legacy::connect(&options.from).await?;
    let rulebook = rulebook(options.scopes.as_deref())?;
    if options.dry_run {
        let target = existing(&options.database.database).await?;
        print(&legacy.count(target.as_ref()).await?, true);
        return Ok(());
    }
    let store = Store::connect(&options.database.database).await?;
    store.migrate().await?;
    print(&legacy.import(&store, &rulebook).await?, false);
    store.close().await;
    Ok(())
}

/// Returns the database, to be read only; none where it does not exist yet, or is empty.
async fn existing(address: &str) -> Result<Option<Store>, Failure> {
    if address.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
        return Ok(None);
    }
    let store = Store::open_to_read(address).await?;
    Ok(Some(store.tables().await?).filter(|tables| *tables != Tables::None).map(|_| store))
}

fn print(outcome: &Outcome, dry_run: bool) {
    let word = if dry_run { "would be imported" } else { "were imported" };
    println!("{} accounts and {} reports with {} results {word}", outcome.accounts, outcome.reports, outcome.results);
    println!("{} accounts are there already, and stay as they are", outcome.accounts_kept);
    println!("{} reports are there already", outcome.known);
    for (reason, number) in &outcome.left_out {
        println!("{number} reports left out: {reason}");
    }
}
