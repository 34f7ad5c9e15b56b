//! A store that does one thing wrong.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use folio_core::memory::MemoryStore;
use folio_core::store::{
    HeldAsset, IdRange, Inserted, NewSnapshot, Page, PortfolioQuery, PortfolioSummary, SnapshotQuery, SnapshotTotals,
    TotalsQuery,
};
use folio_core::{
    AssetId, AssetInfo, Currency, Error, ErrorKind, OwnerId, Portfolio, PortfolioId, PortfolioStore, ReferenceRate,
    Result, Valuation, ValuationId, ValuationStore,
};
use jiff::Timestamp;
use jiff::civil::Date;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    AbsentIsInternal,
    AfterIsIgnored,
    AfterKeyIsIncluded,
    AnyOwnerDeletes,
    AnyOwnerReads,
    BeforeIsIncluded,
    CreateIsRepeatable,
    CreatedUntilIsIgnored,
    DeleteKeepsSnapshots,
    DueIsByKey,
    DueIsExclusive,
    EmptyTextIsNone,
    ExpiryOfDuplicateCounts,
    FinishedIsOpen,
    HeldIsLate,
    HeldLacksCosts,
    IdAfterIsOneShort,
    IdsAreOfAnybody,
    IdsComeSorted,
    InsertManyIsAllOrNothing,
    InsertManyRaces,
    InfosAreKept,
    InfosRepeatTheLast,
    InsertIsAlwaysNew,
    InsertRaces,
    LastWriteWins,
    LatestIsLastWritten,
    LikePattern,
    LimitIsIgnored,
    ListHasHoldings,
    MoreIsAlways,
    PurgeIgnoresLimit,
    PurgeRecordsAll,
    RangeHasItsEnd,
    RatesAreReplaced,
    RatesRepeatTheFirst,
    RecordInsertRaces,
    RecordReplaceRaces,
    RecordsAreByKey,
    RecordsAreEachOnce,
    RecordsEndAtNul,
    RecordsOfAnyKind,
    ReplaceManyIgnoresVersions,
    ReplaceManyStopsAtStale,
    ReplaceManyTellsFirstHundred,
    RoundsMoney,
    SnapshotOfAnybody,
    SnapshotsLoseTheirExpiry,
    SnapshotsRepeatTheLast,
    SweepsEverything,
    ToIsExclusive,
    TotalsAreNewestFirst,
    TotalsIgnoreFrom,
    TotalsIgnoreLimit,
    UpdateIgnoresVersion,
    VersionStays,
}

#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) fault: Fault,
    pub(super) inner: MemoryStore,
    /// What is not listed as held yet, or any more.
    hidden: Mutex<Vec<HeldAsset>>,
    /// Snapshots as a wrong write left them, in the order of writing.
    written: Mutex<Vec<Valuation>>,
    rates: Mutex<HashMap<(Currency, Date), ReferenceRate>>,
}

impl Faulty {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            fault,
            inner: MemoryStore::new(),
            hidden: Mutex::default(),
            written: Mutex::default(),
            rates: Mutex::default(),
        }
    }

    pub(super) fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The last wrong write for a snapshot's place, or the snapshot.
    fn seen(&self, valuation: Valuation) -> Valuation {
        let written = self.written.lock().unwrap();
        let same = |other: &&Valuation| other.id == valuation.id;
        let seen = written
            .iter()
            .rev()
            .find(same)
            .cloned()
            .unwrap_or_else(|| valuation.clone());
        if valuation.holdings.is_empty() {
            Valuation {
                holdings: Vec::new(),
                ..seen
            }
        } else {
            seen
        }
    }
}

/// The round trip in which another caller gets ahead.
pub(super) async fn a_moment() {
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}

