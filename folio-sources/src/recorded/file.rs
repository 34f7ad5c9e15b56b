//! The files that are replayed.

use std::fs;
use std::path::{Path, PathBuf};

use folio_core::money::{Decimal, decimal};
use folio_core::{AssetClass, AssetId, AssetInfo, AssetKind, Currency, Error, ErrorKind, Price, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One price of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordedPoint {
    /// The market's time.
    pub time: Timestamp,
    /// The price of one unit in the recording's currency, above zero.
    #[serde(with = "folio_core::money::text")]
    pub price: Decimal,
}

/// A span in which the source acts as if it could not be reached: from `from` up to but without `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// When it begins.
    pub from: Timestamp,
    /// When it is over.
    pub to: Timestamp,
}

impl Outage {
    pub(super) fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.to
    }
}

/// What people call an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedInfo {
    /// The name: "Bitcoin".
    pub name: String,
    /// The ticker: "BTC".
    #[serde(default)]
    pub ticker: Option<String>,
    /// What kind of thing it is.
    pub kind: AssetKind,
    /// The exchange.
    #[serde(default)]
    pub exchange: Option<String>,
}

/// The recorded prices of one asset: the content of one file.
///
/// Of a currency the prices are the units of that currency for one euro, as central banks publish them,
/// and `currency` is that currency.
///
/// ```
/// use folio_sources::Recording;
///
/// let mut bitcoin = Recording::new("crypto:bitcoin".parse()?, "USD".parse()?);
/// bitcoin.push("2026-03-01T09:00:00Z".parse()?, "61234.5")?;
/// let directory = tempfile::tempdir()?;
/// let path = bitcoin.save(directory.path())?;
/// assert!(path.ends_with("crypto/bitcoin.json"));
/// assert_eq!(Recording::load(&path)?, bitcoin);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Recording {
    /// The asset.
    pub asset: AssetId,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<RecordedInfo>,
    /// The currency of every price.
    pub currency: Currency,
    /// The prices, oldest first, one for an instant.
    pub points: Vec<RecordedPoint>,
    /// Whether the asset never has a price: as if the source failed for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outage: bool,
    /// When it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<Outage>,
}

impl Recording {
    /// A recording without prices.
    #[must_use]
    pub fn new(asset: AssetId, currency: Currency) -> Self {
        Self {
            asset,
            info: None,
            currency,
            points: Vec::new(),
            outage: false,
            outages: Vec::new(),
        }
    }

    /// The same, with what people call the asset.
    #[must_use]
    pub fn with_info(mut self, info: RecordedInfo) -> Self {
        self.info = Some(info);
        self
    }

    /// Adds a price behind the others.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` when the price is none or not above zero, or the instant is not after
    /// the last one.
    pub fn push(&mut self, time: Timestamp, price: &str) -> Result<()> {
        let price = decimal::parse(price)?;
        if price.is_zero() {
            return Err(Error::invalid("a recorded price has to be above zero"));
        }
        Price::new(price, self.currency)?;
        if self.points.last().is_some_and(|last| last.time >= time) {
            return Err(Error::invalid(format!(
                "{time} is not after the price before it; points are oldest first"
            )));
        }
        self.points.push(RecordedPoint { time, price });
        Ok(())
    }

    /// Where the recording of an asset lies below a directory: `crypto/bitcoin.json`.
    #[must_use]
    pub fn path(asset: &AssetId) -> PathBuf {
        Path::new(asset.class().as_str()).join(format!("{}.json", asset.symbol()))
    }

