//! What clients send and receive. Made from the core's types, never the core's types themselves.

mod alert;
mod asset;
mod export;
mod history;
mod holding;
mod job;
mod manual;
mod notification;
mod page;
mod portfolio;
mod problem;
mod quarantine;
mod queue;
mod quote;
mod session;
mod source;
mod summary;
mod token;
mod valuation;
pub mod words;

pub use alert::{AlertRuleDto, AlertRuleInput, AlertRulesDto, AlertRulesInput, AlertStateDto};
pub use asset::{AssetDto, AssetList};
pub use export::{ExportDto, ExportedHolding, ExportedPortfolio, ExportedPrice, ExportedRule};
pub use history::{CurvePoint, PortfolioHistoryDto};
pub use holding::{HoldingDto, HoldingInput, HoldingPatch};
pub use job::{JobDto, JobErrorDto, JobRequest, JobResultDto, ProgressDto, ScheduleEntry};
pub use manual::{ManualPriceDto, ManualPriceInput};
pub use notification::{ChannelDto, DeliveryDto, DisabledDto, NotificationDto};
pub use page::Page;
pub use portfolio::{LatestValuation, PortfolioDto, PortfolioInput, PortfolioPatch, SummaryDto};
pub use problem::{FieldProblem, ProblemBody};
pub use quarantine::{ExpectedDto, HeldPrice, QuarantinedDto};
pub use queue::{GivenUpDto, MissedDto, OpenChunkDto, OpenDeliveryDto, OpenTickDto, ProcessDto, QueueDto};
pub use quote::{BatchAnswer, BatchRequest, FxDto, HistoryDto, HistoryPoint, QuoteDto, UnpricedDto};
pub use session::{SessionDto, SessionRequest};
pub use source::{BudgetDto, QuotaDto, SourceDto, SourceList};
pub use summary::{OwnerSummaryDto, SummaryPortfolio};
pub use token::{NewTokenDto, TokenDto, TokenInput};
pub use valuation::{ChangeDto, ChangesDto, CoverageDto, HoldingValuationDto, PricingDto, ValuationDto};

use folio_core::money::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// A decimal as text, plain notation, no trailing zeros, no exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, example = "0.5", pattern = r"^-?[0-9]+(\.[0-9]+)?$")]
pub struct Dec(#[serde(with = "folio_core::money::text")] pub Decimal);
