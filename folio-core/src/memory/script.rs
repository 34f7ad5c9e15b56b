//! What a [`MemorySource`](super::MemorySource) was told to say.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::asset::{AssetId, AssetInfo};
use crate::error::ErrorKind;
use crate::money::{Currency, Price};
use crate::quote::{PriceKey, PricePoint, Quote, Reason, Resolution, Split};

/// What a market was told.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) quotes: HashMap<AssetId, Vec<Scripted>>,
    pub(super) histories: HashMap<(AssetId, Resolution), (Currency, BTreeMap<Timestamp, PricePoint>)>,
    pub(super) infos: Vec<AssetInfo>,
    pub(super) splits: HashMap<AssetId, BTreeMap<Date, Split>>,
    pub(super) failure: Option<ErrorKind>,
    pub(super) failures: HashMap<AssetId, Reason>,
    pub(super) latency: Duration,
    pub(super) calls: u64,
    pub(super) asked: Vec<PriceKey>,
}

impl Script {
    /// The splits of an asset up to the day of `now`, oldest first.
    pub(super) fn splits_until(&self, asset: &AssetId, now: Timestamp) -> impl Iterator<Item = &Split> {
        let today = TimeZone::UTC.to_datetime(now).date();
        let splits = self.splits.get(asset).into_iter().flatten();
        splits.map(|(_, split)| split).filter(move |split| split.on <= today)
    }
}

/// A price as it was set.
#[derive(Clone, Debug)]
pub(super) enum Scripted {
    /// Of a market that never stops: it holds at whatever moment it is asked for.
    Standing(Price),
    /// With a time of its own.
    Stated(Quote),
}

impl Scripted {
    pub(super) fn currency(&self) -> Currency {
        match self {
            Self::Standing(price) => price.currency(),
            Self::Stated(quote) => quote.price.currency(),
        }
    }
}

/// A scripted point as it looks at `now`: of a day to come there is none, and the day in progress has a
/// provisional one.
pub(super) fn point_at(point: &PricePoint, resolution: Resolution, now: Timestamp) -> Option<PricePoint> {
    let mut point = point.clone();
    let today = TimeZone::UTC.to_datetime(now).date();
    if resolution == Resolution::Daily && point.date == today {
        point.provisional = true;
        point.time = point.time.min(now);
    }
    (point.time <= now).then_some(point)
}
