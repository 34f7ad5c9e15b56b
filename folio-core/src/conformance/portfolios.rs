//! What a [`PortfolioStore`](crate::PortfolioStore) has to do with portfolios.

use std::sync::Arc;

use jiff::SignedDuration;

use super::check::{Outcome, Suite, at_once, ensure, ensure_eq, fails_with, run};
use super::samples::{AWKWARD, at, large_portfolio, lot, owned_by, portfolio_of, portfolios};
use crate::ErrorKind::{Conflict, NotFound, PreconditionFailed};
use crate::id::{OwnerId, PortfolioId};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::store::{IdRange, Page, PortfolioQuery, PortfolioStore, PortfolioSummary};

pub(super) type Store = Arc<dyn PortfolioStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
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
            portfolios_come_in_the_order_of_their_ids_asked_for,
            archived_portfolios_are_a_list_of_their_own,
            a_deleted_portfolio_is_gone,
            a_limit_of_zero_reads_nothing,
        ]
    );
}

pub(super) const ALL: IdRange = IdRange {
    lo: None,
    after: false,
    hi: None,
};

fn query(owner: &str, limit: usize) -> PortfolioQuery {
    PortfolioQuery {
        owner: OwnerId::new(owner),
        archived: false,
        after: None,
        limit,
    }
}

pub(super) fn ids(portfolios: &[Portfolio]) -> Vec<PortfolioId> {
    portfolios.iter().map(|portfolio| portfolio.id).collect()
}

/// Keeps `count` small portfolios of two owners, made a millisecond apart, and answers them by id.
pub(super) async fn keep(store: &Store, count: usize) -> Outcome<Vec<Portfolio>> {
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
    ensure_eq!(
        all.len(),
        portfolios().len(),
        "the number of portfolios that portfolios_between() has"
    );
    Ok(())
}

async fn the_largest_portfolio_reads_back(store: Store) -> Outcome {
    let mut portfolio = large_portfolio();
    store.create_portfolio(&portfolio).await?;
    let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
    ensure!(
        found == portfolio,
        "a portfolio of {} holdings reads back changed or in another order",
        portfolio.holdings.len()
    );
    portfolio.holdings.reverse();
    portfolio.version = 2;
    store.update_portfolio(&portfolio, 1).await?;
    let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
    ensure!(
        found == portfolio,
        "a portfolio of {} holdings reads back changed after an update",
        portfolio.holdings.len()
    );
    Ok(())
}

async fn an_id_is_created_once(store: Store) -> Outcome {
    let first = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    store.create_portfolio(&first).await?;
    for owner in ["ann", "bob"] {
        let second = owned_by(
            owner,
            Portfolio {
                name: "second".to_owned(),
                holdings: Vec::new(),
                ..first.clone()
            },
        );
        fails_with(
            store.create_portfolio(&second).await,
            Conflict,
            "create_portfolio() of an id that is there",
        )?;
    }
    ensure_eq!(
        store.portfolio(&first.owner, first.id).await?,
        first,
        "the first portfolio after the conflict"
    );

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
    ensure_eq!(
        created,
        1,
        "how many of 8 concurrent create_portfolio() with one id succeeded"
    );
    Ok(())
}

async fn an_absent_portfolio_is_not_found(store: Store) -> Outcome {
    let absent = portfolio_of("crypto:bitcoin", at(0));
    let owner = &absent.owner;
    fails_with(
        store.portfolio(owner, absent.id).await,
        NotFound,
        "portfolio() of an absent id",
    )?;
    fails_with(
        store.update_portfolio(&absent, 1).await,
        NotFound,
        "update_portfolio() of an absent id",
    )?;
    fails_with(
        store.delete_portfolio(owner, absent.id).await,
        NotFound,
        "delete_portfolio() of an absent id",
    )?;
    let page = store.portfolios(&query(owner.as_str(), 10)).await?;
    ensure_eq!(
        page,
        Page {
            items: Vec::new(),
            more: false
        },
        "portfolios() of an empty store"
    );
    ensure_eq!(
        store.portfolio_id_after(None, 1).await?,
        None,
        "portfolio_id_after() of an empty store"
    );
    Ok(())
}

