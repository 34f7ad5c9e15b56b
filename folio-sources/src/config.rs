//! What the settings of all sources have in common.

use folio_core::{Error, ErrorKind, Result};

/// The error for a setting that a source does not have.
pub(crate) fn unknown_key(source: &str, key: &str, allowed: &str) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!("{source} has no setting {key:?}; it has {allowed}"),
    )
}

/// Reads a number of calls a minute.
pub(crate) fn per_minute(source: &str, text: &str) -> Result<u32> {
    text.trim()
        .parse()
        .ok()
        .filter(|calls| (1..=100_000).contains(calls))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotConfigured,
                format!("{source}: per_minute is {text:?}; it has to be a whole number of calls from 1 to 100000"),
            )
        })
}
