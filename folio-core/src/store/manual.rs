//! The prices that owners state by hand, a record for each owner and asset.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ops::owner_prefix;
use super::{OpsStore, RecordKind, Row, Scan, Table};
use crate::Result;
use crate::asset::AssetId;
use crate::id::OwnerId;
use crate::manual::ManualPoint;
use crate::money::Currency;

/// How many points of one asset are kept, and how many that were replaced.
const MAX_POINTS: usize = 1_000;
/// How long a point that was replaced or removed is kept: as long as a tick may be worked on, so that a
/// second run of one finds the prices of the first.
const KEEP_ENDED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Beyond so many assets of an owner all of the owner's records are read instead of single ones.
const SINGLES: usize = 8;
/// How many records are read at once.
const PAGE: usize = 100;

/// A point, and when it was replaced or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    point: ManualPoint,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

/// What an owner stated about an asset, by the instants that the prices are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualPrices {
    owner: OwnerId,
    asset: AssetId,
    entries: Vec<Entry>,
}

impl ManualPrices {
    fn new(owner: &OwnerId, asset: &AssetId) -> Self {
        Self {
            owner: owner.clone(),
            asset: asset.clone(),
            entries: Vec::new(),
        }
    }

    /// Whose they are.
    #[must_use]
    pub fn owner(&self) -> &OwnerId {
        &self.owner
    }

    /// What is priced.
    #[must_use]
    pub fn asset(&self) -> &AssetId {
        &self.asset
    }

    /// The points as they were known at an instant, by the instants that they are for.
    pub fn known_at(&self, instant: Timestamp) -> impl DoubleEndedIterator<Item = &ManualPoint> {
        let known = move |entry: &&Entry| {
            entry.point.stated_at <= instant && entry.ended_at.is_none_or(|ended_at| ended_at > instant)
        };
        self.entries.iter().filter(known).map(|entry| &entry.point)
    }

    /// The last point at or before an instant, as far as it was known then; it may be no longer valid.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> Option<&ManualPoint> {
        self.known_at(instant).rev().find(|point| point.as_of <= instant)
    }

    fn has_any(&self) -> bool {
        self.entries.iter().any(|entry| entry.ended_at.is_none())
    }

    /// Adds a point, in the place of the one for the same instant. The point that is there now, which is
    /// the earlier one if both say the same.
    fn state(&mut self, point: ManualPoint) -> ManualPoint {
        let now = point.stated_at;
        let mut live = self.entries.iter_mut().filter(|entry| entry.ended_at.is_none());
        if let Some(before) = live.find(|entry| entry.point.as_of == point.as_of) {
            if (before.point.price, before.point.valid_days) == (point.price, point.valid_days) {
                return before.point;
            }
            before.ended_at = Some(now);
        }
        self.entries.push(Entry { point, ended_at: None });
        self.entries
            .sort_by_key(|entry| (entry.point.as_of, entry.point.stated_at));
        self.trim(now);
        point
    }

    /// Removes all points; whether there were any.
    fn end(&mut self, now: Timestamp) -> bool {
        let had_any = self.has_any();
        for entry in &mut self.entries {
            entry.ended_at.get_or_insert(now);
        }
        self.trim(now);
        had_any
    }

    fn trim(&mut self, now: Timestamp) {
        self.entries
            .retain(|entry| entry.ended_at.is_none_or(|ended_at| ended_at + KEEP_ENDED > now));
        for live in [true, false] {
            let of_kind = |entry: &Entry| entry.ended_at.is_none() == live;
            let mut beyond = self.entries.iter().filter(|entry| of_kind(entry)).count();
            beyond = beyond.saturating_sub(MAX_POINTS);
            self.entries.retain(|entry| {
                let goes = beyond > 0 && of_kind(entry);
                beyond -= usize::from(goes);
                !goes
            });
        }
    }
}

fn key_of(owner: &OwnerId, asset: &AssetId) -> String {
    format!("{}{asset}", owner_prefix(owner))
}

impl Row for ManualPrices {
    const KIND: RecordKind = RecordKind("manual_price");

    fn key(&self) -> String {
        key_of(&self.owner, &self.asset)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        if self.has_any() {
            return None;
        }
        let last = self.entries.iter().filter_map(|entry| entry.ended_at).max();
        last.map(|last| last + KEEP_ENDED)
    }
}

/// A currency that somebody stated a price in; never removed. That there is one at all tells that prices
/// by hand are in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ManualCurrency {
    currency: Currency,
}

impl Row for ManualCurrency {
    const KIND: RecordKind = RecordKind("manual_currency");

    fn key(&self) -> String {
        self.currency.to_string()
    }
}

/// The prices by hand of a store.
#[derive(Clone, Copy, Debug)]
pub struct Manuals<'a> {
    prices: Table<'a, ManualPrices>,
    currencies: Table<'a, ManualCurrency>,
}

impl<'a> Manuals<'a> {
    /// Those of this store.
    pub fn new(store: &'a dyn OpsStore) -> Self {
        Self {
            prices: Table::new(store),
            currencies: Table::new(store),
        }
    }

