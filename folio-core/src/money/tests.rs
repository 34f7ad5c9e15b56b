//! Tables and laws that hold across the types of this module.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::decimal::{self, Rounding};
use super::text::{self, NumberText};
use super::{Currency, Decimal, Money, Percent, Price, Quantity};
use crate::{Error, ErrorKind};

fn number(text: &str) -> Decimal {
    decimal::from_text(text).unwrap()
}

fn written(value: Decimal) -> String {
    decimal::to_text(value).into()
}

fn outcome<T: ToString>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => error.kind().as_str().to_owned(),
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

const MAX: &str = "79228162514264337593543950335";

#[test]
fn parse_reads_plain_and_exponent_notation() {
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("-0.000", "0"),
        ("0e999999999999999999999", "0"),
        ("0.5", "0.5"),
        ("-0.5", "-0.5"),
        ("000.500", "0.5"),
        ("1.64e-05", "0.0000164"),
        ("1E+3", "1000"),
        ("1e3", "1000"),
        ("120e-1", "12"),
        ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
        ("1e-28", "0.0000000000000000000000000001"),
        ("10e-29", "0.0000000000000000000000000001"),
        ("1e28", "10000000000000000000000000000"),
        ("7.9e28", "79000000000000000000000000000"),
        ("0.1e29", "10000000000000000000000000000"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
        ("1.234567890123456789012345678", "1.234567890123456789012345678"),
        ("1.2345678901234567890123456780000", "1.234567890123456789012345678"),
        ("0.00000000000000000000000000000000000001e20", "0.000000000000000001"),
        ("1e+0000000000000000000000000000000001", "10"),
    ];
    for (text, expected) in cases {
        assert_eq!(outcome(decimal::parse(text).map(decimal::to_text)), expected, "{text}");
    }
}

#[test]
fn parse_refuses_what_is_no_number() {
    let texts = [
        "", " ", "-", "+", "+1", "--1", ".5", "5.", "-.5", ".", "1e", "1e+", "1e-", "e5", "1e1.5", "1e5e5", "1_000",
        "1,5", " 1", "1 ", "1\n", "0x1", "NaN", "nan", "Infinity", "-inf", "1.2.3", "١", "1\u{0}", "½", "1%", "$1",
        "true", "null", "\"1\"", "1e--5", "−1",
    ];
    for text in texts {
        let error = decimal::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}");
        assert!(error.message().contains("accepted are"), "{error}");
        assert_eq!(
            decimal::from_text(text).unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{text:?}"
        );
    }
}

#[test]
fn parse_refuses_what_is_too_long_too_fine_or_too_large() {
    let long = "1".repeat(decimal::MAX_TEXT + 1);
    let texts = [
        "1e400",
        "1e29",
        "8e28",
        "-1e99999999999999999999999",
        "1e-29",
        "1e-400",
        "1e-99999999999999999999999",
        "0.00000000000000000000000000001",
        "12345678901234567890123456789",
        "1.2345678901234567890123456789",
        "79228162514264337593543950336",
        &long,
    ];
    for text in texts {
        assert_eq!(
            outcome(decimal::parse(text).map(decimal::to_text)),
            "out_of_range",
            "{text}"
        );
    }
}

#[test]
fn results_with_29_digits_are_read_back_but_not_accepted_as_input() {
    for text in [MAX, "-7.9228162514264337593543950335", "1.2345678901234567890123456789"] {
        assert_eq!(outcome(decimal::parse(text).map(decimal::to_text)), "out_of_range");
        assert_eq!(outcome(decimal::from_text(text).map(decimal::to_text)), text);
    }
    for text in ["79228162514264337593543950336", "9.9999999999999999999999999999"] {
        assert_eq!(outcome(decimal::from_text(text).map(decimal::to_text)), "out_of_range");
    }
}

