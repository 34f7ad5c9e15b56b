//! What a book of prices answers, whatever was put into it.

use folio_core::money::decimal;
use folio_core::{Currency, ErrorKind, PriceBook, PriceKey, PriceState, Reason, convert};

use crate::scene::{book, entry, now, price, span};

/// The rate, or the kind of the error.
#[track_caller]
fn check(lines: &[&str], from: &str, to: &str, expected: &str) {
    let found = match book(lines).rate(from.parse().unwrap(), to.parse().unwrap()) {
        Ok(rate) => {
            assert_eq!((rate.from.as_str(), rate.to.as_str()), (from, to));
            decimal::to_text(rate.rate).as_str().to_owned()
        }
        Err(error) => error.kind().as_str().to_owned(),
    };
    assert_eq!(found, expected, "{from} to {to} by {lines:?}");
}

#[test]
fn rates() {
    let (dollar, pound) = ("currency:EUR 1.25:USD", "currency:EUR 0.5:GBP");
    check(&[dollar], "EUR", "USD", "1.25");
    check(&[dollar], "USD", "EUR", "0.8");
    check(&[dollar, pound], "GBP", "USD", "2.5");
    check(&[dollar, pound], "USD", "GBP", "0.4");
    check(&[dollar], "USD", "GBP", "missing_rate");
    check(&[], "EUR", "USD", "missing_rate");
    check(&[dollar, "currency:USD 3:GBP"], "USD", "GBP", "3");
    check(&["currency:EUR 0:USD"], "EUR", "USD", "missing_rate");
    check(&["currency:EUR unpriced timeout"], "EUR", "USD", "missing_rate");
    check(
        &["currency:EUR 0.0000000000000000000000000001:USD"],
        "USD",
        "EUR",
        "10000000000000000000000000000",
    );
    check(
        &[
            "currency:EUR 1000000000000:USD",
            "currency:EUR 0.0000000000000000000000000001:GBP",
        ],
        "GBP",
        "USD",
        "out_of_range",
    );
    check(
        &[
            "currency:EUR 1000000000000:USD",
            "currency:EUR 0.0000000000000000000000000001:GBP",
        ],
        "USD",
        "GBP",
        "out_of_range",
    );
}

#[test]
fn there_is_no_rate_from_a_currency_to_itself() {
    check(&["currency:EUR 1.25:USD"], "USD", "USD", "missing_rate");
    check(&["currency:USD 1:USD"], "USD", "USD", "missing_rate");
}

#[test]
fn a_rate_over_the_euro_has_the_times_of_its_older_leg_and_both_sources() {
    let mut book = book(&["currency:EUR 1.25:USD as_of=-2h fetched=-1h"]);
    let mut pound = entry("currency:EUR 0.5:GBP as_of=-1h fetched=-90m");
    pound.quote.as_mut().unwrap().source = folio_core::SourceId::new("other");
    book.insert(pound);
    let rate = book.rate(Currency::GBP, Currency::USD).unwrap();
    assert_eq!(
        (rate.as_of, rate.fetched_at),
        (now() + span("-2h"), now() + span("-90m"))
    );
    assert_eq!(rate.source.as_str(), "vendor+other");
    assert_eq!(
        book.rate(Currency::EUR, Currency::USD).unwrap().source.as_str(),
        "vendor"
    );
}

#[test]
fn a_missing_rate_says_why_and_until_when() {
    let mut book = book(&[]);
    let mut leg = entry("currency:EUR unpriced rate_limited retry=+5m");
    leg.key = PriceKey::per_euro(Currency::USD);
    book.insert(leg);
    let missing = book.missing_rate(Currency::GBP, Currency::USD);
    assert_eq!(
        (missing.reason, missing.retry_at),
        (Reason::NoRate, Some(now() + span("+5m")))
    );
    assert!(
        missing.detail.contains("GBP") && missing.detail.contains("said the test"),
        "{missing}"
    );
}

