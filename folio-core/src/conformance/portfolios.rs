//! What a [`PortfolioStore`](crate::PortfolioStore) has to do with portfolios.

use std::sync::Arc;

use jiff::SignedDuration;

use super::check::{Outcome, Suite, at_once, ensure, ensure_eq, fails_with, run};
use super::samples::{AWKWARD, Dice, at, large_portfolio, lot, owned_by, portfolio_of, portfolios};
use crate::ErrorKind::{Conflict, NotFound, PreconditionFailed};
use crate::id::{OwnerId, PortfolioId};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::store::{IdRange, Page, PortfolioQuery, PortfolioStore, PortfolioSummary};

type Store = Arc<dyn PortfolioStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(suite, fresh, [
        every_field_of_a_portfolio_reads_back,
        the_largest_portfolio_reads_back,
        an_id_is_created_once,
        an_absent_portfolio_is_not_found,
        another_owner_finds_nothing,
        an_update_replaces_everything,
        a_stale_update_changes_nothing,
        of_concurrent_updates_one_wins,
        a_list_is_paged_in_order_of_ids,
        a_list_has_the_summary_of_each,
        archived_portfolios_are_a_list_of_their_own,
        a_deleted_portfolio_is_gone,
        a_range_of_ids_is_half_open,
        a_range_has_every_owner_and_the_holdings,
        a_range_leaves_out_what_was_made_later,
        chunks_tile_all_ids,
        a_limit_of_zero_reads_nothing,
    ]);
}

const ALL: IdRange = IdRange { lo: None, after: false, hi: None };

fn query(owner: &str, limit: usize) -> PortfolioQuery {
    PortfolioQuery { owner: OwnerId::new(owner), archived: false, after: None, limit }
}

fn ids(portfolios: &[Portfolio]) -> Vec<PortfolioId> {
    portfolios.iter().map(|portfolio| portfolio.id).collect()
}

/// Keeps `count` small portfolios of two owners, made a millisecond apart, and answers them by id.
async fn keep(store: &Store, count: usize) -> Outcome<Vec<Portfolio>> {
    let mut kept = Vec::with_capacity(count);
    for index in 0..count {
        let owner = ["ann", "bob"][index % 2];
        let made = at(i64::try_from(index).unwrap_or(0));
        kept.push(owned_by(owner, portfolio_of("crypto:bitcoin", made)));
    }
    // The order of writing is not the order of ids.
    for portfolio in kept.iter().rev() {
        store.create_portfolio(portfolio).await?;
    }
    kept.sort_by_key(|portfolio| portfolio.id);
    Ok(kept)
}

async fn every_field_of_a_portfolio_reads_back(store: Store) -> Outcome {
    for portfolio in portfolios() {
        store.create_portfolio(&portfolio).await?;
        let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
        ensure_eq!(found, portfolio, "portfolio() after create_portfolio()");
    }
    let all = store.portfolios_between(&ALL, at(1_000), 100).await?;
    for portfolio in &all {
        let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
        ensure_eq!(*portfolio, found, "portfolios_between() beside portfolio()");
    }
    ensure_eq!(all.len(), portfolios().len(), "the number of portfolios that portfolios_between() has");
    Ok(())
}

async fn the_largest_portfolio_reads_back(store: Store) -> Outcome {
    let mut portfolio = large_portfolio();
    store.create_portfolio(&portfolio).await?;
    let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
    ensure!(found == portfolio, "a portfolio of {} holdings reads back changed or in another order", portfolio.holdings.len());
    portfolio.holdings.reverse();
    portfolio.version = 2;
    store.update_portfolio(&portfolio, 1).await?;
    let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
    ensure!(found == portfolio, "a portfolio of {} holdings reads back changed after an update", portfolio.holdings.len());
    Ok(())
}

async fn an_id_is_created_once(store: Store) -> Outcome {
    let first = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    store.create_portfolio(&first).await?;
    for owner in ["ann", "bob"] {
        let second = owned_by(owner, Portfolio { name: "second".to_owned(), holdings: Vec::new(), ..first.clone() });
        fails_with(store.create_portfolio(&second).await, Conflict, "create_portfolio() of an id that is there")?;
    }
    ensure_eq!(store.portfolio(&first.owner, first.id).await?, first, "the first portfolio after the conflict");

    let raced = portfolio_of("crypto:bitcoin", at(1));
    let answers = at_once(8, |_| {
        let (store, portfolio) = (store.clone(), raced.clone());
        async move { store.create_portfolio(&portfolio).await }
    });
    let mut created = 0;
    for answer in answers.await? {
        match answer {
            Ok(()) => created += 1,
            conflict => fails_with(conflict, Conflict, "create_portfolio() that lost a race")?,
        }
    }
    ensure_eq!(created, 1, "how many of 8 concurrent create_portfolio() with one id succeeded");
    Ok(())
}

