//! The trait that a price vendor is put behind, and what is asked of it.

mod budget;
mod waiting;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use tokio::time::Instant;

pub use budget::{BudgetLimit, BudgetState, Ledger, LedgerState, LocalBudget, QuotaState, RateBudget, StoreBudget};
pub use waiting::{budget_used_up, is_waiting, waiting};

use crate::asset::{AssetClass, AssetInfo};
use crate::quote::{PriceHistory, PriceKey, Quote, Resolution, SourceId, Unpriced};
use crate::{Error, ErrorKind, Result};

/// Who is waiting for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A scheduled run; a fifth of every budget is kept from it.
    Job,
    /// A person.
    Interactive,
}

/// The instant, on the runtime's own clock, after which an answer is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The instant `span` from now.
    #[must_use]
    pub fn after(span: Duration) -> Self {
        let now = Instant::now();
        Self(
            now.checked_add(span)
                .unwrap_or_else(|| now + Duration::from_secs(86_400 * 365)),
        )
    }

    /// What is left, zero when it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The instant so long before this one.
    pub(crate) fn earlier(self, span: Duration) -> Self {
        Self(self.0.checked_sub(span).unwrap_or(self.0))
    }

    /// The instant for `tokio::time`.
    #[must_use]
    pub fn instant(&self) -> Instant {
        self.0
    }
}

/// What a source can do. A caller never asks for anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The classes that it prices.
    pub classes: Vec<AssetClass>,
    /// How many assets one upstream call prices.
    pub batch_limit: usize,
    /// Whether it prices in a currency of the caller's choice rather than the trading currency only.
    pub any_currency: bool,
    /// How many days back its daily history reaches; `None` without a history.
    pub daily_days: Option<u32>,
    /// How many days back its hourly history reaches; `None` without one.
    pub hourly_days: Option<u32>,
    /// Whether it finds assets by text, one upstream call a text.
    pub search: bool,
    /// Whether it publishes a list of everything that it prices.
    pub list: bool,
}

impl Capabilities {
    /// A source that prices `classes`, one asset a call, in the trading currency, and nothing else.
    #[must_use]
    pub fn new(classes: impl Into<Vec<AssetClass>>) -> Self {
        Self {
            classes: classes.into(),
            batch_limit: 1,
            any_currency: false,
            daily_days: None,
            hourly_days: None,
            search: false,
            list: false,
        }
    }

    /// The same with batches of `limit` assets a call.
    #[must_use]
    pub fn batches_of(mut self, limit: usize) -> Self {
        self.batch_limit = limit.max(1);
        self
    }

    /// The same, pricing in any currency.
    #[must_use]
    pub fn in_any_currency(mut self) -> Self {
        self.any_currency = true;
        self
    }

    /// The same with a history of so many days, by day and by hour.
    #[must_use]
    pub fn with_history(mut self, daily_days: u32, hourly_days: Option<u32>) -> Self {
        self.daily_days = Some(daily_days);
        self.hourly_days = hourly_days;
        self
    }

    /// The same with a search.
    #[must_use]
    pub fn with_search(mut self) -> Self {
        self.search = true;
        self
    }

    /// The same with a list of everything that it prices.
    #[must_use]
    pub fn with_list(mut self) -> Self {
        self.list = true;
        self
    }

    /// Whether the source prices this class.
    #[must_use]
    pub fn prices(&self, class: AssetClass) -> bool {
        self.classes.contains(&class)
    }
}

/// A request for present prices.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QuoteRequest {
    /// What to price; each key once. At most the source's batch limit is one upstream call; a source
    /// splits longer requests itself.
    pub keys: Vec<PriceKey>,
    /// Who is waiting.
    pub priority: Priority,
    /// Until when.
    pub deadline: Deadline,
}

impl QuoteRequest {
    /// A person's request with a deadline of three seconds.
    #[must_use]
    pub fn new(keys: impl Into<Vec<PriceKey>>) -> Self {
        Self {
            keys: keys.into(),
            priority: Priority::Interactive,
            deadline: Deadline::after(Duration::from_secs(3)),
        }
    }

    /// The same for somebody else.
    #[must_use]
    pub fn for_caller(mut self, priority: Priority, deadline: Deadline) -> Self {
        self.priority = priority;
        self.deadline = deadline;
        self
    }
}

