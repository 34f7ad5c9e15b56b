//! Whether a price can be believed beside the last one that was.
//!
//! A market moves more in a day than in a minute, so the bound grows with the time between both prices.
//! All comparisons are of whole numbers of any length: nothing is rounded on the way to the verdict.

use std::cmp::Ordering;

use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::collect::utc_date;
use crate::money::{Price, decimal};
use crate::quote::{Quote, QuoteKind, Split};

/// The factor unless told: a price may double or halve within ten minutes.
pub const DEFAULT_JUMP_FACTOR: Decimal = Decimal::TWO;
/// The smallest factor: below a tenth every lively day would be held back.
pub const LEAST_JUMP_FACTOR: Decimal = Decimal::from_parts(11, 0, 0, false, 1);

/// By how many halves of the factor a price may move within a time: once the factor within ten minutes,
/// one and a half times within an hour, two and a half times within a day.
const BOUNDS: [(SignedDuration, u32); 3] = [
    (SignedDuration::from_mins(10), 2),
    (SignedDuration::from_hours(1), 3),
    (SignedDuration::from_hours(24), 5),
];
/// The halves of the factor beyond a day: five times.
const WIDEST: u32 = 10;
/// Prices whose greater is at most so many hundredths of the smaller say the same.
const AGREES: u128 = 105;

/// Why a price is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doubt {
    /// It is too far from the last accepted one.
    Jump,
    /// It is in another currency than the last accepted one, or than was asked for.
    Currency,
    /// Its time is yet to come.
    Future,
}

impl Doubt {
    /// The word for the doubt: `"jump"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jump => "jump",
            Self::Currency => "currency",
            Self::Future => "future",
        }
    }
}

/// The prices between which the next one is believed, in one currency, rounded to what a decimal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    /// The lowest.
    pub low: Price,
    /// The highest.
    pub high: Price,
}

/// That a price is not believed, and what would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// Why.
    pub doubt: Doubt,
    /// What is expected, where that is known and can be represented.
    pub expected: Option<PriceRange>,
}

impl Suspicion {
    pub(crate) const fn new(doubt: Doubt) -> Self {
        Self { doubt, expected: None }
    }
}

/// Judges `candidate` by the last accepted quote of the same key.
///
/// The bound is `factor` within ten minutes, 1.5 times that within an hour, 2.5 times within a day and 5
/// times beyond, upwards and downwards alike. The time is the longer of that between the two market times
/// and that between the two receptions: after a long week-end the first price may be minutes younger than
/// the last look at Friday's.
///
/// Where one of both quotes mentions a split that took effect after the reference's day and not after the
/// candidate's (days of UTC), the price may also be near the reference's divided by the split. It need
/// not: a vendor may announce a split before it adjusts its prices.
///
/// A candidate stated by hand is always believed, and nothing can be said beside a reference of zero.
///
/// # Errors
/// The suspicion.
pub fn judge(reference: &Quote, candidate: &Quote, factor: Decimal) -> Result<(), Suspicion> {
    if candidate.kind == QuoteKind::Manual || reference.price.is_zero() {
        return Ok(());
    }
    if reference.price.currency() != candidate.price.currency() {
        return Err(Suspicion::new(Doubt::Currency));
    }
    let halves = halves(reference, candidate);
    let split = split_between(reference, candidate);
    let (numerator, denominator) = split.map_or((1, 1), |split| (split.numerator.get(), split.denominator.get()));
    let (before, now) = (reference.price.amount(), candidate.price.amount());
    if within(before, now, (1, 1), factor, halves) || within(before, now, (numerator, denominator), factor, halves) {
        return Ok(());
    }
    Err(Suspicion {
        doubt: Doubt::Jump,
        expected: expected(reference.price, (numerator, denominator), factor, halves),
    })
}

