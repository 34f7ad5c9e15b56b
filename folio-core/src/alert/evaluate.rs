//! One step of a rule: a valuation in, the next state and perhaps a crossing out.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::quality::{holds_back, is_sound};
use super::rule::{AlertKind, AlertRule, Condition};
use super::state::{AlertPhase, AlertState};
use crate::asset::AssetId;
use crate::id::{PortfolioId, ValuationId};
use crate::money::{Percent, Price, decimal};
use crate::portfolio::Portfolio;
use crate::quote::{Reason, Split};
use crate::valuation::{Status, Valuation, change, price_change};

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The valuation, with its holdings.
    pub valuation: &'a Valuation,
    /// Where the windows of changes begin, by their hours: the snapshots that `changes` of the valuation
    /// compare with, with their holdings.
    pub starts: &'a BTreeMap<u32, Valuation>,
    /// The splits of what is held, for changes.
    pub splits: &'a BTreeMap<AssetId, Vec<Split>>,
}

impl<'a> From<&'a Valuation> for Evidence<'a> {
    /// Without a past: rules on changes say nothing.
    fn from(valuation: &'a Valuation) -> Self {
        static NO_STARTS: BTreeMap<u32, Valuation> = BTreeMap::new();
        static NO_SPLITS: BTreeMap<AssetId, Vec<Split>> = BTreeMap::new();
        Self {
            valuation,
            starts: &NO_STARTS,
            splits: &NO_SPLITS,
        }
    }
}

/// What a rule saw, or waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Observed {
    /// A gain, negative when it is a loss, or a change.
    Percent(Percent),
    /// A price.
    Price(Price),
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent} %"),
            Self::Price(price) => write!(f, "{} {}", decimal::to_text(price.amount()), price.currency()),
        }
    }
}

/// Why a rule can say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Inactive {
    /// No cost is known, or it is zero, so there is nothing to take a percentage of.
    NoCost,
    /// The portfolio does not hold the asset any more.
    NotHeld,
    /// The price of the asset is known, but not in the currency of the rule.
    OtherCurrency,
}

impl Inactive {
    /// The word for the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCost => "no_cost",
            Self::NotHeld => "not_held",
            Self::OtherCurrency => "other_currency",
        }
    }
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
    /// What it showed.
    pub observed: Observed,
}

impl AlertRule {
    /// Why the rule can say nothing of a portfolio whatever the prices are; `None` where it can.
    #[must_use]
    pub fn inactive_in(&self, portfolio: &Portfolio) -> Option<Inactive> {
        let mut holdings = portfolio.holdings.iter();
        match (self.kind(), self.condition.asset()) {
            (AlertKind::Loss | AlertKind::Gain, _) => {
                let has_cost = holdings.any(|holding| holding.cost.is_some());
                (!has_cost).then_some(Inactive::NoCost)
            }
            (_, Some(asset)) => {
                let held = holdings.any(|holding| holding.asset == *asset);
                (!held).then_some(Inactive::NotHeld)
            }
            (_, None) => None,
        }
    }

    /// Why the rule can say nothing of a portfolio as it is valued; `None` where it can.
    #[must_use]
    pub fn inactive(&self, valuation: &Valuation) -> Option<Inactive> {
        match &self.condition {
            Condition::Loss { .. } | Condition::Gain { .. } => {
                // What is missing now may be all that has a cost.
                let is_missing = valuation.excluded_cost.is_some_and(|cost| !cost.is_zero());
                let told = valuation.status == Status::Unavailable || valuation.gain_percent.is_some() || is_missing;
                (!told).then_some(Inactive::NoCost)
            }
            Condition::Change { asset: None, .. } => None,
            Condition::Change { asset: Some(asset), .. } => not_held(valuation, asset),
            Condition::PriceAbove { asset, price } | Condition::PriceBelow { asset, price } => {
                let other = valuation.row_of(asset).is_some() && price_in(valuation, asset, *price).is_none();
                not_held(valuation, asset).or(other.then_some(Inactive::OtherCurrency))
            }
        }
    }

