//! Valuations, as clients receive them.

use std::collections::HashMap;

use folio_core::{
    AssetId, AssetInfo, BookId, Change, CostReason, Coverage, Currency, HoldingId, HoldingValuation, Money, Percent,
    PortfolioId, PriceState, Quantity, Reason, SourceId, Valuation, ValuationId,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AssetDto, Dec, FxDto, words};

/// The worth of a portfolio at an instant, with the reason for everything that is not in it. What is not
/// known is null, never 0.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Valuation)]
pub struct ValuationDto {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ValuationId,
    /// The portfolio.
    #[schema(value_type = String)]
    pub portfolio_id: PortfolioId,
    /// The instant it is for.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// When it was computed.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What made it.
    #[schema(value_type = words::Trigger)]
    pub trigger: &'static str,
    /// The currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub base_currency: Currency,
    /// What was done about missing prices.
    #[schema(value_type = words::Policy)]
    pub policy: &'static str,
    /// The greatest age of a carried price in seconds; null takes that of the asset's class.
    #[schema(required)]
    pub max_age: Option<i64>,
    /// The frozen book it was made with, if it was.
    #[schema(required, value_type = Option<String>)]
    pub book_id: Option<BookId>,
    /// The version of the portfolio that was valued.
    pub portfolio_version: u64,
    /// Whether the totals cover everything.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    /// The value of every priced or carried holding.
    #[schema(required)]
    pub total_value: Option<Dec>,
    /// The value of those priced or carried holdings whose cost is known.
    #[schema(required)]
    pub value_with_cost: Option<Dec>,
    /// The cost of those priced or carried holdings whose cost is known.
    #[schema(required)]
    pub total_cost: Option<Dec>,
    /// `value_with_cost − total_cost`.
    #[schema(required)]
    pub gain: Option<Dec>,
    /// `100 × gain ÷ total_cost`.
    #[schema(required)]
    pub gain_percent: Option<Dec>,
    /// The known costs of unpriced holdings.
    #[schema(required)]
    pub excluded_cost: Option<Dec>,
    /// How the portfolio moved; null in a list that leaves the holdings out.
    #[schema(required)]
    pub changes: Option<ChangesDto>,
    /// How many holdings are known.
    pub coverage: CoverageDto,
    /// Each holding; absent in a list that leaves them out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdings: Option<Vec<HoldingValuationDto>>,
}

/// How a portfolio moved over spans, deposits and withdrawals left aside; null where that is not known.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = Changes)]
pub struct ChangesDto {
    /// Over a day.
    #[serde(rename = "24h")]
    #[schema(required)]
    pub day: Option<ChangeDto>,
    /// Over a week.
    #[serde(rename = "7d")]
    #[schema(required)]
    pub week: Option<ChangeDto>,
    /// Over thirty days.
    #[serde(rename = "30d")]
    #[schema(required)]
    pub month: Option<ChangeDto>,
    /// Over a year.
    #[serde(rename = "1y")]
    #[schema(required)]
    pub year: Option<ChangeDto>,
}

