//! `If-Match` and `If-None-Match` against the version of a portfolio or of its rules.

use axum::response::{IntoResponse, Response};
use folio_core::{OwnerId, PortfolioId, Tracker};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::error::{Problem, Result};

/// The version of a portfolio that a writer has read; `None` when any will do.
///
/// # Errors
/// 422 for a header that is not a list of entity tags, 404 and 503 where the present version is needed.
pub async fn expected(headers: &HeaderMap, tracker: &Tracker, owner: &OwnerId, id: PortfolioId) -> Result<Option<u64>> {
    expected_of(headers, async { Ok(tracker.portfolio(owner, id).await?.version) }).await
}

/// The same of anything whose present version is `present`, which is asked for only where it matters.
///
/// # Errors
/// 422 for a header that is not a list of entity tags, and those of `present`.
pub async fn expected_of(
    headers: &HeaderMap,
    present: impl Future<Output = folio_core::Result<u64>>,
) -> Result<Option<u64>> {
    let Some(tags) = tags(headers)? else {
        return Ok(None);
    };
    match tags.as_slice() {
        [one] => Ok(Some(*one)),
        several => {
            let version = present.await?;
            Ok(Some(if several.contains(&version) {
                version
            } else {
                NO_VERSION
            }))
        }
    }
}

/// What nothing ever has: a tag that folio did not issue, a weak one included, matches nothing.
const NO_VERSION: u64 = u64::MAX;

fn tags(headers: &HeaderMap) -> Result<Option<Vec<u64>>> {
    let mut versions = Vec::new();
    let mut given = false;
    for value in headers.get_all(header::IF_MATCH) {
        given = true;
        let malformed = || Problem::invalid("/if-match", "If-Match is * or a list of entity tags such as \"3\"");
        let text = value.to_str().map_err(|_| malformed())?.trim();
        if text == "*" {
            return Ok(None);
        }
        for tag in text.split(',') {
            let tag = tag.trim();
            let (weak, tag) = tag.strip_prefix("W/").map_or((false, tag), |tag| (true, tag));
            let inner = tag
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'))
                .ok_or_else(malformed)?;
            if inner.contains('"') {
                return Err(malformed());
            }
            let version = inner
                .parse()
                .ok()
                .filter(|version: &u64| !weak && version.to_string() == inner);
            versions.push(version.unwrap_or(NO_VERSION));
        }
    }
    Ok(given.then_some(versions))
}

/// An answer with its version as entity tag; 304 without a body for a reader who has that version.
///
/// # Errors
/// 500 when it cannot be written.
pub fn versioned<T: Serialize>(headers: &HeaderMap, version: u64, body: &T) -> Result<Response> {
    let tag = format!("\"{version}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = |known: &str| {
        known
            .split(',')
            .any(|known| known.trim().trim_start_matches("W/") == tag)
    };
    let mut response = if known.is_some_and(is_known) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        axum::Json(body).into_response()
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<Option<&[u64]>>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
        let tags = tags(&headers).ok();
        assert_eq!(tags.as_ref().map(|tags| tags.as_deref()), expected, "{value}");
    }

    #[test]
    fn if_match_is_a_star_or_strong_tags() {
        check("*", Some(None));
        check("\"3\"", Some(Some(&[3])));
        check("\"3\", \"4\"", Some(Some(&[3, 4])));
        check("W/\"3\"", Some(Some(&[NO_VERSION])));
        check("\"03\"", Some(Some(&[NO_VERSION])));
        check("\"abc\"", Some(Some(&[NO_VERSION])));
        for malformed in ["3", "\"3", "", "\"a\"b\"", "\"3\","] {
            check(malformed, None);
        }
    }
}
