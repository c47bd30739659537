//! scs-0117: backs up an empty volume, and restores the backup into a new one.

use super::context::{ExperimentContext, NotDelivered, Wait, WaitState, is_about, text};
use super::quota::{Demand, Quota};
use crate::openstack::{Error, ErrorKind, Item, Order, Resource, Service};
use scs_checks::facts::{BackupStep, BackupTrial};
use serde_json::Value;
use std::time::Instant;

/// The smallest volume there is, in GiB.
const SIZE: u64 = 1;

/// Returns the quotas that it takes: the volume and the restored one, and the backup.
pub(super) fn demand() -> Demand {
    Demand::from([
        (Quota::Volumes, 2),
        (Quota::Gigabytes, 2 * SIZE),
        (Quota::Backups, 1),
        (Quota::BackupGigabytes, SIZE),
    ])
}

/// Tries it. What the service does not do is a fact; what could not be tried is an error (deviation Q-0117-2).
pub(super) async fn backup(context: &ExperimentContext<'_>) -> Result<BackupTrial, Error> {
    let volume = context.ledger.create("volume", &Order::Volume { gib: SIZE, image: None, zone: None }).await?.id;
    context.volume("the volume to back up", &volume).await?.done("the volume to back up cannot be made")?;
    let began = Instant::now();
    let backup = match asked(context.ledger.create("backup", &Order::Backup { volume: volume.clone() }).await)? {
        Err(how) => return Ok(refused(BackupStep::Backup, how)),
        Ok(created) => created.id,
    };
    if let Err(how) = backed_up(context, "the backup", &backup).await?.delivered() {
        return Ok(refused(BackupStep::Backup, how));
    }
    let backup_seconds = began.elapsed().as_secs();
    let began = Instant::now();
    let restored = Order::RestoredVolume { backup: backup.clone() };
    let restored = match asked(context.ledger.create("restored-volume", &restored).await)? {
        Err(how) => return Ok(refused(BackupStep::Restore, how)),
        Ok(created) => another(created.id, &volume)?,
    };
    if let Err(how) = context.restored(&restored).await?.delivered() {
        return Ok(refused(BackupStep::Restore, how));
    }
    // Cinder may show the volume as available before it has ended its work on the backup.
    if let Err(how) = backed_up(context, "the end of the restoration", &backup).await?.delivered() {
        return Ok(refused(BackupStep::Restore, how));
    }
    Ok(BackupTrial::Restored { backup_seconds, restore_seconds: began.elapsed().as_secs() })
}

async fn backed_up(context: &ExperimentContext<'_>, what: &str, id: &str) -> Result<Wait<Item>, Error> {
    let path = ["backups", id];
    let resource = Resource::new(Service::BlockStorage, &path);
    context.status(what, resource, "backup", "available", |item| text(item, &["fail_reason"])).await
}

impl ExperimentContext<'_> {
    /// Waits until a volume has the content of a backup. While Cinder has only registered it, it may look as an empty
    /// one that is available; `restoring-backup` comes before the end.
    async fn restored(&self, id: &str) -> Result<Wait<Item>, Error> {
        let path = ["volumes", id];
        let resource = Resource::new(Service::BlockStorage, &path);
        self.wait("the restored volume", async || {
            let document: Item = self.reader.get_json(resource).await?;
            let Some(Value::Object(volume)) = document.get("volume") else {
                return Ok(WaitState::Pending("no volume yet".to_owned()));
            };
            is_about(volume, id)?;
            let status = text(volume, &["status"]).unwrap_or_default();
            Ok(match status.as_str() {
                "available" => WaitState::Done(volume.clone()),
                status if status.contains("error") => {
                    WaitState::Broken(format!("the restored volume's status is {status}"))
                }
                status => WaitState::Pending(format!("status {status}")),
            })
        })
        .await
    }
}

/// Refuses the volume that was there before: it shows nothing of a backup.
fn another(restored: String, volume: &str) -> Result<String, Error> {
    if restored != volume {
        return Ok(restored);
    }
    let kind = ErrorKind::InvalidAnswer { path: "restore.volume_id".to_owned() };
    Err(Error::new(kind, "the service says that it restores into the volume that was backed up, not into a new one"))
}

fn refused(step: BackupStep, NotDelivered(how): NotDelivered) -> BackupTrial {
    BackupTrial::Refused { step, how }
}

/// Tells a refusal of the service, which is an answer, from what says nothing about it: no connection, no quota, a
/// service that is busy or broken.
fn asked<T>(result: Result<T, Error>) -> Result<Result<T, NotDelivered>, Error> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if is_refusal(&error) => Ok(Err(NotDelivered(error.to_string()))),
        Err(error) => Err(error),
    }
}

fn is_refusal(error: &Error) -> bool {
    match error.kind {
        // No backup API, or the user may not use it.
        ErrorKind::NotFound | ErrorKind::Forbidden => true,
        ErrorKind::UnexpectedStatus(status) => (400..500).contains(&status) && !matches!(status, 408 | 409 | 413),
        // Cinder says so when no backup service runs, by 503 or 500.
        ErrorKind::ServerError(_) => error.what.contains("cinder-backup"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_backup_is_restored_into_another_volume() {
        assert_eq!(another("b".to_owned(), "a").unwrap(), "b");
        assert!(another("a".to_owned(), "a").unwrap_err().to_string().contains("not into a new one"));
    }

    #[rstest]
    #[case(ErrorKind::NotFound, "HTTP 404", true)]
    #[case(ErrorKind::Forbidden, "HTTP 403", true)]
    #[case(ErrorKind::UnexpectedStatus(400), "HTTP 400", true)]
    #[case(ErrorKind::UnexpectedStatus(501), "HTTP 501", false)]
    #[case(ErrorKind::UnexpectedStatus(413), "HTTP 413: quota", false)]
    #[case(ErrorKind::UnexpectedStatus(409), "HTTP 409", false)]
    #[case(ErrorKind::ServerError(503), "HTTP 503: Service cinder-backup could not be found.", true)]
    #[case(ErrorKind::ServerError(503), "HTTP 503: No server is available", false)]
    #[case(ErrorKind::ServerError(500), "HTTP 500", false)]
    #[case(ErrorKind::RateLimited, "HTTP 429", false)]
    #[case(ErrorKind::Unauthorized, "HTTP 401", false)]
    #[case(ErrorKind::Deadline, "too late", false)]
    fn only_what_the_service_decides_is_a_refusal(#[case] kind: ErrorKind, #[case] what: &str, #[case] refusal: bool) {
        assert_eq!(is_refusal(&Error::new(kind, what)), refusal);
    }
}