async fn an_absent_portfolio_is_not_found(store: Store) -> Outcome {
    let absent = portfolio_of("crypto:bitcoin", at(0));
    let owner = &absent.owner;
    fails_with(store.portfolio(owner, absent.id).await, NotFound, "portfolio() of an absent id")?;
    fails_with(store.update_portfolio(&absent, 1).await, NotFound, "update_portfolio() of an absent id")?;
    fails_with(store.delete_portfolio(owner, absent.id).await, NotFound, "delete_portfolio() of an absent id")?;
    let page = store.portfolios(&query(owner.as_str(), 10)).await?;
    ensure_eq!(page, Page { items: Vec::new(), more: false }, "portfolios() of an empty store");
    ensure_eq!(store.portfolio_id_after(None, 1).await?, None, "portfolio_id_after() of an empty store");
    Ok(())
}

async fn another_owner_finds_nothing(store: Store) -> Outcome {
    let portfolio = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    store.create_portfolio(&portfolio).await?;
    // Names that a comparison without care takes for the owner's.
    for stranger in ["bob", "Ann", "ann ", "an", "anna", "", "%", "ann\u{301}"] {
        let id = OwnerId::new(stranger);
        let taken = owned_by(stranger, Portfolio { name: "taken".to_owned(), version: 2, ..portfolio.clone() });
        fails_with(store.portfolio(&id, portfolio.id).await, NotFound, "portfolio() of another owner")?;
        fails_with(store.update_portfolio(&taken, 1).await, NotFound, "update_portfolio() of another owner")?;
        fails_with(store.update_portfolio(&taken, 9).await, NotFound, "update_portfolio() of another owner with a stale version")?;
        fails_with(store.delete_portfolio(&id, portfolio.id).await, NotFound, "delete_portfolio() of another owner")?;
        let page = store.portfolios(&query(stranger, 10)).await?;
        ensure_eq!(page.items.len(), 0, "portfolios() that {stranger:?} sees of an owner called ann");
        ensure!(!page.more, "portfolios() tells {stranger:?} that there is more");
    }
    ensure_eq!(store.portfolio(&portfolio.owner, portfolio.id).await?, portfolio, "the portfolio after strangers tried");
    Ok(())
}

async fn an_update_replaces_everything(store: Store) -> Outcome {
    let samples = portfolios();
    let first = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    let bystander = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    store.create_portfolio(&first).await?;
    store.create_portfolio(&bystander).await?;
    for (sample, expected) in samples.into_iter().zip(1..) {
        let next = Portfolio {
            id: first.id,
            owner: first.owner.clone(),
            base_currency: first.base_currency,
            created_at: first.created_at,
            version: expected + 1,
            ..sample
        };
        store.update_portfolio(&next, expected).await?;
        ensure_eq!(store.portfolio(&first.owner, first.id).await?, next, "portfolio() after update_portfolio()");
    }
    let untouched = store.portfolio(&bystander.owner, bystander.id).await?;
    ensure_eq!(untouched, bystander, "another portfolio after update_portfolio()");
    Ok(())
}

async fn a_stale_update_changes_nothing(store: Store) -> Outcome {
    let portfolio = Portfolio { version: 5, ..portfolio_of("crypto:bitcoin", at(0)) };
    store.create_portfolio(&portfolio).await?;
    for stale in [0, 1, 4, 6] {
        let changed = Portfolio { name: AWKWARD.to_owned(), version: stale + 1, ..portfolio.clone() };
        let answer = store.update_portfolio(&changed, stale).await;
        fails_with(answer, PreconditionFailed, "update_portfolio() that names another version")?;
    }
    ensure_eq!(store.portfolio(&portfolio.owner, portfolio.id).await?, portfolio, "the portfolio after stale updates");
    Ok(())
}

