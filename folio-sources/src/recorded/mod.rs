//! Replays prices from files: for demonstrations, tests and notebooks, without a network.
//!
//! A directory holds one JSON file an asset, `crypto/bitcoin.json`, `stock/AAPL.json`, and for exchange
//! rates one a currency, `currency/USD.json`, whose prices are units of it for one euro:
//!
//! ```json
//! {
//!   "asset": "crypto:bitcoin",
//!   "info": {"name": "Bitcoin", "ticker": "BTC", "kind": "coin", "exchange": null},
//!   "currency": "USD",
//!   "points": [
//!     {"time": "2026-03-01T09:00:00Z", "price": "61234.5"},
//!     {"time": "2026-03-01T10:00:00Z", "price": "61300"}
//!   ],
//!   "outage": false,
//!   "outages": [{"from": "2026-03-02T00:00:00Z", "to": "2026-03-02T06:00:00Z"}]
//! }
//! ```
//!
//! `info`, `outage` and `outages` may be left out. `source.json` beside the folders may hold `outage`
//! and `outages` of the whole source. Everything is read and checked once, when the directory is opened.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use folio_core::money::decimal;
use folio_core::{
    AssetClass, AssetId, AssetInfo, Capabilities, Clock, Currency, Error, ErrorKind, HistoryRequest, Percent, Price,
    PriceHistory, PriceKey, PricePoint, PriceSource, Quote, QuoteBatch, QuoteKind, QuoteRequest, Reason, Resolution,
    Result, SourceId, Unpriced,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use file::{Outage, RecordedInfo, RecordedPoint, Recording};

use file::{Availability, outage_at};

/// The name of the source.
const ID: &str = "recorded";
/// How far back a replayed history may reach.
const DAYS: u32 = 36_500;
/// The most assets that a search finds.
const SEARCH_LIMIT: usize = 50;

/// Prices from files: at any moment of the clock the last recorded one, never a later one.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// use std::sync::Arc;
/// use folio_core::{ManualClock, PriceKey, PriceSource, QuoteRequest};
/// use folio_sources::{Recorded, Recording};
///
/// let mut bitcoin = Recording::new("crypto:bitcoin".parse()?, "USD".parse()?);
/// bitcoin.push("2026-03-01T09:00:00Z".parse()?, "61234.5")?;
/// bitcoin.push("2026-03-01T10:00:00Z".parse()?, "61300")?;
/// let clock = Arc::new(ManualClock::new("2026-03-01T09:30:00Z".parse()?));
///
/// let source = Recorded::from_recordings([bitcoin], clock);
/// let batch = source.quotes(&QuoteRequest::new([PriceKey::native("crypto:bitcoin".parse()?)])).await?;
/// let quote = batch.outcomes[0].1.as_ref().unwrap();
/// assert_eq!(quote.price.to_string(), "61234.5 USD");
/// assert_eq!(quote.as_of.to_string(), "2026-03-01T09:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorded {
    id: SourceId,
    clock: Arc<dyn Clock>,
    recordings: BTreeMap<AssetId, Recording>,
    availability: Availability,
}

