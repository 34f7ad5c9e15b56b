//! Running a chunk: its portfolios, valued with the tick's book and kept.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use folio_core::store::{IdRange, NewSnapshot};
use folio_core::{
    AssetClass, Currency, Portfolio, PortfolioId, PriceBook, Reason, Trigger, failed_classes, unavailable,
};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::mpsc;
use tracing::error;

use crate::alerts;
use crate::chunk_row::Chunk;
use crate::context::Context;
use crate::lease::{Halt, Lease};

/// How many portfolios are read at once when they are valued one by one.
const PAGE: usize = 250;
/// Holdings of snapshots that are written at once: about four mebibytes.
const FLUSH_HOLDINGS: usize = 10_000;

/// Values every portfolio of a chunk that is not yet behind its cursor.
pub(crate) async fn run(context: &Context, lease: &mut Lease<Chunk>) -> Result<(), Halt> {
    let chunk = lease.row().clone();
    let book = lease.keep(context.tracker.books().read(chunk.book_id)).await??;
    let schedule = &context.config.schedule;
    let run = Run {
        context,
        as_of: chunk.as_of,
        hi: chunk.hi,
        trigger: schedule.trigger(chunk.as_of),
        next_tick: schedule.next_valuation(chunk.as_of),
        failed: failed_classes(&book),
        book,
        skipped: chunk.skipped.clone(),
        batch: context.config.batch_size.get(),
    };
    let reached = if chunk.is_careful() {
        let _alone = lease.keep(context.alone.write()).await?;
        run.one_by_one(lease).await?;
        None
    } else {
        let _beside_others = lease.keep(context.alone.read()).await?;
        run.in_batches(lease).await?
    };
    let now = context.now();
    lease
        .update(|chunk| {
            if let Some(last) = reached {
                chunk.advance(last, now);
            }
            chunk.finish(now);
        })
        .await
}

/// Snapshots to write at once, in the order of their portfolios.
struct Batch {
    page: Arc<Vec<Portfolio>>,
    /// Which of the page.
    indices: Vec<usize>,
    snapshots: Vec<NewSnapshot>,
    holdings: usize,
    last: PortfolioId,
}

/// What is the same for all portfolios of a chunk.
struct Run<'a> {
    context: &'a Context,
    as_of: Timestamp,
    hi: Option<PortfolioId>,
    trigger: Trigger,
    next_tick: Option<Timestamp>,
    book: Arc<PriceBook>,
    /// The classes whose sources failed as a whole.
    failed: BTreeSet<AssetClass>,
    skipped: Vec<PortfolioId>,
    /// How many portfolios are read and written at once. A store that likes smaller transactions divides them.
    batch: usize,
}