/// Whether two prices are in one currency and within 5 % of each other.
pub(crate) fn agree(one: Price, other: Price) -> bool {
    let (low, high) = if one.amount() <= other.amount() {
        (one.amount(), other.amount())
    } else {
        (other.amount(), one.amount())
    };
    one.currency() == other.currency() && compare(&[high], &[100], &[low], &[AGREES]) != Ordering::Greater
}

fn halves(reference: &Quote, candidate: &Quote) -> u32 {
    let age = candidate
        .as_of
        .duration_since(reference.as_of)
        .max(candidate.fetched_at.duration_since(reference.fetched_at));
    BOUNDS
        .iter()
        .find(|(within, _)| age <= *within)
        .map_or(WIDEST, |(_, halves)| *halves)
}

/// The split between the days of two quotes, as either of them mentions it.
fn split_between(reference: &Quote, candidate: &Quote) -> Option<Split> {
    let days: [Date; 2] = [utc_date(reference.as_of), utc_date(candidate.as_of)];
    [candidate.split, reference.split]
        .into_iter()
        .flatten()
        .find(|split| days[0] < split.on && split.on <= days[1])
}

/// Whether `now` is within the bound around `before` × denominator ÷ numerator. Multiplied out, so that
/// there is nothing to round.
fn within(before: Decimal, now: Decimal, split: (u32, u32), factor: Decimal, halves: u32) -> bool {
    let (numerator, denominator) = (u128::from(split.0), u128::from(split.1));
    let (one, bound) = (2, u128::from(halves));
    let not_above = compare(&[now], &[numerator, one], &[before, factor], &[denominator, bound]);
    let not_below = compare(&[before], &[denominator, one], &[now, factor], &[numerator, bound]);
    not_above != Ordering::Greater && not_below != Ordering::Greater
}

/// Compares two products of decimals and whole numbers, none of them below zero.
fn compare(left: &[Decimal], left_whole: &[u128], right: &[Decimal], right_whole: &[u128]) -> Ordering {
    let scale = |decimals: &[Decimal]| decimals.iter().map(Decimal::scale).collect::<Vec<_>>();
    let whole = |decimals: &[Decimal], more: &[u128], tens: Vec<u32>| {
        let factors = decimals
            .iter()
            .map(|decimal| decimal.mantissa().unsigned_abs())
            .chain(more.iter().copied())
            .chain(tens.into_iter().map(|tens| 10_u128.pow(tens)));
        factors.fold(vec![1_u32], |product, factor| times(&product, factor))
    };
    // Each side is raised by the decimals of the other, so that both count the same units.
    let left_units = whole(left, left_whole, scale(right));
    let right_units = whole(right, right_whole, scale(left));
    left_units
        .len()
        .cmp(&right_units.len())
        .then_with(|| left_units.iter().rev().cmp(right_units.iter().rev()))
}

/// A whole number of 32-bit digits, the lowest first and the highest not zero, times another.
fn times(number: &[u32], factor: u128) -> Vec<u32> {
    let mut product = vec![0_u32; number.len() + 4];
    for (place, digit) in number.iter().enumerate() {
        let mut carry = 0_u64;
        for step in 0..4 {
            let part = u64::from((factor >> (32 * step)) as u32);
            let sum = u64::from(*digit) * part + u64::from(product[place + step]) + carry;
            product[place + step] = sum as u32;
            carry = sum >> 32;
        }
        let mut above = place + 4;
        while carry > 0 {
            let sum = u64::from(product[above]) + carry;
            product[above] = sum as u32;
            carry = sum >> 32;
            above += 1;
        }
    }
    while product.last() == Some(&0) {
        product.pop();
    }
    product
}

