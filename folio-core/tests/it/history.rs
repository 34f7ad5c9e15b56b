//! The past of a portfolio: what is held on a day, at which close and rate, and what becomes of gaps.

use std::sync::Arc;

use folio_core::memory::{MemorySource, MemoryStore};
use folio_core::money::{Decimal, decimal};
use folio_core::store::NewSnapshot;
use folio_core::{
    AssetId, Clock, Currency, ErrorKind, HistoryPoint, Holding, HoldingId, ManualClock, ManualPoint, ManualPrice,
    Money, Origin, OwnerId, PastPrices, Portfolio, PriceBook, PriceHistory, PricePoint, Reason, Resolution, SourceId,
    Status, Tracker, Trigger, ValuationId, ValuationStore, down_sample, end_of_day, first_day, reconstruct, value,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::scene::{book, portfolio, price};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// `2026-02-02 100` and so on, each a close of its day.
fn closes(asset: &str, currency: Currency, points: &[&str]) -> Arc<PriceHistory> {
    let point = |line: &&str| {
        let (date, price) = line.split_once(' ').unwrap();
        let (price, provisional) = match price.strip_suffix('?') {
            Some(price) => (price, true),
            None => (price, false),
        };
        PricePoint {
            date: day(date),
            time: end_of_day(day(date)),
            price: decimal::parse(price).unwrap(),
            provisional,
        }
    };
    Arc::new(PriceHistory {
        asset: asset.parse().unwrap(),
        currency,
        resolution: Resolution::Daily,
        source: SourceId::new("vendor"),
        fetched_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        points: points.iter().map(point).collect(),
        splits: Vec::new(),
    })
}

/// `stock:AAPL USD` with its closes; an asset `rate` is units of the currency for one euro.
fn past(lines: &[(&str, &[&str])], paid: &[&str]) -> PastPrices {
    let mut past = PastPrices {
        paid: book(paid),
        ..PastPrices::default()
    };
    for (name, points) in lines {
        let (asset, currency) = name.split_once(' ').unwrap();
        let currency: Currency = currency.parse().unwrap();
        match asset {
            "rate" => drop(past.rates.insert(currency, closes("currency:EUR", currency, points))),
            asset => drop(
                past.closes
                    .insert(asset.parse().unwrap(), closes(asset, currency, points)),
            ),
        }
    }
    past
}

fn text(money: Option<Money>) -> String {
    money.map_or("null".to_owned(), |money| {
        decimal::to_text(money.amount()).as_str().to_owned()
    })
}

/// A line for each day: `02-05 value/with_cost/cost`, and `!` for a partial day, `-` for an unavailable one.
fn lines(points: &[HistoryPoint]) -> Vec<String> {
    let line = |point: &HistoryPoint| {
        let date = point.as_of.to_string();
        let mark = match point.status {
            Status::Complete => "",
            Status::Partial => "!",
            Status::Unavailable => "-",
        };
        let [value, with_cost, cost] = [point.value, point.value_with_cost, point.cost].map(text);
        format!("{} {value}/{with_cost}/{cost}{mark}", &date[5..10])
    };
    points.iter().map(line).collect()
}

#[track_caller]
fn check(header: &str, holdings: &[&str], past: &PastPrices, (first, last): (&str, &str), wanted: &[&str]) {
    let portfolio = portfolio(header, holdings);
    let points = reconstruct(&portfolio, past, day(first), day(last));
    assert_eq!(lines(&points), wanted, "{header} {holdings:?}");
    assert!(points.iter().all(|point| point.origin == Origin::Reconstructed));
}

const AAPL: (&str, &[&str]) = (
    "stock:AAPL USD",
    &["2026-02-05 100", "2026-02-06 110", "2026-02-09 120", "2026-02-10 999?"],
);

#[test]
fn a_lot_counts_from_the_day_it_was_acquired() {
    let past = past(&[AAPL], &[]);
    check(
        "USD",
        &[
            "stock:AAPL 2 on=2026-02-05 unit=90:USD",
            "stock:AAPL 1 on=2026-02-07",
            "stock:AAPL 5 on=2026-03-01",
        ],
        &past,
        ("2026-02-04", "2026-02-10"),
        &[
            "02-05 200/200/180",
            "02-06 220/220/180",
            // The week-end has Friday's close.
            "02-07 330/220/180",
            "02-08 330/220/180",
            "02-09 360/240/180",
            // A day in progress is no close.
            "02-10 360/240/180",
        ],
    );
    // Without a date it counts from the day that the portfolio was made, 2026-01-19.
    let undated = portfolio("USD", &["stock:AAPL 1"]);
    assert_eq!(first_day(&undated), Some(day("2026-01-19")));
    assert_eq!(first_day(&portfolio("USD", &[])), None);
    assert_eq!(
        reconstruct(&portfolio("USD", &[]), &past, day("2026-02-01"), day("2026-02-09")),
        []
    );
}

#[test]
fn a_close_stands_for_later_days_as_long_as_its_class_allows() {
    let cases: [(&str, &str, &str); 4] = [
        ("stock:AAPL", "2026-02-20", "2026-02-21"),
        ("crypto:bitcoin", "2026-02-06", "2026-02-07"),
        ("custom:house", "2029-02-05", ""),
        ("stock:AAPL", "2026-02-05", "2026-02-04"),
    ];
    for (asset, known, unknown) in cases {
        let past = past(&[(&format!("{asset} USD"), &["2026-02-05 100"])], &[]);
        let held = format!("{asset} 2 on=2020-01-01");
        let portfolio = portfolio("USD", &[&held]);
        let on = |date: &str| lines(&reconstruct(&portfolio, &past, day(date), day(date)));
        assert!(on(known)[0].contains(" 200/"), "{asset} on {known}: {:?}", on(known));
        if !unknown.is_empty() {
            assert!(on(unknown)[0].ends_with(" null/null/null-"), "{asset} on {unknown}");
        }
    }
}

#[test]
fn a_rate_is_the_last_published_one_over_the_euro_and_never_assumed() {
    let rates: (&str, &[&str]) = ("rate USD", &["2026-02-04 1.25", "2026-02-06 2", "2026-02-20 4"]);
    let euros = past(&[AAPL, rates], &[]);
    check(
        "EUR",
        &["stock:AAPL 1 on=2026-01-01", "currency:USD 10 on=2026-01-01"],
        &euros,
        ("2026-02-03", "2026-02-09"),
        &[
            "02-03 null/null/null-",
            "02-04 8/null/null!",
            "02-05 88/null/null",
            "02-06 60/null/null",
            "02-07 60/null/null",
            "02-08 60/null/null",
            "02-09 65/null/null",
        ],
    );
    check(
        "EUR",
        &["currency:USD 10 on=2026-01-01"],
        &euros,
        ("2026-02-13", "2026-02-14"),
        &["02-13 5/null/null", "02-14 null/null/null-"],
    );
    check(
        "USD",
        &["currency:EUR 10 on=2026-01-01", "currency:USD 1 on=2026-01-01"],
        &euros,
        ("2026-02-04", "2026-02-04"),
        &["02-04 13.5/null/null"],
    );
    let pounds = past(
        &[
            ("stock:VOD.L GBP", &["2026-02-06 3"]),
            rates,
            ("rate GBP", &["2026-02-06 0.5"]),
        ],
        &[],
    );
    check(
        "USD",
        &["stock:VOD.L 1 on=2026-01-01"],
        &pounds,
        ("2026-02-06", "2026-02-06"),
        &["02-06 12/null/null"],
    );
    check(
        "USD",
        &["stock:VOD.L 1 on=2026-01-01"],
        &past(&[("stock:VOD.L GBP", &["2026-02-06 3"]), rates], &[]),
        ("2026-02-06", "2026-02-06"),
        &["02-06 null/null/null-"],
    );
}

#[test]
fn a_missing_price_is_in_no_total_and_the_policy_decides() {
    let past = past(
        &[AAPL, ("stock:B USD", &["2026-02-06 7"])],
        &["paid USD 2026-01-02 1.25"],
    );
    let held = [
        "stock:AAPL 1 on=2026-01-02 cost=80:EUR",
        "stock:B 1 on=2026-01-02 unit=5:USD",
    ];
    let days = ("2026-02-05", "2026-02-06");
    check("USD", &held, &past, days, &["02-05 100/100/100!", "02-06 117/117/105"]);
    check(
        "USD exclude",
        &held,
        &past,
        days,
        &["02-05 100/100/100!", "02-06 117/117/105"],
    );
    check(
        "USD strict",
        &held,
        &past,
        days,
        &["02-05 null/null/null-", "02-06 117/117/105"],
    );
    // A foreign cost without a rate of its day is none.
    let unpaid = PastPrices {
        paid: PriceBook::new(),
        ..past
    };
    check(
        "USD",
        &held[..1],
        &unpaid,
        days,
        &["02-05 100/null/null", "02-06 110/null/null"],
    );
}

#[test]
fn what_the_owner_stated_stands_where_there_is_no_close() {
    let mut past = past(&[AAPL], &[]);
    let stated = |lines: &[(&str, &str, Option<u32>)]| -> Vec<ManualPoint> {
        let point = |(since, text, valid_days): &(&str, &str, Option<u32>)| ManualPoint {
            as_of: format!("{since}T12:00:00Z").parse().unwrap(),
            price: price(text),
            valid_days: *valid_days,
            stated_at: "2026-03-01T09:00:00Z".parse().unwrap(),
        };
        lines.iter().map(point).collect()
    };
    let house = [("2026-02-05", "500:USD", None), ("2026-02-07", "600:USD", None)];
    past.stated.insert("custom:house".parse().unwrap(), stated(&house));
    // Good for one day: not at the end of the second.
    let boat = [("2026-02-05", "20:USD", Some(1))];
    past.stated.insert("custom:boat".parse().unwrap(), stated(&boat));
    let apple = [("2026-02-01", "1:USD", None)];
    past.stated.insert("stock:AAPL".parse().unwrap(), stated(&apple));
    check(
        "USD",
        &["custom:boat 1 on=2026-01-01"],
        &past,
        ("2026-02-04", "2026-02-06"),
        &["02-04 null/null/null-", "02-05 20/null/null", "02-06 null/null/null-"],
    );
    check(
        "USD",
        &["custom:house 1 on=2026-01-01", "stock:AAPL 1 on=2026-01-01"],
        &past,
        ("2026-02-04", "2026-02-07"),
        &[
            "02-04 1/null/null!",
            "02-05 600/null/null",
            "02-06 610/null/null",
            "02-07 710/null/null",
        ],
    );
}

/// A reconstructed day says what a valuation says of the same prices.
#[test]
fn a_day_is_what_a_valuation_says_of_the_same_prices() {
    let holdings = [
        "stock:AAPL 3.5 on=2026-01-02 unit=90:USD",
        "crypto:bitcoin 0.25 on=2026-01-02 cost=10000:EUR",
        "currency:GBP -40 on=2026-01-02",
        "stock:GONE 1 on=2026-01-02 unit=3:EUR",
    ];
    let paid = ["paid USD 2026-01-02 1.1"];
    let lines_of_past: [(&str, &[&str]); 4] = [
        ("stock:AAPL USD", &["2026-02-06 110.25"]),
        ("crypto:bitcoin USD", &["2026-02-06 60123.45"]),
        ("rate USD", &["2026-02-06 1.0837"]),
        ("rate GBP", &["2026-02-06 0.8532"]),
    ];
    let past = past(&lines_of_past, &paid);
    let as_of = end_of_day(day("2026-02-06"));
    for header in ["EUR", "USD", "GBP exclude", "EUR strict"] {
        let portfolio = portfolio(header, &holdings);
        let mut prices = book(&paid);
        let quotes = [
            ("stock:AAPL", "110.25:USD"),
            ("crypto:bitcoin", "60123.45:USD"),
            ("currency:EUR", "1.0837:USD"),
            ("currency:EUR", "0.8532:GBP"),
        ];
        for (asset, at) in quotes {
            prices = prices.with(folio_core::Quote::manual(asset.parse().unwrap(), price(at), as_of));
        }
        let valuation = value(&portfolio, &prices, portfolio.policy, as_of);
        let points = reconstruct(&portfolio, &past, day("2026-02-06"), day("2026-02-06"));
        let told = |point: &HistoryPoint| (point.status, point.value, point.value_with_cost, point.cost);
        assert_eq!(
            told(&points[0]),
            (
                valuation.status,
                valuation.total_value,
                valuation.value_with_cost,
                valuation.total_cost
            ),
            "{header}"
        );
    }
}

/// A point an hour; `n` is null.
fn curve(values: &[&str], origin: Origin) -> Vec<HistoryPoint> {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let point = |(hour, text): (usize, &&str)| {
        let value = (*text != "n").then(|| Money::parse(text, Currency::USD).unwrap());
        HistoryPoint {
            as_of: start + SignedDuration::from_hours(hour as i64),
            value,
            value_with_cost: None,
            cost: None,
            status: if value.is_some() {
                Status::Complete
            } else {
                Status::Unavailable
            },
            origin,
        }
    };
    values.iter().enumerate().map(point).collect()
}

#[test]
fn a_thinned_curve_keeps_ends_extremes_and_gaps() {
    let values = |points: &[HistoryPoint]| {
        points
            .iter()
            .map(|point| text(point.value))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let cases = [
        ("1 2 3", 3, "1 2 3"),
        ("", 2, ""),
        ("1 2 3 4 5", 2, "1 5"),
        ("5 1 9 2 3 8 4 7", 6, "5 1 9 3 8 7"),
        ("5 1 9 2 3 8 4 7", 4, "5 1 9 7"),
        ("5 1 9 n 3 8 4 7", 5, "5 1 9 null 7"),
        ("n 1 1 1 1 n", 3, "null null"),
    ];
    for (line, most, wanted) in cases {
        let line: Vec<_> = line.split_whitespace().collect();
        let thinned = down_sample(curve(&line, Origin::Snapshot), most);
        assert_eq!(values(&thinned), wanted, "{line:?} at most {most}");
    }
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn thinning_keeps_what_it_promises(
            values in proptest::collection::vec(proptest::option::weighted(0.9, 0_i64..1_000), 0..400),
            border in 0_usize..400,
            most in 2_usize..120,
        ) {
            let texts: Vec<_> = values.iter().map(|value| value.map_or("n".to_owned(), |value| value.to_string())).collect();
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            let mut points = curve(&texts, Origin::Snapshot);
            for point in points.iter_mut().take(border) {
                point.origin = Origin::Reconstructed;
            }
            let thinned = down_sample(points.clone(), most);
            prop_assert!(thinned.len() <= most.max(points.len().min(most)));
            prop_assert!(thinned.iter().all(|point| points.contains(point)), "existing points only");
            prop_assert!(thinned.windows(2).all(|pair| pair[0].as_of < pair[1].as_of));
            prop_assert_eq!(thinned.first(), points.first());
            prop_assert_eq!(thinned.last(), points.last());
            if most >= 12 {
                let amounts = |points: &[HistoryPoint]| -> Vec<Decimal> {
                    points.iter().filter_map(|point| point.value).map(|value| value.amount()).collect()
                };
                prop_assert_eq!(amounts(&thinned).into_iter().max(), amounts(&points).into_iter().max());
                prop_assert_eq!(amounts(&thinned).into_iter().min(), amounts(&points).into_iter().min());
                let gap = |points: &[HistoryPoint]| points.iter().any(|point| point.value.is_none());
                prop_assert_eq!(gap(&thinned), gap(&points));
                if (1..points.len()).contains(&border) {
                    prop_assert!(thinned.contains(&points[border - 1]) && thinned.contains(&points[border]));
                }
            }
        }
    }
}

struct World {
    clock: Arc<ManualClock>,
    source: Arc<MemorySource>,
    store: Arc<MemoryStore>,
    tracker: Tracker,
    owner: OwnerId,
}

/// Bitcoin closes at 1000 + n on the n-th day of 2026 before today, 2026-03-02.
fn world() -> World {
    let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()));
    let closes: Vec<_> = (0..60)
        .map(|n| {
            (
                (day("2026-01-01") + Span::new().days(n)).to_string(),
                format!("{} USD", 1000 + n),
            )
        })
        .collect();
    let closes: Vec<_> = closes
        .iter()
        .map(|(date, price)| (date.as_str(), price.as_str()))
        .collect();
    let source = MemorySource::new(Arc::clone(&clock) as _)
        .with_price("crypto:bitcoin", "2000 USD")
        .unwrap()
        .with_daily("crypto:bitcoin", &closes)
        .unwrap()
        .with_daily("currency:EUR", &[("2026-01-01", "1.25 USD"), ("2026-02-27", "2 USD")])
        .unwrap();
    let (source, store) = (Arc::new(source), Arc::new(MemoryStore::new()));
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .store(Arc::clone(&store) as _)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    World {
        clock,
        source,
        store,
        tracker,
        owner: OwnerId::default(),
    }
}

