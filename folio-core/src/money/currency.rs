//! Currencies by their ISO 4217 code.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result};

/// A currency: three ASCII upper-case letters, the form of ISO 4217.
///
/// The form is checked, the list is not: a code that ISO adds tomorrow works today. Lower and mixed
/// case are refused, because vendors write `GBp` or `GBX` for pence, and reading those as pounds would
/// be wrong by a factor of 100. Currencies are ordered by their code.
///
/// ```
/// use folio_core::money::Currency;
///
/// let yen: Currency = "JPY".parse()?;
/// assert_eq!(yen.as_str(), "JPY");
/// assert_eq!(yen.minor_units(), 0);
/// assert!("GBp".parse::<Currency>().is_err());
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// The dollar of the United States.
    pub const USD: Self = Self(*b"USD");
    /// The pound sterling.
    pub const GBP: Self = Self(*b"GBP");

    /// The code: `"EUR"`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters get in, so the other branch is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals amounts of this currency are written with, after ISO 4217: 2 for most, 0 for
    /// the yen, 3 for the Kuwaiti dinar.
    ///
    /// This is for showing amounts; nothing is ever rounded to it unasked.
    #[must_use]
    pub const fn minor_units(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = Error;

    /// Reads three ASCII upper-case letters and nothing else.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for every other text.
    fn from_str(text: &str) -> Result<Self> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            Ok(code) if code.iter().all(u8::is_ascii_alphabetic) => Err(Error::invalid(format!(
                "the currency {text:?} has to be written in upper case, like \"EUR\""
            ))),
            _ => Err(Error::invalid(
                "a currency is three upper-case letters, the code of ISO 4217, like \"EUR\"",
            )),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodeVisitor;

        impl Visitor<'_> for CodeVisitor {
            type Value = Currency;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the ISO 4217 code of a currency, like \"EUR\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Currency, E> {
                text.parse().map_err(|error: Error| E::custom(error.message()))
            }
        }

        deserializer.deserialize_str(CodeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn only_three_upper_case_letters_are_a_currency() {
        for code in ["EUR", "USD", "XXX", "ZZZ"] {
            assert_eq!(code.parse::<Currency>().unwrap().as_str(), code);
        }
        for text in [
            "", "EU", "EURO", " EUR", "EUR ", "EU1", "€", "EÜ", "\0\0\0", "E R", "123",
        ] {
            assert_eq!(
                text.parse::<Currency>().unwrap_err().kind(),
                ErrorKind::InvalidInput,
                "{text:?}"
            );
        }
        for text in ["GBp", "gbp", "Eur", "eUR"] {
            let error = text.parse::<Currency>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.message().contains("upper case"), "{error}");
        }
    }

    #[test]
    fn minor_units_follow_iso_4217() {
        for (code, decimals) in [
            ("EUR", 2),
            ("JPY", 0),
            ("KRW", 0),
            ("KWD", 3),
            ("TND", 3),
            ("CLF", 4),
            ("ABC", 2),
        ] {
            assert_eq!(code.parse::<Currency>().unwrap().minor_units(), decimals, "{code}");
        }
    }

    #[test]
    fn json_is_the_code() {
        assert_eq!(serde_json::to_string(&Currency::GBP).unwrap(), "\"GBP\"");
        assert_eq!(serde_json::from_str::<Currency>("\"GBP\"").unwrap(), Currency::GBP);
        for json in ["\"GBp\"", "826", "null", "[71,66,80]"] {
            assert!(serde_json::from_str::<Currency>(json).is_err(), "{json}");
        }
        assert_eq!(format!("{:>5}|{:?}", Currency::EUR, Currency::EUR), "  EUR|EUR");
    }
}
