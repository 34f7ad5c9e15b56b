//! How many portfolios a second one process values and keeps, with the two rules that each begins with.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use folio_core::memory::MemorySource;
use folio_core::store::Table;
use folio_core::{
    AlertDefaults, Clock, CostBasis, Currency, Holding, HoldingId, ManualClock, Portfolio, Price, Tracker, Watch,
};
use folio_jobs::queue::SqliteQueue;
use folio_jobs::{Jobs, JobsConfig};
use tokio::sync::oneshot;
use tokio::time::Instant;

const PORTFOLIOS: usize = 10_000;
const HOLDINGS: usize = 20;
const ASSETS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures; run it in release"]
async fn a_tick_of_ten_thousand_portfolios() {
    let clock = Arc::new(ManualClock::new(crate::support::at(crate::support::START)));
    let directory = tempfile::tempdir().unwrap();
    let store = crate::support::sqlite(directory.path(), clock.clone()).await;
    let mut source = MemorySource::new(clock.clone());
    for asset in 0..ASSETS {
        source = source
            .with_price(&format!("crypto:coin{asset}"), &format!("{}.37 USD", asset + 1))
            .unwrap();
    }
    let now = clock.now();
    let cost = Price::parse("90", Currency::USD).unwrap();
    let mut watches = Vec::new();
    for n in 0..PORTFOLIOS {
        let mut portfolio = Portfolio::new(format!("P{n}"), Currency::USD, now);
        for k in 0..HOLDINGS {
            let asset = format!("crypto:coin{}", (n * 7 + k * 11) % ASSETS).parse().unwrap();
            let quantity = format!("{}.{}", n + 1, k + 1).parse().unwrap();
            let holding = Holding::new(HoldingId::new(now), asset, quantity).unwrap();
            portfolio = portfolio.with(holding.with_cost(CostBasis::Unit(cost)));
        }
        store.create_portfolio(&portfolio).await.unwrap();
        watches.push(Watch::new(&portfolio, &AlertDefaults::default(), None));
    }
    for some in watches.chunks(500) {
        Table::<Watch>::new(&*store).insert_many(some).await.unwrap();
    }
    let queue = SqliteQueue::open(directory.path().join("queue.db"), "folio")
        .await
        .unwrap();
    let tracker = Tracker::builder()
        .store(store)
        .clock(clock.clone())
        .source(Arc::new(source))
        .build()
        .unwrap();
    let concurrency = std::env::var("FOLIO_JOBS_CONCURRENCY")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    let config = JobsConfig::new()
        .unwrap()
        .with_concurrency(NonZeroUsize::new(concurrency).unwrap());
    let jobs = Jobs::new(tracker, Arc::new(queue), config);
    jobs.fire(clock.now()).await.unwrap();
    for hour in 9..14 {
        clock.set(crate::support::at(&format!("2026-03-01T{hour:02}:00:00Z")));
        let started = Instant::now();
        let (stop, stopped) = oneshot::channel::<()>();
        let service = jobs.clone();
        let run = tokio::spawn(async move { service.run(async { _ = stopped.await }).await });
        let settled = format!("2026-03-01T{hour:02}:00:00Z");
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let last = jobs.schedule().await.unwrap()[0].last_tick;
            if last == Some(crate::support::at(&settled)) && jobs.health().await.unwrap().open_ticks == 0 {
                break;
            }
        }
        let took = started.elapsed();
        println!(
            "{PORTFOLIOS} × {HOLDINGS}: {took:?}, {} portfolios/s",
            PORTFOLIOS as u128 * 1_000 / took.as_millis()
        );
        _ = stop.send(());
        run.await.unwrap().unwrap();
    }
}