impl World {
    async fn portfolio(&self, currency: &str, lots: &[(&str, &str, &str)]) -> Portfolio {
        let mut portfolio = Portfolio::new("Core", currency.parse().unwrap(), self.clock.now());
        for (asset, quantity, date) in lots {
            let id = HoldingId::new(self.clock.now());
            let lot = Holding::new(id, asset.parse().unwrap(), quantity.parse().unwrap()).unwrap();
            portfolio.holdings.push(if date.is_empty() {
                lot
            } else {
                lot.acquired_on(day(date))
            });
        }
        self.store_portfolio(portfolio).await
    }

    async fn store_portfolio(&self, portfolio: Portfolio) -> Portfolio {
        use folio_core::PortfolioStore;
        self.store.create_portfolio(&portfolio).await.unwrap();
        portfolio
    }

    /// Keeps a snapshot worth `amount`.
    async fn keep(&self, portfolio: &Portfolio, as_of: Timestamp, amount: &str) {
        let mut valuation = value(portfolio, &PriceBook::new(), portfolio.policy, as_of);
        valuation.total_value = Some(Money::parse(amount, portfolio.base_currency).unwrap());
        (valuation.status, valuation.trigger) = (Status::Complete, Trigger::Hourly);
        valuation.id = ValuationId::derived(portfolio.id, as_of);
        let snapshot = NewSnapshot {
            valuation,
            expire_at: None,
        };
        self.store.insert_valuations(&[snapshot]).await.unwrap();
    }

