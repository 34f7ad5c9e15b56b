//! The share splits that sources have mentioned.
//!
//! # What a split means here
//! A lot's quantity counts today's shares, as a broker shows it. The closes of a source are in the shares of
//! the day on which they were fetched. So the past is today's quantity times a close that splits have been
//! worked into, never today's quantity times an old raw price. A snapshot is what was known at its instant,
//! raw quantity and raw price, and never changes; whoever compares two across a split brings the earlier one
//! into the later one's shares: see [`change`](crate::change).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use super::{OpsStore, RecordKind, Row, Table};
use crate::Result;
use crate::asset::{AssetClass, AssetId};
use crate::clock::Clock;
use crate::quote::Split;

/// How long a process believes what it read; another process may have learnt of a split since.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);
/// How many assets a process remembers.
const IN_MEMORY: u64 = 20_000;

/// The splits of one asset; splits are added, never changed or removed.
#[derive(Debug, Serialize, Deserialize)]
struct SplitsRow {
    asset: AssetId,
    splits: Vec<Split>,
}

impl Row for SplitsRow {
    const KIND: RecordKind = RecordKind("splits");

    fn key(&self) -> String {
        self.asset.to_string()
    }
}

type Known = (Arc<[Split]>, Timestamp);

/// The splits of shares, by asset.
#[derive(Clone, Debug)]
pub struct Splits {
    store: Arc<dyn OpsStore>,
    clock: Arc<dyn Clock>,
    known: Cache<AssetId, Known>,
}

impl Splits {
    /// The splits of this store.
    pub fn new(store: Arc<dyn OpsStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            known: Cache::new(IN_MEMORY),
        }
    }

    fn rows(&self) -> Table<'_, SplitsRow> {
        Table::new(&*self.store)
    }

    /// Keeps what a source said of an asset's splits. The first account of a day stands; what was learnt
    /// before costs nothing.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn learn(&self, asset: &AssetId, splits: &[Split]) -> Result<()> {
        let changes = |known: &[Split], split: &Split| {
            split.numerator != split.denominator && !known.iter().any(|other| other.on == split.on)
        };
        let remembered = self.known.get(asset).map(|(splits, _)| splits).unwrap_or_default();
        if !splits.iter().any(|split| changes(&remembered, split)) {
            return Ok(());
        }
        let mut row = SplitsRow {
            asset: asset.clone(),
            splits: Vec::new(),
        };
        add(&mut row.splits, splits, changes);
        if row.splits.is_empty() {
            return Ok(());
        }
        if !self.rows().insert(&row).await? {
            let merged = self
                .rows()
                .modify(&row.key(), |kept| Ok(add(&mut kept.splits, splits, changes)))
                .await?;
            if let Some(merged) = merged {
                row = merged.into_inner();
            }
        }
        self.remember(asset, row.splits);
        Ok(())
    }

    /// The known splits of these assets, oldest first; assets without one are left out. Only shares are
    /// split.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn of<'a>(
        &self,
        assets: impl IntoIterator<Item = &'a AssetId> + Send,
    ) -> Result<BTreeMap<AssetId, Vec<Split>>> {
        let now = self.clock.now();
        let assets: Vec<_> = assets
            .into_iter()
            .filter(|asset| asset.class() == AssetClass::Stock)
            .collect();
        let mut found = BTreeMap::new();
        for asset in assets {
            let known = self
                .known
                .get(asset)
                .filter(|(_, read_at)| crate::book::age(*read_at, now) <= BELIEVED);
            let splits = match known {
                Some((splits, _)) => splits,
                None => {
                    let row = self.rows().get(&asset.to_string()).await?;
                    self.remember(asset, row.map(|row| row.into_inner().splits).unwrap_or_default())
                }
            };
            if !splits.is_empty() {
                found.insert(asset.clone(), splits.to_vec());
            }
        }
        Ok(found)
    }

    fn remember(&self, asset: &AssetId, splits: Vec<Split>) -> Arc<[Split]> {
        let splits: Arc<[Split]> = splits.into();
        self.known
            .insert(asset.clone(), (Arc::clone(&splits), self.clock.now()));
        splits
    }
}

/// Adds what is new, in the order of days; whether there was anything.
fn add(kept: &mut Vec<Split>, splits: &[Split], is_new: impl Fn(&[Split], &Split) -> bool) -> bool {
    let before = kept.len();
    for split in splits {
        if is_new(kept, split) {
            kept.push(*split);
        }
    }
    kept.sort_by_key(|split| split.on);
    kept.len() > before
}
