//! The store: opening, closing and its state of health.

use std::sync::Arc;
use std::time::Duration;

use folio_core::{Clock, Error, ErrorKind, Result};
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::SqliteConfig;
use crate::connections::Connections;
use crate::schema::{self, Migrate};

/// A [`Store`](folio_core::Store) in one SQLite file, which any number of processes may share.
///
/// What is acknowledged is on the disk: the file is in write-ahead mode with `synchronous=FULL`. Writers
/// queue; readers neither wait for them nor hold them up. Instants are kept in whole milliseconds.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) connections: Connections,
    pub(crate) clock: Arc<dyn Clock>,
    id: Uuid,
}

impl SqliteStore {
    /// Opens the store in the configured file; makes the file, readable by its owner alone, and its directory
    /// where there is none, and brings the schema of an older one up to date.
    ///
    /// # Errors
    /// `NotConfigured` when the path cannot be written or belongs to another program, `Unsupported` when a newer
    /// folio wrote the file, `CorruptData` when it is damaged, `Unavailable` when other processes hold it.
    pub async fn open(config: SqliteConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        schema::make_file(&config.absolute()?)?;
        Self::open_existing(config, clock, Migrate::Apply).await
    }

    /// Opens a store that is there already; `migrate` says what to do about one of an older schema.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and `NotFound` when there is no file, `Unsupported` when it is of an older schema
    /// and `migrate` is [`Migrate::Refuse`].
    pub async fn open_existing(config: SqliteConfig, clock: Arc<dyn Clock>, migrate: Migrate) -> Result<Self> {
        let path = config.absolute()?;
        if matches!(path.try_exists(), Ok(false)) {
            return Err(Error::new(
                ErrorKind::NotFound,
                "there is no store yet: run `folio serve` to make one",
            )
            .with_context("path", path.display()));
        }
        let deadline = Instant::now() + Duration::from_secs(config.busy_timeout_seconds.get().into());
        let (writer, id) = schema::open(&path, migrate, deadline).await?;
        Ok(Self {
            connections: Connections::new(path, &config, writer),
            clock,
            id,
        })
    }

    /// The id that this store was given when it was made; it stays with the file.
    #[must_use]
    pub fn store_id(&self) -> Uuid {
        self.id
    }

    /// Whether the store can be read and written at this moment, cheaply: reads a row and takes the write lock.
    /// After a write that failed it writes, so that a full disk stays visible until there is room.
    ///
    /// # Errors
    /// `Unavailable`, `NotConfigured` or `CorruptData`, as any read or write would answer.
    pub async fn check(&self) -> Result<()> {
        let mut connection = self.connections.read().await?;
        let found: Option<String> = sqlx::query_scalar("SELECT id FROM store")
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| self.connections.failure(error))?;
        connection.done();
        if found != Some(self.id.to_string()) {
            return Err(Error::new(
                ErrorKind::CorruptData,
                "the file is not the store that was opened any more",
            )
            .with_context("path", self.connections.path().display()));
        }
        let probe = self.connections.last_write_failed();
        let mut write = self.connections.begin().await?;
        if !probe {
            return write.rollback().await;
        }
        let written = sqlx::query("UPDATE store SET sweep = sweep").execute(&mut *write).await;
        written.map_err(|error| write.failure(error))?;
        write.commit().await
    }

    /// Reads the whole file and checks that it is sound; takes seconds for a gigabyte.
    ///
    /// # Errors
    /// `CorruptData` with what was found first; `Unavailable` when the file cannot be read.
    pub async fn integrity_check(&self) -> Result<()> {
        let mut connection = self.connections.read().await?;
        let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(10)")
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.connections.failure(error))?;
        connection.done();
        match found.first().map(String::as_str) {
            Some("ok") => Ok(()),
            first => Err(Error::new(
                ErrorKind::CorruptData,
                "the database file is damaged: stop folio, copy the file, and put a backup in its place or try `sqlite3 FILE .recover`",
            )
            .with_context("path", self.connections.path().display())
            .with_context("found", first.unwrap_or("nothing"))),
        }
    }

    /// Closes the file, writing its log into it; whatever is asked of the store afterwards is `Unavailable`.
    /// A store that is dropped instead loses nothing.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be written any more; what was acknowledged is safe in its log.
    pub async fn close(&self) -> Result<()> {
        self.connections.close().await
    }
}

