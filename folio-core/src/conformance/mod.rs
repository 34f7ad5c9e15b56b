//! The suites that every backend runs, folio's own and other people's.
//!
//! Every sentence in the contract of a trait is a check here. A suite is an async function; it takes an
//! async function that makes a fresh, empty backend, runs every check on one of its own, and at the end
//! panics with the names of those that failed, as a test does.
//!
//! ```
//! use std::sync::Arc;
//! use folio_core::{Store, conformance, memory::MemoryStore};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_time().build()?.block_on(async {
//! // In a backend's tests/conformance.rs, under #[tokio::test(flavor = "multi_thread")].
//! conformance::store(async || Arc::new(MemoryStore::new()) as Arc<dyn Store>).await;
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Whoever keeps only portfolios, snapshots or records runs [`portfolio_store`], [`valuation_store`] or
//! [`ops_store`]. Calls that race are tasks of their own, so a runtime with several threads finds more.

mod assets;
mod budget;
mod budget_over_days;
mod budget_over_time;
mod budget_quotas;
mod cache;
mod check;
mod expiry;
mod notifier;
mod portfolios;
mod ranges;
mod rates;
mod records;
mod records_at_once;
mod samples;
mod scans;
mod source;
mod source_extras;
mod source_keys;
mod source_lists;
mod store;
mod valuations;

pub use budget::rate_budget;
pub use budget_over_days::rate_budget_over_days;
pub use budget_over_time::rate_budget_over_time;
pub use cache::cache;
pub use notifier::{NotifierFixture, notifier};
pub use source::{SourceFixture, price_source};
pub use store::{ops_store, portfolio_store, store, valuation_store};
