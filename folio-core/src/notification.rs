//! What folio tells an owner, and the trait that a channel is put behind.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::id::{PortfolioId, ValuationId};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotificationKind {
    /// The loss against cost reached the threshold.
    LossAlert,
    /// The gain against cost reached the threshold.
    GainAlert,
}

/// A message to an owner about one crossing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Derived from rule and episode, the same on every store: a channel that sees it twice tells once.
    pub id: Uuid,
    /// The portfolio.
    pub portfolio_id: PortfolioId,
    /// What happened.
    pub kind: NotificationKind,
    /// A sentence for a person.
    pub message: String,
    /// The snapshot that crossed.
    pub valuation_id: ValuationId,
    /// The rule that it crossed.
    pub rule_id: Uuid,
    /// The instant of the snapshot.
    pub created_at: Timestamp,
}

/// That a channel has taken a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What the channel calls it, where it says so.
    pub reference: Option<String>,
}

/// A channel to an owner.
///
/// # Contract
/// - Idempotent by [`Notification::id`]: the same notification may come twice after a crash and should
///   reach a person once, or carry the id so that the receiver can tell.
/// - `Ok` means that the channel has taken responsibility.
/// - No secret appears in an error, in `Debug` output or in a log line.
#[async_trait]
pub trait Notifier: Send + Sync + Debug + 'static {
    /// The name of the channel: `console`, `webhook`.
    fn channel(&self) -> &str;

    /// Sends a message.
    ///
    /// # Errors
    /// A retryable kind when the same message may be sent later, any other when it never will be.
    async fn notify(&self, notification: &Notification) -> Result<Delivery>;
}
