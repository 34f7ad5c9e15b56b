//! Rules on prices and on changes: in which currency, of which ends, and what they rely on.

use std::collections::BTreeMap;

use folio_core::{AlertState, AssetId, Evidence, Inactive, Portfolio, Split};

use crate::scene::alerts::{at, mark, rule, starts, valued};
use crate::scene::portfolio;

/// A rule over valuations of one portfolio, so many hours apart: of each the prices and what is expected of it,
/// see [`mark`].
#[track_caller]
fn check(line: &str, portfolio: &Portfolio, hours: i64, splits: &[(&str, &str)], story: &[(&str, &str)]) {
    let rule = rule(line);
    let mut known: BTreeMap<AssetId, Vec<Split>> = BTreeMap::new();
    for (asset, split) in splits {
        known.entry(asset.parse().unwrap()).or_default().push(parse(split));
    }
    let (mut state, mut earlier) = (AlertState::default(), Vec::new());
    for (index, (prices, expected)) in story.iter().enumerate() {
        let valuation = valued(portfolio, index as i64 * hours, prices);
        let evidence = Evidence {
            valuation: &valuation,
            starts: &starts(&earlier, valuation.as_of),
            splits: &known,
        };
        let (next, crossing) = rule.evaluate(&state, evidence);
        assert_eq!(
            mark(&state, &next, crossing.is_some()),
            *expected,
            "{line} at {index} of {story:?}"
        );
        state = next;
        earlier.push(valuation);
    }
}

/// `2026-03-01 3:2`
fn parse(split: &str) -> Split {
    let (on, ratio) = split.split_once(' ').unwrap();
    let (numerator, denominator) = ratio.split_once(':').unwrap();
    Split {
        on: on.parse().unwrap(),
        numerator: numerator.parse().unwrap(),
        denominator: denominator.parse().unwrap(),
    }
}

#[track_caller]
fn prices(line: &str, header: &str, holdings: &[&str], story: &[(&str, &str)]) {
    check(line, &portfolio(header, holdings), 1, &[], story);
}

/// Every twelve hours, so that each window has a start.
#[track_caller]
fn changes(line: &str, header: &str, holdings: &[&str], story: &[(&str, &str)]) {
    check(line, &portfolio(header, holdings), 12, &[], story);
}

const ONE: &[&str] = &["stock:AAPL 1"];

#[test]
fn a_price_fires_at_its_threshold_and_re_arms_past_a_band_of_itself() {
    prices(
        "price_above stock:AAPL 200:USD band=2",
        "USD",
        ONE,
        &[
            ("stock:AAPL 199.99:USD", "."),
            ("stock:AAPL 200:USD", "!"),
            ("stock:AAPL 260:USD", "."),
            // Two percent of the price and not two dollars.
            ("stock:AAPL 196:USD", "."),
            ("stock:AAPL 201:USD", "."),
            ("stock:AAPL 195.99:USD", "~"),
            ("stock:AAPL 200:USD", "(!)"),
        ],
    );
    prices(
        "price_below stock:AAPL 200:USD band=2 cooldown=0",
        "USD",
        ONE,
        &[
            ("stock:AAPL 200.01:USD", "."),
            ("stock:AAPL 200:USD", "!"),
            ("stock:AAPL 204:USD", "."),
            ("stock:AAPL 204.01:USD", "~"),
            ("stock:AAPL 0.01:USD", "!"),
        ],
    );
    prices(
        "price_above stock:AAPL 200:USD band=0 cooldown=0",
        "USD",
        ONE,
        &[
            ("stock:AAPL 200:USD", "!"),
            ("stock:AAPL 199.99:USD", "~"),
            ("stock:AAPL 200:USD", "!"),
        ],
    );
}

#[test]
fn the_largest_price_has_a_band_too() {
    prices(
        "price_above stock:AAPL 1000000000000:USD band=99.9999 cooldown=0",
        "USD",
        ONE,
        &[
            ("stock:AAPL 1000000000000:USD", "!"),
            ("stock:AAPL 1000000:USD", "."),
            ("stock:AAPL 999999.9999:USD", "~"),
        ],
    );
    prices(
        "price_below stock:AAPL 1000000000000:USD band=1000000",
        "USD",
        ONE,
        &[("stock:AAPL 1:USD", "!"), ("stock:AAPL 1000000000000:USD", ".")],
    );
}