/// What is expected, for a person to read.
fn expected(reference: Price, split: (u32, u32), factor: Decimal, halves: u32) -> Option<PriceRange> {
    let currency = reference.currency();
    let bound = decimal::div(decimal::mul(factor, halves.into()).ok()?, Decimal::TWO).ok()?;
    let middle = decimal::mul(reference.amount(), split.1.into()).ok()?;
    let middle = decimal::div(middle, split.0.into()).ok()?;
    Some(PriceRange {
        low: Price::new(decimal::div(middle, bound).ok()?, currency).ok()?,
        high: Price::new(decimal::mul(middle, bound).ok()?.min(Price::MAX), currency).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{Currency, SourceId};

    const AT: &str = "2026-03-02T12:00:00Z";

    fn quote(price: &str, age: SignedDuration) -> Quote {
        let (amount, currency) = price.split_once(' ').unwrap_or((price, "USD"));
        let price = Price::parse(amount, currency.parse().unwrap()).unwrap();
        let at = AT.parse::<Timestamp>().unwrap() - age;
        Quote {
            kind: QuoteKind::Realtime,
            source: SourceId::new("vendor"),
            ..Quote::manual("stock:AAPL".parse().unwrap(), price, at)
        }
    }

    fn split(on: &str, numerator: u32, denominator: u32) -> Split {
        Split {
            on: on.parse().unwrap(),
            numerator: NonZeroU32::new(numerator).unwrap(),
            denominator: NonZeroU32::new(denominator).unwrap(),
        }
    }

    #[track_caller]
    fn check(before: &str, age: SignedDuration, now: &str, doubt: Option<Doubt>) {
        let judged = judge(&quote(before, age), &quote(now, SignedDuration::ZERO), Decimal::TWO);
        assert_eq!(judged.err().map(|suspicion| suspicion.doubt), doubt, "{before} {now}");
    }

    #[test]
    fn the_bound_is_wider_after_a_longer_time_and_belongs_to_what_is_believed() {
        let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
        let second = SignedDuration::from_secs(1);
        for (age, high, low) in [
            (SignedDuration::ZERO, "200", "50"),
            (minute * 10, "200", "50"),
            (minute * 10 + second, "300", "33.3333333333333333333333334"),
            (hour, "300", "33.3333333333333333333333334"),
            (hour + second, "500", "20"),
            (hour * 24, "500", "20"),
            (hour * 24 + second, "1000", "10"),
            (hour * 24 * 300, "1000", "10"),
        ] {
            check("100", age, high, None);
            check("100", age, low, None);
            check("100", age, &format!("{high}.0000000001"), Some(Doubt::Jump));
            let below = decimal::sub(decimal::parse(low).unwrap(), Decimal::new(1, 24)).unwrap();
            check("100", age, &below.to_string(), Some(Doubt::Jump));
        }
        check(
            "0.0000000000000000000000000001",
            hour,
            "1000000000000",
            Some(Doubt::Jump),
        );
        check("100 USD", minute, "100 EUR", Some(Doubt::Currency));
        check("0", minute, "100", None);
    }

    #[test]
    fn the_longer_of_both_times_counts() {
        let friday = Quote {
            fetched_at: AT.parse().unwrap(),
            ..quote("100", SignedDuration::from_hours(65))
        };
        let monday = quote("450", SignedDuration::ZERO);
        assert_eq!(judge(&friday, &monday, Decimal::TWO), Ok(()));
        let seen_again = Quote {
            as_of: friday.as_of,
            ..quote("450", SignedDuration::ZERO)
        };
        assert!(judge(&friday, &seen_again, Decimal::TWO).is_err());
    }

    #[test]
    fn a_suspicion_says_what_was_expected() {
        let suspicion = judge(
            &quote("120", SignedDuration::ZERO),
            &quote("12000", SignedDuration::ZERO),
            Decimal::TWO,
        )
        .unwrap_err();
        let expected = suspicion.expected.unwrap();
        assert_eq!(
            (expected.low.to_string(), expected.high.to_string()),
            ("60 USD".into(), "240 USD".into())
        );
    }

    #[test]
    fn a_price_by_hand_is_always_believed() {
        let manual = Quote {
            kind: QuoteKind::Manual,
            ..quote("1000000 EUR", SignedDuration::ZERO)
        };
        assert_eq!(judge(&quote("1", SignedDuration::ZERO), &manual, Decimal::TWO), Ok(()));
    }

    #[test]
    fn a_split_counts_once_between_the_two_days_and_may_be_late() {
        let before = quote("400", SignedDuration::from_hours(20));
        let with = |price: &str, split| Quote {
            split: Some(split),
            ..quote(price, SignedDuration::ZERO)
        };
        let check = |price: &str, split, believed: bool| {
            let judged = judge(&before, &with(price, split), LEAST_JUMP_FACTOR);
            assert_eq!(judged.is_ok(), believed, "{price} {split:?}");
        };
        // Within a day the bound is 2.75; the reference is of the first of March.
        check("20", split("2026-03-02", 20, 1), true);
        check("400", split("2026-03-02", 20, 1), true);
        check("100", split("2026-03-02", 20, 1), false);
        check("20", split("2026-03-01", 20, 1), false);
        check("20", split("2026-03-03", 20, 1), false);
        check("8000", split("2026-03-02", 1, 20), true);
        let announced = Quote {
            split: Some(split("2026-03-02", 20, 1)),
            ..before.clone()
        };
        assert!(judge(&announced, &quote("20", SignedDuration::ZERO), Decimal::TWO).is_ok());
    }

    #[test]
    fn prices_within_a_twentieth_agree() {
        let price = |text: &str| Price::parse(text, Currency::USD).unwrap();
        for (one, other, wanted) in [
            ("100", "105", true),
            ("105", "100", true),
            ("100", "105.0000000000000000000000001", false),
            ("0", "0", true),
            ("0", "1", false),
        ] {
            assert_eq!(agree(price(one), price(other)), wanted, "{one} {other}");
        }
        assert!(!agree(price("1"), Price::parse("1", Currency::EUR).unwrap()));
    }

    fn amounts() -> impl Strategy<Value = Decimal> {
        (1_i64..1_000_000_000_000, 0_u32..12).prop_map(|(digits, scale)| Decimal::new(digits, scale))
    }

    fn of(amount: Decimal, age: i64) -> Quote {
        let price = Price::new(amount, Currency::USD).unwrap();
        Quote {
            price,
            ..quote("1", SignedDuration::from_secs(age))
        }
    }

    proptest! {
        /// What may go up may come down again.
        #[test]
        fn up_and_down_are_judged_alike(a in amounts(), b in amounts(), age in 0_i64..200_000) {
            let there = judge(&of(a, age), &of(b, 0), Decimal::TWO);
            let back = judge(&of(b, age), &of(a, 0), Decimal::TWO);
            prop_assert_eq!(there.is_ok(), back.is_ok());
        }

        /// What is believed is believed after a longer time too.
        #[test]
        fn time_only_widens_the_bound(a in amounts(), b in amounts(), age in 0_i64..200_000, more in 0_i64..200_000) {
            if judge(&of(a, age), &of(b, 0), Decimal::TWO).is_ok() {
                prop_assert!(judge(&of(a, age + more), &of(b, 0), Decimal::TWO).is_ok());
            }
        }

        /// A price divided by its split to the last digit is in the middle of the bound, and the end of the
        /// bound is where the quotient says, whatever the integers.
        #[test]
        fn splits_are_exact(a in 1_i64..1_000_000_000, numerator in 1_u32..5_000, denominator in 1_u32..5_000) {
            let factor = LEAST_JUMP_FACTOR;
            let scaled = |up: i64, down: i64, plus: i64| {
                // Both sides multiplied by the numerator, so that the quotient is a whole number.
                let before = Decimal::from(a) * Decimal::from(numerator);
                let now = Decimal::from(a) * Decimal::from(denominator) * Decimal::from(up) / Decimal::from(down)
                    + Decimal::from(plus);
                within(before, now, (numerator, denominator), factor, 2)
            };
            prop_assert!(scaled(1, 1, 0));
            prop_assert!(scaled(11, 10, 0));
            prop_assert!(!scaled(11, 10, 1));
        }
    }
}
