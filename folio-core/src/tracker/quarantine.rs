//! The prices that were held back, for whoever decides on them.

use super::Tracker;
use crate::Result;
use crate::id::QuarantineId;
use crate::pricing::{QuarantineQuery, QuarantinedQuote};
use crate::store::Page;

impl Tracker {
    /// The prices that were held back because they are implausible, by asset.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn quarantined(&self, query: &QuarantineQuery) -> Result<Page<QuarantinedQuote>> {
        self.0.pricing.quarantined(query).await
    }

    /// Takes a price that was held back for right: it is the last accepted one from now on, by which the
    /// next is judged.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was decided on before, is of the future, or is in another currency
    /// than was asked for; `Unavailable`.
    pub async fn accept_quarantined(&self, id: QuarantineId) -> Result<QuarantinedQuote> {
        self.0.pricing.accept_quarantined(id).await
    }
}
