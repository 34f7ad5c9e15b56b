//! What it costs to look at a valuation for two rules, beside the valuation itself.
//!
//! `cargo bench -p folio-core --bench alerts`

#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use folio_core::money::Decimal;
use folio_core::{
    AlertDefaults, AssetId, CostBasis, Currency, Evidence, Holding, HoldingId, Money, Portfolio, Price, PriceBook,
    Quote, Status, Watch, value,
};
use jiff::Timestamp;

const HOLDINGS: i64 = 20;
/// How often both are timed in turn for the ratio, and how many of each at once.
const ROUNDS: u32 = 200;
const AT_ONCE: u32 = 100;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// Twenty lots of coins and shares in two currencies, each with a cost, and their prices, which are a little higher.
fn scene() -> (Portfolio, PriceBook) {
    let mut portfolio = Portfolio::new("Benchmark", Currency::EUR, now());
    let rate = Price::parse("1.0837", Currency::USD).unwrap();
    let mut book = PriceBook::new().with(Quote::manual(AssetId::currency(Currency::EUR), rate, now()));
    for index in 0..HOLDINGS {
        let (asset, currency) = match index % 3 {
            0 => (format!("crypto:coin-{index}"), Currency::USD),
            1 => (format!("stock:T{index}"), Currency::USD),
            _ => (format!("stock:T{index}"), Currency::EUR),
        };
        let asset: AssetId = asset.parse().unwrap();
        let quantity = Decimal::new(1_234_567 + index * 89, 5);
        let cents = Decimal::new(20_137 + index, 2);
        let paid = CostBasis::Total(Money::new(quantity * cents * Decimal::new(9, 1), Currency::EUR));
        let lot = Holding::new(HoldingId::new(now()), asset.clone(), quantity.try_into().unwrap()).unwrap();
        portfolio.holdings.push(lot.with_cost(paid));
        book = book.with(Quote::manual(asset, Price::new(cents, currency).unwrap(), now()));
    }
    (portfolio, book)
}

fn alerts(criterion: &mut Criterion) {
    let (portfolio, book) = scene();
    let valuation = value(&portfolio, &book, portfolio.policy, now());
    assert_eq!(valuation.status, Status::Complete);
    let gain = valuation.gain_percent.unwrap().value();
    assert!(
        gain > -Decimal::from(5) && gain < Decimal::from(10),
        "nothing is to fire: {gain}"
    );
    let mut watch = Watch::new(&portfolio, &AlertDefaults::default(), None);
    let (starts, splits, failed) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let channels = ["console".to_owned()];
    let mut fold = || {
        let evidence = Evidence {
            valuation: black_box(&valuation),
            starts: &starts,
            splits: &splits,
        };
        watch.observe(&portfolio, evidence, &failed, &channels, now())
    };
    assert!(!fold());
    let of_value = || value(black_box(&portfolio), &book, portfolio.policy, now());

    let mut group = criterion.benchmark_group("20 holdings");
    group.bench_function("valued", |bencher| bencher.iter(of_value));
    group.bench_function("two rules and the data looked at", |bencher| bencher.iter(&mut fold));
    group.finish();

    let (mut valuing, mut folding) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..AT_ONCE {
            black_box(of_value());
        }
        let valued = Instant::now();
        for _ in 0..AT_ONCE {
            black_box(fold());
        }
        folding += valued.elapsed();
        valuing += valued - start;
    }
    let percent = 100.0 * folding.as_secs_f64() / valuing.as_secs_f64();
    println!(
        "two rules take {percent:.1} % of a valuation: {:?} beside {:?}",
        folding / (ROUNDS * AT_ONCE),
        valuing / (ROUNDS * AT_ONCE)
    );
}

criterion_group!(benches, alerts);
criterion_main!(benches);
