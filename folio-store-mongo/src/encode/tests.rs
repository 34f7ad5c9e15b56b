//! What is written reads back, and so does what older versions wrote.

use bson::raw::{RawDocument, RawDocumentBuf, cstr};
use bson::{Bson, DateTime, Decimal128, Document, doc};
use folio_core::money::Decimal;
use folio_core::store::NewSnapshot;
use folio_core::{
    Currency, ErrorKind, OwnerId, Policy, Portfolio, PriceBook, PriceState, Quote, Status, Trigger, value,
};
use proptest::prelude::*;

use super::decimal::{from_decimal128, to_decimal128};
use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

fn uuid(number: u128) -> Bson {
    Bson::Binary(binary(&Uuid::from_u128(number)))
}

fn number(text: &str) -> Bson {
    Bson::Decimal128(text.parse::<Decimal128>().unwrap())
}

fn day(text: &str) -> Bson {
    Bson::DateTime(DateTime::from_millis(millis(at(text))))
}

/// What a stored decimal, in the driver's own words, reads as; `None` is corrupt.
#[track_caller]
fn check(stored: &str, expected: Option<&str>) {
    let found = from_decimal128(stored.parse().unwrap());
    match (found, expected) {
        (Ok(found), Some(expected)) => {
            assert_eq!(
                folio_core::money::decimal::to_text(found).as_str(),
                expected,
                "{stored}"
            );
        }
        (Err(error), None) => assert_eq!(error.kind(), ErrorKind::CorruptData, "{stored}: {error}"),
        (found, expected) => panic!("{stored}: found {found:?}, wanted {expected:?}"),
    }
}

#[test]
fn stored_decimals_of_every_form() {
    check("0", Some("0"));
    check("-0", Some("0"));
    check("0E+6000", Some("0"));
    check("0E-6000", Some("0"));
    check("1", Some("1"));
    check("-1.50", Some("-1.5"));
    check("1E+3", Some("1000"));
    check("12.5E-3", Some("0.0125"));
    check("7E+27", Some("7000000000000000000000000000"));
    check("1E-28", Some("0.0000000000000000000000000001"));
    check("10E-29", Some("0.0000000000000000000000000001"));
    check("79228162514264337593543950335", Some("79228162514264337593543950335"));
    check(
        "792281625142643375935439503350E-1",
        Some("79228162514264337593543950335"),
    );
    check("79228162514264337593543950336", None);
    check("1E+29", None);
    check("1E-29", None);
    check("1E+6111", None);
    check("1E-6176", None);
    check("1234567890123456789012345678901234", None);
    check("0.12345678901234567890123456789", None);
    check("NaN", None);
    check("Infinity", None);
    check("-Infinity", None);
}

