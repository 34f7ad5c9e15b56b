//! What a [`ValuationStore`](crate::ValuationStore) has to do. No portfolio is kept here: who keeps
//! snapshots does not ask whether it knows their portfolio.

use std::sync::Arc;

use jiff::Timestamp;

use super::check::{Outcome, Suite, at_once, ensure, ensure_eq, run};
use super::samples::{at, large_valuation, valuation, valuations};
use crate::id::{PortfolioId, ValuationId};
use crate::store::{Inserted, NewSnapshot, Page, SnapshotQuery, SnapshotTotals, TotalsQuery, ValuationStore};
use crate::valuation::Valuation;

pub(super) type Store = Arc<dyn ValuationStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            every_field_of_a_valuation_reads_back,
            the_largest_valuation_reads_back,
            the_first_write_wins,
            outcomes_are_in_the_order_of_the_call,
            of_concurrent_inserts_one_is_new,
            a_snapshot_is_found_only_in_its_portfolio,
            snapshots_are_paged_newest_first,
            a_window_has_both_its_ends,
            the_latest_of_each_is_the_newest_instant,
            totals_are_those_of_the_oldest_first,
            calls_with_nothing_and_with_very_many_work,
        ]
    );
}

fn kept(valuation: Valuation) -> NewSnapshot {
    NewSnapshot {
        valuation,
        expire_at: None,
    }
}

fn without_holdings(valuation: &Valuation) -> Valuation {
    Valuation {
        holdings: Vec::new(),
        ..valuation.clone()
    }
}

pub(super) fn some_portfolio() -> PortfolioId {
    PortfolioId::new(at(0))
}

/// Every snapshot of a portfolio, newest first, with its holdings.
pub(super) async fn all(store: &Store, portfolio: PortfolioId) -> Outcome<Vec<Valuation>> {
    let page = store
        .valuations(&SnapshotQuery {
            holdings: true,
            ..SnapshotQuery::newest(portfolio, 1_000)
        })
        .await?;
    ensure!(
        !page.more,
        "valuations() has more than 1000 snapshots of a portfolio that has few"
    );
    Ok(page.items)
}

async fn every_field_of_a_valuation_reads_back(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    let mut samples = valuations(portfolio);
    let snapshots: Vec<_> = samples.iter().cloned().map(kept).collect();
    let outcomes = store.insert_valuations(&snapshots).await?;
    ensure_eq!(
        outcomes,
        vec![Inserted::New; samples.len()],
        "insert_valuations() into an empty store"
    );
    samples.sort_by_key(|sample| std::cmp::Reverse(sample.as_of));
    for sample in &samples {
        let found = store.valuation(portfolio, sample.id).await?;
        ensure_eq!(found.as_ref(), Some(sample), "valuation() after insert_valuations()");
    }
    ensure_eq!(all(&store, portfolio).await?, samples, "valuations() with holdings");
    let page = store.valuations(&SnapshotQuery::newest(portfolio, 100)).await?;
    let wanted: Vec<_> = samples.iter().map(without_holdings).collect();
    ensure_eq!(page.items, wanted, "valuations() without holdings");
    let latest = store.latest_valuations(&[portfolio]).await?;
    ensure_eq!(latest, wanted[..1], "latest_valuations(), which has no holdings");
    Ok(())
}

async fn the_largest_valuation_reads_back(store: Store) -> Outcome {
    let valuation = large_valuation(some_portfolio());
    store.insert_valuations(&[kept(valuation.clone())]).await?;
    let found = store.valuation(valuation.portfolio_id, valuation.id).await?;
    let count = valuation.holdings.len();
    ensure!(
        found == Some(valuation),
        "a valuation of {count} holdings reads back changed, in another order or not at all"
    );
    Ok(())
}

