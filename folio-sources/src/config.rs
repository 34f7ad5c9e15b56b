//! What the settings of all sources have in common.

use folio_core::{Error, ErrorKind, Result};

use crate::http::Secret;

/// The error for a setting that a source does not have.
pub(crate) fn unknown_key(source: &str, key: &str, allowed: &str) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!("{source} has no setting {key:?}; it has {allowed}"),
    )
}

/// Reads a number of calls a minute.
pub(crate) fn per_minute(source: &str, text: &str) -> Result<u32> {
    calls(source, "per_minute", text, 100_000)
}

/// Reads a number of calls a day or a month, `name` being the setting.
pub(crate) fn per_span(source: &str, name: &str, text: &str) -> Result<u32> {
    calls(source, name, text, 1_000_000_000)
}

fn calls(source: &str, name: &str, text: &str, most: u32) -> Result<u32> {
    text.trim()
        .parse()
        .ok()
        .filter(|calls| (1..=most).contains(calls))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotConfigured,
                format!("{source}: {name} is {text:?}; it has to be a whole number of calls from 1 to {most}"),
            )
        })
}

/// A key that is there: an empty one is none.
pub(crate) fn given(key: Option<&Secret>) -> Option<&Secret> {
    key.filter(|key| !key.is_empty())
}
