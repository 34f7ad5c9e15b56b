//! The use cases: what server, jobs, Python and a Rust program call, and nothing below it.

mod alerts;
mod belongings;
mod builder;
mod channels;
mod currencies;
mod history;
mod manual;
mod portfolios;
mod prices;
mod quarantine;
mod summary;
mod valuations;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::SignedDuration;

pub use alerts::{AlertRuleInput, AlertRules, WatchedRule};
pub use belongings::{Belongings, OnDifference, OwnedPortfolio, PutBack, PutBackReport};
pub use builder::TrackerBuilder;
pub use channels::Channels;
pub use history::PortfolioHistory;
pub use prices::PriceAnswer;

use crate::alert::AlertDefaults;
use crate::clock::Clock;
use crate::pricing::{CacheCounts, Pricing, SourceStatus};
use crate::store::{Books, Splits, Store};
use crate::{Result, source::RateBudget};

/// Keeps portfolios, prices and values them; cheap to clone, every clone the same tracker.
///
/// ```
/// use std::sync::Arc;
/// use folio_core::memory::MemorySource;
/// use folio_core::{Currency, Holding, HoldingId, OwnerId, Portfolio, SystemClock, Tracker};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> folio_core::Result<()> {
/// let source = MemorySource::new(Arc::new(SystemClock)).with_price("crypto:bitcoin", "60000 USD")?;
/// let tracker = Tracker::builder().source(Arc::new(source)).build()?;
/// let now = tracker.clock().now();
/// let holding = Holding::new(HoldingId::new(now), "crypto:bitcoin".parse()?, "0.5".parse()?)?;
/// let portfolio = Portfolio::new("Core", Currency::USD, now).with(holding);
/// let portfolio = tracker.create_portfolio(portfolio).await?;
///
/// let valuation = tracker.value(&OwnerId::default(), portfolio.id, None).await?;
/// assert_eq!(valuation.total_value.unwrap().to_string(), "30000 USD");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tracker(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    books: Books,
    splits: Splits,
    pricing: Pricing,
    budget: Option<Arc<dyn RateBudget>>,
    keep_hourly: SignedDuration,
    /// Whether anybody is known to have stated a price by hand.
    any_manual: AtomicBool,
    channels: Channels,
    alert_defaults: AlertDefaults,
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker")
            .field("store", &self.0.store)
            .field("pricing", &self.0.pricing)
            .field("budget", &self.0.budget)
            .finish_non_exhaustive()
    }
}

impl Tracker {
    /// A tracker to be put together; what is not given is kept in memory.
    pub fn builder() -> TrackerBuilder {
        TrackerBuilder::default()
    }

    /// The channels that owners are told through.
    #[must_use]
    pub fn channels(&self) -> &Channels {
        &self.0.channels
    }

    /// The clock that everything goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// The stored price books.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.0.books
    }

    /// The share splits that sources have mentioned.
    #[must_use]
    pub fn splits(&self) -> &Splits {
        &self.0.splits
    }

    /// How often the tiers of cache had what was asked for, since this tracker was put together.
    #[must_use]
    pub fn cache_counts(&self) -> CacheCounts {
        self.0.pricing.cache_counts()
    }

    /// What is known of each price source, in the order of fallback.
    ///
    /// # Errors
    /// `Unavailable` when the place where budgets are kept cannot be reached.
    pub async fn sources(&self) -> Result<Vec<SourceStatus>> {
        self.0.pricing.status().await
    }
}
