//! Error answers: `application/problem+json`, one form for every fault, without internals.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use folio_core::{Error, ErrorKind};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::dto::{FieldProblem, ProblemBody};

/// How long a caller waits when nobody knows better, in seconds.
const DEFAULT_RETRY_SECONDS: u64 = 5;

/// A handler's `Result`.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// A fault on its way to a client.
///
/// It travels as an extension of an empty response; the gate writes the body, because it knows the
/// request's id.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldProblem>,
    retry_after: Option<u64>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What the log says; clients never see it.
    cause: Option<String>,
}

impl Problem {
    /// A fault of `kind` with a sentence for the reader, under the status that the kind has.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self::with_status(status_of(kind), kind, detail)
    }

    /// The same under a status of its own.
    pub fn with_status(status: StatusCode, kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            status,
            code: kind.as_str(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// A body that is not JSON at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::with_status(StatusCode::BAD_REQUEST, ErrorKind::InvalidInput, detail)
    }

    /// A wrong value of a query parameter or header, named by `pointer`.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Error::field(ErrorKind::InvalidInput, pointer, detail).into()
    }

    /// Nobody is known to be asking.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unauthenticated, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The caller's own limit of requests is used up for `wait`.
    pub fn too_many_requests(wait: Duration) -> Self {
        let detail = "too many requests: wait as long as Retry-After says";
        Self::with_status(StatusCode::TOO_MANY_REQUESTS, ErrorKind::RateLimited, detail).retry_after(wait)
    }

    /// The problem that a bare status stands for, as the router makes them.
    pub fn of_status(status: StatusCode) -> Self {
        let (kind, detail) = match status {
            StatusCode::METHOD_NOT_ALLOWED => (
                ErrorKind::Unsupported,
                "this address does not take this method; Allow names those it takes",
            ),
            StatusCode::NOT_FOUND => (ErrorKind::NotFound, "there is nothing at this address"),
            StatusCode::PAYLOAD_TOO_LARGE => (ErrorKind::PayloadTooLarge, "the body is larger than 1 MiB"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                (ErrorKind::UnsupportedMediaType, "the body must be application/json")
            }
            status if status.is_client_error() => (ErrorKind::InvalidInput, "the request is not understood"),
            _ => return Self::internal(format!("a bare status {status}")),
        };
        Self::with_status(status, kind, detail)
    }

    /// A defect; the cause goes to the log only.
    pub fn internal(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(
            ErrorKind::Internal,
            "something went wrong inside folio; the log has it under the request_id",
        );
        problem.0.cause = Some(cause.into());
        problem
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(whole_seconds(wait));
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What the log says, where that is more than the client sees.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer as a client sees it.
    #[must_use]
    pub fn into_body(self, request_id: &str) -> Response {
        let Inner {
            status,
            code,
            detail,
            errors,
            retry_after,
            headers,
            ..
        } = *self.0;
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail,
            request_id: request_id.to_owned(),
            errors,
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, bytes).into_response();
        let map = response.headers_mut();
        map.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        map.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            map.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        map.extend(headers);
        response
    }
}

/// The HTTP status of a kind.
///
/// `RateLimited` out of the core is a source's limit and not the caller's, so it is 503.
const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidInput | ErrorKind::OutOfRange | ErrorKind::Unsupported | ErrorKind::MissingRate => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorKind::NotFound | ErrorKind::MissingPrice => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        ErrorKind::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::NotConfigured => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// At least one second: a client that is told zero comes back at once.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = status_of(error.kind());
        let mut problem = match status {
            StatusCode::INTERNAL_SERVER_ERROR => {
                let detail = match error.kind() {
                    ErrorKind::CorruptData => "stored data cannot be read back; the log has it under the request_id",
                    _ => "something went wrong inside folio; the log has it under the request_id",
                };
                let kind = if error.kind() == ErrorKind::CorruptData {
                    error.kind()
                } else {
                    ErrorKind::Internal
                };
                Self::with_status(status, kind, detail)
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let kind = if error.kind() == ErrorKind::Timeout {
                    ErrorKind::Timeout
                } else {
                    ErrorKind::Unavailable
                };
                let mut problem = Self::with_status(status, kind, error.message());
                problem.0.retry_after = Some(error.retry_after().map_or(DEFAULT_RETRY_SECONDS, whole_seconds));
                problem
            }
            _ => Self::with_status(status, error.kind(), error.message()),
        };
        if status.is_server_error() {
            problem.0.cause = Some(format!("{error:?}"));
        } else {
            problem.0.errors = error
                .field_errors()
                .iter()
                .map(|field| FieldProblem {
                    pointer: field.pointer.clone(),
                    code: field.kind.as_str(),
                    detail: field.detail.clone(),
                })
                .collect();
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ErrorKind, status: u16, code: &str) {
        let problem = Problem::from(Error::new(kind, "what"));
        assert_eq!((problem.0.status.as_u16(), problem.0.code), (status, code), "{kind}");
        assert_eq!(problem.0.retry_after.is_some(), status == 503, "{kind}");
    }

    #[test]
    fn the_kind_alone_decides_status_and_code() {
        check(ErrorKind::InvalidInput, 422, "invalid_input");
        check(ErrorKind::OutOfRange, 422, "out_of_range");
        check(ErrorKind::Unsupported, 422, "unsupported");
        check(ErrorKind::MissingRate, 422, "missing_rate");
        check(ErrorKind::Unauthenticated, 401, "unauthenticated");
        check(ErrorKind::PermissionDenied, 403, "permission_denied");
        check(ErrorKind::NotFound, 404, "not_found");
        check(ErrorKind::MissingPrice, 404, "missing_price");
        check(ErrorKind::Conflict, 409, "conflict");
        check(ErrorKind::PreconditionFailed, 412, "precondition_failed");
        check(ErrorKind::PayloadTooLarge, 413, "payload_too_large");
        check(ErrorKind::UnsupportedMediaType, 415, "unsupported_media_type");
        check(ErrorKind::RateLimited, 503, "unavailable");
        check(ErrorKind::Unavailable, 503, "unavailable");
        check(ErrorKind::NotConfigured, 503, "unavailable");
        check(ErrorKind::Timeout, 503, "timeout");
        check(ErrorKind::CorruptData, 500, "corrupt_data");
        check(ErrorKind::Internal, 500, "internal");
    }

    #[test]
    fn a_defect_tells_the_client_nothing_of_its_cause() {
        let error = Error::new(ErrorKind::Internal, "SELECT secret FROM t").with_context("path", "/home/me");
        let problem = Problem::from(error);
        assert!(!problem.0.detail.contains("SELECT"));
        assert!(problem.cause().is_some_and(|cause| cause.contains("SELECT")));
    }

    #[test]
    fn a_wait_is_at_least_a_second() {
        for (millis, seconds) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }
}
