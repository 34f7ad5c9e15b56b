//! What a portfolio is worth, how each part of it is known, and what is not known.

mod changes;
mod cost;
mod down_sample;
mod history;
mod summary;
mod totals;
mod value;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use changes::{CHANGE_SPANS, Change, ChangeSpan, change, price_change};
pub use down_sample::down_sample;
pub use history::{HistoryPoint, Origin, PastPrices, end_of_day, first_day, reconstruct};
pub use summary::{MOST_NAMED, Summary, SummaryEntry, Summing};
pub use value::{ADMISSION_WINDOW, unavailable, value};

use crate::asset::AssetId;
use crate::book::PriceState;
use crate::id::{BookId, HoldingId, PortfolioId, ValuationId};
use crate::money::{Currency, Money, Percent, Price, Quantity};
use crate::policy::Policy;
use crate::quote::{FxRate, Reason, SourceId};

/// What made a valuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// An instant of the hourly schedule.
    Hourly,
    /// An instant of the daily schedule.
    Daily,
    /// Somebody asked for a snapshot.
    Manual,
    /// Somebody asked for the value now; it is not stored.
    Live,
}

impl Trigger {
    /// The word for the trigger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Manual => "manual",
            Self::Live => "live",
        }
    }
}

/// Whether a total covers everything that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every holding is priced or carried, or there is none.
    Complete,
    /// Some holdings are priced or carried and some are not.
    Partial,
    /// None is, or the policy is strict and one is not priced: there are no totals.
    Unavailable,
}

impl Status {
    /// The word for the status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Why the cost of a holding is not known in the portfolio's currency although the owner stated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CostReason {
    /// It was paid in another currency and the holding has no date to take the rate of.
    NoDate,
    /// There is no rate for the date.
    NoRate,
    /// The converted amount, or the sum of the costs with it, has more digits than folio computes with.
    OutOfRange,
}

/// How the price of a holding came to be known, or why it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pricing {
    /// Priced, carried or unpriced.
    pub state: PriceState,
    /// Who said the price, of a foreign currency who said the rate; `None` for the portfolio's own
    /// currency and where nobody did.
    pub source: Option<SourceId>,
    /// The market's time of the price.
    pub as_of: Option<Timestamp>,
    /// When folio received the price.
    pub fetched_at: Option<Timestamp>,
    /// Why nobody answered in time, of a carried or unpriced holding.
    pub reason: Option<Reason>,
    /// When folio asks again, where it is known.
    pub retry_at: Option<Timestamp>,
}

/// One holding within a valuation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingValuation {
    /// The holding.
    pub holding_id: HoldingId,
    /// What is held.
    pub asset: AssetId,
    /// How much.
    pub quantity: Quantity,
    /// The price of one unit in the currency that it was quoted in.
    pub price: Option<Price>,
    /// The rate into the portfolio's currency; `None` if the price is in it or there is no rate.
    pub fx: Option<FxRate>,
    /// `quantity × price × fx.rate`, in the portfolio's currency.
    pub value: Option<Money>,
    /// What was paid, in the portfolio's currency.
    pub cost: Option<Money>,
    /// Why a stated cost is not known in the portfolio's currency.
    pub cost_reason: Option<CostReason>,
    /// `value − cost`, where both are known.
    pub gain: Option<Money>,
    /// `100 × gain ÷ |cost|`, where the cost is not zero: a loss is negative, on a debt too.
    pub gain_percent: Option<Percent>,
    /// `100 × value ÷ total value`, where there is a total above zero: of debts that outweigh everything
    /// nothing is a share.
    pub weight_percent: Option<Percent>,
    /// How the price came to be known.
    pub pricing: Pricing,
}

impl HoldingValuation {
    /// How old the price was at `as_of`, the market's time counting; never below zero.
    #[must_use]
    pub fn age(&self, as_of: Timestamp) -> Option<SignedDuration> {
        self.pricing.as_of.map(|then| crate::book::age(then, as_of))
    }

    /// A sentence that says what the owner can do, where something is missing.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        self.pricing.reason.map(|reason| reason.remedy(self.asset.class()))
    }
}

/// How many holdings are known, and how much of the cost they stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Holdings with a price that a source gave in time.
    pub priced: u32,
    /// Holdings with the last accepted price.
    pub carried: u32,
    /// Holdings without a price.
    pub unpriced: u32,
    /// Holdings whose cost is not known in the portfolio's currency.
    pub without_cost: u32,
    /// `100 × total_cost ÷ (total_cost + excluded_cost)`; `None` without costs.
    pub percent_by_cost: Option<Percent>,
}

/// The worth of a portfolio at an instant, with the reason for everything that is not in it.
///
/// All money is in `base_currency`. What is not known is `None`, never zero. `total_value` covers every
/// priced or carried holding; `total_cost`, `gain` and `gain_percent` cover those of them whose cost is
/// known, and `value_with_cost` is the value of exactly these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valuation {
    /// Derived from portfolio and instant: see [`ValuationId::derived`].
    pub id: ValuationId,
    /// The portfolio.
    pub portfolio_id: PortfolioId,
    /// The instant that the valuation is for; of a scheduled one its nominal instant.
    pub as_of: Timestamp,
    /// When it was computed.
    pub created_at: Timestamp,
    /// What made it.
    pub trigger: Trigger,
    /// The currency of every amount.
    pub base_currency: Currency,
    /// What was done about missing prices.
    pub policy: Policy,
    /// The frozen book it was made with, if it was.
    pub book_id: Option<BookId>,
    /// The version of the portfolio that was valued.
    pub portfolio_version: u64,
    /// Whether the totals cover everything.
    pub status: Status,
    /// The value of every priced or carried holding.
    pub total_value: Option<Money>,
    /// The value of those priced or carried holdings whose cost is known.
    pub value_with_cost: Option<Money>,
    /// The cost of those priced or carried holdings whose cost is known.
    pub total_cost: Option<Money>,
    /// `value_with_cost − total_cost`.
    pub gain: Option<Money>,
    /// `100 × gain ÷ |total_cost|`, where that is not zero: a loss is negative, on debts too.
    pub gain_percent: Option<Percent>,
    /// The known costs of unpriced holdings: zero if none is unpriced, `None` if none of those has a cost.
    pub excluded_cost: Option<Money>,
    /// How many holdings are known.
    pub coverage: Coverage,
    /// Each holding, in the portfolio's order; empty where a list leaves them out.
    #[serde(default)]
    pub holdings: Vec<HoldingValuation>,
}

impl Valuation {
    /// The first holding of an asset that is priced or carried. One that is unpriced may show a price too, which
    /// is too old to be used, say.
    #[must_use]
    pub fn row_of(&self, asset: &AssetId) -> Option<&HoldingValuation> {
        let mut rows = self.holdings.iter();
        rows.find(|row| row.asset == *asset && row.pricing.state != PriceState::Unpriced && row.price.is_some())
    }
}
