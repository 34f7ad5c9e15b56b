//! One connection that writes, a few that read.
//!
//! SQLite has one writer at a time. Within the process writers queue here, in the order they came;
//! between processes they try until their time is up. sqlx's pool is not used because it asks the
//! connection's thread for a sign of life before and after each use, which costs more than a point read.
//!
//! A connection goes back to its place only after its work came to an end: one whose caller failed or went
//! away in the middle is closed, and SQLite rolls back what it had begun.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};

use crate::config::SqliteConfig;
use crate::error::{busy, closed, failure, is_busy};

/// How long SQLite itself waits for a lock. Short, because it waits up to 100 ms between two looks and
/// so starves beside a process that writes without a pause; the wait proper is in [`Connections::begin`].
const LOCK_WAIT: Duration = Duration::from_millis(20);
/// The longest pause between two tries to get the lock, in milliseconds.
const LONGEST_PAUSE: u64 = 10;
/// The write-ahead log goes into the file when it has so many pages. A run touches a page of each portfolio;
/// the more of them meet in the log, the fewer are written twice.
const CHECKPOINT_PAGES: &str = "4000";
/// The log file shrinks to so many bytes after a long read let it grow.
const LOG_BYTES: &str = "67108864";

#[derive(Debug)]
pub(crate) struct Connections {
    path: PathBuf,
    options: SqliteConnectOptions,
    wait: Duration,
    writer: Mutex<Option<SqliteConnection>>,
    readers: Semaphore,
    idle: std::sync::Mutex<Vec<SqliteConnection>>,
    last_write_failed: AtomicBool,
}

/// The options of every connection, except that the journal's mode is left as it is.
pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(LOCK_WAIT)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", LOG_BYTES)
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .statement_cache_capacity(64)
        .row_buffer_size(256)
        .disable_statement_logging()
}

impl Connections {
    pub(crate) fn new(path: PathBuf, config: &SqliteConfig, writer: SqliteConnection) -> Self {
        let readers = usize::try_from(config.readers.get())
            .unwrap_or(1)
            .min(Semaphore::MAX_PERMITS);
        Self {
            options: options(&path),
            path,
            wait: Duration::from_secs(config.busy_timeout_seconds.get().into()),
            writer: Mutex::new(Some(writer)),
            readers: Semaphore::new(readers),
            idle: std::sync::Mutex::default(),
            last_write_failed: AtomicBool::new(false),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the last write failed for a reason other than other writers.
    pub(crate) fn last_write_failed(&self) -> bool {
        self.last_write_failed.load(Ordering::Relaxed)
    }

    /// The error to answer when SQLite failed.
    pub(crate) fn failure(&self, error: sqlx::Error) -> Error {
        failure(&self.path, error)
    }

    /// A connection that reads; it sees what was committed when its statement began.
    pub(crate) async fn read(&self) -> Result<Read<'_>> {
        let deadline = Instant::now() + self.wait;
        let permit = match timeout_at(deadline, self.readers.acquire()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(closed(&self.path)),
            Err(_) => {
                return Err(
                    Error::new(ErrorKind::Unavailable, "the database is busy with other reads")
                        .with_retry_after(Duration::from_secs(1)),
                );
            }
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let options = self.options.clone().pragma("query_only", "ON");
                options.connect().await.map_err(|error| self.failure(error))?
            }
        };
        Ok(Read {
            connection,
            idle: &self.idle,
            _permit: permit,
        })
    }

    /// The connection that writes, in a transaction of its own that has SQLite's write lock.
    pub(crate) async fn begin(&self) -> Result<Write<'_>> {
        let deadline = Instant::now() + self.wait;
        let mut slot = timeout_at(deadline, self.writer.lock())
            .await
            .map_err(|_| busy(&self.path))?;
        if self.readers.is_closed() {
            return Err(closed(&self.path));
        }
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self
                .options
                .connect()
                .await
                .map_err(|error| self.write_failure(error))?,
        };
        loop {
            match sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await {
                Ok(_) => {
                    return Ok(Write {
                        connections: self,
                        connection,
                        slot,
                    });
                }
                Err(error) if is_busy(&error) && Instant::now() < deadline => pause().await,
                Err(error) => {
                    if is_busy(&error) {
                        *slot = Some(connection);
                    }
                    return Err(self.write_failure(error));
                }
            }
        }
    }

    fn write_failure(&self, error: sqlx::Error) -> Error {
        self.last_write_failed.store(!is_busy(&error), Ordering::Relaxed);
        self.failure(error)
    }

    /// Closes all connections; what comes later is refused.
    pub(crate) async fn close(&self) -> Result<()> {
        self.readers.close();
        let writer = self.writer.lock().await.take();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle.into_iter().chain(writer) {
            connection.close().await.map_err(|error| self.failure(error))?;
        }
        Ok(())
    }
}

/// A wait of random length, so that two processes do not look at the lock in step.
pub(crate) async fn pause() {
    sleep(Duration::from_millis(fastrand::u64(1..=LONGEST_PAUSE))).await;
}

/// A connection that reads.
#[derive(Debug)]
pub(crate) struct Read<'a> {
    connection: SqliteConnection,
    idle: &'a std::sync::Mutex<Vec<SqliteConnection>>,
    _permit: SemaphorePermit<'a>,
}

impl Read<'_> {
    /// Gives the connection back after its statement ended.
    pub(crate) fn done(self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.connection);
    }
}

impl Deref for Read<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Read<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// The connection that writes, in a transaction that is undone unless it is committed.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    connections: &'a Connections,
    connection: SqliteConnection,
    slot: MutexGuard<'a, Option<SqliteConnection>>,
}

impl Write<'_> {
    /// The error to answer when a statement of this transaction failed.
    pub(crate) fn failure(&self, error: sqlx::Error) -> Error {
        self.connections.write_failure(error)
    }

    /// Makes the writes durable.
    pub(crate) async fn commit(mut self) -> Result<()> {
        sqlx::query("COMMIT")
            .execute(&mut self.connection)
            .await
            .map_err(|error| self.failure(error))?;
        self.connections.last_write_failed.store(false, Ordering::Relaxed);
        *self.slot = Some(self.connection);
        Ok(())
    }

    /// Undoes the writes.
    pub(crate) async fn rollback(mut self) -> Result<()> {
        sqlx::query("ROLLBACK")
            .execute(&mut self.connection)
            .await
            .map_err(|error| self.failure(error))?;
        *self.slot = Some(self.connection);
        Ok(())
    }
}

impl Deref for Write<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

#[cfg(test)]
impl Connections {
    /// Changes how connections are made from now on, to stage a fault.
    pub(crate) fn reconnect_with(&mut self, change: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions) {
        self.options = change(self.options.clone());
        *self.writer.get_mut() = None;
    }
}