    /// Adds a point, or puts it in the place of the one for the same instant; the point that is kept. Of
    /// an asset the 1,000 points for the latest instants are.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn state(&self, owner: &OwnerId, asset: &AssetId, point: ManualPoint) -> Result<ManualPoint> {
        // First, so that whoever collects rates after the price can be read has this one's.
        let currency = point.price.currency();
        self.currencies.insert(&ManualCurrency { currency }).await?;
        let key = key_of(owner, asset);
        loop {
            let mut kept = point;
            let stated = self.prices.modify(&key, |row| {
                kept = row.state(point);
                Ok(kept == point)
            });
            if stated.await?.is_some() {
                return Ok(kept);
            }
            let mut row = ManualPrices::new(owner, asset);
            row.state(point);
            if self.prices.insert(&row).await? {
                return Ok(point);
            }
        }
    }

    /// Removes what an owner stated about an asset; whether there was anything.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn remove(&self, owner: &OwnerId, asset: &AssetId, now: Timestamp) -> Result<bool> {
        let mut had_any = false;
        self.prices
            .modify(&key_of(owner, asset), |row| {
                had_any = row.end(now);
                Ok(had_any)
            })
            .await?;
        Ok(had_any)
    }

    /// What an owner stated about an asset.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn get(&self, owner: &OwnerId, asset: &AssetId) -> Result<Option<ManualPrices>> {
        let row = self.prices.get(&key_of(owner, asset)).await?;
        Ok(row.map(super::Versioned::into_inner))
    }

    /// What these owners stated about these assets.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn read(&self, wanted: &BTreeMap<OwnerId, BTreeSet<AssetId>>) -> Result<Vec<ManualPrices>> {
        let mut found = Vec::new();
        let mut singles = Vec::new();
        for (owner, assets) in wanted {
            if assets.len() <= SINGLES {
                singles.extend(assets.iter().map(|asset| (owner, asset)));
            } else {
                let mut rows = self.of_owner(owner).await?;
                rows.retain(|row| assets.contains(&row.asset));
                found.append(&mut rows);
            }
        }
        for some in singles.chunks(16) {
            let rows = try_join_all(some.iter().map(|(owner, asset)| self.get(owner, asset))).await?;
            found.extend(rows.into_iter().flatten());
        }
        Ok(found)
    }

    /// Everything that an owner stated, in the order of the assets' names.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn of_owner(&self, owner: &OwnerId) -> Result<Vec<ManualPrices>> {
        let mut scan = Scan {
            prefix: owner_prefix(owner),
            limit: PAGE,
            ..Scan::default()
        };
        let mut found = Vec::new();
        loop {
            let page = self.prices.scan(&scan).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            scan.after = Some(last.key());
            found.extend(page.into_iter().map(super::Versioned::into_inner));
        }
    }

    /// Every currency that anybody ever stated a price in; none as long as nobody stated any.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn currencies(&self) -> Result<BTreeSet<Currency>> {
        let scan = Scan {
            limit: 1_000,
            ..Scan::default()
        };
        let rows = self.currencies.scan(&scan).await?;
        Ok(rows.iter().map(|row| row.currency).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Price;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn point(as_of: Timestamp, price: &str, stated_at: Timestamp) -> ManualPoint {
        ManualPoint {
            as_of,
            price: Price::parse(price, Currency::USD).unwrap(),
            valid_days: None,
            stated_at,
        }
    }

    fn house() -> ManualPrices {
        ManualPrices::new(&OwnerId::default(), &"custom:house".parse().unwrap())
    }

    #[test]
    fn no_owner_reaches_anothers_records() {
        let prefix = |owner: &str| owner_prefix(&OwnerId::new(owner));
        assert_eq!(prefix("admin"), "admin/");
        assert_eq!(prefix("a/b"), "a%2Fb/");
        assert_eq!(prefix("a%2Fb"), "a%252Fb/");
        assert_eq!(prefix("é"), "%C3%A9/");
        let owners = ["", "a", "a/", "a/custom:house", "ab", "a%", "a%2F", "A"];
        for one in owners {
            for other in owners.into_iter().filter(|other| *other != one) {
                assert!(!prefix(one).starts_with(&prefix(other)), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_price_that_was_replaced_is_still_known_for_the_time_before() {
        let (day, one, two) = (
            at("2026-03-01T00:00:00Z"),
            at("2026-03-02T09:00:00Z"),
            at("2026-03-02T10:00:00Z"),
        );
        let mut row = house();
        assert!(row.at(one).is_none());
        row.state(point(day, "100", one));
        assert_eq!(
            row.state(point(day, "100", two)),
            point(day, "100", one),
            "the same again"
        );
        row.state(point(day, "200", two));
        let price = |row: &ManualPrices, instant| row.at(instant).map(|point| point.price.amount().to_string());
        let just_before = two - SignedDuration::from_millis(1);
        assert_eq!(
            price(&row, one - SignedDuration::from_millis(1)),
            None,
            "not stated yet"
        );
        assert_eq!(price(&row, just_before).as_deref(), Some("100"));
        assert_eq!(price(&row, two).as_deref(), Some("200"));

        let three = at("2026-03-02T11:00:00Z");
        assert!(row.end(three) && !row.end(three));
        assert_eq!(price(&row, three), None);
        assert_eq!(
            price(&row, three - SignedDuration::from_millis(1)).as_deref(),
            Some("200")
        );
        assert_eq!(row.expires_at(), Some(three + KEEP_ENDED));
        row.state(point(three, "300", three + KEEP_ENDED * 2));
        assert_eq!(row.entries.len(), 1, "what ended long ago is gone");
        assert_eq!(row.expires_at(), None);
    }

    #[test]
    fn the_newest_thousand_points_are_kept() {
        let start = at("2026-03-01T00:00:00Z");
        let mut row = house();
        for minute in 0..1_100 {
            let instant = start + SignedDuration::from_mins(minute);
            row.state(point(instant, "1", instant));
        }
        let now = start + SignedDuration::from_mins(2_000);
        assert_eq!(row.known_at(now).count(), MAX_POINTS);
        assert_eq!(
            row.known_at(now).next().map(|point| point.as_of),
            Some(start + SignedDuration::from_mins(100))
        );
        for minute in 0..1_100 {
            row.state(point(start + SignedDuration::from_mins(200), &minute.to_string(), now));
        }
        assert!(row.entries.len() <= 2 * MAX_POINTS);
    }
}
