//! How a file of the page is answered: which form of it, whether the client has it already, and which part.

use std::ops::Range;

use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use folio_core::ErrorKind;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::file::File;
use crate::error::{Problem, Result};

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

/// A file, or the part of it that is asked for, or that the client has it.
pub(super) fn file(file: &File, method: &Method, headers: &HeaderMap) -> Result<Response> {
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
        let part = part(method, headers, &tag, bytes.len())?;
        let sent = part.clone().map_or(bytes, |part| &bytes[part]);
        if let Some(part) = part {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, bytes.len());
            set(&mut response, header::CONTENT_RANGE, &range);
        }
        set(&mut response, header::CONTENT_TYPE, file.media);
        set(&mut response, header::CONTENT_LENGTH, &sent.len().to_string());
        set(&mut response, header::ACCEPT_RANGES, "bytes");
        if let Some(coding) = form.coding() {
            set(&mut response, header::CONTENT_ENCODING, coding);
        }
        if method != Method::HEAD {
            *response.body_mut() = Body::from(Bytes::from_static(sent));
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
    Ok(response)
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

/// The part of `length` bytes that is asked for; `None` is all of it. A list of parts is answered with all, which a
/// server may.
fn part(method: &Method, headers: &HeaderMap, tag: &str, length: usize) -> Result<Option<Range<usize>>> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(asked) = text(header::RANGE).filter(|_| method == Method::GET) else {
        return Ok(None);
    };
    // A part of what has changed since is of no use: then all of it is.
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Ok(None);
    }
    let Some((first, last)) = asked
        .strip_prefix("bytes=")
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Ok(None);
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Ok(None),
    };
    if range.is_empty() {
        let detail = format!("there are {length} bytes, and none of them is in this range");
        let problem = Problem::with_status(StatusCode::RANGE_NOT_SATISFIABLE, ErrorKind::OutOfRange, detail);
        let all = HeaderValue::try_from(format!("bytes */{length}"));
        return Err(match all {
            Ok(all) => problem.with_header(header::CONTENT_RANGE, all),
            Err(_) => problem,
        });
    }
    Ok(Some(range))
}

/// A number of digits only; one that is too large is as good as the largest.
fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
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
    fn a_range_is_the_part_that_it_names() {
        let check = |asked: &str, expected: Option<Range<usize>>| {
            let part = part(&Method::GET, &with(header::RANGE, asked), "\"t\"", 100);
            assert_eq!(part.unwrap(), expected, "{asked}");
        };
        check("bytes=0-9", Some(0..10));
        check("bytes=90-", Some(90..100));
        check("bytes=-10", Some(90..100));
        check("bytes=-1000", Some(0..100));
        check("bytes=99-1000", Some(99..100));
        check("bytes=0-99999999999999999999999", Some(0..100));
        for ignored in [
            "bytes=0-1,5-6",
            "lines=0-9",
            "bytes=9-1",
            "bytes=a-b",
            "bytes=",
            "bytes=-",
            "bytes=1",
        ] {
            check(ignored, None);
        }
        for beyond in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            let refused = part(&Method::GET, &with(header::RANGE, beyond), "\"t\"", 100).unwrap_err();
            assert_eq!(refused.status(), StatusCode::RANGE_NOT_SATISFIABLE, "{beyond}");
        }
        let head = part(&Method::HEAD, &with(header::RANGE, "bytes=0-9"), "\"t\"", 100);
        assert_eq!(head.unwrap(), None);
        for (known, expected) in [("\"t\"", Some(0..10)), ("\"old\"", None), ("W/\"t\"", None)] {
            let mut headers = with(header::RANGE, "bytes=0-9");
            headers.insert(header::IF_RANGE, known.parse().unwrap());
            assert_eq!(part(&Method::GET, &headers, "\"t\"", 100).unwrap(), expected, "{known}");
        }
    }

    #[test]
    fn tags_are_found_in_lists() {
        assert!(names("\"a\", W/\"b\"", "\"b\"") && names("*", "\"b\"") && names("\"b\"", "\"b\""));
        assert!(!names("\"a\"", "\"b\"") && !names("", "\"b\"") && !names("\"b-br\"", "\"b\""));
    }
}
