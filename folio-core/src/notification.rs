//! What folio tells an owner, and the trait that a channel is put behind.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::id::{OwnerId, PortfolioId, ValuationId};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotificationKind {
    /// The loss against cost reached the threshold.
    LossAlert,
    /// The gain against cost reached the threshold.
    GainAlert,
    /// A value or a price moved by the threshold within the window.
    ChangeAlert,
    /// A price reached the threshold.
    PriceAlert,
    /// A portfolio cannot be valued as a whole, so its alerts say nothing until it can.
    DataDegraded,
    /// A price source gives no answers. It is the operator's, and of no portfolio.
    SourceDegraded,
    /// A sample that somebody asked for, to see whether a channel works.
    Sample,
}

impl NotificationKind {
    /// Every kind, in the order of the contract.
    pub const ALL: [Self; 7] = [
        Self::LossAlert,
        Self::GainAlert,
        Self::ChangeAlert,
        Self::PriceAlert,
        Self::DataDegraded,
        Self::SourceDegraded,
        Self::Sample,
    ];

    /// The word for the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LossAlert => "loss_alert",
            Self::GainAlert => "gain_alert",
            Self::ChangeAlert => "change_alert",
            Self::PriceAlert => "price_alert",
            Self::DataDegraded => "data_degraded",
            Self::SourceDegraded => "source_degraded",
            Self::Sample => "sample",
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message to an owner about one crossing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notification {
    /// Derived from rule and episode, the same on every store: a channel that sees it twice tells once.
    pub id: Uuid,
    /// Whose it is.
    pub owner: OwnerId,
    /// The portfolio; `None` for what concerns the operator.
    pub portfolio_id: Option<PortfolioId>,
    /// What happened.
    pub kind: NotificationKind,
    /// What happened in a few words, on one line.
    pub title: String,
    /// What happened and what to do, in sentences for a person; lines are ended by `\n`.
    pub message: String,
    /// The snapshot that crossed.
    pub valuation_id: Option<ValuationId>,
    /// The rule that it crossed.
    pub rule_id: Option<Uuid>,
    /// The instant of the snapshot, UTC.
    pub created_at: Timestamp,
}

impl Notification {
    /// A message that is about no portfolio yet.
    #[must_use]
    pub fn new(id: Uuid, owner: OwnerId, kind: NotificationKind, created_at: Timestamp) -> Self {
        Self {
            id,
            owner,
            portfolio_id: None,
            kind,
            title: String::new(),
            message: String::new(),
            valuation_id: None,
            rule_id: None,
            created_at,
        }
    }

    /// A sample, to see whether a channel works.
    #[must_use]
    pub fn sample(owner: OwnerId, now: Timestamp) -> Self {
        Self::new(Uuid::new_v4(), owner, NotificationKind::Sample, now).with_text(
            "A sample from folio",
            "This channel works. Nothing happened to your portfolios; somebody asked for this sample.",
        )
    }

    /// The same with these words.
    #[must_use]
    pub fn with_text(mut self, title: impl Into<String>, message: impl Into<String>) -> Self {
        (self.title, self.message) = (title.into(), message.into());
        self
    }

    /// The same about a rule.
    #[must_use]
    pub fn with_rule(mut self, rule_id: Uuid) -> Self {
        self.rule_id = Some(rule_id);
        self
    }

    /// The same about a snapshot of a portfolio.
    #[must_use]
    pub fn with_snapshot(mut self, portfolio_id: PortfolioId, valuation_id: ValuationId) -> Self {
        (self.portfolio_id, self.valuation_id) = (Some(portfolio_id), Some(valuation_id));
        self
    }
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
    /// The name of the channel: `console`, `webhook`. Lower-case letters, digits, `-` and `_`.
    fn channel(&self) -> &str;

    /// Where it sends, as far as that may be shown: `https://hooks.example.com`, `me@example.com`. A disabled
    /// channel is used again when this is another than it was; empty where there is nothing to say.
    fn destination(&self) -> String {
        String::new()
    }

    /// Sends a message.
    ///
    /// # Errors
    /// A retryable kind when the same message may be sent later, not before
    /// [`Error::retry_after`](crate::Error::retry_after) where that says so; any other when it never will be.
    /// `NotConfigured` when no message can be sent until somebody changes the channel: it is disabled then.
    async fn notify(&self, notification: &Notification) -> Result<Delivery>;
}
