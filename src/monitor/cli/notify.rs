//! `notify-test` and `notifications`.

use super::failure::Failure;
use super::options::{NotificationsOptions, NotifyTestOptions};
use chrono::Utc;
use scs_monitor::http::notifications;
use scs_monitor::notify::send_test;
use scs_monitor::store::{NoticeRecord, Store, Tables};

/// Sends one test message, and says what the receiver answered.
pub async fn test(options: &NotifyTestOptions) -> Result<(), Failure> {
    let config = notifications(&options.notify)?;
    let answer = send_test(&config, &options.to, Utc::now()).await;
    println!("accepted: {}", answer.map_err(|problem| format!("the test message was not accepted: {problem}"))?);
    Ok(())
}

/// Lists the messages to operators.
pub async fn list(options: &NotificationsOptions) -> Result<(), Failure> {
    let address = &options.database.database;
    let store = if options.retry { Store::open(address).await? } else { Store::open_to_read(address).await? };
    match store.tables().await? {
        Tables::Current => {}
        Tables::None => return Err("the database has no tables; name the one that `serve` uses".into()),
        Tables::Older(_) => {
            return Err("the tables of the database are older than this program; run `migrate` first".into());
        }
    }
    if options.retry {
        let retried = store.retry_notices(Utc::now()).await?;
        println!("{retried} messages are tried once more by `serve`");
    }
    let records = store.notices(i64::from(options.limit), 0).await?;
    store.close().await;
    match options.json {
        true => println!("{}", serde_json::to_string_pretty(&records)?),
        false => records.iter().for_each(|record| println!("{}", line(record))),
    }
    Ok(())
}

fn line(record: &NoticeRecord) -> String {
    let NoticeRecord { subject, to, title, state, attempts, answer, .. } = record;
    let made = record.made_at.format("%Y-%m-%d %H:%M");
    let done = record.done_at.map(|at| at.format(" %Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    format!("{made}  {subject}  {state}{done}  {to}  {attempts} attempts  \"{title}\"  {answer}")
}
