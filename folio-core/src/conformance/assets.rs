//! What a [`PortfolioStore`](crate::PortfolioStore) has to know of assets: who holds them, what they are
//! called, what they once cost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rust_decimal::Decimal;

use super::check::{Failure, Outcome, Suite, at_once, ensure, ensure_eq, run};
use super::samples::{AWKWARD, asset, at, date, large_portfolio, lot, number, portfolio_of, portfolios, price};
use crate::asset::{AssetId, AssetInfo, AssetKind};
use crate::book::ReferenceRate;
use crate::money::{Currency, Money};
use crate::portfolio::{CostBasis, Portfolio};
use crate::quote::SourceId;
use crate::store::{HeldAsset, IdRange, PortfolioStore};

/// More than a database takes as parameters of one statement.
const MANY: usize = 40_000;

type Store = Arc<dyn PortfolioStore>;

pub(super) async fn run(suite: &mut Suite, fresh: impl AsyncFn() -> Store) {
    run!(
        suite,
        fresh,
        [
            what_is_held_is_listed,
            held_assets_are_paged_in_order,
            a_foreign_cost_lists_its_currency_and_day,
            what_is_held_is_listed_before_it_can_be_read,
            a_sweep_removes_only_what_nobody_holds,
            a_sweep_beside_writers_loses_nothing,
            asset_infos_are_replaced,
            asset_infos_are_paged_each_once,
            lookups_of_nothing_and_of_very_many_work,
        ]
    );
}

/// The whole list, page by page, refusing one that is not in order or repeats itself.
async fn held(store: &Store, limit: usize) -> Outcome<Vec<HeldAsset>> {
    let mut all: Vec<HeldAsset> = Vec::new();
    loop {
        let page = store.held_assets(all.last(), limit).await?;
        ensure!(
            page.len() <= limit,
            "held_assets() has {} items with a limit of {limit}",
            page.len()
        );
        let full = page.len() == limit;
        for row in page {
            ensure!(
                all.last().is_none_or(|last| *last < row),
                "held_assets() has {row:?} after {:?}",
                all.last()
            );
            all.push(row);
        }
        if !full {
            return Ok(all);
        }
    }
}

/// Fails if something that the portfolios need is not in the list; the list may have more.
async fn lists_all(store: &Store, portfolios: &[Portfolio], when: &str) -> Outcome {
    let listed: BTreeSet<_> = held(store, 500).await?.into_iter().collect();
    for wanted in portfolios.iter().flat_map(HeldAsset::of) {
        ensure!(listed.contains(&wanted), "held_assets() lacks {wanted:?} {when}");
    }
    Ok(())
}

async fn what_is_held_is_listed(store: Store) -> Outcome {
    ensure_eq!(held(&store, 10).await?, Vec::new(), "held_assets() of an empty store");
    let mut kept = portfolios();
    kept.push(large_portfolio());
    for portfolio in &kept {
        store.create_portfolio(portfolio).await?;
    }
    lists_all(&store, &kept, "after create_portfolio()").await?;
    let wanted: BTreeSet<_> = kept.iter().flat_map(HeldAsset::of).collect();
    let found = held(&store, 500).await?;
    ensure_eq!(
        found.len(),
        wanted.len(),
        "the length of held_assets(), where nothing was ever sold"
    );

    let mut changed = kept.swap_remove(0);
    changed.holdings = vec![lot("stock:NEW", "1"), lot("crypto:new", "1"), lot("stock:NEW", "2")];
    changed.version += 1;
    store.update_portfolio(&changed, changed.version - 1).await?;
    kept.push(changed);
    lists_all(&store, &kept, "after update_portfolio()").await
}