impl Recorded {
    /// Reads every file below `directory`.
    ///
    /// # Errors
    /// `NotConfigured` when the directory cannot be read, when a file is wrong, naming file and field, or
    /// when a file lies elsewhere than its asset's does.
    pub fn open(directory: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self> {
        let directory = directory.as_ref();
        let mut recordings = BTreeMap::new();
        for class in AssetClass::ALL {
            for path in json_files(&directory.join(class.as_str()))? {
                let recording = Recording::load(&path)?;
                if path != directory.join(Recording::path(&recording.asset)) {
                    let place = Recording::path(&recording.asset);
                    let message = format!(
                        "{}: field asset: the file of {} is {}",
                        path.display(),
                        recording.asset,
                        place.display()
                    );
                    return Err(Error::new(ErrorKind::NotConfigured, message));
                }
                recordings.insert(recording.asset.clone(), recording);
            }
        }
        if recordings.is_empty() {
            return Err(Error::new(
                ErrorKind::NotConfigured,
                format!(
                    "{} holds no recordings; they are files such as crypto/bitcoin.json in it",
                    directory.display()
                ),
            ));
        }
        let source = directory.join("source.json");
        let availability = if source.exists() {
            Availability::load(&source)?
        } else {
            Availability::default()
        };
        Ok(Self {
            id: SourceId::new(ID),
            clock,
            recordings,
            availability,
        })
    }

    /// Replays recordings without files.
    pub fn from_recordings(recordings: impl IntoIterator<Item = Recording>, clock: Arc<dyn Clock>) -> Self {
        let recordings = recordings
            .into_iter()
            .map(|recording| (recording.asset.clone(), recording))
            .collect();
        Self {
            id: SourceId::new(ID),
            clock,
            recordings,
            availability: Availability::default(),
        }
    }

    /// The assets that are recorded, currencies included.
    pub fn assets(&self) -> impl Iterator<Item = AssetInfo> {
        self.recordings.values().map(Recording::asset_info)
    }

    /// The recording that answers a key: one euro in dollars is in the recording of the dollar.
    fn recording(&self, key: &PriceKey) -> Option<&Recording> {
        match (key.asset.as_currency(), key.currency) {
            (Some(Currency::EUR), Some(currency)) => self.recordings.get(&AssetId::currency(currency)),
            (Some(_), _) => None,
            (None, _) => self.recordings.get(&key.asset),
        }
    }

    /// The recording of a key at `now`, or why there is none.
    fn available(&self, key: &PriceKey, now: Timestamp) -> Result<&Recording, Unpriced> {
        let Some(recording) = self.recording(key) else {
            return Err(Unpriced::new(Reason::NotFound, format!("{key} is not recorded")));
        };
        if let Some(until) = outage_at(recording.outage, &recording.outages, now) {
            let detail = format!("the recording of {} declares an outage", recording.asset);
            return Err(Unpriced::new(Reason::Unavailable, detail).until(until));
        }
        match key.currency {
            Some(currency) if currency != recording.currency => {
                let detail = format!(
                    "{} is recorded in {}, not in {currency}",
                    recording.asset, recording.currency
                );
                Err(Unpriced::new(Reason::NoData, detail))
            }
            _ => Ok(recording),
        }
    }

    fn quote(&self, key: &PriceKey, now: Timestamp) -> Result<Quote, Unpriced> {
        let recording = self.available(key, now)?;
        let past = past(recording, now);
        let Some(last) = past.last() else {
            return Err(Unpriced::new(
                Reason::NoData,
                format!("the recording of {} begins later", recording.asset),
            ));
        };
        let price = Price::new(last.price, recording.currency)
            .map_err(|error| Unpriced::new(Reason::OutOfRange, error.message()))?;
        // A share's change is since the previous day's close, a coin's within 24 hours.
        let before = match key.asset.class() {
            AssetClass::Stock => past.iter().rfind(|point| utc_date(point.time) < utc_date(last.time)),
            _ => past
                .iter()
                .rfind(|point| point.time <= now - SignedDuration::from_hours(24)),
        };
        let change =
            before.and_then(|before| Percent::of(decimal::sub(last.price, before.price).ok()?, before.price).ok()?);
        Ok(Quote {
            asset: key.asset.clone(),
            price,
            as_of: last.time,
            fetched_at: now,
            source: self.id.clone(),
            kind: if key.asset.class() == AssetClass::Currency {
                QuoteKind::Close
            } else {
                QuoteKind::Realtime
            },
            change_24h_percent: change,
            market_cap: None,
            split: None,
        })
    }

    fn check_outage(&self, now: Timestamp) -> Result<()> {
        let Some(until) = self.availability.outage(now) else {
            return Ok(());
        };
        let error = Error::new(
            ErrorKind::Unavailable,
            "the recordings declare an outage of the whole source",
        );
        let wait = until.and_then(|until| Duration::try_from(until.duration_since(now)).ok());
        Err(match wait {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        })
    }
}

/// The points up to `now`.
fn past(recording: &Recording, now: Timestamp) -> &[RecordedPoint] {
    let count = recording.points.partition_point(|point| point.time <= now);
    recording.points.get(..count).unwrap_or_default()
}

fn utc_date(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// The last point of each step. A coin's price at midnight closes the day that has ended.
fn steps(points: &[RecordedPoint], class: AssetClass, resolution: Resolution, now: Timestamp) -> Vec<PricePoint> {
    const HOUR: i64 = 3600;

    let mut steps: BTreeMap<(Date, i64), PricePoint> = BTreeMap::new();
    for point in points {
        let (key, provisional) = match resolution {
            Resolution::Daily => {
                let closing = class == AssetClass::Crypto && point.time.as_millisecond() % (24 * HOUR * 1000) == 0;
                let date = utc_date(if closing {
                    point.time - SignedDuration::from_millis(1)
                } else {
                    point.time
                });
                ((date, 0), date >= utc_date(now))
            }
            Resolution::Hourly => {
                let hour = point.time.as_second().div_euclid(HOUR);
                ((utc_date(point.time), hour), hour >= now.as_second().div_euclid(HOUR))
            }
        };
        steps.insert(
            key,
            PricePoint {
                date: key.0,
                time: point.time,
                price: point.price,
                provisional,
            },
        );
    }
    steps.into_values().collect()
}

/// The JSON files of a folder in the order of their names; none if there is no such folder.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| Error::new(ErrorKind::NotConfigured, format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[async_trait]
impl PriceSource for Recorded {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        let mut classes: Vec<AssetClass> = self.recordings.keys().map(AssetId::class).collect();
        classes.dedup();
        Capabilities::new(classes)
            .batches_of(usize::MAX)
            .with_history(DAYS, Some(DAYS))
            .with_search()
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let now = self.clock.now();
        self.check_outage(now)?;
        let outcomes = request
            .keys
            .iter()
            .map(|key| (key.clone(), self.quote(key, now)))
            .collect();
        Ok(QuoteBatch::new(outcomes))
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let now = self.clock.now();
        self.check_outage(now)?;
        let key = &request.key;
        let recording = self.available(key, now).map_err(|unpriced| {
            let kind = match unpriced.reason {
                Reason::NotFound => ErrorKind::NotFound,
                Reason::NoData => ErrorKind::MissingPrice,
                _ => ErrorKind::Unavailable,
            };
            Error::new(kind, unpriced.detail)
        })?;
        let mut points = steps(past(recording, now), key.asset.class(), request.resolution, now);
        // The last rate before the range holds on its first days.
        let first = match key.asset.class() {
            AssetClass::Currency => points
                .iter()
                .rfind(|point| point.date <= request.from)
                .map(|point| point.date),
            _ => None,
        };
        let from = first.unwrap_or(request.from);
        points.retain(|point| point.date >= from && point.date <= request.to);
        if points.is_empty() {
            let message = format!("{key} is not recorded from {} to {}", request.from, request.to);
            return Err(Error::new(ErrorKind::MissingPrice, message));
        }
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency: recording.currency,
            resolution: request.resolution,
            source: self.id.clone(),
            fetched_at: now,
            points,
            splits: Vec::new(),
        })
    }

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        self.check_outage(self.clock.now())?;
        let text = text.trim().to_lowercase();
        let contains = |field: &str| field.to_lowercase().contains(&text);
        let matches = |info: &AssetInfo| {
            contains(info.asset.symbol()) || contains(&info.name) || info.ticker.as_deref().is_some_and(contains)
        };
        let found = self.assets().filter(|info| !text.is_empty() && matches(info));
        Ok(found.take(SEARCH_LIMIT).collect())
    }
}