async fn the_first_write_wins(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    let first = valuation(portfolio, at(0), 1);
    ensure_eq!(
        store.insert_valuations(&[kept(first.clone())]).await?,
        [Inserted::New],
        "the first insert_valuations()"
    );
    for _ in 0..2 {
        let later = Valuation {
            holdings: Vec::new(),
            ..valuation(portfolio, at(0), 2)
        };
        let outcome = store.insert_valuations(&[kept(later)]).await?;
        ensure_eq!(
            outcome,
            [Inserted::Duplicate],
            "insert_valuations() for the same portfolio and instant"
        );
    }
    ensure_eq!(
        all(&store, portfolio).await?,
        std::slice::from_ref(&first),
        "the snapshots after a duplicate"
    );
    ensure_eq!(
        store.valuation(portfolio, first.id).await?,
        Some(first),
        "the snapshot by its id after a duplicate"
    );
    Ok(())
}

async fn outcomes_are_in_the_order_of_the_call(store: Store) -> Outcome {
    let (one, two) = (some_portfolio(), some_portfolio());
    store
        .insert_valuations(&[kept(valuation(one, at(10), 0)), kept(valuation(one, at(30), 0))])
        .await?;
    let call = [
        (one, 10, Inserted::Duplicate),
        (two, 10, Inserted::New),
        (one, 9, Inserted::New),
        (one, 30, Inserted::Duplicate),
        (one, 11, Inserted::New),
        (one, 9, Inserted::Duplicate),
        (two, 30, Inserted::New),
    ];
    let snapshots = call
        .iter()
        .zip(1..)
        .map(|((portfolio, millis, _), mark)| kept(valuation(*portfolio, at(*millis), mark)));
    let outcomes = store.insert_valuations(&snapshots.collect::<Vec<_>>()).await?;
    let wanted = call.map(|(_, _, outcome)| outcome);
    ensure_eq!(
        outcomes,
        wanted,
        "the outcomes of a call with old, new and repeated snapshots"
    );
    let ones = [
        valuation(one, at(30), 0),
        valuation(one, at(11), 5),
        valuation(one, at(10), 0),
        valuation(one, at(9), 3),
    ];
    ensure_eq!(
        all(&store, one).await?,
        ones,
        "the snapshots after a call with old, new and repeated ones"
    );
    Ok(())
}

async fn of_concurrent_inserts_one_is_new(store: Store) -> Outcome {
    const WRITERS: usize = 16;
    const SNAPSHOTS: i64 = 40;
    let portfolio = some_portfolio();
    let calls = at_once(WRITERS, |writer| {
        let store = store.clone();
        let mark = i64::try_from(writer).unwrap_or(0);
        // Half of the writers come from the other end, so that they meet in the middle.
        let mut batch: Vec<_> = (0..SNAPSHOTS)
            .map(|index| kept(valuation(portfolio, at(index), mark)))
            .collect();
        if writer % 2 == 1 {
            batch.reverse();
        }
        async move {
            let mut new = Vec::new();
            for part in batch.chunks(7) {
                let outcomes = store.insert_valuations(part).await?;
                let pairs = part
                    .iter()
                    .zip(outcomes)
                    .filter(|(_, outcome)| *outcome == Inserted::New);
                new.extend(pairs.map(|(snapshot, _)| snapshot.valuation.clone()));
            }
            Ok::<_, crate::Error>(new)
        }
    });
    let mut winners = Vec::new();
    for call in calls.await? {
        winners.extend(call?);
    }
    winners.sort_by_key(|winner| std::cmp::Reverse(winner.as_of));
    let instants: Vec<_> = winners.iter().map(|winner| winner.as_of).collect();
    let wanted: Vec<_> = (0..SNAPSHOTS).rev().map(at).collect();
    ensure_eq!(
        instants,
        wanted,
        "the instants of which {WRITERS} concurrent writers were told that theirs is new"
    );
    ensure_eq!(
        all(&store, portfolio).await?,
        winners,
        "the stored snapshots beside those that were told to be new"
    );
    Ok(())
}

