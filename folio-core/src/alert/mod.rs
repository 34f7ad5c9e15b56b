//! When a valuation crosses a threshold: rules, what is remembered of them, and what is told.
//!
//! Everything here is a pure fold over a portfolio's snapshots in the order of their `as_of`: the same
//! snapshots give the same notifications, however often and in however many pieces they are gone through.

mod evaluate;
mod message;
mod quality;
mod rule;
mod state;
mod watch;

pub use evaluate::{Crossing, Evidence, Inactive, Observed};
pub use quality::{Quality, failed_classes, quality};
pub use rule::{AlertDefaults, AlertKind, AlertRule, Condition, MAX_RULES, WINDOWS};
pub use state::{AlertPhase, AlertState};
pub use watch::{Event, Outgoing, SourceWatch, Watch};