/// The answer to a [`QuoteRequest`]: for each key, in the order asked, a quote or why there is none.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct QuoteBatch {
    /// One outcome for each key of the request.
    pub outcomes: Vec<(PriceKey, std::result::Result<Quote, Unpriced>)>,
    /// What the answer said beside prices of the assets that were asked for: their names, for example.
    pub infos: Vec<AssetInfo>,
}

impl QuoteBatch {
    /// An answer that has prices only.
    #[must_use]
    pub fn new(outcomes: Vec<(PriceKey, std::result::Result<Quote, Unpriced>)>) -> Self {
        Self {
            outcomes,
            infos: Vec::new(),
        }
    }

    /// The same with what else was said of these assets.
    #[must_use]
    pub fn with_infos(mut self, infos: Vec<AssetInfo>) -> Self {
        self.infos = infos;
        self
    }
}

/// A request for past prices.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryRequest {
    /// What to price, and in which currency.
    pub key: PriceKey,
    /// The step.
    pub resolution: Resolution,
    /// The first day wanted. A source that publishes on some days only may begin with the last
    /// publication before it.
    pub from: Date,
    /// The last day wanted, that day included; the day in progress gives a provisional point.
    pub to: Date,
    /// Who is waiting.
    pub priority: Priority,
    /// Until when.
    pub deadline: Deadline,
}

impl HistoryRequest {
    /// A person's request for daily prices with a deadline of three seconds.
    #[must_use]
    pub fn daily(key: PriceKey, from: Date, to: Date) -> Self {
        Self {
            key,
            resolution: Resolution::Daily,
            from,
            to,
            priority: Priority::Interactive,
            deadline: Deadline::after(Duration::from_secs(3)),
        }
    }

    /// The same by hour.
    #[must_use]
    pub fn hourly(mut self) -> Self {
        self.resolution = Resolution::Hourly;
        self
    }

    /// The same for somebody else.
    #[must_use]
    pub fn for_caller(mut self, priority: Priority, deadline: Deadline) -> Self {
        self.priority = priority;
        self.deadline = deadline;
        self
    }
}

/// A vendor of prices.
///
/// # Contract
/// - [`quotes`](Self::quotes) answers each key of the request exactly once, in any number of upstream
///   calls. What the vendor does not know is that key's own outcome and fails nobody else. `Err` means
///   that nothing can be said of any key: the vendor is down, the budget is used up, the key is refused.
/// - A quote is for the asset and, where one was asked for, the currency of its key; it is greater than
///   zero unless the vendor says in so many words that the asset is worthless; its `as_of` is the
///   market's time, never the time of the call; its `fetched_at` is the clock's; its `source` is whoever
///   published it, which is the vendor unless the vendor passes somebody else's on.
/// - A price is taken from the vendor's own text, never through a binary float.
/// - History is oldest first, one point a step, gaps left as gaps, only the last point provisional.
/// - Calls respect the request's deadline. They are safe to drop at any point.
/// - No secret appears in an error, in `Debug` output or in a log line.
///
/// `folio_core::conformance::price_source` checks this for any implementation.
#[async_trait]
pub trait PriceSource: Send + Sync + Debug + 'static {
    /// The name under which quotes, budgets and health are kept.
    fn id(&self) -> SourceId;

    /// What the source can do.
    fn capabilities(&self) -> Capabilities;

    /// Present prices.
    ///
    /// # Errors
    /// `RateLimited`, `Timeout`, `Unavailable` or `NotConfigured` when nothing can be said of any key.
    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch>;

    /// Past prices of one asset.
    ///
    /// # Errors
    /// `NotFound` when the vendor does not know the asset, `MissingPrice` when it has none in the range,
    /// `Unsupported` when it keeps no such history, and the kinds of [`quotes`](Self::quotes).
    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let key = &request.key;
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("{} keeps no history of {key}", self.id()),
        ))
    }

    /// Assets whose name or symbol contains `text`, the most important first.
    ///
    /// # Errors
    /// `Unsupported` when the vendor has no search, and the kinds of [`quotes`](Self::quotes).
    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        let _ = text;
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("{} has no search", self.id()),
        ))
    }

    /// Everything that the source prices, the most important first where it says so. Asked about once a
    /// day and kept, so that assets are found without a call.
    ///
    /// # Errors
    /// `Unsupported` when the vendor publishes no list, and the kinds of [`quotes`](Self::quotes).
    async fn list(&self, deadline: Deadline) -> Result<Vec<AssetInfo>> {
        let _ = deadline;
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("{} publishes no list of assets", self.id()),
        ))
    }
}
