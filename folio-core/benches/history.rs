//! How long ten years of a portfolio take: the days worked out, and the curve thinned to what a plot shows.
//!
//! `cargo bench -p folio-core --bench history`

#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use folio_core::money::Decimal;
use folio_core::{
    CostBasis, Currency, Holding, HoldingId, Money, PastPrices, Portfolio, PriceHistory, PricePoint, Resolution,
    SourceId, down_sample, end_of_day, reconstruct,
};
use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp};

const FIRST: Date = Date::constant(2016, 3, 3);
const LAST: Date = Date::constant(2026, 3, 1);
const POINTS: usize = 500;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// A close on each day, of shares and rates on working days only.
fn closes(asset: &str, currency: Currency, cents: i64, every_day: bool) -> Arc<PriceHistory> {
    let (mut points, mut date, mut price) = (Vec::new(), FIRST, cents);
    while date <= LAST {
        if every_day || !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            price += (price * 7919 + i64::from(date.day_of_year())) % 201 - 100;
            points.push(PricePoint {
                date,
                time: end_of_day(date),
                price: Decimal::new(price.max(cents / 2), 4),
                provisional: false,
            });
        }
        date += Span::new().days(1);
    }
    Arc::new(PriceHistory {
        asset: asset.parse().unwrap(),
        currency,
        resolution: Resolution::Daily,
        source: SourceId::new("vendor"),
        fetched_at: now(),
        points,
        splits: Vec::new(),
    })
}

/// Twenty lots of twenty assets in three currencies, each with a cost, since the first day.
fn scene() -> (Portfolio, PastPrices) {
    let mut portfolio = Portfolio::new("Benchmark", Currency::EUR, now());
    let mut past = PastPrices::default();
    let pounds: Currency = "GBP".parse().unwrap();
    past.rates
        .insert(Currency::USD, closes("currency:EUR", Currency::USD, 10_837, false));
    past.rates.insert(pounds, closes("currency:EUR", pounds, 8_532, false));
    for index in 0..20_i64 {
        let (name, currency, every_day) = match index % 4 {
            0 => (format!("crypto:coin-{index}"), Currency::USD, true),
            1 => (format!("stock:T{index}"), pounds, false),
            2 => (format!("stock:T{index}"), Currency::EUR, false),
            _ => (format!("stock:T{index}"), Currency::USD, false),
        };
        let quantity = Decimal::new(1_234_567 + index * 89, 5).try_into().unwrap();
        let lot = Holding::new(HoldingId::new(now()), name.parse().unwrap(), quantity).unwrap();
        let paid = CostBasis::Total(Money::new(Decimal::new(99_999 + index, 2), Currency::EUR));
        portfolio.holdings.push(lot.with_cost(paid).acquired_on(FIRST));
        let history = closes(&name, currency, 1_200_000 + index * 77, every_day);
        past.closes.insert(name.parse().unwrap(), history);
    }
    (portfolio, past)
}

fn history(criterion: &mut Criterion) {
    let (portfolio, past) = scene();
    let points = reconstruct(&portfolio, &past, FIRST, LAST);
    assert_eq!(points.len(), 3_651);
    assert!(points.iter().skip(5).all(|point| point.value.is_some()));
    let mut group = criterion.benchmark_group("ten years");
    group.bench_function("20 holdings worked out and thinned to 500 points", |bencher| {
        bencher.iter(|| down_sample(reconstruct(black_box(&portfolio), &past, FIRST, LAST), POINTS));
    });
    group.bench_function("thinned to 500 points", |bencher| {
        bencher.iter_batched(
            || points.clone(),
            |points| down_sample(points, POINTS),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, history);
criterion_main!(benches);
