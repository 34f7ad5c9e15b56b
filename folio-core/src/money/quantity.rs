//! How much of an asset somebody holds.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::decimal;
use super::text::serde_as_text;
use crate::{Error, Result};

/// A number of shares, coins or currency units: not zero, at most 10^15 either way.
///
/// It may be negative, which is for debts in a currency; that nothing else is negative is checked
/// where a holding is made. A quantity of zero is no holding and is refused. Quantities serialise as text.
///
/// ```
/// use folio_core::money::Quantity;
///
/// let quantity: Quantity = "0.500".parse()?;
/// assert_eq!(quantity.to_string(), "0.5");
/// assert!("0".parse::<Quantity>().is_err());
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(Decimal);

impl Quantity {
    /// The largest magnitude, 10^15.
    pub const MAX: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

    /// A quantity of `value` units.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for zero, [`OutOfRange`](crate::ErrorKind::OutOfRange)
    /// beyond [`Quantity::MAX`] in magnitude.
    pub fn new(value: Decimal) -> Result<Self> {
        if value.is_zero() {
            return Err(Error::invalid("a quantity is not zero"));
        }
        if value.abs() > Self::MAX {
            return Err(Error::out_of_range(
                "a quantity is at most 1000000000000000 in magnitude",
            ));
        }
        Ok(Self(value))
    }

    /// Reads a quantity, as [`decimal::parse`] does.
    ///
    /// # Errors
    ///
    /// Those of [`decimal::parse`] and [`Quantity::new`].
    pub fn parse(text: &str) -> Result<Self> {
        Self::new(decimal::parse(text)?)
    }

    /// The number of units.
    #[must_use]
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// Whether this is a debt.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0.is_sign_negative()
    }
}

impl FromStr for Quantity {
    type Err = Error;

    /// The same as [`Quantity::parse`].
    ///
    /// # Errors
    ///
    /// Those of [`Quantity::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<Decimal> for Quantity {
    type Error = Error;

    /// The same as [`Quantity::new`].
    fn try_from(value: Decimal) -> Result<Self> {
        Self::new(value)
    }
}

impl From<Quantity> for Decimal {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::to_text(self.0).fmt(f)
    }
}

serde_as_text!(Quantity, Quantity::new);
