//! Prices that were held back, as clients receive them.

use folio_core::pricing::{PriceRange, QuarantinedQuote, Verdict};
use folio_core::{AssetId, Currency, QuarantineId, Quote, SourceId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Dec, words};

/// A price that was held back because it is implausible.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = QuarantinedQuote)]
pub struct QuarantinedDto {
    /// Its id.
    #[schema(value_type = String)]
    pub id: QuarantineId,
    /// The asset.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// The currency that was asked for; null is the one that the asset trades in.
    #[schema(required, value_type = Option<String>, example = "USD")]
    pub currency: Option<Currency>,
    /// Why it was held back.
    #[schema(value_type = words::Doubt)]
    pub reason: &'static str,
    /// What the source said last.
    pub candidate: HeldPrice,
    /// The last accepted price; null without one.
    #[schema(required)]
    pub reference: Option<HeldPrice>,
    /// Between which prices it would have been believed; null where that cannot be said.
    #[schema(required)]
    pub expected: Option<ExpectedDto>,
    /// When the first price was held back.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    /// When the last one was.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    /// How many scheduled collections in a row found prices that agree; three confirm them.
    pub books: u32,
    /// What became of it; null while it waits.
    #[schema(required, value_type = Option<words::Verdict>)]
    pub verdict: Option<&'static str>,
}

/// What a source said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeldPrice {
    /// The price of one unit.
    pub price: Dec,
    /// Its currency.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The market's time as the source states it.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// Who said it.
    #[schema(value_type = String, example = "coingecko")]
    pub source: SourceId,
    /// When folio received it.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
}

/// The prices between which one is believed, in the currency of the reference.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ExpectedPrice)]
pub struct ExpectedDto {
    /// The lowest.
    pub low: Dec,
    /// The highest.
    pub high: Dec,
}

impl From<QuarantinedQuote> for QuarantinedDto {
    fn from(quote: QuarantinedQuote) -> Self {
        Self {
            id: quote.id,
            currency: quote.key.currency,
            asset: quote.key.asset,
            reason: quote.doubt.as_str(),
            candidate: quote.candidate.into(),
            reference: quote.reference.map(HeldPrice::from),
            expected: quote.expected.map(|PriceRange { low, high }| ExpectedDto {
                low: Dec(low.amount()),
                high: Dec(high.amount()),
            }),
            first_seen: quote.first_seen,
            last_seen: quote.last_seen,
            books: quote.books,
            verdict: quote.verdict.map(Verdict::as_str),
        }
    }
}

impl From<Quote> for HeldPrice {
    fn from(quote: Quote) -> Self {
        Self {
            price: Dec(quote.price.amount()),
            currency: quote.price.currency(),
            as_of: quote.as_of,
            source: quote.source,
            fetched_at: quote.fetched_at,
        }
    }
}
