//! Which processes run on a store: each says in a record of its own that it is there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use folio_core::store::{OpsStore, RecordKind, Row, Scan, Store, Table};
use folio_core::{Clock, Result};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How often a process says that it is there.
const EVERY: Duration = Duration::from_secs(10);
/// How soon it tries again when the store did not take it in.
const AGAIN: Duration = Duration::from_secs(2);
/// For how long it counts as running after it last said so.
pub const ALIVE_FOR: SignedDuration = SignedDuration::from_secs(30);
/// For how long one that said no goodbye is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long a process that ends waits for the store to take that in.
const GOODBYE: Duration = Duration::from_secs(2);
/// The most processes that are listed.
const LISTED: usize = 1_000;

/// A process that runs, or ran a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRow {
    /// Its id, new at every start.
    pub id: Uuid,
    /// What it does: `all`, `api` or `worker`.
    pub role: String,
    /// The version of folio.
    pub version: String,
    /// Its number on its machine.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last said that it is there.
    pub seen_at: Timestamp,
}

impl Row for ProcessRow {
    const KIND: RecordKind = RecordKind("processes");

    fn key(&self) -> String {
        self.id.to_string()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.seen_at + KEPT)
    }
}

impl ProcessRow {
    /// A process that starts.
    #[must_use]
    pub fn new(role: &str, now: Timestamp) -> Self {
        Self {
            id: Uuid::new_v4(),
            role: role.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: now,
            seen_at: now,
        }
    }

    /// Whether it counts as running.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) < ALIVE_FOR
    }

    /// That the process runs, in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "a server runs (role {}, process {}, seen {})",
            self.role, self.pid, self.seen_at
        )
    }
}

fn table(store: &dyn Store) -> Table<'_, ProcessRow> {
    let records: &dyn OpsStore = store;
    Table::new(records)
}

/// The processes that run on a store, the oldest first.
///
/// # Errors
/// `Unavailable`, `CorruptData`.
pub async fn alive(store: &dyn Store, now: Timestamp) -> Result<Vec<ProcessRow>> {
    let scan = Scan {
        limit: LISTED,
        ..Scan::default()
    };
    let rows = table(store).scan(&scan).await?;
    let rows = rows.into_iter().map(folio_core::store::Versioned::into_inner);
    let mut alive: Vec<_> = rows.filter(|row| row.is_alive(now)).collect();
    alive.sort_by_key(|row| (row.started_at, row.id));
    Ok(alive)
}

/// Why the store does not take in what this process writes; a store may answer and have no room left.
#[derive(Debug, Default)]
pub struct Unwritten(Mutex<Option<String>>);

impl Unwritten {
    /// What the store said when it was last written to, unless it took it in.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, said: &Result<()>) {
        let reason = said.as_ref().err().map(|error| error.message().to_owned());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }
}

/// Says that a process is there until `ended`, then takes it back.
pub async fn announce(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    unwritten: Arc<Unwritten>,
    mut row: ProcessRow,
    ended: impl Future<Output = ()>,
) {
    tokio::pin!(ended);
    loop {
        row.seen_at = clock.now();
        let said = say(&*store, &row).await;
        unwritten.note(&said);
        if let Err(error) = &said {
            tracing::debug!(%error, "that this process runs cannot be written; it is tried again");
        }
        tokio::select! {
            () = &mut ended => break,
            () = tokio::time::sleep(if said.is_ok() { EVERY } else { AGAIN }) => {}
        }
    }
    let (rows, key) = (table(&*store), row.key());
    let _ = tokio::time::timeout(GOODBYE, rows.remove(&key)).await;
}

async fn say(store: &dyn Store, row: &ProcessRow) -> Result<()> {
    let seen = |kept: &mut ProcessRow| {
        kept.seen_at = row.seen_at;
        Ok(true)
    };
    if table(store).modify(&row.key(), seen).await?.is_none() {
        table(store).insert(row).await?;
    }
    Ok(())
}
