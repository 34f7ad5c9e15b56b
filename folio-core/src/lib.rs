//! Values portfolios of crypto and stocks without ever inventing a number.
//!
//! Two doors lead in. [`value`] is a pure function of a [`Portfolio`], a [`PriceBook`], a [`Policy`] and an
//! instant: no trait, no runtime, no error. [`Tracker`] keeps portfolios, asks [`PriceSource`]s for prices,
//! values and stores; what it is not given it keeps in memory.
//!
//! A holding that has no price is in the result with its [`Reason`] and what to do about it, and in no
//! total. A rate is never assumed to be 1, a price never taken from a later day, and what stood in for a
//! price that nobody gave in time bears its own, older time.
//!
//! Whoever writes a source, a store, a cache or a channel implements one trait and proves it with the suite
//! of `conformance` (a feature). This crate does no I/O: no network, no files, no environment, and the time
//! comes from a [`Clock`].

mod alert;
mod asset;
mod book;
mod cache;
mod clock;
mod error;
mod id;
mod manual;
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

pub use alert::{
    AlertDefaults, AlertKind, AlertPhase, AlertRule, AlertState, Condition, Crossing, Event, Evidence, Inactive,
    MAX_RULES, Observed, Outgoing, Quality, SourceWatch, WINDOWS, Watch, failed_classes, quality,
};
pub use asset::{AssetClass, AssetId, AssetInfo, AssetKind};
pub use book::{BookEntry, PriceBook, PriceState, ReferenceRate, convert};
pub use cache::Cache;
pub use clock::{Clock, ManualClock, SystemClock, to_millis};
pub use error::{Error, ErrorKind, FieldError, Result};
pub use id::{BookId, HoldingId, JobId, OwnerId, PortfolioId, QuarantineId, ValuationId};
pub use manual::{ManualPoint, ManualPrice, OwnersPrice};
pub use money::{Currency, Money, Percent, Price, Quantity};
pub use notification::{Delivery, Notification, NotificationKind, Notifier};
pub use policy::Policy;
pub use portfolio::{CostBasis, Holding, MAX_HOLDINGS, Portfolio};
pub use quote::{
    AgeLimits, Freshness, FxRate, PriceHistory, PriceKey, PricePoint, Quote, QuoteKind, Reason, Resolution, SourceId,
    Split, Unpriced,
};
pub use source::{Capabilities, Deadline, HistoryRequest, PriceSource, Priority, QuoteBatch, QuoteRequest, RateBudget};
pub use store::{OpsStore, PortfolioStore, Store, ValuationStore};
pub use tracker::{
    AlertRuleInput, AlertRules, Belongings, Channels, OnDifference, OwnedPortfolio, PortfolioHistory, PriceAnswer,
    PutBack, PutBackReport, Tracker, TrackerBuilder, WatchedRule,
};
pub use valuation::{
    ADMISSION_WINDOW, CHANGE_SPANS, Change, ChangeSpan, CostReason, Coverage, HistoryPoint, HoldingValuation,
    MOST_NAMED, Origin, PastPrices, Pricing, Status, Summary, SummaryEntry, Summing, Trigger, Valuation, change,
    down_sample, end_of_day, first_day, price_change, reconstruct, unavailable, value,
};