async fn held_assets_are_paged_in_order(store: Store) -> Outcome {
    let mut portfolio = Portfolio::new("Core", Currency::EUR, at(0));
    // In bytes '-' is before '.', that before digits, those before '^', and '_' after it.
    for symbol in [
        "crypto:a",
        "crypto:a-1",
        "crypto:a.1",
        "crypto:a_1",
        "crypto:a1",
        "stock:^A",
        "stock:A=X",
        "stock:A&B",
        "custom:a",
    ] {
        portfolio.holdings.push(lot(symbol, "1"));
    }
    portfolio.holdings.push(lot("currency:USD", "-1"));
    let dollars = Portfolio {
        id: crate::PortfolioId::new(at(1)),
        base_currency: Currency::USD,
        ..portfolio.clone()
    };
    store.create_portfolio(&portfolio).await?;
    store.create_portfolio(&dollars).await?;
    let wanted: BTreeSet<_> = [&portfolio, &dollars].into_iter().flat_map(HeldAsset::of).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    for limit in [1, 2, 7, wanted.len(), 1_000] {
        ensure_eq!(held(&store, limit).await?, wanted, "held_assets() in pages of {limit}");
    }
    let between = HeldAsset {
        asset: asset("crypto:a-9"),
        currency: Currency::EUR,
        cost_date: None,
    };
    let place = wanted.iter().position(|row| *row > between);
    let next = store.held_assets(Some(&between), 1).await?;
    ensure_eq!(
        next.first(),
        place.map(|place| &wanted[place]),
        "held_assets() after a row that is not there"
    );
    Ok(())
}

async fn a_foreign_cost_lists_its_currency_and_day(store: Store) -> Outcome {
    let dollars = CostBasis::Unit(price("100", Currency::USD));
    let euros = CostBasis::Total(Money::new(number("5"), Currency::EUR));
    let portfolio = Portfolio::new("Core", Currency::EUR, at(0))
        .with(lot("stock:A", "1").with_cost(dollars).acquired_on(date("2020-02-29")))
        .with(lot("stock:B", "1").with_cost(dollars))
        .with(lot("stock:C", "1").with_cost(euros).acquired_on(date("2021-01-01")));
    store.create_portfolio(&portfolio).await?;
    let row = |text: &str, cost_date| HeldAsset {
        asset: asset(text),
        currency: Currency::EUR,
        cost_date,
    };
    let wanted: BTreeSet<_> = [
        row("currency:USD", Some(date("2020-02-29"))),
        row("stock:A", None),
        row("stock:B", None),
        row("stock:C", None),
    ]
    .into();
    let wanted: Vec<_> = wanted.into_iter().collect();
    ensure_eq!(
        held(&store, 3).await?,
        wanted,
        "held_assets() of a portfolio with a cost in another currency"
    );
    Ok(())
}