#[test]
fn a_price_is_watched_in_the_currency_of_the_quote_or_of_the_portfolio() {
    let usd = "price_above stock:AAPL 100:USD band=0 cooldown=0";
    let eur = "price_above stock:AAPL 80:EUR band=0 cooldown=0";
    let story = |in_usd, in_eur| {
        [
            ("stock:AAPL 99:USD; currency:EUR 1.25:USD", [".", "."]),
            ("stock:AAPL 100:USD; currency:EUR 1.25:USD", in_usd),
            ("stock:AAPL 100:USD; currency:EUR 1.3:USD", in_eur),
        ]
    };
    let of = |index: usize, steps: [(&'static str, [&'static str; 2]); 3]| {
        steps.map(|(prices, marks)| (prices, marks[index]))
    };
    let steps = story(["!", "!"], [".", "~"]);
    prices(usd, "EUR", ONE, &of(0, steps));
    prices(eur, "EUR", ONE, &of(1, steps));
    // A coin is quoted in dollars, whatever the portfolio's currency.
    prices(
        "price_below crypto:bitcoin 50000:USD",
        "EUR",
        &["crypto:bitcoin 2"],
        &[("crypto:bitcoin 50000:USD; currency:EUR 1.25:USD", "!")],
    );
    // A currency is worth its rate.
    prices(
        "price_above currency:EUR 1.2:USD band=0",
        "USD",
        &["currency:EUR 100"],
        &[
            ("currency:EUR 1.1999:USD", "."),
            ("currency:EUR 1.2:USD", "!"),
            ("currency:EUR 1.1999:USD", "~"),
        ],
    );
}

#[test]
fn a_price_in_a_third_currency_or_of_what_is_not_held_says_nothing_and_why() {
    let inactive = |line: &str, header: &str, prices: &str| {
        let valuation = valued(&portfolio(header, ONE), 0, prices);
        let rule = rule(line);
        assert_eq!(
            rule.evaluate(&AlertState::default(), &valuation),
            (AlertState::default(), None)
        );
        rule.inactive(&valuation)
    };
    let (apple, euro) = ("stock:AAPL 500:USD", "stock:AAPL 500:USD; currency:EUR 1.25:USD");
    let pounds = "price_above stock:AAPL 1:GBP";
    assert_eq!(inactive(pounds, "USD", apple), Some(Inactive::OtherCurrency));
    assert_eq!(inactive(pounds, "EUR", euro), Some(Inactive::OtherCurrency));
    for line in [
        "price_above stock:B 1:USD",
        "price_below stock:B 1:USD",
        "change 1 24 stock:B",
    ] {
        assert_eq!(inactive(line, "USD", apple), Some(Inactive::NotHeld), "{line}");
    }
    // What is missing now comes again, so there is nothing to explain.
    assert_eq!(inactive("price_above stock:AAPL 1:EUR", "EUR", apple), None, "no rate");
    assert_eq!(inactive(pounds, "USD", ""), None, "no price");
    assert_eq!(inactive("change 1 24", "USD", apple), None);
    assert_eq!(inactive("change 1 24 stock:AAPL", "USD", apple), None);
}

#[test]
fn a_price_counts_if_it_is_priced_or_carried_and_not_held_back() {
    let line = "price_above stock:AAPL 100:USD";
    let check = |header, word: &str, expected| {
        let price = format!("stock:AAPL 500:USD {word}");
        prices(line, header, ONE, &[("stock:AAPL 1:USD", "."), (&price, expected)]);
    };
    check("USD", "", "!");
    check("USD", "carried timeout", "!");
    check("USD", "carried quarantined", ".");
    check("USD strict", "carried timeout", ".");
    check("USD exclude", "carried unavailable", ".");
    check("USD", "as_of=-16d", ".");
    check("USD", "carried timeout fetched=-97h", ".");
    check("EUR", "", ".");
    // Whether the rest of the portfolio is known does not matter.
    let two: &[&str] = &["stock:B 1", "stock:AAPL 1"];
    prices(
        line,
        "USD",
        two,
        &[("stock:AAPL 500:USD; stock:B unpriced not_found", "!")],
    );
    prices(line, "USD strict", two, &[("stock:AAPL 500:USD", "!")]);
    // Of several lots the one that is known; the value of the other is too large.
    let lots: &[&str] = &["stock:AAPL 1000000000000000", "stock:AAPL 1"];
    prices(
        "price_above stock:AAPL 900000000000:USD",
        "EUR",
        lots,
        &[("stock:AAPL 1000000000000:USD; currency:EUR 0.0000001:USD", "!")],
    );
}

#[test]
fn a_change_of_the_portfolio_is_from_the_start_of_its_window_up_or_down() {
    let of = |prices: &[(&'static str, &'static str)]| changes("change 5 24 cooldown=0", "USD", ONE, prices);
    of(&[
        ("stock:AAPL 100:USD", "."),
        ("stock:AAPL 200:USD", "."),
        ("stock:AAPL 104.99:USD", "."),
        ("stock:AAPL 210:USD", "!"),
        ("stock:AAPL 104.99:USD", "~"),
        ("stock:AAPL 199.5:USD", "!"),
    ]);
    of(&[
        ("stock:AAPL 100:USD", "."),
        ("stock:AAPL 100:USD", "."),
        ("stock:AAPL 95:USD", "!"),
        // Four points, which is the band's end.
        ("stock:AAPL 104:USD", "."),
        ("stock:AAPL 91.2001:USD", "~"),
    ]);
    changes(
        "change 50 168",
        "USD",
        ONE,
        &[&[("stock:AAPL 100:USD", "."); 14][..], &[("stock:AAPL 150:USD", "!")]].concat(),
    );
}

#[test]
fn a_window_begins_at_most_a_tenth_of_itself_too_early() {
    let of = |hours, expected| {
        let story = [("stock:AAPL 100:USD", "."), ("stock:AAPL 200:USD", expected)];
        check("change 5 24", &portfolio("USD", ONE), hours, &[], &story);
    };
    of(23, ".");
    of(24, "!");
    of(26, "!");
    of(27, ".");
}

