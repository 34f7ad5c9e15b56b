//! What can go wrong between folio and a vendor, and what becomes of it.

use std::time::Duration;

use folio_core::source::waiting;
use folio_core::{Error, ErrorKind, Reason, SourceId, Unpriced};
use jiff::{SignedDuration, Timestamp};

/// What the detail of a failure begins with when no connection could be made.
pub(super) const UNREACHABLE: &str = "the source cannot be reached";

/// The kinds of failure that the vendors' answers are sorted into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The vendor does not know the symbol.
    SymbolNotFound,
    /// The vendor knows the symbol and has nothing for the time.
    NoData,
    /// The key is missing or wrong.
    Unauthorized,
    /// The key belongs to another plan or host.
    WrongKeyTier,
    /// The plan does not include what was asked for.
    PlanRestricted,
    /// Too many calls within a short time.
    RateLimited,
    /// The calls of the day or the month are used up.
    QuotaExhausted,
    /// The vendor did not understand the question.
    BadRequest,
    /// The question was too long; half of it may do.
    TooLong,
    /// Something in front of the vendor refuses this client.
    Blocked,
    /// The vendor fails or cannot be reached.
    Upstream,
    /// The vendor did not answer in time.
    Timeout,
    /// The answer is not what the vendor documents.
    Malformed,
    /// No call was made: the budget of calls is used up.
    Waiting,
    /// No call was made: folio itself is set up wrongly.
    Unconfigured,
}

/// A failure, in a sentence without secrets.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) detail: String,
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_after: None,
        }
    }

    pub(crate) fn retry_after(mut self, delay: Option<Duration>) -> Self {
        self.retry_after = delay;
        self
    }

    /// Whether the same call may succeed within seconds.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::RateLimited | FailureKind::Upstream | FailureKind::Timeout
        )
    }

    /// Whether no connection could be made.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.kind == FailureKind::Upstream && self.detail.starts_with(UNREACHABLE)
    }

    /// Whether the vendor has answered, and said something of this one symbol only.
    pub(crate) fn is_about_symbol(&self) -> bool {
        matches!(self.kind, FailureKind::SymbolNotFound | FailureKind::NoData)
    }

    /// How a call ended that failed so: the `outcome` of its counter.
    pub(super) fn outcome(&self) -> &'static str {
        match self.kind {
            FailureKind::SymbolNotFound | FailureKind::NoData => "not_found",
            FailureKind::RateLimited | FailureKind::QuotaExhausted | FailureKind::Waiting => "rate_limited",
            FailureKind::Timeout => "timeout",
            FailureKind::Blocked => "refused",
            FailureKind::Unauthorized
            | FailureKind::WrongKeyTier
            | FailureKind::PlanRestricted
            | FailureKind::Unconfigured => "not_configured",
            FailureKind::Upstream | FailureKind::Malformed | FailureKind::BadRequest | FailureKind::TooLong => {
                "unavailable"
            }
        }
    }

    /// Why an asset has no price.
    pub(crate) fn to_unpriced(&self, now: Timestamp) -> Unpriced {
        let reason = match self.kind {
            FailureKind::SymbolNotFound => Reason::NotFound,
            FailureKind::NoData => Reason::NoData,
            FailureKind::RateLimited | FailureKind::QuotaExhausted => Reason::RateLimited,
            FailureKind::Waiting => Reason::Pending,
            FailureKind::Timeout => Reason::Timeout,
            FailureKind::Unauthorized
            | FailureKind::WrongKeyTier
            | FailureKind::PlanRestricted
            | FailureKind::Unconfigured => Reason::NotConfigured,
            FailureKind::Upstream
            | FailureKind::Blocked
            | FailureKind::Malformed
            | FailureKind::BadRequest
            | FailureKind::TooLong => Reason::Unavailable,
        };
        let retry_at = self
            .retry_after
            .and_then(|delay| SignedDuration::try_from(delay).ok())
            .and_then(|delay| now.checked_add(delay).ok());
        Unpriced::new(reason, self.detail.clone()).until(retry_at)
    }

    /// The failure of a whole call.
    pub(crate) fn into_error(self, source: &SourceId) -> Error {
        let kind = match self.kind {
            FailureKind::SymbolNotFound => ErrorKind::NotFound,
            FailureKind::NoData => ErrorKind::MissingPrice,
            FailureKind::RateLimited | FailureKind::QuotaExhausted | FailureKind::Waiting => ErrorKind::RateLimited,
            FailureKind::Timeout => ErrorKind::Timeout,
            FailureKind::Unauthorized
            | FailureKind::WrongKeyTier
            | FailureKind::PlanRestricted
            | FailureKind::Unconfigured => ErrorKind::NotConfigured,
            FailureKind::Upstream
            | FailureKind::Blocked
            | FailureKind::Malformed
            | FailureKind::BadRequest
            | FailureKind::TooLong => ErrorKind::Unavailable,
        };
        let error = Error::new(kind, self.detail).with_context("source", source);
        let error = if self.kind == FailureKind::Waiting {
            waiting(error)
        } else {
            error
        };
        match self.retry_after {
            Some(delay) => error.with_retry_after(delay),
            None => error,
        }
    }
}