async fn another_owner_finds_nothing(store: Store) -> Outcome {
    let portfolio = owned_by("ann", portfolio_of("crypto:bitcoin", at(0)));
    store.create_portfolio(&portfolio).await?;
    // Names that a comparison without care takes for the owner's.
    for stranger in ["bob", "Ann", "ann ", "an", "anna", "", "%", "ann\u{301}"] {
        let id = OwnerId::new(stranger);
        let taken = owned_by(
            stranger,
            Portfolio {
                name: "taken".to_owned(),
                version: 2,
                ..portfolio.clone()
            },
        );
        fails_with(
            store.portfolio(&id, portfolio.id).await,
            NotFound,
            "portfolio() of another owner",
        )?;
        fails_with(
            store.update_portfolio(&taken, 1).await,
            NotFound,
            "update_portfolio() of another owner",
        )?;
        fails_with(
            store.update_portfolio(&taken, 9).await,
            NotFound,
            "update_portfolio() of another owner with a stale version",
        )?;
        fails_with(
            store.delete_portfolio(&id, portfolio.id).await,
            NotFound,
            "delete_portfolio() of another owner",
        )?;
        let page = store.portfolios(&query(stranger, 10)).await?;
        ensure_eq!(
            page.items.len(),
            0,
            "portfolios() that {stranger:?} sees of an owner called ann"
        );
        ensure!(!page.more, "portfolios() tells {stranger:?} that there is more");
    }
    ensure_eq!(
        store.portfolio(&portfolio.owner, portfolio.id).await?,
        portfolio,
        "the portfolio after strangers tried"
    );
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
        ensure_eq!(
            store.portfolio(&first.owner, first.id).await?,
            next,
            "portfolio() after update_portfolio()"
        );
    }
    let untouched = store.portfolio(&bystander.owner, bystander.id).await?;
    ensure_eq!(untouched, bystander, "another portfolio after update_portfolio()");
    Ok(())
}

async fn a_stale_update_changes_nothing(store: Store) -> Outcome {
    let portfolio = Portfolio {
        version: 5,
        ..portfolio_of("crypto:bitcoin", at(0))
    };
    store.create_portfolio(&portfolio).await?;
    for stale in [0, 1, 4, 6] {
        let changed = Portfolio {
            name: AWKWARD.to_owned(),
            version: stale + 1,
            ..portfolio.clone()
        };
        let answer = store.update_portfolio(&changed, stale).await;
        fails_with(
            answer,
            PreconditionFailed,
            "update_portfolio() that names another version",
        )?;
    }
    ensure_eq!(
        store.portfolio(&portfolio.owner, portfolio.id).await?,
        portfolio,
        "the portfolio after stale updates"
    );
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
            let mut next = Portfolio {
                name: format!("{expected} {writer}"),
                version: expected + 1,
                ..portfolio.clone()
            };
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
        ensure_eq!(
            winners.len(),
            1,
            "how many of {WRITERS} concurrent updates of version {expected} succeeded"
        );
        let found = store.portfolio(&portfolio.owner, portfolio.id).await?;
        ensure_eq!(found, winners[0], "the portfolio after concurrent updates");
    }
    Ok(())
}

async fn a_list_is_paged_in_order_of_ids(store: Store) -> Outcome {
    let kept = keep(&store, 23).await?;
    for owner in ["ann", "bob"] {
        let wanted: Vec<_> = kept
            .iter()
            .filter(|portfolio| portfolio.owner.as_str() == owner)
            .map(|portfolio| portfolio.id)
            .collect();
        for limit in [1, 5, wanted.len() - 1, wanted.len(), wanted.len() + 1, 1_000] {
            let mut found = Vec::new();
            let mut page_query = query(owner, limit);
            loop {
                let page = store.portfolios(&page_query).await?;
                ensure!(
                    page.items.len() <= limit,
                    "portfolios() has {} items with a limit of {limit}",
                    page.items.len()
                );
                found.extend(page.items.iter().map(|summary| summary.id));
                let left = wanted.len().saturating_sub(found.len());
                ensure_eq!(
                    page.more,
                    left > 0,
                    "`more` of portfolios() with {left} left and a limit of {limit}"
                );
                if !page.more {
                    break;
                }
                ensure!(
                    !page.items.is_empty(),
                    "portfolios() says there is more and has no item"
                );
                page_query.after = found.last().copied();
            }
            ensure_eq!(
                found,
                wanted,
                "the pages of portfolios() with a limit of {limit}, put together"
            );
        }
    }
    // A cursor outlives the portfolio that it names.
    let gone = &kept[2];
    store.delete_portfolio(&gone.owner, gone.id).await?;
    let page = store
        .portfolios(&PortfolioQuery {
            after: Some(gone.id),
            ..query(gone.owner.as_str(), 1)
        })
        .await?;
    let next = kept[3..]
        .iter()
        .find(|portfolio| portfolio.owner == gone.owner)
        .map(|portfolio| portfolio.id);
    ensure_eq!(
        page.items.first().map(|summary| summary.id),
        next,
        "portfolios() after a portfolio that was deleted"
    );
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
        let list = PortfolioQuery {
            archived: portfolio.archived,
            ..query("ann", 10)
        };
        let page = store.portfolios(&list).await?;
        let found = page.items.iter().find(|summary| summary.id == portfolio.id);
        ensure_eq!(
            found,
            Some(&PortfolioSummary::from(&portfolio)),
            "the summary of a portfolio after an update"
        );
    }
    Ok(())
}

