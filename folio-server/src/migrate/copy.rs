//! Copies, part by part.

use folio_core::store::{IdRange, NewRecord, NewSnapshot, Record, RecordKind, Scan, Store};
use folio_core::{Clock, Error, ErrorKind, Portfolio, Result};
use futures::StreamExt;
use futures::stream;
use jiff::Timestamp;

use super::marker::ALL;

/// How many small things are read or written at once.
pub(super) const PAGE: usize = 500;
/// How many portfolios are read at once; one may have thousands of lots.
pub(super) const PORTFOLIOS: usize = 100;
/// How many holdings of snapshots are about read at once.
const HOLDINGS: usize = 20_000;
/// How many portfolios are read or written beside each other.
pub(super) const BESIDE: usize = 8;

pub(super) async fn rates(from: &dyn Store, to: &dyn Store) -> Result<()> {
    let mut after = None;
    loop {
        let page = from.reference_rates_after(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.currency, last.date));
        to.put_reference_rates(&page).await?;
    }
}

pub(super) async fn assets(from: &dyn Store, to: &dyn Store) -> Result<()> {
    let mut after = None;
    loop {
        let page = from.asset_infos_after(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.asset.clone());
        to.put_asset_infos(&page).await?;
    }
}

/// The range after the last of a page.
pub(super) fn after(page: &[Portfolio]) -> Option<IdRange> {
    page.last().map(|last| IdRange {
        lo: Some(last.id),
        after: true,
        hi: None,
    })
}

/// Copies portfolios, each before its snapshots.
pub(super) async fn portfolios(
    from: &dyn Store,
    to: &dyn Store,
    clock: &dyn Clock,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<()> {
    let (mut range, mut done) = (ALL, 0);
    loop {
        let page = from.portfolios_between(&range, Timestamp::MAX, PORTFOLIOS).await?;
        let Some(next) = after(&page) else { return Ok(()) };
        let mut written = stream::iter(&page).map(|given| portfolio(to, given)).buffered(BESIDE);
        while let Some(outcome) = written.next().await {
            outcome?;
        }
        snapshots(from, to, &page, clock).await?;
        done += page.len() as u64;
        progress(done);
        range = next;
    }
}

async fn portfolio(to: &dyn Store, given: &Portfolio) -> Result<()> {
    match to.create_portfolio(given).await {
        Err(error) if error.kind() == ErrorKind::Conflict => {}
        done => return done,
    }
    let there = to.portfolio(&given.owner, given.id).await?;
    if there == *given {
        return Ok(());
    }
    if there.version >= given.version {
        let detail = format!("the portfolio {} was changed at the target", given.id);
        return Err(Error::new(ErrorKind::Conflict, detail));
    }
    to.update_portfolio(given, there.version).await
}

/// How many snapshots of a portfolio are read at once.
pub(super) fn page_of(portfolio: &Portfolio) -> usize {
    (HOLDINGS / portfolio.holdings.len().max(1)).clamp(1, 100)
}

async fn snapshots(from: &dyn Store, to: &dyn Store, portfolios: &[Portfolio], clock: &dyn Clock) -> Result<()> {
    let mut batch: Vec<NewSnapshot> = Vec::new();
    let first = |portfolio: &Portfolio| {
        let (id, limit) = (portfolio.id, page_of(portfolio));
        async move {
            from.snapshots_after(id, None, limit)
                .await
                .map(|page| (id, limit, page))
        }
    };
    let mut pages = stream::iter(portfolios).map(first).buffered(BESIDE);
    while let Some(page) = pages.next().await {
        let (id, limit, mut page) = page?;
        loop {
            let last = page.last().map(|last| last.valuation.as_of);
            let is_last = page.len() < limit;
            let now = clock.now();
            batch.extend(page.into_iter().filter(|snapshot| stays(snapshot, now)));
            let holdings: usize = batch.iter().map(|snapshot| snapshot.valuation.holdings.len()).sum();
            if batch.len() >= PAGE || holdings >= HOLDINGS {
                to.insert_valuations(&batch).await?;
                batch.clear();
            }
            if is_last {
                break;
            }
            page = from.snapshots_after(id, last, limit).await?;
        }
    }
    if !batch.is_empty() {
        to.insert_valuations(&batch).await?;
    }
    Ok(())
}

/// Whether it is worth copying: what is past its time may go from either store at any moment.
pub(super) fn stays(snapshot: &NewSnapshot, now: Timestamp) -> bool {
    snapshot.expire_at.is_none_or(|at| at > now)
}

/// The records of a kind, page by page in the order of their keys.
#[derive(Debug)]
pub(super) struct Records<'a> {
    store: &'a dyn Store,
    kind: RecordKind,
    scan: Scan,
    page: std::vec::IntoIter<Record>,
}

impl<'a> Records<'a> {
    pub(super) fn of(store: &'a dyn Store, kind: RecordKind) -> Self {
        let scan = Scan {
            limit: PAGE,
            ..Scan::default()
        };
        Self {
            store,
            kind,
            scan,
            page: Vec::new().into_iter(),
        }
    }

    /// The next record that is not past its time.
    pub(super) async fn next(&mut self, now: Timestamp) -> Result<Option<Record>> {
        loop {
            if let Some(record) = self.page.find(|record| record.expires_at.is_none_or(|at| at > now)) {
                return Ok(Some(record));
            }
            let page = self.store.scan_records(self.kind, &self.scan).await?;
            let Some(last) = page.last() else { return Ok(None) };
            self.scan.after = Some(last.key.clone());
            self.page = page.into_iter();
        }
    }
}

/// Whether both say the same; the version is each store's own.
pub(super) fn is_same(one: &Record, other: &Record) -> bool {
    (&one.key, one.due_at, one.expires_at, &one.body) == (&other.key, other.due_at, other.expires_at, &other.body)
}

/// Makes the records of a kind those of the source: missing ones are inserted, others replaced or removed.
pub(super) async fn records(from: &dyn Store, to: &dyn Store, kind: RecordKind, clock: &dyn Clock) -> Result<()> {
    let now = clock.now();
    let (mut given, mut there) = (Records::of(from, kind), Records::of(to, kind));
    let (mut next, mut other) = (given.next(now).await?, there.next(now).await?);
    let (mut missing, mut changed) = (Vec::new(), Vec::new());
    loop {
        match (next.take(), other.take()) {
            (None, None) => break,
            (Some(record), Some(found)) if record.key == found.key => {
                if !is_same(&record, &found) {
                    changed.push((new(record), found.version));
                }
                (next, other) = (given.next(now).await?, there.next(now).await?);
            }
            (Some(record), found) if found.as_ref().is_none_or(|found| record.key < found.key) => {
                missing.push(new(record));
                (next, other) = (given.next(now).await?, found);
            }
            (record, found) => {
                if let Some(found) = found {
                    to.remove_record(kind, &found.key).await?;
                }
                (next, other) = (record, there.next(now).await?);
            }
        }
        if missing.len() >= PAGE {
            to.insert_records(kind, &missing).await?;
            missing.clear();
        }
        if changed.len() >= PAGE {
            to.replace_records(kind, &changed).await?;
            changed.clear();
        }
    }
    if !missing.is_empty() {
        to.insert_records(kind, &missing).await?;
    }
    if !changed.is_empty() {
        to.replace_records(kind, &changed).await?;
    }
    Ok(())
}

fn new(record: Record) -> NewRecord {
    NewRecord {
        key: record.key,
        due_at: record.due_at,
        expires_at: record.expires_at,
        body: record.body,
    }
}