#[test]
fn a_change_of_an_asset_is_one_of_its_price_in_its_own_currency() {
    let two: &[&str] = &["stock:AAPL 1", "stock:B 1"];
    changes(
        "change 10 24 stock:AAPL",
        "EUR",
        two,
        &[
            ("stock:AAPL 100:USD; stock:B 1:USD; currency:EUR 1:USD", "."),
            ("stock:AAPL 100:USD; stock:B 1:USD; currency:EUR 1:USD", "."),
            // The rate moved, and the other one.
            ("stock:AAPL 100:USD; stock:B 9:USD; currency:EUR 2:USD", "."),
            ("stock:AAPL 109.99:USD; stock:B 9:USD; currency:EUR 2:USD", "."),
            ("stock:AAPL 110:USD; stock:B unpriced timeout; currency:EUR 2:USD", "!"),
            ("stock:AAPL 100:USD; stock:B 9:USD; currency:EUR 2:USD", "."),
            ("stock:AAPL 100.1:USD; stock:B 9:USD; currency:EUR 2:USD", "."),
        ],
    );
    // What is quoted in another currency now is no change.
    changes(
        "change 10 24 stock:AAPL",
        "USD",
        ONE,
        &[
            ("stock:AAPL 100:USD", "."),
            ("stock:AAPL 100:USD", "."),
            ("stock:AAPL 200:EUR; currency:EUR 1:USD", "."),
        ],
    );
    // A currency is worth its rate, not 1.
    changes(
        "change 10 24 currency:EUR",
        "USD",
        &["currency:EUR 5"],
        &[
            ("currency:EUR 1:USD", "."),
            ("currency:EUR 1.05:USD", "."),
            ("currency:EUR 1.09:USD", "."),
            ("currency:EUR 1.155:USD", "!"),
        ],
    );
}

#[test]
fn a_split_is_no_change() {
    let two_for_one = &[("stock:AAPL", "2026-03-02 2:1")][..];
    let story = |price, expected| {
        [
            ("stock:AAPL 100:USD as_of=-1d", "."),
            ("stock:AAPL 100:USD as_of=-1d", "."),
            (price, expected),
        ]
    };
    for line in ["change 20 24 stock:AAPL", "change 20 24"] {
        let portfolio = portfolio("USD", ONE);
        check(line, &portfolio, 12, two_for_one, &story("stock:AAPL 50:USD", "."));
        check(line, &portfolio, 12, two_for_one, &story("stock:AAPL 59.99:USD", "."));
        check(line, &portfolio, 12, &[], &story("stock:AAPL 50:USD", "!"));
    }
    let asset = "change 20 24 stock:AAPL";
    check(
        asset,
        &portfolio("USD", ONE),
        12,
        two_for_one,
        &story("stock:AAPL 60:USD", "!"),
    );
    check(
        asset,
        &portfolio("USD", ONE),
        12,
        two_for_one,
        &story("stock:AAPL 40:USD", "!"),
    );
}

#[test]
fn a_change_relies_on_both_of_its_ends() {
    let change = |line: &str, start: &str, end: &str, expected| {
        let story = [(start, "."), ("", "."), (end, expected)];
        changes(line, "USD", &["stock:AAPL 1", "stock:B 1"], &story);
    };
    let (sound, moved) = (
        "stock:AAPL 100:USD; stock:B 100:USD",
        "stock:AAPL 900:USD; stock:B 100:USD",
    );
    for line in ["change 5 24", "change 5 24 stock:AAPL"] {
        change(line, sound, moved, "!");
        for wanting in [
            "carried quarantined",
            "unpriced timeout",
            "as_of=-16d",
            "carried timeout fetched=-97h",
        ] {
            let end = format!("stock:AAPL 900:USD {wanting}; stock:B 100:USD");
            let start = format!("stock:AAPL 100:USD {wanting}; stock:B 100:USD");
            change(line, sound, &end, ".");
            change(line, &start, moved, ".");
        }
        change(line, sound, "stock:AAPL 900:USD carried timeout; stock:B 100:USD", "!");
    }
    change("change 5 24", sound, "stock:AAPL 900:USD", ".");
    change("change 5 24 stock:AAPL", sound, "stock:AAPL 900:USD", "!");
    change("change 5 24", "", moved, ".");
}

#[test]
fn a_deposit_is_no_change() {
    let mut held = portfolio("USD", ONE);
    let before = valued(&held, 0, "stock:AAPL 100:USD");
    held.holdings.extend(portfolio("USD", &["currency:USD 1000"]).holdings);
    let after = valued(&held, 24, "stock:AAPL 104:USD");
    let evidence = Evidence {
        valuation: &after,
        starts: &starts(std::slice::from_ref(&before), at(24)),
        splits: &BTreeMap::new(),
    };
    let told = |line| rule(line).evaluate(&AlertState::default(), evidence).1.is_some();
    assert!(!told("change 5 24"));
    assert!(told("change 4 24"));
}