impl Run<'_> {
    /// Reads and values the next portfolios while those before are written, and moves the cursor past those
    /// before them meanwhile. The last one that is written; the cursor may be a batch behind it.
    async fn in_batches(&self, lease: &mut Lease<Chunk>) -> Result<Option<PortfolioId>, Halt> {
        let (full, mut batches) = mpsc::channel(1);
        let rest = self.rest(lease.row());
        let read = self.read(rest, full);
        let write = async {
            let mut reached = None;
            while let Some(batch) = lease.keep(batches.recv()).await? {
                let now = self.context.now();
                let behind = reached.replace(batch.last);
                let write = self.write(&batch);
                match behind {
                    Some(last) => lease.update_beside(|chunk| chunk.advance(last, now), write).await??,
                    None => lease.keep(write).await??,
                }
                if let Err(halt) = self.context.go_on() {
                    // Whoever goes on begins behind what is written.
                    lease.update(|chunk| chunk.advance(batch.last, now)).await?;
                    return Err(halt);
                }
            }
            Ok(reached)
        };
        tokio::try_join!(read, write).map(|((), reached)| reached)
    }

    /// Goes portfolio by portfolio and says beforehand which one is at hand, so that the next start knows
    /// over which one this one died.
    async fn one_by_one(&self, lease: &mut Lease<Chunk>) -> Result<(), Halt> {
        let mut rest = self.rest(lease.row());
        loop {
            let page = self.context.store().portfolios_between(&rest, self.as_of, PAGE);
            let page = lease.keep(page).await??;
            let Some(last) = page.last().map(|portfolio| portfolio.id) else {
                return Ok(());
            };
            rest = IdRange {
                lo: Some(last),
                after: true,
                ..rest
            };
            let book = lease.keep(self.book_for(&page)).await??;
            let page = Arc::new(page);
            for (index, portfolio) in self.to_value(&page) {
                self.context.go_on()?;
                lease.update(|chunk| chunk.current = Some(portfolio.id)).await?;
                let mut zone = None;
                let snapshot = self.snapshot(portfolio, &book, &mut zone);
                let holdings = portfolio.holdings.len();
                let batch = Batch {
                    page: Arc::clone(&page),
                    indices: vec![index],
                    snapshots: vec![snapshot],
                    holdings,
                    last: portfolio.id,
                };
                lease.keep(self.write(&batch)).await??;
                let now = self.context.now();
                lease
                    .update(|chunk| {
                        chunk.advance(portfolio.id, now);
                        chunk.current = None;
                    })
                    .await?;
            }
        }
    }

    /// The portfolios of a page that are not left out, and where they are.
    fn to_value<'p>(&self, page: &'p [Portfolio]) -> impl Iterator<Item = (usize, &'p Portfolio)> {
        let left_out = |portfolio: &Portfolio| self.skipped.contains(&portfolio.id);
        page.iter()
            .enumerate()
            .filter(move |(_, portfolio)| !left_out(portfolio))
    }

    /// What is not behind the cursor.
    fn rest(&self, chunk: &Chunk) -> IdRange {
        IdRange {
            lo: chunk.cursor.or(chunk.lo),
            after: chunk.cursor.is_some(),
            hi: self.hi,
        }
    }

    async fn read(&self, mut rest: IdRange, full: mpsc::Sender<Batch>) -> Result<(), Halt> {
        loop {
            // One more than is wanted tells whether there are more, so that most chunks take one query.
            let one_more = self.batch.saturating_add(1);
            let page = self.context.store().portfolios_between(&rest, self.as_of, one_more);
            let mut page = page.await?;
            let is_last = page.len() <= self.batch;
            page.truncate(self.batch);
            let Some(last) = page.last().map(|portfolio| portfolio.id) else {
                return Ok(());
            };
            rest = IdRange {
                lo: Some(last),
                after: true,
                ..rest
            };
            let book = self.book_for(&page).await?;
            let page = Arc::new(page);
            let mut zone = None;
            let mut batch: Option<Batch> = None;
            for (index, portfolio) in self.to_value(&page) {
                let snapshot = self.snapshot(portfolio, &book, &mut zone);
                let last = portfolio.id;
                let batch_now = batch.get_or_insert_with(|| Batch {
                    page: Arc::clone(&page),
                    indices: Vec::new(),
                    snapshots: Vec::new(),
                    holdings: 0,
                    last,
                });
                batch_now.indices.push(index);
                batch_now.snapshots.push(snapshot);
                batch_now.holdings += portfolio.holdings.len();
                batch_now.last = last;
                if batch_now.holdings >= FLUSH_HOLDINGS
                    && let Some(batch) = batch.take()
                    && full.send(batch).await.is_err()
                {
                    return Ok(());
                }
            }
            // The writer is gone only when it failed, and then it says so itself.
            if let Some(batch) = batch
                && full.send(batch).await.is_err()
            {
                return Ok(());
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Keeps snapshots, then records what follows from those that are kept. The cursor moves after both, so a
    /// start that finds the snapshots of one that died evaluates them again.
    async fn write(&self, batch: &Batch) -> folio_core::Result<()> {
        let portfolios: Vec<_> = batch.indices.iter().map(|index| &batch.page[*index]).collect();
        let inserted = self.context.store().insert_valuations(&batch.snapshots);
        let watches = alerts::watches(self.context, &portfolios);
        let (inserted, watches) = tokio::try_join!(inserted, watches)?;
        let new = inserted
            .iter()
            .filter(|inserted| **inserted == folio_core::store::Inserted::New)
            .count();
        metrics::counter!("folio_snapshots_total", "trigger" => self.trigger.as_str()).increment(new as u64);
        alerts::observe(
            self.context,
            &portfolios,
            &batch.snapshots,
            &inserted,
            watches,
            &self.failed,
        )
        .await
    }

    /// The tick's book with the rates that the costs of these portfolios need, read in one query, and
    /// with what their owners had stated by hand at the tick's instant, where the book lacks a price.
    async fn book_for(&self, page: &[Portfolio]) -> Result<PriceBook, Halt> {
        let wanted = costs(page);
        let rates = if wanted.is_empty() {
            Vec::new()
        } else {
            self.context.tracker.reference_rates(&wanted).await?
        };
        let stated = self.context.tracker.manual_prices_for(&self.book, page, self.as_of);
        Ok(self.book.with_manual(stated.await?).with_references(rates))
    }

    fn snapshot<'p>(
        &self,
        portfolio: &'p Portfolio,
        book: &PriceBook,
        zone: &mut Option<(&'p str, Option<Timestamp>)>,
    ) -> NewSnapshot {
        let (as_of, value) = (self.as_of, self.context.value);
        let valued = catch_unwind(AssertUnwindSafe(|| value(portfolio, book, portfolio.policy, as_of)));
        let mut valuation = valued.unwrap_or_else(|_| {
            error!(portfolio_id = %portfolio.id, %as_of, "valuing a portfolio panicked");
            metrics::counter!("folio_valuation_panics_total").increment(1);
            unavailable(portfolio, as_of, Reason::Unavailable)
        });
        valuation.trigger = self.trigger;
        valuation.created_at = self.context.now();
        valuation.book_id = self.book.id;
        let expire_at = match zone {
            Some((name, expire_at)) if *name == portfolio.time_zone => *expire_at,
            _ => {
                let expire_at = self
                    .context
                    .tracker
                    .retention(portfolio, as_of, self.trigger, self.next_tick);
                // Without a zone there is no local day to tell the last snapshot of: it stays.
                let expire_at = expire_at.unwrap_or_default();
                *zone = Some((&portfolio.time_zone, expire_at));
                expire_at
            }
        };
        NewSnapshot { valuation, expire_at }
    }
}

/// The currencies and days of the costs that were paid in another currency than the portfolio's.
fn costs(page: &[Portfolio]) -> BTreeSet<(Currency, Date)> {
    let mut wanted = BTreeSet::new();
    for portfolio in page {
        for holding in &portfolio.holdings {
            if let (Some(cost), Some(date)) = (&holding.cost, holding.acquired_on)
                && cost.currency() != portfolio.base_currency
            {
                let both = [cost.currency(), portfolio.base_currency];
                wanted.extend(both.into_iter().filter(|of| *of != Currency::EUR).map(|of| (of, date)));
            }
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use async_trait::async_trait;
    use folio_core::memory::MemoryStore;
    use folio_core::store::{PortfolioStore, ValuationStore};
    use folio_core::{BookId, ManualClock, Policy, Result, Status, Tracker, Valuation};
    use futures::future::BoxFuture;

    use crate::config::JobsConfig;
    use crate::queue::{Delivery, Handler, JobQueue, WorkerOptions};

    /// The queue of a test that hands out its deliveries itself.
    #[derive(Debug)]
    struct NoQueue;

    #[async_trait]
    impl JobQueue for NoQueue {
        async fn push(&self, _: &[Delivery]) -> Result<()> {
            Ok(())
        }
        async fn work(&self, _: WorkerOptions, _: Arc<dyn Handler>, _: BoxFuture<'static, ()>) -> Result<()> {
            Ok(())
        }
        async fn depth(&self) -> Result<u64> {
            Ok(0)
        }
        async fn clean(&self, _: Duration) -> Result<u64> {
            Ok(0)
        }
    }

    fn picky(portfolio: &Portfolio, book: &PriceBook, policy: Policy, as_of: Timestamp) -> Valuation {
        assert_ne!(portfolio.name, "bad", "a defect in the valuation");
        folio_core::value(portfolio, book, policy, as_of)
    }

    #[tokio::test]
    async fn a_panic_costs_one_portfolio_its_value_and_nothing_else() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let store = Arc::new(MemoryStore::new());
        let mut portfolios = Vec::new();
        for name in ["good", "bad", "also good"] {
            let portfolio = Portfolio::new(name, Currency::USD, now);
            store.create_portfolio(&portfolio).await.unwrap();
            portfolios.push(portfolio);
        }
        let tracker = Tracker::builder().store(store.clone()).clock(clock).build().unwrap();
        let book_id: BookId = tracker.books().write(&PriceBook::new(), now).await.unwrap();
        let mut context = Context::new(tracker, Arc::new(NoQueue), JobsConfig::new().unwrap());
        context.value = picky;
        let mut chunk = Chunk::new(now, 0, None, None, book_id, now);
        crate::dispatch::Work::dispatch_mut(&mut chunk).push(now);
        context.table().insert(&chunk).await.unwrap();
        let key = folio_core::store::Row::key(&chunk);
        let mut lease = context.take::<Chunk>(&key, 1).await.unwrap().unwrap();

        run(&context, &mut lease).await.unwrap();

        let chunk = lease.row();
        assert!(chunk.finished_at.is_some() && chunk.skipped.is_empty());
        for portfolio in &portfolios {
            let kept = store.latest_valuations(&[portfolio.id]).await.unwrap().remove(0);
            let expected = if portfolio.name == "bad" {
                Status::Unavailable
            } else {
                Status::Complete
            };
            assert_eq!(kept.status, expected, "{}", portfolio.name);
            assert_eq!((kept.trigger, kept.book_id), (Trigger::Daily, Some(book_id)));
        }
    }
}
