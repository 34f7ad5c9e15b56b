//! One error for the whole of folio.
//!
//! The [`ErrorKind`] alone decides the HTTP status, the exit code, the Python exception and whether a
//! caller tries again; everything else is for the reader.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// A `Result` with folio's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as far as a caller has to tell cases apart.
///
/// [`ErrorKind::as_str`] is the `code` that clients see in every error answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input has the wrong form; the error's [`FieldError`]s say where.
    InvalidInput,
    /// A number is beyond the bounds that folio computes with exactly.
    OutOfRange,
    /// The operation is not offered for this input, by this source or by this backend.
    Unsupported,
    /// Who is asking is not known.
    Unauthenticated,
    /// Who is asking is known and may not do this.
    PermissionDenied,
    /// There is no such thing, or it belongs to somebody else.
    NotFound,
    /// No source knows a price for the asset.
    MissingPrice,
    /// There is no exchange rate between two currencies for the day.
    MissingRate,
    /// The thing exists already, or is being made at this moment.
    Conflict,
    /// The thing has changed since the caller read it.
    PreconditionFailed,
    /// The input is larger than what is accepted.
    PayloadTooLarge,
    /// The input is not in a format that is understood.
    UnsupportedMediaType,
    /// A limit on calls is used up; [`Error::retry_after`] says for how long.
    RateLimited,
    /// A dependency did not answer in time.
    Timeout,
    /// A dependency cannot be reached or does not work.
    Unavailable,
    /// Something is set up wrongly: a missing or refused key, a bad address.
    NotConfigured,
    /// Stored data cannot be read back.
    CorruptData,
    /// A defect in folio.
    Internal,
}

impl ErrorKind {
    /// The stable code of this kind, in snake case: `"out_of_range"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::OutOfRange => "out_of_range",
            Self::Unsupported => "unsupported",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::MissingPrice => "missing_price",
            Self::MissingRate => "missing_rate",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::NotConfigured => "not_configured",
            Self::CorruptData => "corrupt_data",
            Self::Internal => "internal",
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Timeout | Self::Unavailable)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One field of an input that is wrong, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the field: `/holdings/0/quantity`.
    pub pointer: String,
    /// The kind of fault.
    pub kind: ErrorKind,
    /// A sentence that says what is wrong and what is accepted.
    pub detail: String,
}

/// What went wrong, where, with what, and because of what.
///
/// `Display` is one line; `Debug` shows every part. A secret never enters an error: the code that
/// makes one redacts first.
///
/// ```
/// use folio_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::NotFound, "no such portfolio")
///     .with_operation("portfolio.get")
///     .with_context("id", "42");
/// assert_eq!(error.to_string(), "no such portfolio (portfolio.get, id: 42)");
/// assert!(!error.is_retryable());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    context: Vec<(&'static str, String)>,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a sentence for the reader.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            context: Vec::new(),
            fields: Vec::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// An [`ErrorKind::InvalidInput`] error without a field; see [`Error::field`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// An [`ErrorKind::OutOfRange`] error.
    pub fn out_of_range(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::OutOfRange, message)
    }

    /// An [`ErrorKind::NotFound`] error that names what is missing.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no such {what}"))
    }

    /// An error about one field of an input, `pointer` being its JSON pointer.
    pub fn field(kind: ErrorKind, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut error = Self::new(kind, detail.clone());
        error.0.fields.push(FieldError {
            pointer: pointer.into(),
            kind,
            detail,
        });
        error
    }

    /// Several faulty fields as one error; its kind is the first field's.
    ///
    /// Returns `None` when there are no fields.
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Option<Self> {
        let first = fields.first()?;
        let message = match fields.len() {
            1 => first.detail.clone(),
            n => format!("{n} fields are wrong; the first: {}", first.detail),
        };
        let mut error = Self::new(first.kind, message);
        error.0.fields = fields;
        Some(error)
    }

    /// Turns this error into one about the field at `pointer`; fields it already has are put below it.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        if self.0.fields.is_empty() {
            let (kind, detail) = (self.0.kind, self.0.message.clone());
            self.0.fields.push(FieldError {
                pointer: pointer.to_owned(),
                kind,
                detail,
            });
        } else {
            for field in &mut self.0.fields {
                field.pointer.insert_str(0, pointer);
            }
        }
        self
    }

    /// Names the operation that failed, `"store.insert_valuations"`. The innermost name is kept.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Adds a name and a value that help to understand the failure. Never a secret.
    #[must_use]
    pub fn with_context(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((name, value.to_string()));
        self
    }

    /// Says how long a caller should wait before it tries again.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Keeps the error underneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind, which is all that a caller has to look at.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence for the reader, without operation and context.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Names and values that belong to the failure.
    #[must_use]
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }

    /// The fields of the input that are wrong.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// How long to wait before trying again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        let mut separator = " (";
        if let Some(operation) = self.0.operation {
            write!(f, "{separator}{operation}")?;
            separator = ", ";
        }
        for (name, value) in &self.0.context {
            write!(f, "{separator}{name}: {value}")?;
            separator = ", ";
        }
        if separator == ", " {
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.0.kind)?;
        for field in &self.0.fields {
            write!(f, "\n  at {}: {} ({})", field.pointer, field.detail, field.kind)?;
        }
        if let Some(delay) = self.0.retry_after {
            write!(f, "\n  retry after {} s", delay.as_secs_f32())?;
        }
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, "\n  because: {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
