//! Documents: what is in the collections, and nobody's type.
//!
//! Fields have the names of the API. Amounts are `Decimal128`, instants BSON dates, ids binary UUIDs, days and words
//! text. They are written and read by hand, so that a decimal is never a string or a binary fraction, whatever way
//! it takes into a command.

mod asset;
mod decimal;
mod portfolio;
mod read;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod valuation;
mod write;

use bson::spec::BinarySubtype;
use bson::{Binary, DateTime};
use folio_core::Result;
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use asset::{rate_id, read_held, read_info, read_rate, write_held, write_info, write_rate};
pub(crate) use portfolio::{read_deleted, read_portfolio, read_summary, write_deleted, write_portfolio};
pub(crate) use read::read_id;
pub(crate) use record::{read_record, write_record};
pub(crate) use store::read_store;
pub(crate) use valuation::{read_new_snapshot, read_snapshot, read_snapshot_key, read_totals, write_snapshot};

use crate::error::corrupt;

/// The milliseconds since 1970 that an instant is stored as.
pub(crate) fn millis(instant: Timestamp) -> i64 {
    folio_core::to_millis(instant).as_millisecond()
}

/// The instant that is stored as so many milliseconds since 1970.
pub(crate) fn instant(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(millis).map_err(|_| corrupt("instant", millis))
}

/// An instant in a query.
pub(crate) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(millis(at))
}

/// The first whole millisecond that is not before an instant, in a query.
pub(crate) fn date_up(at: Timestamp) -> DateTime {
    let cut = millis(at);
    let up = i64::from(folio_core::to_millis(at) != at);
    DateTime::from_millis(cut + up)
}

/// An id in a query.
pub(crate) fn binary(id: &Uuid) -> Binary {
    Binary {
        subtype: BinarySubtype::Uuid,
        bytes: id.as_bytes().to_vec(),
    }
}
