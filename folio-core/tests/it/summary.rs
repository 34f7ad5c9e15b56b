//! All portfolios of an owner together: what is in a sum, what is not and why.

use std::sync::Arc;

use folio_core::memory::{MemorySource, MemoryStore};
use folio_core::money::{Decimal, decimal};
use folio_core::{
    Clock, Currency, ErrorKind, Holding, HoldingId, MOST_NAMED, ManualClock, Money, OwnerId, Percent, Portfolio,
    PortfolioStore, Summary, Summing, Tracker, value,
};

use crate::scene::{book, now, portfolio};

/// The summary in `currency` of portfolios like `("EUR strict", &["stock:AAPL 1"])`.
fn summary(currency: &str, portfolios: &[(&str, &[&str])], prices: &[&str]) -> Summary {
    let prices = book(prices);
    let mut summing = Summing::new(&prices, currency.parse().unwrap(), now());
    for (header, holdings) in portfolios {
        let portfolio = portfolio(header, holdings);
        summing.add(header, &value(&portfolio, &prices, portfolio.policy, now()));
    }
    summing.finish()
}

/// `status total with_cost cost gain gain% excluded priced/carried/unpriced/without_cost by_cost%`, then a line
/// for each portfolio: `header value weight reason`.
#[track_caller]
fn check(currency: &str, portfolios: &[(&str, &[&str])], prices: &[&str], sums: &str, lines: &[&str]) {
    let found = summary(currency, portfolios, prices);
    let money = |money: Option<Money>| {
        money.map_or("null".to_owned(), |money| {
            decimal::to_text(money.amount()).as_str().to_owned()
        })
    };
    let percent = |percent: Option<Percent>| percent.map_or("null".to_owned(), |percent| percent.to_string());
    let covered = &found.coverage;
    let line = format!(
        "{} {} {} {} {} {} {} {}/{}/{}/{} {}",
        found.status.as_str(),
        money(found.total_value),
        money(found.value_with_cost),
        money(found.total_cost),
        money(found.gain),
        percent(found.gain_percent),
        money(found.excluded_cost),
        covered.priced,
        covered.carried,
        covered.unpriced,
        covered.without_cost,
        percent(covered.percent_by_cost),
    );
    assert_eq!(line, sums, "{portfolios:?}");
    let entries: Vec<_> = found
        .portfolios
        .iter()
        .map(|entry| {
            let reason = entry.reason.map_or("", |reason| reason.as_str());
            let line = format!(
                "{}: {} {} {reason}",
                entry.name,
                money(entry.value),
                percent(entry.weight_percent)
            );
            line.trim_end().to_owned()
        })
        .collect();
    assert_eq!(entries, lines, "{portfolios:?}");
    assert_eq!(found.portfolio_count, portfolios.len());
}

const PRICES: &[&str] = &["stock:AAPL 100:USD", "currency:EUR 1.25:USD", "currency:EUR 160:JPY"];

#[test]
fn sums_are_over_what_has_a_total_and_a_rate() {
    check("USD", &[], PRICES, "complete 0 null null null null 0 0/0/0/0 null", &[]);
    check(
        "USD",
        &[
            ("USD", &["stock:AAPL 2 unit=80:USD"]),
            ("EUR", &["stock:AAPL 1 unit=40:EUR", "currency:EUR 20"]),
        ],
        PRICES,
        // 100 USD are 80 EUR; 40 EUR paid are 50 USD.
        "complete 325 300 210 90 42.8571 0 3/0/0/1 100",
        &["USD: 200 61.5385", "EUR: 125 38.4615"],
    );
    check(
        "USD",
        &[
            ("EUR", &["currency:EUR 20"]),
            ("USD", &[]),
            ("CHF", &["currency:CHF 9 unit=1:CHF"]),
        ],
        PRICES,
        "partial 25 null null null null null 1/0/1/1 null",
        &["EUR: 25 100", "USD: 0 0", "CHF: null null no_rate"],
    );
    // Of two currencies that both need a rate, over the euro.
    check(
        "JPY",
        &[("USD", &["stock:AAPL 1"])],
        PRICES,
        "complete 12800 null null null null 0 1/0/0/1 null",
        &["USD: 12800 100"],
    );
}

#[test]
fn a_portfolio_without_a_total_is_named_and_its_cost_excluded() {
    let half: &[&str] = &["stock:AAPL 1 unit=50:USD", "stock:GONE 1 unit=30:USD"];
    let prices = [PRICES, &["stock:GONE unpriced timeout"]].concat();
    check(
        "USD",
        &[("USD", half)],
        &prices,
        "partial 100 100 50 50 100 30 1/0/1/0 62.5",
        &["USD: 100 100"],
    );
    check(
        "USD",
        &[("USD strict", half), ("EUR", &["currency:EUR 8"])],
        &prices,
        "partial 10 null null null null 80 1/0/2/1 0",
        &["EUR: 10 100", "USD strict: null null timeout"],
    );
    check(
        "USD",
        &[("USD strict", half)],
        &prices,
        "unavailable null null null null null 80 0/0/2/0 0",
        &["USD strict: null null timeout"],
    );
    check(
        "EUR",
        &[("EUR exclude", half)],
        &prices,
        "partial 80 null null null null null 1/0/1/2 null",
        &["EUR exclude: 80 100"],
    );
}

