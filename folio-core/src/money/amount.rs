//! Amounts in a currency: what something is worth, and what one unit of it costs.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Neg;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Currency, Percent, Quantity, decimal};
use crate::{Error, Result};

/// An amount of money in one currency.
///
/// Any amount that a [`Decimal`] can hold, negative ones included. Amounts of different currencies do
/// not mix: adding them is an error, comparing them gives `None`, and they are never equal, not even
/// two zeros. Serialises as `{"amount": "12.5", "currency": "EUR"}`.
///
/// ```
/// use folio_core::money::{Currency, Money};
///
/// let cash = Money::parse("12.50", Currency::EUR)?;
/// let more = cash.checked_add(Money::parse("0.1", Currency::EUR)?)?;
/// assert_eq!(more.to_string(), "12.6 EUR");
/// assert!(cash.checked_add(Money::zero(Currency::USD)).is_err());
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    #[serde(with = "super::text")]
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// `amount` of `currency`.
    #[must_use]
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(Decimal::ZERO, currency)
    }

    /// Reads the amount, as [`decimal::parse`] does.
    ///
    /// # Errors
    ///
    /// Those of [`decimal::parse`].
    pub fn parse(amount: &str, currency: Currency) -> Result<Self> {
        Ok(Self::new(decimal::parse(amount)?, currency))
    }

    /// The amount, in units of the currency.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// The sum of two amounts of one currency, as [`decimal::add`] forms it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for two currencies, naming both, and
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the sum is too large.
    pub fn checked_add(self, other: Self) -> Result<Self> {
        self.same_currency(other)?;
        Ok(Self::new(decimal::add(self.amount, other.amount)?, self.currency))
    }

    /// The difference of two amounts of one currency, as [`decimal::sub`] forms it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for two currencies, naming both, and
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the difference is too large.
    pub fn checked_sub(self, other: Self) -> Result<Self> {
        self.same_currency(other)?;
        Ok(Self::new(decimal::sub(self.amount, other.amount)?, self.currency))
    }

    /// This amount in the currency `to`, `rate` being how many units of `to` one unit of this
    /// currency is worth.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the rate is not above zero, or not 1 from a
    /// currency to itself; [`OutOfRange`](crate::ErrorKind::OutOfRange) if the result is too large.
    pub fn convert(self, rate: Decimal, to: Currency) -> Result<Self> {
        check_rate(rate, self.currency, to)?;
        Ok(Self::new(decimal::mul(self.amount, rate)?, to))
    }

    /// What percentage of `whole` this amount is; `None` of a whole of zero. See [`Percent::of`].
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for two currencies, naming both, and
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the percentage cannot be represented.
    pub fn percent_of(self, whole: Self) -> Result<Option<Percent>> {
        self.same_currency(whole)?;
        Percent::of(self.amount, whole.amount)
    }

    /// This amount with at most the decimals that its currency is written with; see
    /// [`Currency::minor_units`].
    #[must_use]
    pub fn round_to_minor_units(self, rounding: decimal::Rounding) -> Self {
        Self::new(
            decimal::round(self.amount, self.currency.minor_units(), rounding),
            self.currency,
        )
    }

    /// The binary floating-point number nearest to the amount, for plotting.
    #[must_use]
    pub fn to_f64_lossy(self) -> f64 {
        decimal::to_f64_lossy(self.amount)
    }

    fn same_currency(self, other: Self) -> Result<()> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "an amount in {} and one in {} cannot be taken together without an exchange rate",
            self.currency, other.currency
        )))
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(decimal::neg(self.amount), self.currency)
    }
}

/// By amount within a currency; amounts of two currencies have no order.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.amount.cmp(&other.amount))
    }
}

/// The amount and the currency: `12.5 EUR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", decimal::to_text(self.amount), self.currency)
    }
}

/// What one unit of an asset costs: from 0 to 10^12 of one currency.
///
/// Zero is a price, that of something worthless; not to know a price is never a price of zero.
/// Serialises as `{"amount": "64321.5", "currency": "USD"}`.
///
/// ```
/// use folio_core::money::{Currency, Price, Quantity};
///
/// let price = Price::parse("64321.5", Currency::USD)?;
/// let value = price.times(Quantity::parse("0.5")?)?;
/// assert_eq!(value.to_string(), "32160.75 USD");
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Money", into = "Money")]
pub struct Price {
    amount: Decimal,
    currency: Currency,
}

impl Price {
    /// The largest price, 10^12 of any currency.
    pub const MAX: Decimal = Decimal::from_parts(0xD4A5_1000, 0x0000_00E8, 0, false, 0);

    /// A price of `amount` of `currency`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the amount is negative or above [`Price::MAX`].
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(Error::out_of_range("a price is not negative"));
        }
        if amount > Self::MAX {
            return Err(Error::out_of_range("a price is at most 1000000000000"));
        }
        Ok(Self { amount, currency })
    }

    /// Reads the amount, as [`decimal::parse`] does.
    ///
    /// # Errors
    ///
    /// Those of [`decimal::parse`] and [`Price::new`].
    pub fn parse(amount: &str, currency: Currency) -> Result<Self> {
        Self::new(decimal::parse(amount)?, currency)
    }

    /// The amount, in units of the currency.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the price is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// What `quantity` units are worth at this price, as [`decimal::mul`] forms it.
    ///
    /// # Errors
    ///
    /// None within the bounds of both types: 10^12 × 10^15 can be represented. The signature is that
    /// of all arithmetic on money.
    pub fn times(self, quantity: Quantity) -> Result<Money> {
        Ok(Money::new(decimal::mul(self.amount, quantity.value())?, self.currency))
    }

    /// This price in the currency `to`, `rate` being how many units of `to` one unit of this currency
    /// is worth.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the rate is not above zero, or not 1 from a
    /// currency to itself; [`OutOfRange`](crate::ErrorKind::OutOfRange) if the result is no price.
    pub fn convert(self, rate: Decimal, to: Currency) -> Result<Self> {
        check_rate(rate, self.currency, to)?;
        Self::new(decimal::mul(self.amount, rate)?, to)
    }

    /// The binary floating-point number nearest to the amount, for plotting.
    #[must_use]
    pub fn to_f64_lossy(self) -> f64 {
        decimal::to_f64_lossy(self.amount)
    }
}

/// By amount within a currency; prices in two currencies have no order.
impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.amount.cmp(&other.amount))
    }
}

/// The amount and the currency: `64321.5 USD`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Money::from(*self).fmt(f)
    }
}

impl From<Price> for Money {
    fn from(price: Price) -> Self {
        Self::new(price.amount, price.currency)
    }
}

impl TryFrom<Money> for Price {
    type Error = Error;

    /// The same as [`Price::new`].
    fn try_from(money: Money) -> Result<Self> {
        Self::new(money.amount, money.currency)
    }
}

fn check_rate(rate: Decimal, from: Currency, to: Currency) -> Result<()> {
    if rate <= Decimal::ZERO {
        return Err(Error::invalid(format!(
            "the exchange rate from {from} to {to} is not above zero"
        )));
    }
    if from == to && rate != Decimal::ONE {
        return Err(Error::invalid(format!(
            "the exchange rate from {from} to itself is not 1"
        )));
    }
    Ok(())
}
