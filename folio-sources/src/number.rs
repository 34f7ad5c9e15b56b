//! Prices as vendors write them, taken from the text of the JSON and never through a binary float.

use std::borrow::Cow;

use folio_core::money::{Decimal, decimal};
use folio_core::{Currency, ErrorKind, Price, Reason, Unpriced};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Why a vendor's number is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPrice {
    /// There is none, or null.
    Missing,
    /// It is not a number.
    NotANumber,
    /// It is zero or less.
    NotPositive,
    /// It is beyond what folio computes with.
    OutOfRange,
}

impl NoPrice {
    /// The outcome for an asset that the vendor calls `symbol`.
    pub(crate) fn to_unpriced(self, symbol: &str) -> Unpriced {
        let (reason, what) = match self {
            Self::Missing => (Reason::NoData, "is known and has no price"),
            Self::NotANumber => (Reason::NoData, "came with a price that is not a number"),
            Self::NotPositive => (Reason::NoData, "came with a price of zero or less"),
            Self::OutOfRange => (Reason::OutOfRange, "came with a price beyond 1000000000000"),
        };
        Unpriced::new(reason, format!("{symbol} {what}"))
    }
}

/// The text of a JSON number or string; `None` of null and of anything else.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(text).ok().map(Cow::Owned),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

/// A number of any size and sign, `None` if there is none that folio can represent.
pub(crate) fn number(raw: Option<&RawValue>) -> Option<Decimal> {
    raw.and_then(text).and_then(|text| parse(&text).ok())
}

/// A price: above zero, at most 10^12.
pub(crate) fn price(raw: Option<&RawValue>) -> Result<Decimal, NoPrice> {
    match raw.filter(|raw| raw.get() != "null") {
        None => Err(NoPrice::Missing),
        Some(raw) => price_of_text(&text(raw).ok_or(NoPrice::NotANumber)?),
    }
}

/// A price from its text.
pub(crate) fn price_of_text(text: &str) -> Result<Decimal, NoPrice> {
    let value = parse(text)?;
    if value <= Decimal::ZERO {
        return Err(NoPrice::NotPositive);
    }
    if value > Price::MAX {
        return Err(NoPrice::OutOfRange);
    }
    Ok(value)
}

fn parse(text: &str) -> Result<Decimal, NoPrice> {
    match decimal::parse(text) {
        Ok(value) => Ok(value),
        Err(error) if error.kind() == ErrorKind::OutOfRange => {
            if text.starts_with('-') {
                return Err(NoPrice::NotPositive);
            }
            parse_tiny(text).ok_or(NoPrice::OutOfRange)
        }
        Err(_) => Err(NoPrice::NotANumber),
    }
}

/// A full-precision price of a very cheap coin has more than the 28 decimals that folio keeps:
/// `1.2345678901234567e-13`. It is rounded half to even to those, eight digits of it at least.
fn parse_tiny(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    if !(-20..0).contains(&exponent) {
        return None;
    }
    let power = decimal::parse(&format!("1e{exponent}")).ok()?;
    decimal::mul(decimal::parse(mantissa).ok()?, power).ok()
}

/// The currency that a vendor's code means, and by what to multiply: pence, cents and agorot have codes
/// of their own, told apart from the whole unit by case alone.
pub(crate) fn currency(code: &str) -> Option<(Currency, Decimal)> {
    let hundredth = Decimal::new(1, 2);
    let (code, factor) = match code {
        "GBp" | "GBX" => ("GBP", hundredth),
        "ZAc" => ("ZAR", hundredth),
        "ILA" => ("ILS", hundredth),
        "USX" => ("USD", hundredth),
        code => (code, Decimal::ONE),
    };
    code.parse().ok().map(|currency| (currency, factor))
}

/// Reads JSON. Some vendors write `NaN` and `Infinity`, which JSON does not have; they are read as null.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(error) => match without_nan(body) {
            Some(body) => serde_json::from_slice(&body),
            None => Err(error),
        },
    }
}

fn without_nan(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let (mut in_string, mut found) = (false, false);
    let mut rest = body;
    while let [byte, tail @ ..] = rest {
        let word: Option<&[u8]> = [b"-Infinity".as_slice(), b"Infinity", b"NaN"]
            .into_iter()
            .find(|word| !in_string && rest.starts_with(word));
        if let Some(word) = word {
            out.extend_from_slice(b"null");
            found = true;
            rest = &rest[word.len()..];
            continue;
        }
        match (byte, tail) {
            (b'\\', [escaped, tail @ ..]) if in_string => {
                out.extend_from_slice(&[b'\\', *escaped]);
                rest = tail;
                continue;
            }
            (b'"', _) => in_string = !in_string,
            _ => {}
        }
        out.push(*byte);
        rest = tail;
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_from_their_text() {
        let check = |json: &str, expected: Result<&str, NoPrice>| {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            let got = price(Some(raw)).map(|value| decimal::to_text(value).as_str().to_owned());
            assert_eq!(got, expected.map(str::to_owned), "{json}");
        };
        check("61234", Ok("61234"));
        check("0.1", Ok("0.1"));
        check("1.64e-05", Ok("0.0000164"));
        check("1.64E-5", Ok("0.0000164"));
        check("\"12.50\"", Ok("12.5"));
        check("51234.8765432101", Ok("51234.8765432101"));
        check("1.2345678901234567e-13", Ok("0.0000000000001234567890123457"));
        check("1000000000000", Ok("1000000000000"));
        check("1000000000000.1", Err(NoPrice::OutOfRange));
        check("1e30", Err(NoPrice::OutOfRange));
        check("1e400", Err(NoPrice::OutOfRange));
        check("-1e400", Err(NoPrice::NotPositive));
        check("1e-400", Err(NoPrice::OutOfRange));
        check("0", Err(NoPrice::NotPositive));
        check("-3", Err(NoPrice::NotPositive));
        check("\"NaN\"", Err(NoPrice::NotANumber));
        check("true", Err(NoPrice::NotANumber));
        check("{}", Err(NoPrice::NotANumber));
        check("null", Err(NoPrice::Missing));
    }

    #[test]
    fn minor_units_are_told_by_case() {
        let check = |code: &str, expected: Option<(&str, bool)>| {
            let got = currency(code).map(|(currency, factor)| (currency.to_string(), factor != Decimal::ONE));
            assert_eq!(got, expected.map(|(code, minor)| (code.to_owned(), minor)), "{code}");
        };
        check("GBP", Some(("GBP", false)));
        check("GBp", Some(("GBP", true)));
        check("GBX", Some(("GBP", true)));
        check("ZAc", Some(("ZAR", true)));
        check("ILA", Some(("ILS", true)));
        check("USX", Some(("USD", true)));
        check("USD", Some(("USD", false)));
        check("gbp", None);
        check("", None);
    }

    #[test]
    fn nan_is_read_as_null_outside_texts() {
        let value: serde_json::Value =
            json(br#"{"a":NaN,"b":-Infinity,"c":"NaN \" NaN","d":[Infinity,1.50]}"#).unwrap();
        assert_eq!(
            value.to_string(),
            r#"{"a":null,"b":null,"c":"NaN \" NaN","d":[null,1.50]}"#
        );
        assert!(json::<serde_json::Value>(br#"{"a":NaN"#).is_err());
        assert!(json::<serde_json::Value>(b"nope").is_err());
    }
}
