//! A portfolio over time, as clients receive it.

use folio_core::{Currency, HistoryPoint, PortfolioHistory};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Dec, UnpricedDto, words};

/// The worth of a portfolio over time, thinned to what a plot shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PortfolioHistory)]
pub struct PortfolioHistoryDto {
    /// The currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// In ascending order.
    pub points: Vec<CurvePoint>,
    /// The assets whose past is not known or not known far enough back, and why; a currency stands for its
    /// rate. What is pending or timeout is on its way: ask again.
    pub missing: Vec<UnpricedDto>,
}

/// The worth of a portfolio at one instant. What is not known is null, never 0.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CurvePoint {
    /// The instant; of a reconstructed day its last millisecond in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// The value of every holding that has a price.
    #[schema(required)]
    pub value: Option<Dec>,
    /// The value of those of them whose cost is known.
    #[schema(required)]
    pub value_with_cost: Option<Dec>,
    /// The cost of exactly these.
    #[schema(required)]
    pub cost: Option<Dec>,
    /// Whether the value covers everything that was held.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    /// Whether it was kept, or worked out from the day's closes and rates.
    #[schema(value_type = words::Origin)]
    pub origin: &'static str,
}

impl From<PortfolioHistory> for PortfolioHistoryDto {
    fn from(history: PortfolioHistory) -> Self {
        Self {
            currency: history.currency,
            points: history.points.iter().map(CurvePoint::from).collect(),
            missing: history
                .missing
                .into_iter()
                .map(|(asset, failure)| UnpricedDto::of(asset, failure))
                .collect(),
        }
    }
}

impl From<&HistoryPoint> for CurvePoint {
    fn from(point: &HistoryPoint) -> Self {
        let [value, value_with_cost, cost] =
            [point.value, point.value_with_cost, point.cost].map(|money| money.map(|money| Dec(money.amount())));
        Self {
            as_of: point.as_of,
            value,
            value_with_cost,
            cost,
            status: point.status.as_str(),
            origin: point.origin.as_str(),
        }
    }
}
