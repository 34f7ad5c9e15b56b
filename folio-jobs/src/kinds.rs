//! Which kinds of records the jobs keep, for whoever copies a store.

use folio_core::store::RecordKind;

/// Every kind of record that this crate keeps.
pub const RECORD_KINDS: &[RecordKind] = &[
    RecordKind("chunks"),
    RecordKind("disabled_channels"),
    RecordKind("incidents"),
    RecordKind("job_claims"),
    RecordKind("jobs"),
    RecordKind("missed"),
    RecordKind("outbox"),
    RecordKind("owner_jobs"),
    RecordKind("schedules"),
    RecordKind("sweeps"),
    RecordKind("ticks"),
];
