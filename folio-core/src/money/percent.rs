//! Percentages with four decimals.

use std::fmt;
use std::ops::Neg;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::decimal;
use super::text::serde_as_text;
use crate::{Error, Result};

/// A percentage with at most four decimals: `5.25` is 5.25 %.
///
/// Percentages come from [`Percent::of`], rounded half to even once, from a person, or rounded from a
/// vendor's number. They serialise as text.
///
/// ```
/// use folio_core::money::{Percent, decimal};
///
/// let share = Percent::of(decimal::parse("1")?, decimal::parse("3")?)?;
/// assert_eq!(share.unwrap().to_string(), "33.3333");
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(Decimal);

impl Percent {
    /// Nothing of the whole.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// A hundredth of the whole.
    pub const ONE: Self = Self(Decimal::ONE);
    /// A twentieth of the whole.
    pub const FIVE: Self = Self(Decimal::from_parts(5, 0, 0, false, 0));
    /// A tenth of the whole.
    pub const TEN: Self = Self(Decimal::TEN);
    /// The whole.
    pub const HUNDRED: Self = Self(Decimal::ONE_HUNDRED);
    /// How many decimals a percentage has at most.
    pub const DECIMALS: u32 = 4;

    /// A percentage that has at most four decimals already.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with more decimals; see [`Percent::rounded`].
    pub fn new(value: Decimal) -> Result<Self> {
        let rounded = Self::rounded(value);
        if rounded.0 != value {
            return Err(Error::invalid("a percentage has at most 4 decimals"));
        }
        Ok(rounded)
    }

    /// Rounds `value` half to even to four decimals.
    #[must_use]
    pub fn rounded(value: Decimal) -> Self {
        Self(decimal::round(value, Self::DECIMALS, decimal::Rounding::HalfEven))
    }

    /// 100 × `part` ÷ `whole`, exact and then rounded half to even to four decimals, once; `None` of
    /// a whole of zero.
    ///
    /// The sign is that of the quotient: a loss on a negative whole is positive, so a caller who
    /// means the magnitude passes it.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the result cannot be represented.
    #[inline]
    pub fn of(part: Decimal, whole: Decimal) -> Result<Option<Self>> {
        Ok(decimal::percent(part, whole)?.map(Self))
    }

    /// Reads a percentage, as [`decimal::parse`] does and without a `%` sign.
    ///
    /// # Errors
    ///
    /// Those of [`decimal::parse`] and [`Percent::new`].
    pub fn parse(text: &str) -> Result<Self> {
        Self::new(decimal::parse(text)?)
    }

    /// The number of percent: `5.25` for 5.25 %.
    #[must_use]
    pub const fn value(self) -> Decimal {
        self.0
    }
}

impl Neg for Percent {
    type Output = Self;

    fn neg(self) -> Self {
        Self(decimal::neg(self.0))
    }
}

impl FromStr for Percent {
    type Err = Error;

    /// The same as [`Percent::parse`].
    ///
    /// # Errors
    ///
    /// Those of [`Percent::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<Decimal> for Percent {
    type Error = Error;

    /// The same as [`Percent::new`].
    fn try_from(value: Decimal) -> Result<Self> {
        Self::new(value)
    }
}

impl From<Percent> for Decimal {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// The number without a `%` sign.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::to_text(self.0).fmt(f)
    }
}

serde_as_text!(Percent, Percent::new);
