//! Which records are copied.

use folio_core::store::{RecordKind, Row};

use super::marker::Migration;
use crate::presence::ProcessRow;

/// The kinds of records of this crate that are copied.
const OWN: &[RecordKind] = &[RecordKind("idempotency"), RecordKind("session"), RecordKind("token")];

/// The kinds that say something of one store only: which processes run on it, and what it is a copy of.
pub const LEFT_BEHIND: &[RecordKind] = &[ProcessRow::KIND, Migration::KIND];

/// The kinds of records that are copied. A store keeps its own id, by which its queue is named: two stores
/// with one id would share a queue.
pub fn record_kinds() -> impl Iterator<Item = RecordKind> {
    let all = [folio_core::store::RECORD_KINDS, folio_jobs::RECORD_KINDS, OWN];
    all.into_iter().flatten().copied()
}
