//! Daily price histories in the store, so that a process that begins anew asks nobody for what was read before.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{OpsStore, RecordKind, Row, Table};
use crate::asset::AssetId;
use crate::money::{Currency, decimal};
use crate::quote::{PriceHistory, PriceKey, PricePoint, Resolution, SourceId, Split};
use crate::{Error, ErrorKind, Result};

/// How long a history that nobody looks at is kept.
const UNUSED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A history and the first day that it was asked for, which may lie before its first point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptHistory {
    pub(crate) from: Date,
    pub(crate) history: Arc<PriceHistory>,
}

impl KeptHistory {
    /// The history as JSON, for a cache.
    pub(crate) fn to_json(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(&Packed::of(self)).ok()
    }

    /// Reads what [`to_json`](Self::to_json) wrote; `None` for anything else.
    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Packed>(json).ok()?.unpack().ok()
    }

    /// The one of the two that reaches further back, of equal ones the newer.
    pub(crate) fn better(self, other: Self) -> Self {
        let rank = |kept: &Self| (std::cmp::Reverse(kept.from), kept.history.fetched_at);
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// A history as parallel lists: ten years of points are less than 100 kB.
#[derive(Debug, Serialize, Deserialize)]
struct Packed {
    asset: AssetId,
    currency: Currency,
    resolution: Resolution,
    source: SourceId,
    fetched_at: Timestamp,
    from: Date,
    /// The day of each point, counted from `from`.
    days: Vec<i32>,
    /// The instant of each point in milliseconds since the beginning of its day in UTC.
    times: Vec<i64>,
    prices: Vec<String>,
    /// The places of the points whose day had not ended.
    provisional: Vec<usize>,
    #[serde(default)]
    splits: Vec<Split>,
}

impl Packed {
    fn of(kept: &KeptHistory) -> Self {
        let (from, history) = (kept.from, &kept.history);
        let points = &history.points;
        Self {
            asset: history.asset.clone(),
            currency: history.currency,
            resolution: history.resolution,
            source: history.source.clone(),
            fetched_at: history.fetched_at,
            from,
            days: points.iter().map(|point| days_between(from, point.date)).collect(),
            times: points
                .iter()
                .map(|point| point.time.as_millisecond() - midnight(point.date))
                .collect(),
            prices: points
                .iter()
                .map(|point| decimal::to_text(point.price).as_str().to_owned())
                .collect(),
            provisional: (0..points.len()).filter(|index| points[*index].provisional).collect(),
            splits: history.splits.clone(),
        }
    }

    fn unpack(self) -> Result<KeptHistory> {
        let corrupt = || Error::new(ErrorKind::CorruptData, "a kept price history cannot be read back");
        if self.days.len() != self.times.len() || self.days.len() != self.prices.len() {
            return Err(corrupt());
        }
        let mut points = Vec::with_capacity(self.days.len());
        for ((day, time), price) in self.days.iter().zip(&self.times).zip(&self.prices) {
            let date = self
                .from
                .checked_add(jiff::Span::new().try_days(*day).map_err(|_| corrupt())?)
                .map_err(|_| corrupt())?;
            let millis = midnight(date).checked_add(*time).ok_or_else(corrupt)?;
            points.push(PricePoint {
                date,
                time: Timestamp::from_millisecond(millis).map_err(|_| corrupt())?,
                price: decimal::from_text(price)?,
                provisional: false,
            });
        }
        for index in self.provisional {
            points.get_mut(index).ok_or_else(corrupt)?.provisional = true;
        }
        Ok(KeptHistory {
            from: self.from,
            history: Arc::new(PriceHistory {
                asset: self.asset,
                currency: self.currency,
                resolution: self.resolution,
                source: self.source,
                fetched_at: self.fetched_at,
                points,
                splits: self.splits,
            }),
        })
    }
}

/// The days from one day to another; jiff's range of dates fits.
fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// The beginning of a day in UTC, in milliseconds since the epoch.
fn midnight(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC)
        .map_or(0, |zoned| zoned.timestamp().as_millisecond())
}

/// A history in the store.
#[derive(Debug, Serialize, Deserialize)]
struct HistoryRow {
    key: String,
    /// The UTC day on which it was last asked for.
    used_on: Date,
    packed: Packed,
}

