//! What the core promises, one module a promise, in one program: it is linked once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

mod alert;
mod alert_checked;
mod alert_evidence;
mod alert_prices;
mod alert_quality;
mod alert_rules;
mod belongings;
mod book;
mod catalogue;
mod change;
mod conformance_memory;
mod conformance_mutants;
mod deadlines;
mod fallback;
mod history;
mod invariants;
mod manual;
mod money_oracle;
mod mutants;
mod notifications;
mod past_prices;
mod portfolio;
mod pricing;
mod quarantine;
mod rotation;
mod scene;
mod shared_cache;
mod splits;
mod summary;
mod tracker;
mod valuation;
mod valuation_laws;
mod valuation_oracle;
mod valuation_prices;
mod watch;
mod watch_laws;
