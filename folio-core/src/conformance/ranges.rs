//! What a [`PortfolioStore`](crate::PortfolioStore) has to do for a scheduled run, which goes through the
//! portfolios of all owners in ranges of ids.

use super::check::{Outcome, Suite, ensure, ensure_eq, run};
use super::portfolios::{ALL, Store, ids, keep};
use super::samples::{Dice, at};
use crate::id::PortfolioId;
use crate::portfolio::Portfolio;
use crate::store::IdRange;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            a_range_of_ids_is_half_open,
            a_range_has_every_owner_and_the_holdings,
            a_range_leaves_out_what_was_made_later,
            chunks_tile_all_ids
        ]
    );
}

async fn a_range_of_ids_is_half_open(store: Store) -> Outcome {
    let kept = keep(&store, 7).await?;
    let id = |index: usize| Some(kept[index].id);
    for (lo, after, hi, limit, wanted) in [
        (None, false, None, 100, 0..7),
        (None, true, None, 100, 0..7),
        (id(0), false, None, 100, 0..7),
        (id(2), false, id(5), 100, 2..5),
        (id(2), true, id(5), 100, 3..5),
        (None, false, id(3), 100, 0..3),
        (id(4), true, None, 100, 5..7),
        (id(6), true, None, 100, 7..7),
        (id(3), false, id(3), 100, 3..3),
        (id(5), false, id(2), 100, 0..0),
        (id(1), false, id(6), 2, 1..3),
        (id(1), true, None, 1, 2..3),
    ] {
        let range = IdRange { lo, after, hi };
        let found = store.portfolios_between(&range, at(1_000), limit).await?;
        ensure_eq!(
            ids(&found),
            ids(&kept[wanted]),
            "portfolios_between() of {range:?} with a limit of {limit}"
        );
    }
    Ok(())
}

async fn a_range_has_every_owner_and_the_holdings(store: Store) -> Outcome {
    let kept = keep(&store, 5).await?;
    let mut found = Vec::new();
    let mut range = ALL;
    loop {
        let page = store.portfolios_between(&range, at(1_000), 2).await?;
        let Some(last) = page.last() else { break };
        range = IdRange {
            lo: Some(last.id),
            after: true,
            hi: None,
        };
        found.extend(page);
        ensure!(
            found.len() <= kept.len(),
            "portfolios_between() page by page does not come to an end"
        );
    }
    ensure_eq!(found, kept, "portfolios_between() page by page");
    Ok(())
}

async fn a_range_leaves_out_what_was_made_later(store: Store) -> Outcome {
    // Made in the opposite order of the ids, so that no id tells the time of making.
    let mut kept = keep(&store, 6).await?;
    for portfolio in &kept {
        store.delete_portfolio(&portfolio.owner, portfolio.id).await?;
    }
    for (portfolio, age) in kept.iter_mut().zip(0..) {
        *portfolio = Portfolio {
            id: PortfolioId::new(portfolio.created_at),
            created_at: at(-age),
            ..portfolio.clone()
        };
        store.create_portfolio(portfolio).await?;
    }
    kept.sort_by_key(|portfolio| portfolio.id);
    for until in [-7, -5, -2, 0, 1] {
        let wanted: Vec<_> = kept
            .iter()
            .filter(|portfolio| portfolio.created_at <= at(until))
            .cloned()
            .collect();
        let found = store.portfolios_between(&ALL, at(until), 100).await?;
        ensure_eq!(
            ids(&found),
            ids(&wanted),
            "portfolios_between() of those made until {}",
            at(until)
        );
        let found = store.portfolios_between(&ALL, at(until), 2).await?;
        let first = &wanted[..wanted.len().min(2)];
        ensure_eq!(
            ids(&found),
            ids(first),
            "portfolios_between() of the first 2 made until {}",
            at(until)
        );
    }
    Ok(())
}

async fn chunks_tile_all_ids(store: Store) -> Outcome {
    let kept = keep(&store, 60).await?;
    let id = |index: usize| kept.get(index).map(|portfolio| portfolio.id);
    for (lo, count) in [(0, 1), (0, 59), (0, 60), (10, 49), (10, 50), (59, 1)] {
        let found = store.portfolio_id_after(id(lo), count).await?;
        ensure_eq!(
            found,
            id(lo + count),
            "portfolio_id_after() of {count} from place {lo} of 60"
        );
        if lo == 0 {
            let found = store.portfolio_id_after(None, count).await?;
            ensure_eq!(found, id(count), "portfolio_id_after() of {count} from the beginning");
        }
    }
    let mut dice = Dice(60);
    for _ in 0..12 {
        let (mut lo, mut found) = (None, Vec::new());
        loop {
            let count = 1 + dice.below(9);
            let hi = store.portfolio_id_after(lo, count).await?;
            ensure!(
                hi.is_none() || hi > lo,
                "portfolio_id_after() of {count} from {lo:?} goes to {hi:?}"
            );
            let chunk = store
                .portfolios_between(&IdRange { lo, after: false, hi }, at(1_000), 100)
                .await?;
            if hi.is_some() {
                ensure_eq!(chunk.len(), count, "how many portfolios a chunk of {count} has");
            }
            found.extend(ids(&chunk));
            lo = hi;
            if hi.is_none() {
                break;
            }
        }
        ensure_eq!(found, ids(&kept), "all chunks, put together");
    }
    // A chunk may begin where a portfolio has been deleted since.
    store.delete_portfolio(&kept[10].owner, kept[10].id).await?;
    let found = store.portfolio_id_after(id(10), 5).await?;
    ensure_eq!(
        found,
        id(16),
        "portfolio_id_after() of 5 from a portfolio that was deleted"
    );
    Ok(())
}
