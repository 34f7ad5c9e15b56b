//! What to do about a price that is missing: the caller's named choice, recorded with the result.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::asset::AssetClass;
use crate::quote::AgeLimits;
use crate::{Error, Result};

/// What to do about a holding for which no source answered in time.
///
/// No policy ever invents a number: not zero, not the purchase price, not a rate of 1, and never a later
/// price for an earlier moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// No total at all unless every holding is priced.
    Strict,
    /// The last accepted price, if it was fetched at most `max_age` ago; else the holding is left out.
    CarryForward {
        /// The greatest age; `None` takes that of the asset's class, see [`AgeLimits::of`].
        max_age: Option<SignedDuration>,
    },
    /// The holding is left out of value, cost and gain alike.
    Exclude,
}

impl Policy {
    /// The word that clients use: `strict`, `carry_forward` or `exclude`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::CarryForward { .. } => "carry_forward",
            Self::Exclude => "exclude",
        }
    }

    /// The greatest age of a carried price, where the policy names one.
    #[must_use]
    pub const fn max_age(self) -> Option<SignedDuration> {
        match self {
            Self::CarryForward { max_age } => max_age,
            _ => None,
        }
    }

    /// The greatest age of a carried price of `class`; `None` when nothing is carried.
    #[must_use]
    pub fn carry_limit(self, class: AssetClass) -> Option<SignedDuration> {
        match self {
            Self::CarryForward { max_age } => Some(max_age.unwrap_or(AgeLimits::of(class).carry)),
            _ => None,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::CarryForward { max_age: None }
    }
}

/// `strict`, `exclude`, `carry_forward`, or `carry_forward:86400` with the greatest age in whole seconds.
///
/// Reads back by [`Policy::from_str`]: an age below zero is written as zero, one past 136 years as that.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self.max_age() {
            Some(age) => write!(f, ":{}", age.as_secs().clamp(0, u32::MAX.into())),
            None => Ok(()),
        }
    }
}

impl FromStr for Policy {
    type Err = Error;

    /// Reads what `Display` writes.
    ///
    /// # Errors
    /// `InvalidInput` for every other text.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "strict" => return Ok(Self::Strict),
            "exclude" => return Ok(Self::Exclude),
            "carry_forward" => return Ok(Self::default()),
            _ => {}
        }
        text.strip_prefix("carry_forward:")
            .and_then(|age| age.parse::<u32>().ok())
            .map(|age| Self::CarryForward {
                max_age: Some(SignedDuration::from_secs(age.into())),
            })
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{text:?} is not a policy; write strict, carry_forward or exclude"
                ))
            })
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| de::Error::custom(error.message()))
    }
}