    async fn curve(&self, portfolio: &Portfolio, from: Option<&str>, to: Option<&str>, points: usize) -> Vec<String> {
        let instant = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let history = self
            .tracker
            .portfolio_history(&self.owner, portfolio.id, instant(from), instant(to), points)
            .await
            .unwrap();
        assert_eq!(history.missing, [], "nothing is missing");
        let line = |point: &HistoryPoint| format!("{} {} {}", point.as_of, text(point.value), point.origin.as_str());
        history.points.iter().map(line).collect()
    }
}

#[tokio::test]
async fn a_curve_is_the_days_before_the_first_snapshot_and_the_snapshots() {
    let world = world();
    let portfolio = world.portfolio("USD", &[("crypto:bitcoin", "2", "2026-02-26")]).await;
    let before = [
        "2026-02-26T23:59:59.999Z 2112 reconstructed",
        "2026-02-27T23:59:59.999Z 2114 reconstructed",
        "2026-02-28T23:59:59.999Z 2116 reconstructed",
        "2026-03-01T23:59:59.999Z 2118 reconstructed",
    ];
    assert_eq!(
        world.curve(&portfolio, None, None, 500).await,
        before,
        "today is not over"
    );
    assert_eq!(world.source.calls(), 1);
    for (at, amount) in [
        ("2026-03-01T09:00:00Z", "7"),
        ("2026-03-02T09:00:00Z", "8"),
        ("2026-03-02T10:00:00Z", "9"),
    ] {
        world.keep(&portfolio, at.parse().unwrap(), amount).await;
    }
    let mut all = before[..3].to_vec();
    all.extend([
        "2026-03-01T09:00:00Z 7 snapshot",
        "2026-03-02T09:00:00Z 8 snapshot",
        "2026-03-02T10:00:00Z 9 snapshot",
    ]);
    assert_eq!(world.curve(&portfolio, None, None, 500).await, all);
    assert_eq!(
        world
            .curve(
                &portfolio,
                Some("2026-02-27T12:00:00Z"),
                Some("2026-03-02T09:00:00Z"),
                500
            )
            .await,
        all[1..5],
    );
    assert_eq!(
        world
            .curve(&portfolio, Some("2026-03-01T09:00:00.001Z"), None, 500)
            .await,
        all[4..]
    );
    assert_eq!(
        world
            .curve(&portfolio, None, Some("2026-02-27T23:59:59.998Z"), 500)
            .await,
        all[..1]
    );
    assert_eq!(
        world
            .curve(&portfolio, None, Some("2026-02-27T23:59:59.999Z"), 500)
            .await,
        all[..2]
    );
    assert_eq!(
        world.curve(&portfolio, None, Some("2026-01-01T00:00:00Z"), 500).await,
        [""; 0]
    );
    assert_eq!(world.curve(&portfolio, None, None, 2).await, [all[0], all[5]]);
    assert_eq!(world.source.calls(), 1, "the closes are kept");
}