async fn of_concurrent_updates_one_wins(store: Store) -> Outcome {
    const WRITERS: usize = 8;
    const ROUNDS: u64 = 5;
    let portfolio = portfolio_of("crypto:bitcoin", at(0));
    store.create_portfolio(&portfolio).await?;
    for expected in 1..=ROUNDS {
        let answers = at_once(WRITERS, |writer| {
            let store = store.clone();
            let mut next = Portfolio { name: format!("{expected} {writer}"), version: expected + 1, ..portfolio.clone() };
            next.holdings.push(lot(&format!("stock:W{writer}"), "1"));
            async move { store.update_portfolio(&next, expected).await.map(|()| next) }
        });
        let mut winners = Vec::new();
        for answer in answers.await? {
            match answer {
                Ok(written) => winners.push(written),
                late => fails_with(late, PreconditionFailed, "update_portfolio() that lost a race")?,
            }
        }
        ensure_eq!(winners.len(), 1, "how many of {WRITERS} concurrent updates of version {expected} succeeded");
        let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
        ensure_eq!(found, winners[0], "the portfolio after concurrent updates");
    }
    Ok(())
}

async fn a_list_is_paged_in_order_of_ids(store: Store) -> Outcome {
    let kept = keep(&store, 23).await?;
    for owner in ["ann", "bob"] {
        let wanted: Vec<_> = kept.iter().filter(|portfolio| portfolio.owner.as_str() == owner).map(|portfolio| portfolio.id).collect();
        for limit in [1, 5, wanted.len() - 1, wanted.len(), wanted.len() + 1, 1_000] {
            let mut found = Vec::new();
            let mut page_query = query(owner, limit);
            loop {
                let page = store.portfolios(&page_query).await?;
                ensure!(page.items.len() <= limit, "portfolios() has {} items with a limit of {limit}", page.items.len());
                found.extend(page.items.iter().map(|summary| summary.id));
                let left = wanted.len().saturating_sub(found.len());
                ensure_eq!(page.more, left > 0, "`more` of portfolios() with {left} left and a limit of {limit}");
                if !page.more {
                    break;
                }
                ensure!(!page.items.is_empty(), "portfolios() says there is more and has no item");
                page_query.after = found.last().copied();
            }
            ensure_eq!(found, wanted, "the pages of portfolios() with a limit of {limit}, put together");
        }
    }
    // A cursor outlives the portfolio that it names.
    let gone = &kept[2];
    store.delete_portfolio(&gone.owner, gone.id).await?;
    let page = store.portfolios(&PortfolioQuery { after: Some(gone.id), ..query(gone.owner.as_str(), 1) }).await?;
    let next = kept[3..].iter().find(|portfolio| portfolio.owner == gone.owner).map(|portfolio| portfolio.id);
    ensure_eq!(page.items.first().map(|summary| summary.id), next, "portfolios() after a portfolio that was deleted");
    Ok(())
}

async fn a_list_has_the_summary_of_each(store: Store) -> Outcome {
    for sample in portfolios() {
        let mut portfolio = owned_by("ann", sample);
        store.create_portfolio(&portfolio).await?;
        portfolio.holdings.push(lot("stock:AAPL", "1"));
        let expected = portfolio.version;
        portfolio.version += 1;
        portfolio.name.push('!');
        portfolio.updated_at += SignedDuration::from_millis(1);
        store.update_portfolio(&portfolio, expected).await?;
        let list = PortfolioQuery { archived: portfolio.archived, ..query("ann", 10) };
        let page = store.portfolios(&list).await?;
        let found = page.items.iter().find(|summary| summary.id == portfolio.id);
        ensure_eq!(found, Some(&PortfolioSummary::from(&portfolio)), "the summary of a portfolio after an update");
    }
    Ok(())
}

async fn archived_portfolios_are_a_list_of_their_own(store: Store) -> Outcome {
    let kept = keep(&store, 6).await?;
    let mut archived = kept[0].clone();
    archived.archived = true;
    archived.version = 2;
    store.update_portfolio(&archived, 1).await?;
    let owner = archived.owner.as_str();
    for (wants_archived, count) in [(true, 1), (false, 2)] {
        let page = store.portfolios(&PortfolioQuery { archived: wants_archived, ..query(owner, 10) }).await?;
        ensure_eq!(page.items.len(), count, "portfolios() with archived: {wants_archived}");
        ensure!(page.items.iter().all(|summary| summary.archived == wants_archived), "portfolios() mixes archived and others");
    }
    let all = store.portfolios_between(&ALL, at(1_000), 100).await?;
    ensure_eq!(ids(&all), ids(&kept), "portfolios_between(), which has archived portfolios too");
    Ok(())
}