#[test]
fn a_coefficient_beyond_34_digits_is_corrupt() {
    let beyond = (6176_u128 << 113) | 10_u128.pow(34);
    let error = from_decimal128(Decimal128::from_bytes(beyond.to_le_bytes())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CorruptData);
    let two_ones = 0b011_u128 << 125;
    assert!(from_decimal128(Decimal128::from_bytes(two_ones.to_le_bytes())).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn a_decimal_reads_back_with_its_decimals(lo: u32, mid: u32, hi: u32, negative: bool, scale in 0_u32..=28) {
        let value = Decimal::from_parts(lo, mid, hi, negative, scale);
        let stored = to_decimal128(value);
        let found = from_decimal128(stored).unwrap();
        prop_assert_eq!(found, value);
        prop_assert_eq!(found.scale(), if value.is_zero() { 0 } else { scale });
        // The driver, whose reading of the same bytes is another's work, sees the same number.
        let text = stored.to_string();
        let read: Decimal = match text.contains('E') {
            true => Decimal::from_scientific(&text).unwrap(),
            false => text.parse().unwrap(),
        };
        prop_assert_eq!(read, value);
    }

    #[test]
    fn whatever_is_stored_is_read_or_refused(bits: u128) {
        if let Ok(found) = from_decimal128(Decimal128::from_bytes(bits.to_le_bytes())) {
            prop_assert_eq!(from_decimal128(to_decimal128(found)).unwrap(), found);
        }
    }
}

#[test]
fn amounts_are_decimals_wherever_they_are() {
    let start = at("2026-03-01T09:00:00Z");
    let price = folio_core::Price::parse("0.10", Currency::EUR).unwrap();
    let asset: folio_core::AssetId = "crypto:bitcoin".parse().unwrap();
    let book = PriceBook::new().with(Quote::manual(asset.clone(), price, start));
    let lot = folio_core::HoldingId::new(start);
    let holding = folio_core::Holding::new(lot, asset, "2.50".parse().unwrap()).unwrap();
    let portfolio = Portfolio::new("Core", Currency::EUR, start).with(holding);
    let snapshot = NewSnapshot {
        valuation: value(&portfolio, &book, Policy::default(), start),
        expire_at: None,
    };
    let document = Document::try_from(&write_snapshot(&snapshot).unwrap()).unwrap();
    let row = document.get_array("holdings").unwrap()[0].as_document().unwrap();
    for (holder, name) in [
        (&document, "total_value"),
        (&document, "excluded_cost"),
        (row, "quantity"),
        (row, "price"),
        (row, "value"),
    ] {
        assert!(
            matches!(holder.get(name), Some(Bson::Decimal128(_))),
            "{name}: {holder}"
        );
    }
    assert!(matches!(document.get("as_of"), Some(Bson::DateTime(_))), "{document}");
    assert!(
        !document.contains_key("gain"),
        "what is not known is left out: {document}"
    );
    assert_eq!(
        read_snapshot(&write_snapshot(&snapshot).unwrap()).unwrap(),
        snapshot.valuation
    );
}

/// The least that any version has written of a portfolio, and fields of a version to come.
fn old_portfolio() -> Document {
    doc! {
        "_id": uuid(1), "owner": "ann", "name": "Old", "base_currency": "EUR", "version": 3,
        "created_at": day("2024-01-01T00:00:00Z"), "to_come": { "a": [1, 2.5] },
        "holdings": [
            { "id": uuid(2), "asset": "crypto:bitcoin", "quantity": number("15E-1"), "to_come": true },
            { "id": uuid(3), "asset": "stock:AAPL", "quantity": number("1E+2"), "unit_cost": number("1E+1"),
              "note": Bson::Null },
        ],
    }
}

#[test]
fn an_older_portfolio() {
    let portfolio = read_portfolio(&raw(&old_portfolio())).unwrap();
    assert_eq!(portfolio.owner, OwnerId::new("ann"));
    assert_eq!((portfolio.version, portfolio.archived), (3, false));
    assert_eq!(
        (portfolio.time_zone.as_str(), portfolio.policy),
        ("UTC", Policy::default())
    );
    assert_eq!(portfolio.updated_at, portfolio.created_at);
    assert_eq!((portfolio.tags.len(), portfolio.note), (0, None));
    let [coin, share] = portfolio.holdings.as_slice() else {
        panic!("{:?}", portfolio.holdings)
    };
    assert_eq!(coin.quantity.to_string(), "1.5");
    assert_eq!((coin.cost, coin.acquired_on), (None, None));
    assert_eq!(share.quantity.to_string(), "100");
    let cost = share.cost.unwrap();
    assert_eq!(cost.currency(), Currency::EUR, "the portfolio's, where none is named");
    assert_eq!(cost.unit(share.quantity).unwrap().amount(), Decimal::from(10));
}

#[test]
fn an_older_snapshot() {
    let document = doc! {
        "_id": uuid(9), "portfolio_id": uuid(1), "as_of": day("2024-01-01T00:00:00Z"), "trigger": "hourly",
        "base_currency": "EUR", "status": "complete", "total_value": number("1.2E+3"), "to_come": "x",
        "holdings": [{
            "holding_id": uuid(2), "asset": "crypto:bitcoin", "quantity": number("2"), "price": number("6E+2"),
            "fx": { "from": "USD", "to": "EUR", "rate": number("0.9"), "source": "ecb",
                    "as_of": day("2023-12-29T00:00:00Z") },
            "pricing": { "state": "priced" },
        }],
    };
    let valuation = read_snapshot(&raw(&document)).unwrap();
    assert_eq!(
        (valuation.status, valuation.trigger),
        (Status::Complete, Trigger::Hourly)
    );
    assert_eq!(valuation.total_value.unwrap().to_string(), "1200 EUR");
    assert_eq!(valuation.created_at, valuation.as_of);
    assert_eq!(
        (valuation.gain, valuation.coverage),
        (None, folio_core::Coverage::default())
    );
    let row = &valuation.holdings[0];
    assert_eq!(row.price.unwrap().currency(), Currency::EUR);
    let fx = row.fx.as_ref().unwrap();
    assert_eq!(fx.fetched_at, fx.as_of);
    assert_eq!((row.pricing.state, row.pricing.reason), (PriceState::Priced, None));
}

/// What becomes of an older portfolio with one field changed.
#[track_caller]
fn refuses(field: &str, stored: impl Into<Bson>, named: &str) {
    let mut document = old_portfolio();
    document.insert(field, stored.into());
    let error = read_portfolio(&raw(&document)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CorruptData, "{field}: {error}");
    assert!(error.to_string().contains(named), "{named:?} is not in: {error}");
}

#[test]
fn what_makes_no_sense_is_corrupt() {
    refuses("name", Bson::Null, "name");
    refuses("name", 5, "name");
    refuses("version", 1.0, "version");
    refuses("base_currency", "euro", "base_currency");
    refuses("created_at", "2024-01-01", "created_at");
    refuses("policy", "guess", "policy");
    refuses("holdings", doc! {}, "holdings");
    refuses("holdings", vec![Bson::Int32(1)], "holdings");
    let lot = |quantity: Bson| vec![doc! { "id": uuid(2), "asset": "crypto:bitcoin", "quantity": quantity }];
    refuses("holdings", lot(Bson::Double(1.5)), "quantity");
    refuses("holdings", lot(Bson::String("1.5".to_owned())), "quantity");
    refuses("holdings", lot(number("NaN")), "quantity");
    refuses("holdings", lot(number("1E+40")), "quantity");
    let mut long = RawDocumentBuf::new();
    long.append(cstr!("_id"), "not an id");
    assert!(read_portfolio(&long).is_err());
    assert!(read_portfolio(RawDocument::from_bytes(b"\x05\0\0\0\0").unwrap()).is_err());
}