#[tokio::test]
async fn a_long_curve_has_one_snapshot_a_local_day() {
    let world = world();
    let mut portfolio = Portfolio::new("Core", Currency::USD, "2025-10-01T00:00:00Z".parse().unwrap());
    portfolio.time_zone = "Asia/Kolkata".to_owned();
    let portfolio = world.store_portfolio(portfolio).await;
    let mut at: Timestamp = "2025-11-01T00:00:00Z".parse().unwrap();
    while at < world.clock.now() {
        world.keep(&portfolio, at, "5").await;
        at += SignedDuration::from_hours(6);
    }
    let curve = world.curve(&portfolio, None, None, 2_000).await;
    assert_eq!(curve.len(), 122, "121 whole days and today");
    assert!(
        curve[..121].iter().all(|line| line.contains("T18:00:00Z")),
        "23:30 in Kolkata"
    );
    let short = world.curve(&portfolio, Some("2026-02-01T00:00:00Z"), None, 2_000).await;
    assert_eq!(short.len(), 29 * 4 + 2, "all of them");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let world = world();
    let lots = [
        ("crypto:bitcoin", "1", "2025-12-20"),
        ("crypto:nonsense", "1", "2026-02-01"),
        ("custom:house", "1", "2026-01-10"),
        ("currency:EUR", "10", "2026-01-01"),
        ("currency:JPY", "10", "2026-01-01"),
    ];
    let portfolio = world.portfolio("USD", &lots).await;
    let history = async || {
        let history = world
            .tracker
            .portfolio_history(&world.owner, portfolio.id, None, None, 500);
        history.await.unwrap()
    };
    let found = history().await;
    let missing: Vec<_> = found
        .missing
        .iter()
        .map(|(asset, failure)| (asset.to_string(), failure.reason))
        .collect();
    let wanted = [
        ("crypto:bitcoin", Reason::NoData),
        ("crypto:nonsense", Reason::NotFound),
        ("currency:JPY", Reason::NoRate),
        ("currency:USD", Reason::NoRate),
        ("custom:house", Reason::NoData),
    ];
    assert_eq!(missing, wanted.map(|(asset, reason)| (asset.to_owned(), reason)));
    assert_eq!(found.points[0].as_of, end_of_day(day("2025-12-20")));
    assert_eq!(found.points[0].status, Status::Unavailable);
    assert_eq!(found.points[12].status, Status::Partial, "the first close");
    assert_eq!(
        world
            .source
            .asked()
            .iter()
            .filter(|key| key.to_string() == "crypto:nonsense:USD")
            .count(),
        1
    );

    let house: AssetId = "custom:house".parse().unwrap();
    let stated = ManualPrice::new(price("500:USD")).since("2026-01-10T08:00:00Z".parse().unwrap());
    world
        .tracker
        .set_manual_price(&world.owner, &house, stated)
        .await
        .unwrap();
    let found = history().await;
    assert!(found.missing.iter().all(|(asset, _)| *asset != house));
    let value = |point: &HistoryPoint| point.value.map(|value| value.amount());
    let [before, after] = [20, 21].map(|index| value(&found.points[index]).unwrap_or_default());
    assert!(after >= before + Decimal::from(500), "the house from 10 January on");

    let error = world
        .tracker
        .portfolio_history(&OwnerId::new("other"), portfolio.id, None, None, 500)
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    for points in [0, 1, 2_001] {
        let error = world
            .tracker
            .portfolio_history(&world.owner, portfolio.id, None, None, points)
            .await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::OutOfRange);
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_late_is_there_the_next_time() {
    let world = world();
    let portfolio = world.portfolio("USD", &[("crypto:bitcoin", "1", "2026-02-20")]).await;
    world.source.set_latency(std::time::Duration::from_secs(8));
    let ask = async || {
        let started = tokio::time::Instant::now();
        let history = world
            .tracker
            .portfolio_history(&world.owner, portfolio.id, None, None, 500)
            .await
            .unwrap();
        (history, started.elapsed())
    };
    let (first, waited) = ask().await;
    assert!(waited <= std::time::Duration::from_millis(3_010), "{waited:?}");
    let bitcoin: AssetId = "crypto:bitcoin".parse().unwrap();
    assert_eq!(
        (&first.missing[0].0, first.missing[0].1.reason),
        (&bitcoin, Reason::Timeout)
    );
    assert!(first.points.iter().all(|point| point.value.is_none()));
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let (second, waited) = ask().await;
    assert_eq!((second.missing.len(), second.points.len()), (0, 10));
    assert!(second.points.iter().all(|point| point.value.is_some()));
    assert!(waited.is_zero());
    assert_eq!(world.source.calls(), 1);
}