#[test]
fn text_is_plain_and_canonical() {
    let cases = [
        (Decimal::ZERO, "0"),
        (Decimal::from_parts(0, 0, 0, false, 28), "0"),
        (-Decimal::ZERO, "0"),
        (Decimal::new(100, 0), "100"),
        (Decimal::new(100, 2), "1"),
        (Decimal::new(-150, 2), "-1.5"),
        (Decimal::new(5, 1), "0.5"),
        (Decimal::new(1, 28), "0.0000000000000000000000000001"),
        (Decimal::new(-1, 28), "-0.0000000000000000000000000001"),
        (Decimal::MAX, MAX),
        (Decimal::MIN, "-79228162514264337593543950335"),
        (Decimal::new(10_000_000_000_000_000, 0), "10000000000000000"),
    ];
    for (value, expected) in cases {
        assert_eq!(written(value), expected);
    }
    assert_eq!(
        format!(
            "[{:>6}] [{:<6}] [{:06}] [{:+}] [{:.1}]",
            decimal::to_text(number("-1.25")),
            decimal::to_text(number("1.25")),
            decimal::to_text(number("-1.25")),
            decimal::to_text(number("1.25")),
            decimal::to_text(number("1.25"))
        ),
        "[ -1.25] [1.25  ] [-01.25] [+1.25] [1.25]"
    );
}

#[test]
fn arithmetic_is_exact_or_rounded_once_or_an_error() {
    type Operation = fn(Decimal, Decimal) -> crate::Result<Decimal>;
    let cases: [(Operation, &str, &str, &str); 17] = [
        (decimal::add, "0.1", "0.2", "0.3"),
        (decimal::add, MAX, "0.4", MAX),
        (decimal::add, MAX, "0.5", "out_of_range"),
        (decimal::add, "-79228162514264337593543950335", "-1", "out_of_range"),
        (decimal::sub, "1", "1", "0"),
        (decimal::sub, "0", "0.5", "-0.5"),
        (decimal::mul, "1.5", "-2", "-3"),
        (
            decimal::mul,
            "1.234567890123456789",
            "64321.12",
            "79408.78940877767894008368",
        ),
        (decimal::mul, "0.00000000000005", "0.000000000000001", "0"),
        (
            decimal::mul,
            "0.00000000000015",
            "0.000000000000001",
            "0.0000000000000000000000000002",
        ),
        (decimal::mul, "-0.00000000000005", "0.000000000000001", "0"),
        (decimal::mul, MAX, "1.1", "out_of_range"),
        (decimal::div, "1", "3", "0.3333333333333333333333333333"),
        (decimal::div, "2", "3", "0.6666666666666666666666666667"),
        (decimal::div, "10", "3", "3.3333333333333333333333333333"),
        (decimal::div, MAX, "0.1", "out_of_range"),
        (decimal::div, "1", "0", "invalid_input"),
    ];
    for (operation, a, b, expected) in cases {
        assert_eq!(
            outcome(operation(number(a), number(b)).map(decimal::to_text)),
            expected,
            "{a}, {b}"
        );
    }
    let vanished = decimal::mul(Decimal::new(-1, 28), Decimal::new(1, 28)).unwrap();
    assert!(!vanished.is_sign_negative());
}

#[test]
fn percentages_are_rounded_once_to_four_decimals() {
    let cases = [
        ("1", "3", "33.3333"),
        ("2", "3", "66.6667"),
        ("-1", "3", "-33.3333"),
        ("1", "-3", "-33.3333"),
        ("0", "3", "0"),
        ("1", "0", "none"),
        ("0", "0", "none"),
        // Ties go to the even neighbour, and only true ties.
        ("0.0000005", "1", "0"),
        ("0.0000015", "1", "0.0002"),
        ("0.00000050000000000000000001", "1", "0.0001"),
        ("0.0000004999999999999999999999", "1", "0"),
        ("-0.0000005", "1", "0"),
        (MAX, MAX, "100"),
        (MAX, "100", "out_of_range"),
        (MAX, "1000000", "7922816251426433759354395.0335"),
        (MAX, "999999", "out_of_range"),
        ("0.0000000000000000000000000001", MAX, "0"),
        (
            "79228162514264337593543.950335",
            "0.0000000000000000000000000001",
            "out_of_range",
        ),
        ("1.234567890123456789", "9.876543210987654321", "12.5"),
    ];
    for (part, whole, expected) in cases {
        let percent = Percent::of(number(part), number(whole));
        let percent = percent.map(|percent| percent.map_or("none".to_owned(), |percent| percent.to_string()));
        assert_eq!(outcome(percent), expected, "{part} of {whole}");
    }
}

