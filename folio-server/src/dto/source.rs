//! The state of the price sources, as clients receive it.

use folio_core::SourceId;
use folio_core::pricing::SourceStatus;
use folio_core::source::{BudgetState, QuotaState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A price source and how it does.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceDto {
    /// Its name.
    #[schema(value_type = String, example = "coingecko")]
    pub id: SourceId,
    /// The classes that it prices.
    #[schema(example = json!(["crypto"]))]
    pub classes: Vec<String>,
    /// Whether its last answer was one.
    pub healthy: bool,
    /// When it last answered; null before the first time.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub last_success_at: Option<Timestamp>,
    /// Why it last failed.
    #[schema(required)]
    pub last_error: Option<String>,
    /// What is left of its budget of calls; null without one.
    #[schema(required)]
    pub budget: Option<BudgetDto>,
    /// When it is asked again: it rests after a failure, its vendor asked to be left alone, or its budget is used up.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<Timestamp>,
}

/// A budget of calls.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Budget)]
pub struct BudgetDto {
    /// Calls in any sixty seconds.
    pub limit_per_minute: u32,
    /// Calls that could be made at once, by all limits together.
    pub remaining: u32,
    /// The calls of this day of UTC; null where a day has no limit.
    #[schema(required)]
    pub day: Option<QuotaDto>,
    /// The calls of this calendar month of UTC; null where a month has no limit.
    #[schema(required)]
    pub month: Option<QuotaDto>,
}

/// What is used of a day's or a month's calls.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Quota)]
pub struct QuotaDto {
    /// Calls in the span.
    pub limit: u32,
    /// Calls made in it.
    pub used: u32,
    /// When the next span begins.
    #[schema(value_type = String, format = DateTime)]
    pub resets_at: Timestamp,
}

impl From<BudgetState> for BudgetDto {
    fn from(budget: BudgetState) -> Self {
        Self {
            limit_per_minute: budget.limit_per_minute,
            remaining: budget.remaining,
            day: budget.day.map(QuotaDto::from),
            month: budget.month.map(QuotaDto::from),
        }
    }
}

impl From<QuotaState> for QuotaDto {
    fn from(quota: QuotaState) -> Self {
        Self {
            limit: quota.limit,
            used: quota.used,
            resets_at: quota.resets_at,
        }
    }
}

impl From<SourceStatus> for SourceDto {
    fn from(status: SourceStatus) -> Self {
        Self {
            id: status.id,
            classes: status.classes.iter().map(|class| class.as_str().to_owned()).collect(),
            healthy: status.healthy,
            last_success_at: status.last_success_at,
            last_error: status.last_error,
            budget: status.budget.map(BudgetDto::from),
            retry_at: status.retry_at,
        }
    }
}

/// The price sources.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceList {
    /// The sources.
    pub items: Vec<SourceDto>,
    /// Always null: the list has one part.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_budget_shows_its_day_and_month() {
        let quota = |limit, used, resets_at: &str| QuotaState {
            limit,
            used,
            resets_at: resets_at.parse().unwrap(),
        };
        let state = BudgetState {
            limit_per_minute: 30,
            remaining: 12,
            retry_at: None,
            day: None,
            month: Some(quota(10_000, 9_988, "2026-04-01T00:00:00Z")),
        };
        assert_eq!(
            serde_json::to_value(BudgetDto::from(state)).unwrap(),
            json!({
                "limit_per_minute": 30,
                "remaining": 12,
                "day": null,
                "month": {"limit": 10_000, "used": 9_988, "resets_at": "2026-04-01T00:00:00Z"},
            })
        );
    }
}
