//! What a [`ValuationStore`](crate::ValuationStore) has to do with snapshots that are not kept for ever.

use jiff::Timestamp;

use super::check::{Outcome, Suite, ensure_eq, run};
use super::samples::{at, time, valuation};
use super::valuations::{Store, all, some_portfolio};
use crate::id::ValuationId;
use crate::store::NewSnapshot;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [a_purge_removes_only_what_is_over, the_first_expiry_counts]
    );
}

// Instants to come, so that a database that removes by itself what is over does not take part.
fn later(millis: i64) -> Timestamp {
    time("2990-01-01T00:00:00Z") + jiff::SignedDuration::from_millis(millis)
}

async fn a_purge_removes_only_what_is_over(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    let expiring = |millis: i64, end: Option<i64>| NewSnapshot {
        valuation: valuation(portfolio, at(millis), 0),
        expire_at: end.map(later),
    };
    let snapshots = [
        (0, None),
        (1, Some(10)),
        (2, Some(20)),
        (3, Some(11)),
        (4, None),
        (5, Some(9)),
        (6, Some(10)),
    ]
    .map(|(a, b)| expiring(a, b));
    store.insert_valuations(&snapshots).await?;
    let left = async || -> Outcome<Vec<i64>> {
        let found = all(&store, portfolio).await?;
        Ok(found
            .iter()
            .rev()
            .map(|valuation| valuation.as_of.as_millisecond() - at(0).as_millisecond())
            .collect())
    };
    ensure_eq!(
        store.purge_valuations(later(8), 100).await?,
        0,
        "purge_valuations() before anything is over"
    );
    ensure_eq!(
        left().await?,
        [0, 1, 2, 3, 4, 5, 6],
        "the snapshots after a purge before anything is over"
    );
    ensure_eq!(
        store.purge_valuations(later(10), 0).await?,
        0,
        "purge_valuations() with a limit of 0"
    );
    ensure_eq!(
        store.purge_valuations(later(10), 2).await?,
        2,
        "purge_valuations() of three that are over, with a limit of 2"
    );
    ensure_eq!(
        store.purge_valuations(later(10), 2).await?,
        1,
        "purge_valuations() of the one that is left over"
    );
    ensure_eq!(left().await?, [0, 2, 3, 4], "the snapshots after a purge");
    ensure_eq!(
        store.purge_valuations(time("9000-01-01T00:00:00Z"), 100).await?,
        2,
        "purge_valuations() much later"
    );
    ensure_eq!(left().await?, [0, 4], "the snapshots that are kept for ever");
    let gone = store
        .valuation(portfolio, ValuationId::derived(portfolio, at(1)))
        .await?;
    ensure_eq!(gone, None, "valuation() of one that was removed");
    Ok(())
}

async fn the_first_expiry_counts(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    let snapshot = |millis: i64, expire_at| NewSnapshot {
        valuation: valuation(portfolio, at(millis), 0),
        expire_at,
    };
    store
        .insert_valuations(&[snapshot(0, None), snapshot(1, Some(later(10)))])
        .await?;
    store
        .insert_valuations(&[snapshot(0, Some(later(1))), snapshot(1, None)])
        .await?;
    ensure_eq!(
        store.purge_valuations(later(5), 100).await?,
        0,
        "purge_valuations() of a duplicate's expiry"
    );
    ensure_eq!(
        store.purge_valuations(later(10), 100).await?,
        1,
        "purge_valuations() of the first write's expiry"
    );
    let left: Vec<_> = all(&store, portfolio)
        .await?
        .iter()
        .map(|valuation| valuation.as_of)
        .collect();
    ensure_eq!(left, [at(0)], "the snapshots after duplicates with another expiry");
    Ok(())
}