#[test]
fn rounding_is_explicit() {
    use Rounding::{HalfAwayFromZero, HalfEven, TowardZero};
    let cases = [
        ("2.5", 0, HalfEven, "2"),
        ("3.5", 0, HalfEven, "4"),
        ("-2.5", 0, HalfEven, "-2"),
        ("2.5000000001", 0, HalfEven, "3"),
        ("2.5", 0, HalfAwayFromZero, "3"),
        ("-2.5", 0, HalfAwayFromZero, "-3"),
        ("2.999", 1, TowardZero, "2.9"),
        ("-0.04", 1, HalfEven, "0"),
        ("1.23", 5, HalfEven, "1.23"),
        (
            "7.9228162514264337593543950335",
            27,
            HalfEven,
            "7.922816251426433759354395034",
        ),
    ];
    for (value, decimals, rounding, expected) in cases {
        assert_eq!(
            written(decimal::round(number(value), decimals, rounding)),
            expected,
            "{value}"
        );
    }
    let money = |amount: &str, currency: &str| Money::new(number(amount), currency.parse().unwrap());
    for (amount, currency, expected) in [
        ("1.005", "EUR", "1 EUR"),
        ("1.5", "JPY", "2 JPY"),
        ("1.0005", "KWD", "1 KWD"),
    ] {
        assert_eq!(
            money(amount, currency).round_to_minor_units(HalfEven).to_string(),
            expected
        );
    }
}

#[test]
fn quantities_are_neither_zero_nor_beyond_their_bound() {
    let cases = [
        ("0.5", "0.5"),
        ("-3", "-3"),
        ("1e15", "1000000000000000"),
        ("-1e15", "-1000000000000000"),
        ("1000000000000000.000000000001", "out_of_range"),
        ("-1000000000000001", "out_of_range"),
        ("0", "invalid_input"),
        ("-0.0", "invalid_input"),
        ("one", "invalid_input"),
        ("1e-29", "out_of_range"),
    ];
    for (text, expected) in cases {
        assert_eq!(outcome(text.parse::<Quantity>()), expected, "{text}");
    }
}

#[test]
fn prices_are_not_negative_and_not_beyond_their_bound() {
    let cases = [
        ("0", "0 EUR"),
        ("-0", "0 EUR"),
        ("1e12", "1000000000000 EUR"),
        ("1.64e-05", "0.0000164 EUR"),
        ("-0.01", "out_of_range"),
        ("1000000000000.0001", "out_of_range"),
        ("free", "invalid_input"),
    ];
    for (text, expected) in cases {
        assert_eq!(outcome(Price::parse(text, Currency::EUR)), expected, "{text}");
    }
    assert_eq!(outcome(Price::new(-Decimal::ZERO, Currency::EUR)), "0 EUR");
}

#[test]
fn percentages_have_at_most_four_decimals() {
    for (text, expected) in [
        ("5.25", "5.25"),
        ("-100", "-100"),
        ("0.00010", "0.0001"),
        ("0.00001", "invalid_input"),
        ("5%", "invalid_input"),
    ] {
        assert_eq!(outcome(text.parse::<Percent>()), expected, "{text}");
    }
    assert_eq!(Percent::rounded(number("-1.23455")).to_string(), "-1.2346");
    assert_eq!((-Percent::HUNDRED).to_string(), "-100");
    assert!(!(-Percent::ZERO).value().is_sign_negative());
}

#[test]
fn a_price_times_a_quantity_is_money() {
    let largest = Price::new(Price::MAX, Currency::USD).unwrap();
    let value = largest.times(Quantity::new(-Quantity::MAX).unwrap()).unwrap();
    assert_eq!(value.to_string(), "-1000000000000000000000000000 USD");
    let smallest = Price::new(Decimal::new(1, 28), Currency::USD).unwrap();
    assert!(
        smallest
            .times(Quantity::new(Decimal::new(-1, 28)).unwrap())
            .unwrap()
            .is_zero()
    );
}