    /// Writes the recording to its place below `directory` and returns the file.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be written.
    pub fn save(&self, directory: &Path) -> Result<PathBuf> {
        let path = directory.join(Self::path(&self.asset));
        let failed = |what: String| Error::new(ErrorKind::Unavailable, format!("{}: {what}", path.display()));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(error.to_string()))?;
        }
        let json = serde_json::to_vec(self).map_err(|error| failed(error.to_string()))?;
        fs::write(&path, json).map_err(|error| failed(error.to_string()))?;
        Ok(path)
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// `NotConfigured` with the file and the field that is wrong.
    pub fn load(path: &Path) -> Result<Self> {
        let fields = Fields::read(path, &["asset", "info", "currency", "points", "outage", "outages"])?;
        let asset: AssetId = fields.required("asset")?;
        let currency: Currency = fields.required("currency")?;
        if asset.as_currency().is_some_and(|unit| unit != currency) {
            return Err(fields.wrong(
                "currency",
                format!("the prices of {asset} are units of it for one euro, so it has to be the same"),
            ));
        }
        let mut recording = Self::new(asset, currency);
        recording.info = fields.optional("info")?;
        recording.outage = fields.optional("outage")?.unwrap_or_default();
        recording.outages = fields.optional("outages")?.unwrap_or_default();
        let points: Vec<Value> = fields.required("points")?;
        for (index, point) in points.into_iter().enumerate() {
            let field = |name: &str| format!("points[{index}].{name}");
            let time = point
                .get("time")
                .and_then(Value::as_str)
                .and_then(|time| time.parse().ok());
            let time = time
                .ok_or_else(|| fields.wrong(&field("time"), "it has to be an instant such as 2026-03-01T09:00:00Z"))?;
            let price = match point.get("price") {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let price =
                price.ok_or_else(|| fields.wrong(&field("price"), "it has to be a decimal such as \"61234.5\""))?;
            recording
                .push(time, &price)
                .map_err(|error| fields.wrong(&format!("points[{index}]"), error.message()))?;
        }
        Ok(recording)
    }

    /// What people call the asset; its symbol where the recording does not say.
    pub(super) fn asset_info(&self) -> AssetInfo {
        let symbol = self.asset.symbol();
        let is_currency = self.asset.class() == AssetClass::Currency;
        let kind = if is_currency { AssetKind::Cash } else { AssetKind::Other };
        let info = self.info.clone().unwrap_or(RecordedInfo {
            name: symbol.to_owned(),
            ticker: None,
            kind,
            exchange: None,
        });
        AssetInfo {
            asset: self.asset.clone(),
            name: info.name,
            ticker: info.ticker,
            kind: info.kind,
            currency: (!is_currency).then_some(self.currency),
            exchange: info.exchange,
        }
    }
}

/// When the whole source acts as if it could not be reached: the content of `source.json`.
#[derive(Debug, Default)]
pub(super) struct Availability {
    outage: bool,
    outages: Vec<Outage>,
}

impl Availability {
    pub(super) fn load(path: &Path) -> Result<Self> {
        let fields = Fields::read(path, &["outage", "outages"])?;
        let outage = fields.optional("outage")?.unwrap_or_default();
        Ok(Self {
            outage,
            outages: fields.optional("outages")?.unwrap_or_default(),
        })
    }

    pub(super) fn outage(&self, now: Timestamp) -> Option<Option<Timestamp>> {
        outage_at(self.outage, &self.outages, now)
    }
}

/// Whether there is an outage at `now`, and until when if it ends.
pub(super) fn outage_at(always: bool, outages: &[Outage], now: Timestamp) -> Option<Option<Timestamp>> {
    if always {
        return Some(None);
    }
    outages
        .iter()
        .filter(|outage| outage.covers(now))
        .map(|outage| Some(outage.to))
        .max()
}

/// A JSON object whose errors name the file and the field.
struct Fields<'a> {
    path: &'a Path,
    values: Map<String, Value>,
}

impl<'a> Fields<'a> {
    fn read(path: &'a Path, known: &[&str]) -> Result<Self> {
        let whole = |what: String| Error::new(ErrorKind::NotConfigured, format!("{}: {what}", path.display()));
        let text = fs::read(path).map_err(|error| whole(error.to_string()))?;
        let values =
            serde_json::from_slice(&text).map_err(|error| whole(format!("it is not a JSON object: {error}")))?;
        let fields = Self { path, values };
        match fields.values.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(fields.wrong(key, format!("there is no such field; known are {}", known.join(", ")))),
            None => Ok(fields),
        }
    }

    fn wrong(&self, field: &str, why: impl std::fmt::Display) -> Error {
        Error::new(
            ErrorKind::NotConfigured,
            format!("{}: field {field}: {why}", self.path.display()),
        )
    }

    fn optional<T: serde::de::DeserializeOwned>(&self, field: &str) -> Result<Option<T>> {
        match self.values.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|error| self.wrong(field, error)),
        }
    }

    fn required<T: serde::de::DeserializeOwned>(&self, field: &str) -> Result<T> {
        self.optional(field)?.ok_or_else(|| self.wrong(field, "it is missing"))
    }
}
