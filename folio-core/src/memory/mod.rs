//! The four traits in memory: for tests, notebooks, demonstrations, and a single process that may forget.
//!
//! [`MemoryStore`] is the reference: where a backend and it disagree, one of them has a defect, and the
//! suites of `folio_core::conformance` say which. [`MemorySource`] is a market that does what it is told,
//! outages included. Nothing here reads the machine's time: it all runs on the [`Clock`](crate::Clock)
//! that it was given, so a test decides what "an hour later" is.
//!
//! ```
//! use std::sync::Arc;
//! use folio_core::memory::{MemorySource, MemoryStore};
//! use folio_core::{
//!     Currency, Holding, HoldingId, ManualClock, Policy, Portfolio, PortfolioStore, PriceBook, PriceKey, PriceSource,
//!     QuoteRequest, value,
//! };
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let now = "2026-03-01T09:00:00Z".parse()?;
//! let store = MemoryStore::new();
//! let bitcoin = Holding::new(HoldingId::new(now), "crypto:bitcoin".parse()?, "0.5".parse()?)?;
//! let portfolio = Portfolio::new("Core", Currency::USD, now).with(bitcoin);
//! store.create_portfolio(&portfolio).await?;
//!
//! let source = MemorySource::new(Arc::new(ManualClock::new(now))).with_price("crypto:bitcoin", "60000 USD")?;
//! let keys: Vec<_> = portfolio.holdings.iter().map(|holding| PriceKey::native(holding.asset.clone())).collect();
//! let mut book = PriceBook::new();
//! for (_, outcome) in source.quotes(&QuoteRequest::new(keys)).await?.outcomes {
//!     if let Ok(quote) = outcome {
//!         book = book.with(quote);
//!     }
//! }
//!
//! let portfolio = store.portfolio(&portfolio.owner, portfolio.id).await?;
//! let valuation = value(&portfolio, &book, Policy::default(), now);
//! assert_eq!(valuation.total_value.unwrap().to_string(), "30000 USD");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! # Ok::<(), std::io::Error>(())
//! ```

mod cache;
mod notifier;
mod records;
mod script;
mod snapshots;
mod source;
mod store;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use cache::MemoryCache;
pub use notifier::RecordingNotifier;
pub use source::MemorySource;
pub use store::MemoryStore;

/// What is behind a mutex. A panic while it was held leaves whole values behind, since every change here
/// is one insert or one removal, so there is no reason to refuse them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
