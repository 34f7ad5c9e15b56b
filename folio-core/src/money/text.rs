//! How decimals travel through serde: written as text, read from text or from a JSON number.
//!
//! For a field that is a bare `Decimal`: `#[serde(with = "folio_core::money::text")]`, and
//! `#[serde(with = "folio_core::money::text::option")]` for an `Option<Decimal>`. The types of
//! [`money`](crate::money) do so by themselves.
//!
//! ```
//! use folio_core::money::{Decimal, text};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Rate {
//!     #[serde(with = "text")]
//!     rate: Decimal,
//! }
//!
//! let rate: Rate = serde_json::from_str(r#"{"rate": 1.0870e0}"#)?;
//! assert_eq!(serde_json::to_string(&rate)?, r#"{"rate":"1.087"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serializer, de};

use super::decimal;
use crate::{Error, Result};

/// Writes the plain text of `value`.
///
/// # Errors
///
/// Only those of the serializer.
pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(decimal::to_text(*value).as_str())
}

/// Reads what [`serialize`] writes, or a JSON number, as [`decimal::from_text`] does.
///
/// # Errors
///
/// Those of the deserializer and of [`decimal::from_text`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    deserialize_with(deserializer, decimal::from_text)
}

/// Hands the text of a string or JSON number to `parse`.
///
/// Every digit of a JSON number reaches `parse`; serde_json adds a plus sign to an exponent without a
/// sign. Other formats should hold strings, and those that are not for people to read must: a format
/// that makes numbers binary floating-point has lost the digits before they get here.
///
/// # Errors
///
/// Those of the deserializer and of `parse`.
pub fn deserialize_with<'de, D, T>(deserializer: D, parse: impl FnOnce(&str) -> Result<T>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let raw = if deserializer.is_human_readable() {
        Raw::deserialize(deserializer)?
    } else {
        Raw::Text(deserialize_str(deserializer)?)
    };
    parse(raw.as_str()).map_err(|error: Error| de::Error::custom(error.message()))
}

fn deserialize_str<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

    Borrowed::deserialize(deserializer).map(|text| text.0)
}

/// A decimal as somebody wrote it: the text of a string or of a JSON number, not yet looked at.
///
/// An error of serde has no [`ErrorKind`](crate::ErrorKind). Who has to tell a malformed number from
/// one that is too large reads the text first and parses it afterwards.
///
/// ```
/// use folio_core::ErrorKind;
/// use folio_core::money::{Quantity, text::NumberText};
///
/// let number: NumberText = serde_json::from_str("1e+400")?;
/// assert_eq!(number.as_str(), "1e+400");
/// let error = number.as_str().parse::<Quantity>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::OutOfRange);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NumberText(String);

impl NumberText {
    /// The text, whatever it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for NumberText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_with(deserializer, |text| Ok(Self(text.to_owned())))
    }
}

// serde_json's own `Number` keeps the digits of a number whichever way serde hands them over: from
// JSON text, from a `Value`, or buffered by `flatten` and tagged enums.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a decimal, as a string like \"0.5\" or as a number")]
enum Raw<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(serde_json::Number),
}

impl Raw<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.as_str(),
        }
    }
}

/// The same for an optional decimal; `None` is null.
pub mod option {
    use super::{Decimal, Deserialize, Deserializer, Result, Serializer, decimal};

    /// Writes the plain text of `value`, or null.
    ///
    /// # Errors
    ///
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_some(decimal::to_text(*value).as_str()),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a decimal or null.
    ///
    /// # Errors
    ///
    /// Those of the deserializer and of [`decimal::from_text`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Field(#[serde(with = "super")] Decimal);

        Ok(Option::<Field>::deserialize(deserializer)?.map(|field| field.0))
    }
}

/// `Serialize` as text and `Deserialize` from text or number, for a type around one decimal.
macro_rules! serde_as_text {
    ($type:ty, $from_decimal:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> $crate::Result<S::Ok, S::Error> {
                $crate::money::text::serialize(&self.0, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> $crate::Result<Self, D::Error> {
                $crate::money::text::deserialize_with(deserializer, |text| {
                    $crate::money::decimal::from_text(text).and_then($from_decimal)
                })
            }
        }
    };
}
pub(super) use serde_as_text;