#[test]
fn currencies_do_not_mix() {
    let euro = Money::parse("1", Currency::EUR).unwrap();
    let dollar = Money::parse("1", Currency::USD).unwrap();
    for result in [euro.checked_add(dollar), euro.checked_sub(dollar)] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error.message().contains("EUR") && error.message().contains("USD"),
            "{error}"
        );
    }
    assert!(euro.percent_of(dollar).is_err());
    assert_eq!(euro.partial_cmp(&dollar), None);
    assert_ne!(Money::zero(Currency::EUR), Money::zero(Currency::USD));
    assert!(euro > Money::zero(Currency::EUR));
    assert_eq!(euro.percent_of(Money::zero(Currency::EUR)).unwrap(), None);
}

#[test]
fn converting_takes_a_rate_above_zero() {
    let euro = Money::parse("100", Currency::EUR).unwrap();
    let cases = [
        ("1.08", Currency::USD, "108 USD"),
        ("0", Currency::USD, "invalid_input"),
        ("-1.08", Currency::USD, "invalid_input"),
        ("1", Currency::EUR, "100 EUR"),
        ("1.08", Currency::EUR, "invalid_input"),
        (MAX, Currency::USD, "out_of_range"),
    ];
    for (rate, to, expected) in cases {
        assert_eq!(outcome(euro.convert(number(rate), to)), expected, "{rate}");
    }
    let price = Price::parse("1e12", Currency::EUR).unwrap();
    assert_eq!(outcome(price.convert(number("1.5"), Currency::USD)), "out_of_range");
    assert_eq!(outcome(price.convert(number("0.5"), Currency::USD)), "500000000000 USD");
}

#[test]
fn equal_numbers_have_one_hash() {
    for (a, b) in [(Decimal::new(10, 1), Decimal::ONE), (-Decimal::ZERO, Decimal::ZERO)] {
        let (a, b) = (Money::new(a, Currency::EUR), Money::new(b, Currency::EUR));
        assert_eq!(a, b);
        assert_eq!(hash(a), hash(b));
    }
}

#[test]
fn json_is_text_and_is_read_from_text_or_number() {
    let cases = [
        (r#""0.5""#, "0.5"),
        ("0.5", "0.5"),
        ("-1.64e-05", "-0.0000164"),
        ("5", "5"),
        ("0.1234567890123456789012345678", "0.1234567890123456789012345678"),
        ("123456789012345.123456789012", "123456789012345.123456789012"),
        ("12345678901234567890123", "error"),
        ("\"1.2345678901234567890123456789\"", "1.2345678901234567890123456789"),
        ("1e400", "error"),
        ("\"NaN\"", "error"),
        ("null", "error"),
        ("true", "error"),
        ("[1]", "error"),
        ("{\"a\":1}", "error"),
        ("\"\\u0031\"", "1"),
    ];
    for (json, expected) in cases {
        let read = serde_json::from_str::<Quantity>(json);
        assert_eq!(
            read.map_or("error".to_owned(), |quantity| quantity.to_string()),
            expected,
            "{json}"
        );
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let read = serde_json::from_value::<Quantity>(value);
        assert_eq!(
            read.map_or("error".to_owned(), |quantity| quantity.to_string()),
            expected,
            "{json} as a value"
        );
        let read = serde_json::from_reader::<_, Quantity>(json.as_bytes());
        assert_eq!(
            read.map_or("error".to_owned(), |quantity| quantity.to_string()),
            expected,
            "{json} from a reader"
        );
    }
}

#[test]
fn numbers_keep_their_digits_through_buffering() {
    #[derive(Deserialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        price: NumberText,
        quantity: Quantity,
        #[serde(default, with = "text::option")]
        rate: Option<Decimal>,
    }
    let json = r#"{"price": 0.10000000000000000000000001, "quantity": 1e-9, "rate": 2.50}"#;
    let outer: Outer = serde_json::from_str(json).unwrap();
    assert_eq!(outer.inner.price.as_str(), "0.10000000000000000000000001");
    assert_eq!(outer.inner.quantity.to_string(), "0.000000001");
    assert_eq!(outer.inner.rate.map(written).as_deref(), Some("2.5"));
    let outer: Outer = serde_json::from_value(serde_json::from_str(json).unwrap()).unwrap();
    assert_eq!(outer.inner.price.as_str(), "0.10000000000000000000000001");
}

