//! Prices that owners state by hand: for what no vendor prices, and where no source has a price.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::asset::AssetId;
use crate::money::Price;
use crate::quote::Quote;

/// A price to be stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManualPrice {
    /// What one unit is worth; zero for what is worth nothing.
    pub price: Price,
    /// Since when; `None` is the moment of stating it.
    pub as_of: Option<Timestamp>,
    /// For how many days from then, 1 to 36,500; `None` is until another price is stated.
    pub valid_days: Option<u32>,
}

impl ManualPrice {
    /// A price from now on, until another is stated.
    #[must_use]
    pub const fn new(price: Price) -> Self {
        Self {
            price,
            as_of: None,
            valid_days: None,
        }
    }

    /// The same since an earlier instant.
    #[must_use]
    pub const fn since(mut self, as_of: Timestamp) -> Self {
        self.as_of = Some(as_of);
        self
    }

    /// The same for so many days.
    #[must_use]
    pub const fn for_days(mut self, days: u32) -> Self {
        self.valid_days = Some(days);
        self
    }
}

/// A price as an owner stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualPoint {
    /// Since when the price holds.
    pub as_of: Timestamp,
    /// What one unit is worth.
    pub price: Price,
    /// For how many days from then; `None` is until the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<u32>,
    /// When the owner said it.
    pub stated_at: Timestamp,
}

impl ManualPoint {
    /// The last instant that the price is good for, if there is one.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        let days = i64::from(self.valid_days?);
        self.as_of.checked_add(SignedDuration::from_hours(24 * days)).ok()
    }

    /// Whether the price is good for an instant, a later price apart.
    #[must_use]
    pub fn is_valid_at(&self, instant: Timestamp) -> bool {
        self.as_of <= instant && self.valid_until().is_none_or(|until| instant <= until)
    }

    /// The price as a quote of the source `manual`, received when it was stated.
    #[must_use]
    pub fn quote(&self, asset: AssetId) -> Quote {
        Quote {
            fetched_at: self.stated_at,
            ..Quote::manual(asset, self.price, self.as_of)
        }
    }
}

/// A point of an owner for an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnersPrice {
    /// Whose.
    pub owner: crate::id::OwnerId,
    /// Of what.
    pub asset: AssetId,
    /// The price.
    pub point: ManualPoint,
}
