//! What a [`ValuationStore`](crate::ValuationStore) has to do with snapshots that are not kept for ever.

use jiff::Timestamp;

use super::check::{Outcome, Suite, ensure, ensure_eq, run};
use super::samples::{at, time, valuation};
use super::valuations::{Store, all, some_portfolio};
use crate::id::ValuationId;
use crate::store::NewSnapshot;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            a_purge_removes_only_what_is_over,
            the_first_expiry_counts,
            snapshots_come_as_they_were_kept_oldest_first,
        ]
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

async fn snapshots_come_as_they_were_kept_oldest_first(store: Store) -> Outcome {
    let (portfolio, other) = (some_portfolio(), some_portfolio());
    let snapshot = |portfolio, millis: i64| NewSnapshot {
        valuation: valuation(portfolio, at(millis), 1),
        expire_at: (millis % 2 == 1).then(|| later(millis)),
    };
    let kept: Vec<_> = (0..7).map(|millis| snapshot(portfolio, millis)).collect();
    let mut written = kept.clone();
    written.reverse();
    written.push(snapshot(other, 3));
    store.insert_valuations(&written).await?;
    for limit in [1, 2, 3, 7, 100] {
        let mut found: Vec<NewSnapshot> = Vec::new();
        loop {
            let after = found.last().map(|snapshot| snapshot.valuation.as_of);
            let page = store.snapshots_after(portfolio, after, limit).await?;
            ensure!(
                page.len() <= limit && found.len() + page.len() <= kept.len(),
                "snapshots_after() with a limit of {limit} has {} after {} of {}",
                page.len(),
                found.len(),
                kept.len()
            );
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        ensure_eq!(found, kept, "snapshots_after() with a limit of {limit}");
    }
    ensure_eq!(
        store.snapshots_after(portfolio, None, 0).await?.len(),
        0,
        "snapshots_after() with a limit of 0"
    );
    Ok(())
}