/// A limit as SQLite takes it.
pub(crate) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use folio_core::SystemClock;
    use folio_core::store::{NewRecord, OpsStore, RecordKind};

    use super::*;

    const KIND: RecordKind = RecordKind("test");

    fn record(number: usize) -> NewRecord {
        NewRecord {
            key: number.to_string(),
            due_at: None,
            expires_at: None,
            body: "x".repeat(3_000),
        }
    }

    async fn store(directory: &tempfile::TempDir) -> SqliteStore {
        let config = SqliteConfig::new(directory.path().join("folio.db"));
        SqliteStore::open(config, Arc::new(SystemClock)).await.unwrap()
    }

    #[track_caller]
    fn check(error: &Error, kind: ErrorKind, part: &str) {
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(
            error.to_string().contains(part) && error.to_string().contains("folio.db"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = store(&directory).await;
        store
            .connections
            .reconnect_with(|options| options.pragma("max_page_count", "60"));
        let mut kept = 0;
        let full = loop {
            match store.insert_record(KIND, &record(kept)).await {
                Ok(inserted) => assert!(inserted),
                Err(error) => break error,
            }
            kept += 1;
        };
        assert!(kept > 10, "{kept} records fitted");
        check(&full, ErrorKind::Unavailable, "the disk is full");
        assert!(full.retry_after().is_some());
        check(
            &store.insert_record(KIND, &record(kept)).await.unwrap_err(),
            ErrorKind::Unavailable,
            "the disk is full",
        );
        for number in 0..kept {
            assert!(
                store.record(KIND, &number.to_string()).await.unwrap().is_some(),
                "record {number} of {kept}"
            );
        }
        assert_eq!(store.record(KIND, &kept.to_string()).await.unwrap(), None);

        store
            .connections
            .reconnect_with(|options| options.pragma("max_page_count", "100000"));
        assert!(store.connections.last_write_failed());
        store.check().await.unwrap();
        assert!(store.insert_record(KIND, &record(kept)).await.unwrap());
        assert!(!store.connections.last_write_failed());
        store.integrity_check().await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_became_read_only() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = store(&directory).await;
        assert!(store.insert_record(KIND, &record(0)).await.unwrap());
        store.connections.reconnect_with(|options| options.read_only(true));
        check(
            &store.insert_record(KIND, &record(1)).await.unwrap_err(),
            ErrorKind::NotConfigured,
            "cannot be written",
        );
        check(
            &store.check().await.unwrap_err(),
            ErrorKind::NotConfigured,
            "cannot be written",
        );
        assert!(
            store.record(KIND, "0").await.unwrap().is_some(),
            "what is there can still be read"
        );
    }

    #[tokio::test]
    async fn queries_use_their_indexes() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory).await;
        let mut connection = store.connections.read().await.unwrap();
        for (sql, index) in [
            (
                "SELECT body FROM records WHERE kind = 'a' AND due_at <= 5 ORDER BY due_at, key LIMIT 3",
                "records_due",
            ),
            (
                "SELECT body FROM records WHERE kind = 'a' AND key >= 'a' AND key < 'b' ORDER BY key DESC",
                "PRIMARY KEY",
            ),
            (
                "SELECT body FROM records INDEXED BY records_open
                 WHERE kind = 'a' AND key >= 'a' AND key < 'b' AND due_at IS NOT NULL ORDER BY key",
                "records_open",
            ),
            (
                "SELECT kind FROM records WHERE expires_at <= 5 ORDER BY expires_at LIMIT 3",
                "records_by_expiry",
            ),
            (
                "SELECT name FROM portfolios WHERE owner = 'a' AND archived = 0 AND id > x'' ORDER BY id",
                "portfolios_by_owner",
            ),
            (
                "SELECT document FROM portfolios WHERE id >= x'' AND id < x'ff' AND created_at <= 5 ORDER BY id",
                "(id>",
            ),
            (
                "SELECT as_of FROM portfoliovaluations WHERE expire_at <= 5 ORDER BY expire_at",
                "portfoliovaluations_by_expiry",
            ),
            (
                "SELECT symbol FROM held_assets WHERE (class, symbol, currency, cost_date) > (1, 'a', 'b', '')
                 ORDER BY class, symbol, currency, cost_date",
                "PRIMARY KEY",
            ),
        ] {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                    .fetch_all(&mut *connection)
                    .await
                    .unwrap();
            let text: Vec<_> = plan.into_iter().map(|(.., text)| text).collect();
            assert!(
                text.iter().any(|line| line.contains("SEARCH") && line.contains(index)),
                "{sql}: {text:?}"
            );
            assert!(!text.iter().any(|line| line.contains("TEMP B-TREE")), "{sql}: {text:?}");
        }
    }
}
