//! The thresholds that an owner wants to hear about.

use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::asset::AssetId;
use crate::id::PortfolioId;
use crate::money::{Percent, Price};
use crate::notification::NotificationKind;
use crate::portfolio::Portfolio;
use crate::{Error, ErrorKind, Result};

/// The most rules of one portfolio.
pub const MAX_RULES: usize = 100;
/// The windows over which a change is watched, in hours.
pub const WINDOWS: [u32; 2] = [24, 7 * 24];

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
    /// How far the portfolio's value, or the price of one asset, moved within a window, up or down.
    Change,
    /// The price of one asset, from below.
    PriceAbove,
    /// The price of one asset, from above.
    PriceBelow,
}

impl AlertKind {
    /// Every kind, in the order of the contract.
    pub const ALL: [Self; 5] = [Self::Loss, Self::Gain, Self::Change, Self::PriceAbove, Self::PriceBelow];

    /// The word for the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Gain => "gain",
            Self::Change => "change",
            Self::PriceAbove => "price_above",
            Self::PriceBelow => "price_below",
        }
    }

    /// What the owner is told when such a rule fires.
    #[must_use]
    pub const fn notification(self) -> NotificationKind {
        match self {
            Self::Loss => NotificationKind::LossAlert,
            Self::Gain => NotificationKind::GainAlert,
            Self::Change => NotificationKind::ChangeAlert,
            Self::PriceAbove | Self::PriceBelow => NotificationKind::PriceAlert,
        }
    }
}

/// When a rule fires.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Condition {
    /// So much of the cost is lost, or more.
    Loss {
        /// Above zero.
        threshold_percent: Percent,
    },
    /// So much of the cost is gained, or more.
    Gain {
        /// Above zero.
        threshold_percent: Percent,
    },
    /// The value of the portfolio, deposits left aside, or the price of `asset` in the currency that it is
    /// quoted in, is so far from what it was, up or down, or farther.
    Change {
        /// Above zero.
        threshold_percent: Percent,
        /// One of [`WINDOWS`].
        window_hours: u32,
        /// An asset that is held; `None` for the whole portfolio.
        asset: Option<AssetId>,
    },
    /// The price of an asset is this or higher.
    PriceAbove {
        /// An asset that is held.
        asset: AssetId,
        /// In the portfolio's currency or in the one that the asset is quoted in.
        price: Price,
    },
    /// The price of an asset is this or lower.
    PriceBelow {
        /// An asset that is held.
        asset: AssetId,
        /// In the portfolio's currency or in the one that the asset is quoted in.
        price: Price,
    },
}

impl Condition {
    /// What is watched.
    #[must_use]
    pub const fn kind(&self) -> AlertKind {
        match self {
            Self::Loss { .. } => AlertKind::Loss,
            Self::Gain { .. } => AlertKind::Gain,
            Self::Change { .. } => AlertKind::Change,
            Self::PriceAbove { .. } => AlertKind::PriceAbove,
            Self::PriceBelow { .. } => AlertKind::PriceBelow,
        }
    }

    /// The threshold in percent, of those that have one.
    #[must_use]
    pub const fn threshold_percent(&self) -> Option<Percent> {
        match self {
            Self::Loss { threshold_percent }
            | Self::Gain { threshold_percent }
            | Self::Change { threshold_percent, .. } => Some(*threshold_percent),
            Self::PriceAbove { .. } | Self::PriceBelow { .. } => None,
        }
    }

    /// The price that is waited for, of those that wait for one.
    #[must_use]
    pub const fn price(&self) -> Option<Price> {
        match self {
            Self::PriceAbove { price, .. } | Self::PriceBelow { price, .. } => Some(*price),
            Self::Loss { .. } | Self::Gain { .. } | Self::Change { .. } => None,
        }
    }

    /// The asset that is watched; `None` for the whole portfolio.
    #[must_use]
    pub const fn asset(&self) -> Option<&AssetId> {
        match self {
            Self::PriceAbove { asset, .. } | Self::PriceBelow { asset, .. } => Some(asset),
            Self::Change { asset, .. } => asset.as_ref(),
            Self::Loss { .. } | Self::Gain { .. } => None,
        }
    }

