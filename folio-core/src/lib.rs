//! Values portfolios of crypto and stocks without ever inventing a number.

mod alert;
mod asset;
mod book;
mod cache;
mod clock;
mod error;
mod id;
mod notification;
mod policy;
mod portfolio;
mod quote;
mod tracker;
mod valuation;

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "memory")]
pub mod memory;
pub mod money;
pub mod pricing;
pub mod source;
pub mod store;

pub use alert::{AlertKind, AlertPhase, AlertRule, AlertState, Crossing, Inactive};
pub use asset::{AssetClass, AssetId, AssetInfo, AssetKind};
pub use book::{BookEntry, PriceBook, PriceState, ReferenceRate, convert};
pub use cache::Cache;
pub use clock::{Clock, ManualClock, SystemClock, to_millis};
pub use error::{Error, ErrorKind, FieldError, Result};
pub use id::{BookId, HoldingId, JobId, OwnerId, PortfolioId, ValuationId};
pub use money::{Currency, Money, Percent, Price, Quantity};
pub use notification::{Delivery, Notification, NotificationKind, Notifier};
pub use policy::Policy;
pub use portfolio::{CostBasis, Holding, MAX_HOLDINGS, Portfolio};
pub use quote::{
    AgeLimits, Freshness, FxRate, PriceHistory, PriceKey, PricePoint, Quote, QuoteKind, Reason, Resolution, SourceId,
    Unpriced,
};
pub use source::{Capabilities, Deadline, HistoryRequest, PriceSource, Priority, QuoteBatch, QuoteRequest, RateBudget};
pub use store::{OpsStore, PortfolioStore, Store, ValuationStore};
pub use tracker::{PriceAnswer, Tracker, TrackerBuilder};
pub use valuation::{
    ADMISSION_WINDOW, CHANGE_SPANS, Change, ChangeSpan, CostReason, Coverage, HoldingValuation, Pricing, Status,
    Trigger, Valuation, change, value,
};
