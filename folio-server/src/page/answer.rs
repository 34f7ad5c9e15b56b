//! How a file of the page is answered: which form of it, and whether the client has it already.

use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::file::File;

/// What the page may load and do: what comes from this server, and nothing written into a document.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";
/// The same for the plain page, whose style is in it.
const PLAIN_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A file whose name changes with what is in it is good for a year.
const HASHED: &str = "public, max-age=31536000, immutable";

/// With `no-referrer` some browsers name no `Origin` either, which a change by cookie needs.
const REFERRER: &str = "same-origin";

/// The page of a folio that was built without one.
pub(super) fn plain(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, PLAIN_POLICY),
        (header::REFERRER_POLICY, REFERRER),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, Html(text)).into_response()
}

/// A file, or that the client has it.
pub(super) fn file(file: &File, method: &Method, headers: &HeaderMap) -> Response {
    let (form, bytes) = file.form(headers);
    let tag = file.tag(form);
    let mut response = StatusCode::OK.into_response();
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    if known
        .filter_map(|value| value.to_str().ok())
        .any(|known| names(known, &tag))
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        set(&mut response, header::CONTENT_TYPE, file.media);
        set(&mut response, header::CONTENT_LENGTH, &bytes.len().to_string());
        if let Some(coding) = form.coding() {
            set(&mut response, header::CONTENT_ENCODING, coding);
        }
        if method != Method::HEAD {
            *response.body_mut() = Body::from(Bytes::from_static(bytes));
        }
    }
    set(&mut response, header::ETAG, &tag);
    let lasts = if file.is_hashed { HASHED } else { "no-cache" };
    set(&mut response, header::CACHE_CONTROL, lasts);
    if file.has_forms() {
        set(&mut response, header::VARY, "accept-encoding");
    }
    // A picture that is opened by itself is a document too, and may hold scripts.
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut response, header::REFERRER_POLICY, REFERRER);
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether a list of tags, as `If-None-Match` has it, names this one.
fn names(list: &str, tag: &str) -> bool {
    let mut tags = list.split(',').map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// Whether a client takes a coding: it names it, or everything, and not with a weight of zero.
pub(super) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let entries = lines
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut any = false;
    for entry in entries {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.bytes().all(|digit| b"0.".contains(&digit)))
        });
        if name.eq_ignore_ascii_case(coding) {
            return !refused;
        }
        any |= name == "*" && !refused;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_coding_is_used_only_where_it_is_taken() {
        let check = |accepted: &str, coding: &str, expected: bool| {
            let headers = with(header::ACCEPT_ENCODING, accepted);
            assert_eq!(accepts(&headers, coding), expected, "{accepted:?} {coding}");
        };
        check("gzip, deflate, br, zstd", "br", true);
        check("gzip, deflate", "br", false);
        check("GZIP;q=0.5", "gzip", true);
        for zero in ["br;q=0", "br; q=0.0", "br;q=0.000", "*, br;q=0", "br;q=0, *"] {
            check(zero, "br", false);
        }
        check("*", "br", true);
        check("*;q=0", "br", false);
        check("", "br", false);
        check("brotli", "br", false);
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn tags_are_found_in_lists() {
        assert!(names("\"a\", W/\"b\"", "\"b\"") && names("*", "\"b\"") && names("\"b\"", "\"b\""));
        assert!(!names("\"a\"", "\"b\"") && !names("", "\"b\"") && !names("\"b-br\"", "\"b\""));
    }
}