#[test]
fn what_is_priced_in_a_portfolio_without_a_total_is_not_covered() {
    // The value of each is known, and their sum is larger than a number of folio's.
    let mut lots = ["stock:AAPL 1000000000000000"; 50];
    lots[0] = "stock:AAPL 1000000000000000 cost=1:USD";
    let (most, more) = (&lots[..], [&lots[..], &["stock:B 1 cost=2:USD"]].concat());
    check(
        "USD",
        &[("USD", most), ("USD", &more)],
        &["stock:AAPL 1000000000000:USD", "stock:B 1:USD carried"],
        "partial 50000000000000000000000000000 1000000000000000000000000000 1 999999999999999999999999999 null 3 \
         50/0/51/98 25",
        &["USD: 50000000000000000000000000000 100", "USD: null null out_of_range"],
    );
}

#[test]
fn a_debt_is_summed_and_weighs_nothing_that_outweighs_all() {
    check(
        "USD",
        &[("USD", &["currency:USD -500"]), ("EUR", &["currency:EUR 80"])],
        PRICES,
        "complete -400 null null null null 0 2/0/0/2 null",
        &["EUR: 100 null", "USD: -500 null"],
    );
}

#[test]
fn what_cannot_be_represented_is_out_of_range_and_in_no_sum() {
    let most: &[&str] = &["stock:AAPL 1000000000000000"];
    let prices = ["stock:AAPL 999999999999:USD", "currency:EUR 0.000001:USD"];
    let found = summary("EUR", &[("USD", most), ("USD", &["currency:USD 1"])], &prices);
    assert_eq!(found.portfolios.len(), 2);
    for entry in &found.portfolios {
        assert!(entry.value.is_some() != entry.reason.is_some(), "{entry:?}");
    }
}

#[test]
fn the_largest_are_named() {
    let prices = book(&[]);
    let mut summing = Summing::new(&prices, Currency::USD, now());
    for size in 0..1_000_i64 {
        let amount = (size * 7919) % 1_000 + 1;
        let portfolio = portfolio("USD", &[&format!("currency:USD {amount}")]);
        summing.add(
            &amount.to_string(),
            &value(&portfolio, &prices, portfolio.policy, now()),
        );
    }
    let found = summing.finish();
    assert_eq!(found.total_value.unwrap().amount(), Decimal::from(500_500));
    let named: Vec<_> = found.portfolios.iter().map(|entry| entry.name.clone()).collect();
    let wanted: Vec<_> = (801..=1_000).rev().map(|amount: i64| amount.to_string()).collect();
    assert_eq!((named, found.more, found.portfolio_count), (wanted, true, 1_000));
    assert_eq!(found.portfolios.len(), MOST_NAMED);
}

#[tokio::test]
async fn one_look_at_the_sources_serves_all_portfolios() {
    let clock = Arc::new(ManualClock::new(now()));
    let source = MemorySource::new(Arc::clone(&clock) as _)
        .with_price("crypto:bitcoin", "60000 USD")
        .unwrap()
        .with_rate("1.25 USD")
        .unwrap();
    let (source, store) = (Arc::new(source), Arc::new(MemoryStore::new()));
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .store(Arc::clone(&store) as _)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    let owner = OwnerId::default();
    let empty = tracker.summary(&owner, None).await.unwrap();
    assert_eq!(
        (empty.currency, empty.portfolio_count, source.calls()),
        (Currency::USD, 0, 0)
    );
    let keep = async |currency: &str, archived: bool| {
        let lot = Holding::new(
            HoldingId::new(now()),
            "crypto:bitcoin".parse().unwrap(),
            "1".parse().unwrap(),
        );
        let mut portfolio = Portfolio::new("Core", currency.parse().unwrap(), clock.now()).with(lot.unwrap());
        portfolio.archived = archived;
        store.create_portfolio(&portfolio).await.unwrap();
    };
    for _ in 0..250 {
        keep("EUR", false).await;
    }
    keep("GBP", true).await;
    let euros = tracker.summary(&owner, None).await.unwrap();
    assert_eq!(
        (euros.currency, euros.portfolio_count),
        (Currency::EUR, 250),
        "the currency of all"
    );
    assert_eq!(euros.total_value.unwrap().amount(), Decimal::from(250 * 48_000));
    assert_eq!((euros.portfolios.len(), euros.more), (200, true));
    assert!(source.calls() <= 2, "a price and a rate: {}", source.calls());
    keep("USD", false).await;
    assert_eq!(
        tracker.summary(&owner, None).await.unwrap().currency,
        Currency::USD,
        "they differ"
    );

    source.set_failure(Some(ErrorKind::Unavailable));
    let other = tracker.summary(&OwnerId::new("other"), None).await.unwrap();
    assert_eq!(other.portfolio_count, 0, "another owner's are not in it");
}