#[test]
fn an_entry_is_put_right_on_the_way_in() {
    let stored = |line: &str| {
        let entry = entry(line);
        let mut book = PriceBook::new();
        book.insert(entry.clone());
        book.entry(&entry.key.asset).cloned().unwrap()
    };
    let priced = stored("stock:AAPL 200:USD timeout");
    assert_eq!((priced.state, priced.failure), (PriceState::Priced, None));
    let carried = stored("stock:AAPL 200:USD carried");
    assert_eq!(carried.failure.unwrap().reason, Reason::Unavailable);
    for line in [
        "stock:AAPL carried timeout",
        "stock:AAPL timeout",
        "stock:AAPL 200:USD unpriced timeout",
    ] {
        let entry = stored(line);
        assert_eq!((entry.state, entry.quote), (PriceState::Unpriced, None));
        assert_eq!(entry.failure.unwrap().reason, Reason::Timeout);
    }
    assert_eq!(stored("stock:AAPL unpriced").failure.unwrap().reason, Reason::NoData);
}

#[test]
fn a_quote_under_a_wrong_name_is_none() {
    let mut other_currency = entry("stock:AAPL 200:USD");
    other_currency.key.currency = Some(Currency::EUR);
    let mut other_asset = entry("stock:MSFT 200:USD");
    other_asset.key.asset = "stock:AAPL".parse().unwrap();
    for wrong in [other_currency, other_asset] {
        let mut book = PriceBook::new();
        book.insert(wrong);
        let entry = book.entry(&"stock:AAPL".parse().unwrap()).unwrap();
        assert_eq!((entry.state, entry.quote.is_none()), (PriceState::Unpriced, true));
        assert_eq!(entry.failure.as_ref().unwrap().reason, Reason::Unavailable);
    }
}

#[test]
fn the_quote_of_a_currency_is_a_rate_whatever_the_key_says() {
    let mut native = entry("currency:GBP 1.5:USD");
    native.key = PriceKey::native(native.key.asset);
    assert_eq!(native.key.currency, None);
    let mut book = PriceBook::new();
    book.insert(native);
    assert_eq!(
        decimal::to_text(book.rate(Currency::GBP, Currency::USD).unwrap().rate).as_str(),
        "1.5"
    );
    assert!(book.leg(Currency::GBP, Currency::USD).is_some());
}

#[test]
fn a_later_entry_replaces_an_earlier_one() {
    let book = book(&[
        "stock:AAPL 1:USD",
        "stock:AAPL 2:USD",
        "currency:EUR 1:USD",
        "currency:EUR 2:USD",
    ]);
    assert_eq!((book.len(), book.is_empty(), book.entries().count()), (2, false, 2));
    let quote = book
        .entry(&"stock:AAPL".parse().unwrap())
        .unwrap()
        .quote
        .as_ref()
        .unwrap();
    assert_eq!(quote.price, price("2:USD"));
}

#[test]
fn rates_of_old_days() {
    let check = |lines: &[&str], from: &str, to: &str, expected: &str| {
        let day = "2024-05-04".parse().unwrap();
        let found = book(lines).reference_rate(from.parse().unwrap(), to.parse().unwrap(), day);
        let found = found.map_or_else(
            |error| error.kind().as_str().to_owned(),
            |rate| decimal::to_text(rate).into(),
        );
        assert_eq!(found, expected, "{from} to {to} by {lines:?}");
    };
    let (dollar, pound) = (
        "paid USD 2024-05-04 1.25 published=2024-05-03",
        "paid GBP 2024-05-04 0.5",
    );
    check(&[dollar], "EUR", "USD", "1.25");
    check(&[dollar], "USD", "EUR", "0.8");
    check(&[dollar, pound], "GBP", "USD", "2.5");
    check(&[dollar], "GBP", "USD", "missing_rate");
    check(&["paid USD 2024-05-03 1.25"], "EUR", "USD", "missing_rate");
    check(
        &["paid USD 2024-05-04 1.25 published=2024-05-06"],
        "EUR",
        "USD",
        "missing_rate",
    );
    check(&["paid USD 2024-05-04 0"], "EUR", "USD", "missing_rate");
    check(&["paid USD 2024-05-04 -1"], "EUR", "USD", "missing_rate");
}

#[test]
fn a_price_in_another_currency() {
    let rate = book(&["currency:EUR 1.25:USD"])
        .rate(Currency::EUR, Currency::USD)
        .unwrap();
    assert_eq!(convert(price("8:EUR"), &rate).unwrap(), price("10:USD"));
    let error = convert(price("1000000000000:EUR"), &rate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    // A price in a currency that the rate is not from would come out wrong and look right.
    assert_eq!(
        convert(price("8:GBP"), &rate).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}
