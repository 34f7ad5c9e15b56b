//! What a source says an asset is worth, and what it says when it cannot.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::asset::{AssetClass, AssetId};
use crate::money::{Currency, Percent, Price};

/// Names a price source: `coingecko`, `yahoo`, `manual`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(Arc<str>);

impl SourceId {
    /// The source with this name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is asked of a source: an asset, and the currency to price it in.
///
/// An exchange rate is the price of a currency: [`PriceKey::per_euro`] of the dollar asks for
/// `currency:EUR` in `USD`, the units of `USD` for one euro, as central banks publish it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PriceKey {
    /// What to price.
    pub asset: AssetId,
    /// In what; `None` is the currency that the asset trades in.
    pub currency: Option<Currency>,
}

impl PriceKey {
    /// The price of `asset` in the currency that valuations use for it.
    #[must_use]
    pub fn native(asset: AssetId) -> Self {
        let currency = asset.class().native_currency();
        Self { asset, currency }
    }

    /// The units of `currency` for one euro.
    #[must_use]
    pub fn per_euro(currency: Currency) -> Self {
        Self {
            asset: AssetId::currency(Currency::EUR),
            currency: Some(currency),
        }
    }
}

impl fmt::Display for PriceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency {
            Some(currency) => write!(f, "{}:{currency}", self.asset),
            None => write!(f, "{}:native", self.asset),
        }
    }
}

/// How current a source's price is by its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuoteKind {
    /// The market's present price.
    Realtime,
    /// The market's price some minutes ago.
    Delayed,
    /// A closing or reference price.
    Close,
    /// Stated by the owner.
    Manual,
}

/// What a source says that one unit of an asset is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The asset.
    pub asset: AssetId,
    /// The price of one unit, in the currency that the source quoted in.
    pub price: Price,
    /// The market's time as the source states it.
    pub as_of: Timestamp,
    /// When folio received it.
    pub fetched_at: Timestamp,
    /// Who said it.
    pub source: SourceId,
    /// How current it is by the source's account.
    pub kind: QuoteKind,
    /// Change within 24 hours, for shares since the previous close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_24h_percent: Option<Percent>,
    /// Market capitalisation, in the currency of the price.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::money::text::option"
    )]
    pub market_cap: Option<Decimal>,
    /// The newest split of the share that the source mentions with the price, if it mentions any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
}

/// A share split: from the beginning of `on`, `numerator` new shares stand for `denominator` old ones.
///
/// Two integers and not a factor, so that 1:3 stays exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The first trading day in new shares, by the exchange's calendar.
    pub on: Date,
    /// New shares; never zero.
    pub numerator: NonZeroU32,
    /// Old shares; never zero.
    pub denominator: NonZeroU32,
}

impl Quote {
    /// A quote that somebody states: fetched at the moment it is for, source `manual`.
    #[must_use]
    pub fn manual(asset: AssetId, price: Price, as_of: Timestamp) -> Self {
        Self {
            asset,
            price,
            as_of,
            fetched_at: as_of,
            source: SourceId::new("manual"),
            kind: QuoteKind::Manual,
            change_24h_percent: None,
            market_cap: None,
            split: None,
        }
    }
}

/// An exchange rate: units of `to` for one `from`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FxRate {
    /// The currency that is converted.
    pub from: Currency,
    /// The currency that it becomes.
    pub to: Currency,
    /// Units of `to` for one `from`.
    #[serde(with = "crate::money::text")]
    pub rate: Decimal,
    /// Who published it.
    pub source: SourceId,
    /// When it was published; of a rate over the euro the older of both legs.
    pub as_of: Timestamp,
    /// When folio received it; of a rate over the euro the older of both legs.
    pub fetched_at: Timestamp,
}

/// How current an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Fetched for this answer.
    Live,
    /// Within the price's freshness.
    Cached,
    /// Older than the price's freshness.
    Stale,
}

/// Why an asset has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No source knows the asset.
    NotFound,
    /// The source knows the asset and has no price for the time.
    NoData,
    /// The source refused because too much was asked of it.
    RateLimited,
    /// The source did not answer in time.
    Timeout,
    /// The source cannot be reached or sent nonsense.
    Unavailable,
    /// No source for the class is set up, or the source refused the key or the plan.
    NotConfigured,
    /// There is a price and no exchange rate into the portfolio's currency.
    NoRate,
    /// The only price is too old to be used.
    Outdated,
    /// The only price is implausible and waits for confirmation.
    Quarantined,
    /// The price or the value is beyond what folio computes with exactly.
    OutOfRange,
    /// The source was not asked yet: its budget of calls is used up until later.
    Pending,
    /// The holding was added after the tick's prices were collected.
    NotInBook,
}

