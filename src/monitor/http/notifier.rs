//! Tells operators what is new while the server runs: after each upload, and once a minute.

use super::app::App;
use crate::notify::{Config, Moment, deliver, tell};
use crate::store::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The longest time between two turns.
const TURN: Duration = Duration::from_secs(60);

/// The time after an upload for which further ones are waited for.
const GATHERING: Duration = Duration::from_secs(2);

/// Takes turns until the server stops.
pub async fn run(app: Arc<App>, mut ended: watch::Receiver<bool>) {
    while !*ended.borrow() {
        if let Some(config) = app.notify()
            && let Err(error) = turn(&app, &config, || !*ended.borrow()).await
        {
            tracing::warn!(%error, "operators were not told; the next turn tries again");
        }
        let woken = async {
            app.board.wait_for_change().await;
            tokio::time::sleep(GATHERING).await;
        };
        tokio::select! {
            _ = ended.changed() => break,
            _ = tokio::time::timeout(TURN, woken) => {}
        }
    }
}

/// Tells operators what is new, once; nothing without settings.
///
/// # Errors
/// The database does not answer.
pub async fn notify(app: &App) -> Result<(), StoreError> {
    match app.notify() {
        Some(config) => turn(app, &config, || true).await,
        None => Ok(()),
    }
}

/// Stores what is due, and sends what is stored, as long as that goes on.
async fn turn(app: &App, config: &Config, goes_on: impl Fn() -> bool) -> Result<(), StoreError> {
    let view = app.board.view(&app.store).await?;
    let (registry, rulebook, now) = (app.registry(), app.rulebook(), app.now());
    let latest = |subject: &str, scope: &str| view.latest(subject, scope);
    let moment = Moment { store: &app.store, config, registry: &registry, rulebook: &rulebook, latest: &latest, now };
    let made = tell(moment).await?;
    if made > 0 {
        tracing::info!(made, "notifications were made");
    }
    while goes_on() {
        let delivered = deliver(&app.store, config, || app.now()).await?;
        if delivered.sent == 0 {
            break;
        }
    }
    Ok(())
}
