//! What a store that was copied into remembers of that.

use folio_core::store::{IdRange, OpsStore, RecordKind, Row, Scan, Store, Table, Versioned};
use folio_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record_kinds;

const KEY: &str = "source";

/// All portfolios.
pub(super) const ALL: IdRange = IdRange {
    lo: None,
    after: false,
    hi: None,
};

/// Where the content of a store comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Migration {
    /// The id of the store that it was copied from.
    source: Uuid,
    /// When the last copy began.
    started_at: Timestamp,
    /// When it was found whole.
    finished_at: Option<Timestamp>,
    /// When a server first ran on it.
    served_at: Option<Timestamp>,
}

impl Row for Migration {
    const KIND: RecordKind = RecordKind("migration");

    fn key(&self) -> String {
        KEY.to_owned()
    }
}

fn table(store: &dyn Store) -> Table<'_, Migration> {
    let records: &dyn OpsStore = store;
    Table::new(records)
}

/// Claims a store as the copy of another: one that is empty, or an earlier copy that no server has run on.
pub(super) async fn begin(to: &dyn Store, source: Uuid, now: Timestamp) -> Result<()> {
    let fresh = Migration {
        source,
        started_at: now,
        finished_at: None,
        served_at: None,
    };
    let Some(mut marker) = table(to).get(KEY).await? else {
        if !is_empty(to).await? {
            return Err(refused("the target is not empty, and it is no copy of this source"));
        }
        return if table(to).insert(&fresh).await? {
            Ok(())
        } else {
            Err(refused("somebody else has just begun to copy into the target"))
        };
    };
    if marker.source != source {
        return Err(refused("the target is the copy of another store"));
    }
    if let Some(at) = marker.served_at {
        let detail = format!(
            "a server has run on the target since {at}, and what it wrote would be lost; take an empty target to \
             copy anew"
        );
        return Err(refused(&detail));
    }
    *marker = fresh;
    written(table(to).replace(&mut marker).await?)
}

/// Says that the copy is whole.
pub(super) async fn finish(to: &dyn Store, now: Timestamp) -> Result<()> {
    let marker = table(to).get(KEY).await?;
    let mut marker = marker.ok_or_else(|| refused("the target has lost its mark of a copy"))?;
    marker.finished_at = Some(now);
    written(table(to).replace(&mut marker).await?)
}

/// Has a server begin on a store: from then on nothing is copied over what it writes.
///
/// # Errors
/// `Conflict` for a copy that is not whole, `Unavailable`.
pub async fn begin_serving(store: &dyn Store, now: Timestamp) -> Result<()> {
    let note = |marker: &mut Migration| {
        if marker.finished_at.is_none() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "the store is a copy that was begun at {} and is not whole; run the same `folio migrate` again",
                    marker.started_at
                ),
            ));
        }
        let is_first = marker.served_at.is_none();
        marker.served_at.get_or_insert(now);
        Ok(is_first)
    };
    table(store).modify(KEY, note).await.map(|_: Option<Versioned<_>>| ())
}

async fn is_empty(store: &dyn Store) -> Result<bool> {
    if !store.portfolios_between(&ALL, Timestamp::MAX, 1).await?.is_empty() {
        return Ok(false);
    }
    let first = Scan {
        limit: 1,
        ..Scan::default()
    };
    for kind in record_kinds() {
        if !store.scan_records(kind, &first).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn refused(detail: &str) -> Error {
    Error::new(ErrorKind::Conflict, detail)
}

fn written(done: bool) -> Result<()> {
    if done {
        Ok(())
    } else {
        Err(refused("somebody else copies into the target at the same time"))
    }
}