#[async_trait]
impl PortfolioStore for Faulty {
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()> {
        if self.is(Fault::HeldIsLate) {
            let held = HeldAsset::of(portfolio);
            self.hidden.lock().unwrap().extend(held.iter().cloned());
            self.inner.create_portfolio(portfolio).await?;
            a_moment().await;
            self.hidden.lock().unwrap().retain(|row| !held.contains(row));
            return Ok(());
        }
        match self.inner.create_portfolio(portfolio).await {
            Err(_) if self.is(Fault::CreateIsRepeatable) => Ok(()),
            other => other,
        }
    }

    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        if self.is(Fault::AnyOwnerReads) {
            let all = IdRange {
                lo: Some(id),
                after: false,
                hi: None,
            };
            let found = self.inner.portfolios_between(&all, Timestamp::MAX, 1).await?;
            return found
                .into_iter()
                .find(|found| found.id == id)
                .ok_or_else(|| Error::not_found("portfolio"));
        }
        let mut portfolio = match self.inner.portfolio(owner, id).await {
            Err(_) if self.is(Fault::AbsentIsInternal) => {
                return Err(Error::new(ErrorKind::Internal, "no row"));
            }
            other => other?,
        };
        if self.is(Fault::EmptyTextIsNone) {
            portfolio.note = portfolio.note.filter(|note| !note.is_empty());
        }
        Ok(portfolio)
    }

    async fn portfolios_with_ids(&self, owner: &OwnerId, ids: &[PortfolioId]) -> Result<Vec<Portfolio>> {
        if self.is(Fault::IdsAreOfAnybody) {
            let all = IdRange {
                lo: None,
                after: false,
                hi: None,
            };
            let all = self.inner.portfolios_between(&all, Timestamp::MAX, 1_000).await?;
            let named = |id: &PortfolioId| all.iter().find(|portfolio| portfolio.id == *id).cloned();
            return Ok(ids.iter().filter_map(named).collect());
        }
        let mut found = self.inner.portfolios_with_ids(owner, ids).await?;
        if self.is(Fault::IdsComeSorted) {
            found.sort_by_key(|portfolio| portfolio.id);
        }
        Ok(found)
    }

    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        let mut query = query.clone();
        if self.is(Fault::LimitIsIgnored) {
            query.limit = 1_000;
        }
        let mut page = self.inner.portfolios(&query).await?;
        page.more |= self.is(Fault::MoreIsAlways);
        Ok(page)
    }

    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()> {
        let mut expected = expected;
        if self.is(Fault::UpdateIgnoresVersion) {
            expected = self.inner.portfolio(&portfolio.owner, portfolio.id).await?.version;
        }
        self.inner.update_portfolio(portfolio, expected).await
    }

    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        if self.is(Fault::DeleteKeepsSnapshots) {
            let query = SnapshotQuery {
                holdings: true,
                ..SnapshotQuery::newest(id, 1_000)
            };
            let page = self.inner.valuations(&query).await?;
            self.inner.delete_portfolio(owner, id).await?;
            let kept: Vec<_> = page
                .items
                .into_iter()
                .map(|valuation| NewSnapshot {
                    valuation,
                    expire_at: None,
                })
                .collect();
            self.inner.insert_valuations(&kept).await?;
            return Ok(());
        }
        if self.is(Fault::AnyOwnerDeletes) {
            let all = IdRange {
                lo: Some(id),
                after: false,
                hi: None,
            };
            let found = self.inner.portfolios_between(&all, Timestamp::MAX, 1).await?;
            let owner = found
                .first()
                .filter(|found| found.id == id)
                .map_or(owner, |found| &found.owner);
            return self.inner.delete_portfolio(owner, id).await;
        }
        self.inner.delete_portfolio(owner, id).await
    }

    async fn portfolios_between(
        &self,
        range: &IdRange,
        created_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Portfolio>> {
        let (mut range, mut until) = (*range, created_until);
        if self.is(Fault::AfterIsIgnored) {
            range.after = false;
        }
        if self.is(Fault::CreatedUntilIsIgnored) {
            until = Timestamp::MAX;
        }
        let mut found = self.inner.portfolios_between(&range, until, limit).await?;
        if let Some(hi) = range.hi.filter(|_| self.is(Fault::RangeHasItsEnd)) {
            let end = IdRange {
                lo: Some(hi),
                after: false,
                hi: None,
            };
            found.extend(self.inner.portfolios_between(&end, until, 1).await?);
        }
        Ok(found)
    }

    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, count: usize) -> Result<Option<PortfolioId>> {
        let count = if self.is(Fault::IdAfterIsOneShort) {
            count - 1
        } else {
            count
        };
        self.inner.portfolio_id_after(lo, count).await
    }

    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        let mut held = self.inner.held_assets(after, limit).await?;
        let hidden = self.hidden.lock().unwrap();
        held.retain(|row| !(hidden.contains(row) || self.is(Fault::HeldLacksCosts) && row.cost_date.is_some()));
        Ok(held)
    }

    async fn sweep_held_assets(&self) -> Result<u64> {
        if self.is(Fault::SweepsEverything) {
            let held = self.inner.held_assets(None, 1_000).await?;
            self.hidden.lock().unwrap().extend(held);
        }
        self.inner.sweep_held_assets().await
    }

    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        let mut infos = infos.to_vec();
        if self.is(Fault::InfosAreKept) {
            let assets: Vec<_> = infos.iter().map(|info| info.asset.clone()).collect();
            let known = self.inner.asset_infos(&assets).await?;
            infos.retain(|info| known.iter().all(|known| known.asset != info.asset));
        }
        self.inner.put_asset_infos(&infos).await
    }

    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        self.inner.asset_infos(assets).await
    }

    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        let mut infos = self.inner.asset_infos_after(after, limit).await?;
        if let Some(after) = after.filter(|_| self.is(Fault::InfosRepeatTheLast)) {
            let mut again = self.inner.asset_infos(std::slice::from_ref(after)).await?;
            again.append(&mut infos);
            again.truncate(limit);
            infos = again;
        }
        Ok(infos)
    }

    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        let places = rates.iter().map(|rate| ((rate.currency, rate.date), rate.clone()));
        self.rates.lock().unwrap().extend(places);
        self.inner.put_reference_rates(rates).await
    }

    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        if self.is(Fault::RatesAreReplaced) {
            let rates = self.rates.lock().unwrap();
            return Ok(wanted.iter().filter_map(|place| rates.get(place)).cloned().collect());
        }
        self.inner.reference_rates(wanted).await
    }

    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>> {
        let after = after.filter(|_| !self.is(Fault::RatesRepeatTheFirst));
        self.inner.reference_rates_after(after, limit).await
    }
}