/// Writers make and change portfolios while a reader looks: whatever it sees held must be listed then.
async fn what_is_held_is_listed_before_it_can_be_read(store: Store) -> Outcome {
    const WRITERS: usize = 4;
    const EACH: usize = 12;
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, done) = (store.clone(), done.clone());
        async move {
            let all = IdRange {
                lo: None,
                after: false,
                hi: None,
            };
            loop {
                let last_look = done.load(Ordering::SeqCst);
                let seen = store.portfolios_between(&all, at(1_000), 1_000).await?;
                lists_all(&store, &seen, "although a portfolio with it could already be read").await?;
                if last_look {
                    return Ok::<_, Failure>(seen.len());
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let writers = at_once(WRITERS, |writer| {
        let store = store.clone();
        async move {
            for index in 0..EACH {
                let mut portfolio = portfolio_of(&format!("crypto:made-{writer}-{index}"), at(0));
                store.create_portfolio(&portfolio).await?;
                portfolio
                    .holdings
                    .push(lot(&format!("crypto:added-{writer}-{index}"), "1"));
                portfolio.version = 2;
                store.update_portfolio(&portfolio, 1).await?;
            }
            Ok::<_, Failure>(())
        }
    });
    let written = writers.await;
    done.store(true, Ordering::SeqCst);
    let seen = reader.await??;
    for writer in written? {
        writer?;
    }
    ensure_eq!(seen, WRITERS * EACH, "how many portfolios the reader saw in the end");
    Ok(())
}

async fn a_sweep_removes_only_what_nobody_holds(store: Store) -> Outcome {
    let shared = portfolio_of("stock:SHARED", at(0)).with(lot("stock:SOLD", "1"));
    let other = portfolio_of("stock:SHARED", at(1)).with(lot("stock:DELETED", "1"));
    let keeper = portfolio_of("stock:SHARED", at(2));
    for portfolio in [&shared, &other, &keeper] {
        store.create_portfolio(portfolio).await?;
    }
    store.sweep_held_assets().await?;
    lists_all(
        &store,
        &[shared.clone(), other.clone(), keeper.clone()],
        "after a sweep",
    )
    .await?;

    store
        .update_portfolio(
            &Portfolio {
                holdings: Vec::new(),
                version: 2,
                ..shared.clone()
            },
            1,
        )
        .await?;
    store.delete_portfolio(&other.owner, other.id).await?;
    let removed = store.sweep_held_assets().await?;
    ensure_eq!(
        held(&store, 10).await?,
        HeldAsset::of(&keeper),
        "held_assets() after a sweep"
    );
    ensure_eq!(removed, 2, "how many rows sweep_held_assets() says it removed");
    ensure_eq!(
        store.sweep_held_assets().await?,
        0,
        "how many rows a second sweep_held_assets() removed"
    );
    Ok(())
}

async fn a_sweep_beside_writers_loses_nothing(store: Store) -> Outcome {
    const WRITERS: usize = 4;
    const EACH: usize = 12;
    let done = Arc::new(AtomicBool::new(false));
    let sweeper = tokio::spawn({
        let (store, done) = (store.clone(), done.clone());
        async move {
            while !done.load(Ordering::SeqCst) {
                store.sweep_held_assets().await?;
                tokio::task::yield_now().await;
            }
            Ok::<_, Failure>(())
        }
    });
    let writers = at_once(WRITERS, |writer| {
        let store = store.clone();
        async move {
            let mut kept = Vec::new();
            for index in 0..EACH {
                // The same few assets come and go, so that a sweep meets some that are just coming back.
                let coming = format!("crypto:coin-{}", (writer + index) % 3);
                let mut portfolio = portfolio_of(&coming, at(0));
                store.create_portfolio(&portfolio).await?;
                if index % 2 == 0 {
                    store.delete_portfolio(&portfolio.owner, portfolio.id).await?;
                    continue;
                }
                portfolio.holdings = vec![lot(&format!("crypto:own-{writer}-{index}"), "1")];
                portfolio.version = 2;
                store.update_portfolio(&portfolio, 1).await?;
                kept.push(portfolio);
            }
            Ok::<_, Failure>(kept)
        }
    });
    let written = writers.await;
    done.store(true, Ordering::SeqCst);
    sweeper.await??;
    let mut kept = Vec::new();
    for writer in written? {
        kept.extend(writer?);
    }
    lists_all(&store, &kept, "after sweeps beside writers").await
}

fn info(asset: AssetId, name: &str) -> AssetInfo {
    AssetInfo {
        asset,
        name: name.to_owned(),
        ticker: None,
        kind: AssetKind::Other,
        currency: None,
        exchange: None,
    }
}

async fn asset_infos_are_replaced(store: Store) -> Outcome {
    let bitcoin = AssetInfo {
        ticker: Some("BTC".to_owned()),
        kind: AssetKind::Coin,
        currency: Some(Currency::USD),
        exchange: Some(String::new()),
        ..info(asset("crypto:bitcoin"), AWKWARD)
    };
    let share = AssetInfo {
        kind: AssetKind::Etf,
        ..info(asset("stock:VWCE.DE"), "All-World")
    };
    store.put_asset_infos(&[bitcoin.clone(), share.clone()]).await?;
    let wanted = [
        asset("stock:VWCE.DE"),
        asset("crypto:unknown"),
        asset("crypto:bitcoin"),
        asset("stock:BITCOIN"),
    ];
    let mut found = store.asset_infos(&wanted).await?;
    found.sort_by(|a, b| a.asset.cmp(&b.asset));
    ensure_eq!(
        found,
        [bitcoin.clone(), share.clone()],
        "asset_infos() of two known and two unknown assets"
    );

    let renamed = info(asset("crypto:bitcoin"), "");
    store.put_asset_infos(std::slice::from_ref(&renamed)).await?;
    let mut found = store.asset_infos(&wanted).await?;
    found.sort_by(|a, b| a.asset.cmp(&b.asset));
    ensure_eq!(found, [renamed, share], "asset_infos() after one was replaced");
    Ok(())
}

async fn asset_infos_are_paged_each_once(store: Store) -> Outcome {
    ensure_eq!(
        store.asset_infos_after(None, 10).await?.len(),
        0,
        "asset_infos_after() of an empty store"
    );
    let mut infos: Vec<_> = [
        "crypto:a",
        "crypto:a-b",
        "crypto:a.b",
        "crypto:b",
        "stock:A",
        "stock:^A",
        "custom:a_b",
    ]
    .iter()
    .map(|text| info(asset(text), text))
    .collect();
    store.put_asset_infos(&infos).await?;
    infos.sort_by(|a, b| a.asset.cmp(&b.asset));
    for limit in [1, 2, 3, 7, 100] {
        let mut found: Vec<AssetInfo> = Vec::new();
        loop {
            let after = found.last().map(|info| info.asset.clone());
            let page = store.asset_infos_after(after.as_ref(), limit).await?;
            ensure!(
                page.len() <= limit && found.len() + page.len() <= infos.len(),
                "asset_infos_after() with a limit of {limit} has {} after {} of {}",
                page.len(),
                found.len(),
                infos.len()
            );
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        found.sort_by(|a, b| a.asset.cmp(&b.asset));
        ensure_eq!(found, infos, "asset_infos_after() with a limit of {limit}");
    }
    ensure_eq!(
        store.asset_infos_after(None, 0).await?.len(),
        0,
        "asset_infos_after() with a limit of 0"
    );
    Ok(())
}

async fn lookups_of_nothing_and_of_very_many_work(store: Store) -> Outcome {
    store.put_asset_infos(&[]).await?;
    store.put_reference_rates(&[]).await?;
    ensure_eq!(store.asset_infos(&[]).await?.len(), 0, "asset_infos() of nothing");
    ensure_eq!(
        store.reference_rates(&[]).await?.len(),
        0,
        "reference_rates() of nothing"
    );

    let coin = |index: usize| asset(&format!("crypto:coin-{index}"));
    store
        .put_asset_infos(&[info(coin(7), "7"), info(coin(MANY - 1), "last")])
        .await?;
    let assets: Vec<_> = (0..MANY).map(coin).collect();
    ensure_eq!(
        store.asset_infos(&assets).await?.len(),
        2,
        "asset_infos() of {MANY} assets of which 2 are known"
    );

    let rate = |date| ReferenceRate {
        currency: Currency::USD,
        date,
        per_euro: Decimal::ONE,
        published_on: date,
        source: SourceId::new("ecb"),
    };
    let days: Vec<_> = date("1950-01-01")
        .series(jiff::Span::new().days(1))
        .take(MANY)
        .collect();
    store
        .put_reference_rates(&[rate(days[0]), rate(days[MANY - 1])])
        .await?;
    let wanted: Vec<_> = days.iter().map(|day| (Currency::USD, *day)).collect();
    ensure_eq!(
        store.reference_rates(&wanted).await?.len(),
        2,
        "reference_rates() of {MANY} days of which 2 are known"
    );
    Ok(())
}
