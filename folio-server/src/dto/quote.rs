//! Prices, as clients receive them.

use folio_core::PriceAnswer;
use folio_core::money::decimal;
use folio_core::{
    AssetId, Currency, Freshness, FxRate, PriceHistory, PricePoint, Reason, Resolution, SourceId, Unpriced,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Dec, words};

/// What one unit of an asset is worth.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteDto {
    /// The asset.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// The price of one unit, in `currency`.
    pub price: Dec,
    /// The currency that was asked for.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The currency that the source quoted in.
    #[schema(value_type = String, example = "USD")]
    pub price_currency: Currency,
    /// The rate between them; null if they are the same.
    #[schema(required)]
    pub fx: Option<FxDto>,
    /// Change within 24 hours, for stocks since the previous close.
    #[schema(required)]
    pub change_24h_percent: Option<Dec>,
    /// Market capitalisation in `currency`.
    #[schema(required)]
    pub market_cap: Option<Dec>,
    /// The market's time as the source states it.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// When folio received it.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
    /// Who said it.
    #[schema(value_type = String, example = "coingecko")]
    pub source: SourceId,
    /// How current the answer is.
    #[schema(value_type = words::Freshness)]
    pub freshness: Freshness,
}

impl From<PriceAnswer> for QuoteDto {
    fn from(answer: PriceAnswer) -> Self {
        let PriceAnswer {
            quote,
            price,
            fx,
            freshness,
        } = answer;
        let market_cap = quote.market_cap.and_then(|cap| match &fx {
            Some(fx) => decimal::mul(cap, fx.rate).ok(),
            None => Some(cap),
        });
        Self {
            price: Dec(price.amount()),
            currency: price.currency(),
            price_currency: quote.price.currency(),
            fx: fx.as_ref().map(FxDto::from),
            change_24h_percent: quote.change_24h_percent.map(|percent| Dec(percent.value())),
            market_cap: market_cap.map(Dec),
            as_of: quote.as_of,
            fetched_at: quote.fetched_at,
            asset: quote.asset,
            source: quote.source,
            freshness,
        }
    }
}

/// An exchange rate: units of `to` for one `from`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FxRate)]
pub struct FxDto {
    /// The currency that is converted.
    #[schema(value_type = String, example = "USD")]
    pub from: Currency,
    /// The currency that it becomes.
    #[schema(value_type = String, example = "EUR")]
    pub to: Currency,
    /// Units of `to` for one `from`.
    pub rate: Dec,
    /// Who published it.
    #[schema(value_type = String, example = "ecb")]
    pub source: SourceId,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

impl From<&FxRate> for FxDto {
    fn from(rate: &FxRate) -> Self {
        Self {
            from: rate.from,
            to: rate.to,
            rate: Dec(rate.rate),
            source: rate.source.clone(),
            as_of: rate.as_of,
        }
    }
}

/// Assets to price.
#[derive(Clone, Debug, ToSchema)]
pub struct BatchRequest {
    /// At most 500 assets.
    #[schema(value_type = Vec<String>, max_items = 500, example = json!(["crypto:bitcoin", "stock:AAPL"]))]
    pub assets: Vec<AssetId>,
    /// The currency of every price; each asset's own default unless told.
    #[schema(value_type = Option<String>, example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: Option<Currency>,
}

/// Prices, and the assets without one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// The prices.
    pub quotes: Vec<QuoteDto>,
    /// The assets without one.
    pub unpriced: Vec<UnpricedDto>,
}

/// That an asset has no price, why, and until when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Unpriced)]
pub struct UnpricedDto {
    /// The asset.
    #[schema(value_type = String, example = "stock:NOPE")]
    pub asset: AssetId,
    /// Why: not_found, no_data, rate_limited, timeout, unavailable, not_configured, no_rate, outdated,
    /// quarantined, out_of_range or pending.
    #[schema(value_type = String, example = "not_found")]
    pub reason: Reason,
    /// What happened, in a sentence.
    pub detail: String,
    /// When folio asks again, where it is known.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<Timestamp>,
}

impl UnpricedDto {
    /// The outcome for an asset.
    #[must_use]
    pub fn of(asset: AssetId, unpriced: Unpriced) -> Self {
        Self {
            asset,
            reason: unpriced.reason,
            detail: unpriced.detail,
            retry_at: unpriced.retry_at,
        }
    }
}

/// Past prices of one asset, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PriceHistory)]
pub struct HistoryDto {
    /// The asset.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// The currency of every point.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The step.
    #[schema(value_type = words::Resolution)]
    pub resolution: Resolution,
    /// Who said it.
    #[schema(value_type = String, example = "coingecko")]
    pub source: SourceId,
    /// When folio received it.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
    /// The prices, oldest first.
    pub points: Vec<HistoryPoint>,
}

/// One price of a history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryPoint {
    /// The UTC day of a coin, the exchange's day of a share.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// The instant of the price.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// The price of one unit.
    pub price: Dec,
    /// Whether the day has not ended yet.
    pub provisional: bool,
}

impl From<PriceHistory> for HistoryDto {
    fn from(history: PriceHistory) -> Self {
        let point = |point: PricePoint| HistoryPoint {
            date: point.date,
            time: point.time,
            price: Dec(point.price),
            provisional: point.provisional,
        };
        Self {
            asset: history.asset,
            currency: history.currency,
            resolution: history.resolution,
            source: history.source,
            fetched_at: history.fetched_at,
            points: history.points.into_iter().map(point).collect(),
        }
    }
}