async fn a_snapshot_is_found_only_in_its_portfolio(store: Store) -> Outcome {
    let (one, two) = (some_portfolio(), some_portfolio());
    let (first, second) = (valuation(one, at(0), 1), valuation(two, at(0), 2));
    store
        .insert_valuations(&[kept(first.clone()), kept(second.clone())])
        .await?;
    ensure_eq!(
        store.valuation(one, second.id).await?,
        None,
        "valuation() with the id of another portfolio's snapshot"
    );
    ensure_eq!(
        store.valuation(two, second.id).await?,
        Some(second),
        "valuation() in its own portfolio"
    );
    let absent = ValuationId::derived(one, at(1));
    ensure_eq!(
        store.valuation(one, absent).await?,
        None,
        "valuation() with an id that is not there"
    );
    ensure_eq!(
        all(&store, one).await?,
        [first],
        "the snapshots of one of two portfolios"
    );
    let none = store.valuations(&SnapshotQuery::newest(some_portfolio(), 10)).await?;
    ensure_eq!(
        none,
        Page {
            items: Vec::new(),
            more: false
        },
        "valuations() of a portfolio without any"
    );
    Ok(())
}

async fn snapshots_are_paged_newest_first(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    // Neither the order of writing nor that of the derived ids is the order of time.
    let order = [5, 1, 8, 3, 0, 7, 2, 6, 4];
    for millis in order {
        store
            .insert_valuations(&[kept(valuation(portfolio, at(millis), millis))])
            .await?;
    }
    let wanted: Vec<_> = (0..9)
        .rev()
        .map(|millis| valuation(portfolio, at(millis), millis))
        .collect();
    for limit in [1, 2, 4, 8, 9, 10] {
        let mut query = SnapshotQuery {
            holdings: true,
            ..SnapshotQuery::newest(portfolio, limit)
        };
        let mut found = Vec::new();
        loop {
            let page = store.valuations(&query).await?;
            ensure!(
                page.items.len() <= limit,
                "valuations() has {} items with a limit of {limit}",
                page.items.len()
            );
            found.extend(page.items);
            let left = wanted.len().saturating_sub(found.len());
            ensure_eq!(
                page.more,
                left > 0,
                "`more` of valuations() with {left} left and a limit of {limit}"
            );
            if !page.more {
                break;
            }
            query.before = found.last().map(|last: &Valuation| last.as_of);
        }
        ensure_eq!(
            found,
            wanted,
            "the pages of valuations() with a limit of {limit}, put together"
        );
    }
    let page = store.valuations(&SnapshotQuery::newest(portfolio, 0)).await?;
    ensure_eq!(page.items.len(), 0, "valuations() with a limit of 0");
    Ok(())
}

async fn a_window_has_both_its_ends(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    let other = some_portfolio();
    let mut snapshots: Vec<_> = (0..6).map(|millis| kept(valuation(portfolio, at(millis), 0))).collect();
    snapshots.push(kept(valuation(other, at(3), 0)));
    store.insert_valuations(&snapshots).await?;
    let some = |millis: i64| Some(at(millis));
    for (from, to, before, wanted) in [
        (None, None, None, vec![5, 4, 3, 2, 1, 0]),
        (some(2), None, None, vec![5, 4, 3, 2]),
        (None, some(2), None, vec![2, 1, 0]),
        (None, None, some(2), vec![1, 0]),
        (some(1), some(4), None, vec![4, 3, 2, 1]),
        (some(3), some(3), None, vec![3]),
        (some(1), some(4), some(4), vec![3, 2, 1]),
        (some(1), some(2), some(5), vec![2, 1]),
        (some(4), some(2), None, vec![]),
        (some(2), None, some(2), vec![]),
        (some(6), None, None, vec![]),
        (None, some(-1), None, vec![]),
    ] {
        let query = SnapshotQuery {
            from,
            to,
            before,
            ..SnapshotQuery::newest(portfolio, 100)
        };
        let page = store.valuations(&query).await?;
        let found: Vec<_> = page.items.iter().map(|valuation| valuation.as_of).collect();
        let wanted: Vec<Timestamp> = wanted.into_iter().map(at).collect();
        ensure_eq!(found, wanted, "valuations() from {from:?} to {to:?} before {before:?}");
        ensure!(
            !page.more,
            "valuations() from {from:?} to {to:?} before {before:?} says there is more"
        );
    }
    let query = SnapshotQuery {
        from: some(1),
        to: some(4),
        ..SnapshotQuery::newest(portfolio, 4)
    };
    ensure!(
        !store.valuations(&query).await?.more,
        "valuations() says there is more although the window ends"
    );
    Ok(())
}

