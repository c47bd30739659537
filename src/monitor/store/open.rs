//! Opens databases: to serve, to work on one that exists, or only to read; and compares their tables with this version.

use super::{Kind, MIGRATIONS, Store, StoreError};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::MigrateError;
use sqlx::{AnyConnection, Connection, Executor, Row};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// The longest wait for a free connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections to PostgreSQL, and the uploads that use them at a time: a flood of uploads leaves connections for pages.
const CONNECTIONS: u32 = 12;
const UPLOADS: usize = 4;

/// The first bytes of a file of SQLite.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The ways to open a database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Access {
    /// A file that does not exist is made, for its owner only.
    Create,
    /// The database exists.
    Existing,
    /// The database exists, and nothing is written.
    ReadOnly,
}

/// The state of the tables of a database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tables {
    /// There are none.
    None,
    /// They are older than this version, by so many migrations.
    Older(usize),
    /// They are of this version.
    Current,
}

impl Store {
    /// Connects, and makes a file of SQLite that does not exist yet.
    ///
    /// # Errors
    /// The address is wrong, or the database does not answer.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        connect(address, Access::Create).await
    }

    /// Connects to a database that exists.
    ///
    /// # Errors
    /// The address is wrong, the file does not exist, or the database does not answer.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        connect(address, Access::Existing).await
    }

    /// Connects to a database that exists, and writes nothing to it.
    ///
    /// # Errors
    /// The address is wrong, the file does not exist, or the database does not answer.
    pub async fn open_to_read(address: &str) -> Result<Self, StoreError> {
        connect(address, Access::ReadOnly).await
    }

    /// Brings the tables to this version.
    ///
    /// # Errors
    /// A migration fails, or the tables are of a newer version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        Ok(MIGRATIONS.run(&self.pool).await?)
    }

    /// Compares the tables with this version, without changing anything.
    ///
    /// # Errors
    /// The tables are of a newer version, a migration was cut short, or the database does not answer.
    pub async fn tables(&self) -> Result<Tables, StoreError> {
        let exists = match self.kind {
            Kind::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Kind::Postgres => "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')",
        };
        if sqlx::query(exists).fetch_one(&self.pool).await?.try_get::<i64, _>(0)? == 0 {
            return Ok(Tables::None);
        }
        let rows =
            sqlx::query("SELECT version, CAST(CAST(success AS INTEGER) AS BIGINT), checksum FROM _sqlx_migrations")
                .fetch_all(&self.pool)
                .await?;
        let mut applied = HashMap::new();
        for row in &rows {
            let version: i64 = row.try_get(0)?;
            if row.try_get::<i64, _>(1)? == 0 {
                return Err(MigrateError::Dirty(version).into());
            }
            applied.insert(version, row.try_get::<Vec<u8>, _>(2)?);
        }
        let mut pending = 0;
        for migration in MIGRATIONS.iter() {
            match applied.remove(&migration.version) {
                None => pending += 1,
                Some(checksum) if checksum != *migration.checksum => {
                    return Err(MigrateError::VersionMismatch(migration.version).into());
                }
                Some(_) => {}
            }
        }
        match applied.into_keys().max() {
            Some(version) => Err(MigrateError::VersionMissing(version).into()),
            None if pending == 0 => Ok(Tables::Current),
            None => Ok(Tables::Older(pending)),
        }
    }
}

async fn connect(address: &str, access: Access) -> Result<Store, StoreError> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(install_default_drivers);
    let (kind, url) = address_of(address, access)?;
    if kind == Kind::Sqlite {
        prepare_file(path_of(address), access)?;
    }
    // A pool tries again for a while, and then only says that it did. PostgreSQL may still start when a server does.
    if kind == Kind::Sqlite || access != Access::Create {
        let mut connection = AnyConnection::connect(&url).await?;
        set_up(&mut connection, kind, access).await?;
        if kind == Kind::Sqlite {
            connection.execute("SELECT COUNT(*) FROM sqlite_master").await?;
        }
        connection.close().await?;
    }
    let options = AnyPoolOptions::new()
        .max_connections(if kind == Kind::Sqlite { 6 } else { CONNECTIONS })
        .acquire_timeout(PATIENCE)
        .after_connect(move |connection, _| Box::pin(set_up(connection, kind, access)));
    let uploads = Semaphore::new(UPLOADS);
    Ok(Store { pool: options.connect(&url).await?, kind, writer: Mutex::default(), uploads })
}

