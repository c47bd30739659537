//! The messages to operators, and what they were told: both change in one transaction.

use super::{Kind, Store, StoreError, changed};
use crate::judge::Rules;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// The key of the number that grows with each change of what was told.
const REVISION: &str = "told";

/// A row of what was told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToldRow {
    /// The kind, subject, scope and version.
    pub key: [String; 4],
    /// The state, as JSON.
    pub state: String,
}

/// A change of what was told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ToldChange {
    /// The rows to write.
    pub written: Vec<ToldRow>,
    /// The keys of the rows to remove.
    pub removed: Vec<[String; 4]>,
}

/// A new message to one contact.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewNotice {
    /// A new id, which all attempts to send it bear.
    pub id: String,
    /// The name of the subject in the registry.
    pub subject: String,
    /// The channel.
    pub channel: Channel,
    /// The address of the contact.
    pub recipient: String,
    /// The part of the address that the log shows.
    pub shown: String,
    /// The instant.
    pub made_at: DateTime<Utc>,
    /// The title.
    pub title: String,
    /// The body, as it is sent.
    pub body: String,
}

/// The way on which a message is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channel {
    /// E-mail.
    Mail,
    /// A signed request.
    Webhook,
    /// None: the registry names no contact.
    Nobody,
}

impl Channel {
    fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::Nobody => "nobody",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "mail" => Self::Mail,
            "webhook" => Self::Webhook,
            _ => Self::Nobody,
        }
    }
}

/// A message that this server alone may send for a while.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClaimedNotice {
    /// The message.
    pub notice: NewNotice,
    /// The number of attempts, this one among them.
    pub attempts: i64,
}

/// The end of an attempt to send a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Attempt {
    /// The receiver has accepted it.
    Sent,
    /// It is tried again from an instant on.
    Later(DateTime<Utc>),
    /// It is given up.
    Failed,
}

/// A message, as the log shows it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct NoticeRecord {
    /// Its id.
    pub id: String,
    /// The name of the subject in the registry.
    pub subject: String,
    /// The channel: `mail`, `webhook` or `nobody`.
    pub channel: String,
    /// The part of the address that is shown.
    pub to: String,
    /// The instant at which it was made.
    pub made_at: DateTime<Utc>,
    /// The title.
    pub title: String,
    /// The body, as it is sent.
    pub body: String,
    /// The state: `waiting`, `sent` or `failed`.
    pub state: String,
    /// The number of attempts.
    pub attempts: i64,
    /// The instant of the next attempt.
    pub next_at: Option<DateTime<Utc>>,
    /// The instant at which it was accepted or given up.
    pub done_at: Option<DateTime<Utc>>,
    /// The last answer of the receiver, or the reason for which there is none.
    pub answer: String,
}

impl Store {
    /// Returns what was told, with its revision.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn told(&self) -> Result<(String, Vec<ToldRow>), StoreError> {
        // The revision comes first: if rows change meanwhile, it is an old one, and nothing can be written by it.
        let row =
            sqlx::query("SELECT value FROM meta WHERE key = $1").bind(REVISION).fetch_optional(&self.pool).await?;
        let revision = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_else(|| "0".to_owned());
        let rows = sqlx::query("SELECT kind, subject, scope, version, state FROM told").fetch_all(&self.pool).await?;
        let told = |row: &AnyRow| -> Result<ToldRow, StoreError> {
            let key = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?];
            Ok(ToldRow { key, state: row.try_get(4)? })
        };
        Ok((revision, rows.iter().map(told).collect::<Result<_, _>>()?))
    }

    /// Changes what was told and stores the messages that tell it. Returns false, and does nothing, if another server has changed
    /// what was told since that revision.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn tell(&self, revision: &str, change: &ToldChange, notices: &[NewNotice]) -> Result<bool, StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO meta (key, value) VALUES ($1, '0') ON CONFLICT (key) DO NOTHING")
            .bind(REVISION)
            .execute(&mut *transaction)
            .await?;
        let raised = sqlx::query(
            "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = $1 AND value = $2",
        );
        let raised = raised.bind(REVISION).bind(revision).execute(&mut *transaction).await?;
        if changed(&raised) == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        write_told(&mut transaction, change).await?;
        for notice in notices {
            insert(&mut transaction, notice).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Takes messages that are to be sent now, so that no other server sends them until an instant; the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn claim_notices(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        most: i64,
    ) -> Result<Vec<ClaimedNotice>, StoreError> {
        let _turn = self.writer.lock().await;
        let skip = if self.kind == Kind::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        // Those of the other server are passed over, and the condition is checked once more under the lock of each row.
        let statement = format!(
            "UPDATE notice SET claimed_until = $1, attempts = attempts + 1
             WHERE state = 'waiting' AND next_at <= $2 AND claimed_until <= $2 AND id IN
             (SELECT id FROM notice WHERE state = 'waiting' AND next_at <= $2 AND claimed_until <= $2
              ORDER BY made_at, id LIMIT $3 {skip})
             RETURNING id, subject, channel, recipient, shown, made_at, title, body, attempts"
        );
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(until.timestamp_micros())
            .bind(now.timestamp_micros())
            .bind(most)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        rows.iter().map(claimed).collect()
    }

    /// Notes the end of an attempt. The address of a message that was sent is forgotten.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note_attempt(
        &self,
        id: &str,
        attempt: &Attempt,
        answer: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let _turn = self.writer.lock().await;
        let now = now.timestamp_micros();
        let (state, next_at, done_at) = match attempt {
            Attempt::Sent => ("sent", now, Some(now)),
            Attempt::Later(at) => ("waiting", at.timestamp_micros(), None),
            Attempt::Failed => ("failed", now, Some(now)),
        };
        sqlx::query(
            "UPDATE notice SET state = $1, next_at = $2, done_at = $3, answer = $4, claimed_until = 0,
             recipient = CASE WHEN $5 = 1 THEN NULL ELSE recipient END WHERE id = $6 AND state = 'waiting'",
        )
        .bind(state)
        .bind(next_at)
        .bind(done_at)
        .bind(scs_reports::visible(answer).chars().take(500).collect::<String>())
        .bind(i64::from(*attempt == Attempt::Sent))
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Returns messages, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn notices(&self, limit: i64, skip: i64) -> Result<Vec<NoticeRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, subject, channel, shown, made_at, title, body, state, attempts, next_at, done_at, answer FROM notice
             ORDER BY made_at DESC, id LIMIT $1 OFFSET $2",
        )
        .bind(limit)
        .bind(skip)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record).collect()
    }

    /// Returns the numbers of messages that wait, and of those that were given up.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn unsent_notices(&self) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'failed' THEN 1 END)
             FROM notice WHERE state <> 'sent'",
        );
        let row = row.fetch_one(&self.pool).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Lets messages that were given up be tried again. Returns their number.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn retry_notices(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let _turn = self.writer.lock().await;
        let result = sqlx::query(
            "UPDATE notice SET state = 'waiting', attempts = 0, next_at = $1, done_at = NULL
             WHERE state = 'failed' AND channel <> 'nobody'",
        );
        Ok(changed(&result.bind(now.timestamp_micros()).execute(&self.pool).await?))
    }

    /// Returns archived rules.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn archived_rules(&self, digest: &str) -> Result<Option<Rules>, StoreError> {
        let row = sqlx::query("SELECT content FROM rules WHERE digest = $1").bind(digest);
        let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
        let rules = Rules::from_json(&row.try_get::<String, _>(0)?, digest);
        Ok(Some(rules.map_err(|error| StoreError::Content(format!("rules: {error}")))?))
    }
}

