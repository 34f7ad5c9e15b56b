//! What the tests of the store share.

use std::path::Path;
use std::sync::Arc;

use folio_core::store::NewSnapshot;
use folio_core::{
    CostBasis, Currency, Holding, HoldingId, ManualClock, Money, Policy, Portfolio, PortfolioId, Price, PriceBook,
    Quote, value,
};
use folio_store_sqlite::{SqliteConfig, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn start() -> Timestamp {
    at("2026-03-01T09:00:00Z")
}

pub(crate) fn hours(count: i64) -> Timestamp {
    start() + SignedDuration::from_hours(count)
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(start()))
}

pub(crate) async fn open(path: impl AsRef<Path>) -> SqliteStore {
    SqliteStore::open(SqliteConfig::new(path.as_ref()), clock())
        .await
        .unwrap()
}

/// The portfolio id with this number; ids are in the order of their numbers.
pub(crate) fn id(number: u128) -> PortfolioId {
    PortfolioId::from_uuid(Uuid::from_u128(number << 64))
}

/// A portfolio of `holdings` coins with a cost.
pub(crate) fn portfolio(number: u128, holdings: u32) -> Portfolio {
    let mut portfolio = Portfolio::new(format!("Portfolio {number}"), Currency::USD, start());
    portfolio.id = id(number);
    for index in 0..holdings {
        let asset = format!("crypto:coin-{index}").parse().unwrap();
        let lot = HoldingId::from_uuid(Uuid::from_u128((number << 64) + u128::from(index) + 1));
        let cost = CostBasis::Total(Money::parse("1234.56", Currency::USD).unwrap());
        let holding = Holding::new(lot, asset, "12.345678".parse().unwrap()).unwrap();
        portfolio = portfolio.with(holding.with_cost(cost));
    }
    portfolio
}

/// Prices of so many coins.
pub(crate) fn book(holdings: u32, at: Timestamp) -> PriceBook {
    let mut book = PriceBook::new();
    for index in 0..holdings {
        let asset = format!("crypto:coin-{index}").parse().unwrap();
        let price = Price::parse(&format!("{}.4321", 100 + index), Currency::USD).unwrap();
        let mut quote = Quote::manual(asset, price, at);
        quote.as_of = at - SignedDuration::from_secs(41);
        book = book.with(quote);
    }
    book
}

/// The snapshot of a portfolio, kept for ever.
pub(crate) fn snapshot(portfolio: &Portfolio, as_of: Timestamp) -> NewSnapshot {
    let book = book(portfolio.holdings.len().try_into().unwrap(), as_of);
    NewSnapshot {
        valuation: value(portfolio, &book, Policy::default(), as_of),
        expire_at: None,
    }
}
