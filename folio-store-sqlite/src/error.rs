//! What SQLite reports, in words that somebody can act on.
//!
//! Result codes: <https://www.sqlite.org/rescode.html>.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use folio_core::{Error, ErrorKind};
use sqlx::migrate::MigrateError;

/// When a caller may try again after another process kept the file locked.
const BUSY_DELAY: Duration = Duration::from_secs(1);
/// When a caller may try again after the disk was full or failed: a person has to do something first.
const DISK_DELAY: Duration = Duration::from_secs(30);

const BUSY: i32 = 5;
const LOCKED: i32 = 6;

/// The result code without its extension: 5 for every kind of `SQLITE_BUSY`.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

/// Whether another connection holds a lock that this one needs.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(BUSY | LOCKED))
}

/// The error that a caller sees.
pub(crate) fn failure(path: &Path, error: sqlx::Error) -> Error {
    let (kind, message, delay) = match primary_code(&error) {
        Some(BUSY | LOCKED) => busy_text(),
        Some(13) => (
            ErrorKind::Unavailable,
            "the disk is full: what was stored is safe, free some space to write again",
            Some(DISK_DELAY),
        ),
        Some(10) => (
            ErrorKind::Unavailable,
            "the disk cannot be read or written",
            Some(DISK_DELAY),
        ),
        Some(7 | 9) => (
            ErrorKind::Unavailable,
            "the database ran out of memory or was interrupted",
            Some(BUSY_DELAY),
        ),
        Some(3 | 8 | 23) => (
            ErrorKind::NotConfigured,
            "the database cannot be written: give this user write access to the file and its directory",
            None,
        ),
        Some(14) => (
            ErrorKind::NotConfigured,
            "the database cannot be opened: check that its directory exists and this user may write there",
            None,
        ),
        Some(26) => (
            ErrorKind::CorruptData,
            "the file is not a SQLite database: move it away, or put a backup in its place",
            None,
        ),
        Some(11) => (
            ErrorKind::CorruptData,
            "the database file is damaged: stop folio, copy the file, and put a backup in its place or try `sqlite3 FILE .recover`",
            None,
        ),
        Some(18) => (
            ErrorKind::PayloadTooLarge,
            "the row is larger than what SQLite stores",
            None,
        ),
        Some(_) => (ErrorKind::Internal, "the database refused a statement", None),
        None => match &error {
            sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => (
                ErrorKind::Unavailable,
                "the connection to the database broke",
                Some(BUSY_DELAY),
            ),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                (ErrorKind::CorruptData, "a stored row cannot be read back", None)
            }
            _ => (ErrorKind::Internal, "the database driver failed", None),
        },
    };
    build(path, kind, message, delay).with_source(error)
}

/// The error of a failed migration.
pub(crate) fn migration_failure(path: &Path, error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failure(path, error),
        error => build(
            path,
            ErrorKind::CorruptData,
            "the schema of the database is not one that folio has written",
            None,
        )
        .with_source(error),
    }
}

/// The error of a write that did not get its turn in time.
pub(crate) fn busy(path: &Path) -> Error {
    let (kind, message, delay) = busy_text();
    build(path, kind, message, delay)
}

fn busy_text() -> (ErrorKind, &'static str, Option<Duration>) {
    (
        ErrorKind::Unavailable,
        "the database is busy with other writes",
        Some(BUSY_DELAY),
    )
}

/// The error of everything that is used after the store was closed.
pub(crate) fn closed(path: &Path) -> Error {
    build(path, ErrorKind::Unavailable, "the store is closed", None)
}

/// The error about a file or directory that cannot be made or used.
pub(crate) fn not_writable(path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!("{} cannot be written: {error}", path.display()),
    )
    .with_source(error)
}

/// The error about a value that was stored and makes no sense.
pub(crate) fn corrupt(what: &str, value: impl Display) -> Error {
    Error::new(ErrorKind::CorruptData, format!("a stored {what} cannot be read back")).with_context("stored", value)
}

fn build(path: &Path, kind: ErrorKind, message: &str, delay: Option<Duration>) -> Error {
    let error = Error::new(kind, message).with_context("path", path.display());
    match delay {
        Some(delay) => error.with_retry_after(delay),
        None => error,
    }
}
