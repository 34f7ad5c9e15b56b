//! How fast the store is on this machine: `cargo test --release --test rates -- --ignored --nocapture`.

use folio_core::store::{
    IdRange, Inserted, NewRecord, NewSnapshot, OpsStore, PortfolioStore, RecordKind, SnapshotQuery, TotalsQuery,
    ValuationStore,
};
use folio_core::{HistoryPoint, Origin, OwnerId, Policy, Portfolio, ValuationId, down_sample, value};
use tokio::time::Instant;

use crate::common::{book, hours, id, open, portfolio};

const PORTFOLIOS: u128 = 10_000;
const HOLDINGS: u32 = 20;
const TICKS: i64 = 6;

fn report(what: &str, count: usize, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!(
        "{what:34} {count:>7} in {seconds:6.2} s: {:>9.0} a second",
        count as f64 / seconds
    );
}

async fn fill(store: &folio_store_sqlite::SqliteStore) -> Vec<Portfolio> {
    let portfolios: Vec<_> = (0..PORTFOLIOS).map(|number| portfolio(number, HOLDINGS)).collect();
    let since = Instant::now();
    for portfolio in &portfolios[..1_000] {
        store.create_portfolio(portfolio).await.unwrap();
    }
    report("portfolios created", 1_000, since);
    for portfolio in &portfolios[1_000..] {
        store.create_portfolio(portfolio).await.unwrap();
    }
    portfolios
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures, proves nothing"]
async fn rates() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let path = directory.path().join("folio.db");
    let store = open(&path).await;
    let portfolios = fill(&store).await;

    let since = Instant::now();
    let (mut range, mut read) = (
        IdRange {
            lo: None,
            after: false,
            hi: None,
        },
        0,
    );
    loop {
        let page = store.portfolios_between(&range, hours(0), 500).await.unwrap();
        let Some(last) = page.last() else { break };
        read += page.len();
        range = IdRange {
            lo: Some(last.id),
            after: true,
            hi: None,
        };
    }
    report("portfolios read in pages of 500", read, since);

    for tick in 0..TICKS {
        let book = book(HOLDINGS, hours(tick));
        let make = |portfolio| {
            let valuation = value(portfolio, &book, Policy::default(), hours(tick));
            NewSnapshot {
                valuation,
                expire_at: Some(hours(tick + 90)),
            }
        };
        let snapshots: Vec<_> = portfolios.iter().map(make).collect();
        for round in ["snapshots inserted", "snapshots inserted again"] {
            let since = Instant::now();
            for part in snapshots.chunks(500) {
                let outcomes = store.insert_valuations(part).await.unwrap();
                assert!(round.ends_with("again") || outcomes.iter().all(|outcome| *outcome == Inserted::New));
            }
            if tick % 5 == 0 || round == "snapshots inserted" {
                report(round, snapshots.len(), since);
            }
        }
    }
    println!(
        "{} bytes a snapshot in the file",
        std::fs::metadata(&path).unwrap().len() / (PORTFOLIOS as u64 * TICKS as u64)
    );

    let since = Instant::now();
    for number in 0..2_000 {
        store.portfolio(&OwnerId::default(), id(number)).await.unwrap();
    }
    report("portfolio by id", 2_000, since);
    let since = Instant::now();
    for number in 0..2_000 {
        store.valuations(&SnapshotQuery::newest(id(number), 200)).await.unwrap();
    }
    report("lists of 6 snapshots, no holdings", 2_000, since);
    let since = Instant::now();
    for number in 0..2_000 {
        store
            .valuations(&SnapshotQuery {
                holdings: true,
                ..SnapshotQuery::newest(id(number), 200)
            })
            .await
            .unwrap();
    }
    report("lists of 6 snapshots, holdings", 2_000, since);
    let since = Instant::now();
    for number in 0..2_000 {
        store
            .valuation(id(number), ValuationId::derived(id(number), hours(3)))
            .await
            .unwrap()
            .unwrap();
    }
    report("snapshot by id", 2_000, since);
    let since = Instant::now();
    let ids: Vec<_> = (0..200).map(id).collect();
    for _ in 0..20 {
        assert_eq!(store.latest_valuations(&ids).await.unwrap().len(), 200);
    }
    report("latest of 200", 20, since);

    let since = Instant::now();
    for number in 0..1_000 {
        let record = NewRecord {
            key: format!("{number:06}"),
            due_at: None,
            expires_at: None,
            body: "{}".into(),
        };
        store.insert_record(RecordKind("rate"), &record).await.unwrap();
    }
    report("records inserted one by one", 1_000, since);
    let since = Instant::now();
    assert_eq!(store.sweep_held_assets().await.unwrap(), 0);
    report("portfolios swept", portfolios.len(), since);
    let since = Instant::now();
    let purged = store.purge_valuations(hours(90), 20_000).await.unwrap();
    report("snapshots purged", usize::try_from(purged).unwrap(), since);
}

/// Ten years of daily snapshots as a curve: read whole without their holdings, and only their totals.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures, proves nothing"]
async fn curves() {
    const DAYS: i64 = 3_650;
    let directory = tempfile::tempdir_in(".").unwrap();
    let store = open(&directory.path().join("folio.db")).await;
    let portfolio = portfolio(1, HOLDINGS);
    store.create_portfolio(&portfolio).await.unwrap();
    let snapshots: Vec<_> = (0..DAYS)
        .map(|day| crate::common::snapshot(&portfolio, hours(-24 * day)))
        .collect();
    store.insert_valuations(&snapshots).await.unwrap();
    let pages = SnapshotQuery::newest(portfolio.id, DAYS as usize);
    let totals = TotalsQuery {
        portfolio_id: portfolio.id,
        from: None,
        to: None,
        limit: DAYS as usize,
    };
    for _ in 0..5 {
        let since = Instant::now();
        assert_eq!(store.valuations(&pages).await.unwrap().items.len(), DAYS as usize);
        report("snapshots read without holdings", DAYS as usize, since);
        let since = Instant::now();
        let read = store.totals(&totals).await.unwrap();
        report("totals read", read.len(), since);
        let points = read.iter().map(|totals| HistoryPoint {
            as_of: totals.as_of,
            value: totals.total_value,
            value_with_cost: totals.value_with_cost,
            cost: totals.total_cost,
            status: totals.status,
            origin: Origin::Snapshot,
        });
        assert!(down_sample(points.collect(), 500).len() <= 500);
        println!(
            "totals read and thinned: {:.2} ms",
            since.elapsed().as_secs_f64() * 1_000.0
        );
    }
}
