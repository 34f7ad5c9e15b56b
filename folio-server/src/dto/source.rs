//! The state of the price sources, as clients receive it.

use folio_core::SourceId;
use folio_core::pricing::SourceStatus;
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
    /// When it is asked again.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<Timestamp>,
}

/// A budget of calls.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Budget)]
pub struct BudgetDto {
    /// Calls in any sixty seconds.
    pub limit_per_minute: u32,
    /// Calls that could be made at once.
    pub remaining: u32,
}

impl From<SourceStatus> for SourceDto {
    fn from(status: SourceStatus) -> Self {
        Self {
            id: status.id,
            classes: status.classes.iter().map(|class| class.as_str().to_owned()).collect(),
            healthy: status.healthy,
            last_success_at: status.last_success_at,
            last_error: status.last_error,
            budget: status.budget.map(|budget| BudgetDto {
                limit_per_minute: budget.limit_per_minute,
                remaining: budget.remaining,
            }),
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
