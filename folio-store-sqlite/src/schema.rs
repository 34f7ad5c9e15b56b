//! Making the file, telling whose it is, and bringing its schema up to date.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

use folio_core::{Error, ErrorKind, Result};
use sqlx::migrate::Migrator;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::time::Instant;
use uuid::Uuid;

use crate::connections::{options, pause};
use crate::error::{busy, corrupt, failure, is_busy, migration_failure, not_writable};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// SQLite's `application_id` of folio's stores, "foli".
const APPLICATION_ID: i32 = 0x666f_6c69;

/// What to do about a store that an older folio has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// Leave it as it is and fail: for tools that run beside a server.
    Refuse,
    /// Bring it up to date.
    Apply,
}

/// How the schema of a file compares to the one that this crate reads.
#[derive(Debug, PartialEq, Eq)]
enum Schema {
    Empty,
    Older,
    Current,
}

/// Makes the file unless it is there, readable by its owner alone, and the directories above it.
pub(crate) fn make_file(path: &Path) -> Result<()> {
    if let Some(directory) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(directory)
            .map_err(|error| not_writable(directory, error))?;
    }
    let mut file = OpenOptions::new();
    file.write(true).create_new(true);
    // SQLite gives the files beside it the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(not_writable(path, error)),
    }
}

/// A connection to a store of the current schema in the file at `path`, and the id of the store.
pub(crate) async fn open(path: &Path, migrate: Migrate, deadline: Instant) -> Result<(SqliteConnection, Uuid)> {
    loop {
        // Another process that makes or recovers the same file holds it for a moment, and some of these
        // locks SQLite does not wait for.
        match try_open(path, migrate).await {
            Ok(opened) => return Ok(opened),
            Err(Refused::Busy) if Instant::now() < deadline => pause().await,
            Err(Refused::Busy) => return Err(busy(path)),
            Err(Refused::Other(error)) => return Err(error),
        }
    }
}

enum Refused {
    Busy,
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

async fn try_open(path: &Path, migrate: Migrate) -> Result<(SqliteConnection, Uuid), Refused> {
    let refuse = |error: sqlx::Error| {
        if is_busy(&error) {
            Refused::Busy
        } else {
            Refused::Other(failure(path, error))
        }
    };
    let mut connection = options(path).connect().await.map_err(refuse)?;
    let schema = compare(path, &mut connection).await.map_err(refuse)??;
    if schema == Schema::Older && migrate == Migrate::Refuse {
        return Err(older(path).into());
    }
    // Only now: the file of another program keeps the mode it had.
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode = WAL")
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
    if mode != "wal" {
        return Err(Refused::Other(
            Error::new(
                ErrorKind::NotConfigured,
                "the database cannot be shared safely on this file system: put it on a local disk",
            )
            .with_context("path", path.display()),
        ));
    }
    if schema != Schema::Current {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(refuse)?;
        // Another process may have been here since the look without the lock.
        compare(path, &mut transaction).await.map_err(refuse)??;
        MIGRATIONS
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(|error| migration_failure(path, error))?;
        sqlx::query("INSERT INTO store (id, sweep) SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM store)")
            .bind(Uuid::new_v4().to_string())
            .execute(&mut *transaction)
            .await
            .map_err(refuse)?;
        transaction.commit().await.map_err(refuse)?;
    }
    let id: String = sqlx::query_scalar("SELECT id FROM store")
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
    let id = id.parse().map_err(|_| corrupt("store id", &id))?;
    Ok((connection, id))
}

/// The outer error is SQLite's, the inner one says why the file is refused.
async fn compare(path: &Path, connection: &mut SqliteConnection) -> sqlx::Result<Result<Schema>> {
    let application: i32 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    if application != APPLICATION_ID {
        return Ok(if application == 0 && tables == 0 {
            Ok(Schema::Empty)
        } else {
            Err(foreign(path))
        });
    }
    let applied: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut *connection)
        .await?;
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
    Ok(match applied.cmp(&newest) {
        std::cmp::Ordering::Less => Ok(Schema::Older),
        std::cmp::Ordering::Equal => Ok(Schema::Current),
        std::cmp::Ordering::Greater => Err(Error::new(
            ErrorKind::Unsupported,
            "this file was written by a newer folio: use that version, or another file",
        )
        .with_context("path", path.display())),
    })
}

fn foreign(path: &Path) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        "this SQLite file belongs to another program: choose another path",
    )
    .with_context("path", path.display())
}

fn older(path: &Path) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "this file was written by an older folio: run `folio serve` or `folio migrate` once to bring it up to date",
    )
    .with_context("path", path.display())
}