#[test]
fn money_and_price_are_objects() {
    let money = Money::parse("12.50", Currency::EUR).unwrap();
    let json = r#"{"amount":"12.5","currency":"EUR"}"#;
    assert_eq!(serde_json::to_string(&money).unwrap(), json);
    assert_eq!(serde_json::from_str::<Money>(json).unwrap(), money);
    let price = Price::parse("12.5", Currency::EUR).unwrap();
    assert_eq!(serde_json::to_string(&price).unwrap(), json);
    assert_eq!(serde_json::from_str::<Price>(json).unwrap(), price);
    let negative = r#"{"amount": -1, "currency": "EUR"}"#;
    assert!(serde_json::from_str::<Money>(negative).is_ok());
    assert!(serde_json::from_str::<Price>(negative).is_err());
    for json in [
        r#"{"amount": 1}"#,
        r#"{"amount": 1, "currency": "eur"}"#,
        r#"{"amount": 1, "currency": "EUR", "x": 1}"#,
    ] {
        assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
    }
}

#[test]
fn optional_decimals_are_text_or_null() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row(#[serde(with = "text::option")] Option<Decimal>);
    assert_eq!(
        serde_json::to_string(&[Row(Some(number("1.5"))), Row(None)]).unwrap(),
        r#"["1.5",null]"#
    );
    let rows: Vec<Row> = serde_json::from_str(r#"["1.50", 1.5, null]"#).unwrap();
    assert_eq!(rows, [Row(Some(number("1.5"))), Row(Some(number("1.5"))), Row(None)]);
    assert!(serde_json::from_str::<Row>("\"\"").is_err());
}

#[test]
fn lossy_numbers_are_the_nearest() {
    assert_eq!(decimal::to_f64_lossy(number("0.1")).to_string(), "0.1");
    assert_eq!(
        Money::new(Decimal::MIN, Currency::EUR).to_f64_lossy().to_string(),
        "-79228162514264340000000000000"
    );
}

/// Every decimal there is, the odd ones more often than by chance.
fn any_decimal() -> impl Strategy<Value = Decimal> {
    let parts = (any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>(), 0..=28_u32);
    prop_oneof![
        4 => parts.prop_map(|(lo, mid, hi, negative, scale)| Decimal::from_parts(lo, mid, hi, negative, scale)),
        4 => (any::<i64>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale)),
        4 => (-10_000..10_000_i64, 0..=6_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale)),
        1 => Just(Decimal::MAX),
        1 => Just(Decimal::MIN),
        1 => Just(-Decimal::ZERO),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9]{0,32}(\\.[0-9]{0,32})?([eE][+-]?[0-9]{0,20})?",
        "[-+.eE0-9_ ]{0,12}",
        ".{0,220}"
    ]
}

