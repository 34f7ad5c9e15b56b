//! A store and a queue that stop at a chosen call, as if the process were killed there.

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::store::{
    HeldAsset, IdRange, Inserted, NewRecord, NewSnapshot, OpsStore, Page, PortfolioQuery, PortfolioStore,
    PortfolioSummary, Record, RecordKind, Scan, SnapshotQuery, Store, ValuationStore,
};
use folio_core::{
    AssetId, AssetInfo, Clock, Currency, Error, ErrorKind, OwnerId, Portfolio, PortfolioId, ReferenceRate, Result,
    Valuation, ValuationId,
};
use folio_jobs::queue::{Delivery, Handler, JobQueue, WorkerOptions};
use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Notify;

/// One call of a store or queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// What it does: `insert`, `replace`, `remove`, `snapshots`, `push`, `read`.
    pub(crate) op: &'static str,
    /// The kind of the record, where it is about one.
    pub(crate) kind: &'static str,
    /// The body or key that is written.
    pub(crate) body: &'a str,
}

type Pick = Box<dyn FnMut(Call<'_>) -> bool + Send>;

/// What happens at a call that is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It never begins.
    StopBefore,
    /// It never ends.
    StopAfter,
    /// It begins when it is let go on.
    Hold,
    /// It fails without being done.
    Fail,
}

/// Where something happens: at the first call that is picked, or as long as the plan stands.
struct Plan {
    pick: Pick,
    then: Then,
}

/// Calls that were made, and the one that is to be the last.
#[derive(Default)]
pub(crate) struct Faults {
    plan: Mutex<Option<Plan>>,
    reads: AtomicU64,
    duplicates: AtomicU64,
    /// What the store says of the time, instead of what it would.
    pub(crate) clock: OnceLock<Arc<dyn Clock>>,
    /// How long every write of snapshots takes at least, so that a signal finds somebody at work.
    pub(crate) pace: OnceLock<Duration>,
    pub(crate) dead: Notify,
    pub(crate) go_on: Notify,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

impl Faults {
    pub(crate) fn stop_at(&self, after: bool, pick: impl FnMut(Call<'_>) -> bool + Send + 'static) {
        let then = if after { Then::StopAfter } else { Then::StopBefore };
        *self.plan.lock().unwrap() = Some(Plan {
            pick: Box::new(pick),
            then,
        });
    }

    /// Holds the first call that is picked until `go_on`, as a process that was paused.
    pub(crate) fn hold_at(&self, pick: impl FnMut(Call<'_>) -> bool + Send + 'static) {
        *self.plan.lock().unwrap() = Some(Plan {
            pick: Box::new(pick),
            then: Then::Hold,
        });
    }

    /// Lets every call that is picked fail as if the store or queue were out of reach.
    pub(crate) fn fail_at(&self, pick: impl FnMut(Call<'_>) -> bool + Send + 'static) {
        *self.plan.lock().unwrap() = Some(Plan {
            pick: Box::new(pick),
            then: Then::Fail,
        });
    }

    pub(crate) fn clear(&self) {
        *self.plan.lock().unwrap() = None;
    }

    /// How many reads there were.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many snapshots were written that were there already.
    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates.load(Ordering::SeqCst)
    }

    fn picks(&self, call: Call<'_>) -> Option<Then> {
        let mut plan = self.plan.lock().unwrap();
        let found = plan.as_mut().and_then(|plan| (plan.pick)(call).then_some(plan.then));
        if matches!(found, Some(Then::StopBefore | Then::StopAfter | Then::Hold)) {
            *plan = None;
        }
        found
    }

    async fn call<T>(&self, call: Call<'_>, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        if call.op == "read" {
            self.reads.fetch_add(1, Ordering::SeqCst);
        }
        let picked = self.picks(call);
        match picked {
            Some(Then::StopBefore) => {
                self.dead.notify_one();
                pending::<()>().await;
            }
            Some(Then::Hold) => {
                self.dead.notify_one();
                self.go_on.notified().await;
            }
            Some(Then::Fail) => return Err(Error::new(ErrorKind::Unavailable, "out of reach")),
            _ => {}
        }
        let done = work.await;
        if picked == Some(Then::StopAfter) {
            self.dead.notify_one();
            pending::<()>().await;
        }
        done
    }
}

/// A store that stops where its [`Faults`] say.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) faults: Arc<Faults>,
}

const READ: Call<'static> = Call {
    op: "read",
    kind: "",
    body: "",
};

