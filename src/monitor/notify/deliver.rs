//! Sends the messages that are stored, and tries again until it gives up.

use super::config::Config;
use super::message::test_webhook;
use super::{mail, webhook};
use crate::store::{Attempt, Channel, ClaimedNotice, NewNotice, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream;
use uuid::Uuid;

/// The time for which a server alone sends a message. One that is killed meanwhile leaves it to the next server after this time,
/// and whoever got it already gets it a second time, with the same id.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// The most messages of one turn, and of them those that are sent at a time. A turn of receivers that hang ends before the lease.
const OF_ONE_TURN: i64 = 32;
const AT_A_TIME: usize = 8;

/// The most attempts: with their pauses they take three days.
const ATTEMPTS: i64 = 20;

/// The first and the longest pause between two attempts.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);

/// The numbers of messages of a turn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Delivered {
    /// The accepted ones.
    pub sent: usize,
    /// Those that are tried again.
    pub later: usize,
    /// Those that were given up.
    pub failed: usize,
}

/// Sends messages that are waiting; a limited number at once.
///
/// # Errors
/// The database does not answer. What was sent meanwhile may be sent again, with the same id.
pub async fn deliver(
    store: &Store,
    config: &Config,
    now: impl Fn() -> DateTime<Utc> + Copy,
) -> Result<Delivered, StoreError> {
    let claimed = store.claim_notices(now(), now() + LEASE, OF_ONE_TURN).await?;
    let attempts: Vec<_> = claimed.iter().map(|claimed| attempt(store, config, claimed, now)).collect();
    let ended: Vec<Result<Attempt, StoreError>> = stream::iter(attempts).buffer_unordered(AT_A_TIME).collect().await;
    let mut delivered = Delivered::default();
    for ended in ended {
        match ended? {
            Attempt::Sent => delivered.sent += 1,
            Attempt::Later(_) => delivered.later += 1,
            Attempt::Failed => delivered.failed += 1,
        }
    }
    Ok(delivered)
}

async fn attempt(
    store: &Store,
    config: &Config,
    claimed: &ClaimedNotice,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Attempt, StoreError> {
    let ClaimedNotice { notice, attempts } = claimed;
    let (attempt, answer) = match send(config, notice, now()).await {
        Ok(answer) => (Attempt::Sent, answer),
        Err(problem) if *attempts >= ATTEMPTS => (Attempt::Failed, problem),
        Err(problem) => (Attempt::Later(now() + pause(*attempts)), problem),
    };
    let (id, subject, to) = (&notice.id, &notice.subject, &notice.shown);
    match &attempt {
        Attempt::Sent => tracing::info!(id, subject, to, answer, "a notification was sent"),
        Attempt::Later(at) => tracing::warn!(id, subject, to, answer, again = %at, "a notification was not accepted"),
        Attempt::Failed => tracing::error!(id, subject, to, answer, attempts, "a notification was given up"),
    }
    store.note_attempt(id, &attempt, &answer, now()).await?;
    Ok(attempt)
}

/// Returns the pause after so many attempts: each is twice as long as the one before, up to the longest.
fn pause(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

async fn send(config: &Config, notice: &NewNotice, now: DateTime<Utc>) -> Result<String, String> {
    match (notice.channel, &config.smtp, &config.webhook) {
        (Channel::Mail, Some(smtp), _) => mail::send(smtp, notice).await,
        (Channel::Webhook, _, Some(settings)) => {
            webhook::call(settings, &notice.recipient, &notice.id, &notice.body, now).await
        }
        (Channel::Mail, None, _) => {
            Err("no server for e-mail is configured; add smtp to the file of --notify".to_owned())
        }
        (Channel::Webhook, _, None) => {
            Err("no secret for webhooks is configured; add webhook to the file of --notify".to_owned())
        }
        (Channel::Nobody, ..) => Err("the registry names no contact".to_owned()),
    }
}

/// Sends a test message to an address for e-mail or to a webhook, and returns the answer.
///
/// # Errors
/// It was not accepted; the text says why.
pub async fn send_test(config: &Config, to: &str, now: DateTime<Utc>) -> Result<String, String> {
    let channel = if to.contains("://") { Channel::Webhook } else { Channel::Mail };
    let body = match channel {
        Channel::Webhook => test_webhook(&config.base_url, now),
        _ => format!("This is a test message of scs-monitor.\n{}\n", config.base_url),
    };
    let notice = NewNotice {
        id: Uuid::new_v4().to_string(),
        subject: "test".to_owned(),
        channel,
        recipient: to.to_owned(),
        shown: to.to_owned(),
        made_at: now,
        title: "[SCS] Test of notifications".to_owned(),
        body,
    };
    send(config, &notice, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_take_three_days() {
        let all: TimeDelta = (1..ATTEMPTS).map(pause).sum();
        assert_eq!((pause(1), pause(2), pause(10)), (FIRST_PAUSE, FIRST_PAUSE * 2, LONGEST_PAUSE));
        assert!(all > TimeDelta::days(2) && all < TimeDelta::days(4), "{all}");
    }
}
