//! Which kinds of records there are, for whoever copies a store.

use super::RecordKind;

/// Every kind of record that this crate keeps.
pub const RECORD_KINDS: &[RecordKind] = &[
    RecordKind("alerts"),
    RecordKind("asset_list"),
    RecordKind("book"),
    RecordKind("budget"),
    RecordKind("history"),
    RecordKind("manual_currency"),
    RecordKind("manual_price"),
    RecordKind("newest_book"),
    RecordKind("notifications"),
    RecordKind("quarantine"),
    RecordKind("source_alerts"),
    RecordKind("splits"),
];
