//! What a [`PortfolioStore`](crate::PortfolioStore) has to know of published exchange rates.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::check::{Outcome, Suite, ensure, ensure_eq, run};
use super::samples::{AWKWARD, currency, date, number};
use crate::book::ReferenceRate;
use crate::money::Currency;
use crate::quote::SourceId;
use crate::store::PortfolioStore;

type Store = Arc<dyn PortfolioStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [reference_rates_stay_as_they_are, reference_rates_are_paged_each_once]
    );
}

async fn reference_rates_stay_as_they_are(store: Store) -> Outcome {
    let rate = |code: &str, day: &str, per_euro| ReferenceRate {
        currency: currency(code),
        date: date(day),
        per_euro,
        published_on: date("1999-01-04"),
        source: SourceId::new(AWKWARD),
    };
    let dollar = rate("USD", "2020-02-29", number("1.0977"));
    let precise = rate("USD", "9999-12-31", number("0.1234567890123456789012345678"));
    let large = rate("ZWL", "2020-02-29", Decimal::MAX);
    store.put_reference_rates(&[dollar.clone(), precise.clone()]).await?;
    let later = rate("USD", "2020-02-29", number("2"));
    store.put_reference_rates(&[later, large.clone()]).await?;
    let wanted = [
        (Currency::USD, date("2020-02-29")),
        (Currency::USD, date("2020-03-01")),
        (Currency::GBP, date("2020-02-29")),
        (currency("ZWL"), date("2020-02-29")),
        (Currency::USD, date("9999-12-31")),
    ];
    let mut found = store.reference_rates(&wanted).await?;
    found.sort_by_key(|rate| (rate.currency, rate.date));
    ensure_eq!(
        found,
        [dollar, precise, large],
        "reference_rates(), where a rate that is there stays"
    );
    Ok(())
}

async fn reference_rates_are_paged_each_once(store: Store) -> Outcome {
    ensure_eq!(
        store.reference_rates_after(None, 10).await?.len(),
        0,
        "reference_rates_after() of an empty store"
    );
    let mut rates = Vec::new();
    for (index, code) in ["CHF", "GBP", "USD"].into_iter().enumerate() {
        for day in ["1999-01-04", "2020-02-29", "2020-03-01", "9999-12-31"] {
            rates.push(ReferenceRate {
                currency: currency(code),
                date: date(day),
                per_euro: Decimal::from(index + 1),
                published_on: date("1999-01-04"),
                source: SourceId::new("ecb"),
            });
        }
    }
    store.put_reference_rates(&rates).await?;
    rates.sort_by_key(|rate| (rate.currency, rate.date));
    for limit in [1, 2, 5, 12, 100] {
        let mut found: Vec<ReferenceRate> = Vec::new();
        loop {
            let after = found.last().map(|rate| (rate.currency, rate.date));
            let page = store.reference_rates_after(after, limit).await?;
            ensure!(
                page.len() <= limit && found.len() + page.len() <= rates.len(),
                "reference_rates_after() with a limit of {limit} has {} after {} of {}",
                page.len(),
                found.len(),
                rates.len()
            );
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        found.sort_by_key(|rate| (rate.currency, rate.date));
        ensure_eq!(found, rates, "reference_rates_after() with a limit of {limit}");
    }
    ensure_eq!(
        store.reference_rates_after(None, 0).await?.len(),
        0,
        "reference_rates_after() with a limit of 0"
    );
    Ok(())
}