#[async_trait]
impl ValuationStore for Faulty {
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>> {
        let mut snapshots = snapshots.to_vec();
        if self.is(Fault::RoundsMoney) {
            let round =
                |money: folio_core::Money| money.round_to_minor_units(folio_core::money::decimal::Rounding::HalfEven);
            for snapshot in &mut snapshots {
                snapshot.valuation.total_cost = snapshot.valuation.total_cost.map(round);
            }
        }
        if matches!(
            self.fault,
            Fault::LastWriteWins | Fault::LatestIsLastWritten | Fault::SnapshotOfAnybody
        ) {
            self.written
                .lock()
                .unwrap()
                .extend(snapshots.iter().map(|snapshot| snapshot.valuation.clone()));
        }
        if self.is(Fault::InsertRaces) {
            let mut outcomes = Vec::new();
            for snapshot in &snapshots {
                let valuation = &snapshot.valuation;
                let absent = self
                    .inner
                    .valuation(valuation.portfolio_id, valuation.id)
                    .await?
                    .is_none();
                a_moment().await;
                self.inner.insert_valuations(std::slice::from_ref(snapshot)).await?;
                outcomes.push(if absent { Inserted::New } else { Inserted::Duplicate });
            }
            return Ok(outcomes);
        }
        let mut outcomes = self.inner.insert_valuations(&snapshots).await?;
        if self.is(Fault::InsertIsAlwaysNew) {
            outcomes.fill(Inserted::New);
        }
        if self.is(Fault::ExpiryOfDuplicateCounts) && outcomes.contains(&Inserted::Duplicate) {
            self.inner
                .purge_valuations("2995-01-01T00:00:00Z".parse().unwrap(), 1)
                .await?;
        }
        Ok(outcomes)
    }

    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>> {
        if self.is(Fault::SnapshotOfAnybody)
            && let Some(found) = self.written.lock().unwrap().iter().find(|valuation| valuation.id == id)
        {
            return Ok(Some(found.clone()));
        }
        Ok(self
            .inner
            .valuation(portfolio, id)
            .await?
            .map(|valuation| match self.fault {
                Fault::LastWriteWins => self.seen(valuation),
                _ => valuation,
            }))
    }

    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>> {
        let mut query = query.clone();
        let millisecond = jiff::SignedDuration::from_millis(1);
        match self.fault {
            Fault::BeforeIsIncluded => query.before = query.before.map(|before| before + millisecond),
            Fault::ToIsExclusive => query.to = query.to.map(|to| to - millisecond),
            Fault::ListHasHoldings => query.holdings = true,
            Fault::LimitIsIgnored => query.limit = 1_000,
            _ => {}
        }
        let mut page = self.inner.valuations(&query).await?;
        if self.is(Fault::LastWriteWins) {
            page.items = page.items.into_iter().map(|valuation| self.seen(valuation)).collect();
        }
        page.more |= self.is(Fault::MoreIsAlways);
        Ok(page)
    }

    async fn totals(&self, query: &TotalsQuery) -> Result<Vec<SnapshotTotals>> {
        let mut query = *query;
        if self.is(Fault::TotalsIgnoreLimit) {
            query.limit = 1_000;
        }
        if self.is(Fault::TotalsIgnoreFrom) {
            query.from = None;
        }
        let mut totals = self.inner.totals(&query).await?;
        if self.is(Fault::TotalsAreNewestFirst) {
            totals.reverse();
        }
        Ok(totals)
    }

    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>> {
        let a_little = jiff::SignedDuration::from_millis(1);
        let after = after.map(|after| match self.fault {
            Fault::SnapshotsRepeatTheLast => after - a_little,
            _ => after,
        });
        let mut snapshots = self.inner.snapshots_after(portfolio, after, limit).await?;
        if self.is(Fault::SnapshotsLoseTheirExpiry) {
            for snapshot in &mut snapshots {
                snapshot.expire_at = None;
            }
        }
        Ok(snapshots)
    }

    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>> {
        if self.is(Fault::LatestIsLastWritten) {
            let written = self.written.lock().unwrap();
            let last = |id: &PortfolioId| written.iter().rev().find(|valuation| valuation.portfolio_id == *id);
            let without_holdings = |valuation: &Valuation| Valuation {
                holdings: Vec::new(),
                ..valuation.clone()
            };
            return Ok(portfolios.iter().filter_map(last).map(without_holdings).collect());
        }
        self.inner.latest_valuations(portfolios).await
    }

    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let limit = if self.is(Fault::PurgeIgnoresLimit) {
            1_000
        } else {
            limit
        };
        self.inner.purge_valuations(now, limit).await
    }
}
