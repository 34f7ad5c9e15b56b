//! How a portfolio moved between two valuations, deposits and withdrawals left aside.

use std::collections::BTreeMap;

use folio_core::money::decimal;
use folio_core::{CHANGE_SPANS, Holding, Portfolio, Valuation, change, value};

use crate::scene::{book, holding, now, portfolio, span};

/// `then` and `now` are lists of `lot name: holding`, valued with their books; the same name is the same
/// holding. The change is `amount percent`, or `null`.
#[track_caller]
fn check(header: &str, then: (&[&str], &[&str]), now: (&[&str], &[&str]), expected: &str) {
    let (before, after) = valuations(header, then, now);
    let found = change(&before, &after, &BTreeMap::new()).map_or("null".to_owned(), |change| {
        assert_eq!(change.from, before.as_of);
        let percent = change.percent.map_or("null".to_owned(), |percent| percent.to_string());
        format!("{} {percent}", decimal::to_text(change.amount.amount()))
    });
    assert_eq!(found, expected, "{then:?} to {now:?}");
}

fn valuations(header: &str, then: (&[&str], &[&str]), now_: (&[&str], &[&str])) -> (Valuation, Valuation) {
    let mut portfolio = portfolio(header, &[]);
    let mut known: Vec<(String, Holding)> = Vec::new();
    let mut lots = |lines: &[&str]| -> Vec<Holding> {
        let lot = |line: &&str| {
            let (name, line) = line.split_once(": ").unwrap();
            let mut lot = holding(line);
            match known.iter().find(|(other, _)| other == name) {
                Some((_, earlier)) => lot.id = earlier.id,
                None => known.push((name.to_owned(), lot.clone())),
            }
            lot
        };
        lines.iter().map(lot).collect()
    };
    portfolio.holdings = lots(then.0);
    let at = |portfolio: &Portfolio, lines, at| {
        let mut valuation = value(portfolio, &book(lines), portfolio.policy, now());
        valuation.as_of = at;
        valuation
    };
    let before = at(&portfolio, then.1, now() - span("+1d"));
    portfolio.holdings = lots(now_.0);
    (before, at(&portfolio, now_.1, now()))
}

const OLD: &str = "stock:AAPL 100:USD";
const NEW: &str = "stock:AAPL 110:USD";

#[test]
fn only_what_was_held_at_both_ends_counts_at_the_smaller_quantity() {
    check(
        "USD",
        (&["a: stock:AAPL 2"], &[OLD]),
        (&["a: stock:AAPL 2"], &[NEW]),
        "20 10",
    );
    check(
        "USD",
        (&["a: stock:AAPL 2"], &[OLD]),
        (&["a: stock:AAPL 5"], &[NEW]),
        "20 10",
    );
    check(
        "USD",
        (&["a: stock:AAPL 5"], &[OLD]),
        (&["a: stock:AAPL 2"], &[NEW]),
        "20 10",
    );
    check(
        "USD",
        (&["a: stock:AAPL 2"], &[OLD]),
        (&["a: stock:AAPL 2", "b: stock:AAPL 9"], &[NEW]),
        "20 10",
    );
    check(
        "USD",
        (&["a: stock:AAPL 2", "b: stock:AAPL 9"], &[OLD]),
        (&["a: stock:AAPL 2"], &[NEW]),
        "20 10",
    );
    check(
        "USD",
        (&["a: stock:AAPL 2", "b: currency:USD 50"], &[OLD]),
        (&["a: stock:AAPL 2", "b: currency:USD 5000"], &[NEW]),
        "20 8",
    );
}

#[test]
fn a_rate_moves_a_value_too() {
    check(
        "EUR",
        (&["a: currency:USD 100"], &["currency:EUR 1.25:USD"]),
        (&["a: currency:USD 200"], &["currency:EUR 1:USD"]),
        "20 25",
    );
    check(
        "EUR",
        (&["a: stock:AAPL 1"], &[OLD, "currency:EUR 1.25:USD"]),
        (&["a: stock:AAPL 1"], &[NEW, "currency:EUR 1:USD"]),
        "30 37.5",
    );
}

#[test]
fn a_debt_that_grows_dearer_is_a_loss() {
    check(
        "USD",
        (&["a: currency:EUR -100"], &["currency:EUR 1:USD"]),
        (&["a: currency:EUR -150"], &["currency:EUR 1.25:USD"]),
        "-25 -25",
    );
    // A debt that became a credit was held by neither sign at both ends.
    check(
        "USD",
        (&["a: currency:EUR -100"], &["currency:EUR 1:USD"]),
        (&["a: currency:EUR 100"], &["currency:EUR 1.25:USD"]),
        "0 null",
    );
}

#[test]
fn what_is_not_known_at_both_ends_gives_no_change() {
    let (a, b) = ("a: stock:AAPL 2", "b: stock:B 1");
    let carried = "stock:AAPL 110:USD carried timeout";
    check("USD", (&[a], &[OLD]), (&[a], &[]), "null");
    check("USD", (&[a], &[]), (&[a], &[NEW]), "null");
    check("USD", (&[a, b], &[OLD]), (&[a, b], &[NEW, "stock:B 1:USD"]), "null");
    check("USD", (&[a, b], &[OLD]), (&[a], &[NEW]), "20 10");
    check("USD", (&[a], &[OLD]), (&[a, b], &[NEW]), "20 10");
    check("USD", (&[a], &[OLD]), (&[a], &[carried]), "20 10");
    check("USD exclude", (&[a], &[OLD]), (&[a], &[carried]), "null");
    check("USD strict", (&[a], &[OLD]), (&[a, b], &[NEW]), "null");
    check("USD", (&[a], &[OLD]), (&["c: stock:AAPL 2"], &[NEW]), "null");
    check("USD", (&[a], &[OLD]), (&["a: stock:B 2"], &["stock:B 7:USD"]), "null");
    check("USD", (&[a], &["stock:AAPL 0:USD"]), (&[a], &[NEW]), "220 null");
    check("USD", (&[], &[]), (&[], &[]), "0 null");
    check("USD", (&[], &[]), (&[a], &[NEW]), "null");
}

#[test]
fn valuations_that_do_not_compare_give_no_change() {
    let whole = (&["a: stock:AAPL 2"][..], &[OLD][..]);
    let (then, now) = valuations("USD", whole, whole);
    let none = BTreeMap::new();
    assert!(change(&then, &now, &none).is_some());
    let listed = |of: &Valuation| Valuation {
        holdings: Vec::new(),
        ..of.clone()
    };
    assert_eq!(change(&listed(&then), &now, &none), None);
    assert_eq!(change(&listed(&then), &listed(&now), &none), None);
    let (other, _) = valuations("USD", whole, whole);
    assert_eq!(change(&other, &now, &none), None);
    let euros = Valuation {
        base_currency: folio_core::Currency::EUR,
        ..then
    };
    assert_eq!(change(&euros, &now, &none), None);
}

#[test]
fn a_snapshot_serves_if_it_is_at_most_a_tenth_of_the_span_older() {
    let windows = [
        ("24h", "-95040s", "-24h"),
        ("7d", "-665280s", "-7d"),
        ("30d", "-33d", "-30d"),
        ("1y", "-34689600s", "-365d"),
    ];
    for (change, (name, earliest, latest)) in std::iter::zip(CHANGE_SPANS, windows) {
        assert_eq!(change.name, name);
        assert_eq!(
            change.window(now()),
            (now() + span(earliest), now() + span(latest)),
            "{name}"
        );
    }
    assert_eq!(CHANGE_SPANS[0].window(jiff::Timestamp::MIN).0, jiff::Timestamp::MIN);
}
