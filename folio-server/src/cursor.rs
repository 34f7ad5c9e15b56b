//! Where the next part of a list begins: opaque to clients, bound to its list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Problem, Result};

/// Writes a cursor of the list called `list`.
#[must_use]
pub fn encode(list: &str, position: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}:{position}"))
}

/// Reads a cursor of the list called `list`.
///
/// # Errors
/// 422 for a text that this list did not issue.
pub fn decode<T>(list: &str, cursor: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| read(text.strip_prefix(list)?.strip_prefix(':')?))
        .ok_or_else(|| Problem::invalid("/cursor", "this cursor was not issued by this list"))
}