impl Reason {
    /// The word for the reason, in snake case: `"no_rate"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NoData => "no_data",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::NotConfigured => "not_configured",
            Self::NoRate => "no_rate",
            Self::Outdated => "outdated",
            Self::Quarantined => "quarantined",
            Self::OutOfRange => "out_of_range",
            Self::Pending => "pending",
            Self::NotInBook => "not_in_book",
        }
    }

    /// Whether the reason is one that a source as a whole may have: it refused, was late or out of reach.
    #[must_use]
    pub const fn is_outage(self) -> bool {
        matches!(self, Self::RateLimited | Self::Timeout | Self::Unavailable)
    }

    /// A sentence that says what the owner can do about it.
    #[must_use]
    pub const fn remedy(self, class: AssetClass) -> &'static str {
        match (self, class) {
            (Self::NotFound | Self::NoData | Self::NotConfigured, AssetClass::Custom) => {
                "State its price: PUT /api/v1/prices/custom/{symbol}/manual, or folio price set."
            }
            (Self::Outdated, AssetClass::Custom) => {
                "The price that was stated is over: state another, PUT /api/v1/prices/custom/{symbol}/manual."
            }
            (Self::NotFound, AssetClass::Crypto) => {
                "Check the symbol: it is the coin's CoinGecko id, which the asset search finds (bitcoin, not BTC). Or state a price by hand."
            }
            (Self::NotFound, AssetClass::Currency) => "Check the symbol with the asset search.",
            (Self::NotFound, _) => "Check the symbol with the asset search, or state a price by hand.",
            (Self::NoData, AssetClass::Currency) => "Wait for the market to trade.",
            (Self::NoData, _) => "Wait for the market to trade, or state a price by hand.",
            (Self::RateLimited, _) => "Wait until the source accepts calls again, or give it a key with a larger plan.",
            (Self::Timeout | Self::Unavailable, _) => {
                "Wait: folio tries again by itself. If it lasts, look at the source's state under /api/v1/sources."
            }
            (Self::NotConfigured, AssetClass::Currency) => {
                "Set up a source for this class of asset, or mend the key of the one that refused."
            }
            (Self::NotConfigured, _) => {
                "Set up a source for this class of asset, mend the key of the one that refused, or state a price by hand."
            }
            (Self::NoRate, _) => "Wait for the exchange rate, or hold the asset in a portfolio of its own currency.",
            (Self::Outdated, AssetClass::Currency) => "The source no longer updates this price: choose another symbol.",
            (Self::Outdated, _) => {
                "Nobody updates this price any more: choose another symbol, or state a price by hand."
            }
            (Self::Quarantined, _) => {
                "Look at the price that was held back under /api/v1/quotes/quarantined and accept it there if it is \
                 right; else folio takes it once a second source or three scheduled runs confirm it."
            }
            (Self::OutOfRange, _) => "Check quantity and price: the product has more digits than folio computes with.",
            (Self::Pending, _) => "Wait: the source's budget of calls is used up and the asset is next in line.",
            (Self::NotInBook, _) => "Nothing to do: the holding is priced from the next scheduled valuation on.",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// That an asset has no price, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpriced {
    /// The reason.
    pub reason: Reason,
    /// What happened, in a sentence, without secrets.
    pub detail: String,
    /// When folio asks again, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

impl Unpriced {
    /// An outcome without a price.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            retry_at: None,
        }
    }

    /// Says when folio asks again.
    #[must_use]
    pub fn until(mut self, retry_at: Option<Timestamp>) -> Self {
        self.retry_at = retry_at;
        self
    }
}

impl fmt::Display for Unpriced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// The step of a price history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// One point a day: the UTC day of a coin, the trading day of a share.
    Daily,
    /// One point an hour.
    Hourly,
}

impl Resolution {
    /// The word for the resolution.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Hourly => "hourly",
        }
    }
}

/// One price of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePoint {
    /// The UTC day of a coin, the exchange's day of a share, the publication day of a rate.
    pub date: Date,
    /// The instant of the price as the source states it; the close of a coin's day is the next midnight.
    pub time: Timestamp,
    /// The price of one unit, in the history's currency.
    #[serde(with = "crate::money::text")]
    pub price: Decimal,
    /// Whether the point is of a day that has not ended yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

/// Prices of one asset over time, oldest first, at most one for a step, gaps left as gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceHistory {
    /// The asset.
    pub asset: AssetId,
    /// The currency of every point.
    pub currency: Currency,
    /// The step.
    pub resolution: Resolution,
    /// Who said it.
    pub source: SourceId,
    /// When folio received it.
    pub fetched_at: Timestamp,
    /// The prices, oldest first. Those of a share are in the shares of `fetched_at`: a split since then has
    /// been worked into them by the source.
    pub points: Vec<PricePoint>,
    /// The splits within the span that the source mentions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<Split>,
}

/// The ages beyond which a price is not used, by class.
///
/// A coin that still answers with last week's price is dead; a share's last price is Friday's on a long
/// week-end, and a halted one's is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeLimits {
    /// How long ago a carried quote may have been fetched.
    pub carry: SignedDuration,
    /// How old the market's own time of a quote may be; `None` for what is priced by hand.
    pub market: Option<SignedDuration>,
}

impl AgeLimits {
    /// The limits for a class: carried 24 h, 96 h, 7 d; market time 24 h, 15 d, 7 d for crypto, stock, currency.
    #[must_use]
    pub const fn of(class: AssetClass) -> Self {
        const HOUR: i64 = 3600;
        let (carry, market) = match class {
            AssetClass::Crypto => (24 * HOUR, Some(24 * HOUR)),
            AssetClass::Stock => (96 * HOUR, Some(15 * 24 * HOUR)),
            AssetClass::Currency => (7 * 24 * HOUR, Some(7 * 24 * HOUR)),
            AssetClass::Custom => (96 * HOUR, None),
        };
        let market = match market {
            Some(seconds) => Some(SignedDuration::from_secs(seconds)),
            None => None,
        };
        Self {
            carry: SignedDuration::from_secs(carry),
            market,
        }
    }
}