async fn portfolios_come_in_the_order_of_their_ids_asked_for(store: Store) -> Outcome {
    let kept = keep(&store, 7).await?;
    let large = owned_by("ann", large_portfolio());
    store.create_portfolio(&large).await?;
    let ann = OwnerId::new("ann");
    let none = store.portfolios_with_ids(&ann, &[]).await?;
    ensure_eq!(none, [], "portfolios_with_ids() of no ids");
    let mut archived = kept[4].clone();
    (archived.archived, archived.version) = (true, 2);
    store.update_portfolio(&archived, 1).await?;
    store.delete_portfolio(&ann, kept[2].id).await?;
    let absent = portfolio_of("crypto:bitcoin", at(0));
    // kept[1] is bob's, kept[2] was deleted; an archived one is one like any other.
    let asked = [
        kept[6].id, absent.id, kept[1].id, large.id, kept[4].id, kept[2].id, kept[0].id,
    ];
    let found = store.portfolios_with_ids(&ann, &asked).await?;
    ensure_eq!(
        ids(&found),
        [kept[6].id, large.id, kept[4].id, kept[0].id],
        "portfolios_with_ids(), in the order asked and without those of others"
    );
    ensure!(
        found[1] == large && found[2] == archived,
        "portfolios_with_ids() has a portfolio that differs from portfolio()"
    );
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
        let page = store
            .portfolios(&PortfolioQuery {
                archived: wants_archived,
                ..query(owner, 10)
            })
            .await?;
        ensure_eq!(page.items.len(), count, "portfolios() with archived: {wants_archived}");
        ensure!(
            page.items.iter().all(|summary| summary.archived == wants_archived),
            "portfolios() mixes archived and others"
        );
    }
    let all = store.portfolios_between(&ALL, at(1_000), 100).await?;
    ensure_eq!(
        ids(&all),
        ids(&kept),
        "portfolios_between(), which has archived portfolios too"
    );
    Ok(())
}

async fn a_deleted_portfolio_is_gone(store: Store) -> Outcome {
    let kept = keep(&store, 5).await?;
    let (gone, left) = (&kept[2], [&kept[..2], &kept[3..]].concat());
    store.delete_portfolio(&gone.owner, gone.id).await?;
    fails_with(
        store.portfolio(&gone.owner, gone.id).await,
        NotFound,
        "portfolio() of a deleted one",
    )?;
    let revived = Portfolio {
        version: 2,
        ..gone.clone()
    };
    fails_with(
        store.update_portfolio(&revived, 1).await,
        NotFound,
        "update_portfolio() of a deleted one",
    )?;
    fails_with(
        store.delete_portfolio(&gone.owner, gone.id).await,
        NotFound,
        "delete_portfolio() of a deleted one",
    )?;
    let all = store.portfolios_between(&ALL, at(1_000), 100).await?;
    ensure_eq!(ids(&all), ids(&left), "portfolios_between() after a deletion");
    let third = store.portfolio_id_after(None, 2).await?;
    ensure_eq!(third, Some(left[2].id), "portfolio_id_after() after a deletion");
    let page = store.portfolios(&query(gone.owner.as_str(), 10)).await?;
    ensure!(
        page.items.iter().all(|summary| summary.id != gone.id),
        "portfolios() lists a deleted one"
    );
    Ok(())
}

async fn a_limit_of_zero_reads_nothing(store: Store) -> Outcome {
    let kept = keep(&store, 2).await?;
    let page = store.portfolios(&query(kept[0].owner.as_str(), 0)).await?;
    ensure_eq!(page.items.len(), 0, "portfolios() with a limit of 0");
    ensure_eq!(
        store.portfolios_between(&ALL, at(1_000), 0).await?.len(),
        0,
        "portfolios_between() with a limit of 0"
    );
    ensure_eq!(
        store.held_assets(None, 0).await?.len(),
        0,
        "held_assets() with a limit of 0"
    );
    let other = owned_by("cy", Portfolio::new("empty", Currency::EUR, at(0)));
    store.create_portfolio(&other).await?;
    let page = store.portfolios(&query("cy", 1)).await?;
    ensure!(!page.more, "portfolios() says there is more after the only one");
    Ok(())
}