async fn the_latest_of_each_is_the_newest_instant(store: Store) -> Outcome {
    let (one, two, without) = (some_portfolio(), some_portfolio(), some_portfolio());
    for (portfolio, millis) in [(one, 5), (one, 9), (two, 7), (one, 1), (two, 6)] {
        store
            .insert_valuations(&[kept(valuation(portfolio, at(millis), 0))])
            .await?;
    }
    let mut found = store.latest_valuations(&[two, without, one]).await?;
    found.sort_by_key(|valuation| valuation.as_of);
    let wanted = [
        without_holdings(&valuation(two, at(7), 0)),
        without_holdings(&valuation(one, at(9), 0)),
    ];
    ensure_eq!(
        found,
        wanted,
        "latest_valuations() of three portfolios, one of them without any"
    );
    ensure_eq!(
        store.latest_valuations(&[without]).await?,
        [],
        "latest_valuations() of a portfolio without any"
    );
    Ok(())
}

async fn totals_are_those_of_the_oldest_first(store: Store) -> Outcome {
    let portfolio = some_portfolio();
    let mut samples = valuations(portfolio);
    let snapshots: Vec<_> = samples.iter().cloned().map(kept).collect();
    store.insert_valuations(&snapshots).await?;
    samples.sort_by_key(|sample| sample.as_of);
    let wanted: Vec<_> = samples.iter().map(SnapshotTotals::from).collect();
    let whole = TotalsQuery {
        portfolio_id: portfolio,
        from: None,
        to: None,
        limit: 1_000,
    };
    ensure_eq!(store.totals(&whole).await?, wanted, "totals() of all snapshots");
    let oldest = TotalsQuery { limit: 2, ..whole };
    ensure_eq!(store.totals(&oldest).await?, wanted[..2], "totals() with a limit of 2");
    let last = wanted.len() - 1;
    let window = TotalsQuery {
        from: Some(wanted[1].as_of),
        to: Some(wanted[last - 1].as_of),
        ..whole
    };
    ensure_eq!(
        store.totals(&window).await?,
        wanted[1..last],
        "totals() from the second snapshot to the last but one, both included"
    );
    let nobody = TotalsQuery {
        portfolio_id: PortfolioId::new(at(1)),
        ..whole
    };
    ensure_eq!(
        store.totals(&nobody).await?,
        Vec::new(),
        "totals() of a portfolio without snapshots"
    );
    Ok(())
}

async fn calls_with_nothing_and_with_very_many_work(store: Store) -> Outcome {
    const SNAPSHOTS: usize = 1_000;
    const ASKED: usize = 40_000;
    ensure_eq!(
        store.insert_valuations(&[]).await?,
        [],
        "insert_valuations() of nothing"
    );
    ensure_eq!(
        store.latest_valuations(&[]).await?,
        [],
        "latest_valuations() of nothing"
    );
    let mut asked: Vec<_> = (0..SNAPSHOTS).map(|_| some_portfolio()).collect();
    let snapshots: Vec<_> = asked
        .iter()
        .map(|portfolio| kept(valuation(*portfolio, at(0), 0)))
        .collect();
    let outcomes = store.insert_valuations(&snapshots).await?;
    ensure_eq!(
        outcomes,
        vec![Inserted::New; SNAPSHOTS],
        "insert_valuations() of {SNAPSHOTS} snapshots"
    );
    asked.resize_with(ASKED, some_portfolio);
    let latest = store.latest_valuations(&asked).await?;
    ensure_eq!(
        latest.len(),
        SNAPSHOTS,
        "latest_valuations() of {ASKED} portfolios of which {SNAPSHOTS} have one"
    );
    Ok(())
}