impl Row for HistoryRow {
    const KIND: RecordKind = RecordKind("history");

    fn key(&self) -> String {
        self.key.clone()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        let used = Timestamp::from_millisecond(midnight(self.used_on)).ok()?;
        used.checked_add(UNUSED).ok()
    }
}

/// The daily histories of a store. They may be lost: whoever reads them asks the sources again.
#[derive(Clone, Debug)]
pub(crate) struct StoredHistories {
    store: Arc<dyn OpsStore>,
}

impl StoredHistories {
    pub(crate) fn new(store: Arc<dyn OpsStore>) -> Self {
        Self { store }
    }

    fn rows(&self) -> Table<'_, HistoryRow> {
        Table::new(&*self.store)
    }

    /// The kept history of a key, and the day on which it was last used.
    pub(crate) async fn get(&self, key: &PriceKey) -> Result<Option<(KeptHistory, Date)>> {
        let Some(row) = self.rows().get(&key.to_string()).await? else {
            return Ok(None);
        };
        let row = row.into_inner();
        Ok(Some((row.packed.unpack()?, row.used_on)))
    }

    /// Keeps a history unless one that reaches further back, or was fetched later, is there.
    pub(crate) async fn put(&self, key: &PriceKey, kept: &KeptHistory, used_on: Date) -> Result<()> {
        let name = key.to_string();
        let row = || HistoryRow {
            key: name.clone(),
            used_on,
            packed: Packed::of(kept),
        };
        if self.rows().insert(&row()).await? {
            return Ok(());
        }
        let replaced = self
            .rows()
            .modify(&name, |old| {
                let better = kept.from <= old.packed.from && kept.history.fetched_at >= old.packed.fetched_at;
                if better {
                    *old = row();
                }
                Ok(better)
            })
            .await;
        match replaced {
            // What cannot be read is of no use to anybody.
            Err(error) if error.kind() == ErrorKind::CorruptData => {
                self.rows().remove(&name).await?;
                self.rows().insert(&row()).await.map(|_| ())
            }
            replaced => replaced.map(|_| ()),
        }
    }

    /// Notes that a history was used on a day.
    pub(crate) async fn touch(&self, key: &PriceKey, used_on: Date) -> Result<()> {
        let touch = |row: &mut HistoryRow| {
            let later = row.used_on < used_on;
            if later {
                row.used_on = used_on;
            }
            Ok(later)
        };
        self.rows().modify(&key.to_string(), touch).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(days: i64) -> KeptHistory {
        let from: Date = "2016-11-20".parse().unwrap();
        let points = (0..days).map(|day| {
            let date = from + jiff::Span::new().days(day);
            PricePoint {
                date,
                time: Timestamp::from_millisecond(midnight(date) + 75_600_000 + day % 2).unwrap(),
                price: decimal::parse(&format!("{}.{:03}", 100 + day, day % 1000)).unwrap(),
                provisional: day == days - 1,
            }
        });
        KeptHistory {
            from,
            history: Arc::new(PriceHistory {
                asset: "stock:AAPL".parse().unwrap(),
                currency: Currency::USD,
                resolution: Resolution::Daily,
                source: SourceId::new("vendor"),
                fetched_at: "2026-11-20T10:00:00Z".parse().unwrap(),
                points: points.collect(),
                splits: Vec::new(),
            }),
        }
    }

    #[test]
    fn a_packed_history_reads_back_and_is_small() {
        for days in [0, 1, 2_520] {
            let kept = kept(days);
            let json = kept.to_json().unwrap();
            assert!(json.len() < 100_000, "{} bytes", json.len());
            assert_eq!(KeptHistory::from_json(&json), Some(kept), "{days} days");
        }
        assert_eq!(KeptHistory::from_json(b"{}"), None);
    }

    #[test]
    fn of_two_the_longer_one_is_better_and_of_equals_the_newer() {
        let long = kept(9);
        let mut short = long.clone();
        short.from = "2020-01-01".parse().unwrap();
        assert_eq!(short.clone().better(long.clone()), long);
        assert_eq!(long.clone().better(short), long);
        let mut newer = long.clone();
        Arc::make_mut(&mut newer.history).fetched_at = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(long.better(newer.clone()), newer);
    }
}
