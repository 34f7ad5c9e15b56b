//! What is remembered of a rule between valuations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a rule waits for its threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertPhase {
    /// It fires when the threshold is reached.
    #[default]
    Armed,
    /// It has fired, and waits until the threshold is left by more than the band.
    Fired,
}

impl AlertPhase {
    /// The word for the phase.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Armed => "armed",
            Self::Fired => "fired",
        }
    }
}

/// What is remembered of a rule between valuations. A new rule of a new portfolio is armed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertState {
    /// Whether it waits for its threshold.
    pub phase: AlertPhase,
    /// How often the threshold was crossed, those in the cool-down included.
    pub episode: u64,
    /// The instant of the valuation that last changed the state, or that was the newest when the rule was changed;
    /// none at or before it counts again.
    pub changed_as_of: Option<Timestamp>,
    /// The instant of the last valuation that the owner was told of.
    pub fired_as_of: Option<Timestamp>,
    /// Whether the next valuation that tells sets the phase without firing: the rule was changed, or added to
    /// a portfolio that had been valued before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rebase: bool,
}

impl AlertState {
    /// The same, with the phase to be set by the next valuation after `valued_at` that tells, without firing.
    ///
    /// Without the instant a run that goes through older valuations once more would set the phase by one of them
    /// and fire at the next.
    #[must_use]
    pub fn rebased(self, valued_at: Timestamp) -> Self {
        Self {
            changed_as_of: self.changed_as_of.max(Some(valued_at)),
            rebase: true,
            ..self
        }
    }

    /// The same after a valuation that set it to `phase`.
    pub(super) fn moved(self, phase: AlertPhase, as_of: Timestamp) -> Self {
        Self {
            phase,
            changed_as_of: Some(as_of),
            rebase: false,
            ..self
        }
    }

    /// Whether a valuation for this instant was seen already.
    pub(super) fn has_seen(&self, as_of: Timestamp) -> bool {
        self.changed_as_of.is_some_and(|changed| changed >= as_of)
    }
}
