//! Splits: a split alone is no change, whatever the owner has done about it, and the past is in today's shares.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use folio_core::memory::{MemorySource, MemoryStore};
use folio_core::money::decimal;
use folio_core::pricing::Caller;
use folio_core::{
    AssetId, Currency, Holding, HoldingId, ManualClock, OwnerId, Portfolio, Price, Quote, QuoteKind, Split, Tracker,
    Trigger, Valuation, change, value,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::scene::{book, holding, now, portfolio, span};

fn split(on: &str, ratio: &str) -> Split {
    let (numerator, denominator) = ratio.split_once(':').unwrap();
    Split {
        on: on.parse().unwrap(),
        numerator: NonZeroU32::new(numerator.parse().unwrap()).unwrap(),
        denominator: NonZeroU32::new(denominator.parse().unwrap()).unwrap(),
    }
}

fn apple() -> AssetId {
    "stock:AAPL".parse().unwrap()
}

/// The same lot seven days ago and now, 2026-03-02: `quantity price`.
fn ends(then: &str, then_as_of: &str, now_: &str, now_as_of: &str) -> (Valuation, Valuation) {
    let mut portfolio = portfolio("USD", &[]);
    let lot = holding("stock:AAPL 1");
    let mut at = |line: &str, as_of: &str, instant| {
        let (quantity, price) = line.split_once(' ').unwrap();
        let mut lot = lot.clone();
        lot.quantity = quantity.parse().unwrap();
        portfolio.holdings = vec![lot];
        let prices = book(&[&format!("stock:AAPL {price}:USD as_of={as_of}")]);
        let mut valuation = value(&portfolio, &prices, portfolio.policy, now());
        valuation.as_of = instant;
        valuation
    };
    let before = at(then, then_as_of, now() - span("+7d"));
    (before, at(now_, now_as_of, now()))
}

/// Of the lot seven days ago and now, with splits like `2026-02-27 2:1`: the change as `amount percent`.
#[track_caller]
fn check(then: &str, now_: &str, splits: &[&str], expected: &str) {
    check_at((then, "-7d"), (now_, "-1h"), splits, expected);
}

#[track_caller]
fn check_at(then: (&str, &str), now_: (&str, &str), splits: &[&str], expected: &str) {
    let (before, after) = ends(then.0, then.1, now_.0, now_.1);
    let known = splits.iter().map(|line| {
        let (on, ratio) = line.split_once(' ').unwrap();
        split(on, ratio)
    });
    let splits = BTreeMap::from([(apple(), known.collect::<Vec<_>>())]);
    let found = change(&before, &after, &splits).map_or("null".to_owned(), |change| {
        let percent = change.percent.map_or("null".to_owned(), |percent| percent.to_string());
        format!("{} {percent}", decimal::to_text(change.amount.amount()))
    });
    assert_eq!(found, expected, "{then:?} to {now_:?} over {splits:?}");
}

const TWO: &[&str] = &["2026-02-27 2:1"];

#[test]
fn a_split_alone_is_no_change() {
    // The owner has doubled the quantity.
    check("10 100", "20 50", TWO, "0 0");
    // The owner has not yet: the value of now is half, and that is not told as a change.
    check("10 100", "10 50", TWO, "0 0");
    // What is not known of a split looks like a loss, or like a deposit.
    check("10 100", "10 50", &[], "-500 -50");
    check("10 100", "20 50", &[], "-500 -50");
}

#[test]
fn what_the_market_did_beside_the_split_is_told() {
    check("10 100", "20 55", TWO, "100 10");
    check("10 100", "10 55", TWO, "50 10");
    // A deposit and a withdrawal beside it are neither.
    check("10 100", "30 55", TWO, "100 10");
    check("10 100", "6 55", TWO, "30 10");
}

#[test]
fn ratios_of_every_kind() {
    let cases: [(&str, &str, &[&str], &str); 8] = [
        // A reverse split of 1 for 10, done by the owner and not.
        ("100 1", "10 11", &["2026-02-27 1:10"], "10 10"),
        ("100 1", "100 11", &["2026-02-27 1:10"], "10 10"),
        // 3 for 2.
        ("10 90", "15 66", &["2026-02-27 3:2"], "90 10"),
        ("10 90", "10 66", &["2026-02-27 3:2"], "60 10"),
        // Two splits within the span.
        ("10 120", "60 22", &["2026-02-25 2:1", "2026-02-27 3:1"], "120 10"),
        // Those before and after the span have nothing to do with it.
        ("10 100", "10 110", &["2026-02-20 2:1", "2026-03-05 2:1"], "100 10"),
        // A fraction of a share is settled in cash: 10 old ones are 3 and a third.
        ("10 30", "3 90", &["2026-02-27 1:3"], "0 0"),
        ("7 30", "7 30", &["2026-02-27 1:1"], "0 0"),
    ];
    for (then, now, splits, expected) in cases {
        check(then, now, splits, expected);
    }
}

#[test]
fn the_days_of_the_two_prices_decide() {
    // On the split's day before the market opens, the price is still the old shares'.
    let monday = &["2026-03-02 2:1"];
    check_at(("10 100", "-7d"), ("10 110", "-60h"), monday, "100 10");
    check_at(("10 100", "-7d"), ("10 55", "-1h"), monday, "50 10");
    // A snapshot that was made with a price of the split's day is in new shares already.
    check_at(("20 50", "-7d"), ("20 55", "-1h"), &["2026-02-23 2:1"], "100 10");
}

proptest! {
    /// Whatever the ratio and whatever the owner did, a change in percent is the market's alone.
    #[test]
    fn the_percentage_is_that_of_the_market(
        numerator in 1_u32..50, denominator in 1_u32..50, quantity in 1_u32..10_000,
        price in 1_u32..10_000, updated: bool, moved in prop::sample::select(vec![-50_i64, 0, 10, 100]),
    ) {
        // Prices and quantities that both ratios divide without a rest.
        let old_price = price * numerator;
        let new_price = i64::from(price * denominator) * (100 + moved);
        let old_quantity = quantity * denominator;
        let new_quantity = if updated { quantity * numerator } else { old_quantity };
        let (before, after) = ends(
            &format!("{old_quantity} {old_price}"), "-7d",
            &format!("{new_quantity} {}", decimal::parse(&format!("{new_price}e-2")).unwrap()), "-1h",
        );
        let splits = BTreeMap::from([(apple(), vec![split("2026-02-27", &format!("{numerator}:{denominator}"))])]);
        let change = change(&before, &after, &splits).unwrap();
        prop_assert_eq!(change.percent.unwrap().to_string(), moved.to_string());
    }
}

#[tokio::test]
async fn a_split_that_a_quote_mentions_makes_no_loss() {
    let clock = Arc::new(ManualClock::new("2026-03-02T15:00:00Z".parse().unwrap()));
    let source = Arc::new(
        MemorySource::new(Arc::clone(&clock) as _)
            .with_price("stock:AAPL", "100 USD")
            .unwrap(),
    );
    let store = Arc::new(MemoryStore::new());
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .store(Arc::clone(&store) as _)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    let owner = OwnerId::default();
    let now = tracker.clock().now();
    let lot = Holding::new(HoldingId::new(now), apple(), "10".parse().unwrap()).unwrap();
    let portfolio = Portfolio::new("Core", Currency::USD, now).with(lot);
    let portfolio = tracker.create_portfolio(portfolio).await.unwrap();
    let snapshot = tracker.snapshot(portfolio.id, &owner, now, Trigger::Daily, Caller::live());
    let kept = snapshot.await.unwrap();

    clock.advance(SignedDuration::from_hours(24));
    let now = tracker.clock().now();
    source.set_quote(Quote {
        split: Some(split("2026-03-03", "2:1")),
        kind: QuoteKind::Realtime,
        ..Quote::manual(apple(), Price::parse("50", Currency::USD).unwrap(), now)
    });
    let valuation = tracker.value(&owner, portfolio.id, None).await.unwrap();
    assert_eq!(
        valuation.total_value.unwrap().to_string(),
        "500 USD",
        "until the owner doubles the quantity"
    );
    let [(_, Some(day)), ..] = tracker.changes(&valuation).await.unwrap() else {
        unreachable!("there is a snapshot of a day before")
    };
    assert_eq!(day.amount.amount(), decimal::parse("0").unwrap());
    assert_eq!(
        tracker.valuation(&owner, portfolio.id, kept.id).await.unwrap(),
        kept,
        "a snapshot never changes"
    );

    // Learning is for ever, once, and in the order of days.
    let splits = tracker.splits();
    splits
        .learn(&apple(), &[split("2020-08-31", "4:1"), split("2026-03-03", "2:1")])
        .await
        .unwrap();
    splits.learn(&apple(), &[split("2026-03-03", "3:1")]).await.unwrap();
    let known = splits.of([&apple(), &"stock:OTHER".parse().unwrap()]).await.unwrap();
    assert_eq!(
        known,
        BTreeMap::from([(apple(), vec![split("2020-08-31", "4:1"), split("2026-03-03", "2:1")])])
    );
}