#[async_trait]
impl PortfolioStore for FaultyStore {
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()> {
        self.inner.create_portfolio(portfolio).await
    }
    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        self.faults.call(READ, self.inner.portfolio(owner, id)).await
    }
    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        self.inner.portfolios(query).await
    }
    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()> {
        self.inner.update_portfolio(portfolio, expected).await
    }
    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        self.inner.delete_portfolio(owner, id).await
    }
    async fn portfolios_between(&self, range: &IdRange, until: Timestamp, limit: usize) -> Result<Vec<Portfolio>> {
        self.faults
            .call(READ, self.inner.portfolios_between(range, until, limit))
            .await
    }
    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, count: usize) -> Result<Option<PortfolioId>> {
        self.faults.call(READ, self.inner.portfolio_id_after(lo, count)).await
    }
    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        self.faults.call(READ, self.inner.held_assets(after, limit)).await
    }
    async fn sweep_held_assets(&self) -> Result<u64> {
        self.inner.sweep_held_assets().await
    }
    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        self.inner.put_asset_infos(infos).await
    }
    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        self.inner.asset_infos(assets).await
    }
    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        self.inner.asset_infos_after(after, limit).await
    }
    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        self.inner.put_reference_rates(rates).await
    }
    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        self.inner.reference_rates(wanted).await
    }
    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>> {
        self.inner.reference_rates_after(after, limit).await
    }
}

#[async_trait]
impl ValuationStore for FaultyStore {
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>> {
        let ids: Vec<_> = snapshots
            .iter()
            .map(|snapshot| snapshot.valuation.portfolio_id.to_string())
            .collect();
        if let Some(pace) = self.faults.pace.get() {
            tokio::time::sleep(*pace).await;
        }
        let call = Call {
            op: "snapshots",
            kind: "",
            body: &ids.join(" "),
        };
        let inserted = self.faults.call(call, self.inner.insert_valuations(snapshots)).await?;
        let duplicates = inserted
            .iter()
            .filter(|inserted| **inserted == Inserted::Duplicate)
            .count();
        self.faults.duplicates.fetch_add(duplicates as u64, Ordering::SeqCst);
        Ok(inserted)
    }
    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>> {
        self.inner.valuation(portfolio, id).await
    }
    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>> {
        self.inner.valuations(query).await
    }
    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>> {
        self.inner.snapshots_after(portfolio, after, limit).await
    }
    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>> {
        self.inner.latest_valuations(portfolios).await
    }
    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64> {
        self.inner.purge_valuations(now, limit).await
    }
}

#[async_trait]
impl OpsStore for FaultyStore {
    async fn now(&self) -> Result<Option<Timestamp>> {
        if let Some(clock) = self.faults.clock.get() {
            return Ok(Some(clock.now()));
        }
        self.inner.now().await
    }
    async fn insert_record(&self, kind: RecordKind, record: &NewRecord) -> Result<bool> {
        let call = Call {
            op: "insert",
            kind: kind.0,
            body: &record.body,
        };
        self.faults.call(call, self.inner.insert_record(kind, record)).await
    }
    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>> {
        let call = Call {
            op: "read",
            kind: kind.0,
            body: key,
        };
        self.faults.call(call, self.inner.record(kind, key)).await
    }
    async fn replace_record(&self, kind: RecordKind, record: &NewRecord, expected: u64) -> Result<bool> {
        let call = Call {
            op: "replace",
            kind: kind.0,
            body: &record.body,
        };
        self.faults
            .call(call, self.inner.replace_record(kind, record, expected))
            .await
    }
    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool> {
        let call = Call {
            op: "remove",
            kind: kind.0,
            body: key,
        };
        self.faults.call(call, self.inner.remove_record(kind, key)).await
    }
    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>> {
        let call = Call {
            op: "read",
            kind: kind.0,
            body: &scan.prefix,
        };
        self.faults.call(call, self.inner.scan_records(kind, scan)).await
    }
    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>> {
        let call = Call {
            op: "read",
            kind: kind.0,
            body: "",
        };
        self.faults.call(call, self.inner.due_records(kind, until, limit)).await
    }
    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64> {
        self.inner.purge_records(now, limit).await
    }
}

/// A queue that stops where its [`Faults`] say.
#[derive(Debug)]
pub(crate) struct FaultyQueue {
    pub(crate) inner: Arc<dyn JobQueue>,
    pub(crate) faults: Arc<Faults>,
}

#[async_trait]
impl JobQueue for FaultyQueue {
    async fn push(&self, deliveries: &[Delivery]) -> Result<()> {
        let rows: Vec<_> = deliveries.iter().map(|delivery| delivery.row.clone()).collect();
        let call = Call {
            op: "push",
            kind: "",
            body: &rows.join(" "),
        };
        self.faults.call(call, self.inner.push(deliveries)).await
    }
    async fn work(
        &self,
        options: WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: BoxFuture<'static, ()>,
    ) -> Result<()> {
        self.inner.work(options, handler, shutdown).await
    }
    async fn depth(&self) -> Result<u64> {
        self.inner.depth().await
    }
    async fn clean(&self, keep: Duration) -> Result<u64> {
        self.inner.clean(keep).await
    }
}
