//! The suites of the store traits.

use std::sync::Arc;

use super::check::{Outcome, Suite, ensure_eq, fails_with, run};
use super::samples::{at, owned_by, portfolio_of, valuation};
use super::{assets, expiry, portfolios, ranges, rates, records, records_at_once, scans, valuations};
use crate::ErrorKind::NotFound;
use crate::id::OwnerId;
use crate::store::{NewSnapshot, OpsStore, PortfolioStore, SnapshotQuery, Store, ValuationStore};

/// Checks a whole store: each of its three roles, and what holds between them.
///
/// `fresh` makes an empty store each time it is called; the suite calls it for every check.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn store(fresh: impl AsyncFn() -> Arc<dyn Store>) {
    let mut suite = Suite::new("store");
    check_portfolios(&mut suite, async || fresh().await as _).await;
    check_valuations(&mut suite, async || fresh().await as _).await;
    check_records(&mut suite, async || fresh().await as _).await;
    run!(
        suite,
        fresh,
        [
            deleting_a_portfolio_deletes_its_snapshots,
            another_owner_deletes_no_snapshots
        ]
    );
    suite.finish();
}

/// Checks a store that keeps portfolios and what is known of assets.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn portfolio_store(fresh: impl AsyncFn() -> Arc<dyn PortfolioStore>) {
    let mut suite = Suite::new("portfolio store");
    check_portfolios(&mut suite, fresh).await;
    suite.finish();
}

/// Checks a store that keeps snapshots; it need not know their portfolios.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn valuation_store(fresh: impl AsyncFn() -> Arc<dyn ValuationStore>) {
    let mut suite = Suite::new("valuation store");
    check_valuations(&mut suite, fresh).await;
    suite.finish();
}

/// Checks a store that keeps records.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn ops_store(fresh: impl AsyncFn() -> Arc<dyn OpsStore>) {
    let mut suite = Suite::new("ops store");
    check_records(&mut suite, fresh).await;
    suite.finish();
}

async fn check_portfolios(suite: &mut Suite, fresh: impl AsyncFn() -> Arc<dyn PortfolioStore>) {
    portfolios::run(suite, &fresh).await;
    ranges::run(suite, &fresh).await;
    assets::run(suite, &fresh).await;
    rates::run(suite, &fresh).await;
}

async fn check_valuations(suite: &mut Suite, fresh: impl AsyncFn() -> Arc<dyn ValuationStore>) {
    valuations::run(suite, &fresh).await;
    expiry::run(suite, &fresh).await;
}

async fn check_records(suite: &mut Suite, fresh: impl AsyncFn() -> Arc<dyn OpsStore>) {
    records::run(suite, &fresh).await;
    records_at_once::run(suite, &fresh).await;
    scans::run(suite, &fresh).await;
}

async fn deleting_a_portfolio_deletes_its_snapshots(store: Arc<dyn Store>) -> Outcome {
    let (gone, left) = (
        portfolio_of("crypto:bitcoin", at(0)),
        portfolio_of("crypto:bitcoin", at(0)),
    );
    let mut snapshots = Vec::new();
    for portfolio in [&gone, &left] {
        store.create_portfolio(portfolio).await?;
        for millis in 0..3 {
            snapshots.push(NewSnapshot {
                valuation: valuation(portfolio.id, at(millis), 0),
                expire_at: None,
            });
        }
    }
    store.insert_valuations(&snapshots).await?;
    store.delete_portfolio(&gone.owner, gone.id).await?;
    let found = store.valuations(&SnapshotQuery::newest(gone.id, 10)).await?;
    ensure_eq!(found.items, [], "valuations() of a deleted portfolio");
    ensure_eq!(
        store.valuation(gone.id, snapshots[0].valuation.id).await?,
        None,
        "valuation() of a deleted portfolio"
    );
    let latest = store.latest_valuations(&[gone.id, left.id]).await?;
    let latest: Vec<_> = latest
        .iter()
        .map(|valuation| (valuation.portfolio_id, valuation.as_of))
        .collect();
    ensure_eq!(
        latest,
        [(left.id, at(2))],
        "latest_valuations() of a deleted portfolio and another"
    );
    let found = store.valuations(&SnapshotQuery::newest(left.id, 10)).await?;
    ensure_eq!(found.items.len(), 3, "the number of snapshots of another portfolio");
    Ok(())
}

async fn another_owner_deletes_no_snapshots(store: Arc<dyn Store>) -> Outcome {
    let portfolio = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    store.create_portfolio(&portfolio).await?;
    let kept = valuation(portfolio.id, at(0), 0);
    store
        .insert_valuations(&[NewSnapshot {
            valuation: kept.clone(),
            expire_at: None,
        }])
        .await?;
    let answer = store.delete_portfolio(&OwnerId::new("bob"), portfolio.id).await;
    fails_with(answer, NotFound, "delete_portfolio() of another owner")?;
    let found = store.valuation(portfolio.id, kept.id).await?;
    ensure_eq!(
        found,
        Some(kept),
        "a snapshot after another owner tried to delete its portfolio"
    );
    Ok(())
}