    /// How far back a change is measured, in hours.
    #[must_use]
    pub const fn window_hours(&self) -> Option<u32> {
        match self {
            Self::Change { window_hours, .. } => Some(*window_hours),
            _ => None,
        }
    }
}

/// A threshold that an owner wants to hear about.
///
/// ```
/// use folio_core::money::Percent;
/// use folio_core::{AlertRule, Condition};
///
/// let threshold_percent = Percent::parse("5")?;
/// let rule = AlertRule::new(uuid::Uuid::nil(), Condition::Loss { threshold_percent });
/// assert_eq!((rule.band_percent.to_string().as_str(), rule.cooldown_hours), ("1", 24));
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlertRule {
    /// Its id, from which the ids of its notifications are derived.
    pub id: Uuid,
    /// When it fires.
    pub condition: Condition,
    /// How far back over the threshold the level has to come before the rule can fire again: percentage
    /// points of a threshold in percent, percent of a price.
    pub band_percent: Percent,
    /// For how long after a notification another crossing makes none, by the instants of valuations.
    pub cooldown_hours: u32,
    /// The channels that its notifications go through; `None` for the operator's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
}

impl AlertRule {
    /// The band of a rule that states none.
    pub const DEFAULT_BAND: Percent = Percent::ONE;
    /// The cool-down of a rule that states none.
    pub const DEFAULT_COOLDOWN_HOURS: u32 = 24;

    /// A rule with a band of one percent and a cool-down of 24 hours, through the operator's channels.
    #[must_use]
    pub const fn new(id: Uuid, condition: Condition) -> Self {
        Self {
            id,
            condition,
            band_percent: Self::DEFAULT_BAND,
            cooldown_hours: Self::DEFAULT_COOLDOWN_HOURS,
            channels: None,
        }
    }

    /// What it watches.
    #[must_use]
    pub const fn kind(&self) -> AlertKind {
        self.condition.kind()
    }

    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at the pointer of the field, relative to the rule: a threshold or price
    /// that is not above zero, a loss of more than everything where there are no debts, a window that is not
    /// watched, an asset that the portfolio does not hold or its own currency, a band that is negative or never
    /// left, a number above a million, a cool-down longer than a year, an empty list of channels.
    pub fn validate(&self, portfolio: &Portfolio) -> Result<()> {
        if let Some(threshold) = self.condition.threshold_percent() {
            self.validate_threshold(threshold, portfolio)?;
        }
        if self.condition.price().is_some_and(|price| price.is_zero()) {
            return Err(invalid("/price", "the price must be above 0"));
        }
        if let Some(hours) = self.condition.window_hours()
            && !WINDOWS.contains(&hours)
        {
            return Err(invalid("/window_hours", "a change is watched over 24 or 168 hours"));
        }
        if let Some(asset) = self.condition.asset()
            && !portfolio.holdings.iter().any(|holding| holding.asset == *asset)
        {
            let detail = format!("the portfolio does not hold {asset}; add a holding of it first");
            return Err(invalid("/asset", detail));
        }
        let base = portfolio.base_currency;
        if self
            .condition
            .asset()
            .is_some_and(|asset| asset.as_currency() == Some(base))
        {
            let detail = format!("{base} is always worth 1 in a portfolio in {base}");
            return Err(invalid("/asset", detail));
        }
        self.validate_band(portfolio)?;
        if self.cooldown_hours > MAX_COOLDOWN_HOURS {
            let detail = format!("the cool-down is at most {MAX_COOLDOWN_HOURS} hours");
            return Err(Error::field(ErrorKind::OutOfRange, "/cooldown_hours", detail));
        }
        if self.channels.as_ref().is_some_and(Vec::is_empty) {
            let detail = "name at least one channel, or leave it out for the operator's default";
            return Err(invalid("/channels", detail));
        }
        Ok(())
    }

