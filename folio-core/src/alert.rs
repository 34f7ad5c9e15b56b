//! When a valuation crosses a threshold: rules, what is remembered of them, and crossings.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{PortfolioId, ValuationId};
use crate::money::{Percent, decimal};
use crate::valuation::{Status, Valuation};
use crate::{Error, ErrorKind, Result};

/// The longest cool-down, a year.
const MAX_COOLDOWN_HOURS: u32 = 365 * 24;
/// The largest threshold and band, in percent.
const MAX_PERCENT: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// What a rule watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlertKind {
    /// The loss against cost, of everything whose cost is known.
    Loss,
    /// The gain against cost, of everything whose cost is known.
    Gain,
}

impl AlertKind {
    /// The word for the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Gain => "gain",
        }
    }
}

/// A threshold that an owner wants to hear about.
///
/// ```
/// use folio_core::money::Percent;
/// use folio_core::{AlertKind, AlertRule};
///
/// let rule = AlertRule::new(uuid::Uuid::nil(), AlertKind::Loss, Percent::parse("5")?);
/// assert_eq!((rule.band_percent.to_string().as_str(), rule.cooldown_hours), ("1", 24));
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlertRule {
    /// Its id, from which the ids of its notifications are derived.
    pub id: Uuid,
    /// What it watches.
    pub kind: AlertKind,
    /// How much of the cost has to be lost or gained; above zero for a loss too.
    pub threshold_percent: Percent,
    /// How far back over the threshold the gain has to come before the rule can fire again.
    pub band_percent: Percent,
    /// For how long after a notification another crossing makes none, by the instants of valuations.
    pub cooldown_hours: u32,
}

impl AlertRule {
    /// A rule with a band of one percent and a cool-down of 24 hours.
    #[must_use]
    pub fn new(id: Uuid, kind: AlertKind, threshold_percent: Percent) -> Self {
        let band_percent = Percent::rounded(Decimal::ONE);
        Self {
            id,
            kind,
            threshold_percent,
            band_percent,
            cooldown_hours: 24,
        }
    }

    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at the pointer of the field, relative to the rule: a threshold that
    /// is not above zero, a band below zero, either above a million, a cool-down longer than a year.
    pub fn validate(&self) -> Result<()> {
        let check = |pointer: &str, value: Percent, least: bool, wanted: &str| {
            if !least {
                return Err(Error::field(ErrorKind::InvalidInput, pointer, wanted));
            }
            if value.value() > MAX_PERCENT {
                return Err(Error::field(
                    ErrorKind::OutOfRange,
                    pointer,
                    "at most 1000000 percent is watched",
                ));
            }
            Ok(())
        };
        let (threshold, band) = (self.threshold_percent, self.band_percent);
        let positive = threshold > Percent::ZERO;
        check(
            "/threshold_percent",
            threshold,
            positive,
            "the threshold must be above 0, for a loss too",
        )?;
        check(
            "/band_percent",
            band,
            band >= Percent::ZERO,
            "the band must not be negative",
        )?;
        if self.cooldown_hours > MAX_COOLDOWN_HOURS {
            let detail = format!("the cool-down is at most {MAX_COOLDOWN_HOURS} hours");
            return Err(Error::field(ErrorKind::OutOfRange, "/cooldown_hours", detail));
        }
        Ok(())
    }

    /// Why the rule can say nothing of a portfolio as it is valued; `None` where it can.
    #[must_use]
    pub fn inactive(&self, valuation: &Valuation) -> Option<Inactive> {
        (valuation.status != Status::Unavailable && valuation.gain_percent.is_none()).then_some(Inactive::NoCost)
    }

