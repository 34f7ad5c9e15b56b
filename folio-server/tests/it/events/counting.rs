//! A store that counts what it is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use folio_core::memory::MemoryStore;
use folio_core::store::{
    HeldAsset, IdRange, Inserted, NewRecord, NewSnapshot, OpsStore, Page, PortfolioQuery, PortfolioStore,
    PortfolioSummary, Record, RecordKind, Scan, SnapshotQuery, SnapshotTotals, TotalsQuery, ValuationStore,
};
use folio_core::{
    AssetId, AssetInfo, Currency, OwnerId, Portfolio, PortfolioId, ReferenceRate, Result, Valuation, ValuationId,
};
use jiff::Timestamp;
use jiff::civil::Date;

/// A store that counts what it is asked.
#[derive(Debug)]
pub(super) struct Counting {
    inner: Arc<MemoryStore>,
    calls: Mutex<HashMap<&'static str, u64>>,
}

impl Counting {
    pub(super) fn new(inner: Arc<MemoryStore>) -> Self {
        Self {
            inner,
            calls: Mutex::default(),
        }
    }

    fn count(&self, call: &'static str) -> &MemoryStore {
        *self.calls.lock().unwrap().entry(call).or_default() += 1;
        &self.inner
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> u64 {
        self.calls.lock().unwrap().values().sum()
    }

    /// How many of them were for one portfolio.
    pub(super) fn single_portfolios(&self) -> u64 {
        self.calls.lock().unwrap().get("portfolio").copied().unwrap_or_default()
    }
}

#[async_trait]
impl PortfolioStore for Counting {
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()> {
        self.count("create_portfolio").create_portfolio(portfolio).await
    }

    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        self.count("portfolio").portfolio(owner, id).await
    }

    async fn portfolios_with_ids(&self, owner: &OwnerId, ids: &[PortfolioId]) -> Result<Vec<Portfolio>> {
        self.count("portfolios_with_ids").portfolios_with_ids(owner, ids).await
    }

    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        self.count("portfolios").portfolios(query).await
    }

    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()> {
        self.count("update_portfolio")
            .update_portfolio(portfolio, expected)
            .await
    }

    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        self.count("delete_portfolio").delete_portfolio(owner, id).await
    }

    async fn portfolios_between(
        &self,
        range: &IdRange,
        created_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Portfolio>> {
        self.count("portfolios_between")
            .portfolios_between(range, created_until, limit)
            .await
    }

    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, count: usize) -> Result<Option<PortfolioId>> {
        self.count("portfolio_id_after").portfolio_id_after(lo, count).await
    }

    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        self.count("held_assets").held_assets(after, limit).await
    }

    async fn sweep_held_assets(&self) -> Result<u64> {
        self.count("sweep_held_assets").sweep_held_assets().await
    }

    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        self.count("put_asset_infos").put_asset_infos(infos).await
    }

    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        self.count("asset_infos").asset_infos(assets).await
    }

    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        self.count("asset_infos_after").asset_infos_after(after, limit).await
    }

    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        self.count("put_reference_rates").put_reference_rates(rates).await
    }

    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        self.count("reference_rates").reference_rates(wanted).await
    }

    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>> {
        self.count("reference_rates_after")
            .reference_rates_after(after, limit)
            .await
    }
}

#[async_trait]
impl ValuationStore for Counting {
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>> {
        self.count("insert_valuations").insert_valuations(snapshots).await
    }

    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>> {
        self.count("valuation").valuation(portfolio, id).await
    }

    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>> {
        self.count("valuations").valuations(query).await
    }

    async fn totals(&self, query: &TotalsQuery) -> Result<Vec<SnapshotTotals>> {
        self.count("totals").totals(query).await
    }

    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>> {
        self.count("snapshots_after")
            .snapshots_after(portfolio, after, limit)
            .await
    }

    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>> {
        self.count("latest_valuations").latest_valuations(portfolios).await
    }

    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64> {
        self.count("purge_valuations").purge_valuations(now, limit).await
    }
}

#[async_trait]
impl OpsStore for Counting {
    async fn now(&self) -> Result<Option<Timestamp>> {
        self.count("now").now().await
    }

    async fn insert_record(&self, kind: RecordKind, record: &NewRecord) -> Result<bool> {
        self.count("insert_record").insert_record(kind, record).await
    }

    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>> {
        self.count("record").record(kind, key).await
    }

    async fn replace_record(&self, kind: RecordKind, record: &NewRecord, expected: u64) -> Result<bool> {
        self.count("replace_record")
            .replace_record(kind, record, expected)
            .await
    }

    async fn records(&self, kind: RecordKind, keys: &[String]) -> Result<Vec<Record>> {
        self.count("records").records(kind, keys).await
    }

    async fn insert_records(&self, kind: RecordKind, records: &[NewRecord]) -> Result<Vec<bool>> {
        self.count("insert_records").insert_records(kind, records).await
    }

    async fn replace_records(&self, kind: RecordKind, records: &[(NewRecord, u64)]) -> Result<Vec<bool>> {
        self.count("replace_records").replace_records(kind, records).await
    }

    async fn remove_record(&self, kind: RecordKind, key: &str) -> Result<bool> {
        self.count("remove_record").remove_record(kind, key).await
    }

    async fn scan_records(&self, kind: RecordKind, scan: &Scan) -> Result<Vec<Record>> {
        self.count("scan_records").scan_records(kind, scan).await
    }

    async fn due_records(&self, kind: RecordKind, until: Timestamp, limit: usize) -> Result<Vec<Record>> {
        self.count("due_records").due_records(kind, until, limit).await
    }

    async fn purge_records(&self, now: Timestamp, limit: usize) -> Result<u64> {
        self.count("purge_records").purge_records(now, limit).await
    }
}
