//! When a kept history is good enough, what has to be read again, and how both become one.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use rust_decimal::Decimal;

use super::collect::utc_date;
use crate::book::age;
use crate::money::decimal;
use crate::quote::{PriceHistory, PricePoint, Resolution, SourceId, Split};
use crate::store::KeptHistory;

/// How many days before the last fetch are read again: a source completes and corrects its last closes.
const OVERLAP: i32 = 7;
/// By how many percent a settled close may be corrected before the whole history counts as rewritten.
const CORRECTION: Decimal = Decimal::ONE;

/// What has to be asked of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Nothing.
    Serve,
    /// The days from this one on, to be merged into what is kept.
    Tail(Date),
    /// The whole span from this day on.
    Whole(Date),
}

/// What is to be asked so that the days from `needed` on are known as of `now`.
pub(super) fn plan(kept: Option<&KeptHistory>, needed: Date, now: Timestamp, fresh_for: SignedDuration) -> Plan {
    let Some(kept) = kept.filter(|kept| kept.from <= needed) else {
        return Plan::Whole(needed);
    };
    let (fetched_at, today) = (kept.history.fetched_at, utc_date(now));
    let fetched_on = utc_date(fetched_at);
    if age(fetched_at, now) <= fresh_for && fetched_on == today {
        return Plan::Serve;
    }
    let tail = fetched_on.min(today).saturating_sub(Span::new().days(OVERLAP));
    if tail <= kept.from {
        Plan::Whole(kept.from)
    } else {
        Plan::Tail(tail)
    }
}

/// What is kept with what was read again put in its place; `None` when the source has rewritten the past,
/// because of a split or for another reason, and the whole has to be read again.
pub(super) fn merge(kept: &PriceHistory, fresh: PriceHistory, oldest: Date) -> Option<PriceHistory> {
    let fetched_on = utc_date(kept.fetched_at);
    let rewritten = fresh.currency != kept.currency
        || fresh.splits.iter().any(|split| split.on > fetched_on)
        || disagree(kept, &fresh);
    if rewritten {
        return None;
    }
    let step = |point: &PricePoint| step(kept.resolution, point);
    let mut points: BTreeMap<i64, PricePoint> = kept
        .points
        .iter()
        .filter(|point| !point.provisional && point.date >= oldest)
        .map(|point| (step(point), point.clone()))
        .collect();
    points.extend(fresh.points.iter().map(|point| (step(point), point.clone())));
    Some(PriceHistory {
        source: both(&kept.source, &fresh.source),
        splits: splits(&kept.splits, &fresh.splits),
        points: points.into_values().collect(),
        ..fresh
    })
}

/// Whether a settled close of both differs by more than a correction. Two that have none in common and
/// come from different sources cannot be compared, and count as different.
fn disagree(kept: &PriceHistory, fresh: &PriceHistory) -> bool {
    let settled = |history: &PriceHistory| -> BTreeMap<i64, Decimal> {
        let settled = history.points.iter().filter(|point| !point.provisional);
        settled
            .map(|point| (step(history.resolution, point), point.price))
            .collect()
    };
    let (old, new) = (settled(kept), settled(fresh));
    let mut common = new
        .iter()
        .filter_map(|(step, new)| Some((old.get(step)?, new)))
        .peekable();
    if common.peek().is_none() {
        return kept.source != fresh.source;
    }
    common.any(|(old, new)| !is_near(*old, *new))
}

fn is_near(old: Decimal, new: Decimal) -> bool {
    let hundredfold =
        decimal::sub(new, old).and_then(|difference| decimal::mul(difference.abs(), Decimal::ONE_HUNDRED));
    let allowed = decimal::mul(old.abs(), CORRECTION);
    matches!((hundredfold, allowed), (Ok(difference), Ok(allowed)) if difference <= allowed)
}

/// The number of the step that a point stands for: points of an hour are not aligned.
fn step(resolution: Resolution, point: &PricePoint) -> i64 {
    match resolution {
        Resolution::Daily => i64::from(point.date.year()) * 400 + i64::from(point.date.day_of_year()),
        Resolution::Hourly => point.time.as_second().div_euclid(3600),
    }
}

/// Both sources where they differ, each once.
fn both(kept: &SourceId, fresh: &SourceId) -> SourceId {
    if kept.as_str().split('+').any(|part| part == fresh.as_str()) {
        kept.clone()
    } else {
        SourceId::new(format!("{kept}+{fresh}"))
    }
}

fn splits(kept: &[Split], fresh: &[Split]) -> Vec<Split> {
    let mut all: Vec<_> = fresh.to_vec();
    all.extend(
        kept.iter()
            .filter(|split| fresh.iter().all(|other| other.on != split.on)),
    );
    all.sort_by_key(|split| split.on);
    all
}
