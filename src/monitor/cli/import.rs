//! `import`.

use super::failure::Failure;
use super::options::ImportOptions;
use scs_monitor::http::rulebook;
use scs_monitor::import::{Legacy, Outcome};
use scs_monitor::store::Store;

/// Takes over a database of today's server, or counts what it would take over.
pub async fn run(options: &ImportOptions) -> Result<(), Failure> {
    let legacy = Legacy::connect(&options.from).await?;
    let rulebook = rulebook(options.scopes.as_deref())?;
    let store = Store::connect(&options.database.database).await?;
    store.migrate().await?;
    let outcome = legacy.import(&store, &rulebook, options.dry_run).await?;
    print(&outcome, options.dry_run);
    store.close().await;
    Ok(())
}

fn print(outcome: &Outcome, dry_run: bool) {
    let word = if dry_run { "would be imported" } else { "were imported" };
    println!("{} accounts and {} reports with {} results {word}", outcome.accounts, outcome.reports, outcome.results);
    println!("{} reports are there already", outcome.known);
    for (reason, number) in &outcome.left_out {
        println!("{number} reports left out: {reason}");
    }
}
