//! Files that are damaged, foreign, too new, or in a place that cannot be written.

use std::path::{Path, PathBuf};

use folio_core::store::{PortfolioStore, ValuationStore};
use folio_core::{Error, ErrorKind, OwnerId, ValuationId};
use folio_store_sqlite::{Migrate, SqliteConfig, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::common::{clock, hours, id, open, portfolio, snapshot, start};

async fn try_open(path: &Path) -> Result<SqliteStore, Error> {
    SqliteStore::open(SqliteConfig::new(path), clock()).await
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(error.kind(), kind, "{error:?}");
    for part in parts {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

/// A store with 400 snapshots, closed.
async fn filled(directory: &Path) -> PathBuf {
    let path = directory.join("folio.db");
    let store = open(&path).await;
    let portfolio = portfolio(1, 20);
    store.create_portfolio(&portfolio).await.unwrap();
    let snapshots: Vec<_> = (0..400).map(|hour| snapshot(&portfolio, hours(hour))).collect();
    store.insert_valuations(&snapshots).await.unwrap();
    store.close().await.unwrap();
    path
}

async fn execute(path: &Path, sql: &'static str) {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folio.db");
    let text = "date,asset,quantity\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    check(
        &try_open(&path).await.unwrap_err(),
        ErrorKind::CorruptData,
        &["not a SQLite database", "folio.db"],
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "the file was changed");
}

#[tokio::test]
async fn the_database_of_another_program() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    execute(
        &path,
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY); CREATE TABLE songs (title TEXT)",
    )
    .await;
    let before = std::fs::read(&path).unwrap();
    check(
        &try_open(&path).await.unwrap_err(),
        ErrorKind::NotConfigured,
        &["another program", "other.db"],
    );
    assert_eq!(std::fs::read(&path).unwrap(), before, "the file was changed");
}

#[tokio::test]
async fn a_truncated_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = filled(directory.path()).await;
    let length = std::fs::metadata(&path).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(length / 2 / 4096 * 4096).unwrap();
    check(
        &try_open(&path).await.unwrap_err(),
        ErrorKind::CorruptData,
        &["damaged", "backup", "folio.db"],
    );
}

#[tokio::test]
async fn a_page_that_was_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = filled(directory.path()).await;
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    // The first pages hold the schema, which opening reads; all others go.
    bytes[20 * 4096..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    assert!(pages > 100, "{pages} pages");

    let store = open(&path).await;
    check(
        &store.integrity_check().await.unwrap_err(),
        ErrorKind::CorruptData,
        &["damaged", "folio.db"],
    );
    let mut refused = 0;
    for hour in 0..400 {
        if let Err(error) = store.valuation(id(1), ValuationId::derived(id(1), hours(hour))).await {
            check(&error, ErrorKind::CorruptData, &["folio.db"]);
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused} reads were refused");
}

#[tokio::test]
async fn a_place_that_cannot_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = try_open(&file.join("folio.db")).await.unwrap_err();
    check(&error, ErrorKind::NotConfigured, &["cannot be written", "file"]);

    let error = try_open(directory.path()).await.unwrap_err();
    check(&error, ErrorKind::NotConfigured, &["cannot be opened"]);
}

#[tokio::test]
async fn a_store_is_not_made_by_looking_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folio.db");
    let opened = SqliteStore::open_existing(SqliteConfig::new(&path), clock(), Migrate::Apply).await;
    check(&opened.unwrap_err(), ErrorKind::NotFound, &["folio serve", "folio.db"]);
    assert!(!path.exists());
}

#[tokio::test]
async fn the_file_of_a_newer_folio() {
    let directory = tempfile::tempdir().unwrap();
    let path = filled(directory.path()).await;
    execute(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', TRUE, x'00', 0)",
    )
    .await;
    for migrate in [Migrate::Refuse, Migrate::Apply] {
        let opened = SqliteStore::open_existing(SqliteConfig::new(&path), clock(), migrate).await;
        check(
            &opened.unwrap_err(),
            ErrorKind::Unsupported,
            &["newer folio", "folio.db"],
        );
    }
}

#[tokio::test]
async fn an_older_file_is_migrated_only_when_asked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folio.db");
    // A store before its first migration: the mark and the list of migrations are there, the tables are not.
    execute(
        &path,
        "PRAGMA application_id = 1718578281;
         CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
         execution_time BIGINT NOT NULL)",
    )
    .await;
    let opened = SqliteStore::open_existing(SqliteConfig::new(&path), clock(), Migrate::Refuse).await;
    check(
        &opened.unwrap_err(),
        ErrorKind::Unsupported,
        &["older folio", "folio serve", "folio.db"],
    );
    let store = SqliteStore::open_existing(SqliteConfig::new(&path), clock(), Migrate::Apply)
        .await
        .unwrap();
    store.create_portfolio(&portfolio(1, 1)).await.unwrap();
    let again = SqliteStore::open_existing(SqliteConfig::new(&path), clock(), Migrate::Refuse)
        .await
        .unwrap();
    assert_eq!(
        again.portfolio(&OwnerId::default(), id(1)).await.unwrap(),
        portfolio(1, 1)
    );
    assert_eq!(again.store_id(), store.store_id());
}

#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new").join("deep").join("folio.db");
    let store = open(&path).await;
    store.create_portfolio(&portfolio(1, 1)).await.unwrap();
    #[cfg(unix)]
    for name in ["folio.db", "folio.db-wal", "folio.db-shm"] {
        let metadata = std::fs::metadata(path.with_file_name(name)).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_lock_that_another_process_keeps() {
    let directory = tempfile::tempdir().unwrap();
    let path = filled(directory.path()).await;
    let mut config = SqliteConfig::new(&path);
    config.busy_timeout_seconds = 1.try_into().unwrap();
    let store = SqliteStore::open(config, clock()).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();

    let error = store.create_portfolio(&portfolio(2, 1)).await.unwrap_err();
    check(&error, ErrorKind::Unavailable, &["busy", "folio.db"]);
    assert!(error.retry_after().is_some());
    check(&store.check().await.unwrap_err(), ErrorKind::Unavailable, &["busy"]);
    assert!(
        store.portfolio(&OwnerId::default(), id(1)).await.is_ok(),
        "readers do not wait for writers"
    );

    other.execute("ROLLBACK").await.unwrap();
    store.create_portfolio(&portfolio(2, 1)).await.unwrap();
    store.check().await.unwrap();
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path().join("folio.db")).await;
    let one = portfolio(1, 20);
    let snapshots: Vec<_> = (0..300).map(|hour| snapshot(&one, hours(hour))).collect();
    for polls in 0..200 {
        // The call is dropped after so many looks at it, in whatever statement it then is.
        let mut call = store.insert_valuations(&snapshots);
        for _ in 0..polls % 40 {
            if futures::poll!(&mut call).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let made = store.insert_valuations(&snapshots).await.unwrap();
    assert_eq!(made.len(), snapshots.len());
    store.integrity_check().await.unwrap();
    for one in &snapshots {
        let kept = store.valuation(id(1), one.valuation.id).await.unwrap();
        assert_eq!(kept.as_ref(), Some(&one.valuation));
    }
    assert_eq!(start(), hours(0));
}