async fn a_deleted_portfolio_is_gone(store: Store) -> Outcome {
    let kept = keep(&store, 5).await?;
    let (gone, left) = (&kept[2], [&kept[..2], &kept[3..]].concat());
    store.delete_portfolio(&gone.owner, gone.id).await?;
    fails_with(store.portfolio(&gone.owner, gone.id).await, NotFound, "portfolio() of a deleted one")?;
    let revived = Portfolio { version: 2, ..gone.clone() };
    fails_with(store.update_portfolio(&revived, 1).await, NotFound, "update_portfolio() of a deleted one")?;
    fails_with(store.delete_portfolio(&gone.owner, gone.id).await, NotFound, "delete_portfolio() of a deleted one")?;
    let all = store.portfolios_between(&ALL, at(1_000), 100).await?;
    ensure_eq!(ids(&all), ids(&left), "portfolios_between() after a deletion");
    let third = store.portfolio_id_after(None, 2).await?;
    ensure_eq!(third, Some(left[2].id), "portfolio_id_after() after a deletion");
    let page = store.portfolios(&query(gone.owner.as_str(), 10)).await?;
    ensure!(page.items.iter().all(|summary| summary.id != gone.id), "portfolios() lists a deleted one");
    Ok(())
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
        ensure_eq!(ids(&found), ids(&kept[wanted]), "portfolios_between() of {range:?} with a limit of {limit}");
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
        range = IdRange { lo: Some(last.id), after: true, hi: None };
        found.extend(page);
        ensure!(found.len() <= kept.len(), "portfolios_between() page by page does not come to an end");
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
        *portfolio = Portfolio { id: PortfolioId::new(portfolio.created_at), created_at: at(-age), ..portfolio.clone() };
        store.create_portfolio(portfolio).await?;
    }
    kept.sort_by_key(|portfolio| portfolio.id);
    for until in [-7, -5, -2, 0, 1] {
        let wanted: Vec<_> = kept.iter().filter(|portfolio| portfolio.created_at <= at(until)).cloned().collect();
        let found = store.portfolios_between(&ALL, at(until), 100).await?;
        ensure_eq!(ids(&found), ids(&wanted), "portfolios_between() of those made until {}", at(until));
        let found = store.portfolios_between(&ALL, at(until), 2).await?;
        let first = &wanted[..wanted.len().min(2)];
        ensure_eq!(ids(&found), ids(first), "portfolios_between() of the first 2 made until {}", at(until));
    }
    Ok(())
}

async fn chunks_tile_all_ids(store: Store) -> Outcome {
    let kept = keep(&store, 60).await?;
    let id = |index: usize| kept.get(index).map(|portfolio| portfolio.id);
    for (lo, count) in [(0, 1), (0, 59), (0, 60), (10, 49), (10, 50), (59, 1)] {
        let found = store.portfolio_id_after(id(lo), count).await?;
        ensure_eq!(found, id(lo + count), "portfolio_id_after() of {count} from place {lo} of 60");
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
            ensure!(hi.is_none() || hi > lo, "portfolio_id_after() of {count} from {lo:?} goes to {hi:?}");
            let chunk = store.portfolios_between(&IdRange { lo, after: false, hi }, at(1_000), 100).await?;
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
    ensure_eq!(found, id(16), "portfolio_id_after() of 5 from a portfolio that was deleted");
    Ok(())
}

async fn a_limit_of_zero_reads_nothing(store: Store) -> Outcome {
    let kept = keep(&store, 2).await?;
    let page = store.portfolios(&query(kept[0].owner.as_str(), 0)).await?;
    ensure_eq!(page.items.len(), 0, "portfolios() with a limit of 0");
    ensure_eq!(store.portfolios_between(&ALL, at(1_000), 0).await?.len(), 0, "portfolios_between() with a limit of 0");
    ensure_eq!(store.held_assets(None, 0).await?.len(), 0, "held_assets() with a limit of 0");
    let other = owned_by("cy", Portfolio::new("empty", Currency::EUR, at(0)));
    store.create_portfolio(&other).await?;
    let page = store.portfolios(&query("cy", 1)).await?;
    ensure!(!page.more, "portfolios() says there is more after the only one");
    Ok(())
}
