//! Reads both stores and compares what is in them.

use std::collections::{BTreeMap, HashMap};

use folio_core::money::{Decimal, decimal};
use folio_core::store::{NewSnapshot, RecordKind, Store};
use folio_core::{Clock, Currency, Error, ErrorKind, Portfolio, PortfolioId, Result};
use futures::StreamExt;
use futures::stream;
use jiff::Timestamp;

use super::copy::{BESIDE, PAGE, PORTFOLIOS, Records, after, is_same, page_of, stays};
use super::marker::ALL;
use super::{Report, record_kinds};

/// Compares everything, and says what there is.
pub(super) async fn all(
    from: &dyn Store,
    to: &dyn Store,
    clock: &dyn Clock,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Report> {
    let mut report = Report {
        rates: rates(from, to).await?,
        assets: assets(from, to).await?,
        ..Report::default()
    };
    let mut range = ALL;
    loop {
        let page = from.portfolios_between(&range, Timestamp::MAX, PORTFOLIOS).await?;
        let copied = to.portfolios_between(&range, Timestamp::MAX, PORTFOLIOS).await?;
        if page != copied {
            return Err(differing_portfolio(&page, &copied));
        }
        let Some(next) = after(&page) else { break };
        let compare = |portfolio| snapshots(from, to, portfolio, clock);
        let mut compared = stream::iter(&page).map(compare).buffered(BESIDE);
        while let Some(found) = compared.next().await {
            let (count, totals) = found?;
            report.snapshots += count;
            for (currency, total) in totals {
                add(&mut report.totals, currency, total)?;
            }
        }
        report.portfolios += page.len() as u64;
        progress(report.portfolios);
        range = next;
    }
    for kind in record_kinds() {
        let count = records(from, to, kind, clock).await?;
        if count > 0 {
            report.records.insert(kind.0, count);
        }
    }
    Ok(report)
}

fn differs(what: impl std::fmt::Display) -> Error {
    let detail = format!(
        "source and target differ in {what}: something was written while everything was copied. Stop what writes and \
         run the same command again"
    );
    Error::new(ErrorKind::Conflict, detail)
}

fn differing_portfolio(page: &[Portfolio], copied: &[Portfolio]) -> Error {
    let pair = page.iter().zip(copied).find(|(one, other)| one != other);
    let longer = page.get(copied.len()).or_else(|| copied.get(page.len()));
    let id: Option<PortfolioId> = pair
        .map(|(one, other)| one.id.min(other.id))
        .or(longer.map(|portfolio| portfolio.id));
    let name = id.map_or_else(|| "their portfolios".to_owned(), |id| format!("the portfolio {id}"));
    differs(name)
}

fn add(totals: &mut BTreeMap<Currency, Decimal>, currency: Currency, amount: Decimal) -> Result<()> {
    let total = totals.entry(currency).or_default();
    *total = decimal::add(*total, amount)?;
    Ok(())
}

/// Compares the snapshots of a portfolio one by one; how many there are, and the sums of their total values.
async fn snapshots(
    from: &dyn Store,
    to: &dyn Store,
    portfolio: &Portfolio,
    clock: &dyn Clock,
) -> Result<(u64, BTreeMap<Currency, Decimal>)> {
    let (mut count, mut totals) = (0, BTreeMap::new());
    let limit = page_of(portfolio);
    let mut last = None;
    loop {
        let page = from.snapshots_after(portfolio.id, last, limit).await?;
        // One that was left behind as past its time makes the pages of the two begin at different places.
        let is_last = page.len() < limit;
        let until = page.last().filter(|_| !is_last).map(|last| last.valuation.as_of);
        let copied = up_to(to, portfolio.id, last, until, limit).await?;
        let now = clock.now();
        let given: Vec<_> = page.iter().filter(|snapshot| stays(snapshot, now)).collect();
        let found: Vec<_> = copied.iter().filter(|snapshot| stays(snapshot, now)).collect();
        if given != found {
            return Err(differs(format!("the snapshots of the portfolio {}", portfolio.id)));
        }
        for total in given.iter().filter_map(|snapshot| snapshot.valuation.total_value) {
            add(&mut totals, total.currency(), total.amount())?;
        }
        count += given.len() as u64;
        if is_last {
            break;
        }
        last = until;
    }
    Ok((count, totals))
}

/// The snapshots after `last` up to `until`, or all that are left.
async fn up_to(
    store: &dyn Store,
    portfolio: PortfolioId,
    last: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: usize,
) -> Result<Vec<NewSnapshot>> {
    let mut page = store.snapshots_after(portfolio, last, limit).await?;
    page.retain(|snapshot| until.is_none_or(|until| snapshot.valuation.as_of <= until));
    Ok(page)
}

async fn rates(from: &dyn Store, to: &dyn Store) -> Result<u64> {
    let (mut after, mut count) = (None, 0);
    loop {
        let page = from.reference_rates_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.currency, last.date));
        let keys: Vec<_> = page.iter().map(|rate| (rate.currency, rate.date)).collect();
        let found = to.reference_rates(&keys).await?;
        let found: HashMap<_, _> = found.iter().map(|rate| ((rate.currency, rate.date), rate)).collect();
        if page
            .iter()
            .any(|rate| found.get(&(rate.currency, rate.date)) != Some(&rate))
        {
            return Err(differs("reference rates"));
        }
        count += page.len() as u64;
    }
    Ok(count)
}

async fn assets(from: &dyn Store, to: &dyn Store) -> Result<u64> {
    let (mut after, mut count) = (None, 0);
    loop {
        let page = from.asset_infos_after(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.asset.clone());
        let keys: Vec<_> = page.iter().map(|info| info.asset.clone()).collect();
        let found = to.asset_infos(&keys).await?;
        let found: HashMap<_, _> = found.iter().map(|info| (&info.asset, info)).collect();
        if page.iter().any(|info| found.get(&info.asset) != Some(&info)) {
            return Err(differs("what is known of assets"));
        }
        count += page.len() as u64;
    }
    Ok(count)
}

async fn records(from: &dyn Store, to: &dyn Store, kind: RecordKind, clock: &dyn Clock) -> Result<u64> {
    // What expires while it is compared is left out on both sides.
    let now = clock.now();
    let (mut given, mut there) = (Records::of(from, kind), Records::of(to, kind));
    let mut count = 0;
    loop {
        match (given.next(now).await?, there.next(now).await?) {
            (None, None) => return Ok(count),
            (Some(one), Some(other)) if is_same(&one, &other) => count += 1,
            (one, other) => {
                let record = one.or(other);
                let key = record.map(|record| record.key).unwrap_or_default();
                return Err(differs(format!("the record {key:?} of {}", kind.0)));
            }
        }
    }
}
