//! All portfolios of an owner together, as clients receive them.

use folio_core::{Currency, Money, Percent, PortfolioId, Reason, Summary, SummaryEntry};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CoverageDto, Dec, FxDto, words};

/// What all portfolios of the owner are worth together. What is not known is null, never 0.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Summary)]
pub struct OwnerSummaryDto {
    /// The currency of every sum.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The instant it is for.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// Whether the sums cover everything that is held.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    /// The total value of the portfolios that have one.
    #[schema(required)]
    pub total_value: Option<Dec>,
    /// The value of those holdings in them whose cost is known.
    #[schema(required)]
    pub value_with_cost: Option<Dec>,
    /// The cost of exactly these.
    #[schema(required)]
    pub total_cost: Option<Dec>,
    /// `value_with_cost − total_cost`.
    #[schema(required)]
    pub gain: Option<Dec>,
    /// `100 × gain ÷ total_cost`.
    #[schema(required)]
    pub gain_percent: Option<Dec>,
    /// The known costs of holdings that are in no sum.
    #[schema(required)]
    pub excluded_cost: Option<Dec>,
    /// How many holdings are known.
    pub coverage: CoverageDto,
    /// How many portfolios there are, the archived ones left out.
    pub portfolio_count: usize,
    /// The largest portfolios, at most 200, those without a value last.
    pub portfolios: Vec<SummaryPortfolio>,
    /// Whether there are portfolios that are not listed.
    pub more: bool,
}

/// One portfolio within a summary.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SummaryPortfolio {
    /// The portfolio.
    #[schema(value_type = String)]
    pub id: PortfolioId,
    /// Its name.
    pub name: String,
    /// Its own currency.
    #[schema(value_type = String, example = "EUR")]
    pub base_currency: Currency,
    /// Whether its total covers everything that it holds.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    /// Its total in its own currency.
    #[schema(required)]
    pub total_value: Option<Dec>,
    /// Its total in the currency of the summary; null when it is in no sum, for `reason`.
    #[schema(required)]
    pub value: Option<Dec>,
    /// `100 × value ÷ total_value` of the summary.
    #[schema(required)]
    pub weight_percent: Option<Dec>,
    /// The rate between both currencies; null if they are equal.
    #[schema(required)]
    pub fx: Option<FxDto>,
    /// Why it is in no sum.
    #[schema(required, value_type = Option<String>, example = "no_rate")]
    pub reason: Option<Reason>,
}

impl From<Summary> for OwnerSummaryDto {
    fn from(summary: Summary) -> Self {
        Self {
            currency: summary.currency,
            as_of: summary.as_of,
            status: summary.status.as_str(),
            total_value: summary.total_value.map(money),
            value_with_cost: summary.value_with_cost.map(money),
            total_cost: summary.total_cost.map(money),
            gain: summary.gain.map(money),
            gain_percent: summary.gain_percent.map(percent),
            excluded_cost: summary.excluded_cost.map(money),
            coverage: CoverageDto::from(&summary.coverage),
            portfolio_count: summary.portfolio_count,
            portfolios: summary.portfolios.into_iter().map(SummaryPortfolio::from).collect(),
            more: summary.more,
        }
    }
}

impl From<SummaryEntry> for SummaryPortfolio {
    fn from(entry: SummaryEntry) -> Self {
        Self {
            id: entry.id,
            name: entry.name,
            base_currency: entry.base_currency,
            status: entry.status.as_str(),
            total_value: entry.total_value.map(money),
            value: entry.value.map(money),
            weight_percent: entry.weight_percent.map(percent),
            fx: entry.fx.as_ref().map(FxDto::from),
            reason: entry.reason,
        }
    }
}

fn money(money: Money) -> Dec {
    Dec(money.amount())
}

fn percent(percent: Percent) -> Dec {
    Dec(percent.value())
}
