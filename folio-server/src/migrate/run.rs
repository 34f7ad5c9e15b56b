//! A migration from its first question to its last answer.

use std::collections::BTreeMap;

use folio_core::money::Decimal;
use folio_core::store::{Scan, Store};
use folio_core::{Clock, Currency, Error, ErrorKind, PortfolioId, Result};
use uuid::Uuid;

use super::{copy, marker, record_kinds, verify};
use crate::presence;

/// A store, and the id by which others name it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The store.
    pub store: &'a dyn Store,
    /// Its id.
    pub id: Uuid,
}

/// What a migration is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Portfolios and their snapshots are copied.
    Portfolios,
    /// Records are copied.
    Records,
    /// Both stores are read and compared.
    Comparing,
}

/// How far a migration is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What it is at.
    pub step: Step,
    /// So many portfolios, or kinds of records, are behind it.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// What both stores have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Portfolios.
    pub portfolios: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Records, by kind; kinds without any are left out.
    pub records: BTreeMap<&'static str, u64>,
    /// Reference rates.
    pub rates: u64,
    /// Assets that something is known of.
    pub assets: u64,
    /// The sum of the total values of all snapshots, by currency.
    pub totals: BTreeMap<Currency, Decimal>,
    /// Work that is not finished, by kind: whoever runs on the target goes on with it.
    pub open_work: BTreeMap<&'static str, u64>,
}

/// Copies everything of `from` into `to`, compares both, and says what there is.
///
/// # Errors
/// `Conflict` when a server runs on one of them, when the target holds something else, and when the two
/// differ in the end because the source was written to meanwhile; `Unavailable`, `CorruptData`.
pub async fn migrate(
    from: Side<'_>,
    to: Side<'_>,
    clock: &dyn Clock,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Report> {
    if from.id == to.id {
        return Err(Error::new(ErrorKind::Conflict, "source and target are the same store"));
    }
    for (side, name) in [(from, "source"), (to, "target")] {
        let running = presence::alive(side.store, clock.now()).await?;
        if let Some(process) = running.first() {
            let detail = format!(
                "{} on the {name}: stop it first; what it wrote while everything is copied would be lost. One that \
                 was killed counts as running for {} seconds",
                process.describe(),
                presence::ALIVE_FOR.as_secs()
            );
            return Err(Error::new(ErrorKind::Conflict, detail));
        }
    }
    marker::begin(to.store, from.id, clock.now()).await?;
    let (from, to) = (from.store, to.store);
    let total = count_portfolios(from).await?;
    let at = |step| move |done| progress(Progress { step, done, total });
    copy::rates(from, to).await?;
    copy::assets(from, to).await?;
    copy::portfolios(from, to, clock, &at(Step::Portfolios)).await?;
    let kinds = record_kinds().count() as u64;
    for (index, kind) in record_kinds().enumerate() {
        copy::records(from, to, kind, clock).await?;
        progress(Progress {
            step: Step::Records,
            done: index as u64 + 1,
            total: kinds,
        });
    }
    let mut report = verify::all(from, to, clock, &at(Step::Comparing)).await?;
    report.open_work = open_work(to).await?;
    marker::finish(to, clock.now()).await?;
    Ok(report)
}

/// How many portfolios there are, by looking for the end of their ids.
async fn count_portfolios(store: &dyn Store) -> Result<u64> {
    let (mut lo, mut total): (Option<PortfolioId>, u64) = (None, 0);
    let mut stride: usize = 1 << 16;
    loop {
        match store.portfolio_id_after(lo, stride).await? {
            Some(id) => (lo, total) = (Some(id), total + stride as u64),
            None if stride > 1 => stride /= 2,
            // Fewer than one place is left after `lo`: `lo` is the last, or there is none at all.
            None => break,
        }
    }
    let is_any = store.portfolio_id_after(lo, 0).await?.is_some();
    Ok(total + u64::from(is_any))
}

/// The unfinished records by kind.
async fn open_work(store: &dyn Store) -> Result<BTreeMap<&'static str, u64>> {
    let mut open = BTreeMap::new();
    for kind in record_kinds() {
        let mut scan = Scan {
            open: true,
            limit: copy::PAGE,
            ..Scan::default()
        };
        loop {
            let page = store.scan_records(kind, &scan).await?;
            let Some(last) = page.last() else { break };
            scan.after = Some(last.key.clone());
            *open.entry(kind.0).or_insert(0) += page.len() as u64;
        }
    }
    Ok(open)
}