proptest! {
    #[test]
    fn text_is_read_back_as_it_was(value in any_decimal()) {
        let text = written(value);
        prop_assert!(text.len() <= 31 && !text.contains(['e', 'E', '+']) && text != "-0");
        prop_assert!(!text.contains('.') || !text.ends_with(['0', '.']));
        prop_assert_eq!(decimal::from_text(&text).unwrap(), value);
        prop_assert_eq!(written(decimal::from_text(&text).unwrap()), text);
    }

    #[test]
    fn accepted_input_is_what_rust_decimal_reads(text in any_text()) {
        if let Ok(value) = decimal::parse(&text) {
            prop_assert!(!text.starts_with('+'));
            if !text.contains(['e', 'E']) && text.len() < 28 {
                prop_assert_eq!(text.parse::<Decimal>().unwrap(), value);
            }
            prop_assert_eq!(decimal::from_text(&text).unwrap(), value);
            prop_assert_eq!(decimal::parse(&written(value)).unwrap(), value);
        }
    }

    #[test]
    fn any_text_is_a_value_or_a_known_error(text in any_text()) {
        let known = |error: &Error| matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::OutOfRange);
        prop_assert!(decimal::parse(&text).as_ref().err().is_none_or(known));
        prop_assert!(decimal::from_text(&text).as_ref().err().is_none_or(known));
        prop_assert!(text.parse::<Quantity>().as_ref().err().is_none_or(known));
        prop_assert!(text.parse::<Percent>().as_ref().err().is_none_or(known));
        prop_assert!(text.parse::<Currency>().as_ref().err().is_none_or(known));
        prop_assert!(Price::parse(&text, Currency::EUR).as_ref().err().is_none_or(known));
    }

    #[test]
    fn no_operation_panics_or_makes_a_negative_zero(a in any_decimal(), b in any_decimal(), decimals in 0..40_u32) {
        let results = [decimal::add(a, b), decimal::sub(a, b), decimal::mul(a, b), decimal::div(a, b)];
        for value in results.into_iter().flatten().chain([decimal::neg(a)]) {
            prop_assert!(!value.is_zero() || !value.is_sign_negative());
        }
        for rounding in [Rounding::HalfEven, Rounding::HalfAwayFromZero, Rounding::TowardZero] {
            let _ = decimal::round(a, decimals, rounding);
        }
        if let Ok(percent) = Percent::of(a, b) {
            prop_assert_eq!(percent.is_none(), b.is_zero());
        }
        let (x, y) = (Money::new(a, Currency::EUR), Money::new(b, Currency::EUR));
        let _ = (x.checked_add(y), x.checked_sub(y), x.percent_of(y), x.convert(b, Currency::USD), -x, x.to_f64_lossy());
        if let (Ok(price), Ok(quantity)) = (Price::new(a, Currency::EUR), Quantity::new(b)) {
            prop_assert!(price.times(quantity).is_ok());
        }
    }

    #[test]
    fn sums_and_products_commute(a in any_decimal(), b in any_decimal()) {
        prop_assert_eq!(decimal::add(a, b).ok(), decimal::add(b, a).ok());
        prop_assert_eq!(decimal::mul(a, b).ok(), decimal::mul(b, a).ok());
        prop_assert_eq!(decimal::sub(a, b).ok(), decimal::sub(b, a).ok().map(decimal::neg));
        prop_assert_eq!(decimal::add(a, decimal::neg(b)).ok(), decimal::sub(a, b).ok());
    }

    #[test]
    fn a_difference_undoes_an_exact_sum(a in any::<i64>(), b in any::<i64>(), scales in (0..10_u32, 0..10_u32)) {
        let (a, b) = (Decimal::new(a, scales.0), Decimal::new(b, scales.1));
        prop_assert_eq!(decimal::sub(decimal::add(a, b).unwrap(), b).unwrap(), a);
    }

    #[test]
    fn a_quotient_undoes_an_exact_product(a in any::<i32>(), b in 1..i32::MAX, scales in (0..14_u32, 0..14_u32)) {
        let (a, b) = (Decimal::new(a.into(), scales.0), Decimal::new(b.into(), scales.1));
        prop_assert_eq!(decimal::div(decimal::mul(a, b).unwrap(), b).unwrap(), a);
    }

    #[test]
    fn order_is_that_of_the_numbers(a in any_decimal(), b in any_decimal()) {
        if let (Ok(x), Ok(y)) = (Quantity::new(a), Quantity::new(b)) {
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
        prop_assert_eq!(Money::new(a, Currency::EUR).partial_cmp(&Money::new(b, Currency::EUR)), Some(a.cmp(&b)));
        prop_assert_eq!(HashSet::from([a, b]).len(), if a == b { 1 } else { 2 });
    }

    #[test]
    fn json_round_trips(a in any_decimal()) {
        let money = Money::new(a, Currency::EUR);
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        prop_assert_eq!(serde_json::from_value::<Money>(serde_json::to_value(money).unwrap()).unwrap(), money);
    }
}