    fn validate_threshold(&self, threshold: Percent, portfolio: &Portfolio) -> Result<()> {
        let pointer = "/threshold_percent";
        if threshold <= Percent::ZERO {
            return Err(invalid(pointer, "the threshold must be above 0, for a loss too"));
        }
        at_most_a_million(pointer, threshold)?;
        if self.kind() == AlertKind::Loss && threshold > Percent::HUNDRED && !has_debts(portfolio) {
            return Err(invalid(pointer, "without debts nobody can lose more than 100 percent"));
        }
        Ok(())
    }

    fn validate_band(&self, portfolio: &Portfolio) -> Result<()> {
        let (pointer, band) = ("/band_percent", self.band_percent);
        if band < Percent::ZERO {
            return Err(invalid(pointer, "the band must not be negative"));
        }
        at_most_a_million(pointer, band)?;
        let never_left = match &self.condition {
            Condition::Change { threshold_percent, .. } => band >= *threshold_percent,
            Condition::PriceAbove { .. } => band >= Percent::HUNDRED,
            Condition::Gain { threshold_percent } => {
                let whole = threshold_percent.value() + Decimal::ONE_HUNDRED;
                band.value() >= whole && !has_debts(portfolio)
            }
            _ => false,
        };
        if never_left {
            let detail = "with so wide a band the rule could never fire again: state one below the threshold";
            return Err(invalid(pointer, detail));
        }
        Ok(())
    }

    /// The id of what is told of an episode in a portfolio: the version 5 UUID of the three, the same on every
    /// store. Another portfolio may have a rule with the same id.
    #[must_use]
    pub fn event_id(&self, portfolio: PortfolioId, episode: u64) -> Uuid {
        event_id(Uuid::new_v5(portfolio.as_uuid(), self.id.as_bytes()), episode)
    }

    /// Whether the state of `other`, with the same id, means the same for this one.
    #[must_use]
    pub fn watches_like(&self, other: &Self) -> bool {
        self.condition == other.condition && self.band_percent == other.band_percent
    }

    pub(super) fn cooldown(&self) -> SignedDuration {
        SignedDuration::from_hours(self.cooldown_hours.into())
    }
}

/// The id of what is told of an episode of what is watched.
pub(super) fn event_id(watched: Uuid, episode: u64) -> Uuid {
    Uuid::new_v5(&watched, &episode.to_be_bytes())
}

/// The rules of a new portfolio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertDefaults {
    /// The loss, in percent of the cost.
    pub loss_percent: Percent,
    /// The gain, in percent of the cost.
    pub gain_percent: Percent,
}

impl Default for AlertDefaults {
    /// A loss of 5 and a gain of 10 percent.
    fn default() -> Self {
        Self {
            loss_percent: Percent::FIVE,
            gain_percent: Percent::TEN,
        }
    }
}

impl AlertDefaults {
    /// The rules that a new portfolio has. Their ids follow from the portfolio's.
    #[must_use]
    pub fn rules(&self, portfolio: PortfolioId) -> Vec<AlertRule> {
        let conditions = [
            Condition::Loss {
                threshold_percent: self.loss_percent,
            },
            Condition::Gain {
                threshold_percent: self.gain_percent,
            },
        ];
        conditions
            .map(|condition| {
                let id = Uuid::new_v5(portfolio.as_uuid(), condition.kind().as_str().as_bytes());
                AlertRule::new(id, condition)
            })
            .into()
    }
}

fn has_debts(portfolio: &Portfolio) -> bool {
    portfolio.holdings.iter().any(|holding| holding.quantity.is_negative())
}

fn invalid(pointer: &str, detail: impl Into<String>) -> Error {
    Error::field(ErrorKind::InvalidInput, pointer, detail)
}

fn at_most_a_million(pointer: &str, value: Percent) -> Result<()> {
    if value.value() > MAX_PERCENT {
        let detail = "at most 1000000 percent is watched";
        return Err(Error::field(ErrorKind::OutOfRange, pointer, detail));
    }
    Ok(())
}
