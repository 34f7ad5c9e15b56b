//! How many holdings a second one core values, and what an operation on money costs.
//!
//! `cargo bench -p folio-core --bench valuation`

#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use folio_core::money::{Decimal, decimal};
use folio_core::{
    AssetId, CostBasis, Currency, Holding, HoldingId, Money, Percent, Portfolio, Price, PriceBook, Quote,
    ReferenceRate, SourceId, value,
};
use jiff::Timestamp;
use jiff::civil::Date;

const CURRENCIES: [&str; 4] = ["USD", "EUR", "GBP", "JPY"];
const ASSETS: usize = 500;
const BOUGHT: Date = Date::constant(2024, 5, 3);

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn currency(index: usize) -> Currency {
    CURRENCIES[index % CURRENCIES.len()].parse().unwrap()
}

/// Of ten assets six are shares in four currencies, three are coins and one is cash.
fn asset(index: usize) -> AssetId {
    let index = index % ASSETS;
    match index % 10 {
        0..=5 => format!("stock:T{index}"),
        6..=8 => format!("crypto:coin-{index}"),
        _ => format!("currency:{}", currency(index / 10)),
    }
    .parse()
    .unwrap()
}

fn book() -> PriceBook {
    let mut book = PriceBook::new();
    for index in 0..ASSETS {
        let asset = asset(index);
        let (cents, currency) = match asset.as_currency() {
            Some(_) => continue,
            None if asset.class().native_currency().is_some() => (6_432_150, Currency::USD),
            None => (20_137, currency(index)),
        };
        let price = Price::new(Decimal::new(cents + index as i64, 2), currency).unwrap();
        book = book.with(Quote {
            source: SourceId::new("vendor"),
            ..Quote::manual(asset, price, now())
        });
    }
    for (to, rate) in [("USD", "1.0837"), ("GBP", "0.8532"), ("JPY", "162.35")] {
        let currency = to.parse().unwrap();
        let rate = Price::parse(rate, currency).unwrap();
        book = book.with(Quote::manual(AssetId::currency(Currency::EUR), rate, now()));
        book.insert_reference(ReferenceRate {
            currency,
            date: BOUGHT,
            per_euro: rate.amount(),
            published_on: BOUGHT,
            source: SourceId::new("ecb"),
        });
    }
    book
}

/// Four of five holdings have a cost, in four currencies, by the unit or as a whole.
fn portfolio(holdings: usize) -> Portfolio {
    let mut portfolio = Portfolio::new("Benchmark", Currency::USD, now());
    for index in 0..holdings {
        // Coins have eight decimals, shares three.
        let asset = asset(index.wrapping_mul(7919));
        let scale = if asset.class().native_currency().is_some() {
            8
        } else {
            3
        };
        let quantity = Decimal::new(1_234_567 + index as i64 * 89, scale).try_into().unwrap();
        let holding = Holding::new(HoldingId::new(now()), asset, quantity).unwrap();
        let paid = Decimal::new(9_999 + index as i64, 2);
        portfolio.holdings.push(
            match index % 5 {
                0 => holding,
                1 | 2 => holding.with_cost(CostBasis::Unit(Price::new(paid, currency(index)).unwrap())),
                _ => holding.with_cost(CostBasis::Total(Money::new(paid, currency(index)))),
            }
            .acquired_on(BOUGHT),
        );
    }
    portfolio
}

fn valuation(criterion: &mut Criterion) {
    let book = book();
    let mut group = criterion.benchmark_group("value");
    for holdings in [20, 500, 10_000] {
        let portfolio = portfolio(holdings);
        let valuation = value(&portfolio, &book, portfolio.policy, now());
        assert_eq!(valuation.status.as_str(), "complete");
        group.throughput(Throughput::Elements(holdings as u64));
        group.bench_function(format!("{holdings} holdings"), |bencher| {
            bencher.iter(|| value(black_box(&portfolio), &book, portfolio.policy, now()));
        });
    }
    group.finish();
}

fn money(criterion: &mut Criterion) {
    let pairs: Vec<(Decimal, Decimal)> = (1..=1_000)
        .map(|index| (Decimal::new(6_432_150 + index, 2), Decimal::new(123_456_789 * index, 8)))
        .collect();
    let mut group = criterion.benchmark_group("money");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    let mut bench = |name: &str, operation: fn(Decimal, Decimal)| {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || &pairs,
                |pairs| pairs.iter().for_each(|(a, b)| operation(*a, *b)),
                BatchSize::SmallInput,
            );
        });
    };
    bench("mul", |a, b| drop(black_box(decimal::mul(a, b))));
    bench("add", |a, b| drop(black_box(decimal::add(a, b))));
    bench("div", |a, b| drop(black_box(decimal::div(a, b))));
    bench("percent", |a, b| drop(black_box(Percent::of(a, b))));
    group.finish();
}

criterion_group!(benches, valuation, money);
criterion_main!(benches);