impl ChangesDto {
    /// The changes that the core tells, by name.
    #[must_use]
    pub fn of(changes: &[(&'static str, Option<Change>)]) -> Self {
        let find = |name: &str| {
            let change = changes
                .iter()
                .find(|(key, _)| *key == name)
                .and_then(|(_, change)| change.as_ref())?;
            Some(ChangeDto {
                amount: money(change.amount),
                percent: change.percent.map(percent),
                from: change.from,
            })
        };
        Self {
            day: find("24h"),
            week: find("7d"),
            month: find("30d"),
            year: find("1y"),
        }
    }
}

/// How much a portfolio gained or lost.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeDto {
    /// In the portfolio's currency.
    pub amount: Dec,
    /// Of the value at the start; null when that is zero.
    #[schema(required)]
    pub percent: Option<Dec>,
    /// The instant of the snapshot it starts from.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
}

/// How many holdings are known, and how much of the cost they stand for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Coverage)]
pub struct CoverageDto {
    /// Holdings that a source priced in time.
    pub priced: u32,
    /// Holdings with the last accepted price.
    pub carried: u32,
    /// Holdings without a price.
    pub unpriced: u32,
    /// Holdings whose cost is not known in the portfolio's currency.
    pub without_cost: u32,
    /// `100 × total_cost ÷ (total_cost + excluded_cost)`; null without costs.
    #[schema(required)]
    pub percent_by_cost: Option<Dec>,
}

impl From<&Coverage> for CoverageDto {
    fn from(coverage: &Coverage) -> Self {
        Self {
            priced: coverage.priced,
            carried: coverage.carried,
            unpriced: coverage.unpriced,
            without_cost: coverage.without_cost,
            percent_by_cost: coverage.percent_by_cost.map(percent),
        }
    }
}

/// One holding within a valuation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = HoldingValuation)]
pub struct HoldingValuationDto {
    /// The holding.
    #[schema(value_type = String)]
    pub holding_id: HoldingId,
    /// What is held.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// What is known of the asset; null until a source has said it.
    #[schema(required)]
    pub info: Option<AssetDto>,
    /// How much.
    #[schema(value_type = Dec)]
    pub quantity: Quantity,
    /// The price of one unit, in `price_currency`.
    #[schema(required)]
    pub price: Option<Dec>,
    /// The currency that the price was quoted in.
    #[schema(required, value_type = Option<String>, example = "USD")]
    pub price_currency: Option<Currency>,
    /// The rate into the portfolio's currency; null if the price is in it.
    #[schema(required)]
    pub fx: Option<FxDto>,
    /// `quantity × price × fx.rate`, in the portfolio's currency.
    #[schema(required)]
    pub value: Option<Dec>,
    /// What was paid, in the portfolio's currency.
    #[schema(required)]
    pub cost: Option<Dec>,
    /// Why a stated cost is not known in the portfolio's currency: no_date, no_rate or out_of_range.
    #[schema(required, value_type = Option<String>)]
    pub cost_reason: Option<CostReason>,
    /// `value − cost`.
    #[schema(required)]
    pub gain: Option<Dec>,
    /// `100 × gain ÷ cost`.
    #[schema(required)]
    pub gain_percent: Option<Dec>,
    /// `100 × value ÷ total_value`.
    #[schema(required)]
    pub weight_percent: Option<Dec>,
    /// How the price came to be known.
    pub pricing: PricingDto,
}

/// How the price of a holding came to be known, or why it is not and what to do.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Pricing)]
pub struct PricingDto {
    /// Priced, carried or unpriced.
    #[schema(value_type = words::PriceState)]
    pub state: PriceState,
    /// Who said the price.
    #[schema(required, value_type = Option<String>)]
    pub source: Option<SourceId>,
    /// The market's time of the price.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// When folio received the price.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub fetched_at: Option<Timestamp>,
    /// How old the price was at the valuation's instant, the market's time counting.
    #[schema(required)]
    pub age_seconds: Option<i64>,
    /// Why nobody answered in time.
    #[schema(required, value_type = Option<String>)]
    pub reason: Option<Reason>,
    /// What to do about it.
    #[schema(required, value_type = Option<String>)]
    pub remedy: Option<&'static str>,
    /// When folio asks again, where it is known.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<Timestamp>,
}

impl ValuationDto {
    /// A valuation with its holdings, what is known of their assets, and how it moved.
    #[must_use]
    pub fn full(valuation: &Valuation, changes: ChangesDto, infos: &HashMap<AssetId, AssetInfo>) -> Self {
        let row = |row: &HoldingValuation| holding(row, valuation.as_of, infos.get(&row.asset));
        Self {
            holdings: Some(valuation.holdings.iter().map(row).collect()),
            changes: Some(changes),
            ..Self::brief(valuation)
        }
    }

    /// A valuation without its holdings.
    #[must_use]
    pub fn brief(valuation: &Valuation) -> Self {
        Self {
            id: valuation.id,
            portfolio_id: valuation.portfolio_id,
            as_of: valuation.as_of,
            created_at: valuation.created_at,
            trigger: valuation.trigger.as_str(),
            base_currency: valuation.base_currency,
            policy: valuation.policy.as_str(),
            max_age: valuation.policy.max_age().map(|age| age.as_secs()),
            book_id: valuation.book_id,
            portfolio_version: valuation.portfolio_version,
            status: valuation.status.as_str(),
            total_value: valuation.total_value.map(money),
            value_with_cost: valuation.value_with_cost.map(money),
            total_cost: valuation.total_cost.map(money),
            gain: valuation.gain.map(money),
            gain_percent: valuation.gain_percent.map(percent),
            excluded_cost: valuation.excluded_cost.map(money),
            changes: None,
            coverage: CoverageDto::from(&valuation.coverage),
            holdings: None,
        }
    }
}

fn holding(row: &HoldingValuation, as_of: Timestamp, info: Option<&AssetInfo>) -> HoldingValuationDto {
    HoldingValuationDto {
        holding_id: row.holding_id,
        asset: row.asset.clone(),
        info: info.map(AssetDto::from),
        quantity: row.quantity,
        price: row.price.map(|price| Dec(price.amount())),
        price_currency: row.price.map(|price| price.currency()),
        fx: row.fx.as_ref().map(FxDto::from),
        value: row.value.map(money),
        cost: row.cost.map(money),
        cost_reason: row.cost_reason,
        gain: row.gain.map(money),
        gain_percent: row.gain_percent.map(percent),
        weight_percent: row.weight_percent.map(percent),
        pricing: PricingDto {
            state: row.pricing.state,
            source: row.pricing.source.clone(),
            as_of: row.pricing.as_of,
            fetched_at: row.pricing.fetched_at,
            age_seconds: row.age(as_of).map(|age| age.as_secs()),
            reason: row.pricing.reason,
            remedy: row.remedy(),
            retry_at: row.pricing.retry_at,
        },
    }
}

fn money(money: Money) -> Dec {
    Dec(money.amount())
}

fn percent(percent: Percent) -> Dec {
    Dec(percent.value())
}
