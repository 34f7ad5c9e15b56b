//! The file of the SQLite queue: opening it, knowing it again, and replacing it when it is ruined.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use apalis_sqlite::SqliteStorage;
use folio_core::{Error, ErrorKind, Result};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tracing::warn;

/// A write waits this long for those of other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open file, as it was found.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) pool: SqlitePool,
    pub(super) file: Option<FileId>,
    /// How often the file was opened before.
    pub(super) generation: u64,
    /// Whether it must be checked before its next use.
    pub(super) doubtful: bool,
}

/// Opens the file at `path`, makes it if it is not there, and replaces it if it is corrupt.
pub(super) async fn open(path: &Path, generation: u64) -> Result<Opened> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Unavailable, "the file of the job queue cannot be opened")
            .with_operation("queue.open")
            .with_context("path", path.display())
            .with_source(error)
    };
    // Processes that start together would run the migrations twice, or move aside what another has
    // just made in place of a corrupt file.
    let lock = {
        let path = beside(path, ".lock");
        tokio::task::spawn_blocking(move || lock(&path)).await
    };
    let _lock = match lock {
        Ok(lock) => lock.map_err(|error| failed(error.into()))?,
        Err(error) => return Err(failed(error.into())),
    };

    if !path.exists() {
        // What is left of a deleted file belongs to no new one.
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(beside(path, suffix));
        }
    }
    let pool = match connect(path).await {
        Err(OpenError::Corrupt(reason)) => {
            let aside = move_aside(path).map_err(|error| failed(error.into()))?;
            warn!(path = %path.display(), aside = %aside.display(), reason,
                "the file of the job queue is corrupt; a new one takes its place");
            connect(path).await
        }
        connected => connected,
    };
    let pool = pool.map_err(|error| match error {
        OpenError::Corrupt(reason) => failed(reason.into()),
        OpenError::Database(error) => failed(error.into()),
        OpenError::Foreign(error) => Error::new(
            ErrorKind::NotConfigured,
            "the file is not one of this version's job queues: name another, or delete it",
        )
        .with_operation("queue.open")
        .with_context("path", path.display())
        .with_source(error),
    })?;
    Ok(Opened {
        pool,
        file: file_id(path),
        generation,
        doubtful: false,
    })
}

enum OpenError {
    Corrupt(String),
    Foreign(sqlx::migrate::MigrateError),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        match code(&error) {
            Some(CORRUPT | NOT_A_DATABASE) => Self::Corrupt(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

async fn connect(path: &Path) -> Result<SqlitePool, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT);
    // One connection that stays: writers of one process queue up here instead of sleeping on
    // SQLite's lock, and the file keeps its identity as long as it is open.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    let verdict: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&pool).await?;
    if verdict != "ok" {
        pool.close().await;
        return Err(OpenError::Corrupt(verdict));
    }
    // apalis' own `setup` is not used: it turns `synchronous` off.
    match SqliteStorage::migrations().run(&pool).await {
        Ok(()) => {}
        Err(sqlx::migrate::MigrateError::Execute(error)) => return Err(error.into()),
        Err(error) => return Err(OpenError::Foreign(error)),
    }
    // SQLite would acknowledge by this index, which visits all that the worker has ever handled: the
    // more it has done, the slower it gets. Without it, the tasks are looked up by their ids.
    sqlx::query("DROP INDEX IF EXISTS LIdx").execute(&pool).await?;
    // The migrations only look at their own list.
    let tables = "SELECT EXISTS (SELECT id FROM Jobs) + EXISTS (SELECT id FROM Workers)";
    match sqlx::query(tables).execute(&pool).await {
        Ok(_) => Ok(pool),
        Err(error) if code(&error) == Some(ERROR) => {
            pool.close().await;
            Err(OpenError::Corrupt(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CONSTRAINT: i32 = 19;
const NOT_A_DATABASE: i32 = 26;

/// SQLite's primary result code.
fn code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether it may help to open the file again: it may be gone, replaced or ruined.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(code) => !matches!(code, BUSY | LOCKED | FULL | CONSTRAINT),
        None => matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The exclusive lock of the file at `path`, held until the file is dropped or the process dies.
fn lock(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.lock() {
        // Some network file systems have no locks; there a simultaneous first start is a risk.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        locked => locked.map(|()| file),
    }
}

/// Renames the file at `path`, and what SQLite keeps beside it, to the first free number.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = (1_u32..)
        .map(|n| beside(path, &format!(".corrupt-{n}")))
        .find(|aside| !aside.exists())
        .ok_or(io::ErrorKind::AlreadyExists)?;
    fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Tells a file from another one that has taken its name.
#[cfg(unix)]
pub(super) type FileId = (u64, u64);
#[cfg(not(unix))]
pub(super) type FileId = std::time::SystemTime;

#[cfg(unix)]
pub(super) fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
pub(super) fn file_id(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok()?.created().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_file_keeps_what_it_was_told() {
        let folder = tempfile::tempdir().unwrap();
        let opened = open(&folder.path().join("queue.db"), 0).await.unwrap();
        let pragma =
            async |sql: &'static str| -> String { sqlx::query_scalar(sql).fetch_one(&opened.pool).await.unwrap() };
        assert_eq!(pragma("SELECT journal_mode FROM pragma_journal_mode").await, "wal");
        let full = pragma("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await;
        assert_eq!(full, "2", "FULL: a commit survives a loss of power");
        let wait = pragma("SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout").await;
        assert_eq!(wait, BUSY_TIMEOUT.as_millis().to_string());
    }

    #[tokio::test]
    async fn acknowledging_does_not_visit_what_was_acknowledged_before() {
        let folder = tempfile::tempdir().unwrap();
        let opened = open(&folder.path().join("queue.db"), 0).await.unwrap();
        let plan = "EXPLAIN QUERY PLAN
                    UPDATE Jobs SET status = 'Done' FROM json_each('[]') AS acknowledged
                    WHERE Jobs.id = acknowledged.value AND Jobs.lock_by = 'worker'";
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(plan).fetch_all(&opened.pool).await.unwrap();
        assert!(steps.iter().any(|(.., step)| step.ends_with("(id=?)")), "{steps:?}");
    }

    #[tokio::test]
    async fn an_open_file_is_told_from_its_successor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let first = open(&path, 0).await.unwrap();
        assert_eq!(first.file, file_id(&path));
        fs::remove_file(&path).unwrap();
        assert_ne!(first.file, file_id(&path));
        let second = open(&path, 1).await.unwrap();
        assert_ne!(first.file, second.file);
        assert_eq!(second.file, file_id(&path));
    }
}
