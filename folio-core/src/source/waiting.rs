//! Calls that were not made because folio's own budget of them is used up.

use std::time::Duration;

use crate::quote::SourceId;
use crate::{Error, ErrorKind};

/// The name under which an error says so.
const MARK: &str = "own_budget";

/// That a source was not called, since the budget of calls to it is used up for `delay`.
///
/// It is `RateLimited` like what a vendor refuses and says nothing of the vendor: whoever passes it on as
/// an error of his own marks that with [`waiting`].
#[must_use]
pub fn budget_used_up(source: &SourceId, delay: Duration) -> Error {
    let message = format!("the budget of calls to {source} is used up");
    waiting(Error::new(ErrorKind::RateLimited, message)).with_retry_after(delay)
}

/// The same error, marked as one of folio's own budget and not of the vendor.
#[must_use]
pub fn waiting(error: Error) -> Error {
    error.with_context(MARK, "used up")
}

/// Whether an error says that no call was made because folio's own budget is used up.
#[must_use]
pub fn is_waiting(error: &Error) -> bool {
    error.context().iter().any(|(name, _)| *name == MARK)
}