async fn set_up(connection: &mut AnyConnection, kind: Kind, access: Access) -> Result<(), sqlx::Error> {
    match (kind, access) {
        (Kind::Sqlite, Access::ReadOnly) => {}
        (Kind::Sqlite, _) => {
            // Readers go on while somebody writes; an acknowledged report survives a power failure.
            connection.execute("PRAGMA journal_mode = WAL").await?;
            connection.execute("PRAGMA synchronous = FULL").await?;
        }
        (Kind::Postgres, Access::ReadOnly) => {
            connection.execute("SET default_transaction_read_only = on").await?;
        }
        (Kind::Postgres, _) => {}
    }
    Ok(())
}

fn path_of(address: &str) -> &Path {
    let path = address.strip_prefix("sqlite:").unwrap_or(address);
    Path::new(path.strip_prefix("//").unwrap_or(path))
}

/// Makes a new file for its owner only, or says what is wrong with one that exists.
fn prepare_file(path: &Path, access: Access) -> Result<(), StoreError> {
    let problem = |error: io::Error| StoreError::File { path: path.to_owned(), problem: error.to_string() };
    if access == Access::Create && !path.exists() {
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(problem)?;
    }
    let file = OpenOptions::new().read(true).open(path).map_err(problem)?;
    let mut start = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(problem)?;
    if !start.is_empty() && start != MAGIC {
        return Err(problem(io::Error::other("it is no database of SQLite")));
    }
    Ok(())
}

/// Returns the kind of a database, and its address for the library.
fn address_of(address: &str, access: Access) -> Result<(Kind, String), StoreError> {
    if address.starts_with("sqlite:") && !path_of(address).as_os_str().is_empty() {
        let path = path_of(address).to_string_lossy();
        let escaped = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        let mode = if access == Access::ReadOnly { "ro" } else { "rw" };
        return Ok((Kind::Sqlite, format!("sqlite:{escaped}?mode={mode}")));
    }
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok((Kind::Postgres, address.to_owned()));
    }
    // The address may hold a password.
    Err(StoreError::Address(address.split("://").next().unwrap_or_default().chars().take(20).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    #[test]
    fn an_address_without_a_database_is_refused_without_its_password() {
        for address in ["mysql://user:secret@host/db", "file.db", "", "sqlite:"] {
            let message = address_of(address, Access::Create).unwrap_err().to_string();
            assert!(!message.contains("secret") && message.contains("sqlite:PATH"), "{message}");
        }
    }

    #[tokio::test]
    async fn only_serving_makes_a_file_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.db");
        let address = format!("sqlite:{}", path.display());
        for opened in [Store::open(&address).await, Store::open_to_read(&address).await] {
            assert!(opened.unwrap_err().to_string().contains("new.db"));
            assert!(!path.exists());
        }
        let store = Store::connect(&address).await.unwrap();
        assert_eq!(store.tables().await.unwrap(), Tables::None);
        store.migrate().await.unwrap();
        for name in ["new.db", "new.db-wal"] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let reader = Store::open_to_read(&address).await.unwrap();
        assert_eq!(reader.tables().await.unwrap(), Tables::Current);
        assert!(reader.replace_accounts(&[crate::accounts::AccountEntry::default()]).await.is_err());
        store.pool.execute("DELETE FROM _sqlx_migrations WHERE version > 1").await.unwrap();
        assert_eq!(reader.tables().await.unwrap(), Tables::Older(MIGRATIONS.iter().count() - 1));
        store.pool.execute("UPDATE _sqlx_migrations SET version = 9999").await.unwrap();
        assert!(reader.tables().await.unwrap_err().to_string().contains("9999"));
    }

    #[tokio::test]
    async fn another_file_is_named_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "no database, but longer than sixteen bytes").unwrap();
        let start = Instant::now();
        let error = Store::open(&format!("sqlite:{}", path.display())).await.unwrap_err().to_string();
        assert!(error.contains("notes.txt") && error.contains("no database of SQLite"), "{error}");
        let error = Store::open("postgres://user:secret@127.0.0.1:1/db").await.unwrap_err().to_string();
        assert!(error.contains("refused") && !error.contains("secret"), "{error}");
        assert!(start.elapsed() < PATIENCE, "it waited for a pool");
    }
}