    /// Goes on by one valuation: the state after it, and the crossing to tell the owner of, if there is one.
    ///
    /// A portfolio's valuations are given in the order of their `as_of`, any of them again at any time; the
    /// state needs to be written only when it changed. It changes when an armed rule's threshold is
    /// reached, and when a fired rule's gain has left the threshold by more than the band. Only a complete
    /// valuation with a known gain says anything.
    #[must_use]
    pub fn evaluate(&self, state: &AlertState, valuation: &Valuation) -> (AlertState, Option<Crossing>) {
        let as_of = valuation.as_of;
        if state.changed_as_of.is_some_and(|changed| changed >= as_of) {
            return (*state, None);
        }
        let Some(gain_percent) = known_gain(valuation) else {
            return (*state, None);
        };
        let mut next = AlertState {
            changed_as_of: Some(as_of),
            ..*state
        };
        match state.phase {
            AlertPhase::Fired if self.rearms_at(gain_percent) => {
                next.phase = AlertPhase::Armed;
                (next, None)
            }
            AlertPhase::Armed if self.fires_at(gain_percent) => {
                next.phase = AlertPhase::Fired;
                next.episode += 1;
                if self.cools_down(state, as_of) {
                    return (next, None);
                }
                next.fired_as_of = Some(as_of);
                let crossing = Crossing {
                    event_id: self.event_id(next.episode),
                    rule_id: self.id,
                    kind: self.kind,
                    episode: next.episode,
                    portfolio_id: valuation.portfolio_id,
                    valuation_id: valuation.id,
                    as_of,
                    gain_percent,
                    threshold_percent: self.threshold_percent,
                };
                (next, Some(crossing))
            }
            _ => (*state, None),
        }
    }

    /// The state of a rule that was changed, or added to a portfolio that has been valued before: the phase
    /// is that of the valuation, and nothing fires. `None` while the valuation does not tell.
    #[must_use]
    pub fn rebase(&self, state: &AlertState, valuation: &Valuation) -> Option<AlertState> {
        let phase = match self.fires_at(known_gain(valuation)?) {
            true => AlertPhase::Fired,
            false => AlertPhase::Armed,
        };
        Some(AlertState {
            phase,
            changed_as_of: Some(valuation.as_of),
            ..*state
        })
    }

    /// The id of what is told of an episode: the version 5 UUID of both, the same on every store.
    #[must_use]
    pub fn event_id(&self, episode: u64) -> Uuid {
        Uuid::new_v5(&self.id, &episode.to_be_bytes())
    }

    fn fires_at(&self, gain_percent: Percent) -> bool {
        self.toward(gain_percent) >= self.threshold_percent
    }

    /// A band that the threshold cannot be lowered by is never left.
    fn rearms_at(&self, gain_percent: Percent) -> bool {
        decimal::sub(self.threshold_percent.value(), self.band_percent.value())
            .is_ok_and(|bound| self.toward(gain_percent).value() < bound)
    }

    /// The gain as the rule counts it: a loss rule counts downwards.
    fn toward(&self, gain_percent: Percent) -> Percent {
        match self.kind {
            AlertKind::Loss => -gain_percent,
            AlertKind::Gain => gain_percent,
        }
    }

    fn cools_down(&self, state: &AlertState, as_of: Timestamp) -> bool {
        let cooldown = SignedDuration::from_hours(self.cooldown_hours.into());
        state
            .fired_as_of
            .is_some_and(|fired| as_of.duration_since(fired) < cooldown)
    }
}

/// The gain that a rule may rely on; of a partial valuation it is that of another portfolio, as it were.
fn known_gain(valuation: &Valuation) -> Option<Percent> {
    valuation.gain_percent.filter(|_| valuation.status == Status::Complete)
}

/// Why a rule can say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Inactive {
    /// No cost is known, or it is zero, so there is nothing to take a percentage of.
    NoCost,
}

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

/// What is remembered of a rule between valuations. A new rule of a new portfolio is armed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertState {
    /// Whether it waits for its threshold.
    pub phase: AlertPhase,
    /// How often the threshold was crossed, those in the cool-down included.
    pub episode: u64,
    /// The instant of the valuation that last changed the state; none at or before it counts again.
    pub changed_as_of: Option<Timestamp>,
    /// The instant of the last valuation that the owner was told of.
    pub fired_as_of: Option<Timestamp>,
}

/// That a valuation crossed a threshold and the owner is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// See [`AlertRule::event_id`]; the id of the notification.
    pub event_id: Uuid,
    /// The rule.
    pub rule_id: Uuid,
    /// What the rule watches.
    pub kind: AlertKind,
    /// Which crossing of the rule it is, from 1; those in a cool-down count and are not told.
    pub episode: u64,
    /// The portfolio.
    pub portfolio_id: PortfolioId,
    /// The valuation that crossed.
    pub valuation_id: ValuationId,
    /// Its instant.
    pub as_of: Timestamp,
    /// The gain, negative when it is a loss, against the cost.
    pub gain_percent: Percent,
    /// The threshold, above zero for a loss too.
    pub threshold_percent: Percent,
}