async fn write_told(transaction: &mut Transaction<'_, Any>, change: &ToldChange) -> Result<(), StoreError> {
    for [kind, subject, scope, version] in &change.removed {
        sqlx::query("DELETE FROM told WHERE kind = $1 AND subject = $2 AND scope = $3 AND version = $4")
            .bind(kind)
            .bind(subject)
            .bind(scope)
            .bind(version)
            .execute(&mut **transaction)
            .await?;
    }
    for ToldRow { key: [kind, subject, scope, version], state } in &change.written {
        sqlx::query(
            "INSERT INTO told (kind, subject, scope, version, state) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (kind, subject, scope, version) DO UPDATE SET state = excluded.state",
        )
        .bind(kind)
        .bind(subject)
        .bind(scope)
        .bind(version)
        .bind(state)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

async fn insert(transaction: &mut Transaction<'_, Any>, notice: &NewNotice) -> Result<(), StoreError> {
    let at = notice.made_at.timestamp_micros();
    let (state, done_at, answer) = match notice.channel {
        Channel::Nobody => ("failed", Some(at), "the registry names no contact"),
        Channel::Mail | Channel::Webhook => ("waiting", None, ""),
    };
    sqlx::query(
        "INSERT INTO notice (id, subject, channel, recipient, shown, made_at, title, body, state, attempts, next_at,
         claimed_until, done_at, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $6, 0, $10, $11)",
    )
    .bind(&notice.id)
    .bind(&notice.subject)
    .bind(notice.channel.word())
    .bind(&notice.recipient)
    .bind(&notice.shown)
    .bind(at)
    .bind(&notice.title)
    .bind(&notice.body)
    .bind(state)
    .bind(done_at)
    .bind(answer)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn claimed(row: &AnyRow) -> Result<ClaimedNotice, StoreError> {
    let notice = NewNotice {
        id: row.try_get(0)?,
        subject: row.try_get(1)?,
        channel: Channel::parse(&row.try_get::<String, _>(2)?),
        recipient: row.try_get::<Option<String>, _>(3)?.unwrap_or_default(),
        shown: row.try_get(4)?,
        made_at: time(row.try_get(5)?),
        title: row.try_get(6)?,
        body: row.try_get(7)?,
    };
    Ok(ClaimedNotice { notice, attempts: row.try_get(8)? })
}

fn record(row: &AnyRow) -> Result<NoticeRecord, StoreError> {
    let state: String = row.try_get(7)?;
    let next_at = (state == "waiting").then(|| row.try_get(9).map(time)).transpose()?;
    Ok(NoticeRecord {
        id: row.try_get(0)?,
        subject: row.try_get(1)?,
        channel: row.try_get(2)?,
        to: row.try_get(3)?,
        made_at: time(row.try_get(4)?),
        title: row.try_get(5)?,
        body: row.try_get(6)?,
        state,
        attempts: row.try_get(8)?,
        next_at,
        done_at: row.try_get::<Option<i64>, _>(10)?.map(time),
        answer: row.try_get(11)?,
    })
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}
