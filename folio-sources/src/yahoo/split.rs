//! Splits of shares among a chart's events.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use folio_core::Split;
use folio_core::money::{Decimal, decimal};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::value::RawValue;

use super::parse::text_without_widened_f32;
use super::wire::{Series, SplitEvent};
use crate::number;

/// The splits up to `now`, oldest first, one a day; `zone` is the exchange's.
pub(super) fn splits(series: &Series, zone: &TimeZone, now: Timestamp) -> Vec<Split> {
    let today = now.to_zoned(zone.clone()).date();
    let events = series.splits();
    let splits: BTreeMap<_, _> = events
        .iter()
        .filter_map(|event| split(event, zone))
        .filter(|split| split.on <= today)
        .map(|split| (split.on, split))
        .collect();
    splits.into_values().collect()
}

/// The date of an event is the opening of its first trading day.
fn split(event: &SplitEvent, zone: &TimeZone) -> Option<Split> {
    let on = Timestamp::from_second(event.date).ok()?.to_zoned(zone.clone()).date();
    let (numerator, denominator) = ratio(&event.numerator, &event.denominator)?;
    Some(Split {
        on,
        numerator,
        denominator,
    })
}

/// Two whole numbers as they were sent; `1.05` for `1` becomes `21` for `20`, and what would need more
/// digits than 32 bits hold is no split that could be reckoned with exactly.
fn ratio(numerator: &RawValue, denominator: &RawValue) -> Option<(NonZeroU32, NonZeroU32)> {
    let read = |raw| decimal::parse(&text_without_widened_f32(&number::text(raw)?)).ok();
    let (numerator, denominator) = (read(numerator)?.normalize(), read(denominator)?.normalize());
    let scale = numerator.scale().max(denominator.scale());
    let whole = |value: Decimal| {
        let factor = 10_i128.checked_pow(scale - value.scale())?;
        value.mantissa().checked_mul(factor).filter(|whole| *whole > 0)
    };
    let (numerator, denominator) = (whole(numerator)?, whole(denominator)?);
    let common = if scale == 0 { 1 } else { gcd(numerator, denominator) };
    let fitting = |whole: i128| NonZeroU32::new(u32::try_from(whole / common).ok()?);
    Some((fitting(numerator)?, fitting(denominator)?))
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_two_whole_numbers() {
        let check = |numerator: &str, denominator: &str, expected: Option<(u32, u32)>| {
            let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
            let got = ratio(&raw(numerator), &raw(denominator)).map(|(a, b)| (a.get(), b.get()));
            assert_eq!(got, expected, "{numerator}:{denominator}");
        };
        check("4", "1", Some((4, 1)));
        check("1", "10", Some((1, 10)));
        check("4.0", "2.0", Some((4, 2)));
        check("1e2", "1", Some((100, 1)));
        check("\"3\"", "\"2\"", Some((3, 2)));
        check("1.05", "1", Some((21, 20)));
        check("1", "1.5", Some((2, 3)));
        check("1.0499999523162842", "1", Some((21, 20)));
        check("0.33333333333333333", "1", None);
        check("4294967295", "1", Some((4_294_967_295, 1)));
        check("4294967296", "1", None);
        check("1e28", "1e-28", None);
        check("0", "1", None);
        check("1", "0", None);
        check("-4", "1", None);
        check("4", "-1", None);
        check("null", "1", None);
        check("\"4:1\"", "1", None);
        check("\"NaN\"", "1", None);
    }
}
