//! Takes over a database of today's server: accounts, reports and results, without signatures, which that server did not keep.

use crate::accept::{MOST_RESULTS, Media, UploadedReport, check_name, refuse_other_times};
use crate::accounts::{AccountEntry, KeyEntry, Roles};
use crate::judge::{Results, Rulebook};
use crate::store::{AuditEntry, NewUpload, Store, StoreError, compressed};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use std::collections::{BTreeMap, HashMap, HashSet};
use thiserror::Error;
use uuid::Uuid;

/// The versions of the tables that are understood.
const VERSIONS: [&str; 2] = ["v4", "v5"];

/// The number of reports that are read at a time.
const PAGE: i64 = 100;

/// An import that was not made.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The address is none of PostgreSQL.
    #[error("--from: today's server stores in PostgreSQL; use postgres://USER:PASSWORD@HOST/NAME")]
    Address,
    /// The database does not answer, or has no such tables.
    #[error("the database of today's server cannot be read: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables are of another version.
    #[error("the tables of today's server are of version {0}; only {known} can be imported", known = VERSIONS.join(" and "))]
    Version(String),
    /// Our own database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A database of today's server.
#[derive(Debug)]
pub struct Legacy(AnyPool);

/// The numbers of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// The accounts that are new.
    pub accounts: usize,
    /// The accounts that were there before, and stay as they are.
    pub accounts_kept: usize,
    /// The reports.
    pub reports: usize,
    /// Their results.
    pub results: usize,
    /// The reports that were there before.
    pub known: usize,
    /// The reports that cannot be imported, by reason.
    pub left_out: BTreeMap<String, usize>,
}

/// A report of today's server.
struct LegacyReport {
    id: i64,
    uuid: String,
    checked_at: i64,
    subject: String,
    data: String,
}

impl Legacy {
    /// Connects to a database of today's server, and checks the version of its tables.
    ///
    /// # Errors
    /// It does not answer, or its tables are of another version.
    pub async fn connect(address: &str) -> Result<Self, ImportError> {
        sqlx::any::install_default_drivers();
        if !address.starts_with("postgres://") && !address.starts_with("postgresql://") {
            return Err(ImportError::Address);
        }
        let pool = AnyPool::connect(address).await?;
        let row =
            sqlx::query("SELECT CAST(value AS TEXT) FROM meta WHERE key = 'version'").fetch_optional(&pool).await?;
        let version: String = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_else(|| "unknown".to_owned());
        let version = version.trim_matches('"');
        if VERSIONS.contains(&version) { Ok(Self(pool)) } else { Err(ImportError::Version(version.to_owned())) }
    }

    /// Imports everything that is not there yet. Accounts that are there stay as they are.
    ///
    /// # Errors
    /// One of the databases does not answer.
    pub async fn import(&self, store: &Store, rulebook: &Rulebook) -> Result<Outcome, ImportError> {
        store.archive(rulebook, Utc::now()).await?;
        let (accounts, mut outcome) = self.merged(Some(store)).await?;
        store.replace_accounts(&accounts).await?;
        self.each(Some(store), Some(rulebook), &mut outcome).await?;
        Ok(outcome)
    }

    /// Counts what would be imported into a database, or into a new one, and writes nothing.
    ///
    /// # Errors
    /// One of the databases does not answer.
    pub async fn count(&self, store: Option<&Store>) -> Result<Outcome, ImportError> {
        let (_, mut outcome) = self.merged(store).await?;
        self.each(store, None, &mut outcome).await?;
        Ok(outcome)
    }

    /// Returns the accounts of a database with those that it lacks.
    async fn merged(&self, store: Option<&Store>) -> Result<(Vec<AccountEntry>, Outcome), ImportError> {
        let mut merged = match store {
            Some(store) => store.accounts().await?,
            None => Vec::new(),
        };
        let known: HashSet<String> = merged.iter().map(|entry| entry.subject.clone()).collect();
        let (kept, new): (Vec<_>, Vec<_>) =
            self.accounts().await?.into_iter().partition(|entry| known.contains(&entry.subject));
        let outcome = Outcome { accounts: new.len(), accounts_kept: kept.len(), ..Outcome::default() };
        merged.extend(new);
        Ok((merged, outcome))
    }

