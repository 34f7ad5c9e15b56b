//! Exact money: decimals, currencies, amounts, prices, quantities and percentages.
//!
//! Nothing here is a binary floating-point number and nothing rounds in silence. The rule of all
//! arithmetic is in [`decimal`]: exact while the digits, read without the point, are below 2^96 with at
//! most 28 decimals; beyond that rounded half to even, once, to what fits; too large is an error.
//!
//! A [`Price`] times a [`Quantity`] is [`Money`]; a [`Money`] part of a whole is a [`Percent`]. Amounts
//! of different [`Currency`] meet only through [`Money::convert`] and a rate.
//!
//! ```
//! use folio_core::money::{Currency, Price, Quantity, decimal};
//!
//! let value = Price::parse("1.64e-05", Currency::USD)?.times(Quantity::parse("123456.789")?)?;
//! assert_eq!(value.to_string(), "2.0246913396 USD");
//! let euros = value.convert(decimal::parse("0.92")?, Currency::EUR)?;
//! assert_eq!(euros.to_string(), "1.862716032432 EUR");
//! # Ok::<(), folio_core::Error>(())
//! ```

mod amount;
mod currency;
pub mod decimal;
mod percent;
mod quantity;
#[cfg(test)]
mod tests;
pub mod text;
mod wide;

pub use amount::{Money, Price};
pub use currency::Currency;
pub use percent::Percent;
pub use quantity::Quantity;
pub use rust_decimal::Decimal;