    /// Goes on by one valuation: the state after it, and the crossing to tell the owner of, if there is one.
    ///
    /// A portfolio's valuations are given in the order of their `as_of`, any of them again at any time; the
    /// state needs to be written only when it changed. It changes when an armed rule's threshold is reached,
    /// and when what a fired rule watches has left the threshold by more than the band. A loss, a gain and
    /// the change of a portfolio are told by a complete valuation only, a price by one in which that asset is
    /// priced or carried, and none of them by a price that is held back as implausible, at either end of a change.
    #[must_use]
    pub fn evaluate<'a>(
        &self,
        state: &AlertState,
        evidence: impl Into<Evidence<'a>>,
    ) -> (AlertState, Option<Crossing>) {
        let evidence = evidence.into();
        let valuation = evidence.valuation;
        let as_of = valuation.as_of;
        if state.has_seen(as_of) {
            return (*state, None);
        }
        let Some(observed) = self.observe(evidence) else {
            return (*state, None);
        };
        let fires = self.fires_at(observed);
        match state.phase {
            _ if state.rebase => {
                let phase = if fires { AlertPhase::Fired } else { AlertPhase::Armed };
                (state.moved(phase, as_of), None)
            }
            AlertPhase::Fired if self.rearms_at(observed) => (state.moved(AlertPhase::Armed, as_of), None),
            AlertPhase::Armed if fires => {
                let mut next = state.moved(AlertPhase::Fired, as_of);
                next.episode += 1;
                if self.cools_down(state, as_of) {
                    return (next, None);
                }
                next.fired_as_of = Some(as_of);
                let crossing = Crossing {
                    event_id: self.event_id(valuation.portfolio_id, next.episode),
                    rule_id: self.id,
                    kind: self.kind(),
                    episode: next.episode,
                    portfolio_id: valuation.portfolio_id,
                    valuation_id: valuation.id,
                    as_of,
                    observed,
                };
                (next, Some(crossing))
            }
            _ => (*state, None),
        }
    }

    /// What the rule may rely on; of a partial valuation the gain is that of another portfolio, as it were.
    fn observe(&self, evidence: Evidence<'_>) -> Option<Observed> {
        let Evidence {
            valuation,
            starts,
            splits,
        } = evidence;
        match &self.condition {
            Condition::Loss { .. } | Condition::Gain { .. } => {
                let gain = valuation.gain_percent.filter(|_| is_sound(valuation));
                gain.map(Observed::Percent)
            }
            Condition::Change {
                window_hours,
                asset: None,
                ..
            } => {
                let then = starts.get(window_hours).filter(|then| !holds_back(then))?;
                let change = change(then, valuation, splits).filter(|_| is_sound(valuation));
                change?.percent.map(Observed::Percent)
            }
            Condition::Change {
                window_hours,
                asset: Some(asset),
                ..
            } => {
                let then = starts.get(window_hours)?;
                plausible(then, asset)?;
                plausible(valuation, asset)?;
                price_change(then, valuation, asset, splits).map(Observed::Percent)
            }
            Condition::PriceAbove { asset, price } | Condition::PriceBelow { asset, price } => {
                plausible(valuation, asset)?;
                price_in(valuation, asset, *price).map(Observed::Price)
            }
        }
    }

    fn fires_at(&self, observed: Observed) -> bool {
        self.level(observed) >= self.threshold()
    }

    /// A band that the threshold cannot be lowered by is never left.
    fn rearms_at(&self, observed: Observed) -> bool {
        let (threshold, band) = (self.threshold(), self.band_percent.value());
        let bound = if self.condition.price().is_some() {
            let of = decimal::div(band, Decimal::ONE_HUNDRED).and_then(|part| decimal::mul(threshold, part));
            of.and_then(|of| decimal::sub(threshold, of.abs()))
        } else {
            decimal::sub(threshold, band)
        };
        bound.is_ok_and(|bound| self.level(observed) < bound)
    }

    /// What was observed as the rule counts it, so that all of them fire upwards.
    fn level(&self, observed: Observed) -> Decimal {
        let value = match observed {
            Observed::Percent(percent) => percent.value(),
            Observed::Price(price) => price.amount(),
        };
        match self.kind() {
            AlertKind::Loss | AlertKind::PriceBelow => decimal::neg(value),
            AlertKind::Gain | AlertKind::PriceAbove => value,
            AlertKind::Change => value.abs(),
        }
    }

    /// The threshold as [`AlertRule::level`] counts.
    fn threshold(&self) -> Decimal {
        match &self.condition {
            Condition::Loss { threshold_percent }
            | Condition::Gain { threshold_percent }
            | Condition::Change { threshold_percent, .. } => threshold_percent.value(),
            Condition::PriceAbove { price, .. } => price.amount(),
            Condition::PriceBelow { price, .. } => decimal::neg(price.amount()),
        }
    }

    fn cools_down(&self, state: &AlertState, as_of: Timestamp) -> bool {
        state
            .fired_as_of
            .is_some_and(|fired| as_of.duration_since(fired) < self.cooldown())
    }
}

fn not_held(valuation: &Valuation, asset: &AssetId) -> Option<Inactive> {
    let held = valuation.holdings.iter().any(|row| row.asset == *asset);
    (!held).then_some(Inactive::NotHeld)
}

/// That the asset is priced or carried and no newer price of it is held back.
fn plausible(valuation: &Valuation, asset: &AssetId) -> Option<()> {
    let row = valuation.row_of(asset)?;
    (row.pricing.reason != Some(Reason::Quarantined)).then_some(())
}

/// The price of an asset in the currency of `wanted`, where it is quoted or valued in that.
fn price_in(valuation: &Valuation, asset: &AssetId, wanted: Price) -> Option<Price> {
    let row = valuation.row_of(asset)?;
    let price = row.price?;
    if price.currency() == wanted.currency() {
        return Some(price);
    }
    let fx = row.fx.as_ref()?;
    if fx.to != wanted.currency() {
        return None;
    }
    price.convert(fx.rate, fx.to).ok()
}