    /// Reads all reports, a page at a time, and stores them if there are rules to judge them by.
    async fn each(
        &self,
        store: Option<&Store>,
        rulebook: Option<&Rulebook>,
        outcome: &mut Outcome,
    ) -> Result<(), ImportError> {
        let mut last = i64::MIN;
        loop {
            let reports = self.reports(last).await?;
            let Some(newest) = reports.last() else { return Ok(()) };
            last = newest.id;
            let mut results = self.results(reports.first().map_or(0, |report| report.id), last).await?;
            for report in &reports {
                let rows = results.remove(&report.id).unwrap_or_default();
                take(report, rows, store, rulebook, outcome).await?;
            }
        }
    }

    async fn accounts(&self) -> Result<Vec<AccountEntry>, ImportError> {
        let mut entries: BTreeMap<i64, AccountEntry> = BTreeMap::new();
        let accounts = "SELECT CAST(accountid AS BIGINT), CAST(subject AS TEXT), CAST(roles AS BIGINT),
                        CAST(\"group\" AS TEXT) FROM account";
        for row in sqlx::query(accounts).fetch_all(&self.0).await? {
            let entry = AccountEntry {
                subject: row.try_get(1)?,
                roles: Roles::from_bits(row.try_get(2)?),
                group: row.try_get(3)?,
                ..AccountEntry::default()
            };
            entries.insert(row.try_get(0)?, entry);
        }
        let keys = "SELECT CAST(accountid AS BIGINT), CAST(apikeyhash AS TEXT) FROM apikey";
        for row in sqlx::query(keys).fetch_all(&self.0).await? {
            if let Some(entry) = entries.get_mut(&row.try_get(0)?) {
                entry.api_keys.push(row.try_get(1)?);
            }
        }
        let keys = "SELECT CAST(accountid AS BIGINT), CAST(key AS TEXT), CAST(keytype AS TEXT), CAST(keyname AS TEXT)
                    FROM publickey";
        for row in sqlx::query(keys).fetch_all(&self.0).await? {
            if let Some(entry) = entries.get_mut(&row.try_get(0)?) {
                let (public_key, public_key_type, public_key_name) =
                    (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                entry.keys.push(KeyEntry { public_key, public_key_type, public_key_name });
            }
        }
        let delegations = "SELECT CAST(d.accountid AS BIGINT), CAST(a.subject AS TEXT) FROM delegation d
                           JOIN account a ON a.accountid = d.delegateid";
        for row in sqlx::query(delegations).fetch_all(&self.0).await? {
            if let Some(entry) = entries.get_mut(&row.try_get(0)?) {
                entry.delegates.push(row.try_get(1)?);
            }
        }
        Ok(entries.into_values().collect())
    }

    async fn reports(&self, after: i64) -> Result<Vec<LegacyReport>, ImportError> {
        let query = "SELECT CAST(reportid AS BIGINT), CAST(reportuuid AS TEXT),
                     CAST(EXTRACT(EPOCH FROM checked_at) * 1000000 AS BIGINT), CAST(subject AS TEXT), CAST(data AS TEXT)
                     FROM report WHERE reportid > $1 ORDER BY reportid LIMIT $2";
        let rows = sqlx::query(query).bind(after).bind(PAGE).fetch_all(&self.0).await?;
        let report = |row: &AnyRow| -> Result<LegacyReport, ImportError> {
            let (id, uuid, checked_at) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok(LegacyReport { id, uuid, checked_at, subject: row.try_get(3)?, data: row.try_get(4)? })
        };
        rows.iter().map(report).collect()
    }

    /// Returns the results of reports by their ids, each with the scope.
    async fn results(&self, first: i64, last: i64) -> Result<HashMap<i64, LegacyResults>, ImportError> {
        let query = "SELECT CAST(reportid AS BIGINT), CAST(scopeuuid AS TEXT), CAST(version AS TEXT),
                     CAST(testcase AS TEXT), CAST(result AS BIGINT) FROM result2 WHERE reportid >= $1 AND reportid <= $2";
        let mut results: HashMap<i64, LegacyResults> = HashMap::new();
        for row in sqlx::query(query).bind(first).bind(last).fetch_all(&self.0).await? {
            let of_report = results.entry(row.try_get(0)?).or_default();
            of_report.scope = Some(row.try_get(1)?);
            let (version, testcase): (String, String) = (row.try_get(2)?, row.try_get(3)?);
            let number: i64 = row.try_get(4)?;
            match i8::try_from(number).ok().filter(|number| (-1..=1).contains(number)) {
                Some(number) => of_report.results.add(&version, &testcase, number),
                None => of_report.problem = Some("it has a result other than -1, 0 and 1"),
            }
        }
        Ok(results)
    }
}

/// The results of a report of today's server.
#[derive(Default)]
struct LegacyResults {
    scope: Option<String>,
    results: Results,
    problem: Option<&'static str>,
}

/// Counts a report, and stores it if there are rules to judge it by.
async fn take(
    report: &LegacyReport,
    rows: LegacyResults,
    store: Option<&Store>,
    rulebook: Option<&Rulebook>,
    outcome: &mut Outcome,
) -> Result<(), ImportError> {
    let upload = match upload(report, rows, Utc::now()) {
        Ok(upload) => upload,
        Err(reason) => {
            *outcome.left_out.entry(reason).or_default() += 1;
            return Ok(());
        }
    };
    let ids = || upload.reports.iter().map(|report| report.uuid.to_string());
    if let Some(store) = store
        && store.first_stored(ids()).await?.is_some()
    {
        outcome.known += 1;
        return Ok(());
    }
    outcome.reports += 1;
    outcome.results += upload.reports.iter().map(|report| report.results.len()).sum::<usize>();
    let Some((store, rulebook)) = store.zip(rulebook) else { return Ok(()) };
    let entry = AuditEntry {
        account: "import".to_owned(),
        address: String::new(),
        action: "import",
        outcome: "accepted".to_owned(),
        detail: report.uuid.clone(),
    };
    Ok(store.accept(&upload, rulebook, &entry).await?)
}

/// Returns a report as an upload, or the reason why it cannot be one.
fn upload(report: &LegacyReport, rows: LegacyResults, now: DateTime<Utc>) -> Result<NewUpload, String> {
    if let Some(problem) = rows.problem {
        return Err(problem.to_owned());
    }
    if rows.results.len() > MOST_RESULTS {
        return Err(format!("it has more than {MOST_RESULTS} results"));
    }
    check_name(&report.subject, "").map_err(|_| "its subject is no name".to_owned())?;
    if rows.results.iter().any(|(version, id, _)| check_name(version, "").is_err() || check_name(id, "").is_err()) {
        return Err("it has a result for something that is no name".to_owned());
    }
    let uuid = Uuid::parse_str(&report.uuid).map_err(|_| "its id is no UUID".to_owned())?;
    let from_data = || {
        let data: serde_json::Value = serde_json::from_str(&report.data).ok()?;
        data["spec"]["uuid"].as_str().map(str::to_owned)
    };
    let scope = rows.scope.or_else(from_data).ok_or("it names no scope")?;
    let scope = Uuid::parse_str(&scope).map_err(|_| "its scope is no UUID".to_owned())?;
    let checked_at: DateTime<Utc> =
        DateTime::from_timestamp_micros(report.checked_at).ok_or("its time is out of range")?;
    refuse_other_times(checked_at, now).map_err(|_| "its time is before 2020 or in the future".to_owned())?;
    let content = compressed(report.data.as_bytes()).map_err(|error| error.to_string())?;
    Ok(NewUpload {
        id: Uuid::new_v4().to_string(),
        arrived_at: checked_at,
        uploader: report.subject.clone(),
        fingerprint: String::new(),
        signature: String::new(),
        media_type: Media::Json.name(),
        content,
        reports: vec![UploadedReport {
            uuid,
            subject: report.subject.clone(),
            scope,
            checked_at,
            creator: None,
            results: rows.results,
        }],
    })
}
